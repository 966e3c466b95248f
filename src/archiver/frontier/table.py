"""The table of URLs: queue and duplicate filter in one, which survives kill -9 (unlike Scrapy's JOBDIR).

- A URL leaves the queue only by `finish`, after the links found on its page were added, in the same transaction. The
  results of the visit (validators, the record with the payload, when it is due again) are in that transaction, too.
- `commit` calls the `before_commit` hooks (each recorder's fsync) first. A URL is done on disk only after its capture.

URLs in flight are recorded only in memory: after a crash they are still queued and are fetched again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Self

from archiver.frontier import blocking, requisites, rests, site_rules, tasks, wrong_clock
from archiver.frontier import statements as sql
from archiver.frontier.moments import column_by, column_of, utc_now
from archiver.frontier.payloads import SitePayloads, forget_missing
from archiver.frontier.spellings import REASON, Spellings, folded_number
from archiver.frontier.store import Store
from archiver.frontier.values import NEW_STORY, PRIORITY, Candidate, Kind, Plan, Refusal, State, Task, Visit

# An interrupted crawl is continued; if it is older than this, listing pages are fetched again first.
_ROUND_SECONDS = 3600.0


class Frontier:
    """The table of one archive, shared by the sites of one run. Not for use from several threads.

    Raises `StorageError` if the disk is full or failing, `DamageError` if the file is not a frontier.
    """

    def __init__(self, path: Path, *, window: int = 64) -> None:
        self.clock: Callable[[], datetime] = utc_now
        self._store = Store(path)
        self.before_commit = self._store.before_commit
        self.spellings = Spellings(self._store)
        self._window_size = window
        self._windows: dict[str, deque[Task]] = {}
        self._claimed: dict[str, dict[int, Kind]] = {}  # what is in flight
        self._queued: dict[str, int] = {}  # counted once, then kept: counting a long queue at each page would cost more
        self._crawl_ids: dict[str, str] = {}
        self._plans: dict[str, Plan] = {}
        self._only_requisites: set[str] = set()

    def with_clock(self, clock: Callable[[], datetime]) -> Self:
        """The same frontier with another clock, for responses read from records."""
        view = copy(self)  # all but the clock is shared
        view.clock = clock
        return view

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ filling

    def begin(self, site: str, crawl_id: str, seeds: Iterable[Candidate], plan: Plan = Plan()) -> bool:  # noqa: B008
        """Start a crawl of a site, or continue an interrupted one. Returns whether one is continued.

        A new crawl fetches its seeds and listing pages again, and the known stories selected by the plan.
        """
        now = self._now()
        self._crawl_ids[site] = crawl_id
        self._plans[site] = plan
        self._only_requisites.discard(site)
        requisites.begin(self._store, site, wanted=plan.requisites)
        resumed = self.queued(site) > 0
        row = self._store.execute("SELECT began FROM sites WHERE site = ?", (site,)).fetchone()
        if not resumed or (row and now - (row[0] or 0) > _ROUND_SECONDS):
            self._begin_round(site, plan, now)
        site_rules.apply(self._store, site, plan)
        self.add(site, list(seeds), again=True)
        self._queued.pop(site, None)
        self.commit()
        return resumed

    def _begin_round(self, site: str, plan: Plan, now: float) -> None:
        again = "UPDATE urls SET state = 'queued', reason = NULL, attempts = 0, not_before = 0, priority = "
        due = float("inf") if plan.recheck == "all" else now
        self._store.write(
            f"{again} ?1 WHERE site = ?2 AND kind IN ('seed', 'page') AND state != 'queued' AND next_due <= ?3 "
            "AND (state != 'skipped' OR attempts > 0)",
            PRIORITY["page"], site, due,
        )  # fmt: skip
        # `none` still fetches what was never got: a story that failed the last time is new.
        missing = "AND payload_id IS NULL AND state IN ('failed', 'skipped')" if plan.recheck == "none" else ""
        self._store.write(
            f"{again} {sql.RECHECK_PRIORITY} WHERE site = ?3 AND kind = 'article' AND state != 'queued' "
            "AND next_due <= ?4 AND (state != 'skipped' OR attempts > 0) "
            f"AND coalesce(published, first_seen, ?2) >= ?5 {missing}",
            NEW_STORY, now, site, due, column_of(plan.since) or 0.0,
        )  # fmt: skip
        if plan.requisites:
            requisites.requeue(self._store, site, now)
        self._store.write(
            "INSERT INTO sites (site, began) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET began = excluded.began",
            site, now,
        )  # fmt: skip

    def forget_future(self, site: str) -> int:
        """Make URLs due that a run with a wrong clock fetched in the future. Returns their number."""
        return wrong_clock.forget_future(self._store, site, self._now())

    def add(self, site: str, candidates: Collection[Candidate], *, again: bool = False) -> int:
        """Queue unknown URLs; returns their number. With `again`, known URLs are queued, too. So are known stories that
        their sitemap calls changed, and pages that were refused and are called stories.
        """
        now = self._now()
        rows: list[tuple[object, ...]] = []
        dated: list[tuple[object, ...]] = []
        candidates = self.spellings.spelt_as_known(site, candidates)
        known = set() if again else tasks.known_keys(self._store, site, [c.key for c in candidates])
        for c in candidates:
            changed_at = column_by(c.lastmod, now)
            if changed_at is not None:
                dated.append((changed_at, site, c.key))
            if c.key not in known:
                priority = c.priority or PRIORITY[c.kind]
                row = (site, c.key, c.url, c.kind, priority, c.depth, c.redirects, c.found_on, changed_at, now)
                rows.append((*row, None if c.kind == "requisite" else folded_number(c.key)))
        added = self._store.many(sql.ADD_AGAIN if again else sql.ADD, rows)
        if any(c.priority for c in candidates):  # what was read ahead comes later
            self._windows.pop(site, None)
        called = [(site, c.key) for c in candidates if c.listed_as_story and c.kind == "article"]
        added += self._store.many(sql.READMIT_STORY, called)
        self._store.many(sql.IS_STORY, [(PRIORITY["article"], *url) for url in called])
        if dated and self._plans.get(site, Plan()).recheck != "none":
            added += self._store.many(sql.CHANGED_BY_SITEMAP, dated)
        if again:
            self._queued.pop(site, None)
        elif site in self._queued:
            self._queued[site] += added
        return added

    def add_requisites(self, site: str, candidates: list[Candidate]) -> int:
        """Queue page requisites, also those refused earlier because of a budget. Returns how many were queued."""
        added = self.add(site, candidates)
        readmitted = requisites.readmit(self._store, site, candidates)
        if site in self._queued:
            self._queued[site] += readmitted
        return added + readmitted

    def fetches(self, site: str, key: str) -> bool:
        """Whether a URL is queued or was fetched."""
        query = "SELECT EXISTS (SELECT 1 FROM urls WHERE site = ? AND key = ? AND state IN ('queued', 'done'))"
        return bool(self._store.count(query, site, key))

    def refuse(self, site: str, candidate: Candidate, reason: str) -> int:
        """Record a URL that is not fetched, and why. Returns 1 if it was unknown, otherwise 0."""
        c, now = candidate, self._now()
        return self._store.many(
            sql.REFUSE,
            [
                (
                    site, c.key, c.url, c.kind, reason, PRIORITY[c.kind], c.depth, c.redirects, c.found_on,
                    column_by(c.lastmod, now), now, self._crawl_ids.get(site),
                )
            ],
        )  # fmt: skip

    def withdraw(self, site: str, candidate: Candidate, reason: str) -> int:
        """Withdraw a queued story that should not be fetched after all. Returns 1, or 0 if it is in flight."""
        rows = self._store.execute(
            "SELECT id FROM urls WHERE site = ? AND key = ? AND state = 'queued' AND kind = 'article' "
            "AND fetched_at IS NULL",
            (site, candidate.key),
        ).fetchall()
        if not rows or rows[0][0] in self._claimed.get(site, ()):
            return 0
        self._windows.pop(site, None)
        if site in self._queued:
            self._queued[site] -= 1
        now = self._now()
        return self._store.write(
            "UPDATE urls SET state = 'skipped', reason = ?, lastmod = ?, crawl_id = ? WHERE id = ?",
            reason, column_by(candidate.lastmod, now), self._crawl_ids.get(site), rows[0][0],
        )  # fmt: skip

    def block(self, is_withdrawn: Callable[[str], bool]) -> int:
        """Remove withdrawn URLs from the queue, and queue reinstated ones. Durable on return; returns the number of
        changes.
        """
        changed = blocking.block(self._store, is_withdrawn) + blocking.unblock(self._store, is_withdrawn)
        self._windows.clear()
        self._queued.clear()
        self.commit()
        return changed

    def erase(self, has_trace: Callable[[str], bool], records: Collection[str], files: Mapping[str, str]) -> None:
        """Delete an erased story, and replaced WARC files. See `blocking.erase`."""
        blocking.erase(self._store, has_trace, records, files)
        self._windows.clear()
        self._queued.clear()

    # ------------------------------------------------------------------ emptying

    def next(self, site: str) -> Task | None:
        """The next URL to fetch, or None if none is ready. It stays queued on disk until it is finished."""
        window = self._windows.setdefault(site, deque())
        while window or (ready := self._ready(site)):
            window.extend(() if window else ready)
            if window[0].kind == "requisite" and self._pages_in_flight(site):
                window.clear()  # their links come first
                return None
            task = window.popleft()
            self._claimed.setdefault(site, {})[task.id] = task.kind
            if not self.spellings.is_known_otherwise(site, task):
                return task
            self.finish(site, task, "skipped", reason=REASON)
        return None

    def only_requisites(self, site: str) -> None:
        """Hand out no more pages in this crawl: they stay queued for the next one."""
        if site not in self._only_requisites:
            self._only_requisites.add(site)
            self._windows.pop(site, None)

    def finish(
        self,
        site: str,
        task: Task,
        state: State,
        *,
        reason: str | None = None,
        http_status: int | None = None,
        next_due: datetime | None = None,
        visit: Visit | None = None,
    ) -> None:
        """Settle a URL for this crawl; add the links of its page first.

        `next_due`: when a later crawl re-fetches it; None: the next one. Without a `visit`, what is known of the page
        is kept.
        """
        self._store.write(
            "UPDATE urls SET state = ?, reason = ?, http_status = ?, fetched_at = ?, attempts = attempts + 1, "
            "crawl_id = ?, next_due = ?, kind = CASE kind WHEN 'page' THEN ? ELSE kind END WHERE id = ?",
            state, reason, http_status, self._now(), self._crawl_ids.get(site), column_of(next_due) or 0.0, task.kind,
            task.id,
        )  # fmt: skip
        if visit is not None:
            self.spellings.visited(site, task, visit.content)
            self._store.write(
                "UPDATE urls SET etag = ?, last_modified = ?, content = ?, unchanged = ?, changed = ?, published = ?, "
                "reserved = ?, payload_id = (SELECT id FROM payloads WHERE site = ? AND digest = ?) WHERE id = ?",
                visit.etag, visit.last_modified, visit.content, visit.unchanged, visit.changed,
                column_of(visit.published), visit.reserved, site, visit.payload.digest if visit.payload else None,
                task.id,
            )  # fmt: skip
        self._release(site, task, settled=True)

    def disallow(self, site: str, task: Task, reason: str) -> None:
        """The URL is not fetched, because the rules changed. It is judged again if they change again."""
        self._store.write(
            "UPDATE urls SET state = 'skipped', reason = ?, attempts = 0, crawl_id = ? WHERE id = ?",
            reason, self._crawl_ids.get(site), task.id,
        )  # fmt: skip
        self._release(site, task, settled=True)

    def retry(self, site: str, task: Task, *, reason: str, delay: float) -> None:
        """Fetch the URL again, at the earliest in `delay` seconds, even if it was settled."""
        self._store.write(
            "UPDATE urls SET state = 'queued', attempts = attempts + 1, reason = ?, not_before = ? WHERE id = ?",
            reason, self._now() + delay, task.id,
        )  # fmt: skip
        self._release(site, task)

    def postpone(self, site: str, task: Task, host: str, seconds: float) -> None:
        """A host rests: this URL and all its queued ones wait, without counting an attempt."""
        moment = self._now() + seconds
        self._store.write("UPDATE urls SET not_before = max(not_before, ?) WHERE id = ?", moment, task.id)
        self._release(site, task)
        ids = self._waiting(site, host)
        self._store.many("UPDATE urls SET not_before = max(not_before, ?) WHERE id = ?", [(moment, i) for i in ids])

    def rest(self, host: str, seconds: float) -> None:
        """Record a host's Retry-After. Durable on return."""
        rests.put(self._store, host, self._now() + seconds)
        self.commit()

    def resting(self) -> dict[str, float]:
        """Remaining seconds of the Retry-After of hosts, from earlier runs."""
        return rests.remaining(self._store, self._now())

    def give_up(self, site: str, host: str, reason: str) -> tuple[int, int]:
        """A host is given up for this crawl: all its queued URLs fail until the next crawl. Returns the number of pages
        and of requisites.
        """
        waiting = self._waiting(site, host)
        needed = requisites.among(self._store, waiting)
        rows: list[tuple[object, ...]] = [
            (reason, self._now(), self._crawl_ids.get(site), number) for number in waiting
        ]
        self._store.many(
            "UPDATE urls SET state = 'failed', reason = ?, fetched_at = ?, attempts = attempts + 1, crawl_id = ?, "
            "next_due = 0 WHERE id = ?",
            rows,
        )
        self._queued.pop(site, None)
        return len(rows) - needed, needed

    def _waiting(self, site: str, host: str) -> list[int]:
        """The queued URLs of a host that are not in flight. What was read ahead is read again."""
        self._windows.pop(site, None)
        claimed = self._claimed.get(site, {})
        rows = self._store.execute(
            "SELECT id FROM urls WHERE site = ? AND state = 'queued' AND not_before <= ? "
            "AND (url LIKE 'http%://' || ? || '/%' OR url LIKE 'http%://' || ? || ':%')",
            (site, self._now(), host, host),
        )
        return [row[0] for row in rows if row[0] not in claimed]

    def respell(self, site: str, task: Task, target: Candidate) -> None:
        """The server redirected to another spelling of the URL: fetch that one soon."""
        self._store.write(
            "UPDATE urls SET url = ?, redirects = ?, etag = NULL, last_modified = NULL WHERE id = ?",
            target.url, target.redirects, task.id,
        )  # fmt: skip
        self._release(site, task)

    def commit(self) -> None:
        """Make everything so far durable: captures first, then the table."""
        self._store.commit()

    def rollback(self) -> None:
        """Discard uncommitted changes, because their captures could not be made durable."""
        self._store.rollback()
        self._queued.clear()

    @property
    def uncommitted(self) -> int:
        """Changes since the last commit."""
        return self._store.dirty

    def close(self) -> None:
        """Close without committing; call `commit` before."""
        self._store.close()

    def payloads(self, site: str) -> SitePayloads:
        """The records with the payloads of a site."""
        return SitePayloads(self._store, site)

    def forget_missing(self, warc_files: Collection[str]) -> int:
        """Delete what refers to missing WARC files. Returns the number of these files."""
        return forget_missing(self._store, warc_files)

    def is_private(self, site: str) -> bool | None:
        """Whether a site was in a private network when it was first crawled; None if unknown."""
        row = self._store.execute("SELECT is_private FROM sites WHERE site = ?", (site,)).fetchone()
        return None if row is None or row[0] is None else bool(row[0])

    def note_private(self, site: str, is_private: bool) -> None:
        """Remember it, if it is not known yet."""
        self._store.write("UPDATE sites SET is_private = ? WHERE site = ? AND is_private IS NULL", is_private, site)

    def unknown_files(self, warc_files: Iterable[str]) -> list[str]:
        """Those of these WARC files that the frontier has not read."""
        known = {name for (name,) in self._store.execute("SELECT name FROM files")}
        return [name for name in warc_files if name not in known]

    def add_complete_files(self, warc_files: Iterable[str]) -> None:
        """Record that these WARC files were read completely."""
        self._store.many("INSERT INTO files (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in warc_files])

    def task(self, site: str, key: str) -> Task | None:
        """The task of a known URL, in any state."""
        self._queued.pop(site, None)  # who finishes what wasn't queued makes the count wrong
        rows = self._store.execute(f"{tasks.KNOWN} WHERE u.site = ? AND u.key = ?", (site, key))
        return next(map(tasks.task_of, rows), None)

    def refetch_listings(self, site: str) -> None:
        """Make the next crawl re-fetch listing pages, unless they were fetched recently."""
        self._store.write("INSERT INTO sites (site, began) VALUES (?, 0) ON CONFLICT DO NOTHING", site)

    # ------------------------------------------------------------------ asking

    def queued(self, site: str) -> int:
        """The number of URLs still to fetch, including those in flight."""
        if site not in self._queued:
            query = "SELECT count(*) FROM urls WHERE site = ? AND state = 'queued'"
            self._queued[site] = self._store.count(query, site)
        return self._queued[site]

    def has_queued(self, site: str) -> bool:
        """Whether any URL that is not in flight is left, ready now or later."""
        if site in self._only_requisites:
            return requisites.any_queued(self._store, site, self._claimed.get(site, {}))
        return bool(self._windows.get(site)) or self.queued(site) > len(self._claimed.get(site, ()))

    def knows_story(self, site: str, keys: Iterable[str]) -> bool:
        """Whether any of these URLs is known as a story."""
        query = "SELECT EXISTS (SELECT 1 FROM urls WHERE site = ? AND key = ? AND kind = 'article')"
        return any(self._store.count(query, site, key) for key in keys)

    def fetched_as_pages(self, site: str, keys: Iterable[str]) -> int:
        """How many of these URLs this crawl has already fetched as listing pages."""
        query = (
            "SELECT count(*) FROM urls WHERE site = ? AND key = ? AND kind = 'page' AND state = 'done' "
            "AND reason IS NULL AND crawl_id IS ?"
        )
        return sum(self._store.count(query, site, key, self._crawl_ids.get(site)) for key in keys)

    def has_stories(self, site: str) -> bool:
        """Whether earlier crawls got story pages of this site."""
        # Also where later crawls failed to get them again: what is known of a page stays.
        query = (
            "SELECT EXISTS (SELECT 1 FROM urls WHERE site = ? AND kind = 'article' AND (content IS NOT NULL OR "
            "(state = 'done' AND coalesce(http_status, 200) IN (200, 304) AND fetched_at > 0)))"
        )
        return bool(self._store.count(query, site))

    def refusals(self, site: str, crawl_id: str) -> list[Refusal]:
        """The URLs that a crawl found but did not fetch, with the reasons."""
        rows = self._store.execute(
            "SELECT url, coalesce(reason, state), found_on FROM urls "
            "WHERE site = ? AND crawl_id = ? AND state IN ('skipped', 'failed', 'gone') ORDER BY id",
            (site, crawl_id),
        )
        return [Refusal(*row) for row in rows]

    def _ready(self, site: str) -> list[Task]:
        claimed = self._claimed.setdefault(site, {})
        found = self._select(site, self._now(), self._window_size + len(claimed))
        return [task for task in found if task.id not in claimed][: self._window_size]

    def _release(self, site: str, task: Task, *, settled: bool = False) -> None:
        """The task is no longer in flight; a settled one is no longer queued either."""
        self._claimed.get(site, {}).pop(task.id, None)
        if settled and site in self._queued:
            self._queued[site] -= 1

    def _pages_in_flight(self, site: str) -> bool:
        return any(kind != "requisite" for kind in self._claimed.get(site, {}).values())

    def _now(self) -> float:
        return column_of(self.clock())

    def _select(self, site: str, now: float, limit: int) -> list[Task]:
        query = tasks.REQUISITES if site in self._only_requisites else tasks.QUEUED
        return [tasks.task_of(row) for row in self._store.execute(query, (site, now, limit))]
