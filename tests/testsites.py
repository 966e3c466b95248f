"""Small sites by function from path and host to a response, with a log of requests and their times."""

from __future__ import annotations

import http.server
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WORDS = "The council met on Tuesday to talk about the bridge and the ferry, and nobody left before the vote was taken. "


@dataclass(frozen=True)
class CheckOptions:
    time: float
    host: str  # without port
    path: str
    status: int


@dataclass
class Site:
    port: int
    requests: list[CheckOptions] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self, host: str | None = None) -> list[str]:
        return [asked.path for asked in self.requests if host in (None, asked.host)]

    def gaps(self, host: str = "127.0.0.1") -> list[float]:
        times = [asked.time for asked in self.requests if asked.host == host]
        return [later - earlier for earlier, later in itertools.pairwise(times)]


Answer = str | bytes | int | tuple[int, str, dict[str, str]] | None


@contextmanager
def serve(answer: Callable[[str, str], Answer], host: str = "127.0.0.1") -> Iterator[Site]:
    """A site on loopback. `answer(host, path)` returns a page, a status only, (status, body, header fields), or None
    for no response: the connection is closed. `host` is the address that it listens on."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # send head and body in one segment

        def do_GET(self) -> None:
            came = time.time()
            host = (self.headers.get("Host") or "").partition(":")[0]
            given = answer(host, self.path)
            if given is None:
                site.requests.append(CheckOptions(came, host, self.path, 0))
                self.close_connection = True
                return
            status, body, fields = given if isinstance(given, tuple) else (200, given, {})
            if isinstance(given, int):
                status, body = given, f"<html><body>{given}</body></html>"
            site.requests.append(CheckOptions(came, host, self.path, status))
            data = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(data))}.items():
                if name not in fields:
                    self.send_header(name, value)
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def story(title: str, head: str = "", links: str = "") -> str:
    """A page that is a story by any rule, with its own words."""
    text = "".join(f"<p>{title}, part {'abcdef'[number]}. {WORDS * 3}</p>" for number in range(6))
    return (
        f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{text}</article>"
        f"<nav>{links}</nav></body></html>"
    )


def listing(*paths: str) -> str:
    links = "".join(f'<li><a href="{path}">{path.strip("/").replace("-", " ") or "home"}</a></li>' for path in paths)
    return f"<html><head><title>News</title></head><body><ul>{links}</ul></body></html>"
