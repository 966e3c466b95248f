"""Shards into one archive: WARC files with their manifest, what people decided, then the index, as from one crawl.

The index is brought up to date from the WARC files as ever, so that it equals one that is made of all of them at once.
What becomes of each file of a shard stands in docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archiver.fixity.manifest import Manifest
from archiver.home import ArchiveDir
from archiver.index.ingest.upkeep import foreign_names
from archiver.merge.kept_beside import Beside, bring
from archiver.merge.shards import Shard, held, shard_at
from archiver.merge.warc_copies import Copies, copy_warcs
from archiver.warc.places import path_of


@dataclass(slots=True)
class Merged:
    """What one shard brought."""

    shard: Path
    warcs: Copies
    beside: Beside
    foreign: list[Path] = field(default_factory=list)  # files elsewhere that the shard's index was made from
    unknown: list[str] = field(default_factory=list)  # files beside its WARC files that are none: left there
    erased: list[str] = field(default_factory=list)  # erased in the shard, and in the archive still


def merge(into: ArchiveDir, shards: Sequence[Path], *, link: bool = False) -> list[Merged]:
    """Bring shards into an archive whose lock the caller holds. The index is the caller's next step.

    Nothing of a shard is changed. Raises UsageError for what is no shard, before anything is copied; LockedError where
    a run is at work in one; StorageError, DamageError. What was merged before one of these is kept, and merging again
    goes on.
    """
    found = [shard_at(path, into) for path in shards]
    into.create()
    return [_merge_one(shard, into, link=link) for shard in found]


def _merge_one(shard: Shard, into: ArchiveDir, *, link: bool) -> Merged:
    with held(shard):
        copies = copy_warcs(shard, into.warc, Manifest(into.path), link=link)
        is_archive = shard.warc != shard.path
        return Merged(
            shard.path,
            copies,
            bring(shard.archive, into) if is_archive else Beside(),
            [path_of(name) for name in foreign_names(shard.archive.index)] if is_archive else [],
            [path.name for path in shard.other_files()],
            [name for name in Manifest(shard.path).read().removed() if (into.warc / name).exists()],
        )
