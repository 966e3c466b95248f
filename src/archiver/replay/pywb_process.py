"""pywb as a child process, within a `with` block."""

from __future__ import annotations

import ipaddress
import os
import re
import select
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archiver.errors import ArchiverError, UsageError
from archiver.replay.environment import require_set_up
from archiver.replay.lookup import serving

_PROGRAM = Path(__file__).with_name("pywb_server.py")
_START_SECONDS = 60.0  # it usually takes two; the first start on a slow disk much longer
_COLLECTION = "archive"


@dataclass(frozen=True, slots=True)
class Replay:
    """A running replay."""

    origin: str  # http://127.0.0.1:8002

    def address(self, url: str, fetched_at: str) -> str:
        """The replay URL of the capture of `url` at that time (ISO 8601, UTC)."""
        stamp = re.sub(r"[^0-9]", "", fetched_at)[:14]
        plain = quote(url.partition("#")[0], safe="%/:?#[]@!$&'()*+,;=-._~|")
        return f"{self.origin}/{_COLLECTION}/{stamp}/{plain}"


@contextmanager
def running(index: Path, warcs: Path, *, port: int, host: str = "127.0.0.1") -> Iterator[Replay]:
    """Replay everything in the index, including new captures, from the WARC files in `warcs`, until the block ends.

    Port 0 is any free port. Raises UsageError if replay is not set up, `host` is not a loopback address or the port is
    in use, and ArchiverError with the last line of pywb's log if it does not start.
    """
    python = require_set_up()
    with (
        _listening(host, port) as listener,
        serving(index, warcs) as cdx_server,
        tempfile.TemporaryDirectory(prefix="archiver-replay-", ignore_cleanup_errors=True) as folder,
        _started(python, listener, cdx_server, Path(folder)),
    ):
        port = listener.getsockname()[1]
        listener.close()  # the child has its own copy: if it dies, connections are refused
        yield Replay(f"http://{f'[{host}]' if ':' in host else host}:{port}")


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    if not _is_loopback(host):
        raise UsageError(f"replay is not served on {host}", "use 127.0.0.1, because archived scripts run there")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise UsageError(
            f"replay can't listen on port {port} ({cause})", "choose another with --replay-port"
        ) from error
    with listener:
        yield listener


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _started(python: Path, listener: socket.socket, cdx_server: str, folder: Path) -> Iterator[None]:
    log = folder / "pywb.log"
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [python, "-I", "-m", "gevent.monkey", _PROGRAM, str(listener.fileno()), cdx_server],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            pass_fds=[listener.fileno()], cwd=folder, env=_environment(folder), start_new_session=True,
        )  # fmt: skip
    try:
        _await_ready(child, log)
        yield
    finally:
        _end(child)


def _environment(folder: Path) -> dict[str, str]:
    """An environment without variables that select a proxy, another configuration or our packages."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return kept | {"HOME": str(folder), "PYTHONWARNINGS": "ignore"}


def _await_ready(child: subprocess.Popen[bytes], log: Path) -> None:
    """Raises ArchiverError if the child dies or takes too long."""
    assert child.stdout is not None
    readable, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
    if readable and child.stdout.readline() == b"ready\n":
        return
    child.kill()
    child.wait()
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "it says nothing"
    raise ArchiverError(f"pywb does not start ({last})", "delete its folder, then run `archiver serve --set-up-replay`")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Stops pywb. It has no child processes and nothing to save."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    child.kill()
    child.wait()
