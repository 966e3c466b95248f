"""A site's rule for the URLs of its stories that changes after pages were captured."""

from dataclasses import replace

import pytest

from archiver.cli.crawl_messages import rule_changes
from archiver.crawl.loop.tools import Tools
from archiver.crawl.loop.visitor import Visitor
from archiver.crawl.rules.scope import Scope
from archiver.frontier import Frontier, Plan
from archiver.index.database import open_writer
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.read.consistency import fingerprint
from archiver.layout import Site
from archiver.model import Skip
from archiver.spider import ArticleSpider
from test_index_ingest import QuickPool, exchange, page, writer

TOWN = Site("town", ("town.example",), r"/stories/")
OTHER = Site("port", ("port.example",), r"/news/")


class JudgingPool(QuickPool):
    """Refuses pages that the site's rule excludes, as the extraction does; counts what it was given."""

    def __init__(self):
        self.pages = 0

    def map(self, tasks):
        for task in list(tasks):
            self.pages += 1
            if task.site is not None and task.site.is_article_url(task.url) is False:
                yield Skip("not_article_url", "the URL does not match the site's rule for stories")
            else:
                (outcome,) = super().map([task])
                yield outcome


@pytest.fixture
def home(tmp_path):
    warc = writer(tmp_path / "warc", "town")
    for number in (1, 2):
        for hours, path in ((0, "stories"), (0.1, "reports")):
            body = page(number) + path.encode()
            warc.write_exchange(exchange(f"https://town.example/{path}/{number}", body, hours=number + hours))
    warc.write_exchange(exchange("https://port.example/news/1", page(3), hours=5))
    warc.close()
    return tmp_path


def update(home, *sites):
    pool = JudgingPool()
    return catch_up(home / "index.db", home / "warc", sites, pool), pool.pages


def stories(path):
    with open_writer(path) as db:
        return [row[0].partition("example")[2] for row in db.execute("SELECT url FROM articles ORDER BY url")]


def same_as_rebuilt(home, *sites):
    (home / "again").mkdir(exist_ok=True)
    rebuild(home / "again" / "index.db", home / "warc", sites, JudgingPool())
    with open_writer(home / "index.db") as followed, open_writer(home / "again" / "index.db") as built:
        return fingerprint(followed) == fingerprint(built)


@pytest.mark.parametrize("pattern", ["/reports/", None, "/(stories|reports)/", "/nothing/"])
def test_pages_refused_by_an_older_article_url_are_judged_again(home, pattern):
    update(home, TOWN, OTHER)
    assert stories(home / "index.db") == ["/news/1", "/stories/1", "/stories/2"]
    changed = replace(TOWN, article_url=pattern)
    report, _ = update(home, changed, OTHER)
    wanted = [f"/{path}/{number}" for path in ("reports", "stories") for number in (1, 2)]
    assert stories(home / "index.db") == [
        "/news/1",
        *(url for url in wanted if changed.is_article_url(url) is not False),
    ]
    # Also where only the reason changed: without a rule, a page is no longer a story by the rule.
    assert report.judged_again == {"town": {"/reports/": 4, None: 4, "/nothing/": 2}.get(pattern, 2)}
    assert same_as_rebuilt(home, changed, OTHER)
    assert update(home, changed, OTHER)[0].judged_again == {}


def test_only_the_pages_that_a_changed_rule_decides_are_extracted_again(home):
    update(home, TOWN, OTHER)
    assert update(home, replace(TOWN, article_url="/(stories|reports)/"), OTHER)[1] == 2


def test_an_index_that_does_not_know_its_rules_shows_them_by_its_refusals(home):
    update(home, TOWN, OTHER)
    with open_writer(home / "index.db") as db:
        db.execute("DELETE FROM site_rules")
    assert update(home, TOWN, OTHER)[1] == 0
    with open_writer(home / "index.db") as db:
        db.execute("DELETE FROM site_rules")
    update(home, replace(TOWN, article_url="/reports/"), OTHER)
    assert stories(home / "index.db") == ["/news/1", "/reports/1", "/reports/2"]


@pytest.mark.parametrize("left", [None, 100])
def test_stories_of_a_missing_or_cut_warc_stay_when_the_rule_changes_and_are_judged_when_it_is_back(home, left):
    update(home, TOWN, OTHER)
    (file,) = (home / "warc").rglob("*.warc.gz")
    whole = file.read_bytes()
    file.unlink()
    if left:
        file.write_bytes(whole[:left])
    changed = replace(TOWN, article_url="/reports/")
    assert update(home, changed, OTHER)[0].judged_again == {}
    assert stories(home / "index.db") == ["/news/1", "/stories/1", "/stories/2"]
    file.write_bytes(whole)
    assert update(home, changed, OTHER)[0].judged_again == {"town": 4}
    assert stories(home / "index.db") == ["/news/1", "/reports/1", "/reports/2"]
    assert same_as_rebuilt(home, changed, OTHER)


def test_a_site_that_a_crawl_and_the_home_name_is_one(home):
    update(home, TOWN, OTHER, TOWN)
    assert stories(home / "index.db") == ["/news/1", "/stories/1", "/stories/2"]


def test_a_changed_rule_is_told_in_one_line():
    (line,) = rule_changes({"town": 36})
    assert line == "town: its rule for stories (article_url) changed: 36 captured pages judged again"
    assert rule_changes({}) == []


def test_known_urls_get_the_kind_that_the_article_url_of_today_gives_them(tmp_path):
    class Town(ArticleSpider):
        name = "town"
        start_urls = ("https://town.example/",)

    urls = [f"https://town.example/{path}/1" for path in ("stories", "reports", "about")]
    with Frontier(tmp_path / "frontier.db") as frontier:

        def begin(pattern):
            scope = Scope(replace(TOWN, article_url=pattern))
            intake = Visitor(frontier, scope, Tools(spider=Town)).intake
            seed = scope.candidate("https://town.example/", depth=0, found_on=None)
            plan = Plan("all", None, scope.rules, intake.judge, False, intake.kind_today)
            frontier.begin("town", "crawl", [replace(seed, kind="seed")], plan)
            return scope

        scope = begin("/stories/")
        found = [scope.candidate(url, depth=1, found_on="https://town.example/") for url in urls]
        frontier.add("town", found)
        while task := frontier.next("town"):
            frontier.finish("town", task, "done", http_status=200)
        kinds = {"/stories/": ["article", "page", "page"], "/reports/": ["page", "article", "page"]}
        for pattern, wanted in kinds.items():
            begin(pattern)
            assert [frontier.task("town", candidate.key).kind for candidate in found] == wanted
