"""The tables of the index. Their names and columns are a contract for users' queries.

Every row except those of `searches` and `annotations` is a pure function of the set of records in the WARCs and of
people's decisions. IDs are hashes, not counters, so an index built in pieces equals one built in one go.
"""

from __future__ import annotations

from archiver.index.schema.address_tables import (
    CAPTURE_PAGES,
    FORMER_IDS,
    HOST_PAIRS,
    HOST_RULES,
    HOST_VERDICTS,
    HOSTS,
    PAGE_CLAIMS,
    PAGE_TURNS,
    REDIRECTS,
    RESERVATIONS,
    STORY_ADDRESSES,
    STORY_PAGES,
    TEXT_COPIES,
)
from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table
from archiver.index.schema.keeping_tables import RESERVED_PAGES, SITE_POLICIES, SITE_RULES, TDM_RULES
from archiver.index.schema.learned_tables import BOILERPLATE, LESSONS, SIGHTINGS, VERDICTS
from archiver.index.schema.likeness import AGENCIES, BLOCK_MARKS, NEW_MARKS
from archiver.index.schema.warc_tables import DAMAGE, PASSED_OVER, WARCS
from archiver.index.schema.withdrawal_tables import WITHDRAWN, WITHHELD, WITHHELD_LINKS
from archiver.model import SKIP_REASONS

# Deferred: a batch writes captures, stories and translations in any order; they are checked at commit. Each referring
# column has an index (a test checks it), because SQLite searches the referring tables at each insert while a reference
# is unresolved. Internal tables of a story have no foreign keys: an index would cost more than the check is worth.
_STORY = "INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

ARTICLES = Table(
    "articles",
    "One row per story, with its latest text, however many URLs and edits it had. Listings and other "
    "pages have no rows. Full-text search over it is `articles_fts`.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Permanent ID of the story: a hash of `surt`, the same after a rebuild."),
        Col("surt", "TEXT NOT NULL",
          "The SURT (sort-friendly form) of the URL, without scheme and in lower case; `id` is its hash. If the "
          "URLs of several stories differ only in letter case, the one captured first has this form, and the others "
          "have their exact URL and a `#`."),
        Col("url", "TEXT NOT NULL",
          "The canonical URL of the story, with mirror hosts replaced by the canonical host. Its other URLs are in "
          "`story_addresses`."),
        Col("site", "TEXT NOT NULL", "Name of the site that covers the URL, otherwise its host without `www.`."),
        Col("section", "TEXT", "Section of the site, as stated by the page."),
        Col("title", "TEXT NOT NULL", "Headline."),
        Col("description", "TEXT", "The page's own summary."),
        Col("text", "TEXT NOT NULL", "Clean text, with an empty line between blocks."),
        Col("language", "TEXT", "ISO 639-1 code, detected from the text."),
        Col("translation_of", _STORY,
          "The story that this one translates: each page declares the other as its version in another language, or "
          "the site uses one ID for both (`shared_ids`). The one with the earlier `date` is the original (a known "
          "date counts as earlier than an unknown one); on the same day the one with the smaller `surt`. NULL for "
          "originals."),
        Col("authors", "TEXT NOT NULL", "JSON array of names; see the view `article_authors`."),
        Col("tags", "TEXT NOT NULL", "JSON array; see the view `article_tags`."),
        Col("date_published", "TEXT", "ISO 8601: a date, or a time with its UTC offset if the page states one."),
        Col("date_published_source", "TEXT", "Where that date was found: layout, json-ld, meta, time, url, text."),
        Col("date_published_raw", "TEXT", "The date as written on the page."),
        Col("date_modified", "TEXT", "ISO 8601, as stated by the page."),
        Col("date", "TEXT", "Day of `date_published` (YYYY-MM-DD), in the page's own time zone. NULL if unknown."),
        Col("month", "TEXT", "Month of `date` (YYYY-MM)."),
        Col("year", "INTEGER", "Year of `date`."),
        Col("image_url", "TEXT", "Lead image; NULL if there is none."),
        Col("is_accessible_for_free", "INTEGER",
          "1 or 0 as declared by the page (schema.org); NULL if it doesn't declare it."),
        Col("page_type", "TEXT NOT NULL", "story, listing, video, live or other."),
        Col("word_count", "INTEGER NOT NULL",
          "Number of words in `text`, separated by white space; for Chinese and Japanese the number of characters."),
        Col("text_sha256", "TEXT NOT NULL", "SHA-256 of `text` in UTF-8, hexadecimal."),
        Col("versions", "INTEGER NOT NULL", "Number of known versions; 1 for a story without an observed edit."),
        Col("first_seen", "TEXT NOT NULL", "When it was first captured (UTC)."),
        Col("last_seen", "TEXT NOT NULL", "When it was last captured, changed or not (UTC)."),
        Col("last_changed", "TEXT NOT NULL", "When its current version was first seen (UTC)."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('live', 'gone'))",
          "`gone` if its URL returned 404 or 410, an error page, or a redirect to the front page or a "
          "listing after `last_seen`; otherwise `live`."),
        Col("extractor", "TEXT NOT NULL", "Program and version that extracted the text from the page."),
        Col("capture_id", "INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED",
          "The capture from which text and metadata were extracted."),
        Col("standfirst", "TEXT", "The summary between headline and text; not part of `text`."),
    ),
    key=("id",),
    indexes=(
        "UNIQUE INDEX articles_surt ON articles(surt)",
        "INDEX articles_date ON articles(date)",
        "INDEX articles_site ON articles(site, date)",
        "INDEX articles_language ON articles(language, date)",
        # Searches filter, sort and count by these without reading the stories, which fill many pages each.
        "INDEX articles_facets ON articles(id, date, site, language, section, month, year, status, versions)",
        "INDEX articles_translation ON articles(translation_of) WHERE translation_of IS NOT NULL",
        "INDEX articles_capture ON articles(capture_id)",
    ),
)  # fmt: skip

CAPTURES = Table(
    "captures",
    "One row per WARC record with the content of a URL: response, revisit, resource and conversion records.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Permanent ID: a hash of record ID, URL, date and digest."),
        Col("article_id", _STORY, "The story it shows; NULL if it shows none, with the reason in `skip_reason`."),
        Col("crawl_id", "TEXT REFERENCES crawls(id) DEFERRABLE INITIALLY DEFERRED",
          "The crawl that made it, from the WARC's warcinfo record; NULL if there is none."),
        Col("site", "TEXT NOT NULL", "Site of the URL, as in `articles.site`."),
        Col("url", "TEXT NOT NULL", "WARC-Target-URI, as requested."),
        Col("canonical_url", "TEXT NOT NULL",
          "The URL that the page claims as its own, otherwise its URL in canonical form."),
        Col("surt", "TEXT NOT NULL",
          "The SURT (sort-friendly form) of the requested URL, with its letter case, and with mirror hosts replaced "
          "according to the spider's rule."),
        Col("page", "INTEGER NOT NULL",
          "Hash of registered domain, port, path and query, ignoring letter case, repeated slashes and the order of "
          "parameters: equal for URLs that may be the same page, on any host of the domain."),
        Col("redirect_url", "TEXT", "For a redirect: its target, as an absolute URL."),
        Col("fetched_at", "TEXT NOT NULL", "WARC-Date (UTC)."),
        Col("http_status", "INTEGER", "Status of the response; NULL for resource records."),
        Col("mime", "TEXT", "Media type as declared, lower case, without parameters."),
        Col("payload_digest", "TEXT", "WARC-Payload-Digest: equal digests mean equal payloads."),
        Col("record_type", "TEXT NOT NULL", "response, revisit (payload in an earlier record), resource, conversion."),
        Col("payload_id", "INTEGER", "For a revisit: the capture that has its payload; NULL until that is indexed."),
        Col("refers_to_url", "TEXT", "For a revisit: URL of the capture that has its payload."),
        Col("refers_to_date", "TEXT", "For a revisit: when that capture was made (UTC)."),
        Col("warc_file", "TEXT NOT NULL", "Name of the WARC file; an absolute path for one outside the archive."),
        Col("warc_offset", "INTEGER NOT NULL", "Offset of its gzip member in the file."),
        Col("warc_length", "INTEGER NOT NULL", "Length of the gzip member in bytes."),
        Col("warc_record_id", "TEXT NOT NULL",
          "WARC-Record-ID. A record that is in two files has one row, for the first by file name and offset."),
        Col("ip", "TEXT", "IP address of the server; NULL if a proxy was used."),
        Col("truncated", "TEXT", "WARC-Truncated: why it is incomplete (length, time, disconnect, unspecified)."),
        Col("skip_reason", "TEXT",
          f"Why it is not a story: {', '.join(f'`{code}` ({why})' for code, why in SKIP_REASONS.items())}."),
        Col("skip_detail", "TEXT", "More details for people, if there are any."),
        Col("payload_surt", "TEXT NOT NULL", "`surt` of the capture with the payload: its own, except for a revisit."),
        Col("warc_position", "INTEGER",
          "NULL if any program that reads WARC can read the record at `warc_offset`. Otherwise only archiver can, "
          "and this is the position of the record in the decompressed data from that offset: in a member with "
          "several records, in a zstd frame, or for a record in segments."),
        Col("refers_to_id", "TEXT",
          "For a revisit that names no URL: WARC-Record-ID of the capture that has its payload."),
        Col("cdx_key", "TEXT",
          "Key of the URL in CDX indexes, if it can't be derived from `surt` (dot segments, sessions); NULL for "
          "almost all."),
        Col("suspected", "INTEGER", "1 if a skipped page is probably a story; otherwise NULL."),
        Col("certificate", "TEXT",
          "Whether the server's certificate was valid, according to the authorities trusted by the crawling "
          "machine: `verified`, or the problem. NULL without TLS, and for WARC files that don't state it."),
    ),
    key=("id",),
    indexes=(
        "INDEX captures_days ON captures(site, fetched_at, http_status)",  # coverage and gaps without reading rows
        "INDEX captures_cdx_key ON captures(cdx_key, fetched_at) WHERE cdx_key IS NOT NULL",
        "INDEX captures_refers_to ON captures(refers_to_id) WHERE refers_to_id IS NOT NULL",
        "INDEX captures_article ON captures(article_id, fetched_at) WHERE article_id IS NOT NULL",
        "INDEX captures_surt ON captures(surt, fetched_at)",
        "INDEX captures_page ON captures(page, fetched_at)",
        "INDEX captures_payloads ON captures(surt, fetched_at) WHERE record_type != 'revisit'",
        "INDEX captures_revisits ON captures(payload_surt) WHERE record_type = 'revisit'",
        "INDEX captures_skips ON captures(skip_reason) WHERE skip_reason IS NOT NULL",
        "INDEX captures_crawl ON captures(crawl_id) WHERE crawl_id IS NOT NULL",
    ),
)  # fmt: skip

VERSIONS = Table(
    "versions",
    "One row per state of a story's title, standfirst and text, including the first, in the order of "
    "capture. A new version is an edit by the site: changes of other metadata, a better extractor or "
    "learned boilerplate make no version.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("version", "INTEGER NOT NULL", "1, 2, 3 ... in order of capture."),
        Col("capture_id", "INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED",
          "The first capture that shows this state."),
        Col("seen_at", "TEXT NOT NULL", "When that capture was made (UTC): the edit happened before."),
        Col("title", "TEXT NOT NULL", "Headline."),
        Col("text", "TEXT",
          "Clean text, with an empty line between blocks. NULL for the only version of a story without edits, whose "
          "text is in `articles.text`, so that it is stored once. The view `version_texts` has the text of all "
          "versions."),
        Col("text_sha256", "TEXT NOT NULL", "SHA-256 of the text in UTF-8, hexadecimal."),
        Col("words_added", "INTEGER NOT NULL",
          "Number of words in title and text that the previous version did not have; 0 for the first."),
        Col("words_removed", "INTEGER NOT NULL",
          "Number of words of the previous version that were removed; 0 for the first."),
        Col("standfirst", "TEXT", "The summary between headline and text; not part of `text`."),
    ),
    key=("article_id", "version"),
    constraints=("PRIMARY KEY (article_id, version)",),
    indexes=("INDEX versions_seen ON versions(seen_at)", "INDEX versions_capture ON versions(capture_id)"),
)  # fmt: skip

BLOCKS = Table(
    "blocks",
    "The blocks of each version's text, in reading order. The words of a block are "
    "`substr(version_texts.text, start, length)`.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("version", "INTEGER NOT NULL", "The version of it."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in reading order."),
        Col("kind", "TEXT NOT NULL", "paragraph, heading, quote, list_item, table, caption or code."),
        Col("level", "INTEGER NOT NULL", "1-6 for headings, otherwise 0."),
        Col("start", "INTEGER NOT NULL", "Position of its first character in the version's text, counted from 1."),
        Col("length", "INTEGER NOT NULL", "Its length in characters."),
        Col("link_density", "REAL NOT NULL", "Share of characters inside links."),
        Col("place", "INTEGER NOT NULL",
          "Hash of the tags and classes around it: equal for blocks in the same place on their pages."),
        Col("hash", "INTEGER NOT NULL",
          "Hash of its words, ignoring case and spacing: equal blocks have equal hashes."),
    ),
    key=("article_id", "version", "position"),
    constraints=("PRIMARY KEY (article_id, version, position)",),
    without_rowid=True,
)  # fmt: skip

REMOVED_BLOCKS = Table(
    "removed_blocks",
    "Blocks of the page that were removed from the story's text, with the rule that removed them.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("version", "INTEGER NOT NULL", "The version of it."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in the order of removal."),
        Col("kind", "TEXT NOT NULL", "As in `blocks`."),
        Col("text", "TEXT NOT NULL", "Its words."),
        Col("reason", "TEXT NOT NULL", "title_repeated, cut_lead, caption, player, ad_label, date_list, "
          "other_stories, prompt, link_only, standfirst, hidden, struck_out, layout, boilerplate."),
        Col("path", "TEXT NOT NULL", "Tags and classes around it, outermost first: `article.node/div.body/p`."),
    ),
    key=("article_id", "version", "position"),
    constraints=("PRIMARY KEY (article_id, version, position)",),
    without_rowid=True,
)  # fmt: skip

LINKS = Table(
    "links",
    "The links on each story's page, from its latest capture. The view `link_urls` has their complete URLs.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story whose page has the link."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in page order."),
        Col("origin", "INTEGER NOT NULL", "Scheme and host of its target: `number` in `link_origins`."),
        Col("path", "TEXT NOT NULL", "The rest of its target URL: path, query and fragment."),
        Col("text", "TEXT NOT NULL", "Anchor text."),
        Col("in_story", "INTEGER NOT NULL",
          "1 inside the story's text, before boilerplate of the site is removed; 0 in menus, teasers and footers."),
    ),
    key=("article_id", "position"),
    constraints=("PRIMARY KEY (article_id, position)",),
    without_rowid=True,
)  # fmt: skip

LINK_ORIGINS = Table(
    "link_origins",
    "The schemes and hosts that each story's page links to, each once. They are two fifths of the bytes of all URLs.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story whose page has the links."),
        Col("number", "INTEGER NOT NULL", "0, 1, 2 ... in page order; `links.origin` refers to it."),
        Col("origin", "TEXT NOT NULL", "Scheme, host and port: `https://www.example.com`; empty for an address without "
          "a host."),
    ),
    key=("article_id", "number"),
    constraints=("PRIMARY KEY (article_id, number)",),
    without_rowid=True,
)  # fmt: skip

IMAGES = Table(
    "images",
    "The images of each story, the lead image first, from its latest capture.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("position", "INTEGER NOT NULL", "0 for the lead image."),
        Col("url", "TEXT", "URL of the image; NULL for a caption whose image the page does not name."),
        Col("caption", "TEXT", "Caption."),
        Col("credit", "TEXT", "Photographer or agency."),
        Col("alt", "TEXT", "Alternative text."),
    ),
    key=("article_id", "position"),
    constraints=("PRIMARY KEY (article_id, position)",),
    without_rowid=True,
)

ALTERNATES = Table(
    "alternates",
    "The versions in other languages that each story's page declares (hreflang), in the archive or not.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("language", "TEXT NOT NULL", "Language as declared."),
        Col("url", "TEXT NOT NULL", "Its URL in canonical form."),
        Col(
            "other_id",
            "INTEGER NOT NULL",
            "`articles.id` of that URL, if the archive has it, or `former_ids.old_id` if it is another URL of a story.",
        ),
    ),
    key=("article_id", "language", "url"),
    constraints=("PRIMARY KEY (article_id, language, url)",),
    indexes=("INDEX alternates_other ON alternates(other_id)",),
    without_rowid=True,
)

SHARED_IDS = Table(
    "shared_ids",
    "The ID that a site may use for a story in all its languages. Stories of a site that share it, "
    "each in a different language, are translations, like stories that declare each other.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("shared_id", "TEXT NOT NULL", "`link` and the number in its short link, or `url` and a number in its URL."),
    ),
    key=("article_id",),
    constraints=("PRIMARY KEY (article_id)",),
    indexes=("INDEX shared_ids_id ON shared_ids(shared_id)",),
    without_rowid=True,
)

CRAWLS = Table(
    "crawls",
    "One row per crawl recorded in the WARC files, from its warcinfo records and its final report.",
    (
        Col(
            "id", "TEXT PRIMARY KEY", "The crawl's ID; for WARC files of other programs the record ID of the warcinfo."
        ),
        Col("site", "TEXT", "Name of the site."),
        Col("started", "TEXT NOT NULL", "When it began (UTC)."),
        Col(
            "finished",
            "TEXT",
            "When it ended (UTC); NULL for a crawl without a report, which is still running or was killed.",
        ),
        Col("software", "TEXT", "Program that wrote the WARC files."),
        Col("operator", "TEXT", "Who ran it."),
        Col("robots", "TEXT", "Robots policy."),
        Col("user_agent", "TEXT", "Its User-Agent."),
        Col("settings", "TEXT", "JSON object of the options used."),
        Col("stop_reason", "TEXT", "Why it ended: finished, page_limit, time_limit, interrupted, storage, ..."),
        Col("exit_code", "INTEGER", "As docs/exit-codes.md lists them."),
        Col("fetched", "INTEGER", "Number of responses recorded."),
        Col(
            "stories", "INTEGER", "Story pages fetched, as judged during the crawl. `articles` has the actual stories."
        ),
        Col("pages", "INTEGER", "Other pages fetched: listings, feeds, sitemaps."),
        Col("bytes", "INTEGER", "Bytes received."),
        Col("retries", "INTEGER", "Fetches repeated."),
        Col("queued", "INTEGER", "URLs left for the next run."),
        Col("reasons", "TEXT", "JSON object: number of URLs for each reason."),
        Col("statuses", "TEXT", "JSON object: number of responses for each HTTP status."),
        Col("error", "TEXT", "The error that stopped it, if any."),
    ),
    key=("id",),
    without_rowid=True,
)

SKIPPED = Table(
    "skipped",
    "URLs that a crawl found but did not fetch, with the reason. Failures after a response are in "
    "`captures.skip_reason`; the view `failures` has both.",
    (
        Col("crawl_id", "TEXT NOT NULL REFERENCES crawls(id) DEFERRABLE INITIALLY DEFERRED", "The crawl."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in the crawl's report."),
        Col("url", "TEXT NOT NULL", "The URL."),
        Col("reason", "TEXT NOT NULL", "robots, scope, trap_deep, timeout, ..."),
        Col("found_on", "TEXT", "The page that linked to it."),
    ),
    key=("crawl_id", "position"),
    constraints=("PRIMARY KEY (crawl_id, position)",),
    indexes=("INDEX skipped_url ON skipped(url)",),
    without_rowid=True,
)

SEARCHES = Table(
    "searches",
    "Saved searches (`archiver search --save NAME`), from archive/decisions.jsonl.",
    (
        Col("name", "TEXT PRIMARY KEY", "Its name."),
        Col("query", "TEXT NOT NULL", "Query and filters, JSON."),
        Col("saved_at", "TEXT NOT NULL", "When it was saved (UTC)."),
    ),
    key=("name",),
    without_rowid=True,
)

ANNOTATIONS = Table(
    "annotations",
    "Users' own annotations (`archiver annotate FILE`), from archive/annotations.jsonl.",
    (
        Col("article_id", "INTEGER NOT NULL", "The story, as in `articles.id`."),
        Col("version", "INTEGER NOT NULL", "The annotated version; 0 for the whole story."),
        Col("name", "TEXT NOT NULL", "Name of the annotation: topic, person, stance, ..."),
        Col("value", "TEXT NOT NULL", "Its value; JSON for lists and objects."),
    ),
    key=("article_id", "version", "name", "value"),
    constraints=("PRIMARY KEY (article_id, version, name, value)",),
    indexes=("INDEX annotations_name ON annotations(name, value)",),
    without_rowid=True,
)

STEMMER = Table(
    "stemmer",
    "The version of the rules with which `articles_fts` and `word_forms` were made: one row.",
    (Col("version", "TEXT PRIMARY KEY", "Their version."),),
    key=("version",),
    without_rowid=True,
    internal=True,
)

EXTRACTIONS = Table(
    "extractions",
    "The extraction of each capture that shows a story, from which stories and versions are computed. Data in the "
    "story's own rows is not repeated here.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED", "The capture."),
        Col("state", "INTEGER NOT NULL", "Hash of title and text: two captures of a story that differ in it show an "
          "edit."),
        Col("surroundings", "INTEGER NOT NULL", "Hash of links, images and alternates."),
        Col("extractor", "TEXT NOT NULL", "As in `articles`."),
        Col("article", "BLOB NOT NULL", "The article as JSON, compressed with zlib."),
        Col("story_id", "INTEGER", "The story whose `articles.text`, `links` and `images` are those of this "
          "capture, too; NULL if `article` contains them."),
    ),
    key=("capture_id",),
    internal=True,
)  # fmt: skip

CRAWL_RECORDS = Table(
    "crawl_records",
    "The records that `crawls` is computed from: warcinfo, and the metadata record that closes a crawl.",
    (
        Col("record_id", "TEXT PRIMARY KEY", "WARC-Record-ID."),
        Col("warc_file", "TEXT NOT NULL", "As in `captures`."),
        Col("crawl_id", "TEXT NOT NULL", "As in `crawls`."),
        Col("kind", "TEXT NOT NULL CHECK (kind IN ('warcinfo', 'crawl'))", "Which of the two."),
        Col("date", "TEXT NOT NULL", "WARC-Date (UTC)."),
        Col("fields", "BLOB NOT NULL", "Its fields as a JSON object, compressed with zlib."),
    ),
    key=("record_id",),
    indexes=("INDEX crawl_records_crawl ON crawl_records(crawl_id)",),
    internal=True,
)

TABLES = (
    ARTICLES, CAPTURES, VERSIONS, BLOCKS, REMOVED_BLOCKS, BOILERPLATE, LINKS, LINK_ORIGINS, IMAGES, ALTERNATES,
    SHARED_IDS, HOSTS, STORY_ADDRESSES, PAGE_CLAIMS, FORMER_IDS, STORY_PAGES, TEXT_COPIES, REDIRECTS, PAGE_TURNS,
    CAPTURE_PAGES, RESERVATIONS, TDM_RULES, SITE_POLICIES, RESERVED_PAGES, SITE_RULES,
    HOST_PAIRS, HOST_RULES, HOST_VERDICTS, WARCS, DAMAGE, PASSED_OVER, WITHDRAWN, WITHHELD, WITHHELD_LINKS,
    AGENCIES, BLOCK_MARKS, NEW_MARKS, CRAWLS, SKIPPED, SEARCHES, ANNOTATIONS, STEMMER, EXTRACTIONS, CRAWL_RECORDS,
    SIGHTINGS, LESSONS, VERDICTS,
)  # fmt: skip
