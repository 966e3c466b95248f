"""The pages of one story: reading it, comparing its versions, citing it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from datasette import Response

from archiver.citing import bibtex, csl
from archiver.index.read import story_reader
from archiver.index.read.overview import Alike, alike
from archiver.index.read.story_history import Event, history
from archiver.index.read.worddiff import Paragraph, diff_titles, diff_words
from archiver.index.schema.connection import Index
from archiver.index.store.wordcounts import words_changed
from archiver.model import Block, RemovedBlock
from archiver.serve.archive import Served
from archiver.serve.guard import OWN_POLICY
from archiver.serve.memento import memento_headers
from archiver.serve.parameters import read
from archiver.serve.rendering import message, page, refused

# The time of a comparison is quadratic and can't be interrupted; these limits take a second or two.
_LONGEST = 150_000  # characters in both versions
_MOST_PARAGRAPHS = 500  # in either
_MOST_VERSIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the story page shows of a version."""

    story: story_reader.Story
    version: story_reader.Version
    versions: list[story_reader.Version]
    blocks: tuple[Block, ...]
    removed: list[RemovedBlock]
    capture: story_reader.StoredCapture  # the record with the page of this version
    captures: dict[int, story_reader.StoredCapture]
    events: list[Event]
    translations: list[tuple[int, str | None, str]]
    alike: list[Alike]
    addresses: list[str]
    annotations: list[tuple[int, str, str]]

    @property
    def runs(self) -> list[tuple[str, list[Block]]]:
        """The blocks, consecutive ones of the same kind grouped: list items make one list."""
        return [(kind, list(run)) for kind, run in groupby(self.blocks, key=lambda block: block.kind)]

    @property
    def citations(self) -> dict[str, str]:
        """BibTeX and CSL-JSON."""
        what = (self.story, self.version, self.capture)
        return {"BibTeX": bibtex(*what), "CSL-JSON": json.dumps(csl(*what), ensure_ascii=False, indent=1)}


def _reading(db: Index, story_id: int, wanted: int | None) -> Reading | None:
    story = story_reader.find_story(db, story_id)
    if story is None:
        return None
    story_id = story.id  # the request may have used a former ID
    versions = story_reader.versions(db, story_id)
    version = next((entry for entry in versions if entry.version == (wanted or story.versions)), None)
    if version is None:
        return None
    return Reading(
        story=story,
        version=version,
        versions=versions,
        blocks=story_reader.blocks(db, story_id, version.version),
        removed=story_reader.removed_blocks(db, story_id, version.version),
        capture=story_reader.page_capture(db, version),
        captures={capture.id: capture for capture in story_reader.captures(db, story_id)},
        events=history(db, story_id),
        translations=story_reader.translations(db, story_id),
        alike=alike(db, story_id),
        addresses=story_reader.addresses(db, story_id)[1:],
        annotations=story_reader.annotations_of(db, story_id),
    )


async def reading_page(served: Served, request: Any) -> Response:
    """`/story/ID`: the text of a story (`?version=N`: an earlier version), and everything known about it."""
    given = read(request.query_string, {"version": _MOST_VERSIONS})
    if given.problems:
        return refused(served, request, given.problems)
    wanted = given.number("version", 0) or None
    story_id = int(request.url_vars["id"])
    found = await served.ask(lambda db: _reading(db, story_id, wanted))
    if found is None:
        return message(served, request, "no_story", 404)
    story_id = found.story.id
    program = [*served.command, "show", str(story_id), f"--version={found.version.version}", "--html"]
    return page(
        served,
        request,
        "story.html",
        headers=memento_headers(served, request, found.story.url, found.version.seen_at) if wanted else None,
        reading=found,
        replay=_replay(served),
        show_command=shlex.join(program),
        links={
            "JSON": served.row_url("articles", story_id, "json"),
            "CSV": served.table_url("version_texts", {"article_id": story_id}, "csv"),
            "SQL": served.row_url("articles", story_id),
        },
        capture_url=served.row_url("captures", found.capture.id),
    )


async def diff_page(served: Served, request: Any) -> Response:
    """`/story/ID/diff?from=1&to=2`: what an edit changed, word by word; by default the latest edit."""
    given = read(request.query_string, {"from": _MOST_VERSIONS, "to": _MOST_VERSIONS})
    if given.problems:
        return refused(served, request, given.problems)
    story_id = int(request.url_vars["id"])

    def compared(db: Index) -> Comparison | None:
        story = story_reader.find_story(db, story_id)
        if story is None:
            return None
        last = given.number("to", story.versions)
        first = given.number("from", max(last - 1, 1))
        return _compared(story, story_reader.versions(db, story.id), first, last)

    found = await served.ask(compared)
    if found is None:
        return message(served, request, "no_story", 404)
    return page(served, request, "diff.html", diff=found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a story, and the compared words unless there are too many."""

    story: story_reader.Story
    versions: list[story_reader.Version]
    old: story_reader.Version
    new: story_reader.Version
    title: list[Paragraph]
    text: list[Paragraph] | None
    added: int
    removed: int


def _compared(
    story: story_reader.Story, versions: list[story_reader.Version], first: int, last: int
) -> Comparison | None:
    by_number = {entry.version: entry for entry in versions}
    old, new = by_number.get(first), by_number.get(last)
    if old is None or new is None:
        return None
    title = diff_titles(old.title, new.title)
    text = diff_words(old.full_text, new.full_text) if _comparable(old.full_text, new.full_text) else None
    # Counted as in the list of versions: the highlighted words below cover whole paragraphs and may be more.
    added, removed = words_changed(f"{old.title}\n{old.full_text}", f"{new.title}\n{new.full_text}")
    return Comparison(story, versions, old, new, title, text, added, removed)


def _comparable(old: str, new: str) -> bool:
    return len(old) + len(new) <= _LONGEST and max(text.count("\n\n") for text in (old, new)) < _MOST_PARAGRAPHS


async def citation(served: Served, request: Any) -> Response:
    """`/story/ID/cite.bib` and `.json`, for reference managers; `?version=N` cites an earlier version."""
    given = read(request.query_string, {"version": _MOST_VERSIONS})
    if given.problems:
        return refused(served, request, given.problems)
    wanted = given.number("version", 0) or None
    story_id = int(request.url_vars["id"])
    found = await served.ask(lambda db: _reading(db, story_id, wanted))
    if found is None:
        return message(served, request, "no_story", 404)
    form = request.url_vars["form"]
    name, kind = ("BibTeX", "application/x-bibtex") if form == "bib" else ("CSL-JSON", "application/json")
    headers = {
        "Content-Disposition": f'attachment; filename="archiver-{story_id}.{form}"',
        "Content-Security-Policy": OWN_POLICY,
    }
    return Response(found.citations[name], headers=headers, content_type=f"{kind}; charset=utf-8")


def _replay(served: Served) -> Any:
    """Makes URLs of the replay; None if it is not running."""
    if served.replay is None:
        return None
    from archiver.replay import Replay  # noqa: PLC0415 - only where it runs

    return Replay(served.replay)
