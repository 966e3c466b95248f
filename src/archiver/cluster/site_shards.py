"""The shard of each site: the archive that its crawls write on a cluster, in `ARCHIVE/shards/` or in a store.

Before a run a shard gets links to the site's WARC files, so that its crawl knows what the archive has, and the
archive's decisions. After the run new files move into the archive; the site's frontier stays. A shard on another disk
gets copies instead of links, and keeps them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from archiver import decisions
from archiver.errors import StorageError
from archiver.fixity.manifest import Manifest
from archiver.home import ArchiveDir
from archiver.merge.merging import Merged, merge
from archiver.warc import file_prefix


def shard_name(site: str) -> str:
    """The name of a site's folder: the site's name made safe, with a digest if that changed it."""
    prefix = file_prefix(site)
    return prefix if prefix == site else f"{prefix}-{hashlib.sha256(site.encode()).hexdigest()[:8]}"


def prepare(shard: ArchiveDir, archive: ArchiveDir, site: str) -> None:
    """Bring a shard up to date with the archive's files of a site. Raises LockedError if a task is using it."""
    with shard.locked():
        try:
            chain = Manifest(archive.path).read()
            for name in chain.removed():  # erased since: must not stay here
                if not (archive.warc / name).exists():
                    (shard.warc / name).unlink(missing_ok=True)
            for path in sorted(archive.warc.glob(f"{file_prefix(site)}-*.warc.gz")):
                place = shard.warc / path.name
                if not place.exists() and not _linked(path, place) and (state := chain.files().get(path.name)):
                    Manifest(shard.path).add(path.name, state.bytes, state.sha512)
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
    """Move new files of a shard into the archive, whose lock the caller holds. Files that can't be moved stay there.

    Raises LockedError, StorageError, DamageError.
    """
    (merged,) = merge(archive, [shard.path], link=True)
    files = merged.warcs
    here = {*files.copied, *files.known, *files.erased} - set(files.renamed.values()) | set(files.renamed)
    with shard.locked():
        for path in sorted(shard.warc.iterdir()) if _on_one_disk(shard, archive) else ():
            if path.name.removesuffix(".open") in here:
                path.unlink()
        if not any(shard.warc.iterdir()):
            Manifest(shard.path).path.unlink(missing_ok=True)
    return merged


def _on_one_disk(shard: ArchiveDir, archive: ArchiveDir) -> bool:
    return shard.warc.stat().st_dev == archive.warc.stat().st_dev


def _linked(path: Path, place: Path) -> bool:
    """Whether the file could be linked; across disks it has to be copied."""
    try:
        os.link(path, place)
    except OSError:
        part = place.with_name(f"{place.name}.part")
        shutil.copyfile(path, part)
        part.replace(place)
        return False
    return True
