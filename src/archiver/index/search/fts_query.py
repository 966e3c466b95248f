"""What people type into a search box, into an FTS5 expression. Any text is a valid query.

`"..."` is a phrase, `word*` a beginning, AND, OR and NOT between two terms are operators (AND binds closer than OR);
everything else is words that must all occur. No other character has a meaning: what FTS5 would take for its own syntax
(`-`, `:`, `^`, `NEAR(`, a lone quote) is quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from archiver.index.schema import stemming

_TOKEN = re.compile(r'"(?P<phrase>[^"]*)"(?P<phrase_star>\*)?|(?P<word>[^\s"]+)|"')
_OPERATORS = ("AND", "OR", "NOT")
_MAX_TERMS = 64  # FTS5 takes trees 256 deep; nobody means a query of so many words as a list of words
_TYPOGRAPHIC = str.maketrans("\u201c\u201d\u201e\u00ab\u00bb", '"' * 5)


@dataclass(frozen=True, slots=True)
class _Term:
    sql: str
    operator: str = ""  # AND, OR or NOT if it was typed as one


Render = Callable[[str, bool], str | None]  # (words, whether they are a beginning) -> FTS5, None for no words


def fts_expression(text: str, render: Render | None = None) -> str | None:
    """The FTS5 expression for a query; None for an empty one, an empty string when nothing in it can be searched.

    `render` says how a term's words are written; by default as one phrase.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").translate(_TYPOGRAPHIC)
    if not text.strip():
        return None
    terms = _terms(text, render or _as_phrase)[:_MAX_TERMS]
    if not any(not term.operator for term in terms):
        terms = [_Term(term.sql) for term in terms]
    joined = _joined(terms)
    if joined is None:  # operators without something on both sides are words
        joined = _joined([_Term(term.sql) for term in terms])
    return joined or ""


def phrase(text: str) -> str | None:
    """A text as one FTS5 phrase; None when it holds nothing that could be found."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return '"' + text.replace('"', " ") + '"' if _has_token(text) else None


@dataclass(slots=True)
class StemTerms:
    """Renders terms as stems in each of some languages, and remembers them: what to mark in a snippet."""

    languages: tuple[str, ...]
    stems: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)

    def __call__(self, words: str, star: bool) -> str | None:
        """All forms that the words may have in the index, any of which will do."""
        parts = stemming.words(words)
        if not parts:
            return None
        if star:
            # What is cut off has no stem of its own.
            parts[-1] = stemming.without_accents(parts[-1])
            self.beginnings.add(parts[-1])
            return '"' + " ".join(parts) + '"*'
        forms: dict[str, None] = {}
        for language in (*self.languages, ""):
            pairs = [stemming.forms(word, language) for word in parts]
            for form in ([pair[0] for pair in pairs], [pair[1] for pair in pairs]):
                self.stems.update(form)
                forms['"' + " ".join(form) + '"'] = None
        return "(" + " OR ".join(forms) + ")"


def _as_phrase(words: str, star: bool) -> str | None:
    quoted = phrase(words)
    return None if quoted is None else quoted + ("*" if star else "")


def _terms(text: str, render: Render) -> list[_Term]:
    found: list[_Term] = []
    for match in _TOKEN.finditer(text):
        words = match["phrase"] if match["phrase"] is not None else match["word"]
        if words is None:
            continue
        star = bool(match["phrase_star"]) or (match["word"] is not None and words.endswith("*"))
        rendered = render(words.rstrip("*") if match["word"] is not None else words, star)
        if rendered is not None:
            found.append(_Term(rendered, words if match["word"] in _OPERATORS else ""))
    return found


def _joined(terms: list[_Term]) -> str | None:
    """Terms and operators as an expression; None when they don't alternate as they should."""
    if not terms:
        return ""
    alternatives: list[str] = []
    wanted: list[str] = []
    unwanted: list[str] = []
    operator = ""
    for term in terms:
        if term.operator:
            if operator == "AND" and term.operator == "NOT":
                operator = "NOT"  # "AND NOT", as other engines write it
            elif operator or not wanted:
                return None
            else:
                operator = term.operator
            continue
        if operator == "OR":
            alternatives.append(_all_of(wanted, unwanted))
            wanted, unwanted = [], []
        (unwanted if operator == "NOT" else wanted).append(term.sql)
        operator = ""
    if operator:
        return None
    alternatives.append(_all_of(wanted, unwanted))
    return " OR ".join(f"({entry})" for entry in alternatives) if len(alternatives) > 1 else alternatives[0]


def _all_of(wanted: list[str], unwanted: list[str]) -> str:
    together = " AND ".join(wanted)
    return f"({together}) NOT ({' OR '.join(unwanted)})" if unwanted else together


def _has_token(text: str) -> bool:
    """Whether FTS5's unicode61 sees a word: letters, digits and private-use characters make words."""
    return any(char.isalnum() or unicodedata.category(char) in ("Co", "Nl", "No") for char in text)


def folded(text: str) -> str:
    """A name without case, accents and outer spacing, as filters compare it; the full-text table folds alike."""
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())
