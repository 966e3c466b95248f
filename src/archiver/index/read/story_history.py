"""The history of a story: each capture, and its difference from the previous one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.urls import surt

What = Literal["first", "edit", "same", "gone", "back", "moved"]


@dataclass(frozen=True, slots=True)
class Event:
    """One capture of a story, or a response that shows its removal or redirects to another URL."""

    at: str  # UTC
    what: What
    version: int | None  # that it showed; None for gone and moved
    words_added: int
    words_removed: int
    title: str | None  # of a new version
    url: str  # as requested
    http_status: int | None
    record_type: str
    capture_id: int
    warc_file: str
    warc_offset: int
    new_page: int | None  # for a story with several pages: the page first shown by this capture


def history(db: Index, story_id: int) -> list[Event]:
    """A story's captures at all its URLs, in chronological order. A capture with the same text after a removal is
    `back`; a redirect from one of its URLs to another is `moved`.
    """
    own = {surt(url) for url in story_reader.addresses(db, story_id)}
    begins = {entry.capture_id: entry for entry in story_reader.versions(db, story_id)}
    pages = story_reader.pages_of(db, story_id)
    pages_seen: set[int] = set()
    events: list[Event] = []
    current: story_reader.Version | None = None
    was_gone = False
    for capture in story_reader.captures(db, story_id):
        new = begins.get(capture.id)
        current = new or current
        page = pages.get(capture.id)
        what: What
        if capture.article_id is None:
            moved = capture.redirect_url is not None and surt(capture.redirect_url) in own
            what = "moved" if moved else "gone"
        elif new is not None:
            what = "first" if new.version == 1 else "edit"
        else:
            what = "back" if was_gone else "same"
        new_page = page if what == "same" and page not in pages_seen else None
        pages_seen |= {page} if page is not None else set()
        was_gone = what == "gone" or (was_gone and what == "moved")
        events.append(
            Event(
                at=capture.fetched_at,
                what=what,
                version=current.version if current and what not in ("gone", "moved") else None,
                words_added=new.words_added if new else 0,
                words_removed=new.words_removed if new else 0,
                title=new.title if new else None,
                url=capture.url,
                http_status=capture.http_status,
                record_type=capture.record_type,
                capture_id=capture.id,
                warc_file=capture.warc_file,
                warc_offset=capture.warc_offset,
                new_page=new_page,
            )
        )
    return events
