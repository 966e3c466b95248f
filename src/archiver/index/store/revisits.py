"""Revisits: each shows what the capture it refers to shows, whichever of the two was indexed first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Touched, forget_page
from archiver.index.store.identity import identity
from archiver.index.store.surts import host_of_surt

_REVISIT = (
    "SELECT id, payload_surt, payload_digest, refers_to_date, fetched_at, http_status, payload_id, article_id,"
    " canonical_url, skip_reason, skip_detail, suspected, surt, page, url, refers_to_id FROM captures"
)
_PAYLOAD = (
    "SELECT id, fetched_at, http_status, payload_digest, canonical_url, skip_reason, skip_detail, suspected, surt,"
    " page, warc_record_id FROM captures"
)


@dataclass(frozen=True, slots=True)
class _Payload:
    id: int
    fetched_at: str
    http_status: int | None
    payload_digest: str | None
    canonical_url: str
    skip_reason: str | None
    skip_detail: str | None
    suspected: int | None
    surt: str
    page: int
    record_id: str


def resolve_revisits(db: Index, touched: Touched) -> None:
    """Resolve each revisit that is new or touched by a new payload to the capture it refers to, and copy the reason if
    that shows no story."""
    pending: dict[str, list[tuple[Any, ...]]] = {}
    for key in sorted(touched.payload_surts):
        pending[key] = db.execute(f"{_REVISIT} WHERE payload_surt = ? AND record_type = 'revisit'", (key,)).fetchall()
    for revisit_id in sorted(touched.revisits):
        row = db.execute(f"{_REVISIT} WHERE id = ?", (revisit_id,)).fetchone()
        if row is not None and row[1] not in touched.payload_surts:  # None: it was removed again
            pending.setdefault(row[1], []).append(row)
    named = _named(db, {row[15] for revisits in pending.values() for row in revisits if row[15] is not None})
    for key, revisits in pending.items():
        if revisits:
            candidates = _payloads(db, key)
            for row in revisits:
                _resolve(db, row, candidates, touched, named.get(row[15]))


def _named(db: Index, record_ids: set[str]) -> dict[str, _Payload]:
    """The payload records with some IDs. Reads all captures: only revisits without a URL need it, and an index on these
    IDs would cost every archive more than these scans cost the few that have them."""
    found: dict[str, _Payload] = {}
    ordered = sorted(record_ids)
    for batch in (ordered[start : start + 500] for start in range(0, len(ordered), 500)):
        rows = db.execute(
            f"{_PAYLOAD} WHERE warc_record_id IN ({', '.join('?' * len(batch))}) AND record_type != 'revisit'"
            " ORDER BY fetched_at, id",
            batch,
        )
        for row in rows:
            found.setdefault(row[10], _Payload(*row))
    return found


def _payloads(db: Index, key: str) -> list[_Payload]:
    """All full responses of a URL, in order of time."""
    rows = db.execute(
        f"{_PAYLOAD} INDEXED BY captures_payloads WHERE surt = ? AND record_type != 'revisit'"
        " ORDER BY fetched_at, warc_record_id, id",
        (key,),
    )
    return [_Payload(*row) for row in rows]


def _resolve(
    db: Index,
    revisit: tuple[Any, ...],
    candidates: list[_Payload],
    touched: Touched,
    named: _Payload | None,
) -> None:
    revisit_id, _, digest, refers_to_date, fetched_at, status, payload_id, story_id = revisit[:8]
    surt, page, url = revisit[12:15]
    before = (payload_id, *revisit[8:12])
    after: tuple[Any, ...]
    payload = named or _choose(candidates, digest, refers_to_date, fetched_at, status)
    if payload:
        after = (payload.id, payload.canonical_url, payload.skip_reason, payload.skip_detail, payload.suspected)
    else:
        # Not the stored values: they may come from the payload that it had until another copy of that record was read.
        own = identity((), url)[0]
        after = (None, own, "revisit_unresolved", "the capture it refers to is not in the archive", None)
    if before[0] is not None and surt != revisit[1]:
        touched.pages[page] = host_of_surt(surt)  # the payload may now be interpreted differently
    # The payload's page may name another URL than before, even if everything else is the same.
    word = _word_of_payload(db, surt, payload) if payload and payload.skip_reason is None else None
    known = _noted(db, surt, page, revisit_id)
    if before == after and known == word:
        return
    forget_page(db, revisit_id, surt, page, touched)
    db.execute("DELETE FROM capture_pages WHERE capture_id = ?", (revisit_id,))
    if word is not None:
        db.execute(
            "INSERT INTO story_pages (host, page, capture_id, fetched_at, stated_host, stated_page, target, witness,"
            " sign) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (host_of_surt(surt), page, revisit_id, fetched_at, *word),
        )
    touched.addresses.add(surt)
    if before[0] is not None and story_id is not None:  # it showed another payload until now
        touched.stories.add(story_id)
        touched.forced.add(story_id)
    db.execute(
        "UPDATE captures SET payload_id = ?, canonical_url = ?, skip_reason = ?, skip_detail = ?, suspected = ?,"
        " article_id = iif(?3 IS NULL, article_id, NULL) WHERE id = ?",
        (*after, revisit_id),
    )


def _noted(db: Index, surt: str, page: int, capture_id: int) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = db.execute(
        "SELECT stated_host, stated_page, target, witness, sign FROM story_pages"
        " WHERE host = ? AND page = ? AND capture_id = ?",
        (host_of_surt(surt), page, capture_id),
    ).fetchone()
    return row


def _word_of_payload(db: Index, surt: str, payload: _Payload) -> tuple[Any, ...] | None:
    """The statement of a revisit's page about itself: that of its payload, which was captured at the payload's URL."""
    word = _noted(db, payload.surt, payload.page, payload.id)
    if word is None or surt == payload.surt:
        return word
    host, page, target, witness, sign = word
    if target == surt:
        return host, page, None, None, sign
    return (host, page, target, witness, sign) if target else (host, page, payload.surt, "revisit", sign)


def _choose(
    candidates: list[_Payload], digest: str | None, refers_to_date: str | None, fetched_at: str, status: int | None
) -> _Payload | None:
    """The capture that a revisit refers to, from those of the URL in question, in order of time."""
    dated = [found for found in candidates if found.fetched_at == refers_to_date]
    pool = [found for found in candidates if digest and found.payload_digest == digest]
    if not pool and dated:
        return dated[0]
    if not pool and status == 304:
        # "Not modified" without a digest: refers to the last full response that is not a redirect or error.
        pool = [found for found in candidates if found.http_status == 200]
    exact = [found for found in pool if found.fetched_at == refers_to_date]
    earlier = [found for found in pool if found.fetched_at <= fetched_at]
    return next(iter(exact or earlier[-1:] or pool), None)
