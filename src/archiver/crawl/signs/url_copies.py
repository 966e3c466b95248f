"""Recognises irrelevant parts of URLs during a crawl; otherwise each story would be fetched once for each variant.

A parameter (`?ref=`, `?from=`) or a folder with a token (`/s/4f5e…/`) is irrelevant if pages that differ only in it are
identical word for word, or if a story claims the URL without it. Lists are not evidence, because many declare their
first page as canonical for all.

A missed copy costs one fetch, a wrong one loses a page. So parts that may be a language are never irrelevant, and
possible page numbers are judged only by the words of the pages, each number separately: `?page=1` and `?page=2` of a
story have different text but the same canonical URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import is_token, pattern_of
from archiver.urls import has_article_shape

PAGES_TO_TELL = 3  # different pages that must agree
_LEAST_AGREEMENT = 0.8  # pages with a clock or a text advertisement may differ
_MAX_REMEMBERED = 20_000  # pages whose words are remembered
_MAX_PARTS = 20_000
_COUNTS = re.compile(r"\d{1,4}")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_LANGUAGE_NAME = re.compile(r"lang\w*|locale|hl|idioma|lingua|sprache|taal", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the URLs of one folder: a parameter by its name (or by name and value, if the value `counts`), or the
    folder after `path`.
    """

    host: str
    path: str
    name: str | None
    counts: bool = False


@dataclass(slots=True)
class _Evidence:
    agree: set[str] = field(default_factory=set)
    differ: int = 0
    first: str = ""  # the token used for all

    @property
    def is_irrelevant(self) -> bool:
        return len(self.agree) >= PAGES_TO_TELL and self.differ <= (1 - _LEAST_AGREEMENT) * len(self.agree)


class CopyWatch:
    """The irrelevant parts found in one crawl."""

    def __init__(self) -> None:
        self._parts: dict[Part, _Evidence] = {}
        self._pages: dict[str, bytes] = {}  # the words of each URL
        self._first: dict[tuple[Part, str], str] = {}  # the first of the URLs that differ in a part
        self._learned = False

    def canonical(self, url: str) -> str:
        """The URL without irrelevant parts; a token is replaced by the first one found in its place."""
        if not self._learned:
            return url
        for part, value, without in _parts_of(url):
            known = self._parts.get(part)
            if known is not None and known.is_irrelevant and (part.name is not None or value != known.first):
                return self.canonical(without.replace("\0", known.first))
        return url

    def visited(self, sketch: PageSketch, *, is_story: bool) -> None:
        """Compare a fetched page with those whose URL differs in one part."""
        url = sketch.url
        parts = _parts_of(url)
        if len(self._pages) < _MAX_REMEMBERED and (parts or is_story):
            self._pages[url] = sketch.content
        stated = sketch.canonical if is_story and parts else None
        for part, value, without in parts:
            if part.name is not None and not is_story:
                continue
            known = self._parts.get(part)
            if known is None:
                if len(self._parts) >= _MAX_PARTS:
                    continue
                known = self._parts[part] = _Evidence(first="" if part.name is not None else value)
            if not known.is_irrelevant:
                self._compare(part, known, url, without, stated)
                self._learned = self._learned or known.is_irrelevant

    def _compare(self, part: Part, known: _Evidence, url: str, without: str, stated: str | None) -> None:
        if part.name is not None and not part.counts and stated == without and has_article_shape(without):
            known.agree.add(without)
            return
        if url not in self._pages:
            return
        other = without if without in self._pages else self._first.setdefault((part, without), url)
        if other == url:
            return
        if self._pages[other] == self._pages[url]:
            known.agree.add(without)
        else:
            known.differ += 1


@lru_cache(maxsize=20_000)
def _parts_of(url: str) -> tuple[tuple[Part, str, str], ...]:
    """Each part with its value and the URL without it, with `\\0` in place of a folder."""
    pieces = urlsplit(url)
    host, path = pieces.netloc, pattern_of(url).path.rpartition("/")[0]
    found: list[tuple[Part, str, str]] = []
    pairs = pieces.query.split("&") if pieces.query else []
    for number, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        rest = "&".join(pairs[:number] + pairs[number + 1 :])
        if _LANGUAGE.fullmatch(value) or _LANGUAGE_NAME.fullmatch(name):
            continue
        counts = _COUNTS.fullmatch(value) is not None
        part = Part(host, path, unquote_plus(pair if counts else name), counts)
        found.append((part, value, urlunsplit(pieces._replace(query=rest))))
    folders = pieces.path.split("/")
    for number, folder in enumerate(folders[:-1]):  # the last segment is the page
        if is_token(folder):
            masked = "/".join([*folders[:number], "\0", *folders[number + 1 :]])
            part = Part(host, "/".join(folders[:number]), None)
            found.append((part, folder, urlunsplit(pieces._replace(path=masked))))
    return tuple(found)
