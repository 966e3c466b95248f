"""Joins records whose segments are in different files (WARC 1.1 section 7), each into a separate WARC file.

A segment is identified only by WARC-Segment-Origin-ID and WARC-Segment-Number, so the order in which the files were
read does not matter. The new file is written once, when all segments are known, and has a copy of the warcinfo record
that describes the first segment. Its last record lists the places of the segments. A rebuild reads it like any other
file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from archiver.errors import ArchiverError
from archiver.export.copied_records import packed_record
from archiver.index.read.segment_places import SegmentPlace
from archiver.warc import Damage, Record, description, find_warc, read_records

_NUMBER, _ORIGIN, _TOTAL = "warc-segment-number", "warc-segment-origin-id", "warc-segment-total-length"
_MAX_JOINED = 2**27  # bytes, as for any record


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A record that could not be joined: its ID, the file of one of its segments, and why."""

    record_id: str
    warc_file: str
    reason: str


@dataclass(slots=True)
class Joined:
    """The new files, by name, and what is incomplete."""

    files: list[str] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Segment:
    place: SegmentPlace
    number: int
    size: int
    total: int | None


def file_name(record_id: str) -> str:
    """The name of the file with a joined record: the same for the same record."""
    return f"segments-{hashlib.sha256(record_id.encode('utf-8', 'replace')).hexdigest()[:16]}.warc.gz"


def join_segments(
    places: Iterable[SegmentPlace], warc_dir: Path, folder: Path, is_known: Callable[[str], bool]
) -> Joined:
    """Write a file to `folder` for each record whose segments are all among the places.

    `is_known` tells whether the archive has, or had, a file of this name: its record is not joined again. Raises
    OSError if a file can't be written. Segments that can't be read any more count as missing.
    """
    done = Joined()
    for record_id, segments in sorted(_by_origin(places, warc_dir).items()):
        name = file_name(record_id)
        if is_known(name):
            continue
        reason = _missing(segments)
        if reason is None:
            records = [_at(segments[number].place, warc_dir) for number in sorted(segments)]
            whole = [record for record in records if record is not None]
            if len(whole) == len(records):
                data = _file(record_id, whole, [segments[number] for number in sorted(segments)], warc_dir)
                (folder / name).write_bytes(data)
                done.files.append(name)
                continue
            reason = "a segment can't be read any more"
        place = segments[min(segments)].place
        done.incomplete.append(Incomplete(record_id, place.warc_file, reason))
    return done


def _by_origin(places: Iterable[SegmentPlace], warc_dir: Path) -> dict[str, dict[int, _Segment]]:
    """The segments of each record by number. Of several copies of a segment the first place counts."""
    found: dict[str, dict[int, _Segment]] = {}
    for place in sorted(places):
        record = _at(place, warc_dir)
        if record is None:
            continue
        is_first = record.type != "continuation"
        origin = record.ref.record_id if is_first else record.fields.get(_ORIGIN, "").strip()
        number = _whole_number(record.fields.get(_NUMBER, ""))
        stated = _whole_number(record.fields.get("content-length", ""))
        if origin and number is not None and (number == 1) == is_first:
            size = len(record.block) if stated is None else stated
            segment = _Segment(place, number, size, _whole_number(record.fields.get(_TOTAL, "")))
            found.setdefault(origin, {}).setdefault(number, segment)
    return found


def _missing(segments: Mapping[int, _Segment]) -> str | None:
    """Why segments are not a complete record; None if they are."""
    last = max(segments)
    absent = next((number for number in range(1, last + 1) if number not in segments), None)
    if absent is not None:
        return f"segment {absent} is missing"
    total = segments[last].total
    if total is None:
        return f"segment {last + 1} is missing"  # only the last segment states the total length
    size = sum(segment.size for segment in segments.values())
    if size != total:
        return f"its segments have {size:,} bytes together, not {total:,}"
    return "it is larger than 128 MiB" if size > _MAX_JOINED else None


def _at(place: SegmentPlace, warc_dir: Path) -> Record | None:
    """The record at a place; None if it is no longer there."""
    try:
        path = find_warc(warc_dir, place.warc_file)
        for record in read_records(path, place.offset) if path is not None else ():
            if isinstance(record, Damage) or record.ref.offset != place.offset:
                return None
            if (record.ref.position or 0) == place.position:
                return record
    except ArchiverError:
        return None
    return None


def _warcinfo(place: SegmentPlace, warc_dir: Path) -> Record | None:
    """The last warcinfo record before a place in its file."""
    path = find_warc(warc_dir, place.warc_file)
    found: Record | None = None
    for record in read_records(path) if path is not None else ():
        if isinstance(record, Damage):
            continue
        if (record.ref.offset, record.ref.position or 0) >= (place.offset, place.position):
            break
        found = record if record.type == "warcinfo" else found
    return found


def _file(record_id: str, records: Sequence[Record], segments: Sequence[_Segment], warc_dir: Path) -> bytes:
    """The content of the new file. The same segments give the same bytes."""
    first = records[0]
    left_out = (_NUMBER, "warc-block-digest")  # the digest of the first segment's block
    whole = replace(
        first,
        fields={name: value for name, value in first.fields.items() if name not in left_out},
        block=b"".join(record.block for record in records),
    )
    warcinfo = _warcinfo(segments[0].place, warc_dir)
    parts = [warcinfo] if warcinfo is not None else []
    return b"".join(map(packed_record, [*parts, whole, _sources(record_id, first, segments)]))


def _sources(record_id: str, first: Record, segments: Sequence[_Segment]) -> Record:
    """The record with the places of the segments."""
    told = [("archiver-joined", record_id)]
    told += [("archiver-segment", f"{each.number} {each.place.warc_file} {each.place.offset}") for each in segments]
    return description(told, date=first.fields.get("warc-date", ""), refers_to=record_id)


def _whole_number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text.strip()) <= 18 else None
