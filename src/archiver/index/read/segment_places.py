"""The places of segments whose record is not complete in any single file."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.index.schema.connection import Index


@dataclass(frozen=True, slots=True, order=True)
class SegmentPlace:
    """The place of one segment: its file by the index's name, the offset of its member, and its position in the
    member."""

    warc_file: str
    offset: int
    position: int


def segment_places(db: Index) -> list[SegmentPlace]:
    """All segments that were skipped, in order of their places."""
    rows = db.execute(
        "SELECT warc_file, warc_offset, warc_position FROM passed_over WHERE reason = 'segment'"
        " ORDER BY warc_file, warc_offset, warc_position"
    )
    return [SegmentPlace(*row) for row in rows]
