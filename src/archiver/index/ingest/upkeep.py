"""The index as a whole: bring it up to date, make it anew. Both take the index's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sqlite_utils import Database

from archiver.errors import ArchiverError
from archiver.index.database import beside, index_lock, open_reader, open_writer, swap_in
from archiver.index.ingest.bulk import fulltext_at_the_end
from archiver.index.ingest.pipeline import Extractor, IngestReport, Progress, ingest, is_behind
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import Reader, WarcFile, warc_file, warcs_in
from archiver.index.learn.boilerplate_decisions import replay
from archiver.index.learn.mirror_decisions import replay_hosts
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.index.search.saved_searches import SavedSearches
from archiver.layout import Site

OnProgress = Callable[[Progress], None]


def _ignore(_: Progress) -> None:
    """Nobody watches."""


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
    """Read what is new in the archive's WARC files, and in `foreign` ones.

    Raises LockedError when another process writes the index, StorageError when the disk is full.
    """
    with index_lock(index), open_writer(index) as db:
        replay(db, index.parent)
        replay_hosts(db, index.parent)
        replay_withdrawals(db, index.parent)
        named = [warc_file(path, warc_dir) for path in foreign]
        warcs = {warc.name: warc for warc in (*warcs_in(warc_dir), *named)}
        report = ingest(db, behind(db, warcs.values()), sites, pool, reader=reader, on_progress=on_progress)
        SavedSearches(index.parent).replay(db)
        report.failed += [(warc.name, "there is no such file") for warc in named if not warc.path.is_file()]
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
    """Make the index anew from the WARC files, and put it in the old one's place when it is complete.

    Foreign files that the old index knew are read again; those that are no longer there are named in the report.
    """
    with index_lock(index):
        warcs = {warc.name: warc for warc in warcs_in(warc_dir)}
        warcs |= {warc.name: warc for warc in (warc_file(path, warc_dir) for path in foreign)}
        missing = []
        for name in _foreign_names(index):
            if Path(name).is_file():
                warcs.setdefault(name, WarcFile(Path(name), name))
            elif name not in warcs:
                missing.append(name)
        new = beside(index, ".new")
        for suffix in ("", "-journal"):
            beside(new, suffix).unlink(missing_ok=True)
        with open_writer(new, throwaway=True) as db:
            replay(db, index.parent)
            replay_hosts(db, index.parent)
            replay_withdrawals(db, index.parent)
            with fulltext_at_the_end(db):
                report = ingest(db, list(warcs.values()), sites, pool, reader=reader, on_progress=on_progress)
            SavedSearches(index.parent).replay(db)
        report.missing = missing
        swap_in(index, new)
        return report


def behind(db: Database, warcs: Iterable[WarcFile]) -> list[WarcFile]:
    return [warc for warc in warcs if is_behind(db, warc)]


def _foreign_names(index: Path) -> list[str]:
    """The files outside the archive that an index was made from; none when it can't be read any more."""
    try:
        with open_reader(index) as db:
            return [row[0] for row in db.execute("SELECT name FROM warcs WHERE name LIKE '/%' ORDER BY name")]
    except ArchiverError:
        return []
