"""Finding stories: full text, filters, snippets and counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Literal

from archiver.index.schema.connection import Index
from archiver.index.search.facet_counts import counted, spelled_alike, together
from archiver.index.search.ranking import headlines_first, in_order
from archiver.index.search.regexes import places
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.index.search.snippets import snippet
from archiver.model import Hit

__all__ = ["Grouping", "SearchQuery", "count", "count_by", "headlines_first", "iter_ids", "iter_search", "search"]

Grouping = Literal["day", "week", "month", "year", "site", "section", "language", "author", "tag"]

TIMES: tuple[Grouping, ...] = ("day", "week", "month", "year")  # groupings with an order of their own

_SHOWN = (
    "SELECT url, title, site, section, language, authors, date, text,"
    " coalesce(nullif(description, ''),"
    " CASE WHEN length(text) > 240 THEN substr(text, 1, 240) || '…' ELSE text END) FROM articles WHERE id = ?"
)
_GROUPS: dict[str, tuple[str, str]] = {  # grouping -> (expression, what to join)
    "day": ("a.date", ""),
    "week": ("a.date", ""),
    "month": ("a.month", ""),
    "year": ("a.year", ""),
    "site": ("a.site", ""),
    "section": ("a.section", ""),
    "language": ("a.language", ""),
    "author": ("j.value", "LEFT JOIN json_each(a.authors) j"),
    "tag": ("j.value", "LEFT JOIN json_each(a.tags) j"),
}


def search(db: Index, query: SearchQuery) -> list[Hit]:
    """The matching stories, best first (or newest first), in a total order, so that pages are consistent.

    If more than 20,000 match, headline matches come first, newest first within each group, and their score is 0. See
    `ranking`.
    """
    return list(iter_search(db, query))


def iter_search(db: Index, query: SearchQuery) -> Iterator[Hit]:
    """Like `search`, but lazily."""
    chosen = Chosen(db, query)
    if chosen.impossible:
        return
    # An open cursor keeps one snapshot of the index for all statements, whoever writes to it.
    with closing(db.execute("SELECT id FROM articles")):
        for story_id, points in in_order(db, chosen, query):
            yield _hit(db, chosen, story_id, points)


def _hit(db: Index, chosen: Chosen, story_id: int, points: float) -> Hit:
    """A hit with everything to show, read only for the hits that are shown."""
    url, title, site, section, language, authors, day, text, beginning = db.execute(_SHOWN, (story_id,)).fetchone()
    words = beginning
    if chosen.leaves or chosen.regex:
        words = snippet(text, language, chosen.leaves, places(chosen.regex, text) if chosen.regex else ())
    return Hit(
        id=story_id,
        url=url,
        title=title,
        site=site,
        section=section,
        language=language,
        authors=tuple(json.loads(authors)),
        date=day,
        snippet=words or "",
        score=points,
    )


def iter_ids(db: Index, query: SearchQuery) -> Iterator[int]:
    """The IDs of all matching stories, sorted, regardless of the limit. Needs constant memory."""
    chosen = Chosen(db, query)
    if not chosen.impossible:
        sql = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where} ORDER BY a.id"  # noqa: S608 - constants
        for (story_id,) in db.execute(sql, chosen.values):
            yield story_id


def count(db: Index, query: SearchQuery) -> int:
    """The number of matching stories, regardless of the limit."""
    chosen = Chosen(db, query)
    if chosen.impossible:
        return 0
    source = chosen.table if chosen.only_words else chosen.source
    sql = f"SELECT count(*) FROM {source} WHERE {chosen.where}"  # noqa: S608 - constants
    return int(db.execute(sql, chosen.values).fetchone()[0])


def count_by(db: Index, query: SearchQuery, grouping: Grouping) -> list[tuple[str | None, int]]:
    """The number of matching stories per month, site, ...; None for stories without one.

    Days, weeks (ISO 8601, `2024-W05`), months and years are in chronological order, the others sorted by count. A story
    with two authors counts for both.
    """
    chosen = Chosen(db, query)
    if chosen.impossible:
        return []
    column, join = _GROUPS[grouping]
    found = _named(db, chosen, column, join) if join else _counted(db, chosen, column)
    found.sort(key=lambda pair: (pair[0] is not None, pair[0] or ""))
    if grouping not in TIMES:
        found.sort(key=lambda pair: -pair[1])
    if grouping == "week":
        return _by_week(found)
    return _as_found(found) if grouping in ("section", "author", "tag") else found


def _counted(db: Index, chosen: Chosen, column: str) -> list[tuple[str | None, int]]:
    """The values of a column with at most one value per story, with the number of stories."""
    sql = f"SELECT count(*), {together(column)} FROM {chosen.counting} WHERE {chosen.where}"  # noqa: S608 - constants
    number, *found = db.execute(sql, chosen.values).fetchone()
    counts = counted(*found)
    if counts is None:
        sql = f"SELECT {column}, count(*) FROM {chosen.counting} WHERE {chosen.where} GROUP BY 1"  # noqa: S608
        return [(None if key is None else str(key), number) for key, number in db.execute(sql, chosen.values)]
    without = number - counts.total()
    return [*counts.items(), *([(None, without)] if without else [])]


def _named(db: Index, chosen: Chosen, name: str, join: str) -> list[tuple[str | None, int]]:
    """The names in a list of each story, with the number of stories."""
    sql = f"SELECT {name}, count(DISTINCT a.id) FROM {chosen.source} {join} WHERE {chosen.where} GROUP BY 1"  # noqa: S608
    return [(None if key is None else str(key), number) for key, number in db.execute(sql, chosen.values)]


def _by_week(days: list[tuple[str | None, int]]) -> list[tuple[str | None, int]]:
    weeks: dict[str | None, int] = {}
    for day, number in days:
        week = None if day is None else "{}-W{:02}".format(*date.fromisoformat(day).isocalendar()[:2])
        weeks[week] = weeks.get(week, 0) + number
    return list(weeks.items())


def _as_found(found: list[tuple[str | None, int]]) -> list[tuple[str | None, int]]:
    """Counts spellings that a filter treats as equal together, so that each value finds as many stories."""
    named = spelled_alike(Counter({key: number for key, number in found if key is not None}))
    pairs = [*named.items(), *(pair for pair in found if pair[0] is None)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0] or ""))
