"""Pages that ask not to be kept: which directives are read, and the effects of the policies `keep`, `hide` and
`leave`."""

import json
import re
from dataclasses import fields, replace

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver import decisions, keeping
from archiver.cli import cli
from archiver.cli.crawling import with_index
from archiver.crawl.loop.tools import Tools
from archiver.crawl.loop.visitor import Visitor
from archiver.crawl.report.closing_report import CrawlReport
from archiver.crawl.rules.scope import Scope
from archiver.crawl.signs.reserved_sign import directives_in
from archiver.crawl.wire.request_purpose import task_of
from archiver.errors import UsageError
from archiver.extract import extract
from archiver.frontier import Frontier, Plan
from archiver.home import ArchiveDir, home_at
from archiver.index.database import check, open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.learn.policy_decisions import read_again, replay_policies
from archiver.index.read.consistency import fingerprint
from archiver.keeping import TDM_PATH, is_reserved, policy_of, tdm_directive, tdm_rules_of
from archiver.model import Batch, Extracted, Kept, RecordRef, Skip, TdmRule
from archiver.spider import ArticleSpider, spider_for_urls
from index_samples import URL, article, at, capture, failed, revisit, seen
from test_index_ingest import QuickPool, exchange, page, writer
from testsites import listing, serve, story

OTHER = "https://www.aldia.test/2026/the-ferry"
NO_ARCHIVE = ("X-Robots-Tag", "noarchive")


def said(item, *fields):
    return Extracted(replace(item.capture, http_headers=fields), item.outcome)


def tdm_file(record, hours, *rules):
    url = f"https://www.aldia.test{TDM_PATH}"
    outcome = Skip("not_html", tdm_rules=tuple(TdmRule(*rule) for rule in rules))
    return Extracted(capture(record, url, hours), outcome)


def decide(folder, policy, site="*"):
    decisions.append(folder / decisions.FILE_NAME, keeping.KIND, site, policy)


# ---------------------------------------------------------------------------------------------------- what is read


@given(st.text("ab*$/", max_size=8), st.text("ab$/", max_size=8))
@example("/a*b$", "/ab")
@example("/a$", "/ab")
def test_locations_match_as_those_of_robots_txt_do(location, path):
    whole = location.endswith("$")
    pattern = ".*".join(re.escape(piece) for piece in location.removesuffix("$").split("*"))
    wanted = re.match(pattern + (r"\Z" if whole else ""), "/" + path) is not None
    url = f"https://www.paper.test/{path}"
    assert (tdm_directive([TdmRule(location, reserved=True)], url) is not None) == wanted


@pytest.mark.parametrize(
    ("payload", "rules"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', [("/", True)]),
        (b'\xef\xbb\xbf[{"location": "/a", "tdm-reservation": "0", "tdm-policy": "x"}]', [("/a", False)]),
        (b'[{"location": 3, "tdm-reservation": 1}, 7, {"location": "/b", "tdm-reservation": 1}]', [("/b", True)]),
        (b'[{"location": "/c", "tdm-reservation": 2}, {"location": "/d"}]', []),
        (b'{"location": "/", "tdm-reservation": 1}', []),
        (b"<html>not found</html>", []),
        (b"[" * 100_000, []),
        (b"\xff\xfe", []),
    ],
)
def test_an_invalid_rule_of_a_tdm_file_is_skipped_alone(payload, rules):
    assert tdm_rules_of(payload) == tuple(TdmRule(*rule) for rule in rules)


def test_a_page_s_own_tdm_reservation_has_priority_over_its_host_s_file():
    rules = (TdmRule("/free/", reserved=False), TdmRule("/", reserved=True))
    assert is_reserved((), rules, URL)
    assert not is_reserved((), rules, "https://www.aldia.test/free/a")
    assert not is_reserved((keeping.TDM_PERMITTED,), rules, URL)
    assert not is_reserved(("noindex",), (), URL)
    assert is_reserved(("noarchive", keeping.TDM_PERMITTED), (), URL)
    assert not is_reserved((), rules, f"https://www.aldia.test{TDM_PATH}")


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="robots" content="noarchive, noindex">',
        "<META CONTENT='NoArchive' NAME=Robots>",
        '<meta name="tdm-reservation" content="1">',
        '<meta name="archiver" content=nocache />',
        '<meta name="googlebot" content="noarchive">',
        '<meta name="tdm-reservation" content="0">',
        "",
    ],
)
def test_a_crawl_and_the_index_read_the_same_directives(head):
    body = story("The ferry", head).encode()
    assert directives_in([], body) == set(extract(body, URL, at(0)).reservations)


# ------------------------------------------------------------------------------------------------------- the index


def held(db, *, checked=True):
    assert not checked or check(db) == []
    return {row[0] for row in db.execute("SELECT url FROM articles")}


@pytest.mark.parametrize("late", [False, True])
def test_a_page_that_asks_not_to_be_kept_is_hidden_whenever_that_was_decided(tmp_path, late):
    items = (
        seen(1, 0), said(seen(2, 24), NO_ARCHIVE), seen(3, 1, url=OTHER, outcome=article(OTHER, title="The ferry")),
        failed(4, 30),
    )  # fmt: skip
    prints = []
    for name, batches in (("whole", [items]), ("pieces", [items[2:], items[1:2], items[:1]])):
        with open_writer(tmp_path / f"{name}.db", throwaway=True) as db:
            if late:
                for batch in batches:
                    apply(db, Batch("a.warc.gz", 1000, tuple(batch)))
                decide(tmp_path, "hide")
                replay_policies(db, tmp_path)
            else:
                decide(tmp_path, "hide")
                replay_policies(db, tmp_path)
                for batch in batches:
                    apply(db, Batch("a.warc.gz", 1000, tuple(batch)))
            assert held(db) == {OTHER}
            assert [row[0] for row in db.execute("SELECT DISTINCT url FROM captures")] == [OTHER]
            prints.append(fingerprint(db))
    assert prints[0] == prints[1]


def test_by_default_a_page_that_asks_not_to_be_kept_stays(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        decide(tmp_path, "hide", "another_site")
        decide(tmp_path, "leave", "www.aldia.test")
        replay_policies(db, tmp_path)
        apply(db, Batch("a.warc.gz", 1000, (said(seen(1, 0), NO_ARCHIVE),)))
        assert held(db) == {URL}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_rules_of_a_host_hide_its_pages_in_whatever_order_they_came(tmp_path, order):
    ferry = seen(3, 1, url=OTHER, outcome=article(OTHER, title="The ferry"))
    items = (seen(1, 0), ferry, tdm_file(9, 2, ("/2026/the-m", True)))
    decide(tmp_path, "hide")
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        replay_policies(db, tmp_path)
        for number in order:
            apply(db, Batch("a.warc.gz", 1000, (items[number],)))
        assert held(db) == {OTHER}


def test_a_revisit_of_a_tdm_file_keeps_its_rules_and_a_removed_file_does_not(tmp_path):
    first = tdm_file(9, 2, ("/", True))
    url = first.capture.url
    decide(tmp_path, "hide")
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        replay_policies(db, tmp_path)
        apply(db, Batch("a.warc.gz", 1000, (seen(1, 0), first, revisit(10, 20, first, url=url))))
        assert held(db) == set()
        apply(db, Batch("a.warc.gz", 2000, (failed(11, 40, url=url),)))
        assert read_again(db)
        apply(db, Batch("a.warc.gz", 2000, (seen(1, 0),)))
        assert held(db) == {URL}


def test_a_revisit_changes_nothing_unless_its_own_fields_ask(tmp_path):
    asked = said(seen(1, 0), NO_ARCHIVE)
    decide(tmp_path, "hide")
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        replay_policies(db, tmp_path)
        apply(db, Batch("a.warc.gz", 1000, (asked, revisit(2, 5, asked, status=304))))
        assert held(db) == set() and not read_again(db)
    free = seen(1, 0)
    with open_writer(tmp_path / "other.db", throwaway=True) as db:
        replay_policies(db, tmp_path)
        apply(db, Batch("a.warc.gz", 1000, (free, said(revisit(2, 5, free), NO_ARCHIVE))))
        assert held(db) == set()


def archive_of(folder, *answers):
    """An archive with one WARC file per response: (URL, hours, header field)."""
    (folder / "warc").mkdir(exist_ok=True)
    for url, hours, *stated in answers:
        warc = writer(folder / "warc", prefix=f"aldia{hours}")
        mime = "".join(["text/html", *(f"\r\n{name}: {value}" for name, value in stated)])
        warc.write_exchange(exchange(url, page(len(url), hours), hours, mime=mime))
        warc.close()
    return folder / "index.db", folder / "warc"


def test_a_page_that_no_longer_asks_is_restored_from_the_warc_files(tmp_path):
    index, warc = archive_of(tmp_path, (URL, 0, NO_ARCHIVE), (OTHER, 1))
    decide(tmp_path, "hide")
    catch_up(index, warc, (), QuickPool())
    with open_reader(index) as db:
        assert held(db, checked=False) == {OTHER}
    archive_of(tmp_path, (URL, 48))
    catch_up(index, warc, (), QuickPool())
    with open_reader(index) as db:
        assert held(db, checked=False) == {URL, OTHER}
        followed = fingerprint(db)
    rebuild(index, warc, (), QuickPool())
    with open_reader(index) as db:
        assert fingerprint(db) == followed


def test_the_policy_keep_brings_hidden_pages_back(tmp_path):
    index, warc = archive_of(tmp_path, (URL, 0, NO_ARCHIVE))
    catch_up(index, warc, (), QuickPool())
    with open_reader(index) as db:
        before = fingerprint(db)
    decide(tmp_path, "hide")
    catch_up(index, warc, (), QuickPool())
    shown = CliRunner().invoke(cli, ["-A", str(tmp_path), "show", URL])
    assert isinstance(shown.exception, UsageError) and "asks not to be kept" in str(shown.exception)
    status = json.loads(CliRunner().invoke(cli, ["-A", str(tmp_path), "status", "--json"]).stdout)
    assert status["hidden"] == [{"site": "aldia.test", "pages": 1}] and status["stories"] == 0
    assert "hidden" in CliRunner().invoke(cli, ["-A", str(tmp_path), "status"]).stdout
    decide(tmp_path, "keep")
    catch_up(index, warc, (), QuickPool())
    with open_reader(index) as db:
        after = fingerprint(db)
    assert {name: rows for name, rows in after.items() if rows != before[name]}.keys() == {"site_policies"}


def test_a_site_whose_stories_are_all_hidden_does_not_count_as_without_stories(tmp_path):
    numbers = dict.fromkeys([field.name for field in fields(CrawlReport) if field.type == "int"], 0)
    texts = dict.fromkeys(("started", "finished"), "2026-05-01T08:00:00")
    counts = {"reasons": {}, "statuses": {}, "hosts": {}, "settings": {}, "seconds": 1.0, "resumed": False}
    report = CrawlReport(
        crawl_id="one", site="www.aldia.test", stop_reason="finished", **texts, **counts, **numbers | {"pages_new": 9}
    )
    index, warc = archive_of(tmp_path, (URL, 0, NO_ARCHIVE))
    decide(tmp_path, "hide")
    catch_up(index, warc, (), QuickPool())
    archive = ArchiveDir(tmp_path)
    assert with_index(archive, replace(report, site="aldia.test"), index=True)["exit_code"] == 0
    assert with_index(archive, report, index=True)["exit_code"] == 19


# ------------------------------------------------------------------------------------------------------- the crawl

HEADER = {"Content-Type": "text/html", "X-Robots-Tag": "noarchive"}


def crawl(folder, answer, reserved, *, tdm=()):
    """The paths requested by one crawl of http://blog.example/ when everything is due, and its counts."""
    from scrapy.http import Response  # noqa: PLC0415

    spider = spider_for_urls(["http://blog.example/"])()
    scope = Scope(spider.site(), reserved=reserved)
    asked = []
    with Frontier(folder / "frontier.db") as frontier:
        visitor = Visitor(frontier, scope, Tools(spider=lambda: spider))
        visitor.tdm_rules["blog.example:80"] = visitor.tdm_rules["blog.example"] = tuple(tdm)
        seed = replace(scope.candidate("http://blog.example/", depth=0, found_on=None), kind="seed")
        frontier.begin(visitor.name, "crawl", [seed], Plan("all", None, scope.rules, visitor.intake.judge))
        while (request := visitor.next_request()) is not None:
            asked.append(request.url.removeprefix("http://blog.example"))
            status, body, fields = answer(asked[-1])
            found = Response(request.url, status=status, headers=fields, body=body.encode(), request=request)
            visitor.remember(task_of(request), found, Kept(RecordRef("a.warc.gz", 0, 1, "<urn:x>"), None))
        frontier.commit()
    return asked, visitor.tally.reasons


STORY, FREE = "/2026/05/01/the-ferry-is-late", "/2026/05/02/the-bridge-is-open"


def blog(path):
    if path == "/":
        return 200, f'<a href="{STORY}">one</a> <a href="{FREE}">two</a>', {"Content-Type": "text/html"}
    return 200, story(path), HEADER if path == STORY else {"Content-Type": "text/html"}


def test_a_page_that_asks_not_to_be_kept_is_fetched_once_under_the_policy_leave(tmp_path):
    assert crawl(tmp_path, blog, "leave")[0] == ["/", STORY, FREE]
    asked, reasons = crawl(tmp_path, blog, "leave")
    assert asked == ["/", FREE] and reasons["reserved"] == 1
    assert crawl(tmp_path, blog, "leave")[0] == ["/", FREE]
    assert STORY in crawl(tmp_path, blog, "keep")[0]
    assert STORY in crawl(tmp_path, blog, None)[0]


def test_the_policy_leave_applies_to_pages_fetched_earlier(tmp_path):
    assert STORY in crawl(tmp_path, blog, None)[0]
    assert STORY not in crawl(tmp_path, blog, "leave")[0]


def test_a_tdm_file_counts_for_the_policy_leave(tmp_path):
    rules = [TdmRule("/2026/05/02", reserved=True)]
    assert crawl(tmp_path, blog, "leave", tdm=rules)[0] == ["/", STORY, FREE]
    assert crawl(tmp_path, blog, "leave", tdm=rules)[0] == ["/"]


# ------------------------------------------------------------------------------------------------------ what is set


def test_the_policies_of_a_home_are_recorded_once_and_applied(tmp_path):
    keeping.record(tmp_path, "keep", {"one": None, "two": "hide"})
    keeping.record(tmp_path, "keep", {"one": None, "two": "hide"})
    lines = decisions.read(tmp_path / decisions.FILE_NAME)
    assert [(line.key, line.verdict) for line in lines] == [("two", "hide")]
    keeping.record(tmp_path, "leave", {"one": "keep", "two": None})
    policies = keeping.policies_of(decisions.read(tmp_path / decisions.FILE_NAME))
    assert [policy_of(policies, site) for site in ("one", "two", "three")] == ["keep", "leave", "leave"]


def test_an_unknown_policy_is_reported(tmp_path):
    (tmp_path / "scrapy.cfg").write_text("[archiver]\nreserved = drop\n")
    with pytest.raises(UsageError, match="'drop' is not a policy"):
        home_at(tmp_path)
    spider = type("Paper", (ArticleSpider,), {"name": "paper", "start_urls": ["https://a.test/"], "reserved": "drop"})
    with pytest.raises(UsageError, match="'drop' is not a policy"):
        spider.site()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.booleans()), min_size=1, max_size=5), st.randoms())
def test_hidden_pages_are_a_function_of_the_captures_in_any_order(tmp_path_factory, plan, random):
    folder = tmp_path_factory.mktemp("orders")
    items = []
    for number, (asks, hour, is_other) in enumerate(plan, 1):
        url = OTHER if is_other else URL
        item = seen(number, hour, url=url, outcome=article(url, title="Ferry" if is_other else "Mural"))
        items.append(said(item, *([NO_ARCHIVE] if asks else [])))
    decide(folder, "hide")
    prints = []
    for name in ("one", "two"):
        with open_writer(folder / f"{name}.db", throwaway=True) as db:
            replay_policies(db, folder)
            for item in items:
                apply(db, Batch("a.warc.gz", 1000, (item,)))
            if read_again(db):
                apply(db, Batch("a.warc.gz", 1000, tuple(items)))
            assert check(db) == [] and not read_again(db)
            prints.append(fingerprint(db))
        random.shuffle(items)
    assert prints[0] == prints[1]


@pytest.mark.slow
def test_a_tdm_file_is_requested_before_the_first_page_and_only_with_a_policy(new_program):
    pages = {
        "/": listing(STORY, FREE), STORY: story("The ferry"), FREE: story("The bridge"), "/robots.txt": "",
        TDM_PATH: (200, '[{"location": "/2026/05/01", "tdm-reservation": 1}]', {"Content-Type": "application/json"}),
    }  # fmt: skip
    program = new_program()
    spider = (
        "from archiver.spider import ArticleSpider\n\nclass Paper(ArticleSpider):\n    name = 'paper'\n"
        "    allowed_domains = ['127.0.0.1']\n    start_urls = ['{url}']\n    reserved = {policy}\n"
    )
    with serve(lambda _, path: pages.get(path, 404)) as site:
        for policy in ("None", "'hide'", "'leave'"):
            text = spider.replace("{url}", site.url()).replace("{policy}", policy)
            (program.home / "spiders" / "paper.py").write_text(text)
            site.requests.clear()
            program.run("crawl", "paper", "--delay", "0", "--recheck", "all")
            asked = site.paths()
            titles = {title for (title,) in program.rows("SELECT title FROM articles")}
            if policy == "None":
                assert TDM_PATH not in asked and titles == {"The ferry", "The bridge"}
            elif policy == "'hide'":
                assert asked.index(TDM_PATH) < asked.index("/") and titles == {"The bridge"}
            else:
                assert asked.index(TDM_PATH) < asked.index("/") and titles == {"The ferry", "The bridge"}
        assert STORY not in site.paths() and FREE in site.paths()
        assert program.json("report", "--json")["reasons"]["reserved"] == 1
    assert (program.archive / "decisions.jsonl").read_text().count('"kind": "reserved"') == 2
    program.run("verify", "--deep")
