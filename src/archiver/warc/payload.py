"""Converts a record to a capture and its payload, without transfer and content codings."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from archiver.errors import DamageError
from archiver.http1 import ChunkedBody, Head, decode_content, find_head_end, parse_head
from archiver.media_type import media_type
from archiver.model import Capture, CrawlRecord, RecordRef
from archiver.warc.places import find_warc
from archiver.warc.reader import Damage, Record, read_records
from archiver.warc.records import bare_uri, has_http_block, labelled
from archiver.warc.segments import joined
from archiver.warc.warc_dates import parse_date

MAX_PAYLOAD = 64 * 2**20
CRAWL_URI = "urn:archiver:crawl:"  # target URI of the metadata record at the end of a crawl
_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#@]*@")
_MAX_HEAD = 2**20  # of an HTTP header in a record; the rest is not read
_MAX_URL = 2**16
_MAX_INFO = 2**20  # bytes of a warcinfo
_MAX_REPORT = 2**26
_MAX_CHUNKS = 200_000
_MAX_INTERIM = 10
_HTML = ("text/html", "application/xhtml+xml")
_CHUNK_START = re.compile(rb"[ \t]*[0-9A-Fa-f]|\Z")
_SHA1 = re.compile(r"sha-?1:(?:([A-Z2-7]{32})|([0-9a-f]{40}))\Z", re.IGNORECASE)
_HINT = "the other records are not touched by it; restore the file from a copy if there is one"


@dataclass(frozen=True, slots=True)
class Payload:
    """The entity of a response. `notes` report its faults.

    `bad_coding`: the data does not have the declared content coding and is unchanged; `truncated`: the coded data ends
    early; `too_large` and `too_large_decoded`: cut at MAX_PAYLOAD; `too_many_members`: cut there.
    """

    data: bytes
    notes: tuple[str, ...] = ()


def capture_of(record: Record) -> tuple[Capture, Payload] | None:
    """The capture and payload of a response, revisit or resource record, or of a conversion to HTML; None for others.

    Raises DamageError for a record without a URL or date.
    """
    if passed_over(record) is not None or record.type not in ("response", "revisit", "resource", "conversion"):
        return None
    fields = record.fields
    url = _target_uri(record)
    fetched_at = parse_date(fields.get("warc-date", ""))
    if fetched_at is None:
        raise DamageError(f"its WARC-Date is {fields.get('warc-date', 'missing')[:40]!r}", _HINT)
    if not url or len(url) > _MAX_URL:
        raise DamageError("its WARC-Target-URI is " + ("longer than 64 KiB" if url else "missing"), _HINT)
    over_http = _is_http(record)
    head, body = _http_message(record) if over_http else (None, record.block)
    if head is not None:
        stated = media_type(next(iter(head.values("content-type")), None))
    else:
        stated = media_type(None if over_http else _content_type(record))
    notes: tuple[str, ...] = ()
    if head is None:
        entity = body
        payload = Payload(entity[:MAX_PAYLOAD], ("too_large",) if len(entity) > MAX_PAYLOAD else ())
    else:
        entity, notes = _entity(body, head)
        payload = _payload(entity, head) if record.type != "revisit" else Payload(b"")
    if record.cut:
        notes = (*notes, "too_large")
    capture = Capture(
        ref=record.ref,
        record_type=cast("Literal['response', 'revisit', 'resource', 'conversion']", record.type),
        url=url,
        fetched_at=fetched_at,
        http_status=head.status if head else None,
        mime=stated.name,
        charset=stated.charset,
        http_headers=head.headers if head else (),
        payload_digest=_stated_digest(fields.get("warc-payload-digest", "")) or _digest_of(record, entity),
        ip=fields.get("warc-ip-address"),
        truncated=fields.get("warc-truncated"),
        warcinfo_id=fields.get("warc-warcinfo-id"),
        refers_to_url=_USERINFO.sub(r"\1", bare_uri(fields.get("warc-refers-to-target-uri", ""))) or None,
        refers_to_date=parse_date(fields.get("warc-refers-to-date", "")),
        refers_to_id=_refers_to(fields.get("warc-refers-to", "")),
        certificate=fields.get("archiver-certificate"),
    )
    return capture, Payload(payload.data, (*payload.notes, *notes))


def passed_over(record: Record) -> str | None:
    """Why a record holds nothing for the index, as a short code; None if it does, or if it belongs to another record.

    `wet`: a page's plain text, extracted by other rules; `wat`: a page's links, as JSON; `dns`, `ftp`, `not_http`: not
    a response of a web server; `conversion`: to another type than HTML; `segment`: a part whose first segment is not in
    the file; `unknown_type`: not a type of WARC 1.1.
    """
    kind = media_type(_content_type(record)).name or ""
    if record.type == "conversion":
        return None if kind in _HTML else "wet" if kind == "text/plain" else "conversion"
    if record.type == "metadata":
        return "wat" if kind == "application/json" and not _target_uri(record).startswith(CRAWL_URI) else None
    # A resource may be a file about the crawl, such as Wget's log at metadata://gnu.org/…
    is_other = not _is_http(record) and not (kind in _HTML and (record.type == "resource" or _is_web(record)))
    if (record.type == "response" and is_other) or (record.type == "resource" and is_other and not _is_web(record)):
        scheme = _target_uri(record).partition(":")[0].lower()
        return scheme if scheme in ("dns", "ftp") else "not_http"
    if record.type == "continuation":
        return "segment"
    return None if record.type in ("warcinfo", "request", "response", "resource", "revisit") else "unknown_type"


def crawl_record_of(record: Record) -> CrawlRecord | None:
    """The crawl's data in a warcinfo record, or in the metadata record at the end of a crawl.

    Raises DamageError for a record without a date.
    """
    closes = record.type == "metadata" and _target_uri(record).startswith(CRAWL_URI)
    if record.type != "warcinfo" and not closes:
        return None
    date = parse_date(record.fields.get("warc-date", ""))
    if date is None:
        raise DamageError(f"its WARC-Date is {record.fields.get('warc-date', 'missing')[:40]!r}", _HINT)
    text = record.block[: _MAX_REPORT if closes else _MAX_INFO].decode("utf-8", "replace")
    if closes:
        fields: tuple[tuple[str, str], ...] = (("json", text),)
    else:
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        fields = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    return CrawlRecord(
        record.ref.record_id,
        record.ref.warc_file,
        date,
        "crawl" if closes else "warcinfo",
        fields,
        record.ref.offset,
        record.ref.position or 0,
    )


def read_payload(folder: Path, ref: RecordRef) -> tuple[Capture, Payload]:
    """Read one capture back from its place.

    Raises UsageError for a file name that leads out of the folder, DamageError if another record is at that place.
    """
    record = read_record(folder, ref)
    found = capture_of(record) if record is not None else None
    if found is None:
        raise DamageError(
            f"{folder / ref.warc_file} has no record {ref.record_id} at {ref.offset}",
            "run `archiver index --rebuild`",
        )
    return found


def read_record(folder: Path, ref: RecordRef) -> Record | None:
    """The record at a place, its segments joined; None if another one is there. Raises the same errors as
    `read_payload`."""
    path = find_warc(folder, ref.warc_file) or folder / ref.warc_file
    for record in joined(read_records(path, ref.offset)):
        if isinstance(record, Damage):
            if record.offset != ref.offset:
                return None
        elif record.ref.record_id == ref.record_id and ref.position in (None, record.ref.position):
            return record
        elif record.ref.offset != ref.offset and not record.fields.get("warc-segment-number"):
            return None
    return None


def _content_type(record: Record) -> str:
    return record.fields.get("content-type", "")


def _target_uri(record: Record) -> str:
    """The URL without user name and password (RFC 3986 section 3.2.1), which are secrets."""
    return _USERINFO.sub(r"\1", bare_uri(record.fields.get("warc-target-uri", "")))


def _refers_to(value: str) -> str | None:
    """A referenced record ID in the form of WARC-Record-ID, with or without angle brackets."""
    bare = bare_uri(value)
    return f"<{bare}>" if bare and len(bare) < 1000 else None


def _is_web(record: Record) -> bool:
    return _target_uri(record)[:8].lower().startswith(("http://", "https://"))


def _is_http(record: Record) -> bool:
    """Whether the block is an HTTP message. Without Content-Type its first line decides."""
    if record.type not in ("response", "revisit"):
        return False
    if has_http_block(record.fields):
        return not (record.type == "response" and record.block[:64].lstrip()[:1] == b"<")  # HTTP/0.9: only a body
    return record.block[:5].upper() == b"HTTP/" and not _target_uri(record).startswith("dns:")


def _http_message(record: Record) -> tuple[Head | None, bytes]:
    """The head of the final response and the bytes after it. Interim responses (1xx) before it are skipped."""
    block = record.block
    if block[:1] in (b"\r", b"\n"):  # RFC 9112 section 2.2: empty lines before the message are ignored
        block = block.lstrip(b"\r\n")
    for _ in range(_MAX_INTERIM):
        begin = find_head_end(block)
        if begin < 0:
            if block[:5].upper() != b"HTTP/":
                return None, b""
            begin = len(block)  # a header with nothing after it, not even an empty line
        head = parse_head(block[: min(begin, _MAX_HEAD)])
        block = block[begin:]
        interim = head.status is not None and 100 <= head.status < 200 and head.status != 101
        if not interim or block[:5].upper() != b"HTTP/":
            break
    return head, block


def _entity(body: bytes, head: Head) -> tuple[bytes, tuple[str, ...]]:
    """The body without transfer coding."""
    if "chunked" not in head.tokens("transfer-encoding"):
        return body, ()
    chunks = ChunkedBody()
    pieces: list[memoryview] = []
    view = memoryview(body)
    for start in range(0, len(body), 2**18):  # each call makes a list of its chunks
        chunks.feed(view[start : start + 2**18])
        pieces += chunks.payload
        if len(pieces) > _MAX_CHUNKS:
            return b"".join(pieces), ("too_many_members",)
        if chunks.done or chunks.problem is not None:
            break
    # Some tools keep the header but store the body without chunks: then it does not begin with a chunk size.
    unchunked = not pieces and (chunks.problem is not None or not _CHUNK_START.match(body))
    return (body if unchunked else b"".join(pieces)), ()


def _payload(entity: bytes, head: Head) -> Payload:
    # Transfer codings other than chunked (RFC 9112 section 7) were applied after the content codings.
    transfer = [coding for coding in head.tokens("transfer-encoding") if coding not in ("chunked", "identity")]
    found = decode_content(entity, [*head.tokens("content-encoding"), *transfer], MAX_PAYLOAD)
    return Payload(found.data, found.notes)


def _digest_of(record: Record, entity: bytes) -> str | None:
    if record.type == "revisit" or record.cut:
        return None
    return labelled(hashlib.sha1(entity, usedforsecurity=False))


def _stated_digest(value: str) -> str | None:
    """WARC-Payload-Digest in one canonical form: SHA-1 as `sha1:BASE32`, which most tools write."""
    value = value.strip()
    match = _SHA1.match(value)
    if match is None:
        return value if 0 < len(value) < 300 else None
    return "sha1:" + (match[1].upper() if match[1] else base64.b32encode(bytes.fromhex(match[2])).decode("ascii"))
