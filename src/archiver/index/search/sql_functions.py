"""The SQL functions of the archive, for users' queries through sqlite-utils or Datasette."""

from __future__ import annotations

import json
import sqlite3

from archiver.cdx_key import cdx_key
from archiver.index.schema import fulltext_stems, likeness, stemming
from archiver.index.search.selection import add_functions


def add_sql_functions(connection: sqlite3.Connection) -> None:
    """Register all functions that docs/search.md lists, and those that the index's triggers call, with a connection."""
    fulltext_stems.prepare(connection)
    likeness.prepare(connection)
    add_functions(connection)
    connection.create_function("cdx_key", 1, cdx_key, deterministic=True)
    connection.create_function("stems", 1, _stems, deterministic=True)
    connection.create_function("stems", 2, _stems, deterministic=True)


def _stems(word: str | None, language: str | None = None) -> str:
    """The stems of a word as a JSON array; without a language, its stems in any language."""
    languages = stemming.languages() if language is None else {language.lower()} & stemming.languages()
    found = {stem for code in languages for stem in stemming.stems_of(str(word or ""), code)}
    return json.dumps(sorted(found), ensure_ascii=False)
