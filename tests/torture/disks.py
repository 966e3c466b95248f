"""Disks that fail while a crawl writes: full, broken, short writes, lying about fsync, or power loss.

A small crawl runs through the real recorder, WARC writer, manifest and frontier. One fault occurs at a random place;
then a second run continues from what is on the disk. Nothing that was acknowledged may be missing afterwards.
"""

from __future__ import annotations

import errno
import io
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from archiver.crawl.wire.recorder import Recorder
from archiver.errors import ArchiverError
from archiver.fixity.manifest import Manifest
from archiver.frontier import Candidate, Frontier, FrontierReader
from archiver.home import ArchiveDir
from archiver.model import Exchange
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from archiver.warc import WarcWriter, repair_open_files

SITE, PAGES = "town", 40
NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = datetime(2255, 1, 1, tzinfo=UTC)


@dataclass
class Faults:
    """The disk's fault, which starts after `after` bytes or calls."""

    kind: str
    after: int
    left: int = 0
    met: bool = False
    synced: dict[int, int] = field(default_factory=dict)  # by inode: bytes that survive a power loss
    sizes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = self.after

    def spend(self, count: int) -> bool:
        """Whether the fault occurs now."""
        self.left -= count
        self.met = self.met or self.left < 0
        return self.left < 0


def one(chance: random.Random, folder: Path) -> int:
    """One fault, and the run after it."""
    kind = chance.choice(sorted(FAULTS))
    faults = Faults(kind, chance.randrange(FAULTS[kind]))
    archive = ArchiveDir(folder)
    archive.warc.mkdir()
    acknowledged: set[str] = set()
    with failing(faults):
        try:
            crawl(archive, chance, faults, acknowledged)
        except PowerError:
            acknowledged = set()  # only what survives in the frontier counts
        except ArchiverError as error:
            assert error.message and error.hint, repr(error)
            faults.met = True
            assert kind not in ("short_write", "power"), error
    assert faults.met, f"{kind} after {faults.after} was not met"
    if kind == "power":
        cut_power(chance, archive, faults)
    acknowledged |= fetched(archive)
    assert kind == "power" or acknowledged <= fetched(archive), "the frontier forgot what it had committed"
    crawl(archive, chance, Faults("none", 10**9), set())
    assert fetched(archive) == {address(number) for number in range(PAGES)}
    report = verify(archive, CheckOptions(deep=True))
    assert not report.problems, report.problems[:3]
    return 1


def crawl(archive: ArchiveDir, chance: random.Random, faults: Faults, acknowledged: set[str]) -> None:
    """A run: repair the last one's files, fetch the queued URLs, a group of pages at a time."""
    repair_open_files(archive.warc)
    manifest = Manifest(archive.path)
    manifest.enlist(sorted(archive.warc.glob("*.warc.gz")))
    failures: list[ArchiverError] = []
    writer = WarcWriter(
        archive.warc, SITE, {}, rollover=chance.choice((4000, 10**9)) if faults.kind != "rename_error" else 4000,
        on_close=manifest.add,
    )  # fmt: skip
    recorder = Recorder(writer, failures.append)
    frontier = Frontier(archive.frontier)
    try:
        if faults.kind == "database_full":
            pages = frontier._store.db.execute("PRAGMA page_count").fetchone()[0]
            frontier._store.db.execute(f"PRAGMA max_page_count={pages + faults.after}")
        frontier.before_commit.append(recorder.sync)
        frontier.begin(SITE, "c1", [Candidate(address(0), "0", "seed")])
        frontier.add(SITE, [Candidate(address(number), str(number), "article") for number in range(1, PAGES)])
        group: list[str] = []
        while (task := frontier.next(SITE)) is not None:
            if recorder.record(exchange(task.url, chance)) is None:
                raise failures[0]
            frontier.finish(SITE, task, "done", next_due=LATER)
            group.append(task.url)
            if len(group) >= chance.randint(1, 8):
                frontier.commit()
                acknowledged.update(group)
                group = []
        frontier.commit()
        acknowledged.update(group)
        recorder.close("c1", {"exit_code": 0})
    finally:
        frontier.close()
        if writer._file is not None:  # as at the end of a process
            writer._file.close()


def address(number: int) -> str:
    return f"http://town.example/2026/05/{number}"


def exchange(url: str, chance: random.Random) -> Exchange:
    body = chance.randbytes(chance.randint(1, 3000))
    response = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    request = b"GET / HTTP/1.1\r\nHost: town.example\r\n\r\n"
    return Exchange(url, NOW, request, io.BytesIO(response), len(response))


def fetched(archive: ArchiveDir) -> set[str]:
    with FrontierReader(archive.frontier) as frontier:
        return {url for url, _ in frontier.fetched()}


# ---------------------------------------------------------------- the faults

# Each kind, and the range in which it occurs: bytes written to WARC files, calls of fsync, database pages.
FAULTS = {
    "full": 50_000, "broken_write": 50_000, "short_write": 50_000, "fsync_error": 8, "fsync_full": 8, "rename_error": 5,
    "database_full": 2, "power": 50_000,
}  # fmt: skip


class PowerError(BaseException):
    """Power loss: the running process ends."""


@contextmanager
def failing(faults: Faults) -> Iterator[None]:
    """A disk with a fault, for the code that writes WARC files and the manifest."""
    real_fsync, real_rename = os.fsync, Path.rename

    class File(io.FileIO):
        def write(self, data):  # type: ignore[no-untyped-def,override]
            data = memoryview(data)
            if faults.kind == "power" and faults.spend(len(data)):
                super().write(data[: len(data) // 2])
                raise PowerError
            if faults.kind in ("full", "broken_write") and faults.spend(len(data)):
                super().write(data[: max(0, faults.left + len(data))])  # the part that was still written
                faults.left = 0
                code = errno.ENOSPC if faults.kind == "full" else errno.EIO
                raise OSError(code, os.strerror(code))
            if faults.kind == "short_write" and faults.spend(len(data)):
                return super().write(data[: max(1, len(data) // 3)])
            return super().write(data)

    def fsync(descriptor: int) -> None:
        if faults.kind in ("fsync_error", "fsync_full") and faults.spend(1):
            code = errno.EIO if faults.kind == "fsync_error" else errno.ENOSPC
            raise OSError(code, os.strerror(code))
        if faults.kind == "power" and faults.met:
            raise PowerError
        real_fsync(descriptor)
        state = os.fstat(descriptor)
        faults.synced[state.st_ino] = state.st_size

    def rename(self: Path, target: Path) -> Path:
        if faults.kind == "rename_error" and faults.spend(1):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if faults.kind == "power" and faults.met:
            raise PowerError
        return real_rename(self, target)

    disk = SimpleNamespace(FileIO=File, BytesIO=io.BytesIO)
    with (
        patch("archiver.warc.writer.io", disk), patch.object(os, "fsync", fsync),
        patch.object(Path, "rename", rename),
    ):  # fmt: skip
        yield


def cut_power(chance: random.Random, archive: ArchiveDir, faults: Faults) -> None:
    """Data that was never synced is partly lost, or replaced by zeros.

    SQLite in WAL mode with synchronous=NORMAL syncs its log only at checkpoints, which such a small database never
    reaches: any prefix of the log may be left.
    """
    for path in archive.warc.iterdir():
        size, safe = path.stat().st_size, faults.synced.get(path.stat().st_ino, 0)
        kept = chance.randint(safe, size)
        os.truncate(path, kept)
        if chance.random() < 0.5:
            os.truncate(path, size)  # zeros where data was to be
    wal = archive.path / "frontier.db-wal"
    if wal.exists():
        os.truncate(wal, chance.randint(0, wal.stat().st_size))
    (archive.path / "frontier.db-shm").unlink(missing_ok=True)
