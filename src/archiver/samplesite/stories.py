"""The stories of the sample site, read from `content/`: the ground truth for a crawl of the site.

A content file is a head of `name: value` lines, a line `---`, and a body of paragraphs separated by empty lines:

## a sub-heading       > a quote       - an item per line       | a table | row per line
*emphasis* and [a link](id-of-another-story) inside a paragraph

The file's name is the story's ID. A file in `content/day2` is a new story or the new state of an older one. `path` is
the story's own path; `also` is a second one that serves the same page. The language is stated explicitly: a URL of one
language may hold a story in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args
from urllib.parse import quote, unquote

Language = Literal["en", "es"]
BlockKind = Literal["paragraph", "heading", "quote", "list_item", "table"]
Channel = Literal["all", "pagination", "tag", "sitemap", "rss", "link"]
Template = Literal["plain", "dated_list", "redesigned"]

# HTTP status of the stories that the paper removes overnight.
DELETED_ON_DAY_2 = {"snow-plows": 410, "carta-abuela": 404}

_LINK = re.compile(r"\[([^\]]+)\]\(([a-z0-9-]+)\)")
_EMPHASIS = re.compile(r"\*([^*]+)\*")


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    text: str  # a table: one line per row, cells separated by " | "


@dataclass(frozen=True, slots=True)
class Image:
    file: str
    alt: str
    caption: str
    credit: str
    translation: str = ""  # The second caption, in the site's other language.

    @property
    def path(self) -> str:
        return f"/sites/default/files/{self.file}"


@dataclass(frozen=True, slots=True)
class Story:
    """The true content of one story on one day."""

    id: str
    path: str  # as in the URL: percent-encoded where it is not ASCII
    also: str | None  # a second path of the same page: /node/NUMBER
    node: int  # the site's number for it
    language: Language
    title: str
    description: str
    authors: tuple[str, ...]  # empty: by the staff
    section: str
    tags: tuple[str, ...]
    published: datetime  # with the offset of America/New_York
    modified: datetime | None
    image: Image | None
    twin: str | None  # ID of the same story in the other language
    channel: Channel  # the only channel that links to it, or "all" for ordinary stories
    body: str = field(repr=False)  # source text with its markup

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(Block(kind, plain(source)) for kind, source in body_parts(self.body))

    @property
    def text(self) -> str:
        """The clean text: all of the story and nothing else."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All paths that serve the story, its own first."""
        return (self.path, self.also) if self.also else (self.path,)

    @property
    def menu(self) -> Language:
        """The language that its URL names and that the page declares; the text may be in the other one."""
        return "es" if self.path.startswith("/es/") else "en"

    @property
    def template(self) -> Template:
        """The template in use when it was published."""
        return "plain" if self.published.year < 2018 else "dated_list" if self.classic else "redesigned"

    @property
    def classic(self) -> bool:
        """Whether it was published before the redesign of 2021: its page is cached and keeps its bytes."""
        return self.published.year < 2021


def body_parts(body: str) -> Iterator[tuple[BlockKind, str]]:
    """The blocks of a body in order; their text still has inline markup."""
    for chunk in body.strip().split("\n\n"):
        if chunk.startswith("## "):
            yield "heading", chunk[3:]
        elif chunk.startswith("> "):
            yield "quote", chunk[2:]
        elif chunk.startswith("- "):
            for item in chunk.splitlines():
                yield "list_item", item[2:]
        elif chunk.startswith("| "):
            yield "table", "\n".join(row.strip("| ") for row in chunk.splitlines())
        else:
            yield "paragraph", chunk


def plain(source: str) -> str:
    """A block's text without inline markup."""
    return _EMPHASIS.sub(r"\1", _LINK.sub(r"\1", source))


def split_inline(source: str) -> Iterator[tuple[Literal["text", "link", "emphasis"], str, str]]:
    """A block's text as runs of (kind, text, ID of the linked story)."""
    position = 0
    for match in sorted([*_LINK.finditer(source), *_EMPHASIS.finditer(source)], key=lambda found: found.start()):
        if match.start() > position:
            yield "text", source[position : match.start()], ""
        if match.re is _LINK:
            yield "link", match.group(1), match.group(2)
        else:
            yield "emphasis", match.group(1), ""
        position = match.end()
    if position < len(source):
        yield "text", source[position:], ""


def _parse(story_id: str, text: str) -> Story:
    head, _, body = text.partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    channel = fields.get("channel", "all")
    if channel not in get_args(Channel):
        raise ValueError(f"{story_id}: no such channel: {channel}")
    image = fields.get("image")
    return Story(
        id=story_id,
        path=fields["path"],
        also=fields.get("also"),
        node=int(fields["node"]),
        language="es" if fields["language"] == "es" else "en",
        title=fields["title"],
        description=fields["description"],
        authors=tuple(fields["authors"].split("; ")) if "authors" in fields else (),
        section=fields["section"],
        tags=tuple(fields["tags"].split("; ")),
        published=datetime.fromisoformat(fields["published"]),
        modified=datetime.fromisoformat(fields["modified"]) if "modified" in fields else None,
        image=Image(*image.split(" | ")) if image else None,
        twin=fields.get("twin"),
        channel=cast("Channel", channel),
        body=body.strip(),
    )


def _read(folder: str) -> dict[str, Story]:
    found = {}
    for entry in (files(__package__) / "content" / folder).iterdir():
        if entry.name.endswith(".md"):
            story_id = entry.name.removesuffix(".md")
            found[story_id] = _parse(story_id, entry.read_text(encoding="utf-8"))
    return found


def stories(day: int = 1) -> tuple[Story, ...]:
    """The stories that the site shows on a day, newest first."""
    return _stories(day)


@cache
def _stories(day: int) -> tuple[Story, ...]:
    if day not in (1, 2):
        raise ValueError(f"the sample site has days 1 and 2, not {day}")
    known = {**_read("en"), **_read("es")}
    if day == 2:
        known.update(_read("day2"))
        known = {story_id: story for story_id, story in known.items() if story_id not in DELETED_ON_DAY_2}
    return tuple(sorted(known.values(), key=lambda story: (story.published, story.id), reverse=True))


@cache
def by_id(day: int = 1) -> dict[str, Story]:
    return {story.id: story for story in stories(day)}


@cache
def _by_path(day: int) -> dict[str, Story]:
    return {path: story for story in stories(day) for path in story.addresses}


def truth(path: str, day: int = 1) -> Story | None:
    """The story at any of its URL paths on a day; None if there is none.

    The path may be percent-encoded in any way.
    """
    return _by_path(day).get(quote(unquote(path)))
