"""A shard: an archive, or a folder of WARC files, to merge into another archive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import LockedError, UsageError
from archiver.home import ArchiveDir
from archiver.warc.places import OPEN, WARC_ENDINGS


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard on disk. `warc` is the folder of its WARC files: the shard itself, if it is no archive."""

    path: Path
    warc: Path

    @property
    def archive(self) -> ArchiveDir:
        """The shard as an archive; in a plain folder of WARC files the other files are missing."""
        return ArchiveDir(self.path)

    def warcs(self) -> list[Path]:
        """Its WARC files and WACZ packages, sorted by name, including `.open` files of a killed run."""
        endings = (*WARC_ENDINGS, ".wacz")
        return sorted(path for path in self.warc.iterdir() if path.name.endswith(endings) and path.is_file())

    def folders(self) -> dict[str, int]:
        """The folders next to the WARC files that have archive files below them, with the number of these."""
        counts = {path.name: _archive_files_below(path) for path in sorted(self.warc.iterdir()) if path.is_dir()}
        return {name: number for name, number in counts.items() if number}

    def other_files(self) -> list[Path]:
        """Files next to the WARC files that are not WARC files."""
        known = set(self.warcs())
        known.update(self.warc / name for name in self.folders())
        temporary = (OPEN, ".part")
        return sorted(path for path in self.warc.iterdir() if path not in known and not path.name.endswith(temporary))


def _archive_files_below(folder: Path) -> int:
    endings = (*WARC_ENDINGS, ".wacz")
    return sum(1 for path in folder.rglob("*") if path.name.lower().endswith(endings) and path.is_file())


def shard_at(path: Path, into: ArchiveDir) -> Shard:
    """The shard in a folder. Raises UsageError if there is none, and for the archive itself."""
    folder = path.absolute()
    if not folder.is_dir():
        step = "import a single WARC file with `archiver index FILE`" if folder.is_file() else "give a folder"
        raise UsageError(f"{path} is not a folder", step)
    if folder.resolve() == into.path.resolve():
        raise UsageError(f"{path} is the archive itself", "give other archives")
    if (folder / "warc").is_dir():
        return Shard(folder, folder / "warc")
    shard = Shard(folder, folder)
    if not shard.warcs() and (folder / "archive" / "warc").is_dir():
        raise UsageError(f"{path} is the home of an archive, not the archive", f"give {path / 'archive'}")
    if not shard.warcs():
        raise UsageError(
            f"{path} has neither an archive nor WARC files", "give the folder of an archive, which contains warc/"
        )
    return shard


@contextmanager
def locked_shard(shard: Shard) -> Iterator[None]:
    """Keep crawls out of a shard while it is read. Raises LockedError if one is active.

    A read-only shard is read without a lock.
    """
    if shard.warc == shard.path:
        yield  # not an archive: it has no lock
    elif os.access(shard.path, os.W_OK):
        with shard.archive.locked():
            yield
    elif shard.archive.in_use:
        raise LockedError(f"another run is using {shard.path}", "wait for it to end")
    else:
        yield
