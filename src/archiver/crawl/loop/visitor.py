"""One site's crawl inside Scrapy's loop: takes tasks from the frontier and records their outcomes.

    frontier -> task -> request -> (download handler records it) -> response or failure -> verdict, links -> frontier

The visitor stops a crawl by handing out no more requests: those in flight are completed, then the engine is idle and
closes. So a limit, a signal and a finished crawl end in the same way, and no page is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archiver.crawl.loop.enqueue import Intake
from archiver.crawl.loop.gate import Elsewhere, Gate, GivenUp, Later, NotNow
from archiver.crawl.loop.redirects import RedirectOutcome, Redirects
from archiver.crawl.loop.tools import Tools
from archiver.crawl.loop.visits import conditional, due, note_words, visit_of
from archiver.crawl.report.counts import FailedSeed, Tally
from archiver.crawl.rules import verdict
from archiver.crawl.rules.limits import StopReason
from archiver.crawl.rules.scope import Scope
from archiver.crawl.signs.page_kind import Judged, kind_when_listed
from archiver.crawl.signs.page_markup import is_made_by_script
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.wire.fields import header, location
from archiver.crawl.wire.render import Renderer, RenderError, is_page
from archiver.crawl.wire.request_purpose import task_of
from archiver.crawl.wire.site_access import netloc_of
from archiver.discovery import GUESSED_PATHS, Found, Hint, refresh_target
from archiver.errors import ArchiverError, UsageError
from archiver.frontier import Frontier, Kind, State, Task, Visit
from archiver.model import Kept, TdmRule
from archiver.spider import as_found
from archiver.urls import host_of

logger = logging.getLogger(__name__)

_COMMIT_EVERY = 40  # changes of the frontier: a few pages
_COMMIT_SECONDS = 0.5
_PIECE = 500  # links queued in one go: the longest sitemap must not delay other requests
_LEADS_ON: frozenset[Kind] = frozenset({"seed", "article", "page"})
_RENDERED: frozenset[Kind] = _LEADS_ON | {"exact"}


class Visitor:
    """Crawls one site.

    Without `follows`, only URLs in the frontier are fetched. With `asks_conditionally`, requests are conditional.
    Stories older than `since` are skipped. `on_progress` is called after each outcome or retry of a URL.
    """

    def __init__(
        self,
        frontier: Frontier,
        scope: Scope,
        tools: Tools,
        *,
        since: datetime | None = None,
        follows: bool = True,
        asks_conditionally: bool = True,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        requisites = tools.requisites
        self.name = scope.site.name
        self.scope = scope
        self.spider = tools.spider
        self.kept = tools.kept
        self.log = tools.log
        self.tally = Tally()
        self.aside = requisites.tally if requisites is not None else Tally()  # the counts of requisites
        self.gate = Gate(scope.site, tools.politeness)
        self.intake = Intake(frontier, scope, self.gate, self.tally, since=since, requisites=requisites)
        self.stop_reason: StopReason | None = None
        self.error: ArchiverError | None = None
        self.pages_ended = False  # no more pages in this run, only requisites of fetched pages
        self.tdm_rules: dict[str, tuple[TdmRule, ...]] = {}  # of tdmrep.json, by host and port
        self._frontier = frontier
        self._limits = tools.limits
        self._requisites = requisites
        self._renderer = tools.renderer
        self._cookies = tools.cookies
        self._redirects = Redirects(frontier, scope, self.intake, tools.cookies)
        self._follows = follows
        self._asks_conditionally = asks_conditionally
        self._on_progress = on_progress
        self._handed_out = 0
        self._last_commit = time.monotonic()

    # ------------------------------------------------------------------ what the scheduler asks

    def has_work(self) -> bool:
        """Whether any task is left, now or after a wait."""
        return self._may_go_on() and self._frontier.has_queued(self.name)

    def next_request(self) -> Request | None:
        """A request for the next task, or None for now."""
        while self._may_go_on():
            try:
                task = self._frontier.next(self.name)
            except ArchiverError as error:
                self.fail(error)
                return None
            if task is None:
                return None
            request = self._request(task)
            if request is not None:
                self._handed_out += task.kind != "requisite"
                return request
        return None

    def _request(self, task: Task) -> Request | None:
        """The request for a task; None if it is settled without one."""
        if self.scope.is_withdrawn(task.url):
            self._guarded(lambda: self._end(task, "skipped", "withdrawn"))
            return None
        denied = self.intake.denies(task)
        if denied is not None:
            self._guarded(lambda: self._disallow(task, denied))
            return None
        away = self.gate.refusal_of(task) or (self._requisites and self._requisites.refusal_of(task))
        if away:
            self._guarded(lambda: self._put_off(task, away))
            return None
        ask = task.kind == "requisite" or (self._renderer is None and self._asks_conditionally)
        try:
            return Request(
                task.url,
                callback=self.on_response,
                errback=self.on_failure,
                dont_filter=True,
                **conditional(task, ask=ask),
            )
        except ValueError:
            self._guarded(lambda: self._end(task, "failed", "bad_url"))
            return None

    def _disallow(self, task: Task, reason: str) -> None:
        """Settle a queued, known or due URL that the current rules refuse."""
        self._count_end(task, "skipped", reason, None)
        self._frontier.disallow(self.name, task, reason)

    def _put_off(self, task: Task, away: NotNow) -> None:
        if isinstance(away, Later):
            self._frontier.postpone(self.name, task, away.host, away.seconds)
        elif isinstance(away, GivenUp):
            self._end(task, "failed", away.reason)
            pages, requisites = self._frontier.give_up(self.name, away.host, away.reason)
            self.tally.reasons[away.reason] += pages
            self.aside.reasons[away.reason] += requisites
        elif isinstance(away, Elsewhere):
            self.intake.elsewhere(task, away.url)
            self._end(task, "skipped", away.reason)
        else:
            self._end(task, away.state, away.reason)

    def add_link(self, url: str, *, depth: int = 1, found_on: str | None = None, hint: Hint | None = None) -> bool:
        """Queue a link if it is in scope; returns whether it was new."""
        return self._follows and self.intake.link(url, depth=depth, found_on=found_on, hint=hint)

    def stop(self, reason: StopReason) -> None:
        """Hand out no more requests. The first reason is kept."""
        self.stop_reason = self.stop_reason or reason

    def must_end(self) -> bool:
        """Whether waiting requests are returned, too: for every reason except max_pages."""
        return not self._may_go_on() and self.stop_reason != "max_pages"

    def fail(self, error: ArchiverError) -> None:
        """Stop because nothing more can be stored. The next crawl fetches again what is not durable yet."""
        if self.error is None:
            self.error = error
            self.stop_reason = "storage"
            self._frontier.rollback()

    # ------------------------------------------------------------------ what became of a request

    async def on_response(self, response: Response) -> None:
        """Scrapy's callback for every response of the site, whatever its status."""
        task = task_of(response.request)
        tally = self._tally_of(task)
        tally.fetched += 1
        tally.statuses[response.status] += 1
        tally.bytes += len(response.body)
        tally.hosts[host_of(response.url)] += 1
        if self._requisites is not None and task.kind == "requisite":
            self._requisites.answered(task, response.status)
        kept = self.kept.of(response.request)
        tally.revisits += kept is not None and kept.revisit
        if self._renderer is not None and kept is not None and task.kind in _RENDERED and is_page(response):
            response = await self._rendered(self._renderer, task, response, kept)
            if "rendered" not in response.flags and self.stop_reason == "interrupted":
                return  # the browser got the signal, too: the next crawl fetches the page again
        try:
            links = await self._read_links(task, response)
        except Exception:
            # An error in the spider's code. The page is captured; its links are found when the spider is fixed.
            logger.exception("the links of %s can't be read", task.url)
            self._guarded(lambda: self._settle(task, verdict.End("failed", "links_failed"), response.status))
            return
        self._process(task, response, kept, links)

    def remember(self, task: Task, response: Response, kept: Kept) -> None:
        """Process a response of an earlier run, read from its record, as if it came now."""
        self._process(task, response, kept, list(self._links(task, response)))

    def _process(self, task: Task, response: Response, kept: Kept | None, links: list[Found]) -> None:
        def settle() -> None:
            try:
                needed: list[str] = []
                if self._requisites is not None and 200 <= response.status < 300:
                    needed = self._requisites.read(task, response)
                self._settle_response(task, response, kept, links, needed)
            except ArchiverError:
                raise
            except Exception as error:
                # After any error while judging a page: it is captured, and must not stay queued forever.
                logger.exception("%s can't be judged", task.url)
                reason = f"error_{type(error).__name__}"
                self.log.write_answer(task, reason, response, kept)
                self._end(task, "failed", reason, response.status)

        self._guarded(settle)

    async def _rendered(self, renderer: Renderer, task: Task, response: Response, kept: Kept) -> Response:
        """The rendered page, or the fetched page if rendering fails."""
        try:
            shown = await renderer.render(response, kept)
        except RenderError as error:
            logger.warning("%s can't be rendered: %s", task.url, error)
            self.log.write(task, "render_failed", status=response.status, kept=kept)
            self.tally.render_failed += 1
            return response
        self.tally.rendered += 1
        return shown

    def on_failure(self, failure: Failure) -> None:
        """Scrapy's errback: there was no usable response."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        task = task_of(request)
        if str(failure.value) == "run_is_over":
            return  # it is queued as it was
        if str(failure.value) == "host_at_rest":
            away = self.gate.refusal_of(task) or Later(host_of(task.url), 0.0)
            self._guarded(lambda: self._put_off(task, away))
            return
        decided = verdict.of_failure(failure, task.attempts)
        kept = self.kept.of(request)
        self.log.write(task, verdict.name_of(decided), kept=kept)
        self._guarded(lambda: self._settle(task, decided))

    def host_limits(self, host: str) -> None:
        """Store the Retry-After of a host durably, because the next run must respect it, too."""
        seconds = self.gate.politeness.rest_of(host)
        if seconds > 0:
            self._guarded(lambda: self._frontier.rest(host, seconds))

    def _tally_of(self, task: Task) -> Tally:
        return self.aside if task.kind == "requisite" else self.tally

    def _settle_response(
        self, task: Task, response: Response, kept: Kept | None, links: list[Found], needed: list[str]
    ) -> None:
        decided = verdict.of_response(
            response.status,
            location(response),
            header(response, "Retry-After"),
            task.attempts,
            known=task.known is not None,
        )
        judged = None
        if decided == verdict.End("done"):
            asked, (task, judged) = task, self._judged(task, response, links)
            self.log.write_answer(asked, verdict.name_of(decided), response, kept, judged.story_by)
        else:
            self.log.write_answer(task, verdict.name_of(decided), response, kept)
        if isinstance(decided, verdict.Redirected):
            self.tally.stories_redirected += task.kind == "article"
            settled = self._redirects.follow(task, response, decided.location)
            if settled is not None:
                self._end_redirect(settled, response.status)
            return
        visit = None
        if judged is not None:
            if judged.wall is not None:
                self._note_wall(task, f"wall_{judged.wall}")
            # A start page may be one in few words, one of them cookies.
            if judged.wall is not None and task.kind != "seed":
                self._cookies.drop(netloc_of(task.url))
                # The page itself was not received: nothing is recorded, and the next crawl requests it again.
                note_words(response, self.tally)
                self._settle(task, verdict.End("failed", f"wall_{judged.wall}"), response.status)
                return
            self.tally.stories += task.kind in ("article", "exact")
            self.tally.pages += task.kind in ("seed", "page")
            rules = self.tdm_rules.get(netloc_of(task.url), ())
            visit = visit_of(task, response, kept, self._tally_of(task), rules)
            if self._requisites is not None:
                self.aside.pages += task.kind == "requisite"
                self._requisites.take(task, needed)
        self._settle(task, decided, response.status, visit)

    def _judged(self, task: Task, response: Response, links: list[Found]) -> tuple[Task, Judged]:
        """The task with the kind of its page, and the reason. Queues its links."""
        called = task.kind == "page" and self._frontier.knows_story(self.name, [task.key])
        task = replace(task, kind=kind_when_listed(task.kind, listed_as_story=called))
        if task.kind not in _LEADS_ON or response.status == 304:
            return task, self.gate.unread(task)
        has_new_links = self.intake.links(task, links)
        sketch = PageSketch(task.url, response.body)
        judged = self.gate.visited(task, sketch, has_new_links, self._redirects.are_behind_story(task))
        if task.kind == "seed":
            self._note_start_page(task, response, len(links), has_new_links=has_new_links)
        return replace(task, kind=judged.kind), judged

    def _settle(
        self, task: Task, decided: verdict.Verdict, http_status: int | None = None, visit: Visit | None = None
    ) -> None:
        if isinstance(decided, verdict.Again):
            self._tally_of(task).retries += 1
            self._frontier.retry(self.name, task, reason=decided.reason, delay=decided.delay)
        elif isinstance(decided, verdict.End):
            if _is_guess(task) and (decided.reason or "").startswith("status_4"):
                decided = verdict.End("skipped", "not_there")
            self._end(task, decided.state, decided.reason, http_status, visit)

    def _end(
        self,
        task: Task,
        state: State,
        reason: str | None,
        http_status: int | None = None,
        visit: Visit | None = None,
        leads_to: str | None = None,
    ) -> None:
        self._count_end(task, state, reason, leads_to)
        self.tally.pages_gone += state == "gone" and task.kind == "article"
        self._frontier.finish(
            self.name,
            task,
            state,
            reason=reason,
            http_status=http_status,
            next_due=due(task, state, reason, visit, self._frontier.clock()),
            visit=visit,
        )

    def _count_end(self, task: Task, state: State, reason: str | None, leads_to: str | None) -> None:
        if task.kind in ("seed", "exact"):
            self.tally.seeds += 1
            self.tally.seeds_fetched += state == "done"
            if state != "done":
                self.tally.failed_seeds.append(FailedSeed(task.url, reason or state, leads_to))
        self._tally_of(task).reasons[reason or state] += 1

    def _end_redirect(self, settled: RedirectOutcome, http_status: int) -> None:
        if settled.reason == "wall_consent":
            self._note_wall(settled.task, "wall_consent")
        self._end(settled.task, settled.state, settled.reason, http_status, leads_to=settled.leads_to)

    def _note_start_page(self, task: Task, response: Response, links: int, *, has_new_links: bool) -> None:
        """A start page without links may need JavaScript, or redirect to another site."""
        self.tally.scripted_seeds += is_made_by_script(response.body, links)
        target = None if has_new_links else refresh_target(response.body, response.url, header(response, "Refresh"))
        if target is not None and self.scope.is_foreign(target):
            self.tally.leaving_seeds.append(FailedSeed(task.url, "redirects_off_site", target))

    def _note_wall(self, task: Task, reason: str) -> None:
        if task.kind == "seed":
            self.tally.seed_wall_reasons[reason] += 1
        else:
            self.tally.walls += 1

    async def _read_links(self, task: Task, response: Response) -> list[Found]:
        """The links of a page. All but the last part of a long list are queued here, with pauses; after a crash the
        page is still queued, and its links are read again.
        """
        piece: list[Found] = []
        for link in self._links(task, response):
            piece.append(link)
            if len(piece) >= _PIECE:
                self._guarded(partial(self.intake.links, task, piece))
                piece = []
                await asyncio.sleep(0)
        return piece

    def _links(self, task: Task, response: Response) -> Iterator[Found]:
        if task.kind in _LEADS_ON and 200 <= response.status < 300:
            for link in self.spider().links(response):
                yield as_found(link)

    # ------------------------------------------------------------------ limits and durability

    def _may_go_on(self) -> bool:
        if self.stop_reason is None:
            reached = self._limits.reached(self._handed_out)
            if reached == "max_pages" and self._requisites is not None:
                self.pages_ended = True
                self._frontier.only_requisites(self.name)
                reached = self._limits.reached(0)  # time and disk still count
            if reached is not None:
                self.stop(reached)
        return self.stop_reason is None

    def _guarded(self, settle: Callable[[], object]) -> None:
        """Run one step of bookkeeping; a failing disk ends the crawl cleanly instead of only being logged."""
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
            self.log.flush()
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


def _is_guess(task: Task) -> bool:
    """Whether the URL was only guessed."""
    return (task.found_on or "").endswith("/robots.txt") and task.url.endswith(GUESSED_PATHS)
