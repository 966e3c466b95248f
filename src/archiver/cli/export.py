"""`archiver export`: write stories or their records to a file, for other tools."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.choosing import check_choice, choosing, query_of
from archiver.cli.readable import counted
from archiver.errors import ExitCode, UsageError
from archiver.export.exporting import TABULAR, Wish, export, format_of
from archiver.index.database import open_reader
from archiver.index.read.export_rows import EXPORTED
from archiver.printable import plain


@click.command("export")
@click.argument("file", metavar="FILE")
@click.argument("words", metavar="[QUERY]", nargs=-1)
@choosing
@click.option(
    "--table", type=click.Choice(list(EXPORTED)), default="articles", show_default=True, help="Which rows to write."
)
@click.option(
    "--bom",
    is_flag=True,
    help="CSV for Excel: a byte order mark, and story IDs as text, because Excel rounds long numbers.",
)
@click.option("--raw-csv", is_flag=True, help="CSV for programs: no apostrophe before what a spreadsheet would run.")
@click.option(
    "--sign",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Sign a .wacz with the ECDSA key (P-384) in a PEM file. docs/security.md explains what that proves.",
)
@click.option("--force", is_flag=True, help="If FILE exists, replace it when the new one is complete.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_obj
def command(
    app: App,
    /,
    file: str,
    words: tuple[str, ...],
    table: str,
    bom: bool,
    raw_csv: bool,
    sign: Path | None,
    force: bool,
    as_json: bool,
    **choice: Any,
) -> int:
    """Write all stories, or all that a search finds, to FILE.

    The ending of FILE selects the format: .jsonl, .csv, .parquet for tables; .parquet/ for a folder
    of Parquet files by site and month, as DuckDB and Spark read them; .md/ for a folder of Markdown; .warc.gz
    and .wacz for the captured records; .cdxj for an index of them for pywb. A codebook is written next to it
    (FILE.codebook.md and .json), and for tables a Frictionless data package with the types (FILE.datapackage.json),
    which `frictionless validate` checks for .csv and .jsonl.

    \b
    Examples:  archiver export stories.csv --bom
               archiver export ferry.parquet ferry --stem --since 2024
               archiver export stories.parquet/            # a folder for DuckDB: site=…/month=…/
               archiver export edits.jsonl --table versions --edited
               archiver export council.wacz 'city council' --sign wacz.key
               archiver export --force latest.csv --since 2024     # in a script that runs repeatedly
    """
    app.archive.require()
    kind = _format(file, words)
    if kind not in TABULAR and table != "articles":
        raise UsageError(f"--table is for {', '.join(TABULAR)}", "omit it, or choose one of these formats")
    if bom and kind != "csv":
        raise UsageError("--bom is for .csv", "omit it")
    if raw_csv and kind != "csv":
        raise UsageError("--raw-csv is for .csv", "omit it")
    if sign and kind != "wacz":
        raise UsageError("--sign is for .wacz", "omit it; `archiver manifest --sign` signs the archive itself")
    wish = Wish(Path(file), kind, query_of(words, choice), table, bom, force, raw_csv=raw_csv, sign=sign)
    with open_reader(app.archive.index) as db:
        check_choice(app, db, wish.query)
        made = export(db, app.archive.warc, wish)
    if as_json:
        print_json({"file": str(wish.target), **asdict(made)})
    app.say(f"{made.count} {made.what} in {wish.target}, with a codebook next to it")
    if made.records:
        app.say(
            f"records that other programs can't read in place were copied to {made.records}: keep it with the export"
        )
    for name, captures in made.missing_captures.items():
        click.echo(f"archiver: {plain(_left_out(name, captures))}", err=True)
    return int(ExitCode.DAMAGE if made.missing else ExitCode.OK)


def _left_out(name: str, captures: int) -> str:
    if ": the record " in name:
        return f"{name} can't be copied (damaged, or too long): it is not in the export; see `archiver verify`"
    return f"{name} is missing: {counted(captures, 'record')} of it not in the export"


def _format(file: str, words: tuple[str, ...]) -> str:
    """The format of FILE. Raises UsageError, with a hint if FILE and QUERY are in the wrong order."""
    try:
        return format_of(file)
    except UsageError as error:
        if not words or not _has_format(words[-1]):
            raise
        right = shlex.join([words[-1], file, *words[:-1]])
        raise UsageError(error.message, plain(f"FILE comes first: archiver export {right}")) from error


def _has_format(name: str) -> bool:
    try:
        format_of(name)
    except UsageError:
        return False
    return True
