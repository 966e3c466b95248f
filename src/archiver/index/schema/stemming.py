"""Stems words by a story's language (Snowball), so that `elección` finds `elecciones`.

Stemmers depend on accents, which people often omit, so a word has two stems: of its written form, and of the form
without accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import Stemmer

from archiver import tokens
from archiver.tokens import fold, written_words

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Snowball does not remove the plural of such short words: años, ojos, usos.
_SHORT_PLURAL = re.compile(r"[aeiou][^aeiou\W][aeo]s")
_TURKISH_I = str.maketrans({"I": "ı", "İ": "i"})


def version() -> str:
    """The version of the rules for words and stems: if it changes, they must be generated again."""
    return f"{Stemmer.version()}/2/{tokens.RULES}/{unicodedata.unidata_version}"


def languages() -> frozenset[str]:
    """The languages (ISO 639-1) with a stemmer."""
    return frozenset(_ALGORITHMS)


def words_to_stem(language: str | None, texts: Iterable[str | None]) -> set[str]:
    """The words of some texts in their written form; empty for a language without a stemmer."""
    if language not in _ALGORITHMS:
        return set()
    return {word for text in texts if text for word in written_words(text)}


def stems(language: str | None, words: Iterable[str]) -> set[tuple[str, str]]:
    """The (stem, folded word) pairs of words of a language; empty for a language without a stemmer."""
    if language is None or language not in _ALGORITHMS:
        return set()
    pairs = _pairs(language)
    return {pair for word in words for pair in pairs(word)}


def stems_of(word: str, language: str) -> set[str]:
    """The stems that a word of a query may have in a language."""
    return {stem for stem, _ in _pairs(language)(word)}


@cache
def _pairs(language: str) -> Callable[[str], tuple[tuple[str, str], ...]]:
    """Called for every word of every story. (A cache with one argument is twice as fast as one with two.)"""

    @lru_cache(maxsize=1 << 17)
    def pairs(word: str) -> tuple[tuple[str, str], ...]:
        folded = fold(word)
        if not folded:
            return ()
        lower = (word.translate(_TURKISH_I) if language == "tr" else word).lower()
        accented = lower if lower.isascii() else unicodedata.normalize("NFC", lower)
        found = {fold(_stem(accented, language)), _stem(folded, language)}
        return tuple((stem, folded) for stem in found if stem)

    return pairs


def _stem(word: str, language: str) -> str:
    if language == "es" and _SHORT_PLURAL.fullmatch(word):
        return word[:-1]
    return str(_stemmer(language).stemWord(word))


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_ALGORITHMS[language])
