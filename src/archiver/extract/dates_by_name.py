"""Dates with the names that Unicode's CLDR has for the months of a language, in any order: `3 ta’ Jannar 2024`.

A text is read only if it has one such name, one year of four digits and one number of one or two digits.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from itertools import product

from archiver.extract.month_names import MONTHS

_TIME = re.compile(r"(?<!\d)[0-2]?\d[:.h][0-5]\d(?::[0-5]\d)?(?![\d.])")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SMALL = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_BUDDHIST = range(2400, 2700)
# Names of a second script, or of the region of the language's sites.
_SCRIPTS = {"sr": ("sr", "sr_Latn"), "uz": ("uz", "uz_Cyrl"), "az": ("az", "az_Cyrl"), "tl": ("fil",)}
# Forms that CLDR lacks: other spellings, cases and mutations; January to December.
_MORE = {
    "bs": "januara februara marta aprila maja juna jula augusta septembra oktobra novembra decembra",
    "cy": "ionawr chwefror fawrth ebrill fai fehefin orffennaf awst fedi hydref tachwedd ragfyr",
    "ht": "janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm",
    "ky": "январы февралы марты апрели майы июну июлу августу сентябры октябры ноябры декабры",
    "my": "ဇန်နဝါရီလ ဖေဖော်ဝါရီလ မတ်လ ဧပြီလ မေလ ဇွန်လ ဇူလိုင်လ ဩဂုတ်လ စက်တင်ဘာလ အောက်တိုဘာလ နိုဝင်ဘာလ ဒီဇင်ဘာလ",
    "ny": "januwale febuluwale malichi epulo meyi juni julayi ogasiti seputembala okutobala novembala disembala",
    "ps": "جنوري فبروري مارچ اپریل مې جون جولای اګست سپتمبر اکتوبر نومبر دسمبر",
    "so": "janaayo febraayo maarso abriil maajo juun luulyo agoosto sebtembar oktoobar nofembar diseembar",
    "tg": "январи феврали марти апрели майи июни июли августи сентябри октябри ноябри декабри",
}
_LONG_NAME = 4  # letters: such a name may have an ending, as in Basque


def date_by_name(text: str, language: str) -> date | None:
    """The day in a short text with digits 0 to 9, or None if it isn't certain."""
    pattern, months = _months(language)
    if pattern is None:
        return None
    without_time = _TIME.sub(" ", text.casefold())
    found = {months[match[1] or match[2]] for match in pattern.finditer(without_time)}
    years, days = _YEAR.findall(without_time), _SMALL.findall(without_time)
    if not len(found) == len(years) == len(days) == 1:
        return None
    year = int(years[0]) - (543 if int(years[0]) in _BUDDHIST else 0)
    try:
        return date(year, found.pop(), int(days[0]))
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _months(language: str) -> tuple[re.Pattern[str] | None, dict[str, int]]:
    """A pattern for the names of the months of a language, and their numbers; (None, {}) for an unknown language."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - loads data that most archives don't need

    numbers: dict[str, set[int]] = {}
    for name in _SCRIPTS.get(language, (language,)):
        try:
            months = Locale.parse(name).months
        except (UnknownLocaleError, ValueError, TypeError):
            continue
        for use, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
            for number, written in months[use][width].items():
                plain = " ".join(written.casefold().strip(". ").split())
                # An abbreviation that means another month elsewhere is too uncertain: Jan is June in Sesotho.
                elsewhere = MONTHS.get(plain, number) if width == "abbreviated" else number
                if len(plain) > 1 and not any(char.isdigit() for char in plain) and elsewhere == number:
                    numbers.setdefault(plain, set()).add(number)
    for number, plain in enumerate(_MORE.get(language, "").split(), start=1):
        numbers.setdefault(plain, set()).add(number)
    known = {name: found.pop() for name, found in numbers.items() if len(found) == 1}
    if not known:
        return None, {}
    exact = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    long = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True) if len(name) >= _LONG_NAME)
    return re.compile(rf"(?<![^\W\d_])(?:({exact})(?!\w)|({long or exact})[^\W\d_]{{1,4}}(?!\w))"), known
