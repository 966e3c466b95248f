"""Dates as news pages write them, to ISO 8601: exactly what is stated, or nothing. A day that doesn't exist is refused."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTH_NAMES = {
    1: "january jan enero ene janeiro janvier janv januar jänner januari gennaio gen styczeń stycznia ocak",
    2: "february feb febrero fevereiro fev février févr februar februari febbraio lutego şubat",
    3: "march mar marzo março mars märz maart mrt marca mart",
    4: "april apr abril abr avril aprile kwietnia nisan",
    5: "may mayo maio mai maggio mag mei maj maja mayıs",
    6: "june jun junio junho juin juni giugno giu czerwca haziran",
    7: "july jul julio julho juillet juil juli luglio lug lipca temmuz",
    8: "august aug agosto ago août augustus augusti sierpnia ağustos",
    9: "september sep sept septiembre setiembre set setembro septembre settembre września eylül",
    10: "october oct octubre outubro out octobre oktober okt ottobre ott października ekim",
    11: "november nov noviembre novembro novembre listopada kasım",
    12: "december dec diciembre dic dezembro dez décembre déc dezember desember dicembre grudnia aralık",
}
_MONTHS = {name: number for number, names in _MONTH_NAMES.items() for name in names.split()}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|lunes|martes|mi[ée]rcoles|jueves|viernes"
    r"|s[áa]bado|domingo|(?:segunda|ter[çc]a|quarta|quinta|sexta)(?:-feira)?|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|luned[ìi]|marted[ìi]|mercoled[ìi]"
    r"|gioved[ìi]|venerd[ìi]|sabato|domenica)\b\.?,?\s+(?:el\s+)?"
)
_TIME = (
    r"(?P<hour>[0-2]?\d)(?:[:h.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?(?:\s*(?:hrs?|horas|uhr|h)\b)?"
    r"\s*(?P<zone>\(?(?:UTC|GMT|EST|EDT|ET|CST|CDT|CT|MST|MDT|MT|PST|PDT|PT|CET|CEST|BST|Z|[+-]\d\d:?\d\d)\b\)?)?"
)
_CLOCK = rf"(?:\s*(?:[-–—|,·•@]|at|a las|às|à|um|alle|om|\bkl\b)*\s*{_TIME})?"
_ORDINAL = r"(?:st|nd|rd|th|º|°|er|\.)?"
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:[T\s,]+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[apAP]\.?[mM]\b\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<name>{_MONTH})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL}(?:,|\s+del?)?\s+(?P<year>\d{{4}})\b{_CLOCK}",
        rf"\b(?P<day>\d{{1,2}}){_ORDINAL}(?:\s+|\s*[-/.]\s*)(?:del?\s+)?(?P<name>{_MONTH})\.?,?(?:\s+|\s*[-/.]\s*)(?:del?\s+)?(?P<year>\d{{4}})\b{_CLOCK}",
        rf"(?<![\d/])(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<year>\d{{4}})(?!\d){_CLOCK}",
        rf"(?<![\d/])(?P<year>\d{{4}})(?P<sep>[/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?!\d){_CLOCK}",
        r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)",
    )
)
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "cet": 1, "cest": 2, "bst": 1,
}  # fmt: skip
_REGIONS = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_MAIL_DATE = re.compile(r"\w{3},? \d{1,2} \w{3} \d{4} \d\d:\d\d")
_EARLIEST = 1900
_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)[/-]([01]?\d|[a-z]{3})[/-]([0-3]?\d)(?=[/-]|$)|[/_-]((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?=[/_.-]|$)"
)
_DATE_ONLY = re.compile(
    rf"^\W*(?:{_WEEKDAY})?(?:(?:{_MONTH})\.?\s+\d{{1,2}}{_ORDINAL},?\s+(?:del?\s+)?\d{{4}}"
    rf"|\d{{1,2}}{_ORDINAL}\s+(?:del?\s+)?(?:{_MONTH})\.?,?\s+(?:del?\s+)?\d{{4}}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2})"
    rf"{_CLOCK}\W*$",
    re.IGNORECASE,
)


def is_date_line(text: str) -> bool:
    """Whether a line is a date and nothing else: `Septiembre 30, 2022`, `30 de septiembre de 2022`, `09/27/2017 - 14:50`."""
    return 8 <= len(text) <= 48 and _DATE_ONLY.match(text) is not None


def states_a_day(text: str) -> bool:
    """Whether a text has the form of a date, be it a possible one or not."""
    return _ISO.search(text) is not None or any(pattern.search(text) for pattern in _PATTERNS)


def parse_date(
    raw: str, captured_at: datetime, *, day_first: bool = False, zone: str | None = None, whole: bool = False
) -> str | None:
    """ISO 8601 of the date in a text, or None: none there, impossible, or later than the capture.

    The offset is what the page states, or that of `zone`; without either the moment has none. `day_first` reads
    03/04/2021 as April. `whole` refuses text around the date.
    """
    for moment, has_time, span in _readings(" ".join(raw.split())[:300], day_first, zone):
        if whole and span < len(raw.strip()) - 2:
            continue
        if not _plausible(moment, captured_at):
            return None
        return moment.isoformat() if has_time else moment.date().isoformat()
    return None


def parse_format(raw: str, form: str, captured_at: datetime, zone: str | None = None) -> str | None:
    """ISO 8601 of a text that is written as a `strptime` pattern says, or None."""
    try:
        moment = datetime.strptime(" ".join(raw.split()), form)  # noqa: DTZ007 - the zone is added below
    except (ValueError, LookupError, OverflowError, re.error):  # as a form that anybody wrote may raise
        return None
    if not _plausible(moment, captured_at):
        return None
    if not re.search(r"%[HIcXsT]", form):
        return moment.date().isoformat()
    named = _named_zone(zone) if zone and moment.tzinfo is None else None
    return (_fixed(moment, named) if named else moment).isoformat()


def date_in_url(url: str, captured_at: datetime) -> str | None:
    """The day that stands in a URL's path, as most news sites' do."""
    path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    match = _URL_DAY.search("/" + path.lower())
    if not match:
        return None
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    number = _MONTHS.get(month) if month.isalpha() else int(month)
    moment = _moment(int(year), number or 0, int(day))
    if moment is None or not _plausible(moment, captured_at):
        return None
    return moment.date().isoformat()


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
    if groups.get("name"):
        return year, _MONTHS.get((groups["name"] or "").lower(), 0), int(groups["day"] or 0)
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
    half = re.sub(r"[^apm]", "", (groups.get("half") or "").lower())
    if not groups.get("hour") or (not groups.get("minute") and not half):
        return None
    hour, minute, second = (int(groups.get(name) or 0) for name in ("hour", "minute", "second"))
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
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
    digits = re.sub(r"\D", "", name).ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    return _minutes(-minutes if name.startswith("-") else minutes) if minutes <= 14 * 60 else None


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
    """Only the offset is kept: an ISO string has no place for a zone's name."""
    aware = moment.replace(tzinfo=zone)
    offset = aware.utcoffset() or timedelta(0)
    return moment.replace(tzinfo=_minutes(int(offset.total_seconds() // 60)))


def _plausible(moment: datetime, captured_at: datetime) -> bool:
    if moment.year < _EARLIEST:
        return False
    # A day's grace: the page's zone may be ahead of UTC.
    return moment.replace(tzinfo=None) <= captured_at.replace(tzinfo=None) + timedelta(days=1)
