"""The head of an HTTP/1.x message: its start line and header block (RFC 9112 sections 2-6), read leniently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

MAX_HEAD = 256 * 1024  # honest servers send less; 3 MB of headers have been seen
_HEAD_END = re.compile(rb"\n\r?\n")
# HTTP/2 and 3 have no status line. Tools that archive them write one, mostly without the minor version. Section 4: any
# white space may separate the parts, and be in front of them.
_STATUS_LINE = re.compile(
    r"[ \t]*HTTP/([0-9]{1,4})(?:\.([0-9]{1,4}))?[ \t]+([0-9]{3})(?:[ \t]+(.*))?\Z", re.DOTALL | re.IGNORECASE
)
_DECIMAL = re.compile(r"[0-9]{1,18}\Z")
_OWS = " \t"

BodyKind = Literal["none", "length", "chunked", "close"]


@dataclass(frozen=True, slots=True)
class Head:
    """A message's start line and headers. Text is Latin-1, so that every byte survives."""

    start_line: str
    headers: tuple[tuple[str, str], ...]
    status: int | None = None  # of a response; None if the line can't be parsed
    http_1_1: bool = False

    def values(self, name: str) -> list[str]:
        """All values of a header, by lower-case name, in order."""
        return [value for key, value in self.headers if key.lower() == name]

    def tokens(self, name: str) -> list[str]:
        """A list header's members in lower case, over all of its lines."""
        members = (part.strip(_OWS).lower() for value in self.values(name) for part in value.split(","))
        return [member for member in members if member]


class BodyPlan(NamedTuple):
    """How the end of a response's body is determined."""

    kind: BodyKind
    length: int = 0
    problem: str | None = None


def find_head_end(data: bytes | bytearray, start: int = 0) -> int:
    """Index after the empty line that ends a header block, or -1. Lines end with CR LF or a bare LF.

    `start` is where a search of the same bytes left off; the three bytes before it are searched again.
    """
    found = _HEAD_END.search(data, max(0, start - 3))
    return found.end() if found else -1


def parse_head(data: bytes | bytearray | memoryview) -> Head:
    """Parse a header block. A line without a colon is skipped; a folded line (obs-fold) joins the one before it."""
    lines = bytes(data).decode("latin-1").split("\n")
    start_line = lines[0].removesuffix("\r")
    headers: list[tuple[str, list[str]]] = []
    in_bad_line = False
    for raw in lines[1:]:
        line = raw.removesuffix("\r")
        if not line:
            break
        if line[0] in _OWS:
            if headers and not in_bad_line:
                headers[-1][1].append(line.strip(_OWS))
            continue
        name, colon, value = line.partition(":")
        in_bad_line = not colon
        if colon:
            headers.append((name.rstrip(_OWS), [value.strip(_OWS)]))
    fields = tuple((name, values[0] if len(values) == 1 else " ".join(values).strip(_OWS)) for name, values in headers)
    match = _STATUS_LINE.match(start_line)
    if match is None:
        return Head(start_line, fields)
    return Head(start_line, fields, int(match[3]), (int(match[1]), int(match[2] or 0)) >= (1, 1))


def body_plan(head: Head, method: str = "GET") -> BodyPlan:
    """How long the body of a response to `method` is (RFC 9112 section 6.3)."""
    if method == "HEAD" or head.status in (204, 304):
        return BodyPlan("none")
    codings = head.tokens("transfer-encoding")
    if not codings:
        return _stated_length(head)
    return BodyPlan("chunked") if codings[-1] == "chunked" else BodyPlan("close", problem="unknown_transfer_coding")


def _stated_length(head: Head) -> BodyPlan:
    stated = [part.strip(_OWS) for value in head.values("content-length") for part in value.split(",")]
    if not stated:
        return BodyPlan("close")
    if not all(_DECIMAL.match(part) for part in stated):
        return BodyPlan("close", problem="bad_content_length")
    lengths = {int(part) for part in stated}
    if len(lengths) > 1:
        return BodyPlan("close", problem="conflicting_content_length")
    return BodyPlan("length", lengths.pop())
