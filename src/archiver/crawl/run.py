"""Runs crawls: builds each site's recorder and visitor, starts Scrapy, and closes everything cleanly."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import getproxies

from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings

from archiver import __version__, withdrawals
from archiver.crawl import settings as crawl_settings
from archiver.crawl.loop.page_requisites import Requisites
from archiver.crawl.loop.tools import Tools, politeness_of, spider_of
from archiver.crawl.loop.visitor import Visitor
from archiver.crawl.options import CrawlOptions
from archiver.crawl.recover_frontier import FrontierRecovery
from archiver.crawl.report.cause import cause_of, through_proxy
from archiver.crawl.report.closing_report import CrawlReport, closing_record
from archiver.crawl.report.counts import Before
from archiver.crawl.report.fetchlog import FetchLog
from archiver.crawl.rules.limits import Limits, free_bytes
from archiver.crawl.rules.scope import Scope
from archiver.crawl.wire import scrapy_connections
from archiver.crawl.wire.private_addresses import AddressGuard
from archiver.crawl.wire.recorder import Recorder
from archiver.crawl.wire.render import Renderer
from archiver.crawl.wire.site_access import Access
from archiver.errors import ArchiverError, StorageError
from archiver.fixity.manifest import Manifest
from archiver.frontier import Candidate, Frontier, Kind, Plan
from archiver.layout import Site
from archiver.login import checked_proxy, proxy_of, proxy_used_for, secrets_of
from archiver.spider import ArticleSpider
from archiver.urls import host_of
from archiver.warc import WarcWriter, repair_open_files
from archiver.warc.masking import Masking
from archiver.warc.writer import OnClose


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running crawl."""

    site: str
    fetched: int
    stories: int
    queued: int
    failed: int
    bytes: int


@dataclass(slots=True)
class _SiteCrawl:
    """One site of the run, from its spider to its report."""

    site: Site
    crawl_id: str
    visitor: Visitor
    recorder: Recorder
    log: FetchLog
    memory: FrontierRecovery
    guard: AddressGuard
    started: datetime
    settings: dict[str, Any]
    crawler: Crawler
    before: Before
    resting: dict[str, str]  # until when hosts rest because of an earlier run
    ended: list[datetime] = field(default_factory=list)  # when the site's crawl ended, which others may outlast

    def note_end(self) -> None:
        self.ended.append(datetime.now(UTC))


class CrawlRun:
    """Crawls sites, all in one event loop, into one archive. Use once; the caller holds the archive's lock."""

    def __init__(
        self,
        warc_dir: Path,
        frontier_path: Path,
        log_file: Path,
        options: CrawlOptions,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_note: Callable[[str], None] = lambda _: None,
        on_wait: Callable[[str], None] = lambda _: None,
        on_closed: OnClose = lambda *_: None,
    ) -> None:
        self._warc_dir = warc_dir
        self._options = options
        self._on_progress = on_progress
        self._on_note = on_note
        self._on_wait = on_wait
        self._log_file = log_file
        self._manifest = Manifest(warc_dir.parent)
        self._on_closed = on_closed
        self._frontier = Frontier(frontier_path)
        self._crawls: list[_SiteCrawl] = []
        self._interrupted = False

    def run(self, spiders: Sequence[type[ArticleSpider]]) -> list[CrawlReport]:
        """Crawl until done, limited or interrupted. Raises StorageError only before anything was fetched."""
        try:
            self._check_disk()
            repaired = [done.path for done in repair_open_files(self._warc_dir) if done.path.exists()]
            for entry in self._manifest.enlist(repaired):
                self._on_closed(entry.file, entry.bytes, entry.sha512)
            self._frontier.forget_missing({path.name for path in self._warc_dir.iterdir()})
            scrapy_connections.load()
            process = CrawlerProcess(self._settings(spiders))
            for spider in spiders:
                self._crawls.append(self._prepare(spider, process.create_crawler(spider)))
            for crawl in self._crawls:
                process.crawl(crawl.crawler)
            if self._interrupted:
                self.interrupt()
            process.start(install_signal_handlers=False)
            return [self._conclude(crawl) for crawl in self._crawls]
        finally:
            self._frontier.close()

    # ------------------------------------------------------------------ before

    def _check_disk(self) -> None:
        free = free_bytes(self._warc_dir)
        if free < self._options.min_free:
            wanted = f"--min-free {self._options.min_free / 1e6:,.0f}M"
            raise StorageError(
                f"{self._warc_dir}: {free / 1e6:,.0f} MB free, less than {wanted}",
                "free some space; nothing was fetched",
            )

    def _prepare(self, spider: type[ArticleSpider], crawler: Crawler) -> _SiteCrawl:
        def failed(error: ArchiverError) -> None:
            visitor.fail(error)

        options = self._options
        site = spider.site()
        started = datetime.now(UTC)
        crawl_id = f"{started:%Y%m%d%H%M%S%f}"[:-3] + f"-{site.name}"
        withdrawn = withdrawals.blocked(self._warc_dir.parent)
        reserved = spider.reserved or options.reserved
        scope = Scope(site, spider.follow, spider.deny, options.include, options.exclude, withdrawn, reserved)
        crawler.settings.setdict(self._overrides(), priority="cmdline")
        settings = {key: value for key, value in options.to_json().items() if value not in (None, False)}
        info = self._warcinfo(site, crawl_id, settings)
        writer = WarcWriter(self._warc_dir, site.name, info, on_close=self._manifest.add, on_named=self._on_closed)
        access, guard = _access(spider, site), self._guard(spider, site)
        recorder = Recorder(writer, failed, self._frontier.payloads(site.name), masking=_masking(access))
        log = FetchLog(self._log_file.parent / f"{crawl_id}.jsonl")
        limits = Limits(
            max_pages=min(filter(None, (options.max_pages, spider.max_pages)), default=None),
            max_time=options.max_time,
            min_free=options.min_free,
            folder=self._warc_dir,
        )
        visitor = Visitor(
            self._frontier,
            scope,
            Tools(
                spider=lambda: spider_of(crawler),
                politeness=politeness_of(crawler),
                limits=limits,
                kept=recorder.kept,
                cookies=access.cookies,
                log=log,
                requisites=self._requisites(scope),
                renderer=self._renderer(crawler, recorder),
            ),
            since=options.since,
            follows=not options.exact,
            # A response without a body names no requisites.
            asks_conditionally=not (options.requisites and options.recheck == "all"),
            on_progress=lambda: self._report_progress(visitor),
        )
        tools = {"VISITOR": visitor, "RECORDER": recorder, "ACCESS": access, "GUARD": guard}
        crawler.settings.setdict({f"ARCHIVER_{name}": tool for name, tool in tools.items()}, priority="cmdline")
        resting = self._resting(site, visitor)
        seeds = self._seeds(spider, scope)
        memory = self._memory(spider, scope)
        if not options.exact:
            memory.recall(seeds)
        self._frontier.before_commit.append(recorder.sync)
        if strayed := self._frontier.forget_future(site.name):
            self._on_note(
                f"{site.name}: {strayed} URLs were fetched in the future, with a wrong clock: all are due now"
            )
        had_stories = self._frontier.has_stories(site.name)
        intake = visitor.intake
        plan = Plan(options.recheck, options.since, scope.rules, intake.judge, options.requisites, intake.kind_today)
        resumed = self._frontier.begin(site.name, crawl_id, seeds, plan)
        narrowed = bool(options.exact or options.include or options.exclude or options.since is not None)
        before = Before(had_stories, resumed, narrowed, options.render, options.exact)
        crawl = _SiteCrawl(
            site, crawl_id, visitor, recorder, log, memory, guard, started, settings, crawler, before, resting
        )
        crawler.signals.connect(crawl.note_end, signal=signals.spider_closed, weak=False)
        return crawl

    def _guard(self, spider: type[ArticleSpider], site: Site) -> AddressGuard:
        return AddressGuard(
            {host_of(url) for url in spider.start_urls},
            lambda host: site.covers(f"http://{host}/"),
            allow_private=spider.allow_private,
            # `capture` fetches each given URL each time.
            is_private=None if self._options.exact else self._frontier.is_private(site.name),
        )

    def _resting(self, site: Site, visitor: Visitor) -> dict[str, str]:
        """Respect the Retry-After of earlier runs; returns the time for each host of the site."""
        found: dict[str, str] = {}
        for host, seconds in self._frontier.resting().items():
            visitor.gate.politeness.rest(host, seconds)
            if site.covers(f"http://{host}/"):
                until = datetime.now(UTC) + timedelta(seconds=seconds)
                found[host] = until.isoformat(timespec="seconds")
                self._on_wait(
                    f"{site.name}: {host} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC: waiting"
                )
        return found

    def _memory(self, spider: type[ArticleSpider], scope: Scope) -> FrontierRecovery:
        def visitor(frontier: Frontier) -> Visitor:
            made = spider()
            return Visitor(frontier, scope, Tools(spider=lambda: made, requisites=self._requisites(scope)))

        return FrontierRecovery(self._frontier, scope, self._warc_dir, visitor, self._on_note)

    def _renderer(self, crawler: Crawler, recorder: Recorder) -> Renderer | None:
        if not self._options.render:
            return None
        renderer = Renderer(crawler, recorder)
        crawler.signals.connect(renderer.close, signal=signals.spider_closed, weak=False)
        return renderer

    def _requisites(self, scope: Scope) -> Requisites | None:
        return Requisites(self._frontier, scope, scope.site.name) if self._options.requisites else None

    def _seeds(self, spider: type[ArticleSpider], scope: Scope) -> list[Candidate]:
        kind: Kind = "exact" if self._options.exact else "seed"
        found = (scope.candidate(url, depth=0, found_on=None) for url in spider.start_urls)
        return [Candidate(seed.url, seed.key, kind) for seed in found]

    def _warcinfo(self, site: Site, crawl_id: str, settings: dict[str, Any]) -> dict[str, str]:
        """The WARC contains the site's description, so that an index can be rebuilt without the spider."""
        info = {
            "robots": "classic",
            "http-header-user-agent": self._user_agent(),
            "archiver-crawl": crawl_id,
            "archiver-settings": json.dumps(settings, ensure_ascii=True, sort_keys=True),
        }
        if not self._options.exact:
            info["archiver-site"] = json.dumps(site.to_json(), ensure_ascii=True, sort_keys=True)
        if self._options.operator:
            info["operator"] = self._options.operator
        return info

    def _user_agent(self) -> str:
        if self._options.user_agent:
            return self._options.user_agent
        contact = f" (+{self._options.contact})" if self._options.contact else " (news archiving)"
        return f"archiver/{__version__}{contact}"

    def _settings(self, spiders: Sequence[type[ArticleSpider]]) -> Settings:
        settings = Settings()
        settings.setmodule(crawl_settings, priority="project")
        own = {
            "SPIDER_MODULES": [],  # the spiders are already loaded
            "LOG_FILE": str(self._log_file),
            "ARCHIVER_PROXY_HOSTS": _proxy_hosts(spiders),
        }
        settings.update(own, priority="project")
        return settings

    def _overrides(self) -> dict[str, Any]:
        """The settings of this run, which override a spider's."""
        found: dict[str, Any] = {"USER_AGENT": self._user_agent()}
        found["ARCHIVER_REQUIRE_VALID_TLS"] = self._options.require_valid_tls
        if self._options.delay is not None:
            found["DOWNLOAD_DELAY"] = self._options.delay
        if self._options.concurrency is not None:
            found["CONCURRENT_REQUESTS_PER_DOMAIN"] = self._options.concurrency
            found["CONCURRENT_REQUESTS"] = max(8, self._options.concurrency)
        return found

    # ------------------------------------------------------------------ during

    def interrupt(self) -> None:
        """Complete the requests in flight, save, and end. May be called from a signal handler, and before the crawl
        starts.
        """
        self._interrupted = True
        reactor: Any = sys.modules.get(
            "twisted.internet.reactor"
        )  # importing it would install another reactor than Scrapy's
        for crawl in self._crawls:
            crawl.visitor.stop("interrupted")
        if reactor is not None:
            reactor.callFromThread(self._stop_crawlers)  # wakes the loop

    def _stop_crawlers(self) -> None:
        """An engine that has not started yet finds nothing to do and ends; stopping it would make it hang."""
        for crawl in self._crawls:
            if crawl.crawler.engine is not None and crawl.crawler.engine.running:
                crawl.crawler.stop()

    def _report_progress(self, visitor: Visitor) -> None:
        tally, aside = visitor.tally, visitor.aside
        failed = sum(
            count for reason, count in tally.reasons.items() if reason.startswith(("status_", "timeout", "conn"))
        )
        self._on_progress(
            Progress(
                visitor.name,
                tally.fetched + aside.fetched,
                tally.stories,
                self._frontier.queued(visitor.name),
                failed,
                tally.bytes + aside.bytes,
            )
        )

    # ------------------------------------------------------------------ after

    def _conclude(self, crawl: _SiteCrawl) -> CrawlReport:
        """Make everything durable, write the report to the WARC, and close it."""
        visitor = crawl.visitor
        crawl.log.close()
        try:
            if visitor.error is None:
                if crawl.guard.is_private is not None:
                    self._frontier.note_private(crawl.site.name, crawl.guard.is_private)
                self._frontier.commit()
        except ArchiverError as error:
            visitor.fail(error)
        report = self._report(crawl)
        refusals = self._frontier.refusals(crawl.site.name, crawl.crawl_id) if visitor.error is None else []
        try:
            crawl.recorder.close(crawl.crawl_id, closing_record(report, refusals))
            if visitor.error is None:
                crawl.memory.mark_complete()
                self._frontier.commit()
        except ArchiverError as error:
            visitor.fail(error)
            report = self._report(crawl)
        return report

    def _report(self, crawl: _SiteCrawl) -> CrawlReport:
        visitor, tally, aside = crawl.visitor, crawl.visitor.tally, crawl.visitor.aside
        stop_reason = visitor.stop_reason or ("max_pages" if visitor.pages_ended else "finished")
        finished = crawl.ended[0] if crawl.ended else datetime.now(UTC)
        access = crawl.crawler.settings.get("ARCHIVER_ACCESS")
        failed = tally.failed_seeds[0].url if tally.failed_seeds else None
        proxy = proxy_used_for(failed, access.proxy if access is not None else None) if failed else None
        cause = through_proxy(cause_of(stop_reason, tally, crawl.before), proxy)
        lost = tally.lost_stories(crawl.before)
        return CrawlReport(
            crawl_id=crawl.crawl_id,
            site=crawl.site.name,
            started=crawl.started.isoformat(timespec="seconds"),
            finished=finished.isoformat(timespec="seconds"),
            seconds=round((finished - crawl.started).total_seconds(), 3),
            stop_reason=stop_reason,
            exit_code=int(cause.code) if cause else 0,
            resumed=crawl.before.goes_on,
            fetched=tally.fetched + aside.fetched,
            stories=tally.stories,
            pages=tally.pages,
            bytes=tally.bytes + aside.bytes,
            retries=tally.retries + aside.retries,
            pages_new=tally.pages_new,
            pages_changed=tally.pages_changed,
            pages_unchanged=tally.pages_unchanged,
            pages_gone=tally.pages_gone,
            not_modified=tally.not_modified + aside.not_modified,
            revisits=tally.revisits + aside.revisits,
            walls=tally.walls,
            seed_walls=tally.seed_walls,
            rendered=tally.rendered,
            render_failed=tally.render_failed,
            hosts=dict(sorted((tally.hosts + aside.hosts).items())),
            queued=self._frontier.queued(crawl.site.name),
            reasons=_counted(tally.reasons),
            statuses={str(status): count for status, count in sorted((tally.statuses + aside.statuses).items())},
            robots_statuses={str(status): count for status, count in sorted(tally.robots_statuses.items())},
            settings=crawl.settings,
            requisites=aside.pages,
            requisite_reasons=_counted(aside.reasons),
            resting=crawl.resting,
            error=str(visitor.error) if visitor.error else None,
            had_stories=crawl.before.had_stories,
            article_links=tally.article_links,
            lost_stories=lost[1] if lost else None,
            cause=cause.reason if cause else None,
            cause_detail=cause.detail or None if cause else None,
            missing=[{"url": seed.url, "reason": seed.reason} for seed in tally.failed_seeds]
            if self._options.exact
            else [],
        )


def _counted(reasons: Counter[str]) -> dict[str, int]:
    """Only counters above zero."""
    return {reason: count for reason, count in sorted(reasons.items()) if count}


def _access(spider: type[ArticleSpider], site: Site) -> Access:
    """How to connect to a site. Raises UsageError for a missing secret."""
    return Access(
        site,
        secrets_of(spider.login, os.environ) if spider.login is not None else None,
        # Secrets for start pages with TLS must not be sent in clear text to another page.
        tls_only=any(url.startswith("https:") for url in spider.start_urls),
        proxy=proxy_of(spider.proxy, os.environ) if spider.proxy is not None else None,
    )


def _masking(access: Access) -> Masking | None:
    if access.secrets is None:
        return None
    return Masking(Masking().request_fields | access.secrets.names, values=access.secrets.values)


def _proxy_hosts(spiders: Sequence[type[ArticleSpider]]) -> set[str]:
    """Proxies given by the user, which may have private addresses."""
    named = [proxy_of(spider.proxy, os.environ) for spider in spiders if spider.proxy is not None]
    ours = [checked_proxy(scheme, url) for scheme, url in getproxies().items() if scheme in ("http", "https")]
    return {host_of(address if "://" in address else f"http://{address}") for address in [*named, *ours]}
