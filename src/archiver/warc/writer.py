"""Writes WARC files: whole records, one gzip member each, synced to disk on request."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter as RecordWriter
from zlib_ng import zlib_ng

from archiver import __version__
from archiver.errors import StorageError
from archiver.model import Exchange, PayloadRecord, RecordRef
from archiver.warc.masking import masked_field
from archiver.warc.places import OPEN
from archiver.warc.records import (
    RENDERED,
    Answer,
    NewRecord,
    digest,
    field_value,
    new_id,
    protocol_fields,
    read_answer,
    redacted,
    revisit_fields,
    warc_date,
)

OnClose = Callable[[str, int, str], object]
ROLLOVER = 10**9
_LEVEL = 6  # zlib-ng's 6 writes more than twice as fast as zlib's 9 and is as small


def _now() -> datetime:
    return datetime.now(UTC)


class WarcWriter:
    """Writes the records of one crawl into its own files: `PREFIX-YYYYMMDDhhmmss-SERIAL-HOST.warc.gz`.

    A file's name ends in `.open` while it is written. After any failure the file is cut back to its last whole record
    and closed, and nothing more is written: that call and all later ones raise StorageError.

    `on_close` is called with name, size and SHA-512 of each complete file before the file gets its final name. If it
    raises StorageError, the file stays `.open`. `on_named` is called with the same once the file has its final name.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        info: Mapping[str, str],
        *,
        rollover: int = ROLLOVER,
        now: Callable[[], datetime] = _now,
        on_close: OnClose | None = None,
        on_named: OnClose | None = None,
    ) -> None:
        self._folder = folder
        self._prefix = file_prefix(prefix)
        self._info = info
        self._rollover = rollover
        self._now = now
        self._on_close = on_close
        self._on_named = on_named
        self._sha512 = hashlib.sha512()
        self._serial = 0
        self._file: io.FileIO | None = None
        self._name = ""
        self._size = 0
        self._unsynced = False
        self._failure: StorageError | None = None

    @property
    def files(self) -> int:
        """Number of files that were begun."""
        return self._serial

    def write_exchange(
        self, exchange: Exchange, answer: Answer | None = None, original: PayloadRecord | None = None
    ) -> RecordRef:
        """Write the request and the response as they were transferred; returns the place of the response.

        With `original`, the response whose payload this one repeats or confirms (304), a revisit is written instead:
        the new header fields, without the payload. `answer` is the result of `read_answer`, if the caller has it
        already.
        """
        response_id, request_id = new_id(), new_id()
        answer = answer or read_answer(exchange)
        shared = [("WARC-Target-URI", field_value(exchange.url)), ("WARC-Date", warc_date(exchange.started))]
        if exchange.ip:
            shared.append(("WARC-IP-Address", exchange.ip))
        response = [*shared, *protocol_fields(exchange, answer), ("WARC-Concurrent-To", request_id)]
        response += masked_field(exchange.masked_response)
        stream, size = exchange.response, exchange.response_size
        if original is None:
            response += [("WARC-Block-Digest", answer.block_digest), ("WARC-Payload-Digest", answer.payload_digest)]
            if exchange.truncated:
                response.append(("WARC-Truncated", exchange.truncated))
        else:
            head = stream.read(answer.head_size)
            stream, size = io.BytesIO(head), len(head)
            response += [("WARC-Block-Digest", digest(head)), *revisit_fields(original, answer)]
        request_block = redacted(exchange.request)
        request = [
            *shared,
            ("WARC-Concurrent-To", response_id),
            ("WARC-Block-Digest", digest(request_block)),
            ("WARC-Payload-Digest", digest(request_block.partition(b"\r\n\r\n")[2])),
            *masked_field(exchange.masked_request),
        ]
        self._open_if_needed()
        reference = self._write(
            NewRecord(
                "response" if original is None else "revisit",
                response_id,
                tuple(response),
                "application/http;msgtype=response",
                stream,
                size,
            )
        )
        self._write(_record("request", request_id, request, "application/http;msgtype=request", request_block))
        if exchange.interim:
            # After the response, not before it: readers would take a 103 as the record's status.
            fields = _with_digests([*shared, ("WARC-Concurrent-To", response_id)], exchange.interim)
            kind = "application/http;msgtype=response"
            self._write(_record("metadata", new_id(), fields, kind, exchange.interim))
        return reference

    def write_rendered(self, target_uri: str, html: bytes, record_id: str) -> RecordRef:
        """Write a page as a browser rendered it: a conversion (WARC 1.1 section 6.8), which replay ignores."""
        self._open_if_needed()
        fields = [
            ("WARC-Target-URI", field_value(target_uri)),
            ("WARC-Date", warc_date(self._now())),
            ("WARC-Refers-To", record_id),
        ]
        return self._write(_record("conversion", new_id(), _with_digests(fields, html), RENDERED, html))

    def write_metadata(self, target_uri: str, payload: bytes, content_type: str) -> RecordRef:
        """Write data that belongs to no exchange, such as the report of the crawl."""
        self._open_if_needed()
        fields = [("WARC-Target-URI", field_value(target_uri)), ("WARC-Date", warc_date(self._now()))]
        return self._write(_record("metadata", new_id(), _with_digests(fields, payload), content_type, payload))

    def sync(self) -> None:
        """Sync all records written so far. Raises StorageError if the disk fails: they must not count as stored."""
        self._raise_earlier_failure()
        if self._file is None or not self._unsynced:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            # After a failed fsync the kernel may have dropped the pages, so no part of this file can be trusted.
            raise self._failed(error, cut=False) from error
        self._unsynced = False

    def close(self) -> None:
        """Sync the file and give it its final name. Does nothing if no file is open."""
        if self._file is None:
            return
        self.sync()
        assert self._file is not None, "sync leaves it open"
        opened = self._folder / (self._name + OPEN)
        written = (self._name, self._size, self._sha512.hexdigest())
        if self._on_close is not None:
            try:
                self._on_close(*written)
            except StorageError as error:
                self._failure = error
                self._file.close()
                self._file = None
                raise
        try:
            self._file.close()
            opened.rename(self._folder / self._name)
            _sync_folder(self._folder)
        except OSError as error:
            raise self._failed(error, cut=False) from error
        finally:
            self._file = None
        if self._on_named is not None:
            self._on_named(*written)

    # ------------------------------------------------------------------ files

    def _open_if_needed(self) -> None:
        self._raise_earlier_failure()
        if self._file is not None and self._size >= self._rollover:
            self.close()
        if self._file is None:
            self._open()

    def _open(self) -> None:
        stamp = self._now().astimezone(UTC).strftime("%Y%m%d%H%M%S")
        host = file_prefix(socket.gethostname().partition(".")[0])
        while self._file is None:
            self._serial += 1
            self._name = f"{self._prefix}-{stamp}-{self._serial:05d}-{host}.warc.gz"
            if (self._folder / self._name).exists():
                continue
            try:
                self._file = io.FileIO(self._folder / (self._name + OPEN), "xb")
            except FileExistsError:
                continue
            except OSError as error:
                raise self._failed(error, cut=False) from error
        self._size = 0
        self._sha512 = hashlib.sha512()
        self._write_warcinfo()

    def _write_warcinfo(self) -> None:
        info = {
            "software": f"archiver/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "hostname": socket.gethostname(),
            **self._info,
        }
        block = "".join(f"{name}: {' '.join(value.splitlines())}\r\n" for name, value in info.items()).encode()
        fields = [("WARC-Filename", self._name), ("WARC-Date", warc_date(self._now()))]
        record = _record("warcinfo", new_id(), _with_digests(fields, block), "application/warc-fields", block)
        self._warcinfo_id = record.record_id
        self._write(record)

    # ------------------------------------------------------------------ records

    def _write(self, record: NewRecord) -> RecordRef:
        """Append one record as a gzip member: all of it, or nothing."""
        assert self._file is not None, "opened by the caller"
        member = _Member(self._file, self._sha512)
        try:
            RecordWriter(member, gzip=False, warc_version="1.1").write_record(self._with_header(record))
            member.finish()
        except OSError as error:
            raise self._failed(error, cut=True) from error
        reference = RecordRef(self._name, self._size, member.size, record.record_id)
        self._size += member.size
        self._unsynced = True
        return reference

    def _with_header(self, record: NewRecord) -> ArcWarcRecord:
        fields: list[tuple[str, str]] = [
            ("WARC-Type", record.type),
            ("WARC-Record-ID", record.record_id),
            *record.fields,
        ]
        if record.type != "warcinfo":
            fields.append(("WARC-Warcinfo-ID", self._warcinfo_id))
        fields += [("Content-Type", record.content_type), ("Content-Length", str(record.length))]
        header = StatusAndHeaders("", fields, protocol="WARC/1.1")
        # Without parsed HTTP headers warcio copies the block; with them it would rewrite the headers. For type
        # "revisit" it would write no block at all; the WARC-Type field above marks the record as a revisit.
        kind = "response" if record.type == "revisit" else record.type
        made = ArcWarcRecord("warc", kind, header, record.block, None, record.content_type, record.length)
        made.payload_length = record.length
        return made

    def _failed(self, error: OSError, *, cut: bool) -> StorageError:
        """Leave a file that every reader accepts, and refuse further writes."""
        path = self._folder / self._name
        if self._file is not None and not self._file.closed:
            with contextlib.suppress(OSError):
                if cut:
                    self._file.truncate(self._size)
                os.fsync(self._file.fileno())
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
        self._failure = StorageError(
            f"{path} can't be written ({error.strerror or error})",
            "free some space or repair the disk, then run it again",
        )
        return self._failure

    def _raise_earlier_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Member:
    """The output of warcio, compressed into one gzip member at the end of a file."""

    def __init__(self, file: io.FileIO, sha512: hashlib._Hash) -> None:
        self._file = file
        self._sha512 = sha512
        self._compressor = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, 31)
        self._pending: list[bytes] = []
        self._pending_size = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        self._keep(self._compressor.compress(data))
        if self._pending_size > 1 << 20:
            self._write_out()

    def flush(self) -> None:
        """warcio flushes at the end of a record; `finish` does the work."""

    def finish(self) -> None:
        self._keep(self._compressor.flush())
        self._write_out()

    def _keep(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_size += len(data)

    def _write_out(self) -> None:
        data = memoryview(b"".join(self._pending))
        self._pending, self._pending_size = [], 0
        while data:
            written = self._file.write(data)
            if not written:
                raise OSError("short write")
            self._sha512.update(data[:written])
            self.size += written
            data = data[written:]


def _record(type_: str, record_id: str, fields: list[tuple[str, str]], content_type: str, block: bytes) -> NewRecord:
    return NewRecord(type_, record_id, tuple(fields), content_type, io.BytesIO(block), len(block))


def _with_digests(fields: list[tuple[str, str]], block: bytes) -> list[tuple[str, str]]:
    both = digest(block)
    return [*fields, ("WARC-Block-Digest", both), ("WARC-Payload-Digest", both)]


def file_prefix(text: str) -> str:
    """The prefix of a site's WARC file names: letters, digits, dots and underscores only, so that a name can't lead out
    of the folder."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in text)
    return kept.strip(".")[:60] or "archive"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
