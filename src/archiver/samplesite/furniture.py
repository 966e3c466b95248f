"""The parts around a story on the sample site: menus, dated lists, player, advertisement, prompts, comments, footer.

None of it belongs to any story. Much of it is inside the story's own container, in plain elements, as on the real pages
that are hard to extract. The redesigned pages carry tokens that differ from day to day; older pages were cached on day
1 and keep their bytes. `templates` chooses the parts of each page.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from html import escape
from urllib.parse import quote

from archiver.samplesite.addresses import SECTIONS, section_path, topic_path
from archiver.samplesite.stories import Language, Story

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "home": "Home",
        "latest": "Latest Stories",
        "staff": "El Puente staff",
        "by": "By",
        "read_also": "Read also:",
        "more": "MORE IN THIS SECTION",
        "share": "SHARE THIS CONTENT:",
        "newsletter": "Sign up for our morning letter, five stories before the first bus.",
        "email": "Your email address",
        "subscribe": "Sign me up",
        "comments": "What readers say",
        "reply": "Answer this comment",
        "listen": "Listen to this story",
        "search": "Search",
        "next": "next »",
        "previous": "« previous",
        "nothing": "There are no stories on this page.",
        "tagged": "Stories about",
        "written_by": "Stories by",
        "tags": "Topics",
    },
    "es": {
        "home": "Inicio",
        "latest": "Últimas noticias",
        "staff": "Redacción de El Puente",
        "by": "Por",
        "read_also": "Lee también:",
        "more": "MÁS EN ESTA SECCIÓN",
        "share": "COMPARTA ESTE CONTENIDO:",
        "newsletter": "Recibe nuestra carta de la mañana: cinco notas antes del primer autobús.",
        "email": "Tu correo electrónico",
        "subscribe": "Quiero recibirla",
        "comments": "Lo que dicen los lectores",
        "reply": "Responder a este comentario",
        "listen": "Escucha esta nota",
        "search": "Buscar",
        "next": "siguiente »",
        "previous": "« anterior",
        "nothing": "No hay notas en esta página.",
        "tagged": "Notas sobre",
        "written_by": "Notas de",
        "tags": "Temas",
    },
}

PODCAST_HEADING = "Vuelta al barrio en quince minutos"
_EPISODES = (
    ("Octubre 13, 2022", "La última función del verano"),
    ("Octubre 12, 2022", "El río que cambió de dueño"),
    ("Octubre 11, 2022", "Pan caliente a las dos de la mañana"),
    ("Octubre 9, 2022", "Quién cuida a los que cuidan"),
    ("Octubre 6, 2022", "Diez preguntas sobre la renta"),
    ("Octubre 4, 2022", "Una letra que falta"),
    ("Octubre 2, 2022", "Nadar contra la pared"),
)
# Short titles of other stories with their dates, in either language, independent of the page's own.
_DATED_LISTS = (
    (
        ("Faroles sobre el muelle", "Septiembre 30, 2022"),
        ("Doce puertas y una llave", "Septiembre 28, 2022"),
        ("La renta que no baja", "Septiembre 27, 2022"),
        ("Maestras en huelga de hambre", "Septiembre 23, 2022"),
        ("Un puente sin peatones", "Septiembre 21, 2022"),
        ("Vuelve el circo a La Loma", "Septiembre 19, 2022"),
    ),
    (
        ("Lanterns over the pier", "September 30th, 2022"),
        ("Twelve doors, one key", "September 28th, 2022"),
        ("Rents that never fall", "September 23rd, 2022"),
        ("Teachers skip lunch", "September 22nd, 2022"),
        ("Bridge without walkers", "September 21st, 2022"),
        ("The circus is back", "September 19th, 2022"),
    ),
)

BIOS = {
    "Marisol Quiñones": "Marisol Quiñones covers City Hall and has missed two council meetings since 2011.",
    "Dario Feldman": "Dario Feldman writes about money and the people who count it.",
    "Teresa Okafor": "Teresa Okafor is an investigative reporter. Her mailbox is open to documents.",
    "Iván Camargo": "Iván Camargo escribe sobre trabajo y migración, y toma fotografías.",
    "Lucía Bermúdez": "Lucía Bermúdez reports from Eastbank, where she grew up.",
    "Ned Halloran": "Ned Halloran has been a columnist, a night editor and a goalkeeper.",
    "Priya Raman": "Priya Raman covers small business and public transit.",
    "Rafael Ortuño": "Rafael Ortuño es el redactor de deportes, todos los deportes.",
    "Graciela Ponce": "Graciela Ponce edits the culture pages.",
    "Tomás Abreu": "Tomás Abreu escribe sobre música, libros y lo que encuentra.",
}

_COMMENTS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("canal_row_kid", "My aunt lives there and says it is exactly like that, only louder."),
        ("J. Pemberton", "Thank you for writing this down. Nobody else bothered."),
        ("tamaque66", "You forgot to say who is going to pay for it in the end."),
        ("Rosa from Gatewood", "I sent this to my whole family before breakfast."),
    ),
    "es": (
        ("eastbank_siempre", "Yo estuve ahí y faltó contar lo de la lluvia."),
        ("Don Chucho", "Gracias por escribirlo con todas sus letras."),
        ("vecina_88", "¿Y los demás barrios para cuándo?"),
        ("Mtra. Olvera", "Lo leímos en voz alta en mi clase de sexto."),
    ),
}

_MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "es": "Enero Febrero Marzo Abril Mayo Junio Julio Agosto Septiembre Octubre Noviembre Diciembre",
}
_WEEKDAYS: dict[Language, str] = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "Lunes Martes Miércoles Jueves Viernes Sábado Domingo",
}
_AND: dict[Language, tuple[str, str]] = {"en": ("and", "&amp;"), "es": ("y", "&amp;")}
_BETWEEN = (" — ", " | ", " · ", " / ", "<br>")


def shown_date(moment: datetime, language: Language, classic: bool) -> str:
    """A date as a story's page formats it: `09/27/2017 - 14:50` before the redesign, `September 30, 2022` since."""
    if classic:
        return f"{moment:%m/%d/%Y - %H:%M}"
    return f"{_MONTHS[language].split()[moment.month - 1]} {moment.day}, {moment.year}"


def listed_date(moment: datetime, language: Language) -> str:
    """A date as lists format it: `Tuesday, May 30, 2017 - 3:15am`."""
    day = _WEEKDAYS[language].split()[moment.weekday()]
    clock = f"{moment:%I:%M%p}".lower().removeprefix("0")
    return f"{day}, {shown_date(moment, language, classic=False)} - {clock}"


def byline(story: Story) -> str:
    """Names and date in one or two lines, without a word for "by": the older pages format them in several ways."""
    names = f" {_AND[story.language][picks(story, 2)]} ".join(story.authors)
    date = shown_date(story.published, story.language, classic=True)
    if not names:
        return date
    first, second = (date, names) if picks(story, 4, "order") == 0 else (names, date)
    return escape(first, quote=False) + _BETWEEN[picks(story, len(_BETWEEN), "sign")] + escape(second, quote=False)


def token(day: int, purpose: str) -> str:
    """A value that differs by day and purpose, like the IDs that ad servers and form guards put into pages."""
    return f"{zlib.crc32(f'{purpose}/{day}'.encode()):08x}"


def picks(story: Story, of: int, purpose: str = "") -> int:
    """A number below `of`, fixed for each story and purpose: decides which comments and extras it gets."""
    return zlib.crc32(f"{story.id}{purpose}".encode()) % of


def header(language: Language) -> str:
    words = WORDS[language]
    items = "".join(
        f'<li class="menu-item"><a href="{section_path(language, name)}">{escape(name)}</a></li>'
        for name in SECTIONS[language]
    )
    topics = "".join(
        f'<li class="menu-item"><a href="{topic_path(language, name)}">{escape(name)}</a></li>'
        for name in SECTIONS[language]
    )
    return (
        '<header class="site-header" role="banner">'
        '<a class="site-logo" href="/"><img src="/logo.svg" alt="El Puente"></a>'
        f'<nav class="block-menu main-menu" role="navigation"><ul class="menu">'
        f'<li class="menu-item"><a href="/{language}">{words["home"]}</a></li>{items}'
        f'<li class="menu-item"><a href="/node">{words["latest"]}</a></li></ul>'
        f'<ul class="menu topics">{topics}</ul></nav>'
        '<ul class="language-switcher"><li><a href="/en">English</a></li><li><a href="/es">Español</a></li></ul>'
        f'<form class="search-block-form" action="/search"><input name="q" aria-label="{words["search"]}"></form>'
        '<a class="user-link" href="/user/login">Log in</a></header>'
    )


def footer(language: Language) -> str:
    return (
        '<footer class="site-footer" role="contentinfo"><ul class="menu">'
        '<li><a href="/about">About us</a></li><li><a href="/contact">Contact</a></li>'
        '<li><a href="/privacy">Privacy</a></li><li><a href="/more">More</a></li><li><a href="/jobs">Jobs</a></li>'
        f'<li><a href="/{language}/rss.xml">RSS</a></li></ul>'
        "<p>El Puente, 14 Lock Street, Port Amity. A paper in two languages since 1994.</p></footer>"
    )


def podcast(day: int) -> str:
    """The list of episodes: alternating dates and titles, as plain paragraphs."""
    start = 1 if day == 1 else 0
    lines = "".join(
        f'<div class="fila"><p class="cuando">{date}</p><p class="episodio">{title}</p></div>'
        for date, title in _EPISODES[start : start + 6]
    )
    return f'<div class="vuelta-bloque"><p class="rotulo"><strong>{PODCAST_HEADING}</strong></p>{lines}</div>'


def dated_list(story: Story) -> str:
    """Six short titles, each followed by a paragraph with its date; on some pages one title is missing."""
    missing = 3 if picks(story, 3, "missing") == 0 else -1
    return "".join(
        (f"<p>{escape(title, quote=False)}</p>" if position != missing else "") + f"<p>{date}</p>"
        for position, (title, date) in enumerate(_DATED_LISTS[picks(story, 2, "list")])
    )


def player(language: Language) -> str:
    return (
        f'<div class="reproductor"><p>{WORDS[language]["listen"]}</p>'
        "<p><span>00:00</span> / <span>00:00</span></p></div>"
    )


def advertisement(slot: str) -> str:
    return f'<div class="destino-bloque" data-slot="{slot}"><p>Ads destiny link</p></div>'


def caption(story: Story) -> str:
    """The lead picture with its caption: once on the oldest pages, twice on later ones; since the redesign the second
    may be translated."""
    if story.image is None:
        return ""
    image = story.image
    line = escape(f"{image.caption} {image.credit}", quote=False)
    picture = f'<img src="{image.path}" alt="{escape(image.alt)}" width="960" height="640">'
    if story.template == "redesigned":
        first = f"<figure>{picture}<figcaption>{line}</figcaption></figure>"
    else:
        first = f'<div class="field-item even">{picture}</div><div class="pie"><p>{line}</p></div>'
    again = escape(f"{image.translation} {image.credit}", quote=False) if image.translation else line
    second = f'<div class="pie"><p>{again}</p></div>' if story.template != "plain" else ""
    return f'<div class="field field--name-field-image field__item">{first}</div>{second}'


def standfirst(story: Story) -> str:
    """The truncated beginning of the story's first paragraph of some length."""
    words = next(block.text.split() for block in story.blocks if len(block.text.split()) > 20)
    return f'<div class="entradilla"><p>{escape(" ".join(words[:18]), quote=False)}…</p></div>'


def live() -> str:
    return '<div class="en-vivo"><p>LIVE STREAMING</p></div>'


def plain_text_author(story: Story) -> str:
    """The oldest template's label for a story's author, with or without a name in the next line."""
    names = f" {_AND[story.language][0]} ".join(story.authors)
    item = f'<p class="valor">{escape(names, quote=False)}</p>' if names else ""
    return f'<div class="firma"><p class="rotulo">Plain Text Author:</p>{item}</div>'


def read_also(other: Story, language: Language) -> str:
    return (
        f'<p class="lee-bloque"><strong>{WORDS[language]["read_also"]}</strong> '
        f'<a href="{other.path}">{escape(other.title, quote=False)}</a></p>'
    )


def share_bar(story: Story, path: str) -> str:
    address = quote(path, safe="")
    return (
        f'<div class="compartir"><p>{WORDS[story.language]["share"]}</p><ul>'
        f'<li><a href="https://social.invalid/share?u={address}">Facebook</a></li>'
        f'<li><a href="https://chat.invalid/send?u={address}">WhatsApp</a></li></ul></div>'
    )


def newsletter(language: Language, form_token: str) -> str:
    words = WORDS[language]
    return (
        f'<div class="carta-bloque"><p>{words["newsletter"]}</p><form action="/newsletter" method="post">'
        f'<input type="hidden" name="form_token" value="{form_token}">'
        f'<input type="email" name="mail" placeholder="{words["email"]}">'
        f"<button>{words['subscribe']}</button></form></div>"
    )


def more_list(others: list[Story], language: Language) -> str:
    """Short titles of other stories."""
    items = "".join(
        f'<div class="fila"><a href="{other.path}">{escape(" ".join(other.title.split()[:5]), quote=False)}</a></div>'
        for other in others
    )
    return f'<div class="mas-bloque"><p><strong>{WORDS[language]["more"]}</strong></p>{items}</div>'


def author_box(story: Story) -> str:
    boxes = "".join(f'<div class="autor-bloque"><p>{BIOS[name]}</p></div>' for name in story.authors if name in BIOS)
    return f'<div class="field field--name-field-bio">{boxes}</div>' if boxes else ""


def comments(story: Story) -> str:
    """Two or three comments by readers."""
    said = _COMMENTS[story.language]
    first, count = picks(story, len(said)), 2 + picks(story, 2)
    words = WORDS[story.language]
    items = "".join(
        f'<article class="comment"><p class="comment-author">{name}</p><p>{text}</p>'
        f'<a rel="nofollow" href="/comment/reply/{picks(story, 9000)}">{words["reply"]}</a></article>'
        for name, text in (said[(first + i) % len(said)] for i in range(count))
    )
    return f'<section id="comments" class="comments comment-wrapper"><h2>{words["comments"]}</h2>{items}</section>'
