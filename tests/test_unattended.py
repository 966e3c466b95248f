"""What monitoring reads about sites that lost their stories or could not be crawled."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.cli.crawling import save_reports, with_index
from archiver.crawl.report.closing_report import CrawlReport
from archiver.errors import UsageError
from archiver.extract import extract
from archiver.home import ArchiveDir
from archiver.layout import Site
from archiver.login import Login, require_variables
from archiver.model import Article, Skip


def report(number, **known):
    numbers = dict.fromkeys([field.name for field in fields(CrawlReport) if field.type == "int"], 0)
    texts = dict.fromkeys(("started", "finished"), f"2026-05-0{number}T08:00:00")
    counts = {"reasons": {}, "statuses": {}, "hosts": {}, "settings": {}, "seconds": 1.0, "resumed": False}
    values = {"stop_reason": "finished", "had_stories": True, **texts, **counts, **numbers}
    return CrawlReport(crawl_id=f"2026050{number}080000000-paper", site="paper", **values | known)


LOST = {"exit_code": 19, "cause": "lists_without_stories", "cause_detail": "none of 11 pages leads to a story"}
SAME = {"revisits": 11, "not_modified": 11, "pages": 11}


def judged(folder, *reports):
    archive = ArchiveDir(folder)
    archive.create()
    found = [{}]
    for one in reports:
        found.append(with_index(archive, one, index=False))
        save_reports(archive, [found[-1]])
    return found[-1]


def test_the_alarm_of_a_site_without_stories_cleared_itself_while_its_lists_were_unchanged(tmp_path):
    lost = report(1, **LOST)
    again = judged(tmp_path, lost, report(2, **SAME), report(3, **SAME))
    assert (again["exit_code"], again["cause"], again["cause_detail"]) == tuple(LOST.values())
    late = judged(tmp_path, report(4, stop_reason="time_limit", exit_code=15))
    assert late["exit_code"] == 15 and late["lost_stories"], "a time limit is no recovery either"
    assert judged(tmp_path, report(5, article_links=4))["exit_code"] == 0, "the lists lead to stories again"
    assert judged(tmp_path, report(6, **SAME))["exit_code"] == 0, "a quiet day of a sound site"


@pytest.mark.parametrize("between", [{"exit_code": 9, "cause": "status_500"}, {"exit_code": 2}])
def test_a_failed_crawl_in_between_does_not_clear_the_alarm(tmp_path, between):
    assert judged(tmp_path, report(1, **LOST), report(2, **between), report(3, **SAME))["exit_code"] == 19


def test_a_new_site_whose_pages_are_all_unchanged_still_has_no_story(tmp_path):
    first = report(1, had_stories=False, exit_code=19, cause="no_story_text", cause_detail="none of 20")
    assert judged(tmp_path, first, report(2, **SAME))["exit_code"] == 19
    assert judged(tmp_path, report(3, stories=1, pages_new=1))["exit_code"] == 0


MENU = "<nav>Home News Staff Admin</nav>"
LINKS = "<a href=/>Home</a> <a href=/n>News</a> <a href=/s>Staff</a> <a href=/a>Admin</a>"
SHELLS = [
    f"{MENU}<div id=app></div>",
    f"<nav>{LINKS}</nav><div id=app></div><footer>The Paper, all rights reserved, contact</footer>",
    f"<div role=navigation>{LINKS}</div><div id=root>Loading…</div><noscript>You need to enable JavaScript</noscript>",
    f"<div class=main-menu>{LINKS}</div><div id=root></div>",
]
STORIES = [
    f"{MENU}<div id=app><p>The bridge is closed until Monday.</p></div>",
    f"{MENU}<figure><img src=/a.jpg><figcaption>The bridge at dawn on Friday.</figcaption></figure>",
    f"<nav><a href=/>Home</a></nav><nav><p>{'The bridge is closed until Monday, said the mayor. ' * 6}</p></nav>",
    f"{MENU}<article><header><h1>A bridge</h1><p>Closed for a week from now.</p></header></article>",
]


def read(body):
    page = f"<html><head><title>Council votes</title></head><body>{body}<script>x()</script></body></html>"
    site = Site("x", domains=("x.test",), article_url=r"^/n/")
    return extract(page, "http://x.test/n/1", datetime(2026, 1, 1, tzinfo=UTC), site=site)


@pytest.mark.parametrize("body", SHELLS)
def test_empty_pages_of_an_application_counted_as_stories_with_the_text_of_their_menu(body):
    found = read(body)
    assert isinstance(found, Skip) and found.reason == "empty"


@pytest.mark.parametrize("body", STORIES)
def test_a_page_with_a_text_beside_its_menu_stays_a_story(body):
    assert isinstance(read(body), Article)


SPIDER = """
from archiver.spider import ArticleSpider, Login


class Slow(ArticleSpider):
    name = "slow"
    allowed_domains = ["slow.test"]
    start_urls = ["http://slow.test/"]
    login = Login(cookies="env:SLOW_COOKIES_OF_A_TEST", basic="env:SLOW_BASIC_OF_A_TEST")
"""


@pytest.mark.parametrize(
    ("spider", "cause"), [(SPIDER, "missing_secret"), (SPIDER.replace("class Slow(", "class Slow(("), "broken_spider")]
)
def test_a_site_that_was_not_crawled_looked_healthy(tmp_path, spider, cause):
    (tmp_path / "scrapy.cfg").write_text("[archiver]\n")
    (tmp_path / "spiders").mkdir()
    (tmp_path / "spiders" / "slow.py").write_text(spider)
    archive = ArchiveDir(tmp_path / "archive")
    archive.create()
    save_reports(archive, [replace(report(1), site="slow").to_json() | {"index": None}])
    before = ("--home", str(tmp_path))

    def run(*words):
        return CliRunner().invoke(cli, [*before, *words])

    mails = [run("crawl", "--cron", "slow").stdout.splitlines() for _ in range(2)]
    assert len(mails[0]) == 1 and "slow" in mails[0][0] and mails[1] == [], mails
    if cause == "missing_secret":
        assert "SLOW_COOKIES_OF_A_TEST, SLOW_BASIC_OF_A_TEST are not set" in mails[0][0]
    last = json.loads(run("report", "slow", "--json").stdout)
    assert (last["exit_code"], last["cause"], last["stop_reason"]) == (2, cause, "not_started")
    (site,) = json.loads(run("sites", "--json").stdout)
    assert site["last_crawl"]["exit_code"] == 2


def test_only_the_first_missing_variable_was_named():
    with pytest.raises(UsageError, match="A, B are not set"):
        require_variables(Login(cookies="env:A", basic="env:B"), None, {})
    require_variables(Login(cookies="env:A", basic="env:B"), None, {"A": "1", "B": "2"})


def test_a_schedule_of_all_sites_and_one_more_printed_a_line_that_could_not_work(tmp_path):
    command = ["-A", str(tmp_path), "schedule", "--all", "slow", "--every", "6h"]
    refused = CliRunner().invoke(cli, command).exception
    assert isinstance(refused, UsageError) and "slow can't be combined" in str(refused)
