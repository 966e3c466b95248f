"""The one reader of Content-Type values: of HTTP headers, WARC records and links."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Quoted or not; a stray space, quote or comma after the label is not part of it.
_CHARSET = re.compile(r"(?:^|;)\s*charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)

_LONGEST = 1000  # characters that are read: the pattern's time is quadratic in consecutive spaces


@dataclass(frozen=True, slots=True)
class MediaType:
    """`text/html; charset=UTF-8` in its parts, in lower case; None for missing parts."""

    name: str | None = None
    charset: str | None = None


def media_type(value: str | None) -> MediaType:
    """Parse a Content-Type value as leniently as browsers do; other parameters are ignored."""
    name, _, parameters = (value or "")[:_LONGEST].partition(";")
    # Two headers that a proxy joined: the first counts.
    name = name.partition(",")[0].strip().lower()
    charset = _CHARSET.search(parameters)
    return MediaType(name or None, charset[1].lower() if charset else None)
