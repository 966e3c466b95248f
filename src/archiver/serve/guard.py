"""Checks and headers for every response: which hosts and methods are served, and what a browser may do with a page.

Archived text must never run as a script. The archive's pages have no inline scripts or styles. Datasette's pages have
inline scripts: those in the source of its templates (not the data inserted into them) get the nonce of the response,
and its few event handlers are allowed by their hash. A script in archived data has neither and does not run.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from jinja2.ext import Extension

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_COMMON = "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
OWN_POLICY = f"default-src 'none'; style-src 'self'; script-src 'self'; {_COMMON}"
# Datasette sets colours with style attributes and loads suggestions with scripts.
_DATASETTE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'nonce-{nonce}'{handlers}; connect-src 'self'; "
    f"font-src 'self'; {_COMMON}"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # live sites should not learn who reads about them
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_nonce: ContextVar[str] = ContextVar("nonce", default="")


_HANDLER = re.compile(r'\son[a-z]+="([^"{}]+)"')  # `onclick="…"` without template variables
_handlers: set[str] = set()  # hashes of the event handlers in templates


class NonceScripts(Extension):
    """Gives each `<script>` in the source of a template the nonce of the response, and collects its event handlers."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["script_nonce"] = _nonce.get

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Called by Jinja: changes the source of a template before it is compiled."""
        for handler in _HANDLER.findall(source):
            _handlers.add(f"'sha256-{base64.b64encode(hashlib.sha256(handler.encode()).digest()).decode()}'")
        return source.replace("<script", '<script nonce="{{ script_nonce() }}"')


def guarded(app: App, *, host: str | None, public: str | None = None) -> App:
    """An ASGI app that adds the headers to every response. With `host`, the name or address given to `archiver serve`,
    it also refuses requests for other names and all methods except GET and HEAD.

    `public` is the URL under which a reverse proxy serves the pages. The app gets all requests as made to that URL,
    so its absolute links are right whatever the proxy sends.
    """
    at = urlsplit(public) if public else None
    names = {host.lower(), (at.hostname if at else None) or host.lower()} if host is not None else set()

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if host is not None and not _is_ours(_header(scope, b"host"), names):
            await _refuse(send, 421, "This archive is not served under this host name.")
            return
        if host is not None and scope["method"] not in ("GET", "HEAD"):
            await _refuse(send, 405, "This archive is read-only.")
            return
        if host is not None and not _may_ask(scope):
            await _refuse(send, 403, "Other sites may link to this page, but not make requests on behalf of a reader.")
            return
        if at is not None:
            others = [(name, value) for name, value in scope["headers"] if bytes(name).lower() != b"host"]
            scope = {**scope, "scheme": at.scheme, "headers": [(b"host", at.netloc.encode("ascii")), *others]}
        nonce = secrets.token_urlsafe(16)
        _nonce.set(nonce)
        await app(scope, receive, _with_headers(send, nonce))

    return guard


def _with_headers(send: Send, nonce: str) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", [])]
            there = {name for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS if name not in there]
            if b"content-security-policy" not in there:
                handlers = " ".join(["", "'unsafe-hashes'", *sorted(_handlers)]) if _handlers else ""
                policy = _DATASETTE_POLICY.format(nonce=nonce, handlers=handlers)
                headers.append((b"content-security-policy", policy.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return send_with_headers


def _is_ours(header: str, names: Collection[str]) -> bool:
    """Whether a Host header is safe from DNS rebinding, where somebody else's host name points to this machine: an IP
    address needs no name server, and `localhost` uses none.
    """
    try:
        name = (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == "localhost" or name in names or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _may_ask(scope: Scope) -> bool:
    """Whether the reader made the request, from one of these pages or by opening one (Fetch Metadata Request Headers).

    Another port of this machine is `same-site`, and archived scripts run there. Programs send none of these fields.
    """
    if _header(scope, b"sec-fetch-site") in ("", "none", "same-origin"):
        return True
    return _header(scope, b"sec-fetch-mode") == "navigate" and _header(scope, b"sec-fetch-dest") == "document"


def _header(scope: Scope, wanted: bytes) -> str:
    return next(
        (bytes(value).decode("latin-1") for name, value in scope["headers"] if bytes(name).lower() == wanted), ""
    )


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    headers.append((b"content-security-policy", OWN_POLICY.encode()))
    if status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
