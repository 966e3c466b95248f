"""The keys by which blocks are compared across pages of a site: words, shape, place."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Literal

What = Literal["text", "shape", "place"]

_53_BITS = (1 << 53) - 1
_CALENDAR = (
    r"januar[yio]?|jan|februar[yio]?|feb|mar|mar[cs]h|märz|a[pv]ril|apr|mai|may|juni?|june|juli?|july|jul|august|aug"
    r"|sept(?:ember|embre)?|sep|o[ck]tober|octobre|oct|novemb(?:er|re)|nov|d[eé][cz]emb(?:er|re)|dec|janvier|février|mars"
    r"|avril|juin|juillet|août|enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|sep?tiembre|octubre"
    r"|noviembre|diciembre|dic|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    r"|(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo|am|pm"
)
_DATE_WORD = re.compile(rf"\b(?:{_CALENDAR})\b\.?")
_DIGITS = re.compile(r"\d+")
_LEAD_IN = re.compile(r"([^:]{3,40}?)\s*:\s*\S")
_LONGEST_SHAPE = 200
_STEPS = 4  # innermost steps of a path: outer wrappers differ by section or story


def number(kind: str, text: str) -> int:
    """A stable number below 2**53, which JSON readers keep exact; at least 1."""
    digest = hashlib.blake2b(f"{kind}\x00{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _53_BITS or 1


@lru_cache(maxsize=1024)  # an ingest asks several times for the blocks of a page
def fold(text: str) -> str:
    """A text without differences of case and spacing."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=1024)
def text_key(text: str) -> int:
    """Equal for blocks that differ only in case and spacing."""
    return number("text", fold(text))


def shape_of(folded: str, link_density: float = 0.0) -> str:
    """What stays of a short block when its dates, figures or link texts change; empty if it has none of these: `Updated
    May 3, 9:40` -> `updated # #, #:#`; `See too: <a>The ferry</a>` -> `see too: …`."""
    if len(folded) > _LONGEST_SHAPE:
        return ""
    lead_in = _LEAD_IN.match(folded) if link_density >= 0.4 else None
    if lead_in:
        return f"{lead_in[1]}: …"
    return without_figures(folded) if _DIGITS.search(folded) else ""


def without_figures(folded: str) -> str:
    """A folded text with each date and figure replaced by one sign."""
    return _DIGITS.sub("#", _DATE_WORD.sub("#", folded))


@lru_cache(maxsize=4096)
def place_of(path: str) -> str:
    """A path without the parts that differ from page to page: outer steps, and classes with figures (`post-1234`)."""
    steps = []
    for step in path.split("/")[-_STEPS:]:
        tag, *classes = step.split(".")
        steps.append(".".join([tag, *(name for name in classes if not _DIGITS.search(name))]))
    return "/".join(steps)


@lru_cache(maxsize=4096)
def place_key(path: str) -> int:
    """The place as a number; 0 for an unknown path."""
    return number("place", place_of(path)) if path else 0
