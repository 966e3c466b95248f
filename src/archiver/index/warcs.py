"""From the warc room's records to the entries that ingest reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.index.apply import DamagedStretch
from archiver.index.reading import Entry, Page
from archiver.warc import Damage, capture_of, crawl_record_of, read_records


def read_warc(path: Path, offset: int) -> Iterator[Entry]:
    """What stands in a WARC file from `offset` on, up to the last whole record."""
    for record in read_records(path, offset):
        end = record.offset + record.length
        if isinstance(record, Damage):
            yield Entry(end, DamagedStretch(record.offset, record.length, record.reason))
        elif (found := capture_of(record)) is not None:
            capture, payload = found
            yield Entry(end, Page(capture, payload.body()))
        else:
            yield Entry(end, crawl_record_of(record))
