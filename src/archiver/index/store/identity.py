"""The IDs and canonical forms that identify rows: pure functions, so that every build of an index yields the same.

Row IDs are hashes cut to 53 bits, which JSON readers and JavaScript represent exactly. Among a million stories two
share one with a probability of 1 in 18,000; the writer then uses the next hash (`salt`), so that nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from archiver.layout import Site, site_for
from archiver.urls import canonical_url, folded_surt, host_of, surt

_53_BITS = (1 << 53) - 1


def number(*parts: str, salt: int = 0) -> int:
    """A stable ID for some strings, at least 1."""
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        pieces += len(data).to_bytes(8, "little"), data
    digest = hashlib.blake2b(b"".join(pieces), salt=salt.to_bytes(8, "little"), digest_size=8)
    return int.from_bytes(digest.digest(), "big") & _53_BITS or 1


def moment(when: datetime) -> str:
    """A moment in UTC with fixed width, so that text order is time order and SQLite's date functions can read it."""
    utc = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    return utc.strftime(f"{utc.year:04d}-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def unmirrored(sites: Iterable[Site], url: str) -> str:
    """The URL on its site's canonical host."""
    for site in sites:
        if site.mirror_hosts and (replaced := site.unmirrored(url)) != url:
            return replaced
    return url


def identity(sites: Iterable[Site], url: str) -> tuple[str, str]:
    """Canonical URL and SURT of a URL, with mirrors resolved."""
    canonical = _canonical(unmirrored(sites, url))
    return canonical, key_of(canonical)


# A batch looks up the same few URLs repeatedly, and each takes a tenth of a millisecond.


@lru_cache(maxsize=4096)
def _canonical(url: str) -> str:
    return canonical_url(url)


@lru_cache(maxsize=4096)
def key_of(canonical: str) -> str:
    """The SURT of a canonical URL."""
    return surt(canonical)


@lru_cache(maxsize=4096)
def folded_key_of(url: str) -> str:
    """The SURT that a URL shares with all URLs that may be the same page. Story IDs are hashes of it."""
    return folded_surt(url)


def site_name(sites: Sequence[Site], url: str) -> str:
    """The name of the site that a URL belongs to; its host without `www.` if no site is known."""
    site = site_for(sites, url)
    return site.name if site else host_of(url).removeprefix("www.") or "unknown"


def with_warc_site(sites: Sequence[Site], described: Site | None) -> tuple[Site, ...]:
    """The sites that apply to one WARC: the caller's, and the one its warcinfo describes unless the caller knows it."""
    if described is None or any(site.name == described.name for site in sites):
        return tuple(sites)
    return (*sites, described)
