"""A WACZ package (1.1.1): records, index, pages with their text, and the digests of all of it, in one ZIP file.

Everything except the sorted index lines is streamed; these take about 500 bytes of memory per capture.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from archiver import __version__
from archiver.export.cdxj import cdxj_line, confirmed_line, is_confirmed, is_replayed
from archiver.export.copied_records import Placed, RecordCopy
from archiver.fixity.wacz_signature import WaczSigner
from archiver.index.read.story_reader import Story
from archiver.timestamps import stamp

_WARC = "data.warc.gz"


class _Entry:
    """A file inside the package while it is written; computes its size and digest."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self._digest.update(data)
        self.size += len(data)
        return self._stream.write(data)

    @property
    def hash(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"


class WaczWriter:
    """Writes one package. `captures` come in the order of files; `pages` yields each story with its capture's URL and
    date. With `signer` the package is signed.
    """

    def __init__(self, path: Path, title: str, made_at: datetime, signer: WaczSigner | None = None) -> None:
        self._path = path
        self._signer = signer
        self._title = title
        self._made_at = made_at
        self._resources: list[dict[str, object]] = []
        self.missing: dict[str, int] = {}

    def write(self, captures: Iterable[sqlite3.Row], warc_dir: Path, pages: Iterable[tuple[Story, str, str]]) -> int:
        """Write the package; returns the number of captures."""
        with zipfile.ZipFile(self._path, "w", allowZip64=True) as package:
            # Stored, not deflated, so that readers can fetch single records from the package.
            with self._entry(package, f"archive/{_WARC}", zipfile.ZIP_STORED) as entry:
                copy = RecordCopy(captures, warc_dir, entry)
                lines = _index_lines(copy)
                self.missing = copy.missing
            with self._entry(package, "indexes/index.cdxj", zipfile.ZIP_DEFLATED) as entry:
                for line in sorted(lines):
                    entry.write(line.encode("ascii"))
            with self._entry(package, "pages/pages.jsonl", zipfile.ZIP_DEFLATED) as entry:
                for page in _pages(pages):
                    entry.write(json.dumps(page, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            self._describe(package)
        return len(lines)

    def _describe(self, package: zipfile.ZipFile) -> None:
        created = stamp(self._made_at)
        software = f"archiver/{__version__}"
        description = {
            "profile": "data-package",
            "wacz_version": "1.1.1",
            "title": self._title,
            "created": created,
            "software": software,
            "resources": self._resources,
        }
        data = json.dumps(description, ensure_ascii=False, indent=2).encode()
        package.writestr("datapackage.json", data, zipfile.ZIP_DEFLATED)
        package_hash = f"sha256:{hashlib.sha256(data).hexdigest()}"
        digest: dict[str, object] = {"path": "datapackage.json", "hash": package_hash}
        if self._signer is not None:
            digest["signedData"] = self._signer.signed(package_hash, created, software)
        package.writestr("datapackage-digest.json", json.dumps(digest, indent=2), zipfile.ZIP_DEFLATED)

    @contextmanager
    def _entry(self, package: zipfile.ZipFile, name: str, method: int) -> Iterator[_Entry]:
        info = zipfile.ZipInfo(name, self._made_at.astimezone(UTC).timetuple()[:6])
        info.compress_type = method
        info.extra = self._moment()
        with package.open(info, "w", force_zip64=True) as stream:
            entry = _Entry(stream)
            yield entry
        self._resources.append({"name": Path(name).name, "path": name, "hash": entry.hash, "bytes": entry.size})

    def _moment(self) -> bytes:
        """The extended timestamp of a ZIP entry (field "UT" of Info-ZIP's list).

        It is also needed for another reason: the local header of a streamed entry is longer than the one in the
        directory, and ReplayWeb.page reads the local header only if the directory entry has such a field.
        """
        return struct.pack("<HHBl", 0x5455, 5, 1, int(self._made_at.timestamp()))


def _index_lines(copy: Iterable[Placed]) -> list[str]:
    lines: list[str] = []
    line_of: dict[int, int] = {}  # by capture
    confirmed: list[sqlite3.Row] = []
    for placed in copy:
        capture = placed.capture
        if not is_replayed(capture):
            continue
        line_of[capture["id"]] = len(lines)
        lines.append(cdxj_line(capture, filename=_WARC, offset=placed.offset, length=placed.length))
        if is_confirmed(capture):
            confirmed.append(capture)
    for capture in confirmed:
        original = line_of.get(capture["payload_id"])
        if original is not None:
            lines[line_of[capture["id"]]] = confirmed_line(capture, lines[original])
    return lines


def _pages(pages: Iterable[tuple[Story, str, str]]) -> Iterator[dict[str, object]]:
    yield {"format": "json-pages-1.0", "id": "pages", "title": "Stories", "hasText": True}
    for story, url, moment in pages:
        yield {"id": str(story.id), "url": url, "ts": moment, "title": story.title, "text": story.text}
