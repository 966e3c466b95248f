"""Masks login secrets in exchanges before they are written.

Each byte of a secret becomes `*`, so lengths, chunk sizes and Content-Length stay valid and the rest of the block stays
exact. Digests are computed afterwards, from the block as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from archiver.http1 import find_head_end
from archiver.model import Exchange

MASKED = "Archiver-Masked"  # field of the WARC record: the names of what was masked
_PIECE = 1 << 20
_HEAD = 512 * 1024  # maximum bytes of a head: a crawl refuses longer ones


def masked_field(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The WARC header field that lists what was masked in the block."""
    return [(MASKED, ", ".join(names))] if names else []


@dataclass(frozen=True, slots=True)
class Masking:
    """`values` are masked wherever they occur uncoded; of the named fields (in lower case) the whole value is
    masked."""

    request_fields: frozenset[str] = frozenset({"authorization", "cookie"})
    response_fields: frozenset[str] = frozenset({"set-cookie"})
    values: tuple[bytes, ...] = field(default=(), repr=False)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange without secrets in its messages. The response is changed in place."""
        request, in_request = self.request(exchange.request)
        in_response = self.response(exchange.response)
        return replace(exchange, request=request, masked_request=in_request, masked_response=in_response)

    def request(self, message: bytes) -> tuple[bytes, tuple[str, ...]]:
        """A request without secrets, and the names of what was masked in it."""
        end = find_head_end(message)
        head, names = _without_fields(message[: end if end >= 0 else len(message)], self.request_fields)
        rest, found = _without_values(head + message[len(head) :], self.values)
        return rest, (*names, *(("value",) if found else ()))

    def response(self, stream: BinaryIO) -> tuple[str, ...]:
        """Mask a response in place; returns the names of what was masked. Leaves the stream at its start."""
        stream.seek(0)
        start = stream.read(_HEAD)
        end = find_head_end(start)
        head, names = _without_fields(start[: max(end, 0)], self.response_fields)
        if names:
            stream.seek(0)
            stream.write(head)
        found = self._mask_stream(stream)
        stream.seek(0)
        return (*names, *(("value",) if found else ()))

    def _mask_stream(self, stream: BinaryIO) -> bool:
        """Pieces overlap by the length of the longest secret, so that a secret across two pieces is found."""
        if not self.values:
            return False
        overlap = max(map(len, self.values)) - 1
        position, found = 0, False
        while True:
            stream.seek(position)
            piece = stream.read(_PIECE + overlap)
            masked, some = _without_values(piece, self.values)
            if some:
                found = True
                stream.seek(position)
                stream.write(masked)
            if len(piece) < _PIECE + overlap:
                return found
            position += _PIECE


def _without_fields(head: bytes, names: frozenset[str]) -> tuple[bytes, tuple[str, ...]]:
    """A message's head with the values of some fields masked, folded lines (RFC 9112 section 5.2) included."""
    masked: set[str] = set()

    def starred(match: re.Match[bytes]) -> bytes:
        name = match[1].decode("latin-1").strip().lower()
        if name not in names:
            return match[0]
        masked.add(name)
        return match[1] + b":" + re.sub(rb"[^\r\n\t ]", b"*", match[2])

    made = re.sub(rb"(?m)^([^\s:][^:\r\n]*):([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", starred, head)
    return made, tuple(sorted(masked))


def _without_values(data: bytes, values: tuple[bytes, ...]) -> tuple[bytes, bool]:
    found = False
    for value in values:
        if value in data:
            found = True
            data = data.replace(value, b"*" * len(value))
    return data, found
