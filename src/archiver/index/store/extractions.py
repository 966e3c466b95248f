"""The extraction of each capture, stored once: a story's latest one is packed relative to the story's own rows.

Which extraction is packed relative to which rows follows from the rows alone (the one that `articles.capture_id`
names), so an index made in pieces equals a rebuild. Before a story's rows change, the extraction packed relative to
them is read; at the end of a computation everything read or new is packed.
"""

from __future__ import annotations

from collections.abc import Mapping

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh
from archiver.index.store.packing import StoredParts, pack, unpack
from archiver.model import Article, Image, Link


def read_extraction(db: Index, capture_id: int) -> Article:
    """The article extracted from a capture. Raises the errors of `unpack` if the index is damaged."""
    blob, story_id = db.execute(
        "SELECT article, story_id FROM extractions WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return unpack(blob, None if story_id is None else _stored_parts(db, story_id))


def needs_story_rows(db: Index, capture_id: int, story_id: int) -> bool:
    """Whether an extraction can be read only with the rows of a story."""
    query = "SELECT 1 FROM extractions WHERE capture_id = ? AND story_id = ?"
    return db.execute(query, (capture_id, story_id)).fetchone() is not None


def pack_extractions(db: Index, unpacked: dict[int, StoredParts | None], fresh: Mapping[int, Fresh]) -> None:
    """Pack extractions, each relative to the rows given with it."""
    db.executemany(
        "UPDATE extractions SET article = ?, story_id = ? WHERE capture_id = ?",
        (
            (pack(fresh[capture_id].article, shown), shown.story_id if shown else None, capture_id)
            for capture_id, shown in sorted(unpacked.items(), key=lambda entry: entry[0])
        ),
    )
    unpacked.clear()


def _stored_parts(db: Index, story_id: int) -> StoredParts | None:
    row = db.execute("SELECT text FROM articles WHERE id = ?", (story_id,)).fetchone()
    if row is None:
        return None
    links = db.execute("SELECT url, text, in_story FROM link_urls WHERE article_id = ? ORDER BY position", (story_id,))
    images = db.execute(
        "SELECT url, caption, credit, alt FROM images WHERE article_id = ? ORDER BY position", (story_id,)
    )
    return StoredParts(
        story_id,
        row[0],
        tuple(Link(url, text, bool(inside)) for url, text, inside in links),
        tuple(Image(url or "", *told) for url, *told in images),
    )
