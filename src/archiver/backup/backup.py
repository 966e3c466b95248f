"""One backup: new files are copied, read back and compared; existing files are never silently overwritten."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archiver.backup.contents import Source, sources
from archiver.backup.destination import BackupStore, Stored
from archiver.errors import DamageError, StorageError, UsageError
from archiver.fixity.manifest import Chain, Manifest, sha512_of
from archiver.home import ArchiveDir
from archiver.readonly import connect_to_read


@dataclass(slots=True)
class BackupReport:
    """The result of a backup. `erased` are files in the backup with records that were erased from the archive since."""

    copied: list[str] = field(default_factory=list)
    bytes: int = 0
    unchanged: int = 0
    erased: list[str] = field(default_factory=list)
    purged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def back_up(
    archive: ArchiveDir,
    home: Path | None,
    store: BackupStore,
    *,
    purge_erased: bool = False,
    on_file: Callable[[str], None] = lambda _: None,
) -> BackupReport:
    """Bring a backup up to date. A crawl may be running: files that it has open, and the databases, are left for the
    next backup. Raises UsageError if the place contains something else, StorageError if it can't be written.
    """
    archive.require()
    known = store.index()
    if known is None and not store.is_empty() and not store.has("archive/warc"):
        raise UsageError(f"{store.where} is not empty and not a backup", "choose an empty place")
    report, files = BackupReport(), dict(known or {})
    chain = Manifest(archive.path).read()
    if chain.problems:
        report.problems.append(f"the manifest is damaged ({chain.problems[0]}): see `archiver verify`")
        return report
    with tempfile.TemporaryDirectory(prefix="archiver-backup-") as folder:
        for source in sources(archive.path, home):
            on_file(source.name)
            if source.kind == "unknown":
                report.notes.append(f"{source.name} is an unknown file: it was backed up")
            try:
                _take(source, chain, archive, Path(folder), store, files, report)
            except DamageError as error:
                report.problems.append(str(error))
    _follow_erasures(chain, store, files, report, purge=purge_erased)
    store.write_index(files)
    return report


def _take(
    source: Source,
    chain: Chain,
    archive: ArchiveDir,
    folder: Path,
    store: BackupStore,
    files: dict[str, Stored],
    report: BackupReport,
) -> None:
    path, before = source.path, files.get(source.name)
    if source.kind == "database":
        if archive.in_use:
            report.notes.append(
                f"{source.name} was left out because a run is active; it can be rebuilt from the WARC files"
            )
            return
        path = snapshot(source.path, folder)
    if source.kind == "warc":
        stated = chain.files().get(source.path.name)
        if before is not None and stated is not None and before.sha512 == stated.sha512:
            report.unchanged += 1  # copied and compared before, and never changed since
            return
    now = Stored(*sha512_of(path))
    if source.kind == "warc":
        _check_warc(source, chain, now, before)
    elif source.kind == "log" and before is not None and now != before:
        old = store.read(source.name)
        if not path.read_bytes().startswith(old):
            raise DamageError(
                f"{source.name} does not continue the one in the backup", "find out which of the two is correct"
            )
    if now == before:
        report.unchanged += 1
        return
    if before is None and store.has(source.name):  # uploaded by a crawl, or by an interrupted backup
        if (there := store.check(source.name)) == now:
            files[source.name] = there
            report.unchanged += 1
            return
        if source.kind == "warc":
            raise DamageError(
                f"{store.where} has a different {source.name}", "nothing was overwritten: use another place"
            )
    if store.put(source.name, path) != now:
        raise StorageError(
            f"{store.where}/{source.name} differs from the file that was copied", "check that disk or bucket"
        )
    files[source.name] = now
    report.copied.append(source.name)
    report.bytes += now.bytes


def _check_warc(source: Source, chain: Chain, now: Stored, before: Stored | None) -> None:
    """A damaged file must not get into the backup, and must not replace an intact one."""
    stated = chain.files().get(source.path.name)
    if stated is not None and (stated.bytes, stated.sha512) != (now.bytes, now.sha512):
        raise DamageError(f"{source.name} differs from the manifest and was not copied", "see `archiver verify`")
    if before is not None and before != now and stated is None:
        raise DamageError(f"{source.name} differs from the one in the backup", "nothing was overwritten")


def _follow_erasures(
    chain: Chain, store: BackupStore, files: dict[str, Stored], report: BackupReport, *, purge: bool
) -> None:
    for file, successor in chain.removed().items():
        name = f"archive/warc/{file}"
        if name not in files and not store.has(name):
            continue
        if purge and f"archive/warc/{successor}" in files:
            store.delete(name)
            files.pop(name, None)
            report.purged.append(name)
        else:
            report.erased.append(name)


def snapshot(path: Path, folder: Path) -> Path:
    """A consistent copy of a SQLite database, made with SQLite's backup API. Raises DamageError."""
    copy = folder / path.name
    copy.unlink(missing_ok=True)
    try:
        with closing(connect_to_read(path, timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise DamageError(f"{path} can't be copied ({error})", "see `archiver verify`") from error
    return copy
