"""The index as a CDX server on loopback, where pywb looks up the record for a page.

Each request reads the current index, so new captures can be replayed immediately.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.cdx_key import cdx_key
from archiver.errors import ArchiverError
from archiver.export.cdxj import Place, cdxj_line, place_of
from archiver.export.copied_records import packed_record
from archiver.index.database import open_reader
from archiver.index.read.replay_records import at_address, below_address, moment_of
from archiver.model import RecordRef
from archiver.warc import find_warc, read_record

_LIMIT = 100_000  # lines of one response; only pywb's calendar requests that many


def cdxj_answer(index: Path, warcs: Path, query: dict[str, str], loose: Path | None = None) -> Iterator[str]:
    """The lines for a query of the CDX server API: `url`, `matchType` (exact or prefix), `closest`, `limit`.

    A record's file is given by its path, even while it is being written; missing files are left out. A record that
    other programs can't read in place is copied to a separate file in the folder `loose`. Raises ValueError for an
    invalid query, and the exceptions of opening an index.
    """
    url, match, closest = query["url"], query.get("matchType") or "exact", query.get("closest")
    if match not in ("exact", "prefix"):
        raise ValueError(f"matchType={match}")
    urlsplit(url)  # raises ValueError if it can't be parsed
    near = moment_of(closest) if closest else None
    key = cdx_key(url)
    with open_reader(index) as db:
        rows = below_address(db, url) if match == "prefix" else at_address(db, url, near)
        found = (row for row in rows if match == "prefix" or cdx_key(row["url"]) == key)
        for row in islice(found, min(int(query.get("limit") or _LIMIT), _LIMIT)):
            place = _place(row, warcs, loose if match == "exact" else None)
            if place is not None:
                yield cdxj_line(row, filename=place[0], offset=place[1], length=place[2])


def _place(row: sqlite3.Row, warcs: Path, loose: Path | None) -> Place | None:
    place = place_of(row, warcs)
    if place is not None:
        path = Path(place[0])
        found = path if path.is_absolute() and path.is_file() else find_warc(warcs, place[0])
        return None if found is None else (str(found.absolute()), place[1], place[2])
    if loose is None:
        return None
    ref = RecordRef(
        row["warc_file"], row["warc_offset"], row["warc_length"], row["warc_record_id"], row["warc_position"]
    )
    made = loose / (hashlib.sha256(repr(ref).encode("utf-8", "replace")).hexdigest() + ".warc.gz")
    if not made.exists():
        record = read_record(warcs, ref)
        if record is None or record.cut:
            return None
        part = made.with_suffix(f".{threading.get_ident()}")
        part.write_bytes(packed_record(record))
        part.replace(made)
    return str(made), 0, made.stat().st_size


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # pywb keeps connections open

    def __init__(self, index: Path, warcs: Path, loose: Path) -> None:
        self.index, self.warcs, self.loose = index, warcs, loose
        self.path = "/" + secrets.token_urlsafe(16)  # every program on the machine can connect to loopback
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that disconnects early is not an error; anything else is.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # send header and body in one segment
    timeout = 60

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != self.server.path:
            self._answer(HTTPStatus.NOT_FOUND, "")
            return
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            lines = "".join(cdxj_answer(self.server.index, self.server.warcs, query, self.server.loose))
        except (KeyError, ValueError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        except ArchiverError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n")
        else:
            self._answer(HTTPStatus.OK, lines)

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode("ascii", "backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", "text/x-cdxj")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def serving(index: Path, warcs: Path) -> Iterator[str]:
    """Runs the server within the block, and gives its URL."""
    with (
        tempfile.TemporaryDirectory(prefix="archiver-records-", ignore_cleanup_errors=True) as loose,
        _Server(index, warcs, Path(loose)) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{server.path}"
        finally:
            server.shutdown()
            thread.join()
