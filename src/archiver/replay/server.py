"""pywb as a child process, for as long as a block lasts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import UsageError


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that runs."""

    origin: str  # http://127.0.0.1:8002

    def address(self, url: str, fetched_at: str) -> str:
        """Where the capture of `url` at that moment (ISO 8601, UTC) is replayed."""
        return f"{self.origin}/archive/{re.sub(r'[^0-9]', '', fetched_at)[:14]}/{url}"


@contextmanager
def running(index: Path, warcs: Path, *, port: int, host: str = "127.0.0.1") -> Iterator[Replay]:
    """Replay what the index knows, from the WARC files in `warcs`, until the block ends.

    Raises UsageError when replay is not set up, the port is taken or pywb does not start.
    """
    raise UsageError("replay is not set up", "run `archiver serve --set-up-replay`")
    yield Replay(f"http://{host}:{port}")
