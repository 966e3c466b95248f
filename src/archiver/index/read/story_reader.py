"""Reads a story, its versions and captures, and the state of the whole index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from archiver.errors import DamageError, UsageError
from archiver.index.schema.connection import Index
from archiver.index.search.present import values_of
from archiver.index.store.identity import number
from archiver.index.store.reserved_pages import rules_of
from archiver.index.store.surts import page_of
from archiver.keeping import TDM_RESERVED, tdm_directive
from archiver.layout import Site
from archiver.model import Block, RecordRef, RemovedBlock
from archiver.urls import canonical_url, folded_surt, host_of, on_host, surt


@dataclass(frozen=True, slots=True)
class Story:
    """A row of `articles`; docs/schema.md describes each field."""

    id: int
    surt: str
    url: str
    site: str
    section: str | None
    title: str
    description: str | None
    text: str
    language: str | None
    translation_of: int | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    date_published: str | None
    date_published_source: str | None
    date_published_raw: str | None
    date_modified: str | None
    date: str | None
    image_url: str | None
    is_accessible_for_free: bool | None
    page_type: str
    word_count: int
    text_sha256: str
    versions: int
    first_seen: str
    last_seen: str
    last_changed: str
    status: str
    extractor: str
    capture_id: int
    standfirst: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `version_texts`."""

    article_id: int
    version: int
    capture_id: int
    seen_at: str
    title: str
    text: str
    text_sha256: str
    words_added: int
    words_removed: int
    standfirst: str | None

    @property
    def full_text(self) -> str:
        """Standfirst and text, without the title."""
        return f"{self.standfirst}\n\n{self.text}" if self.standfirst else self.text


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A row of `captures` with the columns that readers need."""

    id: int
    article_id: int | None
    crawl_id: str | None
    url: str
    fetched_at: str
    http_status: int | None
    mime: str | None
    payload_digest: str | None
    record_type: str
    redirect_url: str | None
    payload_id: int | None
    warc_file: str
    warc_offset: int
    warc_length: int
    warc_record_id: str
    warc_position: int | None
    truncated: str | None
    skip_reason: str | None

    @property
    def ref(self) -> RecordRef:
        """The place of its record."""
        return RecordRef(self.warc_file, self.warc_offset, self.warc_length, self.warc_record_id, self.warc_position)


@dataclass(frozen=True, slots=True)
class Status:
    """Numbers of the index. Pairs are sorted by count."""

    stories: int
    gone: int
    versions: int
    captures: int
    crawls: int
    imported: int  # of them, by other programs: their WARC files name no site of archiver
    warcs: int
    bytes_read: int
    damage: int
    first_capture: str | None
    last_capture: str | None
    first_date: str | None
    last_date: str | None
    sites: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    skips: tuple[tuple[str, int], ...]  # captures without a story, by reason
    suspected: int  # of those: pages that are probably stories
    hidden: tuple[tuple[str, int], ...]  # pages hidden at their own request, by site


_STORY_COLUMNS = ", ".join(field.name for field in fields(Story))
_VERSION_COLUMNS = ", ".join(field.name for field in fields(Version))
_CAPTURE_COLUMNS = ", ".join(field.name for field in fields(StoredCapture))


def find_story(db: Index, wanted: str | int, sites: tuple[Site, ...] = ()) -> Story | None:
    """A story by its ID, a former ID, or any of its URLs.

    A URL with different letter case or without the trailing slash is found if it is unambiguous.
    """
    text = str(wanted).strip()
    if text.isdecimal() and len(text) <= 16:
        row = db.execute("SELECT id FROM former_ids WHERE old_id = ?", (int(text),)).fetchone()
        return _story(db, int(text)) or (_story(db, row[0]) if row else None)
    url = _unmirrored(db, canonical_url(text), sites)
    for sql, key in (
        ("SELECT article_id FROM captures WHERE surt = ? AND article_id IS NOT NULL"
         " ORDER BY fetched_at DESC, id LIMIT 1", surt(url)),
        ("SELECT article_id FROM story_addresses WHERE surt = ?", surt(url)),
        ("SELECT id FROM articles WHERE surt = ?", folded_surt(url)),
        ("SELECT id FROM former_ids WHERE old_id = ?", number(folded_surt(url))),
        ("SELECT article_id FROM captures WHERE page = ? AND article_id IS NOT NULL"
         " GROUP BY 1 ORDER BY min(fetched_at), 1 LIMIT 1", page_of(url)),
    ):  # fmt: skip
        row = db.execute(sql, (key,)).fetchone()
        if row is not None:
            return _story(db, row[0])
    return None


def iter_stories(db: Index) -> Iterator[Story]:
    """All stories, in the order of their IDs."""
    for (story_id,) in db.execute("SELECT id FROM articles ORDER BY id").fetchall():
        story = _story(db, story_id)
        if story is not None:
            yield story


def versions(db: Index, story_id: int) -> list[Version]:
    """All versions of a story, in order."""
    sql = f"SELECT {_VERSION_COLUMNS} FROM version_texts WHERE article_id = ? ORDER BY version"  # noqa: S608 - constants
    return [Version(*row) for row in db.execute(sql, (story_id,))]


def version(db: Index, story: Story, number: int | None = None) -> Version:
    """A version by its number, by default the latest. Raises UsageError if it doesn't exist."""
    for found in versions(db, story.id):
        if found.version == (number or story.versions):
            return found
    raise UsageError(f"story {story.id} has no version {number}", f"it has 1 to {story.versions}")


def reservations(db: Index, story_id: int) -> list[tuple[str, str]]:
    """(directive, time of the last capture with it): what the story's pages state about being archived."""
    rows = db.execute(
        "SELECT r.word, max(c.fetched_at) FROM reservations r JOIN captures c ON c.id = r.capture_id"
        " WHERE c.article_id = ? GROUP BY r.word ORDER BY r.word",
        (story_id,),
    )
    found = [(str(row[0]), str(row[1])) for row in rows]
    url, surt = db.execute("SELECT url, surt FROM articles WHERE id = ?", (story_id,)).fetchone()
    rules, seen_at = rules_of(db, surt.partition(")")[0])
    if TDM_RESERVED not in dict(found) and tdm_directive(rules, url) == TDM_RESERVED:
        found.append((TDM_RESERVED, seen_at))
    return found


def pages_of(db: Index, story_id: int) -> dict[int, int]:
    """For a story with several pages: the page that each capture shows, by capture ID."""
    rows = db.execute(
        "SELECT p.capture_id, p.page FROM captures c JOIN capture_pages p ON p.capture_id = c.id"
        " WHERE c.article_id = ?",
        (story_id,),
    )
    return {int(capture_id): int(page) for capture_id, page in rows}


def captures(db: Index, story_id: int) -> list[StoredCapture]:
    """All captures of a story, and the responses of its URLs that show its removal or redirect elsewhere, in
    chronological order.
    """
    sql = (
        f"SELECT {_CAPTURE_COLUMNS} FROM captures WHERE article_id = ?1 UNION"  # noqa: S608 - constants
        f" SELECT {_CAPTURE_COLUMNS} FROM captures WHERE article_id IS NULL"
        " AND (http_status IN (404, 410) OR skip_reason = 'soft_404' OR redirect_url IS NOT NULL)"
        " AND surt IN (SELECT surt FROM captures WHERE article_id = ?1 UNION"
        " SELECT surt FROM story_addresses WHERE article_id = ?1) ORDER BY fetched_at, warc_record_id"
    )
    return [StoredCapture(*row) for row in db.execute(sql, (story_id,))]


def addresses(db: Index, story_id: int) -> list[str]:
    """The URLs of a story: the canonical one, then the others in order."""
    rows = db.execute("SELECT url FROM articles WHERE id = ?1", (story_id,)).fetchall()
    rows += db.execute("SELECT url FROM story_addresses WHERE article_id = ? ORDER BY surt", (story_id,)).fetchall()
    return [row[0] for row in rows]


def capture(db: Index, capture_id: int) -> StoredCapture | None:
    """One capture; for a revisit, `payload_id` is the capture with the payload."""
    sql = f"SELECT {_CAPTURE_COLUMNS} FROM captures WHERE id = ?"  # noqa: S608 - constants
    row = db.execute(sql, (capture_id,)).fetchone()
    return StoredCapture(*row) if row else None


def blocks(db: Index, story_id: int, version: int) -> tuple[Block, ...]:
    """The blocks of a version's text, in reading order."""
    rows = db.execute(
        "SELECT b.kind, substr(v.text, b.start, b.length), b.level FROM blocks b"
        " JOIN version_texts v ON v.article_id = b.article_id AND v.version = b.version"
        " WHERE b.article_id = ? AND b.version = ? ORDER BY b.position",
        (story_id, version),
    )
    return tuple(Block(kind, text, level=level) for kind, text, level in rows)


def page_capture(db: Index, version: Version) -> StoredCapture:
    """The capture with the page of a version: its own, or the one that its revisit refers to.

    Raises DamageError if it is not in the index.
    """
    found = capture(db, version.capture_id)
    if found is not None and found.payload_id is not None:
        found = capture(db, found.payload_id)
    if found is None:
        raise DamageError(f"the capture {version.capture_id} is missing", "run `archiver index --rebuild`")
    return found


def removed_blocks(db: Index, story_id: int, version: int) -> list[RemovedBlock]:
    """The blocks removed from a version's text, with the reasons."""
    rows = db.execute(
        "SELECT kind, text, path, reason FROM removed_blocks WHERE article_id = ? AND version = ? ORDER BY position",
        (story_id, version),
    )
    return [RemovedBlock(Block(kind, text, path), reason) for kind, text, path, reason in rows]


def translations(db: Index, story_id: int) -> list[tuple[int, str | None, str]]:
    """(id, language, title) of the story in other languages: its original, and all translations of that."""
    rows = db.execute(
        "WITH original(id) AS (SELECT coalesce(translation_of, id) FROM articles WHERE id = ?1)"
        " SELECT a.id, a.language, a.title FROM articles a, original"
        " WHERE (a.id = original.id OR a.translation_of = original.id) AND a.id != ?1 ORDER BY a.language, a.id",
        (story_id,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def annotations_of(db: Index, story_id: int) -> list[tuple[int, str, str]]:
    """(version, name, value) of a story's annotations; version 0: the whole story."""
    sql = "SELECT version, name, value FROM annotations WHERE article_id = ? ORDER BY version, name, value"
    return [(row[0], row[1], row[2]) for row in db.execute(sql, (story_id,))]


def status(db: Index) -> Status:
    """The numbers that `archiver status` shows."""

    def one(sql: str) -> tuple[Any, ...]:
        return tuple(db.execute(sql).fetchone())

    def pairs(sql: str) -> tuple[tuple[str, int], ...]:
        return tuple((row[0], row[1]) for row in db.execute(sql))

    stories, gone, first_date, last_date = one(
        "SELECT count(*), coalesce(sum(status = 'gone'), 0), min(date), max(date) FROM articles"
    )
    warcs, bytes_read = one("SELECT count(*), coalesce(sum(read_up_to), 0) FROM warcs")
    captured, first_capture, last_capture = one("SELECT count(*), min(fetched_at), max(fetched_at) FROM captures")
    return Status(
        stories=stories,
        gone=gone,
        versions=one("SELECT count(*) FROM versions")[0],
        captures=captured,
        crawls=one("SELECT count(*) FROM crawls")[0],
        imported=one("SELECT count(*) FROM crawls WHERE site IS NULL")[0],
        warcs=warcs,
        bytes_read=bytes_read,
        damage=one("SELECT count(*) FROM damage")[0],
        first_capture=first_capture,
        last_capture=last_capture,
        first_date=first_date,
        last_date=last_date,
        sites=pairs("SELECT site, count(*) FROM articles GROUP BY site ORDER BY 2 DESC, 1"),
        languages=pairs("SELECT coalesce(language, '?'), count(*) FROM articles GROUP BY language ORDER BY 2 DESC, 1"),
        skips=pairs("SELECT reason, count(*) FROM failures WHERE capture_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"),
        suspected=one("SELECT count(*) FROM captures WHERE skip_reason IS NOT NULL AND suspected")[0],
        hidden=pairs("SELECT site, count(DISTINCT surt) FROM reserved_pages GROUP BY site ORDER BY 2 DESC, 1"),
    )


def site_names(db: Index) -> list[str]:
    """The sites with stories, and crawled sites without stories."""
    crawled = db.execute("SELECT DISTINCT site FROM crawls WHERE site IS NOT NULL")
    return sorted({*values_of(db, "site"), *(row[0] for row in crawled)})


def site_at(db: Index, host: str) -> str | None:
    """The site with stories at a host, a mirror of it, a subdomain, or a URL; None if there is none."""
    url = canonical_url(host if "://" in host else f"https://{host}/")
    name = surt(_unmirrored(db, url, ())).partition(")")[0].removesuffix(",www")
    for first, behind in ((f"{name})", f"{name}*"), (f"{name},", f"{name}-")):
        row = db.execute("SELECT site FROM articles WHERE surt >= ? AND surt < ? LIMIT 1", (first, behind)).fetchone()
        if row is not None and "," in name:
            return str(row[0])
    return None


def languages(db: Index) -> list[str]:
    """The languages of stories."""
    return values_of(db, "language")


def captured_hosts(db: Index) -> list[str]:
    """All requested hosts with captures. Reads all captures."""
    # Up to the first slash after `https://`: few of them differ.
    rows = db.execute("SELECT DISTINCT substr(url, 1, instr(substr(url, 9) || '/', '/') + 8) FROM captures")
    return sorted({host_of(row[0]) for row in rows} - {""})


def latest_capture(db: Index, url: str, sites: tuple[Site, ...] = ()) -> StoredCapture | None:
    """The latest capture of a URL, whether it is a story or not."""
    key = surt(_unmirrored(db, canonical_url(url), sites))
    for column, value in (("surt", key), ("page", page_of(url))):
        sql = f"SELECT {_CAPTURE_COLUMNS} FROM captures WHERE {column} = ? ORDER BY fetched_at DESC, id LIMIT 1"  # noqa: S608 - constants
        row = db.execute(sql, (value,)).fetchone()
        if row is not None:
            return StoredCapture(*row)
    return None


def is_hidden(db: Index, url: str) -> bool:
    """Whether a page is hidden at its own request: see `store/reserved_pages`."""
    row = db.execute("SELECT 1 FROM reserved_pages WHERE surt = ?", (surt(_unmirrored(db, canonical_url(url), ())),))
    return row.fetchone() is not None


def hides_pages(db: Index, site: str) -> bool:
    """Whether pages of a site are kept out because they ask for it; a crawl without stories is then not a failure."""
    return db.execute("SELECT 1 FROM reserved_pages WHERE site = ? LIMIT 1", (site,)).fetchone() is not None


def urls_of(db: Index, site: str) -> list[str]:
    """The canonical URLs of a site's stories."""
    return [row[0] for row in db.execute("SELECT url FROM articles WHERE site = ? ORDER BY id", (site,))]


def storyless(db: Index, site: str) -> list[tuple[str, str]]:
    """(URL, reason) of a site's pages with status 200 that are not stories."""
    rows = db.execute(
        "SELECT DISTINCT url, skip_reason FROM captures WHERE site = ? AND http_status = 200"
        " AND skip_reason IS NOT NULL AND skip_reason != 'not_html' ORDER BY url",
        (site,),
    )
    return [(row[0], row[1]) for row in rows]


def extractors(db: Index) -> list[str]:
    """The extractors of the stored articles; with more than one, a rebuild would change texts."""
    return [row[0] for row in db.execute("SELECT DISTINCT extractor FROM extractions ORDER BY 1")]


def _story(db: Index, story_id: int) -> Story | None:
    sql = f"SELECT {_STORY_COLUMNS} FROM articles WHERE id = ?"  # noqa: S608 - constants
    row = next(db.query(sql, [story_id]), None)
    if row is None:
        return None
    free = row["is_accessible_for_free"]
    decoded = {"authors": tuple(json.loads(row["authors"])), "tags": tuple(json.loads(row["tags"]))}
    return Story(**(row | decoded | {"is_accessible_for_free": None if free is None else bool(free)}))


def _unmirrored(db: Index, url: str, sites: tuple[Site, ...]) -> str:
    for site in sites:
        url = site.unmirrored(url)
    host = host_of(url)
    row = db.execute("SELECT canonical_host FROM hosts WHERE host = ? AND status != 'rejected'", (host,)).fetchone()
    return on_host(url, row[0]) if row else url
