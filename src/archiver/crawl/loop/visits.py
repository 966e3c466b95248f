"""What is recorded about a URL after a successful response, and how and when it is requested again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Any

from scrapy.http import Response

from archiver.crawl.report.counts import Tally
from archiver.crawl.rules import recheck
from archiver.crawl.signs.reserved_sign import directives_in
from archiver.crawl.wire.fields import all_fields, header
from archiver.crawl.wire.request_purpose import RequestPurpose
from archiver.frontier import State, Task, Visit
from archiver.keeping import is_reserved
from archiver.model import Kept, TdmRule
from archiver.timestamps import http_date

_READ_FOR_WORDS = 2 * 2**20
_NEVER = Visit(None)


def visit_of(
    task: Task, response: Response, kept: Kept | None, tally: Tally, tdm_rules: Sequence[TdmRule] = ()
) -> Visit:
    """Compare a response with what is known, count it, and return the new state. `tdm_rules` are those of the host's
    tdmrep.json.
    """
    visit = _compared(task, response, kept, tally)
    asked = is_reserved(directives_in(all_fields(response), response.body), tdm_rules, task.url)
    before = response.status == 304 and task.known is not None and task.known.reserved
    return replace(visit, reserved=asked or before) if asked or before else visit


def _compared(task: Task, response: Response, kept: Kept | None, tally: Tally) -> Visit:
    known = task.known
    is_list = task.kind in ("seed", "page")
    tally.lists_read += is_list
    validators = header(response, "ETag"), header(response, "Last-Modified")
    published = stated_date(task.url, None) or task.lastmod or http_date(validators[1])
    if response.status == 304 and known is not None:
        tally.not_modified += 1
        tally.lists_not_modified += is_list
        tally.pages_unchanged += not is_list
        etag, last_modified = validators[0] or known.etag, validators[1] or known.last_modified
        return Visit(
            known.payload, etag, last_modified, known.content, known.unchanged + 1, known.changed, known.published
        )
    payload = kept.payload if kept else None
    content = None
    if task.kind == "article":
        content = _words_of(response)
        tally.note_words(content.hex())
    if payload is None:
        validators = None, None  # a 304 would have nothing to refer to
    if known is None:
        tally.pages_new += not is_list
        return Visit(payload, *validators, content, published=published)
    # A page rendered by scripts may always have the same few lines of HTML: its words decide.
    as_sent = "rendered" not in response.flags
    identical = as_sent and payload is not None and known.payload is not None and payload.digest == known.payload.digest
    same = identical or (content is not None and content == known.content)
    if not is_list:
        tally.pages_unchanged += same
        tally.pages_changed += not same
    unchanged, changed = (known.unchanged + 1, known.changed) if same else (0, known.changed + 1)
    return Visit(payload, *validators, content, unchanged, changed, published)


def note_words(response: Response, tally: Tally) -> None:
    """Record a response that is a wall in place of a story."""
    tally.note_words(_words_of(response).hex())


def _words_of(response: Response) -> bytes:
    return recheck.words_of(response.body[:_READ_FOR_WORDS])


def conditional(task: Task, *, ask: bool) -> dict[str, Any]:
    """Header fields and meta of a request: conditional if the archive has the last response. Never conditional when
    `ask` is false: unchanged HTML says nothing about what its scripts render.
    """
    purpose, known, headers = RequestPurpose(task), task.known, {}
    if ask and known is not None and known.payload is not None and (known.etag or known.last_modified):
        purpose = RequestPurpose(task, known.payload)
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
    meta = {"handle_httpstatus_all": True, "dont_redirect": True, "dont_retry": True}
    return {"meta": meta | purpose.in_meta(), "headers": headers}


def due(task: Task, state: State, reason: str | None, visit: Visit | None, now: datetime) -> datetime | None:
    """When the URL is re-fetched, from `recheck.next_due`."""
    history = visit or task.known or _NEVER
    published = history.published or stated_date(task.url, None)
    first_seen = task.known.first_seen if task.known else now
    age = (now - min(published or first_seen, now)).total_seconds()
    return recheck.next_due(now, task.key, task.kind, state, reason=reason, age=age, depth=task.depth, history=history)


def stated_date(url: str, lastmod: datetime | None) -> datetime | None:
    """The latest date that a sitemap, otherwise the URL, allows for a story; None if neither has one."""
    return min(_end_of_day(lastmod), datetime.now(UTC)) if lastmod else recheck.latest_date(url)


def _end_of_day(lastmod: datetime) -> datetime:
    """The latest moment that a sitemap's date can mean.

    A date without a time is read as midnight and means the whole day.
    """
    stated = lastmod.time() != time()
    return lastmod if stated or lastmod.year == MAXYEAR else lastmod + timedelta(days=1, microseconds=-1)
