"""Joins records that were written in segments (WARC 1.1 section 7).

Only within one file: if a record continues in another file, its parts stay separate, and ingest skips them with a
reason. `selection/joining.py` joins them when all files are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from archiver.warc import unpack
from archiver.warc.reader import Damage, Record

_NUMBER, _ORIGIN, _TOTAL = "warc-segment-number", "warc-segment-origin-id", "warc-segment-total-length"


_MOST = 100  # records that wait for their segments at a time


@dataclass(slots=True)
class _Parts:
    """The segments read of a record so far."""

    records: list[Record]
    size: int


@dataclass(slots=True)
class SegmentJoiner:
    """Takes the records of a file one by one and gives back whole ones, each at the place of its first segment."""

    _waiting: dict[str, _Parts] = field(default_factory=dict)

    @property
    def held(self) -> int | None:
        """The offset of the first waiting segment: resume reading there. None if none is waiting."""
        return min((parts.records[0].ref.offset for parts in self._waiting.values()), default=None)

    def feed(self, record: Record) -> list[Record]:
        """The records that are complete now. Parts that can't be completed are returned with type `continuation`."""
        if _NUMBER not in record.fields:
            return [record]
        if record.type != "continuation":
            repeated = self._waiting.pop(record.ref.record_id, None)
            self._waiting[record.ref.record_id] = _Parts([record], len(record.block))
            return [*(_parts(repeated) if repeated else ()), *self._given_up(unpack.MAX_KEPT)]
        origin = record.fields.get(_ORIGIN, "")
        parts = self._waiting.get(origin)
        if parts is None or record.fields[_NUMBER] != str(len(parts.records) + 1) or record.cut:
            return [record]
        parts.records.append(record)
        parts.size += len(record.block)
        total = record.fields.get(_TOTAL)
        if total is None:
            return self._given_up(unpack.MAX_KEPT)
        del self._waiting[origin]
        return [_whole(parts)] if total.strip() == str(parts.size) else _parts(parts)

    def rest(self) -> list[Record]:
        """The records still incomplete at the end of the file."""
        return sorted(self._given_up(0), key=lambda record: (record.ref.offset, record.ref.position or 0))

    def _given_up(self, limit: int) -> list[Record]:
        """Parts of the oldest records, dropped while too many are waiting or they exceed the memory limit."""
        given_up: list[Record] = []
        while self._waiting and (
            not limit or len(self._waiting) > _MOST or sum(parts.size for parts in self._waiting.values()) > limit
        ):
            given_up += _parts(self._waiting.pop(next(iter(self._waiting))))
        return given_up


def joined(records: Iterable[Record | Damage]) -> Iterator[Record | Damage]:
    """The records of a file, with segmented ones joined."""
    joiner = SegmentJoiner()
    for record in records:
        if isinstance(record, Damage):
            yield record
        else:
            yield from joiner.feed(record)
    yield from joiner.rest()


def _whole(parts: _Parts) -> Record:
    first = parts.records[0]
    fields = {name: value for name, value in first.fields.items() if name != _NUMBER}
    place = replace(first.ref, position=first.ref.position or 0)
    block = b"".join(record.block for record in parts.records)
    # The digest of the first segment's block does not apply to the whole record.
    fields.pop("warc-block-digest", None)
    return replace(first, ref=place, fields=fields, block=block, shared=True)


def _parts(parts: _Parts) -> list[Record]:
    return [replace(record, type="continuation") for record in parts.records]
