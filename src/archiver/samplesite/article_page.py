"""A story's page as a Drupal site renders it: its head, its text, and the parts that all templates share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from archiver.samplesite import furniture, templates
from archiver.samplesite.addresses import listed_tags, section_path, subject_of, tag_path, topic_path
from archiver.samplesite.furniture import WORDS
from archiver.samplesite.stories import BlockKind, Story, body_parts, by_id, split_inline, stories

# The account that entered the story; its JSON-LD names this account instead of the two authors.
WRONG_JSON_LD_AUTHOR = {"futsal-league": "webdesk2"}


def article_page(story: Story, origin: str, day: int, with_text: bool = True, path: str | None = None) -> str:
    """The HTML of a story's page. `origin` is the scheme and host of canonical URLs. `path` is the requested path, by
    default the story's own: only the share links depend on it.

    Without its text the page shows what a perfect extractor would leave out.
    """
    shown_day = 1 if story.classic else day  # pages cached before the redesign keep their old markup
    words = WORDS[story.menu]
    others = others_of(story, shown_day)
    body = list(_body(story, others, day, with_text))
    listed = listed_tags(story.language, 1)
    tags = "".join(
        f'<li><a href="{tag_path(story.language, tag)}">{escape(tag)}</a></li>'
        if tag in listed
        else f"<li>{escape(tag)}</li>"
        for tag in story.tags
    )
    if story.template == "redesigned":
        section = section_path(story.language, story.section)
    else:
        section = topic_path(story.language, story.section, subject_of(story))
    return f"""<!DOCTYPE html>
<html lang="{story.menu}" dir="ltr">
<head>
<meta charset="utf-8">
{_head(story, origin, day)}
</head>
<body class="path-node page-node-type-article">
{furniture.header(story.menu)}
<div class="breadcrumb"><a href="/{story.menu}">{words["home"]}</a> » <a href="{section}">{story.section}</a></div>
<main role="main">
{templates.main_of(story, path or story.path, body, others, shown_day)}
<div class="field field--name-field-tags"><span class="field__label">{words["tags"]}</span><ul>{tags}</ul></div>
{furniture.comments(story)}
</main>
{furniture.footer(story.menu)}
</body>
</html>
"""


def others_of(story: Story, day: int) -> list[Story]:
    """Five to seven other stories in the same language, never one that only another channel links to. The choice
    changes daily.

    New stories of the second day are excluded.
    """
    known = [
        other
        for other in stories(1)
        if other.id != story.id and other.language == story.language and other.channel == "all"
    ]
    known = [other for other in known if other.id in by_id(day)]
    start = furniture.picks(story, len(known)) + day
    return [known[(start + number) % len(known)] for number in range(5 + furniture.picks(story, 3))]


def has_read_also(story: Story) -> bool:
    """Whether a line inside the story's text links to another story."""
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
        '<link rel="shortcut icon" href="/favicon.ico">',
        '<link rel="stylesheet" href="/css/site.css">',
        f'<meta name="description" content="{escape(story.description)}">',
        '<meta property="og:site_name" content="El Puente">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(story.title)}">',
        f'<meta property="og:description" content="{escape(story.description)}">',
    ]
    if story.template != "plain":  # the oldest pages have no canonical link
        lines.append(f'<link rel="canonical" href="{address}">')
        lines.append(f'<meta property="og:url" content="{address}">')
    if story.image:
        lines.append(f'<meta property="og:image" content="{origin}{story.image.path}">')
    if not story.classic:
        lines.append(f'<meta property="article:published_time" content="{story.published.isoformat()}">')
        if story.modified:
            lines.append(f'<meta property="article:modified_time" content="{story.modified.isoformat()}">')
    twin = by_id(day).get(story.twin or "")
    if twin and story.template != "plain":
        lines.append(f'<link rel="alternate" hreflang="{story.language}" href="{address}">')
        lines.append(f'<link rel="alternate" hreflang="{twin.language}" href="{origin}{twin.path}">')
    if story.template == "redesigned":
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
        "inLanguage": story.menu,
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
