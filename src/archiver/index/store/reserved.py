"""What a site says of the keeping of a page: noarchive and its like, and reservations of text and data mining.

Sources: the Robots Exclusion Protocol's meta tag and X-Robots-Tag field, as search engines document them; the TDM
Reservation Protocol (W3C Community Group, 2024), sections 3.2 and 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.index.schema.connection import Index
from archiver.model import ROBOTS_WORDS, Article, Capture, Skip

_OURS = ("*", "archiver")
_AGENT = re.compile(r"\s*([\w*.-]+)\s*:(?!//)")
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


def note_reservations(db: Index, capture_id: int, capture: Capture, outcome: Article | Skip) -> None:
    """Enter what a capture's header fields and page reserve."""
    found = set(_of_fields(capture))
    if isinstance(outcome, Article):
        found |= {(word, "page") for word in outcome.reservations}
    db.executemany(
        "INSERT INTO reservations (capture_id, word, source) VALUES (?, ?, ?)",
        [(capture_id, word, source) for word, source in sorted(found)],
    )


def _of_fields(capture: Capture) -> Iterator[tuple[str, str]]:
    for name, value in capture.http_headers:
        if name.lower() == "x-robots-tag":
            yield from ((word, "X-Robots-Tag") for word in _words(value))
        elif name.lower() == "tdm-reservation" and value.strip() == "1":
            yield "tdm-reservation", "tdm-reservation"


def _words(value: str) -> Iterator[str]:
    """The words of one field that are addressed to all agents, or to this one."""
    agent = _AGENT.match(value)
    if agent and agent[1].lower() not in _WITH_VALUE:
        if agent[1].lower() not in _OURS:
            return
        value = value[agent.end() :]
    yield from ROBOTS_WORDS & {word.strip().lower() for word in value.split(",")}
