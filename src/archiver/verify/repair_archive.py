"""Repairs damage that needs no guessing. The caller holds the archive's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from archiver.errors import StorageError
from archiver.fixity.manifest import Manifest
from archiver.home import ArchiveDir
from archiver.verify.report import Report
from archiver.warc import repair_open_files
from archiver.warc.repair import cut_torn_end


def repair(archive: ArchiveDir, found: Report, make_index: Callable[[], object]) -> list[str]:
    """Repair an archive; returns one sentence for each repair.

    Incomplete records at the ends of WARC files are cut, `.open` files are closed, files that were cut and are whole
    again get a line in the manifest, and `make_index` rebuilds the index if its rows differ from the WARC files.
    Frontier entries of missing records are deleted, so that the URLs are fetched again. Damage in the middle of a file,
    and files that differ from the manifest, are not changed. While there are any, or a file is missing, the index and
    the frontier are not changed either: they may have what the file lost. Raises StorageError.
    """
    done: list[str] = []
    changed = [
        (file.path, file.cut) for file in (repair_open_files(archive.warc) if found.of("open") else ())
    ]  # fmt: skip
    beyond = found.beyond_repair()
    for problem in found.of("torn"):
        path = archive.warc / problem.file
        if path.exists() and problem.file not in beyond:
            changed.append((path, cut_torn_end(path)))
    for path, cut in changed:
        done.append(f"{path.name}: closed, {cut:,} bytes of an incomplete record cut off")
    restored = [archive.warc / problem.file for problem in found.of("restored")]
    done += [f"{path.name}: it is whole again, and the manifest says so" for path in restored]
    Manifest(archive.path).enlist([*(path for path, _ in changed if path.exists()), *restored])
    if beyond:
        return done
    if found.of("frontier"):
        done.append(_repair_frontier(archive))
    if found.of("index", "torn", "restored"):
        make_index()
        done.append("the index was rebuilt from the WARC files")
    return done


def _repair_frontier(archive: ArchiveDir) -> str:
    """A frontier is not repaired: the next crawl rebuilds it from the WARC files."""
    path = archive.frontier
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%d%H%M%S}")
    try:
        for suffix in ("-wal", "-shm", ".sum"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.rename(aside)
        os.sync()
    except OSError as error:
        raise StorageError(f"{path} can't be moved ({error.strerror})", "check the permissions") from error
    return f"the frontier was moved to {aside.name}: the next crawl rebuilds it from the WARC files"
