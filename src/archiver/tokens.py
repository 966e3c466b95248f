"""The words of a text in any script, for the full-text index and for queries.

A token is one word, folded: without case, accents and other optional marks. Scripts without spaces between words
(Chinese, Japanese, Thai, Lao, Khmer, Burmese, and Korean with its endings) have one token for each character with its
marks (Unicode's grapheme cluster, UAX 29), so that a word is found inside a sentence as a phrase of characters, without
a dictionary. Vowel signs of Indic scripts belong to their letter.

SQLite's tokenizer `unicode61` alone would take a Chinese clause for one word and split Hindi at each vowel sign. So the
index stores `searchable(text)`, whose words in `unicode61` are these tokens. For most texts in Latin and Cyrillic
script that is the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

# Increase it when the tokens of a text change: an index made with other rules is then filled again.
RULES = 2
# FTS5's options for `searchable`: marks (M*) are part of a word.
TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"

# One token for each character: Han with its numerals and marks of repetition, bopomofo, kana, Hangul.
_HAN = (
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9"
    "\U00020000-\U0003ffff"
)
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb"
# One token for each letter with its marks: Thai, Lao, Burmese, Khmer, and the Tai scripts.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e"
    "\u1780-\u17b3\u17d7\u17dc\u1950-\u19c9\u1a20-\u1a54\uaa60-\uaa76\uaa7a\uaa7e-\uaaaf\uaab1\uaab5\uaab6\uaab9-\uaabd"
)
# Unicode 14's combining marks (categories Mn, Mc, Me) of the Basic Multilingual Plane; `re` has no \p{M}.
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3"
    "\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1"
    "\u08e3-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u09d7"
    "\u09e2-\u09e3\u09fe-\u0a03\u0a3c-\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0acd\u0ae2-\u0ae3"
    "\u0afa-\u0b03\u0b3c\u0b3e-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c\u0c3e-\u0c56"
    "\u0c62-\u0c63\u0c81-\u0c83\u0cbc\u0cbe-\u0cd6\u0ce2-\u0ce3\u0d00-\u0d03\u0d3b-\u0d3c\u0d3e-\u0d4d\u0d57"
    "\u0d62-\u0d63\u0d81-\u0d83\u0dca-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ecd\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0fbc\u0fc6"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f"
    "\u109a-\u109d\u135d-\u135f\u1712-\u1715\u1732-\u1734\u1752-\u1753\u1772-\u1773\u17b4-\u17d3\u17dd"
    "\u180b-\u180d\u180f\u1885-\u1886\u18a9\u1920-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1b04\u1b34-\u1b44"
    "\u1b6b-\u1b73\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4"
    "\u1cf7-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099-\u309a"
    "\ua66f-\ua672\ua674-\ua67d\ua69e-\ua69f\ua6f0-\ua6f1\ua802\ua806\ua80b\ua823-\ua827\ua82c\ua880-\ua881"
    "\ua8b4-\ua8c5\ua8e0-\ua8f1\ua8ff\ua926-\ua92d\ua947-\ua953\ua980-\ua983\ua9b3-\ua9c0\ua9e5\uaa29-\uaa36"
    "\uaa43\uaa4c-\uaa4d\uaa7b-\uaa7d\uaab0\uaab2-\uaab4\uaab7-\uaab8\uaabe-\uaabf\uaac1\uaaeb-\uaaef"
    "\uaaf5-\uaaf6\uabe3-\uabea\uabec-\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f"
)
# Characters inside a word without a meaning: soft hyphen, joiners. A zero-width non-joiner separates words in Persian.
_JOINERS = "\u00ad\u200d\u2060\ufeff"
# Letters in Unicode that others write as the punctuation ' or ’: they separate words like that (Ukrainian, Hawaiian).
_APOSTROPHES = "\u02bb-\u02bd"
_ALONE = _HAN + _KANA + _HANGUL + _UNSPACED
_TOKEN = re.compile(
    rf"[\u1100-\u115f\ua960-\ua97c][\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*"  # Hangul, decomposed
    rf"|[{_UNSPACED}](?:[{MARKS}{_JOINERS}]|(?<=[\u1039\u17d2])[{_UNSPACED}])*"  # a stacked consonant follows its sign
    rf"|[{_ALONE}][\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f]*"
    rf"|[^\W_{_ALONE}{_APOSTROPHES}]+(?:(?:[{MARKS}{_JOINERS}]|\u200c(?![\u0600-\u06ff]))+[^\W_{_ALONE}{_APOSTROPHES}]*)*"
)
_SIMPLE_TOKEN = re.compile(r"[^\W_]+")
# A text of only these characters has the same words in `unicode61` and here. A test compares them one by one.
_NOT_SIMPLE = re.compile(
    "[^\x00-\xa9\xab\xac\xae-\xb4\xb6-\xb9\xbb-\xc5\xc7-\xcf\xd1-\xd7\xd9-\xdd\xe0-\xe5\xe7-\xef\xf1-\xf7\xf9-\xfd\xff"
    "\u0100-\u010f\u0112-\u0125\u0128-\u012f\u0134-\u0137\u0139-\u013e\u0143-\u0148\u014c-\u0151\u0154-\u0165"
    "\u0130\u0168-\u017e\u0218-\u021b\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c1\u03c3-\u03c9"
    "\u0402-\u040c\u040e-\u044f\u0452-\u045c\u045e\u045f\u0490\u0491\u2010-\u2027\u2030-\u205e\u20a0-\u20b9]"
)

# Separate letters that other keyboards lack, after `str.casefold` has changed ß to ss, and İ to i with a dot.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n",
        "ŧ": "t", "ĸ": "k",
        # Arabic script: letters that look alike, or that other keyboards have (Persian, Urdu). U+0640 only stretches a
        # word.
        "ى": "ي", "ی": "ي", "ک": "ك", "ہ": "ه", "ة": "ه", "\u0640": "",
        "ँ": "ं",  # Devanagari: chandrabindu and anusvara are used interchangeably
    }
)  # fmt: skip
_PLAIN_SIGNS = str.maketrans(
    dict.fromkeys("‘’‛ʻʼʽ′＇`´", "'") | dict.fromkeys("“”„‟«»＂", '"') | dict.fromkeys("‐‑‒–—−－", "-")
)
# Letters that Unicode decomposes although readers regard them as separate: й is not и.
_WHOLE = frozenset("йўїѓќ")
_LEFT_OUT = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"  # accents
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\ufb1e"  # Hebrew points and accents
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08ff"  # Arabic
    "\u0711\u0730-\u074a"  # Syriac
    "\u093c\u180b-\u180d\u180f\ufe00-\ufe0f\u00ad\u200c\u200d\u2060\ufeff]"  # nukta, variants, joiners
    "|(?<=\u0627)[\u0653-\u0655]"  # alef with hamza or madda
)


class Token(NamedTuple):
    """A word of a text: its position (`text[start:end]`), and its folded form."""

    start: int
    end: int
    folded: str


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in their order."""
    pattern = _SIMPLE_TOKEN if is_simple(text) else _TOKEN
    for match in pattern.finditer(text):
        if folded := fold(match[0]):
            yield Token(match.start(), match.end(), folded)


def bounds(text: str, most: int | None = None) -> list[tuple[int, int]]:
    """The start and end of each word of `folded_words`, or of the first `most`."""
    if is_simple(text):
        return [match.span() for match in islice(_SIMPLE_TOKEN.finditer(text), most)]
    return [(token.start, token.end) for token in islice(tokens(text), most)]


def folded_words(text: str) -> list[str]:
    """The folded words of a text in their order."""
    if text.isascii():
        return _SIMPLE_TOKEN.findall(text.lower())
    written = written_words(text)
    if (joined := " ".join(written)).isascii():  # often only its quotation marks and dashes are not
        return joined.lower().split()
    return [folded for word in written if (folded := word.lower() if word.isascii() else _folded(word))]


def written_words(text: str) -> list[str]:
    """The words of a text in their written form."""
    return (_SIMPLE_TOKEN if is_simple(text) else _TOKEN).findall(text)


def searchable(text: str | None) -> str | None:
    """The form of a text for the full-text index: its words in FTS5 are the tokens of the text."""
    if text is None or is_simple(text):
        return text
    return " ".join(folded_words(text))


def is_simple(text: str) -> bool:
    """Whether FTS5's own tokenizer yields the same tokens for a text."""
    return text.isascii() or _NOT_SIMPLE.search(text) is None


def fold_text(text: str) -> str:
    """A name in the form that filters compare: words folded, white space reduced to single spaces, apostrophes,
    quotation marks and hyphens in their plain form, other punctuation kept."""
    folded = text.lower() if text.isascii() else _TOKEN.sub(lambda word: fold(word[0]), text).translate(_PLAIN_SIGNS)
    return " ".join(folded.split())


def fold(word: str) -> str:
    """A word without differences that don't matter in a search: case, accents, points, ligatures, width, digits of
    other scripts. Empty if nothing else is left."""
    return word.lower() if word.isascii() else _folded(word)


@lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    compatible = "".join(unicodedata.normalize("NFKC", char) if char.isalpha() else char for char in word)
    composed = unicodedata.normalize("NFC", compatible.casefold())
    parts = (char if char in _WHOLE else unicodedata.normalize("NFD", char) for char in composed)
    plain = _LEFT_OUT.sub("", "".join(parts).translate(_LETTERS))
    kept = "".join(_digit(char) for char in plain if char.isalnum() or unicodedata.category(char)[0] == "M")
    return unicodedata.normalize("NFC", kept)


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char
