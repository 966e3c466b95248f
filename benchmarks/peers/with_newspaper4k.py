"""Processes each URL with newspaper4k: with_newspaper4k.py LIST DATABASE."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newspaper import Article
from newspaper.exceptions import ArticleException
from rows import save


def rows(urls: list[str]) -> Iterator[dict[str, Any] | None]:
    """A row for each page with a text."""
    for url in urls:
        article = Article(url, fetch_images=False)
        try:
            article.download()
            article.parse()
        except ArticleException:
            continue
        yield {
            "url": url,
            "title": article.title,
            "author": ", ".join(article.authors),
            "date": str(article.publish_date or ""),
            "language": article.meta_lang,
            "text": article.text,
        }


if __name__ == "__main__":
    save(rows(Path(sys.argv[1]).read_text().split()), Path(sys.argv[2]))
