"""The views of the index: questions that are asked often, answered in one name."""

from __future__ import annotations

from archiver.index.schema.copies import CHAINS, COPIES
from archiver.index.schema.declare import View

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
        "How many stories each site published in each month; month is NULL for stories without a date.",
        (("site", "The site."), ("month", "YYYY-MM."), ("articles", "Stories."), ("words", "Words in them.")),
        "SELECT site, month, count(*), sum(word_count) FROM articles GROUP BY site, month",
    ),
    View(
        "version_texts",
        "The versions with their texts, also those of stories that were never seen edited, whose text is stored once, "
        "in `articles`.",
        (
            ("article_id", "The story."),
            ("version", "1, 2, 3 ... by time of capture."),
            ("capture_id", "The first capture that shows this state."),
            ("seen_at", "When that capture was made (UTC): the edit is no younger."),
            ("title", "Headline."),
            ("standfirst", "What stands between headline and text and sums it up; no part of `text`."),
            ("text", "Clean text; an empty line between two blocks."),
            ("text_sha256", "SHA-256 of `text` in UTF-8, hexadecimal."),
            ("words_added", "Words in title and text that the version before had not; 0 for the first."),
            ("words_removed", "Words of the version before that are gone; 0 for the first."),
        ),
        """
SELECT v.article_id, v.version, v.capture_id, v.seen_at, v.title, v.standfirst, coalesce(v.text, a.text),
  v.text_sha256, v.words_added, v.words_removed
FROM versions v JOIN articles a ON a.id = v.article_id""",
    ),
    View(
        "link_urls",
        "The links with their whole addresses.",
        (
            ("article_id", "The story whose page holds the link."),
            ("position", "0, 1, 2 ... in page order."),
            ("url", "Where it leads, absolute."),
            ("text", "Anchor text."),
            ("in_story", "1 inside the story's own text, 0 in menus, teasers and footers."),
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
        "One row per edit by a site: each version but a story's first, with what was there before.",
        (
            ("article_id", "The story."),
            ("url", "Its canonical URL."),
            ("site", "Its site."),
            ("version", "The version that the edit made."),
            ("not_before", "When the version before was last captured (UTC): the edit is no older."),
            ("seen_at", "When the edit was first captured (UTC)."),
            ("words_added", "Words in title and text that were not there before."),
            ("words_removed", "Words that are gone."),
            ("title_before", "Headline before."),
            ("title", "Headline after."),
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
        "What was captured of each site on each day. Days that are missing here are in the view `gaps`.",
        (
            ("site", "The site."),
            ("day", "Day of capture (UTC)."),
            ("captures", "Records."),
            ("stories", "Distinct stories among them."),
            ("failures", "Records that are no good: an error of the site (status 400 and up), or an answer cut short."),
            ("gone", "Of the failures, those that say that there is no such page (404 and 410)."),
        ),
        """
SELECT site, substr(fetched_at, 1, 10), count(*), count(DISTINCT article_id),
  sum(coalesce(http_status, 0) >= 400 OR (truncated IS NOT NULL AND record_type != 'revisit')),
  sum(coalesce(http_status, 0) IN (404, 410))
FROM captures GROUP BY site, substr(fetched_at, 1, 10)""",
    ),
    View(
        "gaps",
        "The stretches of days on which nothing of a site was captured, between its first capture and its last: what "
        "the archive can't speak of.",
        (
            ("site", "The site."),
            ("first_day", "First day without a capture (UTC)."),
            ("last_day", "Last day without one."),
            ("days", "How many they are."),
        ),
        """
SELECT site, date(before, '+1 day'), date(day, '-1 day'), CAST(julianday(day) - julianday(before) AS INTEGER) - 1
FROM (SELECT site, day, lag(day) OVER (PARTITION BY site ORDER BY day) AS before
  FROM (SELECT DISTINCT site, substr(fetched_at, 1, 10) AS day FROM captures))
WHERE julianday(day) - julianday(before) > 1""",
    ),
    View(
        "provenance",
        "For each version of a story the WARC record that shows it: where its bytes can be read back.",
        (
            ("article_id", "The story."),
            ("url", "Its canonical URL."),
            ("version", "The version."),
            ("seen_at", "When it was captured (UTC)."),
            ("captured_url", "The URL that was requested."),
            ("payload_digest", "Digest of the payload."),
            ("warc_file", "The WARC file that holds the payload."),
            ("warc_offset", "Where its gzip member begins."),
            ("warc_length", "Bytes of the gzip member."),
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
        "Why is this page not in the archive? Every URL that yields no story, with the reason: one row per answer "
        "without a story and one per URL that a crawl got no answer for. Each crawl adds its own rows: to count pages, "
        "count DISTINCT url.",
        (
            ("url", "The URL."),
            ("reason", "The reason."),
            ("detail", "More about it, where there is more to say."),
            ("at", "When (UTC)."),
            ("found_on", "The page that linked to it, for what a crawl did not get."),
            ("crawl_id", "The crawl."),
            ("capture_id", "The answer, where there was one."),
        ),
        """
SELECT url, skip_reason, skip_detail, fetched_at, NULL, crawl_id, id FROM captures WHERE skip_reason IS NOT NULL
UNION ALL
SELECT s.url, s.reason, NULL, coalesce(k.finished, k.started), s.found_on, s.crawl_id, NULL
FROM skipped s JOIN crawls k ON k.id = s.crawl_id
LEFT JOIN (SELECT DISTINCT url, crawl_id FROM captures WHERE skip_reason IS NOT NULL) c
  ON c.url = s.url AND c.crawl_id = s.crawl_id WHERE c.url IS NULL""",
    ),
    COPIES,
    CHAINS,
)
