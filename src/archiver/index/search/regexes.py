"""Regular expressions for stories.

They run with RE2 in linear time, so that no pattern can hang a search or a server. Composed and decomposed letters are
equal: a text with `e` and a combining accent is also read with `é`.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from functools import lru_cache
from typing import Any

from archiver.errors import UsageError
from archiver.index.search.plan import Condition

_MEMORY = 16 << 20  # bytes for one expression and its automaton


def condition(pattern: str) -> Condition:
    """The condition that headline or text matches. Raises UsageError for an invalid expression."""
    compiled(pattern)
    return Condition("matches_regex(?, a.title, a.text)", (pattern,))


def places(pattern: str, text: str) -> list[tuple[int, int]]:
    """The places of matches in a text, without empty matches."""
    return [match.span() for match in compiled(pattern).finditer(text) if match.end() > match.start()]


def add_function(db: sqlite3.Connection) -> None:
    """The SQL function that the condition calls."""
    db.create_function("matches_regex", -1, _matches, deterministic=True)


def _matches(pattern: str, *texts: str | None) -> bool:
    found = compiled(pattern)
    return any(text and (found.search(text) or found.search(unicodedata.normalize("NFC", text))) for text in texts)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Any:
    """A compiled expression. Raises UsageError."""
    import re2  # noqa: PLC0415 - only loaded when needed

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(unicodedata.normalize("NFC", pattern), options)
    except re2.error as error:
        cause = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise UsageError(
            f"the regular expression {pattern!r} can't be used ({cause})",
            "use the syntax of RE2: no look-around, no back references",
        ) from error
