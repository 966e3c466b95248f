"""Finds the lines of a page that state its date, and the conventions for reading them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise

from lxml.html import HtmlElement

from archiver.extract.authors import is_byline
from archiver.extract.date_words import CHANGED, LABEL_ALONE, NEXT_PART, PUBLISHED_LABEL, STATED
from archiver.extract.dates import has_year_and_day, is_date_line, parse_date, states_a_day
from archiver.extract.language import code_of
from archiver.extract.lines import Line
from archiver.extract.teasers import is_elsewhere
from archiver.extract.titles import key_of, title_position
from archiver.urls import host_of

_AMERICAN = re.compile(r"^en(?:$|[-_](?:us|ph|ca)\b)", re.IGNORECASE)
# Drupal's default format in any language: 09/25/2016 - 21:45, month first.
_DRUPAL_DEFAULT = re.compile(r"(?<!\d)\d\d/\d\d/\d{4} - \d\d:\d\d(?!\d)")
_REGION = re.compile(r"^[a-z]{2,3}[-_]([a-z]{2})$", re.IGNORECASE)
_DAY_FIRST_ENGLISH = frozenset(
    "uk ie au nz in za ke ng gh tz ug zw zm sg my pk lk bd mt hk jm tt mw na bw".split()  # noqa: SIM905
)
# Elements whose lines state other dates than that of publication, unless their class says otherwise.
_NO_DATES = frozenset(
    {"h2", "h3", "h4", "h5", "h6", "li", "dd", "dt", "td", "th", "caption", "figcaption", "summary", "pre", "aside"}
)
_DATE_CLASS = re.compile(r"date|time|publi|posted|byline|meta|stamp|fecha|created|info|datum", re.IGNORECASE)
_PARAGRAPH = 150  # characters: the story has begun
# Languages whose dates our own patterns read: other lines are not tried with a date library.
_TABLED = frozenset(
    "en es pt fr de it nl ca ru uk ar el pl cs tr sv da no fi zh ja ko".split()  # noqa: SIM905
)
_ON_DAY = re.compile(r"\s(?:on|am|le|el|op|il)\s+(?=\D{0,12}\d)")
_BEFORE_CJK = re.compile(r"(?<=\d)\s+(?=[\u4e00-\u9fff][^\d]*$)")
_DAYLIKE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}")


@dataclass(frozen=True, slots=True)
class DateReader:
    """How a page's dates are to be read."""

    captured_at: datetime
    day_first: bool
    zone: str | None  # of the site, for moments without an offset
    language: str | None
    region: str | None  # a country other than the United States, named by the page

    def iso(self, raw: str) -> str | None:
        is_default = self.region is None and _DRUPAL_DEFAULT.search(raw) is not None
        return parse_date(
            raw,
            self.captured_at,
            day_first=self.day_first and not is_default,
            zone=self.zone,
            language=self.language,
        )


def reader_for(url: str, declared: str | None, captured_at: datetime, zone: str | None) -> DateReader:
    """The reader for a page, based on its URL and declared language."""
    return DateReader(captured_at, _is_day_first(url, declared), zone, code_of(declared), _region(url, declared))


def dates_in_text(lines: list[Line], title: str, reader: DateReader) -> Iterator[str]:
    """A line that is a date or states when the story was published: next to the headline, else anywhere if it is the
    only one."""
    at = title_position(lines, title)
    if at is not None:
        stated = _dates_in(list(_beside(lines, at)), reader=reader)
        yield from stated[0][:1] or stated[1][:1]
    plain, changed = _dates_in(lines, may_date=_can_date)
    labelled = [raw for raw in plain if PUBLISHED_LABEL.search(raw)]
    yield from labelled[:1]
    if len({key_of(raw) for raw in plain}) == 1:
        yield plain[0]
    # A page that only states when it was changed: better than no date, and `raw` shows it.
    yield from changed[:1]


def _beside(lines: list[Line], at: int) -> Iterator[Line]:
    """The lines around the headline at `at`. After the story's first paragraph only marked lines count."""
    in_story = False
    for line in lines[at + 1 : at + 12]:
        in_story = in_story or (len(line.text) >= _PARAGRAPH and line.link_density < 0.5)
        if _can_date(line.element) if in_story else not (_is_quoted(line.element) or is_in_page_footer(line.element)):
            yield line
    yield from (line for line in reversed(lines[max(0, at - 4) : at]) if not is_elsewhere(line.element))


def _can_date(element: HtmlElement) -> bool:
    """Whether a line after the headline can be the story's date: not a sub-heading, list, table, caption, quote or
    teaser."""
    if is_of_others(element) or is_in_page_footer(element):
        return False
    for member in (element, *islice(element.iterancestors(), 2)):
        if _DATE_CLASS.search(f"{member.get('class') or ''} {member.get('itemprop') or ''}"):
            return True
        if member.tag in _NO_DATES:
            return False
    return True


def is_in_page_footer(element: HtmlElement) -> bool:
    """Whether an element is in the footer of the page, not of its story: its date is that of a notice."""
    footer = element if element.tag == "footer" else next(element.iterancestors("footer"), None)
    return footer is not None and next(footer.iterancestors("article", "main"), None) is None


def _dates_in(
    lines: list[Line],
    *,
    reader: DateReader | None = None,
    may_date: Callable[[HtmlElement], bool] = lambda element: True,
) -> tuple[list[str], list[str]]:
    """Texts that are dates, then texts labelled "updated", in order. With a reader, also in languages that need a
    library."""
    plain: list[str] = []
    changed: list[str] = []
    label = ""
    for line in lines:
        above, label = label, line.text if len(line.text) <= 30 else ""
        if len(line.text) > 160 or not has_year_and_day(line.text):
            continue
        parts = _parts_of(line)
        found, into = _date_in(parts, STATED), plain
        if found is None and reader is not None and _is_other_date(line.text, reader):
            found = line.text
        if found is None:
            found, into = _date_in(parts, CHANGED), changed
        if found is not None and LABEL_ALONE.match(above):
            plain.append(f"{above} {found}")
        elif found is not None and (may_date(line.element) or _is_labelled(line, found)):
            into.append(found)
    return plain, changed


def _is_labelled(line: Line, found: str) -> bool:
    """Whether a line outside the story's head is labelled as the date of publication."""
    return PUBLISHED_LABEL.search(found) is not None and not is_of_others(line.element)


def _parts_of(line: Line) -> list[str]:
    """A line, and its parts that may be a date with a label."""
    if is_date_line(line.text):
        return [line.text]
    parts = [line.text, *NEXT_PART.split(line.text), *_after_source(line.text)]
    parts += [" ".join(str(node).split()) for node in line.nodes] if len(line.nodes) > 1 else []
    return parts + [
        f"{left} {right}" for left, right in pairwise(parts) if len(left) < 30 and not _DAYLIKE.search(left)
    ]


def _date_in(parts: Iterable[str], label: re.Pattern[str]) -> str | None:
    """The first part that is a date after its label is removed."""
    for part in parts:
        found = label.match(part) if has_year_and_day(part) else None
        if is_date_line(part[found.end() :] if found else part):
            return part
    return None


def _after_source(text: str) -> Iterator[str]:
    """What may be the date where the line names the source or the author before it, or the source after it."""
    if " - " in text:
        yield text.partition(" - ")[2]
    if len(text) <= 100 and (found := _ON_DAY.search(text)) and is_byline(text):
        yield text[found.end() :]
    if len(text) <= 50 and (found := _BEFORE_CJK.search(text)):
        yield text[: found.start()]


def _is_other_date(text: str, reader: DateReader) -> bool:
    """Whether a line is a date in a language that our own table lacks."""
    short = len(text) <= 60 and len(text.split()) <= 8
    known = (reader.language or "en") in _TABLED
    return short and not known and not states_a_day(text) and reader.iso(text) is not None


def is_of_others(element: HtmlElement) -> bool:
    return is_elsewhere(element) or _is_quoted(element)


def _is_quoted(element: HtmlElement) -> bool:
    return element.tag in ("blockquote", "q") or next(element.iterancestors("blockquote", "q"), None) is not None


def _is_day_first(url: str, language: str | None) -> bool:
    """Whether 03/04/2021 is in April: everywhere except the United States, Canada and the Philippines."""
    language = language or "en"
    return not _AMERICAN.match(language) or (language.lower() == "en" and _country(url) in _DAY_FIRST_ENGLISH)


def _region(url: str, language: str | None) -> str | None:
    """A country other than the United States, from the page's language or domain."""
    region = _REGION.search(language or "")
    named = region[1].lower() if region else _country(url)
    return named if len(named) == 2 and named != "us" else None


def _country(url: str) -> str:
    return host_of(url).rpartition(".")[2]
