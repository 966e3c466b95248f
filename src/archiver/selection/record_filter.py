"""Chooses captures of a WARC file by host, day of capture and language. Pure functions of a record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lxml import etree, html

from archiver.charset import decoded
from archiver.extract.language import code_of, language_of
from archiver.urls import host_of, in_domains
from archiver.warc import Record, capture_of
from archiver.warc.warc_dates import parse_date

_PARSER = html.HTMLParser(encoding="utf-8", remove_comments=True)
_NO_TEXT = frozenset({"script", "style", "noscript", "template"})
_LOOKED_AT = 200_000  # bytes of a page
_ENOUGH = 2000  # characters of text
_FEW = 200  # characters: a page with fewer in paragraphs keeps its text in other elements


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Conditions on a capture; an empty filter accepts all. `hosts` include their subdomains; `since` and `until` are
    days of capture (UTC), both inclusive; `languages` are ISO 639-1 codes."""

    hosts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return any((self.hosts, self.languages, self.since, self.until))

    def refusal(self, record: Record) -> str | None:
        """Why a capture is rejected: `host`, `date` or `language`; None if it is accepted.

        An unknown value is no reason to reject: a record without a date, a page of unknown language, a record that is
        not a page.
        """
        if self.hosts and not in_domains(host_of(record.fields.get("warc-target-uri", "").strip("<> ")), self.hosts):
            return "host"
        moment = parse_date(record.fields.get("warc-date", "")) if self.since or self.until else None
        if moment is not None:
            if self.since is not None and moment.date() < self.since:
                return "date"
            if self.until is not None and moment.date() > self.until:
                return "date"
        if self.languages and (found := _language(record)) is not None and found not in self.languages:
            return "language"
        return None

    def __str__(self) -> str:
        parts = [f"host={host}" for host in self.hosts] + [f"lang={code}" for code in self.languages]
        parts += [f"since={self.since}"] if self.since else []
        parts += [f"until={self.until}"] if self.until else []
        return " ".join(parts)


def codes_of(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Language codes as the filter needs them, from user input. Raises ValueError naming an invalid one."""
    found = [(text, code_of(text)) for text in typed]
    for text, code in found:
        if code is None:
            raise ValueError(text)
    return tuple(code for _, code in found if code is not None)


def _language(record: Record) -> str | None:
    """The language of a page from its `lang` attribute and the words of its paragraphs; None if neither shows it."""
    try:
        captured = capture_of(record)
    except Exception:  # ingest reports the problem
        return None
    if captured is None or not captured[1].data:
        return None
    capture, payload = captured
    if capture.mime is not None and "html" not in capture.mime:
        return None
    try:
        page = decoded(payload.data[:_LOOKED_AT], capture.charset, capture.url).utf8
        root = html.document_fromstring(page, parser=_PARSER)
    except (etree.ParserError, ValueError):
        return None  # nothing in it
    words = _words(root.iter("p"))
    return language_of(words if len(words) >= _FEW else _words(root.iter()), root.get("lang"))


def _words(elements: Iterable[html.HtmlElement]) -> str:
    """The text directly in elements and behind their children, until there is enough to detect the language."""
    found: list[str] = []
    size = 0
    for element in elements:
        if element.tag in _NO_TEXT:
            continue
        for piece in (element.text, *(child.tail for child in element)):
            found.append(piece or "")
            size += len(found[-1])
        if size > _ENOUGH:
            break
    return " ".join(found)
