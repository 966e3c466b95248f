"""`archiver history`: the history of a story."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby

import click

from archiver.cli.app import App, print_json
from archiver.cli.readable import when
from archiver.cli.stories import requested_story
from archiver.index.database import open_reader
from archiver.index.read.story_history import Event, What, history
from archiver.printable import plain

_WORDS: dict[What, str] = {
    "first": "first captured",
    "edit": "edited",
    "same": "unchanged",
    "gone": "gone",
    "back": "back",
    "moved": "redirects to another URL of the story",
}


@click.command("history")
@click.argument("wanted", metavar="ID|URL")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every capture.")
@click.pass_obj
def command(app: App, wanted: str, as_json: bool) -> None:
    """Show a story's history: captures, edits, and when it was removed or restored.

    \b
    Examples:  archiver history 1234567890
               archiver history https://www.example.com/2024/05/a-story --json
    """
    app.archive.require()
    with open_reader(app.archive.index) as db:
        story = requested_story(app, db, wanted)
        events = history(db, story.id)
    if as_json:
        facts = {name: getattr(story, name) for name in ("id", "url", "title", "versions", "status")}
        print_json({**facts, "history": [asdict(event) for event in events]})
        return
    click.echo(click.style(plain(story.title), bold=True) + click.style(f"  [{story.id}]", dim=True))
    # Consecutive captures without a change are one line.
    for (what, _), group in groupby(events, key=lambda event: (event.what, event.new_page)):
        _print(what, list(group))


def _print(what: What, events: list[Event]) -> None:
    if what in ("same", "gone") and len(events) > 1:
        line = f"{when(events[0].at)}  {_WORDS[what]}, {len(events)} captures until {when(events[-1].at)}"
        click.echo(line)
        return
    for event in events:
        parts = [_WORDS[what] if event.new_page is None else f"page {event.new_page} of the story first captured"]
        if event.version:
            parts.append(f"version {event.version}")
        if what == "edit":
            parts.append(f"+{event.words_added} −{event.words_removed} words")
        if what == "gone":
            parts.append(f"status {event.http_status}")
        if what == "moved":
            parts.append(plain(event.url))
        if event.title and what == "edit":
            parts.append(plain(event.title))
        click.echo(f"{when(event.at)}  " + ", ".join(parts))
