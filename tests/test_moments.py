"""Moments have one type inside the program, and are converted on input and when stored."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.cli.app import moment
from archiver.crawl.loop.visits import stated_date
from archiver.crawl.options import CrawlOptions
from archiver.discovery import Found
from archiver.frontier import Candidate, Frontier, Visit
from archiver.frontier.moments import column_of, moment_of
from archiver.spider import as_found

DAY = datetime(2026, 3, 4, tzinfo=UTC)
EVER = datetime.min.replace(tzinfo=UTC)
STORY = Candidate("https://x.example/a", "a", "article", lastmod=DAY)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_stored_moment_is_exact_to_the_microsecond(at):
    assert moment_of(column_of(at)) == at


@pytest.mark.parametrize("number", [1e300, -1e300, float("inf"), -float("inf")])
def test_a_date_out_of_range_ends_no_crawl(number):
    assert moment_of(number).tzinfo is UTC


def test_values_of_sitemaps_and_visits_are_stored_exactly(tmp_path):
    with Frontier(tmp_path / "frontier.db").with_clock(lambda: DAY + timedelta(days=1)) as frontier:
        frontier.add("x", [STORY])
        task = frontier.next("x")
        assert task.lastmod == DAY
        frontier.finish("x", task, "done", http_status=200, visit=Visit(None, published=DAY), next_due=DAY)
        known = frontier.task("x", "a").known
    assert (known.published, known.fetched_at, known.first_seen) == (DAY, *[DAY + timedelta(days=1)] * 2)


def test_an_older_spider_may_give_the_last_change_as_text():
    url = STORY.url
    assert as_found(url) == Found(url)
    assert as_found(Found(url, "2026-03-04T01:00:00+01:00")) == Found(url, DAY)
    assert as_found(Found(url, "no date", "story")) == Found(url, None, "story")
    assert as_found(Found(url, DAY)) == Found(url, DAY)


@pytest.mark.parametrize("options", [CrawlOptions(), CrawlOptions(max_pages=3, since=DAY), CrawlOptions(since=EVER)])
def test_options_survive_serialisation(options):
    assert CrawlOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize(
    ("lastmod", "latest"),
    [
        (DAY, DAY + timedelta(days=1, microseconds=-1)),
        (DAY.replace(hour=7), DAY.replace(hour=7)),
        (None, None),
    ],
)
def test_a_story_that_its_sitemap_dates_with_a_day_alone_was_left_out_by_a_since_in_that_day(lastmod, latest):
    assert stated_date(STORY.url, lastmod) == latest


def test_a_day_to_come_is_now():
    assert stated_date(STORY.url, datetime(9999, 12, 31, tzinfo=UTC)) <= datetime.now(UTC)


def test_since_accepts_a_day_and_a_time_span_of_any_length():
    assert moment("2026-03-04") == DAY and moment(None) is None
    assert abs(datetime.now(UTC) - timedelta(hours=6) - moment("6h")) < timedelta(minutes=1)
    assert moment("9999999d") == moment(f"{10**20}d") == EVER
