"""A story's page, in the shape that a Drupal site gives it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from archiver.samplesite import furniture
from archiver.samplesite.furniture import AUTHORS, SECTIONS, TAGS, WORDS, shown_date, slug
from archiver.samplesite.stories import BlockKind, Story, body_parts, by_id, split_inline, stories

NO_JSON_LD_BEFORE = 2017
# The account that typed this story in stands in its JSON-LD where the two authors should.
WRONG_JSON_LD_AUTHOR = {"futsal-league": "webdesk2"}


def article_page(story: Story, origin: str, day: int, with_text: bool = True) -> str:
    """The HTML of a story's page. `origin` is the scheme and host of canonical URLs.

    Without its text the page shows what would remain of it if an extractor did its work perfectly.
    """
    shown_day = 1 if story.classic else day  # what was cached before the redesign stays as it was
    words = WORDS[story.language]
    folder = SECTIONS[story.language][story.section]
    byline = ", ".join(
        f'<a href="/{story.language}/{AUTHORS[story.language]}/{slug(name)}">{name}</a>' for name in story.authors
    )
    tags = "".join(
        f'<li><a href="/{story.language}/{TAGS[story.language]}/{slug(tag)}">{escape(tag)}</a></li>'
        for tag in story.tags
    )
    others = related(story, shown_day)
    title = escape(story.title, quote=False)
    date = (
        f'<span class="date-display">{shown_date(story.published, story.language, classic=True)}</span>'
        if story.classic
        else f'<time datetime="{story.published.isoformat()}">'
        f"{shown_date(story.published, story.language, classic=False)}</time>"
    )
    body = "\n".join(_body(story, others, day, with_text))
    slot = "es-classic-1" if story.classic else f"es-{furniture.token(day, story.id)}"
    form = "guard-classic" if story.classic else furniture.token(day, "form")
    return f"""<!DOCTYPE html>
<html lang="{story.language}" dir="ltr">
<head>
<meta charset="utf-8">
{_head(story, origin, day)}
</head>
<body class="path-node page-node-type-article">
{furniture.header(story.language)}
<div class="breadcrumb"><a href="/{story.language}">{words["home"]}</a> » \
<a href="/{story.language}/{folder}">{story.section}</a></div>
<main role="main">
<article class="node node--type-article node--view-mode-full" data-history-node-id="{furniture.picks(story, 90000)}">
<h1 class="page-title"><span class="field field--name-title">{title}</span></h1>
<div class="node__submitted"><span class="field field--name-field-author">{words["by"]} \
{byline or words["staff"]}</span> <span class="field field--name-created">{date}</span></div>
<div class="node__content">
{furniture.caption(story)}
<div class="clearfix text-formatted field field--name-body field__item">
{furniture.podcast(shown_day)}
{body}
{furniture.player(story.language)}
{furniture.advertisement(slot)}
</div>
{furniture.share_bar(story)}
{furniture.newsletter(story.language, form)}
<div class="field field--name-field-tags"><span class="field__label">{words["tags"]}</span><ul>{tags}</ul></div>
{furniture.author_box(story)}
</div>
</article>
{furniture.related_list(others, story.language)}
{furniture.comments(story)}
</main>
{furniture.footer(story.language)}
</body>
</html>
"""


def related(story: Story, day: int) -> list[Story]:
    """Three older or newer stories of the same section, never one that only another channel leads to."""
    same = [
        other
        for other in stories(day)
        if other.id != story.id
        and other.language == story.language
        and other.section == story.section
        and other.channel == "all"
    ]
    # The new stories of the second day are not yet linked from anywhere but the lists.
    same = [other for other in same if other.id in by_id(1)]
    start = furniture.picks(story, max(1, len(same) - 2))
    return same[start : start + 3]


def has_read_also(story: Story) -> bool:
    """Whether a line in the middle of the story's text points to another one."""
    return furniture.picks(story, 3) == 0 and len(story.blocks) > 3


def _body(story: Story, others: list[Story], day: int, with_text: bool) -> Iterator[str]:
    open_list = False
    for position, (kind, source) in enumerate(body_parts(story.body)):
        if open_list and kind != "list_item":
            open_list = False
            yield "</ul>"
        if position == 3 and has_read_also(story) and not open_list and kind != "list_item" and others:
            yield furniture.read_also(others[0], story.language)
        if not with_text:
            continue
        if kind == "list_item" and not open_list:
            open_list = True
            yield "<ul>"
        yield _block(kind, source, day)
    if open_list:
        yield "</ul>"


def _block(kind: BlockKind, source: str, day: int) -> str:
    if kind == "table":
        rows = [row.split(" | ") for row in source.splitlines()]
        head = "".join(f"<th>{escape(cell, quote=False)}</th>" for cell in rows[0])
        lines = "".join(
            "<tr>" + "".join(f"<td>{escape(cell, quote=False)}</td>" for cell in row) + "</tr>" for row in rows[1:]
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    inner = _inline(source, day)
    if kind == "paragraph":
        return f"<p>{inner}</p>"
    tag = {"heading": "h2", "quote": "blockquote", "list_item": "li"}[kind]
    return f"<{tag}><p>{inner}</p></{tag}>" if kind == "quote" else f"<{tag}>{inner}</{tag}>"


def _inline(source: str, day: int) -> str:
    runs = []
    for kind, text, target in split_inline(source):
        shown = escape(text, quote=False)
        if kind == "link":
            runs.append(f'<a href="{by_id(day)[target].path}">{shown}</a>')
        else:
            runs.append(f"<em>{shown}</em>" if kind == "emphasis" else shown)
    return "".join(runs)


def _head(story: Story, origin: str, day: int) -> str:
    address = origin + story.path
    lines = [
        f"<title>{escape(story.title, quote=False)} | El Puente</title>",
        f'<link rel="canonical" href="{address}">',
        '<link rel="shortcut icon" href="/favicon.ico">',
        '<link rel="stylesheet" href="/css/site.css">',
        f'<meta name="description" content="{escape(story.description)}">',
        '<meta property="og:site_name" content="El Puente">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(story.title)}">',
        f'<meta property="og:description" content="{escape(story.description)}">',
        f'<meta property="og:url" content="{address}">',
    ]
    if story.image:
        lines.append(f'<meta property="og:image" content="{origin}{story.image.path}">')
    if not story.classic:
        lines.append(f'<meta property="article:published_time" content="{story.published.isoformat()}">')
        if story.modified:
            lines.append(f'<meta property="article:modified_time" content="{story.modified.isoformat()}">')
    twin = by_id(day).get(story.twin or "")
    if twin:
        lines.append(f'<link rel="alternate" hreflang="{story.language}" href="{address}">')
        lines.append(f'<link rel="alternate" hreflang="{twin.language}" href="{origin}{twin.path}">')
    if story.published.year >= NO_JSON_LD_BEFORE:
        data = json.dumps(_json_ld(story, origin), ensure_ascii=False).replace("</", "<\\/")
        lines.append(f'<script type="application/ld+json">{data}</script>')
    return "\n".join(lines)


def _json_ld(story: Story, origin: str) -> dict[str, object]:
    wrong = WRONG_JSON_LD_AUTHOR.get(story.id)
    authors = [wrong] if wrong else list(story.authors)
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "description": story.description,
        "inLanguage": story.language,
        "datePublished": story.published.isoformat(),
        "dateModified": (story.modified or story.published).isoformat(),
        "articleSection": story.section,
        "keywords": list(story.tags),
        "mainEntityOfPage": origin + story.path,
        "isAccessibleForFree": True,
        "publisher": {"@type": "NewsMediaOrganization", "name": "El Puente"},
    }
    if authors:
        data["author"] = [{"@type": "Person", "name": name} for name in authors]
    if story.image:
        data["image"] = origin + story.image.path
    return data
