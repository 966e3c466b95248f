"""All kinds of responses: the WARC contains, byte for byte, what was sent over the wire."""

import base64
import gzip
import hashlib
import json
import re
import ssl
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from rawserver import CLOSE, RESET, RawServer

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
BIG = OK + b"Content-Length: 20000000\r\n\r\n" + bytes(range(256)) * 78125
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(b"<p>una noticia</p>" * 200, mtime=0)


@dataclass
class Case:
    """`message` is the expected content of the record; `script` what the server does (default: sends just that)."""

    message: bytes
    script: list = field(default_factory=list)
    method: str = "GET"
    truncated: str | None = None
    error: str | None = None
    meta: dict = field(default_factory=dict)
    body: str = ""
    headers: dict = field(default_factory=dict)

    def steps(self):
        return self.script or [self.message]


CASES = {
    "plain": Case(HELLO),
    "pieces": Case(HELLO, [HELLO[:9], 0.02, HELLO[9:25], 0.02, HELLO[25:]]),
    "chunked": Case(CHUNKED + b"5;ext=1\r\nhello\r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n"),
    "gzip": Case(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED),
    "gzip-chunked": Case(
        OK
        + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(ZIPPED)
        + ZIPPED
        + b"\r\n0\r\n\r\n"
    ),
    "not-gzip": Case(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", error="BadGzipFile"),
    "redirect": Case(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n"),
    "continue": Case(HELLO, [b"HTTP/1.1 100 Continue\r\n\r\n", HELLO]),
    "hints": Case(HELLO, [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", 0.05, HELLO]),
    "two-interim": Case(HELLO, [b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\n" + HELLO]),
    "short": Case(
        OK + b"Content-Length: 9\r\n\r\nhello",
        [OK + b"Content-Length: 9\r\n\r\nhello", CLOSE],
        truncated="disconnect",
        error="ResponseDataLossError",
    ),
    "short-reset": Case(
        OK + b"Content-Length: 9\r\n\r\nhello",
        [OK + b"Content-Length: 9\r\n\r\nhello", 0.2, RESET],
        truncated="disconnect",
        error="ResponseDataLossError",
    ),
    "chunked-cut": Case(
        CHUNKED + b"5\r\nhel", [CHUNKED + b"5\r\nhel", CLOSE], truncated="disconnect", error="ResponseDataLossError"
    ),
    "head-cut": Case(
        OK + b"Content-Le", [OK + b"Content-Le", CLOSE], truncated="disconnect", error="DownloadFailedError"
    ),
    "slow-body": Case(
        OK + b"Content-Length: 9\r\n\r\nhello",
        [OK + b"Content-Length: 9\r\n\r\nhello", 3.0],
        truncated="time",
        error="DownloadTimeoutError",
        meta={"download_timeout": 1},
    ),
    "slow-head": Case(
        OK + b"Content-",
        [OK + b"Content-", 3.0],
        truncated="time",
        error="DownloadTimeoutError",
        meta={"download_timeout": 1},
    ),
    "too-big-stated": Case(
        OK + b"Content-Length: 900000\r\n\r\n",
        [OK + b"Content-Length: 900000\r\n\r\n", 1.0],
        truncated="length",
        error="DownloadCancelledError",
        meta={"download_maxsize": 1000},
    ),
    "over-long": Case(HELLO, [HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"]),
    "lf-only": Case(b"HTTP/1.1 200 OK\nX-One: 1\nContent-Length: 5\n\nhello"),
    "odd-headers": Case(
        OK + b"x-LOWER: 1\r\nCONTENT-length:5\r\nSet-Cookie: b=2\r\nX-A:  two  spaces \r\n"
        b"Set-Cookie: a=1\r\nx-latin: caf\xe9\r\n\r\nhello"
    ),
    "obs-fold": Case(OK + b"X-Long: one\r\n two\r\n\tthree\r\nContent-Length: 5\r\n\r\nhello"),
    "bad-line": Case(OK + b"this line has no colon\r\nContent-Length: 5\r\n\r\nhello"),
    "control-chars": Case(OK + b"X-A: nul\x00esc\x1bcr\rx\r\nContent-Length: 5\r\n\r\nhello"),
    "status-999": Case(b"HTTP/1.1 999 Request denied\r\nContent-Length: 5\r\n\r\nhello"),
    "no-reason": Case(b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"),
    "head": Case(OK + b"Content-Length: 500\r\n\r\n", method="HEAD"),
    "no-content": Case(b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"),
    "not-modified": Case(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 77\r\n\r\n'),
    "empty": Case(OK + b"Content-Length: 0\r\n\r\n"),
    "http-1.0": Case(
        b"HTTP/1.0 200 OK\r\nX: 1\r\n\r\nuntil the end",
        [b"HTTP/1.0 200 OK\r\nX: 1\r\n\r\nuntil", 0.05, b" the end", CLOSE],
    ),
    "close-delimited-1.1": Case(OK + b"\r\nuntil the end", [OK + b"\r\nuntil the end", CLOSE]),
    "server-error": Case(b"HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 4\r\n\r\nbusy"),
    "conflicting": Case(
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        truncated="unspecified",
        error="DownloadFailedError",
    ),
    "garbage": Case(
        b"\x00\x01 not HTTP at all\r\n\r\n",
        [b"\x00\x01 not HTTP at all\r\n\r\n", CLOSE],
        truncated="unspecified",
        error="DownloadFailedError",
    ),
    "bad-chunk": Case(
        CHUNKED + b"5\r\nhello\r\nzz\r\n",
        [CHUNKED + b"5\r\nhello\r\nzz\r\n", CLOSE],
        truncated="unspecified",
        error="ResponseDataLossError",
    ),
    "post": Case(HELLO, method="POST", body="a=1&b=2"),
    "big": Case(BIG),
}
SILENT = {"reset": [RESET], "closed": [CLOSE]}
PROXY_CASES = ("plain", "chunked", "gzip", "head", "big", "short")


def fetch(folder, requests, **settings):
    """Runs the crawl of `capture_crawl.py`."""
    task = {"folder": str(folder), "requests": requests, "settings": settings}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("capture_crawl.py")],
        input=json.dumps(task).encode(), capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert not result["failures"], result["failures"]
    result["log"] = done.stderr.decode()
    return result


def records(folder):
    """(WARC header, block) of each record, read by warcio without parsing HTTP."""
    found = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True, arc2warc=False):
                found.append((dict(record.rec_headers.headers), record.raw_stream.read()))
    return found


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def requests_for(base, names, tag="", **meta):
    return [
        {"name": f"{name}{tag}", "url": f"{base}/{name}", "method": CASES[name].method, "body": CASES[name].body,
         "meta": {**CASES[name].meta, **meta}, "headers": CASES[name].headers}
        for name in names
    ]  # fmt: skip


@dataclass
class Captured:
    """One crawl of all cases: what the servers saw, what Scrapy saw, and the content of the WARC."""

    seen: dict
    outcomes: dict
    responses: dict
    requests: dict
    interim: list
    folder: Path
    log: str


def run_cases(folder, tls):
    scripts = {f"/{name}": case.steps() for name, case in CASES.items()}
    scripts |= {f"/{name}": script for name, script in SILENT.items()}
    with (
        RawServer(scripts) as plain,
        RawServer(scripts, tls, tls_at_once=True) as secure,
        RawServer(scripts, tls) as proxy,
    ):
        http, https = f"http://127.0.0.1:{plain.port}", f"https://127.0.0.1:{secure.port}"
        through = f"http://127.0.0.1:{proxy.port}"
        auth = {"Proxy-Authorization": "Basic c2VjcmV0"}
        tasks = requests_for(http, CASES, "@http") + requests_for(https, CASES, "@https")
        tasks += [{"name": f"{name}@http", "url": f"{http}/{name}"} for name in SILENT]
        for scheme in ("http", "https"):
            tasks += [
                task | {"headers": auth}
                for task in requests_for(f"{scheme}://127.0.0.1:{proxy.port}", PROXY_CASES, f"@proxy-{scheme}",
                                         proxy=through)
            ]  # fmt: skip
        result = fetch(folder, tasks, REDIRECT_ENABLED=False)
        seen = {}
        for server, tag in ((plain, "@http"), (secure, "@https"), (proxy, None)):
            for entry in server.seen:
                scheme = "http" if b" http://" in entry.request.split(b"\r\n")[0] else "https"
                seen.setdefault(entry.path[1:] + (tag or f"@proxy-{scheme}"), []).append(entry)
        assert len(proxy.tunnels) >= 1
    by_id = {}
    names = {task["url"]: task["name"] for task in tasks}
    responses, requests, interim = {}, {}, []
    for header, block in records(folder):
        name = names.get(header.get("WARC-Target-URI"))
        by_id[header["WARC-Record-ID"]] = header
        if header["WARC-Type"] in ("response", "request"):
            target = responses if header["WARC-Type"] == "response" else requests
            target.setdefault(name, []).append((header, block))
        elif header["WARC-Type"] == "metadata":
            interim.append((name, header, block))
    return Captured(seen, result["outcomes"], responses, requests, interim, folder, result["log"])


@pytest.fixture(scope="module")
def captured(tmp_path_factory, tls):
    return run_cases(tmp_path_factory.mktemp("exact"), tls)


ALL = [(name, way) for way in ("http", "https") for name in CASES]
ALL += [(name, f"proxy-{scheme}") for scheme in ("http", "https") for name in PROXY_CASES]


@pytest.mark.parametrize(("name", "way"), ALL)
def test_the_response_is_what_the_server_sent(captured, name, way):
    case = CASES[name]
    found = captured.responses.get(f"{name}@{way}", [])
    assert len(found) == 1
    header, block = found[0]
    assert block == case.message
    assert header["Content-Type"] == "application/http;msgtype=response"
    assert header.get("WARC-Truncated") == case.truncated
    assert header["WARC-Block-Digest"] == digest(case.message)


@pytest.mark.parametrize(("name", "way"), ALL)
def test_the_request_is_what_the_server_received(captured, name, way):
    received = captured.seen[f"{name}@{way}"][-1].request
    [(header, block)] = captured.requests[f"{name}@{way}"]
    [(response, _)] = captured.responses[f"{name}@{way}"]
    if way == "proxy-http":
        assert b"c2VjcmV0" in received
        received = re.sub(rb"(?im)^(proxy-authorization:).*?\r\n", rb"\1 [redacted]\r\n", received)
    assert block == received
    assert header["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert response["WARC-Concurrent-To"] == header["WARC-Record-ID"]
    assert header["WARC-Date"] == response["WARC-Date"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", header["WARC-Date"])
    assert header.get("WARC-IP-Address") == (None if way.startswith("proxy") else "127.0.0.1")


@pytest.mark.parametrize(("name", "way"), ALL)
def test_scrapy_sees_the_capture_with_the_answer(captured, name, way):
    outcome = captured.outcomes[f"{name}@{way}"]
    assert outcome.get("error") == CASES[name].error
    [(header, _)] = captured.responses[f"{name}@{way}"]
    assert outcome["record"] == header["WARC-Record-ID"]


@pytest.mark.parametrize(
    ("way", "last"),
    [("http", "http/1.1"), ("https", "tls/1.3"), ("proxy-http", "http/1.1"), ("proxy-https", "tls/1.3")],
)
def test_the_record_names_the_protocols_of_the_origin(captured, way, last):
    for name in PROXY_CASES:
        [(header, _)] = captured.responses[f"{name}@{way}"]
        assert header["WARC-Protocol"] == last  # of several fields this reader returns the last
        assert ("WARC-Cipher-Suite" in header) == way.endswith("https")


@pytest.mark.parametrize("way", ["http", "https"])
def test_payload_digests_are_over_the_entity_without_chunks(captured, way):
    for name, entity in {"plain": b"hello", "chunked": b"helloworld", "gzip": ZIPPED, "gzip-chunked": ZIPPED,
                         "head": b"", "bad-line": b"hello", "chunked-cut": b"hel"}.items():  # fmt: skip
        [(header, _)] = captured.responses[f"{name}@{way}"]
        assert header["WARC-Payload-Digest"] == digest(entity), name


def test_an_unanswered_request_makes_no_record(captured):
    for name in SILENT:
        assert f"{name}@http" not in captured.responses
        assert "error" in captured.outcomes[f"{name}@http"]


def test_no_password_is_in_the_archive(captured):
    for _, block in records(captured.folder):
        assert b"c2VjcmV0" not in block
        assert not block.startswith(b"CONNECT")


def test_no_exception_was_logged(captured):
    assert "Traceback" not in captured.log
    assert "Unhandled" not in captured.log


def test_other_readers_accept_the_file(captured):
    [path] = captured.folder.iterdir()
    assert re.fullmatch(r"capture-\d{14}-00001-[\w.-]+\.warc\.gz", path.name)
    subprocess.run(["gzip", "-t", path], check=True)
    check = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", path], capture_output=True, text=True, check=False
    )
    assert "block digest failed" not in check.stdout
    with path.open("rb") as stream:
        count = sum(record.verify_block_digest() for record in FastIterator(stream, parse_http=False))
    assert count == len(records(captured.folder))


def digest(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


@pytest.mark.slow
def test_requests_on_shared_connections_are_not_mixed_up(tmp_path, tls):
    def script(path):
        body = b"the page " + path.encode() * 3
        if int(path[2:]) % 3 == 0:
            return [CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"]
        return [OK + b"Content-Length: %d\r\n\r\n" % len(body) + body]

    with RawServer(script) as plain, RawServer(script, tls, tls_at_once=True) as secure:
        bases = [f"http://127.0.0.1:{plain.port}", f"https://127.0.0.1:{secure.port}"]
        urls = [f"{bases[i % 2]}/p{i}" for i in range(300)]
        outcomes = fetch(tmp_path, [{"name": url, "url": url} for url in urls])["outcomes"]
        connections = len({(id(server), entry.connection) for server in (plain, secure) for entry in server.seen})
        sent = {entry.path: bytes(entry.sent) for server in (plain, secure) for entry in server.seen}
        received = {entry.path: entry.request for server in (plain, secure) for entry in server.seen}
    assert connections < 40, "connections are reused"
    assert all(outcomes[url]["status"] == 200 for url in urls)
    counts = Counter()
    for header, block in records(tmp_path):
        if header["WARC-Type"] in ("request", "response"):
            path = "/" + header["WARC-Target-URI"].rsplit("/", 1)[1]
            counts[header["WARC-Type"]] += 1
            assert block == (sent if header["WARC-Type"] == "response" else received)[path]
    assert counts == {"request": 300, "response": 300}


@pytest.mark.slow
def test_a_stale_connection_is_retried_and_only_the_answer_is_kept(tmp_path):
    used = Counter()

    def script(path):
        used[path] += 1
        # The second request on the first connection finds it closed; Twisted sends it again on another.
        return [CLOSE] if path == "/b" and used[path] == 1 else [HELLO]

    with RawServer(script) as server:
        base = f"http://127.0.0.1:{server.port}"
        requests = [{"name": name, "url": f"{base}/{name}"} for name in ("a", "b")]
        result = fetch(tmp_path, requests, CONCURRENT_REQUESTS=1)
        assert used["/b"] == 2
    assert result["outcomes"]["b"]["status"] == 200
    responses = [header for header, _ in records(tmp_path) if header["WARC-Type"] == "response"]
    assert [header["WARC-Target-URI"].rsplit("/", 1)[1] for header in responses] == ["a", "b"]


@pytest.mark.slow
def test_bytes_that_come_after_an_answer_do_not_open_the_next(tmp_path):
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    with RawServer({"/a": [HELLO, 0.1, evil], "/b": [HELLO]}) as server:
        base = f"http://127.0.0.1:{server.port}"
        requests = [{"name": name, "url": f"{base}/{name}"} for name in ("a", "b")]
        result = fetch(tmp_path, requests, CONCURRENT_REQUESTS=1, DOWNLOAD_DELAY=0.5, DOWNLOAD_DELAY_JITTER=0.0)
        assert [entry.connection for entry in server.seen] == [1, 2]
    assert [outcome["body"] for outcome in result["outcomes"].values()] == [5, 5]
    assert b"evil" not in b"".join(block for _, block in records(tmp_path))


def test_endless_answers_are_cut_at_the_limit(tmp_path):
    endless = [CHUNKED] + [b"1000\r\n" + b"x" * 4096 + b"\r\n"] * 2000
    headers = [OK] + [b"X-Filler: " + b"y" * 8000 + b"\r\n"] * 500 + [b"Content-Length: 2\r\n\r\nno"]
    with RawServer({"/endless": endless, "/headers": headers}) as server:
        base = f"http://127.0.0.1:{server.port}"
        requests = [{"name": name, "url": f"{base}/{name}"} for name in ("endless", "headers")]
        result = fetch(tmp_path, requests, DOWNLOAD_MAXSIZE=100_000)
    found = {
        header["WARC-Target-URI"].rsplit("/", 1)[1]: (header, block)
        for header, block in records(tmp_path)
        if header["WARC-Type"] == "response"
    }
    for name, script in (("endless", endless), ("headers", headers)):
        header, block = found[name]
        assert header["WARC-Truncated"] == "length"
        assert b"".join(script).startswith(block)
        assert len(block) < 1_000_000, "it isn't taken to its end"
        assert "error" in result["outcomes"][name]


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254",
             "10.0.0.1", "localhost", "other.localhost"]
)  # fmt: skip
def test_private_addresses_are_refused_in_any_spelling(private, host):
    assert private[host].get("detail") == "private_address"


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    hosts = ["127.0.0.2", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254",
             "10.0.0.1", "localhost", "other.localhost", "seed.localhost"]  # fmt: skip
    with RawServer({"/": [HELLO]}) as server:
        requests = [
            {"name": host, "url": f"http://{host}:{server.port}/", "meta": {"download_timeout": 5}} for host in hosts
        ]
        outcomes = fetch(tmp_path_factory.mktemp("private"), requests)["outcomes"]
        assert len(server.seen) == 1
    return outcomes


def test_a_seed_may_be_private_and_localhost_names_resolve(private):
    assert private["seed.localhost"]["status"] == 200
