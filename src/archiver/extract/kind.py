"""What kind of page this is, and why some are no story: error pages, walls, listings. Judged where the site has no rule."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from archiver.extract.jsonld import types_of
from archiver.extract.lines import Line
from archiver.extract.metadata import Described
from archiver.extract.page import Page
from archiver.model import Block, PageType

_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TEASER_TAGS = frozenset({"h2", "h3", "h4"})  # linked, they announce other stories
_FEW_LINKS = 8
_FEW_WORDS = 100  # characters outside of links: no story has less
_HEADLINE = 250  # characters at most
MIN_STORY_CHARS = 250
MIN_DECLARED_STORY_CHARS = 40
_STORY_TYPES = re.compile(r"article|blogposting|review|report|recipe")
_LISTING_TYPES = frozenset({"collectionpage", "itemlist", "searchresultspage", "profilepage"})
_LISTING_PATH = re.compile(
    r"^/?(?:index\.\w+|home)?$|/(?:tags?|etiquetas?|topics?|temas?|categor(?:y|ies|ia|ias)|sections?|secci[oó]n(?:es)?|authors?|autor(?:es)?|search|buscar?|archives?|page)(?:/|$)"
    r"|/(?:feed|rss|sitemap|login|signin|register|subscribe|contact|about|privacy|terms)(?:[-/.]|$)|/page/\d+/?$",
    re.IGNORECASE,
)
_STORY_PATH = re.compile(
    r"/(?:19|20)\d\d[/-](?:[01]?\d|[a-z]{3})(?:[/-]|$)|/(?:article|story|news|noticias?|nota)s?/[^/]{12,}|[^/]*(?:-[^/-]+){4,}(?:\.\w{3,5})?/?$",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"^\W*(?:(?:error\W*)?404\b|(?:the )?(?:requested )?(?:page|article|story|content) (?:(?:was |is |could )?not (?:be )?found|(?:does not|doesn.?t|no longer) exists?|(?:you .{0,30})?(?:is )?(?:unavailable|missing))"
    r"|not found\b|oops\b|(?:sorry\W*)?(?:we can.?t|we couldn.?t|we could not) find|p[áa]gina no (?:encontrada|existe|disponible)|no se (?:ha )?encontr|lo sentimos\W.{0,40}(?:no existe|encontr)|page (?:introuvable|non trouv)|seite nicht gefunden|pagina non trovata|p[áa]gina n[ãa]o encontrada)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in|iniciar? sesi[óo]n|inicia sesi[óo]n|se connecter|anmelden|accedi|entrar)\b.{0,80}(?:to (?:continue|read|view|access)|para (?:continuar|leer|ver|seguir)|pour (?:continuer|lire)|um .{0,20}(?:fortzufahren|zu lesen))"
    r"|\b(?:must|need to|please|debes?|tiene que) (?:be logged in|log ?in|sign ?in|register|iniciar sesi[óo]n)|^\W*(?:log ?in|sign ?in|iniciar sesi[óo]n|login)\W*$",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:we (?:and our (?:\d+ )?partners )?(?:use|store|value)|uses? cookies|utilizamos (?:las )?cookies|usamos cookies|nous utilisons|wir verwenden|utilizziamo|before you continue to|your privacy|consent to|accept (?:all|cookies)|aceptar (?:todas|cookies)|su privacidad|tu privacidad)\b",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"^\W*(?:just a moment|attention required|access denied|checking your browser|are you (?:a )?(?:human|robot)|verify (?:that )?you are (?:a )?human|please verify|pardon our interruption|security check|request blocked|403 forbidden|you have been blocked|ddos)",
    re.IGNORECASE,
)


def page_type(page: Page, described: Described) -> PageType:
    """What a page that has a text is, as far as it says so."""
    types = types_of(described.article)
    if "liveblogposting" in types:
        return "live"
    kinds = {name for node in page.json_ld for name in types_of(node)}
    if described.og_type in ("video", "video.other", "video.episode", "video.movie") or (
        "videoobject" in kinds and not types
    ):
        return "video"
    return "story"


def skip_reason(
    page: Page, described: Described, blocks: Sequence[Block], lines: Sequence[Line], known_story: bool
) -> tuple[str, str] | None:
    """(reason, detail) why a page is no story, or None. `known_story`: the site's rule says that it is one."""
    chars = sum(_weight(block.text) for block in blocks)
    wall = _wall(page, described, blocks, chars)
    if wall:
        return wall
    if known_story:
        return None if chars else ("empty", "no text was found")
    if not chars:
        return "empty", "no text was found"
    says_story = _says_story(described)
    least = MIN_DECLARED_STORY_CHARS if says_story else MIN_STORY_CHARS
    short = chars < least
    # Some say so on their lists, too: then the address decides.
    is_list = _is_listing(page, described, blocks, lines) if not says_story else _is_called_listing(page, described)
    if is_list and not (short and _links(page) < _FEW_LINKS):
        return "listing", "links to stories rather than one story"
    return ("too_short", f"{chars} characters of text") if short else None


def _links(page: Page) -> int:
    return int(page.tree.xpath("count(.//a[@href])"))


def _weight(text: str) -> int:
    """Characters, as many as a text in Latin script would need: an ideograph or a kana stands for about three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_DENSE.findall(text))


def _wall(page: Page, described: Described, blocks: Sequence[Block], chars: int) -> tuple[str, str] | None:
    """Pages that stand in for the one that was asked for. Only short ones: a story may tell of cookies."""
    if chars > 1500:
        return None
    title = described.title
    text = " ".join(block.text for block in blocks)
    says = f"the page says: {title or text[:80]}"
    found: tuple[str, str] | None = None
    if _NOT_FOUND.search(title) or (chars < 500 and _NOT_FOUND.search(text)):
        found = "soft_404", says
    elif _BLOCKED.search(title) or (chars < 500 and _BLOCKED.search(text)):
        found = "blocked", says
    elif described.article and chars > MIN_STORY_CHARS:
        found = None
    elif _asks_to_log_in(page, title, text, chars):
        found = "login_wall", "asks to log in and shows no story"
    elif len(_CONSENT.findall(f"{title} {text}")) >= (1 if chars < 400 else 2):
        found = "consent_wall", "asks for consent and shows no story"
    return found


def _asks_to_log_in(page: Page, title: str, text: str, chars: int) -> bool:
    asks = _LOGIN.search(text) or _LOGIN.search(title)
    return bool(asks) and (chars < MIN_STORY_CHARS or (chars < 800 and _has_password(page)))


def _has_password(page: Page) -> bool:
    return page.tree.find(".//input[@type='password']") is not None


def _says_story(described: Described) -> bool:
    if any(_STORY_TYPES.search(name) for name in types_of(described.article)):
        return True
    return described.og_type == "article"


def _is_called_listing(page: Page, described: Described) -> bool:
    """Whether a page that says it is an article has the address of a list, and neither a date nor JSON-LD of a story."""
    dated = page.meta("article:published_time")
    return not dated and not types_of(described.article) and _has_listing_path(page)


def _has_listing_path(page: Page) -> bool:
    parts = urlsplit(page.url)
    # What the front page shows for a query may be anything: WordPress's ?p=12, Drupal's ?q=node/12.
    return bool(_LISTING_PATH.search(parts.path)) and not (parts.query and not _folders(parts.path))


def _folders(path: str) -> str:
    return re.sub(r"^/?(?:index\.\w+)?$", "", path)


def _is_listing(page: Page, described: Described, blocks: Sequence[Block], lines: Sequence[Line]) -> bool:
    parts = urlsplit(page.url)
    kinds = {name for node in page.json_ld for name in types_of(node)}
    if kinds & _LISTING_TYPES or (described.og_type == "website" and parts.path.strip("/") == ""):
        return True
    if _has_listing_path(page):
        return True
    long_text = sum(
        len(block.text) for block in blocks if block.kind in ("paragraph", "quote") and len(block.text) >= 100
    )
    chars = sum(_weight(block.text) for block in blocks)
    # Blocks may have lost their links on the way; the lines of the page have them.
    unlinked = sum(len(line.text) for line in lines if line.link_density < 0.5)
    if unlinked < _FEW_WORDS and not any(len(line.text) > _HEADLINE for line in lines):
        return True
    if _STORY_PATH.search(parts.path):
        return long_text < 100 and chars < 1000
    linked = sum(len(block.text) * block.link_density for block in blocks)
    teasers = sum(1 for line in lines if line.element.tag in _TEASER_TAGS and line.link_density > 0.9)
    return (
        linked > chars * 0.4
        or (long_text < chars * 0.3 and (linked > chars * 0.15 or chars < 1000))
        or (teasers >= 5 and chars < teasers * 400)
        or (teasers >= len(blocks) * 0.5 and chars < 1000)  # a short list: each block has its linked headline
    )
