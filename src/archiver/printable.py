"""Archived text made safe to show: it may hold what a terminal obeys or what turns a line around."""

from __future__ import annotations

import re

# ESC, the C1 controls and bidirectional overrides would let an archived page write to its reader's terminal.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """A text whose control characters have become visible and do nothing."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
