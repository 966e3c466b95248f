"""Recognises foreign WARC files that were moved or copied to the archive, by their records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archiver.errors import ArchiverError
from archiver.index.ingest.warc_files import WarcFile
from archiver.index.schema.connection import Index
from archiver.transactions import transaction
from archiver.warc import Damage, is_there, joined, path_of, read_records, size_of
from archiver.warc.places import stored_text
from archiver.warc.wacz import split

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


def reread_copies(db: Index, files: Iterable[WarcFile]) -> None:
    """Mark files of the archive to be read from the start that are copies of files outside whose places the index has,
    as in an index of an older archiver: reading them again puts their own places first.
    """
    known = {str(name): int(end) for name, end in db.execute("SELECT name, read_up_to FROM warcs")}
    own: dict[int, list[WarcFile]] = {}
    for file in files:
        if not file.name.startswith("/") and known.get(file.name):
            own.setdefault(known[file.name], []).append(file)
    again = []
    for name, end in known.items():
        if name.startswith("/") and end in own and (places := _places(db, name)):
            again += [file.name for file in own[end] if _holds(file, places, end)]
    with transaction(db.conn):
        db.executemany("UPDATE warcs SET read_up_to = 0 WHERE name = ?", [(name,) for name in again])


def forget_gone(db: Index) -> list[str]:
    """Files outside the archive that no longer exist, without which records of the index can't be read. Other files
    that no longer exist, because they were empty or the archive has their records, are removed from the index's list.
    """
    gone: dict[str, list[str]] = {}  # a package with the files in it
    for (name,) in db.execute("SELECT name FROM warcs WHERE name >= '/' AND name < '0' ORDER BY name"):
        path = path_of(name)
        if not is_there(path):
            inside = split(path)
            gone.setdefault(stored_text(inside[0]) if inside else name, []).append(name)
    needed = []
    for file, names in gone.items():
        if any(_is_needed(db, name) for name in names):
            needed.append(file)
            continue
        with transaction(db.conn):
            for name in names:
                for table, column in (("warcs", "name"), ("damage", "warc_file"), ("passed_over", "warc_file")):
                    db.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))  # noqa: S608 - constants
    return needed


def _is_needed(db: Index, name: str) -> bool:
    sql = (
        "SELECT EXISTS (SELECT 1 FROM captures WHERE warc_file = :file)"
        " OR EXISTS (SELECT 1 FROM withheld WHERE warc_file = :file)"
        " OR EXISTS (SELECT 1 FROM passed_over WHERE warc_file = :file AND reason = 'segment')"
    )
    return bool(db.execute(sql, {"file": name}).fetchone()[0])


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
