"""`archiver show`: one story, its text and metadata."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from archiver.cli.app import App, plain, print_json
from archiver.errors import UsageError
from archiver.index import read
from archiver.index.database import open_reader


@click.command("show")
@click.argument("wanted", metavar="ID|URL")
@click.option("--version", type=click.IntRange(min=1), help="This version of the text instead of the latest.")
@click.option("--removed", is_flag=True, help="What was taken out of the page's text, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(app: App, wanted: str, version: int | None, removed: bool, as_json: bool) -> None:
    """Show a story by its number or by any of its addresses.

    \b
    Examples:  archiver show 1234567890
               archiver show https://www.example.com/2024/05/a-story --json
    """
    app.archive.require()
    with open_reader(app.archive.index) as db:
        story = read.find_story(db, wanted)
        if story is None:
            raise UsageError(f"no story {wanted!r} in {app.archive.path}", "look for it with `archiver search`")
        versions = {entry.version: entry for entry in read.versions(db, story.id)}
        chosen = versions.get(version or story.versions)
        if chosen is None:
            raise UsageError(f"story {story.id} has no version {version}", f"it has 1 to {story.versions}")
        data = asdict(story)
        if version is not None:
            data |= {"title": chosen.title, "text": chosen.text, "text_sha256": chosen.text_sha256}
            data["word_count"] = len(chosen.text.split())
        data["version"] = chosen.version
        data["translations"] = [
            {"id": other, "language": language, "title": title}
            for other, language, title in read.translations(db, story.id)
        ]
        data["captures"] = [asdict(capture) for capture in read.captures(db, story.id)]
        data["removed"] = [
            {"kind": entry.block.kind, "text": entry.block.text, "reason": entry.reason}
            for entry in read.removed_blocks(db, story.id, chosen.version)
        ]
    if as_json:
        print_json(data)
    elif removed:
        for entry in data["removed"]:
            click.echo(f"{entry['reason']:<16} {plain(' '.join(entry['text'].split()))}")
    else:
        _print_story(data)


def _print_story(data: dict[str, Any]) -> None:
    click.echo(click.style(plain(data["title"]), bold=True))
    facts = (
        ("url", data["url"]),
        ("authors", ", ".join(data["authors"])),
        ("published", data["date_published"]),
        ("modified", data["date_modified"]),
        ("site", " / ".join(filter(None, (data["site"], data["section"], data["language"])))),
        ("tags", ", ".join(data["tags"])),
        ("versions", f"{data['version']} of {data['versions']}" if data["versions"] > 1 else None),
        ("status", "gone from the site" if data["status"] == "gone" else None),
        ("captured", f"{len(data['captures'])} times, first {data['first_seen']}, last {data['last_seen']}"),
        ("also", ", ".join(f"{entry['language']}: {entry['title']} [{entry['id']}]" for entry in data["translations"])),
    )
    for name, value in facts:
        if value:
            click.echo(click.style(f"{name:<10}", dim=True) + plain(value))
    click.echo()
    click.echo(plain(data["text"]))
