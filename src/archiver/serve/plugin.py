"""The Datasette plugin: `datasette archive/index.db` also has these pages. Without an archive nothing changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from datasette import NotFound, Response, hookimpl
from datasette import handle_exception as datasette_errors
from jinja2 import Environment

from archiver.errors import ArchiverError
from archiver.index.search.sql_functions import add_sql_functions
from archiver.serve.archive import Served, TooSlowError, served
from archiver.serve.copies_page import copies_page
from archiver.serve.csv_cells import safe_csv
from archiver.serve.guard import App, NonceScripts, guarded
from archiver.serve.memento import cdx, memento, timegate, timemap
from archiver.serve.rendering import ASSETS, asset, message
from archiver.serve.search_page import search_page
from archiver.serve.start_page import changes_feed, changes_page, sites_page
from archiver.serve.story_page import citation, diff_page, reading_page
from archiver.serve.trends_page import trends_page

if TYPE_CHECKING:  # Datasette imports this module during its own import
    from datasette.app import Datasette

# Bytes of a row: more than the text of the largest page (20 MB). A short SQL statement can create a gigabyte.
_LONGEST_VALUE = 24 * 2**20
_ID = "(?P<id>[0-9]{1,16})"
Page = Callable[[Served, Any], Awaitable[Response]]


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    """The pages of the archive, which take precedence over Datasette's."""
    archive = served(datasette)
    if archive is None:
        return []
    return [
        (r"/$", _view(archive, search_page)),
        (rf"/story/{_ID}$", _view(archive, reading_page)),
        (rf"/story/{_ID}/diff$", _view(archive, diff_page)),
        (rf"/story/{_ID}/cite\.(?P<form>bib|json)$", _view(archive, citation)),
        (r"/story(/.*)?$", _view(archive, _no_story)),
        (r"/trends$", _view(archive, trends_page)),
        (r"/copies$", _view(archive, copies_page)),
        (r"/changes$", _view(archive, changes_page)),
        (r"/changes\.atom$", _view(archive, changes_feed)),
        (r"/sites$", _view(archive, sites_page)),
        (r"(?P<before>/timemap/link/).*$", _view(archive, timemap)),
        (r"(?P<before>/timegate/).*$", _view(archive, timegate)),
        (r"(?P<before>/memento/(?P<stamp>[^/]*)/).*$", _view(archive, memento)),
        (r"/cdx$", _view(archive, cdx)),
        (rf"/-/archiver/(?P<name>{'|'.join(ASSETS)})$", _asset),
        *([(r"/-/databases(\.json)?$", _view(archive, _no_databases))] if archive.host is not None else []),
    ]


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Adds headers to every response, and refuses requests for `archiver serve`."""
    archive = served(datasette)
    return lambda app: guarded(safe_csv(app), host=archive.host, public=archive.public) if archive else app


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Gives Datasette's own scripts the nonce that they need to run."""
    if served(datasette):
        env.add_extension(NonceScripts)


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(datasette: Datasette) -> list[str]:
    """Enough contrast on Datasette's own pages."""
    return [datasette.urls.path("/-/archiver/datasette.css")] if served(datasette) else []


@hookimpl  # type: ignore[untyped-decorator]
def extra_js_urls(datasette: Datasette) -> list[str]:
    """What screen readers need on Datasette's own pages."""
    return [datasette.urls.path("/-/archiver/datasette.js")] if served(datasette) else []


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Datasette, request: Any, exception: Exception) -> Response | None:
    """Tells people in the archive's own page that there is no such page, and lets Datasette answer every other error
    itself, but without `rich`.

    If that package is installed, Datasette uses it to print each error with all local variables to stdout. For a page
    that is not found no exception is active, so rich raises ValueError and the 404 would become a 500.
    """
    archive = served(datasette)
    if archive is None:
        return None
    datasette_errors.rich = None
    for_people = isinstance(exception, NotFound) and not request.path.endswith((".json", ".csv"))
    return message(archive, request, "no_page", 404) if for_people else None


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Adds the archive's SQL functions, also for readers' own SQL, and limits for it."""
    archive = served(datasette)
    if archive and archive.name == database:
        add_sql_functions(conn)
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        if archive.host is not None:
            conn.set_authorizer(_without_paths)


def _view(archive: Served, shown: Page) -> Callable[[Any], Awaitable[Response]]:
    async def view(request: Any) -> Response:
        try:
            return await shown(archive, request)
        except TooSlowError:
            return message(archive, request, "too_slow", 503)
        except ArchiverError as error:
            where = f"{archive.path.parent}/"  # readers must not see paths of the server
            return message(archive, request, "not_readable", 503, str(error).replace(where, ""))

    return view


def _without_paths(action: int, name: str | None, *_: object) -> int:
    """SQLite's own list of open files is empty (https://www.sqlite.org/c3ref/set_authorizer.html)."""
    is_list = action == sqlite3.SQLITE_PRAGMA and name == "database_list"
    return sqlite3.SQLITE_IGNORE if is_list else sqlite3.SQLITE_OK


async def _no_databases(archive: Served, request: Any) -> Response:
    """Replaces Datasette's list of databases, which shows their file names."""
    raise NotFound("there is no such page")


async def _no_story(archive: Served, request: Any) -> Response:
    return message(archive, request, "no_story", 404)


def _asset(request: Any) -> Response:
    return asset(request.url_vars["name"])
