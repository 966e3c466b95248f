"""The overview of the archive on the start page, and the pages of sites and of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from archiver.index.read import overview, story_reader
from archiver.index.schema.connection import Index
from archiver.index.search.hits import count_by
from archiver.index.search.selection import SearchQuery
from archiver.serve.archive import Served, TooSlowError
from archiver.serve.parameters import ANY, read
from archiver.serve.plot import HEIGHT, WIDTH, plot
from archiver.serve.rendering import feed, message, page, refused

_CHANGES = 50
_LAST_PAGE = 200
_MS = 1000  # seconds; the overview is less important than the newest stories


@dataclass(frozen=True, slots=True)
class Year:
    """A year as a calendar: weeks from Monday, and the periods without a capture."""

    year: int
    days: tuple[overview.Day, ...]

    @property
    def weeks(self) -> list[tuple[int, int, overview.Day]]:
        """(column, row, day) of each day."""
        first = self.days[0].day.weekday() if self.days else 0
        return [((place + first) // 7, entry.day.weekday(), entry) for place, entry in enumerate(self.days)]

    @property
    def captured(self) -> int:
        return sum(entry.captures > 0 for entry in self.days)

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """(first day, last day) of each period without a capture."""
        found: list[tuple[str, str]] = []
        before = "outside"
        for entry in self.days:
            if entry.what == "gap":
                day = entry.day.isoformat()
                found[-1:] = [(found[-1][0], day)] if before == "gap" else [*found[-1:], (day, day)]
            before = entry.what
        return found


@dataclass(frozen=True, slots=True)
class StartPage:
    """What the start page shows about the whole archive."""

    sites: list[overview.SiteOverview]
    crawls: list[overview.Crawl]
    changes: list[overview.Change]
    year: Year | None

    @property
    def span(self) -> tuple[str, str] | None:
        """First and last day of capture."""
        days = [day for entry in self.sites for day in (entry.first_day, entry.last_day) if day]
        return (min(days), max(days)) if days else None

    @property
    def troubled(self) -> list[overview.SiteOverview]:
        """Sites whose last crawl needs attention."""
        return [entry for entry in self.sites if entry.crawl and entry.crawl.health == "attention"]


def start_page(served: Served, db: Index) -> StartPage | None:
    """The overview of the archive, or None if it takes too long."""
    try:
        with served.limited(db, _MS):
            sites = overview.sites(db)
            last = max((entry.last_day for entry in sites if entry.last_day), default=None)
            year = _year(db, int(last[:4]), None) if last else None
            return StartPage(sites, overview.crawls(db, limit=5), overview.changes(db, limit=5), year)
    except TooSlowError:
        return None


def _year(db: Index, year: int, site: str | None) -> Year | None:
    days = overview.calendar(db, year, site)
    return Year(year, tuple(days)) if days else None


@dataclass(frozen=True, slots=True)
class SitePage:
    """All sites as a table, and for a selected site its years, crawls and stories over time."""

    sites: list[overview.SiteOverview]
    chosen: overview.SiteOverview | None
    years: list[Year]
    crawls: list[overview.Crawl]
    months: tuple[tuple[str, int], ...]


async def sites_page(served: Served, request: Any) -> Response:
    """`/sites`: all sites with their stories, days and last crawl; `?site=NAME`: one site with its calendar."""
    given = read(request.query_string, {"site": ANY})
    if given.problems:
        return refused(served, request, given.problems)
    wanted = given.values.get("site")

    def query(db: Index) -> SitePage | None:
        sites = overview.sites(db)
        if not wanted:
            return SitePage(sites, None, [], [], ())
        chosen = next((entry for entry in sites if entry.site == wanted), None)
        if chosen is None:
            return None
        first, last = (int((day or "0")[:4]) for day in (chosen.first_day, chosen.last_day))
        years = [_year(db, year, wanted) for year in range(last, first - 1, -1)] if last else []
        months = count_by(db, SearchQuery(site=wanted), "month")
        return SitePage(
            sites,
            chosen,
            [year for year in years if year],
            overview.crawls(db, wanted),
            tuple((month, count) for month, count in months if month),
        )

    found = await served.ask(query)
    if found is None:
        return message(served, request, "no_site", 404)
    return page(served, request, "sites.html", found=found, plot=plot(found.months), size=(WIDTH, HEIGHT))


async def changes_page(served: Served, request: Any) -> Response:
    """`/changes`: recently edited and removed stories; `?site=NAME` for one site."""
    given = read(request.query_string, {"site": ANY, "page": _LAST_PAGE})
    if given.problems:
        return refused(served, request, given.problems)
    site, at = given.values.get("site"), given.number("page", 1)
    found = await served.ask(lambda db: _changes(db, site, at))
    if found is None:
        return message(served, request, "no_site", 404)
    return page(
        served,
        request,
        "changes.html",
        changes=found[:_CHANGES],
        more=len(found) > _CHANGES and at < _LAST_PAGE,
        site=site,
        at=at,
    )


async def changes_feed(served: Served, request: Any) -> Response:
    """`/changes.atom`: the same as an Atom feed (RFC 4287)."""
    given = read(request.query_string, {"site": ANY})
    if given.problems:
        return refused(served, request, given.problems)
    site = given.values.get("site")
    found = await served.ask(lambda db: _changes(db, site, 1))
    if found is None:
        return message(served, request, "no_site", 404)
    return feed(served, request, "changes.atom", changes=found[:_CHANGES], site=site)


def _changes(db: Index, site: str | None, at: int) -> list[overview.Change] | None:
    """The changes of a page, and one more if there is a next page; None for an unknown site."""
    if site is not None and site not in story_reader.site_names(db):
        return None
    return overview.changes(db, site, _CHANGES + 1, (at - 1) * _CHANGES)
