"""The tables of the index. Their names and columns are a contract for researchers' queries.

Every row but those of `searches` and `annotations` is a pure function of the set of records in the WARCs and of what
people decided: ids are hashes and nothing is counted, so an index built in pieces and one built at once are equal.
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
from archiver.index.schema.keeping_tables import RESERVED_PAGES, SITE_POLICIES, TDM_RULES
from archiver.index.schema.learned_tables import BLOCK_USES, BOILERPLATE, LESSONS, SIGHTINGS, VERDICTS
from archiver.index.schema.likeness import AGENCIES, BLOCK_MARKS
from archiver.index.schema.warc_tables import DAMAGE, PASSED_OVER, WARCS
from archiver.index.schema.withdrawal_tables import WITHDRAWN, WITHHELD

# Deferred: a batch writes captures, stories and translations in any order; all is checked at commit. While a reference
# is open, SQLite searches every referring table at each insert into the table referred to, so each referring column has
# an index of its own (a test checks it). The internal tables whose rows come and go with a story's have no such keys:
# an index would cost more than the check is worth.
_STORY = "INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

ARTICLES = Table(
    "articles",
    "One row per story, whatever addresses and edits it went through, with its latest text. Listings and other pages "
    "have none. Full-text search over it is `articles_fts`.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Stable number of the story: a hash of `surt`, the same after a rebuild."),
        Col("surt", "TEXT NOT NULL", "What `id` is a hash of: the address in sort-friendly form, without scheme and "
          "letter case. Of several stories that share it (addresses that differ in case alone), the one that was "
          "captured first has it; the others have their exact address and a `#`."),
        Col("url", "TEXT NOT NULL", "The address that names the story, mirror hosts replaced by the site's own. Its "
          "other addresses are in `story_addresses`."),
        Col("site", "TEXT NOT NULL", "Name of the site that covers the URL, else its host without `www.`."),
        Col("section", "TEXT", "Section of the site, as the page names it."),
        Col("title", "TEXT NOT NULL", "Headline."),
        Col("description", "TEXT", "Summary that the page gives of itself."),
        Col("text", "TEXT NOT NULL", "Clean text; an empty line between two blocks."),
        Col("language", "TEXT", "ISO 639-1 code, judged by the text."),
        Col("translation_of", _STORY, "The story that this one translates: each names the other as one in another "
          "language, or the site knows both by one number (`shared_ids`). The one with the earlier `date` is the "
          "original (a known date comes before an unknown); on the same day the one with the smaller `surt`. NULL for "
          "originals."),
        Col("authors", "TEXT NOT NULL", "JSON array of names; see the view `article_authors`."),
        Col("tags", "TEXT NOT NULL", "JSON array; see the view `article_tags`."),
        Col("date_published", "TEXT", "ISO 8601: a day, or a moment with its offset where the page gives one."),
        Col("date_published_source", "TEXT", "Where that date was found: layout, json-ld, meta, time, url, text."),
        Col("date_published_raw", "TEXT", "The date as the page writes it."),
        Col("date_modified", "TEXT", "ISO 8601, as the page states it."),
        Col("date", "TEXT", "Day of `date_published` (YYYY-MM-DD), by the page's own clock. NULL where unknown."),
        Col("month", "TEXT", "Month of `date` (YYYY-MM)."),
        Col("year", "INTEGER", "Year of `date`."),
        Col("image_url", "TEXT", "Lead image."),
        Col("is_accessible_for_free", "INTEGER", "1 or 0 as the page declares it (schema.org); NULL where it doesn't."),
        Col("page_type", "TEXT NOT NULL", "story, listing, video, live or other."),
        Col("word_count", "INTEGER NOT NULL", "Words of `text`, by white space; in Chinese and Japanese by character."),
        Col("text_sha256", "TEXT NOT NULL", "SHA-256 of `text` in UTF-8, hexadecimal."),
        Col("versions", "INTEGER NOT NULL", "How many versions are known; 1 for a story that was never seen edited."),
        Col("first_seen", "TEXT NOT NULL", "When it was first captured (UTC)."),
        Col("last_seen", "TEXT NOT NULL", "When it was last captured, changed or not (UTC)."),
        Col("last_changed", "TEXT NOT NULL", "When its current version was first seen (UTC)."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('live', 'gone'))",
          "`gone` when its address answered 404 or 410, with an error page, or by a redirect to the front page or a "
          "list after `last_seen`, else `live`."),
        Col("extractor", "TEXT NOT NULL", "Program and version that made the text out of the page."),
        Col("capture_id", "INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED",
          "The capture whose payload the text and the metadata were read from."),
        Col("standfirst", "TEXT", "What stands between headline and text and sums it up; no part of `text`."),
    ),
    key=("id",),
    indexes=(
        "UNIQUE INDEX articles_surt ON articles(surt)",
        "INDEX articles_date ON articles(date)",
        "INDEX articles_site ON articles(site, date)",
        "INDEX articles_language ON articles(language, date)",
        # What searches filter, order and count by, so that they needn't read the stories: those fill many pages each.
        "INDEX articles_facets ON articles(id, date, site, language, section, month, year, status, versions)",
        "INDEX articles_translation ON articles(translation_of) WHERE translation_of IS NOT NULL",
        "INDEX articles_capture ON articles(capture_id)",
    ),
)  # fmt: skip

CAPTURES = Table(
    "captures",
    "One row per WARC record that says what a URL answered: response, revisit and resource records.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Stable number: a hash of record id, URL, date and digest."),
        Col("article_id", _STORY, "The story it shows; NULL where it shows none, and then `skip_reason` says why."),
        Col("crawl_id", "TEXT REFERENCES crawls(id) DEFERRABLE INITIALLY DEFERRED",
          "The crawl that made it, by the WARC's warcinfo; NULL in a WARC without one."),
        Col("site", "TEXT NOT NULL", "Site of the URL, as in `articles.site`."),
        Col("url", "TEXT NOT NULL", "WARC-Target-URI, as it was requested."),
        Col("canonical_url", "TEXT NOT NULL", "What the page says its address is, else its URL in canonical form."),
        Col("surt", "TEXT NOT NULL", "The requested URL in sort-friendly form, letter case kept, mirror hosts by a "
          "spider's rule replaced."),
        Col("page", "INTEGER NOT NULL", "Hash of registered domain, port, path and query, without letter case, doubled "
          "slashes and order of parameters: equal for addresses that may be one page's, on any host of the domain."),
        Col("redirect_url", "TEXT", "Of a redirect: where it leads, absolute."),
        Col("fetched_at", "TEXT NOT NULL", "WARC-Date (UTC)."),
        Col("http_status", "INTEGER", "Status of the answer; NULL for resource records."),
        Col("mime", "TEXT", "Media type as declared, lower case, without parameters."),
        Col("payload_digest", "TEXT", "WARC-Payload-Digest: equal digests, equal payloads."),
        Col("record_type", "TEXT NOT NULL", "response, revisit (payload in an earlier record), resource, conversion."),
        Col("payload_id", "INTEGER", "Of a revisit: the capture that holds its payload; NULL until that is indexed."),
        Col("refers_to_url", "TEXT", "Of a revisit: URL of the capture that holds its payload."),
        Col("refers_to_date", "TEXT", "Of a revisit: when that capture was made (UTC)."),
        Col("warc_file", "TEXT NOT NULL", "Name of the WARC file; an absolute path for one outside the archive."),
        Col("warc_offset", "INTEGER NOT NULL", "Where its gzip member begins in the file."),
        Col("warc_length", "INTEGER NOT NULL", "Bytes of the gzip member."),
        Col("warc_record_id", "TEXT NOT NULL", "WARC-Record-ID. A record that stands in two files has one row, for the "
          "first by file name and offset."),
        Col("ip", "TEXT", "Address of the server; NULL behind a proxy."),
        Col("truncated", "TEXT", "WARC-Truncated: why the answer was cut (length, time, disconnect, unspecified)."),
        Col("skip_reason", "TEXT", "Why it yields no story: status_404, not_html, listing, too_short, ..."),
        Col("skip_detail", "TEXT", "The same for people, where there is more to say."),
        Col("payload_surt", "TEXT NOT NULL", "`surt` of the URL whose capture holds the payload: its own but for a "
          "revisit."),
        Col("warc_position", "INTEGER", "NULL: any program that reads WARC finds the record at `warc_offset`. Else "
          "only archiver does, and this is where it begins in what is unpacked from there: in a member with several "
          "records, in a zstd frame, or of a record in segments."),
        Col("refers_to_id", "TEXT", "Of a revisit that names no URL: WARC-Record-ID of the capture that holds its "
          "payload."),
        Col("cdx_key", "TEXT", "Key of the URL in CDX indexes, where its `surt` is none that other addresses with this "
          "key lead to (dot segments, sessions); NULL for almost all."),
        Col("suspected", "INTEGER", "1 where a page that was skipped came near being a story; else NULL."),
        Col("certificate", "TEXT", "Whether the server's certificate held, by the authorities that the crawling "
          "machine trusted: `verified`, or why not. NULL without TLS, and in WARC files that don't state it."),
    ),
    key=("id",),
    indexes=(
        "INDEX captures_days ON captures(site, fetched_at, http_status)",  # coverage and gaps without the rows
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
    "One row per state of a story's title, standfirst and text, the first included, in the order of their capture. A "
    "version is an edit by the site: other metadata, a better extractor or learned boilerplate make none.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("version", "INTEGER NOT NULL", "1, 2, 3 ... by time of capture."),
        Col("capture_id", "INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED",
          "The first capture that shows this state."),
        Col("seen_at", "TEXT NOT NULL", "When that capture was made (UTC): the edit is no younger."),
        Col("title", "TEXT NOT NULL", "Headline."),
        Col("text", "TEXT", "Clean text; an empty line between two blocks. NULL for the only version of a story whose "
          "text is `articles.text`, so that it is stored once; of a story with edits all versions have theirs. The "
          "view `version_texts` has it for all."),
        Col("text_sha256", "TEXT NOT NULL", "SHA-256 of the text in UTF-8, hexadecimal."),
        Col("words_added", "INTEGER NOT NULL", "Words in title and text that the version before had not; 0 for the "
          "first."),
        Col("words_removed", "INTEGER NOT NULL", "Words of the version before that are gone; 0 for the first."),
        Col("standfirst", "TEXT", "What stands between headline and text and sums it up; no part of `text`."),
    ),
    key=("article_id", "version"),
    constraints=("PRIMARY KEY (article_id, version)",),
    indexes=("INDEX versions_seen ON versions(seen_at)", "INDEX versions_capture ON versions(capture_id)"),
)  # fmt: skip

BLOCKS = Table(
    "blocks",
    "The blocks that each version's text is made of, in reading order. A block's words are "
    "`substr(version_texts.text, start, length)`.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("version", "INTEGER NOT NULL", "The version of it."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in reading order."),
        Col("kind", "TEXT NOT NULL", "paragraph, heading, quote, list_item, table, caption or code."),
        Col("level", "INTEGER NOT NULL", "1-6 for headings, else 0."),
        Col("start", "INTEGER NOT NULL", "Its first character in the version's text, counted from 1."),
        Col("length", "INTEGER NOT NULL", "Its length in characters."),
        Col("link_density", "REAL NOT NULL", "Characters inside links over all characters."),
        Col("place", "INTEGER NOT NULL", "Hash of the tags and classes around it: equal for blocks that stand alike."),
        Col("hash", "INTEGER NOT NULL", "Hash of its words without case and spacing: equal blocks, equal hashes."),
    ),
    key=("article_id", "version", "position"),
    constraints=("PRIMARY KEY (article_id, version, position)",),
    without_rowid=True,
)  # fmt: skip

REMOVED_BLOCKS = Table(
    "removed_blocks",
    "What stood on a page within reach of the story and was taken out of its text, with the rule that did it.",
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
    "The links of each story's page, as its latest capture has them. The view `link_urls` has their whole addresses.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story whose page holds the link."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in page order."),
        Col("origin", "INTEGER NOT NULL", "Scheme and host of its address: `number` in `link_origins`."),
        Col("path", "TEXT NOT NULL", "The rest of its address: path, query and fragment."),
        Col("text", "TEXT NOT NULL", "Anchor text."),
        Col("in_story", "INTEGER NOT NULL", "1 inside the story's own text, 0 in menus, teasers and footers."),
    ),
    key=("article_id", "position"),
    constraints=("PRIMARY KEY (article_id, position)",),
    without_rowid=True,
)

LINK_ORIGINS = Table(
    "link_origins",
    "The schemes and hosts that each story's page links to, each once: two fifths of all bytes of the addresses.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story whose page holds the links."),
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
    "The images of each story, the lead image first, as its latest capture has them.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("position", "INTEGER NOT NULL", "0 for the lead image."),
        Col("url", "TEXT NOT NULL", "Address of the image."),
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
    "The versions in other languages that each story's page declares (hreflang), found in the archive or not.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("language", "TEXT NOT NULL", "Language as declared."),
        Col("url", "TEXT NOT NULL", "Its address in canonical form."),
        Col(
            "other_id",
            "INTEGER NOT NULL",
            "What `articles.id` of that address is, if the archive has it; or "
            "`former_ids.old_id`, where it is another address of a story.",
        ),
    ),
    key=("article_id", "language", "url"),
    constraints=("PRIMARY KEY (article_id, language, url)",),
    indexes=("INDEX alternates_other ON alternates(other_id)",),
    without_rowid=True,
)

SHARED_IDS = Table(
    "shared_ids",
    "The number that a site may know a story by in all its languages. Stories of a site that share it, each in a "
    "language of its own, are translations like those that name each other.",
    (
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("shared_id", "TEXT NOT NULL", "`link` and the number of its short link, or `url` and one in its address."),
    ),
    key=("article_id",),
    constraints=("PRIMARY KEY (article_id)",),
    indexes=("INDEX shared_ids_id ON shared_ids(shared_id)",),
    without_rowid=True,
)

CRAWLS = Table(
    "crawls",
    "One row per crawl that the WARCs tell of: its warcinfo, and the report that closed it.",
    (
        Col("id", "TEXT PRIMARY KEY", "The crawl's name; for WARCs of other programs the warcinfo's record id."),
        Col("site", "TEXT", "Name of the site."),
        Col("started", "TEXT NOT NULL", "When it began (UTC)."),
        Col("finished", "TEXT", "When it ended (UTC); NULL for a crawl that left no report: still running, or killed."),
        Col("software", "TEXT", "Program that wrote the WARCs."),
        Col("operator", "TEXT", "Who ran it."),
        Col("robots", "TEXT", "Robots policy."),
        Col("user_agent", "TEXT", "What it called itself."),
        Col("settings", "TEXT", "JSON object of the options used."),
        Col("stop_reason", "TEXT", "Why it ended: finished, page_limit, time_limit, interrupted, storage, ..."),
        Col("exit_code", "INTEGER", "As docs/exit-codes.md lists them."),
        Col("fetched", "INTEGER", "Answers recorded."),
        Col("stories", "INTEGER", "Story pages fetched, by their address. How many stories they hold: `articles`."),
        Col("pages", "INTEGER", "Other pages fetched: lists, feeds, sitemaps."),
        Col("bytes", "INTEGER", "Bytes received."),
        Col("retries", "INTEGER", "Fetches repeated."),
        Col("queued", "INTEGER", "URLs left for the next run."),
        Col("reasons", "TEXT", "JSON object: how many URLs ended for each reason."),
        Col("statuses", "TEXT", "JSON object: how many answers had each HTTP status."),
        Col("error", "TEXT", "What stopped it, if something did."),
    ),
    key=("id",),
    without_rowid=True,
)

SKIPPED = Table(
    "skipped",
    "URLs that a crawl saw and did not get, with the reason. Failures after an answer are in `captures.skip_reason`; "
    "the view `failures` has both.",
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
    "Saved searches (`archiver search --save NAME`), as archive/decisions.jsonl has them.",
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
    "What researchers coded themselves (`archiver annotate FILE`), as archive/annotations.jsonl has it.",
    (
        Col("article_id", "INTEGER NOT NULL", "The story, as in `articles.id`."),
        Col("version", "INTEGER NOT NULL", "The version that it says something about; 0 for the story as a whole."),
        Col("name", "TEXT NOT NULL", "What was coded: topic, person, stance, ..."),
        Col("value", "TEXT NOT NULL", "Its value; JSON where a list or an object was given."),
    ),
    key=("article_id", "version", "name", "value"),
    constraints=("PRIMARY KEY (article_id, version, name, value)",),
    indexes=("INDEX annotations_name ON annotations(name, value)",),
    without_rowid=True,
)

STEMMER = Table(
    "stemmer",
    "Which rules made the words in `articles_fts` and `word_forms`: one row.",
    (Col("version", "TEXT PRIMARY KEY", "Their version."),),
    key=("version",),
    without_rowid=True,
    internal=True,
)

EXTRACTIONS = Table(
    "extractions",
    "What was read out of each capture that shows a story: the facts that stories and versions are computed from. What "
    "a story's own rows hold is not kept here again.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED", "The capture."),
        Col("state", "INTEGER NOT NULL", "Hash of title and text: two captures of a story that differ in it show an "
          "edit."),
        Col("surroundings", "INTEGER NOT NULL", "Hash of links, images and alternates."),
        Col("extractor", "TEXT NOT NULL", "As in `articles`."),
        Col("article", "BLOB NOT NULL", "The article as JSON, compressed with zlib."),
        Col("story_id", "INTEGER", "The story whose `articles.text`, `links` and `images` stand for those of the "
          "article; NULL where `article` holds them."),
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
    CAPTURE_PAGES, RESERVATIONS, TDM_RULES, SITE_POLICIES, RESERVED_PAGES,
    HOST_PAIRS, HOST_RULES, HOST_VERDICTS, WARCS, DAMAGE, PASSED_OVER, WITHDRAWN, WITHHELD,
    AGENCIES, BLOCK_MARKS, CRAWLS, SKIPPED, SEARCHES, ANNOTATIONS, STEMMER, EXTRACTIONS, CRAWL_RECORDS, SIGHTINGS,
    BLOCK_USES, LESSONS, VERDICTS,
)  # fmt: skip
