"""`archiver withdraw`: take a story out of the archive, for good, until a day, or until it is reinstated."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from archiver.cli.app import App, print_json
from archiver.cli.shown import print_table
from archiver.cli.typed import full_url
from archiver.errors import UsageError


@click.command("withdraw")
@click.argument("wanted", metavar="[ID|URL]…", nargs=-1)
@click.option("--reason", metavar="TEXT", help="Why; kept with the decision. It must not name the address.")
@click.option("--until", metavar="DATE", help="An embargo: it goes on being captured, and is shown from that day.")
@click.option("--list", "listing", is_flag=True, help="List what is withdrawn.")
@click.option("--json", "as_json", is_flag=True, help="Print what was withdrawn as JSON.")
@click.pass_obj
def command(
    app: App, wanted: tuple[str, ...], reason: str | None, until: str | None, listing: bool, as_json: bool
) -> None:
    """Take stories out of search, web, replay, exports and feeds at once; they are not fetched again.

    The records stay in the WARC files: `archiver reinstate` brings the story back. archive/decisions.jsonl keeps the
    date, the reason and a hash of each address. docs/takedown.md says how to answer a takedown request.

    \b
    Examples:  archiver withdraw https://www.example.com/a-story --reason "request of 2026-05-01, ticket 17"
               archiver withdraw 1234567890 --reason "under embargo" --until 2027-01-01
               archiver withdraw --list
    """
    from archiver.withdraw import listed, withdraw  # noqa: PLC0415 - loads the index, which --help needn't wait for

    app.archive.require()
    if listing:
        found = listed(app.archive.path)
    elif not wanted:
        raise UsageError("nothing to withdraw is named", "give a story's number or address, or --list")
    elif reason is None or not reason.strip():
        raise UsageError("a withdrawal needs a reason", "give it with --reason")
    else:
        day = _day(until)
        with app.archive.locked():
            found = withdraw(app.archive, [full_url(one) or one for one in wanted], reason, until=day)
        what = f"withdrawn until {day}" if day else "withdrawn"
        app.confirm(f"{what}: {len(wanted)} of what was named; `archiver reinstate` takes it back")
    if as_json:
        print_json([asdict(entry) for entry in found])
    elif listing:
        rows = [(entry.story or "-", entry.verdict, entry.at, entry.reason) for entry in found]
        print_table(("story", "verdict", "since", "reason"), rows)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text is not None else None
    except ValueError as error:
        raise UsageError(f"{text!r} is no date", "write it like 2027-01-31") from error
