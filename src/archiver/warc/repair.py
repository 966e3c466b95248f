"""Repairs `.open` files of a killed run: cuts them after the last whole record and gives them their final names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import StorageError
from archiver.warc.places import OPEN
from archiver.warc.reader import TORN, Damage, RecordStream


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired file: its final name, and how many bytes of an incomplete record were cut off."""

    path: Path
    cut: int


def repair_open_files(folder: Path) -> list[Repaired]:
    """Repair all `.open` files of a folder that no run is writing (the caller holds the archive's lock).

    Raises StorageError if a file can't be changed.
    """
    return [_repair(path) for path in sorted(folder.glob(f"*{OPEN}"))]


def cut_torn_end(path: Path) -> int:
    """If a closed file ends inside a record, cut it after the last whole record. Returns how many bytes were cut off.

    Raises StorageError if the file can't be changed.
    """
    torn = [
        found
        for found in RecordStream(path)
        # Cutting a member with several records would also remove its whole ones.
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
            path.unlink()  # without even a whole warcinfo nothing was captured
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
    """How many bytes of a file are whole records. Only the end is considered, because that is what a kill damages;
    damage in the middle is left for `verify`."""
    stream = RecordStream(path)
    end = 0
    for record in stream:
        if not isinstance(record, Damage):
            end = record.ref.offset + record.ref.length
    return end
