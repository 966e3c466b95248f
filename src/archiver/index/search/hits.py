"""Finding stories: full text, filters, snippets and counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Literal

from sqlite_utils import Database

from archiver.index.schema import stemming
from archiver.index.search.facet_counts import spelled_alike
from archiver.index.search.ranking import headlines_first, in_order
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.model import Hit

__all__ = ["Grouping", "SearchQuery", "count", "count_by", "headlines_first", "iter_ids", "iter_search", "search"]

Grouping = Literal["month", "year", "site", "section", "language", "author", "tag"]

_SNIPPET_WORDS = 32
# (-1 would let FTS5 choose the column: it likes short ones, and shows the title twice.)
_MARKED = f"snippet(articles_fts, 1, char(57344), char(57345), '…', {_SNIPPET_WORDS})"
_SNIPPET = f"SELECT {_MARKED} FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?"  # noqa: S608 - constants
_SNIPPETS = (
    f"SELECT rowid, {_MARKED} FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?"  # noqa: S608
    " AND +rowid IN (SELECT value FROM json_each(?))"
)
_PAGE = 20  # hits that are read at once
_SHOWN = (
    "SELECT url, title, site, section, language, authors, date, text,"
    " coalesce(nullif(description, ''),"
    " CASE WHEN length(text) > 240 THEN substr(text, 1, 240) || '…' ELSE text END) FROM articles WHERE id = ?"
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
    # An open cursor: what is asked meanwhile is all asked of one state of the index, whoever writes it.
    with closing(db.conn.execute("SELECT id FROM articles")):
        found = in_order(db.conn, chosen, query)
        while page := list(islice(found, _PAGE)):
            snippets = _snippets(db, chosen, [story_id for story_id, _ in page])
            for story_id, points in page:
                yield _hit(db, chosen, story_id, points, snippets)


def _snippets(db: Database, chosen: Chosen, ids: list[int]) -> dict[int, str]:
    """The snippets of a page, where asking for each alone takes long: with a beginning, FTS5 puts together all stories
    that have a word of it, each time."""
    if '"*' not in chosen.expression or chosen.stems is not None or not chosen.searches_text:
        return {}
    ordered = sorted(ids)
    values = (chosen.values[0], ordered[0], ordered[-1], json.dumps(ids))
    return dict(db.conn.execute(_SNIPPETS, values).fetchall())


def _hit(db: Database, chosen: Chosen, story_id: int, points: float, snippets: dict[int, str]) -> Hit:
    """A hit with all that is shown of it: read only now, for those that are."""
    url, title, site, section, language, authors, day, text, beginning = db.conn.execute(_SHOWN, (story_id,)).fetchone()
    if not chosen.searches_text:
        words = beginning
    elif chosen.stems is not None:
        words = stemming.snippet(text, chosen.stems.stems, chosen.stems.beginnings, language)
    elif story_id in snippets:
        words = snippets[story_id]
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
    found = [(None if key is None else str(key), number) for key, number in db.conn.execute(sql, chosen.values)]
    return _as_found(found) if grouping in ("section", "author", "tag") else found


def _as_found(found: list[tuple[str | None, int]]) -> list[tuple[str | None, int]]:
    """Spellings that a filter takes for one, counted together: each finds as many stories as it says."""
    named = spelled_alike(Counter({key: number for key, number in found if key is not None}))
    pairs = [*named.items(), *(pair for pair in found if pair[0] is None)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0] or ""))
