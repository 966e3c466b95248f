"""Archived pages in a real browser: pywb as started by `archiver serve --replay`, without requests to other
machines."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import lxml.html
import pytest

from archiver.replay import Replay, is_set_up, running
from archiver.samplesite import SampleSite
from conftest import make_program
from test_verify import run
from testsites import WORDS, serve, story
from warc_samples import members
from warc_samples import story as captured_story

pytestmark = pytest.mark.slow
STORY = "en/politics/city-hall/council-backs-free-ferry-eastbank"
# All ways in which a page may try to reach OTHER: through the functions that pywb replaces, and around them.
HOSTILE = """
const other = 'http://OTHER';
const attempts = [
  () => fetch(other + '/fetch').catch(() => {}),
  () => { const asked = new XMLHttpRequest(); asked.open('GET', other + '/xhr'); asked.send(); },
  () => { new Image().src = other + '/image'; },
  () => new WebSocket('ws://OTHER/socket'),
  () => new EventSource(other + '/events'),
  () => navigator.sendBeacon(other + '/beacon', 'x'),
  () => import(other + '/module.js').catch(() => {}),
  () => new Worker(URL.createObjectURL(new Blob([`fetch('${other}/worker').catch(() => {})`]))),
  () => navigator.serviceWorker.register('/sw.js').catch(() => {}),
  () => document.head.insertAdjacentHTML('beforeend', `<link rel=preconnect href="${other}"><link rel=prefetch
    href="${other}/prefetch"><link rel=dns-prefetch href="${other}"><link rel=stylesheet href="${other}/style">
    <style>@font-face { font-family: x; src: url(${other}/font) } body { font-family: x }</style>`),
  () => { const clean = document.body.appendChild(document.createElement('iframe')).contentWindow;
          clean.fetch(other + '/clean').catch(() => {});
          clean.parent.parent.document.body.insertAdjacentHTML('beforeend', `<img src="${other}/above">`); },
  () => window.frameElement.ownerDocument.defaultView.eval(`new Image().src = '${other}/outside'`),
  () => { const form = document.body.appendChild(document.createElement('form'));
          form.setAttribute('action', other + '/form'); form.target = 'another'; form.submit(); },
  () => { const frame = document.body.appendChild(document.createElement('iframe')); frame.src = other + '/frame'; },
  () => { const call = new RTCPeerConnection({iceServers: [{urls: 'stun:OTHER'}, {urls: 'turn:OTHER?transport=tcp',
          username: 'x', credential: 'x'}]}); call.createDataChannel('x'); call.createOffer().then(offer =>
          call.setLocalDescription(offer)); },
  () => window.open(other + '/window'),
  () => { window.frameElement.ownerDocument.defaultView.location = other + '/top'; },
];
for (const attempt of attempts) { try { attempt(); } catch (refused) {} }
document.title = `${attempts.length} attempts`;
"""


@pytest.fixture(scope="session", autouse=True)
def environment():
    """pywb, installed once separately from the packages of the tests."""
    os.environ["ARCHIVER_REPLAY_ENV"] = str(Path(sys.prefix) / "replay")
    program = Path(sys.executable).with_name("archiver")
    run = subprocess.run([program, "serve", "--set-up-replay"], capture_output=True, text=True, check=False)
    if "No matching distribution" in run.stderr:
        pytest.skip(f"the package index can't be reached: {run.stderr}")
    assert run.returncode == 0, run.stderr
    assert is_set_up()
    yield
    del os.environ["ARCHIVER_REPLAY_ENV"]


class Visit:
    """A page in the browser, with its console messages and requests."""

    def __init__(self, browser, address):
        self.page = browser.new_context().new_page()
        self.errors, self.requests, self.refused = [], [], []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda sent: self.requests.append(sent.url))
        self.page.on("response", lambda got: self.refused.append((got.status, got.url)) if got.status >= 400 else None)
        self.page.goto(address, wait_until="networkidle")
        self.frame = next(frame for frame in self.page.frames if "mp_/" in frame.url)

    def abroad(self, replay):
        return [url for url in self.requests if not url.startswith((replay.origin + "/", "data:", "blob:"))]


@contextmanager
def replaying(program):
    with running(program.archive / "index.db", program.archive / "warc", port=0) as replay:
        yield replay


def text(address):
    with urllib.request.urlopen(address) as answer:
        return answer.read().decode()


def framed(replay, url, fetched_at):
    """The page without the frame around it."""
    stamp = re.sub(r"[^0-9]", "", fetched_at)[:14]
    return replay.address(url, fetched_at).replace(f"/{stamp}/", f"/{stamp}mp_/", 1)


def words(page):
    """The text that a reader sees, once it is long enough to be a page."""
    found = lxml.html.fromstring(page).find("body").text_content().split()
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def newspaper(tmp_path_factory):
    """The sample site, crawled twice with page requisites, and offline now."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("newspaper") / "home é {x} [y]", site.url)
        program.run("crawl", "elpuente", "--requisites", "--delay", "0")
        program.run("crawl", "elpuente", "--recheck", "all", "--delay", "0")
        return program, site.url + STORY


def test_a_page_is_shown_as_it_was(browser, newspaper):
    program, url = newspaper
    at = program.rows("SELECT min(fetched_at) FROM captures WHERE url = ?", url)[0][0]
    with replaying(program) as replay:
        visit = Visit(browser, replay.address(url, at))
        assert visit.frame.inner_text("h1").startswith("Council backs a free ferry")
        widths = visit.frame.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert len(widths) >= 2
        assert min(widths) > 0
        assert visit.frame.evaluate("getComputedStyle(document.body).fontFamily") == "Georgia, serif"
        assert "Current Capture" in visit.page.inner_text("body")
        assert (visit.errors, visit.refused, visit.abroad(replay)) == ([], [], [])
        # Then another page, whose link stays in the archive.
        visit.frame.click("text=Politics")
        visit.page.wait_for_url("**/en/politics*")
        assert visit.abroad(replay) == []


@pytest.mark.parametrize("status", [200, 304])
def test_a_revisit_shows_the_response_it_refers_to(newspaper, status):
    program, _ = newspaper
    revisits = program.rows(
        "SELECT r.url, r.fetched_at, p.url, p.fetched_at FROM captures r JOIN captures p ON p.id = r.payload_id"
        " WHERE r.record_type = 'revisit' AND r.http_status = ? AND p.mime = 'text/html' LIMIT 3",
        status,
    )
    assert revisits
    with replaying(program) as replay:
        for url, at, original, before in revisits:
            assert words(text(framed(replay, url, at))) == words(text(framed(replay, original, before)))


def test_the_neighbours_of_an_erased_story_are_shown_as_before_and_it_is_not(tmp_path):
    program = make_program(tmp_path / "home")
    (program.archive / "warc").mkdir(parents=True)
    (program.archive / "warc" / "a.warc.gz").write_bytes(members(*(captured_story(number) for number in range(4))))
    run(program, "index")
    pages = dict(program.rows("SELECT url, fetched_at FROM captures"))
    with replaying(program) as replay:
        before = {url: text(framed(replay, url, at)) for url, at in pages.items()}
    erased = next(url for url in pages if url.endswith("/1-story"))
    run(program, "withdraw", erased, "--reason", "ticket 21", "--erase")
    with replaying(program) as replay:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            text(framed(replay, erased, pages[erased]))
        for url in set(pages) - {erased}:
            assert words(text(framed(replay, url, pages[url]))) == words(before[url])


def test_a_page_captured_meanwhile_is_found(newspaper):
    program, _ = newspaper
    with replaying(program) as replay, serve(lambda _, path: story("The mural") if path == "/mural" else 404) as site:
        url = site.url(path="/mural")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            text(framed(replay, url, "2026"))
        program.run("capture", url)
        at = program.rows("SELECT fetched_at FROM captures WHERE url = ?", url)[0][0]
        assert "The mural" in text(framed(replay, url, at))


def test_a_hostile_page_can_send_no_requests(browser, new_program):
    program = new_program()
    with socket.create_server(("127.0.0.2", 0)) as other:
        script = HOSTILE.replace("OTHER", f"127.0.0.2:{other.getsockname()[1]}")
        page = (
            f"<!DOCTYPE html><html><head><title>Story</title></head><body><p>{WORDS * 9}</p><script>{script}</script>"
        )
        fields = {"Link": f"<http://127.0.0.2:{other.getsockname()[1]}>; rel=preconnect", "Set-Cookie": "a=b"}
        with serve(lambda _, path: (200, page, fields) if path == "/story" else 404) as site:
            program.run("capture", site.url(path="/story"))
        url, at = program.rows("SELECT url, fetched_at FROM captures WHERE url LIKE '%/story'")[0]
        with replaying(program) as replay:
            visit = Visit(browser, replay.address(url, at))
            visit.frame.wait_for_function("document.title == '17 attempts'")
            visit.page.wait_for_timeout(2000)
            assert visit.page.url.startswith(replay.origin)
            assert visit.page.context.cookies() == []
            assert not select.select([other], [], [], 0)[0], "somebody knocked"


def test_only_requests_for_this_machine_s_names_are_answered(newspaper):
    program, _ = newspaper
    with replaying(program) as replay:
        for name, value in {"Host": "attacker.example", "Service-Worker": "script"}.items():
            request = urllib.request.Request(replay.origin + "/", headers={name: value})
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request)
        for path in (
            "/static/../../../../etc/passwd",
            "/live/http://example.com/",
            "/archive/record/http://a.example/",
        ):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                text(replay.origin + path)
        with urllib.request.urlopen(replay.origin + "/archive/") as answer:
            assert "connect-src" not in answer.headers["Content-Security-Policy"]
            assert "default-src 'self' " in answer.headers["Content-Security-Policy"]


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except ConnectionRefusedError:
        return True
    return False


def test_no_process_is_left(newspaper):
    program, _ = newspaper
    with replaying(program) as replay:
        port = int(replay.origin.rpartition(":")[2])
        text(replay.origin + "/")
    assert refused(port)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_archiver_serve(newspaper, sign):
    program, url = newspaper
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"ARCHIVER_REPLAY_ENV": os.environ["ARCHIVER_REPLAY_ENV"], "PATH": os.environ["PATH"]}
    process = program.start("serve", "--port", "0", "--replay", "--replay-port", port, env=environment)
    assert process.stdout.readline().startswith(b"http://127.0.0.1:")
    assert "Council backs" in text(framed(Replay(f"http://127.0.0.1:{port}"), url, "2026"))
    process.send_signal(sign)
    process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while not refused(port):
        assert time.monotonic() < deadline
        time.sleep(0.1)
