"""From a record to what a URL answered: the capture, and its payload without transfer and content codings."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from archiver.http1 import ChunkedBody, Head, decode_content, find_head_end, parse_head
from archiver.media_type import media_type
from archiver.model import Capture, CrawlRecord
from archiver.warc.reader import Record
from archiver.warc.records import RENDERED, labelled

MAX_PAYLOAD = 64 * 2**20
CRAWL_URI = "urn:archiver:crawl:"  # target URI of the metadata record that closes a crawl
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"(\d{4})-?(\d\d)?-?(\d\d)?(?:[T ]?(\d\d):?(\d\d):?(\d\d)(?:\.(\d{1,9}))?)?Z?$")
_CHUNK_START = re.compile(rb"[ \t]*[0-9A-Fa-f]|\Z")


@dataclass(frozen=True, slots=True)
class Payload:
    """The entity that an answer carried. `notes` say where it isn't all that it should be.

    `bad_coding`: the declared content coding doesn't fit, the bytes are as they came; `truncated`: the coded data ends
    early; `too_large` and `too_large_decoded`: cut at MAX_PAYLOAD.
    """

    data: bytes
    notes: tuple[str, ...] = ()


def capture_of(record: Record) -> tuple[Capture, Payload] | None:
    """The capture and payload of a response, revisit or resource record, or of a rendered page; None for others."""
    content_type = record.fields.get("content-type", "")
    # Other conversions are plain text (WET files) or pictures, made by rules that aren't ours.
    rendered = record.type == "conversion" and content_type == RENDERED and "warc-refers-to" in record.fields
    if record.type not in ("response", "revisit", "resource") and not rendered:
        return None
    over_http = content_type.startswith("application/http")
    if record.type == "response" and not over_http:
        return None  # dns and ftp answers are no captures of a page
    begin = find_head_end(record.block) if over_http else -1
    head = parse_head(record.block[:begin]) if begin >= 0 else None
    if head is None:
        stated = media_type("" if over_http else content_type)
        entity = b"" if over_http else record.block
        payload = Payload(entity[:MAX_PAYLOAD], ("too_large",) if len(entity) > MAX_PAYLOAD else ())
    else:
        stated = media_type(next(iter(head.values("content-type")), None))
        entity = _entity(record.block[begin:], head)
        payload = _payload(entity, head) if record.type != "revisit" else Payload(b"")
    if record.cut:
        payload = Payload(payload.data, (*payload.notes, "too_large"))
    fields = record.fields
    capture = Capture(
        ref=record.ref,
        record_type=cast("Literal['response', 'revisit', 'resource', 'conversion']", record.type),
        url=fields.get("warc-target-uri", "").strip().removeprefix("<").removesuffix(">"),
        fetched_at=parse_date(fields.get("warc-date", "")) or _EPOCH,
        http_status=head.status if head else None,
        mime=stated.name,
        charset=stated.charset,
        http_headers=head.headers if head else (),
        payload_digest=fields.get("warc-payload-digest") or _digest_of(record, entity),
        ip=fields.get("warc-ip-address"),
        truncated=fields.get("warc-truncated"),
        warcinfo_id=fields.get("warc-warcinfo-id"),
        refers_to_url=fields.get("warc-refers-to-target-uri"),
        refers_to_date=parse_date(fields.get("warc-refers-to-date", "")),
    )
    return capture, payload


def crawl_record_of(record: Record) -> CrawlRecord | None:
    """What a warcinfo record, or the metadata record that closes a crawl, says of the crawl."""
    text = record.block.decode("utf-8", "replace")
    date = parse_date(record.fields.get("warc-date", "")) or _EPOCH
    if record.type == "warcinfo":
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        fields = tuple((name.strip(), value.strip()) for name, _, value in pairs)
        return CrawlRecord(record.ref.record_id, record.ref.warc_file, date, "warcinfo", fields)
    if record.type == "metadata" and record.fields.get("warc-target-uri", "").startswith(CRAWL_URI):
        return CrawlRecord(record.ref.record_id, record.ref.warc_file, date, "crawl", (("json", text),))
    return None


def _entity(body: bytes, head: Head) -> bytes:
    if "chunked" not in head.tokens("transfer-encoding"):
        return body
    # Some tools keep the header and store the body without its chunks: then it begins with no chunk's size.
    chunks = ChunkedBody()
    chunks.feed(body)
    unchunked = not chunks.payload and (chunks.problem is not None or not _CHUNK_START.match(body))
    return body if unchunked else b"".join(chunks.payload)


def _payload(entity: bytes, head: Head) -> Payload:
    found = decode_content(entity, head.tokens("content-encoding"), MAX_PAYLOAD)
    return Payload(found.data, found.notes)


def _digest_of(record: Record, entity: bytes) -> str | None:
    if record.type == "revisit" or record.cut:
        return None
    return labelled(hashlib.sha1(entity, usedforsecurity=False))


def parse_date(text: str) -> datetime | None:
    """A WARC-Date: any precision of W3C-ISO8601 (WARC 1.1 section 5.4), also the 14 digits of older tools."""
    match = _DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction = match.groups()
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=UTC)
        return moment.replace(second=min(int(second or 0), 59), microsecond=int((fraction or "0")[:6].ljust(6, "0")))
    except ValueError:
        return None
