"""Make Datasette's CSV safe for spreadsheets: a cell that would run as a formula gets an apostrophe in front.
`?_raw_csv=1` is for programs and leaves the cells unchanged.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from archiver.printable import csv_cell
from archiver.serve.guard import App

RAW = "_raw_csv"


def safe_csv(app: App) -> App:
    """Wraps an ASGI application and makes its text/csv responses safe, row by row while they are streamed."""

    async def wrapped(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        is_csv = scope["type"] == "http" and scope["path"].endswith(".csv")
        if not is_csv or asked.get(RAW) == ["1"]:
            await app(scope, receive, send)
            return
        cells: _Cells | None = None

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal cells
            if message["type"] == "http.response.start" and _holds_csv(message):
                cells = _Cells()
                kept = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
                message = {**message, "headers": kept}
            elif message["type"] == "http.response.body" and cells is not None:
                body = cells.feed(message.get("body", b""), last=not message.get("more_body"))
                message = {**message, "body": body}
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def _holds_csv(message: MutableMapping[str, Any]) -> bool:
    """Datasette sends CSV as text/plain to show it and as text/csv to download it; errors are pages."""
    kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
    return any(kind.startswith((b"text/csv", b"text/plain")) for kind in kinds)


class _Cells:
    """Takes CSV in pieces of any size and returns complete rows."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, data: bytes, *, last: bool) -> bytes:
        self._waiting += data
        end = len(self._waiting) if last else self._end_of_rows()
        rows, self._waiting = self._waiting[:end], self._waiting[end:]
        made = io.StringIO()
        writer = csv.writer(made)
        for row in _rows(rows.decode("utf-8", "surrogateescape")):
            writer.writerow([csv_cell(cell) for cell in row])
        return made.getvalue().encode("utf-8", "surrogateescape")

    def _end_of_rows(self) -> int:
        """The position after the last line break outside a quoted cell."""
        position = self._waiting.rfind(b"\n") + 1
        while position and self._waiting.count(b'"', 0, position) % 2:
            position = self._waiting.rfind(b"\n", 0, position - 1) + 1
        return position


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)  # a text may be longer than the csv module's default limit of 128 KiB
    return csv.reader(io.StringIO(text, newline=""), strict=False)
