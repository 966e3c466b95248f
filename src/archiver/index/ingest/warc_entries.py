"""Converts records of the warc package to entries for ingest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.errors import ArchiverError
from archiver.index.ingest.batch import DamagedStretch, PassedOver
from archiver.index.ingest.warc_files import Entry, Item, Page
from archiver.warc import Damage, Record, SegmentJoiner, capture_of, crawl_record_of, passed_over, read_records


def read_warc(path: Path, offset: int) -> Iterator[Entry]:
    """The entries of a WARC file from `offset` on, up to the last whole record.

    An entry's end is known only when the next one is read. In a file compressed as a whole many records share one
    offset, so reading can only resume after the last of them; it can also resume only before the first segment of an
    incomplete record. A damaged end is skipped but not passed: it may be repaired, or belong to a copy in progress.
    """
    stream, joiner = read_records(path, offset), SegmentJoiner()
    waiting: Record | Damage | None = None
    for found in stream:
        for record in [found] if isinstance(found, Damage) else joiner.feed(found):
            if waiting is not None:
                yield Entry(_go_on_from(stream.complete_up_to, joiner), _item(waiting))
            waiting = record
    for record in joiner.rest():
        if waiting is not None:
            yield Entry(record.ref.offset, _item(waiting))
        waiting = record
    if waiting is not None:
        yield Entry(waiting.offset if isinstance(waiting, Damage) else stream.complete_up_to, _item(waiting))


def _go_on_from(offset: int, joiner: SegmentJoiner) -> int:
    held = joiner.held
    return offset if held is None else min(offset, held)


def _item(record: Record | Damage) -> Item:
    if isinstance(record, Damage):
        return DamagedStretch(record.offset, record.length, record.cause, record.position or 0)
    place = record.ref
    try:
        if (reason := passed_over(record)) is not None:
            return PassedOver(place.offset, place.position or 0, record.type[:100], reason)
        found = capture_of(record)
        if found is None:
            return crawl_record_of(record)
    except Exception as error:
        # No record may end the run, whatever it contains: it is reported, and the others are read.
        cause = error.message if isinstance(error, ArchiverError) else f"{type(error).__name__}: {error}"[:300]
        return DamagedStretch(place.offset, place.length, cause, place.position or 0)
    capture, payload = found
    return Page(capture, payload.data, payload.notes)
