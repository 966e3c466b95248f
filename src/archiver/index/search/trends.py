"""Attention over time: the number of stories that each query finds per period or group, and the share of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archiver.errors import UsageError
from archiver.index.schema.connection import Index
from archiver.index.search.hits import Grouping, count_by, iter_ids
from archiver.index.search.selection import SearchQuery


@dataclass(frozen=True, slots=True)
class Slice:
    """A month, site, ...: the number of all its stories, and of those that each query finds. `key` is None for stories
    without one.
    """

    key: str | None
    total: int
    counts: tuple[int, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """The counts as parts of the total, from 0 to 1."""
        return tuple(count / self.total for count in self.counts)


def trends(db: Index, queries: Sequence[SearchQuery], by: Grouping) -> list[Slice]:
    """Compare the queries, in the order of `count_by`.

    All stories are those that pass the filters (`since`, `site`, ...), whatever their words; a field within a query's
    text is part of the query. The queries must have the same filters, otherwise UsageError is raised. Slices without a
    story are left out.
    """
    if not queries:
        raise UsageError("no query was given", "give one or more")
    bases = {unworded(query) for query in queries}
    if len(bases) > 1:
        raise UsageError("the queries have different filters", "give all of them the same filters")
    if any(query.sample is not None for query in queries):
        raise UsageError("a sample can't be compared with all stories", "leave out the sample")
    counts = [dict(count_by(db, query, by)) for query in queries]
    return [
        Slice(key, total, tuple(found.get(key, 0) for found in counts))
        for key, total in count_by(db, all_of(db, queries), by)
        if total
    ]


def all_of(db: Index, queries: Sequence[SearchQuery]) -> SearchQuery:
    """What the shares of these queries, which have the same filters, are shares of.

    With `collapse`, one story of each group of copies, and all that the queries find: which story of a group is the
    first depends on what is asked for, and a share must not be above one.
    """
    base = unworded(queries[0])
    if not base.collapse:
        return base
    counted = set(iter_ids(db, base)).union(*(iter_ids(db, query) for query in queries))
    return replace(base, collapse=False, ids=tuple(sorted(counted)))


def unworded(query: SearchQuery) -> SearchQuery:
    """A query's filters alone: what its share is of."""
    return replace(query, text="", word_list=None, regex=None, sample=None)
