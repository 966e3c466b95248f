"""The shard of each site: the archive that its crawls write on a cluster, in `ARCHIVE/shards/` or in a store.

Between two runs a shard in a folder keeps the site's frontier alone. Before a run it is given links to the site's WARC
files, so that its crawl knows what the archive has, and the archive's decisions; after it, what is new moves into the
archive.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from archiver import decisions
from archiver.errors import StorageError
from archiver.fixity.manifest import FILE_NAME as MANIFEST
from archiver.home import ArchiveDir
from archiver.merge.merging import Merged, merge
from archiver.warc import file_prefix


def shard_name(site: str) -> str:
    """The name of a site's folder: its own, made safe; with a digest where that is not the same."""
    prefix = file_prefix(site)
    return prefix if prefix == site else f"{prefix}-{hashlib.sha256(site.encode()).hexdigest()[:8]}"


def prepare(shard: ArchiveDir, archive: ArchiveDir, site: str) -> None:
    """Bring a shard up to what the archive has of a site. Raises LockedError where a task is at work in it."""
    with shard.locked():
        try:
            for path in sorted(archive.warc.glob(f"{file_prefix(site)}-*.warc.gz")):
                _link(path, shard.warc / path.name)
            made = archive.path / decisions.FILE_NAME
            if made.exists():
                part = shard.path / f"{decisions.FILE_NAME}.part"
                shutil.copyfile(made, part)
                part.replace(shard.path / decisions.FILE_NAME)
        except OSError as error:
            raise StorageError(
                f"{shard.path} can't be written ({error.strerror})", "check the shared folder"
            ) from error


def collect(shard: ArchiveDir, archive: ArchiveDir) -> Merged:
    """Move what is new in a shard into the archive, whose lock the caller holds. What can't be is left there.

    Raises LockedError, StorageError, DamageError.
    """
    (merged,) = merge(archive, [shard.path], link=True)
    files = merged.warcs
    here = {*files.copied, *files.known, *files.erased} - set(files.renamed.values()) | set(files.renamed)
    with shard.locked():
        for path in sorted(shard.warc.iterdir()):
            if path.name.removesuffix(".open") in here:
                path.unlink()
        if not any(shard.warc.iterdir()):
            (shard.path / MANIFEST).unlink(missing_ok=True)
    return merged


def _link(path: Path, place: Path) -> None:
    if place.exists():
        return
    try:
        os.link(path, place)
    except OSError:  # another disk, or one without links
        part = place.with_name(f"{place.name}.part")
        shutil.copyfile(path, part)
        part.replace(place)
