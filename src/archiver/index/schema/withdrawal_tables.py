"""Tables of withdrawn stories."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

WITHDRAWN = Table(
    "withdrawn",
    "URLs that a person withdrew, from decisions.jsonl.",
    (Col("address", "TEXT PRIMARY KEY", "SHA-256 of the URL's SURT, hexadecimal."),),
    key=("address",),
    without_rowid=True,
    internal=True,
)

WITHHELD_LINKS = Table(
    "withheld_links",
    "The withdrawn URLs that each story's page links to. These links have no row in `links` until they are reinstated.",
    (
        Col("article_id", "INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED", "The story."),
        Col("address", "TEXT NOT NULL", "The withdrawn URL, as in `withdrawn`."),
    ),
    key=("article_id", "address"),
    constraints=("PRIMARY KEY (article_id, address)",),
    indexes=("INDEX withheld_links_address ON withheld_links(address)",),
    without_rowid=True,
    internal=True,
)

WITHHELD = Table(
    "withheld",
    "Records of withdrawn URLs. They have no row in `captures` until they are reinstated.",
    (
        Col("warc_record_id", "TEXT NOT NULL", "As in `captures`."),
        Col("fetched_at", "TEXT NOT NULL", "As in `captures`."),
        Col("address", "TEXT NOT NULL", "The withdrawn URL; the smallest of several."),
        Col("warc_file", "TEXT NOT NULL", "As in `captures`."),
        Col("warc_offset", "INTEGER NOT NULL", "As in `captures`."),
    ),
    key=("warc_record_id", "fetched_at", "address"),
    constraints=("PRIMARY KEY (warc_record_id, fetched_at, address)",),
    indexes=("INDEX withheld_address ON withheld(address)",),
    without_rowid=True,
    internal=True,
)
