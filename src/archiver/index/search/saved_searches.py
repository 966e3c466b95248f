"""Saved searches: the query (a decision in archive/decisions.jsonl), and the stories that were already shown.

Shown stories are kept in a separate file, `searches/NAME.seen`, so that a rebuild doesn't lose them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from archiver import decisions
from archiver.errors import DamageError, StorageError, UsageError
from archiver.index.schema.connection import Index
from archiver.index.search.hits import iter_ids
from archiver.index.search.selection import SearchQuery
from archiver.transactions import transaction

_KIND = "search"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DEFAULTS = SearchQuery()
_PAGING = ("limit", "offset", "ids")  # the limit is not part of a query


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search with a name."""

    name: str
    query: SearchQuery
    saved_at: str


@dataclass(frozen=True, slots=True)
class SavedSearches:
    """The saved searches of the archive at `folder`."""

    folder: Path

    @property
    def decisions(self) -> Path:
        return self.folder / decisions.FILE_NAME

    def all(self) -> dict[str, SavedSearch]:
        """By name, without deleted ones."""
        made = decisions.latest(decisions.read(self.decisions), _KIND)
        # Lines of version 0.1 have the query in their reason.
        return {
            name: SavedSearch(name, query_from(decision.value or decision.reason), decision.at)
            for name, decision in sorted(made.items())
            if decision.verdict == "save"
        }

    def get(self, name: str) -> SavedSearch:
        """Raises UsageError if there is none with this name."""
        known = self.all()
        if name not in known:
            there = f"saved are: {', '.join(known)}" if known else f"archiver search WORDS --save {name} saves one"
            raise UsageError(f"there is no saved search {name!r}", there)
        return known[name]

    def save(self, name: str, query: SearchQuery) -> None:
        """Save a search. One with the same name is replaced, and its shown stories are reset. Raises UsageError for an
        invalid name.
        """
        check_name(name)
        decisions.append(self.decisions, _KIND, name, "save", value=query_json(query))
        self._seen(name).unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        """Delete a search."""
        self.get(name)
        decisions.append(self.decisions, _KIND, name, "forget")
        self._seen(name).unlink(missing_ok=True)

    def new(self, db: Index, search: SavedSearch) -> dict[int, str]:
        """The stories that the search finds and has not shown yet: their ID, and the key for `mark`.

        A search with --edited shows a story again after each further edit.
        """
        seen = self.shown(search.name)
        keys = ((story_id, _key(db, story_id, search.query)) for story_id in iter_ids(db, search.query))
        return {story_id: key for story_id, key in keys if key not in seen}

    def mark(self, name: str, keys: Iterable[str]) -> None:
        """Record durably that these were shown."""
        path = self._seen(name)
        try:
            path.parent.mkdir(exist_ok=True)
            with path.open("a", encoding="ascii") as file:
                file.writelines(f"{key}\n" for key in keys)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error

    def replay(self, db: Index) -> None:
        """Fill the index's table `searches` from the decisions."""
        rows = [(entry.name, query_json(entry.query), entry.saved_at) for entry in self.all().values()]
        if db.execute("SELECT name, query, saved_at FROM searches ORDER BY name").fetchall() == rows:
            return
        with transaction(db.conn):
            db.execute("DELETE FROM searches")
            db.executemany("INSERT INTO searches (name, query, saved_at) VALUES (?, ?, ?)", rows)

    def _seen(self, name: str) -> Path:
        return self.folder / "searches" / f"{name}.seen"

    def shown(self, name: str) -> frozenset[str]:
        """The keys of the stories that a search has shown."""
        try:
            return frozenset(self._seen(name).read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()


def check_name(name: str | None) -> None:
    """Raises UsageError for a name that a search can't have, because it is part of a file's name."""
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not a valid name for a search", "use letters, digits, dots and dashes")


def matching(db: Index, query: SearchQuery) -> Iterator[tuple[int, str]]:
    """All stories that a search finds, with their keys."""
    return ((story_id, _key(db, story_id, query)) for story_id in iter_ids(db, query))


def query_json(query: SearchQuery) -> str:
    """A query as JSON, without default values."""
    chosen = ((name, value) for name, value in asdict(query).items() if name not in _PAGING)
    values = {name: value for name, value in chosen if value != getattr(_DEFAULTS, name)}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)


def query_from(text: str) -> SearchQuery:
    """The query that `query_json` wrote. Raises DamageError."""
    try:
        data: dict[str, Any] = json.loads(text)
        known = {field.name for field in fields(SearchQuery)}
        values = {name: value for name, value in data.items() if name in known}
        for name in ("since", "until"):
            if values.get(name):
                values[name] = date.fromisoformat(values[name])
        if values.get("word_list") is not None:
            values["word_list"] = tuple(map(str, values["word_list"]))
        return replace(_DEFAULTS, **values)
    except (ValueError, TypeError, AttributeError) as error:
        raise DamageError(f"{text[:80]!r} is not a query", "correct or remove that line of decisions.jsonl") from error


def _key(db: Index, story_id: int, query: SearchQuery) -> str:
    if not query.edited:
        return str(story_id)
    versions = db.execute("SELECT versions FROM articles WHERE id = ?", [story_id]).fetchone()[0]
    return f"{story_id}.{versions}"
