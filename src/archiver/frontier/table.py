"""The table of URLs. It is Scrapy's queue and duplicate filter in one, and survives kill -9 where JOBDIR does not.

- A URL leaves the queue only by `finish`, after the links found on its page were added, in the same transaction. What
  the visit taught (validators, the record that holds the payload, when it is due again) stands in that transaction too.
- `commit` calls the `before_commit` hooks (each recorder's fsync) first. A URL is done on disk only after its capture.

What is in flight is remembered in memory alone: after a crash it is still queued and is simply fetched again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from pathlib import Path
from typing import Self

from archiver.frontier import blocking, requisites, rests, site_rules, tasks
from archiver.frontier import statements as sql
from archiver.frontier.payloads import SitePayloads, forget_missing
from archiver.frontier.spellings import REASON, Spellings, folded_number
from archiver.frontier.store import Store
from archiver.frontier.values import NEW_STORY, PRIORITY, Candidate, Kind, Plan, Refusal, State, Task, Visit

# An interrupted crawl is taken up as it stands; but once it is this old, what was new on the lists comes first again.
_ROUND_SECONDS = 3600.0


class Frontier:
    """The table of one archive, shared by the sites of one run. Not for use from several threads.

    Raises `StorageError` when the disk is full or failing, `DamageError` when the file is no frontier.
    """

    def __init__(self, path: Path, *, window: int = 64) -> None:
        self.clock: Callable[[], float] = time.time
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

    def with_clock(self, clock: Callable[[], float]) -> Self:
        """The same frontier for what happened at other times than now: what is read back from records."""
        view = copy(self)  # all but the clock is shared
        view.clock = clock
        return view

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ filling

    def begin(self, site: str, crawl_id: str, seeds: Iterable[Candidate], plan: Plan = Plan()) -> bool:  # noqa: B008
        """Start a crawl of a site, or take up the one that was interrupted. Returns whether one was taken up.

        A fresh crawl fetches its seeds and the pages that lead to stories again, and of the stories it has those that
        the plan names.
        """
        now = self.clock()
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
            NEW_STORY, now, site, due, plan.since or 0.0,
        )  # fmt: skip
        if plan.requisites:
            requisites.requeue(self._store, site, now)
        self._store.write(
            "INSERT INTO sites (site, began) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET began = excluded.began",
            site, now,
        )  # fmt: skip

    def add(self, site: str, candidates: Collection[Candidate], *, again: bool = False) -> int:
        """Queue what isn't known yet; returns how many were. With `again`, known URLs are queued once more.

        A known story that its sitemap calls changed since it was fetched is queued too, and what was refused as a page
        and is called a story.
        """
        now = self.clock()
        rows: list[tuple[object, ...]] = []
        dated: list[tuple[object, ...]] = []
        candidates = self.spellings.spelt_as_known(site, candidates)
        for c in candidates:
            changed_at = _by_now(c.lastmod, now)
            priority = c.priority or PRIORITY[c.kind]
            row = (site, c.key, c.url, c.kind, priority, c.depth, c.redirects, c.found_on, changed_at, now)
            rows.append((*row, None if c.kind == "requisite" else folded_number(c.key)))
            if changed_at is not None:
                dated.append((changed_at, site, c.key))
        added = self._store.many(sql.ADD_AGAIN if again else sql.ADD, rows)
        if any(c.priority for c in candidates):
            self._windows.pop(site, None)  # what was read ahead comes later
        called = [(site, c.key) for c in candidates if c.called_story and c.kind == "article"]
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
        """Queue what pages need, also what another page or crawl had no room for. Returns how many were queued."""
        added = self.add(site, candidates)
        readmitted = requisites.readmit(self._store, site, candidates)
        if site in self._queued:
            self._queued[site] += readmitted
        return added + readmitted

    def fetches(self, site: str, key: str) -> bool:
        """Whether a URL is fetched, or was."""
        query = "SELECT EXISTS (SELECT 1 FROM urls WHERE site = ? AND key = ? AND state IN ('queued', 'done'))"
        return bool(self._store.count(query, site, key))

    def refuse(self, site: str, candidate: Candidate, reason: str) -> int:
        """Remember a URL that will not be fetched, and why. Returns 1 if it wasn't known, else 0."""
        c, now = candidate, self.clock()
        return self._store.many(
            sql.REFUSE,
            [
                (
                    site, c.key, c.url, c.kind, reason, PRIORITY[c.kind], c.depth, c.redirects, c.found_on,
                    _by_now(c.lastmod, now), now, self._crawl_ids.get(site),
                )
            ],
        )  # fmt: skip

    def withdraw(self, site: str, candidate: Candidate, reason: str) -> int:
        """Fetch a new story after all not, for what was learned of it since. Returns 1, or 0 where it is in flight."""
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
        now = self.clock()
        return self._store.write(
            "UPDATE urls SET state = 'skipped', reason = ?, lastmod = ?, crawl_id = ? WHERE id = ?",
            reason, _by_now(candidate.lastmod, now), self._crawl_ids.get(site), rows[0][0],
        )  # fmt: skip

    def block(self, is_withdrawn: Callable[[str], bool]) -> int:
        """Take the addresses that a person withdrew out of the queue, and queue those that are reinstated. Durable on
        return; returns how many changed."""
        changed = blocking.block(self._store, is_withdrawn) + blocking.unblock(self._store, is_withdrawn)
        self._windows.clear()
        self._queued.clear()
        self.commit()
        return changed

    def erase(self, has_trace: Callable[[str], bool], records: Collection[str], files: Mapping[str, str]) -> None:
        """Forget an erased story, and WARC files that others replace. See `blocking.erase`."""
        blocking.erase(self._store, has_trace, records, files)
        self._windows.clear()
        self._queued.clear()

    # ------------------------------------------------------------------ emptying

    def next(self, site: str) -> Task | None:
        """The next URL to fetch, or None when nothing is ready now. It stays queued on disk until it is finished."""
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
        next_due: float | None = None,
        visit: Visit | None = None,
    ) -> None:
        """The URL reached its end in this crawl; add the links of its page first.

        `next_due`: when a later crawl fetches it again; None: at the next one. What is known of a page stays when a
        visit gave none.
        """
        self._store.write(
            "UPDATE urls SET state = ?, reason = ?, http_status = ?, fetched_at = ?, attempts = attempts + 1, "
            "crawl_id = ?, next_due = ?, kind = CASE kind WHEN 'page' THEN ? ELSE kind END WHERE id = ?",
            state, reason, http_status, self.clock(), self._crawl_ids.get(site), next_due or 0.0, task.kind, task.id,
        )  # fmt: skip
        if visit is not None:
            self.spellings.visited(site, task, visit.content)
            self._store.write(
                "UPDATE urls SET etag = ?, last_modified = ?, content = ?, unchanged = ?, changed = ?, published = ?, "
                "reserved = ?, payload_id = (SELECT id FROM payloads WHERE site = ? AND digest = ?) WHERE id = ?",
                visit.etag, visit.last_modified, visit.content, visit.unchanged, visit.changed, visit.published,
                visit.reserved, site, visit.payload.digest if visit.payload else None, task.id,
            )  # fmt: skip
        self._let_go(site, task, settled=True)

    def turn_down(self, site: str, task: Task, reason: str) -> None:
        """The URL is not fetched, for the rules are others than when it was queued. What is known of it stays; it is
        judged anew when the rules change again."""
        self._store.write(
            "UPDATE urls SET state = 'skipped', reason = ?, attempts = 0, crawl_id = ? WHERE id = ?",
            reason, self._crawl_ids.get(site), task.id,
        )  # fmt: skip
        self._let_go(site, task, settled=True)

    def retry(self, site: str, task: Task, *, reason: str, delay: float) -> None:
        """Fetch the URL again, `delay` seconds from now at the earliest: also one that was settled."""
        self._store.write(
            "UPDATE urls SET state = 'queued', attempts = attempts + 1, reason = ?, not_before = ? WHERE id = ?",
            reason, self.clock() + delay, task.id,
        )  # fmt: skip
        self._let_go(site, task)

    def postpone(self, site: str, task: Task, host: str, seconds: float) -> None:
        """A host is not to be asked for some time: its URLs wait, this one and all that are queued. That is no attempt
        at them."""
        moment = self.clock() + seconds
        self._store.write("UPDATE urls SET not_before = max(not_before, ?) WHERE id = ?", moment, task.id)
        self._let_go(site, task)
        ids = self._waiting(site, host)
        self._store.many("UPDATE urls SET not_before = max(not_before, ?) WHERE id = ?", [(moment, i) for i in ids])

    def rest(self, host: str, seconds: float) -> None:
        """A host asks to be left alone for some time. Durable on return."""
        rests.put(self._store, host, self.clock() + seconds)
        self.commit()

    def resting(self) -> dict[str, float]:
        """Seconds for which hosts are still to be left alone, by what earlier runs were told."""
        return rests.remaining(self._store, self.clock())

    def give_up(self, site: str, host: str, reason: str) -> tuple[int, int]:
        """A host is not asked any more in this crawl: all its queued URLs fail. Returns how many pages and how many
        requisites; the next crawl has them again."""
        waiting = self._waiting(site, host)
        needed = requisites.among(self._store, waiting)
        rows: list[tuple[object, ...]] = [
            (reason, self.clock(), self._crawl_ids.get(site), number) for number in waiting
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
            (site, self.clock(), host, host),
        )
        return [row[0] for row in rows if row[0] not in claimed]

    def respell(self, site: str, task: Task, target: Candidate) -> None:
        """The page answered that its address is spelt otherwise: fetch it by that spelling, soon."""
        self._store.write(
            "UPDATE urls SET url = ?, redirects = ?, etag = NULL, last_modified = NULL WHERE id = ?",
            target.url, target.redirects, task.id,
        )  # fmt: skip
        self._let_go(site, task)

    def commit(self) -> None:
        """Make everything so far durable: captures first, then the table."""
        self._store.commit()

    def rollback(self) -> None:
        """Forget what was not committed: what a crawl does when its captures could not be made durable."""
        self._store.rollback()
        self._queued.clear()

    @property
    def uncommitted(self) -> int:
        """Changes since the last commit."""
        return self._store.dirty

    def close(self) -> None:
        """Close without committing; call `commit` before."""
        self._store.close()

    # ------------------------------------------------------------------ payloads

    def payloads(self, site: str) -> SitePayloads:
        """Which records hold the payloads of a site."""
        return SitePayloads(self._store, site)

    def forget_missing(self, warc_files: Collection[str]) -> int:
        """Forget what stood in WARC files that are no longer there. Returns how many files that were."""
        return forget_missing(self._store, warc_files)

    def is_private(self, site: str) -> bool | None:
        """Whether a site was one of a private network when it was first crawled; None where that is not known."""
        row = self._store.execute("SELECT is_private FROM sites WHERE site = ?", (site,)).fetchone()
        return None if row is None or row[0] is None else bool(row[0])

    def note_private(self, site: str, is_private: bool) -> None:
        """Remember it, if it is not known yet."""
        self._store.write("UPDATE sites SET is_private = ? WHERE site = ? AND is_private IS NULL", is_private, site)

    def unknown_files(self, warc_files: Iterable[str]) -> list[str]:
        """Of these WARC files those that nothing here was learned from."""
        known = {name for (name,) in self._store.execute("SELECT name FROM files")}
        return [name for name in warc_files if name not in known]

    def know_files(self, warc_files: Iterable[str]) -> None:
        """All that stands in these WARC files is known here."""
        self._store.many("INSERT INTO files (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in warc_files])

    def task(self, site: str, key: str) -> Task | None:
        """What is known of a URL, in whatever state it is."""
        self._queued.pop(site, None)  # who finishes what wasn't queued makes the count wrong
        rows = self._store.execute(f"{tasks.KNOWN} WHERE u.site = ? AND u.key = ?", (site, key))
        return next(map(tasks.task_of, rows), None)

    def begins_anew(self, site: str) -> None:
        """Whatever is queued, the next crawl looks at the lists again; unless one is known that did so lately."""
        self._store.write("INSERT INTO sites (site, began) VALUES (?, 0) ON CONFLICT DO NOTHING", site)

    # ------------------------------------------------------------------ asking

    def queued(self, site: str) -> int:
        """URLs still to fetch, those in flight included."""
        if site not in self._queued:
            query = "SELECT count(*) FROM urls WHERE site = ? AND state = 'queued'"
            self._queued[site] = self._store.count(query, site)
        return self._queued[site]

    def has_queued(self, site: str) -> bool:
        """Whether anything is left that isn't in flight, ready now or later."""
        if site in self._only_requisites:
            return requisites.any_queued(self._store, site, self._claimed.get(site, {}))
        return bool(self._windows.get(site)) or self.queued(site) > len(self._claimed.get(site, ()))

    def leads_to_story(self, site: str, keys: Iterable[str]) -> bool:
        """Whether any of these URLs is known for a story's."""
        query = "SELECT EXISTS (SELECT 1 FROM urls WHERE site = ? AND key = ? AND kind = 'article')"
        return any(self._store.count(query, site, key) for key in keys)

    def fetched_as_pages(self, site: str, keys: Iterable[str]) -> int:
        """How many of these URLs this crawl has fetched already, as pages that lead to stories."""
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

    def upcoming(self, site: str, limit: int) -> list[Task]:
        """What would be fetched next, without claiming it."""
        return self._select(site, self.clock(), limit)

    def refusals(self, site: str, crawl_id: str) -> list[Refusal]:
        """URLs that one crawl saw and did not get, with the reason."""
        rows = self._store.execute(
            "SELECT url, coalesce(reason, state), found_on FROM urls "
            "WHERE site = ? AND crawl_id = ? AND state IN ('skipped', 'failed', 'gone') ORDER BY id",
            (site, crawl_id),
        )
        return [Refusal(*row) for row in rows]

    # ------------------------------------------------------------------ tasks

    def _ready(self, site: str) -> list[Task]:
        claimed = self._claimed.setdefault(site, {})
        found = self._select(site, self.clock(), self._window_size + len(claimed))
        return [task for task in found if task.id not in claimed][: self._window_size]

    def _let_go(self, site: str, task: Task, *, settled: bool = False) -> None:
        """The task is no longer in flight; a settled one is no longer queued either."""
        self._claimed.get(site, {}).pop(task.id, None)
        if settled and site in self._queued:
            self._queued[site] -= 1

    def _pages_in_flight(self, site: str) -> bool:
        return any(kind != "requisite" for kind in self._claimed.get(site, {}).values())

    def _select(self, site: str, now: float, limit: int) -> list[Task]:
        query = tasks.REQUISITES if site in self._only_requisites else tasks.QUEUED
        return [tasks.task_of(row) for row in self._store.execute(query, (site, now, limit))]


def _by_now(lastmod: float | None, now: float) -> float | None:
    """Sitemaps name days to come: nothing was changed later than now."""
    return None if lastmod is None else min(lastmod, now)
