"""Reads WARC files record by record, with the exact place of each, also from files that are damaged or still growing.

warcio and others give up at the first bad byte and lose all that follows. Here a damaged stretch is named and passed
over: reading goes on at the next gzip member that begins a WARC record.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException
from zlib_ng import zlib_ng

from archiver.errors import DamageError, UsageError
from archiver.http1 import find_head_end
from archiver.model import RecordRef
from archiver.warc.writer import OPEN

if TYPE_CHECKING:
    from archiver.model import Capture
    from archiver.warc.payload import Payload

MAX_MEMBER = 128 * 2**20  # bytes of one record that are kept in memory; a crawl cuts answers at 100 MiB
TORN = "the file ends inside a record"
_PIECE = 1 << 18
_MAX_HEADER = 16 * 2**20
_MAGIC = b"\x1f\x8b\x08"
_VERSIONS = ["WARC/1.1", "WARC/1.0", "WARC/0.18", "WARC/0.17"]
_GzipError = cast("type[Exception]", zlib_ng.error)  # its stub calls it an instance
_header_parser = StatusAndHeadersParser(_VERSIONS)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in the file. Field names are lower case."""

    ref: RecordRef
    type: str
    fields: Mapping[str, str]
    block: bytes
    end: int  # offset to go on from: behind the member, or its beginning while more records are to come from it
    cut: bool = False  # longer than MAX_MEMBER: the block is only its beginning


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that holds no readable record."""

    offset: int
    length: int
    cause: str


@dataclass(frozen=True, slots=True)
class _Member:
    """One gzip member, or one record of an uncompressed file."""

    offset: int
    length: int
    data: bytes
    size: int  # of the data, had it been kept whole

    @property
    def cut(self) -> bool:
        return self.size > len(self.data)


class _BadMemberError(Exception):
    """What is wrong with the member at hand."""


class _EndOfFileError(Exception):
    """The file ends inside a member."""


class RecordStream:
    """Iterates over the records of a file from an offset. `complete_up_to` is the offset behind the last one read.

    An incomplete member at the end of a file that is still written (`.open`) ends the iteration; elsewhere it is
    damage. Raises UsageError when the file can't be opened.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.complete_up_to = offset
        self._path = path
        self._name = path.name.removesuffix(OPEN)
        self._growing = path.name.endswith(OPEN)
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise UsageError(f"{path} can't be read ({error.strerror})", "check its name and permissions") from error

    def __iter__(self) -> Iterator[Record | Damage]:
        with self._file:
            size = os.fstat(self._file.fileno()).st_size
            compressed = self._starts_with(0, _MAGIC[:2]) or not self._starts_with(0, b"WARC/")
            while self.complete_up_to < size:
                offset = self.complete_up_to
                try:
                    member = self._member(offset) if compressed else self._plain(offset)
                    yield from self._records_of(member)
                    self.complete_up_to = offset + member.length
                except _EndOfFileError:
                    if self._growing:
                        return
                    yield self._pass_over(offset, size, TORN, compressed)
                except _BadMemberError as error:
                    damage = self._pass_over(offset, size, str(error), compressed)
                    if self._growing and self.complete_up_to >= size:
                        self.complete_up_to = offset
                        return
                    yield damage

    # ------------------------------------------------------------------ members

    def _starts_with(self, offset: int, start: bytes) -> bool:
        self._file.seek(offset)
        return self._file.read(len(start)) == start

    def _member(self, offset: int) -> _Member:
        self._file.seek(offset)
        inflater = zlib_ng.decompressobj(31)
        pieces: list[bytes] = []
        kept = read = 0
        try:
            while not inflater.eof:
                raw = self._file.read(_PIECE)
                if not raw:
                    raise _EndOfFileError
                read += len(raw)
                # A small member must not become gigabytes at once: its content comes in bounded pieces.
                data = inflater.decompress(raw, _PIECE * 4)
                while True:
                    if kept < MAX_MEMBER:
                        pieces.append(data[: MAX_MEMBER - kept])
                    kept += len(data)
                    if inflater.eof or not inflater.unconsumed_tail:
                        break
                    data = inflater.decompress(inflater.unconsumed_tail, _PIECE * 4)
        except _GzipError as error:
            raise _BadMemberError(f"not a gzip member ({error})") from error
        length = read - len(inflater.unused_data)
        return _Member(offset, length, b"".join(pieces), kept)

    def _plain(self, offset: int) -> _Member:
        """One record of an uncompressed file: its header says how long it is."""
        self._file.seek(offset)
        start = self._file.read(_PIECE)
        if find_head_end(start) < 0:
            start += self._file.read(_MAX_HEADER)
        header, begin = _parse_header(start)
        end = begin + _content_length(header) + 4
        data = start[:end] if end <= len(start) else start + self._file.read(min(end, MAX_MEMBER) - len(start))
        if len(data) < min(end, MAX_MEMBER) - 4:
            raise _EndOfFileError
        if end > MAX_MEMBER and offset + end > os.fstat(self._file.fileno()).st_size:
            raise _BadMemberError("a record's Content-Length reaches beyond the end of the file")
        return _Member(offset, end, data, end if end > MAX_MEMBER else len(data))

    # ------------------------------------------------------------------ records

    def _records_of(self, member: _Member) -> Iterator[Record | Damage]:
        """Usually one; a file compressed as a whole has all of its records in one member."""
        position = 0
        while position < len(member.data):
            # Only the header is copied out: a member may hold thousands of records.
            blank = find_head_end(member.data, position + 3)
            header, begin = _parse_header(member.data[position : blank if blank >= 0 else None])
            begin += position
            length = _content_length(header)
            if begin + length > len(member.data) and not member.cut:
                raise _BadMemberError("a record is shorter than its Content-Length")
            block = member.data[begin : begin + length]
            record_id = header.get("warc-record-id", "")
            reference = RecordRef(self._name, member.offset, member.length, record_id)
            position = begin + length
            while member.data[position : position + 1] in (b"\r", b"\n"):
                position += 1
            is_last = position >= len(member.data)
            end = member.offset + member.length if is_last else member.offset
            yield Record(reference, header.get("warc-type", "").lower(), header, block, end, len(block) < length)
        if member.cut and position + 4 < member.size:
            cause = "one gzip member holds more than is read at a time: compress each record by itself"
            yield Damage(member.offset, member.length, cause)

    # ------------------------------------------------------------------ damage

    def _pass_over(self, offset: int, size: int, cause: str, compressed: bool) -> Damage:
        self.complete_up_to = self._next_record(offset + 1, size, _MAGIC if compressed else b"WARC/1.")
        return Damage(offset, self.complete_up_to - offset, cause)

    def _next_record(self, start: int, size: int, magic: bytes) -> int:
        """Where the next member begins that opens with a WARC record; the file's end where there is none."""
        position = start
        while position < size:
            self._file.seek(position)
            window = self._file.read(_PIECE)
            found = window.find(magic)
            if found < 0:
                position += max(len(window) - len(magic) + 1, 1)
                continue
            position += found
            if self._begins_record(position, magic):
                return position
            position += 1
        return size

    def _begins_record(self, offset: int, magic: bytes) -> bool:
        if magic != _MAGIC:
            self._file.seek(max(offset - 1, 0))
            return self._file.read(1) == b"\n"
        self._file.seek(offset)
        try:
            return zlib_ng.decompressobj(31).decompress(self._file.read(1024), 16).startswith(b"WARC/")
        except _GzipError:
            return False


def _parse_header(data: bytes) -> tuple[dict[str, str], int]:
    """A record's header fields, names in lower case, and where its block begins."""
    stream = BytesIO(data)
    try:
        parsed = _header_parser.parse(stream)
    except (StatusAndHeadersParserException, EOFError) as error:
        raise _BadMemberError("no WARC record begins here") from error
    fields: dict[str, str] = {}
    for name, value in parsed.headers:
        fields.setdefault(name.lower(), value)
    return fields, stream.tell()


def _content_length(header: Mapping[str, str]) -> int:
    text = header.get("content-length", "").strip()
    if not (text.isascii() and text.isdigit()):
        raise _BadMemberError(f"a record's Content-Length is {text or 'missing'!r}")
    return int(text)


def read_records(path: Path, offset: int = 0) -> RecordStream:
    """The records of a WARC file, .warc.gz or .warc, from the offset of a record. See `RecordStream`."""
    return RecordStream(path, offset)


def read_payload(folder: Path, ref: RecordRef) -> tuple[Capture, Payload]:
    """One capture, read back from its place.

    Raises UsageError for a file name that leads out of the folder, DamageError when another record stands there.
    """
    from archiver.warc.payload import capture_of  # noqa: PLC0415 - payload.py is about records, which are defined here

    path = Path(ref.warc_file) if Path(ref.warc_file).is_absolute() else folder / ref.warc_file
    if not Path(ref.warc_file).is_absolute() and Path(ref.warc_file).name != ref.warc_file:
        raise UsageError(f"{ref.warc_file!r} is no file name", "the index is not of this archive: rebuild it")
    if not path.exists() and path.with_name(path.name + OPEN).exists():
        path = path.with_name(path.name + OPEN)
    for record in RecordStream(path, ref.offset):
        if isinstance(record, Damage) or record.ref.offset != ref.offset:
            break
        found = capture_of(record) if record.ref.record_id == ref.record_id else None
        if found is not None:
            return found
    raise DamageError(f"{path} holds no record {ref.record_id} at {ref.offset}", "run `archiver index --rebuild`")
