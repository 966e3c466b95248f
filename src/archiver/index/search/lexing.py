"""The lexemes of a query: brackets, words, phrases, operators, fields, with their places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from archiver.index.search.syntax import Column, Name

FARTHEST = 1_000_000  # words
COLUMNS: tuple[Column, ...] = get_args(Column)
_NAMES: tuple[Name, ...] = get_args(Name)
FIELDS = (*COLUMNS, *_NAMES, "date")
_OPERATORS = ("AND", "OR", "NOT", "NEAR")

# Quotation marks of other languages, and the full-width signs of East Asian keyboards.
_ALIKE = str.maketrans(dict.fromkeys("“”„‟«»‹›〝〞〟❝❞＂", '"') | {"（": "(", "）": ")", "＊": "*", "～": "~"})
_CORNERS = re.compile(r"(?<![^\s(])[「『]([^「」『』]*)[」』](?![^\s)])")
# Invisible characters, such as direction marks, that are copied along with text. They would hide an operator.
_UNSEEN = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_UNSEEN_OUTSIDE = re.compile(rf'(?<![^\s()"])[{_UNSEEN}]+|[{_UNSEEN}]+(?![^\s()"])')
# A quotation mark between two Hebrew letters is gershayim, the sign of an abbreviation.
_LEXEMES = re.compile(
    r'(?P<space>\s+)|(?P<open>\()|(?P<close>\))|"(?P<phrase>[^"]*)"(?P<star>\*)?(?:~(?P<slop>\d+))?|(?P<quote>")'
    r'|(?P<word>(?:[^\s"()]|(?<=[א-ת])"(?=[א-ת]))+)'
)
_PREFIX = re.compile(r"(.*[^\s*])\*+\s*", re.DOTALL)  # "city coun*" is the same as "city coun"*
_FIELD = re.compile(rf"({'|'.join(FIELDS)})[:：](.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A lexeme: its kind, its place and its content."""

    kind: str  # open, close, term, quote, AND, OR, NOT, NEAR, field
    start: int
    end: int
    text: str = ""
    star: bool = False
    slop: int | None = None
    quoted: bool = False


def normalized(text: str) -> str:
    """A query with one sign for each purpose. Every character keeps its place."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").translate(_ALIKE)
    text = _CORNERS.sub(r'"\1"', text)
    return _UNSEEN_OUTSIDE.sub(lambda unseen: " " * len(unseen[0]), text)


def lexemes(text: str) -> Iterator[Lexeme]:
    """The lexemes of a normalized query, without white space."""
    at = 0
    while at < len(text):
        match = _LEXEMES.match(text, at)
        assert match is not None  # some branch takes any character
        start, at = match.span()
        if match["open"] or match["close"] or match["quote"]:
            yield Lexeme(str(match.lastgroup), start, at)
        elif match["phrase"] is not None:
            slop = int(match["slop"]) if match["slop"] and len(match["slop"]) < 8 else None
            if match["slop"] and slop is None:
                slop = FARTHEST + 1
            inside = _PREFIX.fullmatch(match["phrase"])
            words = inside[1] if inside else match["phrase"]
            yield Lexeme("term", start, at, words, bool(match["star"] or inside), slop, quoted=True)
        elif word := match["word"]:
            known = _FIELD.fullmatch(word)
            operator = unicodedata.normalize("NFKC", word)
            if operator in _OPERATORS:
                yield Lexeme(operator, start, at)
            elif known:
                at = start + len(known[1]) + 1
                yield Lexeme("field", start, at, known[1])
            else:
                yield Lexeme("term", start, at, word.rstrip("*"), word.endswith("*"))
