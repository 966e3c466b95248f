"""Finding stories: full text, filters, snippets and counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from sqlite_utils import Database

from archiver.index import stemming
from archiver.index.chosen import Chosen, SearchQuery
from archiver.index.ordering import in_order
from archiver.model import Hit

__all__ = ["Grouping", "SearchQuery", "count", "count_by", "iter_ids", "iter_search", "search"]

Grouping = Literal["month", "year", "site", "section", "language", "author", "tag"]

_SNIPPET_WORDS = 32
# (-1 would let FTS5 choose the column: it likes short ones, and shows the title twice.)
_SNIPPET = (
    f"SELECT snippet(articles_fts, 1, char(57344), char(57345), '…', {_SNIPPET_WORDS})"  # noqa: S608 - constants
    " FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?"
)
_SHOWN = (
    "SELECT url, title, site, section, language, authors, date, text,"
    " coalesce(nullif(description, ''), substr(text, 1, 240)) FROM articles WHERE id = ?"
)
_GROUPS: dict[str, tuple[str, str]] = {  # grouping -> (expression, what to join)
    "month": ("a.month", ""),
    "year": ("a.year", ""),
    "site": ("a.site", ""),
    "section": ("a.section", ""),
    "language": ("a.language", ""),
    "author": ("j.value", "LEFT JOIN json_each(a.authors) j"),
    "tag": ("j.value", "LEFT JOIN json_each(a.tags) j"),
}


def search(db: Database, query: SearchQuery) -> list[Hit]:
    """The stories that match, best first (or newest first), in an order that is total: pages fit together.

    Where more than 20,000 match, those with the words in the headline come first, the newest of each first; their
    score is 0. See `ordering`.
    """
    return list(iter_search(db, query))


def iter_search(db: Database, query: SearchQuery) -> Iterator[Hit]:
    """As `search`, one by one as they are asked for."""
    chosen = Chosen(db.conn, query)
    if chosen.impossible:
        return
    for story_id, points in in_order(db.conn, chosen, query):
        yield _hit(db, chosen, story_id, points)


def _hit(db: Database, chosen: Chosen, story_id: int, points: float) -> Hit:
    """A hit with all that is shown of it: read only now, for those that are."""
    url, title, site, section, language, authors, day, text, beginning = db.conn.execute(_SHOWN, (story_id,)).fetchone()
    if not chosen.searches_text:
        words = beginning
    elif chosen.stems is not None:
        words = stemming.snippet(text, chosen.stems.stems, chosen.stems.beginnings, language)
    else:
        words = db.conn.execute(_SNIPPET, (chosen.expression, story_id)).fetchone()[0]
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


def iter_ids(db: Database, query: SearchQuery) -> Iterator[int]:
    """The numbers of all stories that match, in their order, whatever the limit. Takes constant memory."""
    chosen = Chosen(db.conn, query)
    if not chosen.impossible:
        sql = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where} ORDER BY a.id"  # noqa: S608 - constants
        for (story_id,) in db.conn.execute(sql, chosen.values):
            yield story_id


def count(db: Database, query: SearchQuery) -> int:
    """How many stories match, whatever the limit."""
    chosen = Chosen(db.conn, query)
    if chosen.impossible:
        return 0
    source = chosen.table if chosen.only_words else chosen.source
    sql = f"SELECT count(*) FROM {source} WHERE {chosen.where}"  # noqa: S608 - constants
    return int(db.conn.execute(sql, chosen.values).fetchone()[0])


def count_by(db: Database, query: SearchQuery, grouping: Grouping) -> list[tuple[str | None, int]]:
    """How many stories match for each month, site, ...; None stands for those without one.

    Months and years in their order, the others by count. A story with two authors counts for both.
    """
    chosen = Chosen(db.conn, query)
    if chosen.impossible:
        return []
    expression, join = _GROUPS[grouping]
    order = "1" if grouping in ("month", "year") else "2 DESC, 1"
    number = "count(DISTINCT a.id)" if join else "count(*)"
    sql = (
        f"SELECT {expression}, {number} FROM {chosen.source} {join} WHERE {chosen.where}"  # noqa: S608 - constants
        f" GROUP BY 1 ORDER BY {order}"
    )
    return [(None if key is None else str(key), number) for key, number in db.conn.execute(sql, chosen.values)]
