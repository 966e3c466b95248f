"""Indexes records: reads WARC files from the index's offsets, extracts the pages, and applies batches. Reading and
applying happen here, extraction in parallel in the pool's processes.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Protocol

from archiver.errors import ArchiverError
from archiver.extract.extractor_name import is_older
from archiver.extract.pool import ExtractTask
from archiver.index.ingest.batch import Applied, DamagedStretch, PassedOver, apply
from archiver.index.ingest.packages import MissingPages
from archiver.index.ingest.warc_files import Entry, Item, Page, Reader, WarcFile
from archiver.index.read.story_reader import extractors
from archiver.index.schema.connection import Index, in_memory_statements
from archiver.index.store.captures import is_entered
from archiver.index.store.crawl_rows import described_crawl, described_site, site_faults
from archiver.index.store.identity import with_warc_site
from archiver.keeping import is_tdm_file, tdm_rules_of
from archiver.layout import Site, site_for
from archiver.model import Article, Batch, Capture, CrawlRecord, Extracted, Skip
from archiver.warc import size_of

# Captures and seconds per transaction. With larger values fewer database pages are written per story, but stories of a
# running crawl are found later, and more has to be read again after a crash.
_BATCH = 256
_BATCH_SECONDS = 2.0
_HTML = ("text/html", "application/xhtml+xml")
# Pages are served with these types, too, so their content has to be examined.
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_MAYBE_HTML = (None, "", "text/plain", "application/octet-stream", "application/xml", "text/xml", "unk")

# How the cause of damage begins that is not of the file: its record can be read, but not entered.
UNFIT = "it can't be indexed"


class Extractor(Protocol):
    """What ingest needs of `extract.pool.ExtractionPool`: outcomes in the order of their tasks."""

    def map(self, tasks: Iterable[ExtractTask]) -> Iterator[Article | Skip]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running ingest."""

    warc: str
    read_up_to: int
    captures: int
    stories: int


@dataclass(slots=True)
class IngestReport:
    """The result of an ingest."""

    warcs: int = 0  # files with new records
    applied: Applied = field(default_factory=Applied)
    skips: Counter[str] = field(default_factory=Counter)
    damage: list[tuple[str, DamagedStretch]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)  # files that could not be read, and why
    not_found: list[str] = field(default_factory=list)  # given files that don't exist
    missing: list[str] = field(default_factory=list)  # foreign files of the old index that a rebuild didn't find
    missing_pages: list[MissingPages] = field(default_factory=list)  # of WACZ packages that were new
    judged_again: dict[str, int] = field(default_factory=dict)  # pages of sites whose rule for stories changed
    stale_extractors: list[str] = field(default_factory=list)  # older ones of stored texts: `--rebuild` extracts again


@dataclass(slots=True)
class _Pending:
    """A record that waits for its batch."""

    warc: WarcFile
    end: int
    item: Item
    task: ExtractTask | None = None
    outcome: Article | Skip | None = None


def ingest(
    db: Index,
    warcs: Iterable[WarcFile],
    sites: Sequence[Site],
    pool: Extractor,
    *,
    reader: Reader,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> IngestReport:
    """Bring the index up to the end of each file. Unreadable files are reported and skipped."""
    run = _Ingest(db, tuple(sites), reader, on_progress)
    with in_memory_statements(db):
        run.read(warcs, pool)
    run.report.stale_extractors = [name for name in extractors(db) if is_older(name)]
    return run.report


def is_behind(db: Index, warc: WarcFile) -> bool:
    """Whether a file is longer than the part that the index has read."""
    row = db.execute("SELECT read_up_to FROM warcs WHERE name = ?", (warc.name,)).fetchone()
    try:
        size = size_of(warc.path)
    except (OSError, ValueError):
        return False  # renamed meanwhile: next time, under its new name
    damaged_end = "SELECT 1 FROM damage WHERE warc_file = ? AND warc_offset >= ? LIMIT 1"
    return row is None or size != row[0] or db.execute(damaged_end, (warc.name, row[0])).fetchone() is not None


def readable_files(db: Index, warcs: Iterable[WarcFile]) -> set[str]:
    """The names of the files that can be read at least up to the place that the index has read."""
    return {warc.name for warc in warcs if _is_readable(db, warc)}


def _is_readable(db: Index, warc: WarcFile) -> bool:
    row = db.execute("SELECT read_up_to FROM warcs WHERE name = ?", (warc.name,)).fetchone()
    try:
        return size_of(warc.path) >= (row[0] if row else 0)
    except (OSError, ValueError):
        return False


class _Ingest:
    """One run over some files."""

    def __init__(
        self, db: Index, sites: tuple[Site, ...], reader: Reader, on_progress: Callable[[Progress], None]
    ) -> None:
        self.report = IngestReport()
        self._db = db
        self._sites = sites
        self._reader = reader
        self._on_progress = on_progress
        self._pending: deque[_Pending] = deque()  # read, and not yet in a batch
        self._batch: list[_Pending] = []
        self._captures = 0  # in the batch
        self._begun: set[str] = set()  # files that had a batch
        self._applied_at = monotonic()

    def read(self, warcs: Iterable[WarcFile], pool: Extractor) -> None:
        """Run everything: outcomes come back in the order in which pages were read."""
        for outcome in pool.map(self._tasks(warcs)):
            self._settle(outcome)
            if self._captures >= _BATCH or monotonic() - self._applied_at > _BATCH_SECONDS:
                self._apply()
        self._settle(None)
        self._apply()

    def _tasks(self, warcs: Iterable[WarcFile]) -> Iterator[ExtractTask]:
        for warc in warcs:
            try:
                for pending in self._entries(warc):
                    self._pending.append(pending)
                    if pending.task:
                        yield pending.task
            except (OSError, ValueError, ArchiverError) as error:
                self.report.failed.append((warc.name, str(error)))

    def _entries(self, warc: WarcFile) -> Iterator[_Pending]:
        row = self._db.execute("SELECT read_up_to, warcinfo_id FROM warcs WHERE name = ?", (warc.name,)).fetchone()
        offset, warcinfo_id = row or (0, None)
        size = size_of(warc.path)
        if size < offset:
            raise ArchiverError(
                f"{warc.name} is shorter ({size:,} bytes) than the part that the index has read ({offset:,})",
                "restore the file, or run `archiver index --rebuild` to use it as it is",
            )
        sites = with_warc_site(self._sites, described_crawl(self._db, warcinfo_id)[1])
        again = row is not None and not offset
        something = False
        for entry in self._reader(warc.path, offset):
            item = entry.item
            if isinstance(item, CrawlRecord) and item.kind == "warcinfo":
                sites = with_warc_site(self._sites, described_site(dict(item.fields)))
            something = True
            if again and isinstance(item, Page) and is_entered(self._db, item.capture, warc.name):
                yield _Pending(warc, entry.end, None)
            else:
                yield self._prepared(warc, entry, sites)
            if isinstance(item, CrawlRecord) and item.kind == "warcinfo":
                for fault in site_faults(dict(item.fields)):
                    yield _Pending(warc, entry.end, PassedOver(item.offset, item.position, "warcinfo", fault))
            offset = entry.end
        # Even if nothing is new: damage at the end may have been repaired and is then removed from the list.
        yield _Pending(warc, offset, None)
        self.report.warcs += something

    def _prepared(self, warc: WarcFile, entry: Entry, sites: tuple[Site, ...]) -> _Pending:
        """The records with the work to do for each. A record that fails even here is damage."""
        item = entry.item
        pending = _Pending(warc, entry.end, item)
        if isinstance(item, Page):
            try:
                pending.outcome = refusal(item)
                pending.task = _task(item, sites) if pending.outcome is None else None
            except Exception as error:
                return _Pending(warc, entry.end, _unfit(Extracted(item.capture, Skip("failed")), error))
        return pending

    def _settle(self, outcome: Article | Skip | None) -> None:
        """Move what has been read into the batch, up to the page that this is the outcome of; None: all the rest."""
        while self._pending:
            pending = self._pending.popleft()
            if pending.task:
                assert outcome is not None, "the pool owes an outcome for every task"
                pending.outcome, pending.task = outcome, None
                self._add(pending)
                return
            self._add(pending)

    def _add(self, pending: _Pending) -> None:
        if self._batch and (self._batch[-1].warc.name != pending.warc.name or self._captures >= _BATCH):
            self._apply()
        self._batch.append(pending)
        self._captures += isinstance(pending.item, Page)

    def _apply(self) -> None:
        batch, self._batch, self._captures = self._batch, [], 0
        self._applied_at = monotonic()
        if not batch:
            return
        items: list[Extracted | CrawlRecord] = []
        damage: list[DamagedStretch] = []
        passed_over: list[PassedOver] = []
        for pending in batch:
            if isinstance(pending.item, DamagedStretch):
                damage.append(pending.item)
            elif isinstance(pending.item, PassedOver):
                passed_over.append(pending.item)
                self.report.skips[pending.item.reason] += 1
            elif isinstance(pending.item, CrawlRecord):
                items.append(pending.item)
            elif isinstance(pending.item, Page) and pending.outcome is not None:
                items.append(Extracted(pending.item.capture, pending.outcome))
                if isinstance(pending.outcome, Skip):
                    self.report.skips[pending.outcome.reason] += 1
        name, end = batch[-1].warc.name, batch[-1].end
        self.report.applied += self._apply_guarded(Batch(name, end, tuple(items)), damage, passed_over)
        self.report.damage += [(name, found) for found in damage]
        self._on_progress(Progress(name, end, self.report.applied.captures, self.report.applied.stories))

    def _apply_guarded(self, batch: Batch, damage: list[DamagedStretch], passed_over: list[PassedOver]) -> Applied:
        """Apply a batch. A record that can't be applied is recorded as damage; the others are applied."""
        begins = batch.warc_file not in self._begun
        self._begun.add(batch.warc_file)
        try:
            return apply(self._db, batch, self._sites, damage, passed_over, begins=begins)
        except Exception as error:
            if not _is_of_the_record(error):
                raise
        total = Applied()
        row = self._db.execute("SELECT read_up_to FROM warcs WHERE name = ?", (batch.warc_file,)).fetchone()
        for item in batch.items:
            try:
                total += apply(
                    self._db, Batch(batch.warc_file, row[0] if row else 0, (item,)), self._sites, begins=False
                )
            except Exception as error:
                if not _is_of_the_record(error):
                    raise
                damage.append(_unfit(item, error))
        last = Batch(batch.warc_file, batch.read_up_to)
        return total + apply(self._db, last, self._sites, damage, passed_over, begins=begins)


def _is_of_the_record(error: Exception) -> bool:
    """Whether an error may be caused by the content of one record, not by the disk or the database."""
    of_the_index = (ArchiverError, OSError, MemoryError, sqlite3.OperationalError, sqlite3.NotSupportedError)
    return not isinstance(error, of_the_index) and type(error) is not sqlite3.DatabaseError


def _unfit(item: Extracted | CrawlRecord, error: Exception) -> DamagedStretch:
    cause = f"{UNFIT} ({type(error).__name__}: {error})"[:300]
    if isinstance(item, CrawlRecord):
        return DamagedStretch(item.offset, 0, cause, item.position)
    place = item.capture.ref
    return DamagedStretch(place.offset, place.length, cause, place.position or 0)


def refusal(page: Page) -> Skip | None:
    """Why a capture need not be extracted; None if it may be a story."""
    capture = page.capture
    if capture.record_type == "revisit":
        return Skip("revisit")  # has the result of its payload's capture
    if capture.http_status not in (200, None):
        return Skip(f"status_{capture.http_status}")
    if capture.http_status is None and capture.http_headers:
        return Skip("bad_status_line", "the status of the response can't be read: it may be an error page")
    return _unfit_payload(page)


def _unfit_payload(page: Page) -> Skip | None:
    mime = page.capture.mime
    if "too_large" in page.notes or "too_large_decoded" in page.notes:
        return Skip(
            "too_large", "the page is too large: only its start is kept in memory, and an incomplete text is not used"
        )
    if "too_many_members" in page.notes:
        return Skip("too_many_members", "it has more gzip members or chunks than any server sends")
    if not page.payload:
        return Skip("empty", "the response has no body")
    if mime in _HTML or (mime in _MAYBE_HTML and _HTML_START.search(page.payload[:2048])):
        return None
    rules = tdm_rules_of(page.payload) if is_tdm_file(page.capture.url) else ()
    return Skip("not_html", mime or "", tdm_rules=rules)


def page_tasks(warc: Path, sites: tuple[Site, ...], reader: Reader) -> Iterator[ExtractTask]:
    """The pages of a WARC file that `ingest` would have extracted, in the same order, for extraction elsewhere."""
    known = sites
    for entry in reader(warc, 0):
        item = entry.item
        if isinstance(item, CrawlRecord) and item.kind == "warcinfo":
            known = with_warc_site(sites, described_site(dict(item.fields)))
        elif isinstance(item, Page):
            task = None
            with suppress(Exception):  # ingest meets the same error and reports it
                task = _task(item, known) if refusal(item) is None else None
            if task is not None:
                yield task


def _task(page: Page, sites: tuple[Site, ...]) -> ExtractTask:
    capture: Capture = page.capture
    return ExtractTask(
        page.payload,
        capture.url,
        capture.fetched_at,
        site_for(sites, capture.url),
        capture.mime if capture.mime in _HTML else "text/html",
        capture.charset,
    )
