"""Dates of other calendars, and of languages with an order of their own, rewritten as ISO dates.

The Persian calendar (solar Hijri), Japanese eras and years of the Republic of China; and Latvian, Lithuanian, Basque,
Kazakh and Mongolian, which put the year first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

_PERSIAN = {
    name: number
    for number, names in enumerate(
        (
            "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد امرداد", "شهریور", "مهر", "آبان", "آذر", "دی",
            "بهمن", "اسفند",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_BY_YEAR = {
    name: number
    for number, names in enumerate(
        (
            "janvār sausio urtarril қаңтар", "februār vasario otsail ақпан", "mart kovo martxo наурыз",
            "aprīl balandžio apiril сәуір", "maij gegužės maiatz мамыр", "jūnij birželio ekain маусым",
            "jūlij liepos uztail шілде", "august rugpjūčio abuztu тамыз", "septembr rugsėjo irail қыркүйек",
            "oktobr spalio urri қазан", "novembr lapkričio azaro қараша", "decembr gruodžio abendu желтоқсан",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_PERSIAN_NAMES = "|".join(_PERSIAN)
_NAMES = "|".join(sorted(_BY_YEAR, key=len, reverse=True))
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA = "|".join(_ERAS)
# Few texts contain any of these; all others are not examined further.
_SIGN = re.compile(
    rf"{_ERA}|{_PERSIAN_NAMES}|(?<!\d)1[34]\d\d[/-]\d\d?[/-]\d\d?(?!\d)|\d{{4}}(?:\. gada|\s+m\.|e?ko\s|\s+жыл|\s+оны)",
    re.IGNORECASE,
)


_BEFORE_TIME = re.compile(r"(?<=\d-\d\d)\s*[-–،,|]\s*(?=\d\d?:\d\d)")


def as_gregorian(text: str) -> str:
    """A text with dates of other calendars written as ISO dates; impossible dates are unchanged.

    Digits must be 0 to 9. A year from 1300 to 1499 in figures counts as Persian: news sites have no older pages.
    """
    if _SIGN.search(text) is None:
        return text
    for pattern, rewrite in _PATTERNS:
        text = pattern.sub(partial(_iso, rewrite), text)
    return _BEFORE_TIME.sub(" ", text)


def _iso(rewrite: Callable[[re.Match[str]], date], match: re.Match[str]) -> str:
    try:
        return rewrite(match).isoformat()
    except ValueError:
        return match[0]


def _from_persian(year: int, month: int, day: int) -> date:
    """A day of the solar Hijri calendar, whose leap years follow a cycle of 33 years with eight of them."""
    longest = 31 if month <= 6 else 30 if month < 12 or (25 * year + 11) % 33 < 8 else 29
    if not (1 <= month <= 12 and 1 <= day <= longest):
        raise ValueError("no such day")
    leap_days = sum((25 * past + 11) % 33 < 8 for past in range(1300, year))
    in_year = (month - 1) * 31 - max(0, month - 7) + day - 1
    return date(1921, 3, 21) + timedelta(days=(year - 1300) * 365 + leap_days + in_year)


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date]], ...] = (
    (
        re.compile(rf"(?<!\d)(\d\d?)\s+({_PERSIAN_NAMES})\s+(?:ماه\s+)?(1[34]\d\d)(?!\d)"),
        lambda found: _from_persian(int(found[3]), _PERSIAN[found[2]], int(found[1])),
    ),
    (
        re.compile(r"(?<!\d)(1[34]\d\d)[/-](\d\d?)[/-](\d\d?)(?!\d)"),
        lambda found: _from_persian(int(found[1]), int(found[2]), int(found[3])),
    ),
    (
        re.compile(rf"({_ERA})\s?(\d{{1,3}}|元)年\s?(\d\d?)月\s?(\d\d?)日"),
        lambda found: date(_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2])), int(found[3]), int(found[4])),
    ),
    (  # 2024. gada 6. maijā; 2024 жылғы 6 мамыр
        re.compile(rf"(?<!\d)(\d{{4}})(?:\. gada|\s+жыл\w*)\s+(\d\d?)\.?\s+({_NAMES})\w{{0,3}}", re.IGNORECASE),
        lambda found: date(int(found[1]), _BY_YEAR[found[3].lower()], int(found[2])),
    ),
    (  # 2024 m. gegužės 6 d.; 2024ko maiatzaren 6a
        re.compile(
            rf"(?<!\d)(\d{{4}})(?:\s+m\.|e?ko)\s+({_NAMES})\w{{0,4}}\s+(\d\d?)(?!\d)(?:\s?d\.|an?\b|ko\b)?",
            re.IGNORECASE,
        ),
        lambda found: date(int(found[1]), _BY_YEAR[found[2].lower()], int(found[3])),
    ),
    (
        re.compile(r"(?<!\d)(\d{4})\s+оны\s+(\d\d?)\s*-?\w{0,3}\s+сарын\s+(\d\d?)(?!\d)(?:-?н\w+)?"),
        lambda found: date(int(found[1]), int(found[2]), int(found[3])),
    ),
)
