"""The figures of a page. They distinguish pages of one template with the same words each day, such as exchange rates,
lottery draws, the weather, results.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import islice

_TAG = re.compile(rb"<[^<>]*>")
_NUMBER = re.compile(rb"\d+")
_FIGURE = re.compile(rb"\d+(?:[.,:/-]\d+)*")
# Dates and times, which any page may have.
_MOMENT = re.compile(
    rb"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)|(?:19|20)\d\d"
)
_MOST = 300  # that are examined
_FEWEST = 3  # different ones: a counter of readers is one
_CALENDAR = 7  # days in a row


def figures_of(own_text: bytes, url: str) -> bytes | None:
    """A fingerprint of the figures in a page's text outside links, menus and other furniture, in order; None if there
    are too few. Dates and times, years, calendar days and numbers in the URL don't count.
    """
    named = {number.lstrip(b"0") for number in _NUMBER.findall(url.encode())}
    met = islice(_FIGURE.finditer(b" ".join(_TAG.split(own_text))), _MOST)
    figures = [figure[0] for figure in met if not _MOMENT.fullmatch(figure[0])]
    found = [figure for figure in _without_runs(figures) if figure.lstrip(b"0") not in named]
    if len(set(found)) < _FEWEST:
        return None
    return blake2b(b" ".join(found), digest_size=8).digest()


def _without_runs(figures: list[bytes]) -> list[bytes]:
    """Removes consecutive whole numbers, such as the days of a calendar."""
    kept: list[bytes] = []
    run: list[bytes] = []
    for figure in [*figures, b""]:
        if run and figure.isdigit() and len(figure) < _CALENDAR and int(figure) == int(run[-1]) + 1:
            run.append(figure)
            continue
        kept += run if len(run) < _CALENDAR else []
        run = [figure] if figure.isdigit() and len(figure) < _CALENDAR else []
        kept += [figure] if figure and not run else []
    return kept
