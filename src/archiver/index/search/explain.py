"""Explains how a query is understood: `archiver search --explain`."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.index.schema.connection import Index
from archiver.index.search.parsing import parse
from archiver.index.search.selection import Chosen, SearchQuery, forms_of, query_tree
from archiver.index.search.syntax import written


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query with all its brackets, what was ignored, and the resulting SQL.

    `read_as` is "plain words", "a query", or "nothing" without words. `forms` lists the words that `stem` adds, by
    language. `sql` is the condition on `articles a`, with its values in order.
    """

    read_as: str
    asked: str
    left_out: tuple[str, ...]
    forms: dict[str, dict[str, tuple[str, ...]]]
    match: str
    sql: str
    values: tuple[str, ...]


def explain(db: Index, query: SearchQuery) -> Explanation:
    """Explain a query. Raises QueryError and UsageError like a search."""
    parsed = parse(query.text)
    tree, _ = query_tree(query)
    chosen = Chosen(db, query).by_rows()
    forms = forms_of(db, query, tree) if tree is not None else {}
    return Explanation(
        read_as="nothing" if parsed is None else "plain words" if parsed.plain else "a query",
        asked=written(tree) if tree is not None else "",
        left_out=parsed.notes if parsed else (),
        forms={language: dict(words) for language, words in forms.items()},
        match=chosen.expression,
        sql=chosen.where,
        values=tuple(map(str, chosen.values)),
    )
