"""The records of one exchange, as header fields and blocks ready to be written.

Blocks are the bytes on the wire. Only what a reader could be harmed by is changed: control characters in the fields of
the WARC header, and a proxy's password in a request.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import BinaryIO
from uuid import uuid4

from archiver.http1 import dechunked, find_head_end, parse_head
from archiver.model import Exchange

MAX_HEAD_READ = 512 * 1024
_PIECE = 1 << 20
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")
_PROXY_PASSWORD = re.compile(rb"(?im)^(proxy-authorization[ \t]*:)[^\r\n]*")


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record to be written: its type, header fields (without the length) and block."""

    type: str
    record_id: str
    fields: tuple[tuple[str, str], ...]
    content_type: str
    block: BinaryIO
    length: int


def new_id() -> str:
    """A WARC-Record-ID that no other record has."""
    return f"<urn:uuid:{uuid4()}>"


def warc_date(moment: datetime) -> str:
    """WARC-Date with microseconds, which WARC 1.1 allows (section 5.4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def field_value(text: str) -> str:
    """A value that can't end its line: a URL with CR LF inside would otherwise write header fields of its own."""
    return _CONTROLS.sub(lambda match: f"%{ord(match[0]):02X}", text)


def digest(data: bytes) -> str:
    """`sha1:BASE32`, the form that CDX indexes and other archives use."""
    return labelled(hashlib.sha1(data, usedforsecurity=False))


def labelled(sha1: hashlib._Hash) -> str:
    return "sha1:" + base64.b32encode(sha1.digest()).decode("ascii")


def redacted(request: bytes) -> bytes:
    """A request without the password for the proxy that it passed."""
    head, blank, body = request.partition(b"\r\n\r\n")
    return _PROXY_PASSWORD.sub(rb"\1 [redacted]", head) + blank + body


def digests(exchange: Exchange) -> tuple[str, str]:
    """Block digest and payload digest of a response, read once in pieces.

    The payload is the entity body: without transfer coding, with content coding (IIPC warc-specifications issue 22).
    """
    block, payload = (hashlib.sha1(usedforsecurity=False) for _ in range(2))
    stream = exchange.response
    stream.seek(0)
    start = stream.read(MAX_HEAD_READ)
    block.update(start)
    end = find_head_end(start)
    rest = _pieces(stream, block)
    if end >= 0:
        body = chain([start[end:]], rest)
        chunked = "chunked" in parse_head(start[:end]).tokens("transfer-encoding")
        for piece in dechunked(body) if chunked else body:
            payload.update(piece)
    for _ in rest:
        pass  # what the payload left unread still belongs to the block
    stream.seek(0)
    return labelled(block), labelled(payload)


def _pieces(stream: BinaryIO, block: hashlib._Hash) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        block.update(piece)
        yield piece
