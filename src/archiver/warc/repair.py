"""Mends what a killed run left: a `.open` file is cut to its last whole record and given its final name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import StorageError
from archiver.warc.places import OPEN
from archiver.warc.reader import TORN, Damage, RecordStream


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file that was mended: its final name, and how many bytes of a half-written record were cut off."""

    path: Path
    cut: int


def repair_open_files(folder: Path) -> list[Repaired]:
    """Mend all `.open` files of a folder that no run is writing (the caller holds the archive's lock).

    Raises StorageError when a file can't be changed.
    """
    return [_repair(path) for path in sorted(folder.glob(f"*{OPEN}"))]


def cut_torn_end(path: Path) -> int:
    """Cut a closed file to its last whole record, where it ends inside one. Returns how many bytes were cut off.

    Raises StorageError when the file can't be changed.
    """
    torn = [
        found
        for found in RecordStream(path)
        # Of a member with several records those that are whole would go too.
        if isinstance(found, Damage) and found.cause == TORN and found.position is None
    ]
    if not torn:
        return 0
    try:
        with path.open("r+b") as file:
            file.truncate(torn[-1].offset)
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path} can't be changed ({error.strerror})", "check the folder's permissions") from error
    return torn[-1].length


def _repair(path: Path) -> Repaired:
    end = end_of_last_record(path)
    final = path.with_name(path.name.removesuffix(OPEN))
    try:
        size = path.stat().st_size
        if end == 0:
            path.unlink()  # not even a whole warcinfo: nothing was captured
            return Repaired(final, size)
        with path.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
        if final.exists():
            raise FileExistsError(17, "a file of that name exists")
        path.rename(final)
    except OSError as error:
        raise StorageError(f"{path} can't be repaired ({error.strerror})", "check the folder's permissions") from error
    return Repaired(final, size - end)


def end_of_last_record(path: Path) -> int:
    """How many bytes of a file are whole records. Damage in the middle stays for `verify` to find; only the end is torn
    by a kill."""
    stream = RecordStream(path)
    end = 0
    for record in stream:
        if not isinstance(record, Damage):
            end = record.ref.offset + record.ref.length
    return end
