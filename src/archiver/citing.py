"""Citations of a story: BibTeX, and CSL-JSON for Zotero and pandoc. Both name the capture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from archiver.index.read.story_reader import StoredCapture, Story, Version
from archiver.urls import host_of

_TEX = str.maketrans({char: "\\" + char for char in "&%$#_{}"} | {
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
})  # fmt: skip


def bibtex(story: Story, version: Version, capture: StoredCapture) -> str:
    """An @online entry (biblatex)."""
    fields = (
        ("author", " and ".join("{" + _tex(name) + "}" for name in story.authors)),
        ("title", "{" + _tex(version.title) + "}"),
        ("organization", _tex(_publisher(story))),
        ("date", story.date or ""),
        ("langid", {"en": "english", "es": "spanish"}.get(story.language or "", "")),
        ("url", re.sub(r"[{}\\\s]", "", story.url)),
        ("urldate", version.seen_at[:10]),
        ("note", _tex(f"Version {version.version}, captured {version.seen_at}, {capture.payload_digest or ''}")),
    )
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields if value)
    return f"@online{{archiver-{story.id},\n{body}}}"


def csl(story: Story, version: Version, capture: StoredCapture) -> list[dict[str, Any]]:
    """CSL-JSON: a list of one item."""
    item: dict[str, Any] = {
        "id": f"archiver-{story.id}",
        "type": "article-newspaper",
        "title": version.title,
        "author": [{"literal": name} for name in story.authors],
        "container-title": _publisher(story),
        "issued": {"date-parts": [_parts(story.date)]} if story.date else None,
        "accessed": {"date-parts": [_parts(version.seen_at[:10])]},
        "URL": story.url,
        "language": story.language,
        "archive": capture.warc_file,
        "archive_location": f"{capture.warc_record_id} at {capture.warc_offset}",
        "note": f"version {version.version}, captured {version.seen_at}, {capture.payload_digest or ''}",
    }
    return [{name: value for name, value in item.items() if value}]


def _publisher(story: Story) -> str:
    """The publisher for readers: the host, because the name of a site is only the name of its spider."""
    return host_of(story.url).removeprefix("www.") or story.site


def _parts(day: str) -> Sequence[int]:
    return [int(part) for part in day.split("-")]


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_TEX)
