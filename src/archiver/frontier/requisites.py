"""Page requisites in the table of URLs: what replay of stories needs. A crawl without `--requisites` leaves them
unchanged."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from archiver.frontier.store import Store
from archiver.frontier.values import PRIORITY, Candidate

_QUEUE = "UPDATE urls SET state = 'queued', reason = NULL, attempts = 0, not_before = 0, priority = ? "


def begin(store: Store, site: str, *, wanted: bool) -> None:
    """Queue the requisites that an earlier crawl left, or set them aside if they are not wanted."""
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
    """Queue those that are due again."""
    store.write(
        f"{_QUEUE} WHERE site = ? AND kind = 'requisite' AND state != 'queued' AND next_due <= ? "
        "AND (state != 'skipped' OR attempts > 0)",
        PRIORITY["requisite"], site, now,
    )  # fmt: skip


def readmit(store: Store, site: str, candidates: Iterable[Candidate]) -> int:
    """Queue requisites that were refused because one page had too many, or because of a crawl's budget. Returns their
    number."""
    return store.many(
        "UPDATE urls SET state = 'queued', reason = NULL WHERE site = ? AND key = ? AND state = 'skipped' "
        "AND reason IN ('too_many_requisites', 'requisites_budget')",
        [(site, candidate.key) for candidate in candidates],
    )


def among(store: Store, numbers: Collection[int]) -> int:
    """How many of these rows are requisites."""
    query = "SELECT count(*) FROM urls WHERE kind = 'requisite' AND id IN (SELECT value FROM json_each(?))"
    return store.count(query, json.dumps(list(numbers)))


def any_queued(store: Store, site: str, in_flight: Collection[int]) -> bool:
    """Whether any is queued that isn't in flight, ready now or later."""
    rows = store.execute(
        "SELECT id FROM urls WHERE site = ? AND state = 'queued' AND kind = 'requisite' LIMIT ?",
        (site, len(in_flight) + 1),
    )
    return any(row[0] not in in_flight for row in rows)
