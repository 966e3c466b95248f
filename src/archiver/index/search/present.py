"""The values that occur in a column of the stories, in time independent of the number of stories."""

from __future__ import annotations

from typing import Literal

from archiver.index.schema.connection import Index

# Jumps from one value to the next along the column's index.
_PRESENT = """
WITH RECURSIVE present(value) AS (
  SELECT min({column}) FROM articles
  UNION ALL SELECT (SELECT min({column}) FROM articles WHERE {column} > present.value) FROM present
  WHERE present.value IS NOT NULL)
SELECT value FROM present WHERE value IS NOT NULL"""


def values_of(db: Index, column: Literal["site", "language"]) -> list[str]:
    """The values of the first column of an index of `articles`, in order."""
    return [row[0] for row in db.execute(_PRESENT.format(column=column))]
