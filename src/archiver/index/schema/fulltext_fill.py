"""The full-text table made from all stories in one go: at the end of a rebuild, and when the rules of words change.

See https://sqlite.org/fts5.html#special_insert_commands for the settings.
"""

from __future__ import annotations

from archiver.index.schema import fulltext
from archiver.index.schema.connection import Index

_BIG = 50_000  # stories: more than 64 MB of words
# (setting, in bulk, otherwise): 64 MB of words in memory before a piece is written, no merging before the end.
_SETTINGS = (("hashsize", 64 << 20, 1 << 20), ("automerge", 0, fulltext.AUTOMERGE), ("crisismerge", 1999, 16))


def fill(db: Index) -> None:
    """Make the words of all stories again, as one piece on a high level; inside the caller's transaction, if any.

    FTS5 merges a piece with others on its level, and the many small ones that come later soon reach a low one: the
    next 200 stories would have all words of the archive written again. Pieces of different levels become one on a level
    above all, so some first stories go in one by one. But small pieces fall to the level of a bigger new one: so a big
    one is put on top, bigger than what is written in one go, before the rest comes.
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
