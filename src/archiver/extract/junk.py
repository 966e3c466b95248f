"""Removes lines that are inside a story but not part of it. Each rule records its reason, so that it can be undone.

Rules use the arrangement of lines and phrases common to news sites, never one site's markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archiver.extract.authors import is_byline, names_in_byline, split_names
from archiver.extract.dates import is_date_line
from archiver.extract.lines import Line
from archiver.extract.linked import Lead, mark_linked, spare_typed
from archiver.extract.phrases import (
    CLOCK,
    ZERO_CLOCK,
    is_ad_label,
    is_credit_line,
    is_label,
    is_player,
    is_prompt,
    names_contributors,
)
from archiver.extract.prose import weight
from archiver.extract.titles import key_of
from archiver.model import Block, RemovedBlock

_LIST_HEADING = re.compile(
    r"^\W*(?:(?:our |the |nuestros? |los |las )?(?:podcasts?|episod(?:es|ios)|[úu]ltim[oa]s|latest|recent|recientes"
    r"|related|relacionad[oa]s|m[áa]s|more|listen|escucha|archive|archivo|previous|anteriores|news|noticias|videos?"
    r"|stories|historias)\b.{0,40})$",
    re.IGNORECASE,
)
_WALL = "x" * 200  # replaces a line that can't be part of a list of dated titles
_TAIL = 4  # blocks at the end of a story that may be credits
_OTHER_STORIES = re.compile(
    r"^\W*(?:(?P<alone>(?:more|also|latest) (?:in|from|on) this (?:section|topic|category)"
    r"|m[áa]s (?:en|de|sobre) est[ae] (?:secci[óo]n|tema|categor[íi]a))"
    r"|(?:related|other|more|recommended) (?:stories|articles|news)"
    r"|(?:otras |m[áa]s )?(?:notas|noticias|historias) (?:relacionadas|recomendadas)|art[íi]culos relacionados)\W*$",
    re.IGNORECASE,
)
_AUTHOR_LABEL = re.compile(r"^(?:[\w ]{1,20} )?(?:author|autora?|written by|escrito por)s?\s*:$", re.IGNORECASE)
_BETWEEN_NAME_AND_DATE = re.compile(r"\s+[—–|·•⋅/-]\s+|\s*\n\s*")
_FEWEST_TITLES, _MOST_TITLES = 3, 12
_LEAST_BELOW = 60  # as `weight` counts, of a text below a heading
_CUT_LEAD = 25  # letters: many paragraphs may begin with shorter words before an ellipsis
_AFTER_LEAD = 12  # blocks after the first long one that are searched for the complete sentence
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATED = 140  # characters: a longer line is not a title with its date
_RUN = 3  # dates


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The surroundings of a page's blocks, by block position."""

    leads: Mapping[int, Lead] = field(default_factory=dict)  # where the links of link-only blocks lead
    followed: frozenset[int] = frozenset()  # blocks that directly precede the next one, with no skipped text between
    # Whether the page declares a news story. On other pages "Also read: TITLE" stays where the author typed it.
    in_news: bool = True


def junk_lines(lines: Sequence[Line]) -> dict[int, str]:
    """Positions of lines to remove before the text is chosen, with their reasons."""
    found: dict[int, str] = {}
    for index, line in enumerate(lines):
        if len(line.text) > 90:
            continue
        if is_player(line.text):
            found[index] = "player"
        elif is_ad_label(line.text):
            found[index] = "ad_label"
        elif len(line.nodes) > 1 and all(is_ad_label(str(node)) or is_player(str(node)) for node in line.nodes):
            found[index] = "player" if is_player(str(line.nodes[0])) else "ad_label"
    found.update(_split_players(lines, found))
    for start, end in _dated_lines(lines, found):
        first = _heading_before(lines, start)
        for index in range(first, end):
            found.setdefault(index, "date_list")
    return found


def _dated_lines(lines: Sequence[Line], known: Mapping[int, str]) -> list[tuple[int, int]]:
    # A date with spaces around it is longer than without: lines without a year now have none then.
    if sum(len(line.text) <= _DATED and _YEAR.search(line.text) is not None for line in lines) < _RUN:
        return []
    texts = [_WALL if index in known else _spaced(line) for index, line in enumerate(lines)]
    return dated_runs(texts, lambda index: _sign(lines[index]))


def _split_players(lines: Sequence[Line], known: dict[int, str]) -> dict[int, str]:
    """A clock in three elements: 00:00, /, 00:00."""
    found: dict[int, str] = {}
    for index in range(len(lines) - 1):
        if index in known or len(lines[index].text) > 8 or not re.fullmatch(rf"{CLOCK}\W?", lines[index].text):
            continue
        for size in (2, 3):
            parts = lines[index : index + size]
            joined = " ".join(line.text for line in parts)
            if len(joined) < 24 and (
                ZERO_CLOCK.match(joined) or (size == 2 and re.fullmatch(r"0?0:00 \d{1,2}:\d\d", joined))
            ):
                found.update(dict.fromkeys(range(index, index + size), "player"))
                break
    return found


def dated_runs(texts: Sequence[str], sign: Callable[[int], str]) -> list[tuple[int, int]]:
    """Runs of three or more short titles with a date each, as in lists of episodes or other stories.

    Titles and dates may be in one line or in two, in either order, with a stray short line (a number, "Play") between
    entries. `sign` describes how a line is set: the titles of a list are set alike.
    """
    dated = [index for index, text in enumerate(texts) if len(text) <= _DATED and _YEAR.search(text)]
    if len(dated) < _RUN:
        return []
    marks = ["text" if len(text) > 120 or (len(text) > 40 and text[-1] in ".;:,") else "short" for text in texts]
    for index in dated:
        marks[index] = _mark(texts[index], marks[index])
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(texts):
        if marks[index] not in ("date", "both"):
            index += 1
            continue
        end, entries, titles = _run_from(marks, index)
        begin = index
        if marks[index] == "date":
            inside = [at for at in range(index, end) if marks[at] == "short"]
            if _belongs(index - 1, inside, texts, marks, sign):
                begin, titles = index - 1, titles + 1
            elif _belongs(end, inside, texts, marks, sign):
                end, titles = end + 1, titles + 1
        # A date may have lost its title, and in long lists so may a second one.
        if entries >= _RUN and titles >= entries - 1 - entries // 5 and _are_titles(texts[begin:end], marks[begin:end]):
            runs.append((begin, end))
        index = max(end, index + 1)
    return runs


def _belongs(
    at: int, inside: Sequence[int], texts: Sequence[str], marks: Sequence[str], sign: Callable[[int], str]
) -> bool:
    """Whether the line next to a run is one more of its titles: set alike and not much longer."""
    if not 0 <= at < len(texts) or marks[at] != "short":
        return False
    longest = max((len(texts[other]) for other in inside), default=60)
    return len(texts[at]) <= 2 * longest + 20 and (not inside or any(sign(at) == sign(other) for other in inside))


def _are_titles(texts: Sequence[str], marks: Sequence[str]) -> bool:
    """Whether the lines next to the dates are different words, not figures of a chart or a repeated label."""
    titles = [text for text, mark in zip(texts, marks, strict=True) if mark != "date"]
    worded = {text for text in titles if sum(map(str.isalpha, text)) >= 4}
    return len(worded) >= max(2, len(titles) * 0.5)


def _run_from(marks: Sequence[str], start: int) -> tuple[int, int, int]:
    """(end, number of dates, number of titles) of a run whose first date is at `start`."""
    end, entries, titles, gap = start, 0, 0, 0
    at = start
    while at < len(marks) and gap <= 2 and marks[at] != "text":
        if marks[at] == "short":
            gap += 1
        else:
            entries += 1
            titles += marks[at] == "both" or gap > 0
            end, gap = at + 1, 0
        at += 1
    return end, entries, titles


def _mark(text: str, otherwise: str) -> str:
    if is_date_line(text):
        return "date"
    return "both" if _ends_with_date(text) or _begins_with_date(text) else otherwise


def _ends_with_date(text: str) -> bool:
    for match in re.finditer(r"[\s|,·•–—-]+", text):
        date = text[match.end() :]
        if len(date) <= 40 and is_date_line(date):
            # "Sync from rust 2025/11/01" is a sentence: a numeric date needs a separator before it, a date with a
            # month's name doesn't.
            return any(map(str.isalpha, date)) or not match[0].isspace()
    return False


def _begins_with_date(text: str) -> bool:
    if not text[:40].strip() or not any(char.isdigit() for char in text[:40]):
        return False
    ends = [match.start() for match in re.finditer(r"[\s|,·•–—:-]+", text[:48])]
    # "2021-08-09 Clarified the second step." is a sentence, as in a list of a text's own changes.
    is_sentence = len(text) > 40 and text.rstrip().endswith(".")
    return not is_sentence and any(is_date_line(text[:end]) for end in ends) and len(text) <= 120


def _spaced(line: Line) -> str:
    """A line's text; if one of its inline elements is a date, with spaces around it, as the page's style would show."""
    if len(line.nodes) < 2 or len(line.text) > _DATED or not any(map(str.isdigit, line.text)):
        return line.text
    parts = [" ".join(str(node).split()) for node in line.nodes]
    return " | ".join(parts) if any(is_date_line(part) for part in parts) else line.text


def _sign(line: Line) -> str:
    parent = line.element.getparent()
    above = "" if parent is None else f"{parent.tag!s}>"
    return above + str(line.element.tag) + "." + (line.element.get("class") or "")


def _heading_before(lines: Sequence[Line], start: int) -> int:
    """A list's own heading is removed with it: a short heading element directly above."""
    if start == 0:
        return start
    above = lines[start - 1]
    is_heading = str(above.element.tag) in ("h2", "h3", "h4", "h5", "h6", "th", "caption", "dt", "legend", "summary")
    named = len(above.text) <= 50 and _LIST_HEADING.match(above.text) is not None
    return start - 1 if (is_heading and len(above.text) <= 60) or named else start


def sift(
    blocks: Iterable[Block],
    title_keys: frozenset[str],
    caption_keys: frozenset[str],
    url: str = "",
    authors: tuple[str, ...] = (),
    standfirst: frozenset[str] = frozenset(),
    around: Surroundings | None = None,
) -> tuple[tuple[Block, ...], tuple[RemovedBlock, ...]]:
    """Separates a story's blocks from those that don't belong to it: repeated title, captions, prompts, lines that only
    link.

    `around` has the surroundings of the blocks on the page.
    """
    blocks = list(blocks)
    around = around or Surroundings()
    reasons: dict[int, str] = {}
    body = _body_start(blocks, caption_keys)
    for index, block in enumerate(blocks):
        reason = _reason(block, index <= body + 1, title_keys, caption_keys)
        if reason is None and index <= body and key_of(block.text) in standfirst:
            reason = "standfirst"
        if reason is None and (index < body or index >= len(blocks) - _TAIL):
            reason = _edge_reason(block, index < body, url, authors)
        if reason == "credit" and not around.in_news and not block.link_density and names_contributors(block.text):
            reason = None
        if reason:
            reasons[index] = reason
    _mark_cut_lead(blocks, body, reasons)
    _spare_headings_of_text(blocks, around.followed, reasons)
    _mark_other_stories(blocks, reasons)
    _mark_date_lists(blocks, reasons)
    typed = frozenset[int]() if around.in_news else spare_typed(blocks, reasons)
    mark_linked(blocks, around.leads, body, reasons, typed)
    _spare_the_story(blocks, reasons)
    _mark_last_headings(blocks, reasons)
    kept = tuple(block for index, block in enumerate(blocks) if index not in reasons)
    removed = tuple(RemovedBlock(block, reasons[index]) for index, block in enumerate(blocks) if index in reasons)
    return kept, removed


def _mark_cut_lead(blocks: Sequence[Block], body: int, reasons: dict[int, str]) -> None:
    """A truncated copy of the text's beginning, ending in an ellipsis, that stands above it as a standfirst."""
    for index in range(min(body + 1, len(blocks) - 1)):
        text = blocks[index].text.rstrip()
        if index in reasons or not text.endswith(("…", "...")) or blocks[index].kind not in ("paragraph", "heading"):
            continue
        key = key_of(text)
        if len(key) >= _CUT_LEAD and any(
            len(other.text) >= len(text) and key_of(other.text[: 2 * len(text)]).startswith(key)
            for other in blocks[index + 1 : body + _AFTER_LEAD]
        ):
            reasons[index] = "cut_lead"


def _spare_headings_of_text(blocks: Sequence[Block], followed: frozenset[int], reasons: dict[int, str]) -> None:
    """ "More information", "Keywords", "Related" may head links or a part of the story: the text directly below
    decides."""
    for index in [index for index in followed if reasons.get(index) == "prompt" and index + 1 not in reasons]:
        heading, below = blocks[index], blocks[index + 1]
        is_text = below.kind == "paragraph" and below.link_density < 0.3 and weight(below.text) >= _LEAST_BELOW
        if heading.kind == "heading" and is_text and is_label(heading.text):
            del reasons[index]


def _mark_other_stories(blocks: Sequence[Block], reasons: dict[int, str]) -> None:
    """A label such as "More in this section" with the titles of other stories below it, linked or not."""
    for start, label in enumerate(blocks):
        found = _OTHER_STORIES.match(label.text) if len(label.text) <= 60 else None
        if found is None:
            continue
        end = start + 1
        while end < len(blocks) and blocks[end].kind == blocks[start + 1].kind and _is_title(blocks[end]):
            end += 1
        titles = end - start - 1  # none if the extractor has removed linked lines
        if _FEWEST_TITLES <= titles <= _MOST_TITLES or (titles == 0 and found["alone"]):
            reasons.update(dict.fromkeys(range(start, end), "other_stories"))


def _is_title(block: Block) -> bool:
    linked = block.link_density >= 0.9
    return block.kind in ("paragraph", "heading", "list_item") and (
        len(block.text) <= 160 if linked else len(block.text) <= 100 and block.text[-1:] not in ".:;,"
    )


def _mark_date_lists(blocks: Sequence[Block], reasons: dict[int, str]) -> None:
    texts = [block.text if block.kind != "table" else _WALL for block in blocks]
    for start, end in dated_runs(texts, lambda index: f"{blocks[index].kind}{blocks[index].level}"):
        for index in range(start, end):
            # The dates of a list are not dates of the story: rules that spare the story must not restore these.
            if reasons.get(index, "date_line") == "date_line":
                reasons[index] = "date_list"
        if start and blocks[start - 1].kind == "heading" and len(blocks[start - 1].text) <= 60:
            reasons.setdefault(start - 1, "date_list")
    for index, block in enumerate(blocks):
        if block.kind == "table" and _is_date_table(block.text):
            reasons.setdefault(index, "date_list")


def _spare_the_story(blocks: Sequence[Block], reasons: dict[int, str]) -> None:
    """A rule that matches much of a page has met a story made of such lines: a guide, a calendar, a directory."""
    total = sum(len(block.text) for block in blocks)
    for reason, most in (("link_only", 0.2), ("date_line", 0.1), ("prompt", 0.3), ("date_list", 0.5)):
        hit = [index for index, why in reasons.items() if why == reason]
        chars = sum(len(blocks[index].text) for index in hit)
        if len(hit) > 4 and (chars > total * most or len(hit) > len(blocks) * (most + 0.1)):
            for index in hit:
                del reasons[index]


def _mark_last_headings(blocks: Sequence[Block], reasons: dict[int, str]) -> None:
    """A heading with nothing left below it headed removed blocks."""
    for index in range(len(blocks) - 1, 0, -1):
        if index in reasons:
            continue
        if blocks[index].kind != "heading":
            break
        if index + 1 < len(blocks):
            reasons[index] = "heading_of_removed"


def _is_date_table(text: str) -> bool:
    rows = [row.replace(" | ", "\n").split("\n") for row in text.split("\n")]
    lines = [cell for row in rows for cell in row]
    runs = dated_runs(lines, lambda _: "")
    return sum(end - start for start, end in runs) >= max(6, len(lines) * 0.7)


def _body_start(blocks: Sequence[Block], caption_keys: frozenset[str]) -> int:
    """Where the running text begins: the first long paragraph that isn't a caption."""
    for index, block in enumerate(blocks):
        if block.kind == "paragraph" and weight(block.text) >= 150 and key_of(block.text) not in caption_keys:
            return index
    return min(len(blocks), 10)


def _reason(block: Block, leading: bool, title_keys: frozenset[str], caption_keys: frozenset[str]) -> str | None:
    text = block.text
    if len(text) > 1200:
        return None
    key = key_of(text)
    if not key:
        return "empty" if block.kind != "code" and len(set(text)) < 3 else None
    reason: str | None = None
    if key in title_keys and (leading or (block.kind == "heading" and block.level <= 1)):
        reason = "title_repeated"
    elif key in caption_keys:
        reason = "caption"
    elif is_player(text):
        reason = "player"
    elif is_ad_label(text):
        reason = "ad_label"
    elif block.kind not in ("table", "code") and is_prompt(text):
        reason = "prompt"
    return reason


def _is_signature(text: str) -> bool:
    """Whether a text consists of names and a date in one or two lines, in either order: `Ana Díaz — 11/02/2016 -
    09:30`."""
    for sign in _BETWEEN_NAME_AND_DATE.finditer(text[:160]):
        left, right = text[: sign.start()], text[sign.end() :]
        for date, names in ((left, right), (right, left)):
            if is_date_line(date.strip()) and names_in_byline(names):
                return True
    return False


def _edge_reason(block: Block, leading: bool, url: str, authors: tuple[str, ...]) -> str | None:
    """Blocks that occur only above or below a story: its date, its authors' line, its own URL, credits."""
    text = block.text
    if block.kind in ("table", "code") or len(text) > 400:
        return None
    reason: str | None = None
    if is_date_line(text) or (len(text) < 48 and is_date_line(text.partition(":")[2])):
        reason = "date_line"
    elif leading:
        known = len(text) < 200 and bool(names := split_names(text)) and set(names) <= set(authors)
        reason = "byline" if known or (is_byline(text) and names_in_byline(text)) or _is_signature(text) else None
        reason = "byline" if _AUTHOR_LABEL.match(text) else reason
    elif is_credit_line(text):
        reason = "credit"
    elif text.startswith("http") and key_of(text) == key_of(url):
        reason = "address"
    return reason
