"""Merges the other files of a shard into an archive: decisions, searches, annotations, reports.

Merging the same file again changes nothing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from archiver import decisions
from archiver.decisions import Decision
from archiver.errors import StorageError
from archiver.home import ArchiveDir
from archiver.index.ingest.annotations import Annotations
from archiver.index.search.saved_searches import SavedSearches


@dataclass(slots=True)
class MergedFiles:
    """What was merged besides a shard's WARC files."""

    decisions: int = 0
    conflicts: list[str] = field(
        default_factory=list
    )  # different decisions in the two archives: the later one is valid
    searches: int = 0  # searches whose list of shown stories grew
    annotations: int = 0
    forgotten: list[str] = field(default_factory=list)  # names of annotations that were removed from the archive
    reports: int = 0
    logs: int = 0


def merge_files(shard: ArchiveDir, into: ArchiveDir) -> MergedFiles:
    """Merge all of it. Raises StorageError, and DamageError for a file of either archive that can't be read."""
    found = MergedFiles()
    _merge_decisions(shard, into, found)
    _merge_searches(shard, into, found)
    found.annotations, found.forgotten = Annotations(into.path).take_over(Annotations(shard.path))
    found.reports = _copy_files(shard.reports, into.reports, "*.json")
    found.logs = _copy_files(shard.logs, into.logs, "*.jsonl")
    return found


def _merge_decisions(shard: ArchiveDir, into: ArchiveDir, found: MergedFiles) -> None:
    """The log is append-only, and the last line about a key is valid. So if the archive's own decision is later than
    the shard's, it is appended once more.
    """
    path = into.path / decisions.FILE_NAME
    theirs, ours = decisions.read(shard.path / decisions.FILE_NAME), decisions.read(path)
    known = set(ours)
    new = [decision for decision in theirs if decision not in known]
    before, brought = _last(ours), _last(theirs)
    for decision in new:
        decisions.write(path, decision)
    found.decisions = len(new)
    last = _last([*ours, *new])
    for key in dict.fromkeys((decision.kind, decision.key) for decision in new):
        latest = max(filter(None, (before.get(key), brought.get(key))), key=lambda decision: decision.at)
        if last[key] != latest:
            decisions.write(path, latest)
        other = before.get(key)
        if other is not None and _content_of(other) != _content_of(brought[key]):
            found.conflicts.append(f"{key[0]} {key[1]}: {latest.verdict} ({latest.at}) holds")


def _last(lines: list[Decision]) -> dict[tuple[str, str], Decision]:
    return {(decision.kind, decision.key): decision for decision in lines}


def _content_of(decision: Decision) -> tuple[object, ...]:
    return decision.verdict, decision.value, decision.until


def _merge_searches(shard: ArchiveDir, into: ArchiveDir, found: MergedFiles) -> None:
    """Stories shown by the shard's search of this name count as shown, if it is the same search."""
    theirs, ours = SavedSearches(shard.path), SavedSearches(into.path)
    kept = ours.all()
    for name, search in theirs.all().items():
        if name in kept and kept[name].query == search.query:
            new = theirs.shown(name) - ours.shown(name)
            if new:
                ours.mark(name, sorted(new))
                found.searches += 1


def _copy_files(source: Path, target: Path, pattern: str) -> int:
    """Copy files that the archive lacks; each belongs to one crawl and is named after it."""
    brought = 0
    for path in sorted(source.glob(pattern)) if source.is_dir() else ():
        place = target / path.name
        if place.exists():
            continue
        part = place.with_name(f"{place.name}.part")
        try:
            shutil.copyfile(path, part)
            os.replace(part, place)  # noqa: PTH105 - an atomic replacement, so that no file is ever incomplete
        except OSError as error:
            raise StorageError(f"{place} can't be written ({error.strerror})", "free some space") from error
        brought += 1
    return brought
