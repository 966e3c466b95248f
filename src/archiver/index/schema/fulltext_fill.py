"""Fills the full-text table from all stories in one go: at the end of a rebuild, and when the tokenising rules change.

See https://sqlite.org/fts5.html#special_insert_commands for the settings.
"""

from __future__ import annotations

from archiver.index.schema import fulltext
from archiver.index.schema.connection import Index

_BIG = 50_000  # stories: more than 64 MB of words
# (setting, during the fill, afterwards): 64 MB of words in memory before a segment is written, no merging before the
# end.
_SETTINGS = (("hashsize", 64 << 20, 1 << 20), ("automerge", 0, fulltext.AUTOMERGE), ("crisismerge", 1999, 16))


def fill(db: Index) -> None:
    """Fill the full text of all stories as one segment on a high FTS5 level; within the caller's transaction, if any.

    FTS5 merges a segment with others on its level. On a low level the next 200 stories would cause all words of the
    archive to be written again. Segments of different levels are merged to a level above them, so the first stories are
    inserted one by one. But small segments drop to the level of a larger new one, so a large segment (larger than what
    is written in one go) is added before the rest.
    """
    for setting, bulk, _ in _SETTINGS:
        _set(db, setting, bulk)
    db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('delete-all')")
    entered = 0
    for part in (*[1] * 3, _BIG, 1, -1):
        db.execute(f"{fulltext.FILL} LIMIT ? OFFSET ?", (part, entered))
        db.execute(fulltext.MERGE_ALL)
        entered += part
    for setting, _, usual in _SETTINGS:
        _set(db, setting, usual)


def _set(db: Index, setting: str, value: int) -> None:
    db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES (?, ?)", (setting, value))
