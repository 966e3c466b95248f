"""Requisites in the table of URLs: what stories need for replay. A crawl that does not ask for them lets them rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archiver.frontier.store import Store
from archiver.frontier.values import PRIORITY, Candidate

_QUEUE = "UPDATE urls SET state = 'queued', reason = NULL, attempts = 0, not_before = 0, priority = ? "


def begin(store: Store, site: str, *, wanted: bool) -> None:
    """Put aside what an earlier crawl left queued, or take it up again."""
    if wanted:
        store.write(
            f"{_QUEUE} WHERE site = ? AND kind = 'requisite' AND state = 'skipped' AND reason = 'not_asked'",
            PRIORITY["requisite"], site,
        )  # fmt: skip
    else:
        store.write(
            "UPDATE urls SET state = 'skipped', reason = 'not_asked' "
            "WHERE site = ? AND state = 'queued' AND kind = 'requisite'",
            site,
        )


def requeue(store: Store, site: str, now: float) -> None:
    """Queue what is due again."""
    store.write(
        f"{_QUEUE} WHERE site = ? AND kind = 'requisite' AND state != 'queued' AND next_due <= ? "
        "AND (state != 'skipped' OR attempts > 0)",
        PRIORITY["requisite"], site, now,
    )  # fmt: skip


def readmit(store: Store, site: str, candidates: Iterable[Candidate]) -> int:
    """Queue what one page had too many of, and another has not. Returns how many were."""
    return store.many(
        "UPDATE urls SET state = 'queued', reason = NULL WHERE site = ? AND key = ? AND state = 'skipped' "
        "AND reason = 'too_many_requisites'",
        [(site, candidate.key) for candidate in candidates],
    )


def any_queued(store: Store, site: str, in_flight: Collection[int]) -> bool:
    """Whether any waits that isn't in flight, ready now or later."""
    rows = store.execute(
        "SELECT id FROM urls WHERE site = ? AND state = 'queued' AND kind = 'requisite' LIMIT ?",
        (site, len(in_flight) + 1),
    )
    return any(row[0] not in in_flight for row in rows)
