"""Recognises foreign WARC files that were moved, by their records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archiver.errors import ArchiverError
from archiver.index.ingest.warc_files import WarcFile
from archiver.index.schema.connection import Index
from archiver.transactions import transaction
from archiver.warc import Damage, is_there, joined, path_of, read_records, size_of

_TABLES = ("captures", "damage", "passed_over", "crawl_records", "withheld")


def find_moved(db: Index, files: Iterable[WarcFile]) -> dict[str, WarcFile]:
    """Maps old names of missing files in the index to the given files.

    A file is the same if the first and last indexed capture of the old file are at the same places in it.
    """
    known = {str(name): int(end) for name, end in db.execute("SELECT name, read_up_to FROM warcs")}
    new = [file for file in files if file.name not in known and is_there(file.path)]
    moved: dict[str, WarcFile] = {}
    if not new:
        return moved
    for old in sorted(name for name in known if name.startswith("/") and not is_there(path_of(name))):
        places = _places(db, old)
        same = next((file for file in new if places and _holds(file, places, known[old])), None)
        if same is not None:
            new.remove(same)
            moved[old] = same
    return moved


def rename(db: Index, moved: dict[str, WarcFile]) -> None:
    """Update the names of moved files in the index."""
    if not moved:
        return
    with transaction(db.conn):
        for old, file in moved.items():
            for table in _TABLES:
                db.execute(f"UPDATE {table} SET warc_file = ? WHERE warc_file = ?", (file.name, old))  # noqa: S608
            db.execute("UPDATE warcs SET name = ? WHERE name = ?", (file.name, old))


def _places(db: Index, name: str) -> list[tuple[int, int | None, str]]:
    select = "SELECT warc_offset, warc_position, warc_record_id FROM captures WHERE warc_file = ? ORDER BY warc_offset"
    ends = (db.execute(f"{select} {order} LIMIT 1", (name,)).fetchone() for order in ("", "DESC"))
    return [tuple(row) for row in ends if row is not None]


def _holds(file: WarcFile, places: Sequence[tuple[int, int | None, str]], read_up_to: int) -> bool:
    try:
        return size_of(file.path) >= read_up_to and all(_has(file, *place) for place in places)
    except (OSError, ValueError, ArchiverError):
        return False


def _has(file: WarcFile, offset: int, position: int | None, record_id: str) -> bool:
    for record in joined(read_records(file.path, offset)):
        if isinstance(record, Damage) or record.ref.offset != offset:
            return False
        if record.ref.record_id == record_id and position in (None, record.ref.position):
            return True
    return False
