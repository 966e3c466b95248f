"""From the warc room's records to the entries that ingest reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.index.ingest.batch import DamagedStretch
from archiver.index.ingest.warc_files import Entry, Item, Page
from archiver.warc import Damage, Record, capture_of, crawl_record_of, read_records


def read_warc(path: Path, offset: int) -> Iterator[Entry]:
    """What stands in a WARC file from `offset` on, up to the last whole record.

    An entry's end is known when the next one is read: a file that was compressed as a whole has many records at one
    offset, and one can only go on behind the last of them. A damaged end is passed over and not gone beyond: it may be
    mended, or be the rest of a copy that is still under way.
    """
    stream = read_records(path, offset)
    waiting: Record | Damage | None = None
    for record in stream:
        if waiting is not None:
            yield Entry(stream.complete_up_to, _item(waiting))
        waiting = record
    if waiting is not None:
        yield Entry(waiting.offset if isinstance(waiting, Damage) else stream.complete_up_to, _item(waiting))


def _item(record: Record | Damage) -> Item:
    if isinstance(record, Damage):
        return DamagedStretch(record.offset, record.length, record.cause)
    found = capture_of(record)
    if found is None:
        return crawl_record_of(record)
    capture, payload = found
    return Page(capture, payload.data, payload.notes)
