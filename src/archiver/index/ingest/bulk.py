"""The full-text table made at the end instead of story by story: for an index that is made from nothing.

By triggers, each batch adds a small piece to it, and FTS5 merges pieces again and again. Made in one go, it and the
stories take three fifths of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archiver.index.schema import fulltext, fulltext_stems, likeness
from archiver.index.schema.connection import Index

_BIG = 50_000  # stories: more than 64 MB of words
# (setting, in bulk, otherwise): 64 MB of words in memory before a piece is written, no merging before the end.
_SETTINGS = (("hashsize", 64 << 20, 1 << 20), ("automerge", 0, fulltext.AUTOMERGE), ("crisismerge", 1999, 16))


@contextmanager
def fulltext_at_the_end(db: Index) -> Iterator[None]:
    """Inside the block, stories get no words; at its end all do. Only for a file that is thrown away when this raises:
    nothing is rolled back."""
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'articles'")
    statements: dict[str, str] = dict(triggers.fetchall())
    for name in statements:
        db.execute(f"DROP TRIGGER {name}")
    yield
    # Old pages needn't be kept, neither to go back nor out of sight: that would take as much memory as the tables.
    journal = db.execute("PRAGMA journal_mode").fetchone()[0]
    db.execute("PRAGMA journal_mode = OFF").fetchone()
    secure = db.execute("PRAGMA secure_delete").fetchone()[0]
    db.execute("PRAGMA secure_delete = OFF").fetchone()
    for setting, bulk, _ in _SETTINGS:
        _set(db, setting, bulk)
    _fill(db)
    for setting, _, usual in _SETTINGS:
        _set(db, setting, usual)
    fulltext_stems.fill(db)
    likeness.fill(db)
    for sql in statements.values():
        db.execute(sql)
    db.execute(f"PRAGMA secure_delete = {secure}").fetchone()
    db.execute(f"PRAGMA journal_mode = {journal}").fetchone()


def _fill(db: Index) -> None:
    """All stories in one piece on a high level.

    FTS5 merges a piece with others on its level, and the many small ones that come later soon reach a low one: the
    next 200 stories would have all words of the archive written again. Pieces of different levels become one on a level
    above all, so some first stories go in one by one. But small pieces fall to the level of a bigger new one: so a big
    one is put on top, bigger than what is written in one go, before the rest comes.
    """
    db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('delete-all')")
    entered = 0
    for part in (*[1] * 3, _BIG, 1, -1):
        db.execute(f"{fulltext.FILL} LIMIT ? OFFSET ?", (part, entered))
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('optimize')")
        entered += part


def _set(db: Index, setting: str, value: int) -> None:
    db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES (?, ?)", (setting, value))
