"""The full-text table made at the end instead of story by story: for an index that is made from nothing.

By triggers, each batch adds a small piece to it, and FTS5 merges pieces again and again. Made in one go, it and the
stories take three fifths of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archiver.index.schema import fulltext_fill, fulltext_stems, likeness
from archiver.index.schema.connection import Index


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
    fulltext_fill.fill(db)
    fulltext_stems.fill(db)
    likeness.fill(db)
    for sql in statements.values():
        db.execute(sql)
    db.execute(f"PRAGMA secure_delete = {secure}").fetchone()
    db.execute(f"PRAGMA journal_mode = {journal}").fetchone()
