"""The list of files of an archive and its home that are backed up, and of those that are not, with reasons.

A file in no list is backed up, too, and reported: in doubt nothing is left out. A test fails for such files.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["warc", "log", "file", "database", "left_out", "unknown"]

# Names are relative to the archive (`archive/…`) or to its home (`home/…`); the first match applies.
_LISTS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    # Temporary files, or files of one process.
    ("left_out", ("*.open", "*.part", "archive/lock", "archive/*.lock", "archive/*.db-wal", "archive/*.db-shm",
                  "archive/*.db.sum", "archive/index.db.*", "archive/frontier.db.damaged-*", "archive/*-journal",
                  "archive/shards/*/lock", "archive/extracted/*", "archive/selecting/*")),
    # Derived from the WARC files, or useful only on the machine of the crawl.
    ("left_out", ("archive/logs/*", "archive/reports/*", "archive/README.md", "*/__pycache__/*")),
    # Files of cluster crawls: after a run the archive has the same content.
    ("left_out", ("archive/shards/*/logs/*", "archive/shards/*/reports/*", "archive/shards/*/decisions.jsonl",
                  "archive/shards/*/manifest.jsonl")),
    # Complete and never changed again: copied once.
    ("warc", ("archive/warc/*", "archive/shards/*/warc/*")),
    # Append-only: the file in the backup must be the start of the file in the archive.
    ("log", ("archive/manifest.jsonl", "archive/manifest.sig", "archive/decisions.jsonl")),
    ("file", ("archive/*.tsr", "archive/searches/*", "archive/annotations*", "home/scrapy.cfg", "home/spiders/*",
              "home/cases/*")),
    # Can be rebuilt from the WARC files, which takes long.
    ("database", ("archive/index.db", "archive/frontier.db", "archive/shards/*/frontier.db")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A file to back up: its name in the backup, its path and its kind."""

    name: str
    path: Path
    kind: Kind


def kind_of(name: str) -> Kind:
    """The kind of a file, from the lists."""
    for kind, patterns in _LISTS:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return kind
    return "unknown"


def is_of_manifest(name: str) -> bool:
    """Whether a file is the manifest of the WARC files, or proves something about it."""
    return name in ("archive/manifest.jsonl", "archive/manifest.sig") or fnmatch.fnmatchcase(name, "archive/*.tsr")


def sources(archive: Path, home: Path | None) -> Iterator[Source]:
    """All files to back up, WARC files last, because files that refer to them must not be newer."""
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
