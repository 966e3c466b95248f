"""Redirects: each is a capture of its own, and its target is one more URL."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scrapy.http import Response

from archiver.crawl.loop.enqueue import Intake
from archiver.crawl.rules.scope import Scope
from archiver.crawl.rules.verdict import MAX_REDIRECTS
from archiver.crawl.signs.consent_address import asks_for_consent
from archiver.crawl.wire.fields import fields
from archiver.crawl.wire.required_cookies import RequiredCookies
from archiver.crawl.wire.site_access import netloc_of
from archiver.frontier import Candidate, Frontier, State, Task
from archiver.urls import absolute_url


@dataclass(frozen=True, slots=True)
class RedirectOutcome:
    """The outcome of a task whose response is a redirect, with the updated `task`. `leads_to` is the target, if that is
    why it failed.
    """

    task: Task
    state: State
    reason: str
    leads_to: str | None = None


class Redirects:
    """Follows the redirects of one site."""

    def __init__(self, frontier: Frontier, scope: Scope, intake: Intake, cookies: RequiredCookies) -> None:
        self._frontier = frontier
        self._scope = scope
        self._intake = intake
        self._cookies = cookies
        self._name = scope.site.name
        self._asked_again: set[str] = set()  # keys of requests repeated with cookies, once each

    def follow(self, task: Task, response: Response, location: str) -> RedirectOutcome | None:
        """Queue the target of a redirect, unless it is known. None: the task itself is fetched again."""
        url = absolute_url(response.url, location)
        if url is None or task.redirects >= MAX_REDIRECTS:
            return RedirectOutcome(
                task, "failed", "bad_redirect" if url is None else "too_many_redirects", url or location
            )
        self._cookies.offered(netloc_of(task.url), fields(response, "Set-Cookie"))
        target, refused = self._intake.redirected(task, url)
        if target.url == task.url:
            return self._led_back(task, task, response)
        # `capture` follows redirects off the site, too.
        if task.kind not in ("exact", "requisite") and asks_for_consent(url, task.url):
            return RedirectOutcome(task, "failed", "wall_consent", url)
        self._frontier.spellings.redirected(self._name, task, target)
        if target.key == task.key:
            # http to https: the same page with another spelling, which has to be used.
            self._frontier.respell(self._name, task, target)
            return None
        return self._follow_target(task, target, response) if refused is None else self._refused(task, target, refused)

    def _refused(self, task: Task, target: Candidate, reason: str) -> RedirectOutcome:
        if task.kind != "seed":
            return RedirectOutcome(task, "done", "redirect")
        self._frontier.refuse(self._name, target, reason)
        return RedirectOutcome(task, "failed", "redirects_off_site" if reason == "off_site" else reason, target.url)

    def _follow_target(self, task: Task, target: Candidate, response: Response) -> RedirectOutcome | None:
        added = self._frontier.add(self._name, [target])
        start = None if added else self._start_of(task, target)
        return _passed_on(task) if start is None else self._led_back(task, start, response)

    def _start_of(self, task: Task, target: Candidate) -> Task | None:
        """The task of a redirect's target, if it led to this redirect (a loop)."""
        before: Task | None = task
        for _ in range(MAX_REDIRECTS):
            if before is None or before.redirects == 0 or before.found_on is None:
                return None
            key = self._key_of(before.found_on)
            before = self._frontier.task(self._name, key)
            if key == target.key:
                return before
        return None

    def are_behind_story(self, task: Task) -> bool:
        """Whether the URL of a story redirects to this page."""
        if task.kind != "page" or not task.redirects or task.found_on is None:
            return False
        return self._frontier.knows_story(self._name, [self._key_of(task.found_on)])

    def _key_of(self, url: str) -> str:
        return self._scope.candidate(url, depth=0, found_on=None, redirects=1).key

    def _led_back(self, task: Task, start: Task, response: Response) -> RedirectOutcome | None:
        """A redirect loop. If the host requires cookies, the request is repeated with them."""
        if not (self._cookies.must_repeat(netloc_of(start.url)) or self._was_sent_without(task, start, response)):
            return RedirectOutcome(task, "failed", "redirect_loop")
        self._asked_again.add(start.key)
        self._frontier.retry(self._name, start, reason="cookies", delay=0.0)
        return _passed_on(task) if start.key != task.key else None

    def _was_sent_without(self, task: Task, start: Task, response: Response) -> bool:
        """Whether the host was found to require cookies only while this request was in flight."""
        netloc = netloc_of(start.url)
        if self._cookies.of(netloc) is None or start.key in self._asked_again:
            return False
        sent = response.request.headers.get("Cookie") if response.request is not None else None
        return start.key != task.key or not self._cookies.are_in(netloc, (sent or b"").decode("latin-1"))


def _passed_on(task: Task) -> RedirectOutcome:
    """A redirect whose target replaces it: the outcome of a seed's target counts for the seed."""
    return RedirectOutcome(replace(task, kind="page") if task.kind == "seed" else task, "done", "redirect")
