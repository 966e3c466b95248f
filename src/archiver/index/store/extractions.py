"""What was read out of each capture, stored once: the latest capture of a story beside the story's own rows.

Which extraction is packed beside which rows follows from the rows alone (the one that `articles.capture_id` names), so
pieces equal a rebuild. Before a story's rows change, what is packed beside them is read; at the end of a computation
all that was read or is new is packed.
"""

from __future__ import annotations

from collections.abc import Mapping

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh
from archiver.index.store.packing import Shown, pack, unpack
from archiver.model import Article, Image, Link


def read_extraction(db: Index, capture_id: int) -> Article:
    """The article that was read out of a capture. Raises what `unpack` does where the index is damaged."""
    blob, story_id = db.execute(
        "SELECT article, story_id FROM extractions WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return unpack(blob, None if story_id is None else _shown(db, story_id))


def is_packed_beside(db: Index, capture_id: int, story_id: int) -> bool:
    """Whether an extraction needs the rows of a story to be read."""
    query = "SELECT 1 FROM extractions WHERE capture_id = ? AND story_id = ?"
    return db.execute(query, (capture_id, story_id)).fetchone() is not None


def pack_extractions(db: Index, unpacked: dict[int, Shown | None], fresh: Mapping[int, Fresh]) -> None:
    """Pack extractions, each beside the rows that are given with it."""
    db.executemany(
        "UPDATE extractions SET article = ?, story_id = ? WHERE capture_id = ?",
        (
            (pack(fresh[capture_id].article, shown), shown.story_id if shown else None, capture_id)
            for capture_id, shown in sorted(unpacked.items(), key=lambda entry: entry[0])
        ),
    )
    unpacked.clear()


def _shown(db: Index, story_id: int) -> Shown | None:
    row = db.execute("SELECT text FROM articles WHERE id = ?", (story_id,)).fetchone()
    if row is None:
        return None
    links = db.execute("SELECT url, text, in_story FROM link_urls WHERE article_id = ? ORDER BY position", (story_id,))
    images = db.execute(
        "SELECT url, caption, credit, alt FROM images WHERE article_id = ? ORDER BY position", (story_id,)
    )
    return Shown(
        story_id,
        row[0],
        tuple(Link(url, text, bool(inside)) for url, text, inside in links),
        tuple(Image(*image) for image in images),
    )
