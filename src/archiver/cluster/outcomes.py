"""A file with the extraction results of a WARC file's pages. A task writes it; the one process that writes the index
reads it.

Each outcome is stored under a hash of everything that extraction depends on: the page, its URL and time, the site and
the extractor. So an outcome can't be used for another page, and one of an older extractor is not found.

Format: for each page 32 bytes of SHA-256, 4 bytes of length (big-endian), and that many bytes: `A` and a packed
article, or `S` and a packed skip.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from archiver import __version__
from archiver.extract.pool import ExtractTask
from archiver.index.ingest.pipeline import Extractor
from archiver.index.ingest.warc_files import Entry, Reader
from archiver.index.store.packing import pack, pack_json, unpack, unpack_json
from archiver.model import Article, Link, Skip, TdmRule

_LENGTH = struct.Struct(">I")
_AHEAD = 64  # tasks to look up before those not found are extracted


def key_of(task: ExtractTask) -> bytes:
    """The hash that an outcome is stored under."""
    around = (__version__, task.url, task.captured_at.isoformat(), task.site, task.mime, task.charset)
    return hashlib.sha256(hashlib.sha256(task.payload).digest() + repr(around).encode("utf-8", "replace")).digest()


def write_outcomes(file: BinaryIO, outcomes: Iterable[tuple[ExtractTask, Article | Skip]]) -> int:
    """Write the outcomes of tasks; returns their number."""
    number = 0
    for task, outcome in outcomes:
        data = b"A" + pack(outcome) if isinstance(outcome, Article) else b"S" + pack_json(asdict(outcome))
        file.write(key_of(task) + _LENGTH.pack(len(data)) + data)
        number += 1
    return number


class Recorded:
    """An extractor that looks outcomes up in files. Another extractor handles missing ones: pages added meanwhile, and
    those on which a task failed.

    `files` maps each WARC file to its outcomes. Ingest must read with `read`, which opens them in turn.
    """

    def __init__(self, files: Mapping[Path, Path], otherwise: Extractor, reader: Reader) -> None:
        self.found = 0
        self.extracted = 0
        self._files = files
        self._otherwise = otherwise
        self._reader = reader
        self._file: BinaryIO | None = None
        self._places: dict[bytes, tuple[int, int]] = {}  # offset and length of each outcome in the open file

    def read(self, warc: Path, offset: int) -> Iterator[Entry]:
        """The reader's items, with the outcomes of that file available."""
        path = self._files.get(warc)
        with path.open("rb") if path is not None and path.exists() else nullcontext() as self._file:
            self._places = _places(self._file) if self._file is not None else {}
            yield from self._reader(warc, offset)
        self._places = {}

    def map(self, tasks: Iterable[ExtractTask]) -> Iterator[Article | Skip]:
        """An outcome for each task, in their order."""
        waiting = ((task, self._outcome(task)) for task in tasks)
        while chunk := list(islice(waiting, _AHEAD)):
            missing = [task for task, outcome in chunk if outcome is None]
            self.found += len(chunk) - len(missing)
            self.extracted += len(missing)
            others = iter(self._otherwise.map(missing)) if missing else iter(())
            for _, outcome in chunk:
                yield outcome if outcome is not None else next(others)

    def _outcome(self, task: ExtractTask) -> Article | Skip | None:
        place = self._places.get(key_of(task)) if self._places else None
        if place is None or self._file is None:
            return None
        self._file.seek(place[0])
        data = self._file.read(place[1])
        if data[:1] == b"A":
            return unpack(data[1:])
        return _skip(unpack_json(data[1:]))


def _skip(data: dict[str, Any]) -> Skip:
    """The skip from its fields as JSON."""
    made: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
    made["links"] = tuple(Link(**link) for link in data["links"])
    made["tdm_rules"] = tuple(TdmRule(**rule) for rule in data["tdm_rules"])
    return Skip(**made)


def _places(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """The position of each outcome, by its key."""
    size = os.fstat(file.fileno()).st_size
    found: dict[bytes, tuple[int, int]] = {}
    while len(head := file.read(36)) == 36:
        (length,) = _LENGTH.unpack(head[32:])
        offset = file.tell()
        if offset + length > size:
            break  # cut short: missing outcomes are extracted
        found[head[:32]] = (offset, length)
        file.seek(length, os.SEEK_CUR)
    return found
