"""Copies a backup to a folder that may have a part of it already, to work on it (unlike `restore`)."""

from __future__ import annotations

from archiver.backup.destination import BackupStore, Stored
from archiver.backup.restore import place_of
from archiver.errors import DamageError
from archiver.fixity.manifest import Manifest, sha512_of
from archiver.home import ArchiveDir

_PREFIX = "archive/"


def fetch(store: BackupStore, archive: ArchiveDir) -> None:
    """Bring an archive on this machine up to date with the backup: all of its files, and WARC files that a crawl
    uploaded and no backup listed yet. If there is no backup, nothing is copied.

    Existing WARC files are kept. Raises DamageError for a file that differs from what was backed up, and for a
    different local WARC file of the same name; StorageError.
    """
    listed = store.index() or {}
    archive.create()
    sent = [name for name in store.names(f"{_PREFIX}warc") if name not in listed]
    for name in [*listed, *sent]:
        if not name.startswith(_PREFIX):
            continue
        place = place_of(name, archive.path, archive.path)
        is_warc = place.parent == archive.warc
        expected = listed.get(name)
        if place.exists() and (is_warc or expected == Stored(*sha512_of(place))):
            if is_warc and expected is not None and expected != Stored(*sha512_of(place)):
                raise DamageError(f"{place} differs from the file in {store.where}", "move it away")
            continue
        part = place.with_name(f"{place.name}.part")
        part.unlink(missing_ok=True)
        arrived = store.get(name, part)
        if expected is not None and arrived != expected:
            part.unlink()
            raise DamageError(f"{store.where}/{name} differs from what was backed up", "take it from another copy")
        part.replace(place)
    Manifest(archive.path).enlist([archive.path / name.removeprefix(_PREFIX) for name in sorted(sent)])
