"""SIGINT and SIGTERM during the preparation, the run and the indexing of a crawl."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

from archiver.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ENDS_NOW = (
    b"archiver: second signal: ended at once; what was captured is kept, requests in flight are not: run the same "
    b"command again to continue\n"
)


class Interrupts:
    """Within the `with` block, the first signal calls the listener, immediately or as soon as there is one; the second
    signal ends the program immediately.

    No exception is raised in the crawl, because it could occur anywhere, also in code that swallows it.
    """

    def __init__(self) -> None:
        self._listener: Callable[[], None] | None = None
        self._count = 0
        self._previous: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        self._previous = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this function at the first signal, or now if the signal has already come."""
        self._listener = listener
        if self._count:
            listener()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """A second signal loses nothing durable."""
        self._count += 1
        if self._count > 1:
            with suppress(OSError):
                os.write(2, _ENDS_NOW)  # not buffered: the program ends here
            os._exit(ExitCode.INTERRUPTED)
        if self._listener is not None:
            self._listener()
