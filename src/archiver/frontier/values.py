"""Input and output values of the frontier. Moments are datetimes in UTC, durations are seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.model import PayloadRecord

Kind = Literal["seed", "article", "page", "exact", "requisite"]
State = Literal["queued", "done", "failed", "skipped", "gone"]
Recheck = Literal["auto", "all", "none"]

# Stories before pages that lead to stories: an interrupted crawl then has most of what it was started for. Page
# requisites for replay come after all pages.
PRIORITY: dict[Kind, int] = {"seed": 30, "exact": 30, "article": 20, "page": 10, "requisite": 2}
NEW_STORY = PRIORITY["article"]
SITEMAP = 25  # before the stories: it states their age


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may be added to the frontier. `lastmod` is its last change according to a sitemap or feed. A
    `priority` of 0 means that of its kind. `listed_as_story`: a feed or a news sitemap lists it as a story."""

    url: str
    key: str
    kind: Kind
    depth: int = 0
    redirects: int = 0
    found_on: str | None = None
    lastmod: datetime | None = None
    priority: int = 0
    listed_as_story: bool = False


Judge = Callable[[Candidate], tuple[Candidate, str | None]]
Sort = Callable[[str, Kind], Kind]  # the kind of a known URL by the rules of today


@dataclass(frozen=True, slots=True)
class Known:
    """Results of earlier visits to a URL."""

    first_seen: datetime
    fetched_at: datetime
    etag: str | None
    last_modified: str | None
    payload: PayloadRecord | None  # the response record with the payload of the last visit
    content: bytes | None  # fingerprint of its words
    unchanged: int  # consecutive visits that found it unchanged
    changed: int  # visits that found it changed
    published: datetime | None
    reserved: bool = False  # the page asked not to be kept


@dataclass(frozen=True, slots=True)
class Task:
    """A queued URL handed out to be fetched."""

    id: int
    url: str
    key: str
    kind: Kind
    depth: int
    redirects: int
    attempts: int
    found_on: str | None
    lastmod: datetime | None = None
    known: Known | None = None  # None: no page was ever received from it


@dataclass(frozen=True, slots=True)
class Visit:
    """The result of one successful response: becomes the URL's `Known`."""

    payload: PayloadRecord | None
    etag: str | None = None
    last_modified: str | None = None
    content: bytes | None = None
    unchanged: int = 0
    changed: int = 0
    published: datetime | None = None
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Which known URLs a new crawl fetches: `auto` those that are due, `all` every story, `none` only new ones.

    With `since`, older stories are left out. `judge` returns how a URL is fetched, or why it is not; `rules` is a
    fingerprint of its rules except `since`. `sort` returns the kind of a known story or page.
    """

    recheck: Recheck = "auto"
    since: datetime | None = None
    rules: str = ""
    judge: Judge | None = None
    requisites: bool = False  # also fetch page requisites of stories for replay
    sort: Sort | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A URL that was found but not fetched."""

    url: str
    reason: str
    found_on: str | None
