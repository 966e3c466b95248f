"""Compares two indexes: a hash of each table's rows, independent of the order in which they were inserted."""

from __future__ import annotations

import hashlib

from archiver.index.schema.connection import Index
from archiver.index.schema.keeping_tables import SITE_RULES
from archiver.index.schema.likeness import BLOCK_MARKS, NEW_MARKS
from archiver.index.schema.tables import TABLES


def fingerprint(db: Index) -> dict[str, str]:
    """A hash for each table, which is the same for two builds of one archive with the same program."""
    found: dict[str, str] = {}
    for table in TABLES:
        # When new marks are moved depends on the number of runs, and the rules of sites are the home's.
        if table in (NEW_MARKS, SITE_RULES):
            continue
        names = ", ".join(column.name for column in table.columns)
        digest = hashlib.sha256()
        more = f" UNION ALL SELECT {names} FROM {NEW_MARKS.name}" if table is BLOCK_MARKS else ""  # noqa: S608 - constants
        sql = f"SELECT {names} FROM {table.name}{more} ORDER BY {', '.join(table.key)}"  # noqa: S608 - constants
        for row in db.execute(sql):
            digest.update(repr(row).encode("utf-8", "backslashreplace"))
        found[table.name] = digest.hexdigest()
    return found
