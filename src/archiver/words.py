"""The words of a text, counted as readers would count them.

Words are separated by white space; a piece with punctuation is one word. Scripts without spaces between words:

- Chinese and Japanese: each character is a word, as editors there count (字数, 文字数) and as word processors do.
  A run of Latin letters or digits between them is one.
- Thai, Lao, Khmer and Burmese: a dictionary would be needed to find the words. A run is split before each vowel that
  precedes its consonant, and after five letters and signs; that makes about as many pieces as there are words
  (within a fifth on a Thai text split by hand), and an edit changes only the pieces near it.

Korean is written with spaces and needs no rule. (Search splits all of these by character: see `archiver.tokens`.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CHARACTER = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9d\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9"
    "\U00020000-\U0003ffff"
)
_BEFORE = "\u0e40-\u0e44\u0ec0-\u0ec4"  # vowels written before their consonant
_LETTER = (
    "\u0e01-\u0e3a\u0e45-\u0e4e\u0e81-\u0ebd\u0ec6-\u0ece\u0edc-\u0edf"
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d\u1780-\u17d3\u17d7"
)
_SIGN = "\u0e30-\u0e3a\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u17d7"  # never begins a word
_UNSPACED = re.compile(f"[{_CHARACTER}{_BEFORE}{_LETTER}]")
_WORD = re.compile(
    f"[{_CHARACTER}][\u3099\u309a\uff9e\uff9f]*|[{_BEFORE}]?[{_LETTER}]{{1,5}}[{_SIGN}]*|[{_BEFORE}]|[^\\W{_CHARACTER}{_BEFORE}{_LETTER}]+"
)


def count_words(text: str) -> int:
    """The number of words in a text."""
    return len(words_of(text))


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii() or not _UNSPACED.search(text):
        return text.split()
    return list(_cut(text))


def pieces_of(text: str) -> list[tuple[str, bool]]:
    """The words of a text with all of its punctuation, in order: (piece, whether white space precedes it)."""
    if text.isascii() or not _UNSPACED.search(text):
        return [(word, True) for word in text.split()]
    found: list[tuple[str, bool]] = []
    for run in text.split():
        start = 0
        for match in _WORD.finditer(run) if _UNSPACED.search(run) else ():
            found += [(char, at + start == 0) for at, char in enumerate(run[start : match.start()])]
            found.append((match[0], match.start() == 0))
            start = match.end()
        if start == 0:
            found.append((run, True))
        else:
            found += [(char, False) for char in run[start:]]
    return found


def _cut(text: str) -> Iterator[str]:
    for piece in text.split():
        if _UNSPACED.search(piece):
            yield from _WORD.findall(piece)
        else:
            yield piece
