"""pywb with restrictions: run by the interpreter of its own environment (`python -m gevent.monkey FILE`, which patches
before anything else is imported), never imported by archiver.

Arguments: the file descriptor of a listening socket and the URL of the CDX server. Prints `ready` on standard output
when it serves, and exits when standard input is closed, so it never outlives its parent process.
"""

# mypy: disable-error-code="import-untyped,import-not-found"
# ... since what it imports is in an environment of its own.

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import gevent
import tldextract
from gevent.os import tp_read
from gevent.pywsgi import WSGIServer
from pywb.apps.frontendapp import FrontEndApp
from pywb.utils.geventserver import RequestURIWSGIHandler

# An archived page may reach only this origin. pywb's own policy allows WebSockets and applies only to framed pages, but
# a script can leave its frame, because the page around it has the same origin. The sandbox prevents scripts from
# navigating the reader to another site.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; "
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads"
)
# No browser policy covers WebRTC. Its classes are deleted from pages; a script can still get them from a new frame.
SCRIPT = "no-webrtc.js"
NO_WEBRTC = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete window[name];\n"
HEADERS = [
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "same-origin"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"),
]
# Cookies are not separated by port: those of an archived site would be sent to all servers of this machine. `Link` may
# name hosts to connect to immediately, which no policy forbids.
DROPPED = {"set-cookie", "content-security-policy", "referrer-policy", "x-dns-prefetch-control", "clear-site-data"}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def confined(application: Application, hosts: set[str]) -> Application:
    """Answers only requests for this host name, so that no web site can read the archive through DNS rebinding. No
    service workers, which would outlive their page, and no cookies.
    """

    def confined_application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, without_live_links(name, value)) for name, value in headers if name.lower() not in DROPPED]
            return start_response(status, kept + HEADERS, *rest)

        environ.pop("HTTP_COOKIE", None)
        if environ.get("HTTP_HOST", "") not in hosts or environ.get("HTTP_SERVICE_WORKER"):
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"not here\n"]
        return application(environ, start)

    return confined_application


def without_live_links(name: str, value: str) -> str:
    """A `Link` header without the links that make a browser connect or fetch."""
    if name.lower() != "link":
        return value
    links = re.split(r",\s*(?=<)", value)
    return ", ".join(link for link in links if not re.search(r"preconnect|prefetch|preload|prerender", link, re.I))


def stay_on_loopback() -> None:
    """Blocks name resolution and connections to other machines, for all packages."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(socket.EAI_FAIL, f"replay has no network: {name}")
        return look_up(host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
    # tldextract would download its list of suffixes when pywb looks up the domain of a cookie.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]


def write_script(folder: Path) -> None:
    """Write the script that each page runs first to the working directory, where pywb looks before its own files."""
    folder.mkdir()
    (folder / SCRIPT).write_text(NO_WEBRTC, encoding="ascii")


def main(descriptor: int, index: str) -> None:
    """Serve until standard input is closed."""
    say = os.dup(1)
    os.dup2(2, 1)  # pywb prints to stdout: send that to the log
    stay_on_loopback()
    listener = socket.socket(fileno=descriptor)
    host, port = listener.getsockname()[:2]
    hosts = {f"{name}:{port}" for name in (host, "localhost", "127.0.0.1", "[::1]")}
    collection = {"index": "cdx+" + index, "archive_paths": [""]}  # the CDX lines have absolute paths
    write_script(Path("static"))
    config = {
        "collections": {"archive": collection},
        "enable_auto_colls": False,
        "recorder": None,
        "proxy": None,
        "inject_scripts": [SCRIPT],
    }
    application = FrontEndApp(custom_config=config)
    server = WSGIServer(
        listener,
        confined(application, hosts),
        handler_class=RequestURIWSGIHandler,
        log=None,
        environ={"wsgi.multithread": True},
    )
    gevent.spawn(end_with_input, server)
    server.start()
    os.write(say, b"ready\n")
    os.close(say)
    server.serve_forever()


def end_with_input(server: Any) -> None:
    """Standard input is a pipe from the parent process, so it is closed when that ends."""
    while tp_read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
