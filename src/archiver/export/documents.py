"""Stories as a folder of Markdown files, one per story, with metadata at the top."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from archiver.index.read.story_reader import Story

_FACTS = (
    "id", "url", "title", "authors", "date_published", "date_modified", "site", "section", "language", "tags",
    "description", "word_count", "versions", "status", "first_seen", "last_seen", "text_sha256",
)  # fmt: skip
_MARKUP = re.compile(r"([\\<]|&(?=#?\w+;))")  # otherwise a story about `<script>` would lose words, or run as a script
_LINE_START = re.compile(r"^(#{1,6}\s|[-+*]\s|\d+\.\s|>|```|---)", re.MULTILINE)


def write_markdown(folder: Path, stories: Iterable[Story]) -> int:
    """Write a file for each story, in folders by year: 2024/2024-05-17-the-headline-1234.md; returns the count."""
    count = 0
    for count, story in enumerate(stories, 1):  # noqa: B007 - the last number is the count
        place = folder / (story.date[:4] if story.date else "undated")
        place.mkdir(exist_ok=True)
        (place / file_name(story)).write_text(markdown_of(story), encoding="utf-8", errors="replace", newline="\n")
    return count


def file_name(story: Story) -> str:
    """A readable, safe name for any title: letters, digits and dashes; the ID makes it unique."""
    plain = unicodedata.normalize("NFKD", story.title).encode("ascii", "ignore").decode("ascii").lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    return "-".join(part for part in (story.date, slug, str(story.id)) if part) + ".md"


def markdown_of(story: Story) -> str:
    """YAML metadata (JSON strings and lists are valid YAML), the title as first heading, the text."""
    facts = [f"{name}: {json.dumps(getattr(story, name), ensure_ascii=False)}" for name in _FACTS]
    title, text = (_MARKUP.sub(r"\\\1", part) for part in (" ".join(story.title.split()), story.text))
    return "\n".join(["---", *facts, "---", "", f"# {title}", "", _LINE_START.sub(r"\\\1", text), ""])
