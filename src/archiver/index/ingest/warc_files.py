"""WARC files as the index reads them: which exist, their names, and their entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.index.ingest.batch import DamagedStretch, PassedOver
from archiver.model import Capture, CrawlRecord
from archiver.warc.places import OPEN, WARC_ENDINGS, stored_name, stored_text


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file and its name in the index."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """A capture and its payload with content codings decoded. `notes` report faults, as in `warc.payload`."""

    capture: Capture
    payload: bytes
    notes: tuple[str, ...] = ()


Item = Page | CrawlRecord | DamagedStretch | PassedOver | None


@dataclass(frozen=True, slots=True)
class Entry:
    """The content of a file up to `end`, the offset to continue from. None: a record that is not indexed."""

    end: int
    item: Item


Reader = Callable[[Path, int], Iterator[Entry]]


def warc_file(path: Path, warc_dir: Path | None) -> WarcFile:
    """Files of the archive are identified by name, so that the archive can be moved; others by their absolute path."""
    absolute = path.absolute()
    inside = warc_dir is not None and absolute.parent == warc_dir.absolute()
    return WarcFile(path, (stored_name(absolute) if inside else stored_text(absolute)).removesuffix(OPEN))


def warcs_in(warc_dir: Path) -> list[WarcFile]:
    """The WARC files of an archive in order of their names, including those being written."""
    if not warc_dir.is_dir():
        return []
    return _files(warc_dir, WARC_ENDINGS)


def packages_in(warc_dir: Path) -> list[WarcFile]:
    """The WACZ packages that a user put next to the WARC files of an archive, in order of their names."""
    return _files(warc_dir, (".wacz",)) if warc_dir.is_dir() else []


def _files(warc_dir: Path, endings: tuple[str, ...]) -> list[WarcFile]:
    found = [warc_file(path, warc_dir) for path in warc_dir.iterdir() if path.name.endswith(endings) and path.is_file()]
    return sorted(found, key=lambda entry: entry.name)
