"""Bits that flip in an archive at rest: `verify` finds each of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from disks import Faults, crawl

from archiver.extract.pool import ExtractionPool
from archiver.home import ArchiveDir
from archiver.index.ingest.upkeep import catch_up
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from test_verify import flip


def one(chance: random.Random, folder: Path) -> int:
    """Five flips in each file of a small archive."""
    archive = ArchiveDir(folder)
    archive.warc.mkdir()
    crawl(archive, chance, Faults("none", 10**9), set())
    with ExtractionPool(1) as pool:
        catch_up(archive.index, archive.warc, (), pool)
    assert not verify(archive, CheckOptions(deep=True)).problems
    done = 0
    for path in files(archive):
        for bit in chance.sample(range(path.stat().st_size * 8), 5):
            flip(path, bit)
            assert verify(archive, CheckOptions()).problems, f"{path.name}, bit {bit}"
            flip(path, bit)
            done += 1
    return done


def files(archive: ArchiveDir) -> Iterator[Path]:
    yield from (*sorted(archive.warc.iterdir()), archive.path / "manifest.jsonl", archive.index, archive.frontier)
