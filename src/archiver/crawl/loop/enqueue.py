"""Queues URLs from links, redirects and robots.txt, and records why others are not queued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from archiver.crawl.loop.gate import Gate
from archiver.crawl.loop.page_requisites import Requisites
from archiver.crawl.loop.visits import stated_date
from archiver.crawl.report.counts import Tally
from archiver.crawl.rules.scope import Scope
from archiver.crawl.signs.page_kind import kind_of_address, kind_of_target, kind_when_judged_again
from archiver.crawl.signs.traps import SITEMAP_LEVELS, depth_of
from archiver.discovery import Found, Hint
from archiver.frontier import SITEMAP, Candidate, Frontier, Kind, Task
from archiver.urls import absolute_url


class Intake:
    """Queues the URLs of one site. Refused URLs are counted in `tally` and, except for links off the site, stored in
    the frontier with the reason. `since`: stories that are older by sitemap or URL are skipped.
    """

    def __init__(
        self,
        frontier: Frontier,
        scope: Scope,
        gate: Gate,
        tally: Tally,
        *,
        since: datetime | None = None,
        requisites: Requisites | None = None,
    ) -> None:
        self._frontier = frontier
        self._scope = scope
        self._gate = gate
        self._tally = tally
        self._name = scope.site.name
        self._since = since
        self._requisites = requisites

    def judge(self, candidate: Candidate) -> tuple[Candidate, str | None]:
        """The candidate according to the current rules, and why it is not fetched, if so."""
        c = candidate
        if c.kind == "requisite":
            return c, self._requisites.refusal(c) if self._requisites is not None else "not_asked"
        found = self._scope.candidate(c.url, depth=c.depth, found_on=c.found_on, redirects=c.redirects)
        kind = kind_when_judged_again(c.kind, found.kind, has_rule=self._scope.site.article_url is not None)
        found = replace(found, key=c.key, kind=kind, lastmod=c.lastmod)
        return found, self._refusal(found)

    def kind_today(self, url: str, known: Kind) -> Kind:
        """The kind of a known URL: the site's rule of today decides, if it has one."""
        site = self._scope.site
        return known if site.article_url is None else kind_of_address(site, url, None)

    def denies(self, task: Task) -> str | None:
        """Why a queued or known task is not fetched: the rules may have changed since it was queued. Start pages are
        fetched regardless of `follow` and similar rules, but not if they are denied.
        """
        if task.kind == "exact":
            return None
        if task.kind in ("seed", "requisite"):
            return self._scope.exclusion(task.url)
        if self._scope.reserved == "leave" and task.known is not None and task.known.reserved:
            return "reserved"
        is_sitemap = self._gate.traps.is_sitemap(task.url) or self._is_part_of_sitemap(task)
        priority = SITEMAP if is_sitemap else 0
        return self._out_of_scope(
            Candidate(
                task.url, task.key, task.kind, task.depth, found_on=task.found_on, lastmod=task.lastmod,
                priority=priority,
            )
        )  # fmt: skip

    def _is_part_of_sitemap(self, task: Task) -> bool:
        """Whether a page off the site was queued by an earlier run as part of a sitemap that robots.txt names."""
        if self._scope.site.covers(task.url):
            return False
        before: Task | None = task
        for _ in range(SITEMAP_LEVELS):
            if before is None or before.found_on is None:
                return False
            if before.found_on.endswith("/robots.txt"):
                return self._scope.site.covers(before.found_on)
            key = self._scope.candidate(before.found_on, depth=0, found_on=None).key
            before = self._frontier.task(self._name, key)
        return False

    def link(self, url: str, *, depth: int, found_on: str | None = None, hint: Hint | None = None) -> bool:
        """Queue a single link; returns whether it was new."""
        url = self._gate.expect(Found(url, hint=hint), found_on or "")
        return self._add([self._scope.candidate(url, depth=depth, found_on=found_on, hint=hint)]) > 0

    def links(self, task: Task, links: list[Found]) -> bool:
        """Queue the links of a page; returns whether any of them is new."""
        onward: list[Candidate] = []
        aside: list[Candidate] = []
        foreign: list[str] = []
        for link in links:
            url = self._gate.expect(link, task.url)
            if self._is_foreign(url, link.hint, task.url):
                foreign.append(url)
                continue
            candidate = self._scope.candidate(
                url, depth=depth_of(task.url, task.depth, link.url), found_on=task.url, hint=link.hint,
                lastmod=link.lastmod,
            )  # fmt: skip
            (onward if self._gate.leads_elsewhere(task, candidate) else aside).append(candidate)
        from_list = task.kind != "article"
        if task.kind == "page":
            self._gate.traps.shows(task, onward, foreign)
        self._gate.traps.note_links(onward)
        if foreign:
            self._tally.reasons["off_site"] += len(foreign)
        self._add(aside, from_list=from_list)
        return self._add(onward, from_list=from_list) > 0

    def _is_foreign(self, url: str, hint: Hint | None, found_on: str) -> bool:
        """Whether a link leads off the site and is not a sitemap, which may be elsewhere. Such links, half of all on
        many pages, are only counted.
        """
        return (
            hint != "sitemap"
            and self._scope.is_foreign(url)
            and not found_on.endswith("/robots.txt")
            and not self._gate.traps.is_sitemap(url)
        )

    def elsewhere(self, task: Task, url: str) -> None:
        """Queue the canonical URL for a task on a mirror host."""
        self._add([self._scope.candidate(url, depth=task.depth, found_on=task.url)])

    def redirected(self, task: Task, url: str) -> tuple[Candidate, str | None]:
        """The target of a redirect, and why it is not fetched, if so. Nothing is queued yet."""
        redirects = task.redirects + 1
        if self._requisites is not None and task.kind == "requisite":
            target = self._requisites.candidate(
                absolute_url(url, url) or url, depth=task.depth, found_on=task.url, redirects=redirects
            )
            return target, self._requisites.refusal(target)
        target = self._scope.candidate(url, depth=task.depth, found_on=task.url, redirects=redirects)
        target = replace(target, kind=kind_of_target(task.kind, target.kind))
        return target, self._scope.refusal(target) if task.kind != "exact" else None

    def _out_of_scope(self, candidate: Candidate) -> str | None:
        reason = self._scope.refusal(candidate)
        if reason is None and self._since is not None and candidate.kind == "article":
            dated = stated_date(candidate.url, candidate.lastmod)
            reason = "before_since" if dated is not None and dated < self._since else None
        return reason

    def _refusal(self, candidate: Candidate) -> str | None:
        reason = self._out_of_scope(candidate)
        if reason == "off_site" and self._gate.traps.is_sitemap(candidate.url):
            return "sitemap_off_site"  # recorded, unlike the many links off the site
        return reason or self._gate.refusal(candidate)

    def _add(self, candidates: Collection[Candidate], *, from_list: bool = False) -> int:
        wanted: list[Candidate] = []
        if from_list and not self._tally.article_links:  # for a site without a pattern for stories
            known = self._frontier.knows_story(self._name, (candidate.key for candidate in candidates))
            self._tally.article_links += known
        for candidate in candidates:
            reason = self._refusal(candidate)
            self._tally.article_links += from_list and candidate.kind == "article" and reason != "off_site"
            if reason is None:
                wanted.append(candidate)
            elif reason in ("off_site", "withdrawn"):
                # Only counted: the index's `links` table has the links off the site, and erased URLs must not be
                # written again.
                self._tally.reasons[reason] += 1
            else:
                refused = self._frontier.refuse(self._name, candidate, reason)
                if not refused and reason == "before_since":  # found as a link before a sitemap stated its age
                    refused = self._frontier.withdraw(self._name, candidate, reason)
                self._tally.reasons[reason] += refused
        self._recount(
            {candidate.key for candidate in wanted if candidate.listed_as_story and candidate.kind == "article"}
        )
        return self._frontier.add(self._name, wanted)

    def _recount(self, called: Collection[str]) -> None:
        """A story of a feed may have been fetched, and counted, as a page before the feed was read."""
        late = self._frontier.fetched_as_pages(self._name, called)
        self._tally.stories += late
        self._tally.pages -= late
