"""Makes archived text safe to print: it may contain terminal control sequences or bidirectional overrides."""

from __future__ import annotations

import json
import re
from typing import Any

# ESC, C1 controls and bidirectional overrides would let an archived page control its reader's terminal. U+200E and
# U+200F are harmless and used in Arabic and Hebrew text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text with control characters replaced by visible, harmless ones."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


# Characters that start a formula in a spreadsheet; the wide forms in Japanese and Chinese versions.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NEGATIVE = re.compile(r"-[0-9]+(?:[.,][0-9]+)?")


def csv_cell(value: Any) -> Any:
    """A CSV value for spreadsheets: text that would run as a formula gets an apostrophe in front."""
    if isinstance(value, list):
        value = "; ".join(value)
    if not isinstance(value, str):
        return int(value) if isinstance(value, bool) else value
    runs = value.startswith(_FORMULA) and not _NEGATIVE.fullmatch(value)
    return ("'" if runs else "") + plain(value)


def from_csv_cell(text: str) -> str:
    """The text of a cell that `csv_cell` may have written."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def spreadsheet_number(value: int | None) -> str | None:
    """A number of up to 16 digits as text, because spreadsheets keep only 15 digits."""
    return None if value is None else f"'{value}"


def raw_csv_cell(value: Any) -> Any:
    """A CSV value for programs: texts are exact, lists are JSON arrays."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value
