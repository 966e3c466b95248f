"""Archived text made safe to show: it may hold what a terminal obeys or what turns a line around."""

from __future__ import annotations

import json
import re
from typing import Any

# ESC, the C1 controls and bidirectional overrides would let an archived page write to its reader's terminal. The marks
# U+200E and U+200F override nothing: Arabic and Hebrew are written with them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """A text whose control characters have become visible and do nothing."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


# What a spreadsheet takes for the beginning of a formula; the wide forms where its language is Japanese or Chinese.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_cell(value: Any) -> Any:
    """A value for a CSV file that a spreadsheet may open: a text that it would run gets an apostrophe in front."""
    if isinstance(value, list):
        value = "; ".join(value)
    if not isinstance(value, str):
        return int(value) if isinstance(value, bool) else value
    return ("'" if value.startswith(_FORMULA) else "") + plain(value)


def spreadsheet_number(value: int | None) -> str | None:
    """A number of up to 16 digits as a text: a spreadsheet keeps 15 and makes the last one 0."""
    return None if value is None else f"'{value}"


def raw_csv_cell(value: Any) -> Any:
    """A value for a CSV file that a program reads: texts are exact, lists are JSON arrays."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value
