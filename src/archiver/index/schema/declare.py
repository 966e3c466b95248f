"""How the index's schema is declared: tables, columns and views, each with what it means, and the SQL made of them.

The descriptions are part of the declaration, so that docs/schema.md, which `describe_schema` makes, is never outdated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

APPLICATION_ID = 0x61726368  # "arch": what `file` and we know an index by


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its SQL type with constraints, and what it means."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` is its stable key: rows in this order are the same in every build of the same archive."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()  # "name ON table(columns)", in SQL
    without_rowid: bool = False
    internal: bool = False  # for the program, not for researchers' queries

    def sql(self) -> Iterator[str]:
        """The statements that make the table and its indexes."""
        parts = [f'"{column.name}" {column.type}' for column in self.columns]
        body = ",\n  ".join([*parts, *self.constraints])
        yield f'CREATE TABLE "{self.name}" (\n  {body}\n)' + (" WITHOUT ROWID" if self.without_rowid else "")
        for index in self.indexes:
            yield f"CREATE {index}"


@dataclass(frozen=True, slots=True)
class View:
    """One view: a question that is asked often, with its answer's columns."""

    name: str
    doc: str
    columns: tuple[tuple[str, str], ...]  # (name, meaning)
    select: str

    def sql(self) -> str:
        names = ", ".join(name for name, _ in self.columns)
        return f"CREATE VIEW {self.name} ({names}) AS\n{self.select.strip()}"
