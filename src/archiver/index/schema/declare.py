"""Types that declare the index's schema: tables, columns and views with their meaning, and the SQL to create them.

The descriptions are part of the declaration, so that docs/schema.md, which `describe_schema` generates, is never
outdated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

APPLICATION_ID = 0x61726368  # "arch": identifies an index, also for `file`


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its SQL type with constraints, and its meaning."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` is its stable key: sorted by it, the rows are the same in every build of the same archive."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()  # "name ON table(columns)", in SQL
    without_rowid: bool = False
    internal: bool = False  # for the program, not for users' queries

    def sql(self) -> Iterator[str]:
        """The statements that create the table and its indexes."""
        parts = [f'"{column.name}" {column.type}' for column in self.columns]
        body = ",\n  ".join([*parts, *self.constraints])
        yield f'CREATE TABLE "{self.name}" (\n  {body}\n)' + (" WITHOUT ROWID" if self.without_rowid else "")
        for index in self.indexes:
            yield f"CREATE {index}"


@dataclass(frozen=True, slots=True)
class View:
    """One view: a frequent query, with the columns of its result."""

    name: str
    doc: str
    columns: tuple[tuple[str, str], ...]  # (name, meaning)
    select: str

    def sql(self) -> str:
        names = ", ".join(name for name, _ in self.columns)
        return f"CREATE VIEW {self.name} ({names}) AS\n{self.select.strip()}"
