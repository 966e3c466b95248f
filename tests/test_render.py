"""A site that needs JavaScript: its stories are rendered in a browser, and the archive has the bytes on the wire."""

import json
import re
import socket

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.crawl.wire.render import find_browser
from archiver.errors import UsageError
from testsites import WORDS, listing, serve, story

try:
    find_browser()
except UsageError as missing:
    pytest.skip(str(missing), allow_module_level=True)

STORY = "/2024/05/the-bridge-stays-open"
SHELL = '<!DOCTYPE html><html><head><title>News</title></head><body><div id=app></div><script src="/app.js"></script>'
TEXT = json.dumps({"title": "The bridge stays open", "text": [f"Part {part}. {WORDS * 3}" for part in "abcdef"]})
# The script inserts the text on a story's page, elsewhere the links to it. Then it tries everything that must not leave
# the archive's control.
SCRIPT = """
const app = document.getElementById('app');
if (location.pathname === '/') {
  fetch('/api/list').then(r => r.json()).then(l => { app.innerHTML = `<a href="${l[0]}">The bridge stays open</a>`; });
} else {
  fetch('/api' + location.pathname, {headers: {'X-Reader': 'app'}}).then(r => r.json()).then(s => {
    document.title = s.title;
    app.innerHTML = `<article><h1>${s.title}</h1>${s.text.map(p => `<p>${p}</p>`).join('')}</article>`;
  });
}
const other = `http://127.0.0.2:${location.port}`;
fetch(other + '/fetched').catch(() => {});
fetch('/forbidden/data').catch(() => {});
navigator.sendBeacon('/beacon', 'x');
new Image().src = other + '/pixel.gif';
new WebSocket(`ws://127.0.0.1:${location.port}/socket`);
document.head.insertAdjacentHTML('beforeend', `<link rel=preconnect href="${other}"><link rel=prefetch href="/pre">`);
"""
ANSWERS = {
    "/": SHELL,
    STORY: SHELL,
    "/app.js": (200, SCRIPT, {"Content-Type": "text/javascript"}),
    "/api/list": (307, "", {"Location": "/api/stories"}),
    "/api/stories": (200, json.dumps([STORY]), {"Content-Type": "application/json"}),
    "/api" + STORY: (200, TEXT, {"Content-Type": "application/json", "X-Odd": "two  spaces"}),
    "/robots.txt": (200, "User-agent: *\nDisallow: /forbidden/\n", {"Content-Type": "text/plain"}),
}
SPIDER = """
from archiver.spider import ArticleSpider


class Scripted(ArticleSpider):
    name = "scripted"
    allowed_domains = ["127.0.0.1"]
    start_urls = ["{url}"]
    article_url = r"/20\\d\\d/\\d\\d/"
"""


def crawl(program, site, *options, exit_code=0):
    (program.home / "spiders" / "scripted.py").write_text(SPIDER.replace("{url}", site.url()), encoding="utf-8")
    return program.json("crawl", "scripted", "--delay", "0", "--json", *options, exit_code=exit_code)[0]


def records(program):
    found = []
    for path in sorted((program.archive / "warc").iterdir()):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True, arc2warc=False):
                found.append((dict(record.rec_headers.headers), record.raw_stream.read()))
    return found


def captures(program):
    return program.rows(
        "SELECT id, article_id, url, record_type, fetched_at, skip_reason FROM captures ORDER BY fetched_at, id"
    )


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    from conftest import make_program  # noqa: PLC0415

    program = make_program(tmp_path_factory.mktemp("rendered") / "home")
    with (
        serve(lambda _, path: ANSWERS.get(path, 404)) as site,
        socket.create_server(("127.0.0.2", site.port)) as other,
    ):
        report = crawl(program, site, "--render")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody tried to connect
            other.accept()
    return program, site, report


@pytest.mark.slow
def test_without_a_browser_there_is_no_story(new_program):
    program = new_program()
    with serve(lambda _, path: ANSWERS.get(path, 404)) as site:
        crawl(program, site, exit_code=19)
    assert program.rows("SELECT count(*) FROM articles") == [(0,)]
    assert STORY not in site.paths()


@pytest.mark.slow
def test_with_a_browser_the_story_is_in_the_index(rendered):
    program, site, report = rendered
    [(url, title, text)] = program.rows("SELECT url, title, text FROM articles")
    assert (url, title) == (site.url(path=STORY), "The bridge stays open")
    assert "Part f." in text
    assert (report["rendered"], report["render_failed"], report["stories"]) == (2, 0, 1)


@pytest.mark.slow
def test_the_page_s_requests_are_in_the_warc_byte_for_byte(rendered):
    program, site, _ = rendered
    found = [(h, block) for h, block in records(program) if h.get("WARC-Target-URI") == site.url(path="/api" + STORY)]
    by_type = {header["WARC-Type"]: block for header, block in found}
    assert len(found) == 2
    head, _, body = by_type["response"].partition(b"\r\n\r\n")
    assert body == TEXT.encode()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"X-Odd: two  spaces" in head
    assert re.search(rb"(?im)^x-reader: app\r$", by_type["request"])
    assert b"HeadlessChrome" not in by_type["request"]


@pytest.mark.slow
def test_each_request_that_a_server_saw_is_in_the_warc(rendered):
    program, site, _ = rendered
    kept = [header["WARC-Target-URI"] for header, _ in records(program) if header["WARC-Type"] == "request"]
    assert sorted(kept) == sorted(site.url(asked.host, asked.path) for asked in site.requests)
    assert {asked.host for asked in site.requests} == {"127.0.0.1"}
    for path in ("/forbidden/data", "/beacon", "/socket", "/pre"):
        assert path not in site.paths()
    for path in ("/app.js", STORY):
        assert site.paths().count(path) == 1, "the page is not fetched again, nor what pages share"


@pytest.mark.slow
def test_the_rendered_page_is_a_record_that_refers_to_its_response(rendered):
    program, site, _ = rendered
    by_id = {header["WARC-Record-ID"]: header for header, _ in records(program)}
    doms = [(header, block) for header, block in records(program) if header["WARC-Type"] == "conversion"]
    assert [header["WARC-Target-URI"] for header, _ in doms] == [site.url(), site.url(path=STORY)]
    for header, block in doms:
        response = by_id[header["WARC-Refers-To"]]
        assert response["WARC-Type"] in ("response", "revisit")
        assert response["WARC-Target-URI"] == header["WARC-Target-URI"]
        assert header["Content-Type"] == "text/html; charset=utf-8"
        assert block.startswith(b"<!DOCTYPE html>")
    assert b"Part f." in doms[1][1]


@pytest.mark.slow
def test_a_rebuilt_index_is_the_same(rendered):
    program, _, _ = rendered
    before = captures(program), program.rows("SELECT id, url, title, text FROM articles")
    assert [row[3] for row in before[0] if row[1]] == ["conversion"]
    program.run("index", "--rebuild")
    assert (captures(program), program.rows("SELECT id, url, title, text FROM articles")) == before


@pytest.mark.slow
def test_rendered_pages_are_not_in_the_replay_index(rendered, tmp_path):
    program, _, _ = rendered
    program.run("export", tmp_path / "index.cdxj")
    lines = (tmp_path / "index.cdxj").read_text().splitlines()
    types = {header["WARC-Date"]: header["WARC-Type"] for header, _ in records(program)}
    assert "conversion" in types.values()
    assert not [line for line in lines if '"mime": "text/html"' in line and '"status"' not in line]


@pytest.mark.slow
def test_a_page_that_never_finishes_rendering_is_used_as_fetched(new_program):
    program = new_program()
    hang = "<!DOCTYPE html><html><body><a href='/next'>on</a><script>for (;;) {}</script></body></html>"
    answers = {"/": hang, "/next": SHELL, "/app.js": ANSWERS["/app.js"], "/api/next": 404, "/api/list": 404}
    spider = SPIDER + '    custom_settings = {"ARCHIVER_RENDER_TIMEOUT": 3}\n'
    with serve(lambda _, path: answers.get(path, 404)) as site:
        (program.home / "spiders" / "scripted.py").write_text(spider.replace("{url}", site.url()), encoding="utf-8")
        report = program.json("crawl", "scripted", "--delay", "0", "--render", "--json", exit_code=19)[0]
    assert "/next" in site.paths()
    assert report["render_failed"] >= 1
    assert report["pages"] >= 1


@pytest.mark.slow
def test_a_browser_that_does_not_start_loses_no_page(new_program, tmp_path, monkeypatch):
    broken = tmp_path / "bin" / "chromium"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:/bin")
    with serve(lambda _, path: story("A day") if path == STORY else listing(STORY) if path == "/" else 404) as site:
        report = crawl(new_program(), site, "--render")
    assert (report["render_failed"], report["rendered"]) == (2, 0)
    assert (report["stories"], report["exit_code"], report["index"]["new"]) == (1, 0, 1)


def test_without_a_browser_one_line_says_what_to_install(new_program, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    process = new_program().start("crawl", "http://127.0.0.1:9/", "--render")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"apt-get install chromium" in errors
    assert errors.count(b"\n") == 1
