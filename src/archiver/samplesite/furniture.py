"""What stands around a story on the sample site: menus, podcast list, player, advertisement, prompts, comments, footer.

None of it belongs to any story. Much of it stands inside the story's own container, in plain elements, since that is
what makes the real pages hard. The redesigned pages carry tokens that differ from day to day; those from before the
redesign were cached as they stood on day 1 and keep their bytes.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from datetime import datetime
from html import escape
from urllib.parse import quote

from archiver.samplesite.stories import Language, Story

SECTIONS: dict[Language, dict[str, str]] = {
    "en": {
        "Politics": "politics",
        "Immigration": "immigration",
        "Culture": "culture",
        "Sports": "sports",
        "Business": "business",
        "Opinion": "opinion",
    },
    "es": {
        "Política": "politica",
        "Inmigración": "inmigracion",
        "Cultura": "cultura",
        "Deportes": "deportes",
        "Negocios": "negocios",
        "Opinión": "opinion",
    },
}

# Folder names of the lists, by language.
TAGS: dict[Language, str] = {"en": "tags", "es": "etiquetas"}
AUTHORS: dict[Language, str] = {"en": "authors", "es": "autores"}
NEWS: dict[Language, str] = {"en": "news", "es": "noticias"}

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "home": "Home",
        "latest": "Latest news",
        "staff": "El Puente staff",
        "by": "By",
        "read_also": "Read also:",
        "related": "More from this section",
        "share": "Share this story with a neighbor",
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
        "related": "Más de esta sección",
        "share": "Comparte esta nota con tus vecinos",
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


def slug(name: str) -> str:
    """A name as it stands in a URL."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


def shown_date(moment: datetime, language: Language, classic: bool) -> str:
    """A date as the page shows it: `09/27/2017 - 14:50` before the redesign, `September 30, 2022` since."""
    if classic:
        return f"{moment:%m/%d/%Y - %H:%M}"
    return f"{_MONTHS[language].split()[moment.month - 1]} {moment.day}, {moment.year}"


def token(day: int, purpose: str) -> str:
    """A value that differs by day and purpose, like the ids that ad servers and form guards put into pages."""
    return f"{zlib.crc32(f'{purpose}/{day}'.encode()):08x}"


def picks(story: Story, of: int) -> int:
    """A number below `of` that is always the same for a story: which comments, which extras it gets."""
    return zlib.crc32(story.id.encode()) % of


def header(language: Language) -> str:
    words = WORDS[language]
    items = "".join(
        f'<li class="menu-item"><a href="/{language}/{folder}">{escape(name)}</a></li>'
        for name, folder in SECTIONS[language].items()
    )
    return (
        '<header class="site-header" role="banner">'
        '<a class="site-logo" href="/"><img src="/logo.svg" alt="El Puente"></a>'
        f'<nav class="block-menu main-menu" role="navigation"><ul class="menu">'
        f'<li class="menu-item"><a href="/{language}">{words["home"]}</a></li>{items}'
        f'<li class="menu-item"><a href="/{language}/{NEWS[language]}">{words["latest"]}</a></li></ul></nav>'
        '<ul class="language-switcher"><li><a href="/en">English</a></li><li><a href="/es">Español</a></li></ul>'
        f'<form class="search-block-form" action="/search"><input name="q" aria-label="{words["search"]}"></form>'
        '<a class="user-link" href="/user/login">Log in</a></header>'
    )


def footer(language: Language) -> str:
    return (
        '<footer class="site-footer" role="contentinfo"><ul class="menu">'
        '<li><a href="/about">About us</a></li><li><a href="/contact">Contact</a></li>'
        '<li><a href="/privacy">Privacy</a></li><li><a href="/more">More</a></li>'
        f'<li><a href="/{language}/rss.xml">RSS</a></li></ul>'
        "<p>El Puente, 14 Lock Street, Port Amity. A paper in two languages since 1994.</p></footer>"
    )


def podcast(day: int) -> str:
    """The list of episodes: dates and titles in turn, as plain paragraphs."""
    start = 1 if day == 1 else 0
    lines = "".join(
        f'<div class="fila"><p class="cuando">{date}</p><p class="episodio">{title}</p></div>'
        for date, title in _EPISODES[start : start + 6]
    )
    return f'<div class="vuelta-bloque"><p class="rotulo"><strong>{PODCAST_HEADING}</strong></p>{lines}</div>'


def player(language: Language) -> str:
    return (
        f'<div class="reproductor"><p>{WORDS[language]["listen"]}</p>'
        "<p><span>00:00</span> / <span>00:00</span></p></div>"
    )


def advertisement(slot: str) -> str:
    return f'<div class="destino-bloque" data-slot="{slot}"><p>Ads destiny link</p></div>'


def caption(story: Story) -> str:
    """The lead picture with its caption twice: in a figure and beside it, or, before the redesign, in two divs."""
    if story.image is None:
        return ""
    line = escape(f"{story.image.caption} {story.image.credit}", quote=False)
    picture = f'<img src="{story.image.path}" alt="{escape(story.image.alt)}" width="960" height="640">'
    if story.classic:
        first = f'<div class="field-item even">{picture}</div><div class="pie"><p>{line}</p></div>'
    else:
        first = f"<figure>{picture}<figcaption>{line}</figcaption></figure>"
    return f'<div class="field field--name-field-image field__item">{first}</div><div class="pie"><p>{line}</p></div>'


def read_also(other: Story, language: Language) -> str:
    return (
        f'<p class="lee-bloque"><strong>{WORDS[language]["read_also"]}</strong> '
        f'<a href="{other.path}">{escape(other.title, quote=False)}</a></p>'
    )


def share_bar(story: Story) -> str:
    address = quote(story.path, safe="")
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


def related_list(others: list[Story], language: Language) -> str:
    items = "".join(
        f'<li><a href="{other.path}">{escape(other.title, quote=False)}</a> '
        f'<span class="date">{shown_date(other.published, language, classic=False)}</span></li>'
        for other in others
    )
    return f'<div class="view-related"><h3>{WORDS[language]["related"]}</h3><ul>{items}</ul></div>'


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
