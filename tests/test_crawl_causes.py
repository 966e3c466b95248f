"""Each failure is reported with its true cause: in the message, in the report, in the exit code."""

import json
import socket
import ssl
import threading
from collections import Counter
from contextlib import contextmanager

import pytest
import trustme

from archiver.cli.report import _incomplete
from archiver.crawl.report.cause import Cause, cause_of, through_proxy
from archiver.crawl.report.counts import Before, FailedSeed, Tally
from archiver.crawl.signs.consent_address import asks_for_consent
from archiver.errors import ExitCode, UsageError
from archiver.login import proxy_of, proxy_used_for
from offline_crawl import crawled
from testsites import listing, serve, story

SETTINGS_FRAME = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"  # the first bytes of an HTTP/2 server
NO_PROTOCOL = b"\x15\x03\x03\x00\x02\x02\x78"  # a TLS alert: no application protocol
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


def crawl(program, *arguments, exit_code=0):
    """(the crawl's report, its output on stderr)."""
    command = ("crawl", *arguments, "--json", "--delay", "0", "--concurrency", "8")
    process = program.start(*command)
    output, errors = process.communicate(timeout=110)
    assert process.returncode == exit_code, errors.decode()
    return json.loads(output)[0], errors.decode()


@contextmanager
def answering(data, context=None):
    """A server that answers every request with the same bytes, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                connection.recv(65536)
                connection.sendall(data)
            except OSError:
                pass
            finally:
                connection.close()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def http2_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    return context


def test_a_missing_host_name_is_distinguished_from_a_network_failure(new_program):
    report, told = crawl(new_program(), "http://no-such-name.invalid/", "--no-index", exit_code=9)
    assert report["cause"] == "host_not_found" and "host_not_found" in told and "name server" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "data", "context", "cause"),
    [
        ("https", HANDSHAKE_FAILURE, None, "tls_failed"),
        ("https", NO_PROTOCOL, None, "http2_only"),
        ("https", SETTINGS_FRAME, http2_context, "http2_only"),
        ("http", SETTINGS_FRAME, None, "http2_only"),
    ],
)
def test_tls_failures_and_http2_only_have_their_own_reasons(new_program, scheme, data, context, cause):
    with answering(data, context and context()) as port:
        program = new_program()
        program.run("capture", f"{scheme}://127.0.0.1:{port}/robots.txt", "--no-index", "--json", exit_code=9)
        report = program.json("report", "--json")
    assert report["cause"] == cause and report["reasons"] == {cause: 1}, report["reasons"]


def test_a_robots_txt_that_forbids_all_is_named_as_the_reason(new_program):
    rules = {"/robots.txt": (200, "User-agent: *\nDisallow: /\n", {"Content-Type": "text/plain"})}
    with serve(lambda host, path: rules.get(path) or story(path)) as site:
        report, told = crawl(new_program(), site.url(), "--no-index", exit_code=9)
        assert set(site.paths()) == {"/robots.txt"}
    assert report["cause"] == "robots" and "robots.txt disallows it" in told


@pytest.mark.slow
def test_a_start_page_that_redirects_off_the_site_names_the_target(new_program):
    target = "https://www.other-paper.example/news"
    with serve(lambda host, path: (301, "", {"Location": target}) if path == "/" else 404) as site:
        program = new_program()
        report, told = crawl(program, site.url(), "--no-index", exit_code=9)
    assert report["cause"] == "redirects_off_site"
    assert target in report["cause_detail"] and target in told and target in program.run("report")


@pytest.mark.slow
def test_a_redirect_to_a_consent_host_is_a_block_not_a_missing_seed(new_program):
    target = "https://consent.publisher.example/v2/collectConsent?sessionId=1"
    with serve(lambda host, path: (302, "", {"Location": target}) if path == "/" else 404) as site:
        report, told = crawl(new_program(), site.url(), "--no-index", exit_code=18)
    assert report["cause"] == "wall_consent" and target in report["cause_detail"] and "consent" in told


@pytest.mark.parametrize(
    ("url", "is_consent"),
    [
        ("https://consent.example.org/?continue=x", True),
        ("https://myprivacy.publisher.example/consent?callbackUrl=x", True),
        ("https://www.paper.example/zustimmung?url=https%3A%2F%2Fwww.paper.example%2Fstory%2F1", True),
        ("https://www.paper.example/cookie-consent/?to=/story/1", True),
        ("https://www.paper.example/consent", False),  # without a URL to return to
        ("https://www.paper.example/consent-order-is-signed", False),
        ("https://www.consentement.example/a-story", False),
    ],
)
def test_consent_addresses(url, is_consent):
    assert asks_for_consent(url, "https://www.paper.example/story/1") is is_consent


@pytest.mark.slow
@pytest.mark.parametrize(
    ("front", "cause"),
    [
        ('<html><body><div id="app"></div><script src="/app.js"></script></body></html>', "needs_script"),
        ("<html><body><p>Nothing here yet.</p></body></html>", "no_links"),
        (listing("/section", "/about"), "only_lists"),
    ],
)
def test_a_first_crawl_without_a_story_fails_and_says_why(new_program, front, cause):
    pages = {"/": front, "/section": listing("/about"), "/about": "<html><body><p>We write.</p></body></html>"}
    with serve(lambda host, path: pages.get(path, 404)) as site:
        report, told = crawl(new_program(), site.url(), "--no-index", exit_code=19)
    assert report["cause"] == cause and cause in told
    assert ("--render" in told) is (cause == "needs_script")


@pytest.mark.slow
def test_pages_that_are_stories_only_by_url_do_not_make_a_first_crawl_succeed(new_program):
    with serve(lambda host, path: listing("/who-we-are-and-what-we-do") if path == "/" else "<p>Us</p>") as site:
        report, _ = crawl(new_program(), site.url(), exit_code=19)
    assert report["cause"] == "no_story_text" and report["stories"] == 1 and report["lost_stories"] is None


def test_a_capture_that_missed_one_of_its_urls_exited_with_0():
    missed = [FailedSeed("https://a.example/private", "robots")]
    tally = Tally(seeds=2, seeds_fetched=1, pages=1, failed_seeds=missed)
    found = cause_of("finished", tally, Before(narrowed=True, exact=True))
    assert found == Cause(ExitCode.NO_SEED, "robots", "https://a.example/private")
    assert cause_of("finished", tally, Before(narrowed=True)) is None, "a crawl has other start pages"
    gone = Tally(seeds=2, seeds_fetched=1, pages=1, failed_seeds=[FailedSeed("https://a.example/gone", "status_410")])
    assert cause_of("finished", gone, Before(narrowed=True, exact=True)) is None, "its answer is in the archive"


@pytest.mark.parametrize("before", [Before(narrowed=True), Before(goes_on=True), Before(had_stories=True)])
def test_a_crawl_whose_options_exclude_stories_does_not_fail_without_stories(before):
    bare = Tally(seeds=1, seeds_fetched=1, pages=9, lists_read=9, lists_not_modified=1)
    assert cause_of("finished", bare, before) is None
    assert cause_of("max_pages", Tally(seeds=1, seeds_fetched=1, pages=9), Before()) is None


@pytest.mark.slow
def test_a_site_that_lost_its_stories_is_reported_even_after_a_failed_crawl(new_program):
    state = "up"

    def answer(host, path):
        if state == "down":
            return 403 if path != "/robots.txt" else 404
        if path == "/":
            return (
                listing(*(f"/news/a-story-of-number-{n}" for n in range(3))) if state == "up" else listing("/imprint")
            )
        return story(path) if path.startswith("/news/") and state == "up" else 404

    with serve(answer) as site:
        program = new_program()
        crawl(program, site.url(), "--no-index")
        state = "down"
        crawl(program, site.url(), "--no-index", "--recheck", "all", exit_code=18)
        state = "redesigned"
        report, told = crawl(program, site.url(), "--no-index", exit_code=19)
    assert report["cause"] == "lists_without_stories" and "although earlier crawls found stories" in told


@pytest.mark.slow
def test_a_page_whose_judgement_raises_does_not_stay_queued_forever(new_program):
    with serve(lambda host, path: listing("/news/a-story-to-be-read") if path == "/" else story(path)) as site:
        program = new_program(site.url())
        spider = program.home / "spiders" / "elpuente.py"
        spider.write_text(
            "from archiver.spider import ArticleSpider\n"
            "from archiver.crawl.loop import visitor\n"
            "def visit_of(task, *_):\n"
            "    raise RuntimeError(task.url)\n"
            "visitor.visit_of = visit_of\n"
            f"class S(ArticleSpider):\n    name = 's'\n    start_urls = ['{site.url()}']\n"
        )
        report, _ = crawl(program, "s", "--no-index", exit_code=9)
    assert report["queued"] == 0 and report["reasons"]["error_RuntimeError"] == 2


@pytest.mark.parametrize(
    ("reasons", "code"),
    [(["status_403"], 18), (["status_429", "status_401"], 18), (["status_403", "status_404"], 9), (["status_404"], 9)],
)
def test_a_refused_start_page_was_reported_as_missing_if_the_guessed_sitemaps_are_missing(reasons, code):
    seeds = [FailedSeed(f"https://paper.example/{reason}", reason) for reason in reasons]
    tally = Tally(fetched=4 + len(seeds), seeds=len(seeds), failed_seeds=seeds)
    tally.statuses.update({404: 4 + reasons.count("status_404"), 403: len(seeds) - reasons.count("status_404")})
    found = cause_of("finished", tally, Before())
    assert found is not None and found.code == code and found.detail.startswith(seeds[0].url)


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("<html><head><meta http-equiv=refresh content='0; url=https://www.moved.example/news'></head></html>", None),
        ('<META CONTENT="0;URL=&quot;https://www.moved.example/news&quot;" HTTP-EQUIV="Refresh"><p>We moved.', None),
        ("<p>We moved.</p>", "5; url=https://www.moved.example/news"),
    ],
)
def test_a_start_page_that_refreshes_to_another_site_was_reported_as_having_no_links(tmp_path, page, field):
    fields = {"Content-Type": "text/html"} | ({"Refresh": field} if field else {})
    done = crawled(tmp_path, lambda host, path: (200, page, fields) if path == "/" else 404)
    found = cause_of("finished", done.visitor.tally, Before())
    assert found is not None and (found.code, found.reason) == (9, "redirects_off_site")
    assert found.detail == "http://blog.example/ redirects to https://www.moved.example/news"


def test_links_of_a_start_page_that_changes_every_minute_are_followed(tmp_path):
    page = '<meta http-equiv="refresh" content="60;url=https://www.moved.example/"><a href="/2024/05/01/ferry">1</a>'
    done = crawled(tmp_path, lambda host, path: page if path == "/" else story(path))
    assert cause_of("finished", done.visitor.tally, Before()) is None


def test_start_pages_that_robots_txt_forbids_were_reported_as_pages_without_links():
    seeds = [FailedSeed(f"https://paper.example/private/{number}", "robots") for number in range(17)]
    found = cause_of("finished", Tally(seeds=18, seeds_fetched=1, pages=1, failed_seeds=seeds), Before())
    assert found is not None and (found.code, found.reason) == (19, "robots")
    assert found.detail == "https://paper.example/private/0 and 16 more"


def test_a_dead_proxy_was_reported_as_a_site_that_refuses_connections(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://reader:secret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "near.example")
    assert proxy_used_for("http://paper.example/", None) == "proxy.example:3128"
    assert proxy_used_for("http://near.example/", None) is None
    assert proxy_used_for("http://near.example/", "http://own.example:8080") == "own.example:8080"
    seed = FailedSeed("http://paper.example/", "connection_refused")
    cause = cause_of("finished", Tally(seeds=1, failed_seeds=[seed]), Before())
    named = through_proxy(cause, "proxy.example:3128")
    assert named is not None and named.detail == "http://paper.example/ through the proxy proxy.example:3128"
    forbidden = Cause(ExitCode.NO_SEED, "robots", "http://paper.example/")
    assert through_proxy(forbidden, "proxy.example:3128") == forbidden


def test_a_proxy_whose_variable_is_not_set_was_called_a_login():
    with pytest.raises(UsageError, match="the proxy of a spider uses it"):
        proxy_of("env:HARBOUR_PROXY", {})


def test_a_small_site_whose_pages_mostly_answer_500_again_and_again_has_too_many_failures():
    failing = Tally(
        fetched=24,
        seeds=1,
        seeds_fetched=1,
        reasons=Counter(status_500=6, status_404=1, status_403=1, done=4),
        statuses=Counter({500: 18, 404: 1, 403: 1, 200: 4}),
    )
    cause = cause_of("finished", failing, Before(had_stories=True))
    assert cause is not None and cause.code == ExitCode.TOO_MANY_FAILURES
    quiet = Tally(
        seeds=1, seeds_fetched=1, reasons=Counter(status_404=3, done=2), statuses=Counter({404: 3, 200: 2, 503: 1})
    )
    assert cause_of("finished", quiet, Before(had_stories=True)) is None, "a quiet day with few pages"


def test_a_report_says_which_responses_its_counts_leave_out():
    assert _incomplete({"done": 4, "truncated": 3}).startswith("3 URLs with an incomplete response")
    assert _incomplete({"done": 4}) == ""
