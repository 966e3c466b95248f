"""Pages as one site: real ones from a corpus if there is one, else generated ones."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

# Links to pages that the site lacks are redirected, and elements that name another URL of the page are removed, so that
# each tool fetches the same pages.
_RELATIVE = re.compile(rb"""(\bhref\s*=\s*["']?)\s*(?!["'\s]|https?:|//|#|mailto:|tel:|javascript:|data:)""", re.I)
_NAMES_ANOTHER = re.compile(
    rb"""<base\b[^>]*>|<link[^>]+(?:rel=["']?canonical|hreflang)[^>]*>|<meta[^>]+og:url[^>]*>""", re.I
)
_SMALLEST, _LARGEST = 20_000, 1_000_000  # bytes of a page


def lay_out(folder: Path, corpus: Path, wanted: int) -> tuple[list[str], int]:
    """Writes a front page, robots.txt and the pages; returns their paths and their total size in bytes."""
    paths, size = [], 0
    for html in _real(corpus, wanted) or _made_up(wanted):
        number = len(paths)
        path = f"/2024/{number % 12 + 1:02d}/{number % 28 + 1:02d}/a-story-of-the-day-number-{number}.html"
        file = folder / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(html)
        paths.append(path)
        size += len(html)
    items = "".join(f'<li><a href="{path}">Story number {n} of the day</a></li>' for n, path in enumerate(paths))
    front = f"<!doctype html><html><head><title>The Daily Bench</title></head><body><ul>{items}</ul></body></html>"
    (folder / "index.html").write_text(front)
    (folder / "robots.txt").write_text("User-agent: *\nDisallow:\n")
    return paths, size


def _real(corpus: Path, wanted: int) -> list[bytes]:
    pages = []
    for path in sorted((corpus / "html").glob("*.html.gz")):
        html = gzip.decompress(path.read_bytes())
        if _SMALLEST < len(html) < _LARGEST and b'http-equiv="refresh' not in html.lower():
            pages.append(_RELATIVE.sub(rb"\1https://elsewhere.example/", _NAMES_ANOTHER.sub(b"", html)))
        if len(pages) == wanted:
            break
    return pages


def _made_up(wanted: int) -> list[bytes]:
    rng = random.Random(7)
    words = [f"word{n}" for n in range(4000)]
    menu = "".join(f'<li><a href="https://elsewhere.example/{n}">Section {n}</a></li>' for n in range(150))
    script = f"<script>{'var a = 1;' * 5000}</script>"
    pages = []
    for number in range(wanted):
        text = "".join(f"<p>{' '.join(rng.choices(words, k=60))}.</p>\n" for _ in range(25))
        head = f"<head><title>Story {number}</title>{script}</head>"
        body = f"<body><ul>{menu}</ul><article><h1>Story {number}</h1>{text}</article></body>"
        pages.append(f"<!doctype html><html lang=en>{head}{body}</html>".encode())
    return pages
