"""Words down to their stems by a story's language (Snowball), so that `elección` finds `elecciones`.

Accents don't matter, but ñ is no n: año is not ano. Stemmers go by accents, and people leave them out, so a word has a
stem as it stands and one without accents, where they differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import islice

import Stemmer

_WORD = re.compile(r"[^\W_]+")
_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Snowball leaves the plural of words this short: años, ojos, usos.
_SHORT_PLURAL = re.compile(r"[aeiou][^aeiou\W][aeo]s")

START, END = "\ue000", "\ue001"  # around what matched, as in `Hit.snippet`
_SNIPPET_WORDS = 32


def version() -> str:
    """Of the rules that stems are made by: with others, they must be made anew."""
    return f"{Stemmer.version()}/1"


def languages() -> frozenset[str]:
    """The languages (ISO 639-1) whose words are brought to stems; those of others are only folded."""
    return frozenset(_ALGORITHMS)


def stems(text: str | None, language: str | None) -> str:
    """A text's stems in their order, parted by spaces."""
    return " ".join([accented for accented, _ in map(_pairs(language), words(text or ""))])


def plain_stems(text: str | None, language: str | None) -> str:
    """The stems that words have when their accents are left out, where those are others; each once."""
    if not text or text.isascii():
        return ""
    pairs = map(_pairs(language), [word for word in words(text) if not word.isascii()])
    return " ".join(dict.fromkeys([plain for accented, plain in pairs if plain != accented]))


def forms(word: str, language: str) -> tuple[str, str]:
    """What a word of a query may stand as in texts of a language: its stem as it is written, and without accents."""
    return _pairs(language)(word)


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def snippet(text: str, wanted: Iterable[str], beginnings: Iterable[str], language: str | None) -> str:
    """The stretch of a text with most of the stems wanted, these between START and END; the text's beginning where
    there are none."""
    found = _WORD.findall(text)
    marks = _marks(set(found), language, frozenset(wanted), tuple(beginnings))
    places = [place for place, word in enumerate(found) if word in marks]
    begin, best = 0, 0
    for place in places:
        here = len({marks[word] for word in found[place : place + _SNIPPET_WORDS] if word in marks})
        if here > best:
            begin, best = max(0, place - 4), here
    window = list(islice(_WORD.finditer(text), begin, begin + _SNIPPET_WORDS))
    if not window:
        return text[:240]
    pieces: list[str] = [] if begin == 0 else ["…"]
    at = 0 if begin == 0 else window[0].start()
    for match in window:
        pieces += [text[at : match.start()], f"{START}{match[0]}{END}" if match[0] in marks else match[0]]
        at = match.end()
    last = begin + _SNIPPET_WORDS >= len(found)
    return "".join([*pieces, text[at:] if last else "…"])


def _marks(texts: set[str], language: str | None, chosen: frozenset[str], starts: tuple[str, ...]) -> dict[str, str]:
    """The words of a text that were wanted, and what each was wanted for."""
    pairs, marks = _pairs(language), {}
    for word in texts:
        for stem in pairs((word if word.isascii() else unicodedata.normalize("NFC", word)).lower()):
            if stem in chosen or (starts and stem.startswith(starts)):
                marks[word] = stem
                break
    return marks


def _pairs(language: str | None) -> Callable[[str], tuple[str, str]]:
    """What gives a word's stem as it is written, and without accents."""
    return _cached_pairs(language if language in _ALGORITHMS else "")


@cache
def _cached_pairs(language: str) -> Callable[[str], tuple[str, str]]:
    """Every word of every story comes by here. (A cache with one argument is twice as fast as one with two.)"""

    @lru_cache(maxsize=1 << 17)
    def pair(word: str) -> tuple[str, str]:
        folded = without_accents(word)
        plain = _stem(folded, language)
        return (plain if folded == word else without_accents(_stem(word, language))), plain

    return pair


def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    if stemmer is None:
        return word
    if language == "es" and _SHORT_PLURAL.fullmatch(word):
        return word[:-1]
    return str(stemmer.stemWord(word))


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _ALGORITHMS.get(language)
    return Stemmer.Stemmer(name) if name else None


def without_accents(word: str) -> str:
    """A word in lower case without its accents, ñ left as it is."""
    if word.isascii():
        return word
    plain = "".join(
        "ñ" if char == "ñ" else "".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c))
        for char in word
    )
    return plain or word
