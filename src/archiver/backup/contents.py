"""What of an archive and its home is backed up, and why the rest is not: the one list.

A file that is in no list is backed up all the same, and named: in doubt nothing is left out. A test fails on any.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["warc", "log", "file", "database", "left_out", "unknown"]

# Names are relative to the archive (`archive/…`) or to its home (`home/…`); the first that matches holds.
_LISTS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    # Being written, or of one process.
    ("left_out", ("*.open", "*.part", "archive/lock", "archive/*.lock", "archive/*.db-wal", "archive/*.db-shm",
                  "archive/*.db.sum", "archive/index.db.*", "archive/frontier.db.damaged-*", "archive/*-journal",
                  "archive/shards/*/lock", "archive/extracted/*", "archive/selecting/*")),
    # Told by the WARC files, or of use only where the crawl ran.
    ("left_out", ("archive/logs/*", "archive/reports/*", "archive/README.md", "*/__pycache__/*")),
    # Of sites that were crawled on a cluster: the archive has the same once a run has ended.
    ("left_out", ("archive/shards/*/logs/*", "archive/shards/*/reports/*", "archive/shards/*/decisions.jsonl",
                  "archive/shards/*/manifest.jsonl")),
    # Whole and never changed again: copied once.
    ("warc", ("archive/warc/*", "archive/shards/*/warc/*")),
    # Only ever added to: what is in the backup has to be the beginning of what is in the archive.
    ("log", ("archive/manifest.jsonl", "archive/manifest.sig", "archive/decisions.jsonl")),
    ("file", ("archive/*.tsr", "archive/searches/*", "archive/annotations*", "home/scrapy.cfg", "home/spiders/*",
              "home/cases/*")),
    # Can be made from the WARC files, which takes long.
    ("database", ("archive/index.db", "archive/frontier.db", "archive/shards/*/frontier.db")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A file to back up: its name in the backup, where it is, and what sort of file it is."""

    name: str
    path: Path
    kind: Kind


def kind_of(name: str) -> Kind:
    """What sort of file a name is, by the lists."""
    for kind, patterns in _LISTS:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return kind
    return "unknown"


def sources(archive: Path, home: Path | None) -> Iterator[Source]:
    """All files to back up, WARC files last: what refers to them must not be newer than they are."""
    found = [*_below(archive, "archive")]
    if home is not None:
        for part in ("spiders", "cases"):
            found += _below(home / part, f"home/{part}")
        if (home / "scrapy.cfg").is_file():
            found.append(Source("home/scrapy.cfg", home / "scrapy.cfg", "file"))
    kept = [source for source in found if source.kind != "left_out"]
    yield from sorted(kept, key=lambda source: (source.kind == "warc", source.name))


def _below(folder: Path, prefix: str) -> Iterator[Source]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = f"{prefix}/{path.relative_to(folder).as_posix()}"
            yield Source(name, path, kind_of(name))
