"""What a crawl knows beyond single answers: how its hosts want to be treated, where it is led in circles, which hosts
are one. Asked before each fetch, told after each."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.crawl.rules.page_kind import KnownOfPage, kind_of
from archiver.crawl.rules.politeness import Politeness
from archiver.crawl.rules.verdict import End
from archiver.crawl.signs.mirrors import MirrorWatch
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import Traps, pattern_of
from archiver.crawl.signs.url_copies import CopyWatch
from archiver.crawl.signs.wall_signs import WallSign
from archiver.crawl.signs.walls import WallWatch
from archiver.discovery import Found
from archiver.frontier import Candidate, Kind, Task
from archiver.layout import Site
from archiver.urls import host_of


@dataclass(frozen=True, slots=True)
class Later:
    """The host is at rest: ask again when it may be asked."""

    host: str
    seconds: float


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The host is not asked any more in this run."""

    host: str
    reason: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The page is another one's: its host is a mirror (`mirror`), or its address differs in what says nothing
    (`copy`). `url` is where it is fetched."""

    url: str
    reason: str


TurnedAway = Later | GivenUp | Elsewhere | End


class Gate:
    """One site's."""

    def __init__(self, site: Site, politeness: Politeness) -> None:
        self.politeness = politeness
        self.traps = Traps(has_rule=site.article_url is not None)
        self.mirrors = MirrorWatch()
        self.copies = CopyWatch()
        self._walls = WallWatch()
        self._has_rule = site.article_url is not None

    def refusal(self, candidate: Candidate) -> str | None:
        """Why a link is not taken up, or None."""
        return self.traps.refusal(candidate)

    def expect(self, found: Found, found_on: str) -> str:
        """The address to take up for a link: a recognised mirror's becomes the canonical host's, without what is
        known to say nothing."""
        if found.hint == "sitemap":
            self.traps.expect_sitemap(found.url, found_on)
            return found.url
        return self.mirrors.canonical(self.copies.canonical(found.url))

    def turns_away(self, task: Task) -> TurnedAway | None:
        """Why a task is not fetched now; None: it sets out."""
        host = host_of(task.url)
        reason = self.politeness.given_up(host)
        if reason is not None:
            return GivenUp(host, reason)
        seconds = self.politeness.rest_of(host)
        if seconds > 0:
            return Later(host, seconds)
        # What a server redirects to is fetched where it says: the address that it would be elsewhere may have led here.
        if task.kind in ("article", "page") and not task.redirects:
            for watch, name in ((self.mirrors, "mirror"), (self.copies, "copy")):
                elsewhere = watch.canonical(task.url)
                if elsewhere != task.url:
                    return Elsewhere(elsewhere, name)
        trap = self.traps.refusal(task)
        if trap is not None:
            return End("skipped", trap)
        self.traps.sets_out(task)
        return None

    def leads_on(self, task: Task, link: Candidate) -> bool:
        """Whether a link would lead to somewhere else than to more pages of the same kind: a list of lists is no dead
        end."""
        return link.kind == "article" or pattern_of(link.url).path != pattern_of(task.url).path

    def visited(
        self, task: Task, sketch: PageSketch, leads_on: bool, behind_story: bool = False
    ) -> tuple[Kind, WallSign | None]:
        """A page was got, and its links were taken in. Returns what it is, and the sign of a wall that stands before
        a story or a start page, if one does. `behind_story`: the address of a story redirects to it."""
        one_of_many = self.traps.visited(task, leads_on, sketch)
        known = KnownOfPage(has_rule=self._has_rule, one_of_many=one_of_many, behind_story=behind_story)
        kind = kind_of(task, sketch, known)
        is_story = kind == "article"
        if task.kind in ("article", "page"):
            self.copies.visited(sketch, is_story=is_story)
        if task.kind == "seed":
            return kind, sketch.wall
        if not is_story:
            return kind, None
        self.mirrors.visited(sketch)
        return kind, self._walls.sign(sketch)
