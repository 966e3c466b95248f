"""One site's crawl inside Scrapy's loop: takes tasks from the frontier, and tells it what came of each.

    frontier -> task -> request -> (download handler records it) -> response or failure -> verdict, links -> frontier

The visitor stops a crawl by handing out nothing more: what is in flight ends as usual, the engine finds itself idle
and closes. So a limit, a signal and a finished crawl all take the same way out, and none loses a page.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archiver.crawl import verdict
from archiver.crawl.scope import Scope
from archiver.discovery import Found
from archiver.errors import ArchiverError, UsageError
from archiver.frontier import Candidate, Frontier, Kind, State, Task

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider

StopReason = Literal["finished", "max_pages", "time_limit", "interrupted", "storage"]

_COMMIT_EVERY = 40  # changes of the frontier: a few pages
_COMMIT_SECONDS = 0.5
_LEADS_ON: frozenset[Kind] = frozenset({"seed", "article", "page"})


@dataclass(slots=True)
class Tally:
    """What a crawl did so far, for progress and for its report."""

    fetched: int = 0
    stories: int = 0
    pages: int = 0
    bytes: int = 0
    retries: int = 0
    seeds: int = 0
    seeds_fetched: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


class Visitor:
    """Crawls one site. `on_progress` is called after each URL that reached an end or a retry."""

    def __init__(
        self,
        frontier: Frontier,
        scope: Scope,
        *,
        name: str,
        max_pages: int | None = None,
        deadline: float | None = None,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.scope = scope
        self.tally = Tally()
        self.stop_reason: StopReason | None = None
        self.error: ArchiverError | None = None
        self.spider: ArticleSpider | None = None
        self._frontier = frontier
        self._max_pages = max_pages
        self._deadline = deadline
        self._on_progress = on_progress
        self._handed_out = 0
        self._last_commit = time.monotonic()

    # ------------------------------------------------------------------ what the scheduler asks

    def has_work(self) -> bool:
        """Whether anything is left to hand out, now or after a wait."""
        return self._may_go_on() and self._frontier.has_queued(self.name)

    def next_request(self) -> Request | None:
        """A request for the next task, or None for now."""
        if not self._may_go_on():
            return None
        try:
            task = self._frontier.next(self.name)
        except ArchiverError as error:
            self.fail(error)
            return None
        if task is None:
            return None
        self._handed_out += 1
        try:
            return Request(
                task.url,
                callback=self.on_response,
                errback=self.on_failure,
                dont_filter=True,
                meta={"task": task, "handle_httpstatus_all": True, "dont_redirect": True, "dont_retry": True},
            )
        except ValueError:
            self._guarded(lambda: self._end(task, "failed", "bad_url"))
            return self.next_request()

    def add_link(self, url: str, *, depth: int = 1, found_on: str | None = None) -> bool:
        """Take a link into the frontier if it is in scope; returns whether it was new."""
        candidate = self.scope.candidate(url, depth=depth, found_on=found_on)
        return self._add([candidate]) > 0

    def stop(self, reason: StopReason) -> None:
        """Hand out nothing more. The first reason stands."""
        self.stop_reason = self.stop_reason or reason

    def fail(self, error: ArchiverError) -> None:
        """Stop because nothing can be kept any more. What is not durable yet is fetched again by the next crawl."""
        if self.error is None:
            self.error = error
            self.stop_reason = "storage"
            self._frontier.rollback()

    # ------------------------------------------------------------------ what became of a request

    def on_response(self, response: Response) -> None:
        """Scrapy's callback for every answer of the site, whatever its status."""
        task: Task = response.meta["task"]
        self.tally.fetched += 1
        self.tally.statuses[response.status] += 1
        self.tally.bytes += len(response.body)
        self._guarded(lambda: self._settle_response(task, response))

    def on_failure(self, failure: Failure) -> None:
        """Scrapy's errback: no usable answer came."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]  # Scrapy sets it
        self._guarded(lambda: self._settle(task, verdict.of_failure(failure, task.attempts)))

    def _settle_response(self, task: Task, response: Response) -> None:
        decided = verdict.of_response(
            response.status, _header(response, "Location"), _header(response, "Retry-After"), task.attempts
        )
        if isinstance(decided, verdict.Redirected):
            self._follow_redirect(task, response, decided.location)
            return
        if decided == verdict.End("done"):
            self.tally.stories += task.kind in ("article", "exact")
            self.tally.pages += task.kind in ("seed", "page")
            if task.kind in _LEADS_ON:
                self._add_links(task, response)
        self._settle(task, decided, response.status)

    def _settle(self, task: Task, decided: verdict.Verdict, http_status: int | None = None) -> None:
        if isinstance(decided, verdict.Again):
            self.tally.retries += 1
            self._frontier.retry(self.name, task, reason=decided.reason, delay=decided.delay)
        elif isinstance(decided, verdict.End):
            self._end(task, decided.state, decided.reason, http_status)

    def _end(self, task: Task, state: State, reason: str | None, http_status: int | None = None) -> None:
        if task.kind in ("seed", "exact"):
            self.tally.seeds += 1
            self.tally.seeds_fetched += state == "done"
        self.tally.reasons[reason or state] += 1
        self._frontier.finish(self.name, task, state, reason=reason, http_status=http_status)

    def _follow_redirect(self, task: Task, response: Response, location: str) -> None:
        """A redirect is a capture of its own; its target is one more URL, unless it is known already."""
        if task.redirects >= verdict.MAX_REDIRECTS:
            self._end(task, "failed", "too_many_redirects", response.status)
            return
        target = self.scope.candidate(
            response.urljoin(location), depth=task.depth, found_on=task.url, redirects=task.redirects + 1
        )
        kind = task.kind if task.kind in ("seed", "exact") else target.kind
        target = Candidate(target.url, target.key, kind, target.depth, target.redirects, target.found_on)
        refused = self.scope.refusal(target) if kind != "exact" else None
        if target.url == task.url:
            self._end(task, "failed", "redirect_loop", response.status)
            return
        if target.key == task.key:
            # http to https, a trailing slash: the same page by another spelling, which has to be fetched by that one.
            self._frontier.respell(self.name, task, target)
            return
        if refused is None:
            self._frontier.add(self.name, [target])
        elif kind == "seed" and refused == "off_site":
            self._frontier.refuse(self.name, target, refused)
            self._end(task, "failed", "redirects_off_site", response.status)
            return
        self._end(task, "done", "redirect", response.status)

    def _add_links(self, task: Task, response: Response) -> None:
        assert self.spider is not None, "the run sets it when the spider opens"
        depth = task.depth + 1
        found = (link if isinstance(link, Found) else Found(link) for link in self.spider.links(response))
        self._add(
            [
                self.scope.candidate(link.url, depth=depth, found_on=task.url, hint=link.hint, lastmod=link.lastmod)
                for link in found
            ]
        )

    def _add(self, candidates: Iterable[Candidate]) -> int:
        wanted: list[Candidate] = []
        for candidate in candidates:
            reason = self.scope.refusal(candidate)
            if reason is None:
                wanted.append(candidate)
            elif reason == "off_site":
                # Counted only: the web is large, and the index's `links` table has each of them.
                self.tally.reasons[reason] += 1
            else:
                self.tally.reasons[reason] += self._frontier.refuse(self.name, candidate, reason)
        return self._frontier.add(self.name, wanted)

    # ------------------------------------------------------------------ limits and durability

    def _may_go_on(self) -> bool:
        if self.stop_reason is None:
            if self._max_pages is not None and self._handed_out >= self._max_pages:
                self.stop("max_pages")
            elif self._deadline is not None and time.monotonic() >= self._deadline:
                self.stop("time_limit")
        return self.stop_reason is None

    def _guarded(self, settle: Callable[[], None]) -> None:
        """Run one step of bookkeeping; a failing disk ends the crawl in good order instead of vanishing in a log."""
        if self.error is not None:
            return
        try:
            settle()
            self.commit_if_due()
        except ArchiverError as error:
            self.fail(error)
        self._on_progress()

    def commit_if_due(self) -> None:
        """Commit in groups: one fsync of the WARC for several pages."""
        due = time.monotonic() - self._last_commit >= _COMMIT_SECONDS
        if self._frontier.uncommitted and (due or self._frontier.uncommitted >= _COMMIT_EVERY):
            self._frontier.commit()
            self._last_commit = time.monotonic()


def visitor_of(crawler: Crawler) -> Visitor:
    """The visitor that `archiver crawl` made for this crawler. Raises UsageError under plain `scrapy crawl`."""
    found: Any = crawler.settings.get("ARCHIVER_VISITOR")
    if not isinstance(found, Visitor):
        raise UsageError(
            "this spider writes to an archive, which `scrapy crawl` doesn't open",
            f"run `archiver crawl {crawler.spidercls.name}`",
        )
    return found


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("utf-8", "replace") if value is not None else None
