"""Sites and languages in a query that no story has: probably a mistake, which must not look like an empty result."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archiver.index.search.parsing import parse
from archiver.index.search.selection import SearchQuery
from archiver.index.search.syntax import All, Either, Field, Node, Not, leaves


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of a filter or field that no story has. `decides`: because of it the query can't match any story, while
    `lang:(es OR fr)` still finds stories in Spanish."""

    what: Literal["site", "language"]
    value: str
    decides: bool


def unknown_values(query: SearchQuery, sites: Sequence[str], languages: Sequence[str]) -> Iterator[Unknown]:
    """The unknown sites and languages of a query, in its options and its text. In an empty archive, which has no known
    values, all are accepted. Raises QueryError."""
    if query.site is not None and query.site not in sites:
        yield Unknown("site", query.site, True)
    if query.language is not None and languages and query.language.lower() not in languages:
        yield Unknown("language", query.language, True)
    parsed = parse(query.text)
    tree = parsed.node if parsed else None
    fields = [leaf for leaf in leaves(tree) if isinstance(leaf, Field)] if tree is not None else []
    unknown = [field for field in dict.fromkeys(fields) if _is_unknown(field, sites, languages)]
    decides = bool(unknown) and tree is not None and _truth(tree, unknown) is False
    for field in unknown:
        yield Unknown("site" if field.name == "site" else "language", field.value, decides)


def _is_unknown(field: Field, sites: Sequence[str], languages: Sequence[str]) -> bool:
    if field.name == "site":
        return field.value not in sites
    return field.name == "lang" and bool(languages) and field.value.lower() not in languages


def _truth(node: Node, unknown: Container[Node]) -> bool | None:
    """Whether all stories match (True) or none (False), given fields that no story has; None: it depends."""
    if isinstance(node, Not):
        inner = _truth(node.part, unknown)
        return None if inner is None else not inner
    if isinstance(node, All | Either):
        settles = isinstance(node, Either)  # one true part settles an OR, one false part an AND
        parts = [_truth(part, unknown) for part in node.parts]
        return settles if settles in parts else None if None in parts else not settles
    return False if node in unknown else None
