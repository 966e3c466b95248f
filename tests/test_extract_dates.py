"""Dates: exactly what a page states, or nothing."""

# ruff: noqa: E501 - markup reads better unbroken

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import urls
from archiver.extract import extract
from archiver.extract.dates import date_in_url, is_date_line, parse_date, parse_format
from archiver.layout import Site
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
def test_an_impossible_day_is_never_changed_to_a_possible_one(year, month, day):
    raw = f"{year:04}-{month:02}-{day:02}"
    thai = f"{year - 543:04}-{month:02}-{day:02}" if 2400 <= year < 2700 else None
    assert parse_date(raw, NOW) in (raw, thai, None)


def test_the_site_s_zone_is_used_only_if_the_page_states_none():
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
def test_the_source_of_a_date_is_recorded(found, expected):
    page = found()
    assert (page.date_published, page.date_published_source) == expected


def test_the_date_of_change_is_kept_next_to_the_date_of_publication():
    found = story(JSON_LD % ("2020-01-02T00:00:00Z", "2020-01-03"))
    assert (found.date_published, found.date_modified) == ("2020-01-02T00:00:00+00:00", "2020-01-03")


def test_an_impossible_day_keeps_its_wording_but_no_date():
    found = story(META % "2024-02-30")
    assert (found.date_published, found.date_published_source, found.date_published_raw) == (None, "meta", "2024-02-30")


def test_a_year_in_the_footer_is_not_a_date():
    assert story("", "<footer>© 1995-2024 The Lantern. All rights reserved.</footer>").date_published is None


# Each states 3 May 2024; with a time, 10:30 or 15:15.
LINES = {
    "ru": ("3 мая 2024", "пятница, 3 мая 2024 г., 10:30", "03.05.2024, 10:30 МСК"),
    "uk": ("3 травня 2024, 10:30", "П’ятниця, 3 травня 2024"),
    "be": ("3 мая 2024",),
    "bg": ("3 май 2024",),
    "mk": ("3 мај 2024",),
    "sr": ("3. мај 2024", "3. maj 2024."),
    "ar": ("3 مايو 2024", "الجمعة 3 أيار 2024", "٣ مايو ٢٠٢٤ 10:30", "3 مايو 2024 الساعة 3:15 م"),
    "he": ("3 במאי 2024", "יום שישי, 3 במאי 2024"),
    "el": ("3 Μαΐου 2024", "Παρασκευή 3 Μαΐου 2024, 10:30", "3 Μαΐου 2024, 3:15 μμ"),
    "vi": ("3 tháng 5, 2024", "ngày 3 tháng 5 năm 2024", "Thứ sáu, 3/5/2024, 10:30 (GMT+7)"),
    "ca": ("3 de maig de 2024", "Divendres, 3 de maig de 2024, a les 10:30"),
    "gl": ("3 de maio de 2024",),
    "zh": ("2024年5月3日", "2024年05月03日10:30", "2024年5月3日 下午3:15", "2024-05-03 10:30"),
    "ja": ("2024年5月3日", "2024年5月3日（金） 15時15分", "2024年5月3日 午後3時15分", "2024/05/03 10:30"),
    "ko": ("2024년 5월 3일", "2024년 5월 3일 오후 3:15", "2024.05.03 10:30", "2024. 5. 3. 오전 10:30"),
    "th": ("3 พฤษภาคม 2567", "3 พ.ค. 2567 10:30 น.", "วันศุกร์ที่ 3 พฤษภาคม พ.ศ. 2567"),
    "tr": ("3 Mayıs 2024", "3 Mayıs 2024 Cuma 10:30"),
    "az": ("3 may 2024",),
    "pl": ("3 maja 2024", "piątek, 3 maja 2024, godz. 10:30"),
    "cs": ("3. května 2024", "pátek 3. května 2024 10:30"),
    "sk": ("3. mája 2024",),
    "sl": ("3. maj 2024",),
    "hu": ("2024. május 3.", "2024. május 3., péntek 10:30"),
    "fi": ("3. toukokuuta 2024 klo 10.30", "perjantai 3. toukokuuta 2024", "3.5.2024 klo 10.30"),
    "et": ("3. mai 2024",),
    "sv": ("3 maj 2024 kl. 10.30", "fredag 3 maj 2024"),
    "da": ("3. maj 2024 kl. 10.30", "fredag den 3. maj 2024"),
    "no": ("3. mai 2024",),
    "nl": ("3 mei 2024", "vrijdag 3 mei 2024 om 10:30"),
    "de": ("3. Mai 2024 um 10:30 Uhr", "Freitag, 3. Mai 2024, 10:30 Uhr MESZ"),
    "fr": ("vendredi 3 mai 2024 à 10h30",),
    "it": ("venerdì 3 maggio 2024 alle ore 10:30",),
    "pt": ("03/05/2024 às 10h30", "3 de maio de 2024"),
    "ro": ("3 mai 2024, ora 10:30",),
    "id": ("Jumat, 3 Mei 2024 | 10:30 WIB",),
    "ms": ("3 Mei 2024",),
    "sw": ("3 Mei 2024",),
    "tl": ("Mayo 3, 2024",),
    "hi": ("3 मई 2024",),
    "fa": ("3 مه 2024",),
}


@pytest.mark.parametrize("language", LINES)
def test_a_date_line_is_read_in_any_language(language):
    for line in LINES[language]:
        found = parse_date(line, NOW, day_first=True, language=language)
        assert found is not None and found.startswith("2024-05-03"), line
        assert is_date_line(line), line
        time = "T10:30:00" if "10" in line and "30" in line else "T15:15:00" if "15" in line else ""
        assert found[10:19] == time, line


# Languages that our own table lacks: a library reads them.
OTHERS = {
    "hr": ("3. svibnja 2024.", "3. svibnja 2024. 10:30"),
    "is": ("3. maí 2024",),
    "ga": ("3 Bealtaine 2024",),
    "bn": ("৩ মে ২০২৪",),
    "ka": ("3 მაისი 2024",),
    "hy": ("3 մայիսի 2024",),
    "kk": ("3 мамыр 2024",),
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_read_by_a_library_as_absolute_dates_only(language):
    for line in OTHERS[language]:
        found = parse_date(line, NOW, day_first=True, language=language)
        assert found is not None and found.startswith("2024-05-03"), line
    assert parse_date("2024", NOW, language=language) is None
    assert parse_date("prije 3 dana", NOW, language=language) is None


def test_an_ambiguous_month_name_is_read_by_the_language():
    assert parse_date("3. listopada 2023", NOW, language="hr") == "2023-10-03"
    assert parse_date("3 listopada 2023", NOW, language="pl") == "2023-11-03"
    assert parse_date("3. srpna 2023", NOW, language="cs") == "2023-08-03"


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("May 3, 2024 at 10:30 am GMT+5:30", "2024-05-03T10:30:00+05:30"),
        ("May 3, 2024 10:30 UTC-4", "2024-05-03T10:30:00-04:00"),
        ("3 May 2024 10.30 BST", "2024-05-03T10:30:00+01:00"),
        ("3/5/2024 10:30 (GMT+7)", "2024-05-03T10:30:00+07:00"),
        ("3. Mai 2024, 10:30 Uhr MESZ", "2024-05-03T10:30:00+02:00"),
        ("2024年5月3日 10:30 JST", "2024-05-03T10:30:00+09:00"),
        ("May 3, 2024, 10:30 PM PDT", "2024-05-03T22:30:00-07:00"),
    ],
)
def test_time_and_offset_are_kept_where_the_text_states_them(raw, iso):
    assert parse_date(raw, NOW, day_first=True) == iso


PARAGRAPH = "<p>The council voted on the plan after a long debate about the river and its banks in the old town, where water stood a metre deep and the school was closed for three months.</p>"
NO_DATES = {
    "a sub-heading": "<h2>May 8, 1945</h2>",
    "a smaller sub-heading": "<h4>8 May 1945</h4>",
    "a list": "<ul><li>June 9, 2023</li></ul>",
    "a list of several": "<ol><li>June 9, 2023</li><li>June 10, 2023</li></ol>",
    "a table": "<table><tr><th>Day</th></tr><tr><td>June 9, 2023</td></tr></table>",
    "a quote": "<blockquote><p>We will not leave.</p><p>May 6, 2019</p></blockquote>",
    "a quoted post": "<blockquote class=twitter-tweet><p>We stay.</p>&mdash; Union <a href=/1>May 6, 2019</a></blockquote>",
    "a quoted post with a time element": "<blockquote><p>We stay.</p><time datetime=2019-05-06>May 6, 2019</time></blockquote>",
    "a related story": "<div class=related><h3><a href=/x>Another one</a></h3><span class=date>May 6, 2019</span></div>",
    "teasers": "<div>" + "<article><h3><a href=/x>Another</a></h3><time datetime=2019-05-06>May 6</time></article>" * 3 + "</div>",
    "an aside": "<aside><p>May 6, 2019</p></aside>",
    "a caption": "<figure><img src=/a.jpg><figcaption>May 6, 2019</figcaption></figure>",
    "a definition list": "<dl><dt>Opening</dt><dd>May 6, 2023</dd></dl>",
}  # fmt: skip


@pytest.mark.parametrize("place", NO_DATES)
def test_a_day_mentioned_in_the_story_is_not_its_date_of_publication(place):
    assert story("", PARAGRAPH + NO_DATES[place] + PARAGRAPH).date_published is None
    found = story("", "<p>May 3, 2024</p>" + PARAGRAPH + NO_DATES[place] + PARAGRAPH)
    assert found.date_published == "2024-05-03"


def test_a_date_in_a_list_of_the_head_of_the_story_is_its_date():
    assert (
        story("", f"<ul class=meta><li>Ana Díaz</li><li>May 3, 2024</li></ul>{PARAGRAPH}").date_published
        == "2024-05-03"
    )


AT_NIGHT = JSON_LD % ("2024-05-04T02:30:00Z", "")


def test_the_day_of_a_moment_in_utc_is_that_of_the_address():
    assert story(AT_NIGHT, url="https://news.example/2024/05/03/the-river").date_published == "2024-05-03"
    told = story(AT_NIGHT, "<p>May 3, 2024 10:30 pm</p>", url="https://news.example/2024/05/03/the-river")
    assert told.date_published == "2024-05-03T22:30:00-04:00"
    told = story(AT_NIGHT, "<p>May 3, 2024 10:30 pm EDT</p>", url="https://news.example/2024/05/03/the-river")
    assert told.date_published == "2024-05-03T22:30:00-04:00"
    assert told.date_published_raw == "2024-05-04T02:30:00Z"
    # Times that no time zone can reconcile are two different facts.
    other = story(AT_NIGHT, url="https://news.example/2024/04/20/the-river")
    assert other.date_published == "2024-05-04T02:30:00+00:00"
    stated = story(JSON_LD % ("2024-05-04T02:30:00+02:00", ""), url="https://news.example/2024/05/03/the-river")
    assert stated.date_published == "2024-05-04T02:30:00+02:00"


def test_the_day_of_a_moment_in_utc_is_that_of_the_site_s_zone():
    page = f"<html lang=en><head><title>The river</title>{AT_NIGHT}</head><body><h1>The river</h1>{TEXT}"
    site = Site("river", ("news.example",), timezone="America/New_York")
    found = extract(page, "https://news.example/a", NOW, site=site, expect_story=True)
    assert isinstance(found, Article) and found.date_published == "2024-05-03T22:30:00-04:00"


def test_a_date_gets_the_time_stated_next_to_the_headline():
    found = story("", "<p>May 3, 2024 at 10:30 am</p>", url="https://news.example/2024/05/03/the-river")
    assert (found.date_published, found.date_published_source) == ("2024-05-03T10:30:00", "text")


def test_a_british_page_writes_the_day_first():
    page = "<html lang=en><head><title>The river</title></head><body><h1>The river</h1><p>03/05/2024</p>" + TEXT
    for url, day in (("https://river.co.uk/a", "2024-05-03"), ("https://river.com/a", "2024-03-05")):
        found = extract(page, url, NOW, expect_story=True)
        assert isinstance(found, Article) and found.date_published == day


@pytest.mark.parametrize(
    ("url", "date_"),
    [
        ("https://news.example/2018/07/19/a-story", (2018, 7, 19)),
        ("https://news.example/2018/07/a-story", (2018, 7, None)),
        ("https://news.example/2018/a-story", (2018, None, None)),
        ("https://news.example/archive/2016/news-20180719.html", (2018, 7, 19)),
        ("https://news.example/2018/jul/19/a-story", (2018, 7, 19)),
        ("https://news.example/a-story?date=2018-07-19", None),
        ("https://news.example/1812/07/19/war", None),
        ("https://news.example/room-20181", None),
        ("", None),
    ],
)
def test_the_date_in_an_address_is_read_in_one_place(url, date_):
    assert urls.date_in_url(url) == date_


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("۱۷ اردیبهشت ۱۴۰۳", "2024-05-06"),
        ("دوشنبه ۱۷ اردیبهشت ۱۴۰۳ - ۱۰:۳۰", "2024-05-06T10:30:00"),
        ("۱۴۰۳/۰۲/۱۷", "2024-05-06"),
        ("۳۰ اسفند ۱۳۹۹", "2021-03-20"),  # the last day of a leap year
        ("۳۰ اسفند ۱۴۰۰", None),  # and a day that there was not
        ("1403/01/01", "2024-03-20"),
        ("令和6年5月6日", "2024-05-06"),
        ("令和元年5月1日", "2019-05-01"),
        ("民國113年5月6日", "2024-05-06"),
        ("2024. gada 6. maijā", "2024-05-06"),
        ("2024 m. gegužės 6 d.", "2024-05-06"),
        ("2024ko maiatzaren 6a", "2024-05-06"),
        ("2024 жылғы 6 мамыр", "2024-05-06"),
        ("2024 оны 5 сарын 6", "2024-05-06"),
    ],
)
def test_dates_of_other_calendars_and_orders_are_read(text, iso):
    assert parse_date(text, NOW, day_first=True) == iso


@pytest.mark.parametrize("line", ["۱۷ اردیبهشت ۱۴۰۳", "2024. gada 6. maijā", "2024ko maiatzaren 6a"])
def test_a_date_of_another_calendar_is_a_line_of_its_own(line):
    assert is_date_line(line)


def test_a_historical_year_in_a_sentence_is_not_a_persian_date():
    assert parse_date("The wall of 1403 was 12 metres high.", NOW) is None


# ---------------------------------------------------------------- languages whose months our own table lacks


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("mt", "L-Erbgħa 3 ta' Mejju, 2024"), ("mt", "3 ta’ Mejju 2024"), ("cy", "3ydd o Fai 2024"),
        ("ga", "Dé hAoine, 3 Bealtaine 2024"), ("gd", "3mh dhen Chèitean 2024"), ("gl", "venres, 3 de maio de 2024"),
        ("eu", "2024(e)ko maiatzaren 3(a)"), ("eu", "maiatzak 3, 2024"), ("eo", "la 3an de majo 2024"),
        ("hy", "2024 թ. մայիսի 3"), ("ka", "3 მაისი, 2024"), ("ku", "3ê gulana 2024an"), ("mn", "2024 оны тавдугаар сарын 3"),
        ("pa", "੩ ਮਈ ੨੦੨੪"), ("my", "၂၀၂၄ ခုနှစ် မေလ ၃ ရက်"), ("si", "2024 මැයි 3"), ("km", "ថ្ងៃទី៣ ខែឧសភា ឆ្នាំ២០២៤"),
        ("tg", "3 майи соли 2024"), ("tk", "3 maý 2024"), ("tt", "3 май, 2024 ел"), ("so", "Maajo 3, 2024"),
        ("xh", "Lwesihlanu, Meyi 3, 2024"), ("ceb", "Mayo 3, 2024"), ("rw", "3 Gicurasi 2024"), ("ht", "3 me 2024"),
        ("sr", "petak, 3. maj 2024."), ("bs", "3. maja 2024."), ("th", "3 พฤษภาคม ค.ศ. 2024"), ("ps", "۳ مې ۲۰۲۴"),
    ],
)  # fmt: skip
def test_a_day_is_read_with_the_names_that_a_language_has_for_its_months(language, text):
    assert parse_date(text, datetime(2026, 1, 1, tzinfo=UTC), language=language) == "2024-05-03"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ti", "25 ሚያዝያ 2016"),  # of the Ethiopian calendar or of the Gregorian one
        ("mt", "3 Mejju jew 4 Mejju 2024"), ("mt", "31 ta’ Ġunju 2024"), ("mt", "Mejju 2024"),
        ("ne", "२१ वैशाख २०८१"), ("ga", "3 Bealtaine agus Meitheamh 2024"),
    ],
)  # fmt: skip
def test_an_uncertain_day_in_another_language_is_not_read(language, text):
    assert parse_date(text, datetime(2026, 1, 1, tzinfo=UTC), language=language) is None


def test_punjabi_june_is_not_january_and_the_time_is_kept_where_it_is_stated():
    captured = datetime(2026, 1, 1, tzinfo=UTC)
    assert parse_date("3 ਜੂਨ 2024", captured, language="pa") == "2024-06-03"
    assert parse_date("3 მაისი 2024, 14:30", captured, language="ka") == "2024-05-03T14:30:00"
    assert parse_date("3 ta’ Mejju 2024, 14:30", captured, language="mt") == "2024-05-03"


LABELLED = {
    "de": "Veröffentlicht am 03.05.2024 um 10:30 Uhr",
    "fr": "Publié le 3 mai 2024 à 10h30, mis à jour le 5 mai 2024 à 9h00",
    "fr-CA": "Par Ana Marchetti Publié le 03/05/2024 à 10:30",
    "es": "Publicado: 3 de mayo de 2024 10:30 | Actualizado: 5 de mayo de 2024",
    "it": "Pubblicato il 3 maggio 2024 alle 10:30",
    "pt": "03/05/2024 10h30 Atualizado há 2 dias",
    "nl": "Gepubliceerd op 3 mei 2024 om 10:30",
    "sv": "Publicerad: 2024-05-03 10:30 Uppdaterad: 2024-05-05",
    "no": "Publisert 3. mai 2024, kl. 10:30",
    "fi": "Julkaistu 3.5.2024 10:30",
    "pl": "Data publikacji: 3 maja 2024, 10:30",
    "cs": "Vydáno 3. května 2024",
    "hu": "2024. május 3. péntek, 10:30",
    "ro": "Publicat: 3 mai 2024, 10:30",
    "ru": "Опубликовано: 3 мая 2024 г. в 10:30",
    "uk": "Опубліковано 3 травня 2024 р.",
    "el": "Δημοσιεύθηκε: 3 Μαΐου 2024, 10:30",
    "tr": "Yayınlanma: 03.05.2024 - 10:30",
    "ar": "تاريخ النشر: ٣ مايو ٢٠٢٤",
    "he": "פורסם: 03.05.2024, 10:30",
    "fa": "تاریخ انتشار: ۱۴ اردیبهشت ۱۴۰۳",
    "hi": "प्रकाशित: 3 मई 2024, 10:30",
    "th": "เผยแพร่: 3 พ.ค. 2567 10:30 น.",
    "id": "Lentera.com - 03/05/2024, 10:30 WIB",
    "ja": "公開日：2024年5月3日　更新日：2024年5月5日",
    "zh": "发布时间：2024-05-03 10:30 来源：海港网",
    "zh-TW": "2024年05月03日 10:30 海港日報",
    "ko": "입력 2024.05.03 10:30 수정 2024.05.05 09:00",
    "en": "By Ana Díaz on May 3, 2024",
    "en-GB": "Published at 10:30 on 3 May 2024",
    "en-US": "May 3, 2024 ・ 3 min read",
}


@pytest.mark.parametrize("language", LABELLED)
def test_a_date_is_found_behind_its_label_and_before_what_follows_in_any_language(language):
    page = f"<html lang={language}><title>The river story</title><h1>The river story</h1><div>{LABELLED[language]}</div>{TEXT}"
    found = extract(
        page.encode(), "https://news.example/a/the-river", datetime(2026, 6, 1, tzinfo=UTC), expect_story=True
    )
    assert isinstance(found, Article)
    assert (found.date_published or "")[:10] == "2024-05-03"


def test_of_a_date_of_change_and_one_of_publication_the_latter_counts_in_other_languages():
    for changed, published in (("Güncelleme", "Yayınlanma"), ("Обновлено", "Опубликовано"), ("更新日", "公開日")):
        found = story(beside=f"<div>{changed}: 05.05.2024</div><div>{published}: 03.05.2024</div>")
        assert (found.date_published or "")[:10] in ("2024-05-03", "2024-03-05")


def test_a_date_in_the_footer_of_the_page_is_not_that_of_the_story():
    page = f"<html lang=en><title>The river story</title><main><h1>The river story</h1>{TEXT}</main><footer>Last updated May 1, 2020</footer>"
    found = extract(page.encode(), "https://news.example/a/the-river", NOW, expect_story=True)
    assert isinstance(found, Article)
    assert found.date_published is None


def test_a_strike_that_began_on_a_day_was_not_published_on_it():
    assert story(beside="<p>The strike on the river began on May 3, 2024</p>").date_published is None


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("Fri May 03 10:30:00 CEST 2024", "2024-05-03T10:30:00+02:00"),
        ("20240503103000", "2024-05-03T10:30:00"),
        ("20240503T103000Z", "2024-05-03T10:30:00+00:00"),
    ],
)
def test_moments_as_programs_print_them_are_read(raw, iso):
    assert parse_date(raw, NOW) == iso


def test_an_address_may_have_the_whole_name_of_the_month():
    assert date_in_url("https://news.example/2023/october/03/river", NOW) == "2023-10-03"
    assert date_in_url("https://news.example/2023/mayors/03/river", NOW) is None
