"""Reads an archive once and compares it with its manifest, digests, index and frontier. Changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import ArchiverError
from archiver.fixity import signing, stamps
from archiver.fixity.manifest import FILE_NAME, Chain, FileState, Manifest, sha512_of
from archiver.fixity.wacz_seal import verdict_on
from archiver.frontier import FrontierReader
from archiver.home import ArchiveDir
from archiver.index.database import open_reader, outdated
from archiver.index.ingest.upkeep import leftovers
from archiver.index.ingest.warc_files import WarcFile, packages_in, warcs_in
from archiver.index.read.foreign_files import foreign_names, indexed_names, records_in
from archiver.index.read.soundness import FileRows, changed_texts, file_problems, is_writable
from archiver.index.schema.connection import Index
from archiver.verify.report import DIFFERS, SAME_SIZE, Problem, Report
from archiver.warc import Damage, Record, capture_of, is_there, path_of, read_records
from archiver.warc.digests import wrong_digest
from archiver.warc.places import OPEN, stored_text
from archiver.warc.reader import TORN
from archiver.warc.wacz import inspect, seal_of, split

_MOST_ROWS = 100  # problems listed for the rows of one file


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to check. `head` is an earlier head of the manifest, `key` a PEM file with its signer's public key."""

    deep: bool = False
    head: str | None = None
    key: Path | None = None
    on_file: Callable[[str], None] = field(default=lambda _: None)


def verify(archive: ArchiveDir, options: CheckOptions) -> Report:
    """Find all problems of an archive.

    Always: the manifest's chain and signatures, each WARC file's SHA-512, whether all indexed files exist, each
    record's length and digests, also of indexed files outside the archive, the databases with SQLite's checks and their
    checksums. Deep: each row of the index against its record, each text against its hash, and the frontier against the
    captures. Raises UsageError if there is no archive or the key is invalid.
    """
    archive.require()
    report = Report()
    chain = Manifest(archive.path).read()
    _check_manifest(archive, chain, options, report)
    report.outdated = outdated(archive.index)
    if report.outdated is not None:  # it was not changed by anyone, and its rows can't be compared
        report.notes.append(report.outdated)
    index_is_sound = report.outdated is None and _check_file(archive.index, "index", file_problems, report)
    frontier_is_sound = _check_file(archive.frontier, "frontier", _frontier_problems, report)
    if archive.index.exists() and not is_writable(archive.index):
        report.notes.append(
            f"{archive.index.name}: its full-text table is not checked, because the disk is read-only; verify a copy"
        )
    _check_indexed(archive, report)
    if not archive.in_use:
        for path in leftovers(archive.index):
            size = f"{path.stat().st_size / 1e6:,.1f} MB"
            report.notes.append(
                f"{path.name} ({size}) was left by a rebuild that was killed: `archiver index` removes it"
            )
    captured: set[bytes] = set()
    rows = open_reader(archive.index) if options.deep and index_is_sound else nullcontext()
    with rows as db, FrontierReader(archive.frontier if frontier_is_sound else Path(os.devnull)) as frontier:
        listed = chain.files()
        inside = packages_in(archive.warc)
        for warc in (*warcs_in(archive.warc), *_in_packages(inside, listed, report)):
            options.on_file(warc.name)
            _check_warc(warc, archive.in_use, listed, db, frontier if options.deep else None, captured, report)
        files, packages = _outside(archive)
        for warc in (*files, *_in_packages(packages, listed, report)):
            options.on_file(warc.name)
            # A frontier is made from the archive's own files.
            _check_warc(warc, False, listed, db, None, set(), report)
        report.foreign = len(files) + len(packages)
        if db is not None:
            report.problems += [Problem("index", archive.index.name, cause) for cause in changed_texts(db)]
        if options.deep and not archive.in_use:
            for url, file in frontier.fetched():
                if _key(url) not in captured:
                    cause = f"{url} counts as fetched, but there is no record of it"
                    report.problems.append(Problem("frontier", file, cause))
    return report


def _check_manifest(archive: ArchiveDir, chain: Chain, options: CheckOptions, report: Report) -> None:
    report.head = chain.head
    report.problems += [Problem("manifest", FILE_NAME, cause) for cause in chain.problems]
    for cause in signing.problems(archive.path, chain, options.key):
        report.problems.append(Problem("signature", signing.FILE_NAME, cause))
    for name, lines in stamps.stamped_lines(archive.path).items():
        if lines is None:
            report.problems.append(Problem("signature", name, "it is not a timestamp of this manifest"))
        else:
            report.notes.append(f"{name} is a timestamp of the manifest up to line {lines}")
    if options.head is not None and not chain.has(options.head):
        cause = "the chain doesn't contain the given head: lines were removed or changed"
        report.problems.append(Problem("head", FILE_NAME, cause))
    present = {path.name for path in archive.warc.iterdir()} if archive.warc.is_dir() else set()
    known = chain.files()
    for name in known:
        if name not in present and name + OPEN not in present:
            report.problems.append(Problem("missing", name, "it is in the manifest, but missing"))
    files = (*warcs_in(archive.warc), *packages_in(archive.warc))
    unlisted = [warc.name for warc in files if warc.name not in known and warc.name in present]
    report.unlisted = unlisted
    if unlisted:
        report.notes.append(report.unlisted_note())


def _check_file(path: Path, kind: str, check: Callable[[Path], list[str]], report: Report) -> bool:
    """Checks a database as far as possible without the WARC files."""
    if not path.exists():
        return False
    try:
        found = check(path)
    except ArchiverError as error:
        found = [error.message]
    report.problems += [Problem("index" if kind == "index" else "frontier", path.name, cause) for cause in found]
    return not found


def _frontier_problems(path: Path) -> list[str]:
    with FrontierReader(path) as frontier:
        return frontier.problems()


def _outside(archive: ArchiveDir) -> tuple[list[WarcFile], list[WarcFile]]:
    """The WARC files outside the archive that its index was made from, and the WACZ packages, those that exist."""
    names = [name for name in foreign_names(archive.index) if is_there(path_of(name))]
    files = [WarcFile(path_of(name), name) for name in names]
    packages = [file for file in files if file.path.name.lower().endswith(".wacz")]
    return [file for file in files if file not in packages], packages


def _in_packages(packages: Iterable[WarcFile], listed: Mapping[str, FileState], report: Report) -> Iterator[WarcFile]:
    """The WARC files inside WACZ packages, which are compared with their own digests and the manifest."""
    for package in packages:
        _check_sum(package, listed, report)
        report.bytes += package.path.stat().st_size
        try:
            found = inspect(package.path)
        except (OSError, ValueError) as error:
            report.problems.append(Problem("record", package.name, f"the package can't be opened ({error})"))
            continue
        report.problems += [Problem("record", package.name, f"{name}: {reason}") for name, reason in found.faults]
        _check_seal(package, report)
        for name in found.warcs:
            yield WarcFile(Path(f"{package.path}#{name}"), f"{package.name}#{stored_text(Path(name))}")


def _check_seal(package: WarcFile, report: Report) -> None:
    """The signature of a package: whether it is valid, and whose it is."""
    verdict = verdict_on(*seal_of(package.path))
    if verdict is not None:
        report.problems += [Problem("signature", package.name, cause) for cause in verdict.problems]
        report.notes += [f"{package.name} is {verdict.note}"] if verdict.note else []


def _check_indexed(archive: ArchiveDir, report: Report) -> None:
    """Whether the files exist that the index was made from: those of the archive, also if their line in the manifest is
    gone, and those outside, which neither the manifest nor a backup has.
    """
    names = indexed_names(archive.index)  # before the folder: a crawl may add files
    there = {warc.name for warc in (*warcs_in(archive.warc), *packages_in(archive.warc))}
    told = {problem.file for problem in report.of("missing")}
    for name in names:
        file = name.partition("#")[0]
        if name.startswith("/"):
            if split(path_of(name)) is not None or is_there(path_of(name)):
                continue
            if records_in(archive.index, name):
                report.problems.append(Problem("foreign", name, "the index was made from it, but it is missing"))
            else:
                report.notes.append(
                    f"{name} is missing, but the index needs nothing of it: `archiver index` forgets it"
                )
        elif file not in there and file not in told:
            told.add(file)
            report.problems.append(Problem("missing", file, "the index was made from it, but it is missing"))


def _check_sum(warc: WarcFile, listed: Mapping[str, FileState], report: Report) -> None:
    known = listed.get(warc.name)
    if known is None:
        return
    size, sha512 = sha512_of(warc.path)
    if known.was(size, sha512):
        cause = "it is whole again, as in the manifest before its end was cut off, but not noted there as restored"
        report.problems.append(Problem("restored", warc.name, cause))
    elif (size, sha512) != (known.bytes, known.sha512):
        cause = f"{DIFFERS} (it has {size:,} bytes, {known.bytes:,} by the manifest)"
        report.problems.append(Problem("checksum", warc.name, cause if size != known.bytes else SAME_SIZE))


def _check_warc(
    warc: WarcFile,
    in_use: bool,
    listed: Mapping[str, FileState],
    db: Index | None,
    frontier: FrontierReader | None,
    captured: set[bytes],
    report: Report,
) -> None:
    if warc.path.name.endswith(OPEN):
        if not in_use:
            cause = "it was not closed: the run that wrote it was killed"
            report.problems.append(Problem("open", warc.path.name, cause))
    else:
        _check_sum(warc, listed, report)
    report.warcs += 1
    report.bytes += warc.path.stat().st_size if warc.path.is_file() else 0  # in a package: counted there
    rows = FileRows(db, warc.name) if db is not None else None
    payloads = frontier.payloads_in(warc.name) if frontier is not None else {}
    wrong: list[str] = []
    for record in _records(warc, report):
        payloads.pop(record.ref.record_id, None)
        found = capture_of(record)
        if found is None:
            continue
        report.captures += 1
        captured.add(_key(found[0].url))
        difference = rows.compare(found[0]) if rows is not None else None
        if difference is not None:
            wrong.append(difference)
    wrong += rows.left() if rows is not None else []
    report.problems += [Problem("index", warc.name, cause) for cause in wrong[:_MOST_ROWS]]
    if len(wrong) > _MOST_ROWS:
        report.problems.append(Problem("index", warc.name, f"{len(wrong) - _MOST_ROWS} more rows like these"))
    if not (in_use and warc.path.name.endswith(OPEN)):
        for record_id, url in payloads.items():
            cause = f"the index names record {record_id} for {url}, which {warc.name} doesn't have"
            report.problems.append(Problem("frontier", warc.name, cause))


def _records(warc: WarcFile, report: Report) -> Iterator[Record]:
    records = iter(read_records(warc.path))
    while True:
        try:
            record = next(records, None)
        except (OSError, ArchiverError) as error:
            reason = error.message if isinstance(error, ArchiverError) else error.strerror
            report.problems.append(Problem("record", warc.name, f"it can't be read ({reason})"))
            return
        if record is None:
            return
        if isinstance(record, Damage):
            kind = "torn" if record.cause == TORN else "record"
            report.problems.append(
                Problem("torn" if kind == "torn" else "record", warc.name, record.cause, record.offset, record.length)
            )
            continue
        report.records += 1
        cause = wrong_digest(record)
        if cause is not None:
            report.problems.append(Problem("record", warc.name, cause, record.ref.offset, record.ref.length))
        yield record


def _key(url: str) -> bytes:
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=8).digest()
