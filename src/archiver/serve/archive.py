"""The archive that a Datasette serves: which of its databases it is, queries to it, and URLs of Datasette's pages."""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

from datasette import __version__ as datasette_version
from datasette.utils import sqlite_timelimit

from archiver.errors import ArchiverError
from archiver.index.database import open_reader
from archiver.index.schema.connection import Index
from archiver.index.schema.declare import APPLICATION_ID
from archiver.serve.texts import LANGUAGES
from archiver.transactions import snapshot

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")
_FOUND = "_archiver_served"  # attribute of a Datasette
_NEW_DATASETTE = int(datasette_version.partition(".")[0]) >= 1
CONFIG_ARGUMENT = "config" if _NEW_DATASETTE else "metadata"  # where Datasette keeps the settings of plugins


class TooSlowError(ArchiverError):
    """A query exceeded its time limit."""


@dataclass(frozen=True, slots=True)
class Served:
    """One archive in a Datasette."""

    datasette: Datasette
    name: str  # of the database
    path: Path
    host: str | None = None  # given by `archiver serve`; None in the user's own Datasette
    language: str | None = None  # of the interface, for readers who chose none
    replay: str | None = None  # origin of the replay that runs beside it
    public: str | None = None  # the URL of these pages behind a reverse proxy, without a trailing slash

    async def ask(self, question: Callable[[Index], T], milliseconds: int | None = None) -> T:
        """Run a function on the index in one of Datasette's reader threads, in one read transaction, within the given
        time or Datasette's limit for SQL.

        The index is opened again each time, so that a rebuild, which replaces the file, is noticed. Raises
        ArchiverError, including TooSlowError.
        """

        def answered() -> T:
            with open_reader(self.path) as db, self.limited(db, milliseconds), snapshot(db.conn):
                return question(db)

        return await asyncio.get_running_loop().run_in_executor(self.datasette.executor, answered)

    @contextmanager
    def limited(self, db: Index, milliseconds: int | None = None) -> Iterator[None]:
        """Stops queries that take longer than the given time or Datasette's limit for SQL. Raises TooSlowError."""
        try:
            with sqlite_timelimit(db.conn, milliseconds or self.datasette.setting("sql_time_limit_ms")):
                yield
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise TooSlowError("the query takes too long", "use more words or a shorter period") from error
            raise

    def url(self, path: str, parameters: Mapping[str, Any] | None = None) -> str:
        """A URL of this server, below Datasette's base_url."""
        return str(self.datasette.urls.path(path)) + ("?" + urlencode(parameters) if parameters else "")

    def table_url(self, table: str, parameters: Mapping[str, Any], form: str = "") -> str:
        """The URL of Datasette's page of a table, or of its JSON or CSV."""
        return f"{self.datasette.urls.table(self.name, table)}{'.' + form if form else ''}?{urlencode(parameters)}"

    def row_url(self, table: str, key: int, form: str = "") -> str:
        """The URL of Datasette's page of a row, or of its JSON."""
        shape = "?_shape=objects" if form == "json" else ""
        return f"{self.datasette.urls.table(self.name, table)}/{key}{'.' + form if form else ''}{shape}"

    def sql_url(self, sql: str, parameters: Mapping[str, str], form: str = "") -> str:
        """The URL of Datasette's page for a query, or of its JSON or CSV."""
        page = f"{self.datasette.urls.database(self.name)}{'/-/query' if _NEW_DATASETTE else ''}"
        return f"{page}{'.' + form if form else ''}?{urlencode({'sql': sql, **parameters})}"

    @property
    def command(self) -> list[str]:
        """The command `archiver` with the options for this archive."""
        is_local = self.host in (None, "127.0.0.1", "localhost", "::1") and self.public is None
        return ["archiver", "-A", str(self.path.parent) if is_local else self.path.parent.name]


def served(datasette: Datasette) -> Served | None:
    """The first of a Datasette's databases that is an archive's index. It is remembered, even if the file changes
    later.
    """
    if _FOUND not in vars(datasette):
        found = _found(datasette)
        if found is None:
            return None
        setattr(datasette, _FOUND, found)
    return cast(Served, getattr(datasette, _FOUND))


def _found(datasette: Datasette) -> Served | None:
    settings = datasette.plugin_config("archiver") or {}
    language = settings.get("language")
    for name, database in datasette.databases.items():
        if database.path and _is_index(Path(database.path)):
            return Served(
                datasette,
                name,
                Path(database.path).absolute(),
                host=settings.get("host"),
                language=language if language in LANGUAGES else None,
                replay=settings.get("replay"),
                public=settings.get("public"),
            )
    return None


def _is_index(path: Path) -> bool:
    """Checks only SQLite's header, because the file may be damaged or being written."""
    try:
        with path.open("rb") as file:
            header = file.read(72)
    except OSError:
        return False
    return len(header) == 72 and struct.unpack(">I", header[68:])[0] == APPLICATION_ID
