"""Which stories of a site are judged together, and when they are judged again.

The stories captured in one year form a window, and so do those captured in one week. The year catches what recurs
seldom, such as an author's biography; the week catches a redesign of a large site early. A window is judged by its
first stories: three, four, five, six, eight and so on up to a limit. So the cost per story is small for any number of
stories, and the findings of a window depend on its stories alone, not on the order in which they arrived.
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
    most: int  # states of stories to examine
    least: int  # with fewer, the window yields no findings

    @property
    def is_week(self) -> bool:
        return len(self.start) > 4


def spans_of(moment: str) -> tuple[Span, Span]:
    """The year and the week that contain a moment."""
    year = moment[:4]
    day = date.fromisoformat(moment[:10])
    monday = day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    after = (monday + timedelta(days=7)).isoformat() if monday < date(9999, 12, 20) else "9999-99"
    # The digit 0 becomes ":" there, the character after 9: `2026:` sorts after all moments of 2026.
    return Span(year, year + "x", _STEPS[-1], 3), Span(monday.isoformat(), after, 256, 12)


def judged(count: int, span: Span) -> int:
    """How many states of a window are judged when it has `count`."""
    size = min(count, span.most)
    return _STEPS[bisect_right(_STEPS, size) - 1] if size >= max(_STEPS[0], span.least) else 0
