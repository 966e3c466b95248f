"""`archiver diff`: what an edit changed, word by word."""

from __future__ import annotations

import difflib
import sys
from dataclasses import asdict

import click

from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.readable import when
from archiver.cli.stories import requested_story
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.read import story_reader
from archiver.index.read.story_reader import Version
from archiver.index.read.worddiff import Paragraph, Piece, diff_titles, diff_words
from archiver.index.store.wordcounts import words_changed
from archiver.printable import plain

_COLOURS = {"removed": ("\x1b[31;9m", "\x1b[0m"), "added": ("\x1b[32;1m", "\x1b[0m"), "same": ("", "")}
_MARKS = {"removed": ("[-", "-]"), "added": ("{+", "+}"), "same": ("", "")}


@click.command("diff")
@click.argument("wanted", metavar="ID|URL")
@click.argument("first", metavar="[V1]", type=click.IntRange(min=1), required=False)
@click.argument("second", metavar="[V2]", type=click.IntRange(min=1), required=False)
@click.option("--unified", is_flag=True, help="Print a unified diff with one paragraph per line.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(app: App, wanted: str, first: int | None, second: int | None, unified: bool, as_json: bool) -> None:
    """Show what changed between two versions of a story (default: the latest edit), in title and text.

    Removed words are shown as [-…-], added words as {+…+}; on a terminal also in red and green.

    \b
    Examples:  archiver diff 1234567890
               archiver diff https://www.example.com/2024/05/a-story 1 3 --unified
    """
    only_one_of("unified", "as_json")
    app.archive.require()
    with open_reader(app.archive.index) as db:
        story = requested_story(app, db, wanted)
        if story.versions == 1 and first is None:
            raise UsageError(f"no edit of story {story.id} was observed", "`archiver history` lists its captures")
        old = story_reader.version(db, story, first or story.versions - 1)
        new = story_reader.version(db, story, second)
    title, text = diff_titles(old.title, new.title), diff_words(old.full_text, new.full_text)
    if as_json:
        _print_json(old, new, title, text)
    elif unified:
        _print_unified(old, new)
    else:
        ends = (f"version {version.version} ({when(version.seen_at)})" for version in (old, new))
        click.echo(" → ".join(ends) + "\n", err=True)
        _print_words(title, text)


def _print_json(old: Version, new: Version, title: list[Paragraph], text: list[Paragraph]) -> None:
    # Counted as in the table `versions`: the pieces cover whole paragraphs and may have more words.
    added, removed = words_changed(f"{old.title}\n{old.full_text}", f"{new.title}\n{new.full_text}")
    ends = {
        name: {"version": version.version, "seen_at": version.seen_at, "text_sha256": version.text_sha256}
        for name, version in (("from", old), ("to", new))
    }
    pieces = {
        name: [[asdict(piece) for piece in paragraph] for paragraph in part]
        for name, part in (("title", title), ("text", text))
    }
    print_json({"article_id": new.article_id, **ends, "words_added": added, "words_removed": removed, **pieces})


def _print_unified(old: Version, new: Version) -> None:
    before, after = ([version.title, *version.full_text.split("\n\n")] for version in (old, new))
    name, other = f"version {old.version}", f"version {new.version}"
    for line in difflib.unified_diff(before, after, name, other, old.seen_at, new.seen_at, lineterm=""):
        click.echo(plain(" ".join(line.splitlines())))


def _print_words(title: list[Paragraph], text: list[Paragraph]) -> None:
    for paragraph in title:
        click.echo(_formatted(paragraph) + "\n")
    skipped = 0
    for paragraph in text:
        if all(piece.op == "same" for piece in paragraph):
            skipped += 1
            continue
        if skipped:
            click.echo(click.style(f"… {skipped} unchanged …\n", dim=True))
            skipped = 0
        click.echo(_formatted(paragraph) + "\n")
    if skipped:
        click.echo(click.style(f"… {skipped} unchanged …", dim=True))


def _formatted(paragraph: Paragraph) -> str:
    marks = _COLOURS if sys.stdout.isatty() else _MARKS
    return "".join(" " * piece.spaced + _marked(piece, *marks[piece.op]) for piece in paragraph).removeprefix(" ")


def _marked(piece: Piece, before: str, after: str) -> str:
    return before + plain(piece.text) + after
