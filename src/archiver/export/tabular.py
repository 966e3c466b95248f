"""Tables as JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from archiver.errors import UsageError
from archiver.extras import install_hint
from archiver.index.read.export_rows import Kind, RowColumn
from archiver.printable import csv_cell, raw_csv_cell, spreadsheet_number

Rows = Iterator[tuple[Any, ...]]

_PARTED_BY = ("site", "month")  # in the order of the columns
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_OPEN_PARTS = 200  # files of a partitioned table; where there are more, a part may become several files
_WAITING_ROWS = 5000
_PARQUET_ROWS = 1000  # in memory at once; stories are some kilobytes each


def write_jsonl(path: Path, columns: Sequence[RowColumn], rows: Rows) -> int:
    """Write one JSON object per line, lists as arrays; returns the count."""
    names = [column.name for column in columns]
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
    return count


def write_csv(path: Path, columns: Sequence[RowColumn], rows: Rows, *, bom: bool = False, raw: bool = False) -> int:
    """RFC 4180 with a header line. A cell that a spreadsheet would run as a formula gets an apostrophe in front. With
    `bom`, for spreadsheets, the IDs of stories and captures get one, too, because a spreadsheet rounds them.

    `raw` is for programs: texts are exact, lists are JSON arrays.
    """
    usual = raw_csv_cell if raw else csv_cell
    takes = [spreadsheet_number if bom and not raw and column.is_key else usual for column in columns]
    count = 0
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow([take(value) for take, value in zip(takes, row, strict=True)])
    return count


def write_parquet(path: Path, columns: Sequence[RowColumn], rows: Rows) -> int:
    """Parquet with types for lists, dates and times. Raises UsageError without pyarrow."""
    table = _ParquetTable(columns)
    count = 0
    with table.writer(path) as writer:
        while rows_now := list(islice(rows, _PARQUET_ROWS)):
            count += len(rows_now)
            writer.write_batch(table.batch(rows_now))
    return count


def write_parquet_parts(folder: Path, columns: Sequence[RowColumn], rows: Rows) -> int:
    """Parquet files by site and month, `site=NAME/month=2026-05/part-0.parquet`: the layout of Hive, which DuckDB,
    Spark and pandas read as one table, opening only what a query asks for. Raises UsageError without pyarrow."""
    parts = _Parts(folder, columns)
    count = 0
    with parts:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            parts.add(row)
    return count


class _Parts:
    """The files of a partitioned table. Rows wait in memory, and the largest group is written when there are many."""

    def __init__(self, folder: Path, columns: Sequence[RowColumn]) -> None:
        self._folder = folder
        self._by = [position for position, column in enumerate(columns) if column.name in _PARTED_BY]
        self._table = _ParquetTable([column for column in columns if column.name not in _PARTED_BY])
        self._waiting: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._number = 0  # of rows that wait
        self._open: dict[tuple[Any, ...], Any] = {}  # the one that was written last at the end
        self._made: Counter[tuple[Any, ...]] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        while self._waiting and kind is None:
            self._write(next(iter(self._waiting)))
        for writer in self._open.values():
            writer.close()

    def add(self, row: tuple[Any, ...]) -> None:
        key = tuple(row[position] for position in self._by)
        rest = tuple(value for position, value in enumerate(row) if position not in self._by)
        self._waiting.setdefault(key, []).append(rest)
        self._number += 1
        if self._number >= _WAITING_ROWS:
            self._write(max(self._waiting, key=lambda key: len(self._waiting[key])))

    def _write(self, key: tuple[Any, ...]) -> None:
        rows = self._waiting.pop(key)
        self._number -= len(rows)
        writer = self._open.pop(key, None) or self._new(key)
        self._open[key] = writer
        writer.write_batch(self._table.batch(rows))
        if len(self._open) > _OPEN_PARTS:
            self._open.pop(next(iter(self._open))).close()

    def _new(self, key: tuple[Any, ...]) -> Any:
        names = [f"{name}={_NO_VALUE if value is None else quote(str(value), safe='')}"
                 for name, value in zip(_PARTED_BY, key, strict=True)]  # fmt: skip
        folder = self._folder.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        self._made[key] += 1
        return self._table.writer(folder / f"part-{self._made[key] - 1}.parquet")


class _ParquetTable:
    """A table for Parquet: its types, and rows as record batches. Raises UsageError without pyarrow."""

    def __init__(self, columns: Sequence[RowColumn]) -> None:
        try:
            import pyarrow  # noqa: PLC0415 - an extra, and slow to load
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError as error:
            raise UsageError("Parquet needs pyarrow", install_hint("parquet")) from error
        types: dict[Kind, Any] = {
            "text": pyarrow.string(),
            "integer": pyarrow.int64(),
            "real": pyarrow.float64(),
            "list": pyarrow.list_(pyarrow.string()),
            "flag": pyarrow.bool_(),
            "day": pyarrow.date32(),
            "moment": pyarrow.timestamp("ms", tz="UTC"),
        }
        fields = [
            pyarrow.field(column.name, types[column.kind], metadata={"description": column.doc.encode()})
            for column in columns
        ]
        self._pyarrow, self._parquet = pyarrow, parquet
        self._schema = pyarrow.schema(fields)
        self._convert = [_CONVERT.get(column.kind) for column in columns]

    def writer(self, path: Path) -> Any:
        return self._parquet.ParquetWriter(path, self._schema, compression="zstd")

    def batch(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        lists = zip(*rows, strict=True)
        values = [[change(v) for v in kept] if change else list(kept) for change, kept in zip(self._convert, lists)]  # noqa: B905
        arrays = [self._pyarrow.array(part, field.type) for part, field in zip(values, self._schema, strict=True)]
        return self._pyarrow.record_batch(arrays, schema=self._schema)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _moment(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except ValueError:
        return None


_CONVERT: dict[Kind, Callable[[Any], Any]] = {"day": _day, "moment": _moment}
