"""Notes on syntax of other search programs that this query language reads as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.errors import did_you_mean
from archiver.index.search.lexing import FARTHEST, FIELDS, Lexeme

_QUOTED = re.compile(r'"[^"]*"')
_LOWER = re.compile(r"(?<![^\s(])(?:near|Near)(?=\()")
_SLASH = re.compile(r"(?<![^\s(])(?:near|n|w)/([0-9]{1,7})(?![^\s)])", re.IGNORECASE)
_LOWER_OPERATOR = re.compile(r"(?<=\S)\s+(or|and|not)(?=\s+\S)")
_RANGE = re.compile(r"[\[{]\s*\S+ TO \S+\s*[\]}]")
_SINGLE = re.compile(r"(?<![^\s(])['‘‚]([^\W_][^'‘’]*\s[^'‘’]*)['’‘](?![^\s)])")
_UNKNOWN_FIELD = re.compile(r"([^\W\d_]\w*):(?!//)")
_FUZZY = re.compile(r"[^\W\d_](~[0-9.]*|\^[0-9.]+)\Z")
_WILDCARD = re.compile(r"[^\W\d_]\?[^\W\d_]")
# Names of the fields in other programs.
_OTHERWISE = {
    "after": "date:2024..", "since": "date:2024..", "before": "date:..2024", "until": "date:..2024",
    "year": "date:2024", "published": "date:2024", "language": "lang:en", "source": "site:NAME", "domain": "site:NAME",
    "url": "site:NAME", "headline": "title:WORD", "intitle": "title:WORD", "body": "text:WORD", "intext": "text:WORD",
    "by": "author:NAME", "byline": "author:NAME", "keyword": "tag:NAME",
}  # fmt: skip


def text_notes(text: str) -> Iterator[str]:
    """A note for each syntax of another search program in a query: `near(a b)`, `a NEAR/8 b`, `[a TO b]`, `'a b'`."""
    unquoted = _QUOTED.sub(" ", text)
    for found in dict.fromkeys(match[0] for match in _LOWER.finditer(unquoted)):
        yield f"{found!r} is no operator: write NEAR in capitals, NEAR(a b, 10)"
    for found, distance in dict.fromkeys((match[0], match[1]) for match in _SLASH.finditer(unquoted)):
        yield f"{found!r} is no operator: write NEAR(a b, {int(distance)})"
    for found in dict.fromkeys(_LOWER_OPERATOR.findall(_QUOTED.sub('""', text))):
        yield f"{found!r} is no operator: write {found.upper()}"
    for match in _RANGE.finditer(unquoted):
        yield f"{match[0]!r} is no range: a period is written date:2023..2024"
    for match in _SINGLE.finditer(unquoted):
        yield f'single quotes make no phrase: write "{match[1]}"'


def word_notes(lexeme: Lexeme) -> Iterator[str]:
    """Ignored syntax in a word."""
    text = lexeme.text
    if lexeme.slop is not None and lexeme.slop > FARTHEST:
        yield f"~{lexeme.slop} is not a distance"
    if text[:1] in "-+!^" and len(text) > 1:
        yield f"the {text[0]} of {text!r} is ignored" + ("; to exclude a word write NOT" if text[0] in "-!" else "")
    if "*" in text:
        place = "the last word of a phrase" if lexeme.quoted else "a word"
        yield f"the * of {text!r} is ignored: it is only allowed at the end of {place}"
    if lexeme.quoted:
        return
    if unknown := unknown_field(lexeme):
        guess = meant_field(unknown)
        yield f"{unknown}: is not a field" + (f" ({guess})" if guess else "")
    if "|" in text:
        yield f"the | of {text!r} is no operator: write OR"
    if match := _FUZZY.search(text):
        yield f"the {match[1]} of {text!r} is no operator: words are found as written, or in all forms with --stem"
    if "/" not in text and _WILDCARD.search(text):
        yield f"the ? of {text!r} is no wildcard: there is only * at the end of a word"


def wordless_note(source: str) -> str:
    """The note for a part of a query without any word."""
    instead = {"||": ": write OR", "|": ": write OR", "&&": ": write AND"}.get(source, "")
    return f"{source!r} has no letter or digit and is ignored{instead}"


def unknown_field(lexeme: Lexeme) -> str:
    """The name before the colon of a word like `mayor:smith` that is not a field; empty for other words."""
    match = None if lexeme.quoted else _UNKNOWN_FIELD.match(lexeme.text)
    return match[1] if match else ""


def meant_field(name: str) -> str:
    """A hint at the field that was probably meant; empty if there is none."""
    if name.lower() in _OTHERWISE:
        return f"write {_OTHERWISE[name.lower()]}"
    return did_you_mean(name.lower(), FIELDS)
