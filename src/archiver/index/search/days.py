"""Parses dates as people write them."""

from __future__ import annotations

from datetime import date

from archiver.errors import UsageError


def day_of(text: str, option: str, *, last: bool = False) -> date:
    """A date; for a month or year its first or last day. Raises UsageError that names the option."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date(*numbers)
        year, month = (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], 12 if last else 1)
        if not last:
            return date(year, month, 1)
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise UsageError(f"{option} {text!r} is not a date", "write it as 2024, 2024-05 or 2024-05-17") from error
