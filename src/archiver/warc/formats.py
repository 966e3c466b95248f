"""Recognises and parses the start of a record: a WARC header, or the line before an ARC record.

Both parsers are lenient and take linear time; what they can't parse raises `BadRecordError` with the cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from archiver.warc.unpack import Window

MAX_HEADER = 16 * 2**20
# A header ends where another one begins, so each byte is scanned once, however many headers there are.
_HEADER_END = re.compile(rb"\n(?:\r?\n|(?=WARC/\d))")
_BLANK = re.compile(rb"[\r\n]*")
_VERSION = re.compile(rb"WARC/\d{1,2}\.\d{1,3}[ \t]*\r?\n")
# Not only at the beginning of a line: a file cut inside a line may be followed by a whole file.
_WARC_START = re.compile(rb"WARC/\d{1,2}\.\d{1,3}[ \t]*\r?\n(?=[A-Za-z-]{1,64}:)")
_START_LENGTH = 100
_LENGTH = re.compile(r"[0-9]{1,18}\Z")
_ARC_URL = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,20}:")
_ARC_DATE = re.compile(rb"[0-9]{8,17}\Z")
_MAX_ARC_LINE = 2**16
UNENDED = "a record's header has no end"
_KNOWN = (b"WARC/1.0", b"WARC/1.1", b"WARC/0.18", b"WARC/0.17")
_HTTP = "application/http; msgtype=response"


class BadRecordError(Exception):
    """No record can be read here; the message is the cause."""


@dataclass(frozen=True, slots=True)
class Header:
    """A record's fields, names in lower case, and the bounds of its block in the window."""

    fields: dict[str, str]
    begin: int
    end: int
    common: bool  # in the form that other programs expect; they can't read other forms


class Format(Protocol):
    """The properties that identify records of one kind."""

    starts: tuple[bytes, ...]

    def header(self, window: Window, position: int) -> Header:
        """The header that begins at a position. Raises BadRecordError."""
        ...

    def begins(self, window: Window, position: int) -> bool:
        """Whether a record may begin at a position."""
        ...

    def find(self, window: Window, position: int) -> int:
        """Where the next record begins, at or after a position; the end of the window if there is none."""
        ...


def after_blank(window: Window, position: int) -> int:
    """The position after empty lines, of which there may be any number between records."""
    while True:
        if not window.reach(position + 1):
            return min(position, window.size)
        found = _BLANK.match(window.data, position - window.base)
        assert found is not None, "matches an empty string"
        end = window.base + found.end()
        if end < window.base + len(window.data) or end == position:
            return end
        position = end
        window.forget(position)


def first_record(window: Window) -> int:
    """Where the first record of a window may begin: after a byte order mark and empty lines."""
    if window.base == 0 and window.reach(3) and window.data.startswith(b"\xef\xbb\xbf"):
        return after_blank(window, 3)
    return after_blank(window, window.base)


class WarcFormat:
    """WARC of any version (ISO 28500; section 4 of WARC 1.1), with lines ended by CR LF or LF."""

    starts: tuple[bytes, ...] = (b"WARC/",)

    def header(self, window: Window, position: int) -> Header:
        """See `Format`. The first of repeated fields counts; folded lines join the one before."""
        data = _through_header(window, position)
        if not _VERSION.match(data):
            raise BadRecordError("no WARC record begins here")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        fields: dict[str, list[str]] = {}
        current: list[str] = []
        for line in text.split("\n")[1:]:
            if line[:1] in (" ", "\t"):
                current.append(line.strip(" \t\r"))
                continue
            name, colon, value = line.partition(":")
            current = [value.strip(" \t\r")]
            if colon:
                fields.setdefault(name.rstrip(" \t").lower(), current)
        joined = {name: values[0] if len(values) == 1 else " ".join(values).strip() for name, values in fields.items()}
        begin = position + len(data)
        kind = joined.get("warc-type", "")
        length = joined.get("content-length", "")
        common = data.startswith(_KNOWN) and kind == kind.lower() and length.isdecimal()
        return Header(joined, begin, begin + _length(length), common)

    def begins(self, window: Window, position: int) -> bool:
        """See `Format`."""
        return window.reach(position + 5) and window.data.startswith(b"WARC/", position - window.base)

    def find(self, window: Window, position: int) -> int:
        """See `Format`: finds a version line followed by a header field."""
        while window.reach(position + 1):
            window.reach(position + 2**18)
            found = _WARC_START.search(window.data, position - window.base)
            if found is not None:
                return window.base + found.start()
            position = max(position, window.base + len(window.data) - _START_LENGTH)
            if not window.reach(window.base + len(window.data) + 1):
                break
            window.forget(position)
        return window.size


class ArcFormat:
    """ARC files of version 1 and 2 (archive.org/web/researcher/ArcFileFormat.php), as WARC records.

    A line of URL, IP address, date, type and length; in version 2 five more values precede the length. The first record
    (`filedesc:`) describes the file, like a warcinfo.
    """

    starts: tuple[bytes, ...] = (b"filedesc:", b"http://", b"https://", b"dns:", b"ftp://")

    def header(self, window: Window, position: int) -> Header:
        """See `Format`."""
        window.reach(position + _MAX_ARC_LINE)
        at = position - window.base
        end = window.data.find(b"\n", at, at + _MAX_ARC_LINE)
        line = _arc_line(window.data[at:end]) if end >= 0 else None
        if end < 0 and len(window.data) - at < _MAX_ARC_LINE and _ARC_URL.match(window.data, at):
            raise BadRecordError(UNENDED)
        if line is None:
            raise BadRecordError("no ARC record begins here")
        url, ip, date, mime, length = line
        begin = window.base + end + 1
        stated = begin + _length(length)
        fields = {"warc-target-uri": url, "warc-date": date, "warc-type": "response", "content-type": mime}
        if ip not in ("0.0.0.0", "-"):  # noqa: S104 - no address that is listened at
            fields["warc-ip-address"] = ip
        window.reach(begin + 5)
        at, end = position - window.base, begin - window.base  # data read meanwhile may have moved them
        start = window.data[begin - window.base : begin - window.base + 5]
        if url.startswith("filedesc:"):
            fields |= {"warc-type": "warcinfo", "content-type": "application/warc-fields"}
        elif start.upper() == b"HTTP/":
            fields["content-type"] = _HTTP
        elif url.startswith(("http:", "https:")):
            fields["warc-type"] = "resource"  # a body without status line and header: HTTP/0.9, or removed by the tool
        common = window.data.count(b" ", at, end) == 4  # as in version 1, without blanks in the values
        return Header(fields, begin, stated, common)

    def begins(self, window: Window, position: int) -> bool:
        """See `Format`."""
        window.reach(position + _MAX_ARC_LINE)
        at = position - window.base
        end = window.data.find(b"\n", at, at + _MAX_ARC_LINE)
        return end >= 0 and _arc_line(window.data[at:end]) is not None

    def find(self, window: Window, position: int) -> int:
        """See `Format`: finds a line with the values of an ARC record."""
        while window.reach(position + 1):
            window.reach(position + _MAX_ARC_LINE)
            at = position - window.base
            end = window.data.find(b"\n", at)
            if end < 0:
                position = window.base + len(window.data)
            else:
                if end - at < _MAX_ARC_LINE and _arc_line(window.data[at:end]) is not None:
                    return position
                position = window.base + end + 1
            window.forget(position)
        return window.size


WARC: Format = WarcFormat()
ARC: Format = ArcFormat()


def _through_header(window: Window, position: int) -> bytes:
    """A header including its empty line. Only the header is copied: a window may hold thousands of records."""
    searched, wanted = position, 2**12
    while True:
        whole = window.reach(position + wanted)
        at = position - window.base
        found = _HEADER_END.search(window.data, max(searched - 8, position) - window.base, at + wanted)
        if found is not None:
            if found.end() == found.start() + 1:
                raise BadRecordError(UNENDED)
            return window.data[at : found.end()]
        searched = position + wanted
        if not whole:
            start = window.data[at : at + 5]
            raise BadRecordError(UNENDED if start == b"WARC/"[: len(start)] else "no WARC record begins here")
        if wanted >= MAX_HEADER:
            raise BadRecordError("a record's header is larger than 16 MiB")
        wanted *= 4


def _length(text: str) -> int:
    """A Content-Length, also one with leading zeros or stated several times in one field (RFC 9110 section 8.6)."""
    stated, *others = (part.strip(" \t") for part in text.split(","))
    digits = stated.lstrip("0") or stated[:1]
    if not _LENGTH.match(digits) or any(other != stated for other in others):
        raise BadRecordError(f"a record's Content-Length is {text[:40] or 'missing'!r}")
    return int(digits)


def _arc_line(line: bytes) -> tuple[str, str, str, str, str] | None:
    """URL, IP address, date, type and length of an ARC record.

    URLs and types may contain blanks, so the date is searched for.
    """
    if not _ARC_URL.match(line):
        return None
    tokens = line.rstrip(b"\r").split(b" ")
    if len(tokens) < 5 or not tokens[-1].isdigit():
        return None
    at = next((i for i in range(2, len(tokens) - 2) if _ARC_DATE.match(tokens[i])), None)
    if at is None:
        return None
    mime = tokens[at + 1 : -1] if len(tokens) - at < 8 else tokens[at + 1 : at + 2]
    url, ip, date, kind, length = (
        b" ".join(tokens[: at - 1]), tokens[at - 1], tokens[at], b" ".join(mime), tokens[-1],
    )  # fmt: skip
    try:
        text = url.decode("utf-8")
    except UnicodeDecodeError:
        text = url.decode("latin-1")
    return text, ip.decode("latin-1"), date.decode("ascii"), kind.decode("latin-1"), length.decode("ascii")
