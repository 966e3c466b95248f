"""Tables of pages that ask not to be kept, of the policies for them, and of the sites' rules for stories."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

TDM_RULES = Table(
    "tdm_rules",
    "The rules of each captured /.well-known/tdmrep.json, in order (TDM Reservation Protocol). For a "
    "URL of that host, the first rule with a matching location applies.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in the file."),
        Col("location", "TEXT NOT NULL",
          "Path pattern, as in robots.txt. Empty: the capture is a page that states that nothing is reserved."),
        Col("reserved", "INTEGER NOT NULL", "1: text and data mining is reserved; 0: it is not."),
    ),
    key=("capture_id", "position"),
    constraints=("PRIMARY KEY (capture_id, position)",),
    without_rowid=True,
)  # fmt: skip

SITE_POLICIES = Table(
    "site_policies",
    "The policy for pages that ask not to be kept (noarchive, nocache, tdm-reservation), by site, from "
    "decisions.jsonl.",
    (
        Col("site", "TEXT PRIMARY KEY", "Name of the site; * for all sites without a row."),
        Col("policy", "TEXT NOT NULL", "keep, hide or leave: see docs/reserved.md."),
    ),
    key=("site",),
    without_rowid=True,
)

RESERVED_PAGES = Table(
    "reserved_pages",
    "Records of pages that ask not to be kept, for sites with the policy `hide`. They have no row in `captures`.",
    (
        Col("surt", "TEXT NOT NULL", "The page's URL, as in `captures`."),
        Col("fetched_at", "TEXT NOT NULL", "As in `captures`."),
        Col("warc_record_id", "TEXT NOT NULL", "As in `captures`."),
        Col("site", "TEXT NOT NULL", "As in `captures`."),
        Col("url", "TEXT NOT NULL", "As in `captures`."),
        Col("words", "TEXT",
          "Its requests, separated by spaces; NULL for a record without a statement, such as an error page."),
        Col("lifted", "INTEGER NOT NULL DEFAULT 0",
          "1: the page no longer asks for this, and the record has to be read again."),
    ),
    key=("surt", "fetched_at", "warc_record_id"),
    constraints=("PRIMARY KEY (surt, fetched_at, warc_record_id)",),
    indexes=("INDEX reserved_pages_lifted ON reserved_pages(surt) WHERE lifted",),
    without_rowid=True,
    internal=True,
)  # fmt: skip

SITE_RULES = Table(
    "site_rules",
    "The spiders' rules by which captured pages were judged. If one changes, the pages that it decides are judged "
    "again.",
    (
        Col("site", "TEXT PRIMARY KEY", "Name of the site."),
        Col("domains", "TEXT NOT NULL", "Its domains, as a JSON array."),
        Col("article_url", "TEXT", "Regular expression for the URLs of its stories; NULL if it has none."),
    ),
    key=("site",),
    without_rowid=True,
    internal=True,
)  # fmt: skip
