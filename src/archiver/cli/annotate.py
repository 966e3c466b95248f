"""`archiver annotate`: a user's own annotations of stories."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archiver.cli.app import App, print_json
from archiver.errors import UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.annotations import Annotations, ignored_columns, read_annotations
from archiver.printable import plain


@click.command("annotate")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--forget", metavar="NAME", help="Remove all annotations of this name.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(app: App, /, file: Path | None, forget: str | None, as_json: bool) -> None:
    """Add your own annotations to stories: entities, topics, ratings.

    FILE is .csv with a header, or JSONL (also - for standard input), with these columns: id or url of the story, name,
    value, and optionally version. The rows go to the table `annotations`, for SQL and `export --table annotations`, and
    to annotations.jsonl beside the index, so that a rebuild keeps them. A row that exists already changes nothing. If
    any row is invalid, nothing is imported.

    \b
    Examples:  archiver annotate topics.csv
               archiver annotate entities.jsonl
               archiver annotate --forget topic
    """
    app.archive.require()
    if file is not None and forget is not None:
        raise UsageError("FILE and --forget can't be combined", "give one of them")
    if file is None and forget is None:
        raise UsageError("no file of annotations was given, nor --forget NAME", "archiver annotate topics.csv")
    kept = Annotations(app.archive.path)
    done: dict[str, object]
    with open_writer(app.archive.index) as db:
        if file is None:
            assert forget is not None, "either FILE or --forget was given"
            number = kept.forget(db, forget)
            done, said = (
                {"forgotten": number},
                f"removed {number} annotation{'' if number == 1 else 's'} called {plain(forget)}",
            )
        else:
            data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
            found = read_annotations(db, file.name, data)
            new = kept.add(db, found)
            ignored = ignored_columns(file.name, data)
            done = {"rows": len(found), "new": new} | ({"ignored_columns": ignored} if ignored else {})
            said = f"{new} of {len(found)} rows are new"
            if ignored:
                click.echo(f"archiver: columns that are not stored: {plain(', '.join(ignored))}", err=True)
    if as_json:
        print_json(done)
    else:
        app.confirm(said)
