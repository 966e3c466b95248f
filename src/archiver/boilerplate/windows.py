"""Which of a site's stories are judged together, and when again.

Stories captured in one year and in one week make a window each: the year has what recurs seldom, as an author's life
does; the week sees a redesign of a large site at once. A window is judged by its first stories: three, four, five, six,
eight and so on up to a bound. So a story costs little however many there are, and what a window teaches depends on its
stories alone, not on the order in which they came.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

_STEPS = (3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


@dataclass(frozen=True, slots=True)
class Span:
    """Moments from `start` to before `end`, in ISO 8601; `start` names it."""

    start: str
    end: str
    most: int  # states of stories that are looked at
    least: int  # below, they teach nothing

    @property
    def is_week(self) -> bool:
        return len(self.start) > 4


def spans_of(moment: str) -> tuple[Span, Span]:
    """The year and the week that a moment belongs to."""
    year = moment[:4]
    day = date.fromisoformat(moment[:10])
    monday = day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    after = (monday + timedelta(days=7)).isoformat() if monday < date(9999, 12, 20) else "9999-99"
    # 0 follows 9: `2026x` is behind all moments of 2026.
    return Span(year, year + "x", _STEPS[-1], 3), Span(monday.isoformat(), after, 256, 12)


def judged(count: int, span: Span) -> int:
    """How many of a window's states are judged when it has `count`."""
    size = min(count, span.most)
    return _STEPS[bisect_right(_STEPS, size) - 1] if size >= max(_STEPS[0], span.least) else 0
