"""What a crawl knows beyond single answers: how its hosts want to be treated, where it is led in circles, which hosts
are one. Asked before each fetch, told after each."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.crawl.mirrors import MirrorWatch
from archiver.crawl.politeness import Politeness
from archiver.crawl.traps import Traps, pattern_of
from archiver.crawl.verdict import End
from archiver.crawl.walls import wall_sign
from archiver.discovery import Found
from archiver.frontier import Candidate, Task
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
    """The host is a mirror: this is the address on the host that it shows."""

    url: str


TurnedAway = Later | GivenUp | Elsewhere | End


class Gate:
    """One site's."""

    def __init__(self, site: Site) -> None:
        self.politeness = Politeness()
        self.traps = Traps(has_rule=site.article_url is not None)
        self.mirrors = MirrorWatch()

    def refusal(self, candidate: Candidate) -> str | None:
        """Why a link is not taken up, or None."""
        return self.traps.refusal(candidate)

    def expect(self, found: Found, found_on: str) -> str:
        """The address to take up for a link: a recognised mirror's becomes the canonical host's."""
        if found.hint == "sitemap":
            self.traps.expect_sitemap(found.url, found_on)
            return found.url
        return self.mirrors.canonical(found.url)

    def turns_away(self, task: Task) -> TurnedAway | None:
        """Why a task is not fetched now; None: it sets out."""
        host = host_of(task.url)
        reason = self.politeness.given_up(host)
        if reason is not None:
            return GivenUp(host, reason)
        seconds = self.politeness.rest_of(host)
        if seconds > 0:
            return Later(host, seconds)
        if task.kind in ("article", "page"):
            elsewhere = self.mirrors.canonical(task.url)
            if elsewhere != task.url:
                return Elsewhere(elsewhere)
        trap = self.traps.refusal(task)
        if trap is not None:
            return End("skipped", trap)
        self.traps.sets_out(task)
        return None

    def leads_on(self, task: Task, link: Candidate) -> bool:
        """Whether a link would lead to somewhere else than to more pages of the same kind: a list of lists is no dead
        end."""
        return link.kind == "article" or pattern_of(link.url).path != pattern_of(task.url).path

    def visited(self, task: Task, body: bytes, leads_on: bool) -> str | None:
        """A page was got; returns the sign of a wall that stands before a story (`block`, `consent`), if one does."""
        self.traps.visited(task, leads_on, body)
        if task.kind != "article":
            return None
        self.mirrors.visited(task.url, body)
        return wall_sign(body)
