"""Incremental parser of the chunked transfer coding (RFC 9112 section 7.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\Z", re.DOTALL)
_MAX_LINE = 64 * 1024
_SHORT_LINE = 64
_MAX_TRAILERS = 256 * 1024


class ChunkedBody:
    """Finds the payload and the end of a chunked body that arrives in pieces of any size.

    After each `feed`, `payload` holds the slices of payload in that piece. `done` means that the last chunk and the
    trailers were read; `problem` that the bytes are not a chunked body: later bytes are not consumed.
    """

    def __init__(self) -> None:
        self.done = False
        self.problem: str | None = None
        self.payload: list[memoryview] = []
        self._state: Literal["size", "data", "data_end", "trailer"] = "size"
        self._left = 0
        self._line = bytearray()
        self._trailer_bytes = 0

    def feed(self, data: bytes | bytearray | memoryview) -> int:
        """Process a piece; returns how many of its bytes belong to the body."""
        view = memoryview(data)
        self.payload = []
        position = 0
        while position < len(view) and not self.done and self.problem is None:
            if self._state == "data":
                taken = view[position : position + self._left]
                self.payload.append(taken)
                self._left -= len(taken)
                position += len(taken)
                if self._left == 0:
                    self._state = "data_end"
            else:
                position += self._feed_line(view[position:])
        return position

    def _feed_line(self, view: memoryview) -> int:
        window = bytes(view[:_SHORT_LINE])  # a body may have one chunk per byte
        end = window.find(b"\n")
        if end < 0 and len(view) > _SHORT_LINE:
            window = bytes(view[: _MAX_LINE + 1])
            end = window.find(b"\n")
        taken = len(window) if end < 0 else end + 1
        self._line += window[:taken]
        if len(self._line) > _MAX_LINE:
            self.problem = "bad_chunk"
        elif end >= 0:
            line = bytes(self._line[:-1])
            self._line.clear()
            self._take_line(line)
        elif self._state == "data_end" and bytes(self._line) not in (b"", b"\r"):
            self.problem = "bad_chunk"
        return taken

    def _take_line(self, line: bytes) -> None:
        if self._state == "size":
            match = _SIZE.match(line)
            if match is None:
                self.problem = "bad_chunk"
                return
            self._left = int(match[1], 16)
            self._state = "data" if self._left else "trailer"
        elif self._state == "data_end":
            if line not in (b"", b"\r"):
                self.problem = "bad_chunk"
            self._state = "size"
        elif line in (b"", b"\r"):
            self.done = True
        else:
            self._trailer_bytes += len(line) + 1
            if self._trailer_bytes > _MAX_TRAILERS:
                self.problem = "trailers_too_large"


def dechunked(pieces: Iterable[bytes | memoryview]) -> Iterator[memoryview]:
    """The payload of a chunked body. A truncated or invalid body yields what came before."""
    body = ChunkedBody()
    for piece in pieces:
        body.feed(piece)
        yield from body.payload
        if body.done or body.problem is not None:
            return
