"""Checks a record's bytes against its digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from archiver.http1 import dechunked, find_head_end, parse_head
from archiver.warc.reader import Record
from archiver.warc.records import has_http_block

_ALGORITHMS = {"sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512",
               "sha-512": "sha512", "md5": "md5"}  # fmt: skip


def wrong_digest(record: Record) -> str | None:
    """The problem with a record's digests (WARC 1.1 sections 5.8, 5.9); None if they match or can't be checked.

    A matching block digest is sufficient: the bytes are those that were written. A payload digest may be computed from
    the entity body or from the body with its chunks; programs differ (IIPC warc-specifications issue 22).
    """
    if record.cut:
        return None  # longer than the part kept in memory
    stated = record.fields.get("warc-block-digest")
    if stated is not None and (fits := _matches(stated, [record.block])) is not None:
        return None if fits else f"the block is not what its digest says ({stated})"
    stated = record.fields.get("warc-payload-digest")
    if stated is None or record.type == "revisit":  # the payload digest of a revisit belongs to another record
        return None
    answers = [found for body in _bodies(record) if (found := _matches(stated, body)) is not None]
    return f"the payload is not what its digest says ({stated})" if answers and not any(answers) else None


def _bodies(record: Record) -> Iterator[list[bytes | memoryview]]:
    """The bytes that programs regard as a record's payload."""
    if not has_http_block(record.fields):
        yield [record.block]
        return
    begin = find_head_end(record.block)
    if begin < 0:
        yield [record.block]
        return
    body = memoryview(record.block)[begin:]
    yield [body]
    head = parse_head(record.block[:begin])
    if head is not None and "chunked" in head.tokens("transfer-encoding"):
        yield list(dechunked([body]))


def _matches(stated: str, pieces: list[bytes] | list[bytes | memoryview]) -> bool | None:
    """Whether a labelled digest matches these bytes; None for an unknown algorithm or form."""
    label, _, value = stated.strip().partition(":")
    algorithm = _ALGORITHMS.get(label.lower())
    if algorithm is None:
        return None
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
    expected = _decoded(value.strip(), digest.digest_size)
    return None if expected is None else expected == digest.digest()


def _decoded(text: str, size: int) -> bytes | None:
    """Base32, as most programs write it, or hexadecimal."""
    try:
        if len(text) == size * 2:
            return bytes.fromhex(text)
        found = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        return None
    return found if len(found) == size else None
