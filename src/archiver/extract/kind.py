"""Decides the kind of a page, and why it is not a story: error pages, walls, listings. Used where the site has no
rule."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urlsplit

from archiver.declared_types import FORUM_TYPES, LIVE_TYPE, VIDEO_TYPE, are_of_list, are_of_story
from archiver.extract.jsonld import types_of
from archiver.extract.lines import Line
from archiver.extract.linked import leads_away
from archiver.extract.lists import (
    entries,
    has_list_name,
    has_listing_path,
    introduced,
    is_about_site,
    is_directory,
    is_forum,
    is_named_as_list,
    is_shop,
)
from archiver.extract.menus import outside_menus
from archiver.extract.metadata import Described
from archiver.extract.page import Page
from archiver.extract.prose import STORY_PARAGRAPHS, Prose, body_of, stanzas, weight
from archiver.extract.titles import key_of, title_position
from archiver.model import Block, PageType
from archiver.urls import is_called_story
from archiver.wall_words import ASKS_CONSENT, ASKS_LOGIN, BLOCKED

_FEW_LINKS = 8
_FEW_WORDS = 100  # characters outside links: every story has more
_IN_A_ROW = 2  # long paragraphs
_NEAR = 600  # of running text on a skipped page: it may be a story after all
_PROSE = 1000  # of running text: more than the introduction of a list
_SOME_ENTRIES, _MANY_ENTRIES = 5, 8
_SOME_POSTS = 3  # linked headlines with several paragraphs each
_NEAR_HEADLINE, _BOXES_OF_HEADLINE = 60, 4  # lines; boxes around it
_LINE_OF_TEXT, _LINES_OF_TEXT = 25, 3  # as `weight` counts
_LONGEST_CELL = 60  # characters, of a table without sentences
_LONGEST_OF_ENTRY = 400  # of running text under one headline: an entry of a list has less
_LONG = 100  # of a paragraph
_SENTENCE, _SENTENCE_WORDS = 25, 5  # of a headline: `weight` where words have no spaces, else words
_HEADLINE = 250  # characters at most
MIN_STORY_CHARS = 250
MIN_DECLARED_STORY_CHARS = 40
_NOT_FOUND = re.compile(
    r"^\W*(?:(?:error\W*)?404\b|(?:the )?(?:requested )?(?:page|article|story|content) (?:(?:was |is |could )?not (?:be )?found|(?:does not|doesn.?t|no longer) exists?|(?:you .{0,30})?(?:is )?(?:unavailable|missing))"
    r"|not found\b|oops\b|(?:sorry\W*)?(?:we can.?t|we couldn.?t|we could not) find|p[áa]gina no (?:encontrada|existe|disponible)|no se (?:ha )?encontr|lo sentimos\W.{0,40}(?:no existe|encontr)|page (?:introuvable|non trouv)|seite nicht gefunden|pagina non trovata|p[áa]gina n[ãa]o encontrada)",
    re.IGNORECASE,
)

# Notices shown in place of a story during maintenance of a site, as a sentence of their own.
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
_PARTS_OF_TITLE = re.compile(r"\s+[|–—·:-]\s+|\|")
_PLACEHOLDER_CHARS = 300
_FEW_WORDS_OF_A_STORY = 3  # so few are never a story, whatever the URL,
_ENTRY_LINES = 4  # more than one entry of a list has
_MENU_ITEM = 30  # as `weight` counts: menus have shorter words
_LONGEST_OF_SHELL = 2000  # of all menus of a page without a text of its own
_FEW_CHARS_OF_A_STORY = 40  # unless the words are long: not every script has spaces


def page_type(page: Page, described: Described) -> PageType:
    """The type of a page with text, as far as the page states it."""
    types = types_of(described.article)
    if LIVE_TYPE in types:
        return "live"
    kinds = {name for node in page.json_ld for name in types_of(node)}
    if described.og_type in ("video", "video.other", "video.episode", "video.movie") or (
        VIDEO_TYPE in kinds and not types
    ):
        return "video"
    return "story"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a page is not a story. `suspected`: it came close, so a person should check it."""

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
    dated: bool = False,
    listed: int = 0,
) -> Refused | None:
    """Why a page is not a story, or None if it is. `known_story`: the site's rule says that it is one. `dated`: the
    page states its date of publication. `listed`: the number of linked titles with dates that were removed as a list.

    Recall has priority: a run of long paragraphs is a story whatever surrounds it and whatever its URL, unless the page
    is evidently a shop, a forum or about the site itself.
    """
    chars = sum(weight(block.text) for block in blocks)
    wall = _wall(page, described, blocks, chars) or _placeholder(blocks, chars)
    if wall:
        return Refused(*wall)
    if known_story:
        return _without_text(blocks, lines, chars)
    if not chars:
        return Refused("empty", "no text was found", suspected=_says_story(described))
    found = _other_kind(page, described, lines, prose)
    if found is None and _is_collection(described, lines, dated=dated):
        found = "listing", "a list by its title, with a heading over each entry"
    if found is None and prose.run < STORY_PARAGRAPHS:
        found = _list_or_short(page, described, blocks, lines, chars, prose, dated=dated, listed=listed)
    if found is None:
        return None
    near = prose.run >= 2 or prose.chars >= _NEAR or (found[0] == "too_short" and chars * 2 >= MIN_STORY_CHARS)
    return Refused(*found, suspected=near)


def _placeholder(blocks: Sequence[Block], chars: int) -> tuple[str, str] | None:
    notices = [block.text for block in blocks if chars <= _PLACEHOLDER_CHARS and _PLACEHOLDER.match(block.text)]
    return ("placeholder", f"the page says: {notices[0][:80]}") if notices else None


def _without_text(blocks: Sequence[Block], lines: Sequence[Line], chars: int) -> Refused | None:
    """Why a page is not a story although its URL matches the site's rule for stories: no text, too little, or only
    that of menus."""
    if not chars:
        return Refused("empty", "no text was found")
    if _are_few([block.text for block in blocks]):
        return Refused("too_short", f"{chars} characters of text", suspected=True)
    if chars < _LONGEST_OF_SHELL and _are_few(outside_menus(blocks, lines)):
        return Refused("empty", "no text outside menus: it may need JavaScript (--render)", suspected=True)
    return None


def _are_few(texts: Sequence[str]) -> bool:
    """Whether texts have fewer words than any story."""
    words = sum(len(text.split()) for text in texts)
    return words <= _FEW_WORDS_OF_A_STORY and sum(map(weight, texts)) <= _FEW_CHARS_OF_A_STORY


def _other_kind(page: Page, described: Described, lines: Sequence[Line], prose: Prose) -> tuple[str, str] | None:
    """Pages with running text that are not stories, by their features."""
    kinds = {name for node in page.json_ld for name in types_of(node)}
    declared = bool(types_of(described.article) - FORUM_TYPES)
    if not declared and is_about_site(page, described.title):
        return "about_site", "about the site itself, as its title or URL says"
    if is_forum(page, kinds, declared, lines):
        return "forum", "a discussion rather than a story"
    # og:type may be "article" on every page of a shop's template; a review of products has a story's headline.
    stated = types_of(described.article) or _is_dated(page) or _is_headed_as_story(page, described)
    if not (_says_story(described) and stated) and is_shop(page, kinds, prose, lines):
        return "shop", "sells things rather than telling a story"
    return None


def _list_or_short(
    page: Page,
    described: Described,
    blocks: Sequence[Block],
    lines: Sequence[Line],
    chars: int,
    prose: Prose,
    *,
    dated: bool,
    listed: int,
) -> tuple[str, str] | None:
    if _is_list(page, described, blocks, lines, prose, dated=dated, listed=listed):
        return "listing", "links to stories rather than one story"
    least = MIN_DECLARED_STORY_CHARS if _says_story(described) else MIN_STORY_CHARS
    return ("too_short", f"{chars} characters of text") if chars < least else None


def _is_collection(described: Described, lines: Sequence[Line], *, dated: bool) -> bool:
    """Whether a page has the title of a list ("Our team", "Services") and a heading over each entry."""
    if dated or described.authors or types_of(described.article) or not has_list_name(described.title):
        return False
    return sum(1 for line in lines if line.element.tag in ("h2", "h3", "h4", "dt", "td")) >= _SOME_ENTRIES


def _links(page: Page) -> int:
    return int(page.tree.xpath("count(.//a[@href])"))


def _wall(page: Page, described: Described, blocks: Sequence[Block], chars: int) -> tuple[str, str] | None:
    """Pages shown in place of the requested one. Only short ones: a story may mention cookies."""
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
    """Whether most of the text is in blocks about cookies: a story may have a cookie notice next to its own text."""
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
    if are_of_story(types_of(described.article)):
        return True
    return described.og_type == "article"


def _is_dated(page: Page) -> bool:
    return page.meta("article:published_time") is not None


def _is_list(
    page: Page,
    described: Described,
    blocks: Sequence[Block],
    lines: Sequence[Line],
    prose: Prose,
    *,
    dated: bool,
    listed: int,
) -> bool:
    """Whether a page consists of entries rather than of its own text.

    The more text a page has under one headline, the more evidence a list needs. A page that declares a story in JSON-LD
    or states its date of publication is not a list. og:type alone does not count, because templates set it on lists
    too.
    """
    says_story = _says_story(described)
    stated = says_story and (types_of(described.article) or _is_dated(page))
    if stated or _is_in_one_link(lines):
        return False
    headed = dated or _is_headed_as_story(page, described)
    if not headed and (_is_table_without_text(blocks) or is_directory(lines)):
        return True
    called = has_listing_path(page) or is_named_as_list(page, described.title)
    if _links(page) < _FEW_LINKS and not (
        says_story and called
    ):  # an empty day of an archive, or a feed served as HTML
        chars = sum(weight(block.text) for block in blocks)
        return chars >= MIN_STORY_CHARS and (_is_mostly_linked(blocks, lines) or _is_of_addresses(blocks))
    return _is_of_entries(page, described, blocks, lines, prose, called=called, headed=headed, listed=listed)


def _is_of_entries(
    page: Page,
    described: Described,
    blocks: Sequence[Block],
    lines: Sequence[Line],
    prose: Prose,
    *,
    called: bool,
    headed: bool,
    listed: int,
) -> bool:
    """Whether a page's entries outweigh its own text. `called`: its title or URL is that of a list. `headed`: it has a
    story's headline, author or date."""
    entry = introduced(page, lines)
    own = [line for index, line in enumerate(lines) if index not in entry] if entry else lines
    told = sum(weight(block.text) for block in blocks if block.kind == "caption")  # a story in pictures
    text = body_of(own, described.title_keys, lambda line: leads_away(line, page.url))
    body = max(_captions(lines), text.chars, told)
    kinds = {name for node in page.json_ld for name in types_of(node)}
    declared = are_of_list(kinds)
    is_home = described.og_type == "website" and urlsplit(page.url).path.strip("/") == ""
    if body >= _PROSE and not (called or declared or is_home):
        return False
    many = max(entries(page, lines), len(entry), listed)
    # A story at such an address has paragraphs in a row and few entries.
    told_there = prose.run >= _IN_A_ROW and many < _SOME_ENTRIES and body >= _NEAR
    if text.posts >= _SOME_POSTS or (
        called
        and ((body < _PROSE and not told_there) or (many >= _MANY_ENTRIES and body < 2 * _PROSE and prose.run < 2))
    ):
        return True
    if body >= MIN_STORY_CHARS and not (declared or is_home) and _is_told_apart(page, described, own):
        return False
    if _says_story(described):
        short = body < (MIN_STORY_CHARS if declared else 0 if headed else _LONGEST_OF_ENTRY)
        return many >= _MANY_ENTRIES and short
    short = body < MIN_STORY_CHARS
    by_entries = short or not headed if many >= _SOME_ENTRIES else short and _is_mostly_linked(blocks, lines)
    return declared or is_home or (body < _PROSE and by_entries)


def _is_told_apart(page: Page, described: Described, lines: Sequence[Line]) -> bool:
    """Whether the smallest box with the headline and several lines of text has enough text and no entries of a list:
    these are in other boxes of the page."""
    at = title_position(lines, described.title)
    if at is None:
        return False
    near = lines[at + 1 : at + 1 + _NEAR_HEADLINE]
    verses = stanzas(near)
    text = [
        line
        for line in near
        if (weight(line.text) >= _LINE_OF_TEXT and line.link_density < 0.5) or line.element in verses
    ]
    for box in islice(lines[at].element.iterancestors(), _BOXES_OF_HEADLINE):
        if box.tag in ("body", "html"):
            break
        if sum(1 for line in text if box in line.element.iterancestors()) >= _LINES_OF_TEXT:
            own = [line for line in lines if box is line.element or box in line.element.iterancestors()]
            told = sum(weight(line.text) for line in text if box in line.element.iterancestors())
            return told >= MIN_STORY_CHARS and entries(page, own) < _SOME_ENTRIES
    return False


def _is_table_without_text(blocks: Sequence[Block]) -> bool:
    """Whether a text is tables of short cells: scores, standings, timetables."""
    in_tables = sum(len(block.text) for block in blocks if block.kind == "table")
    cells = [cell for block in blocks if block.kind == "table" for cell in re.split(r" \| |\n", block.text)]
    return (
        in_tables > 0.8 * sum(len(block.text) for block in blocks) and max(map(len, cells), default=0) < _LONGEST_CELL
    )


def _captions(lines: Sequence[Line]) -> int:
    """The weight of a story told in captions: captions that are sentences, below pictures without links."""
    told = [
        line
        for line in lines
        if line.element.tag == "figcaption"
        and weight(line.text) >= _LONG
        and not line.linked
        and (figure := line.element.getparent()) is not None
        and figure.find(".//a") is None
    ]
    return sum(weight(line.text) for line in told) if len(told) >= _SOME_ENTRIES else 0


def _is_headed_as_story(page: Page, described: Described) -> bool:
    """Whether a page names an author, or its headline or URL is a sentence: lists have names."""
    title = max(_PARTS_OF_TITLE.split(described.title), key=len)  # the site's name may follow it
    is_sentence = len(title.split()) >= _SENTENCE_WORDS or (weight(title) > len(title) and weight(title) >= _SENTENCE)
    is_sentence = is_sentence or title.rstrip().endswith(("?", "？"))
    # The page of an author has the author's name as its headline.
    named = any(key_of(name) != key_of(title) for name in described.authors)
    return named or is_sentence or is_called_story(urlsplit(page.url).path)


def _is_of_addresses(blocks: Sequence[Block]) -> bool:
    """Whether most of a text is URLs."""
    words = [word for block in blocks for word in block.text.split()]
    return 2 * sum(len(word) for word in words if "://" in word) > sum(map(len, words))


def _is_mostly_linked(blocks: Sequence[Block], lines: Sequence[Line]) -> bool:
    """Whether the text found, or that of the whole page, is mostly links."""
    # Blocks may have lost their links during extraction; the lines of the page have them.
    unlinked = sum(weight(line.text) for line in lines if line.link_density < 0.5)
    if unlinked < _FEW_WORDS and not any(weight(line.text) > _HEADLINE for line in lines):
        return True
    chars = sum(weight(block.text) for block in blocks)
    linked = sum(weight(block.text) * block.link_density for block in blocks)
    long_text = sum(
        size for block in blocks if block.kind in ("paragraph", "quote") and (size := weight(block.text)) >= _LONG
    )
    return linked > chars * 0.4 or (long_text < chars * 0.3 and linked > chars * 0.15)


def _is_in_one_link(lines: Sequence[Line]) -> bool:
    """Whether most linked text leads to one URL: a link that was never closed contains the whole story, while each
    entry of a list leads to a different URL."""
    leads: Counter[str] = Counter()
    count = 0
    for line in lines:
        if line.link_density >= 0.5 and weight(line.text) >= _MENU_ITEM:
            texts = (node.getparent() for node in line.nodes if not node.is_tail)
            places = chain.from_iterable(chain((text,), text.iterancestors()) for text in texts)
            leads[next((href for place in places if (href := place.get("href"))), "")] += weight(line.text)
            count += 1
    return count >= _ENTRY_LINES and max(leads.values()) > 0.8 * leads.total()
