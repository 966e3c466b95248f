"""`archiver serve`: Datasette with one archive, on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from archiver.errors import UsageError
from archiver.serve import plugin
from archiver.serve.archive import CONFIG_ARGUMENT

SETTINGS = {
    "sql_time_limit_ms": 3000,
    "max_returned_rows": 5000,
    "default_page_size": 50,
    "truncate_cells_html": 200,  # longer cells would fill the screen; the page of a row shows everything
    "allow_download": False,  # a copy of a file that is being written would be broken
    "allow_csv_stream": True,
    "num_sql_threads": 3,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """How to serve an archive."""

    index: Path
    host: str = "127.0.0.1"
    language: str | None = None
    replay: str | None = None  # origin of the replay that runs beside it
    public: str | None = None  # the URL of the pages behind a reverse proxy, without a trailing slash


def datasette_for(wish: Wish) -> Datasette:
    """A Datasette with the index (read-only, while others may write to it) and the archive's pages."""
    if not pm.is_registered(plugin):  # installed packages register their plugins automatically; a source tree doesn't
        pm.register(plugin, "archiver")
    settings = {"host": wish.host, "language": wish.language, "replay": wish.replay, "public": wish.public}
    config = {"plugins": {"archiver": {name: value for name, value in settings.items() if value}}}
    return Datasette([str(wish.index)], settings=SETTINGS, **{CONFIG_ARGUMENT: config})


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free port. Raises UsageError if it can't be opened."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        waiting = socket.socket(family, socket.SOCK_STREAM)
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        waiting.bind(address)
        waiting.listen(128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} of {host} is in use", "choose another with --port, or 0 for any free port"
            ) from error
        raise UsageError(
            f"{host} port {port} can't be used ({error.strerror})", "choose another --host or --port"
        ) from error
    return waiting


def address_of(waiting: socket.socket, host: str) -> str:
    """The address to open in a browser."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{waiting.getsockname()[1]}/"


def serve(wish: Wish, waiting: socket.socket, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `started` is called when the server is ready."""
    config = uvicorn.Config(
        datasette_for(wish).app(),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, started)
    before = {number: signal.signal(number, _ignore_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        asyncio.run(server.serve(sockets=[waiting]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()


def _ignore_signal(_number: int, _frame: object) -> None:
    """uvicorn stops at a signal and raises it again when it has finished, which is ignored."""
