"""Converts an article to Markdown: its title, then its blocks by kind."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archiver.model import Article, Block

_SPECIAL = re.compile(r"([\\`*_\[\]<>])")
_LINE_START = re.compile(r"^(#{1,6}\s|[-+]\s|\d+\.\s|>)", re.MULTILINE)


def markdown_of(article: Article) -> str:
    """Title as first heading, then the blocks; characters with a meaning in Markdown are escaped."""
    return "\n".join(_paragraphs(article)) + "\n"


def _paragraphs(article: Article) -> Iterable[str]:
    yield f"# {_escaped(article.title)}"
    previous = None
    for block in article.blocks:
        if not (block.kind == previous == "list_item"):
            yield ""
        yield _block(block)
        previous = block.kind


def _block(block: Block) -> str:
    text = _escaped(block.text)
    if block.kind == "heading":
        return f"{'#' * min(max(block.level, 2), 6)} {' '.join(text.split())}"
    if block.kind == "list_item":
        return "- " + text.replace("\n", "\n  ")
    if block.kind == "quote":
        return "> " + text.replace("\n", "\n> ")
    if block.kind == "code":
        return "```\n" + block.text.replace("```", "` ` `") + "\n```"
    if block.kind == "table":
        return _table(text)
    return _LINE_START.sub(r"\\\1", text)


def _table(text: str) -> str:
    rows = [f"| {row} |" for row in text.splitlines()]
    columns = rows[0].count(" | ") + 1 if rows else 1
    return "\n".join([*rows[:1], "|" + " --- |" * columns, *rows[1:]])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
