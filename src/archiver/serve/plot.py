"""Stories over time, as SVG bars and lines that need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from archiver.index.search.facet_counts import Counts

WIDTH, HEIGHT = 720, 96
TALL = 240  # of lines
_MOST_MONTHS = 10 * 12  # more bars would be too thin to click: use years then
_MOST_YEARS = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """The stories of a month or a year, and the position of its bar."""

    when: str  # YYYY-MM or YYYY
    count: int
    x: float
    y: float
    width: float
    height: float
    share: float | None = None  # of all stories of that time; None if shares are not shown


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars from left to right, without gaps in time, and the largest count."""

    bars: tuple[Bar, ...]
    most: int
    yearly: bool
    most_share: float | None = None

    @property
    def times(self) -> str:
        """The month or year of each bar, in order: the script that lets a range be dragged reads it."""
        return " ".join(bar.when for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a line without gaps in time: its points as SVG has them, `x,y`."""

    places: tuple[str, ...]

    @property
    def lone(self) -> bool:
        """Whether it is a dot: no neighbour in time has stories."""
        return len(self.places) == 1

    @property
    def points(self) -> str:
        """The attribute of a polyline. A dot is a line to itself, with round ends."""
        return " ".join(self.places * 2 if self.lone else self.places)


def plot(months: Counts, totals: Mapping[str, int] | None = None) -> Plot | None:
    """Bars for months, or for years where the time is long; None where there is nothing to compare. With `totals`, the
    number of all stories of each month, the bars are shares of these."""
    counts = dict(months)
    times = _months(min(counts), max(counts)) if counts else []
    yearly = len(times) > _MOST_MONTHS
    if yearly:
        counts = _per_year(months)
        totals = _per_year(tuple(totals.items())) if totals else None
        # A page may call itself a story of the year 1; what stands between is then left out.
        times = [f"{year:04}" for year in range(int(min(counts)), int(max(counts)) + 1)]
        times = times if len(times) <= _MOST_YEARS else sorted(counts)[-_MOST_YEARS:]
    if len(times) < 2:
        return None
    shares = {when: counts.get(when, 0) / totals[when] for when in times if totals.get(when)} if totals else None
    heights: Mapping[str, float] = counts if shares is None else shares
    most = max(heights[when] for when in times if when in heights)
    step = WIDTH / len(times)
    return Plot(
        tuple(
            _bar(when, counts.get(when, 0), heights.get(when, 0) / most if most else 0.0, place, step, shares)
            for place, when in enumerate(times)
        ),
        max(counts[when] for when in times if when in counts),
        yearly,
        None if shares is None else most,
    )


def _bar(when: str, count: int, part: float, place: int, step: float, shares: Mapping[str, float] | None) -> Bar:
    height = max(2.0, round(part * HEIGHT, 1)) if count else 0.0
    share = None if shares is None else shares.get(when, 0.0)
    width = round(max(step * 0.82, 0.5), 2)
    return Bar(when, count, round(place * step, 2), round(HEIGHT - height, 1), width, height, share)


def lines(times: Sequence[str], values: Sequence[Sequence[float]]) -> list[list[Stretch]]:
    """The stretches of one line for each series of values, with one point for each time, all on one scale.

    The distance between points is proportional to time (day, ISO week, month or year). A line is interrupted where a
    time is missing: there are no stories that it could be a share of.
    """
    if not times:
        return [[] for _ in values]
    most = max((value for series in values for value in series), default=0) or 1
    places = [_days(when) for when in times]
    step = WIDTH / max(places[-1] - places[0], 1)
    starts = [place for place in range(len(times)) if place == 0 or not _follows(times[place - 1], times[place])]
    parts = list(zip(starts, [*starts[1:], len(times)], strict=True))
    return [
        [
            Stretch(
                tuple(
                    f"{(places[at] - places[0]) * step:.1f},{TALL - series[at] / most * (TALL - 4):.1f}"
                    for at in range(start, end)
                )
            )
            for start, end in parts
        ]
        for series in values
    ]


def _follows(earlier: str, later: str) -> bool:
    """Whether no day, week, month or year lies between two of them."""
    if len(earlier) != len(later):
        return False
    if "W" in later or len(later) == len("YYYY-MM-DD"):
        return _days(later) - _days(earlier) == (7 if "W" in later else 1)
    return len(_months((earlier + "-01")[:7], (later + "-01")[:7])) == (2 if len(later) == len("YYYY-MM") else 13)


def _days(when: str) -> int:
    """The first day of a time, as a number."""
    if "W" in when:
        return date.fromisoformat(f"{when}-1").toordinal()
    return date.fromisoformat((when + "-01-01")[:10]).toordinal()


def _months(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def _per_year(months: Counts) -> dict[str, int]:
    years: dict[str, int] = {}
    for month, count in months:
        years[month[:4]] = years.get(month[:4], 0) + count
    return years
