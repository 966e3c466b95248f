"""Dates as sitemaps write them, as seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, OSError):
        return None


def epoch(text: str | None) -> float | None:
    """A W3C datetime (a day, or a moment) as seconds since 1970; None for anything else. It may lie in the future."""
    return _parsed(text.strip()) if text else None
