"""The three templates of the sample site: the parts around a story's text, and their order.

plain         until 2017: one caption, a date with the hour, "Plain Text Author:"
dated_list    until 2020: caption twice, a line of names and date, a list of dated titles before or inside the text
redesigned    since 2021: a cut standfirst that the text repeats, podcasts, "MORE IN THIS SECTION"
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from archiver.samplesite import furniture
from archiver.samplesite.addresses import author_path
from archiver.samplesite.furniture import WORDS, picks, shown_date
from archiver.samplesite.stories import Story, Template


def main_of(story: Story, path: str, body: list[str], others: list[Story], day: int) -> str:
    """The main part of a story's page. `path`: the requested path; `body`: the story's blocks in HTML; `others`:
    stories to link to."""
    return _TEMPLATES[story.template](story, path, body, others, day)


def _plain(story: Story, path: str, body: list[str], others: list[Story], day: int) -> str:
    return f"""<div class="node node-article" id="node-{story.node}">
<h1 class="title">{escape(story.title, quote=False)}</h1>
<div class="field-date">{shown_date(story.published, story.language, classic=True)}</div>
{furniture.caption(story)}
<div class="field-name-body">
{furniture.plain_text_author(story)}
{_lines(body)}
</div>
{furniture.share_bar(story, path)}
</div>"""


def _dated_list(story: Story, path: str, body: list[str], others: list[Story], day: int) -> str:
    at = 2 * picks(story, 2, "place")
    inside = [*body[:at], furniture.dated_list(story), *body[at:]]
    return f"""<div class="node node-article" id="node-{story.node}">
{furniture.caption(story)}
<h1 class="title">{escape(story.title, quote=False)}</h1>
<p class="submitted">{furniture.byline(story)}</p>
<div class="field-name-body">
{_lines(inside)}
{furniture.player(story.language)}
{furniture.advertisement("es-classic-1")}
</div>
{furniture.share_bar(story, path)}
{furniture.newsletter(story.language, "guard-classic")}
</div>"""


def _redesigned(story: Story, path: str, body: list[str], others: list[Story], day: int) -> str:
    words = WORDS[story.language]
    byline = ", ".join(f'<a href="{author_path(story.language, name)}">{name}</a>' for name in story.authors)
    date = shown_date(story.published, story.language, classic=False)
    return f"""<article class="node node--type-article node--view-mode-full" data-history-node-id="{story.node}">
{furniture.live()}
<h1 class="page-title"><span class="field field--name-title">{escape(story.title, quote=False)}</span></h1>
{furniture.standfirst(story)}
<div class="node__submitted"><span class="field field--name-field-author">{words["by"]} \
{byline or words["staff"]}</span> <span class="field field--name-created">\
<time datetime="{story.published.isoformat()}">{date}</time></span></div>
<div class="node__content">
{furniture.caption(story)}
<div class="clearfix text-formatted field field--name-body field__item">
{furniture.podcast(day)}
{_lines(body)}
{furniture.more_list(others, story.language)}
{furniture.player(story.language)}
{furniture.advertisement(f"es-{furniture.token(day, story.id)}")}
</div>
{furniture.share_bar(story, path)}
{furniture.newsletter(story.language, furniture.token(day, "form"))}
{furniture.author_box(story)}
</div>
</article>"""


def _lines(body: list[str]) -> str:
    return "\n".join(body)


_TEMPLATES: dict[Template, Callable[[Story, str, list[str], list[Story], int], str]] = {
    "plain": _plain,
    "dated_list": _dated_list,
    "redesigned": _redesigned,
}
