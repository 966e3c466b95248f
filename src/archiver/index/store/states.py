"""The states that a story's captures show, before learned boilerplate was removed."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from functools import lru_cache

from archiver.boilerplate import Outline, Rules, What, clean, holds_any, outline_of, pack_outline, rules_of
from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh, Touched
from archiver.index.store.extractions import read_extraction
from archiver.index.store.identity import number
from archiver.index.store.packing import text_hash


@dataclass(frozen=True, slots=True)
class StoryCapture:
    """One capture of a story."""

    capture_id: int
    fetched_at: str
    payload_id: int  # the capture with the payload: another one for a revisit
    state: int
    extractor: str
    site: str
    url: str
    page: int | None = None  # page number, in a story of several pages


@dataclass(frozen=True, slots=True)
class Known:
    """A stored state of a story."""

    capture_id: int
    state: int
    version: int


@lru_cache(maxsize=8192)
def boilerplate_id(site: str, what: What, key: int) -> int:
    """The ID of a text, shape or place of a site."""
    return number(site, what, str(key))


class Texts:
    """The texts of the captures of a batch's stories, with and without boilerplate."""

    def __init__(self, db: Index, touched: Touched) -> None:
        self._db = db
        self._touched = touched
        self._rules: dict[str, Rules] = {}
        self._clean: dict[int, Fresh] = {}

    def raw(self, payload_id: int) -> Fresh:
        """The extraction of a capture."""
        fresh = self._touched.cached.fresh.get(payload_id)
        if fresh is None:
            article = read_extraction(self._db, payload_id)
            text = article.text
            fresh = self._touched.cached.fresh[payload_id] = Fresh(article, text, text_hash(text))
        return fresh

    def outline(self, payload_id: int) -> Outline:
        """The article's outline, for learning boilerplate."""
        fresh = self.raw(payload_id)
        if fresh.outline is None:
            fresh = self._touched.cached.fresh[payload_id] = replace(fresh, outline=outline_of(fresh.article))
        assert fresh.outline is not None
        return fresh.outline

    def clean(self, seen: StoryCapture) -> Fresh:
        """The article without its site's boilerplate."""
        found = self._clean.get(seen.payload_id)
        if found is None:
            found = self.raw(seen.payload_id)
            rules = self._rules_of(seen.site)
            if rules:
                article = clean(found.article, self.outline(seen.payload_id), rules)
                if article is not found.article:
                    text = article.text
                    found = Fresh(article, text, text_hash(text))
            self._clean[seen.payload_id] = found
        return found

    def _rules_of(self, site: str) -> Rules:
        rules = self._rules.get(site)
        if rules is None:
            rows = self._db.execute("SELECT what, hash, status, boxed FROM boilerplate WHERE site = ?", (site,))
            rules = self._rules[site] = rules_of((what, key, status, bool(boxed)) for what, key, status, boxed in rows)
        return rules


def known_states(db: Index, story_id: int) -> list[Known]:
    """The stored states of a story, in order of time."""
    rows = db.execute(
        "SELECT capture_id, state, version FROM sightings WHERE article_id = ? ORDER BY position", (story_id,)
    )
    return [Known(*row) for row in rows]


def forget_states(db: Index, story_id: int, kept: int, touched: Touched) -> None:
    """Delete the states of a story except the first `kept`."""
    rows = db.execute(
        "SELECT position, site, seen_at FROM sightings WHERE article_id = ? AND position >= ? ORDER BY position",
        (story_id, kept),
    ).fetchall()
    for position, site, seen_at in rows:
        touched.sighted.setdefault(site, []).append((seen_at, story_id, position))
    db.execute("DELETE FROM sightings WHERE article_id = ? AND position >= ?", (story_id, kept))


def add_state(
    db: Index, story_id: int, position: int, seen: StoryCapture, version: int, texts: Texts, touched: Touched
) -> None:
    """Insert one more state of a story."""
    outline = pack_outline(texts.outline(seen.payload_id))
    db.execute(
        "INSERT INTO sightings (article_id, position, capture_id, seen_at, site, state, version, outline)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (story_id, position, seen.capture_id, seen.fetched_at, seen.site, seen.state, version, outline),
    )
    touched.sighted.setdefault(seen.site, []).append((seen.fetched_at, story_id, position))


def set_version(db: Index, story_id: int, position: int, version: int) -> None:
    """Assign a stored state to another version."""
    db.execute("UPDATE sightings SET version = ? WHERE article_id = ? AND position = ?", (version, story_id, position))


def stories_with(db: Index, site: str, keys: Set[int]) -> set[int]:
    """The stories of a site in which a text, shape or place with one of these keys was seen, and by chance hardly any
    other. Reads all states of the site: an index of them would take as many bytes as the links, for a question that is
    asked only when boilerplate is learned or decided."""
    if not keys:
        return set()
    holds = holds_any(keys)
    rows = db.execute("SELECT article_id, outline FROM sightings WHERE site = ?", (site,))
    return {article_id for article_id, outline in rows if holds(outline)}
