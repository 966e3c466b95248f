"""A concordance: each match of a query in its context (KWIC, key word in context), one line each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from archiver.errors import UsageError
from archiver.index.schema.connection import Index
from archiver.index.search.ranking import in_order
from archiver.index.search.regexes import places
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.index.search.snippets import merged

WIDTH = 60  # characters on each side

_STORY = "SELECT url, site, date, language, title, text FROM articles WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Line:
    """One match: `match` starts at character `start` of the story's `column` (title or text)."""

    id: int
    url: str
    site: str
    date: str | None
    column: str
    start: int
    left: str
    match: str
    right: str


def concordance(db: Index, query: SearchQuery, width: int = WIDTH) -> Iterator[Line]:
    """The matches in title and text of the stories that a query finds: stories in the order of `search`, up to its
    limit, and all matches of each in the order of the text.

    Raises UsageError for a query without a word.
    """
    chosen = Chosen(db, query)
    if not chosen.impossible and not (chosen.leaves or chosen.regex):
        raise UsageError("a concordance needs a word to look for", "give a query with words, or --regex")
    return iter(()) if chosen.impossible else _lines(db, chosen, query, width)


def _lines(db: Index, chosen: Chosen, query: SearchQuery, width: int) -> Iterator[Line]:
    # An open cursor keeps one snapshot of the index, as in `iter_search`.
    with closing(db.execute("SELECT id FROM articles")):
        for story_id, _ in in_order(db, chosen, query):
            url, site, day, language, title, text = db.execute(_STORY, (story_id,)).fetchone()
            for column, content in (("title", title), ("text", text)):
                for start, end in _matches(chosen, column, content, language):
                    yield Line(
                        id=story_id,
                        url=url,
                        site=site,
                        date=day,
                        column=column,
                        start=start,
                        left=content[max(0, start - width) : start],
                        match=content[start:end],
                        right=content[end : end + width],
                    )


def _matches(chosen: Chosen, column: str, content: str, language: str | None) -> list[tuple[int, int]]:
    passage = chosen.leaves.passage(content)
    found = merged([span for span, _ in chosen.leaves.spans(passage, column, language)])
    marked = [(passage.bounds[span.first][0], passage.bounds[span.end - 1][1]) for span in found]
    return sorted(set(marked + (places(chosen.regex, content) if chosen.regex else [])))
