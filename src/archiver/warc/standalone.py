"""A record as a WARC record of its own: of an ARC file, of a member with others, in segments, without an id."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.warc.dates import parse_date
from archiver.warc.reader import Record
from archiver.warc.records import field_value, warc_date

_SEGMENTS = ("warc-segment-number", "warc-segment-total-length", "warc-segment-origin-id")


def is_standard(record: Record) -> bool:
    """Whether its bytes are a WARC record that any tool takes as it is."""
    return (
        record.ref.position is None
        and not record.shared
        and record.header.startswith(b"WARC/1.")
        and record.header.endswith(b"\r\n\r\n")
        and "warc-record-id" in record.fields
    )


def standalone(record: Record) -> Iterator[bytes]:
    """The bytes of the record as WARC: its header fields in their order, its block byte for byte."""
    yield _header(record)
    yield record.block
    yield b"\r\n\r\n"


def _header(record: Record) -> bytes:
    if record.header.startswith(b"WARC/"):
        version, *lines = record.header.decode("latin-1").splitlines()
        fields = [line for line in lines if line and line.partition(":")[0].strip().lower() not in _replaced(record)]
        encoding = "latin-1"
    else:
        version, fields, encoding = "WARC/1.0", _arc_fields(record), "utf-8"
    if "warc-record-id" not in record.fields:
        fields.append(f"WARC-Record-ID: {record.ref.record_id}")
    fields.append(f"Content-Length: {len(record.block)}")
    return ("\r\n".join([version.strip(), *fields]) + "\r\n\r\n").encode(encoding, "replace")


def _replaced(record: Record) -> tuple[str, ...]:
    joined = record.fields.keys().isdisjoint(_SEGMENTS[:1]) and b"arc-segment-number" in record.header.lower()
    return ("content-length", *_SEGMENTS, "warc-block-digest") if joined else ("content-length",)


def _arc_fields(record: Record) -> list[str]:
    date = parse_date(record.fields.get("warc-date", ""))
    named = {"warc-type": "WARC-Type", "warc-target-uri": "WARC-Target-URI", "warc-ip-address": "WARC-IP-Address",
             "content-type": "Content-Type"}  # fmt: skip
    fields = [f"{name}: {field_value(record.fields[key])}" for key, name in named.items() if record.fields.get(key)]
    return [*fields, f"WARC-Date: {warc_date(date)[:19]}Z"] if date else fields
