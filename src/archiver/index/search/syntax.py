"""The syntax tree of a query, shared by the parser and the planner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Column = Literal["title", "text"]
Name = Literal["author", "section", "site", "lang", "tag"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase. `star`: the last word is a prefix (`word*`)."""

    text: str
    star: bool = False
    column: Column | None = None  # None: title, text, description, authors and tags


@dataclass(frozen=True, slots=True)
class Near:
    """Terms in one column with at most `distance` words between the end of each and the start of the last one."""

    terms: tuple[Term, ...]
    distance: int
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A property of the story: part of an author's name, or the whole section, site, language or tag."""

    name: Name
    value: str
    star: bool = False  # only for an author: the last word of the name may go on


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The first and last day of publication; None: no bound."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class All:
    """AND: two or more parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR: two or more parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT: every story except those of the part."""

    part: Node


Leaf = Term | Near | Field | DateSpan
Node = Leaf | All | Either | Not


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves of a tree, from left to right."""
    if isinstance(node, All | Either):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def is_about_text(node: Node) -> bool:
    """Whether the full text alone decides it."""
    return all(isinstance(leaf, Term | Near) for leaf in leaves(node))


def both(first: Node | None, second: Node | None) -> Node | None:
    """The stories of both; None asks for nothing."""
    if first is None or second is None:
        return first or second
    parts = [*(first.parts if isinstance(first, All) else (first,)), second]
    return All(tuple(parts))


def written(node: Node) -> str:
    """The tree as a query with all its brackets, which parses to the same tree."""
    if isinstance(node, All | Either):
        operator = " AND " if isinstance(node, All) else " OR "
        return f"({operator.join(map(written, node.parts))})"
    return f"NOT {written(node.part)}" if isinstance(node, Not) else _leaf(node)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Field():
            return f'{leaf.name}:"{leaf.value}"' + ("*" if leaf.star else "")
        case DateSpan(first, last):
            return f"date:{first or ''}..{last or ''}"
        case Term(column=column):
            asked = _term(leaf)
        case Near(column=column):
            asked = f"NEAR({' '.join(map(_term, leaf.terms))}, {leaf.distance})"
    return (f"{column}:" if column else "") + asked


def _term(term: Term) -> str:
    # The sign of a Hebrew abbreviation, as its keyboards have it, would end the quotation.
    text = term.text.replace('"', "\u05f4")
    return f'"{text}"' + ("*" if term.star else "")
