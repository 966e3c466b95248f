"""pywb, confined: run by the interpreter of its own environment (`python -m gevent.monkey FILE`, which patches before
anything else is imported), never imported by archiver.

Arguments: the file descriptor of a listening socket and the address of the CDX server. Says `ready` on standard output
when it serves, and ends when standard input does: so it never outlives who started it, however that one dies.
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

# What an archived page may reach: this origin. pywb's own policy lets WebSockets through and holds for framed pages
# alone, but a script can climb out of its frame, which is of one origin with the page around it. The sandbox keeps it
# from sending the reader elsewhere.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; "
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads"
)
# No policy of browsers holds for WebRTC. It is taken away from pages; a script that digs for it in a frame of its own
# finds it still.
SCRIPT = "no-webrtc.js"
NO_WEBRTC = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete window[name];\n"
HEADERS = [
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "same-origin"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"),
]
# Cookies know no ports: what an archived site sets would be sent to all servers of this machine. `Link` may name hosts
# to connect to at once, which no policy forbids.
DROPPED = {"set-cookie", "content-security-policy", "referrer-policy", "x-dns-prefetch-control", "clear-site-data"}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def confined(application: Application, hosts: set[str]) -> Application:
    """Only for those who ask for this host by name, so that no web site reads archives by way of a name of its own;
    no service workers, which would outlive their page; no cookies."""

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
    """A `Link` header without what makes a browser connect or fetch."""
    if name.lower() != "link":
        return value
    links = re.split(r",\s*(?=<)", value)
    return ", ".join(link for link in links if not re.search(r"preconnect|prefetch|preload|prerender", link, re.I))


def stay_on_loopback() -> None:
    """No name is looked up and no other machine is connected to, whatever a package may think of."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(socket.EAI_FAIL, f"replay has no network: {name}")
        return look_up(host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
    # It would fetch its list of suffixes; pywb asks it about the domain of each cookie.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]


def write_script(folder: Path) -> None:
    """What each page runs first, where pywb looks for files before its own: below the working directory."""
    folder.mkdir()
    (folder / SCRIPT).write_text(NO_WEBRTC, encoding="ascii")


def main(descriptor: int, index: str) -> None:
    """Serve until standard input ends."""
    say = os.dup(1)
    os.dup2(2, 1)  # pywb prints: to the log with it
    stay_on_loopback()
    listener = socket.socket(fileno=descriptor)
    host, port = listener.getsockname()[:2]
    hosts = {f"{name}:{port}" for name in (host, "localhost", "127.0.0.1", "[::1]")}
    collection = {"index": "cdx+" + index, "archive_paths": [""]}  # the index names files by their path
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
    """Standard input is a pipe from who started us: it ends with them."""
    while tp_read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
