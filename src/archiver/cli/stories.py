"""What the commands about one story share: finding it and its versions."""

from __future__ import annotations

from archiver.cli.app import App
from archiver.errors import UsageError
from archiver.index import read
from archiver.index.database import Index


def wanted_story(app: App, db: Index, wanted: str) -> read.Story:
    """The story by its number or any of its addresses. Raises UsageError when there is none."""
    story = read.find_story(db, wanted)
    if story is None:
        raise UsageError(f"no story {wanted!r} in {app.archive.path}", "look for it with `archiver search`")
    return story


def wanted_version(db: Index, story: read.Story, number: int | None) -> read.Version:
    """A version by its number, the latest by default. Raises UsageError when there is none."""
    for version in read.versions(db, story.id):
        if version.version == (number or story.versions):
            return version
    raise UsageError(f"story {story.id} has no version {number}", f"it has 1 to {story.versions}")
