"""Hosts and paths from SURTs, for the evidence on mirror hosts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from archiver.cdx_key import cdx_key
from archiver.index.store.identity import folded_key_of, number
from archiver.urls import on_host, registered_domain, surt

# Nearly all URLs: their CDX key differs only by `www.` and a final slash. A CDX key has no upper case, and its
# parameters are sorted, which a SURT's are not.
_PLAIN = re.compile(
    r"https?://(?!www[0-9])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]+(?:/[a-z0-9_~=+,-][a-z0-9_~=+,.-]*)*/?"
    r"(?:\?(?!.*(?:sid|cfid))[a-z0-9_.-]+=[a-z0-9_.-]*)?\Z"
)


def host_of_surt(surt: str) -> str:
    """www.example.com for `com,example,www:8080)/path`; IP addresses and single-label names are unchanged."""
    labels = surt.partition(")")[0]
    return ".".join(reversed(labels.partition(":")[0].split(","))) if "," in labels else labels.partition(":")[0]


def page_of(url: str) -> int:
    """A hash that is equal for all URLs that may be one page, on any host of a registered domain."""
    key = folded_key_of(url)
    labels, _, rest = key.partition(")")
    return number(domain_of(host_of_surt(key)), labels.partition(":")[2], rest)


@lru_cache(maxsize=4096)
def domain_of(host: str) -> str:
    """The registered domain, which has one owner."""
    return registered_domain(host)


# Mirrors replaced by their canonical hosts. `mirrors`: mirror -> canonical host.


def url_on(mirrors: Mapping[str, str], url: str) -> str:
    """A canonical URL with a mirror's host replaced by the canonical host."""
    if not mirrors:
        return url
    target = mirrors.get(urlsplit(url).hostname or "")
    return on_host(url, target) if target else url


def surt_on(mirrors: Mapping[str, str], surt: str) -> str:
    """The same for a SURT."""
    target = mirrors.get(host_of_surt(surt)) if mirrors else None
    return _with_host(surt, target) if target else surt


def spellings(mirrors: Mapping[str, str], surt: str) -> list[str]:
    """The SURTs by which a story may have been requested: its own, and those on mirrors of its host."""
    host = host_of_surt(surt) if mirrors else ""
    return [surt, *(_with_host(surt, mirror) for mirror, target in sorted(mirrors.items()) if host and target == host)]


def _with_host(surt: str, host: str) -> str:
    labels, _, rest = surt.partition(")")
    _, colon, port = labels.partition(":")
    return ",".join(reversed(host.split("."))) + f"{colon}{port}){rest}"


def plain_surts(url: str) -> tuple[str, ...]:
    """The SURTs of the simplest URLs with the same CDX key as a URL: without and with `www.`, without and with a slash
    at the end of the path."""
    labels, bracket, rest = cdx_key(url).partition(")")
    if not bracket:
        return (surt(url),)
    host, _, port = labels.partition(":")
    name = ".".join(reversed(host.split(",")))
    name = f"[{name}]" if ":" in labels and not port.isdigit() else name
    place = f"{name}:{port}" if port.isdigit() else name
    path, question, query = rest.partition("?")
    ends = ("",) if path.endswith("/") else ("", "/")
    return tuple(surt(f"http://{www}{place}{path}{end}{question}{query}") for www in ("", "www.") for end in ends)


def odd_key(url: str) -> str | None:
    """The CDX key of a URL that can't be found by the SURTs of `plain_surts`; None for almost all URLs."""
    return None if _PLAIN.match(url) or surt(url) in plain_surts(url) else cdx_key(url)
