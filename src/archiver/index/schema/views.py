"""The views of the index: frequent queries under one name each."""

from __future__ import annotations

from archiver.index.schema.copies import CHAINS, COPIES
from archiver.index.schema.declare import View

# Addresses that a crawl asked for only because sites often have them: no page links to them, and nothing fails without
# them. The crawl's report names the guessed feeds; every crawl asks for robots.txt and tdmrep.json (RFC 9309, TDMRep).
NOT_THERE = """c.http_status BETWEEN 400 AND 499 AND (
  EXISTS (SELECT 1 FROM skipped g WHERE g.url = c.url AND g.crawl_id = c.crawl_id AND g.reason = 'not_there')
  OR c.http_status IN (404, 410) AND (c.url LIKE '%/.well-known/tdmrep.json'
    OR c.url LIKE '%://%/robots.txt' AND c.url NOT LIKE '%://%/%/robots.txt'))"""

VIEWS = (
    View(
        "article_authors",
        "One row per story and author.",
        (("article_id", "The story."), ("position", "0 for the first author."), ("author", "Name.")),
        "SELECT a.id, j.key, j.value FROM articles a, json_each(a.authors) j",
    ),
    View(
        "article_tags",
        "One row per story and tag.",
        (("article_id", "The story."), ("position", "0 for the first tag."), ("tag", "Tag.")),
        "SELECT a.id, j.key, j.value FROM articles a, json_each(a.tags) j",
    ),
    View(
        "articles_per_month",
        "Number of stories of each site in each month; month is NULL for stories without a date.",
        (("site", "The site."), ("month", "YYYY-MM."), ("articles", "Stories."), ("words", "Words in them.")),
        "SELECT site, month, count(*), sum(word_count) FROM articles GROUP BY site, month",
    ),
    View(
        "version_texts",
        "All versions with their texts, including stories without edits, whose text is stored only in `articles`.",
        (
            ("article_id", "The story."),
            ("version", "1, 2, 3 ... in order of capture."),
            ("capture_id", "The first capture that shows this state."),
            ("seen_at", "When that capture was made (UTC): the edit happened before."),
            ("title", "Headline."),
            ("standfirst", "The summary between headline and text; not part of `text`."),
            ("text", "Clean text, with an empty line between blocks."),
            ("text_sha256", "SHA-256 of `text` in UTF-8, hexadecimal."),
            (
                "words_added",
                "Number of words in title and text that the previous version did not have; 0 for the first.",
            ),
            ("words_removed", "Number of words of the previous version that were removed; 0 for the first."),
        ),
        """
SELECT v.article_id, v.version, v.capture_id, v.seen_at, v.title, v.standfirst, coalesce(v.text, a.text),
  v.text_sha256, v.words_added, v.words_removed
FROM versions v JOIN articles a ON a.id = v.article_id""",
    ),
    View(
        "link_urls",
        "The links with their complete URLs.",
        (
            ("article_id", "The story whose page has the link."),
            ("position", "0, 1, 2 ... in page order."),
            ("url", "Its target, as an absolute URL."),
            ("text", "Anchor text."),
            (
                "in_story",
                "1 inside the story's text, before boilerplate of the site is removed; 0 in menus, teasers, footers.",
            ),
        ),
        """
SELECT l.article_id, l.position, o.origin || l.path, l.text, l.in_story
FROM links l JOIN link_origins o ON o.article_id = l.article_id AND o.number = l.origin""",
    ),
    View(
        "block_texts",
        "The blocks with their words.",
        (
            ("article_id", "The story."),
            ("version", "The version of it."),
            ("position", "0, 1, 2 ... in reading order."),
            ("kind", "paragraph, heading, quote, list_item, table, caption or code."),
            ("text", "Its words."),
        ),
        """
SELECT b.article_id, b.version, b.position, b.kind, substr(coalesce(v.text, a.text), b.start, b.length)
FROM blocks b JOIN versions v ON v.article_id = b.article_id AND v.version = b.version
JOIN articles a ON a.id = b.article_id""",
    ),
    View(
        "edits",
        "One row per edit by a site: each version except a story's first, compared with the previous one.",
        (
            ("article_id", "The story."),
            ("url", "Its canonical URL."),
            ("site", "Its site."),
            ("version", "The version that the edit made."),
            ("not_before", "When the previous version was last captured (UTC): the edit happened later."),
            ("seen_at", "When the edit was first captured (UTC)."),
            ("words_added", "Number of words added to title and text."),
            ("words_removed", "Number of words removed."),
            ("title_before", "Headline before the edit."),
            ("title", "Headline after the edit."),
        ),
        """
SELECT v.article_id, a.url, a.site, v.version,
  (SELECT max(c.fetched_at) FROM captures c WHERE c.article_id = v.article_id AND c.fetched_at < v.seen_at),
  v.seen_at, v.words_added, v.words_removed, p.title, v.title
FROM versions v
JOIN versions p ON p.article_id = v.article_id AND p.version = v.version - 1
JOIN articles a ON a.id = v.article_id""",
    ),
    View(
        "coverage",
        "What was captured of each site on each day. The view `gaps` lists the missing days.",
        (
            ("site", "The site."),
            ("day", "Day of capture (UTC)."),
            ("captures", "Records."),
            ("stories", "Distinct stories among them."),
            (
                "failures",
                "Failed records: an error of the site (status 400 or higher), or an incomplete response. Addresses "
                "that the crawler only guessed (`not_there`) are left out.",
            ),
            ("gone", "Failures because the page does not exist (404 and 410)."),
        ),
        f"""
SELECT site, substr(fetched_at, 1, 10), count(*), count(DISTINCT article_id),
  sum(CASE WHEN {NOT_THERE} THEN 0 WHEN http_status >= 400 THEN 1
    ELSE truncated IS NOT NULL AND record_type != 'revisit' END),
  sum(CASE WHEN {NOT_THERE} THEN 0 ELSE coalesce(http_status, 0) IN (404, 410) END)
FROM captures c GROUP BY site, substr(fetched_at, 1, 10)""",  # noqa: S608 - constants
    ),
    View(
        "gaps",
        "Periods in which nothing of a site was captured, between its first and last capture.",
        (
            ("site", "The site."),
            ("first_day", "First day without a capture (UTC)."),
            ("last_day", "Last day without a capture (UTC)."),
            ("days", "Number of days."),
        ),
        """
SELECT site, date(before, '+1 day'), date(day, '-1 day'), CAST(julianday(day) - julianday(before) AS INTEGER) - 1
FROM (SELECT site, day, lag(day) OVER (PARTITION BY site ORDER BY day) AS before
  FROM (SELECT DISTINCT site, substr(fetched_at, 1, 10) AS day FROM captures))
WHERE julianday(day) - julianday(before) > 1""",
    ),
    View(
        "provenance",
        "The WARC record of each version of a story, with its bytes.",
        (
            ("article_id", "The story."),
            ("url", "Its canonical URL."),
            ("version", "The version."),
            ("seen_at", "When it was captured (UTC)."),
            ("captured_url", "The URL that was requested."),
            ("payload_digest", "Digest of the payload."),
            ("warc_file", "The WARC file with the payload."),
            ("warc_offset", "Offset of its gzip member."),
            ("warc_length", "Length of the gzip member in bytes."),
            ("warc_record_id", "WARC-Record-ID."),
        ),
        """
SELECT v.article_id, a.url, v.version, v.seen_at, c.url, c.payload_digest, p.warc_file, p.warc_offset, p.warc_length,
  p.warc_record_id
FROM versions v
JOIN articles a ON a.id = v.article_id
JOIN captures c ON c.id = v.capture_id
JOIN captures p ON p.id = coalesce(c.payload_id, c.id)""",
    ),
    View(
        "failures",
        "Why is a page not among the stories? Every URL without a story, with the reason: one row per "
        "response without a story, and one per URL without a response. That includes pages that are no stories "
        "(`not_article_url`, `not_html`), which are captured and sound, and addresses that the crawler only guessed "
        "(`not_there`). Each crawl adds its own rows; to count pages, count DISTINCT url.",
        (
            ("url", "The URL."),
            ("reason", "The reason: docs/reasons.md explains each."),
            ("detail", "More details, if there are any."),
            ("at", "When (UTC)."),
            ("found_on", "The page that linked to it, for URLs without a response."),
            ("crawl_id", "The crawl."),
            ("capture_id", "The response, if there was one."),
        ),
        f"""
SELECT c.url, CASE WHEN {NOT_THERE} THEN 'not_there' ELSE c.skip_reason END, c.skip_detail, c.fetched_at, NULL,
  c.crawl_id, c.id
FROM captures c WHERE c.skip_reason IS NOT NULL
UNION ALL
SELECT s.url, s.reason, NULL, coalesce(k.finished, k.started), s.found_on, s.crawl_id, NULL
FROM skipped s JOIN crawls k ON k.id = s.crawl_id
LEFT JOIN (SELECT DISTINCT url, crawl_id FROM captures WHERE skip_reason IS NOT NULL) c
  ON c.url = s.url AND c.crawl_id = s.crawl_id WHERE c.url IS NULL""",  # noqa: S608 - constants
    ),
    COPIES,
    CHAINS,
)
