"""A story's versions as rows: what the site changed, and the blocks that each state is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.boilerplate import text_key
from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh
from archiver.index.store.identity import number
from archiver.index.store.states import Seen
from archiver.index.store.wordcounts import words_changed
from archiver.model import Article

_INSERT = (
    "INSERT INTO versions (article_id, version, capture_id, seen_at, title, text, text_sha256, words_added,"
    " words_removed, standfirst) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that has no row yet: its first capture, what that shows, and what the version before it showed."""

    version: int
    start: Seen
    fresh: Fresh
    before: tuple[str, str, str] | None  # title, standfirst, text


def write_versions(
    db: Index, story_id: int, new: Iterable[NewVersion], versions: int, fresh: Fresh, sha256_before: str | None
) -> None:
    """Enter new versions of a story, before its own row changes.

    The text of an only version is stored once where it is also the story's (`fresh`): in `articles`. As soon as there
    is a second version, or a later capture shows the same state in other words (by a newer extractor), it is stored
    here, too. `versions` is how many there are with the new ones; `sha256_before` belongs to the story's row as it is.
    """
    only = versions == 1
    if sha256_before is not None and not (only and sha256_before == fresh.text_sha256):
        db.execute(
            "UPDATE versions SET text = (SELECT text FROM articles WHERE id = ?1)"
            " WHERE article_id = ?1 AND version = 1 AND text IS NULL",
            (story_id,),
        )
    for version in new:
        _write_version(db, story_id, version, with_text=not only or version.fresh.text_sha256 != fresh.text_sha256)
    if sha256_before is not None and only:
        db.execute(
            "UPDATE versions SET text = NULL WHERE article_id = ? AND text_sha256 = ? AND text IS NOT NULL",
            (story_id, fresh.text_sha256),
        )


def _write_version(db: Index, story_id: int, new: NewVersion, *, with_text: bool) -> None:
    added = removed = 0
    start, fresh, article = new.start, new.fresh, new.fresh.article
    now = (article.title, article.standfirst or "", fresh.text)
    if new.before:
        added, removed = words_changed("\n".join(new.before), "\n".join(now))
    db.execute(
        _INSERT,
        (
            story_id, new.version, start.capture_id, start.fetched_at, article.title,
            fresh.text if with_text else None, fresh.text_sha256, added, removed, article.standfirst,
        ),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO blocks (article_id, version, position, kind, level, start, length, link_density, place, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _block_rows(story_id, new.version, article),
    )
    db.executemany(
        "INSERT INTO removed_blocks (article_id, version, position, kind, text, reason, path)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (story_id, new.version, position, entry.block.kind, entry.block.text, entry.reason, entry.block.path)
            for position, entry in enumerate(article.removed)
        ],
    )


def _block_rows(story_id: int, version: int, article: Article) -> list[tuple[int | str | float, ...]]:
    rows: list[tuple[int | str | float, ...]] = []
    places: dict[str, int] = {}
    start = 1
    for block in article.blocks:
        if not block.text:
            continue  # as model.text_of leaves it out
        place = places.get(block.path)
        if place is None:
            place = places[block.path] = number(block.path)
        size, words = len(block.text), text_key(block.text)
        rows.append(
            (story_id, version, len(rows), block.kind, block.level, start, size, block.link_density, place, words)
        )
        start += size + 2  # the empty line between two blocks
    return rows
