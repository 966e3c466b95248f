"""The steps of an extraction in their order: parse, describe, remove junk, choose the text, judge the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from lxml.html import HtmlElement

from archiver.extract.captions import captions_of
from archiver.extract.claims import claims_of
from archiver.extract.decode import looks_binary
from archiver.extract.extractor_name import EXTRACTOR
from archiver.extract.gather import blocks_instead, gather
from archiver.extract.jsonld import types_of
from archiver.extract.junk import Surroundings, junk_lines, sift
from archiver.extract.kind import Refused, page_type, refusal
from archiver.extract.language import language_of
from archiver.extract.lines import Line, lines_of, path_of, wrap_loose
from archiver.extract.linked import lead_of, leads_away
from archiver.extract.links import Resolver, alternates_of, links_of, shared_id_of
from archiver.extract.markup import rename_blocks, rename_inline
from archiver.extract.metadata import Described, describe
from archiver.extract.page import MAX_BYTES, Page, TooDeepError, open_page
from archiver.extract.page_turns import turns_of
from archiver.extract.prose import Prose, prose_of
from archiver.extract.publication import Dates, dates_of
from archiver.extract.reservations import reservations_of
from archiver.extract.selected import Selected, select, selected_blocks, selected_dates, with_selected
from archiver.extract.standfirst import standfirst_of
from archiver.extract.text import MAX_ELEMENTS, rescued_blocks, story_blocks
from archiver.extract.titles import key_of
from archiver.layout import Site
from archiver.media_type import media_type
from archiver.model import Article, Block, RemovedBlock, Skip

_HTML = frozenset(
    {"text/html", "application/xhtml+xml", "application/xml", "text/xml", "application/vnd.wap.xhtml+xml"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNTOLD = frozenset({"", "text/plain", "application/octet-stream", "unk", "application/unknown"})


def extract(
    payload: bytes | str,
    url: str,
    captured_at: datetime,
    *,
    site: Site | None = None,
    mime: str | None = "text/html",
    charset: str | None = None,
    expect_story: bool = False,
) -> Article | Skip:
    """The story on a captured page, or the reason why it has none.

    `payload` is the entity body without content codings. With `expect_story` the result is whatever text there is,
    possibly none, without judging whether the page is a story; only non-pages are skipped then.
    """
    refused = _refuse(payload, mime)
    if refused:
        return refused
    if captured_at.tzinfo is not None:
        captured_at = captured_at.astimezone(UTC)
    try:
        page = open_page(payload, url, charset)
    except TooDeepError as error:
        return Skip("too_deep", str(error))
    if page is None:
        return Skip("empty", "no markup and no text")
    return _read(page, captured_at, site, expect_story)


def _refuse(payload: bytes | str, mime: str | None) -> Skip | None:
    kind = media_type(mime).name or ""
    if len(payload) > MAX_BYTES:
        return Skip("too_large", f"{len(payload):,} bytes; the limit is {MAX_BYTES:,}")
    if kind not in _HTML and kind not in _UNTOLD:
        return Skip("not_html", f"the server declares it as {kind}")
    if not payload.strip():
        return Skip("empty", "the response has no body")
    if isinstance(payload, bytes):
        if looks_binary(payload):
            return Skip("not_text", "the bytes are not text in any character set")
        if kind in _UNTOLD and b"<" not in payload[:4096]:
            return Skip("not_html", "plain text without markup")
    return None


def _read(page: Page, captured_at: datetime, site: Site | None, expect_story: bool) -> Article | Skip:
    layout = site.layout_at(captured_at) if site else None
    zone = site.timezone if site else None
    selected = select(page, layout)
    resolve = Resolver(page.base)
    lines = lines_of(page.body)
    described = with_selected(describe(page, lines, resolve), selected)
    dates = selected_dates(selected, layout, captured_at, zone, dates_of(page, described, lines, captured_at, zone))
    standfirst = standfirst_of(lines, described.title, described.description)
    early, lines = _take_out(lines)
    rename_inline(page.tree)
    rename_blocks(page.tree, lines)
    wrap_loose(lines)
    captions = captions_of(lines, page.tree, resolve, described.lead_image, described.title, selected.captions)
    prose = prose_of(lines, described.title_keys, lambda line: leads_away(line, page.url))
    text = _text_of(page, selected, described, lines, captions.keys, prose, frozenset(map(key_of, standfirst)))
    links = links_of(page.tree, resolve, text.elements)
    listed = sum(1 for removed in early if removed.reason == "date_list" and removed.block.link_density >= 0.5)
    refused = None if expect_story else _judge(page, site, described, text.kept, lines, prose, dates, listed)
    if refused:
        return Skip(
            refused.reason,
            refused.detail,
            canonical_url=described.url,
            title=described.title or None,
            links=links,
            suspected=refused.suspected,
            reservations=reservations_of(page),
        )
    plain = "\n".join(block.text for block in text.kept)
    return Article(
        url=described.url,
        title=described.title,
        blocks=text.kept,
        standfirst="\n".join(standfirst) or None,
        language=language_of(plain or described.title, described.language),
        description=described.description,
        authors=described.authors,
        section=described.section,
        tags=described.tags,
        date_published=dates.published,
        date_published_source=dates.source,
        date_published_raw=dates.raw,
        date_modified=dates.modified,
        images=captions.images,
        links=links,
        alternates=alternates_of(page.tree, resolve),
        shared_id=shared_id_of(page.tree, resolve, described.url),
        claims=claims_of(page, described.article, resolve),
        turns=turns_of(page, resolve),
        reservations=reservations_of(page),
        is_accessible_for_free=described.free,
        page_type=page_type(page, described),
        removed=(*selected.dropped, *page.left_out, *early, *text.removed),
        extractor=f"{EXTRACTOR} linear" if text.linear else EXTRACTOR,
    )


@dataclass(frozen=True, slots=True)
class _Text:
    kept: tuple[Block, ...]
    removed: tuple[RemovedBlock, ...]
    elements: set[HtmlElement]  # elements of the page that contain the story's blocks
    linear: bool


def _text_of(
    page: Page,
    selected: Selected,
    described: Described,
    lines: list[Line],
    captions: frozenset[str],
    prose: Prose,
    standfirst: frozenset[str],
) -> _Text:
    """The layout's body if it selects one with text, else the general extractor's; JSON-LD's if that is short."""
    in_news = any(name.endswith("newsarticle") for name in types_of(described.article))
    blocks = selected_blocks(selected)
    linear = not blocks and page.elements > MAX_ELEMENTS
    if not blocks:
        blocks = story_blocks(page, [line.text for line in lines])
        instead = blocks_instead(blocks, lines, prose, captions, described.title)
        if instead:
            blocks = instead
            captions = frozenset() if instead[0].kind == "caption" else captions
    blocks, places = _in_order(blocks, _located(blocks, lines))
    # The linear walk skips nothing.
    gathered = list(zip(blocks, places, strict=True)) if linear else gather(blocks, places, lines)
    elements = {lines[place].element for _, place in gathered if place is not None}
    leads = {
        index: lead
        for index, (_, place) in enumerate(gathered)
        if place is not None
        and lines[place].link_density >= 0.85
        and (lead := lead_of(lines[place].element, page.url)) is not None
    }
    followed = frozenset(
        index
        for index, ((_, place), (_, following)) in enumerate(pairwise(gathered))
        if place is not None and following == place + 1
    )
    names, url = described.title_keys, page.url
    kept, removed = sift(
        _placed(gathered, lines),
        names,
        captions,
        url,
        described.authors,
        standfirst,
        Surroundings(leads, followed, in_news),
    )
    rescued = rescued_blocks(described.body, kept)
    if rescued:
        kept, removed = sift(rescued, names, captions, url, described.authors, around=Surroundings(in_news=in_news))
    return _Text(kept, removed, elements, linear)


def _judge(
    page: Page,
    site: Site | None,
    described: Described,
    kept: Sequence[Block],
    lines: list[Line],
    prose: Prose,
    dates: Dates,
    listed: int,
) -> Refused | None:
    verdict = site.is_article_url(page.url) if site else None
    if verdict is False:
        return Refused("not_article_url", "the URL does not match the site's rule for stories")
    # A WebPage node's date may be that of any page.
    dated = dates.source == "meta" or (dates.source == "json-ld" and bool(types_of(described.article)))
    return refusal(page, described, kept, lines, prose, known_story=verdict is True, dated=dated, listed=listed)


def _take_out(lines: list[Line]) -> tuple[tuple[RemovedBlock, ...], list[Line]]:
    """Blanks lines in the tree that are never part of a story: players, ad labels, lists of dated titles."""
    removed = []
    known: dict[HtmlElement, str] = {}
    junk = junk_lines(lines)
    for index, reason in sorted(junk.items()):
        line = lines[index]
        block = Block("paragraph", line.text, path_of(line.element, known), link_density=round(line.link_density, 3))
        removed.append(RemovedBlock(block, reason))
        line.blank()
    return tuple(removed), [line for index, line in enumerate(lines) if index not in junk]


def _located(blocks: Sequence[Block], lines: Sequence[Line]) -> list[int | None]:
    """The position of each block: the line that it equals or begins with, searched from the previous block on."""
    whole: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        whole.setdefault(line.text[:60], []).append(index)
    found: list[int | None] = []
    last = -1
    for block in blocks:
        start = block.text.partition("\n")[0].lstrip("| ").split(" | ")[0][:60]
        places = whole.get(start)
        if not places:
            found.append(None)
            continue
        if block.kind == "heading" and len(places) > 1:  # its entry in a table of contents is a separate line
            places = [place for place in places if lines[place].element.tag in _HEADINGS] or places
        onwards = bisect_right(places, last)
        last = places[onwards] if onwards < len(places) else places[0]
        found.append(last)
    return found


def _in_order(blocks: tuple[Block, ...], places: list[int | None]) -> tuple[tuple[Block, ...], list[int | None]]:
    """Blocks in the page's order, because the general extractor appends recovered ones. Only if every block has one
    position."""
    known = [place for place in places if place is not None]
    if len(known) < len(places) or len(set(known)) < len(known) or known == sorted(known):
        return blocks, places
    order = sorted(range(len(known)), key=known.__getitem__)
    return tuple(blocks[index] for index in order), [known[index] for index in order]


def _placed(blocks: Sequence[tuple[Block, int | None]], lines: Sequence[Line]) -> list[Block]:
    """Each block with the path and link density of its line."""
    known: dict[HtmlElement, str] = {}
    placed = []
    for block, place in blocks:
        if place is None:
            placed.append(block)
            continue
        line = lines[place]
        path = block.path or path_of(line.element, known)
        placed.append(Block(block.kind, block.text, path, block.level, round(line.link_density, 3)))
    return placed
