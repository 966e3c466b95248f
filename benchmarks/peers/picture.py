"""Bars of ratios as an SVG picture for light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_LEFT, _WIDTH, _ROW = 190, 400, 30


def draw(rows: Sequence[tuple[str, float]], base: str) -> str:
    """One bar per row; the bar of `base` is the unit."""
    most = max(ratio for _, ratio in rows)
    height = _ROW * len(rows) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 70} {height}" role="img"',
        ' font-family="system-ui, sans-serif" font-size="14">',
        f"<title>CPU of a page from crawl to searchable, {escape(base)} = 1</title>",
        f'<rect width="100%" height="100%" fill="#fff"/><text x="12" y="24" fill="#222">CPU of a page, from nothing to'
        f" searchable; {escape(base)} = 1; less is better</text>",
    ]
    for number, (name, ratio) in enumerate(rows):
        y = 40 + number * _ROW
        fill = "#1a6b54" if name.startswith("archiver") else "#9aa5b1"
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 16}" text-anchor="end" fill="#222">{escape(name)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{ratio / most * _WIDTH:.0f}" height="22" fill="{fill}"/>')
        parts.append(f'<text x="{_LEFT + ratio / most * _WIDTH + 8:.0f}" y="{y + 16}" fill="#222">{ratio:.2f}</text>')
    return "".join((*parts, "</svg>\n"))
