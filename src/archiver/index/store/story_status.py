"""Whether a story still exists, judged by the latest responses of its URLs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from archiver.index.schema.connection import Index
from archiver.index.store.surts import spellings, surt_on

Status = Literal["live", "gone"]

# The responses that decide, latest first: a story, another page in its place, an error, a redirect. Walls and server
# errors decide nothing.
_ANSWERS = """
SELECT c.fetched_at, c.warc_record_id, c.id, c.article_id, c.http_status, c.skip_reason, r.target
FROM captures c LEFT JOIN redirects r ON r.capture_id = c.id
WHERE c.surt IN (SELECT value FROM json_each(?)) AND (c.http_status IN (200, 404, 410) OR r.target IS NOT NULL
  OR c.article_id IS NOT NULL)
ORDER BY c.fetched_at DESC, c.warc_record_id DESC, c.id DESC
"""
_NO_LISTS = ("listing", "soft_404", "status_404", "status_410", "not_article_url")


def story_status(db: Index, story_id: int, name: str, mirrors: Mapping[str, str]) -> Status:
    """`gone` if that is the latest evidence from the URL that names the story, or else from any other URL it was
    captured at."""
    rows = db.execute("SELECT DISTINCT surt FROM captures WHERE article_id = ?", (story_id,))
    captured = {surt_on(mirrors, row[0]) for row in rows}
    own = captured | {
        row[0] for row in db.execute("SELECT surt FROM story_addresses WHERE article_id = ?", (story_id,))
    }
    found = _last(db, [name], own, mirrors) or _last(db, sorted(captured - {name}), own, mirrors)
    return found or "live"


def _last(db: Index, addresses: list[str], own: set[str], mirrors: Mapping[str, str]) -> Status | None:
    keys = json.dumps([key for address in addresses for key in spellings(mirrors, address)])
    for *_, story, status, reason, target in db.execute(_ANSWERS, (keys,)):
        if story is not None or (status == 200 and reason != "soft_404"):
            return "live"
        if target is None:
            return "gone"
        leads_to = surt_on(mirrors, target)
        if leads_to not in own and _shows_no_story(db, leads_to, mirrors):
            return "gone"
    return None


def _shows_no_story(db: Index, address: str, mirrors: Mapping[str, str]) -> bool:
    """Whether a URL is a front page, or responded with a list or an error and never with a story."""
    path = address.partition(")")[2]
    if "?" not in path and len(path.strip("/")) <= 2:
        return True
    rows = db.execute(
        "SELECT DISTINCT skip_reason FROM captures WHERE surt IN (SELECT value FROM json_each(?))"
        " AND (http_status IS NULL OR http_status < 429)",
        (json.dumps(spellings(mirrors, address)),),
    ).fetchall()
    reasons = {row[0] for row in rows}
    return bool(reasons) and reasons <= set(_NO_LISTS)
