"""Processes each URL with news-please: with_news_please.py LIST DATABASE."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsplease import NewsPlease
from rows import save


def rows(urls: list[str]) -> Iterator[dict[str, Any] | None]:
    """A row for each page with a text."""
    for url in urls:
        found = NewsPlease.from_url(url, fetch_images=False)
        if found is not None and found.maintext:
            yield {
                "url": url,
                "title": found.title,
                "author": ", ".join(found.authors or ()),
                "date": str(found.date_publish or ""),
                "language": found.language,
                "text": found.maintext,
            }


if __name__ == "__main__":
    save(rows(Path(sys.argv[1]).read_text().split()), Path(sys.argv[2]))
