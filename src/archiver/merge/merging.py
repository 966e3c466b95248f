"""Merges shards into one archive: WARC files with their manifest, decisions, then the index, as if from one crawl.

The index is updated from the WARC files as usual, so that it equals one made from all of them. docs/operations.md
describes what happens to each file of a shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archiver.fixity.manifest import Manifest
from archiver.home import ArchiveDir
from archiver.index.read.foreign_files import foreign_names
from archiver.merge.files_beside_warcs import MergedFiles, merge_files
from archiver.merge.shards import Shard, locked_shard, shard_at
from archiver.merge.warc_copies import Copies, copy_warcs
from archiver.warc.places import path_of


@dataclass(slots=True)
class Merged:
    """What was merged from one shard."""

    shard: Path
    warcs: Copies
    beside: MergedFiles
    foreign: list[Path] = field(default_factory=list)  # files outside the shard that are in its index
    folders: dict[str, int] = field(default_factory=dict)  # left there, with the number of archive files below each
    unknown: list[str] = field(default_factory=list)  # other files next to its WARC files: left there
    erased: list[str] = field(default_factory=list)  # erased in the shard, but still in the archive


def merge(into: ArchiveDir, shards: Sequence[Path], *, link: bool = False) -> list[Merged]:
    """Merge shards into an archive whose lock the caller holds. The caller then updates the index.

    Shards are not changed. Raises UsageError for a path that is not a shard, before anything is copied; LockedError if
    a run is active in one; StorageError, DamageError. Files merged before an error are kept, and merging again
    continues.
    """
    found = [shard_at(path, into) for path in shards]
    into.create()
    return [_merge_one(shard, into, link=link) for shard in found]


def _merge_one(shard: Shard, into: ArchiveDir, *, link: bool) -> Merged:
    with locked_shard(shard):
        copies = copy_warcs(shard, into.warc, Manifest(into.path), link=link)
        is_archive = shard.warc != shard.path
        return Merged(
            shard.path,
            copies,
            merge_files(shard.archive, into) if is_archive else MergedFiles(),
            [path_of(name) for name in foreign_names(shard.archive.index)] if is_archive else [],
            shard.folders(),
            [path.name for path in shard.other_files()],
            [name for name in Manifest(shard.path).read().removed() if (into.warc / name).exists()],
        )
