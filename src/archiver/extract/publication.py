"""When a story was published and changed: the first source with a possible date, and its original wording."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from htmldate import find_date
from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.date_lines import DateReader, dates_in_text, is_in_page_footer, is_of_others, reader_for
from archiver.extract.date_words import LABEL_ALONE
from archiver.extract.dates import date_in_url, states_a_day
from archiver.extract.jsonld import text_of_value
from archiver.extract.lines import Line
from archiver.extract.metadata import Described
from archiver.extract.page import Page, remove_element
from archiver.extract.teasers import is_elsewhere

_PUBLISHED_META = (
    "article:published_time", "article:published", "published", "og:article:published_time", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date",
    "date.issued", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "dcterms.issued", "date",
    "originalpublicationdate", "cxenseparse:recs:publishtime", "article.published", "rnews:datepublished", "ptime",
    "citation_publication_date", "citation_date", "last-published", "displaydate", "article_date_original", "datecreated",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "article:modified", "og:updated_time", "og:article:modified_time", "datemodified",
    "lastmod", "last-modified", "dcterms.modified", "dc.date.modified", "revised", "article.updated",
)  # fmt: skip
_PUBLISHED_WORD = re.compile(r"publi|posted|issued|pub-?date|entry-date|post-date|article-date|created", re.IGNORECASE)
_UPDATED_WORD = re.compile(r"updat|modif|actuali|revis|aggiornat|mis [àa] jour", re.IGNORECASE)
_DATED = XPath(".//time | .//*[contains(@class, 'date') or contains(@class, 'time')]")


@dataclass(frozen=True, slots=True)
class Dates:
    """ISO dates, with the source of the first and its original wording."""

    published: str | None = None
    source: str | None = None
    raw: str | None = None
    modified: str | None = None


def dates_of(page: Page, described: Described, lines: list[Line], captured_at: datetime, zone: str | None) -> Dates:
    """The dates of a page. `zone` is the site's time zone, for moments without an offset.

    For a moment in UTC the local day is used, if the site's zone, the URL or the page determines it.
    """
    reader = reader_for(page.url, described.language, captured_at, zone)
    modified = next((iso for raw in _stated_modified(page, described) if (iso := reader.iso(raw))), None)
    impossible: tuple[str, str] | None = None
    stated = _stated(page, described, lines, reader)
    for source, raw in stated:
        iso = reader.iso(raw)
        if iso:
            best = _completed(Dates(iso, source, raw, modified), stated, reader, page.url)
            return replace(best, published=_in_own_zone(best.published, zone), modified=_in_own_zone(modified, zone))
        if states_a_day(raw):
            impossible = impossible or (source, raw)
    if impossible:
        # The page states an impossible date: its wording is kept, no other date is invented.
        return Dates(None, *impossible, modified)
    guessed = _guess(page, captured_at)
    return Dates(guessed, "text" if guessed else None, None, modified)


def _completed(found: Dates, others: Iterator[tuple[str, str]], reader: DateReader, url: str) -> Dates:
    """Adds a time to a date, and an offset to a moment in UTC, if another place on the page states them."""
    iso = found.published or ""
    if "T" not in iso:
        for source, raw in others:
            other = reader.iso(raw)
            if other and "T" in other and other.startswith(iso):
                return Dates(other, source, raw, found.modified)
        return found
    if not iso.endswith("+00:00") or reader.zone:
        return found
    moment = datetime.fromisoformat(iso)
    in_url = date_in_url(url, reader.captured_at)
    if in_url in (None, iso[:10]) or not _is_near(moment, in_url or ""):
        return found
    # The site's offset is the one at which that moment falls on the day in its URL.
    for _, raw in others:
        local = _as_local(moment, reader.iso(raw))
        if local is not None and local.date().isoformat() == in_url:
            return replace(found, published=local.isoformat())
    return replace(found, published=in_url)


def _as_local(moment: datetime, stated: str | None) -> datetime | None:
    """The moment with the offset at which it equals the stated one; None if there is no such offset."""
    if not stated or "T" not in stated:
        return None
    other = datetime.fromisoformat(stated)
    if other.tzinfo is not None:
        same = abs((other - moment).total_seconds()) < 60 and other.utcoffset()
        return moment.astimezone(other.tzinfo) if same else None
    minutes = round((other - moment.replace(tzinfo=None)).total_seconds() / 60)
    offset = round(minutes / 15) * 15
    if abs(minutes - offset) > 1 or not -12 * 60 <= offset <= 14 * 60 or offset == 0:
        return None
    return moment.astimezone(timezone(timedelta(minutes=offset)))


def _is_near(moment: datetime, day: str) -> bool:
    """Whether a moment in UTC falls on that day in some time zone."""
    begin = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    return begin - timedelta(hours=14) <= moment < begin + timedelta(hours=36)


def _in_own_zone(iso: str | None, zone: str | None) -> str | None:
    """A moment in UTC converted to the site's zone, if its day is different there."""
    if not iso or not zone or not iso.endswith("+00:00"):
        return iso
    try:
        local = datetime.fromisoformat(iso).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return iso
    return local.isoformat() if local.date().isoformat() != iso[:10] else iso


def _stated(page: Page, described: Described, lines: list[Line], reader: DateReader) -> Iterator[tuple[str, str]]:
    for node in (described.article, described.page_node):
        for key in ("datePublished", "dateCreated", "uploadDate"):
            raw = text_of_value(node.get(key))
            if raw:
                yield "json-ld", raw
    for name in _PUBLISHED_META:
        for raw in page.metas.get(name, ()):
            yield "meta", raw
    for raw in _time_elements(page.tree):
        yield "time", raw
    in_url = date_in_url(page.url, reader.captured_at)
    if in_url:
        yield "url", in_url
    for raw in dates_in_text(lines, described.title, reader):
        yield "text", raw


def _stated_modified(page: Page, described: Described) -> Iterator[str]:
    for node in (described.article, described.page_node):
        raw = text_of_value(node.get("dateModified"))
        if raw:
            yield raw
    for name in _MODIFIED_META:
        yield from page.metas.get(name, ())


def _time_elements(tree: HtmlElement) -> Iterator[str]:
    """<time> elements marked as publication, else the first one after the headline."""
    times = []
    for count, element in enumerate(tree.iter("time", "abbr")):
        if count > 200:
            break
        if element.tag == "abbr" and "published" not in (element.get("class") or ""):
            continue
        raw = (element.get("datetime") or element.get("title") or "".join(element.itertext())).strip()
        if 6 <= len(raw) <= 80 and (LABEL_ALONE.match(_text_above(element)) or not is_of_others(element)):
            times.append((element, " ".join(raw.split())))
    marked = [
        raw
        for element, raw in times
        if element.get("pubdate") is not None
        or LABEL_ALONE.match(_text_above(element))
        or _PUBLISHED_WORD.search(f"{element.get('itemprop') or ''} {element.get('class') or ''}")
    ]
    plain = [
        element
        for element, _ in times
        if not _UPDATED_WORD.search(f"{element.get('itemprop') or ''} {element.get('class') or ''}")
    ]
    yield from marked[:1] or _near_title(plain, times, tree)


def _text_above(element: HtmlElement) -> str:
    """The short text directly before an element."""
    place = element
    for _ in range(3):
        previous, parent = place.getprevious(), place.getparent()
        if previous is not None:
            return " ".join(f"{''.join(previous.itertext())} {previous.tail or ''}".split())[:60]
        if parent is None or (parent.text or "").strip():
            return " ".join((parent.text or "").split())[:60] if parent is not None else ""
        place = parent
    return ""


def _near_title(candidates: list[HtmlElement], times: list[tuple[HtmlElement, str]], tree: HtmlElement) -> list[str]:
    h1 = tree.find(".//h1")
    raws = dict(times)
    if h1 is None:
        return [raws[candidates[0]]] if len(candidates) == 1 else []
    home = h1
    for _ in range(4):
        parent = home.getparent()
        if parent is None:
            break
        home = parent
        inside = [element for element in candidates if home in element.iterancestors()]
        if inside:
            return [raws[inside[0]]]
    return []


def _own_part(tree: HtmlElement) -> HtmlElement:
    """A copy of a page without quotes, the page's footer, and the dates of other stories."""
    own = deepcopy(tree)
    footers = [element for element in own.iter("footer") if is_in_page_footer(element)]
    for element in [*own.iter("blockquote", "aside"), *footers, *filter(is_elsewhere, _DATED(own)[:500])]:
        remove_element(element)
    return own


def _guess(page: Page, captured_at: datetime) -> str | None:
    """htmldate's search of marked elements, the last resort.

    Its extensive search through all text is disabled: on 110 pages without a date in the sources above it found one
    more correct date and invented 67 (a copyright year becomes the first of January).
    """
    if page.elements > 20_000:
        return None
    latest = (captured_at + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        found = find_date(
            _own_part(page.tree),
            extensive_search=False,
            original_date=True,
            max_date=latest,
            min_date="1995-01-02",
            url=page.url,
            deferred_url_extractor=True,
        )
    except (ValueError, TypeError, OverflowError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
