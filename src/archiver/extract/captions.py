"""Captions and credits. They belong to images, but pages repeat them in the text, often twice."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.decode import fold
from archiver.extract.lines import Line
from archiver.extract.links import Resolver
from archiver.extract.prose import weight
from archiver.extract.titles import key_of, title_position
from archiver.model import Image

MAX_IMAGES = 40
_LONGEST_CREDIT = 150
_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_NAME = rf"{_UPPER}[\w'’-]*\.?(?:\s+(?:(?:de|del|la|van|von|da|di|al|bin)\s+)*{_UPPER}[\w'’-]*\.?){{0,4}}"
_AGENCY = r"Getty(?: Images)?|Associated Press|AP(?: Photo)?|Reuters|AFP|EFE|Shutterstock|iStock|Bloomberg|Unsplash|Pexels|EPA|ANSA|dpa"
_CREDITS = (
    re.compile(
        r"(?:^|[.!?”\"')\]|–—-]\s*|\s\s*)(?P<credit>(?:photos?|fotos?|fotograf[íi]as?|images?|im[áa]gen(?:es)?|pictures?|photographs?"
        r"|credits?|cr[ée]ditos?|illustration|ilustraci[óo]n)\s*(?:credits?|courtesy)?\s*(?:by|por|de|of|:|/|\|)\s*:?\s*(?P<name>[^.]{2,80}))\.?$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[.!?”\"')\]]\s+)(?P<credit>(?:courtesy|cortes[íi]a)\s*(?:of|de|:)?\s*[^.]{2,80})\.?$", re.IGNORECASE
    ),
    re.compile(
        rf"[(\[](?P<credit>[^()\[\]]{{0,60}}(?:/|\bvia\b|\b(?:{_AGENCY})\b|\bphoto\b|\bfoto\b)[^()\[\]]{{0,60}})[)\]]\.?$",
        re.I,
    ),
    re.compile(rf"(?:[.!?”\"')\]]|^|\s[-–—|])\s*(?P<credit>{_NAME}\s*/\s*[^\W\d_][^.!?/]{{1,50}})\.?$"),
    re.compile(
        rf"(?:[.!?”\"')\]]|^|\s[-–—|])\s*(?P<credit>(?:{_NAME}\s*[,-–—/]?\s*)?(?:{_AGENCY})(?:\s+(?:via|/)\s+[\w ]{{2,30}})?)\.?$"
    ),
)
_SIGNED = re.compile(r"[.!?…”\"'»)\]]\s*[(\[]\s*[^\W\d_a-zà-ÿ]{2,8}(?:[/-][^\W\d_a-zà-ÿ]{2,8})?\s*[)\]]\.?$")
_CLASSES = XPath(".//*/@class", smart_strings=False)
_MARKS = re.compile(r"aption|desc|egend|leyenda|pie-de-foto")
_PICTURES = frozenset({"img", "picture", "figure"})
_WHOLE = frozenset({"body", "html", "article", "main"})
_CAPTION_CLASS = re.compile(
    r"(?:^|[\s_-])(?:fig)?caption|(?:image|photo|img|picture|foto)[-_]{0,2}(?:desc|legend)|pie-de-foto|leyenda",
    re.I,
)
_CREDIT_CLASS = re.compile(r"credit|photographer|copyright|source|byline|author", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"related|recommend|sidebar|promo|teaser|most-?(?:read|popular)|trending|widget|newsletter|carousel-nav|footer|navigation",
    re.IGNORECASE,
)
_ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside", "header"})


@dataclass(frozen=True, slots=True)
class Captions:
    """The page's images with their captions, and the keys of all texts that are captions."""

    images: tuple[Image, ...]
    keys: frozenset[str]


def credit_of(caption: str) -> str | None:
    """The photographer and agency at the end of a caption, if recognised."""
    start = max(0, len(caption) - _LONGEST_CREDIT)
    for pattern in _CREDITS:
        match = pattern.search(caption, start)
        if match and len(match["credit"]) <= max(100, len(caption)) and _names_somebody(match):
            return match["credit"].strip()
    return None


def _names_somebody(match: re.Match[str]) -> bool:
    """Whether the words after "photo of" are a name: "photographs of 311 neighbours" is part of a sentence."""
    name = match.groupdict().get("name")
    return name is None or (name[:1].isupper() and len(name.split()) <= 10)


def captions_of(
    lines: list[Line], tree: HtmlElement, resolve: Resolver, lead_url: str | None, title: str, own: tuple[str, ...] = ()
) -> Captions:
    """Images and captions. `own` are captions selected by a layout."""
    figures = _figures(tree, resolve)
    found: list[str] = list(own)
    found += [figure.caption for figure in figures if figure.caption]
    alts = {key_of(alt) for alt in _alts(tree)}
    found += _in_lines(lines, _Marks(), alts, title, tree)
    unique: dict[str, str] = {}
    for caption in found:
        key = key_of(caption)
        if key and key != key_of(title) and key not in unique:
            unique[key] = caption
    keys = frozenset(unique) | {key + key for key in unique}
    return Captions(_assemble(figures, tuple(unique.values()), lead_url), keys)


def _figures(tree: HtmlElement, resolve: Resolver) -> list[Image]:
    images: list[Image] = []
    for figure in tree.iter("figure"):
        if len(images) >= MAX_IMAGES:
            break
        if _elsewhere(figure) or figure.find(".//figure") is not None:
            continue
        element = figure.find(".//img")
        url = _source(element, resolve) if element is not None else None
        caption, credit = _caption_text(figure.find(".//figcaption"))
        if url or caption:
            alt = " ".join((element.get("alt") or "").split()) if element is not None else ""
            images.append(Image(url or "", caption, credit, alt or None))
    return images


def _caption_text(element: HtmlElement | None) -> tuple[str | None, str | None]:
    if element is None:
        return None, None
    text = fold(" ".join(element.itertext())) or None
    if text is None or len(text) > 1500:
        return None, None
    text = re.sub(r"\s+([.,;:!?)])", r"\1", text)
    marked = next(
        (
            " ".join("".join(child.itertext()).split())
            for child in element.iterdescendants()
            if isinstance(child.tag, str) and _CREDIT_CLASS.search(child.get("class") or "")
        ),
        None,
    )
    return text, marked or credit_of(text)


def _in_lines(lines: list[Line], marked: _Marks, alts: set[str], title: str, tree: HtmlElement) -> list[str]:
    """Captions outside <figcaption>: marked by class, repeated, or equal to an image's alternative text.

    Lines far below the headline are examined only if the page marks captions by class.
    """
    title_at = title_position(lines, title)
    title_at = -1 if title_at is None else title_at
    start = _story_start(lines, title_at)
    found: list[str] = []
    end = max(title_at, start) + 40
    far = len(lines) > end + 1 and _MARKS.search(" ".join(set(_CLASSES(tree)))) is not None
    for index, line in enumerate(lines):
        beyond = index > end
        if beyond and not far:
            break
        if beyond and line.element not in marked:
            continue
        text = once(line)
        doubled = text != line.text
        if not weight(text) >= 12 or len(text) > 1200 or line.linked > len(text) * 0.5:
            continue
        if line.element in marked and not _elsewhere(line.element):
            found.append(text)
            continue
        if beyond:
            continue
        twice = len(text) >= 20 and (doubled or any(other.text == text for other in lines[index + 1 : index + 4]))
        above = index < title_at and title_at - index <= 8
        as_alt = len(text) >= 20 and key_of(text) in alts
        if not (twice or above or as_alt or index < start):
            continue  # a credit alone is not sufficient
        credit = len(text) < 500 and _is_credited(line, text)
        beside = index < start and (credit or (twice and _beside_picture(line.element)))
        signs = credit + twice + above + beside + as_alt
        if signs >= 2 and len(text) >= 20 and not _elsewhere(line.element):
            found.append(text)
    return found


def _is_credited(line: Line, text: str) -> bool:
    """Whether a line ends in a credit. Agencies also sign stories ("… said the mayor. (ANSA)."), so a credit like that
    needs a picture next to the line."""
    if credit_of(text) is None:
        return False
    signed = weight(text) >= 120 and _SIGNED.search(text) is not None
    return not signed or _beside_picture(line.element)


def _beside_picture(element: HtmlElement) -> bool:
    """Whether a picture is directly before an element, or before its container."""
    at: HtmlElement | None = element
    for _ in range(3):
        if at is None or at.tag in _WHOLE:
            return False
        before = at.getprevious()
        if before is not None and (before.tag in _PICTURES or before.find(".//img") is not None):
            return True
        at = at.getparent()
    return False


def _story_start(lines: list[Line], title_at: int) -> int:
    """Position of the first long line after the title without a credit at its end: the running text."""
    for index, line in enumerate(lines):
        if index > title_at and weight(line.text) >= 150 and line.linked < 40 and not _is_credited(line, once(line)):
            return index
    return title_at + 3


def once(line: Line) -> str:
    """A line's text; only half of it if it is the same text twice (two adjacent <span>)."""
    if len(line.nodes) < 2:
        return line.text
    size = len(line.text)
    half = line.text[: size // 2].rstrip()
    return half if size >= 40 and line.text in (half + half, f"{half} {half}") else line.text


class _Marks:
    """Whether an element's class, or that of a near ancestor, marks a caption. Caches classes."""

    def __init__(self) -> None:
        self._classes: dict[str, bool] = {}
        self._elements: dict[HtmlElement, bool] = {}

    def __contains__(self, element: HtmlElement) -> bool:
        known = self._elements.get(element)
        if known is None:
            known = self._elements[element] = self._look(element)
        return known

    def _look(self, element: HtmlElement) -> bool:
        at: HtmlElement | None = element
        for _ in range(3):
            if at is None or at.tag in _WHOLE:
                return False
            if at.tag == "figcaption":
                return True
            name = at.get("class")
            if name:
                says = self._classes.get(name)
                if says is None:
                    says = self._classes[name] = _CAPTION_CLASS.search(name) is not None
                if says and at.find(".//h1") is None:
                    return True
            at = at.getparent()
        return False


def _elsewhere(element: HtmlElement) -> bool:
    """Whether an element is inside navigation, a sidebar or a list of other stories."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in ("body", "html", "article", "main"):
            return False
        if ancestor.tag in _ELSEWHERE_TAGS and ancestor.find(".//h1") is None:
            return True
        if _ELSEWHERE.search(ancestor.get("class") or ""):
            return True
    return False


def _alts(tree: HtmlElement) -> list[str]:
    found = []
    for count, image in enumerate(tree.iter("img")):
        if count > 300:
            break
        found += [value for value in (image.get("alt"), image.get("title")) if value and len(value) >= 20]
    return found


def _source(image: HtmlElement, resolve: Resolver) -> str | None:
    for name in ("data-src", "data-original", "data-lazy-src", "src"):
        value = image.get(name)
        if value and not value.startswith("data:"):
            return resolve(value)
    value = image.get("srcset") or image.get("data-srcset")
    return resolve(value.split(",")[0].split()[0]) if value and value.split(",")[0].split() else None


def _assemble(figures: list[Image], captions: tuple[str, ...], lead_url: str | None) -> tuple[Image, ...]:
    images = [figure for figure in figures if figure.url or figure.caption]
    captioned = {key_of(image.caption) for image in images if image.caption}
    loose = [caption for caption in captions if key_of(caption) not in captioned]
    if lead_url is not None:
        same = next((i for i, image in enumerate(images) if _stem(image.url) == _stem(lead_url)), None)
        if same is not None:
            lead = images.pop(same)
            images.insert(0, Image(lead_url, lead.caption, lead.credit, lead.alt))
        elif images and images[0].caption and not images[0].url:
            images[0] = Image(lead_url, images[0].caption, images[0].credit, images[0].alt)
        else:
            images.insert(0, Image(lead_url))
    if loose:
        # The first caption in reading order is the lead image's, unless the lead image has its own.
        first = loose.pop(0) if not images or images[0].caption is None else None
        if first is not None:
            lead = images.pop(0) if images else Image("")
            images.insert(0, Image(lead.url, first, credit_of(first), lead.alt))
    images += [Image("", caption, credit_of(caption)) for caption in loose]
    unique: dict[tuple[str, str | None], Image] = {}
    for image in images:
        unique.setdefault((image.url, image.caption), image)
    return tuple(unique.values())[:MAX_IMAGES]


def _stem(url: str) -> str:
    return re.sub(r"(?:[-_]\d{2,4}x\d{2,4})?(?:\.\w+)?$", "", url.partition("?")[0].rsplit("/", 1)[-1].lower()) or url
