"""The sample site as a live server on loopback, with a request log and a way to inject failures."""

from __future__ import annotations

import gzip
import sys
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Any, Self

from archiver.samplesite.pages import CANONICAL_HOST, Page, answer

_COMPRESSED = ("text/", "application/xml", "application/rss+xml", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it, and the status it answered with."""

    time: float  # seconds since 1970
    host: str
    path: str  # including the query
    status: int
    headers: dict[str, str]  # header names in lower case
    method: str = "GET"


class SampleSite:
    """The newspaper, served inside the context: `with SampleSite() as site: ...`"""

    def __init__(self, day: int = 1, port: int = 0, delay: float = 0.0) -> None:
        self.day = day  # may change while serving
        self.delay = delay  # seconds before each response
        # in order of the responses; a request is in it before its response is complete
        self.requests: list[Request] = []
        self._failures: dict[str, deque[tuple[int, int | None]]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self.port: int = self._server.server_address[1]
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{CANONICAL_HOST}:{self.port}/"

    @property
    def loopback_url(self) -> str:
        """The site's URL where `*.localhost` names do not resolve; its canonical URLs then use it."""
        return f"http://127.0.0.1:{self.port}/"

    def fail_next(self, path: str, status: int, retry_after: int | None = None, times: int = 1) -> None:
        """Answer the next request for `path` (with its query, on any host) with an error."""
        with self._lock:
            self._failures[path].extend([(status, retry_after)] * times)

    def failure_for(self, path: str) -> tuple[int, int | None] | None:
        with self._lock:
            waiting = self._failures.get(path)
            return waiting.popleft() if waiting else None

    def log(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        if self._thread is not None:
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # kept-alive connections would keep it running until the client closes them
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: SampleSite) -> None:
        self.site = site
        self._open: set[socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close the connections that clients keep alive."""
        for connection in list(self._open):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue  # closed meanwhile

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up early is not an error of the site; anything else is.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "ElPuente/1.0"
    sys_version = ""
    wbufsize = -1  # send head and body in one segment
    timeout = 60

    def do_GET(self) -> None:
        site = self.server.site
        if site.delay:
            time.sleep(site.delay)
        host, target = self._requested()
        path, _, query = target.partition("?")
        failure = site.failure_for(target)
        if failure is not None:
            self._fail(*failure)
        else:
            self._answer(answer(path, query, host.lower(), site.day))

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def do_POST(self) -> None:
        self.close_connection = True  # the form's contents are not read
        self._fail(HTTPStatus.METHOD_NOT_ALLOWED, None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing: `SampleSite.requests` is the log."""

    def _requested(self) -> tuple[str, str]:
        """The requested host (with its port) and path (with its query)."""
        host, target = self.headers.get("Host") or f"127.0.0.1:{self.server.site.port}", self.path
        if target.startswith("http://"):  # a client that uses the site as a proxy, so that any name resolves
            host, _, rest = target.removeprefix("http://").partition("/")
            target = "/" + rest
        return host, target

    def _log(self, status: int) -> None:
        # Before the first byte is sent: a client that has read the response must find it in the log.
        host, target = self._requested()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.site.log(Request(time.time(), host, target, status, headers, self.command))

    def _fail(self, status: int, retry_after: int | None) -> None:
        self._log(status)
        body = f"<html><body><h1>{status}</h1></body></html>\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self._write(body)

    def _answer(self, page: Page) -> None:
        fresh = page.modified is not None and self._client_has(page, page.modified)
        status = 304 if fresh else page.status
        self._log(status)
        self.send_response(status)
        if page.modified is not None:
            self.send_header("ETag", page.etag)
            self.send_header("Last-Modified", format_datetime(page.modified.astimezone(UTC), usegmt=True))
            self.send_header("Cache-Control", "max-age=0, must-revalidate")
        if page.location is not None:
            self.send_header("Location", page.location)
        if fresh:
            self.end_headers()
            return
        body = page.body
        self.send_header("Content-Type", page.content_type)
        if page.content_type.startswith(_COMPRESSED):
            self.send_header("Vary", "Accept-Encoding")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                self.send_header("Content-Encoding", "gzip")
                body = gzip.compress(body, mtime=0)
        chunked = page.chunked and self.request_version != "HTTP/1.0"
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        self._write(_in_chunks(body) if chunked else body)

    def _client_has(self, page: Page, modified: datetime) -> bool:
        """Whether the client's validators match, so that it has this page already (RFC 9110 section 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or page.etag.removeprefix("W/") in [
                tag.strip().removeprefix("W/") for tag in tags.split(",")
            ]
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return modified <= parsedate_to_datetime(since)
        except (TypeError, ValueError):  # an invalid date is ignored
            return False

    def _write(self, body: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(body)


def _in_chunks(body: bytes, size: int = 2000) -> bytes:
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
