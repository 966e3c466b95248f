"""Rebuilds a frontier that was lost, or is older than the WARC files, from them: which URLs were fetched, their
validators, their links, and which record has which payload.

The records are processed as the live responses were, with their own times. So the next crawl requests pages
conditionally instead of fetching everything again, and continues with what was queued. The index is not used.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archiver.crawl.loop.visitor import Visitor
from archiver.crawl.loop.visits import due
from archiver.crawl.rules import verdict
from archiver.crawl.rules.scope import Scope
from archiver.errors import DamageError
from archiver.frontier import Candidate, Frontier, Task
from archiver.model import Capture, Kept, PayloadRecord
from archiver.warc import Damage, Record, capture_of, crawl_record_of, read_records
from archiver.warc.payload import Payload
from archiver.warc.writer import file_prefix

logger = logging.getLogger(__name__)

_DOCUMENTS = ("html", "xml", "rss", "atom")
_NOTE_SECONDS = 5.0


class FrontierRecovery:
    """Recovers one site. `visitor` makes a visitor for each file, with the given frontier, because a visitor's counts,
    such as budgets, belong to one run.
    """

    def __init__(
        self,
        frontier: Frontier,
        scope: Scope,
        folder: Path,
        visitor: Callable[[Frontier], Visitor],
        on_note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._moment = datetime.now(UTC)  # the time of the record being processed
        self._frontier = frontier.with_clock(lambda: self._moment)
        self._scope = scope
        self._site = scope.site.name
        self._folder = folder
        self._visitor = visitor
        self._payloads = frontier.payloads(self._site)
        self._on_note = on_note

    def recall(self, seeds: list[Candidate]) -> int:
        """Read the site's WARC files that the frontier doesn't know. Returns the number of responses processed."""
        unknown = self._frontier.unknown_files(self._files())
        taken, noted = 0, 0.0
        for number, name in enumerate(unknown, 1):
            records = read_records(self._folder / name)
            first = next(iter(records), None)
            if not isinstance(first, Record) or not self._is_ours(first):
                continue
            if time.monotonic() - noted >= _NOTE_SECONDS:
                noted = time.monotonic()
                self._on_note(f"{self._site}: rebuilding the frontier from WARC file {number} of {len(unknown)}")
            taken += self._take_file(self._folder / name, seeds)
        return taken

    def mark_complete(self) -> None:
        """Record that a run ended cleanly and left nothing to recover."""
        self._frontier.add_complete_files(self._files())

    def _files(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob(f"{file_prefix(self._site)}-*.warc.gz"))

    def _is_ours(self, first: Record) -> bool:
        """Whether a file belongs to a crawl of this site; captures of single URLs describe no site."""
        try:
            info = dict(found.fields) if (found := crawl_record_of(first)) else {}
            return bool(json.loads(info.get("archiver-site", "{}")).get("name") == self._site)
        except (ValueError, AttributeError, RecursionError, DamageError):
            return False

    def _take_file(self, path: Path, seeds: list[Candidate]) -> int:
        visitor, taken = self._visitor(self._frontier), 0
        self._moment = datetime.now(UTC)
        for record in read_records(path):
            if isinstance(record, Damage):
                continue
            self._take_refusals(record)
            found = _answer(record)
            if found is None:
                continue
            capture, payload = found
            self._moment = capture.fetched_at
            if not taken:
                self._frontier.refetch_listings(self._site)
                self._frontier.add(self._site, seeds)
            taken += self._take(visitor, capture, payload)
            if visitor.error is not None:
                raise visitor.error
        self._frontier.add_complete_files([path.name])
        self._frontier.commit()
        return taken

    def _take(self, visitor: Visitor, capture: Capture, payload: Payload) -> bool:
        kept = self._kept(capture, payload)
        task = self._task(capture)
        if capture.record_type == "conversion":  # its links count; the server's response has the payload
            kept = Kept(capture.ref, task.known.payload if task and task.known else None)
        if task is None or (task.known is not None and task.known.fetched_at >= capture.fetched_at):
            return False
        status = capture.http_status or 200
        if capture.record_type == "revisit" and status in (200, 304):
            before = task.known.payload if task.known else None
            if before is None or (status == 200 and before.digest != capture.payload_digest):
                return False  # its payload, and so its links, are elsewhere: it is fetched again
            status = 304
        try:
            visitor.remember(task, _response(capture, payload, status), kept)
        except Exception:
            # After any error in a spider or page the URL is still queued and is fetched again.
            logger.exception("%s can't be recovered from its record", capture.url)
            return False
        return True

    def _take_refusals(self, record: Record) -> None:
        """URLs that robots.txt and other rules refused, from a crawl's final record, which need not be retried soon."""
        try:
            found = crawl_record_of(record) if record.type == "metadata" else None
            report = json.loads(dict(found.fields)["json"]) if found is not None else {}
            refused = [(entry["url"], entry["reason"]) for entry in report.get("skipped", [])]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, DamageError):
            return  # an unreadable report: its refused URLs are tried again
        for url, reason in refused:
            key = self._scope.candidate(url, depth=1, found_on=None, redirects=1).key
            task = self._frontier.task(self._site, key) if reason in verdict.IGNORED else None
            if task is not None and task.known is None:
                when = due(task, "skipped", reason, None, self._frontier.clock())
                self._frontier.finish(self._site, task, "skipped", reason=reason, next_due=when)

    def _kept(self, capture: Capture, payload: Payload) -> Kept:
        """The record with the payload. It is stored, whatever the outcome of the response."""
        digest, held = capture.payload_digest, None
        if capture.http_status == 200 and digest is not None:
            held = self._payloads.find(digest)
            if held is None and capture.record_type == "response" and payload.data:
                ref = capture.ref
                held = PayloadRecord(digest, ref.record_id, capture.url, capture.fetched_at, ref.warc_file)
                self._payloads.add(held)
        return Kept(capture.ref, held, capture.record_type == "revisit")

    def _task(self, capture: Capture) -> Task | None:
        """The frontier's task for the URL; an unknown URL counts as a page if it is a document."""
        candidate = self._scope.candidate(capture.url, depth=1, found_on=None, redirects=1)
        task = self._frontier.task(self._site, candidate.key)
        task = task or self._frontier.task(self._site, f"requisite:{capture.url}")
        is_document = any(word in (capture.mime or "") for word in _DOCUMENTS)
        if task is None and is_document and not capture.url.endswith("/robots.txt"):
            if self._scope.refusal(candidate) is None:
                self._frontier.add(self._site, [candidate])
            task = self._frontier.task(self._site, candidate.key)
        return task


def _answer(record: Record) -> tuple[Capture, Payload] | None:
    """A response that settled a URL, or a rendered page."""
    try:
        found = capture_of(record)
    except DamageError:
        return None
    if found is None or (found[0].truncated and found[0].record_type == "response"):
        return None
    status = found[0].http_status or 0
    settles = 200 <= status < 400 or status in (404, 410) or found[0].record_type == "conversion"
    return found if settles else None


def _response(capture: Capture, payload: Payload, status: int) -> Response:
    """The response as from Scrapy, with content codings decoded."""
    headers = Headers()
    for name, value in capture.http_headers:
        if name.lower() not in ("content-encoding", "transfer-encoding"):
            headers.appendlist(name, value.encode("latin-1", "replace"))
    made = responsetypes.from_args(headers=headers, url=capture.url, body=payload.data)
    return made(
        capture.url,
        status=status,
        headers=headers,
        body=payload.data,
        request=Request(capture.url),
        flags=["rendered"] if capture.record_type == "conversion" else [],
    )
