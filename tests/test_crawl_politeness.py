"""Politeness on the wire, checked in the server's own log."""

import asyncio
import itertools
import json
import threading
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from twisted.internet.defer import Deferred

from archiver.crawl.loop.downloader import PoliteDownloader
from archiver.crawl.loop.robots import RobotsRules
from archiver.crawl.wire.tee import TeePool
from testsites import listing, serve, story

STORIES = [f"/news/the-story-with-number-{number}" for number in range(6)]
MARGIN = 0.02  # the server logs a request a moment after it was sent


def newspaper(robots="", **special):
    """A front page with six stories; `special` responses by path have priority."""

    def answer(host, path):
        if path in special.get("pages", {}):
            given = special["pages"][path]
            return given(host) if callable(given) else given
        if path == "/robots.txt":
            return (200, robots, {"Content-Type": "text/plain"}) if robots else 404
        if path == "/":
            return listing(*STORIES)
        return story(path) if path in STORIES else 404

    return answer


def crawl(program, url, *arguments, exit_code=0):
    return program.json("crawl", url, "--no-index", "--json", *arguments, exit_code=exit_code)[0]


@pytest.mark.slow
def test_no_two_requests_to_a_host_are_closer_than_the_delay(new_program):
    with serve(newspaper()) as site:
        report = crawl(new_program(), site.url(), "--delay", "0.3")
        assert report["stories"] == len(STORIES)
        assert min(site.gaps()) >= 0.3 - MARGIN


@pytest.mark.slow
def test_crawl_delay_of_robots_txt_is_respected(new_program):
    with serve(newspaper("User-agent: *\nCrawl-delay: 0.4\nDisallow: /news/the-story-with-number-3\n")) as site:
        report = crawl(new_program(), site.url(), "--delay", "0.1")
        assert min(site.gaps()[1:]) >= 0.4 - MARGIN, "after robots.txt itself was read"
        assert STORIES[3] not in site.paths()
        assert report["reasons"]["robots"] == 1


@pytest.mark.slow
def test_robots_txt_applies_to_all_requests_that_wait_for_it(new_program):
    """At the first `capture`, or when a crawl goes on, several addresses of a host are handed out before its robots.txt
    is there."""
    with serve(newspaper("User-agent: *\nDisallow: /\n")) as site:
        program, urls = new_program(), [site.url().rstrip("/") + path for path in STORIES]
        program.run("capture", *urls, "--delay", "0", exit_code=9)
        assert site.paths() == ["/robots.txt"]


def test_every_request_that_waits_for_robots_txt_gets_its_rules():
    async def wait():
        rules = object.__new__(RobotsRules)
        first = Deferred()
        rules._ask_again, rules._refused, rules._parsers = {}, {}, {"news.test": first}
        requests = [Request(f"http://news.test/{number}") for number in range(4)]
        waiting = [asyncio.ensure_future(rules.robot_parser(request)) for request in requests]
        await asyncio.sleep(0)
        rules._parsers["news.test"] = "rules"
        first.callback("rules")
        return await asyncio.gather(*waiting)

    assert asyncio.run(wait()) == ["rules"] * 4


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_applies_to_the_whole_host_and_no_page_is_lost(new_program, status):
    failures = iter([(status, "slow down", {"Retry-After": "2"})])
    pages = {STORIES[1]: lambda host: next(failures, None) or story(STORIES[1])}
    with serve(newspaper(pages=pages)) as site:
        report = crawl(new_program(), site.url(), "--delay", "0", "--concurrency", "1")
        refused = next(asked.time for asked in site.requests if asked.status == status)
        after = [asked.time for asked in site.requests if asked.time > refused]
        assert after and min(after) - refused >= 2 - MARGIN
        assert report["stories"] == len(STORIES)


@pytest.mark.slow
def test_a_run_that_has_to_wait_for_its_host_says_so_and_reports_it(new_program):
    limited = threading.Event()

    def front(host):
        if limited.is_set():
            return listing(*STORIES)
        limited.set()
        return 429, "later", {"Retry-After": "15"}

    with serve(newspaper(pages={"/": front})) as site:
        program = new_program()
        crawl(program, site.url(), "--delay", "0", "--concurrency", "1", "--max-time", "5", exit_code=18)
        process = program.start("crawl", site.url(), "--no-index", "--json", "--delay", "0")
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert errors.decode().count("\n") == 1
        assert "127.0.0.1 asked to be left alone until" in errors.decode()
        (report,) = json.loads(output)
        assert list(report["resting"]) == ["127.0.0.1"]
        assert "for 127.0.0.1 until" in program.run("report")
        assert crawl(program, site.url(), "--delay", "0")["resting"] == {}


@pytest.mark.slow
def test_a_run_started_while_a_host_rests_waits_too(new_program):
    """Stopped by a limit or killed: what the host asked for is kept."""
    limited = threading.Event()

    def front(host):
        if limited.is_set():
            return listing(*STORIES)
        limited.set()
        return 429, "later", {"Retry-After": "15"}

    with serve(newspaper(pages={"/": front})) as site:
        program = new_program()
        crawl(program, site.url(), "--delay", "0", "--concurrency", "1", "--max-time", "5", exit_code=18)
        refused = next(asked.time for asked in site.requests if asked.status == 429)
        report = crawl(program, site.url(), "--delay", "0")
        assert min(asked.time for asked in site.requests if asked.time > refused) - refused >= 15 - MARGIN
        assert report["stories"] == len(STORIES)


@pytest.mark.slow
def test_another_host_is_fetched_while_one_rests(new_program):
    limited = threading.Event()

    def answer(host, path):
        if path == "/" and host == "www.paper.localhost":
            return listing(*(f"http://one.paper.localhost:{site.port}{p}" for p in STORIES),
                           *(f"http://two.paper.localhost:{site.port}{p}" for p in STORIES))  # fmt: skip
        if host == "one.paper.localhost" and path in STORIES and not limited.is_set():
            limited.set()
            return 429, "", {"Retry-After": "4"}
        return story(host + path) if path in STORIES else 404

    with serve(answer) as site:
        program = new_program()
        (program.home / "spiders" / "two.py").write_text(
            "from archiver.spider import ArticleSpider\n"
            "class Two(ArticleSpider):\n"
            "    name = 'two'\n    article_url = '^/news/'\n"
            "    allowed_domains = ['paper.localhost']\n"
            f"    start_urls = [{site.url('www.paper.localhost')!r}]\n"
        )
        report = crawl(program, "two", "--delay", "0", "--concurrency", "1")
        refused = next(asked.time for asked in site.requests if asked.status == 429)
        of_one = [asked.time for asked in site.requests if asked.host == "one.paper.localhost" and asked.time > refused]
        of_two = [asked.time for asked in site.requests if asked.host == "two.paper.localhost"]
        assert min(of_one) - refused >= 4 - MARGIN
        assert max(of_two) - refused < 4
        assert report["stories"] == 2 * len(STORIES)


@pytest.mark.slow
def test_a_host_that_goes_down_rests_and_its_urls_end_with_a_reason(new_program):
    down = threading.Event()

    def answer(host, path):
        if path == "/":
            return listing(*(f"/news/the-story-with-number-{number}" for number in range(60)))
        if path.endswith("-9"):
            down.set()
        return 404 if path == "/robots.txt" else None if down.is_set() else story(path)

    with serve(answer) as site:
        program = new_program()
        (program.home / "spiders" / "down.py").write_text(
            "from archiver.spider import ArticleSpider\n"
            "class Down(ArticleSpider):\n"
            "    name = 'down'\n    article_url = '^/news/'\n    allowed_domains = ['127.0.0.1']\n"
            f"    start_urls = [{site.url()!r}]\n"
            "    custom_settings = {'DOWNLOAD_DELAY': 0, 'ARCHIVER_HOST_REST': 0.1}\n"
        )
        report = crawl(program, "down", exit_code=12)
        assert report["reasons"]["host_down"] >= 40, "and the next crawl begins with them"
        assert len([asked for asked in site.requests if asked.status == 0]) <= 20, "the rest is not even asked"
        down.clear()


@pytest.mark.slow
def test_a_site_that_refuses_everything_is_given_up_with_its_exit_code(new_program):
    pages = {"/": listing(*(f"/news/the-story-with-number-{number}" for number in range(100)))}

    def answer(host, path):
        return pages.get(path, 403)

    with serve(answer) as site:
        process = new_program().start("crawl", site.url(), "--no-index", "--delay", "0")
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 18
        assert "refuses" in errors.decode()
        assert len(site.requests) < 40


@pytest.mark.slow
@pytest.mark.parametrize(
    "wall",
    [
        "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
        "<html><head><title>El Puente</title></head><body><p>We value your privacy.</p><button>Accept all cookies",
    ],
)
def test_walls_with_status_200_are_distinguished_from_stories(new_program, wall):
    pages = dict.fromkeys(STORIES, wall)
    with serve(newspaper(pages=pages)) as site:
        program = new_program()
        report = crawl(program, site.url(), "--delay", "0", exit_code=18)
        assert (report["stories"], report["walls"]) == (0, len(STORIES))
        pages.clear()
        report = crawl(program, site.url(), "--delay", "0")
        assert report["stories"] == len(STORIES), "asked for again by the next crawl, however old they are"


@pytest.mark.slow
def test_a_wall_in_place_of_the_start_page_is_reported(new_program):
    wall = (
        "<title>Before you continue</title><p>We use cookies.</p><a href='/privacy'>More</a><button>Accept all cookies"
    )
    with serve(lambda host, path: wall if path in ("/", "/privacy") else 404) as site:
        program = new_program()
        for _ in range(2):
            process = program.start("crawl", site.url(), "--no-index", "--delay", "0")
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 18, errors.decode()
            assert "; 1 start page shows a captcha" in errors.decode()


@pytest.mark.slow
def test_robots_txt_with_too_many_requests_is_requested_again_later(new_program):
    failures = iter([(429, "", {"Retry-After": "2"})])
    pages = {"/robots.txt": lambda host: next(failures, (200, "User-agent: *\nDisallow: /news/\n", {}))}
    with serve(newspaper(pages=pages)) as site:
        report = crawl(new_program(), site.url(), "--delay", "0", exit_code=19)  # robots.txt forbids every story
        refused = site.requests[0].time
        assert min(asked.time for asked in site.requests[1:]) - refused >= 2 - MARGIN
        assert report["reasons"]["robots"] == len(STORIES)
        assert not set(site.paths()) & set(STORIES)


@pytest.mark.slow
@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_robots_txt_blocks_its_host_and_the_report_says_why(new_program, status):
    def answer(host, path):
        if path == "/robots.txt":
            return status if host == "shut.localhost" else 404
        if host == "open.localhost" and path == "/":
            return listing(STORIES[0], *(site.url("shut.localhost", path) for path in STORIES))
        return story(host + path) if path in STORIES else 404

    with serve(answer) as site:
        program = new_program()
        seeds = [site.url("shut.localhost"), site.url("open.localhost")]
        spider = "from archiver.spider import ArticleSpider\n\n\nclass Both(ArticleSpider):\n    name = 'both'\n"
        spider += f"    allowed_domains = ['shut.localhost', 'open.localhost']\n    start_urls = {seeds!r}\n"
        (program.home / "spiders" / "both.py").write_text(spider, encoding="utf-8")
        report = program.json("crawl", "both", "--delay", "0", "--json")[0]
    assert set(site.paths("shut.localhost")) == {"/robots.txt"}
    assert STORIES[0] in site.paths("open.localhost"), "the other host is crawled"
    assert report["reasons"]["robots_unreachable"] == 1 + len(STORIES)
    assert "robots_unreachable" in program.run("report")
    reasons = program.rows("SELECT DISTINCT reason FROM skipped WHERE url LIKE 'http://shut.localhost%'")
    assert reasons == [("robots_unreachable",)]


@pytest.mark.slow
def test_the_first_500_kib_of_robots_txt_apply_in_complete_lines(new_program):
    def padding(size):
        return ("# nothing to see here\n" * (size // 22 + 1))[: size - 1] + "\n"

    limit, begins, holds, cut = 500 * 1024, "User-agent: *\n", f"Disallow: {STORIES[3]}\n", "Disallow: /"
    robots = begins + padding(limit - len(begins + holds + cut)) + holds + cut
    assert len(robots) == limit
    robots += STORIES[4][1:] + "\n" + padding(100_000) + f"Disallow: {STORIES[5]}\n"
    with serve(newspaper(robots)) as site:
        report = crawl(new_program(), site.url(), "--delay", "0")
    assert set(STORIES) - set(site.paths()) == {STORIES[3]}
    assert report["reasons"]["robots"] == 1


@pytest.mark.slow
def test_robots_txt_is_logged_with_any_outcome(new_program):
    answers = {"good.localhost": (200, "User-agent: *\n", {}), "bad.localhost": 404, "dead.localhost": None}
    with serve(lambda host, path: answers[host] if path == "/robots.txt" else story(host)) as site:
        program = new_program()
        urls = [site.url(host) for host in answers]
        (report,) = program.json("capture", *urls, "--no-index", "--json", "--delay", "0", exit_code=9)
    log = program.archive / "logs" / f"{report['crawl_id']}.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    robots = {line["url"].split("/")[2].split(":")[0]: line for line in lines if line["kind"] == "robots"}
    assert {host: (line["status"], line["outcome"]) for host, line in robots.items()} == {
        "good.localhost": (200, "done"),
        "bad.localhost": (404, "status_404"),
        "dead.localhost": (None, "again_connection_failed"),
    }
    assert (program.archive / "warc" / robots["good.localhost"]["warc_file"]).is_file()


@pytest.mark.slow
def test_reports_name_only_reasons_that_occurred(new_program):
    with serve(newspaper(robots="User-agent: *\nDisallow: /news/\n")) as site:
        program = new_program()
        for _ in range(2):
            report = crawl(program, site.url(), "--delay", "0", exit_code=19)
            assert report["reasons"] and all(report["reasons"].values()), report["reasons"]


@pytest.mark.slow
def test_usual_feeds_are_tried_once_if_robots_txt_names_none(new_program):
    feed = "<rss><channel><item><link>/news/only-the-feed-knows-this</link></item></channel></rss>"
    pages = {
        "/feed": (200, feed, {"Content-Type": "application/rss+xml"}),
        "/news/only-the-feed-knows-this": story("only the feed knows this"),
    }
    with serve(newspaper(pages=pages)) as site:
        program = new_program()
        report = crawl(program, site.url(), "--delay", "0")
        asked = site.paths()
        for path in ("/sitemap.xml", "/sitemap_index.xml", "/rss.xml", "/feed"):
            assert asked.count(path) == 1
        assert report["stories"] == len(STORIES) + 1
        assert report["reasons"]["not_there"] == 3
        assert "status_404" not in report["reasons"]
        site.requests.clear()
        crawl(program, site.url(), "--delay", "0")
        assert "/feed" in site.paths(), "what is there is a list"
        assert not {"/sitemap.xml", "/sitemap_index.xml", "/rss.xml"} & set(site.paths()), (
            "what is not isn't asked again"
        )
    with serve(newspaper("User-agent: *\nSitemap: /map.xml\n")) as site:
        crawl(new_program(), site.url(), "--delay", "0")
        assert "/feed" not in site.paths()
        assert "/map.xml" in site.paths()


@pytest.mark.slow
def test_a_crawl_of_public_sites_without_a_contact_says_so_once(new_program):
    process = new_program().start("-v", "crawl", "https://host.invalid/", "--no-index", "--max-time", "1")
    _, errors = process.communicate(timeout=60)
    assert errors.decode().count("--contact") == 1
    with serve(newspaper()) as site:
        process = new_program().start("-v", "crawl", site.url(), "--no-index", "--delay", "0", "--max-pages", "1")
        _, errors = process.communicate(timeout=60)
        assert "--contact" not in errors.decode()


def test_the_pause_begins_when_a_request_is_on_the_wire_and_not_when_it_is_handed_over(monkeypatch):
    clock = itertools.count(1000.0, 7.0)
    monkeypatch.setattr("archiver.crawl.loop.downloader.monotonic", lambda: next(clock))
    begun = []
    monkeypatch.setattr(Downloader, "_process_queue", lambda _, slot: begun.append(slot))
    monkeypatch.setattr(Downloader, "_wait_for_download", lambda *_: None)
    downloader = object.__new__(PoliteDownloader)
    slot = Slot(concurrency=2, delay=5.0, jitter=0)
    slot.lastseen = 1.0  # the time it was handed over
    politeness = SimpleNamespace(delay_of=lambda _: 5.0, rest_of=lambda _: 0, given_up=lambda _: None)
    for name, value in {
        "slots": {"a.test": slot}, "_hosts": {id(slot): "a.test"}, "_unsent": {}, "_politeness": politeness,
        "_visitor": SimpleNamespace(must_end=lambda: False), "get_slot_key": lambda _: "a.test",
    }.items():  # fmt: skip
        setattr(downloader, name, value)
    request = Request("http://a.test/")
    downloader._wait_for_download(slot, request, None)
    downloader._process_queue(slot)
    assert not begun, "the next one waits until this one is on the wire"
    downloader._on_sent(request)
    assert slot.lastseen == 1000.0 and begun == [slot]
    downloader._on_sent(request)  # sent again on another connection
    assert slot.lastseen == 1007.0


def test_connections_closed_at_their_timeout_are_not_an_error():
    closing = Deferred()
    closed = TeePool(SimpleNamespace(closeCachedConnections=lambda: closing)).closeCachedConnections()
    closing.callback(None)
    closed.callback(())  # Scrapy's timer, which fired meanwhile
    assert closed.called
