"""Output for people: tables, times, counts. Programs get JSON or CSV, with ISO 8601."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from archiver.printable import csv_cell, plain, raw_csv_cell

_NUMBERS = set("0123456789.,%+-−")

_MOST_COUNTS = 12  # in one line


def print_table(names: Sequence[str], rows: Iterable[Sequence[object]], notes: Sequence[str] = ()) -> None:
    """Print rows below their column names, numbers aligned right. Prints nothing if there are no rows.

    `notes` has a dim line to print below each row.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    columns = list(zip(names, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(set(cell) <= _NUMBERS for cell in column[1:]) for column in columns]
    click.echo(click.style(_line(names, widths, right), dim=True))
    for number, row in enumerate(cells):
        click.echo(_line(row, widths, right))
        if notes:
            click.echo(click.style(f"  {_cell(notes[number])}", dim=True))


def bar(number: int, most: int) -> str:
    """A bar; the largest value has 40 characters."""
    return "█" * max(1, round(number / most * 40)) if number else ""


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """CSV that a spreadsheet reads as data, or with --raw-csv as a program does."""
    take = raw_csv_cell if click.get_current_context().params.get("raw_csv") else csv_cell
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([take(value) for value in row.values()])


def when(moment: str | None) -> str:
    """A time for people, `2024-05-31 14:50 UTC`. A date without a time stays one, and None is `-`.

    The archive's own times are in UTC. A time stated by a page keeps its offset, `2024-05-31 14:50 -04:00`: in another
    time zone its day could differ from the story's `date`.
    """
    try:
        parsed = datetime.fromisoformat(moment or "")
    except ValueError:
        return plain(moment or "-")  # not a time: from a foreign WARC, or a report that was tampered with
    if "T" not in str(moment):
        return str(moment)
    zone = "" if parsed.tzinfo is None else "UTC" if not parsed.utcoffset() else parsed.isoformat()[-6:]
    return f"{parsed:%Y-%m-%d %H:%M} {zone}".rstrip()


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 crawl`, `2 crawls`; `plural` for nouns that take more than an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def by_number(counts: Mapping[str, int] | None) -> str:
    """`15 status_404, 2 timeout`: non-zero counts, the largest first."""
    some = sorted((entry for entry in (counts or {}).items() if entry[1]), key=lambda entry: (-entry[1], entry[0]))
    more = f", {len(some) - _MOST_COUNTS} more" if len(some) > _MOST_COUNTS else ""
    return ", ".join(f"{number} {name}" for name, number in some[:_MOST_COUNTS]) + more


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = zip(cells, widths, right, strict=True)
    return "  ".join(cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in parts).rstrip()


def _cell(value: object) -> str:
    return "-" if value is None else plain(" ".join(str(value).split()))
