"""kill -9, twenty times during a crawl of 500 stories, again during its recrawl, and again while it fetches page
requisites. The server's log is compared."""

import gzip
import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from conftest import equals_one_rebuilt

STORIES, SECTIONS = 500, 20
KILLS = 20
IN_FLIGHT = 8  # requests on the wire
UNCOMMITTED = 12  # parsed pages whose group was not committed yet
WORDS = "The council met on Tuesday to talk about the bridge and the ferry, and nobody left before the vote was taken. "
EDITED = set(range(0, STORIES, 50))


def page(path, day):
    """A local paper: the front page links to sections, a section to its stories, a story to the next two."""
    if path == "/":
        return "".join(f'<a href="/section/{number}">section</a>' for number in range(SECTIONS))
    kind, _, number = path.strip("/").rpartition("/")
    if kind == "section":
        return "".join(f'<a href="{story(n)}">story</a>' for n in range(int(number), STORIES, SECTIONS))
    if kind == "2024/05":
        n = int(number.rpartition("-")[2])
        edit = "<p>It was put right the next day by the clerk, who had counted the votes twice.</p>" * (
            day >= 2 and n in EDITED
        )
        links = "".join(f'<a href="{story((n + step) % STORIES)}">next</a>' for step in (1, 2))
        text = "".join(f"<p>{n}.{part}. {WORDS * 2}</p>" for part in range(4))
        shown = f"<link rel=stylesheet href=/style.css><img src=/picture/{n}.png>" if day == 3 else ""
        return f"<article><h1>Story number {n} of the town</h1>{text}{edit}</article>{links}{shown}"
    if path == "/style.css":
        return "body { background: url(/picture/back.png) }"
    return f"no picture, but its bytes: {number}" if kind == "picture" else None


def story(number):
    return f"/2024/05/the-story-of-the-town-{number}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        time.sleep(0.02)
        body = page(self.path, self.server.day)
        page_type = "text/css" if "css" in self.path else "image/png" if "png" in self.path else "text/html"
        data = (body or "nothing").encode()
        if page_type == "text/html":
            data = f"<html><head><title>{self.path}</title></head><body>{body}</body></html>".encode()
        tag = '"' + hashlib.sha1(data).hexdigest() + '"'
        status = 404 if body is None else 304 if self.headers.get("If-None-Match") == tag else 200
        self.send_response(status)
        self.send_header("ETag", tag)
        if status != 304:
            self.send_header("Content-Type", page_type)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 304:
            self.wfile.write(data)
        self.server.asked.append((self.path, status))

    def log_message(self, *arguments):
        pass

    def handle(self):
        with suppress(ConnectionError):  # each kill breaks eight
            super().handle()


@contextmanager
def town():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.asked, server.day = [], 1
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def crawl_under_fire(program, server, kills, chance, *arguments):
    """Kill the crawl `kills` times, each after some more responses; then let it end. Returns its exit status."""
    script = Path(__file__).with_name("killed_crawls.py")
    url = f"http://127.0.0.1:{server.server_port}/"
    command = [sys.executable, str(script), str(program.archive), url, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(kills):
            pid = int(process.stdout.readline())
            wanted, deadline = len(server.asked) + chance.randrange(14, 24), time.monotonic() + 30
            while len(server.asked) < wanted:
                assert time.monotonic() < deadline, "the crawl doesn't get on"
                time.sleep(0.002)
            os.kill(pid, signal.SIGKILL)
        process.stdout.readline()
        return process.stdout.readline().strip()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_and_repeat_few_requests(new_program):
    program, chance = new_program(), random.Random(1)
    paths = {story(number) for number in range(STORIES)}
    with town() as server:
        assert crawl_under_fire(program, server, KILLS, chance, "auto") == "ended 0"
        asked = Counter(path for path, _ in server.asked)
        program.run("index")
        assert program.rows("SELECT count(*) FROM articles") == [(STORIES,)]
        assert set(asked) >= paths
        again = sum(asked[path] - 1 for path in paths)
        assert again <= KILLS * (IN_FLIGHT + UNCOMMITTED)

        server.asked.clear()
        server.day = 2
        assert crawl_under_fire(program, server, KILLS // 4, chance, "all") == "ended 0"
        asked = Counter(path for path, _ in server.asked if path in paths)
        statuses = Counter(status for path, status in server.asked if path in paths)
        program.run("index")
        assert set(asked) == paths
        assert sum(asked.values()) - STORIES <= KILLS // 4 * (IN_FLIGHT + UNCOMMITTED)
        assert statuses[200] >= len(EDITED) and statuses[304] >= STORIES - len(EDITED)

        server.asked.clear()
        server.day = 3
        needed = {"/style.css", "/picture/back.png", *(f"/picture/{number}.png" for number in range(STORIES))}
        assert crawl_under_fire(program, server, KILLS // 2, chance, "all", "requisites") == "ended 0"
        asked = Counter(path for path, _ in server.asked)
        program.run("index")
    assert needed | paths <= set(asked)
    again = sum(asked[path] - 1 for path in needed | paths)
    assert again <= KILLS // 2 * (IN_FLIGHT + UNCOMMITTED)
    captured = {path_of(url) for (url,) in program.rows("SELECT url FROM captures WHERE skip_reason = 'not_html'")}
    assert captured == needed
    assert program.rows("SELECT count(*), sum(versions) FROM articles") == [(STORIES, STORIES + len(EDITED))]
    assert program.rows("SELECT count(*) FROM captures WHERE skip_reason = 'revisit_unresolved'") == [(0,)]
    check_files(program)
    assert equals_one_rebuilt(program, new_program())


def path_of(url):
    return "/" + url.split("://")[1].partition("/")[2]


def check_files(program):
    files = sorted((program.archive / "warc").iterdir())
    assert files and all(path.name.endswith(".warc.gz") for path in files)
    for path in files:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
