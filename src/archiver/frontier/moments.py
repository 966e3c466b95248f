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


def epoch(text: str | None, *, latest: float) -> float | None:
    """A W3C datetime (a day, or a moment), at most `latest`: sitemaps name days to come. None for anything else."""
    if not text:
        return None
    found = _parsed(text.strip())
    return None if found is None else min(found, latest)


def iso(seconds: float | None) -> str | None:
    """The same moment as text."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
