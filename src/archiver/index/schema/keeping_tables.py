"""Tables of pages that ask not to be kept, and of what follows from it."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

TDM_RULES = Table(
    "tdm_rules",
    "The rules of each captured /.well-known/tdmrep.json, in their order (TDM Reservation Protocol): the first whose "
    "location matches an address of its host holds for it.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in the file."),
        Col("location", "TEXT NOT NULL", "Paths, as robots.txt writes them. Empty: the capture is a page that states "
          "for itself that nothing is reserved."),
        Col("reserved", "INTEGER NOT NULL", "1: text and data mining is reserved there; 0: it is not."),
    ),
    key=("capture_id", "position"),
    constraints=("PRIMARY KEY (capture_id, position)",),
    without_rowid=True,
)  # fmt: skip

SITE_POLICIES = Table(
    "site_policies",
    "What the archive does with pages that ask not to be kept (noarchive, nocache, tdm-reservation), by site, from "
    "decisions.jsonl.",
    (
        Col("site", "TEXT PRIMARY KEY", "Name of the site; * for all sites that have no row."),
        Col("policy", "TEXT NOT NULL", "keep, hide or leave, as docs/reserved.md has them."),
    ),
    key=("site",),
    without_rowid=True,
)

RESERVED_PAGES = Table(
    "reserved_pages",
    "Records of pages that ask not to be kept, of sites whose policy is `hide`: they have no row in `captures`.",
    (
        Col("surt", "TEXT NOT NULL", "The page's address, as in `captures`."),
        Col("fetched_at", "TEXT NOT NULL", "As in `captures`."),
        Col("warc_record_id", "TEXT NOT NULL", "As in `captures`."),
        Col("site", "TEXT NOT NULL", "As in `captures`."),
        Col("url", "TEXT NOT NULL", "As in `captures`."),
        Col("words", "TEXT", "What it asks, separated by blanks; NULL for a record that says nothing of it, such as "
          "an error page."),
        Col("lifted", "INTEGER NOT NULL DEFAULT 0", "1: the page asks no more, and the record is to be read again."),
    ),
    key=("surt", "fetched_at", "warc_record_id"),
    constraints=("PRIMARY KEY (surt, fetched_at, warc_record_id)",),
    indexes=("INDEX reserved_pages_lifted ON reserved_pages(surt) WHERE lifted",),
    without_rowid=True,
    internal=True,
)  # fmt: skip
