"""Failures during a crawl: bad pages, signals, kills, full disks, a second run."""

import http.server
import os
import shutil
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.index.database import open_reader
from archiver.index.read.consistency import fingerprint
from archiver.samplesite import SampleSite, stories
from testsites import listing, serve

WORDS = "The council met on Tuesday to talk about the bridge and the ferry, and nobody left before the vote was taken. "
STORY = "<html><head><title>A story</title></head><body><article><h1>A story</h1>{}</article></body></html>"
GOOD = STORY.format("".join(f"<p>{number}. {WORDS * 3}</p>" for number in range(6)))

BAD_PAGES = {
    "/2024/01/empty-body-of-a-page": (b"", "text/html"),
    "/2024/01/wrong-charset-of-a-page": (
        GOOD.replace("council", "alcaldía").encode("cp1252"),
        "text/html; charset=utf-8",
    ),
    "/2024/01/nested-three-hundred-tags-deep": (
        STORY.format("<div>" * 300 + f"<p>{WORDS * 20}</p>" + "</div>" * 300).encode(),
        "text/html",
    ),
    "/2024/01/thirty-megabytes-of-page": (STORY.format(f"<p>{WORDS}</p>" * 260_000).encode(), "text/html"),
    "/2024/01/a-pdf-that-claims-html": (b"%PDF-1.7\n" + os.urandom(20_000), "text/html"),
    "/2024/01/gzip-that-is-none-at-all": (GOOD.encode(), "text/html", ("Content-Encoding", "gzip")),
    "/2024/01/nul-bytes-between-the-words": (GOOD.replace(" ", "\x00 ").encode(), "text/html"),
}


class _Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/2024/01/hangs-for-a-very-long-time":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"<html>")
            self.server.released.wait(60)
            return
        if self.path == "/":
            links = "".join(f'<a href="{path}">x</a>' for path in (*BAD_PAGES, "/2024/01/hangs-for-a-very-long-time"))
            good = "".join(f'<a href="/2024/01/a-good-story-number-{number}">x</a>' for number in range(5))
            body, mime, *headers = f"<html><body>{links}{good}</body></html>".encode(), "text/html"
        elif self.path in BAD_PAGES:
            body, mime, *headers = BAD_PAGES[self.path]
        elif "good" in self.path:
            body, mime, *headers = GOOD.replace("A story", self.path).encode(), "text/html"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@contextmanager
def bad_site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.slow
def test_bad_pages_yield_text_or_a_reason_and_affect_no_other_page(new_program):
    program = new_program()
    (program.home / "spiders" / "bad.py").write_text(
        "from archiver.spider import ArticleSpider\n"
        "class Bad(ArticleSpider):\n"
        "    name = 'bad'\n"
        "    allowed_domains = ['127.0.0.1']\n"
        "    start_urls = ['URL']\n"
        "    article_url = r'^/2024/'\n"
        "    custom_settings = {'DOWNLOAD_TIMEOUT': 3, 'DOWNLOAD_DELAY': 0}\n"
    )
    with bad_site() as url:
        spider = program.home / "spiders" / "bad.py"
        spider.write_text(spider.read_text().replace("URL", url))
        program.run("crawl", "bad")
    outcome = {
        url.partition("/2024/01/")[2]: (title, skip, text)
        for url, title, skip, text in program.rows(
            "SELECT c.url, a.title, c.skip_reason, a.text FROM captures c LEFT JOIN articles a ON a.id = c.article_id"
        )
    }
    assert not {url: found for url, found in outcome.items() if not (found[0] or found[1])}
    assert {f"a-good-story-number-{number}" for number in range(5)} <= {k for k, v in outcome.items() if v[0]}
    assert outcome["empty-body-of-a-page"][1] == "empty"
    assert "alcaldía" in outcome["wrong-charset-of-a-page"][2]
    assert outcome["nested-three-hundred-tags-deep"][0] or outcome["nested-three-hundred-tags-deep"][1] == "too_deep"
    assert outcome["thirty-megabytes-of-page"][1] == "too_large"
    assert outcome["a-pdf-that-claims-html"][1] in ("not_html", "not_text")
    assert "council met" in outcome["gzip-that-is-none-at-all"][2]
    assert "council" in outcome["nul-bytes-between-the-words"][2]
    assert outcome["hangs-for-a-very-long-time"][1], "the prefix is captured, and has a reason"
    assert program.rows("SELECT reason FROM skipped WHERE url LIKE '%hangs%'") == [("timeout",)]


REQUISITES = (".svg", ".png", ".jpg", ".css", ".js")


@pytest.fixture
def slow_site():
    with SampleSite(delay=0.02) as site:
        yield site


def story_count(program):
    return program.rows("SELECT count(*) FROM articles")[0][0]


def wait_until_fetched(site, number, *endings):
    """Wait until `number` requests for paths with this ending were answered."""
    deadline = time.monotonic() + 30
    while sum(request.path.endswith(endings or "") for request in site.requests) < number:
        assert time.monotonic() < deadline, "the crawl doesn't get on"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_signal_ends_the_crawl_gracefully_and_the_next_run_continues(new_program, slow_site):
    program = new_program(slow_site.url)
    process = program.start("crawl", "elpuente")
    wait_until_fetched(slow_site, 40)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 11, errors.decode()
    assert not list((program.archive / "warc").glob("*.open"))
    slow_site.delay = 0
    program.run("crawl", "elpuente")
    assert story_count(program) == len(stories())


@pytest.mark.slow
@pytest.mark.parametrize("kills", [4])
def test_nothing_is_lost_by_repeated_kills(new_program, slow_site, kills):
    program = new_program(slow_site.url)
    for _ in range(kills):
        seen = len(slow_site.requests)
        process = program.start("crawl", "elpuente", start_new_session=True)
        wait_until_fetched(slow_site, seen + 30)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    slow_site.delay = 0
    program.run("crawl", "elpuente")
    assert story_count(program) == len(stories())
    paths = {(request.host, request.path) for request in slow_site.requests}
    again = len(slow_site.requests) - len(paths)
    in_flight = 8 + 40  # requests on the wire, and pages whose group was not committed yet
    assert again <= kills * (in_flight + 2), "robots.txt and the front page count too"
    status = program.json("status", "--json")
    assert status["damage"] == 0
    assert not list((program.archive / "warc").glob("*.open"))


@pytest.mark.slow
def test_a_signal_before_the_first_request_is_obeyed_too(new_program, slow_site):
    """While the archive is opened, and what it has is learned: nothing there may swallow it, or die of it."""
    program = new_program(slow_site.url)
    program.run("crawl", "elpuente", "--max-pages", "1", "--no-index")  # runs long enough to be interrupted
    for number in (signal.SIGTERM, signal.SIGINT):
        seen = len(slow_site.requests)
        process = program.start("crawl", "elpuente", "--no-index")
        while not (program.archive / "frontier.db-wal").exists() and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 11, errors.decode()
        assert b"interrupted, progress is saved" in errors
        assert len(slow_site.requests) - seen <= 4


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("--requisites",)])
def test_two_signals_within_ten_milliseconds_lose_nothing(new_program, slow_site, arguments):
    program = new_program(slow_site.url)
    process = program.start("crawl", "elpuente", *arguments)
    if arguments:
        wait_until_fetched(slow_site, 4, *REQUISITES)
    else:
        wait_until_fetched(slow_site, 40)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 11
    slow_site.delay = 0
    report = program.json("crawl", "elpuente", *arguments, "--json")[0]
    assert report["queued"] == 0
    assert story_count(program) == len(stories())
    captured = {url.partition("://")[2].partition("/")[2] for (url,) in program.rows("SELECT url FROM captures")}
    assert {request.path[1:] for request in slow_site.requests} <= captured, "the server's log is the witness"


@pytest.mark.slow
def test_a_second_run_on_the_same_archive_names_the_lock_holder(new_program, slow_site):
    program = new_program(slow_site.url)
    first = program.start("crawl", "elpuente")
    wait_until_fetched(slow_site, 5)
    second = program.start("crawl", "elpuente")
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 75
    assert f"pid {first.pid}" in errors.decode()
    first.terminate()
    first.communicate(timeout=30)


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/bin/mount").exists(), reason="mounting a small disk needs root")
@pytest.mark.slow
def test_a_full_disk_stops_the_crawl_with_its_code_and_nothing_is_lost(new_program, slow_site):
    program = new_program(slow_site.url)
    program.archive.mkdir()
    disk = ["-t", "tmpfs", "-o", "size=400k", "tmpfs", str(program.archive)]
    if os.spawnvp(os.P_WAIT, "mount", ["mount", *disk]) != 0:
        pytest.skip("mounting is not allowed here")
    slow_site.delay = 0
    try:
        program.run("crawl", "elpuente", "--no-index", "--min-free", "0", exit_code=3)
        os.spawnvp(os.P_WAIT, "mount", ["mount", "-o", "remount,size=50m", str(program.archive)])
        program.run("crawl", "elpuente", "--min-free", "0")
        assert story_count(program) == len(stories())
        assert program.json("status", "--json")["damage"] == 0
        assert not list((program.archive / "warc").glob("*.open"))
        copy = new_program()
        copy.archive.mkdir()
        shutil.copytree(program.archive / "warc", copy.archive / "warc")
        copy.run("index", "--rebuild")
        with open_reader(copy.archive / "index.db") as rebuilt, open_reader(program.archive / "index.db") as followed:
            assert fingerprint(rebuilt) == fingerprint(followed)
    finally:
        os.spawnvp(os.P_WAIT, "umount", ["umount", "-l", str(program.archive)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["crawl", "nobody"], 2, "no site named 'nobody'"),
        (["crawl", "http://127.0.0.1:1/"], 9, "no start page could be fetched"),
        (["crawl", "ftp://example.com/"], 2, "not an http or https URL"),
        (["crawl", "https://example.com/", "--include", "("], 2, "not a valid regular expression"),
        (["search", "x"], 2, "no archive"),
        (["index", "/no/such/file.warc.gz"], 2, "is not a file"),
        (["capture"], 2, "no URL was given"),
        (["crawl"], 2, "no site or URL was given: give a site or a URL"),
    ],
)
def test_errors_are_one_line_that_names_thing_cause_and_next_step(new_program, arguments, exit_code, message):
    program = new_program()
    process = program.start(*arguments, stdin=-3)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == exit_code, errors.decode()
    assert message in errors.decode()
    assert "Traceback" not in errors.decode()


@pytest.mark.slow
def test_a_broken_spider_file_is_named_and_the_other_sites_work(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        (program.home / "spiders" / "broken.py").write_text("import nothing_of_that_name\n")
        process = program.start("crawl", "elpuente", "--max-pages", "3", "--no-index")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "broken.py can't be loaded (ModuleNotFoundError" in errors.decode()


@pytest.mark.slow
def test_a_spider_error_loses_only_that_page_s_links_until_it_is_fixed(new_program):
    pages = {
        "/": listing("/one", "/two"),
        "/one": listing("/behind"),
        "/two": listing("/more"),
        "/behind": "",
        "/more": "",
    }
    broken = "        if response.url.endswith('/one'): raise KeyError('x')\n"
    with serve(lambda host, path: pages.get(path, 404)) as site:
        program = new_program()
        spider = program.home / "spiders" / "odd.py"
        spider.write_text(
            "from archiver.spider import ArticleSpider\n"
            "class Odd(ArticleSpider):\n"
            "    name = 'odd'\n    allowed_domains = ['127.0.0.1']\n"
            f"    start_urls = [{site.url()!r}]\n"
            f"    def links(self, response):\n{broken}        return super().links(response)\n"
        )
        (report,) = program.json("crawl", "odd", "--delay", "0", "--json", exit_code=19)
        assert report["reasons"]["links_failed"] == 1 and report["queued"] == 0
        assert "/more" in site.paths() and "/behind" not in site.paths()
        spider.write_text(spider.read_text().replace(broken, ""))
        program.run("crawl", "odd", "--delay", "0", exit_code=19)
        assert "/behind" in site.paths()


@pytest.mark.slow
def test_links_into_the_private_network_are_not_followed(new_program):
    class _Inside(_Pages):
        def do_GET(self):
            self.server.asked.append(self.path)
            _Pages.do_GET(self)

    inside = http.server.ThreadingHTTPServer(("127.0.0.2", 0), _Inside)
    inside.asked = []
    threading.Thread(target=inside.serve_forever, daemon=True).start()
    with SampleSite() as site:
        program = new_program()
        target = f"http://127.0.0.2:{inside.server_port}/secret"
        (program.home / "spiders" / "careless.py").write_text(
            "from archiver.crawl.wire import private_addresses\n"
            "from archiver.spider import ArticleSpider\n"
            "private_addresses.is_public = lambda address: address == '127.0.0.1'\n"
            "class Careless(ArticleSpider):\n"
            "    name = 'careless'\n"
            "    allowed_domains = ['elpuente.localhost', '127.0.0.2']\n"
            f"    start_urls = [{site.url!r}]\n"
            f"    def links(self, response): return [{target!r}]\n"
        )
        program.run("crawl", "careless", "--delay", "0", exit_code=19)
    inside.shutdown()
    inside.server_close()
    assert inside.asked == []
    assert program.rows("SELECT reason FROM skipped WHERE url = ?", target) == [("private_address",)]


@pytest.mark.slow
def test_a_limit_of_pages_of_one_site_was_ignored_in_a_crawl_of_all_sites(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        spider = program.home / "spiders" / "elpuente.py"
        spider.write_text(
            spider.read_text().replace("    custom_settings", "    max_pages = 4\n    custom_settings", 1)
        )
        for asked, pages in ((["--all"], 4), (["--all", "--max-pages", "2"], 2), (["elpuente", "--max-pages", "9"], 4)):
            (report,) = program.json("crawl", *asked, "--no-index", "--json")
            assert report["stop_reason"] == "max_pages" and report["stories"] + report["pages"] == pages, asked
