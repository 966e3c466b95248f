"""Tables as JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archiver.errors import UsageError
from archiver.extras import install_hint
from archiver.index.read.export_rows import Kind, RowColumn
from archiver.printable import csv_cell, raw_csv_cell, spreadsheet_number

Rows = Iterator[tuple[Any, ...]]

_PARQUET_ROWS = 1000  # in memory at once; stories are some kilobytes each


def write_jsonl(path: Path, columns: Sequence[RowColumn], rows: Rows) -> int:
    """One JSON object a line, lists as arrays; returns how many."""
    names = [column.name for column in columns]
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
    return count


def write_csv(path: Path, columns: Sequence[RowColumn], rows: Rows, *, bom: bool = False, raw: bool = False) -> int:
    """RFC 4180 with a header line. A cell that a spreadsheet would run gets an apostrophe in front. With `bom`, for
    spreadsheets, the numbers of stories and captures get it too: a spreadsheet rounds them.

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
    """Parquet with types: lists, days and moments as such. Raises UsageError without pyarrow."""
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
    schema = pyarrow.schema(
        [
            pyarrow.field(column.name, types[column.kind], metadata={"description": column.doc.encode()})
            for column in columns
        ]
    )
    convert = [_CONVERT.get(column.kind) for column in columns]
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _PARQUET_ROWS)):
            count += len(batch)
            lists = zip(*batch, strict=True)
            values = [[change(v) for v in kept] if change else list(kept) for change, kept in zip(convert, lists)]  # noqa: B905
            arrays = [pyarrow.array(part, field.type) for part, field in zip(values, schema, strict=True)]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
    return count


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
