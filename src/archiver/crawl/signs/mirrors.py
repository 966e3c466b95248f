"""Recognises mirror hosts during a crawl; otherwise each page would be fetched once per host.

Some newspapers answer on ww3w., wwdw. and any other name below their domain (a DNS wildcard), mostly by mistake, and
link to themselves with these names. The index decides from the whole archive (`index/learn/mirror_hosts.py`); here it
is enough to avoid duplicate requests.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import is_token
from archiver.urls import on_host, registered_domain

PAGES_TO_TELL = 3  # story pages that must agree before a host counts as a mirror
KNOWN_TO_TRUST = 3  # mirrors of a domain after which one page is enough, because its DNS has a wildcard
_MAX_REMEMBERED = 20_000  # pages whose words are remembered


class MirrorWatch:
    """The evidence about the hosts of one crawl."""

    def __init__(self) -> None:
        self._mirrors: dict[str, str] = {}
        self._votes: dict[tuple[str, str], set[str]] = {}
        self._own: Counter[str] = Counter()  # pages on which a host names itself
        self._pages: dict[tuple[str, str], tuple[str, bytes]] = {}

    def canonical(self, url: str) -> str:
        """The URL on the canonical host; the URL itself if its host is not a mirror."""
        if not self._mirrors:
            return url
        target = self._mirrors.get(urlsplit(url).hostname or "")
        return on_host(url, target) if target else url

    def visited(self, sketch: PageSketch) -> None:
        """Learn from a fetched story page about its host."""
        parts = urlsplit(sketch.url)
        host = parts.hostname or ""
        if host in self._mirrors:
            return
        stated = urlsplit(sketch.canonical or "")
        if stated.hostname == host:
            self._own[host] += 1
        elif stated.hostname and (stated.path.rstrip("/"), stated.query) == (parts.path.rstrip("/"), parts.query):
            self._vote(host, stated.hostname, parts.path)
            return
        # Each host has its own sessions.
        path = "/".join("*" if is_token(folder) else folder for folder in parts.path.split("/"))
        page = (f"{registered_domain(host)}:{parts.port}", f"{path}?{parts.query}")
        known = self._pages.get(page)
        if known is None:
            if len(self._pages) < _MAX_REMEMBERED:
                self._pages[page] = (host, sketch.content)
        elif known[0] != host and known[1] == sketch.content:
            self._vote(host, known[0], path)

    def _vote(self, host: str, target: str, path: str) -> None:
        domain = registered_domain(host)
        if registered_domain(target) != domain:
            return
        target = self._mirrors.get(target, target)
        pages = self._votes.setdefault((host, target), set())
        pages.add(path)
        of_domain = sum(registered_domain(mirror) == domain for mirror in self._mirrors)
        needed = 1 if of_domain >= KNOWN_TO_TRUST else PAGES_TO_TELL
        # A host that some of its pages name as canonical is not a mirror.
        if target != host and len(pages) >= needed and len(pages) > self._own[host]:
            self._mirrors[host] = target
