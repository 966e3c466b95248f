"""Restores an archive from a backup or a bag, and compares every file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from archiver.backup.bag import MANIFEST, bag_files
from archiver.backup.destination import BackupStore, Stored
from archiver.errors import DamageError, UsageError
from archiver.fixity.manifest import sha512_of
from archiver.home import ArchiveDir


def restore(
    store: BackupStore, archive: ArchiveDir, home: Path, on_file: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Copy everything from a backup and compare it; returns the names.

    Raises UsageError if an existing file would be overwritten or there is no backup; DamageError if a file differs from
    what was backed up (the others are restored anyway).
    """
    files = _files(store)
    if archive.path.exists() and any(path for path in archive.path.rglob("*") if path.is_file()):
        raise UsageError(f"{archive.path} is not empty", "restore into a new folder (-A): nothing is overwritten")
    places = {name: place_of(name, archive.path, home) for name in files}
    for name, path in places.items():
        if path.exists() and sha512_of(path)[1] != files[name].sha512:
            raise UsageError(f"{path} exists and is different", "move it away: nothing is overwritten")
    archive.create()
    bad = []
    for name, expected in files.items():
        on_file(name)
        if places[name].exists():
            continue
        arrived = store.get(name, places[name])
        if arrived.sha512 != expected.sha512:
            bad.append(name)
    if bad:
        raise DamageError(
            f"{len(bad)} of {len(files)} files differ from what was backed up, {bad[0]} the first",
            "take them from another backup",
        )
    return sorted(files)


def _files(store: BackupStore) -> dict[str, Stored]:
    """The files of a backup or a bag, by name."""
    if store.has("bagit.txt") and store.has(MANIFEST):
        lines = store.read(MANIFEST).decode("utf-8", "replace")
        return {name: Stored(0, sha512) for name, sha512 in bag_files(lines).items()}
    files = store.index()
    if files is None:
        raise UsageError(f"there is no backup at {store.where}", "give the place that `archiver backup` wrote to")
    return files


def place_of(name: str, archive: Path, home: Path) -> Path:
    """The path for a file. Raises DamageError for a name that leads outside."""
    parts = PurePosixPath(name.removeprefix("data/")).parts
    if len(parts) < 2 or parts[0] not in ("archive", "home") or any(part in ("..", "/", "") for part in parts):
        raise DamageError(f"the backup has a file {name!r} with an invalid path", "don't trust this backup")
    return (archive if parts[0] == "archive" else home).joinpath(*parts[1:])
