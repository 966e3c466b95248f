"""What a URL means to the archive: its canonical form, its scope, its sort key. Pure functions, no network.

The canonical form is an identity, never what is fetched or stored as a capture's URL.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Parameters that say where a reader came from, never what the page shows.
_TRACKING = re.compile(
    r"^(?:utm_\w+|ga_\w+|mc_[ce]id|fbclid|gclid|gclsrc|dclid|msclkid|twclid|yclid|igshid|wickedid|_ga|_gl|_hsenc|_hsmi"
    r"|mkt_tok|vero_id|spm|cmpid|cmp|icid|ncid|ref_src|ref_url|share|shared|smid|smtyp|ocid|xtor|at_\w+|outputType"
    r"|replytocom)$",
    re.IGNORECASE,
)
# `sid` is a story's number in older news systems (PHP-Nuke, Slash): a session's is a long token.
_SESSION = re.compile(
    r"^(?:(?:phpsessid|jsessionid|sessionid|session_id|aspsessionid\w*)=.*|sid=(?:(?=.*\d)[0-9a-z]{8,})?)$",
    re.IGNORECASE,
)
# Parameters that show the same story in another dress: AMP and print versions. Only with these values.
_DRESS = re.compile(
    r"^(?:nb=1|amp=?(?:1|true)?|(?:print|imprimir)=?(?:1|true|y|yes|page|si|s)?|outputType=amp|view=print|format=amp)$",
    re.IGNORECASE,
)
_DRESS_SUFFIX = re.compile(
    r"(?<=[^/])/(?:amp|print|printable|imprimir)(?:\.html?)?$|\.amp(?=\.html?$|$)", re.IGNORECASE
)
_DRESS_PREFIX = re.compile(r"^/(?:amp|print|imprimir)(?=/)", re.IGNORECASE)
_MOST_DRESSES = 64  # of one path, each inside another
_PATH_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_FOLDER_SESSION = re.compile(r"/(?:\([a-z]\([^/()]+\)\)|\((?:[a-z]\([^/()]+\)){2,4}\))(?=/)", re.IGNORECASE)  # ASP.NET
_STORY_PATH = re.compile(  # a year and a month, and then neither a day alone nor the next page of that day
    r"/(?:19|20)\d\d/[01]?\d/(?:[0-3]?\d/)?(?!(?:page|feed)(?:/|$))(?:\d{3,}|[^/]*[^/\d][^/]*)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_URL_DATE = re.compile(  # /2018/07/19/, /2018-07-19-, -20180719.html, /2018/jul/19/, /2018/07/, /2018/
    r"[/_-](?P<year>(?:19|20)\d\d)(?:(?P<sep>[/_-])(?P<month>0?[1-9]|1[0-2]|[a-z]{3})(?:[/_-](?P<day>0?[1-9]|[12]\d|3[01]))?"
    r"|(?P<month2>0[1-9]|1[0-2])(?P<day2>0[1-9]|[12]\d|3[01]))?(?=[/_.-]|$)"
)
_UNRESERVED_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]|"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def absolute_url(base: str, href: str) -> str | None:
    """The http(s) URL that a link leads to, or None for what can't be fetched (javascript:, mailto:, bad ports ...).

    White space and control characters inside are removed as browsers do, and credentials are dropped, so that no
    password enters the archive by way of a link.
    """
    href = re.sub(r"[\t\r\n]", "", href).strip(" \x00\x0b\x0c\u00a0")
    if not href:
        return None
    if "\\" in href:  # in a path it is a slash to browsers
        path = re.match(r"[^?#]*", href)[0]  # type: ignore[index]  # matches anything
        href = path.replace("\\", "/") + href[len(path) :]
    try:
        parts = urlsplit(urljoin(base, href))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or not _is_host(host):
        return None
    netloc = _netloc(parts.scheme, host, port)
    path = quote(parts.path, safe=_PATH_SAFE, errors="replace") or "/"
    return urlunsplit((parts.scheme, netloc, path, quote(parts.query, safe=_QUERY_SAFE, errors="replace"), ""))


def canonical_url(url: str) -> str:
    """One URL for all the spellings of a page's address.

    Lower-case scheme and host, no default port, no fragment, no tracking or session parameters, remaining parameters
    sorted, escapes normalised (RFC 3986 section 6.2.2), no trailing slash but the root's; the AMP and print versions of
    a story have the story's. What isn't an http(s) URL is returned as it came.
    Two addresses are the same page when their `surt` is the same: that ignores the scheme too.
    """
    cleaned = absolute_url(url, url)
    if cleaned is None:
        return url
    parts = urlsplit(cleaned)
    path = _UNRESERVED_ESCAPE.sub(_normal_escape, _FOLDER_SESSION.sub("", _PATH_SESSION.sub("", parts.path)))
    path = _plain_path(re.sub(r"/{2,}", "/", path).rstrip("/")) or "/"
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if _is_telling(key, value)]
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(sorted(query)), ""))


def story_form(url: str) -> str:
    """The address to fetch for a link: without what its canonical form leaves out of the query and the path's end.

    Everything else stays as the site wrote it: order, escapes and slashes may matter to its server.
    """
    parts = urlsplit(url)
    path = _PATH_SESSION.sub("", parts.path)
    plain = _plain_path(path.rstrip("/"))
    if plain != path.rstrip("/"):
        path = plain or "/"
    query = parts.query
    if query:
        kept = [pair for pair in query.split("&") if _is_telling(*_decoded(pair))]
        query = "&".join(kept) if len(kept) < query.count("&") + 1 else query
    return urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment))


def _decoded(pair: str) -> tuple[str, str]:
    key, _, value = pair.partition("=")
    return unquote_plus(key), unquote_plus(value)


def _is_telling(key: str, value: str) -> bool:
    """Whether a parameter may say what a page shows."""
    return not (
        _TRACKING.match(key) or _SESSION.match(f"{key}={value}") or _DRESS.match(f"{key}={value}" if value else key)
    )


def _plain_path(path: str) -> str:
    """The story's path for the path of its AMP or print version.

    As the first folder these words may name a section (a print edition): they go only where a story's address is left.
    """
    for _ in range(_MOST_DRESSES):
        rest = _DRESS_SUFFIX.sub("", path).rstrip("/")
        shorter = _DRESS_PREFIX.sub("", rest)
        rest = shorter if has_article_shape(shorter) else rest
        if rest == path:
            break
        path = rest
    return path


def host_of(url: str) -> str:
    """Lower-case host name without port, or an empty string."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def registered_domain(host: str) -> str:
    """What one owner registered: bbc.co.uk for news.bbc.co.uk; an IP address or a bare name stands for itself."""
    if _is_ip(host):
        return host
    found = _suffixes()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else host
    # Names below .localhost and other private roots: the last two labels.
    return ".".join(host.split(".")[-2:])


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list that ships with tldextract: no network."""
    from tldextract import TLDExtract  # noqa: PLC0415 - brings an HTTP client, which takes as long as all else here

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def in_domains(host: str, domains: Iterable[str]) -> bool:
    """Whether a host is one of the domains or below one."""
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def surt(url: str) -> str:
    """Sort-friendly URI Reordering Transform of a canonical URL, as CDXJ indexes use: `com,example,www)/path?q`.

    It leaves out scheme and case, so it is the archive's identity of a page. What can't be taken apart is its own key.
    """
    try:
        parts = urlsplit(canonical_url(url))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.lower()
    labels = host if _is_ip(host) else ",".join(reversed(host.split(".")))
    return (
        f"{labels}{f':{port}' if port else ''})"
        + (parts.path or "/").lower()
        + ("?" + parts.query.lower() if parts.query else "")
    )


def has_article_shape(url: str) -> bool:
    """Whether an address looks like one story's: a slug of several words, a date in the path, or a long number.

    A guess for sites whose own pattern is not known; it decides what is fetched first, not what is kept.
    """
    try:
        path = urlsplit(url).path.lower()
    except ValueError:
        return False
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if re.search(r"\.(?:xml|rss|atom|gz|json|css|js|png|jpe?g|gif|svg|webp|ico|pdf|mp[34]|zip)$", last):
        return False
    words = [word for word in re.split(r"[-_]", re.sub(r"\.\w+$", "", last)) if word]
    return len(words) >= 4 or bool(_STORY_PATH.search(path) or re.search(r"\d{6,}", last))


class UrlDate(NamedTuple):
    """The year, month and day in an address; None for what it doesn't say."""

    year: int
    month: int | None = None
    day: int | None = None


def date_in_url(url: str) -> UrlDate | None:
    """The date in an address's path: the fullest, of equals the first. Whether that day exists is not asked."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    best: UrlDate | None = None
    for match in _URL_DATE.finditer("/" + path.lower()):
        month, day = match["month"] or match["month2"], match["day"] or match["day2"]
        number = None if month is None else int(month) if month.isdigit() else _month_number(month)
        found = UrlDate(int(match["year"]), number, int(day) if day and number else None)
        if best is None or sum(part is not None for part in found) > sum(part is not None for part in best):
            best = found
    return best


def _month_number(name: str) -> int | None:
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def trap_sign(url: str) -> str | None:
    """What makes an address look machine-made without end, or None: a reason code.

    `trap_repeating` (/a/b/a/b/a/b), `trap_deep` (more than 16 folders), `trap_parameters` (more than 8, or one thrice).
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > 16:
        return "trap_deep"
    counts = Counter(segments)
    if any(count >= 3 for count in counts.values()):
        return "trap_repeating"
    if parts.query:
        names = Counter(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
        if sum(names.values()) > 8 or any(count >= 3 for count in names.values()):
            return "trap_parameters"
    return None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_host(host: str) -> bool:
    return (
        len(host) <= 253
        and not re.search(r"[\s<>\"'\\^`{|}%]", host)
        and all(0 < len(label) <= 63 for label in host.rstrip(".").split("."))
    )


def _netloc(scheme: str, host: str, port: int | None) -> str:
    if not host.isascii():
        with contextlib.suppress(UnicodeError):  # left as it is: the fetch will fail with a reason of its own
            host = host.encode("idna").decode("ascii")
    host = host.rstrip(".").lower()
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _normal_escape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else match[0].upper()
