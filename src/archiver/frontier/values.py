"""What the frontier takes and gives: plain values. Moments are datetimes in UTC, durations are seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.model import PayloadRecord

Kind = Literal["seed", "article", "page", "exact", "requisite"]
State = Literal["queued", "done", "failed", "skipped", "gone"]
Recheck = Literal["auto", "all", "none"]

# Stories before pages that lead to stories: an interrupted crawl then has most of what it came for. What pages need for
# replay comes after all pages.
PRIORITY: dict[Kind, int] = {"seed": 30, "exact": 30, "article": 20, "page": 10, "requisite": 2}
NEW_STORY = PRIORITY["article"]
SITEMAP = 25  # before the stories: it says how old they are


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may enter the frontier. `lastmod` is what a sitemap or feed says of its last change; `priority` is
    its kind's, if 0; `called_story`: a feed or a news sitemap says that it is one."""

    url: str
    key: str
    kind: Kind
    depth: int = 0
    redirects: int = 0
    found_on: str | None = None
    lastmod: datetime | None = None
    priority: int = 0
    called_story: bool = False


Judge = Callable[[Candidate], tuple[Candidate, str | None]]


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier visits to a URL taught."""

    first_seen: datetime
    fetched_at: datetime
    etag: str | None
    last_modified: str | None
    payload: PayloadRecord | None  # the response record that holds what the URL answered last
    content: bytes | None  # fingerprint of its words
    unchanged: int  # visits in a row that found it unchanged
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
    known: Known | None = None  # None: it never gave a page


@dataclass(frozen=True, slots=True)
class Visit:
    """What one good answer taught about a URL: becomes its `Known`."""

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
    """What a fresh crawl fetches of what it knows: `auto` what is due, `all` every story, `none` only new ones.

    With `since`, no story that is known to be older. `judge` says as what a URL is fetched, or why not; `rules` is a
    fingerprint of what that rests on, but for `since`.
    """

    recheck: Recheck = "auto"
    since: datetime | None = None
    rules: str = ""
    judge: Judge | None = None
    requisites: bool = False  # fetch what stories need for replay, too


@dataclass(frozen=True, slots=True)
class Refusal:
    """A URL that was seen and not fetched."""

    url: str
    reason: str
    found_on: str | None
