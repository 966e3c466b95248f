"""Generates docs/schema.md from the declarations: `python -m archiver.index.schema.describe_schema >
docs/schema.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from archiver.index.schema import fulltext, fulltext_stems
from archiver.index.schema.declare import Table
from archiver.index.schema.tables import TABLES
from archiver.index.schema.views import VIEWS

_INTRO = """# The tables of the index

`index.db` is one SQLite file. Open it with any SQLite tool, read-only: `sqlite3 -readonly archive/index.db`. Everything
in it except `searches` and `annotations` is derived from the WARC files, and `archiver index --rebuild` rebuilds it
with the same IDs. Times are in UTC (`2026-05-01T10:00:00.000Z`); days and months of publication are in the page's own
time zone.

This page is generated from the source: `python -m archiver.index.schema.describe_schema > docs/schema.md`.
"""


def describe() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRO
    yield "## Tables\n"
    for table in TABLES:
        if not table.internal:
            yield from _table(table)
    yield f"### articles_fts\n\n{fulltext.DOC}\n"
    yield from _rows([(name, "", f"As in `articles`; weighs {weight:g}.") for name, weight in _weights()])
    yield "## Views\n"
    for view in VIEWS:
        yield f"### {view.name}\n\n{view.doc}\n"
        yield from _rows([(name, "", meaning) for name, meaning in view.columns])
    yield "## Internal tables\n\nThese are for the program only and may change without notice.\n"
    for table in (*TABLES, fulltext_stems.WORD_FORMS):
        if table.internal:
            yield from _table(table)


def _weights() -> Iterator[tuple[str, float]]:
    yield from zip(fulltext.COLUMNS, fulltext.WEIGHTS, strict=True)


def _table(table: Table) -> Iterator[str]:
    yield f"### {table.name}\n\n{table.doc}\n"
    yield from _rows([(column.name, _type(column.type), column.doc) for column in table.columns])


def _type(sql: str) -> str:
    """A column's type in words, and the column that it refers to."""
    kind = sql.split(maxsplit=1)[0].lower()
    refers = re.search(r"REFERENCES (\w+)\((\w+)\)", sql)
    return f"{kind} → {refers[1]}.{refers[2]}" if refers else kind


def _rows(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    typed = any(kind for _, kind, _ in rows)
    yield "| column | type | meaning |\n|---|---|---|" if typed else "| column | meaning |\n|---|---|"
    for name, kind, meaning in rows:
        cell = meaning.replace("|", "\\|")
        yield f"| {name} | {kind} | {cell} |" if typed else f"| {name} | {cell} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(describe())
