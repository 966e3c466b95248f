"""Two sites that differ from the sample newspaper, by function: a WordPress blog, and a newspaper made of <div> only.

Each is a function of path and day. Day 2 has some new stories, some edits, and changes around stories that are not
edits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qsl

from testsites import Answer

STORIES = 30
NEW = 3  # additional ones on day 2
EDITED = (2, 11)  # on day 2
TAGS = 300
_PEOPLE = ("Ada Brandt", "Jonas Lohr", "Mirjam Oss", "Pavel Kern")
_NOUNS = "harbour school council ferry market bakery museum library station orchestra bridge meadow mill tower".split()  # noqa: SIM905
_VERBS = "opens closes moves sings waits grows returns burns wins turns stays leaves".split()  # noqa: SIM905
_PLACES = "north south east west upper lower old new far near middle outer".split()  # noqa: SIM905


@dataclass(frozen=True)
class Told:
    """One story of a site on one day."""

    number: int
    title: str
    author: str
    day: date
    paragraphs: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def _sentence(chance: random.Random) -> str:
    noun, other = chance.sample(_NOUNS, 2)
    place, verb, another = chance.choice(_PLACES), chance.choice(_VERBS), chance.choice(_VERBS)
    return (
        f"In the {place} quarter the {noun} {verb} before the {other} {another}, and {chance.randrange(20, 900)} "
        f"people of the {chance.choice(_PLACES)} town came to look at it."
    )


def told(number: int, day: int = 1) -> Told:
    """A story with its own words; edited on the second day if it is in EDITED."""
    chance = random.Random(f"story {number}")
    noun, verb, place = (chance.choice(words) for words in (_NOUNS, _VERBS, _PLACES))
    title = f"The {place} {noun} {verb} for the {number + 20}th time"
    paragraphs = tuple(" ".join(_sentence(chance) for _ in range(3)) for _ in range(5))
    if day == 2 and number in EDITED:
        paragraphs = (*paragraphs[:-1], f"The {noun} had to be closed again at noon, as the mayor said on the radio.")
    return Told(number, title, _PEOPLE[number % len(_PEOPLE)], date(2024, 3, 1) + timedelta(days=number), paragraphs)


def all_told(day: int) -> list[Told]:
    """The stories of a day, the newest first."""
    return [told(number, day) for number in range(STORIES + (NEW if day == 2 else 0))][::-1]


# ---------------------------------------------------------------- a WordPress blog


def _tags(story: Told) -> list[str]:
    return [f"tag-{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(story.number * 10, story.number * 10 + 10)]


def wordpress_path(story: Told) -> str:
    return f"/{story.day:%Y/%m/%d}/{story.slug}/"


def wordpress(day: int) -> Callable[[str, str], Answer]:
    """Stories below their day; tags, categories, authors, months, attachments, feeds of each, replies to comments."""
    stories = all_told(day)
    by_path = {wordpress_path(story): story for story in stories}

    def page(title: str, body: str, head: str = "") -> str:
        months = "".join(f'<li><a href="/2024/{month:02}/">2024-{month:02}</a></li>' for month in (3, 4))
        recent = "".join(f'<li><a href="{wordpress_path(s)}">{s.title}</a></li>' for s in stories[:5])
        cloud = "".join(f'<a href="/tag/{tag}/">{tag}</a> ' for s in stories[day::4] for tag in _tags(s)[:3])
        return (
            f"<!DOCTYPE html><html><head><title>{title} – The Quay Blog</title>{head}"
            '<link rel="alternate" type="application/rss+xml" href="/feed/"></head><body class="wp">'
            f'<header><a href="/">The Quay Blog</a><nav><a href="/category/town/">Town</a> '
            f'<a href="/category/sea/">Sea</a> <a href="/about/">About</a></nav></header><main>{body}</main>'
            f"<aside><h3>Recent posts</h3><ul>{recent}</ul><h3>Archives</h3><ul>{months}</ul><p>{cloud}</p>"
            f"<p>{40 * day} visitors today</p></aside><footer><p>Proudly powered by a press.</p></footer></body></html>"
        )

    def article(story: Told) -> str:
        path = wordpress_path(story)
        at = stories.index(story)
        around = [("prev", other) for other in stories[at + 1 : at + 2]]
        around += [("next", other) for other in stories[max(at - 1, 0) : at]]
        head = "".join(f'<link rel="{rel}" href="{wordpress_path(other)}">' for rel, other in around)
        head += f'<link rel="canonical" href="http://blog.example{path}">'
        head += f'<meta property="article:published_time" content="{story.day}T08:00:00+00:00">'
        head += f'<link rel="alternate" type="application/rss+xml" href="{path}feed/">'
        tags = "".join(f'<a rel="tag" href="/tag/{tag}/">{tag}</a> ' for tag in _tags(story))
        body = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs)
        comments = "".join(
            f'<li class="comment"><p>Reader {n} says hello.</p><a href="{path}?replytocom={story.number * 10 + n}">'
            "Reply</a></li>"
            for n in range(day + 1)
        )
        return page(
            story.title,
            f'<article class="post"><h1 class="entry-title">{story.title}</h1><p class="byline">By <a rel="author" '
            f'href="/author/{story.author.lower().replace(" ", "-")}/">{story.author}</a></p>'
            f'<div class="entry-content"><a href="{path}picture/"><img src="/p{story.number}.jpg"></a>{body}</div>'
            f'<p class="tags">{tags}</p></article><ol class="comments">{comments}</ol>',
            head,
        )

    def archive(title: str, found: list[Told], base: str, number: int) -> Answer:
        pages = [found[at : at + 10] for at in range(0, len(found), 10)] or [[]]
        if not 1 <= number <= len(pages):
            return 404
        items = "".join(
            f'<article class="post"><h2><a href="{wordpress_path(s)}">{s.title}</a></h2>'
            f"<p>{' '.join(s.paragraphs[0].split()[:30])} […]</p></article>"
            for s in pages[number - 1]
        )
        older = f'<a class="next" href="{base}page/{number + 1}/">Older posts</a>' if number < len(pages) else ""
        head = f'<link rel="alternate" type="application/rss+xml" href="{base}feed/">'
        return page(title, f"<h1>{title}</h1>{items or '<p>Nothing found.</p>'}{older}", head)

    def feed(found: list[Told]) -> Answer:
        entries = "".join(f"<item><link>http://blog.example{wordpress_path(s)}</link></item>" for s in found[:10])
        return 200, f"<rss><channel>{entries}</channel></rss>", {"Content-Type": "application/rss+xml"}

    def answer(host: str, path: str) -> Answer:
        path = path.partition("?")[0]
        if path in by_path:  # regardless of the query
            return article(by_path[path])
        parts = [part for part in path.split("/") if part]
        number = 1
        if len(parts) >= 2 and parts[-2] == "page" and parts[-1].isdigit():
            number, parts = int(parts[-1]), parts[:-2]
        is_feed = parts[-1:] == ["feed"]
        parts = parts[:-1] if is_feed else parts
        match parts:
            case []:
                title, found = "Latest", stories
            case ["tag", tag]:
                title, found = tag, [s for s in stories if tag in _tags(s)]
            case ["category", name]:
                title, found = name, [s for s in stories if (s.number % 2 == 0) == (name == "town")]
            case ["author", name]:
                title, found = name, [s for s in stories if s.author.lower().replace(" ", "-") == name]
            case ["2024", *rest] if len(rest) in (1, 2):
                title, found = "-".join(parts), [s for s in stories if f"{s.day:%Y/%m/%d}/".startswith("/".join(parts))]
            case ["about"]:
                return page("About", "<h1>About</h1><p>A blog about the quay.</p>")
            case [*_, "picture"]:
                return page("picture", '<div class="attachment"><img src="/p.jpg"></div>')
            case _ if is_feed:
                return feed([])
            case _:
                return 404
        return feed(found) if is_feed else archive(title, found, "/" + "".join(f"{p}/" for p in parts), number)

    return answer


# ---------------------------------------------------------------- a newspaper of divs alone


def divs_path(story: Told) -> str:
    return f"/noticia.php?id={7000 + story.number}"


def divs(day: int) -> Callable[[str, str], Answer]:
    """No <p>, <article> or list: stories by number, lists by ?start=, an archive of days, tags, galleries."""
    stories = all_told(day)
    by_number = {7000 + story.number: story for story in stories}

    def page(title: str, body: str) -> str:
        menu = "".join(f'<div><a href="/seccion.php?s={name}">{name.title()}</a></div>' for name in ("ciudad", "mar"))
        weather = f"<div class='tiempo'>{11 + day} grados, viento del norte</div>"
        return (
            f"<html><head><title>{title}</title></head><body><div class='top'><div><a href='/'>El Muelle</a></div>"
            f"{menu}"
            f"<div><a href='/archivo.php?d=2024-03-01'>Archivo</a></div>{weather}</div><div class='c'>{body}</div>"
            f"<div class='pie'>El Muelle, diario de la costa. {day} de abril.</div></body></html>"
        )

    def row(story: Told) -> str:
        return (
            f"<div class='fila'><div class='t'><a href='{divs_path(story)}'>{story.title}</a></div>"
            f"<div class='r'><a href='{divs_path(story)}'>{' '.join(story.paragraphs[0].split()[:25])}…</a></div></div>"
        )

    def article(story: Told) -> str:
        body = "".join(f"<div class='x'>{paragraph}</div>" for paragraph in story.paragraphs)
        tags = "".join(f"<div><a href='/tema.php?t={tag}'>{tag}</a></div>" for tag in _tags(story)[:3])
        more = "".join(row(other) for other in stories[story.number % 7 : story.number % 7 + 3] if other != story)
        gallery = f"<div><a href='/fotos.php?id={7000 + story.number}&n=1'>Fotos</a></div>"
        return page(
            story.title,
            f"<div class='titulo'><h1>{story.title}</h1></div><div class='autor'>Por {story.author}</div>"
            f"<div class='fecha'>{story.day:%d/%m/%Y}</div>{body}{gallery}<div class='temas'>{tags}</div>"
            f"<div class='mas'><div>Más noticias</div>{more}</div>",
        )

    def answer(host: str, path: str) -> Answer:
        path, _, query = path.partition("?")
        given = dict(parse_qsl(query))
        start = int(given.get("start", 0)) if given.get("start", "0").isdigit() else 0
        onward = ""
        match path:
            case "/":
                found, title, name = stories, "El Muelle", "?"
            case "/noticia.php" if given.get("id", "").isdigit() and int(given["id"]) in by_number:
                return article(by_number[int(given["id"])])
            case "/seccion.php":
                found = [s for s in stories if (s.number % 2 == 0) == (given.get("s") == "ciudad")]
                title, name = given.get("s", ""), f"?s={given.get('s', '')}&"
            case "/tema.php":
                title, name = given.get("t", ""), f"?t={given.get('t', '')}&"
                found = [s for s in stories if title in _tags(s)]
            case "/archivo.php":
                shown = date.fromisoformat(given.get("d", "2024-03-01"))
                found = [s for s in stories if s.day == shown]
                title, name = f"Archivo {shown}", f"?d={shown}&"
                onward = f"<div><a href='/archivo.php?d={shown + timedelta(days=1)}'>Día siguiente</a></div>"
            case "/fotos.php":
                n = int(given.get("n", 1))
                turn = f"<div><a href='/fotos.php?id={given.get('id')}&n={n + 1}'>Siguiente</a></div>" if n < 4 else ""
                return page("Fotos", f"<div><img src='/f{n}.jpg'></div><div>Foto {n} de 4</div>{turn}")
            case _:
                return 404
        rows = "".join(row(story) for story in found[start : start + 10])
        if start + 10 < len(found):
            onward += f"<div><a href='{path}{name}start={start + 10}'>Anteriores</a></div>"
        return page(title, f"<div class='titulo'>{title}</div>{rows or '<div>No hay noticias.</div>'}{onward}")

    return answer
