"""The records of one exchange, as header fields and blocks ready to be written.

Blocks are the bytes on the wire. Only bytes that could harm a reader are changed: control characters in WARC header
fields, and a proxy's password in a request.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import BinaryIO
from uuid import uuid4

from archiver.http1 import dechunked, find_head_end, parse_head
from archiver.media_type import media_type
from archiver.model import Exchange, PayloadRecord

MAX_HEAD_READ = 512 * 1024
_PIECE = 1 << 20
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")
_HTTP_TYPES = ("application/http", "message/http")
_HTTP_1 = re.compile(r"http/1\.\d")
_PROXY_PASSWORD = re.compile(rb"(?im)^(proxy-authorization[ \t]*:)[^\r\n]*")


def bare_uri(value: str) -> str:
    """The grammar of WARC 1.0 section 4 has angle brackets around the URI, and some tools write them."""
    return value.strip().removeprefix("<").removesuffix(">")


def has_http_block(fields: Mapping[str, str]) -> bool:
    """Whether a record says that its block is an HTTP message (RFC 9112 section 10)."""
    return media_type(fields.get("content-type")).name in _HTTP_TYPES


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record to write: its type, header fields (without the length) and block."""

    type: str
    record_id: str
    fields: tuple[tuple[str, str], ...]
    content_type: str
    block: BinaryIO
    length: int


RENDERED = "text/html; charset=utf-8"  # of a conversion: the DOM as the browser rendered it
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


def revisit_fields(original: PayloadRecord, answer: Answer) -> list[tuple[str, str]]:
    """The fields that make a record a revisit (WARC 1.1 section 6.7): its profile, and the response that has the
    payload."""
    not_modified = answer.status == 304
    fields = [
        ("WARC-Profile", _PROFILE + ("server-not-modified" if not_modified else "identical-payload-digest")),
        ("WARC-Payload-Digest", original.digest),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", field_value(original.url)),
        ("WARC-Refers-To-Date", warc_date(original.date)),
    ]
    if not not_modified:
        # Section 6.7.2: a revisit that omits an identical payload must be marked as truncated.
        fields.append(("WARC-Truncated", "length"))
    return fields


def new_id() -> str:
    """A unique WARC-Record-ID."""
    return f"<urn:uuid:{uuid4()}>"


def warc_date(moment: datetime) -> str:
    """WARC-Date with microseconds, which WARC 1.1 allows (section 5.4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def field_value(text: str) -> str:
    """A value without line breaks: a URL with CR LF inside would otherwise inject header fields."""
    return _CONTROLS.sub(lambda match: f"%{ord(match[0]):02X}", text)


def field_text(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def digest(data: bytes) -> str:
    """`sha1:BASE32`, the form that CDX indexes and other archives use."""
    return labelled(hashlib.sha1(data, usedforsecurity=False))


def labelled(sha1: hashlib._Hash) -> str:
    return "sha1:" + base64.b32encode(sha1.digest()).decode("ascii")


def redacted(request: bytes) -> bytes:
    """The request without the password of the proxy that it passed through."""
    head, blank, body = request.partition(b"\r\n\r\n")
    return _PROXY_PASSWORD.sub(rb"\1 [redacted]", head) + blank + body


@dataclass(frozen=True, slots=True)
class Answer:
    """The facts about a response that its record needs: digests, status, and where the payload begins."""

    block_digest: str
    payload_digest: str
    status: int | None
    protocol: str | None  # http/1.1, from the status line
    head_size: int  # bytes of status line and header fields with the empty line; 0 for other protocols than HTTP
    payload_size: int


def read_answer(exchange: Exchange) -> Answer:
    """Read a response once, in pieces.

    The payload is the entity body: without transfer coding, with content coding (IIPC warc-specifications issue 22).
    """
    block, payload = (hashlib.sha1(usedforsecurity=False) for _ in range(2))
    stream = exchange.response
    stream.seek(0)
    start = stream.read(MAX_HEAD_READ)
    block.update(start)
    end = find_head_end(start)
    head = parse_head(start[:end]) if end >= 0 else None
    rest = _pieces(stream, block)
    size = 0
    if head is not None:
        body = chain([start[end:]], rest)
        for piece in dechunked(body) if "chunked" in head.tokens("transfer-encoding") else body:
            payload.update(piece)
            size += len(piece)
    for _ in rest:
        pass  # bytes after the payload still belong to the block
    stream.seek(0)
    status, protocol = (head.status, _protocol(head.start_line)) if head else (None, None)
    return Answer(labelled(block), labelled(payload), status, protocol, max(end, 0), size)


def _protocol(status_line: str) -> str | None:
    stated = status_line.partition(" ")[0].lower()
    return stated if _HTTP_1.fullmatch(stated) else None


def protocol_fields(exchange: Exchange, answer: Answer) -> list[tuple[str, str]]:
    """How the response was transported: the extensions WARC-Protocol, one per layer, and WARC-Cipher-Suite (IIPC); and
    whether the certificate was valid, for which no common field exists: Archiver-Certificate, `verified` or the reason
    why not."""
    layers = [answer.protocol, exchange.tls.version if exchange.tls else None]
    fields = [("WARC-Protocol", layer) for layer in layers if layer is not None]
    if exchange.tls and exchange.tls.cipher:
        fields.append(("WARC-Cipher-Suite", exchange.tls.cipher))
    if exchange.tls:
        fields.append(("Archiver-Certificate", field_text(exchange.tls.verdict)))
    return fields


def _pieces(stream: BinaryIO, block: hashlib._Hash) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        block.update(piece)
        yield piece
