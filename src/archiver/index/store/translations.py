"""Links stories that are translations of each other: `articles.translation_of`.

Two stories are twins if each names the other as its version in another language (hreflang), or if the site has one
number for both (`shared_ids`), as Drupal does for the translations of a node. Both depend only on the stories' own
statements, not on the order of indexing.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from archiver.index.schema.connection import Index

# More stories than a paper has languages: such a number identifies a section or a template.
_MOST_SHARING = 6


def related_to(db: Index, story_id: int) -> set[int]:
    """The stories whose twins may change when this one changes, is added or is removed."""
    rows = db.execute(
        "SELECT coalesce(f.id, other_id) FROM alternates LEFT JOIN former_ids f ON f.old_id = other_id"
        " WHERE article_id = ?1 UNION SELECT article_id FROM alternates WHERE other_id = ?1"
        " OR other_id IN (SELECT old_id FROM former_ids WHERE id = ?1)",
        (story_id,),
    )
    return {row[0] for row in rows} | set(_sharing(db, story_id))


def link_translation(db: Index, story_id: int) -> None:
    """Set `translation_of` from the statements of this story and its twins."""
    own = db.execute("SELECT date, surt, translation_of, language FROM articles WHERE id = ?", (story_id,)).fetchone()
    if own is None:
        return
    group = {(own[0], own[1], story_id), *_naming_each_other(db, story_id, own[3]), *_of_one_number(db, story_id)}
    # The same order for all stories, so that no two can each be the other's translation.
    original = min(group, key=lambda member: (member[0] or "9999", member[1]))[2]
    wanted = None if original == story_id else original
    if wanted != own[2]:
        db.execute("UPDATE articles SET translation_of = ? WHERE id = ?", (wanted, story_id))


def _naming_each_other(db: Index, story_id: int, language: str | None) -> list[tuple[str | None, str, int]]:
    return db.execute(
        "SELECT DISTINCT a.date, a.surt, a.id FROM alternates mine"
        " LEFT JOIN former_ids f ON f.old_id = mine.other_id"
        " JOIN articles a ON a.id = coalesce(f.id, mine.other_id)"
        " JOIN alternates theirs ON theirs.article_id = a.id"
        " LEFT JOIN former_ids g ON g.old_id = theirs.other_id"
        " WHERE coalesce(g.id, theirs.other_id) = mine.article_id"
        " AND mine.article_id = ? AND a.id != ? AND (a.language IS NULL OR ? IS NULL OR a.language != ?)",
        (story_id, story_id, language, language),
    ).fetchall()


def _sharing(db: Index, story_id: int) -> list[int]:
    """The stories of the site with this story's number, itself included, up to two more than can be twins: a larger
    count makes no difference."""
    rows = db.execute(
        "SELECT theirs.article_id FROM shared_ids mine JOIN articles a ON a.id = mine.article_id"
        " JOIN shared_ids theirs ON theirs.shared_id = mine.shared_id"
        " JOIN articles b ON b.id = theirs.article_id AND b.site = a.site WHERE mine.article_id = ? LIMIT ?",
        (story_id, _MOST_SHARING + 2),
    )
    return [row[0] for row in rows]


def _of_one_number(db: Index, story_id: int) -> list[tuple[str | None, str, int]]:
    """The stories of its site with this one's number, if all are in different languages."""
    ids = _sharing(db, story_id)
    if not 2 <= len(ids) <= _MOST_SHARING:
        return []
    rows = db.execute(
        "SELECT a.date, a.surt, a.id, a.language, a.url, s.shared_id FROM articles a"
        " JOIN shared_ids s ON s.article_id = a.id WHERE a.id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    ).fetchall()
    languages = [row[3] for row in rows]
    if None in languages or len(set(languages)) < len(rows):
        return []
    # A number from a URL may be anything; if a URL also has a language code, the number is the story's.
    if rows[0][5].startswith("url ") and not any(_names(row[4], row[3]) for row in rows):
        return []
    return [row[:3] for row in rows]


def _names(url: str, language: str) -> bool:
    """Whether a URL contains a language code: /es/…, es.example.com."""
    parts = urlsplit(url.lower())
    return any(part.partition("-")[0] == language for part in (*parts.netloc.split("."), *parts.path.split("/")))
