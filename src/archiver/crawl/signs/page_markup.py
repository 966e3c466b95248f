"""Markup taken out of a page's bytes, in linear time whatever the page: what runs here keeps the crawl waiting."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b

_TAG = re.compile(rb"<[^<>]*>")
NO_LETTERS = bytes(sorted(set(range(128)) - set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")))
_SCANNED = 500_000
_LINKS_OF_A_PAGE = 5
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)


def without(body: bytes, *tags: str) -> bytes:
    """The bytes without these elements and what they hold; a tag that is never closed goes alone."""
    opening, closing = _patterns(tags)
    kept: list[bytes] = []
    unclosed: set[bytes] = set()
    position = 0
    for match in opening.finditer(body):
        tag = match[1].lower()
        if match.start() < position:
            continue  # inside of one that was taken out
        kept.append(body[position : match.start()])
        end = closing[tag].search(body, match.end()) if tag not in unclosed else None
        if end is None:
            unclosed.add(tag)  # nor are those that follow: looking again would cost the square of the page
        position = end.end() if end else match.end()
    kept.append(body[position:])
    return b" ".join(kept)


def unscripted(body: bytes) -> bytes:
    """The part of a page that is looked at, without scripts and styles."""
    return without(body[:_SCANNED], "script", "style")


def words_of(unscripted: bytes) -> bytes:
    """A fingerprint of a page's letters: equal for pages that differ in numbers and markup alone."""
    return blake2b(_TAG.sub(b"", unscripted).translate(None, NO_LETTERS), digest_size=8).digest()


def is_made_by_script(body: bytes, links: int) -> bool:
    """Whether a page of so many links may be made by scripts, which a browser has to run."""
    return links < _LINKS_OF_A_PAGE and _SCRIPT.search(body[:_SCANNED]) is not None


@cache
def _patterns(tags: tuple[str, ...]) -> tuple[re.Pattern[bytes], dict[bytes, re.Pattern[bytes]]]:
    names = [tag.encode() for tag in tags]
    opening = re.compile(rb"<(" + b"|".join(names) + rb")\b(?:[^<>]*>)?", re.IGNORECASE)
    return opening, {name: re.compile(rb"</" + name + rb"\b", re.IGNORECASE) for name in names}
