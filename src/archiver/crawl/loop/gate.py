"""What a crawl knows beyond single responses: politeness, traps, mirrors, copies and walls. Consulted before each fetch
and updated after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.crawl.rules.politeness import Politeness
from archiver.crawl.rules.verdict import End
from archiver.crawl.signs.mirrors import MirrorWatch
from archiver.crawl.signs.page_kind import Judged, PageEvidence, kind_of, sign_when_queued
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import Traps, pattern_of
from archiver.crawl.signs.url_copies import CopyWatch
from archiver.crawl.signs.walls import WallWatch
from archiver.discovery import Found
from archiver.frontier import Candidate, Task
from archiver.layout import Site
from archiver.urls import host_of


@dataclass(frozen=True, slots=True)
class Later:
    """The host is resting: try again later."""

    host: str
    seconds: float


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The host was given up for this run."""

    host: str
    reason: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The URL is a duplicate: its host is a mirror (`mirror`), or it differs only in irrelevant parts (`copy`). `url`
    is fetched instead.
    """

    url: str
    reason: str


NotNow = Later | GivenUp | Elsewhere | End


class Gate:
    """One site's."""

    def __init__(self, site: Site, politeness: Politeness) -> None:
        self.politeness = politeness
        self.traps = Traps(has_rule=site.article_url is not None)
        self.mirrors = MirrorWatch()
        self.copies = CopyWatch()
        self._walls = WallWatch()
        self._site = site
        self._has_rule = site.article_url is not None

    def refusal(self, candidate: Candidate) -> str | None:
        """Why a link is not queued, or None."""
        return self.traps.refusal(candidate)

    def expect(self, found: Found, found_on: str) -> str:
        """The URL to queue for a link: on the canonical host instead of a recognised mirror, and without irrelevant
        parts.
        """
        if found.hint == "sitemap":
            self.traps.expect_sitemap(found.url, found_on)
            return found.url
        return self.mirrors.canonical(self.copies.canonical(found.url))

    def refusal_of(self, task: Task) -> NotNow | None:
        """Why a task is not fetched now; None: it is."""
        host = host_of(task.url)
        reason = self.politeness.given_up(host)
        if reason is not None:
            return GivenUp(host, reason)
        seconds = self.politeness.rest_of(host)
        if seconds > 0:
            return Later(host, seconds)
        # Redirect targets are fetched as they are, because the equivalent URL may redirect here.
        if task.kind in ("article", "page") and not task.redirects:
            for watch, name in ((self.mirrors, "mirror"), (self.copies, "copy")):
                elsewhere = watch.canonical(task.url)
                if elsewhere != task.url:
                    return Elsewhere(elsewhere, name)
        trap = self.traps.refusal(task)
        if trap is not None:
            return End("skipped", trap)
        self.traps.note_fetch(task)
        return None

    def leads_elsewhere(self, task: Task, link: Candidate) -> bool:
        """Whether a link leads to anything but more pages of the same kind: a list of lists is not a dead end."""
        return link.kind == "article" or pattern_of(link.url).path != pattern_of(task.url).path

    def unread(self, task: Task) -> Judged:
        """The kind of a URL whose page was not read: not modified, or without links to follow."""
        return Judged(task.kind, sign_when_queued(self._site, task))

    def visited(self, task: Task, sketch: PageSketch, has_new_links: bool, behind_story: bool = False) -> Judged:
        """A page was fetched and its links were queued. Returns its kind, and the kind of wall if it is one in place of
        a story or a start page. `behind_story`: the URL of a story redirects to it.
        """
        one_of_many = self.traps.visited(task, has_new_links, sketch)
        kind, sign = kind_of(
            PageEvidence(task, sketch, has_rule=self._has_rule, behind_story=behind_story, one_of_many=one_of_many)
        )
        sign = sign or sign_when_queued(self._site, task)
        is_story = kind == "article"
        if task.kind in ("article", "page"):
            self.copies.visited(sketch, is_story=is_story)
        if task.kind == "seed":
            return Judged(kind, wall=sketch.wall)
        if not is_story:
            return Judged(kind)
        self.mirrors.visited(sketch)
        return Judged(kind, sign, self._walls.sign(sketch))
