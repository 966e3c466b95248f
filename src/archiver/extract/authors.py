"""Who wrote a story: names from what the page declares or from its byline, split, cleaned and without the publisher."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterable

from archiver.extract.decode import fold

_LEAD = re.compile(
    r"^(?:(?:story|article|words|text|photos?|video|reporting|written|edited|posted|published|reviewed|created|author"
    r"|texto|escrito|redactado|publicado|redacci[óo]n|autora?|fotos?)(?:\s+(?:and|y|&)\s+\w+)?\s*(?:by|por)?\s*[:|]?\s+)?"
    r"(?:by|por|par|von|di|door|av|przez|oleh)\s*:?\s+",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:by|por|author|autora?|auteur|autore|written by|escrito por)\s*:\s*", re.IGNORECASE)
_SPLIT = re.compile(
    r"\s*(?:;|\||/|·|•|\band\b|\by\b|\be\b|\bet\b|\bund\b|&|\+|\n|\bwith\b|\bcon\b|\bby\b|\bpor\b)\s*", re.IGNORECASE
)
_COMMA = re.compile(r"\s*,\s*")
_TAIL = re.compile(
    r"\s*(?:[|•·–—]|\s-\s|,?\s+(?:special to|for (?:the )?[A-Z]|staff (?:writer|reporter)|correspondent|associated press"
    r"|contributing|updated|published|posted|last|on \w+ \d)).*$",
    re.IGNORECASE | re.DOTALL,
)
_PARENTHESIS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|(?<!\w)@\w+")
_CREDENTIAL = re.compile(
    r"^(?:m\.?d\.?|ph\.?d\.?|r\.?d\.?n?\.?|r\.?n\.?|m\.?s\.?c?\.?|m\.?a\.?|b\.?a\.?|b\.?s\.?c?\.?|j\.?d\.?|m\.?b\.?a\.?|c\.?p\.?a\.?|d\.?o\.?"
    r"|jr\.?|sr\.?|i{2,3}|iv|esq\.?|cpt|cscs|cfp®?|e-?ryt\s*\d+|m\.?p\.?h\.?|fand|l\.?d\.?|d\.?d\.?s\.?|psy\.?d\.?|lcsw|faan|facp|[A-Z]{2,6}®?)$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"^(?:staff|admin|administrator|editor|editors|editorial|webmaster|guest|anonymous|unknown|none|null|undefined|n/?a|user|root"
    r"|newsroom|news ?desk|web ?desk|redacci[óo]n|redaction|redazione|redaktion|author|by|wp ?admin|contributors?|the editors?|\w+ staff"
    r"|staff (?:writer|reporter|report)s?|news staff|wire (?:service|report)s?|agencias?|press release|(?:written|posted|published|story) by|\w+ admin|the author|about the author|[a-z]+(?:\.[a-z]+){2,})$",
    re.IGNORECASE,
)
_WORDY = re.compile(
    r"\b(?:read|more|click|follow|share|view|posts?|articles?|minutes?|updated|published|comments?|subscribe|newsletter|january|february"
    r"|march|april|june|july|august|september|october|november|december|all rights|copyright|about|is an?|was|has)\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"^(?:by|por|par|von|written by|escrito por|texto:?|story by)\s*:?\s+\S", re.IGNORECASE)
_HAS_LETTER = re.compile(r"[^\W\d_]")


def clean_authors(raw: Iterable[str], site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Author names from declared values: each value may hold several names, labels, handles, job titles."""
    refused = {_key(name) for name in site_names} - {""}
    tails = sorted((name for name in site_names if len(name) > 3), key=len, reverse=True)
    names: list[str] = []
    keys: set[str] = set()
    for value in list(raw)[:50]:
        for whole in split_names(value):
            name = _without_tail(whole, tails)
            key = _key(name)
            if key and key not in keys and key not in refused:
                keys.add(key)
                names.append(name)
    return tuple(names[:20])


def _without_tail(name: str, tails: Iterable[str]) -> str:
    """`Brian Truitt USA TODAY` without the paper's name."""
    for tail in tails:
        if len(name) > len(tail) + 4 and name.casefold().endswith(f" {tail.casefold()}"):
            return name[: -len(tail)].rstrip(" ,-|")
    return name


def split_names(value: str) -> list[str]:
    """`By Ana Díaz and J. P. Ruiz, staff writer` to `["Ana Díaz", "J. P. Ruiz"]`."""
    value = _ADDRESS.sub(" ", fold(value)[:600])
    value = _LABEL.sub("", _LEAD.sub("", value.strip()))
    value = _PARENTHESIS.sub("", value)
    names: list[str] = []
    for part in _SPLIT.split(value):
        names.extend(_by_commas(part))
    cleaned = (_clean(name) for name in names)
    return [name for name in cleaned if name and is_name(name)]


def is_name(text: str) -> bool:
    """Whether a short text can be a person's (or a desk's) name."""
    words = text.split()
    return (
        2 <= len(text) <= 60
        and len(words) <= 6
        and _HAS_LETTER.search(text) is not None
        and not re.search(r"\d{3}|[<>{}=\"?!/\\]|\.(?:com|net|org)\b", text)
        and not _NOT_A_NAME.match(text)
        and not _WORDY.search(text)
    )


def is_byline(text: str) -> bool:
    """Whether a line says who wrote the story: `By Ana Díaz`, `Por Ana Díaz`."""
    return len(text) <= 120 and _BYLINE.match(text) is not None


def names_in_byline(text: str) -> list[str]:
    """The names of a byline, only where each looks like a name: two to five words that begin upper-case."""
    names = split_names(_TAIL.sub("", text))
    return [name for name in names if _looks_personal(name)]


def _looks_personal(name: str) -> bool:
    words = [
        word
        for word in name.split()
        if word.lower()
        not in {"de", "la", "del", "los", "van", "von", "der", "da", "dos", "y", "al", "el", "bin", "di", "le"}
    ]
    return 1 < len(words) <= 5 and all(word[0].isupper() for word in words)


def _by_commas(part: str) -> list[str]:
    pieces = [piece for piece in _COMMA.split(part) if piece]
    names: list[str] = []
    for piece in pieces:
        if _CREDENTIAL.match(piece) and names:
            continue  # "Dylan Bailey, MS, RD"
        names.append(piece)
    # After a full name, a lower-case or one-word piece is a job or a place: "Ana Díaz, staff writer", "..., Reuters".
    return [name for index, name in enumerate(names) if index == 0 or (len(name.split()) > 1 and name[0].isupper())]


def _clean(name: str) -> str:
    name = _LEAD.sub("", name.strip())
    name = _TAIL.sub("", name)
    name = re.sub(r"^[\W_]+|[^\w.)’']+$", "", name)
    return name.rstrip(".") if len(name.split()[-1:] and name.split()[-1]) > 3 else name


def _key(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
