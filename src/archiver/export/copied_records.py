"""Copies the records of selected captures byte for byte: their gzip members, with requests and warcinfos."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.warc import Record, find_warc, is_standard, joined, open_warc, read_records, standalone
from archiver.warc.places import stored_text

_PIECE = 1 << 20
_TRAILER = b"\r\n\r\n"


class Sink(Protocol):
    """Where the copy goes."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A capture and the place of its record in the copy."""

    capture: sqlite3.Row
    offset: int
    length: int


class RecordCopy:
    """Copies records to `sink`, one WARC file after the other; iterating yields the captures with their new places.

    `captures` come in the order of files. Members with one record are copied byte for byte; records stored in another
    way are written as separate members. A record without a request or warcinfo is copied alone. `missing` has the
    missing files, and the records that can't be read or are too long to be rewritten, each with its number of captures.
    """

    def __init__(self, captures: Iterable[sqlite3.Row], warc_dir: Path, sink: Sink) -> None:
        self.missing: dict[str, int] = {}
        self.records = 0
        self._captures = captures
        self._warc_dir = warc_dir
        self._sink = sink
        self._size = 0

    def __iter__(self) -> Iterator[Placed]:
        for name, group in groupby(self._captures, key=lambda capture: str(capture["warc_file"])):
            path = find_warc(self._warc_dir, name)
            if path is None:
                self.missing[name] = sum(1 for _ in group)
                continue
            wanted = _Wanted(group)
            yield from self._copy_from(path, wanted)
            for capture in wanted.left():
                self._miss(path, capture)

    def _copy_from(self, path: Path, wanted: _Wanted) -> Iterator[Placed]:
        with open_warc(path) as source:
            packed = source.read(2) == b"\x1f\x8b"
            warcinfo: Record | None = None
            for record in joined(read_records(path)):
                if not isinstance(record, Record):
                    continue
                if record.type == "warcinfo":
                    warcinfo = record
                    continue
                own = wanted.captures_of(record)
                if not own and not wanted.belongs(record):
                    continue
                if warcinfo is not None:
                    self._copy(source, warcinfo, packed=packed)
                    warcinfo = None
                place = self._copy(source, record, packed=packed)
                if place is None:
                    for capture in own:
                        self._miss(path, capture)
                    continue
                for capture in own:
                    yield Placed(capture, *place)

    def _miss(self, path: Path, capture: sqlite3.Row) -> None:
        name = f"{stored_text(path)}: the record {capture['warc_record_id']} of {capture['url']}"
        self.missing[name] = self.missing.get(name, 0) + 1

    def _copy(self, source: BinaryIO, record: Record, *, packed: bool) -> tuple[int, int] | None:
        begin = self._size
        trailer = record.ref.length - len(record.header) - len(record.block)
        if is_standard(record) and (packed or record.cut or trailer == len(_TRAILER)):
            pieces = _pieces(source, record.ref.offset, record.ref.length)
            for piece in pieces if packed else _member(pieces):
                self._write(piece)
        elif record.cut:
            return None
        else:
            for piece in _member(standalone(record)):
                self._write(piece)
        self.records += 1
        return begin, self._size - begin

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._size += len(data)


class _Wanted:
    """The requested captures of one file."""

    def __init__(self, captures: Iterable[sqlite3.Row]) -> None:
        self._captures: dict[tuple[int, str], list[sqlite3.Row]] = {}
        for capture in captures:
            self._captures.setdefault((capture["warc_offset"], capture["warc_record_id"]), []).append(capture)
        self._ids = {record_id for _, record_id in self._captures}
        self._found: set[int] = set()

    def captures_of(self, record: Record) -> list[sqlite3.Row]:
        """Those of one record."""
        found = self._captures.get((record.ref.offset, record.ref.record_id), [])
        own = [capture for capture in found if capture["warc_position"] in (None, record.ref.position)]
        self._found.update(capture["id"] for capture in own)
        return own

    def left(self) -> list[sqlite3.Row]:
        """Those whose record was not found: its place is damaged, or the file was changed."""
        return [row for rows in self._captures.values() for row in rows if row["id"] not in self._found]

    def belongs(self, record: Record) -> bool:
        """Whether a record belongs to a requested one: its request or interim responses."""
        return record.type in ("request", "metadata") and record.fields.get("warc-concurrent-to", "") in self._ids


def _pieces(source: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    source.seek(offset)
    while length > 0 and (piece := source.read(min(_PIECE, length))):
        yield piece
        length -= len(piece)


def _member(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip member without a timestamp, so that the same records give the same bytes."""
    packer = zlib.compressobj(wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def packed_record(record: Record) -> bytes:
    """A record as one gzip member, which any tool that reads WARC accepts."""
    return b"".join(_member(standalone(record)))


def write_warc(path: Path, captures: Iterable[sqlite3.Row], warc_dir: Path) -> tuple[int, dict[str, int]]:
    """Write a WARC file with the records; returns the number of captures and what is missing, as in `RecordCopy`."""
    with path.open("wb") as file:
        copy = RecordCopy(captures, warc_dir, file)
        return sum(1 for _ in copy), copy.missing
