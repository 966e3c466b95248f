"""One backup: new files are copied, read back and compared; existing files are never silently overwritten."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archiver.backup.contents import Source, is_of_manifest, sources
from archiver.backup.destination import BackupStore, Stored
from archiver.errors import DamageError, StorageError, UsageError
from archiver.fixity.manifest import FILE_NAME, Chain, FileState, Manifest, sha512_of
from archiver.home import ArchiveDir
from archiver.readonly import connect_to_read


@dataclass(slots=True)
class BackupReport:
    """The result of a backup. `replaced` are files that were missing or damaged in the backup and are in it again,
    `erased` those in the backup with records that were erased from the archive since, `held_back` databases, and the
    manifest with its signature and timestamps, that were not copied because of the problems.
    """

    copied: list[str] = field(default_factory=list)
    bytes: int = 0
    unchanged: int = 0
    replaced: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    purged: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
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

    The databases and the manifest are copied last, and only if nothing is damaged or missing: databases may have been
    made without it, and a manifest may have a line that doesn't fit the file in the backup. Only a backup without a
    manifest gets one even so: without it nobody would know what is missing.
    """
    archive.require()
    known = store.index()
    if known is None and not store.is_empty() and not store.has("archive/warc"):
        raise UsageError(f"{store.where} is not empty and not a backup", "choose an empty place")
    report = BackupReport()
    if known is None:
        report.notes.append(f"{store.where} has no backup yet: this is the first")
    chain = Manifest(archive.path).read()
    if chain.problems:
        report.problems.append(f"the manifest is damaged ({chain.problems[0]}): see `archiver verify`")
        return report
    run = _Run(store, chain.files(), dict(known or {}), store.sizes(), report)
    run.find_missing(chain.missing_from(archive.warc))
    last: list[tuple[Source, Path]] = []
    with tempfile.TemporaryDirectory(prefix="archiver-backup-") as folder:
        for source in sources(archive.path, home):
            on_file(source.name)
            if source.kind == "unknown":
                report.notes.append(f"{source.name} is an unknown file: it was backed up")
            try:
                if is_of_manifest(source.name):  # as it is now: it must not be newer than the WARC files that follow
                    last.append((source, _copied(source.path, Path(folder) / str(len(last)))))
                elif source.kind != "database":
                    run.take(source, source.path)
                elif archive.in_use:
                    cause = "a run is active; it can be rebuilt from the WARC files"
                    report.notes.append(f"{source.name} was left out because {cause}")
                else:
                    last.append((source, snapshot(source.path, Path(folder) / str(len(last)))))
            except DamageError as error:
                report.problems.append(str(error))
        run.take_last(last, on_file)
    run.find_lost(chain.removed())
    _follow_erasures(chain, store, run.files, report, purge=purge_erased)
    store.write_index(run.files)
    return report


@dataclass(slots=True)
class _Run:
    """One backup. `stated`: the WARC files by the manifest; `files`: those of the backup, brought up to date; `sizes`:
    what was in the place at the start.
    """

    store: BackupStore
    stated: Mapping[str, FileState]
    files: dict[str, Stored]
    sizes: Mapping[str, int]
    report: BackupReport

    def find_missing(self, names: Sequence[str]) -> None:
        """Files of the manifest that the archive lacks."""
        for name in names:
            place = f"archive/warc/{name}"
            there = f"copy it from {self.store.where}/{place}" if place in self.sizes else "restore it from a backup"
            self.report.problems.append(f"{place} is in the manifest, but missing: {there}")

    def find_lost(self, erased: Container[str]) -> None:
        """Files that an earlier backup copied, that are in the place no more, and that were not copied again."""
        for name in [name for name in self.files if name not in self.sizes and name not in self.report.copied]:
            if name in self.report.held_back or name.removeprefix("archive/warc/") in erased:
                del self.files[name]
            else:
                self.report.problems.append(f"{name} is missing from {self.store.where}, and could not be copied again")

    def take_last(self, copies: Sequence[tuple[Source, Path]], on_file: Callable[[str], None]) -> None:
        """Copy the manifest, then the databases, from their `copies`. Raises StorageError."""
        has_manifest = f"archive/{FILE_NAME}" in self.sizes
        for source, copy in sorted(copies, key=lambda entry: entry[0].kind == "database"):
            on_file(source.name)
            if self.report.problems and (has_manifest or source.kind == "database"):
                self.report.held_back.append(source.name)
                continue
            try:
                self.take(source, copy)
            except DamageError as error:
                self.report.problems.append(str(error))

    def take(self, source: Source, path: Path) -> None:
        """Copy one file, if the backup lacks it or it changed. Raises DamageError, StorageError."""
        name, before = source.name, self.files.get(source.name)
        size = self.sizes.get(name)
        fault = before is not None and size != before.bytes
        if source.kind == "warc":
            modified = path.stat().st_mtime_ns
            stated = self.stated.get(source.path.name)
            if before is not None and size is not None and fault:
                raise DamageError(
                    f"{self.store.where}/{name} is damaged ({size:,} bytes instead of {before.bytes:,})",
                    "delete it there, and the next backup copies it again",
                )
            same = before is not None and (before.bytes, before.modified) == (path.stat().st_size, modified)
            if same and not fault and stated is not None and before is not None and before.sha512 == stated.sha512:
                self.report.unchanged += 1  # copied and compared before, and not written since
                return
            now = Stored(*sha512_of(path), modified)
            _check_warc(source, stated, now, before, self.store)
        else:
            now = Stored(*sha512_of(path))
            if source.kind == "log" and size is not None and before is not None and (fault or now != before):
                _check_log(source, path, self.store)
        if now == before and not fault:
            self.files[name] = now
            self.report.unchanged += 1
            return
        if before is None and size is not None:  # uploaded by a crawl, or by an interrupted backup
            if self.store.check(name) == now:
                self.files[name] = now
                self.report.unchanged += 1
                return
            if source.kind == "warc":
                raise DamageError(
                    f"{self.store.where} has a different {name}", "nothing was overwritten: use another place"
                )
        if self.store.put(name, path) != now:
            raise StorageError(
                f"{self.store.where}/{name} differs from the file that was copied", "check that disk or bucket"
            )
        self.files[name] = now
        self.report.copied.append(name)
        self.report.bytes += now.bytes
        if fault:
            self.report.replaced.append(name)


def _check_warc(
    source: Source, stated: FileState | None, now: Stored, before: Stored | None, store: BackupStore
) -> None:
    """A damaged file must not get into the backup, and must not replace an intact one."""
    if stated is not None and before is not None and stated.was(before.bytes, before.sha512):
        raise DamageError(
            f"{source.name} lost its end in a repair, and the backup has the whole file",
            f"copy it from {store.where}/{source.name}, then run `archiver verify --repair`",
        )
    if stated is not None and (stated.bytes, stated.sha512) != (now.bytes, now.sha512):
        raise DamageError(f"{source.name} differs from the manifest and was not copied", "see `archiver verify`")
    if before is not None and before != now and stated is None:
        raise DamageError(f"{source.name} differs from the one in the backup", "nothing was overwritten")


def _check_log(source: Source, path: Path, store: BackupStore) -> None:
    """A log may only have got longer."""
    if not path.read_bytes().startswith(store.read(source.name)):
        raise DamageError(
            f"{source.name} does not continue the one in the backup", "find out which of the two is correct"
        )


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


def _copied(path: Path, folder: Path) -> Path:
    """A copy of a file as it is now. Raises StorageError."""
    try:
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy2(path, folder / path.name))
    except OSError as error:
        raise StorageError(f"{path} can't be copied ({error.strerror})", "check the disk and its space") from error


def snapshot(path: Path, folder: Path) -> Path:
    """A consistent copy of a SQLite database, made with SQLite's backup API. Raises DamageError."""
    copy = folder / path.name
    folder.mkdir(exist_ok=True)
    copy.unlink(missing_ok=True)
    try:
        with closing(connect_to_read(path, timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise DamageError(f"{path} can't be copied ({error})", "see `archiver verify`") from error
    return copy
