"""`archiver show`: one story, its text and metadata."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from archiver.citing import bibtex, csl
from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.readable import print_table, when
from archiver.cli.stories import requested_story
from archiver.index.database import open_reader
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.model import Article
from archiver.printable import plain
from archiver.warc import read_payload
from archiver.words import count_words


@click.command("show")
@click.argument("wanted", metavar="ID|URL")
@click.option("--version", type=click.IntRange(min=1), help="Show this version instead of the latest.")
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), help="Print only title and text, in this format."
)
@click.option("--html", is_flag=True, help="Print the captured page, byte for byte.")
@click.option(
    "--cite",
    type=click.Choice(["bibtex", "csl"]),
    help="Print a citation as BibTeX or CSL-JSON, from which Zotero and pandoc make APA and other styles.",
)
@click.option("--removed", is_flag=True, help="List what was removed from the page's text, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(
    app: App,
    /,
    wanted: str,
    version: int | None,
    form: str | None,
    html: bool,
    cite: str | None,
    removed: bool,
    as_json: bool,
) -> None:
    """Show a story, given its ID or any of its URLs.

    \b
    Examples:  archiver show 1234567890
               archiver show https://www.example.com/2024/05/a-story --json
               archiver show 1234567890 --version 1 --html > page.html
               archiver show 1234567890 --cite bibtex
    """
    only_one_of("form", "html", "cite", "as_json")
    only_one_of("form", "html", "cite", "removed")
    app.archive.require()
    with open_reader(app.archive.index) as db:
        story = requested_story(app, db, wanted)
        chosen = story_reader.version(db, story, version)
        if html:
            _print_page(app, story_reader.page_capture(db, chosen))
        elif cite:
            capture = story_reader.page_capture(db, chosen)
            click.echo(plain(bibtex(story, chosen, capture))) if cite == "bibtex" else print_json(
                csl(story, chosen, capture)
            )
        elif form:
            click.echo(plain(_document(db, story, chosen, form)), nl=False)
        else:
            _print(_data(db, story, chosen, earlier=version is not None), removed, as_json)


def _data(db: Index, story: story_reader.Story, chosen: story_reader.Version, *, earlier: bool) -> dict[str, Any]:
    data = asdict(story)
    if earlier:
        data |= {"title": chosen.title, "text": chosen.text, "text_sha256": chosen.text_sha256}
        data["standfirst"] = chosen.standfirst
        data["word_count"] = count_words(chosen.text)
    data["version"] = chosen.version
    data["translations"] = [
        {"id": other, "language": language, "title": title}
        for other, language, title in story_reader.translations(db, story.id)
    ]
    data["captures"] = [asdict(capture) for capture in story_reader.captures(db, story.id)]
    data["reservations"] = [{"word": word, "last_seen": seen} for word, seen in story_reader.reservations(db, story.id)]
    data["removed"] = [
        {"kind": entry.block.kind, "text": entry.block.text, "reason": entry.reason}
        for entry in story_reader.removed_blocks(db, story.id, chosen.version)
    ]
    return data


def _print_page(app: App, capture: story_reader.StoredCapture) -> None:
    page, payload = read_payload(app.archive.warc, capture.ref)
    if sys.stdout.isatty():
        # Write the bytes to a file or pipe only: a terminal would interpret control characters.
        from archiver.charset import decoded  # noqa: PLC0415 - loads the detection library

        click.echo(plain(decoded(payload.data, page.charset, page.url).utf8.decode("utf-8", "replace")))
    else:
        sys.stdout.buffer.write(payload.data)


def _document(db: Index, story: story_reader.Story, version: story_reader.Version, form: str) -> str:
    if form == "text":
        return f"{version.title}\n\n{version.text}\n"
    from archiver.extract.markdown import markdown_of  # noqa: PLC0415 - slow to load

    return markdown_of(Article(story.url, version.title, story_reader.blocks(db, story.id, version.version)))


def _print(data: dict[str, Any], removed: bool, as_json: bool) -> None:
    if as_json:
        print_json(data)
    elif removed:
        print_table(("reason", "text"), [(entry["reason"], entry["text"]) for entry in data["removed"]])
    else:
        _print_story(data)


def _print_story(data: dict[str, Any]) -> None:
    click.echo(click.style(plain(data["title"]), bold=True))
    if data["standfirst"]:
        click.echo(plain(data["standfirst"]))
    facts = (
        ("number", str(data["id"])),
        ("url", data["url"]),
        ("authors", ", ".join(data["authors"])),
        ("published", data["date_published"] and when(data["date_published"])),
        ("modified", data["date_modified"] and when(data["date_modified"])),
        ("site", " / ".join(filter(None, (data["site"], data["section"], data["language"])))),
        ("tags", ", ".join(data["tags"])),
        ("versions", f"{data['version']} of {data['versions']}" if data["versions"] > 1 else None),
        ("status", "gone from the site" if data["status"] == "gone" else None),
        ("reserved", ", ".join(f"{entry['word']} ({when(entry['last_seen'])})" for entry in data["reservations"])),
        ("captured", _captured(data)),
        ("also", ", ".join(f"{entry['language']}: {entry['title']} [{entry['id']}]" for entry in data["translations"])),
    )
    for name, value in facts:
        if value:
            click.echo(click.style(f"{name:<10}", dim=True) + plain(value))
    click.echo()
    click.echo(plain(data["text"]))


def _captured(data: dict[str, Any]) -> str:
    first, last, times = when(data["first_seen"]), when(data["last_seen"]), len(data["captures"])
    return f"once, {first}" if times == 1 else f"{times} times, first {first}, last {last}"
