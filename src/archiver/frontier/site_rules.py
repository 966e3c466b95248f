"""The rules of a site, by which its links were judged: where they differ, what was refused is judged anew."""

from __future__ import annotations

from archiver.frontier.store import Store
from archiver.frontier.values import PRIORITY, Candidate, Judge, Plan


def apply(store: Store, site: str, plan: Plan) -> None:
    """Take in that the scope may be another than the last crawl's.

    Where its rules differ, what was refused is judged anew, and lists are fetched without validators, for their links
    that led out of scope were not kept. While they are the same only `before_since` depends on the run.
    """
    if plan.judge is None:
        return
    row = store.execute("SELECT rules FROM sites WHERE site = ?", (site,)).fetchone()
    changed = row is not None and row[0] is not None and row[0] != plan.rules
    _judge_again(store, site, plan.judge, "" if changed else "AND reason = 'before_since'")
    if changed:
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
        candidate, reason = judge(Candidate(url, key, kind, depth, redirects, found_on, lastmod))
        if reason is None:
            admitted.append((candidate.kind, PRIORITY[candidate.kind], number))
    store.many("UPDATE urls SET state = 'queued', reason = NULL, kind = ?, priority = ? WHERE id = ?", admitted)
