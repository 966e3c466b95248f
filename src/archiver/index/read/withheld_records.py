"""Queries for erasing stories: withheld records, and sentences that other stories have, too."""

from __future__ import annotations

from collections.abc import Collection

from archiver.index.schema.connection import Index
from archiver.tokens import folded_words


def withheld_ids(db: Index, addresses: Collection[str]) -> set[str]:
    """The record IDs of captures that are withheld for these URLs."""
    rows = db.execute("SELECT warc_record_id, address FROM withheld")
    return {record_id for record_id, address in rows if address in addresses}


def withheld_foreign_files(db: Index, addresses: Collection[str]) -> list[str]:
    """The files outside the archive with such records."""
    rows = db.execute("SELECT DISTINCT warc_file, address FROM withheld WHERE warc_file LIKE '/%' ORDER BY warc_file")
    return sorted({name for name, address in rows if address in addresses})


def occurs_elsewhere(db: Index, sentence: str) -> bool:
    """Whether an indexed story has this sentence, so that it does not belong only to the withdrawn story."""
    words = folded_words(sentence)
    phrase = '"' + " ".join(words) + '"'
    rows = db.execute("SELECT a.text FROM articles_fts f JOIN articles a ON a.id = f.rowid"
                      " WHERE articles_fts MATCH ?", [phrase])  # fmt: skip
    return bool(words) and any(sentence in " ".join(text.split()) for (text,) in rows)
