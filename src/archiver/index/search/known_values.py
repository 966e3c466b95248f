"""Sites and languages in a query that no story has: probably a mistake, which must not look like an empty result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archiver.index.search.selection import SearchQuery, fields_of


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of a filter or field that no story has."""

    what: Literal["site", "language"]
    value: str


def unknown_values(query: SearchQuery, sites: Sequence[str], languages: Sequence[str]) -> Iterator[Unknown]:
    """The unknown sites and languages of a query, in its options and its text. In an empty archive, which has no known
    values, all are accepted. Raises QueryError."""
    fields = fields_of(query)
    for site in (query.site, *(field.value for field in fields if field.name == "site")):
        if site is not None and site not in sites:
            yield Unknown("site", site)
    for language in (query.language, *(field.value for field in fields if field.name == "lang")):
        if language is not None and languages and language.lower() not in languages:
            yield Unknown("language", language)
