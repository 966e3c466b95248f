"""URLs that the rules of a run refuse are not fetched, whoever queued them, and whenever."""

import gzip
import sqlite3

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from archiver.crawl.rules.scope import Scope
from archiver.crawl.wire.handler import _still_coded
from archiver.layout import Site
from testsites import listing, serve, story

NEWS = [f"/news/the-story-about-{word}" for word in ("rivers", "bridges", "ferries")]
SPORTS = [f"/sports/the-match-about-{word}" for word in ("rivers", "bridges", "ferries")]
SPIDER = """
from archiver.spider import ArticleSpider

class Paper(ArticleSpider):
    name = "paper"
    start_urls = ["{url}"]
    article_url = "^/(news|sports)/the-"
    custom_settings = {{"DOWNLOAD_DELAY": 0}}
"""


def answer(host, path):
    return listing(*NEWS, *SPORTS) if path == "/" else story(path) if path in NEWS + SPORTS else 404


def crawl(program, *arguments, exit_code=0):
    return program.json("crawl", "paper", "--no-index", "--json", *arguments, exit_code=exit_code)[0]


@pytest.fixture
def paper(new_program):
    """(the site, a home with its spider)."""
    with serve(answer) as site:
        program = new_program()
        (program.home / "spiders" / "paper.py").write_text(SPIDER.format(url=site.url()))
        yield site, program


def deny(program, pattern):
    path = program.home / "spiders" / "paper.py"
    path.write_text(path.read_text() + f"    deny = {pattern!r}\n")


def sports_asked(site):
    return [path for path in site.paths() if path.startswith("/sports/")]


@pytest.mark.slow
def test_a_new_deny_pattern_applies_to_urls_left_queued_by_an_interrupted_crawl(paper):
    site, program = paper
    crawl(program, "--max-pages", "1")
    deny(program, "^/sports/")
    report = crawl(program)
    assert not sports_asked(site) and set(NEWS) <= set(site.paths())
    assert report["reasons"]["denied"] == len(SPORTS) and report["queued"] == 0


@pytest.mark.slow
def test_a_new_deny_pattern_applies_to_due_stories_without_deleting_them(paper):
    site, program = paper
    crawl(program)
    db = sqlite3.connect(program.archive / "frontier.db")
    known = "SELECT url, http_status, fetched_at, content, payload_id FROM urls WHERE url LIKE '%/sports/%'"
    before = db.execute(known).fetchall()
    site.requests.clear()
    deny(program, "^/sports/")
    report = crawl(program, "--recheck", "all")
    assert not sports_asked(site) and set(NEWS) <= set(site.paths())
    assert report["reasons"]["denied"] == len(SPORTS)
    assert db.execute(known).fetchall() == before
    assert {row[0] for row in db.execute("SELECT reason FROM urls WHERE url LIKE '%/sports/%'")} == {"denied"}
    db.close()


@pytest.mark.slow
@pytest.mark.parametrize(("option", "pattern"), [("--exclude", "^/sports/"), ("--include", "^/news/")])
def test_exclude_and_include_apply_to_known_stories_for_one_run(paper, option, pattern):
    site, program = paper
    crawl(program)
    site.requests.clear()
    crawl(program, option, pattern, "--recheck", "all")
    assert not sports_asked(site)
    crawl(program, "--recheck", "all")
    assert len(sports_asked(site)) == len(SPORTS), "what a run of its own rules left is taken up by the next"


def test_a_denied_start_page_is_not_fetched_and_named(paper):
    site, program = paper
    deny(program, "^/$")
    report = crawl(program, exit_code=9)
    assert report["cause"] == "denied" and "/" not in site.paths()


def test_only_what_the_rules_call_off_site_is_foreign():
    site = Site("paper", ("paper.example",), canonical_host="www.paper.example", mirror_hosts=r"w+3\.mirror\.example")
    scope = Scope(site)
    addresses = [
        f"{scheme}{host}{path}"
        for scheme in ("http://", "https://")
        for host in ("paper.example", "blog.paper.example:8080", "notpaper.example", "ww3.mirror.example", "1.2.3.4")
        for path in ("/", "/2024/05/03/the-story?paper.example", "//paper.example/")
    ]
    for url in addresses:
        refusal = scope.refusal(scope.candidate(url, depth=1, found_on="https://paper.example/"))
        assert scope.is_foreign(url) == (refusal == "off_site"), url
    assert not any(map(Scope(site, withdrawn=frozenset({"x"})).is_foreign, addresses))  # has to be asked first


def test_an_answer_that_is_still_compressed_is_not_asked_for_its_character_set(monkeypatch):
    monkeypatch.setattr(TextResponse, "encoding", property(lambda _: pytest.fail("asked")))
    body = gzip.compress(b"<p>\xe9")
    response = HtmlResponse("https://paper.example/", headers={"Content-Encoding": "gzip"}, body=body, flags=["a"])
    coded = _still_coded(response)
    assert (type(coded), coded.url, coded.body, coded.flags) == (Response, response.url, body, ["a"])
    plain = HtmlResponse("https://paper.example/", body=b"<p>")
    assert _still_coded(plain) is plain
