"""URLs: canonical form, scope and sort key. Pure functions, no network.

The canonical form is an identity; it is never fetched or stored as a capture's URL. URLs are parsed as in browsers
(WHATWG URL Standard, by ada-url).
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote_plus, urlencode, urlsplit, urlunsplit

from ada_url import join_url, normalize_url

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Parameters that record where a reader came from and never affect the page.
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
# Parameters for another presentation of the same story: AMP and print versions. Only with these values.
_DRESS = re.compile(
    r"^(?:nb=1|amp=?(?:1|true)?|(?:print|imprimir)=?(?:1|true|y|yes|page|si|s)?|outputType=amp|view=print|format=amp)$",
    re.IGNORECASE,
)
_DRESS_SUFFIX = re.compile(
    r"(?<=[^/])/(?:amp|print|printable|imprimir)(?:\.html?)?$|\.amp(?=\.html?$|$)", re.IGNORECASE
)
_DRESS_PREFIX = re.compile(r"^/(?:amp|print|imprimir)(?=/)", re.IGNORECASE)
_MOST_DRESSES = 64  # of one path, nested
_DOT_FOLDER = re.compile(r"/\.{1,2}(?:/|\Z)")
_PATH_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_FOLDER_SESSION = re.compile(r"/(?:\([a-z]\([^/()]+\)\)|\((?:[a-z]\([^/()]+\)){2,4}\))(?=/)", re.IGNORECASE)  # ASP.NET
_YEAR = r"(?:19|20)\d\d"
_STORY_PATH = re.compile(  # a year and a month, but neither a day alone nor the next page of that day
    rf"/{_YEAR}/[01]?\d/(?:[0-3]?\d/)?(?!(?:page|feed)(?:/|$))(?:\d{{3,}}|[^/]*[^/\d][^/]*)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = frozenset(
    "january february march april june july august sept september october november december".split()  # noqa: SIM905
)
_URL_DATE = re.compile(  # /2018/07/19/, /2018-07-19-, -20180719.html, /2018/jul/19/, /2018/july/19/, /2018/07/, /2018/
    rf"[/_-](?P<year>{_YEAR})(?:(?P<sep>[/_-])(?P<month>0?[1-9]|1[0-2]|[a-z]{{3,9}})(?:[/_-](?P<day>0?[1-9]|[12]\d|3[01]))?"
    r"|(?P<month2>0[1-9]|1[0-2])(?P<day2>0[1-9]|[12]\d|3[01]))?(?=[/_.-]|$)"
)
_DATE_NUMBER = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:[0-3]\d)?")
_CALLED_STORY = re.compile(  # a month or a day, a folder for stories, a slug of five words
    rf"/{_YEAR}[/-](?:[01]?\d|[a-z]{{3}})(?:[/-]|$)|/(?:article|story|news|noticias?|nota)s?/[^/]{{12,}}"
    r"|[^/]*(?:-[^/-]+){4,}(?:\.\w{3,5})?/?$",
    re.IGNORECASE,
)
_UNRESERVED_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# See `_parts_if_plain`. No query, no escapes, no port; the last label is not a number.
_PLAIN = re.compile(r"https?://((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(/[A-Za-z0-9/._~,=+@!$&'*-]*)")
_MAYBE_DRESS = re.compile(r"[/.](?:amp|print|imprimir)", re.IGNORECASE)
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]|"
_BLANK = " \t\r\n\x00\x0b\x0c\u00a0"


def absolute_url(base: str, href: str) -> str | None:
    """The http(s) URL of a link, as browsers parse it (WHATWG URL Standard), without fragment.

    None for links that can't be fetched: javascript:, mailto:, bad hosts and ports, names longer than DNS allows (RFC
    1035). Credentials are dropped, so that no password enters the archive through a link; so is a dot at the end of a
    host. Never raises.
    """
    href = href.strip(_BLANK)
    if not href:
        return None
    if _parts_if_plain(href):
        return href
    try:
        if base and not href.startswith(("http://", "https://")):
            found = join_url(_scalar(base.strip(_BLANK)), _scalar(href))
        else:
            found = normalize_url(_scalar(href))
    except ValueError:
        return None
    scheme, _, rest = found.partition("://")
    authority, _, path = rest.partition("#")[0].partition("/")
    netloc = authority.rpartition("@")[2]
    host = _split_netloc(netloc)[0]
    if scheme not in ("http", "https") or not host or not _fits_dns(host):
        return None
    path = path[:-1] if path.find("?") == len(path) - 1 else path
    if host.endswith("."):
        found = f"{scheme}://{netloc.replace(host, host.rstrip('.'), 1)}/{path}"
        return absolute_url(found, found)  # 1.2.3. is a name, 1.2.3 a number
    return f"{scheme}://{netloc}/{path}"


def _parts_if_plain(url: str) -> tuple[str, str] | None:
    """Host and path of a URL that is already parsed, canonical and in a story's form, as most links are.

    The general rules below would give the same result in ten times the time.
    """
    match = _PLAIN.fullmatch(url)
    if match is None or "/." in url or "xn--" in url or _MAYBE_DRESS.search(url) or not _fits_dns(match[1]):
        return None
    return match[1], match[2]


def _split_netloc(netloc: str) -> tuple[str, str]:
    """The parser's host, without the brackets of an IPv6 address, and port."""
    if netloc.startswith("["):
        host, _, port = netloc[1:].partition("]")
        return host, port[1:]
    host, _, port = netloc.partition(":")
    return host, port


def canonical_url(url: str) -> str:
    """One URL for all spellings of a URL that no server distinguishes.

    Parsed as in browsers, without tracking and session parameters and without fragment, escapes normalised (RFC 3986
    section 6.2.2); AMP and print versions get the story's URL. Letter case, slashes and the order of parameters stay:
    servers may distinguish pages by them. Anything but an http(s) URL is returned unchanged. Idempotent; never raises.
    Two URLs are the same if their `surt` is: that ignores the scheme too.
    """
    cleaned = absolute_url(url, url)
    return url if cleaned is None else _canonical(cleaned)


def _canonical(parsed: str) -> str:
    if _parts_if_plain(parsed):
        return parsed
    parts = urlsplit(parsed)
    query = "&".join(pair for pair in parts.query.split("&") if pair and _is_telling(*_decoded(pair)))
    path, before = _normal_escapes(parts.path), ""
    while path != before:  # a removal may join parts that have to be removed too
        path, before = _plain_path(_FOLDER_SESSION.sub("", _PATH_SESSION.sub("", path))), path
    found = urlunsplit((parts.scheme, parts.netloc, path or "/", _normal_escapes(query), ""))
    # A session ID after a dot hid that the dot is a separate path segment, which browsers remove.
    again = absolute_url(found, found) if _DOT_FOLDER.search(path) else None
    return found if again is None else _canonical(again)


def story_form(url: str) -> str:
    """The URL to fetch for a link: without the parts that its canonical form removes from the query and the end of the
    path.

    Everything else stays as the site wrote it: order, escapes and slashes may matter to its server.
    """
    if _parts_if_plain(url):
        return url
    parts = urlsplit(url)
    path = _plain_path(_PATH_SESSION.sub("", parts.path)) or "/"
    query = parts.query
    if query:
        kept = [pair for pair in query.split("&") if _is_telling(*_decoded(pair))]
        query = "&".join(kept) if len(kept) < query.count("&") + 1 else query
    return urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment))


def _decoded(pair: str) -> tuple[str, str]:
    key, _, value = pair.partition("=")
    return unquote_plus(key), unquote_plus(value)


def _is_telling(key: str, value: str) -> bool:
    """Whether a parameter may affect the content of a page."""
    return not (
        _TRACKING.match(key) or _SESSION.match(f"{key}={value}") or _DRESS.match(f"{key}={value}" if value else key)
    )


def _plain_path(path: str) -> str:
    """The story's path for the path of its AMP or print version, with a slash at its end if that has one.

    As the first folder these words may name a section (a print edition): they are removed only if a story's URL is
    left.
    """
    if not _MAYBE_DRESS.search(path):
        return path
    for _ in range(_MOST_DRESSES):
        bare = path.rstrip("/")
        # Only the end is searched: a path of nothing but such words would take quadratic time.
        rest = (bare[:-32] + _DRESS_SUFFIX.sub("", bare[-32:])).rstrip("/")
        shorter = _DRESS_PREFIX.sub("", rest)
        rest = shorter if shorter != rest and _is_article_path(shorter) else rest
        if rest == bare:
            break
        path = rest + path[len(bare) :][:1]
    return path


def host_of(url: str) -> str:
    """Lower-case host name without port, or an empty string."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def on_host(url: str, host: str) -> str:
    """The URL with its host replaced by another; port, path and query stay. Raises ValueError for an invalid URL."""
    parts = urlsplit(url)
    netloc = parts.netloc.lower()
    return urlunsplit(parts._replace(netloc=netloc.replace(parts.hostname or netloc, host, 1)))


def registered_domain(host: str) -> str:
    """The registered domain, which has one owner: bbc.co.uk for news.bbc.co.uk; an IP address or a single-label name is
    returned unchanged."""
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
    """Sort-friendly URI Reordering Transform of a canonical URL, as in CDXJ indexes: `com,example,www)/path?q`.

    It has no scheme and keeps letter case: the archive's identity of a URL. Anything but an http(s) URL is returned
    unchanged after a bracket.
    """
    plain = _parts_if_plain(url)
    if plain:
        return ",".join(reversed(plain[0].split("."))) + ")" + plain[1]
    cleaned = absolute_url(url, url)
    if cleaned is None:
        return f"){url}"
    parts = urlsplit(_canonical(cleaned))
    return _surt(parts, parts.path or "/", parts.query)


def folded_surt(url: str) -> str:
    """The SURT that a URL shares with all that may be the same page: in lower case, without double or final slashes,
    parameters sorted. Their pages decide whether they are one page."""
    cleaned = absolute_url(url, url)
    if cleaned is None:
        return f"){url}".lower()
    parts = urlsplit(_canonical(cleaned))
    path = quote(re.sub(r"/{2,}", "/", parts.path.removesuffix(";")).rstrip("/"), safe=_PATH_SAFE) or "/"
    query = urlencode(sorted(parse_qsl(quote(parts.query, safe=_QUERY_SAFE), keep_blank_values=True)))
    return _surt(parts, path, query).lower()


def folded_key(key: str) -> str:
    """The part of a SURT that all spellings distinguished by `variation` share."""
    return _sorted_parameters(_plain_slashes(key.lower()))


def variation(one: str, other: str) -> str | None:
    """The difference between two SURTs with one `folded_surt`: `case`, `slash`, `order` (of parameters), or None for
    several."""
    for kind, form in _VARIATIONS.items():
        if form(one) == form(other):
            return kind
    return None


def page_of_document(address: str) -> tuple[str, int]:
    """The URL or SURT of a document in several pages, without a slash at its end, and the page number in its path or
    parameter: (/story, 2) for /story/2, /story/page/2 and /story?page=2. 0 if there is none."""
    path, _, query = address.partition("?")
    pairs = query.split("&") if query else []
    numbered = [pair for pair in pairs if _PAGE_PARAMETER.fullmatch(pair)]
    if len(numbered) == 1:
        number, folder = int(numbered[0].partition("=")[2]), None
        pairs.remove(numbered[0])
    else:
        folder = _PAGE_FOLDER.fullmatch(path)
        number = int(folder["number"]) if folder else 0
    document = (folder["document"] if folder else path).rstrip("/")
    return document + ("?" + "&".join(pairs) if pairs else ""), number


_PAGE_PARAMETER = re.compile(r"(?:page|p|pg|paged|pagina|seite|part)=\d{1,2}", re.IGNORECASE)
_PAGE_FOLDER = re.compile(
    r"(?P<document>.+?[^/])/(?:(?:page|p|pagina|seite|part)[/-])?(?P<number>\d{1,2})/?", re.IGNORECASE
)


def _surt(parts: SplitResult, path: str, query: str) -> str:
    host, port = _split_netloc(parts.netloc)
    labels = host if _is_ip(host) else ",".join(reversed(host.split(".")))
    return f"{labels}{':' + port if port.strip('0') else ''}){path}" + (f"?{query}" if query else "")


def _plain_slashes(key: str) -> str:
    path, question, query = key.partition("?")
    return re.sub(r"/{2,}", "/", path).rstrip("/") + question + query


def _sorted_parameters(key: str) -> str:
    path, _, query = key.partition("?")
    return path + "?" + "&".join(sorted(query.split("&")))


_VARIATIONS: dict[str, Callable[[str], str]] = {
    "case": str.lower,
    "slash": _plain_slashes,
    "order": _sorted_parameters,
}


def has_article_shape(url: str) -> bool:
    """Whether a URL looks like a single story's: a slug of several words, a date in the path, or a long number.

    A guess for sites without a pattern of their own; it affects what is fetched first, not what is kept.
    """
    try:
        return _is_article_path(urlsplit(url).path)
    except ValueError:
        return False


def _is_article_path(path: str) -> bool:
    path = path.lower()
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if re.search(r"\.(?:xml|rss|atom|gz|json|css|js|png|jpe?g|gif|svg|webp|ico|pdf|mp[34]|zip)$", last):
        return False
    words = [word for word in re.split(r"[-_]", re.sub(r"\.\w+$", "", last)) if word]
    return len(words) >= 4 or bool(_STORY_PATH.search(path) or re.search(r"\d{6,}", last))


def is_part_of_story(url: str, story: str) -> bool:
    """Whether a URL is below that of a story and looks like a story's only for that reason, such as a picture's page.
    False for a further page of the story, and for a URL with a name or number of its own."""
    above = story.partition("?")[0].partition("#")[0].rstrip("/")
    if not url.startswith(f"{above}/") or not has_article_shape(above):  # the usual case
        return False
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return not last.isdigit() and not _is_article_path(f"/{last}")


def is_called_story(path: str) -> bool:
    """Whether a path is named like a story's: weaker than `has_article_shape`, for pages that are meant to be read."""
    return _CALLED_STORY.search(path) is not None


def is_date_number(digits: str) -> bool:
    """Whether digits of a URL are a month or a day, such as 20170927, and not a story's number."""
    return _DATE_NUMBER.fullmatch(digits) is not None


class UrlDate(NamedTuple):
    """The year, month and day in a URL; None for missing parts."""

    year: int
    month: int | None = None
    day: int | None = None


def date_in_url(url: str) -> UrlDate | None:
    """The date in a URL's path: the most complete, of equal ones the first. Whether that day exists is not checked."""
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
    if name[:3] not in _MONTHS or (len(name) > 3 and name not in _MONTH_NAMES):
        return None
    return _MONTHS.index(name[:3]) + 1


def trap_sign(url: str) -> str | None:
    """Why a URL looks generated without end, as a reason code; None if it doesn't.

    `trap_repeating` (/a/b/a/b/a/b), `trap_deep` (more than 16 folders), `trap_parameters` (more than 8, or one three
    times).
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
    if ":" not in host and not host[-1:].isdigit():
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _fits_dns(host: str) -> bool:
    if len(host) <= 63 and ".." not in host and host[0] != ".":
        return True
    return len(host) <= 253 and all(0 < len(label) <= 63 for label in host.rstrip(".").split("."))


def _scalar(text: str) -> str:
    """The text with each half of a UTF-16 pair replaced by U+FFFD, as browsers do."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text


def _normal_escapes(text: str) -> str:
    return _UNRESERVED_ESCAPE.sub(_normal_escape, text)


def _normal_escape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else match[0].upper()
