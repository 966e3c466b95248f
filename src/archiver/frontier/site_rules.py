"""The rules by which a site's links were judged: if they change, refused URLs are judged again."""

from __future__ import annotations

from archiver.frontier.moments import moment_of
from archiver.frontier.store import Store
from archiver.frontier.values import PRIORITY, Candidate, Judge, Plan, Sort


def apply(store: Store, site: str, plan: Plan) -> None:
    """Apply a scope that may differ from the last crawl's.

    If its rules differ, refused URLs are judged again, known ones get the kind that they have now, and listing pages
    are fetched without validators, because their links out of scope were not stored. If they are the same, only
    `before_since` depends on the run.
    """
    if plan.judge is None:
        return
    row = store.execute("SELECT rules FROM sites WHERE site = ?", (site,)).fetchone()
    changed = row is not None and row[0] is not None and row[0] != plan.rules
    _judge_again(store, site, plan.judge, "" if changed else "AND reason = 'before_since'")
    if changed:
        if plan.sort is not None:
            _sort_again(store, site, plan.sort)
        store.write(
            "UPDATE urls SET etag = NULL, last_modified = NULL, next_due = 0 "
            "WHERE site = ? AND kind IN ('seed', 'page')",
            site,
        )
    store.write(
        "INSERT INTO sites (site, rules) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET rules = excluded.rules",
        site,
        plan.rules,
    )


def _judge_again(store: Store, site: str, judge: Judge, which: str) -> None:
    rows = store.execute(
        "SELECT id, url, key, kind, depth, redirects, found_on, lastmod FROM urls "  # noqa: S608 - constants
        f"WHERE site = ? AND state = 'skipped' AND attempts = 0 {which}",
        (site,),
    ).fetchall()
    admitted: list[tuple[object, ...]] = []
    for number, url, key, kind, depth, redirects, found_on, lastmod in rows:
        candidate, reason = judge(Candidate(url, key, kind, depth, redirects, found_on, moment_of(lastmod)))
        if reason is None:
            admitted.append((candidate.kind, PRIORITY[candidate.kind], number))
    store.many("UPDATE urls SET state = 'queued', reason = NULL, kind = ?, priority = ? WHERE id = ?", admitted)


def _sort_again(store: Store, site: str, sort: Sort) -> None:
    rows = store.execute("SELECT id, url, kind FROM urls WHERE site = ? AND kind IN ('page', 'article')", (site,))
    sorted_now = ((sort(url, kind), kind, number) for number, url, kind in rows)
    moved = [(now, PRIORITY[now], number) for now, before, number in sorted_now if now != before]
    store.many("UPDATE urls SET kind = ?, priority = ? WHERE id = ?", moved)
