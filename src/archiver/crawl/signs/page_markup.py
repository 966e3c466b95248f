"""Removes markup from a page's bytes in linear time for any page, because this blocks the crawl's loop."""

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
    """The bytes without these elements and their content; of an unclosed element only the tag is removed."""
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
            unclosed.add(tag)  # later ones are unclosed, too: searching again would take quadratic time
        position = end.end() if end else match.end()
    kept.append(body[position:])
    return b" ".join(kept)


def unscripted(body: bytes) -> bytes:
    """The examined part of a page, without scripts and styles."""
    return without(body[:_SCANNED], "script", "style")


def words_of(unscripted: bytes) -> bytes:
    """A fingerprint of a page's letters: equal for pages that differ only in numbers and markup."""
    return blake2b(_TAG.sub(b"", unscripted).translate(None, NO_LETTERS), digest_size=8).digest()


def is_made_by_script(body: bytes, links: int) -> bool:
    """Whether a page with this number of links may need JavaScript."""
    return links < _LINKS_OF_A_PAGE and _SCRIPT.search(body[:_SCANNED]) is not None


@cache
def _patterns(tags: tuple[str, ...]) -> tuple[re.Pattern[bytes], dict[bytes, re.Pattern[bytes]]]:
    names = [tag.encode() for tag in tags]
    opening = re.compile(rb"<(" + b"|".join(names) + rb")\b(?:[^<>]*>)?", re.IGNORECASE)
    return opening, {name: re.compile(rb"</" + name + rb"\b", re.IGNORECASE) for name in names}
