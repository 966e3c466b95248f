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
