"""The tables that record which parts of which WARC files were read."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

WARCS = Table(
    "warcs",
    "How far each WARC file was read. Rows and this offset are committed together.",
    (
        Col("name", "TEXT PRIMARY KEY", "As in `captures.warc_file`."),
        Col("read_up_to", "INTEGER NOT NULL", "Offset after the last indexed record."),
        Col("warcinfo_id", "TEXT", "WARC-Record-ID of the last warcinfo before that offset."),
    ),
    key=("name",),
    without_rowid=True,
)

DAMAGE = Table(
    "damage",
    "Parts of WARC files that could not be read.",
    (
        Col("warc_file", "TEXT NOT NULL", "As in `captures.warc_file`."),
        Col("warc_offset", "INTEGER NOT NULL", "Where it starts."),
        # The columns of the key come first: SQLite's integrity check reports others as NULL.
        Col("warc_position", "INTEGER NOT NULL DEFAULT 0",
          "Position in the decompressed member at that offset; 0 except for members with several records."),
        Col("warc_length", "INTEGER NOT NULL", "Bytes up to the next readable record."),
        Col("cause", "TEXT NOT NULL", "The problem."),
    ),
    key=("warc_file", "warc_offset", "warc_position"),
    constraints=("PRIMARY KEY (warc_file, warc_offset, warc_position)",),
    without_rowid=True,
)  # fmt: skip

PASSED_OVER = Table(
    "passed_over",
    "Valid records that are not indexed, such as those of WET and WAT files.",
    (
        Col("warc_file", "TEXT NOT NULL", "As in `captures.warc_file`."),
        Col("warc_offset", "INTEGER NOT NULL", "As in `captures`."),
        Col("warc_position", "INTEGER NOT NULL", "As in `captures`; 0 for NULL."),
        Col("record_type", "TEXT NOT NULL", "WARC-Type."),
        Col("reason", "TEXT NOT NULL",
          "wet (plain text of a page), wat (its links as JSON), dns, ftp, not_http, conversion (not to HTML), "
          "segment (the other segments are not in the file), unknown_type; for a warcinfo whose site description is "
          "ignored: bad_site, unsupported_pattern."),
    ),
    key=("warc_file", "warc_offset", "warc_position"),
    constraints=("PRIMARY KEY (warc_file, warc_offset, warc_position)",),
    without_rowid=True,
)  # fmt: skip
