"""Converts a record to a standalone WARC record: from an ARC file, a shared member, segments, or without an ID."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.warc.reader import Record
from archiver.warc.records import warc_date
from archiver.warc.warc_dates import parse_date

_SEGMENTS = ("warc-segment-number", "warc-segment-total-length", "warc-segment-origin-id")


_VERSIONS = ("WARC/1.0", "WARC/1.1", "WARC/0.18", "WARC/0.17")


def is_standard(record: Record) -> bool:
    """Whether its bytes are already a WARC record that any tool accepts."""
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
        version, *lines = record.header.decode("latin-1").split("\n")
        fields = [line.rstrip("\r") for line in lines if line.strip() and _name(line) not in _replaced(record)]
        fields.insert(0, f"WARC-Type: {record.type}")
        encoding = "latin-1"
    else:
        version, fields, encoding = "", _arc_fields(record), "utf-8"
    if "warc-record-id" not in record.fields:
        fields.append(f"WARC-Record-ID: {record.ref.record_id}")
    fields.append(f"Content-Length: {len(record.block)}")
    version = version.strip() if version.strip() in _VERSIONS else "WARC/1.1"
    return ("\r\n".join([version, *fields]) + "\r\n\r\n").encode(encoding, "replace")


def _replaced(record: Record) -> tuple[str, ...]:
    always = ("content-length", "warc-type")
    joined = record.fields.keys().isdisjoint(_SEGMENTS[:1]) and b"arc-segment-number" in record.header.lower()
    return (*always, *_SEGMENTS, "warc-block-digest") if joined else always


def _name(line: str) -> str:
    return line.partition(":")[0].strip().lower()


def _arc_fields(record: Record) -> list[str]:
    date = parse_date(record.fields.get("warc-date", ""))
    named = {"warc-type": "WARC-Type", "warc-target-uri": "WARC-Target-URI", "warc-ip-address": "WARC-IP-Address",
             "content-type": "Content-Type"}  # fmt: skip
    fields = [f"{name}: {record.fields[key]}" for key, name in named.items() if record.fields.get(key)]
    return [*fields, f"WARC-Date: {warc_date(date)[:19]}Z"] if date else fields
