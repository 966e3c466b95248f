"""Pairs of copies, the newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.index.schema.connection import Index
from archiver.index.schema.copies import COPIES, select

_STORIES = 25  # to compare for each pair of a page
_SHARE = 10  # comparing more than a tenth of all stories takes as long as the view


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of the view `copies`, with the headlines."""

    id: int
    site: str
    title: str
    language: str | None
    date: str | None
    first_id: int
    first_site: str
    first_title: str
    first_language: str | None
    first_date: str | None
    share: float
    blocks: int
    same_blocks: int
    agency: str | None


_PAIRS = """
SELECT c.article_id, c.site, a.title, a.language, a.date, c.copy_of, c.copy_of_site, f.title, f.language, f.date,
  c.share, c.blocks, c.same_blocks, c.agency
FROM {} c JOIN articles a ON a.id = c.article_id JOIN articles f ON f.id = c.copy_of
WHERE (:site IS NULL OR :site IN (c.site, c.copy_of_site)) AND (:agency IS NULL OR c.agency = :agency)
ORDER BY a.date DESC, c.article_id, c.copy_of LIMIT :limit OFFSET :offset"""

_RECENT = "SELECT id FROM articles WHERE date >= :day"
_MARKS = f"SELECT mark FROM block_marks WHERE article_id IN ({_RECENT})"  # noqa: S608 - constants
_NAMES = ", ".join(name for name, _ in COPIES.columns)
_RECENT_PAIRS = f"WITH pairs ({_NAMES}) AS ({select(_MARKS)} AND c.id IN ({_RECENT}))" + _PAIRS.format("pairs")


def copy_pairs(db: Index, limit: int, offset: int = 0, *, site: str | None, agency: str | None) -> list[Pair]:
    """Pairs in the order of the later story's day, the newest first. The stories of the last days are compared with all
    others first: the view, which compares all, takes seconds for 100,000 stories."""
    values = {"site": site, "agency": agency, "limit": limit, "offset": offset}
    day = _day_of(db, _STORIES * (offset + limit))
    if day is not None:
        rows = db.execute(_RECENT_PAIRS, {**values, "day": day}).fetchall()
        if len(rows) == limit:
            return [Pair(*row) for row in rows]
    return [Pair(*row) for row in db.execute(_PAIRS.format("copies"), values)]


def _day_of(db: Index, number: int) -> str | None:
    """The day since which at least this number of stories is dated; None if that is a large share of all."""
    dated = "SELECT date FROM articles ORDER BY date DESC LIMIT 1 OFFSET ?"
    row = db.execute(dated, (number - 1,)).fetchone()
    return row[0] if row and db.execute(dated, (_SHARE * number - 1,)).fetchone() else None
