"""Converts the pages of WARC and WACZ files to a searchable table: warc_to_sqlite.py DATABASE FILE…"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from rows import save, story
from warcio.archiveiterator import ArchiveIterator


def pages(file: IO[bytes]) -> Iterator[tuple[bytes, str]]:
    """Body and URL of each response with a page."""
    for record in ArchiveIterator(file):
        if record.rec_type == "response" and "html" in (record.http_headers.get_header("Content-Type") or ""):
            yield record.content_stream().read(), record.rec_headers.get_header("WARC-Target-URI")


def files(path: Path) -> Iterator[IO[bytes]]:
    """The WARC files among the arguments."""
    if path.suffix != ".wacz":
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("archive/"):
                with package.open(name) as inner:
                    yield inner


def rows(paths: list[Path]) -> Iterator[dict[str, Any] | None]:
    """A row for each page that trafilatura can read."""
    for path in paths:
        for file in files(path):
            for body, url in pages(file):
                yield story(body, url)


if __name__ == "__main__":
    save(rows([Path(name) for name in sys.argv[2:]]), Path(sys.argv[1]))
