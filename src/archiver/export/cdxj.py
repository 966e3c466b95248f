"""A CDXJ index of captures, as pywb and OpenWayback read it: key, timestamp and a JSON object, sorted."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from archiver.cdx_key import cdx_key
from archiver.warc import find_warc, own_place


def timestamp(moment: str) -> str:
    """A time as 14 digits."""
    return re.sub(r"\D", "", moment)[:14]


def is_replayed(capture: sqlite3.Row) -> bool:
    """Whether replay uses a capture: a response, not a rendered page, because replay runs the scripts."""
    return bool(capture["record_type"] != "conversion")


def cdxj_line(capture: sqlite3.Row, *, filename: str, offset: int, length: int) -> str:
    """One line, for a capture at this place."""
    is_revisit = capture["record_type"] == "revisit"
    fields = {
        "url": capture["url"],
        "mime": "warc/revisit" if is_revisit else capture["mime"] or "unk",
        "status": str(capture["http_status"] or ""),
        "digest": capture["payload_digest"] or "",
        "length": str(length),
        "offset": str(offset),
        "filename": filename,
    }
    if not fields["status"]:
        del fields["status"]
    return _line(capture, fields)


def _line(capture: sqlite3.Row, fields: dict[str, str]) -> str:
    return f"{cdx_key(capture['url'])} {timestamp(capture['fetched_at'])} {json.dumps(fields, ensure_ascii=True)}\n"


def is_confirmed(capture: sqlite3.Row) -> bool:
    """Whether a capture is a 304 response with a known original. pywb returns nothing for such a record."""
    return bool(capture["http_status"] == 304 and capture["payload_id"] is not None)


def confirmed_line(capture: sqlite3.Row, original: str) -> str:
    """The line for such a capture: its own URL and time, and the place of the response whose line is `original`."""
    fields = json.loads(original.split(" ", 2)[2]) | {"url": capture["url"]}
    return _line(capture, fields)


Place = tuple[str, int, int]  # file, offset, length


def place_of(capture: sqlite3.Row, warc_dir: Path) -> Place | None:
    """The place of a capture's record for any program that reads WARC; None if only archiver can read it."""
    name, offset, length = str(capture["warc_file"]), int(capture["warc_offset"]), int(capture["warc_length"])
    if capture["warc_position"] is not None:
        return None
    if ".wacz#" not in name.lower():
        return name, offset, length
    path = find_warc(warc_dir, name)
    inside = own_place(path) if path is not None else None
    return None if inside is None else (str(inside[0]), inside[1] + offset, length)


def write_cdxj(
    path: Path,
    captures: Iterable[sqlite3.Row],
    find_original: Callable[[int], sqlite3.Row | None],
    place: Callable[[sqlite3.Row], Place | None],
) -> int:
    """Write the index of captures with the places from `place`; captures come in the order of `cdx_key` and time.

    `find_original` returns the capture with the payload of a revisit. A capture without a place gets no line.
    """
    count = 0
    with path.open("w", encoding="ascii", newline="\n") as file:
        for count, line in enumerate(_lines(captures, find_original, place), 1):  # noqa: B007 - the last number is the count
            file.write(line)
    return count


def _lines(
    captures: Iterable[sqlite3.Row],
    find_original: Callable[[int], sqlite3.Row | None],
    place: Callable[[sqlite3.Row], Place | None],
) -> Iterator[str]:
    for capture in captures:
        if not is_replayed(capture):
            continue
        original = find_original(capture["payload_id"]) if is_confirmed(capture) else None
        found = place(original or capture)
        if found is not None:
            line = cdxj_line(original or capture, filename=found[0], offset=found[1], length=found[2])
            yield confirmed_line(capture, line) if original else line
