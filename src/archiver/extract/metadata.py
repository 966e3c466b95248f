"""A page's metadata about its story: title, authors, section, tags and more, each from the most trusted source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.bylines import authors_of
from archiver.extract.decode import plain
from archiver.extract.jsonld import Node, article_node, as_list, page_node, resolve, strings_of, text_of_value, types_of
from archiver.extract.lines import Line
from archiver.extract.links import Resolver
from archiver.extract.page import Page
from archiver.extract.titles import TitleSources, headline, key_of
from archiver.urls import canonical_url, host_of, registered_domain

_SECTION_META = ("article:section", "og:article:section", "section", "parsely-section", "sailthru.section", "category")
_TAG_META = ("article:tag", "news_keywords", "keywords", "parsely-tags", "sailthru.tags", "og:article:tag")
_CALLED_TITLE = XPath(
    ".//*[self::h2 or self::h3 or self::div or self::p or self::span][@itemprop='headline' or @class='title'"
    " or contains(@class, 'headline') or contains(@class, 'entry-title') or contains(@class, 'page-title')"
    " or contains(@class, 'article-title') or contains(@class, 'post-title')]"
    "[not(ancestor::nav or ancestor::aside or ancestor::footer)]"
)
_LOGO = re.compile(r"(?:^|[\s_-])(?:logo|brand|masthead|site-?(?:title|name|header__title))(?:$|[\s_-])", re.IGNORECASE)
_KICKER = re.compile(
    r"kicker|eyebrow|overline|supertitle|pre-?title|dachzeile|antetitulo|rubri[ck]|topline|sr-only|visually-?hidden|screen-reader|badge"
    r"|(?:^|[\s_-])(?:label|category|section|topic|flag|tag|date|meta|comments?|share)(?:$|[\s_-])|subtitle|sub-?head",
    re.IGNORECASE,
)
_APART = frozenset({"br", "div", "p", "small", "h2", "h3", "h4", "ul", "li"})
_SITE_META = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_IMAGE_META = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")


@dataclass(frozen=True, slots=True)
class Described:
    """A page's metadata except dates and images."""

    url: str
    title: str
    title_keys: frozenset[str]  # every spelling of the title that the page declares
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    description: str | None
    language: str | None  # as declared
    free: bool | None
    lead_image: str | None
    article: Node
    page_node: Node
    og_type: str | None
    body: str | None  # JSON-LD articleBody


def describe(page: Page, lines: list[Line], resolve_url: Resolver) -> Described:
    """Reads everything but dates, images and links."""
    article = article_node(page.json_ld, _own_addresses(page))
    names = _site_names(page, article)
    sources = _title_sources(page, article, names)
    title = headline(sources)
    with_kicker = (text for text in sources.h1 if key_of(title) in key_of(text))
    keys = {key_of(text) for text in (title, *sources.declared, sources.document or "", *with_kicker)} - {""}
    lead = page.meta(*_IMAGE_META) or _first_image(article)
    return Described(
        url=_canonical(page, resolve_url),
        title=title,
        title_keys=frozenset(keys),
        authors=authors_of(page, article, lines, names, title),
        section=_section(page, article),
        tags=_tags(page, article),
        description=_meta_text(page, "og:description", "description", "twitter:description")
        or text_of_value(article.get("description")),
        language=_language(page, article),
        free=_free(article),
        lead_image=resolve_url(lead) if lead else None,
        article=article,
        page_node=page_node(page.json_ld),
        og_type=(page.meta("og:type") or "").lower() or None,
        body=_body(article),
    )


def _meta_text(page: Page, *names: str) -> str | None:
    """The first non-empty <meta> with one of these names, as readers would see it."""
    return next((text for name in names for value in page.metas.get(name, ()) if (text := plain(value))), None)


def _title_sources(page: Page, article: Node, names: tuple[str, ...]) -> TitleSources:
    tree = page.tree
    h1: list[str] = []
    for element in islice(tree.iter("h1"), 20):
        if not _is_logo(element):
            h1 += [text for text in headings_in(element) if 2 < len(text) < 400]
    real = bool(h1)
    if not real:
        h1 = _headings_instead(page)
    declared = [
        text_of_value(article.get("headline")),
        _meta_text(page, "og:title"),
        _meta_text(page, "twitter:title"),
        text_of_value(article.get("name")),
    ]
    document = tree.find(".//title")
    return TitleSources(
        h1=tuple(h1),
        h1_is_real=real,
        declared=tuple(text for text in declared if text),
        document=(plain("".join(document.itertext()), shown=True) or None) if document is not None else None,
        site_names=names,
    )


def _is_logo(element: HtmlElement) -> bool:
    """Whether a heading is the site's name at the top of the page, or its logo."""
    places = (element, *islice(element.iterancestors("div", "header", "a", "section"), 2))
    return any(_LOGO.search(f"{place.get('class') or ''} {place.get('id') or ''}") for place in places)


def headings_in(element: HtmlElement) -> list[str]:
    """The text of a heading without elements named kicker, label or date; then the same without its first or last part,
    and finally the whole text."""
    pieces: list[tuple[str, bool, bool]] = []  # text, whether in a separate element, whether that is a kicker
    _pieces(element, pieces)
    kept = [piece for piece in pieces if not piece[2]]
    if not kept or len(_joined(kept)) < 8:
        kept = pieces
    whole = _joined(kept)
    found = [whole]
    if len(kept) > 1:
        found += [_joined(kept[1:])] if kept[0][1] else []
        found += [_joined(kept[:-1])] if kept[-1][1] else []
    found.append(_joined(pieces))
    return list(dict.fromkeys(text for text in found if text == whole or len(text) >= 12))


def _pieces(element: HtmlElement, into: list[tuple[str, bool, bool]]) -> None:
    into.append((element.text or "", False, False))
    for child in islice(element.iterchildren(), 40):
        kicker = _KICKER.search(f"{child.get('class') or ''} {child.get('itemprop') or ''}") is not None
        apart = child.tag in _APART
        text = " ".join("".join(child.itertext()).split()) if apart or kicker else "".join(child.itertext())
        is_break = child.tag == "br"
        if is_break and into:  # a kicker or a subtitle may be above or below it
            into[-1] = (into[-1][0], True, into[-1][2])
        into.append((f" {text} " if apart else text, not is_break, kicker))
        into.append((child.tail or "", is_break, False))
    into[:] = [piece for piece in into if piece[0].strip() or piece[0]]


def _joined(pieces: list[tuple[str, bool, bool]]) -> str:
    return plain("".join(text for text, _, _ in pieces), shown=True)


def _headings_instead(page: Page) -> list[str]:
    """Headlines of a page without <h1>: elements named title or headline, or the first <h2>."""
    elements = [*_CALLED_TITLE(page.body)[:5], *page.body.iterfind(".//h2")][:8]
    texts = (plain("".join(element.itertext()), shown=True) for element in elements)
    return [text for text in texts if 8 < len(text) < 200][:5]


def _site_names(page: Page, article: Node) -> tuple[str, ...]:
    found = [_meta_text(page, name) for name in _SITE_META]
    for publisher in as_list(resolve(article.get("publisher"), page.json_ld)):
        found.append(text_of_value(publisher))
    for node in page.json_ld[:50]:
        if types_of(node) & {"website", "newsmediaorganization", "organization"}:
            found.append(text_of_value(node.get("name")))
    host = host_of(page.url)
    domain = registered_domain(host)
    found += [domain, domain.partition(".")[0], host.removeprefix("www.")]
    return tuple(dict.fromkeys(name for name in found if name))


def _section(page: Page, article: Node) -> str | None:
    section = next(strings_of(article.get("articleSection")), None) or _meta_text(page, *_SECTION_META)
    if section:
        return section.split(",")[0].split(";")[0].strip() if len(section) > 40 else section
    return _breadcrumb(page)


def _breadcrumb(page: Page) -> str | None:
    for node in page.json_ld:
        if "breadcrumblist" not in types_of(node):
            continue
        names = []
        for entry in as_list(node.get("itemListElement")):
            if isinstance(entry, dict):
                inner = entry.get("item")
                name = text_of_value(entry.get("name")) or (
                    text_of_value(inner.get("name")) if isinstance(inner, dict) else None
                )
                names.append(name or "")
        inner_names = [
            name
            for name in names
            if name and name.lower() not in {"home", "inicio", "portada", "news home", "accueil", "startseite"}
        ]
        if len(names) >= 2 and inner_names:
            return inner_names[0][:80]
    return None


def _tags(page: Page, article: Node) -> tuple[str, ...]:
    found: list[str] = []
    for source in (list(strings_of(article.get("keywords"))), *(page.metas.get(name, []) for name in _TAG_META)):
        for value in source:
            found += re.split(r"\s*[,;|、，]\s*", plain(value))
        if found:
            break
    if not found:
        found = [" ".join("".join(a.itertext()).split()) for a in page.tree.findall(".//a[@rel='tag']")[:50]]
    tags = dict.fromkeys(tag.strip().lstrip("#") for tag in found if 1 < len(tag.strip()) <= 80 and ":" not in tag)
    return tuple(tag for tag in tags if tag)[:50]


def _own_addresses(page: Page) -> list[str]:
    links = (link.get("href") or "" for link in page.tree.findall(".//link[@rel='canonical']")[:2])
    return [address for address in (page.url, *links, page.meta("og:url") or "") if address]


def _language(page: Page, article: Node) -> str | None:
    root = page.tree.getroottree().getroot()
    return (
        root.get("lang")
        or root.get("xml:lang")
        or text_of_value(article.get("inLanguage"))
        or page.meta("og:locale", "content-language", "language", "dc.language")
    )


def _free(article: Node) -> bool | None:
    value = article.get("isAccessibleForFree")
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).rsplit("/", 1)[-1].lower())


def _first_image(article: Node) -> str | None:
    for value in as_list(article.get("image")):
        found = value.get("url", value.get("contentUrl")) if isinstance(value, dict) else value
        if isinstance(found, str) and found.strip():
            return found
    return None


def _body(article: Node) -> str | None:
    value: Any = article.get("articleBody", article.get("reviewBody"))
    return value if isinstance(value, str) and value.strip() else None


def _canonical(page: Page, resolve_url: Resolver) -> str:
    """The page's canonical URL, if it is on the page's own domain and not merely the home page."""
    own = canonical_url(page.url)
    here = urlsplit(own)
    hrefs: Iterable[str | None] = (
        *(link.get("href") for link in page.tree.findall(".//link[@rel='canonical']")[:2]),
        page.meta("og:url"),
    )
    for href in hrefs:
        stated = resolve_url(href) if href else None
        if not stated:
            continue
        there = urlsplit(stated)
        same_site = registered_domain(host_of(stated)) == registered_domain(host_of(own))
        is_home = there.path.strip("/") == "" and not there.query and (here.path.strip("/") != "" or bool(here.query))
        if same_site and not is_home:
            return canonical_url(stated)
    return own
