"""Distinguishes running text from teasers by the arrangement of paragraphs: several in a row, in one container, under
one headline.

Long paragraphs are the strongest sign (`Prose.run`). Stories of short ones (one sentence each, verses, questions and
answers) are recognised by their total (`body_of`): a teaser is alone below a link to its story.
"""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, zip_longest

from lxml.html import HtmlElement

from archiver.extract.lines import Line
from archiver.extract.phrases import is_prompt
from archiver.extract.titles import key_of

# An ideograph, a kana or a hangul syllable counts as about three letters.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
PARAGRAPH = 200  # as `weight` counts: 67 ideographs
STORY_PARAGRAPHS = 4
_SENTENCE = 25  # as `weight` counts: shorter lines are labels
_WRAPPERS = 5  # around one paragraph, at most
_VERSES = 3  # lines of a stanza
_LABEL = 40  # maximum characters of a link repeated under each entry of a list: "Read more"
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BESIDE = frozenset({"aside", "footer", "nav", "form", "figure", "figcaption"})
_COMMENTS = re.compile(r"\bcomment(?!ary)|disqus|\brepl(?:y|ies)\b|\bresponses?\b", re.IGNORECASE)
_CUT = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\])\W*(?:(?:read|see|continue|learn|leer|ver|lire|mehr|weiter|leggi|leia)\b.{0,30})?$"
    r"|\b(?:read more|continue reading|leer m[áa]s|seguir leyendo|lire la suite|weiterlesen|mehr lesen|leggi tutto|leia mais)\W*$",
    re.IGNORECASE,
)


def weight(text: str) -> int:
    """Length in characters of Latin script: a Chinese, Japanese or Korean character counts three."""
    return len(text) if text.isascii() else _weight(text)


@lru_cache(maxsize=4096)  # the steps of an extraction weigh the same lines
def _weight(text: str) -> int:
    return len(text) + 2 * len(_DENSE.findall(text))


def is_cut(text: str) -> bool:
    """Whether a text ends like a teaser: with an ellipsis, or a link to the rest."""
    return _CUT.search(text[-60:]) is not None


@dataclass(frozen=True, slots=True)
class Prose:
    """The running text of a page."""

    run: int = 0  # length of the longest run of long paragraphs in one container, not under a linked headline
    run_chars: int = 0  # of the heaviest run, as `weight` counts
    paragraphs: int = 0  # long paragraphs of the page, without truncated teasers
    chars: int = 0  # their weight
    container: HtmlElement | None = None  # of the heaviest run


@dataclass(frozen=True, slots=True)
class Body:
    """What a page tells in lines of any length."""

    chars: int = 0  # weight of the heaviest run under one headline
    posts: int = 0  # linked headlines with several lines of text below each


@dataclass(slots=True)
class _Run:
    paragraphs: int
    chars: int
    container: HtmlElement
    headline: str  # the linked headline directly above, if any


def prose_of(
    lines: Sequence[Line],
    title_keys: Iterable[str] = (),
    leads_away: Callable[[Line], bool] = lambda line: True,
) -> Prose:
    """Finds the runs of paragraphs. A page of several stories, each under its linked headline, has none.

    Nor has a page of entries that each end with the same link text to the same site ("Learn more"). `leads_away` tells
    whether a line's links lead to another page of the same site.
    """
    titles = frozenset(title_keys)
    runs: list[_Run] = []
    current: dict[HtmlElement, _Run] = {}
    headline = ""
    paragraphs = chars = 0
    closing: set[str] = set()  # short links directly below a long paragraph
    in_text = False
    for line, following in zip_longest(lines, lines[1:]):
        size = weight(line.text)
        if size < PARAGRAPH:
            was_text, in_text = in_text, False
            if (_is_linked_headline(line) and leads_away(line)) or _is_linked_line_of_text(line, following):
                headline = key_of(line.text)
                current.clear()
            elif was_text and line.link_density > 0.9 and size < _LABEL and leads_away(line):
                if line.text in closing:
                    current.clear()
                closing.add(line.text)
            elif line.element.tag in _HEADINGS:
                headline = ""
            continue
        if line.link_density >= 0.5 or is_cut(line.text) or _is_elsewhere(line.element):
            continue
        in_text = True
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
    own = _under_one_headline(runs)
    if not own:
        return Prose(paragraphs=paragraphs, chars=chars)
    heaviest = max(own, key=lambda run: run.chars)
    return Prose(max(run.paragraphs for run in own), heaviest.chars, paragraphs, chars, heaviest.container)


def _under_one_headline(runs: Sequence[_Run]) -> list[_Run]:
    """The runs that may be one story's: if several linked headlines have text below them, only runs under none."""
    under = {run.headline for run in runs if run.headline and run.paragraphs > 1}
    return [run for run in runs if not run.headline or len(under) < 2]


@dataclass(slots=True)
class _Bodies:
    """Runs of lines of at least a sentence's length, built while lines are read in order."""

    runs: list[_Run] = field(default_factory=list)
    current: dict[HtmlElement, _Run] = field(default_factory=dict)
    boxed: set[HtmlElement] = field(default_factory=set)  # containers whose lines each have their own box
    repeated: set[str] = field(default_factory=set)  # links that occurred there before
    headline: str = ""  # the linked headline above, if any
    teaser: bool = False  # whether the next line is a teaser of the story that the line above links to
    in_text: bool = False

    def pass_link(self, line: Line, titles: frozenset[str]) -> None:
        """A link-only line: a headline ends runs of boxes, a repeated label ends all runs."""
        size = weight(line.text)
        if self.in_text and size >= _SENTENCE and is_prompt(line.text):
            return
        self.in_text = False
        key = line.text if size < _SENTENCE else key_of(line.text)
        if size < _LABEL and key in self.repeated:  # another "Read more"
            self.current.clear()
        elif (size >= _SENTENCE or line.element.tag in _HEADINGS) and key not in titles:
            self.teaser = True
            for box in self.boxed & self.current.keys():
                del self.current[box]
            if line.element.tag in _HEADINGS or _is_linked_headline(line):
                self.headline = key
                self.current.clear()
        self.repeated.add(key)

    def pass_heading(self, line: Line) -> None:
        self.teaser = False
        self.headline = self.headline if weight(line.text) < _SENTENCE else ""

    def add(self, line: Line) -> None:
        """A line of text counts for its container, and for the box around that."""
        if self.teaser:
            self.teaser = False
            return
        self.in_text = True
        above = line.element.getparent()
        outer = above.getparent() if above is not None else None
        outer = _unwrapped(outer) if outer is not None else None
        own = line.element if line.element.tag not in ("p", "blockquote", "li") else None
        for box in (own, above, outer):
            if box is None:
                continue
            run = self.current.get(box)
            if run is None:
                run = self.current[box] = _Run(0, 0, box, self.headline)
                self.runs.append(run)
            if box is outer:
                self.boxed.add(box)
            run.paragraphs += 1
            run.chars += weight(line.text)


def body_of(
    lines: Sequence[Line], titles: frozenset[str], leads_away: Callable[[Line], bool] = lambda line: True
) -> Body:
    """The heaviest run of lines of at least a sentence's length, in any number, without those directly below a linked
    headline; the verses of a stanza count together. `titles` are the keys of the page's own title. Used only if nothing
    declares a story."""
    bodies = _Bodies()
    beside: dict[HtmlElement, bool] = {}
    verses = stanzas(lines)
    for line in lines:
        if line.link_density > 0.9:
            if leads_away(line) or not _is_linked_headline(line):
                bodies.pass_link(line, titles)
        elif line.element.tag in _HEADINGS:
            bodies.pass_heading(line)
        elif (
            (weight(line.text) >= _SENTENCE or line.element in verses)
            and line.link_density < 0.5
            and not is_cut(line.text)
        ):
            above = line.element.getparent()
            home = line.element if above is None or above.tag == "body" else above
            if home not in beside:
                beside[home] = _is_elsewhere(line.element)
            if not beside[home]:
                bodies.add(line)
    posts = {run.headline for run in bodies.runs if run.headline and run.paragraphs > 1}
    return Body(max((run.chars for run in _under_one_headline(bodies.runs)), default=0), len(posts))


def stanzas(lines: Sequence[Line]) -> frozenset[HtmlElement]:
    """Elements with a stanza: several lines separated by breaks, without links and digits."""
    found: dict[HtmlElement, int] = {}
    for line, following in pairwise(lines):
        if line.element is following.element and not (line.linked or following.linked):
            is_verse = not any(map(str.isdigit, line.text + following.text))
            found[line.element] = found.get(line.element, 0) + 1 if is_verse else -len(lines)
    return frozenset(element for element, count in found.items() if count >= _VERSES - 1)


def boxes_alike(lines: Sequence[Line]) -> tuple[frozenset[HtmlElement], int]:
    """Containers of one tag and class that together hold most of a page's long paragraphs, and the weight of these.

    Examples: slides with a text each, or the parts between a magazine's promotions. A teaser's box does not count: its
    paragraph is below a linked headline.
    """
    boxes: dict[str, dict[HtmlElement, int]] = {}
    teaser = False
    for line in lines:
        size = weight(line.text)
        if line.link_density > 0.9:
            teaser = teaser or size >= _SENTENCE
        elif line.element.tag in _HEADINGS:
            teaser = False
        elif size >= PARAGRAPH and line.link_density < 0.5 and not is_cut(line.text):
            box = line.element.getparent()
            classes = (box.get("class") or "").strip() if box is not None else ""
            if box is not None and classes and not teaser and not _is_elsewhere(line.element):
                alike = boxes.setdefault(f"{box.tag!s} {classes}", {})
                alike[box] = alike.get(box, 0) + size
            teaser = False
    heaviest = max(boxes.values(), key=lambda alike: sum(alike.values()), default={})
    return frozenset(heaviest), sum(heaviest.values())


def _containers(line: Line) -> Iterable[HtmlElement]:
    """Elements that may hold a paragraph next to others: its parent, and the container of a box with nothing else or of
    a page builder's wrapper."""
    element = line.element
    above = element.getparent()
    if element.tag not in ("p", "blockquote", "li"):
        yield element  # paragraphs separated by <br>
    if above is None:
        return
    yield above
    outer = above.getparent()
    if outer is not None and (len(above) <= 2 or len(outer) == 1):
        yield _unwrapped(outer)


def _unwrapped(box: HtmlElement) -> HtmlElement:
    """The first ancestor with more than one child: page builders wrap each paragraph in several boxes."""
    for _ in range(_WRAPPERS):
        above = box.getparent()
        if len(box) != 1 or above is None or above.tag in ("body", "html"):
            break
        box = above
    return box


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


def _is_linked_line_of_text(line: Line, following: Line | None) -> bool:
    """Whether a line is a link in the same element as a long text directly below it, separated by a break."""
    return (
        following is not None
        and line.element in (following.element, following.element.getparent())
        and line.link_density > 0.9
        and weight(line.text) >= _SENTENCE
        and weight(following.text) >= PARAGRAPH
    )


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element is in a box beside the story, or among readers' comments."""
    for above in (element, *element.iterancestors()):
        if above.tag in ("article", "main", "body"):
            return False
        if above.tag in _BESIDE or _COMMENTS.search(f"{above.get('class') or ''} {above.get('id') or ''}"):
            return True
    return False
