"""Computes stories from captures: identity, versions, status and translations.

Each function computes a story's rows from all its captures in order of their time, independent of the order of
indexing. Existing rows that stay valid are not rewritten, so that the usual case (one more capture at the end) is
cheap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Fresh, Touched, story_number
from archiver.index.store.extractions import needs_story_rows, pack_extractions
from archiver.index.store.identity import folded_key_of, key_of, site_name
from archiver.index.store.link_rows import write_links
from archiver.index.store.packing import StoredParts
from archiver.index.store.paged_stories import joined, latest_of, page_changes
from archiver.index.store.states import Known, StoryCapture, Texts, add_state, forget_states, known_states, set_version
from archiver.index.store.story_status import story_status
from archiver.index.store.surts import spellings, surt_on, url_on
from archiver.index.store.translations import link_translation, related_to
from archiver.index.store.version_rows import NewVersion, write_versions
from archiver.index.store.withheld import shown_links, withhold_links
from archiver.model import Article
from archiver.words import count_words

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

_COLUMNS = (
    "id", "surt", "url", "site", "section", "title", "description", "text", "language", "authors", "tags",
    "date_published", "date_published_source", "date_published_raw", "date_modified", "date", "month", "year",
    "image_url", "is_accessible_for_free", "page_type", "word_count", "text_sha256", "versions", "first_seen",
    "last_seen", "last_changed", "status", "extractor", "capture_id", "standfirst",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO articles ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_AROUND = ("links", "link_origins", "withheld_links", "images", "alternates", "shared_ids")
_Row = tuple[Any, ...]  # the stored values of a story: the columns that `_Story.update` reads
_OF_STORY = ("versions", "blocks", "removed_blocks", *_AROUND)


@dataclass(frozen=True, slots=True)
class _History:
    """The summary of a story's captures."""

    first_seen: str
    last_seen: str
    last_changed: str
    versions: int


@dataclass(slots=True)
class Changes:
    """How a batch changed its stories."""

    new: int = 0
    edited: int = 0
    gone: int = 0


def update_stories(db: Index, touched: Touched) -> Changes:
    """Compute all stories that a batch touched, and the links between them."""
    for key in sorted(touched.gone_surts):
        touched.stories |= _stories_at(db, key, touched.facts.mirrors)
    for key in sorted(touched.addresses):  # a redirect depends on what its target shows
        keys = json.dumps(spellings(touched.facts.mirrors, surt_on(touched.facts.mirrors, key)))
        leading = "SELECT DISTINCT surt FROM redirects WHERE target IN (SELECT value FROM json_each(?))"
        for (source,) in db.execute(leading, (keys,)).fetchall():
            touched.stories |= _stories_at(db, source, touched.facts.mirrors)
    changes = Changes()
    texts = Texts(db, touched)
    related: set[int] = set(touched.relinked)
    # In order of ID: FTS5 starts a new segment whenever a smaller row number follows a larger one.
    for story_id in sorted(touched.stories):
        related |= related_to(db, story_id)
        _Story(db, story_id, touched, texts).update(changes)
        related |= related_to(db, story_id) | {story_id}
    for story_id in sorted(related):
        link_translation(db, story_id)
    pack_extractions(db, touched.cached.unpacked, touched.cached.fresh)
    return changes


def _stories_at(db: Index, surt: str, mirrors: Mapping[str, str]) -> set[int]:
    """The stories that captures of an address show, on the canonical host or on one of its mirrors."""
    rows = db.execute(
        "SELECT DISTINCT article_id FROM captures WHERE surt IN (SELECT value FROM json_each(?))"
        " AND article_id IS NOT NULL",
        (json.dumps(spellings(mirrors, surt_on(mirrors, surt))),),
    )
    return {row[0] for row in rows}


def recompute(db: Index, stories: set[int], touched: Touched) -> None:
    """Recompute stories whose boilerplate changed. `touched` has the cached data."""
    if stories:
        update_stories(
            db,
            Touched(touched.facts, touched.cached, stories=stories, relearned=stories),
        )


class _Story:
    """One story during the computation of its rows."""

    def __init__(self, db: Index, story_id: int, touched: Touched, texts: Texts) -> None:
        self._db = db
        self._texts = texts
        self._id = story_id
        self._touched = touched
        self._forced = story_id in touched.forced
        self._relearned = story_id in touched.relearned
        self._pages: dict[int, StoryCapture] = {}  # for a story of several pages: the current capture of each
        self._versions: list[NewVersion] = []

    def update(self, changes: Changes) -> None:
        row = self._db.execute(
            "SELECT capture_id, status, text_sha256, first_seen, last_seen, last_changed, versions FROM articles"
            " WHERE id = ?",
            (self._id,),
        ).fetchone()
        known = _History(*row[3:]) if row else None
        history, latest = self._continue(known) if known and self._goes_on(known) else self._start_over()
        if latest is None:
            self._hold_extraction(row)
            self._delete()
            return
        fresh = joined(self._pages, self._texts.clean) if self._pages else self._texts.clean(latest)
        key, url = self._name()
        status = story_status(self._db, self._id, key_of(url), self._touched.facts.mirrors)
        links_changed = self._id in self._touched.links_changed
        is_due = row is None or self._forced or bool(self._pages) or links_changed
        around = is_due or not self._same_surroundings(row[0], latest.payload_id)
        self._place_extraction(row, latest, fresh, around=around)
        write_versions(self._db, self._id, self._versions, history.versions, fresh, row[2] if row else None)
        self._write_article((key, url), fresh, latest, history, status)
        if around:
            self._write_surroundings(fresh.article)
        changes.new += row is None
        changes.edited += known is not None and history.versions > known.versions
        changes.gone += status == "gone" and (row is None or row[1] != "gone")

    def _place_extraction(self, row: _Row | None, latest: StoryCapture, fresh: Fresh, *, around: bool) -> None:
        """Have the latest extraction packed relative to the story's rows, before these change."""
        beside = not self._pages and self._is_own(latest)
        same = row is not None and not around and (row[0], row[2]) == (latest.payload_id, fresh.text_sha256)
        if same and beside == needs_story_rows(self._db, latest.payload_id, self._id):
            return
        self._hold_extraction(row)
        if beside:
            self._texts.raw(latest.payload_id)
            links = shown_links(fresh.article.links, self._touched.facts.withdrawn)
            shown = StoredParts(self._id, fresh.text, links, fresh.article.images)
            self._touched.cached.unpacked[latest.payload_id] = shown

    def _hold_extraction(self, row: _Row | None) -> None:
        """Read the extraction that is packed relative to the story's rows, while these are unchanged: it is then packed
        alone, unless it turns out to be shown again."""
        if row is None:
            return
        shown = self._touched.cached.unpacked.get(row[0])
        if (shown.story_id == self._id) if shown else needs_story_rows(self._db, row[0], self._id):
            self._texts.raw(row[0])
            self._touched.cached.unpacked[row[0]] = None

    def _is_own(self, latest: StoryCapture) -> bool:
        """Whether the payload was also captured as this story; that of a revisit may be another story's."""
        query = "SELECT 1 FROM captures WHERE id = ? AND article_id = ?"
        return (
            latest.capture_id == latest.payload_id
            or self._db.execute(query, (latest.payload_id, self._id)).fetchone() is not None
        )

    def _goes_on(self, known: _History) -> bool:
        """Whether all new captures are later than the known ones, so that only the end of the history is needed."""
        earliest = self._touched.earliest.get(self._id)
        is_recomputed = self._forced or self._relearned
        return not is_recomputed and (earliest is None or earliest > known.last_seen) and not self._has_cut_captures()

    def _has_cut_captures(self) -> bool:
        """Whether some response was truncated: it counts only while there is no complete one."""
        query = "SELECT 1 FROM captures WHERE article_id = ? AND truncated IS NOT NULL AND record_type != 'revisit'"
        return self._db.execute(query, (self._id,)).fetchone() is not None

    def _continue(self, known: _History) -> tuple[_History, StoryCapture | None]:
        seen = self._captures(known.last_seen)
        if any(capture.page for capture in seen):
            return self._start_over()
        old = [capture for capture in seen if capture.fetched_at == known.last_seen]
        starts = _version_starts(seen[len(old) :], old[-1])
        versions, last_changed = known.versions, known.last_changed
        if starts:
            count = self._db.execute("SELECT count(*) FROM sightings WHERE article_id = ?", (self._id,)).fetchone()[0]
            versions, last_changed = self._write_states(starts, count, versions, [])
        return _History(known.first_seen, seen[-1].fetched_at, last_changed, versions), seen[-1]

    def _start_over(self) -> tuple[_History, StoryCapture | None]:
        seen = self._captures()
        if not seen:
            return _History("", "", "", 0), None
        if any(capture.page for capture in seen):
            return self._join_pages(seen)
        starts = _version_starts(seen)
        known = known_states(self._db, self._id)
        same = 0
        if not self._forced:
            pairs = zip(known, starts, strict=False)
            same = next(
                (
                    at
                    for at, (old, new) in enumerate(pairs)
                    if (old.capture_id, old.state) != (new.capture_id, new.state)
                ),
                min(len(known), len(starts)),
            )
        if same < len(known):
            forget_states(self._db, self._id, same, self._touched)
        if self._relearned:  # the states stay, but may be divided into other versions
            self._forget_versions(0)
            versions, last_changed = self._write_states(starts, 0, 0, known[:same])
        else:
            versions = known[same - 1].version if same else 0
            if same < len(known):
                self._forget_versions(versions)
            versions, last_changed = self._write_states(starts[same:], same, versions, [])
        return _History(seen[0].fetched_at, seen[-1].fetched_at, last_changed, versions), seen[-1]

    def _join_pages(self, seen: list[StoryCapture]) -> tuple[_History, StoryCapture | None]:
        """Like `_start_over`, for a story in several pages."""
        forget_states(self._db, self._id, 0, self._touched)
        self._forget_versions(0)
        self._pages = latest_of(seen)
        version, last_changed, before = 0, "", None
        for at, change in enumerate(page_changes(seen, _version_starts)):
            if not change.is_first or not version:
                fresh = joined(change.shown, self._texts.clean)
                now = (fresh.article.title, fresh.article.standfirst or "", fresh.text)
                if now != before:
                    version += 1
                    self._versions.append(NewVersion(version, change.capture, fresh, before))
                    before, last_changed = now, change.capture.fetched_at
            add_state(self._db, self._id, at, change.capture, version, self._texts, self._touched)
        first_page = next(iter(self._pages.values()))
        return _History(seen[0].fetched_at, seen[-1].fetched_at, last_changed, version), first_page

    def _forget_versions(self, kept: int) -> None:
        """Delete the versions after the first `kept`."""
        for table in ("versions", "blocks", "removed_blocks"):
            self._db.execute(
                f"DELETE FROM {table} WHERE article_id = ? AND version > ?",  # noqa: S608 - constants
                (self._id, kept),
            )

    def _captures(self, since: str = "") -> list[StoryCapture]:
        rows = self._db.execute(
            "SELECT c.id, c.fetched_at, p.id, e.state, e.extractor, p.site, p.canonical_url, g.page, p.truncated"
            " FROM captures c JOIN captures p ON p.id = coalesce(c.payload_id, c.id)"
            " JOIN extractions e ON e.capture_id = p.id LEFT JOIN capture_pages g ON g.capture_id = c.id"
            " WHERE c.article_id = ? AND c.fetched_at >= ? ORDER BY c.fetched_at, c.warc_record_id, c.id",
            (self._id, since),
        ).fetchall()
        # Text missing because of a broken connection was not removed by the site.
        whole = {row[-2] for row in rows if row[-1] is None}  # pages with a complete response
        return [self._seen(row[:-1]) for row in rows if row[-1] is None or row[-2] not in whole]

    def _seen(self, row: tuple[Any, ...]) -> StoryCapture:
        """The capture, with a mirror's host replaced by the canonical host in its URL and site."""
        seen = StoryCapture(*row)
        url = url_on(self._touched.facts.mirrors, seen.url)
        if url == seen.url:
            return seen
        unnamed = seen.site == site_name((), seen.url)
        return replace(seen, url=url, site=site_name((), url) if unnamed else seen.site)

    def _delete(self) -> None:
        forget_states(self._db, self._id, 0, self._touched)
        self._db.execute("DELETE FROM former_ids WHERE id = ?", (self._id,))
        for table in (*_OF_STORY, "story_addresses", "annotations", "articles"):
            column = "id" if table == "articles" else "article_id"
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (self._id,))  # noqa: S608 - constants

    # ---------------------------------------------------------------- versions

    def _write_states(
        self, starts: list[StoryCapture], position: int, version: int, known: Sequence[Known]
    ) -> tuple[int, str]:
        """Write states from `position` on and after `version`, and return the last version's number and time. States
        that differ only in boilerplate are one version. The first of them may be stored already (`known`)."""
        row = self._db.execute(
            "SELECT title, coalesce(standfirst, ''), text, seen_at FROM version_texts"
            " WHERE article_id = ? AND version = ?",
            (self._id, version),
        ).fetchone()
        before, last_changed = (row[:3], row[3]) if row else (None, "")
        for at, start in enumerate(starts, position):
            fresh = self._texts.clean(start)
            now = (fresh.article.title, fresh.article.standfirst or "", fresh.text)
            if now != before:
                version += 1
                self._versions.append(NewVersion(version, start, fresh, before))
                before, last_changed = now, start.fetched_at
            if at - position < len(known):
                if known[at - position].version != version:
                    set_version(self._db, self._id, at, version)
            else:
                add_state(self._db, self._id, at, start, version, self._texts, self._touched)
        return version, last_changed

    # ---------------------------------------------------------------- the story's row and what hangs on it

    def _name(self) -> tuple[str, str]:
        """`articles.surt` and `url`."""
        name = self._touched.cached.names.get(self._id)
        if name is None:
            row = self._db.execute("SELECT surt, url FROM articles WHERE id = ?", (self._id,)).fetchone()
            name = self._touched.cached.names[self._id] = (row[0], row[1])
        return name

    def _write_article(
        self, name: tuple[str, str], fresh: Fresh, latest: StoryCapture, history: _History, status: str
    ) -> None:
        article = fresh.article
        published = article.date_published or ""
        day = published[:10] if _DAY.match(published) else None
        free = article.is_accessible_for_free
        self._db.execute(
            _UPSERT,
            (
                self._id, *name, latest.site, article.section, article.title,
                article.description, fresh.text, article.language, _json(article.authors), _json(article.tags),
                article.date_published, article.date_published_source, article.date_published_raw,
                article.date_modified, day, day[:7] if day else None, int(day[:4]) if day else None,
                (article.images[0].url or None) if article.images else None, None if free is None else int(free),
                article.page_type, count_words(fresh.text), fresh.text_sha256, history.versions, history.first_seen,
                history.last_seen, history.last_changed, status, article.extractor, latest.payload_id,
                article.standfirst,
            ),
        )  # fmt: skip

    def _same_surroundings(self, before: int, after: int) -> bool:
        if before == after:
            return True
        rows = self._db.execute("SELECT surroundings FROM extractions WHERE capture_id IN (?, ?)", (before, after))
        found = rows.fetchall()
        return len(found) == 2 and found[0] == found[1]

    def _write_surroundings(self, article: Article) -> None:
        for table in _AROUND:
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (self._id,))  # noqa: S608 - constants
        links = withhold_links(self._db, self._id, article.links, self._touched.facts.withdrawn)
        write_links(self._db, self._id, links)
        self._db.executemany(
            "INSERT INTO images (article_id, position, url, caption, credit, alt) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (self._id, position, image.url or None, image.caption, image.credit, image.alt)
                for position, image in enumerate(article.images)
            ],
        )
        for language, url in article.alternates:
            other = story_number(
                self._db, surt_on(self._touched.facts.mirrors, folded_key_of(url)), self._touched.cached.ids
            )
            self._db.execute("INSERT INTO alternates VALUES (?, ?, ?, ?)", (self._id, language, url, other))
        if article.shared_id is not None:
            self._db.execute("INSERT INTO shared_ids VALUES (?, ?)", (self._id, article.shared_id))


def _version_starts(seen: list[StoryCapture], previous: StoryCapture | None = None) -> list[StoryCapture]:
    """The captures at which title or text changed, including the first if there is no `previous` one.

    If the extractor changed too, an edit can't be distinguished from better extraction, so no version begins. A rebuild
    extracts all captures with one extractor and so finds all edits.
    """
    starts: list[StoryCapture] = []
    for capture in seen:
        if previous is None or (capture.state != previous.state and capture.extractor == previous.extractor):
            starts.append(capture)
        previous = capture
    return starts


def _json(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)
