"""The headline: the h1 that <title>, Open Graph or JSON-LD vouch for, without the site's name behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.extract.lines import Line

_SEPARATOR = re.compile(r"\s+[|\-–—:·•»«›/~]+\s+|\s*\|\s*|\s+::\s+|\s*[»›]\s*|:\s+(?=[^:]{2,40}$)")
_STRONG_SEPARATOR = re.compile(r"\s+[|–—·•»›-]+\s+|\s*\|\s*|\s+::\s+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class TitleSources:
    """Everything a page says about its title."""

    h1: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()  # JSON-LD headline, og:title, twitter:title, in this order
    document: str | None = None  # <title>
    site_names: tuple[str, ...] = ()
    h1_is_real: bool = True  # and no other element that stands in for a missing one


def headline(sources: TitleSources) -> str:
    """The best title of a page, or an empty string."""
    declared = [text for text in sources.declared if text]
    vouchers = [*declared, *([sources.document] if sources.document else [])]
    headings = [text for text in sources.h1 if text and not _is_site_name(text, sources.site_names)]
    for text in headings:
        if any(_vouches(voucher, text) for voucher in vouchers):
            return text
    if headings and vouchers:
        best = max(headings, key=lambda text: max(_overlap(text, voucher) for voucher in vouchers))
        if max(_overlap(best, voucher) for voucher in vouchers) >= 0.5:
            return best
    if len(headings) == 1 and len(headings[0]) >= 15 and sources.h1_is_real:
        return headings[0]
    for text in declared:
        return without_site(text, sources.site_names, sources.document)
    if sources.document:
        return without_site(sources.document, sources.site_names)
    return headings[0] if headings else ""


def without_site(title: str, site_names: Iterable[str], longer: str | None = None) -> str:
    """Cuts the publisher's name off a title: a part that is the site's name, or that follows the title in `longer`."""
    title = " ".join(title.split())
    names = tuple(site_names)
    while True:
        parts = list(_STRONG_SEPARATOR.finditer(title))
        if not parts:
            break
        last, first = parts[-1], parts[0]
        if _is_site_name(title[last.end() :], names):
            title = title[: last.start()].rstrip()
        elif _is_site_name(title[: first.start()], names):
            title = title[first.end() :].lstrip()
        else:
            break
    if longer is None and (parts := list(_STRONG_SEPARATOR.finditer(title))):
        # A <title> of which nothing else is known: a short last part behind a long first one is the site's.
        head, tail = title[: parts[-1].start()], title[parts[-1].end() :]
        if len(head) >= 20 and len(tail.split()) <= 4 and len(tail) < len(head) * 0.6 and "|" in parts[-1][0]:
            title = head.rstrip()
    return title


def same_title(text: str, title: str) -> bool:
    """Whether two lines are the same title but for case, punctuation and white space."""
    left, right = key_of(text), key_of(title)
    return bool(left) and left == right


def key_of(text: str) -> str:
    """Letters and digits only, case folded: what two spellings of a line share."""
    return "".join(_WORD.findall(text.casefold())).replace("_", "")


def title_position(lines: Sequence[Line], title: str) -> int | None:
    """Which line is the headline."""
    key, size = key_of(title), len(title)
    if not key:
        return None
    return next(
        (i for i, line in enumerate(lines) if abs(len(line.text) - size) <= 40 and key_of(line.text) == key), None
    )


def _vouches(voucher: str, heading: str) -> bool:
    theirs, ours = key_of(voucher), key_of(heading)
    if len(ours) < 4:
        return False
    if theirs == ours:
        return True
    if ours in theirs and len(ours) >= 12:
        # Only whole parts: a heading that is some words out of the middle is another one.
        return theirs.startswith(ours) or theirs.endswith(ours)
    return False


def _overlap(left: str, right: str) -> float:
    a, b = set(_WORD.findall(left.casefold())), set(_WORD.findall(right.casefold()))
    return len(a & b) / max(1, min(len(a), len(b))) if min(len(a), len(b)) > 2 else 0.0


def _is_site_name(text: str, site_names: Iterable[str]) -> bool:
    key = key_of(text)
    return bool(key) and any(
        key == other or (len(other) > 4 and key in (other + "com", "the" + other)) for other in map(key_of, site_names)
    )
