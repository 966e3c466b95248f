"""Facets of the found stories, in one pass over them; and a search as SQL for users."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.index.schema.connection import Index
from archiver.index.schema.copies import COPIES_AMONG
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.tokens import fold_text

AUTHORS_OF = 50_000  # stories at most: 0.2 s
COPIES_OF = 5_000  # stories at most: the paragraphs of each are compared with those of all others

Counts = tuple[tuple[str, int], ...]  # values with their number of stories
_APART = "\x1f"  # between values
_COLUMNS = ("site", "section", "language", "month")


@dataclass(frozen=True, slots=True)
class Facets:
    """The number of stories that a search finds, in total and by site, section, ... Sorted by number, months
    chronologically.

    `authors` and `copies` are None where there are too many stories: both are counted in the stories themselves, which
    takes long. `copies` is the number of stories that `collapse` leaves out: copies of others that are found.
    """

    count: int
    sites: Counts = ()
    sections: Counts = ()
    languages: Counts = ()
    authors: Counts | None = ()
    months: Counts = ()
    copies: int | None = 0


def facets(db: Index, query: SearchQuery) -> Facets:
    """The facets of all matches of a query, regardless of its limit. A story with two authors counts for both."""
    chosen = Chosen(db, query)
    if chosen.impossible:
        return Facets(0)
    names = ", ".join(together(f"a.{column}") for column in _COLUMNS)
    sql = f"SELECT count(*), {names} FROM {chosen.counting} WHERE {chosen.where}"  # noqa: S608 - constants
    count, *found = db.execute(sql, chosen.values).fetchone()
    columns = []
    for at, name in enumerate(_COLUMNS):
        counts = counted(*found[2 * at : 2 * at + 2])
        columns.append(_counted((_grouped(db, chosen, name) if counts is None else counts).items()))
    return Facets(
        count=count,
        sites=_by_number(columns[0]),
        sections=_by_number(spelled_alike(columns[1])),
        languages=_by_number(columns[2]),
        months=tuple(sorted(columns[3].items())),
        authors=_authors(db, chosen) if count <= AUTHORS_OF else None,
        copies=_copies(db, chosen) if count <= COPIES_OF else None,
    )


def _grouped(db: Index, chosen: Chosen, column: str) -> Counter[str]:
    sql = f"SELECT a.{column}, count(*) FROM {chosen.counting} WHERE {chosen.where} GROUP BY 1"  # noqa: S608 - constants
    return Counter({value: number for value, number in db.execute(sql, chosen.values) if value is not None})


def _copies(db: Index, chosen: Chosen) -> int:
    sql = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
    found = [row[0] for row in db.execute(sql, chosen.values)]
    return int(db.execute(f"SELECT count(*) FROM ({COPIES_AMONG})", (json.dumps(found),)).fetchone()[0])  # noqa: S608


def statement(db: Index, query: SearchQuery) -> tuple[str, dict[str, str]] | None:
    """A search as one SELECT with named parameters, for whatever knows the function `folded`; None for no result."""
    chosen = Chosen(db, query).by_rows()
    if chosen.impossible:
        return None
    names = [f"p{number}" for number in range(1, len(chosen.values) + 1)]
    pieces = chosen.where.split("?")
    where = pieces[0] + "".join(f":{name}{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    order = f"{chosen.score} DESC, " if chosen.searches_text and query.sort == "relevance" else ""
    sql = (
        "SELECT a.id, a.url, a.title, a.site, a.section, a.language, a.date, a.versions, a.status\n"
        f"FROM {chosen.source}\nWHERE {where}\nORDER BY {order}a.date DESC, a.id"
    )
    return sql, dict(zip(names, map(str, chosen.values), strict=True))


def _authors(db: Index, chosen: Chosen) -> Counts:
    sql = f"SELECT a.authors, count(*) FROM {chosen.source} WHERE {chosen.where} GROUP BY 1"  # noqa: S608 - constants
    found = db.execute(sql.replace(" INDEXED BY articles_facets", ""), chosen.values)
    names = _counted((name, number) for names, number in found for name in set(json.loads(names)))
    return _by_number(spelled_alike(names))


def together(column: str) -> str:
    """Two SQL expressions for `counted`: all values of a column in one text, and their number. Counting in Python takes
    half the time of one row per value, and three quarters of SQLite's GROUP BY."""
    return f"group_concat({column}, '{_APART}'), count({column})"


def counted(values: str | None, number: int) -> Counter[str] | None:
    """The number of occurrences of each value, without NULL; None if unknown, because a value contains the
    separator."""
    if values is None:
        return Counter()
    found = values.split(_APART)
    return Counter(found) if len(found) == number else None


def _counted(pairs: Iterable[tuple[str | None, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for value, number in pairs:
        if value:
            counts[str(value)] += number
    return counts


def spelled_alike(counts: Counter[str]) -> Counter[str]:
    """Counts spellings that a filter treats as equal, `City` and `city`, together under the most frequent one."""
    names: dict[str, str] = {}
    together: Counter[str] = Counter()
    for value, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        together[names.setdefault(fold_text(value), value)] += number
    return together


def _by_number(counts: Counter[str]) -> Counts:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], fold_text(pair[0]), pair[0])))
