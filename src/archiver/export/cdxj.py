"""A CDXJ index of captures, as pywb and OpenWayback read it: key, timestamp and a JSON object, sorted."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit


def cdx_key(url: str) -> str:
    """The key that pywb looks a URL up by: SURT without scheme, `www.` and case, parameters sorted.

    Not the archive's own `surt`, which tells stories apart and leaves tracking parameters out.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url
    if not host:
        return url
    host = re.sub(r"^www\d*\.", "", host)
    labels = ",".join(reversed(host.split(".")))
    if port and port != {"http": 80, "https": 443}.get(parts.scheme):
        labels += f":{port}"
    path = re.sub(r"/{2,}", "/", parts.path.lower()).rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&")))
    return f"{labels}){path}" + (f"?{query}" if query else "")


def timestamp(moment: str) -> str:
    """The 14 digits of a moment."""
    return re.sub(r"\D", "", moment)[:14]


def is_replayed(capture: sqlite3.Row) -> bool:
    """Whether a capture is what its URL answered. A rendered page is what became of that: replay runs the scripts."""
    return bool(capture["record_type"] != "conversion")


def cdxj_line(capture: sqlite3.Row, *, filename: str, offset: int, length: int) -> str:
    """One line, for a capture that stands at this place."""
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
    """Whether a capture says that nothing had changed (304), and of what. pywb answers such a record with nothing."""
    return bool(capture["http_status"] == 304 and capture["payload_id"] is not None)


def confirmed_line(capture: sqlite3.Row, original: str) -> str:
    """The line of such a capture: its own address and time, and the place of the response whose line is `original`."""
    fields = json.loads(original.split(" ", 2)[2]) | {"url": capture["url"]}
    return _line(capture, fields)


def write_cdxj(path: Path, captures: Iterable[sqlite3.Row], find_original: Callable[[int], sqlite3.Row | None]) -> int:
    """The index of the captures where they stand now; they come in the order of `cdx_key` and time.

    `find_original` gives the capture that holds the payload of a revisit.
    """
    count = 0
    with path.open("w", encoding="ascii", newline="\n") as file:
        for count, line in enumerate(_lines(captures, find_original), 1):  # noqa: B007 - the last number is the count
            file.write(line)
    return count


def _lines(captures: Iterable[sqlite3.Row], find_original: Callable[[int], sqlite3.Row | None]) -> Iterator[str]:
    for capture in captures:
        if not is_replayed(capture):
            continue
        original = find_original(capture["payload_id"]) if is_confirmed(capture) else None
        yield confirmed_line(capture, _line_where_it_stands(original)) if original else _line_where_it_stands(capture)


def _line_where_it_stands(capture: sqlite3.Row) -> str:
    place = {"offset": capture["warc_offset"], "length": capture["warc_length"]}
    return cdxj_line(capture, filename=capture["warc_file"], **place)
