"""When a page is re-fetched: the formula in docs/operations.md."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from archiver.crawl.rules.recheck import (
    DAY,
    HOUR,
    LONGEST,
    latest_date,
    next_due,
    page_wait,
    spread,
    story_wait,
    words_of,
)
from archiver.frontier import Visit

NONE = Visit(None)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_young_stories_are_checked_often_and_old_ones_rarely():
    assert story_wait(0, 0, 0) == HOUR
    assert story_wait(DAY, 0, 0) == 6 * HOUR
    assert story_wait(30 * DAY, 0, 0) == 7.5 * DAY
    assert story_wait(9000 * DAY, 0, 0) == LONGEST


def test_unchanged_stories_are_checked_less_and_edited_ones_more():
    waits = [story_wait(10 * DAY, unchanged, 0) for unchanged in range(6)]
    assert waits == sorted(waits) and waits[3] == waits[4] == 8 * waits[0]
    waits = [story_wait(10 * DAY, 0, changed) for changed in range(6)]
    assert waits == sorted(waits, reverse=True) and waits[3] == waits[4] == waits[0] / 4


def test_a_story_that_never_changes_needs_few_fetches_per_year():
    age, visits = 0.0, 0
    while age < 365 * DAY:
        age += story_wait(age, visits, 0)
        visits += 1
    assert visits == 11


def test_lists_are_fetched_each_time_except_deep_unchanged_ones():
    assert [page_wait(depth, 99) for depth in (0, 1, 2)] == [0, 0, 0]
    assert [page_wait(9, unchanged) for unchanged in (0, 1, 2)] == [0, 0, 0]
    waits = [page_wait(9, unchanged) for unchanged in range(3, 20)]
    assert waits[0] == 6 * HOUR and all(a <= b for a, b in pairwise(waits)) and waits[-1] == 8 * DAY


@pytest.mark.parametrize(
    ("kind", "state", "reason", "days"),
    [
        ("article", "gone", "status_404", 30),
        ("article", "failed", "status_410", 30),
        ("page", "gone", "status_404", 1),
        ("article", "skipped", "robots", 7),
        ("article", "failed", "timeout", None),
        ("article", "skipped", "robots_unreachable", None),
        ("page", "done", None, None),
    ],
)
def test_other_outcomes_have_their_own_waits(kind, state, reason, days):
    due = next_due(NOW, "k", kind, state, reason=reason, age=0, depth=1, history=NONE)
    assert due == (None if days is None else NOW + timedelta(seconds=days * DAY * spread("k")))


def test_the_spread_distributes_pages_fetched_in_one_night():
    spreads = {spread(str(number)) for number in range(1000)}
    assert len(spreads) > 500 and min(spreads) >= 0.9 and max(spreads) <= 1.1


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2024/05/03/a-story", "2024-05-04"),
        ("/2024/05/a-story", "2024-06-01"),
        ("/2024/12/a-story", "2025-01-01"),
        ("/news/a-story-2024-05-03.html", "2024-05-04"),
        ("/20240503/a", "2024-05-04"),
        ("/2024/02/31/no-such-day", None),
        ("/node/201912", None),
        ("/a-story-of-1984", None),
        ("/a?date=2024-05-03", None),
    ],
)
def test_dates_in_urls_are_read_as_the_latest_possible(path, day):
    found = latest_date("https://example.com" + path)
    assert found == (datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None)


def test_words_are_the_visible_text():
    page = (
        b"<html><script>token=%d</script><h1>A headline</h1><p class=%d>A sentence that is %s long enough.</p><p>%d</p>"
    )
    same = words_of(page % (1, 2, b"quite certainly", 3))
    assert words_of(page % (7, 8, b"quite certainly", 9)) == same
    assert words_of(page % (1, 2, b"perhaps not really", 3)) != same
    assert words_of(b"no paragraph 1") != words_of(b"no paragraph 2")
    words_of(b"<p>" * 200_000 + b"<" * 200_000)  # fast for any input
