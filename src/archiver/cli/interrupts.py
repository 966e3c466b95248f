"""SIGINT and SIGTERM while a crawl is prepared, runs and is indexed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from archiver.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While the `with` block runs, the first signal calls whoever listens, then or when it begins to; with the second
    the program ends at once.

    A crawl is not interrupted by an exception: that may arise anywhere, also where it is swallowed.
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
        """Call this at the first signal: now, if it has come."""
        self._listener = listener
        if self._count:
            listener()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """What was durable before the second still is."""
        self._count += 1
        if self._count > 1:
            os._exit(ExitCode.INTERRUPTED)
        if self._listener is not None:
            self._listener()
