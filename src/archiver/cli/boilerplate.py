"""`archiver boilerplate`: learned boilerplate, and people's decisions about it."""

from __future__ import annotations

from dataclasses import asdict

import click

from archiver.cli.app import App, print_json
from archiver.cli.choosing import require_site
from archiver.cli.completing import complete_site
from archiver.cli.groups import Commands
from archiver.cli.readable import counted, print_table
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.learn import boilerplate_decisions
from archiver.printable import plain


@click.group("boilerplate", cls=Commands)
def command() -> None:
    """List, accept or reject learned boilerplate: text on a site's pages that is not part of a story.

    Learned and accepted boilerplate is removed from all texts and kept aside (`archiver show ID --removed`). Suspected
    and rejected lines stay in the texts. Nothing is lost either way. docs/boilerplate.md explains how it is learned.

    \b
    Examples:  archiver boilerplate list --site example
               archiver boilerplate reject 1234567890 --reason "a refrain of the column"
               archiver boilerplate accept 1234567890
    """


@command.command("list")
@click.option("--site", help="Only for this site.", shell_complete=complete_site)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_obj
def list_(app: App, site: str | None, as_json: bool) -> None:
    """List what was learned, suspected or decided, with the evidence.

    \b
    Example:  archiver boilerplate list --site example
    """
    app.archive.require()
    with open_reader(app.archive.index) as db:
        require_site(app, db, site)
        found = boilerplate_decisions.entries(db, site)
    if as_json:
        print_json([asdict(entry) for entry in found])
        return
    rows = [(entry.id, entry.status, entry.what, entry.stories, f"{entry.share:.0%}", entry.text) for entry in found]
    print_table(
        ("id", "status", "what", "stories", "share", "text"), rows, [f"{entry.site}: {entry.why}" for entry in found]
    )
    if not found:
        app.confirm("no boilerplate was learned: that needs text that recurs in three stories and that no layout drops")


@command.command("accept")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print the entry as JSON.")
@click.pass_obj
def accept(app: App, number: int, reason: str, as_json: bool) -> None:
    """Remove a line from all stories, whatever is learned about it later.

    \b
    Example:  archiver boilerplate accept 1234567890
    """
    _decide(app, number, "accept", reason, as_json)


@command.command("reject")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print the entry as JSON.")
@click.pass_obj
def reject(app: App, number: int, reason: str, as_json: bool) -> None:
    """Keep a line in all stories, and restore it where it was removed.

    \b
    Example:  archiver boilerplate reject 1234567890 --reason "a refrain of the column"
    """
    _decide(app, number, "reject", reason, as_json)


def _decide(app: App, number: int, verdict: str, reason: str, as_json: bool) -> None:
    app.archive.require()
    if not app.archive.index.exists():
        raise UsageError(f"there is no index at {app.archive.index}", "run `archiver index`")
    entry = boilerplate_decisions.decide(app.archive.index, number, verdict, reason)
    if as_json:
        print_json(asdict(entry))
    app.confirm(f"{verdict}ed: {plain(' '.join(entry.text.split()))[:100]}")
    if verdict == "reject":
        with open_reader(app.archive.index) as db:
            for other in boilerplate_decisions.still_removing(db, entry):
                click.echo(
                    f"archiver: the same text is still removed as {other.what} "
                    f"({counted(other.stories, 'story', 'stories')}): "
                    f"to keep it there too, run `archiver boilerplate reject {other.id}`",
                    err=True,
                )
