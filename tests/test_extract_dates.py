"""Dates: what is stated, exactly, or nothing."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import extract
from archiver.extract.dates import date_in_url, is_date_line, parse_date, parse_format
from archiver.model import Article

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
TEXT = "<p>The council voted on the plan after a long debate about the river and its banks in the old town.</p>" * 6
past_days = st.dates(date(1980, 1, 1), date(2024, 5, 30))
past_moments = st.datetimes(
    datetime(1980, 1, 1),
    datetime(2024, 5, 30),
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2018-07-19T10:00:00-04:00", "2018-07-19T10:00:00-04:00"),
        ("2018-07-19T10:00:00.123Z", "2018-07-19T10:00:00+00:00"),
        ("2018-07-19 10:00", "2018-07-19T10:00:00"),
        ("2018-7-9", "2018-07-09"),
        ("09/27/2017 - 14:50", "2017-09-27T14:50:00"),
        ("27/09/2017 14:50", "2017-09-27T14:50:00"),
        ("27.09.2017", "2017-09-27"),
        ("September 30, 2022", "2022-09-30"),
        ("Sept. 30th, 2022 at 3:45 p.m. ET", "2022-09-30T15:45:00-04:00"),
        ("Friday, September 30, 2022 12:05 AM", "2022-09-30T00:05:00"),
        ("Septiembre 30, 2022", "2022-09-30"),
        ("30 de septiembre de 2022", "2022-09-30"),
        ("viernes, 30 de septiembre de 2022 - 09:15", "2022-09-30T09:15:00"),
        ("30 septembre 2022 à 18h30", "2022-09-30T18:30:00"),
        ("30. September 2022, 18:30 Uhr", "2022-09-30T18:30:00"),
        ("30 de setembro de 2022", "2022-09-30"),
        ("2022年9月30日", "2022-09-30"),
        ("20220930", "2022-09-30"),
        ("Fri, 30 Sep 2022 10:00:00 +0200", "2022-09-30T10:00:00+02:00"),
        ("1664532000", "2022-09-30T10:00:00+00:00"),
        ("1664532000000", "2022-09-30T10:00:00+00:00"),
        ("2024-02-30", None),
        ("2024-13-45", None),
        ("30 de febrero de 2022", None),
        ("February 29, 2023", None),
        ("0000-00-00", None),
        ("9999-12-31", None),
        ("2024-06-03", None),  # after the capture
        ("31/31/2022", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_what_is_stated_is_read_exactly(raw, iso):
    assert parse_date(raw, NOW) == iso


@given(past_days)
def test_any_day_in_any_form_is_that_day(day):
    forms = [
        day.isoformat(),
        day.strftime("%B %d, %Y"),
        day.strftime("%d %b %Y"),
        day.strftime("%Y/%m/%d"),
        f"{day.day} de {MONTHS[day.month - 1]} de {day.year}",
        f"{MONTHS[day.month - 1].title()} {day.day}, {day.year}",
    ]
    assert {parse_date(form, NOW) for form in forms} == {day.isoformat()}
    assert parse_date(day.strftime("%m/%d/%Y"), NOW) == parse_date(day.strftime("%d/%m/%Y"), NOW, day_first=True)
    assert all(is_date_line(form) for form in forms)


@given(past_moments)
def test_any_moment_keeps_its_offset(moment):
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.isoformat(), NOW) == moment.isoformat()


@given(st.text(max_size=80))
def test_any_text_gives_a_valid_date_or_none(text):
    found = parse_date(text, NOW)
    assert found is None or datetime.fromisoformat(found)
    found = date_in_url(f"https://news.example/{text}", NOW)
    assert found is None or date.fromisoformat(found)
    is_date_line(text)


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_a_day_that_cannot_be_is_never_moved_to_one_that_can(year, month, day):
    raw = f"{year:04}-{month:02}-{day:02}"
    assert parse_date(raw, NOW) in (raw, None)


def test_a_zone_of_the_site_is_used_only_where_the_page_states_none():
    assert parse_date("09/27/2017 - 14:50", NOW, zone="America/New_York") == "2017-09-27T14:50:00-04:00"
    assert parse_date("2017-12-27T14:50:00Z", NOW, zone="America/New_York") == "2017-12-27T14:50:00+00:00"
    assert parse_date("2017-12-27 14:50", NOW, zone="America/New_York") == "2017-12-27T14:50:00-05:00"
    assert parse_date("2017-12-27 14:50", NOW, zone="Not/AZone") == "2017-12-27T14:50:00"
    assert parse_format("27|12|2017", "%d|%m|%Y", NOW) == "2017-12-27"
    assert parse_format("27|12|2017 14", "%d|%m|%Y %H", NOW, "America/New_York") == "2017-12-27T14:00:00-05:00"
    assert parse_format("27|12|2097", "%d|%m|%Y", NOW) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://news.example/2018/07/19/a-story", "2018-07-19"),
        ("https://news.example/news/2018-07-19/a-story", "2018-07-19"),
        ("https://news.example/2018/jul/19/a-story", "2018-07-19"),
        ("https://news.example/a-story-20180719.html", "2018-07-19"),
        ("https://news.example/2018/13/45/a-story", None),
        ("https://news.example/2099/01/01/a-story", None),
        ("https://news.example/2018/a-story", None),
        ("https://2018-07-19.example/a-story", None),
    ],
)
def test_a_day_in_the_address(url, day):
    assert date_in_url(url, NOW) == day


@pytest.mark.parametrize(
    "line", ["A story of 2022", "In September 30, 2022 people voted on it", "Room 12/30", "30", "May 2022", "x" * 60]
)
def test_other_lines_are_no_dates(line):
    assert not is_date_line(line)


def story(head: str = "", beside: str = "", url: str = "https://news.example/a/story-of-the-river") -> Article:
    markup = f"<html lang=en><head><title>The river</title>{head}</head><body><article><h1>The river</h1>{beside}{TEXT}"
    found = extract(markup.encode(), url, NOW, expect_story=True)
    assert isinstance(found, Article)
    return found


JSON_LD = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"%s","dateModified":"%s"}</script>'
META = '<meta property="article:published_time" content="%s">'


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: story(JSON_LD % ("2020-01-02", "2020-01-03") + META % "2021-01-01"), ("2020-01-02", "json-ld")),
        (lambda: story(META % "2021-01-01", "<time datetime=2019-01-01>x</time>"), ("2021-01-01", "meta")),
        (lambda: story("", "<time datetime=2019-01-01>then</time>"), ("2019-01-01", "time")),
        (lambda: story(url="https://news.example/2018/07/19/the-river"), ("2018-07-19", "url")),
        (lambda: story("", "<p>Published on September 30, 2022</p>"), ("2022-09-30", "text")),
        (lambda: story("", "<div>By Ana Díaz | 30 de septiembre de 2022</div>"), ("2022-09-30", "text")),
        (story, (None, None)),
    ],
)
def test_the_source_of_a_date_is_told(found, expected):
    page = found()
    assert (page.date_published, page.date_published_source) == expected


def test_the_day_of_change_is_kept_beside_the_day_of_publication():
    found = story(JSON_LD % ("2020-01-02T00:00:00Z", "2020-01-03"))
    assert (found.date_published, found.date_modified) == ("2020-01-02T00:00:00+00:00", "2020-01-03")


def test_an_impossible_day_leaves_its_words_and_no_date():
    found = story(META % "2024-02-30")
    assert (found.date_published, found.date_published_source, found.date_published_raw) == (None, "meta", "2024-02-30")


def test_a_year_in_the_footer_is_no_date():
    assert story("", "<footer>© 1995-2024 The Lantern. All rights reserved.</footer>").date_published is None
