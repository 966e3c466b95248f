"""Running text, told from teasers by how its paragraphs stand: several long ones in a row, in one container."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from archiver.extract.lines import Line
from archiver.extract.titles import key_of

# An ideograph, a kana or a syllable of hangul stands for about three letters.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
PARAGRAPH = 200  # as `weight` counts: 67 ideographs
STORY_PARAGRAPHS = 4
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BESIDE = frozenset({"aside", "footer", "nav", "form", "figure", "figcaption"})
_COMMENTS = re.compile(r"\bcomment(?!ary)|disqus|\brepl(?:y|ies)\b|\bresponses?\b", re.IGNORECASE)
_CUT = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\])\W*(?:(?:read|see|continue|learn|leer|ver|lire|mehr|weiter|leggi|leia)\b.{0,30})?$"
    r"|\b(?:read more|continue reading|leer m[áa]s|seguir leyendo|lire la suite|weiterlesen|mehr lesen|leggi tutto|leia mais)\W*$",
    re.IGNORECASE,
)


def weight(text: str) -> int:
    """Characters, as many as a text in Latin script would need: one of Chinese, Japanese or Korean counts three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_DENSE.findall(text))


@dataclass(frozen=True, slots=True)
class Prose:
    """What a page has of running text."""

    run: int = 0  # long paragraphs in a row in one container, under no linked headline: of the longest run
    run_chars: int = 0  # of the heaviest run, as `weight` counts
    paragraphs: int = 0  # long paragraphs of the page that no teaser cuts
    chars: int = 0  # their weight
    container: HtmlElement | None = None  # of the heaviest run


@dataclass(slots=True)
class _Run:
    paragraphs: int
    chars: int
    container: HtmlElement
    headline: str  # the linked headline right above, if any


def prose_of(lines: Sequence[Line], title_keys: Iterable[str] = ()) -> Prose:
    """Finds the runs of long paragraphs. Pages of several stories, each under its linked headline, have none."""
    runs: list[_Run] = []
    current: dict[HtmlElement, _Run] = {}
    headline, titles = "", frozenset(title_keys)
    paragraphs = chars = 0
    for line in lines:
        size = weight(line.text)
        if size < PARAGRAPH:
            if _is_linked_headline(line):
                headline = key_of(line.text)
                current.clear()
            elif line.element.tag in _HEADINGS:
                headline = ""
            continue
        if line.link_density >= 0.5 or _CUT.search(line.text[-60:]) or _is_elsewhere(line.element):
            continue
        paragraphs += 1
        chars += size
        for container in _containers(line):
            run = current.get(container)
            if run is None:
                run = current[container] = _Run(0, 0, container, "" if headline in titles else headline)
                runs.append(run)
            run.paragraphs += 1
            run.chars += size
        headline = ""
    under = {run.headline for run in runs if run.headline and run.paragraphs > 1}
    own = [run for run in runs if not run.headline or len(under) < 2]
    if not own:
        return Prose(paragraphs=paragraphs, chars=chars)
    heaviest = max(own, key=lambda run: run.chars)
    return Prose(max(run.paragraphs for run in own), heaviest.chars, paragraphs, chars, heaviest.container)


def _containers(line: Line) -> Iterable[HtmlElement]:
    """What may hold a paragraph beside others: its parent, and what is above a box of its own."""
    element = line.element
    above = element.getparent()
    if element.tag not in ("p", "blockquote", "li"):
        yield element  # paragraphs parted by breaks
    if above is None:
        return
    yield above
    if len(above) <= 2 and (outer := above.getparent()) is not None:
        yield outer


def _is_linked_headline(line: Line) -> bool:
    if line.link_density <= 0.9 or weight(line.text) < 20:
        return False
    element: HtmlElement | None = line.element
    for _ in range(3):
        if element is None:
            return False
        if element.tag in _HEADINGS:
            return True
        element = element.getparent()
    return False


def _is_elsewhere(element: HtmlElement) -> bool:
    """In a box beside the story, or among readers' comments."""
    for above in (element, *element.iterancestors()):
        if above.tag in ("article", "main", "body"):
            return False
        if above.tag in _BESIDE or _COMMENTS.search(f"{above.get('class') or ''} {above.get('id') or ''}"):
            return True
    return False
