"""Limits that end a crawl early, and their exit codes."""

import time
from collections import Counter

import pytest

from archiver.crawl.report.cause import cause_of
from archiver.crawl.report.counts import Before, Tally
from archiver.crawl.rules import limits
from archiver.crawl.rules.limits import Limits


def test_limits_of_pages_and_time_end_a_crawl():
    assert Limits(max_pages=3).reached(2) is None
    assert Limits(max_pages=3).reached(3) == "max_pages"
    assert Limits(max_time=60).reached(10**6) is None
    over = Limits(max_time=0.01)
    time.sleep(0.02)
    assert over.reached(0) == "time_limit"


def test_a_disk_that_fills_up_ends_a_crawl(monkeypatch, tmp_path):
    free = [1000, 1000, 10]
    monkeypatch.setattr(limits, "free_bytes", lambda _: free.pop(0))
    monkeypatch.setattr(limits, "_LOOK_AT_DISK_EVERY", 0.0)
    found = Limits(min_free=500, folder=tmp_path)
    assert [found.reached(0) for _ in range(3)] == [None, None, "min_free"]
    assert Limits(min_free=0, folder=tmp_path / "missing").reached(0) is None
    full = cause_of("min_free", Tally(), Before())
    assert full is not None and (full.code, full.reason) == (3, "min_free")


@pytest.mark.parametrize(
    ("counts", "cause"),
    [
        ({"lists_read": 4}, "none of 4 pages leads to a story"),
        ({"lists_read": 4, "lists_not_modified": 1}, None),
        ({"lists_read": 4, "article_links": 1}, None),
        ({"lists_read": 1, "goes_on": True}, None),
        ({"article_links": 9, "stories_read": 3, "story_words": {"a"}}, "all 3 story pages have the same words"),
        ({"article_links": 9, "stories_read": 3, "story_words": {"a", "b"}}, None),
        ({"article_links": 9, "stories_read": 2, "story_words": {"a"}}, None),
        ({"article_links": 9, "stories_redirected": 3}, "all 3 stories redirect elsewhere"),
        ({"article_links": 9, "stories_redirected": 3, "not_modified": 1}, None),
        ({}, None),
    ],
)
def test_a_site_that_lost_its_stories_ends_with_19(counts, cause):
    counts, seeds = dict(counts), {"seeds": 1, "seeds_fetched": 1, "statuses": Counter({200: 1})}
    before = Before(had_stories=True, goes_on=counts.pop("goes_on", False))
    lost = Tally(**counts).lost_stories(before)
    assert (lost and lost[1]) == cause
    assert Tally(**counts).lost_stories(Before()) is None
    found = cause_of("finished", Tally(**seeds, **counts), before)
    assert (found and (found.code, found.detail)) == (cause and (19, cause))
    assert cause_of("max_pages", Tally(**seeds, **counts), before) is None
