"""Writes the chosen captures of a WARC file to a new WARC file: members byte for byte, with requests and warcinfos.

A request or metadata record goes with its capture: matched by WARC-Concurrent-To or WARC-Refers-To in either direction,
else by the URL. Common Crawl writes the request before its response and a metadata record after it.

The last record of the new file states the source, the filter, and what was left out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archiver.errors import StorageError
from archiver.export.copied_records import packed_record
from archiver.selection.record_filter import RecordFilter
from archiver.warc import Damage, Record, description, is_standard, joined, open_warc, read_records
from archiver.warc.places import WARC_ENDINGS

_PIECE = 1 << 20
_HELD = 64  # limits of records waiting for their capture, and of captures remembered for later records
_CAPTURES = ("response", "resource", "revisit", "conversion")
_LINKS = ("warc-concurrent-to", "warc-refers-to")


@dataclass(slots=True)
class Selected:
    """The result for one file."""

    source: str
    captures: int = 0  # in the file
    chosen: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # captures, by reason
    damage: list[tuple[int, int, str]] = field(default_factory=list)  # offset, length, cause: of the source
    bytes: int = 0  # written
    file: str | None = None  # None if nothing was chosen


@dataclass(frozen=True, slots=True)
class _RecordLinks:
    """The IDs and URLs that link records to each other."""

    record_id: str
    others: frozenset[str]  # IDs of the records that it refers to
    url: str

    def is_linked_to(self, other: _RecordLinks) -> bool:
        linked = self.record_id in other.others or other.record_id in self.others
        return linked or (self.url == other.url and not self.others and not other.others)


def file_name(source: str, wanted: RecordFilter) -> str:
    """The name for the records chosen from a file: the same for the same file and filter."""
    name = source.rstrip("/").rpartition("/")[2]
    ending = next((ending for ending in WARC_ENDINGS if name.endswith(ending)), "")
    digest = hashlib.sha256(f"{source} {wanted}".encode("utf-8", "replace")).hexdigest()
    return f"{name.removesuffix(ending)}-selected-{digest[:12]}.warc.gz"


def select(
    path: Path, source: str, wanted: RecordFilter, folder: Path, on_progress: Callable[[Selected], None]
) -> Selected:
    """Write the chosen captures of the file at `path`, which came from `source`, into `folder`.

    Damaged stretches of the source are reported and skipped. Raises UsageError for a file that can't be opened,
    StorageError if the new one can't be written.
    """
    report = Selected(source)
    target = folder / file_name(source, wanted)
    try:
        with open_warc(path) as data, target.open("wb") as file:
            _Selection(data, file, wanted, report, on_progress).run(path)
            report.bytes = file.tell()
    except OSError as error:
        target.unlink(missing_ok=True)
        raise StorageError(f"{target} can't be written ({error.strerror})", "free some space") from error
    if report.chosen:
        report.file = target.name
    else:
        target.unlink()
    return report


class _Selection:
    """One pass over a file."""

    def __init__(
        self,
        data: BinaryIO,
        file: BinaryIO,
        wanted: RecordFilter,
        report: Selected,
        on_progress: Callable[[Selected], None],
    ) -> None:
        self._data = data
        self._file = file
        self._wanted = wanted
        self._report = report
        self._on_progress = on_progress
        self._packed = data.read(2) == b"\x1f\x8b"
        self._warcinfo: Record | None = None  # not written yet
        self._waiting: deque[tuple[_RecordLinks, Record]] = deque(maxlen=_HELD)
        self._decided: deque[tuple[_RecordLinks, bool]] = deque(maxlen=_HELD)
        self._last_date = ""

    def run(self, path: Path) -> None:
        for record in joined(read_records(path)):
            if isinstance(record, Damage):
                self._report.damage.append((record.offset, record.length, record.cause))
            elif record.type == "warcinfo":
                self._warcinfo = record
            elif record.type in _CAPTURES:
                self._capture(record)
            else:
                self._beside(record)
        if self._report.chosen:
            self._file.write(packed_record(_closing(self._report, self._wanted, self._last_date)))

    def _capture(self, record: Record) -> None:
        self._report.captures += 1
        reason = self._wanted.refusal(record)
        if reason is None and not self._can_copy(record):
            reason = "too_long"
        seen = _links_of(record)
        if reason is not None:
            self._report.left_out[reason] += 1
        else:
            self._report.chosen += 1
            self._last_date = record.fields.get("warc-date") or self._last_date
            for entry in [entry for entry in self._waiting if entry[0].is_linked_to(seen)]:
                self._copy(entry[1])
                self._waiting.remove(entry)
            self._copy(record)
        self._decided.append((seen, reason is None))
        self._on_progress(self._report)

    def _beside(self, record: Record) -> None:
        seen = _links_of(record)
        known = next((chosen for other, chosen in reversed(self._decided) if seen.is_linked_to(other)), None)
        if known is None:
            self._waiting.append((seen, record))
        elif known:
            self._copy(record)

    def _can_copy(self, record: Record) -> bool:
        return not record.cut or (self._packed and is_standard(record))

    def _copy(self, record: Record) -> None:
        if not self._can_copy(record):
            return  # a request of more than 128 MB, packed with others
        if self._warcinfo is not None:
            warcinfo, self._warcinfo = self._warcinfo, None
            self._copy(warcinfo)
        if not (self._packed and is_standard(record)):
            self._file.write(packed_record(record))
            return
        self._data.seek(record.ref.offset)
        left = record.ref.length
        while left and (piece := self._data.read(min(_PIECE, left))):
            self._file.write(piece)
            left -= len(piece)


def _links_of(record: Record) -> _RecordLinks:
    ids = frozenset(record.fields[name].strip() for name in _LINKS if name in record.fields)
    return _RecordLinks(record.ref.record_id, ids, record.fields.get("warc-target-uri", ""))


def _closing(report: Selected, wanted: RecordFilter, date: str) -> Record:
    """The record that describes the selection. It has the date of the last capture, so that the same choice makes the
    same bytes."""
    told = {
        "archiver-selected-from": report.source,
        "archiver-selected-by": str(wanted),
        "archiver-selected": f"{report.chosen} of {report.captures} captures",
        "archiver-left-out": json.dumps(dict(sorted(report.left_out.items()))),
    }
    return description(told.items(), date=date or "1970-01-01T00:00:00Z")
