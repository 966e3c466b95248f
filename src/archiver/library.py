"""An archive for programs and notebooks: `from archiver import Archive`.

    with Archive("archive") as archive:
        for hit in archive.search("city council", since="2024"):
            print(hit.date, hit.title)

Access is read-only, and a crawl may run at the same time. Opening is cheap: data is read only when needed.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from archiver.errors import UsageError
from archiver.export.exporting import Made, Wish, export, format_of
from archiver.extras import install_hint
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.read import filter_values, story_reader
from archiver.index.read.export_rows import EXPORTED, Kind, columns_of, iter_rows, iter_stories
from archiver.index.read.story_history import Event, history
from archiver.index.read.story_reader import StoredCapture, Story, Version
from archiver.index.read.worddiff import Paragraph, diff_words
from archiver.index.search.arguments import query_of_arguments
from archiver.index.search.concordance import Line, concordance
from archiver.index.search.hits import Grouping, count, count_by, iter_search
from archiver.index.search.known_values import unknown_values
from archiver.index.search.selection import SearchQuery, notes_of
from archiver.index.search.sql_functions import add_sql_functions
from archiver.index.search.trends import Slice, trends
from archiver.model import Hit
from archiver.warc import read_payload

if TYPE_CHECKING:
    import pandas

_DTYPES: dict[Kind, Any] = {"integer": "Int64", "flag": "boolean", "text": "string", "real": "Float64"}

__all__ = ["Archive", "Event", "Hit", "StoredCapture", "Story", "Version"]


class Archive:
    """An archive on disk, opened for reading. Use it in a `with` block, or call `close`.

    `search` has the query language and filters of `archiver search`: `since`, `until` (a date, or text such as
    "2024-05"), `site`, `lang`, `section`, `author`, `tag`, `stem`, `exact`, `regex`, `word_list` (words and phrases, of
    which one must occur, or the path of a file with one per line), `collapse`, `sample` with `seed`, `edited`, `gone`.
    Other methods accept them, too.

    The method that is called checks the query: a syntax error raises QueryError, a UsageError; a value of the wrong
    type, and a site or language that the archive doesn't have, raise UsageError. A section, author or tag that no story
    has gives a warning (UserWarning), since a story with it may be added later.

    `len(archive)` is the number of stories.

    Raises UsageError if there is no archive, DamageError if its index is damaged.
    """

    def __init__(self, path: str | Path = "archive") -> None:
        self.directory = ArchiveDir(Path(path).expanduser().absolute())
        self.directory.require()
        self._stack = ExitStack()
        self._db = self._stack.enter_context(open_reader(self.directory.index))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._stack.close()

    def __repr__(self) -> str:
        return f"Archive({str(self.directory.path)!r})"

    def __len__(self) -> int:
        """The number of stories."""
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    @property
    def connection(self) -> sqlite3.Connection:
        """The read-only connection to the index, to set a time limit or to use other libraries."""
        return self._db.conn

    # ------------------------------------------------------------------ finding

    def search(
        self,
        words: str = "",
        *,
        sort: Literal["relevance", "date"] = "relevance",
        limit: int | None = None,
        offset: int = 0,
        **filters: Any,
    ) -> Iterator[Hit]:
        """The matching stories, best first; all of them unless `limit` is given.

        In `snippet` each match is between the characters U+E000 and U+E001, which you can replace with your own markup.
        """
        return iter_search(self._db, self._query(words, filters, sort=sort, limit=limit, offset=offset))

    def count(self, words: str = "", **filters: Any) -> int:
        """The number of matching stories."""
        return count(self._db, self._query(words, filters))

    def notes(self, words: str = "", **filters: Any) -> list[str]:
        """Notes to read before relying on the result of a query: ignored parts of it, lines of its word list that may
        be a mistake, and sites, languages, sections, authors and tags that no story has, where other methods raise
        UsageError or warn. Empty for most queries."""
        query, notes = query_of_arguments(words, filters)
        unknown = unknown_values(query, story_reader.site_names(self._db), story_reader.languages(self._db))
        notes += [
            *notes_of(query),
            *(f"no story has the {found.what} {found.value!r}" for found in unknown if found.decides),
        ]
        return [*notes, *filter_values.without_story(self._db, query)]

    def count_by(self, by: Grouping, words: str = "", **filters: Any) -> dict[str | None, int]:
        """The number of matching stories per day, week, month, year, site, section, language, author or tag.

        Raises UsageError for any other grouping.
        """
        _check_grouping(by)
        return dict(count_by(self._db, self._query(words, filters), by))

    def trends(self, *queries: str, by: Grouping = "month", **filters: Any) -> list[Slice]:
        """Compare queries: for each period or group, the number of all stories and the number that each query finds."""
        _check_grouping(by)
        return trends(self._db, [self._query(query, filters) for query in queries], by)

    def concordance(self, words: str, *, limit: int | None = None, width: int = 60, **filters: Any) -> Iterator[Line]:
        """All matches of each story in their context. `limit` counts stories, not matches; without it, all stories."""
        return concordance(self._db, self._query(words, filters, limit=limit), width)

    def articles(self, words: str = "", **filters: Any) -> Iterator[Story]:
        """Complete stories, all or only matching ones, in order of their ID. Needs constant memory."""
        return iter_stories(self._db, self._query(words, filters))

    def article(self, wanted: int | str) -> Story:
        """One story by its ID or any of its URLs. Raises UsageError if there is none."""
        story = story_reader.find_story(self._db, wanted)
        if story is None:
            raise UsageError(f"no story {wanted!r} in {self.directory.path}", "find it with `search`")
        return story

    def _query(self, words: str, filters: dict[str, Any], **more: Any) -> SearchQuery:
        """Raises TypeError for an unknown filter, UsageError for an invalid value of one, QueryError."""
        query, notes = query_of_arguments(words, more | filters)
        filter_values.check_filters(self._db, [query], str(self.directory.path))
        for note in (*notes, *filter_values.without_story(self._db, query)):
            warnings.warn(note, UserWarning, stacklevel=3)
        return query

    # ------------------------------------------------------------------ one story

    def versions(self, wanted: int | str) -> list[Version]:
        """A story's versions, in order."""
        return story_reader.versions(self._db, self.article(wanted).id)

    def history(self, wanted: int | str) -> list[Event]:
        """All captures of a story, with the changes that each showed."""
        return history(self._db, self.article(wanted).id)

    def diff(self, wanted: int | str, first: int | None = None, second: int | None = None) -> list[Paragraph]:
        """The changes in the text between two versions (default: the last two), as paragraphs of pieces.

        A piece has the fields `op` (`same`, `removed` or `added`), `text`, and `spaced` (whether white space precedes
        it). Raises UsageError if the version does not exist.
        """
        story = self.article(wanted)
        new = story_reader.version(self._db, story, second)
        old = story_reader.version(self._db, story, first or max(1, story.versions - 1))
        return diff_words(old.full_text, new.full_text)

    def capture(self, wanted: int | str, version: int | None = None) -> StoredCapture:
        """The capture with the page of a version (default: the latest): its time, and its record in the WARC.

        Raises UsageError if the version does not exist.
        """
        return story_reader.page_capture(self._db, story_reader.version(self._db, self.article(wanted), version))

    def html(self, wanted: int | str, version: int | None = None) -> bytes:
        """The captured page, with its content coding decoded. Raises UsageError if the version does not exist."""
        return read_payload(self.directory.warc, self.capture(wanted, version).ref)[1].data

    # ------------------------------------------------------------------ tables

    def sql(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of your own SQL query, which is read-only.

        docs/schema.md describes the tables, docs/search.md the additional functions.
        """
        add_sql_functions(self._db.conn)
        return list(self._db.query(query, list(parameters)))

    def to_pandas(self, words: str = "", *, table: str = "articles", **filters: Any) -> pandas.DataFrame:
        """Stories, or rows of a related table (edits, blocks, links, annotations, ...), as a data frame.

        The types are date, Int64, boolean and string, all with missing values; lists remain lists. Raises UsageError if
        pandas is not installed, and for a table that can't be exported.
        """
        pieces = list(self._frames(self._query(words, filters), _table(table), None))
        return pieces[0]

    def pandas_pieces(
        self, words: str = "", *, table: str = "articles", rows: int = 10_000, **filters: Any
    ) -> Iterator[pandas.DataFrame]:
        """Like `to_pandas`, but in frames of at most `rows` rows, for data larger than memory. No frame if there are no
        rows.
        """
        if rows < 1:
            raise UsageError(f"chunks of {rows} rows are not possible", "use 1 or more")
        return self._frames(self._query(words, filters), _table(table), rows)

    def _frames(self, query: SearchQuery, table: str, size: int | None) -> Iterator[pandas.DataFrame]:
        try:
            import pandas  # noqa: PLC0415 - an extra, and slow to load
        except ImportError as error:
            raise UsageError("to_pandas needs pandas", install_hint("pandas")) from error
        columns = columns_of(table)
        names = [column.name for column in columns]
        rows = iter_rows(self._db, table, query)
        while (piece := list(islice(rows, size))) or size is None:
            frame = pandas.DataFrame.from_records(piece, columns=names)
            for column in columns:
                if column.kind in ("day", "moment"):
                    frame[column.name] = pandas.to_datetime(
                        frame[column.name], errors="coerce", utc=column.kind == "moment", format="ISO8601"
                    )
                elif column.kind in _DTYPES:
                    frame[column.name] = frame[column.name].astype(_DTYPES[column.kind])
            yield frame
            if size is None:
                return

    def annotations(self, wanted: int | str) -> list[dict[str, Any]]:
        """The annotations of a story (`archiver annotate`): version (0: the whole story), name, value."""
        found = story_reader.annotations_of(self._db, self.article(wanted).id)
        return [{"version": version, "name": name, "value": value} for version, name, value in found]

    def export(
        self,
        file: str | Path,
        words: str = "",
        *,
        table: str = "articles",
        force: bool = False,
        bom: bool = False,
        **filters: Any,
    ) -> Made:
        """Like `archiver export`: the file's ending selects the format, and a codebook is written next to it. `bom`
        makes CSV for spreadsheets: with a byte order mark, and story IDs as text.

        Raises UsageError if the file exists; with `force` it is replaced when the new one is complete.
        """
        wish = Wish(
            Path(file), format_of(str(file)), self._query(words, filters), _table(table), bom and _is_csv(file), force
        )
        return export(self._db, self.directory.warc, wish)


def _is_csv(file: str | Path) -> bool:
    if not str(file).lower().endswith(".csv"):
        raise UsageError("bom is for .csv", "omit it")
    return True


def _check_grouping(by: str) -> None:
    if by not in get_args(Grouping):
        raise UsageError(f"stories can't be counted by {by!r}", f"use one of {', '.join(get_args(Grouping))}")


def _table(name: str) -> str:
    """Raises UsageError for a table whose rows don't belong to stories."""
    if name not in EXPORTED:
        raise UsageError(f"{name!r} can't be exported", f"use one of {', '.join(EXPORTED)}, or `sql`")
    return name
