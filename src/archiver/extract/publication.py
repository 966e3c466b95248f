"""When a story was published and changed: the first source that states a possible date, with its own words kept."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from htmldate import find_date
from lxml.html import HtmlElement

from archiver.extract.dates import date_in_url, is_date_line, parse_date, states_a_day
from archiver.extract.jsonld import text_of_value
from archiver.extract.lines import Line
from archiver.extract.metadata import Described
from archiver.extract.page import Page
from archiver.extract.titles import key_of, title_position
from archiver.urls import host_of

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
_AMERICAN = re.compile(r"^en(?:$|[-_](?:us|ph|ca)\b)", re.IGNORECASE)
# What Drupal writes unless it is told otherwise, in any language: 09/25/2016 - 21:45, the month first.
_DRUPAL_DEFAULT = re.compile(r"(?<!\d)\d\d/\d\d/\d{4} - \d\d:\d\d(?!\d)")
_REGION = re.compile(r"^[a-z]{2,3}[-_]([a-z]{2})$", re.IGNORECASE)
_LABEL = (
    r"(?:(?:first|originally|last|updated|article|date|fecha(?: de)?|story)\s+)*"
    r"(?:published|posted|created|written|issued|released|added|publicad[oa]|publicaci[óo]n|publi[ée]e?|ver[öo]ffentlicht|pubblicato|publicado|fecha|date|dated|on|am|el|le|du|em|il)"
)
_STATED = re.compile(rf"^\W*{_LABEL}(?:\s+(?:on|at|date|el|am|le|il|em|du|de))*\W*", re.IGNORECASE)
_CHANGED = re.compile(
    r"^\W*(?:last\s+)?(?:updated|modified|revised|reviewed|edited|edit|update|actualizad[oa]|[úu]ltima actualizaci[óo]n|mis(?:e)? [àa] jour|aktualisiert|aggiornato|atualizado)"
    r"(?:\s+(?:on|at|el|le|am|il|em|date))*\W*",
    re.IGNORECASE,
)
_PUBLISHED_LABEL = re.compile(
    r"\b(?:published|posted|publicad[oa]|publi[ée]e?|ver[öo]ffentlicht|pubblicato)\b", re.IGNORECASE
)
_DAYLIKE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}")


@dataclass(frozen=True, slots=True)
class Dates:
    """ISO dates with where the first came from and how it was written there."""

    published: str | None = None
    source: str | None = None
    raw: str | None = None
    modified: str | None = None


def dates_of(page: Page, described: Described, lines: list[Line], captured_at: datetime, zone: str | None) -> Dates:
    """The dates of a page. `zone` is the site's time zone, for moments that state no offset."""
    day_first = not _AMERICAN.match(described.language or "en")
    modified = _first(_stated_modified(page, described), captured_at, day_first, zone)
    impossible: tuple[str, str] | None = None
    for source, raw in _stated(page, described, lines, captured_at):
        is_default = _DRUPAL_DEFAULT.search(raw) is not None and not _country_of(page, described)
        iso = parse_date(raw, captured_at, day_first=day_first and not is_default, zone=zone)
        if iso:
            return Dates(iso, source, raw, modified)
        if states_a_day(raw):
            impossible = impossible or (source, raw)
    if impossible:
        # The page states a day that can't be: its own words are kept, no other day is made up.
        return Dates(None, *impossible, modified)
    guessed = _guess(page, captured_at)
    return Dates(guessed, "text" if guessed else None, None, modified)


def _country_of(page: Page, described: Described) -> str | None:
    """A country other than the United States that the page's language or domain names."""
    region = _REGION.search(described.language or "")
    top = host_of(page.url).rpartition(".")[2]
    named = region[1] if region else top if len(top) == 2 else ""
    return named if named.lower() not in ("", "us") else None


def _first(raws: Iterator[str], captured_at: datetime, day_first: bool, zone: str | None) -> str | None:
    parsed = (parse_date(raw, captured_at, day_first=day_first, zone=zone) for raw in raws)
    return next((iso for iso in parsed if iso), None)


def _stated(page: Page, described: Described, lines: list[Line], captured_at: datetime) -> Iterator[tuple[str, str]]:
    for node in (described.article, described.page_node):
        for key in ("datePublished", "dateCreated", "uploadDate"):
            raw = text_of_value(node.get(key))
            if raw:
                yield "json-ld", raw
    for name in _PUBLISHED_META:
        for raw in page.metas.get(name, ()):
            yield "meta", raw
    for raw in _time_elements(page.tree, lines, described.title):
        yield "time", raw
    in_url = date_in_url(page.url, captured_at)
    if in_url:
        yield "url", in_url
    for raw in _in_text(lines, described.title):
        yield "text", raw


def _stated_modified(page: Page, described: Described) -> Iterator[str]:
    for node in (described.article, described.page_node):
        raw = text_of_value(node.get("dateModified"))
        if raw:
            yield raw
    for name in _MODIFIED_META:
        yield from page.metas.get(name, ())


def _time_elements(tree: HtmlElement, lines: list[Line], title: str) -> Iterator[str]:
    """<time> that says it is the publication's, else the first one behind the headline."""
    times = []
    for count, element in enumerate(tree.iter("time", "abbr")):
        if count > 200:
            break
        if element.tag == "abbr" and "published" not in (element.get("class") or ""):
            continue
        raw = (element.get("datetime") or element.get("title") or "".join(element.itertext())).strip()
        if 6 <= len(raw) <= 80:
            times.append((element, " ".join(raw.split())))
    marked = [
        raw
        for element, raw in times
        if element.get("pubdate") is not None
        or _PUBLISHED_WORD.search(f"{element.get('itemprop') or ''} {element.get('class') or ''}")
    ]
    plain = [
        raw
        for element, raw in times
        if not _UPDATED_WORD.search(f"{element.get('itemprop') or ''} {element.get('class') or ''}")
    ]
    yield from marked[:1] or _near_title([element for element, raw in times if raw in plain], times, tree)


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


def _in_text(lines: list[Line], title: str) -> Iterator[str]:
    """A line that is a date or says when the story was published: beside the headline, else anywhere if only one does."""
    at = title_position(lines, title)
    if at is not None:
        near = [*lines[at + 1 : at + 12], *reversed(lines[max(0, at - 4) : at])]
        stated = _dates_in(near)
        yield from stated[0][:1] or stated[1][:1]
    plain, changed = _dates_in(lines)
    labelled = [raw for raw in plain if _PUBLISHED_LABEL.search(raw)]
    yield from labelled[:1]
    if len({key_of(raw) for raw in plain}) == 1:
        yield plain[0]
    # A page that only says when it was changed: better than no date at all, and `raw` tells.
    yield from changed[:1]


def _dates_in(lines: list[Line]) -> tuple[list[str], list[str]]:
    """Texts that are dates, and such that say "updated", in order."""
    plain: list[str] = []
    changed: list[str] = []
    for line in lines:
        if len(line.text) > 160 or not _DAYLIKE.search(line.text):
            continue
        parts = [line.text, *re.split(r"\s+[|·•–—⋅/]\s+|\s{2,}", line.text)]
        parts += [" ".join(str(node).split()) for node in line.nodes] if len(line.nodes) > 1 else []
        parts += [f"{left} {right}" for left, right in pairwise(parts) if len(left) < 30 and not _DAYLIKE.search(left)]
        found = next((part for part in parts if is_date_line(_STATED.sub("", part))), None)
        if found:
            plain.append(found)
            continue
        found = next((part for part in parts if is_date_line(_CHANGED.sub("", part))), None)
        if found:
            changed.append(found)
    return plain, changed


def _guess(page: Page, captured_at: datetime) -> str | None:
    """htmldate's look at marked elements, the last resort.

    Its extensive search through all text is left off: on 110 pages where the sources above state nothing it found one
    more right day and made up 67 (a copyright year becomes a first of January).
    """
    if page.elements > 20_000:
        return None
    latest = (captured_at + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        found = find_date(
            page.tree,
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
