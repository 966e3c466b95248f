"""Pages for the extraction tests: one story in many markups. All texts are invented."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

TITLE = "Harbor council weighs a second ferry line"
CAPTION = 'Deckhand Ruth Okoye holds the "Keep us afloat" banner at pier nine. Tomás Rivas / The Lantern'
STORY = (
    "The harbor council will decide next Tuesday whether the city can afford a second ferry line, after three years in "
    "which the first one carried twice the passengers that its planners had expected.",
    "“We are not asking for a luxury,” said Ruth Okoye, who has worked on the boats since they began. “We are asking "
    "for a way to get home after the night shift.”",
    "The plan's costs are in dispute. The port authority speaks of eleven million dollars a year; the council's own "
    'auditors, in a letter that was made public on Monday, call that figure "hopeful at best".',
    "Residents of the north shore, where the nearest bridge is forty minutes away, have written some 4,000 letters in "
    "favor of the new line, among them one that a class of third graders had illustrated with whales.",
    "A decision against the line would not end the matter, since the contract with the present operator runs out on "
    "Aug. 31 and has to be put out to tender in any case, as the city's lawyers confirmed this week.",
)
EPISODES = (
    ("Un viaje por el delta", "Septiembre 30, 2022"),
    ("La isla vota otra vez", "Septiembre 29, 2022"),
    ("Reforma del puerto viejo", "Septiembre 26, 2022"),
    ("42 faros en el norte", "Septiembre 19, 2022"),
    ("Alerta en la costa sur", "Septiembre 18, 2022"),
)
PLAYER, AD = "00:00 / 00:00", "Ads destiny link"

CONTAINERS = (
    "article", "main", "div class='field field--name-body'", "div", "section", "div id=content", "",
    "div class=node__content",
)  # fmt: skip
TITLES = {
    "h1": "<h1>{t}</h1>",
    "h1 span": "<h1 class=page-title><span>{t}</span></h1>",
    "h1 in header": "<header><h1>{t}</h1></header>",
    "h2": "<h2 class=title>{t}</h2>",
    "div": "<div class=title>{t}</div>",
    "none": "",
}
CAPTIONS = {
    "twice": "<p>{c}</p><p>{c}</p>",
    "figcaption": "<figure><img src=/a.jpg alt=''><figcaption>{c}</figcaption></figure>",
    "figcaption and p": "<figure><img src=/a.jpg><figcaption>{c}</figcaption></figure><p>{c}</p>",
    "p": "<p>{c}</p>",
    "p.caption": "<img src=/a.jpg><p class=caption>{c}</p>",
    "divs": "<div>{c}</div><div>{c}</div>",
    "div.field": "<div class=image><img src=/a.jpg><div class=field--name-caption>{c}</div></div>",
    "spans": "<div><span>{c}</span></div><div><span>{c}</span></div>",
    "side by side": "<div><span>{c}</span><span>{c}</span></div>",
    "alt": "<img src=/a.jpg alt='{c}' title='{c}'><p>{c}</p>",
    "br": "<div>{c}<br>{c}</div>",
    "em": "<p><em>{c}</em></p><p><em>{c}</em></p>",
}
LISTS = {
    "ul": ("<ul>{}</ul>", "<li><span>{}</span> <span>{}</span></li>"),
    "ul a time": ("<ul>{}</ul>", "<li><a href=/p>{}</a><time>{}</time></li>"),
    "ul p": ("<ul>{}</ul>", "<li><p>{}</p><p>{}</p></li>"),
    "flat ul": ("<ul>{}</ul>", "<li>{}</li><li>{}</li>"),
    "divs": ("<div>{}</div>", "<div><div>{}</div><div>{}</div></div>"),
    "spans": ("<div>{}</div>", "<div><span>{}</span><span>{}</span></div>"),
    "p": ("{}", "<p>{}</p><p>{}</p>"),
    "p br": ("{}", "<p>{}<br>{}</p>"),
    "h3 time": ("<div>{}</div>", "<h3>{}</h3><time>{}</time>"),
    "h4 p": ("{}", "<h4>{}</h4><p>{}</p>"),
    "table": ("<table>{}</table>", "<tr><td>{}</td><td>{}</td></tr>"),
    "dl": ("<dl>{}</dl>", "<dt>{}</dt><dd>{}</dd>"),
    "br": ("<div>{}</div>", "{}<br>{}<br>"),
    "articles": ("{}", "<article><h3>{}</h3><span>{}</span></article>"),
}
FURNITURE = {
    "p": "<p>{p}</p><p>{a}</p>",
    "div": "<div>{p}</div><div>{a}</div>",
    "span": "<span>{p}</span><span>{a}</span>",
    "one p": "<p><span>{p}</span> <span>{a}</span></p>",
    "a": "<div><a href=#>{p}</a></div><p><a href=/ad>{a}</a></p>",
    "button": "<button>{p}</button><a href=/ad>{a}</a>",
    "three spans": "<div class=player><span>00:00</span> / <span>00:00</span></div><div>{a}</div>",
    "three divs": "<div><div>00:00</div><div>/</div><div>00:00</div></div><center>{a}</center>",
    "br": "{p}<br>{a}",
    "li": "<ul><li>{p}</li><li>{a}</li></ul>",
    "h4": "<h4>{p}</h4><h4>{a}</h4>",
}
HEADS = {
    "none": "",
    "title": "<title>{t} | The Lantern</title>",
    "og": "<meta property='og:title' content='{t}'>",
    "all": "<title>{t} | The Lantern</title><meta property=og:title content='{t}'>"
    "<meta property=og:type content=article>"
    '<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{t}"}}</script>',
}  # fmt: skip
STORIES = {
    "p": "<p>{}</p>",
    "p span": "<p><span style='x'>{}</span></p>\n",
    "div": "<div>{}</div>",
    "spaces": "<p>\n  {}&nbsp;\n</p>\n",
    "br": "{}<br><br>",
}
ORDERS = (
    ("caption", "title", "list", "story", "furniture"),
    ("title", "caption", "list", "story", "furniture"),
    ("title", "caption", "story", "furniture", "list"),
    ("caption", "title", "furniture", "list", "story"),
)


@dataclass(frozen=True)
class Markup:
    """The markup of a page; the defaults are the simplest."""

    container: str = "article"
    title: str = "h1"
    caption: str = "twice"
    list: str = "ul"
    list_heading: str = ""
    date_first: bool = False
    furniture: str = "p"
    head: str = "title"
    story: str = "p"
    order: tuple[str, ...] = ORDERS[0]
    chrome: bool = True
    url: str = "https://lantern.example/news/harbor-council-weighs-a-second-ferry-line"


@dataclass(frozen=True)
class Parts:
    """The parts of a page, some to be extracted, others not."""

    title: str = TITLE
    caption: str = CAPTION
    story: tuple[str, ...] = STORY
    episodes: tuple[tuple[str, str], ...] = EPISODES
    player: str = PLAYER
    ad: str = AD
    junk: tuple[str, ...] = field(default=())


def page(markup: Markup, parts: Parts | None = None) -> bytes:
    """The page's HTML."""
    parts = parts or Parts()
    title, caption = html.escape(parts.title), html.escape(parts.caption)
    outer, entry = LISTS[markup.list]
    entries = "".join(
        entry.format(*(map(html.escape, pair[::-1] if markup.date_first else pair))) for pair in parts.episodes
    )
    heading = f"<h3>{markup.list_heading}</h3>" if markup.list_heading else ""
    pieces = {
        "title": TITLES[markup.title].format(t=title),
        "caption": CAPTIONS[markup.caption].format(c=caption),
        "list": heading + outer.format(entries),
        "story": "".join(STORIES[markup.story].format(html.escape(text)) for text in parts.story),
        "furniture": FURNITURE[markup.furniture].format(p=parts.player, a=html.escape(parts.ad)),
    }
    inner = "".join(pieces[name] for name in markup.order)
    if markup.container:
        inner = f"<{markup.container}>{inner}</{markup.container.split()[0]}>"
    top = "<header><nav><ul><li><a href=/>Home</a></li><li><a href=/news>News</a></li></ul></nav></header>"
    bottom = "<footer><p>© 2022 The Lantern</p><a href=/about>About us</a></footer>"
    if markup.chrome:
        inner = f"{top}{inner}{bottom}"
    head = HEADS[markup.head].format(t=title)
    return f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8>{head}</head><body>{inner}</body></html>".encode()
