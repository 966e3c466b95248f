"""The key of a URL in CDX indexes, as in pywb, cdxj-indexer and OpenWayback.

They use the `surt` library of the Internet Archive (not a dependency: its licence is the AGPL). The rules below are the
same: Google Safe Browsing's canonical form (developers.google.com/safe-browsing/v4/urls-hashing), then the Wayback
Machine's, which removes sessions and `www.`, and finally the host's labels in reverse order.
"""

from __future__ import annotations

import contextlib
import re
import socket
from urllib.parse import quote_from_bytes, unquote_to_bytes

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_TWICE = re.compile(rb"^(?:https?://)+(?=https?://)")
_PARTS = re.compile(rb"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_SAFE = b"!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_WWW = re.compile(rb"www[0-9]*\.")
_NUMERIC_HOST = re.compile(rb"(?:0[0-7]*|[1-9][0-9]*)(?:\.[0-9]+){0,3}\Z")
_PORTS = {b"http": 80, b"https": 443}
_MAX_ROUNDS = 32  # of unescaping: %2525... may be as deep as it is long
# ASP.NET keeps sessions in the path, in front of a page's name: /(S(24 characters))/page.aspx
_PATH_SESSION = re.compile(
    rb"(.*/)(?:\((?:[a-z]\([0-9a-z]{24}\))+\)|\([0-9a-z]{24}\))/([^?]+\.aspx.*)\Z", re.IGNORECASE | re.DOTALL
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"(.*)(?:" + pattern + rb")(?:&(.*))?\Z", re.IGNORECASE | re.DOTALL)
    for pattern in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def cdx_key(url: str) -> str:
    """The key of a URL: `com,example)/path?query`. A URL that can't be parsed is its own key.

    This differs from the archive's own `surt`, which identifies stories and has no tracking parameters.
    """
    data = re.sub(rb"[\r\n\t]", b"", url.encode("utf-8", "replace").strip())
    if not data:
        return "-"
    if data.startswith(b"filedesc"):
        return _text(data)
    if not _SCHEME.match(data):
        data = b"http://" + data
    data = _TWICE.sub(b"", data)
    found = _PARTS.match(data)
    assert found is not None, "matches an empty string"
    scheme, authority, path, query = (part or b"" for part in found.groups())
    try:
        host, port = _host_and_port(authority)
    except ValueError:
        return _text(data)
    if scheme.startswith(b"http") and not host:  # http:////host/path
        host, _, rest = path.lstrip(b"/").partition(b"/")
        path = b"/" + rest
    key = _host(host, scheme)
    if port and port != _PORTS.get(scheme.lower()):
        key += b":%d" % port
    path = _path(path, has_host=bool(host))
    query = _query(query)
    return _text((key + b")" if host else scheme + b":") + path + (b"?" + query if query else b""))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _host_and_port(authority: bytes) -> tuple[bytes, int | None]:
    """Raises ValueError for an invalid port."""
    place = authority.rpartition(b"@")[2].rstrip(b":")
    if place.startswith(b"["):
        host, _, rest = place[1:].partition(b"]")
        port = rest.removeprefix(b":")
    else:
        host, _, port = place.partition(b":")
    if not port:
        return host.lower(), None
    if not (port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise ValueError("no port")
    return host.lower(), int(port)


def _host(host: bytes, scheme: bytes) -> bytes:
    host = _unescaped(host)
    if not host.isascii():
        with contextlib.suppress(UnicodeError):  # not a valid host name: kept as it is, escaped
            host = host.decode("utf-8", "ignore").encode("idna")
    host = host.replace(b"..", b".").strip(b".")
    host = _address(host) or _escaped(host.lower())
    if scheme != b"dns":
        host = _WWW.sub(b"", host, count=1) if _WWW.match(host) else host
    return b",".join(reversed(host.split(b".")))


def _address(host: bytes) -> bytes | None:
    """The dotted form of an IPv4 address that is written as one number, in octal numbers or with fewer parts."""
    if host.isdigit() and len(host) < 20:
        return socket.inet_ntoa((int(host) & 0xFFFFFFFF).to_bytes(4, "big")).encode()
    if not _NUMERIC_HOST.match(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.decode("ascii"))).encode()
    except OSError:
        return None


def _path(path: bytes, *, has_host: bool) -> bytes:
    path = _unescaped(path)
    if has_host:
        path = _without_dots(path)
    path = _escaped(path).lower()
    found = _PATH_SESSION.match(path)
    if found is not None:
        path = found[1] + found[2]
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _without_dots(path: bytes) -> bytes:
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b"..":
            if kept:
                kept.pop()
            else:
                kept.append(segment)
        elif segment != b".":
            kept.append(segment)
    if not kept:
        return b"/"
    return b"/" + b"".join(segment + b"/" for segment in kept[:-1] if segment) + kept[-1]


def _query(query: bytes) -> bytes:
    query = _escaped(_unescaped(query))
    for pattern in _QUERY_SESSIONS:
        found = pattern.match(query)
        if found is not None:
            query = found[1] + (found[2] or b"")
    query = query.lower()
    if len(query) > 1:
        pairs = sorted(tuple(pair.split(b"=", 1)) for pair in query.split(b"&"))
        query = b"&".join(b"=".join(pair) for pair in pairs)
    return query


def _unescaped(data: bytes) -> bytes:
    for _ in range(_MAX_ROUNDS):
        plain = unquote_to_bytes(data)
        if plain == data:
            break
        data = plain
    return data


def _escaped(data: bytes) -> bytes:
    return quote_from_bytes(data, safe=_SAFE).encode("ascii")
