"""WACZ packages among the files to read: their WARC files, and the problems of a package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.index.ingest.warc_files import WarcFile
from archiver.index.learn.mirror_hosts import load_mirrors
from archiver.index.schema.connection import Index
from archiver.index.store.identity import identity
from archiver.index.store.surts import surt_on
from archiver.index.store.withheld import covering, load_withdrawn
from archiver.transactions import transaction
from archiver.warc.places import stored_text
from archiver.warc.wacz import Package, inspect, pages_of

_NAMED = 100  # missing pages listed per package


@dataclass(slots=True)
class Unpacked:
    """The files to read instead of packages. `refused` lists packages that can't be opened, and why."""

    files: list[WarcFile] = field(default_factory=list)
    packages: list[tuple[WarcFile, int, Package]] = field(
        default_factory=list
    )  # examined in this run, with their sizes
    refused: list[tuple[str, str]] = field(default_factory=list)


def unpacked(db: Index, files: Iterable[WarcFile]) -> Unpacked:
    """Replace each package with the WARC files in it. Its digests are checked if it is new or its size changed."""
    found = Unpacked()
    for file in files:
        if not file.path.name.lower().endswith(".wacz"):
            found.files.append(file)
            continue
        row = db.execute("SELECT read_up_to FROM warcs WHERE name = ?", (file.name,)).fetchone()
        try:
            size = file.path.stat().st_size
            is_known = row is not None and row[0] == size
            package = inspect(file.path, digests=not is_known) if size else Package()
        except (OSError, ValueError) as error:
            found.refused.append((file.name, str(error)))
            continue
        if not is_known:
            found.packages.append((file, size, package))
        found.files += [
            WarcFile(Path(f"{file.path}#{name}"), f"{file.name}#{stored_text(Path(name))}") for name in package.warcs
        ]
    return found


@dataclass(frozen=True, slots=True)
class MissingPages:
    """Pages in the list of a package without a capture among its records: their number, and the first of them."""

    package: str
    count: int
    urls: tuple[str, ...]


def missing_pages(db: Index, found: Unpacked) -> list[MissingPages]:
    """Compare the lists of pages of the packages examined in this run with the index. Withdrawn pages don't count."""
    mirrors, withdrawn = load_mirrors(db), load_withdrawn(db)
    missing = []
    for file, _, _ in found.packages:
        try:
            listed = pages_of(file.path)
        except (OSError, ValueError):
            continue  # `inspect` reported why
        urls = [
            url for url in listed if not _is_captured(db, url, mirrors) and not _is_withdrawn(url, mirrors, withdrawn)
        ]
        if urls:
            missing.append(MissingPages(file.name, len(urls), tuple(urls[:_NAMED])))
    return missing


def _is_captured(db: Index, url: str, mirrors: Mapping[str, str]) -> bool:
    surt = identity((), url)[1]
    return (
        db.execute("SELECT 1 FROM captures WHERE surt IN (?, ?) LIMIT 1", (surt, surt_on(mirrors, surt))).fetchone()
        is not None
    )


def _is_withdrawn(url: str, mirrors: Mapping[str, str], withdrawn: Collection[str]) -> bool:
    return bool(withdrawn) and covering(withdrawn, mirrors, [identity((), url)[1]]) is not None


def enter_packages(db: Index, found: Unpacked) -> None:
    """Record that packages were examined, and their problems."""
    for file, size, package in found.packages:
        with transaction(db.conn):
            db.execute("DELETE FROM damage WHERE warc_file = ?", (file.name,))
            db.executemany(
                "INSERT INTO damage (warc_file, warc_offset, warc_length, cause, warc_position) VALUES (?, 0, ?, ?, ?)",
                [
                    (file.name, size, f"{name}: {reason}".encode("utf-8", "replace").decode()[:500], number)
                    for number, (name, reason) in enumerate(package.faults)
                ],
            )
            db.execute(
                "INSERT INTO warcs (name, read_up_to) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET read_up_to = excluded.read_up_to",
                (file.name, size),
            )
