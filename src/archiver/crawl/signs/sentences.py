"""The sentences of a page outside links and menus: a story has some of its own, lists and walls have few."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archiver.crawl.signs.page_markup import NO_LETTERS, without

TEXT_OF_ITS_OWN = 300  # bytes of letters in sentences that no earlier page has
_FURNITURE = ("nav", "footer", "select", "a")
# Elements within a sentence.
_INLINE = re.compile(rb"</?(?:abbr|b|cite|em|i|q|small|span|strong|sub|sup|u|font)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_SENTENCE = 60  # bytes of letters: anything shorter is a label, a headline or a date


def own_text(unscripted: bytes) -> bytes:
    """A page without links, menus and other furniture."""
    return without(unscripted, *_FURNITURE)


def sentences_of(own_text: bytes) -> dict[int, int]:
    """The longer passages of a page outside links and menus: a fingerprint of each, and its bytes of letters.

    Digits and punctuation are ignored, so that "Events on 17 May" is the same on each day of a calendar.
    """
    found: dict[int, int] = {}
    for passage in _TAG.split(_INLINE.sub(b"", own_text)):
        if len(passage) < _SENTENCE:
            continue
        letters = passage.translate(None, NO_LETTERS)
        if len(letters) >= _SENTENCE:
            found[hash(letters)] = len(letters)
    return found


class SentencesMet:
    """The sentences of a group of pages; at most `most` are remembered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._met: set[int] = set()

    def own(self, found: Mapping[int, int]) -> int:
        """Bytes of letters in the sentences of a page that no earlier page had. They are remembered."""
        fresh = found.keys() - self._met
        if len(self._met) < self._most:
            self._met |= fresh
        return sum(found[sentence] for sentence in fresh)
