"""The longer SQL statements for the table of URLs."""

from __future__ import annotations

# After this many `lastmod` changes of a sitemap without a changed page they are ignored.
_TRUSTED_UNCHANGED = 3
_BELIEVED = 15  # priority of a story that changed according to its sitemap

ADD = """
INSERT INTO urls (site, key, url, kind, state, priority, depth, redirects, found_on, lastmod, first_seen, folded)
VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key) DO NOTHING
"""
ADD_AGAIN = (
    ADD.removesuffix("NOTHING\n")
    + """UPDATE SET
    state = 'queued', kind = excluded.kind, priority = excluded.priority, reason = NULL, attempts = 0, not_before = 0
"""
)
REFUSE = """
INSERT INTO urls (site, key, url, kind, state, reason, priority, depth, redirects, found_on, lastmod, first_seen,
    crawl_id)
VALUES (?, ?, ?, ?, 'skipped', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key) DO NOTHING
"""
CHANGED_BY_SITEMAP = f"""
UPDATE urls SET lastmod = ?1, state = 'queued', priority = {_BELIEVED}, reason = NULL, attempts = 0, not_before = 0
WHERE site = ?2 AND key = ?3 AND kind = 'article' AND state = 'done' AND fetched_at < ?1
    AND unchanged < {_TRUSTED_UNCHANGED}
"""  # noqa: S608 - constants
# A feed or news sitemap lists a URL found earlier as a link: it is a story of today, re-fetched after an hour.
IS_STORY = """
UPDATE urls SET kind = 'article', priority = max(priority, ?), next_due = max(next_due, coalesce(fetched_at, 0) + 3600)
WHERE site = ? AND key = ? AND kind = 'page'
"""
# Pages refused because of a trap's budget, which a feed or news sitemap now lists as stories.
READMIT_STORY = """
UPDATE urls SET state = 'queued', reason = NULL
WHERE site = ? AND key = ? AND kind = 'page' AND state = 'skipped' AND attempts = 0
"""
# Recent stories before old ones, and all of them after new URLs.
RECHECK_PRIORITY = """
CASE WHEN payload_id IS NULL THEN ?1 WHEN ?2 - coalesce(published, first_seen, 0) < 172800 THEN 8
    WHEN ?2 - coalesce(published, first_seen, 0) < 2592000 THEN 7 ELSE 6 END
"""
