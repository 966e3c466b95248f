"""Rewrites WARC records without erased content: removed, or with traces blanked; all others byte for byte."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zlib_ng import zlib_ng

from archiver.errors import DamageError, StorageError
from archiver.http1 import dechunked, decode_content, find_head_end, parse_head
from archiver.timestamps import stamp
from archiver.warc import Damage, read_records
from archiver.warc.records import bare_uri, digest, has_http_block
from archiver.withdraw.traces import Traces

_LIMIT = 256 * 2**20
_LEVEL = 6
_CODED = (b"content-encoding", b"transfer-encoding", b"content-length")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record's exact bytes: its header with the empty line, and its block."""

    fields: Mapping[str, str]
    header: bytes
    block: bytes

    @property
    def record_id(self) -> str:
        return self.fields.get("warc-record-id", "")

    @property
    def type(self) -> str:
        return self.fields.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        return bare_uri(self.fields.get("warc-target-uri", ""))

    @property
    def origin_id(self) -> str:
        """For a segment other than the first: the ID of the first."""
        return self.fields.get("warc-segment-origin-id", "").strip()

    @property
    def refers_to(self) -> str:
        return self.fields.get("warc-refers-to", "")


def raw_records(path: Path) -> Iterator[RawRecord]:
    """All records of a WARC file. Raises DamageError for damage, or a record that is too large to be rewritten, because
    it can't be searched.
    """
    for record in read_records(path):
        if isinstance(record, Damage):
            raise DamageError(
                f"{path}: {record.length:,} bytes at {record.offset:,} can't be searched ({record.cause})",
                "restore the file from a backup, or run `archiver verify --repair`",
            )
        if record.cut:
            raise DamageError(
                f"{path}: the record at {record.ref.offset:,} is longer than 128 MiB, too large to be searched",
                'see "Limits" in docs/takedown.md',
            )
        header = record.header
        if not header.startswith(b"WARC/"):  # of an ARC file: it becomes a WARC record when it is rewritten
            lines = "".join(f"{name}: {value}\r\n" for name, value in record.fields.items())
            header = f"WARC/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape")
        yield RawRecord(record.fields, header, record.block)


def blanked(record: RawRecord, traces: Traces) -> RawRecord | None:
    """The record without traces of an erased story in header and payload; None if it has none."""
    header = traces.blanked(record.header)
    block = _blanked_block(record, traces)
    if header is None and block is None:
        return None
    changed = record.block if block is None else block
    return _changed(record, header or record.header, changed)


def repeating(record: RawRecord, payload_digest: str) -> RawRecord:
    """A revisit of a blanked record, with the new payload digest."""
    return _with_fields(record, record.header, record.block, {b"warc-payload-digest": payload_digest.encode()})


def payload_digest(record: RawRecord) -> str | None:
    """The payload digest that a record states."""
    return record.fields.get("warc-payload-digest")


def member(record: RawRecord) -> bytes:
    """The record as a separate gzip member."""
    compressor = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, 31)
    return compressor.compress(record.header + record.block + b"\r\n\r\n") + compressor.flush()


def write(path: Path, members: Iterator[bytes]) -> None:
    """Write a file, durably. Raises StorageError."""
    try:
        with path.open("xb") as file:
            for data in members:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error


def renamed(record: RawRecord, name: str) -> RawRecord:
    """The warcinfo record with the new file name."""
    header = re.sub(rb"(?im)^(warc-filename[ \t]*:)[^\r\n]*", rb"\1 " + name.encode(), record.header)
    return RawRecord(record.fields, header, record.block)


def _blanked_block(record: RawRecord, traces: Traces) -> bytes | None:
    """The blanked block. An HTTP body is searched without its codings, and loses them if it is changed."""
    begin = find_head_end(record.block)
    is_http = has_http_block(record.fields)
    head = parse_head(record.block[:begin]) if is_http and begin >= 0 else None
    if head is None:
        return traces.blanked(record.block)
    body = record.block[begin:]
    pieces = dechunked([body]) if "chunked" in head.tokens("transfer-encoding") else [memoryview(body)]
    entity = b"".join(pieces)
    decoded = decode_content(entity, head.tokens("content-encoding"), _LIMIT).data
    new_body, new_head = traces.blanked(decoded), traces.blanked(record.block[:begin])
    if new_body is None and (plain := traces.blanked(body)) is not None:
        return (new_head or record.block[:begin]) + plain  # in the bytes after the coded body
    if new_body is None:
        return None if new_head is None else new_head + body
    lines = (new_head or record.block[:begin]).splitlines(keepends=True)
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _CODED]
    return b"".join([*kept[:-1], b"Content-Length: %d\r\n" % len(new_body), kept[-1]]) + new_body


def _changed(record: RawRecord, header: bytes, block: bytes) -> RawRecord:
    fields = {b"content-length": str(len(block)).encode(), b"warc-block-digest": digest(block).encode()}
    if record.type != "revisit":
        begin = find_head_end(block)
        is_http = has_http_block(record.fields) and begin >= 0
        fields[b"warc-payload-digest"] = digest(_entity(block, begin) if is_http else block).encode()
    return _with_fields(record, header, block, fields)


def _entity(block: bytes, begin: int) -> bytes:
    head = parse_head(block[:begin])
    body = block[begin:]
    return b"".join(dechunked([body])) if head and "chunked" in head.tokens("transfer-encoding") else body


def _with_fields(record: RawRecord, header: bytes, block: bytes, values: Mapping[bytes, bytes]) -> RawRecord:
    """The record with some header fields changed, and a field that records the change."""
    lines = []
    for line in header.splitlines(keepends=True):
        name = line.partition(b":")[0].strip().lower()
        value = values.get(name)
        lines.append(line if value is None else line.partition(b":")[0] + b": " + value + b"\r\n")
    when = stamp().encode()
    header = b"".join([*lines[:-1], b"Archiver-Redacted: " + when + b"\r\n", lines[-1]])
    texts = {name.decode(): value.decode() for name, value in values.items()}
    return RawRecord({**record.fields, **texts}, header, block)
