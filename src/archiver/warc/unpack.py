"""The layer below records: gzip members, zstd frames or plain bytes, each read forward through a window.

Memory is bounded for any file. A member's content up to `MAX_KEPT` is kept whole; a larger member is read twice, first
to learn its length and that it is sound, then piece by piece.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, cast

import zstandard
from zlib_ng import zlib_ng

MAX_KEPT = 128 * 2**20  # bytes of one record or member kept in memory; a crawl truncates at 100 MiB
TORN = "the file ends inside a record"
_PIECE = 1 << 18
_FIRST_PIECE = 1 << 16  # most members are smaller
_SMALL_STEP = 64  # bytes of input at a time around a fault, so that all data before the fault is decoded
_ZSTD_STEP = 2048  # yields at most 64 MiB: a block of 4 bytes holds up to 128 KiB
# No text compresses as well. Deflate compresses zeros 1,030 to 1, zstd 30,000 to 1.
_BOMB_RATIO = 200
_BOMB_SIZE = 2**30
_MAX_DICTIONARY = 2**24
_ARC_LINE = re.compile(rb"\n[a-z]{3,8}:[^\s]{1,2000} [0-9a-f.:]{3,45} [0-9]{14} [^\n]{1,200} [0-9]{1,12}\r?\n")
# A version line alone is not enough: one of the fields after it must be a WARC field.
_PLAIN_START = re.compile(
    rb"WARC/\d{1,2}\.\d{1,3}[ \t]*\r?\n(?=(?:[A-Za-z-]{1,64}:[^\n]{0,4096}\n){0,20}?(?i:WARC-)[A-Za-z-]{1,64}:)"
)
_BEGINNING = 2**20
_FILE_STARTS = (b"WARC/", b"filedesc:")
_RECORD_STARTS = (*_FILE_STARTS, b"http://", b"https://", b"dns:", b"ftp://")

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
# a skippable frame (RFC 8878 section 3.1.2) with the magic number reserved for WARC
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_GzipError = cast("type[Exception]", zlib_ng.error)  # the stub declares it as an instance

Packing = Literal["gzip", "zstd", "plain"]


class Window:
    """Bytes that are read forward and kept only while they are needed.

    `data` begins at `base`; `size` is where the bytes end. `source` yields the bytes from any position, if that is
    cheap.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        size: int,
        data: bytes = b"",
        base: int = 0,
        source: Callable[[int], Iterator[bytes]] | None = None,
    ) -> None:
        self.data = data
        self.base = base
        self.size = size
        self._pieces = pieces
        self._source = source

    @property
    def is_file(self) -> bool:
        """Whether these are a file's bytes, so that random access is possible."""
        return self._source is not None

    def reach(self, position: int) -> bool:
        """Whether there are bytes up to `position`; if so, `data` contains them."""
        missing = position - self.base - len(self.data)
        if missing > 0:
            pieces = [self.data]
            while missing > 0 and (piece := next(self._pieces, b"")):
                pieces.append(piece)
                missing -= len(piece)
            self.data = b"".join(pieces)
        return missing <= 0

    def forget(self, position: int) -> None:
        """Bytes before `position` are no longer needed."""
        passed = position - self.base
        if passed <= 0:
            return
        if passed > len(self.data) and self._source is not None:
            self.base, self.data, self._pieces = position, b"", self._source(position)
        elif passed >= len(self.data):
            self.base += len(self.data)
            self.data = b""
            while self.base < position and (piece := next(self._pieces, b"")):
                kept = max(0, self.base + len(piece) - position)
                self.base += len(piece) - kept
                self.data = piece[len(piece) - kept :] if kept else b""
        elif passed > max(_PIECE * 4, len(self.data) // 2):  # moving the remaining bytes is costly: do it rarely
            self.data = self.data[passed:]
            self.base = position

    def peek(self, position: int, count: int) -> bytes | None:
        """Bytes further on, without dropping the bytes before them; None if that is impossible."""
        if position - self.base <= MAX_KEPT:
            self.reach(min(position + count, self.size))
        at = position - self.base
        if at + count <= len(self.data) or (at <= len(self.data) and position + count > self.size):
            return self.data[at : at + count]
        return next(self._source(position), b"")[:count] if self._source is not None else None


@dataclass(slots=True)
class Member:
    """One gzip member or zstd frame: its place, and its content from position 0.

    `fault` names why it doesn't end properly; `length` then counts the bytes read up to there. `torn`: the only fault
    is that the file ends.
    """

    offset: int
    length: int
    window: Window
    fault: str | None = None
    torn: bool = False


class _Unpacker(Protocol):
    """One member during decompression. `read` counts the file's bytes consumed, also after a failure."""

    read: int
    fault: str | None
    torn: bool

    def pieces(self) -> Iterator[bytes]: ...


class Packed:
    """A file as a sequence of members. `file` must be open for reading in binary mode."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self.is_plain_arc = False
        self.begins_at = self._blank_start()
        self._dictionary: zstandard.ZstdCompressionDict | None = None
        self.packing: Packing = self._packing()
        if self.packing == "zstd":
            self._dictionary = self._load_dictionary()

    def plain(self, offset: int) -> Window:
        """The file's bytes as they are; positions are offsets in the file."""
        return Window(self._raw(offset), base=offset, size=self.size, source=self._raw)

    def member(self, offset: int) -> Member:
        """The member that begins at an offset of a compressed file."""
        first = self._unpacker(offset)
        kept: list[bytes] = []
        total = 0
        for piece in first.pieces():
            total += len(piece)
            if total <= MAX_KEPT:
                kept.append(piece)
            else:
                kept.clear()
                if total > _BOMB_SIZE and total > first.read * _BOMB_RATIO:
                    first.fault, first.torn = "it unpacks to far more than any record holds", False
                    return Member(offset, first.read, Window(iter(()), size=0), first.fault)
        if total <= MAX_KEPT:
            window = Window(iter(()), size=total, data=kept[0] if len(kept) == 1 else b"".join(kept))
        else:
            window = Window(self._unpacker(offset).pieces(), size=total)
        return Member(offset, first.read, window, first.fault, first.torn)

    def run(self, first: Member, begins: tuple[bytes, ...]) -> Member | None:
        """A member joined with those after it, up to one whose content starts with one of `begins`: for records that
        continue in the next member, as in files of bgzip. None if there is nothing to add."""
        ends: list[int] = []
        total = first.window.size
        end = first.offset + first.length
        while end < self.size and (start := self.content_start(end)) and not start.startswith(begins):
            member = self._unpacker(end)
            added = sum(map(len, member.pieces()))
            if member.fault is not None or (total + added > _BOMB_SIZE and added > member.read * _BOMB_RATIO):
                break
            total += added
            end += member.read
            ends.append(end)
        if not ends:
            return None

        def pieces() -> Iterator[bytes]:
            for offset in (first.offset, first.offset + first.length, *ends[:-1]):
                yield from self._unpacker(offset).pieces()

        return Member(first.offset, end - first.offset, Window(pieces(), size=total))

    def switch(self, offset: int) -> bool:
        """Continue with another packing if a record with that packing begins at `offset`: files were concatenated."""
        start = self._at(offset, 8192)
        found: Packing | None = None
        if _PLAIN_START.match(start):
            found = "plain"
        else:
            for magic, packing in ((GZIP, "gzip"), (ZSTD, "zstd")):
                if start.startswith(magic) and self._content_start(offset, cast("Packing", packing)).startswith(
                    _RECORD_STARTS
                ):
                    found = cast("Packing", packing)
        if found is None or found == self.packing:
            return False
        self.packing = found
        return True

    def after_line_ends(self, offset: int) -> int:
        """Where the next member begins, if only line ends are before it; the offset itself if not."""
        start = self._at(offset, 1024)
        rest = start.lstrip(b"\r\n")
        follows = rest.startswith((GZIP, ZSTD)) or (not rest and offset + len(start) == self.size)
        return offset + len(start) - len(rest) if follows else offset

    def skipped_frame(self, offset: int) -> int:
        """The end of a zstd frame without content; the offset itself if no such frame begins there."""
        if self.packing != "zstd":
            return offset
        head = self._at(offset, 8)
        if len(head) == 8 and int.from_bytes(head[:4], "little") in _SKIPPABLE:
            return min(offset + 8 + int.from_bytes(head[4:], "little"), self.size)
        return offset

    def next_start(self, start: int, begins: tuple[bytes, ...]) -> int:
        """Where the next member begins whose content starts with one of `begins`; the end of the file if there is
        none."""
        return self._next_start(start, begins, self.packing, self.size)

    def _next_start(self, start: int, begins: tuple[bytes, ...], packing: Packing, end: int) -> int:
        """See `next_start`: searches members of this packing, up to `end`; the end of the file if there is none."""
        magic = GZIP if packing == "gzip" else ZSTD
        position = start
        while position < end:
            window = self._at(position, _PIECE)
            found = window.find(magic)
            if found < 0:
                position += max(len(window) - len(magic) + 1, 1)
                continue
            position += found
            if self._content_start(position, packing).startswith(begins):
                return position
            position += 1
        return self.size

    def content_start(self, offset: int, wanted: int = 16) -> bytes:
        """The first bytes of a member's content, or of the file from that offset; empty if none can be read."""
        return self._content_start(offset, self.packing, wanted)

    def _content_start(self, offset: int, packing: Packing, wanted: int = 16) -> bytes:
        raw = self._at(offset, 4096 if packing != "plain" else wanted)
        try:
            if packing == "gzip":
                return zlib_ng.decompressobj(31).decompress(raw, wanted)
            if packing == "zstd":
                return self._frame().decompress(raw[:_ZSTD_STEP])[:wanted]
        except (_GzipError, zstandard.ZstdError):
            return b""
        return raw

    # ------------------------------------------------------------------ the file's bytes

    def _at(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count)

    def _raw(self, offset: int) -> Iterator[bytes]:
        step = _FIRST_PIECE
        while piece := self._at(offset, step):  # other readers move the file position in between
            yield piece
            offset += len(piece)
            step = _PIECE

    def _blank_start(self) -> int:
        """Where the file begins after a byte order mark and empty lines."""
        start = self._at(0, 1024)
        rest = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        return len(start) - len(rest) if rest.startswith((*_FILE_STARTS, GZIP, ZSTD)) else 0

    def _packing(self) -> Packing:
        """Decided by the first bytes if a record begins there; else by the first readable record in the file."""
        start = self._at(self.begins_at, 4096)
        self.is_plain_arc = _ARC_LINE.match(b"\n" + start) is not None
        if self.is_plain_arc or _PLAIN_START.match(start):
            return "plain"
        if self._is_skippable(start):
            return "zstd"
        stated = _stated_packing(start)
        if stated in ("gzip", "zstd"):
            content = self._content_start(self.begins_at, stated)
            if content.lstrip(b"\xef\xbb\xbf\r\n").startswith(_RECORD_STARTS):
                return stated
        beginning = self._at(self.begins_at, _BEGINNING)
        plain = _PLAIN_START.search(beginning)
        line = _ARC_LINE.search(beginning)
        self.is_plain_arc = plain is None and (line is not None or start.startswith(b"filedesc:"))
        found = plain or line
        end = self.begins_at + (found.start() if found else len(beginning))
        # A compressor stores incompressible content unchanged inside its member: so a member found first decides.
        packings: tuple[Packing, ...] = ("gzip", "zstd")
        first, packing = min((self._next_start(self.begins_at, _RECORD_STARTS, each, end), each) for each in packings)
        if first < end:
            return packing
        if found:
            return "plain"
        return stated or ("zstd" if ZSTD in beginning and GZIP not in beginning else "gzip")

    def _is_skippable(self, start: bytes) -> bool:
        """Whether the file begins with a zstd frame without content, as files with a dictionary do."""
        if int.from_bytes(start[:4], "little") not in _SKIPPABLE:
            return False
        behind = self.begins_at + 8 + int.from_bytes(start[4:8], "little")
        follows = self._at(behind, 4)
        return follows == ZSTD or int.from_bytes(follows, "little") in _SKIPPABLE or behind == self.size

    # ------------------------------------------------------------------ members

    def _unpacker(self, offset: int) -> _Unpacker:
        if self.packing == "zstd":
            return _ZstdFrame(self._raw(offset), self._frame())
        return _GzipMember(self._raw(offset))

    def _frame(self) -> zstandard.ZstdDecompressionObj:
        return zstandard.ZstdDecompressor(dict_data=self._dictionary, max_window_size=2**27).decompressobj()

    def _load_dictionary(self) -> zstandard.ZstdCompressionDict | None:
        """The dictionary in a file's first frame, which may itself be compressed (IIPC, WARC files with Zstandard)."""
        head = self._at(self.begins_at, 8)
        length = int.from_bytes(head[4:], "little")
        if not head.startswith(_ZSTD_DICTIONARY) or length > _MAX_DICTIONARY:
            return None
        data = self._at(self.begins_at + 8, length)
        if data.startswith(ZSTD):
            plain = zstandard.ZstdDecompressor(max_window_size=2**27)
            try:
                with plain.stream_reader(data) as reader:
                    data = reader.read(_MAX_DICTIONARY)
            except zstandard.ZstdError:
                return None
        try:
            return zstandard.ZstdCompressionDict(data)
        except zstandard.ZstdError:
            return None


def _stated_packing(start: bytes) -> Packing | None:
    """The packing that the first bytes of a file declare."""
    if start.startswith(_FILE_STARTS):
        return "plain"
    return "gzip" if start.startswith(GZIP) else "zstd" if start.startswith(ZSTD) else None


class _GzipMember:
    def __init__(self, raw: Iterator[bytes]) -> None:
        self.read = 0
        self.fault: str | None = None
        self.torn = False
        self._raw = raw

    def pieces(self) -> Iterator[bytes]:
        inflater = zlib_ng.decompressobj(31)
        while not inflater.eof:
            raw = next(self._raw, b"")
            if not raw:
                self.fault, self.torn = TORN, True
                return
            before = _copy(inflater) if self.read else zlib_ng.decompressobj(31)
            self.read += len(raw)
            try:
                # A small member must not expand to gigabytes in memory: its content is yielded in bounded pieces.
                data = inflater.decompress(raw, _PIECE * 4)
            except _GzipError as error:
                self.fault = f"not a gzip member ({error})"
                yield from _up_to_fault(before, raw)
                return
            while True:
                if data:
                    yield data
                if inflater.eof or not inflater.unconsumed_tail:
                    break
                before, raw = _copy(inflater), inflater.unconsumed_tail
                try:
                    data = inflater.decompress(raw, _PIECE * 4)
                except _GzipError as error:
                    self.fault = f"not a gzip member ({error})"
                    yield from _up_to_fault(before, raw)
                    return
        self.read -= len(inflater.unused_data)


def _copy(inflater: zlib_ng._Decompress) -> zlib_ng._Decompress:
    """A copy of its current state, in case the next call fails."""
    return cast("zlib_ng._Decompress", inflater.copy())  # type: ignore[attr-defined]  # missing in its stub


def _up_to_fault(inflater: zlib_ng._Decompress, raw: bytes) -> Iterator[bytes]:
    """The output of a failed call up to the fault."""
    try:
        for start in range(0, len(raw), _SMALL_STEP):
            data = inflater.decompress(raw[start : start + _SMALL_STEP])
            if data:
                yield data
    except _GzipError:
        return


class _ZstdFrame:
    def __init__(self, raw: Iterator[bytes], frame: zstandard.ZstdDecompressionObj) -> None:
        self.read = 0
        self.fault: str | None = None
        self.torn = False
        self._raw = raw
        self._frame = frame

    def pieces(self) -> Iterator[bytes]:
        for raw in self._raw:
            for start in range(0, len(raw), _ZSTD_STEP):
                step = raw[start : start + _ZSTD_STEP]
                self.read += len(step)
                try:
                    data = self._frame.decompress(step)
                except zstandard.ZstdError as error:
                    self.fault = f"not a zstd frame ({error})"
                    return
                for begin in range(0, len(data), _PIECE * 4):
                    yield data[begin : begin + _PIECE * 4]
                if self._frame.eof:
                    self.read -= len(self._frame.unused_data)
                    return
        self.fault, self.torn = TORN, True
