"""`archiver withdraw`: hide a story until it is reinstated or until a date, or erase it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.index import print_missing
from archiver.cli.readable import counted, print_table
from archiver.cli.typed import full_url
from archiver.errors import UsageError
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.withdraw import Withdrawn


@click.command("withdraw")
@click.argument("wanted", metavar="[ID|URL]…", nargs=-1)
@click.option("--reason", metavar="TEXT", help="Why (required); kept with the decision. It must not contain the URL.")
@click.option("--until", metavar="DATE", help="Embargo: the story is still captured, but hidden until this date.")
@click.option(
    "--erase",
    "erasing",
    is_flag=True,
    help="Also remove it from the WARC files, logs and reports. This can't be undone.",
)
@click.option("--list", "listing", is_flag=True, help="List withdrawn stories.")
@click.option("--json", "as_json", is_flag=True, help="Print what was withdrawn as JSON.")
@click.pass_obj
def command(
    app: App,
    wanted: tuple[str, ...],
    reason: str | None,
    until: str | None,
    erasing: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Hide stories immediately in search, web pages, replay, exports and feeds, and stop fetching them.

    The records stay in the WARC files, and `archiver reinstate` undoes the withdrawal. With --erase, these WARC files
    and the index are rewritten without the story, which takes as long as `index --rebuild` and can't be undone.
    archive/decisions.jsonl keeps the date, the reason and a hash of each URL. docs/takedown.md explains how to answer a
    takedown request.

    \b
    Examples:  archiver withdraw https://www.example.com/a-story --reason "request of 2026-05-01, ticket 17"
               archiver withdraw 1234567890 --reason "under embargo" --until 2027-01-01
               archiver withdraw 1234567890 --reason "ticket 18" --erase
               archiver withdraw --list
    """
    from archiver.withdraw import copies_of, listed, never_captured, withdraw  # noqa: PLC0415 - loads the index, which --help needn't wait for

    app.archive.require()
    if listing:
        found = listed(app.archive.path)
    elif not wanted:
        raise UsageError("no story was given", "give a story's ID or URL, or --list")
    elif reason is None or not reason.strip():
        raise UsageError("a withdrawal needs a reason", "give one with --reason")
    else:
        only_one_of("until", "erasing")
        day = _day(until)
        with app.archive.locked():
            named = [full_url(one) or one for one in wanted]
            copies, unknown = copies_of(app.archive, named), never_captured(app.archive, named)
            found = withdraw(app.archive, named, reason, until=day)
            if erasing:
                found = _erase(app, found, reason)
        before = [] if erasing else [entry.story for entry in found if entry.verdict == "erased"]
        for story in before:
            click.echo(f"archiver: the story {story} was erased before and stays erased", err=True)
        what = f"withdrawn until {day}" if day else "erased" if erasing else "withdrawn"
        number = len(wanted) - len(before) - len(unknown)
        if number:
            app.confirm(f"{what}: {counted(number, 'story', 'stories')}" + _AFTER[erasing])
        elif unknown:
            kept = "is" if len(unknown) == 1 else "are"
            app.confirm(f"{what}: 0 stories; {counted(len(unknown), 'URL')} {kept} not fetched in the future")
        for url in unknown:
            click.echo(
                f"archiver: {plain(url)} is not in the archive: only fetching it in the future is prevented", err=True
            )
        for copy in copies:
            click.echo(
                f"archiver: not withdrawn: {plain(copy.url)} (ID {copy.id}), which shares {copy.share:.0%} of the "
                "text: withdraw it too if the request covers it",
                err=True,
            )
    if as_json:
        print_json([entry.to_json() for entry in found])
    elif listing:
        _print_listed(app, found)


# What the user has to know about each kind of withdrawal.
_AFTER = {
    False: "; `archiver reinstate` undoes it",
    True: "; earlier backups and exports still contain it: see docs/takedown.md",
}


def _erase(app: App, found: list[Withdrawn], reason: str) -> list[Withdrawn]:
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415 - loads trafilatura
    from archiver.index.ingest.upkeep import rebuild  # noqa: PLC0415
    from archiver.withdraw import confirm_erased, listed  # noqa: PLC0415
    from archiver.withdraw.erase import erase  # noqa: PLC0415

    progress = _progress if app.on_terminal else lambda _: None
    addresses = frozenset(address for entry in found for address in entry.addresses)
    with ExtractionPool() as pool:
        done = erase(app.archive, addresses, pool, progress)
        confirm_erased(app.archive.path, found, reason, done.hidden)
        if app.archive.index.exists():
            print_missing(rebuild(app.archive.index, app.archive.warc, app.sites(), pool).missing)
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)
    app.confirm(
        f"{counted(done.records, 'record')} left out and {done.blanked} blanked in part, in "
        f"{counted(len(done.files), 'WARC file')}; traces removed from {counted(len(done.texts), 'other file')}"
    )
    for name in done.left:
        why = ", is damaged and could not be searched completely," if name in done.unsearched else ""
        click.echo(
            f"archiver: {plain(name)} is outside the archive{why} and may still contain it: remove it yourself",
            err=True,
        )
    if done.hidden:
        pages = counted(len(done.hidden), "other page")
        click.echo(
            f"archiver: {pages} of these files still show something of it, and the index no longer reads them from "
            "there: to have them without it, copy the files to archive/warc/, run `archiver index` and erase it again",
            err=True,
        )
    return [entry for entry in listed(app.archive.path) if not addresses.isdisjoint(entry.addresses)]


def _print_listed(app: App, found: list[Withdrawn]) -> None:
    rows = [
        (
            entry.story or _unknown(entry),
            f"until {entry.until}" if entry.until else entry.verdict,
            entry.at,
            entry.reason,
        )
        for entry in found
    ]
    print_table(("story", "verdict", "since", "reason"), rows)
    if any(not entry.story for entry in found):
        app.confirm("URL …: there is no story of it, and the log has only its hash: to reinstate it, give the URL")


def _progress(name: str) -> None:
    click.echo(f"\r\x1b[Ksearching {plain(name)}"[:100], err=True, nl=False)


def _unknown(entry: Withdrawn) -> str:
    """URLs that are not of a story, by the beginning of a hash."""
    more = f" and {len(entry.addresses) - 1} more" if len(entry.addresses) > 1 else ""
    return f"URL {entry.addresses[0][:12]}…{more}"


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date", "write it like 2027-01-31") from error
    if day <= datetime.now(UTC).date():
        raise UsageError(
            f"an embargo until {day} would be over", "give a day in the future, or no --until to withdraw it for good"
        )
    return day
