"""The stories that a crawl changed: new, edited and removed ones, from the index."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from archiver.index.schema.connection import Index


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """Stories of one crawl. `seen` are all stories shown by its captures."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    seen: int = 0


_VERSIONS = """
SELECT c.crawl_id, sum(v.version = 1), count(DISTINCT CASE WHEN v.version > 1 THEN v.article_id END)
FROM versions v JOIN captures c ON c.id = v.capture_id WHERE c.crawl_id IS NOT NULL AND (?1 IS NULL OR c.crawl_id = ?1)
GROUP BY c.crawl_id
"""
_SEEN = """
SELECT crawl_id, count(DISTINCT article_id) FROM captures
WHERE article_id IS NOT NULL AND crawl_id IS NOT NULL AND (?1 IS NULL OR crawl_id = ?1) GROUP BY crawl_id
"""
# Removed in this crawl: the previous response was a page.
_GONE = """
WITH missing AS (
  SELECT crawl_id, surt, min(fetched_at) AS at FROM captures
  WHERE http_status IN (404, 410) AND crawl_id IS NOT NULL AND (?1 IS NULL OR crawl_id = ?1) GROUP BY crawl_id, surt
)
SELECT m.crawl_id, count(*) FROM missing m
WHERE EXISTS (SELECT 1 FROM captures s WHERE s.surt = m.surt AND s.article_id IS NOT NULL) AND (
  SELECT p.http_status FROM captures p
  WHERE p.surt = m.surt AND p.fetched_at < m.at AND p.http_status IN (200, 304, 404, 410)
  ORDER BY p.fetched_at DESC LIMIT 1
) IN (200, 304)
GROUP BY m.crawl_id
"""


def story_changes(db: Index, crawl_id: str | None = None) -> dict[str, StoryChanges]:
    """Changes by crawl, for one or for all in the index. A crawl without changes may be missing."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, new, changed in db.execute(_VERSIONS, (crawl_id,)):
        counts[name] |= {"new": new, "changed": changed}
    for name, seen in db.execute(_SEEN, (crawl_id,)):
        counts[name]["seen"] = seen
    for name, gone in db.execute(_GONE, (crawl_id,)):
        counts[name]["gone"] = gone
    return {name: StoryChanges(**found) for name, found in counts.items()}


def crawl_rows(db: Index) -> list[dict[str, object]]:
    """The table `crawls` in chronological order, also for crawls without a report and archives without reports/."""
    cursor = db.execute("SELECT * FROM crawls ORDER BY started, id")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
