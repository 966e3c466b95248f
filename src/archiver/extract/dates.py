"""Converts dates on news pages to ISO 8601: exactly what is stated, or nothing. Impossible dates are refused."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver import urls
from archiver.extract.calendars import as_gregorian
from archiver.extract.dates_other import other_date
from archiver.extract.month_names import MONTHS, OTHERWISE, WEEKDAYS

_MONTH = "|".join(re.escape(name) for name in sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = rf"(?:{WEEKDAYS}(?!\w)[.,،]?\s*(?:el\s+|den\s+|le\s+|em\s+|dne\s+)?|[^\W\d_]{{2,14}}[,،]\s+)"
_TIME = (
    r"(?:(?P<half_before>오전|오후|上午|下午|午前|午後)\s*)?"
    r"(?P<hour>[0-2]?\d)(?:[:h.時时시点點]\s?(?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?)?[분分]?"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?|μ\.?\s?μ\.?|π\.?\s?μ\.?|[مص](?!\w)|(?:CH|SA)\b)?(?:\s*(?:hrs?|horas|uhr|uur|น\.?|h)(?!\w))?"
    r"\s*(?P<zone>\(?(?:(?:UTC|GMT)\s?[+-−]\s?\d\d?(?::?\d\d)?|UTC|GMT|A?[ECMPHN][SD]?T|AK[SD]T|CES?T|MES?Z|EES?T|WES?T|BST|MSK|МСК|JST|KST|HKT|SGT|PHT|WIB|WITA|WIT"
    r"|AE[SD]T|NZ[SD]T|SAST|EAT|CAT|WAT|BRT|ART|Z|[+-]\d\d:?\d\d)(?!\w)\)?)?"
)
_CLOCK = (
    r"(?:(?:\s*(?:[-–—|,،·•@/]|at|a las|às|à|um|alle(?: ore)?|ore|om|klo?\.?|kello|ob|o|в|об?|στις|ώρα|godz\.?|saat|lúc|pukul|jam|ora|v|ve|a les|الساعة|בשעה|เวลา|г\.?(?=[,\s])|р\.?(?=[,\s])))*"
    rf"\s*{_TIME})?"
)
_ORDINAL = r"(?:st|nd|rd|th|º|°|er|\.)?"
_OF = r"(?:(?:del?|of|den)\s+|d['’]\s?|ב-?)?"
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:[T\s,]+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[apAP]\.?[mM]\b\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\w)(?P<name>{_MONTH})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL}(?:,|\s+del?)?\s+(?P<year>\d{{4}})\b{_CLOCK}",
        rf"(?<!\d)(?P<day>\d{{1,2}}){_ORDINAL}(?:\s+|\s*[-/.]\s*){_OF}(?P<name>{_MONTH})\.?,?(?:\s+|\s*[-/.]\s*)(?:del?\s+|พ\.ศ\.\s*)?(?P<year>\d{{4}})(?!\d)(?:\s+{WEEKDAYS}(?!\w))?{_CLOCK}",
        rf"(?<!\d)(?P<year>\d{{4}})\.?\s+(?:m\.\s+)?(?P<name>{_MONTH})\s+(?P<day>\d{{1,2}})(?!\d)(?:\.|\s*d\.)?(?:(?:,\s*|\s+){WEEKDAYS}(?!\w))?{_CLOCK}",
        rf"(?<!\d)(?P<day>\d{{1,2}})\s+tháng\s+(?P<month>\d{{1,2}})(?:,|\s+năm|,\s+năm)?\s+(?P<year>\d{{4}})(?!\d){_CLOCK}",
        rf"(?<![\d/])(?P<a>\d{{1,2}})(?P<sep>[/.-])\s?(?P<b>\d{{1,2}})(?P=sep)\s?(?P<year>\d{{4}})(?!\d){_CLOCK}",
        rf"(?<![\d/])(?P<year>\d{{4}})(?P<sep>[/.])\s?(?P<month>\d{{1,2}})(?P=sep)\s?(?P<day>\d{{1,2}})(?!\d)\.?{_CLOCK}",
        rf"(?P<year>\d{{4}})\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*(?P<day>\d{{1,2}})\s*[日일]\s*(?:[(（][^)）]{{1,4}}[)）]|\w曜日?|星期\w|\w요일)?{_CLOCK}",
        # As Java prints a date: Fri May 03 10:30:00 CEST 2024
        rf"(?<!\w)(?P<name>{_MONTH})\s+(?P<day>\d\d?)\s+(?P<hour>[0-2]\d):(?P<minute>[0-5]\d):(?P<second>[0-5]\d)\s+(?:(?P<zone>[A-Z]{{1,5}})\s+)?(?P<year>\d{{4}})(?!\d)",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?:T?(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?P<zone>Z)?)?(?!\d)",
    )
)
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "ast": -4, "adt": -3, "akst": -9, "akdt": -8, "hst": -10, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "wet": 0, "west": 1,
    "bst": 1, "msk": 3, "мск": 3, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "pht": 8, "wib": 7, "wita": 8, "wit": 9, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13, "sast": 2, "eat": 3, "cat": 2, "wat": 1, "brt": -3, "art": -3,
}  # fmt: skip
_REGIONS = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_AFTERNOON = frozenset({"pm", "μμ", "م", "ch", "오후", "下午", "午後"})
_MORNING = frozenset({"am", "πμ", "ص", "sa", "오전", "上午", "午前"})
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_MAIL_DATE = re.compile(r"\w{3},? \d{1,2} \w{3} \d{4} \d\d:\d\d")
_EARLIEST = 1900
_YEAR_AND_DAY = re.compile(r"(?<!\d)\d{4}(?!\d).*?(?<!\d)\d\d?(?!\d)|(?<!\d)\d\d?(?!\d).*?(?<!\d)\d{4}(?!\d)")
_DATE_ONLY = re.compile(
    rf"^\W*(?:{_WEEKDAY})?(?:(?:{_MONTH})\.?\s+\d{{1,2}}{_ORDINAL},?\s+(?:del?\s+)?\d{{4}}"
    rf"|(?:ngày\s+)?\d{{1,2}}{_ORDINAL}(?:\s+|\s*[-/.]\s*){_OF}(?:{_MONTH})\.?,?(?:\s+|\s*[-/.]\s*)(?:del?\s+|พ\.ศ\.\s*)?\d{{4}}(?:\s*г\.|\s*р\.)?(?:\s+{WEEKDAYS}(?!\w))?"
    rf"|\d{{4}}\.?\s+(?:m\.\s+)?(?:{_MONTH})\s+\d{{1,2}}(?:\.|\s*d\.)?(?:(?:,\s*|\s+){WEEKDAYS}(?!\w))?"
    r"|(?:ngày\s+)?\d{1,2}\s+tháng\s+\d{1,2}(?:,|\s+năm|,\s+năm)?\s+\d{4}"
    r"|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일]\s*(?:[(（][^)）]{1,4}[)）]|\w曜日?|星期\w|\w요일)?"
    r"|\d{1,2}[/.-]\s?\d{1,2}[/.-]\s?\d{4}|\d{4}[/.-]\s?\d{1,2}[/.-]\s?\d{1,2}\.?)"
    rf"{_CLOCK}\W*$",
    re.IGNORECASE,
)


_DATE_INSIDE = re.compile(
    rf"\s*[|,·•–—-]?\s*(?:\b(?:(?:last\s+)?updated|published|posted|publicado|on)\b[:\s]*)*(?:\b{WEEKDAYS}(?!\w)[.,]?\s*)?"
    rf"(?:(?<![^\W\d_])(?:{_MONTH})\.?\s+\d{{1,2}}{_ORDINAL},?\s+\d{{4}}|(?<!\d)\d{{1,2}}{_ORDINAL}\s+{_OF}(?:{_MONTH})\.?,?\s+(?:del?\s+)?\d{{4}}"
    r"|(?<!\d)\d{1,2}[/.]\d{1,2}[/.]\d{4})(?!\d)(?:\W{0,4}(?:at\s+)?\d{1,2}:\d\d(?:\s?[ap]\.?m\b\.?)?)?",
    re.IGNORECASE,
)


def without_date(text: str) -> str:
    """A line without the dates in it: `By Ana Díaz May 3, 2024` as `By Ana Díaz`."""
    if _YEAR_AND_DAY.search(text) is None:
        return text
    return " ".join(_DATE_INSIDE.sub(" ", text).split())


def has_year_and_day(text: str) -> bool:
    """Whether a text has a number of four digits and one of one or two, without which nothing is read as a date."""
    return _YEAR_AND_DAY.search(text) is not None


def is_date_line(text: str) -> bool:
    """Whether a line is a date and nothing else: `Septiembre 30, 2022`, `30 de septiembre de 2022`, `09/27/2017 - 14:50`."""
    # rejects most lines early: matching month names costs more
    if not 8 <= len(text) <= 60 or _YEAR_AND_DAY.search(text) is None:
        return False
    return _DATE_ONLY.match(_western(text)) is not None


def states_a_day(text: str) -> bool:
    """Whether a text has the form of a date, possible or not."""
    text = _western(text)
    return _ISO.search(text) is not None or any(pattern.search(text) for pattern in _PATTERNS)


def parse_date(
    raw: str,
    captured_at: datetime,
    *,
    day_first: bool = False,
    zone: str | None = None,
    whole: bool = False,
    language: str | None = None,
) -> str | None:
    """ISO 8601 of the date in a text; None if there is none, if it is impossible or later than the capture.

    The offset is the stated one, or that of `zone`; without either the result has none. `day_first` reads 03/04/2021 as
    April. `whole` refuses text around the date. If our table lacks the month's name, a date library reads the text by
    `language`.
    """
    text = _western(" ".join(raw.split())[:300])
    named = language in OTHERWISE and any(char.isalpha() for char in text)
    for moment, has_time, span in () if named else _readings(text, day_first, zone):
        if whole and span < len(raw.strip()) - 2:
            continue
        if not _plausible(moment, captured_at):
            return None
        return moment.isoformat() if has_time else moment.date().isoformat()
    if language is None or len(text) > 80 or not _YEAR_AND_DAY.search(text) or (states_a_day(text) and not named):
        return None
    found = other_date(text, language)
    if not isinstance(found, datetime):
        is_past = found is not None and _plausible(datetime.combine(found, time.min), captured_at)
        return found.isoformat() if found is not None and is_past else None
    if not _plausible(found, captured_at):
        return None
    own = _named_zone(zone) if zone and found.tzinfo is None else None
    return (_fixed(found, own) if own else found).isoformat()


def parse_format(raw: str, form: str, captured_at: datetime, zone: str | None = None) -> str | None:
    """ISO 8601 of a text in the form of a `strptime` pattern, or None."""
    try:
        moment = datetime.strptime(" ".join(raw.split()), form)  # noqa: DTZ007 - the zone is added below
    except (ValueError, LookupError, OverflowError, re.error):  # a user's pattern may raise any of these
        return None
    if not _plausible(moment, captured_at):
        return None
    if not re.search(r"%[HIcXsT]", form):
        return moment.date().isoformat()
    named = _named_zone(zone) if zone and moment.tzinfo is None else None
    return (_fixed(moment, named) if named else moment).isoformat()


def date_in_url(url: str, captured_at: datetime) -> str | None:
    """The date in a URL's path, as on most news sites."""
    found = urls.date_in_url(url)
    if found is None or not found.month or not found.day:
        return None
    moment = _moment(found.year, found.month, found.day)
    return moment.date().isoformat() if moment is not None and _plausible(moment, captured_at) else None


def _western(text: str) -> str:
    """Digits of other scripts as 0 to 9, and dates of other calendars as ISO dates."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char)) if char > "9" and char.isdecimal() else char for char in text)
    return as_gregorian(text)


def _readings(text: str, day_first: bool, zone: str | None) -> Iterator[tuple[datetime, bool, int]]:
    if _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        yield datetime.fromtimestamp(seconds, UTC), True, len(text)
        return
    if _MAIL_DATE.match(text):
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        yield moment, True, len(text)
        return
    match = _ISO.search(text)
    for pattern in _PATTERNS:
        if match:
            break
        match = pattern.search(text)
    if not match:
        return
    groups = match.groupdict()
    year, month, day = _day_of(groups, day_first)
    day_start = _moment(year, month, day)
    if day_start is None:
        return
    timed = _with_time(day_start, groups, zone)
    yield (timed or day_start), timed is not None, len(match[0])


def _day_of(groups: dict[str, str | None], day_first: bool) -> tuple[int, int, int]:
    year = int(groups["year"] or 0)
    if 2400 <= year < 2700:  # Thailand counts years from the Buddha's death
        year -= 543
    if groups.get("name"):
        return year, MONTHS.get((groups["name"] or "").lower(), 0), int(groups["day"] or 0)
    if groups.get("a"):
        first, second = int(groups["a"] or 0), int(groups["b"] or 0)
        if first > 12 or (day_first and second <= 12) or (groups["sep"] == "." and second <= 12):
            first, second = second, first
        return year, first, second
    return year, int(groups["month"] or 0), int(groups["day"] or 0)


def _moment(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - the page states no zone
    except ValueError:
        return None


def _with_time(moment: datetime, groups: dict[str, str | None], zone: str | None) -> datetime | None:
    half = re.sub(r"[.\s]", "", (groups.get("half") or groups.get("half_before") or "").lower())
    if not groups.get("hour") or (not groups.get("minute") and not half):
        return None
    hour, minute, second = (int(groups.get(name) or 0) for name in ("hour", "minute", "second"))
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    try:
        moment = moment.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
    stated = _offset(groups.get("zone"), moment)
    if stated is None and zone:
        stated = _named_zone(zone)
    return _fixed(moment, stated) if stated is not None else moment


def _offset(label: str | None, moment: datetime) -> tzinfo | None:
    name = (label or "").strip("() ").lower()
    if not name:
        return None
    if name in _REGIONS:
        return _named_zone(_REGIONS[name])
    hours = _ZONES.get(name)
    if hours is not None:
        return _minutes(hours * 60)
    found = re.search(r"([+−-])\s?(\d\d?)(?::?(\d\d))?$", name)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return _minutes(minutes if found[1] == "+" else -minutes) if minutes <= 14 * 60 else None


def _minutes(minutes: int) -> tzinfo:
    return (
        UTC
        if minutes == 0
        else datetime.strptime(
            f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}", "%z"
        ).tzinfo
        or UTC
    )


def _named_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _fixed(moment: datetime, zone: tzinfo) -> datetime:
    """Keeps only the offset: an ISO string can't hold a zone's name."""
    aware = moment.replace(tzinfo=zone)
    offset = aware.utcoffset() or timedelta(0)
    return moment.replace(tzinfo=_minutes(int(offset.total_seconds() // 60)))


def _plausible(moment: datetime, captured_at: datetime) -> bool:
    if moment.year < _EARLIEST:
        return False
    # One day of tolerance: the page's zone may be ahead of UTC.
    return moment.replace(tzinfo=None) <= captured_at.replace(tzinfo=None) + timedelta(days=1)
