"""A story's versions as rows: the site's edits, and the blocks of each state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.boilerplate import text_key
from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh
from archiver.index.store.identity import number
from archiver.index.store.states import StoryCapture
from archiver.index.store.wordcounts import words_changed
from archiver.model import Article

_INSERT = (
    "INSERT INTO versions (article_id, version, capture_id, seen_at, title, text, text_sha256, words_added,"
    " words_removed, standfirst) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version without a row yet: its first capture, what that shows, and the content of the version before it."""

    version: int
    start: StoryCapture
    fresh: Fresh
    before: tuple[str, str, str] | None  # title, standfirst, text


def write_versions(
    db: Index, story_id: int, new: Iterable[NewVersion], versions: int, fresh: Fresh, sha256_before: str | None
) -> None:
    """Insert new versions of a story, before its own row changes.

    If a story has one version and its text is also the story's (`fresh`), the text is stored only in `articles`. With a
    second version, or if a later capture shows the same state in other words (because of a newer extractor), it is
    stored here as well. `versions` is the count including the new ones; `sha256_before` is from the story's current
    row.
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
            continue  # as in model.text_of
        place = places.get(block.path)
        if place is None:
            place = places[block.path] = number(block.path)
        size, words = len(block.text), text_key(block.text)
        rows.append(
            (story_id, version, len(rows), block.kind, block.level, start, size, block.link_density, place, words)
        )
        start += size + 2  # the empty line between two blocks
    return rows
