"""Page requisites of stories for replay (`--requisites`): their URLs, why one is not fetched, and the outcomes.

They are fetched after all pages, from any public host, and only stylesheets lead to more of them. They are counted
separately, so that a missing image has no effect on the counts of the site's stories.
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
PER_CRAWL = 100_000  # newly found ones: images whose URLs change each time would never end
_REMEMBERED = 100_000  # URLs kept in memory
STYLESHEETS_DEEP = 3  # a page's stylesheet, what it imports, what that imports


class Requisites:
    """The requisites of one site's crawl."""

    def __init__(self, frontier: Frontier, scope: Scope, name: str) -> None:
        self.tally = Tally()  # its `pages` are the successful responses
        self._frontier = frontier
        self._scope = scope
        self._name = name
        self._taken: set[int] = set()  # the same few occur on every page
        self._refusals: Counter[str] = Counter()
        self._queued = 0

    def candidate(self, url: str, *, depth: int, found_on: str | None, redirects: int = 0) -> Candidate:
        """The URL's key in the frontier. `depth` counts from the page; its own requisites have 1.

        The exact URL in the page is fetched, because replay requests it. It has a key of its own, so a link to the same
        URL that was refused as a page does not matter.
        """
        return Candidate(url, f"requisite:{url}", "requisite", depth, redirects, found_on)

    def refusal(self, candidate: Candidate) -> str | None:
        """Why it is not fetched, or None. Other hosts are allowed; --exclude applies."""
        if len(candidate.url) > MAX_URL:
            return "too_long"
        return self._scope.exclusion(candidate.url)

    def read(self, task: Task, response: Response) -> list[str]:
        """The requisites of a story's page or a stylesheet."""
        mime = mime_of(response)
        if task.kind == "requisite":
            wanted = mime == "text/css" and task.depth <= STYLESHEETS_DEEP
        else:
            wanted = task.kind == "article" or (task.kind == "seed" and self._scope.is_story(task.url))
        return requisites_of(response.body, response.url, mime) if wanted else []

    def take(self, task: Task, urls: list[str]) -> None:
        """Queue the requisites of a page or a stylesheet."""
        depth = task.depth + 1 if task.kind == "requisite" else 1
        wanted: list[Candidate] = []
        for number, url in enumerate(urls):
            candidate = self.candidate(url, depth=depth, found_on=task.url)
            reason = "too_many_requisites" if number >= PER_PAGE else self.refusal(candidate)
            if reason is not None:
                self.tally.reasons[reason] += self._frontier.refuse(self._name, candidate, reason)
            elif hash(url) not in self._taken:
                if len(self._taken) >= _REMEMBERED:
                    self._taken.clear()  # the frontier knows all of them, so this cache may forget some
                self._taken.add(hash(url))
                if not self._frontier.fetches(self._name, surt(url)):
                    wanted.append(candidate)
        room = max(0, PER_CRAWL - self._queued)
        for candidate in wanted[room:]:
            self.tally.reasons["requisites_budget"] += self._frontier.refuse(self._name, candidate, "requisites_budget")
        self._queued += self._frontier.add_requisites(self._name, wanted[:room])

    def answered(self, task: Task, status: int) -> None:
        """Count consecutive refusals. Politeness ignores them, because the host may still serve its pages."""
        host = host_of(task.url)
        self._refusals[host] = self._refusals[host] + 1 if status in REFUSING else 0

    def refusal_of(self, task: Task) -> End | None:
        """Whether the host refused so many that no more are requested."""
        refused = task.kind == "requisite" and self._refusals[host_of(task.url)] >= REFUSALS_TO_GIVE_UP
        return End("failed", "refused") if refused else None
