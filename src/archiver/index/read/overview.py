"""The overview of an archive: each site with its latest crawl, the days of capture, and recent changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from archiver.index.schema.connection import Index
from archiver.index.schema.copies import select
from archiver.index.schema.likeness import add_marks_function

# Crawls that ended normally: done, interrupted, time limit reached.
_FINE = (0, 11, 15)


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl and its result."""

    id: str
    site: str | None
    started: str
    finished: str | None  # None: still running, or killed
    stop_reason: str | None
    exit_code: int | None
    stories: int | None
    fetched: int | None

    @property
    def health(self) -> Literal["fine", "open", "attention"]:
        """Whether it needs attention."""
        if self.finished is None:
            return "open"
        return "fine" if self.exit_code in _FINE else "attention"


@dataclass(frozen=True, slots=True)
class SiteOverview:
    """One site: its stories, the days between its first and last capture, and the days without a capture."""

    site: str
    stories: int
    gone: int
    first_day: str | None
    last_day: str | None
    days: int
    days_captured: int
    crawl: Crawl | None

    @property
    def days_missing(self) -> int:
        return self.days - self.days_captured


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a calendar: the number of captures, and of errors among them."""

    day: date
    captures: int
    failures: int
    inside: bool  # between the first and the last capture: a day without a capture is a gap

    @property
    def what(self) -> Literal["outside", "gap", "failed", "captured"]:
        if not self.captures:
            return "gap" if self.inside else "outside"
        return "failed" if self.failures * 2 > self.captures else "captured"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a story: edited, gone, or new."""

    at: str
    what: Literal["edited", "gone"]
    article_id: int
    version: int
    site: str
    url: str
    title: str
    title_before: str
    language: str | None
    words_added: int
    words_removed: int


@dataclass(frozen=True, slots=True)
class Alike:
    """A story of another site that shares text with a story."""

    id: int
    site: str
    url: str
    title: str
    date: str | None
    share: float
    first: int  # 1 if it was the first
    agency: str | None


_CRAWL = "SELECT id, site, started, finished, stop_reason, exit_code, stories, fetched FROM"
# A start in the future is that of a wrong clock: it must not hide the crawls since then.
_LATEST_FIRST = "ORDER BY started > strftime('%Y-%m-%dT%H:%M:%S', 'now', '+1 hour'), started DESC, id"
_CRAWLS = f"{_CRAWL} crawls WHERE ?1 IS NULL OR site = ?1 {_LATEST_FIRST} LIMIT ?2"
_LATEST = (
    f"{_CRAWL} (SELECT *, row_number() OVER (PARTITION BY site {_LATEST_FIRST}) AS place FROM crawls"  # noqa: S608 - constants
    " WHERE site IS NOT NULL) WHERE place = 1"
)
# Each day once: `captures_days` has them in order.
_SPANS = (
    "SELECT site, min(day), max(day), count(*) FROM"
    " (SELECT DISTINCT site, substr(fetched_at, 1, 10) AS day FROM captures) GROUP BY site"
)


def crawls(db: Index, site: str | None = None, limit: int = 20) -> list[Crawl]:
    """The latest crawls of all sites or of one."""
    return [Crawl(*row) for row in db.execute(_CRAWLS, (site, limit))]


def sites(db: Index) -> list[SiteOverview]:
    """All captured sites, by name."""
    counts = {
        site: (number, gone)
        for site, number, gone in db.execute(
            "SELECT site, count(*), sum(status = 'gone') FROM articles INDEXED BY articles_facets GROUP BY site"
        )
    }
    latest = {crawl.site: crawl for crawl in (Crawl(*row) for row in db.execute(_LATEST))}
    spans = {site: (first, last, days) for site, first, last, days in db.execute(_SPANS)}
    found = []
    for site in sorted({*counts, *spans}):
        first, last, captured = spans.get(site, (None, None, 0))
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if first and last else 0
        found.append(SiteOverview(site, *counts.get(site, (0, 0)), first, last, days, captured, latest.get(site)))
    return found


def calendar(db: Index, year: int, site: str | None = None) -> list[Day]:
    """The days of a year, with the captures of one site or of all."""
    if not 1 <= year <= 9998:
        return []
    where = "(:site IS NULL OR site = :site)" if site is None else "site = :site"
    values = {"site": site, "first": f"{year:04}", "next": f"{year + 1:04}"}
    sql = (
        "SELECT substr(fetched_at, 1, 10), count(*),"  # noqa: S608 - constants
        " sum(coalesce(http_status, 0) >= 400 AND http_status NOT IN (404, 410))"
        f" FROM captures WHERE {where} AND fetched_at >= :first AND fetched_at < :next GROUP BY 1"
    )
    counts = {day: (captures, failures) for day, captures, failures in db.execute(sql, values)}
    ends = f"SELECT min(fetched_at), max(fetched_at) FROM captures WHERE {where}"  # noqa: S608 - constants
    first, last = ((moment or "")[:10] for moment in db.execute(ends, values).fetchone())
    return [
        Day(day, *counts.get(day.isoformat(), (0, 0)), inside=first <= day.isoformat() <= last)
        for day in _days_of(year)
    ]


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def changes(db: Index, site: str | None = None, limit: int = 50, offset: int = 0) -> list[Change]:
    """Edits and removals of stories, the latest first."""
    sql = """
SELECT v.seen_at, 'edited', a.id, v.version, a.site, a.url, v.title, p.title, a.language, v.words_added, v.words_removed
FROM (SELECT article_id, version, seen_at, title, words_added, words_removed FROM versions INDEXED BY versions_seen
  WHERE version > 1 AND (:site IS NULL OR article_id IN (SELECT id FROM articles WHERE site = :site))
  ORDER BY seen_at DESC LIMIT :most) v
JOIN versions p ON p.article_id = v.article_id AND p.version = v.version - 1
JOIN articles a ON a.id = v.article_id
UNION ALL
SELECT * FROM (SELECT a.last_seen, 'gone', a.id, a.versions, a.site, a.url, a.title, a.title, a.language, 0, 0
  FROM articles a WHERE a.id IN (SELECT id FROM articles INDEXED BY articles_facets WHERE status = 'gone'
    AND (:site IS NULL OR site = :site)) ORDER BY a.last_seen DESC LIMIT :most)
ORDER BY 1 DESC, 3, 2 LIMIT :limit OFFSET :offset"""
    rows = db.execute(sql, {"site": site, "limit": limit, "offset": offset, "most": limit + offset})
    return [Change(*row) for row in rows]


def alike(db: Index, story_id: int) -> list[Alike]:
    """The stories of other sites that are copies of this one, or that it copies, the earliest first."""
    add_marks_function(db.conn)
    marks = (
        "SELECT json_extract(j.value, '$[0]') FROM articles a, json_each(block_marks_of(a.text)) j WHERE a.id = :story"
    )
    sql = f"""
SELECT o.id, o.site, o.url, o.title, o.date, share, o.id = copy_of, agency
FROM ({_NAMED.format(select=select(marks))}) JOIN articles o ON o.id IN (article_id, copy_of) AND o.id != :story
WHERE :story IN (article_id, copy_of) ORDER BY o.date, o.first_seen, o.id"""  # noqa: S608 - constants
    return [Alike(*row) for row in db.execute(sql, {"story": story_id})]


_NAMED = (
    "WITH named(article_id, site, url, copy_of, copy_of_site, copy_of_url, share, share_of_first, blocks, same_blocks,"
    " characters, agency) AS ({select}) SELECT * FROM named"
)
