"""Rows of the index for exports: streamed, typed, with the meaning of each column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urljoin

from archiver.index.read import story_reader
from archiver.index.schema import tables
from archiver.index.schema.connection import Index
from archiver.index.schema.declare import Column, Table
from archiver.index.schema.views import NOT_THERE, VIEWS
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.index.search.trends import unworded

Kind = Literal["text", "integer", "real", "list", "flag", "day", "moment"]


def _as_table(name: str, key: tuple[str, ...], **types: str) -> Table:
    """A view as a table: its columns are text, except those with a given type."""
    view = next(view for view in VIEWS if view.name == name)
    columns = (Column(column, types.get(column, "TEXT"), meaning) for column, meaning in view.columns)
    return Table(name, view.doc, tuple(columns), key)


_NUMBERS = dict.fromkeys(("article_id", "version", "position", "words_added", "words_removed"), "INTEGER")
_TEXT = next(column for column in tables.ARTICLES.columns if column.name == "text")
# Each row with its text, wherever it is stored.
_VERSIONS = replace(
    tables.VERSIONS,
    name="version_texts",
    columns=tuple(_TEXT if column.name == "text" else column for column in tables.VERSIONS.columns),
)
_LINKS = replace(
    tables.LINKS,
    name="link_urls",
    columns=tuple(
        Column("url", "TEXT NOT NULL", "Its target, as an absolute URL.") if column.name == "path" else column
        for column in tables.LINKS.columns
        if column.name != "origin"
    ),
)
_NAMED = {"version_texts": "versions", "link_urls": "links"}  # views exported in place of the table that they complete
# What can be exported as a table: the rows of the stories chosen.
EXPORTED: dict[str, Table] = {
    _NAMED.get(table.name, table.name): table
    for table in (
        tables.ARTICLES, _VERSIONS, _as_table("edits", ("article_id", "version"), **_NUMBERS), tables.CAPTURES,
        _LINKS, tables.IMAGES, tables.BLOCKS,
        _as_table("block_texts", ("article_id", "version", "position"), **_NUMBERS), tables.REMOVED_BLOCKS,
        tables.ANNOTATIONS,
    )
}  # fmt: skip
_HASHES = ("translation_of", "page", "place", "hash")
_LISTS = ("authors", "tags")
_FLAGS = ("is_accessible_for_free", "in_story")
_MOMENTS = ("first_seen", "last_seen", "last_changed", "seen_at", "not_before", "fetched_at", "refers_to_date")


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of an export."""

    name: str
    kind: Kind
    doc: str

    @property
    def is_key(self) -> bool:
        """Whether it has hashes of up to 16 digits, like the IDs of stories."""
        return self.kind == "integer" and (self.name == "id" or self.name.endswith("_id") or self.name in _HASHES)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a site was not captured or failed, which are missing in an export."""

    site: str
    first_day: str
    last_day: str
    why: str


@dataclass(frozen=True, slots=True)
class Loss:
    """What of a site is missing or was lost, by reason, in all crawls that the index has."""

    site: str
    what: Literal["failed responses", "removed stories", "URLs without a response"]
    reason: str
    number: int


def columns_of(table: str) -> tuple[RowColumn, ...]:
    """The columns of a table, in order."""
    return tuple(
        RowColumn(column.name, _kind(column.name, column.type), column.doc) for column in EXPORTED[table].columns
    )


def iter_rows(db: Index, table: str, query: SearchQuery) -> Iterator[tuple[Any, ...]]:
    """The rows of the matching stories, regardless of the query's limit, in the order of the table's key.

    Lists are decoded and flags are True or False; dates and times stay text. Needs constant memory.
    """
    columns = columns_of(table)
    convert = [_converter(column.kind) for column in columns]
    for row in _rows(db, EXPORTED[table], query):
        yield tuple(change(value) if change else value for change, value in zip(convert, row, strict=True))


def iter_stories(db: Index, query: SearchQuery) -> Iterator[story_reader.Story]:
    """The matching stories, in the order of their IDs."""
    names = [column.name for column in columns_of("articles")]
    wanted = story_reader.Story.__slots__
    for row in iter_rows(db, "articles", query):
        values = dict(zip(names, row, strict=True))
        values |= {name: tuple(values[name]) for name in _LISTS}
        yield story_reader.Story(**{name: values[name] for name in wanted})


def iter_captures(db: Index, query: SearchQuery, order: str = "c.warc_file, c.warc_offset") -> Iterator[sqlite3.Row]:
    """The captures of the matching stories, and those with the payload of their revisits; all captures for an empty
    query.
    """
    chosen = Chosen(db, query)
    if chosen.impossible:
        return
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    where, values = "1", []
    if chosen.where != "1":
        ids = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
        own = f"SELECT id, payload_id FROM captures WHERE article_id IN ({ids})"  # noqa: S608 - constants
        where = f"c.id IN (WITH own AS ({own}) SELECT id FROM own UNION SELECT payload_id FROM own)"  # noqa: S608
        values = chosen.values
    yield from cursor.execute(f"SELECT c.* FROM captures c WHERE {where} ORDER BY {order}", values)  # noqa: S608


def sites_of(db: Index, query: SearchQuery) -> dict[str, str | None]:
    """The sites of the matching stories, each with the root URL (scheme, host and port) of one of its stories; for an
    empty query all captured sites, with None if they have no story.
    """
    chosen = Chosen(db, query)
    if chosen.impossible:
        return {}
    sql = f"SELECT a.site, min(a.url) FROM {chosen.source} WHERE {chosen.where} GROUP BY a.site"  # noqa: S608 - constants
    found: dict[str, str | None] = {site: urljoin(url, "/") for site, url in db.execute(sql, chosen.values)}
    if chosen.where == "1":
        found = dict.fromkeys(entry[0] for entry in span(db)) | found
    return dict(sorted(found.items()))


def sites_without_match(db: Index, query: SearchQuery, found: Container[str]) -> list[str]:
    """The sites that a query covers but that it `found` no stories of: a null result concerns them, too."""
    return [site for site in sites_of(db, unworded(query)) if site not in found]


def annotation_counts(db: Index, query: SearchQuery) -> list[tuple[str, int, int, int]]:
    """(name, annotations, stories, distinct values) for the annotations of the matching stories."""
    chosen = Chosen(db, query)
    if chosen.impossible:
        return []
    ids = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
    sql = (
        "SELECT name, count(*), count(DISTINCT article_id), count(DISTINCT value) FROM annotations"  # noqa: S608
        f" WHERE article_id IN ({ids}) GROUP BY name ORDER BY name"
    )
    return db.execute(sql, chosen.values).fetchall()


def state_of_index(db: Index) -> str:
    """The state of the index, so that a count can be reproduced."""
    captures, last = db.execute("SELECT count(*), max(fetched_at) FROM captures").fetchone()
    return f"{captures} captures, the last of {last}" if captures else "no captures"


def gaps(db: Index) -> list[Gap]:
    """Days without a capture between two captures of a site, and days on which it failed (not 404 or 410)."""
    stretches = db.execute("SELECT site, first_day, last_day FROM gaps")
    found = [Gap(row[0], row[1], row[2], "no capture") for row in stretches]
    found += [
        Gap(site, day, day, f"{failures} of {captures} captures failed")
        for site, day, captures, failures in db.execute(
            "SELECT site, day, captures, failures - gone FROM coverage WHERE failures > gone"
        )
    ]
    return sorted(found, key=lambda gap: (gap.site, gap.first_day, gap.why))


def losses(db: Index) -> list[Loss]:
    """Failed responses by status, stories that were removed from their site, and URLs that no crawl got a response for,
    by reason. Not counted: a URL that a later crawl fetched, and one that the crawler only guessed.
    """
    found = [Loss(site, "failed responses", reason, number) for site, reason, number in db.execute(_FAILED)]
    found += [Loss(site, "removed stories", "gone", number) for site, number in db.execute(_REMOVED)]
    found += [Loss(site, "URLs without a response", reason, number) for site, reason, number in db.execute(_UNFETCHED)]
    return sorted(found, key=lambda loss: (loss.site, loss.what, -loss.number, loss.reason))


_FAILED = f"""
SELECT site, 'status_' || http_status, count(*) FROM captures c WHERE http_status >= 400 AND NOT ({NOT_THERE})
GROUP BY 1, 2
UNION ALL
SELECT site, 'incomplete', count(*) FROM captures
WHERE truncated IS NOT NULL AND record_type != 'revisit' AND coalesce(http_status, 0) < 400 GROUP BY 1"""  # noqa: S608
_REMOVED = "SELECT site, count(*) FROM articles WHERE status = 'gone' GROUP BY site"
_UNFETCHED = """
SELECT coalesce(k.site, 'site not known'), s.reason, count(DISTINCT s.url) FROM skipped s
JOIN crawls k ON k.id = s.crawl_id
WHERE s.url NOT IN (SELECT url FROM captures) GROUP BY 1, 2"""


def span(db: Index) -> list[tuple[str, str, str, int, int]]:
    """(site, first day, last day, days with captures, captures) of each site."""
    sql = "SELECT site, min(day), max(day), count(*), sum(captures) FROM coverage GROUP BY site ORDER BY site"
    return [(row[0], row[1], row[2], row[3], row[4]) for row in db.execute(sql)]


def _rows(db: Index, table: Table, query: SearchQuery) -> Iterator[tuple[Any, ...]]:
    chosen = Chosen(db, query)
    if chosen.impossible:
        return
    names = ", ".join(column.name for column in table.columns)
    ids = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
    where = f"{'id' if table is tables.ARTICLES else 'article_id'} IN ({ids})" if chosen.where != "1" else "1"
    sql = f"SELECT {names} FROM {table.name} WHERE {where} ORDER BY {', '.join(table.key)}"  # noqa: S608 - constants
    yield from db.execute(sql, chosen.values)


def _kind(name: str, sql: str) -> Kind:
    if name in _LISTS:
        return "list"
    if name in _FLAGS:
        return "flag"
    if name in _MOMENTS:
        return "moment"
    if name == "date":
        return "day"
    return "integer" if sql.startswith("INTEGER") else "real" if sql.startswith("REAL") else "text"


def _converter(kind: Kind) -> Callable[[Any], Any] | None:
    if kind == "list":
        return lambda value: json.loads(value or "[]")
    if kind == "flag":
        return lambda value: None if value is None else bool(value)
    return None
