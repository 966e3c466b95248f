"""Notes about NEAR as other search programs write it, which this query language reads as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = re.compile(r'"[^"]*"')
_LOWER = re.compile(r"(?<![^\s(])(?:near|Near)(?=\()")
_SLASH = re.compile(r"(?<![^\s(])(?:near|n|w)/([0-9]{1,7})(?![^\s)])", re.IGNORECASE)


def near_notes(text: str) -> Iterator[str]:
    """A note for each form of NEAR in a query that is not an operator here: `near(a b)`, `a NEAR/8 b`."""
    unquoted = _QUOTED.sub(" ", text)
    for found in dict.fromkeys(match[0] for match in _LOWER.finditer(unquoted)):
        yield f"{found!r} is no operator: write NEAR in capitals, NEAR(a b, 10)"
    for found, distance in dict.fromkeys((match[0], match[1]) for match in _SLASH.finditer(unquoted)):
        yield f"{found!r} is no operator: write NEAR(a b, {int(distance)})"
