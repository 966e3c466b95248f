"""Updates or rebuilds the index. Both take the index's lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from archiver.index.database import index_lock, open_writer, sibling_path, swap_in
from archiver.index.ingest.annotations import Annotations
from archiver.index.ingest.batch import DamagedStretch
from archiver.index.ingest.bulk import deferred_fulltext
from archiver.index.ingest.compaction import compact_if_grown, compacted, stories_in
from archiver.index.ingest.moved import find_moved, forget_gone, rename, reread_copies
from archiver.index.ingest.packages import enter_packages, missing_pages, unpacked
from archiver.index.ingest.pipeline import Extractor, IngestReport, Progress, ingest, is_behind, readable_files
from archiver.index.ingest.replaced_files import reread_replaced
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import Reader, WarcFile, packages_in, warc_file, warcs_in
from archiver.index.learn.boilerplate_decisions import replay
from archiver.index.learn.changed_rules import replay_sites
from archiver.index.learn.mirror_decisions import replay_hosts
from archiver.index.learn.policy_decisions import read_again, replay_policies
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.index.read.foreign_files import foreign_names, records_in
from archiver.index.schema.connection import Index
from archiver.index.search.saved_searches import SavedSearches
from archiver.layout import Site
from archiver.warc import is_there, path_of

OnProgress = Callable[[Progress], None]


def _ignore(_: Progress) -> None:
    """Ignores progress."""


def catch_up(
    index: Path,
    warc_dir: Path,
    sites: Sequence[Site],
    pool: Extractor,
    *,
    foreign: Iterable[Path] = (),
    on_progress: OnProgress = _ignore,
    reader: Reader = read_warc,
) -> IngestReport:
    """Index new records of the archive's WARC files, and of `foreign` ones.

    Raises LockedError if another process writes the index, StorageError if the disk is full.
    """
    with index_lock(index), open_writer(index) as db:
        for leftover in leftovers(index):
            leftover.unlink(missing_ok=True)
        before = stories_in(db)
        replay(db, index.parent)
        replay_hosts(db, index.parent)
        replay_withdrawals(db, index.parent)
        replay_policies(db, index.parent)
        named = [warc_file(path, warc_dir) for path in foreign]
        given = {warc.name: warc for warc in (*warcs_in(warc_dir), *packages_in(warc_dir), *named)}
        found = unpacked(db, [warc for warc in given.values() if is_there(warc.path)])
        warcs = {warc.name: warc for warc in found.files}
        rename(db, find_moved(db, warcs.values()))
        reread_replaced(db, warcs.values())
        reread_copies(db, warcs.values())
        judged_again = replay_sites(db, sites, readable_files(db, warcs.values()))
        report = ingest(db, unread_files(db, warcs.values()), sites, pool, reader=reader, on_progress=on_progress)
        if read_again(db):
            ingest(db, unread_files(db, warcs.values()), sites, pool, reader=reader, on_progress=on_progress)
        report.judged_again = judged_again
        enter_packages(db, found)
        report.missing_pages = missing_pages(db, found)
        SavedSearches(index.parent).replay(db)
        Annotations(index.parent).replay(db)
        report.failed += found.refused
        report.not_found = [warc.name for warc in named if not is_there(warc.path)]
        report.missing = [name for name in forget_gone(db) if name not in report.not_found]
        # Damage found by an earlier run is reported again, because it still exists.
        report.damage = known_damage(db, {*warcs, *given})
        compact_if_grown(db, before, report.applied.stories)
        return report


def rebuild(
    index: Path,
    warc_dir: Path,
    sites: Sequence[Site],
    pool: Extractor,
    *,
    foreign: Iterable[Path] = (),
    on_progress: OnProgress = _ignore,
    reader: Reader = read_warc,
) -> IngestReport:
    """Rebuild the index from the WARC files; it replaces the old one when it is complete.

    Foreign files known to the old index are read again; missing ones are listed in the report.
    """
    with index_lock(index):
        named = [warc_file(path, warc_dir) for path in foreign]
        given = {warc.name: warc for warc in (*warcs_in(warc_dir), *packages_in(warc_dir), *named)}
        missing = []
        for name in foreign_names(index):
            if is_there(path_of(name)):
                given.setdefault(name, WarcFile(path_of(name), name))
            elif name not in given:
                missing.append(name)
        new = sibling_path(index, ".new")
        for leftover in leftovers(index):
            leftover.unlink(missing_ok=True)
        with open_writer(new, throwaway=True) as db:
            replay(db, index.parent)
            replay_hosts(db, index.parent)
            replay_withdrawals(db, index.parent)
            replay_policies(db, index.parent)
            replay_sites(db, sites, ())
            found = unpacked(db, [warc for warc in given.values() if is_there(warc.path)])
            with deferred_fulltext(db):
                report = ingest(db, found.files, sites, pool, reader=reader, on_progress=on_progress)
                if read_again(db):
                    ingest(db, unread_files(db, found.files), sites, pool, reader=reader, on_progress=on_progress)
            enter_packages(db, found)
            report.missing_pages = missing_pages(db, found)
            report.failed += found.refused
            report.damage = known_damage(db, {warc.name for warc in (*found.files, *given.values())})
            SavedSearches(index.parent).replay(db)
            Annotations(index.parent).replay(db)
            report.missing = [
                name for name in missing if any(_is_lost(db, record) for record in records_in(index, name))
            ]
        report.not_found = [warc.name for warc in named if not is_there(warc.path)]
        swap_in(index, compacted(new))
        new.unlink(missing_ok=True)
        return report


def leftovers(index: Path) -> list[Path]:
    """Files that a killed rebuild left next to an index. The caller holds the index's lock to delete them."""
    names = (".new", ".new-journal", ".new.compact")
    return [path for path in (sibling_path(index, name) for name in names) if path.exists()]


def unread_files(db: Index, warcs: Iterable[WarcFile]) -> list[WarcFile]:
    return [warc for warc in warcs if is_behind(db, warc)]


def known_damage(db: Index, names: Collection[str]) -> list[tuple[str, DamagedStretch]]:
    """All damage that the index has recorded for some files, by their names."""
    rows = db.execute(
        "SELECT warc_file, warc_offset, warc_length, cause, warc_position FROM damage"
        " ORDER BY warc_file, warc_offset, warc_position"
    )
    return [(row[0], DamagedStretch(*row[1:])) for row in rows if row[0] in names]


def _is_lost(db: Index, record: int | str) -> bool:
    """Whether a new index lacks a record of the old one, as `records_in` names it."""
    table, column = ("captures", "id") if isinstance(record, int) else ("withheld", "warc_record_id")
    return db.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (record,)).fetchone() is None  # noqa: S608
