"""Archived text made safe to show: it may hold what a terminal obeys or what turns a line around."""

from __future__ import annotations

import re

# ESC, the C1 controls and bidirectional overrides would let an archived page write to its reader's terminal. The marks
# U+200E and U+200F override nothing: Arabic and Hebrew are written with them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """A text whose control characters have become visible and do nothing."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
