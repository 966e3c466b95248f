"""One page per line, for programs and benchmarks: {"id","url","html"} in, the extraction result out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.extract.story import extract
from archiver.model import Skip


def extract_line(obj: Mapping[str, Any], captured_at: datetime) -> dict[str, Any]:
    """The text and metadata of one page. The page is always treated as a story, also if it is short or a listing."""
    head = {"id": obj.get("id"), "url": obj.get("url")}
    page = obj.get("html")
    if not isinstance(page, str):
        return {
            **head,
            "title": None,
            "authors": [],
            "date": None,
            "text": "",
            "language": None,
            "skip_reason": "not_html",
        }
    found = extract(page, str(obj.get("url") or ""), captured_at, expect_story=True)
    if isinstance(found, Skip):
        return {
            **head,
            "title": found.title,
            "authors": [],
            "date": None,
            "text": "",
            "language": None,
            "skip_reason": found.reason,
        }
    return {
        **head,
        "title": found.title,
        "authors": list(found.authors),
        "date": found.date_published,
        "text": found.text,
        "language": found.language,
        "description": found.description,
        "section": found.section,
        "tags": list(found.tags),
        "date_modified": found.date_modified,
        "canonical_url": found.url,
        "image": (found.images[0].url or None) if found.images else None,
        "page_type": found.page_type,
        **({} if found.text else {"skip_reason": "empty"}),
    }
