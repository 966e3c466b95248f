"""`archiver serve`: the archive in a browser."""

from __future__ import annotations

import time
import webbrowser
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from archiver.cli.app import App
from archiver.errors import DamageError, UsageError
from archiver.extras import install_hint
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.printable import plain
from archiver.urls import absolute_url

if TYPE_CHECKING:
    from archiver.replay import Replay


_PATIENCE = 15  # seconds


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; any other than the default lets other machines read the archive.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="The port; 0: any free port."
)
@click.option(
    "--url",
    "public",
    metavar="URL",
    help="The URL under which a reverse proxy serves these pages (docs/institution.md); feeds and TimeMaps link to it.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the pages in your browser.")
@click.option("--replay", is_flag=True, help="Also replay captured pages, with pywb at a separate origin.")
@click.option("--replay-port", type=click.IntRange(0, 65535), default=8002, show_default=True, help="Its port.")
@click.option("--set-up-replay", "set_up", is_flag=True, help="Install what replay needs (once), then exit.")
@click.option("--lang", type=click.Choice(["en", "es"]), help="Language of the pages for readers who choose none.")
@click.pass_obj
def command(
    app: App,
    /,
    host: str,
    port: int,
    public: str | None,
    open_browser: bool,
    replay: bool,
    replay_port: int,
    set_up: bool,
    lang: str | None,
) -> None:
    """Serve the archive to a browser on this machine: search, stories, versions, citations, and SQL with Datasette.

    The pages are read-only, and no request leaves the machine. A crawl may run at the same time. Prints the address;
    Ctrl-C stops the server. Needs Datasette (the extra `web`).

    \b
    Examples:  archiver serve --open
               archiver -A /srv/archive serve --port 8080 --lang es
               archiver serve --url https://archive.example.org
               archiver serve --set-up-replay; archiver serve --replay
    """
    if set_up:
        _set_up_replay(app)
        return
    public = _public(public) if public is not None else None
    app.archive.require()
    _require_index(app.archive)
    try:
        from archiver.serve.web_server import Wish, address_of, listen, serve  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(f"this command needs Datasette ({error})", f"run `{install_hint('web')}`") from error
    with ExitStack() as stack:
        waiting = stack.enter_context(listen(host, port))
        origin = stack.enter_context(_replaying(app, host, replay_port)).origin if replay else None
        address = address_of(waiting, host)

        def started() -> None:
            click.echo(address)
            if origin:
                app.confirm(f"replay: {origin}")
            app.say("stop with Ctrl-C")
            if open_browser:
                webbrowser.open(address)

        serve(Wish(app.archive.index, host, lang, origin, public), waiting, started)


def _public(typed: str) -> str:
    """The origin of a reverse proxy. Raises UsageError for anything else, also for a path below it."""
    url = absolute_url(typed, typed)
    parts = urlsplit(url or "")
    if url is None or parts.path not in ("", "/") or parts.query or "@" in urlsplit(typed).netloc:
        raise UsageError(
            f"--url {plain(typed)!r} is not the URL of a host",
            "write it like https://archive.example.org, without a path",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _require_index(archive: ArchiveDir) -> None:
    """Report a problem with the index now, not on every page. A first crawl creates the index in its first second."""
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            with open_reader(archive.index):
                return
        except (UsageError, DamageError):
            if time.monotonic() > patience or not archive.in_use:
                raise
        time.sleep(0.1)


def _set_up_replay(app: App) -> None:
    from archiver.replay import set_up  # noqa: PLC0415 - optional, like its environment

    click.echo(set_up(app.confirm))


def _replaying(app: App, host: str, port: int) -> AbstractContextManager[Replay]:
    from archiver.replay import running  # noqa: PLC0415

    return running(app.archive.index, app.archive.warc, port=port, host=host)
