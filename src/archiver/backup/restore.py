"""Restores an archive from a backup or a bag, and compares every file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from archiver.backup.bag import MANIFEST, bag_files
from archiver.backup.destination import BackupStore, Stored
from archiver.errors import DamageError, UsageError
from archiver.fixity.manifest import FILE_NAME, chain_of, sha512_of
from archiver.home import ArchiveDir

_NAMED = 5  # files named in an error


def restore(
    store: BackupStore, archive: ArchiveDir, home: Path, on_file: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Copy everything from a backup and compare it; returns the names.

    Raises UsageError if an existing file would be overwritten or there is no backup; DamageError if a file is
    missing or differs from what was backed up or from the backup's manifest (the others are restored anyway).
    """
    files = files_in(store)
    if archive.path.exists() and any(path for path in archive.path.rglob("*") if path.is_file()):
        raise UsageError(f"{archive.path} is not empty", "restore into a new folder (-A): nothing is overwritten")
    places = {name: place_of(name, archive.path, home) for name in files}
    for name, path in places.items():
        if path.exists() and sha512_of(path)[1] != files[name].sha512:
            raise UsageError(f"{path} exists and is different", "move it away: nothing is overwritten")
    archive.create()
    bad: list[str] = []
    missing: list[str] = []
    for name, expected in files.items():
        on_file(name)
        if places[name].exists():
            continue
        try:
            if store.get(name, places[name]).sha512 != expected.sha512:
                bad.append(name)
        except DamageError:
            missing.append(name)
    faults = [
        f"{len(names)} of {len(files)} files {fault}: {', '.join(names[:_NAMED])}"
        + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        for fault, names in (
            ("are missing in the backup", missing),
            ("differ from what was backed up", bad),
            (
                "differ from the manifest in the backup",
                [name for name in _unlike_manifest(store, files) if name not in bad],
            ),
        )
        if names
    ]
    if faults:
        raise DamageError("; ".join(faults), "the others were restored: take these from another backup")
    return sorted(files)


def check_backup(store: BackupStore, on_file: Callable[[str], None] = lambda _: None) -> tuple[int, list[str]]:
    """Read every file of a backup or a bag back and compare it with what was backed up. Changes nothing. Returns the
    number of files and the problems. Raises UsageError if there is no backup, StorageError.
    """
    files, problems = files_in(store), []
    for name, expected in files.items():
        on_file(name)
        try:
            if store.check(name).sha512 != expected.sha512:
                problems.append(f"{store.where}/{name} differs from what was backed up")
        except DamageError as error:
            problems.append(error.message)
    problems += [
        f"{store.where}/{name} differs from the manifest in the backup" for name in _unlike_manifest(store, files)
    ]
    return len(files), problems


def _unlike_manifest(store: BackupStore, files: Mapping[str, Stored]) -> list[str]:
    """The WARC files of a backup or a bag that are not as its manifest says. Raises StorageError."""
    found = []
    for prefix in ("", "data/"):
        if f"{prefix}archive/{FILE_NAME}" in files and store.has(f"{prefix}archive/{FILE_NAME}"):
            stated = chain_of(store.read(f"{prefix}archive/{FILE_NAME}")).files()
            names = {f"{prefix}archive/warc/{file}": state.sha512 for file, state in stated.items()}
            found += [name for name, sha512 in names.items() if name in files and files[name].sha512 != sha512]
    return found


def files_in(store: BackupStore) -> dict[str, Stored]:
    """The files of a backup or a bag, by name; `bytes` is 0 for those of a bag. Raises UsageError if there is none."""
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
