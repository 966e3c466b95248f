"""Malicious files are indexed: their good records are found, and no file stops, crashes or hangs the run."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path

from hostile_warcs import GOOD, hostile_files

from archiver.extract.pool import ExtractionPool
from archiver.index.database import open_reader
from archiver.index.ingest.upkeep import catch_up


@cache
def _names() -> list[str]:
    return [name for name, _ in hostile_files()]


def one(chance: random.Random, folder: Path) -> int:
    """A tenth of the files, drawn at random, with one pool of workers."""
    drawn = set(chance.sample(_names(), len(_names()) // 10))
    with ExtractionPool(1) as pool:
        for name, make in hostile_files():
            if name not in drawn:
                continue
            home = folder / "home"
            (home / "warc").mkdir(parents=True)
            path = folder / name
            path.write_bytes(make())
            report = catch_up(home / "index.db", home / "warc", (), pool, foreign=[path])
            assert not report.failed, f"{name}: {report.failed}"
            with open_reader(home / "index.db") as db:
                urls = {url for (url,) in db.execute("SELECT url FROM captures")}
            assert urls.issuperset(GOOD), f"{name}: a good record was lost"
            path.unlink()
            shutil.rmtree(home)
    return len(drawn)
