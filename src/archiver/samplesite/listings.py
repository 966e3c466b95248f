"""Pages that list stories, pages that are not stories, and the traps.

/, /en, /es                         the newest stories
/node?page=7                        all stories, linked by number where they have such a URL
/topics/politics/2?page=1           a section, and /topics/politics/elections/4711 a topic in it
/tags/ferry/4711, /en/authors/x     the stories with a tag, or by an author
/en/politics?node=94137             a section since the redesign, continued after a story
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from archiver.samplesite import furniture
from archiver.samplesite.addresses import (
    AUTHORS,
    DEEP_TOPICS,
    SECTIONS,
    author_path,
    listed_tags,
    section_path,
    subject_of,
    tag_path,
    topic_path,
)
from archiver.samplesite.furniture import WORDS, listed_date
from archiver.samplesite.stories import Language, Story, stories

PER_PAGE = 6
ALL_STORIES = "/node"  # the list of all stories, which links to them by number where possible

STATIC_PAGES = {
    "/about": (
        "About us",
        "El Puente has been printed in two languages since 1994. It belongs to 412 readers, who meet once a year in "
        "the hall of San Judas parish and never agree about the crossword.",
    ),
    "/contact": (
        "Contact",
        "You can reach the newsroom from seven in the morning until the last page is done. Letters must carry a name; "
        "we print it unless you ask us not to and say why.",
    ),
    "/privacy": (
        "Privacy",
        "We keep your address if you ask for the morning letter and delete it when you ask us to. We do not sell it, "
        "and nobody has offered much.",
    ),
    "/user/login": ("Log in", "Readers who have an account can leave comments. Accounts are free."),
    "/search": ("Search", "Type a word to look through twenty-eight years of stories."),
}


def page(language: Language, title: str, content: str, day: int, head: str = "") -> str:
    """A complete page that is not a story."""
    shown = escape(title, quote=False)
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="ltr">
<head>
<meta charset="utf-8">
<title>{shown} | El Puente</title>
<link rel="stylesheet" href="/css/site.css">
{head}
</head>
<body>
{furniture.header(language)}
<main role="main">
<h1 class="page-title">{shown}</h1>
{content}
{furniture.advertisement("es-" + furniture.token(day, "list"))}
</main>
{furniture.footer(language)}
</body>
</html>
"""


def usual(day: int, language: Language) -> list[Story]:
    """The stories that appear in every channel."""
    return [story for story in stories(day) if story.language == language and story.channel == "all"]


def front_page(day: int) -> str:
    parts = (f"<section><h2>{title}</h2>{_teasers(usual(day, language)[:6])}</section>" for language, title in FRONTS)
    return page("en", "El Puente", "".join(parts), day)


FRONTS: tuple[tuple[Language, str], ...] = (("en", "In English"), ("es", "En español"))


def language_home(day: int, language: Language, origin: str) -> str:
    feed = f'<link rel="alternate" type="application/rss+xml" href="{origin}/{language}/rss.xml">'
    return page(language, WORDS[language]["home"], _teasers(usual(day, language)[:10]), day, feed)


def list_page(path: str, query: dict[str, str], day: int) -> str | None:
    """A page of a list; None if there is no such list."""
    found = _paged_list(path, day)
    if found is None:
        return _section_page(path, query, day)
    language, title, members = found
    if query.get("sort") == "title":
        members = sorted(members, key=lambda story: story.title)
    asked = query.get("page", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    start = number * PER_PAGE
    shown = members[start : start + PER_PAGE]
    content = _teasers(shown, path) if shown else f'<p class="view-empty">{WORDS[language]["nothing"]}</p>'
    head = f"<h2>{WORDS[language]['latest']}</h2>{_lead(shown[0])}" if shown and not number else ""
    return page(language, title, head + content + _pager(path, query, number, len(members), language), day)


def _section_page(path: str, query: dict[str, str], day: int) -> str | None:
    """A section since the redesign: no page numbers, but a link that continues after the last story shown."""
    for language, sections in SECTIONS.items():
        for section in sections:
            if path == section_path(language, section):
                members = [s for s in usual(day, language) if s.section == section and s.template == "redesigned"]
                after = query.get("node", "")
                older = [s for s in members if s.node < int(after)] if re.fullmatch(r"\d{1,9}", after) else members
                shown = older[:PER_PAGE]
                more = f'<a href="{path}?node={shown[-1].node}">{WORDS[language]["next"]}</a>' if shown else ""
                return page(language, section, _teasers(shown, path) + f'<div class="pager">{more}</div>', day)
    return None


def _paged_list(path: str, day: int) -> tuple[Language, str, list[Story]] | None:
    """Language, title and stories of a list with numbered pages."""
    if path == ALL_STORIES:
        return "en", WORDS["en"]["latest"], [s for s in stories(day) if s.channel in ("all", "pagination")]
    folders = path.split("/")
    for language in SECTIONS:
        found: tuple[str, list[Story]] | None = None
        if "topics" in folders:
            found = _topic(language, path, day)
        elif "tags" in folders:
            found = next(
                (
                    (f"{WORDS[language]['tagged']} {tag}", members)
                    for tag, members in listed_tags(language, day).items()
                    if tag_path(language, tag) == path
                ),
                None,
            )
        elif AUTHORS[language] in folders:
            found = _author(language, path, day)
        if found is not None:
            return (language, *found)
    return None


def _topic(language: Language, path: str, day: int) -> tuple[str, list[Story]] | None:
    """These lists also contain the stories that only their deep pages link to."""
    listed = [s for s in stories(day) if s.language == language and s.channel in ("all", "pagination")]
    for section in SECTIONS[language]:
        members = [story for story in listed if story.section == section]
        if topic_path(language, section) == path:
            return section, members
        for subject in subjects_of(members) if section in DEEP_TOPICS else ():
            if topic_path(language, section, subject) == path:
                return f"{section}: {subject}", [story for story in members if subject_of(story) == subject]
    return None


def subjects_of(members: Iterable[Story]) -> list[str]:
    return sorted({subject for story in members if (subject := subject_of(story))})


def _author(language: Language, path: str, day: int) -> tuple[str, list[Story]] | None:
    for author in sorted({author for story in stories(day) for author in story.authors}):
        if author_path(language, author) == path:
            written = [story for story in usual(day, language) if author in story.authors]
            return f"{WORDS[language]['written_by']} {author}", written
    return None


def _lead(story: Story) -> str:
    """The first story of a list, shown large."""
    return (
        f'<div class="lead"><a href="{story.path}"><strong>{escape(story.title, quote=False)}</strong></a>'
        f"<p>{escape(story.description, quote=False)}</p></div>"
    )


def _teasers(members: Iterable[Story], path: str = "") -> str:
    rows = "".join(
        '<div class="views-row"><article class="node node--type-article node--view-mode-teaser">'
        f'<h2 class="node__title"><a href="{_linked(story, path)}">{escape(story.title, quote=False)}</a></h2>'
        f'<span class="date">{listed_date(story.published, story.language)}</span>'
        f"<p>{escape(story.description, quote=False)}</p></article></div>"
        for story in members
    )
    return f'<div class="view-content">{rows}</div>'


def _linked(story: Story, path: str) -> str:
    return story.also if path == ALL_STORIES and story.also else story.path


def _pager(path: str, query: dict[str, str], number: int, total: int, language: Language) -> str:
    kept = {name: query[name] for name in ("sort", "sid") if name in query}
    if "sid" in kept:  # the session ID trap: every page issues a new one
        kept["sid"] = format(zlib.crc32(f"{kept['sid']}/{path}/{number}".encode()), "08x")

    def link(target: int, label: str) -> str:
        address = escape(f"{path}?{urlencode(kept | {'page': str(target)})}")
        return f'<li class="pager__item"><a href="{address}">{label}</a></li>'

    last = max(0, (total - 1) // PER_PAGE)
    items = []
    if number > 0:
        items.append(link(min(number - 1, last), WORDS[language]["previous"]))
    items += [link(other, str(other + 1)) for other in range(last + 1) if abs(other - number) == 1]
    if number < last:
        items.append(link(number + 1, WORDS[language]["next"]))
    return f'<nav class="pager"><ul class="pager__items">{"".join(items)}</ul></nav>' if items else ""


def static_page(path: str, day: int) -> str | None:
    if path not in STATIC_PAGES:
        return None
    title, text = STATIC_PAGES[path]
    return page("en", title, f'<div class="field--name-body"><p>{text}</p></div>', day)


def not_found(day: int, status: int) -> str:
    text = "This story has been taken down." if status == 410 else "There is no page at this address."
    return page("en", "Page not found", f"<p>{text}</p>", day)


def more_page(day: int) -> str:
    """The only page that links to the traps."""
    links = ['<li><a href="/more/calendar/2022/10">Calendar of events</a></li>']
    for language, sections in SECTIONS.items():
        for name in sections:
            topic = topic_path(language, name)
            for sort in ("title", "date"):
                links.append(f'<li><a href="{topic}?page=0&amp;sort={sort}">{name}, sorted by {sort}</a></li>')
            sid = furniture.token(1, topic)
            links.append(f'<li><a href="{topic}?sid={sid}">{name}, my session</a></li>')
    return page("en", "More", f"<ul>{''.join(links)}</ul>", day)


def calendar_page(path: str, day: int) -> str | None:
    """A month of a calendar without a first or last month."""
    year, _, month = path.removeprefix("/more/calendar/").partition("/")
    if not re.fullmatch(r"[0-9]{1,5}/(0[1-9]|1[0-2])", f"{year}/{month}"):
        return None
    this = int(year) * 12 + int(month) - 1
    links = "".join(
        f'<li><a href="/more/calendar/{other // 12}/{other % 12 + 1:02d}">{label}</a></li>'
        for other, label in ((this - 1, "earlier"), (this + 1, "later"))
    )
    text = "No events have been entered for this month."
    return page("en", f"Calendar {int(month)}/{year}", f"<p>{text}</p><ul>{links}</ul>", day)
