"""Applies one batch to the index in one transaction: captures, everything derived from them, and the offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.schema.connection import Index
from archiver.index.schema.likeness import move_marks
from archiver.index.store.captures import BatchFacts, Touched, Where, add_capture, withhold_stories
from archiver.index.store.crawl_rows import add_crawl_record, described_crawl, described_site, update_crawl
from archiver.index.store.identity import with_warc_site
from archiver.index.store.reserved_pages import hide_reserved
from archiver.index.store.revisits import resolve_revisits
from archiver.index.store.story_rows import Changes, recompute, update_stories
from archiver.index.store.withheld import load_withdrawn
from archiver.layout import Site
from archiver.model import Batch, CrawlRecord
from archiver.transactions import transaction


@dataclass(frozen=True, slots=True)
class DamagedStretch:
    """Bytes of a WARC file that could not be read as a record."""

    offset: int
    length: int
    cause: str
    position: int = 0  # position in the decompressed member at the offset


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A valid record that is not indexed, and the reason (a short code)."""

    offset: int
    position: int
    record_type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of a batch."""

    captures: int = 0  # new records
    stories: int = 0  # new stories
    edits: int = 0  # known stories with a new version
    gone: int = 0  # stories that no longer exist

    def __add__(self, other: Applied) -> Applied:
        return Applied(
            self.captures + other.captures,
            self.stories + other.stories,
            self.edits + other.edits,
            self.gone + other.gone,
        )


def apply(
    db: Index,
    batch: Batch,
    sites: Sequence[Site] = (),
    damage: Sequence[DamagedStretch] = (),
    passed_over: Sequence[PassedOver] = (),
    *,
    begins: bool = True,
) -> Applied:
    """Apply a batch. Everything is in the index when this returns, and nothing if it raises.

    `begins`: it is the first batch of its file in this run. Known damage after the offset, which may have been
    repaired, is then deleted; remaining damage is reported again by the file's batches. `sites` are the caller's; the
    site described by the WARC itself is added. Applying a batch twice changes nothing.
    """
    try:
        return _apply(db, batch, sites, damage, passed_over, begins=begins)
    except UnicodeEncodeError:
        # A page may contain half of a UTF-16 pair, which no database accepts. It is rare, so it is handled only on
        # failure.
        plain = (_encodable(tuple(damage)), _encodable(tuple(passed_over)))
        return _apply(db, _encodable(batch), sites, *plain, begins=begins)


def _apply(
    db: Index,
    batch: Batch,
    sites: Sequence[Site],
    damage: Sequence[DamagedStretch],
    passed_over: Sequence[PassedOver],
    *,
    begins: bool,
) -> Applied:
    with transaction(db.conn):
        mirrors = load_mirrors(db)
        touched = Touched(BatchFacts(mirrors, load_withdrawn(db)))
        if begins:
            _forget_damage(db, batch.warc_file)
        _enter(db, batch, sites, touched)
        resolve_revisits(db, touched)
        update_hosts(db, touched)
        resolve_stories(db, touched)
        taken_out = hide_reserved(db, touched)
        if withhold_stories(db, touched, mirrors) or taken_out:
            resolve_revisits(db, touched)
            update_hosts(db, touched)
            resolve_stories(db, touched)
        changes: Changes = update_stories(db, touched)
        recompute(db, relearn(db, touched), touched)
        move_marks(db)
        for crawl_id in sorted(touched.crawls):
            update_crawl(db, crawl_id, touched.facts.withdrawn)
        db.executemany(
            "INSERT INTO damage (warc_file, warc_offset, warc_length, cause, warc_position) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET warc_length = excluded.warc_length, cause = excluded.cause",
            [(batch.warc_file, found.offset, found.length, found.cause, found.position) for found in damage],
        )
        db.executemany(
            "INSERT INTO passed_over (warc_file, warc_offset, warc_position, record_type, reason)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(batch.warc_file, found.offset, found.position, found.record_type, found.reason) for found in passed_over],
        )
    return Applied(touched.captures, changes.new, changes.edited, changes.gone)


def _forget_damage(db: Index, warc_file: str) -> None:
    db.execute(
        "DELETE FROM damage WHERE warc_file = :file AND warc_offset >="
        " coalesce((SELECT read_up_to FROM warcs WHERE name = :file), 0)",
        {"file": warc_file},
    )


def _enter(db: Index, batch: Batch, sites: Sequence[Site], touched: Touched) -> None:
    row = db.execute("SELECT warcinfo_id, read_up_to FROM warcs WHERE name = ?", (batch.warc_file,)).fetchone()
    warcinfo_id: str | None = row[0] if row else None
    crawl_id, described = described_crawl(db, warcinfo_id)
    where = Where(batch.warc_file, crawl_id, with_warc_site(sites, described))
    for item in batch.items:
        if isinstance(item, CrawlRecord):
            crawl_id = add_crawl_record(db, item, batch.warc_file, where.crawl_id)
            touched.crawls.add(crawl_id)
            if item.kind == "warcinfo":
                warcinfo_id = item.record_id
                where = Where(batch.warc_file, crawl_id, with_warc_site(sites, described_site(dict(item.fields))))
        else:
            add_capture(db, item, where, touched)
    db.execute(
        "INSERT INTO warcs (name, read_up_to, warcinfo_id) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " warcinfo_id = iif(excluded.read_up_to < read_up_to, warcinfo_id, excluded.warcinfo_id),"
        " read_up_to = max(read_up_to, excluded.read_up_to)",
        (batch.warc_file, batch.read_up_to, warcinfo_id),
    )


def _encodable(value: Any) -> Any:
    """The same value with characters that UTF-8 can't encode replaced by question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, tuple):
        return tuple(_encodable(entry) for entry in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _encodable(getattr(value, field.name)) for field in fields(value)})
    return value
