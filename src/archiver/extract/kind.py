"""What kind of page this is, and why some are no story: error pages, walls, listings. Judged where the site has no rule."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.extract.jsonld import types_of
from archiver.extract.lines import Line
from archiver.extract.lists import (
    LISTING_TYPES,
    entries,
    has_listing_path,
    is_about_site,
    is_forum,
    is_shop,
    is_sorted_or_paged,
)
from archiver.extract.metadata import Described
from archiver.extract.page import Page
from archiver.extract.prose import STORY_PARAGRAPHS, Prose, weight
from archiver.model import Block, PageType
from archiver.urls import is_called_story
from archiver.wall_words import ASKS_CONSENT, ASKS_LOGIN, BLOCKED

_TEASER_TAGS = frozenset({"h2", "h3", "h4"})  # linked, they announce other stories
_FEW_LINKS = 8
_FEW_WORDS = 100  # characters outside of links: no story has less
_NEAR = 600  # of running text on a page that is skipped: it may be a story all the same
_PROSE = 1000  # of running text: more than lists have to say of themselves
_MANY_ENTRIES = 8
_FORUM_TYPES = frozenset({"discussionforumposting", "qapage"})
_HEADLINE = 250  # characters at most
MIN_STORY_CHARS = 250
MIN_DECLARED_STORY_CHARS = 40
_STORY_TYPES = re.compile(r"article|blogposting|review|report|recipe")
_NOT_FOUND = re.compile(
    r"^\W*(?:(?:error\W*)?404\b|(?:the )?(?:requested )?(?:page|article|story|content) (?:(?:was |is |could )?not (?:be )?found|(?:does not|doesn.?t|no longer) exists?|(?:you .{0,30})?(?:is )?(?:unavailable|missing))"
    r"|not found\b|oops\b|(?:sorry\W*)?(?:we can.?t|we couldn.?t|we could not) find|p[áa]gina no (?:encontrada|existe|disponible)|no se (?:ha )?encontr|lo sentimos\W.{0,40}(?:no existe|encontr)|page (?:introuvable|non trouv)|seite nicht gefunden|pagina non trovata|p[áa]gina n[ãa]o encontrada)",
    re.IGNORECASE,
)

# What stands in a story's place while a site is being worked on, as a sentence of its own.
_PLACEHOLDER = re.compile(
    r"^\W*(?:(?:this|the|our|esta|este|la|el|nuestr[oa]|cette|le|diese|questa|il|est[ae]) )?"
    r"(?:(?:web ?)?(?:page|site|section|article|p[áa]gina|sitio(?: web)?|secci[óo]n|art[íi]culo|seite|webseite|sito|site)"
    r" )?(?:(?:is|are|est[áa]|est|wird|ist|si trova|[ée]) )?(?:currently |still |actualmente |actuellement |derzeit )?"
    r"(?:under (?:construction|maintenance)|coming soon|being updated|(?:we.ll |we will )?be(?:ing)? back (?:soon|shortly)"
    r"|back soon|en (?:construcci[óo]n|mantenimiento|construction|maintenance)|em (?:constru[çc][ãa]o|manuten[çc][ãa]o)"
    r"|in (?:costruzione|manutenzione|bearbeitung|k[üu]rze verf[üu]gbar)|im aufbau|pr[óo]ximamente|em breve"
    r"|temporarily unavailable)(?=\W*$|[.!…:])",
    re.IGNORECASE,
)
_PLACEHOLDER_CHARS = 300
_FEW_WORDS_OF_A_STORY = 3  # or fewer are none, whatever the address,
_FEW_CHARS_OF_A_STORY = 40  # unless they are long: not each script has spaces


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


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a page is no story. `suspected`: it came near, so that somebody should look at it."""

    reason: str
    detail: str
    suspected: bool = False


def refusal(
    page: Page,
    described: Described,
    blocks: Sequence[Block],
    lines: Sequence[Line],
    prose: Prose,
    *,
    known_story: bool,
) -> Refused | None:
    """Why a page is no story, or None where it is one. `known_story`: the site's rule says that it is one.

    Recall comes first: a run of long paragraphs is a story whatever surrounds it and whatever its address is called,
    unless the page shows that it is a shop, a forum or about the site itself.
    """
    chars = sum(weight(block.text) for block in blocks)
    wall = _wall(page, described, blocks, chars) or _placeholder(blocks, chars)
    if wall:
        return Refused(*wall)
    if known_story:
        return _without_text(blocks, chars)
    if not chars:
        return Refused("empty", "no text was found", suspected=_says_story(described))
    found = _other_kind(page, described, lines, prose)
    if found is None and prose.run < STORY_PARAGRAPHS:
        found = _list_or_short(page, described, blocks, lines, chars, prose)
    if found is None:
        return None
    near = prose.run >= 2 or prose.chars >= _NEAR or (found[0] == "too_short" and chars * 2 >= MIN_STORY_CHARS)
    return Refused(*found, suspected=near)


def _placeholder(blocks: Sequence[Block], chars: int) -> tuple[str, str] | None:
    said = [block.text for block in blocks if chars <= _PLACEHOLDER_CHARS and _PLACEHOLDER.match(block.text)]
    return ("placeholder", f"the page says: {said[0][:80]}") if said else None


def _without_text(blocks: Sequence[Block], chars: int) -> Refused | None:
    """Why a page whose address is a story's by its site's rule is none all the same."""
    if not chars:
        return Refused("empty", "no text was found")
    words = sum(len(block.text.split()) for block in blocks)
    if words <= _FEW_WORDS_OF_A_STORY and chars <= _FEW_CHARS_OF_A_STORY:
        return Refused("too_short", f"{chars} characters of text", suspected=True)
    return None


def _other_kind(page: Page, described: Described, lines: Sequence[Line], prose: Prose) -> tuple[str, str] | None:
    """Pages with running text that are no stories, by what they show."""
    kinds = {name for node in page.json_ld for name in types_of(node)}
    declared = bool(types_of(described.article) - _FORUM_TYPES)
    if not declared and is_about_site(page, described.title):
        return "about_site", "about the site itself, as its title or address says"
    if is_forum(page, kinds, declared, lines):
        return "forum", "a discussion rather than a story"
    if not _says_story(described) and is_shop(page, kinds, prose, lines):
        return "shop", "sells things rather than telling a story"
    return None


def _list_or_short(
    page: Page,
    described: Described,
    blocks: Sequence[Block],
    lines: Sequence[Line],
    chars: int,
    prose: Prose,
) -> tuple[str, str] | None:
    says_story = _says_story(described)
    short = chars < (MIN_DECLARED_STORY_CHARS if says_story else MIN_STORY_CHARS)
    # Some say so on their lists, too: then the address decides, or what only lists have.
    if says_story:
        is_list = _is_called_listing(page, described) or _is_list_all_the_same(page, described, lines, prose)
    else:
        is_list = _is_listing(page, described, blocks, lines, prose)
    if is_list and not (short and _links(page) < _FEW_LINKS):
        return "listing", "links to stories rather than one story"
    return ("too_short", f"{chars} characters of text") if short else None


def _links(page: Page) -> int:
    return int(page.tree.xpath("count(.//a[@href])"))


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
    elif BLOCKED.search(title) or (chars < 500 and BLOCKED.search(text)):
        found = "blocked", says
    elif described.article and chars > MIN_STORY_CHARS:
        found = None
    elif _asks_to_log_in(page, title, text, chars):
        found = "login_wall", "asks to log in and shows no story"
    elif _asks_for_consent(title, blocks, chars):
        found = "consent_wall", "asks for consent and shows no story"
    return found


def _asks_for_consent(title: str, blocks: Sequence[Block], chars: int) -> bool:
    """Whether most of the text is in blocks that speak of cookies: a story may carry a notice beside its own text."""
    asking = [block for block in blocks if ASKS_CONSENT.search(block.text)]
    if sum(weight(block.text) for block in asking) * 2 < chars and not ASKS_CONSENT.search(title):
        return False
    return sum(len(ASKS_CONSENT.findall(block.text)) for block in asking) + bool(ASKS_CONSENT.search(title)) >= (
        1 if chars < 400 else 2
    )


def _asks_to_log_in(page: Page, title: str, text: str, chars: int) -> bool:
    asks = ASKS_LOGIN.search(text) or ASKS_LOGIN.search(title)
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
    return not dated and not types_of(described.article) and has_listing_path(page)


def _is_list_all_the_same(page: Page, described: Described, lines: Sequence[Line], prose: Prose) -> bool:
    """Whether a page whose only word for being a story is og:type, as templates print it, has what only lists have."""
    if types_of(described.article) or page.meta("article:published_time") or prose.paragraphs >= 2:
        return False
    kinds = {name for node in page.json_ld for name in types_of(node)}
    many = entries(lines)
    return many >= _MANY_ENTRIES and (bool(kinds & LISTING_TYPES) or is_sorted_or_paged(page, lines))


def _is_listing(page: Page, described: Described, blocks: Sequence[Block], lines: Sequence[Line], prose: Prose) -> bool:
    parts = urlsplit(page.url)
    kinds = {name for node in page.json_ld for name in types_of(node)}
    if kinds & LISTING_TYPES or (described.og_type == "website" and parts.path.strip("/") == ""):
        return True
    many = entries(lines)
    if has_listing_path(page) and (prose.run_chars < _PROSE or (many >= _MANY_ENTRIES and prose.run < 2)):
        return True
    long_text = sum(
        size for block in blocks if block.kind in ("paragraph", "quote") and (size := weight(block.text)) >= 100
    )
    chars = sum(weight(block.text) for block in blocks)
    # Blocks may have lost their links on the way; the lines of the page have them.
    unlinked = sum(weight(line.text) for line in lines if line.link_density < 0.5)
    if unlinked < _FEW_WORDS and not any(weight(line.text) > _HEADLINE for line in lines):
        return True
    if is_called_story(parts.path):
        return long_text < 100 and chars < 1000
    if many >= _MANY_ENTRIES and prose.paragraphs < 2 and (chars < many * 60 or is_sorted_or_paged(page, lines)):
        return True
    linked = sum(weight(block.text) * block.link_density for block in blocks)
    teasers = sum(1 for line in lines if line.element.tag in _TEASER_TAGS and line.link_density > 0.9)
    return (
        linked > chars * 0.4
        or (long_text < chars * 0.3 and (linked > chars * 0.15 or chars < 1000))
        or (teasers >= 5 and chars < teasers * 400)
        or (teasers >= len(blocks) * 0.5 and chars < 1000)  # a short list: each block has its linked headline
    )
