"""The records of chosen captures, copied byte for byte: their gzip members, with their requests and warcinfos."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.errors import UsageError
from archiver.warc import Record, read_records

_PIECE = 1 << 20


class Sink(Protocol):
    """Where the copy goes."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A capture and where its record stands in the copy."""

    capture: sqlite3.Row
    offset: int
    length: int


class RecordCopy:
    """Copies records into `sink`, one WARC file after the other; iterating yields the captures with their new places.

    `captures` come in order of file. A record without a request or warcinfo is copied without. `missing` names the
    files that were not there.
    """

    def __init__(self, captures: Iterable[sqlite3.Row], warc_dir: Path, sink: Sink) -> None:
        self.missing: list[str] = []
        self.records = 0
        self._captures = captures
        self._warc_dir = warc_dir
        self._sink = sink
        self._size = 0

    def __iter__(self) -> Iterator[Placed]:
        for name, group in groupby(self._captures, key=lambda capture: str(capture["warc_file"])):
            path = warc_path(self._warc_dir, name)
            if path is None:
                self.missing.append(name)
                continue
            yield from self._copy_from(path, {str(capture["warc_record_id"]): capture for capture in group})

    def _copy_from(self, path: Path, wanted: dict[str, sqlite3.Row]) -> Iterator[Placed]:
        with path.open("rb") as source:
            compressed = source.read(2) == b"\x1f\x8b"
            warcinfo: Record | None = None
            copied: dict[int, tuple[int, int]] = {}  # a file compressed as a whole has many records at one offset
            for record in read_records(path):
                if not isinstance(record, Record):
                    continue
                if record.type == "warcinfo":
                    warcinfo = record
                    continue
                own = wanted.get(record.ref.record_id)
                if own is None and not _belongs(record, wanted):
                    continue
                if warcinfo is not None:
                    self._member(source, warcinfo, compressed, copied)
                    warcinfo = None
                place = self._member(source, record, compressed, copied)
                if own is not None:
                    yield Placed(own, *place)

    def _member(
        self, source: BinaryIO, record: Record, compressed: bool, copied: dict[int, tuple[int, int]]
    ) -> tuple[int, int]:
        at = record.ref.offset
        if at not in copied:
            begin = self._size
            if compressed:
                self._pieces(source, at, record.ref.length)
            else:
                source.seek(at)
                self._write(gzip.compress(source.read(record.ref.length), mtime=0))
            copied[at] = (begin, self._size - begin)
            self.records += 1
        return copied[at]

    def _pieces(self, source: BinaryIO, offset: int, length: int) -> None:
        source.seek(offset)
        while length > 0 and (piece := source.read(min(_PIECE, length))):
            self._write(piece)
            length -= len(piece)

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._size += len(data)


def _belongs(record: Record, wanted: dict[str, sqlite3.Row]) -> bool:
    """Whether a record was made together with one that is wanted: its request, its interim answers."""
    return record.type in ("request", "metadata") and record.fields.get("warc-concurrent-to", "") in wanted


def warc_path(warc_dir: Path, name: str) -> Path | None:
    """Where a WARC file stands, also while it is written; None when it doesn't. Raises UsageError for no file name."""
    path = Path(name)
    if not path.is_absolute():
        if path.name != name:
            raise UsageError(f"{name!r} is no file name", "the index is not of this archive: rebuild it")
        path = warc_dir / name
    for candidate in (path, path.with_name(path.name + ".open")):
        with suppress(OSError):
            if candidate.is_file():
                return candidate
    return None


def write_warc(path: Path, captures: Iterable[sqlite3.Row], warc_dir: Path) -> tuple[int, list[str]]:
    """A WARC file of the records; returns how many captures it holds and which files were missing."""
    with path.open("wb") as file:
        copy = RecordCopy(captures, warc_dir, file)
        return sum(1 for _ in copy), copy.missing
