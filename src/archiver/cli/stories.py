"""Shared by the commands about one story: finding it."""

from __future__ import annotations

import re

from archiver.cli.app import App
from archiver.cli.readable import when
from archiver.cli.typed import full_url
from archiver.errors import UsageError
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.printable import plain

_EXACT = 15  # digits that a spreadsheet keeps of a number


def _where_to_look(wanted: str) -> str:
    digits = wanted.strip().lstrip("-")
    rounded = re.fullmatch(r"[0-9]+0", digits) is not None and len(digits.rstrip("0")) <= _EXACT < len(digits)
    if rounded or re.fullmatch(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+", digits):
        return "a spreadsheet has probably rounded this ID: take it from `archiver search`, or from `export --bom`"
    return "find it with `archiver search`"


def requested_story(app: App, db: Index, wanted: str) -> story_reader.Story:
    """The story with this ID or URL. Raises UsageError if there is none, with what is known about it."""
    url = full_url(wanted)
    story = story_reader.find_story(db, url or wanted)
    if story is not None:
        return story
    if url and story_reader.is_hidden(db, url):
        raise UsageError(
            f"{plain(wanted)} is hidden: the page asks not to be kept, and the site's policy is `hide`",
            'reserved = "keep" in its spider or scrapy.cfg, then `archiver index`, shows it (docs/reserved.md)',
        )
    capture = story_reader.latest_capture(db, url) if url else None
    if capture is None:
        raise UsageError(f"no story {plain(wanted)!r} in {app.archive.path}", _where_to_look(wanted))
    reason = capture.skip_reason or "no reason"
    raise UsageError(
        f"{plain(wanted)} was captured on {when(capture.fetched_at)}, but is not a story: {reason}",
        f"its record is at {capture.warc_offset} in {plain(capture.warc_file)}",
    )
