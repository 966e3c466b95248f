"""Shared by the pipelines: a page to a row with trafilatura, and rows to a searchable table with sqlite-utils."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlite_utils

Row = dict[str, Any]


def story(body: bytes, url: str) -> Row | None:
    """Trafilatura's result for a page."""
    import trafilatura  # noqa: PLC0415 - peers that bring an extractor of their own have none

    found = trafilatura.bare_extraction(body, url=url, include_comments=False, with_metadata=True)
    if found is None:
        return None
    keys = ("title", "author", "date", "language", "text")
    return {"url": url} | {key: getattr(found, key) for key in keys}


def save(rows: Iterable[Row | None], path: Path) -> None:
    """Save stories as a table with full-text search; prints their number."""
    table = sqlite_utils.Database(path).table("stories")
    table.insert_all((row for row in rows if row), pk="url", replace=True)
    table.enable_fts(["title", "text"], create_triggers=True)
    print(table.count)
