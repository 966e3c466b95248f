"""Stories over time, as bars of a drawing that needs no script."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.index.search.facet_counts import Counts

WIDTH, HEIGHT = 720, 96
_MOST_MONTHS = 10 * 12  # more bars than that are too thin to hit: years then
_MOST_YEARS = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """The stories of a month or a year, and where its bar stands."""

    when: str  # YYYY-MM or YYYY
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars from left to right, without gaps in time, and the most that one of them stands for."""

    bars: tuple[Bar, ...]
    most: int
    yearly: bool


def plot(months: Counts) -> Plot | None:
    """Bars for months, or for years where the time is long; None where there is nothing to compare."""
    counts = dict(months)
    times = _months(min(counts), max(counts)) if counts else []
    yearly = len(times) > _MOST_MONTHS
    if yearly:
        counts = _per_year(months)
        # A page may call itself a story of the year 1; what stands between is then left out.
        times = [f"{year:04}" for year in range(int(min(counts)), int(max(counts)) + 1)]
        times = times if len(times) <= _MOST_YEARS else sorted(counts)[-_MOST_YEARS:]
    if len(times) < 2:
        return None
    most = max(counts[when] for when in times if when in counts)
    step = WIDTH / len(times)
    return Plot(
        tuple(_bar(when, counts.get(when, 0), most, place, step) for place, when in enumerate(times)), most, yearly
    )


def _bar(when: str, count: int, most: int, place: int, step: float) -> Bar:
    height = max(2.0, round(count / most * HEIGHT, 1)) if count else 0.0
    return Bar(when, count, round(place * step, 2), round(HEIGHT - height, 1), round(max(step * 0.82, 0.5), 2), height)


def _months(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def _per_year(months: Counts) -> dict[str, int]:
    years: dict[str, int] = {}
    for month, count in months:
        years[month[:4]] = years.get(month[:4], 0) + count
    return years
