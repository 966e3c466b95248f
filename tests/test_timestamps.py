"""Dates of HTTP and feeds are parsed in one place, and times in logs have one format."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.timestamps import http_date, stamp

MAY = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 01 May 2026 08:00:00 GMT",
        "Friday, 01-May-26 08:00:00 GMT",
        "Fri May  1 08:00:00 2026",
        "Fri, 01 May 2026 10:00:00 +0200",
        "Fri, 01 May 2026 04:00:00 EDT",
    ],
)
def test_dates_of_http_and_of_feeds_are_moments_in_utc(text):
    assert http_date(text) == MAY and http_date(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "Fri, 99 May 2026 08:00:00 GMT",
        "Fri, 01 May 2026 08:00:00 +999999999999",
        "Fri, 31 Dec 9999 23:30:00 -0100",
    ],
)
def test_texts_without_a_date_are_none(text):
    assert http_date(text) is None


@settings(max_examples=50)
@given(st.text(max_size=30) | st.from_regex(r"Fri, \d{1,3} May \d{1,5} \d\d:\d\d:\d\d [+-]\d{4,12}", fullmatch=True))
def test_any_text_is_a_moment_or_none(text):
    found = http_date(text)
    assert found is None or found.tzinfo is UTC


def test_a_stamp_is_in_utc_to_the_second():
    assert stamp(MAY.astimezone(timezone(timedelta(hours=-7))).replace(microsecond=999_999)) == "2026-05-01T08:00:00Z"
    assert datetime.fromisoformat(stamp()) <= datetime.now(UTC)
