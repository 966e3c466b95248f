"""Reads WARC and ARC files record by record, with the exact place of each, also if the file is damaged or still
growing.

warcio and others stop at the first bad byte and lose all that follows. Here a damaged stretch is reported and skipped:
reading continues at the next record, inside the same member or at the next member that begins with one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.model import RecordRef
from archiver.warc import unpack
from archiver.warc.formats import ARC, UNENDED, WARC, BadRecordError, Format, Header, after_blank, first_record
from archiver.warc.places import OPEN, open_warc, stored_name
from archiver.warc.unpack import Member, Packed, Window

# Bytes read without finding a record, per byte of the file, before the rest is given up: members may be nested.
_PATIENCE = 8
_FREE = 2**28
TORN = unpack.TORN
_SHORT = "a record is shorter than its Content-Length"
_TOO_LONG = "a record is longer than what is left of the file"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is in the file, except that field names are in lower case."""

    ref: RecordRef
    type: str
    fields: Mapping[str, str]
    block: bytes
    cut: bool = False  # longer than MAX_KEPT: the block is truncated
    header: bytes = b""  # the bytes in the file, including the empty line after it
    shared: bool = False  # its member contains other records too: other tools find it alone only if it is the first


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file without a readable record. `position`: where in its member, if not at 0."""

    offset: int
    length: int
    cause: str
    position: int | None = None


class RecordStream:
    """Iterates over the records of a file from an offset. `complete_up_to` is the offset after the last item.

    An incomplete member at the end of a file that is still being written (`.open`) ends the iteration; elsewhere it is
    damage. Raises UsageError if the file can't be opened.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.complete_up_to = offset
        self._name = stored_name(path).removesuffix(OPEN)
        self._growing = path.name.endswith(OPEN)
        self._file: BinaryIO = open_warc(path)
        self._in_vain = 0

    def __iter__(self) -> Iterator[Record | Damage]:
        with self._file:
            packed = Packed(self._file)
            if packed.size == 0:
                return
            form = _format_of(packed)
            self.complete_up_to = max(self.complete_up_to, packed.begins_at)
            own = packed.packing
            packing = None
            while packed.packing != packing:  # until the end, or where files of different packing were concatenated
                packing = packed.packing
                read = self._plain if packing == "plain" else self._members
                yield from read(packed, form, only_here=packing != own)

    # ------------------------------------------------------------------ plain files

    def _plain(self, packed: Packed, form: Format, *, only_here: bool) -> Iterator[Record | Damage]:
        window = packed.plain(self.complete_up_to)
        for found in _records(window, form, sound=True):
            if isinstance(found, _Bad):
                if self._growing and found.end >= packed.size:
                    return
                if packed.switch(found.start):
                    self.complete_up_to = found.start
                    return
                self.complete_up_to = found.end
                torn = found.cause in (_TOO_LONG, UNENDED) and found.end == packed.size
                yield Damage(found.start, found.end - found.start, TORN if torn else found.cause)
            else:
                self.complete_up_to = found.end
                position = 0 if only_here or not found.header.common else None
                yield self._record(found, found.start, found.end - found.start, position)
        self.complete_up_to = packed.size

    # ------------------------------------------------------------------ members

    def _members(self, packed: Packed, form: Format, *, only_here: bool) -> Iterator[Record | Damage]:
        while self.complete_up_to < packed.size:
            offset = self.complete_up_to
            if (end := packed.skipped_frame(offset)) > offset:
                self.complete_up_to = end
                continue
            member = packed.member(offset)
            if member.fault is not None:
                if packed.switch(offset):
                    return
                if (end := packed.after_line_ends(offset)) > offset:
                    self.complete_up_to = end
                    continue
            end = offset + member.length if member.fault is None else self._after_fault(packed, member, form)
            if self._growing and (member.torn or (member.fault is not None and end >= packed.size)):
                return
            self.complete_up_to = yield from self._content(
                packed, member, form, end, only_here=only_here or packed.packing == "zstd"
            )

    def _content(
        self, packed: Packed, member: Member, form: Format, end: int, *, only_here: bool
    ) -> Generator[Record | Damage, None, int]:
        """The records of a member. A faulty one ends with a Damage from the fault on. Returns the offset to continue
        at: after the member, or after others in which its last record continues."""
        sound = member.fault is None
        left_at: int | None = None
        for found in _records(member.window, form, sound=sound):
            if isinstance(found, _Bad):
                left_at = found.start
                is_cut = found.cause in (_SHORT, UNENDED) and found.end == member.window.size
                run = packed.run(member, form.starts) if sound and is_cut else None
                if run is not None:
                    yield from self._run(run, form, found.start)
                    return run.offset + run.length
                if sound:
                    yield Damage(member.offset, member.length, found.cause, found.start or None)
                continue
            position = found.start if found.start or only_here or not found.header.common else None
            shared = found.start > 0 or found.end < member.window.size
            yield self._record(found, member.offset, end - member.offset, position, shared=shared)
        if not sound:
            yield Damage(member.offset, end - member.offset, str(member.fault), left_at or None)
        return end

    def _run(self, run: Member, form: Format, begin: int) -> Iterator[Record | Damage]:
        """The records of several members read as one, from a position on."""
        for found in _records(run.window, form, sound=True, begin=begin):
            if isinstance(found, _Bad):
                yield Damage(run.offset, run.length, found.cause, found.start or None)
            else:
                yield self._record(found, run.offset, run.length, found.start, shared=True)

    def _after_fault(self, packed: Packed, member: Member, form: Format) -> int:
        self._in_vain += member.length
        if self._in_vain > packed.size * _PATIENCE + _FREE:
            return packed.size
        return packed.next_start(member.offset + 1, form.starts)

    # ------------------------------------------------------------------ records

    def _record(
        self, found: _Found, offset: int, length: int, position: int | None = None, *, shared: bool = False
    ) -> Record:
        fields = found.header.fields
        record_id = fields.get("warc-record-id") or _derived_id(found)
        ref = RecordRef(self._name, offset, length, record_id, position)
        return Record(
            ref, fields.get("warc-type", "").lower(), fields, found.block, found.cut, found.raw_header, shared
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """A record in a window, from the first byte of its header to the end of the empty lines after it."""

    start: int
    end: int
    header: Header
    raw_header: bytes
    block: bytes
    cut: bool


@dataclass(frozen=True, slots=True)
class _Bad:
    """A stretch of a window without a readable record."""

    start: int
    end: int
    cause: str


def _records(window: Window, form: Format, *, sound: bool, begin: int = 0) -> Iterator[_Found | _Bad]:
    """All records of a window. If it ends in a fault, a record that no other record follows is not trusted."""
    window.forget(begin)
    position = begin or first_record(window)
    bad: _Bad | None = None
    while position < window.size:
        window.forget(position)
        start, behind_header = position, position + 1
        try:
            header = form.header(window, start)
            behind_header = header.begin
            found = _block(window, form, start, header)
        except BadRecordError as error:
            position = form.find(window, max(behind_header, window.base))
            # Adjacent stretches are merged, because a damaged record may contain bytes that look like a record's start.
            bad = _Bad(bad.start if bad else start, position, bad.cause if bad else str(error))
            continue
        if bad is not None:
            yield bad
            bad = None
        position = found.end
        if not sound and not form.begins(window, position):
            yield _Bad(start, position, "")
            return
        yield found
    if bad is not None:
        yield bad


def _block(window: Window, form: Format, start: int, header: Header) -> _Found:
    """The record with this header. Raises BadRecordError if the length it declares can't be right."""
    if header.end > window.size:
        raise BadRecordError(_TOO_LONG if window.is_file else _SHORT)
    behind = window.peek(header.end, 5)
    if header.end < window.size and behind is not None and not _may_follow(window, form, header.end, behind):
        raise BadRecordError("a record's Content-Length doesn't lead to its end")
    kept = min(header.end - header.begin, unpack.MAX_KEPT)
    window.reach(header.begin + kept)
    raw_header = window.data[start - window.base : header.begin - window.base]
    at = header.begin - window.base
    block = window.data[at : at + kept]
    cut = kept < header.end - header.begin
    window.forget(header.end)
    return _Found(start, after_blank(window, header.end), header, raw_header, block, cut)


def _may_follow(window: Window, form: Format, position: int, behind: bytes) -> bool:
    if behind[:1] in (b"\r", b"\n") or behind.startswith(form.starts):
        return True
    return position - window.base < len(window.data) and form.begins(window, position)


def _derived_id(found: _Found) -> str:
    """An ID for a record without WARC-Record-ID, derived from its bytes, so that it does not depend on the file's
    place."""
    digest = hashlib.sha1(found.raw_header + found.block, usedforsecurity=False).digest()
    return f"<urn:sha1:{base64.b32encode(digest).decode('ascii')}>"


def _format_of(packed: Packed) -> Format:
    """Decided by the file's first bytes; if those are damaged, by the first sound record."""
    if packed.packing == "plain":
        return ARC if packed.is_plain_arc else WARC
    start = packed.content_start(packed.begins_at)
    if not start.startswith((b"WARC/", b"filedesc:")):
        start = packed.content_start(packed.next_start(0, WARC.starts + ARC.starts))
    return ARC if start.startswith(ARC.starts) else WARC


def read_records(path: Path, offset: int = 0) -> RecordStream:
    """The records of a WARC or ARC file, from the offset of a record. See `RecordStream`."""
    return RecordStream(path, offset)
