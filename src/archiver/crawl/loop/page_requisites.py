"""What stories need for replay (`--requisites`): which URLs that are, why one is not fetched, and what came of them.

They come after all pages, from any public host, and lead nowhere but from a stylesheet to what it needs. What they
count stands apart from what the pages count, so that a picture that is missing says nothing of the site's stories.
"""

from __future__ import annotations

from collections import Counter

from scrapy.http import Response

from archiver.crawl.report.counts import Tally
from archiver.crawl.rules.politeness import REFUSALS_TO_GIVE_UP, REFUSING
from archiver.crawl.rules.scope import MAX_URL, Scope
from archiver.crawl.rules.verdict import End
from archiver.crawl.signs.embedded import requisites_of
from archiver.frontier import Candidate, Frontier, Task
from archiver.spider import mime_of
from archiver.urls import host_of, surt

PER_PAGE = 200
PER_CRAWL = 100_000  # newly found: pictures whose addresses change with each look would go on without end
_REMEMBERED = 100_000  # addresses: memory stays the same however many there are
STYLESHEETS_DEEP = 3  # a page's stylesheet, what it imports, what that imports


class Requisites:
    """Those of one site's crawl."""

    def __init__(self, frontier: Frontier, scope: Scope, name: str) -> None:
        self.tally = Tally()  # its `pages` are the good answers
        self._frontier = frontier
        self._scope = scope
        self._name = name
        self._taken: set[int] = set()  # the same few stand on every page
        self._refusals: Counter[str] = Counter()
        self._queued = 0

    def candidate(self, url: str, *, depth: int, found_on: str | None, redirects: int = 0) -> Candidate:
        """The URL as the frontier knows it. `depth` counts from the page, whose own requisites have 1.

        It is fetched by the very address that the page has, for replay asks for that one. A link to the same address
        that was refused as a page does not stand in its way: its key is its own.
        """
        return Candidate(url, f"requisite:{url}", "requisite", depth, redirects, found_on)

    def refusal(self, candidate: Candidate) -> str | None:
        """Why it is not fetched, or None. Other hosts are no reason; what the user excludes is."""
        if len(candidate.url) > MAX_URL:
            return "too_long"
        return self._scope.exclusion(candidate.url)

    def read(self, task: Task, response: Response) -> list[str]:
        """What an answer needs: a story's page, or a stylesheet."""
        mime = mime_of(response)
        if task.kind == "requisite":
            wanted = mime == "text/css" and task.depth <= STYLESHEETS_DEEP
        else:
            wanted = task.kind == "article" or (task.kind == "seed" and self._scope.is_story(task.url))
        return requisites_of(response.body, response.url, mime) if wanted else []

    def take(self, task: Task, urls: list[str]) -> None:
        """Queue what a page or a stylesheet needs."""
        depth = task.depth + 1 if task.kind == "requisite" else 1
        wanted: list[Candidate] = []
        for number, url in enumerate(urls):
            candidate = self.candidate(url, depth=depth, found_on=task.url)
            reason = "too_many_requisites" if number >= PER_PAGE else self.refusal(candidate)
            if reason is not None:
                self.tally.reasons[reason] += self._frontier.refuse(self._name, candidate, reason)
            elif hash(url) not in self._taken:
                if len(self._taken) >= _REMEMBERED:
                    self._taken.clear()  # the frontier knows them all: what is forgotten here is asked of it once more
                self._taken.add(hash(url))
                if not self._frontier.fetches(self._name, surt(url)):
                    wanted.append(candidate)
        room = max(0, PER_CRAWL - self._queued)
        for candidate in wanted[room:]:
            self.tally.reasons["requisites_budget"] += self._frontier.refuse(self._name, candidate, "requisites_budget")
        self._queued += self._frontier.add_requisites(self._name, wanted[:room])

    def answered(self, task: Task, status: int) -> None:
        """Count refusals in a row. A host that gives no pictures may still give its pages: politeness is not told."""
        host = host_of(task.url)
        self._refusals[host] = self._refusals[host] + 1 if status in REFUSING else 0

    def turns_away(self, task: Task) -> End | None:
        """Whether the host has refused so many that it is asked for no more of them."""
        refused = task.kind == "requisite" and self._refusals[host_of(task.url)] >= REFUSALS_TO_GIVE_UP
        return End("failed", "refused") if refused else None
