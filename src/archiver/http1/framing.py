"""Finds the end of a response in a stream of bytes, independently of the HTTP client that reads the same stream."""

from __future__ import annotations

from archiver.http1.chunked import ChunkedBody
from archiver.http1.head import MAX_HEAD, BodyKind, Head, body_plan, find_head_end, parse_head


class ResponseFramer:
    """Follows the response to one request, byte by byte as it arrives.

    `interim_size` bytes at the start are interim responses (1xx except 101, RFC 9110 section 15.2); the final response
    follows. `done` means that its last byte was seen; if the body ends with the connection, only `close` can set it.
    `problem` names why the end can't be determined or the message can't be parsed; then all bytes count as the
    message's.
    """

    def __init__(self, method: str = "GET", max_head: int = MAX_HEAD) -> None:
        self.done = False
        self.problem: str | None = None
        self.head: Head | None = None
        self.head_size = 0
        self.interim_size = 0
        self.size = 0  # bytes of the message so far, interim responses included
        self.body: BodyKind | None = None  # known once the head is complete
        self._method = method.upper()
        self._max_head = max_head
        self._buffer = bytearray()
        self._searched = 0
        self._left = 0
        self._chunks: ChunkedBody | None = None

    def feed(self, data: bytes) -> int:
        """Process the bytes that arrived; returns how many of them belong to this response."""
        if self.done:
            return 0
        position = 0
        while position < len(data) and self.head is None and self.problem is None:
            position += self._feed_head(data[position:] if position else data)
        if not self.done and position < len(data):
            position += self._feed_body(memoryview(data)[position:])
        self.size += position
        return position

    def close(self, *, clean: bool) -> None:
        """The peer closed the connection. A body that is delimited by this alone is complete if the close was clean."""
        if clean and self.problem is None and self.head is not None and self.body == "close":
            self.done = True

    def _feed_head(self, data: bytes) -> int:
        before = len(self._buffer)
        self._buffer += data
        end = find_head_end(self._buffer, self._searched)
        self._searched = len(self._buffer)
        if (end if end >= 0 else len(self._buffer)) + self.interim_size > self._max_head:
            self.problem = "head_too_large"
        elif not b"HTTP/".startswith(self._buffer[:5]):
            self.problem = "not_http"
        if self.problem is not None:
            self._buffer.clear()
            return len(data)
        if end < 0:
            return len(data)
        head = parse_head(memoryview(self._buffer)[:end])
        self._buffer = bytearray()
        self._searched = 0
        if head.status is not None and 100 <= head.status < 200 and head.status != 101:
            self.interim_size += end
        else:
            self._begin_body(head, end)
        return end - before

    def _begin_body(self, head: Head, size: int) -> None:
        self.head, self.head_size = head, size
        if head.status is None:
            self.problem = "bad_status_line"
            return
        plan = body_plan(head, self._method)
        self.body, self._left, self.problem = plan.kind, plan.length, plan.problem
        if plan.kind == "chunked":
            self._chunks = ChunkedBody()
        self.done = plan.kind == "none" or (plan.kind == "length" and plan.length == 0)

    def _feed_body(self, view: memoryview) -> int:
        if self.problem is None and self.body == "length":
            taken = min(self._left, len(view))
            self._left -= taken
            self.done = self._left == 0
            return taken
        if self.problem is None and self._chunks is not None:
            taken = self._chunks.feed(view)
            self.done = self._chunks.done
            self.problem = self._chunks.problem
            return taken if self.problem is None else len(view)
        return len(view)
