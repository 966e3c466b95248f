"""The standfirst: the lines between headline and text that summarise the story, if they are set apart.

News sites render them as a separate element (a deck, an entradilla, a chapeau, an excerpt), repeat them in metadata and
edit them like headlines. A first paragraph among other paragraphs is text, whatever its class, and even if the metadata
repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from archiver.extract.authors import is_byline
from archiver.extract.dates import is_date_line
from archiver.extract.lines import Line
from archiver.extract.phrases import is_prompt
from archiver.extract.prose import weight
from archiver.extract.titles import key_of, title_position

_NAMED = re.compile(
    r"stand-?first|sub-?head(?:line|ing)?(?![a-z])|sub-?title|(?:^|[\s_-])de(?:k|ck)(?![a-z])|(?:article|entry|post|story|page|node|content|single|news|field)[\w-]*[_-]{1,2}excerpt(?![a-z])"
    r"|(?:^|[\s_-])(?:excerpt|entradilla|bajada|copete|sumario|sottotitolo|catenaccio|sommario|chap[oôe]a?u?|accroche|vorspann|ingress|manchet|onderkop|resumo|linha-fina|subtitulo|altHeadline|alternativeheadline)(?![a-z])",
    re.IGNORECASE,
)
# Names of a part of the story that may also be its first paragraphs. Drupal uses `text-with-summary` for all text.
_NAMED_PART = re.compile(
    r"(?:article|entry|post|story|page|node|content|single|news|field)[\w-]*(?<!text-with)[_-]{1,2}(?:summary|description|intro|lead|lede|abstract|teaser)(?![a-z])",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|leadtext|lead-text|intro|introduction|introtext|abstract|summary|teaser|preface|preamble)(?![a-z])",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"related|recommend|card|promo|sidebar|widget|caption|credit|author|byline|\bbio\b|newsletter|\bnav\b|menu|footer|comment|site-|logo|brand|gfield|\bform",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h2", "h3", "h4"})
_LEAST, _MOST = 25, 700  # as `weight` counts
_MOST_UNNAMED = 320
_BODY = 150
_REACH = 14  # lines below the headline
_WHOLE = frozenset({"body", "html", "main"})


def standfirst_of(lines: Sequence[Line], title: str, description: str | None) -> tuple[str, ...]:
    """The lines of the standfirst, in order; empty if the page has none."""
    at = title_position(lines, title)
    if at is None:
        return ()
    summary = key_of(description or "")
    found: list[Line] = []
    for index in range(at + 1, min(at + 1 + _REACH, len(lines))):
        line = lines[index]
        if found and line.element.getparent() is not found[-1].element.getparent():
            break
        if _is_standfirst(lines, index, at, summary, title):
            found.append(line)
        elif found or (weight(line.text) >= _BODY and line.link_density < 0.3):
            break
    texts = tuple(line.text for line in found)
    return texts if sum(map(weight, texts)) <= _MOST else ()


def _is_standfirst(lines: Sequence[Line], index: int, title_at: int, summary: str, title: str) -> bool:
    line = lines[index]
    names = _names(line.element)
    if not _can_be(line, title) or any(_ELSEWHERE.search(name) for name in names):
        return False
    if any(_NAMED.search(name) for name in names):
        return True
    if any(_NAMED_PART.search(name) for name in names) and not _stands_among_paragraphs(lines, index):
        return True
    if (
        weight(line.text) > _MOST_UNNAMED
        or _stands_among_paragraphs(lines, index)
        or not _is_apart(lines, index, title_at)
    ):
        return False
    if (summary and _repeats(key_of(line.text), summary)) or any(_LEAD.search(name) for name in names):
        return True
    # A heading directly below the headline, in the same box, without any text of the story.
    heading, headline = line.element, lines[title_at].element
    near = index - title_at <= 3 and weight(line.text) >= 50
    return near and heading.tag in _HEADINGS and _share_a_box(heading, headline)


def _can_be(line: Line, title: str) -> bool:
    size = weight(line.text)
    if not _LEAST <= size <= _MOST or line.link_density >= 0.3 or key_of(line.text) == key_of(title):
        return False
    if line.element.tag == "figcaption" or next(line.element.iterancestors("figure", "form"), None) is not None:
        return False
    return not (is_date_line(line.text) or is_prompt(line.text) or (size < 80 and is_byline(line.text)))


def _is_apart(lines: Sequence[Line], index: int, title_at: int) -> bool:
    """Whether a line is next to the headline, or separated from the text by a byline, a date or a caption."""
    element, headline = lines[index].element, lines[title_at].element
    if element.tag in _HEADINGS or _share_a_box(element, headline):
        return True
    below = lines[index + 1] if index + 1 < len(lines) else None
    return below is not None and weight(below.text) < 60 and below.element.tag not in ("h2", "h3", "h4", "li")


def _names(element: HtmlElement) -> list[str]:
    """Classes, IDs and properties of an element and of the boxes around it that hold little else."""
    names: list[str] = []
    at: HtmlElement | None = element
    for step in range(4):
        if at is None or at.tag in _WHOLE or at.tag == "article" or (step and _holds_more(at)):
            break
        names += [
            value
            for name in ("class", "id", "itemprop", "data-testid", "data-component")
            # A heading's ID is derived from its own words: "introduction-to-pruning".
            if (value := at.get(name)) and not (name == "id" and at.tag in _HEADINGS)
        ]
        at = at.getparent()
    return names


def _holds_more(box: HtmlElement) -> bool:
    return len(box.findall(".//p")) > 3 or box.find(".//h1") is not None


def _stands_among_paragraphs(lines: Sequence[Line], index: int) -> bool:
    """Whether a line is one of several similar paragraphs in one container: the beginning of the text."""
    line = lines[index]
    box = line.element.getparent()
    return any(
        other.element.tag == line.element.tag and other.element.getparent() is box and weight(other.text) >= 60
        for other in lines[index + 1 : index + 6]
    )


def _repeats(line: str, summary: str) -> bool:
    return (
        line == summary
        or (len(summary) >= 60 and line.startswith(summary))
        or (len(line) >= 60 and summary.startswith(line))
    )


def _share_a_box(heading: HtmlElement, headline: HtmlElement) -> bool:
    box = headline.getparent()
    return (
        box is not None
        and box.tag not in _WHOLE
        and (heading.getparent() is box or box in heading.iterancestors())
        and len(box.findall(".//p")) <= 3
    )
