"""Search for research: shares over time compared, a concordance, a reproducible sample."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.concordance import concordance
from archiver.index.search.hits import TIMES, count, count_by, iter_ids, search
from archiver.index.search.saved_searches import query_from, query_json
from archiver.index.search.selection import SearchQuery
from archiver.index.search.trends import trends
from archiver.model import Batch
from index_samples import article, seen

DAYS = ("2024-01-01", "2024-01-07", "2024-01-08", "2024-02-29", "2024-12-30", None)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("trends") / "index.db", throwaway=True) as db:
        items = []
        for n in range(24):
            values = {
                "title": ("Ferry news", "The bridge")[n % 2],
                "text": ("A ferry sails. The FERRY, again.", "No boat.\n\nA bridge.", "Both: ferry and bridge")[n % 3],
                "date_published": DAYS[n % 6],
                "authors": (("Ana", "Bo"), ("Bo",), ())[n % 3],
                "language": "en",
            }
            items.append(seen(n, url=(url := f"https://news.test/{n}"), outcome=article(url, **values)))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def test_stories_are_counted_by_day_and_week(db):
    by_day = count_by(db, SearchQuery(), "day")
    assert by_day == [(None, 4), *((day, 4) for day in DAYS[:-1])]
    by_week = count_by(db, SearchQuery(), "week")
    # ISO 8601: 30 December 2024 is in the first week of 2025.
    assert by_week == [(None, 4), ("2024-W01", 8), ("2024-W02", 4), ("2024-W09", 4), ("2025-W01", 4)]


@pytest.mark.parametrize("by", [*TIMES, "site", "author", "tag", "language", "section"])
def test_shares_are_of_all_stories_of_the_slice(db, by):
    queries = [SearchQuery("ferry"), SearchQuery("bridge NOT ferry"), SearchQuery("nothing")]
    found = trends(db, queries, by)
    totals = dict(count_by(db, SearchQuery(), by))
    assert {part.key: part.total for part in found} == totals
    for place, query in enumerate(queries):
        counts = dict(count_by(db, query, by))
        assert {part.key: part.counts[place] for part in found if part.counts[place]} == counts
        assert all(part.shares[place] == part.counts[place] / part.total for part in found)


def test_shares_are_of_the_stories_that_pass_the_filters(db):
    (part,) = trends(db, [SearchQuery("ferry", author="ana")], "site")
    assert part.total == count(db, SearchQuery(author="ana")) == 8
    assert part.counts == (count(db, SearchQuery("ferry", author="ana")),)
    with pytest.raises(UsageError, match="same filters"):
        trends(db, [SearchQuery("ferry"), SearchQuery("ferry", author="ana")], "site")
    with pytest.raises(UsageError, match="no query"):
        trends(db, [], "site")


def test_a_concordance_has_each_match_in_its_context(db):
    lines = list(concordance(db, SearchQuery("ferry", limit=None), 8))
    expected = sum(
        column.lower().count("ferry") for row in db.execute("SELECT title, text FROM articles") for column in row
    )
    assert len(lines) == expected
    texts = {row[0]: row for row in db.execute("SELECT id, title, text FROM articles")}
    for line in lines:
        content = texts[line.id][1 if line.column == "title" else 2]
        end = line.start + len(line.match)
        assert line.match.lower() == "ferry" and content[line.start : end] == line.match
        assert line.left == content[max(0, line.start - 8) : line.start] and line.right == content[end : end + 8]
    assert len({line.id for line in concordance(db, SearchQuery("ferry", limit=3))}) == 3
    assert {line.match for line in concordance(db, SearchQuery(regex="f[a-z]rr."))} == {"ferry"}
    assert list(concordance(db, SearchQuery("🙂"))) == []
    with pytest.raises(UsageError, match="needs a word"):
        list(concordance(db, SearchQuery()))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(-5, 5), st.sampled_from(("", "ferry", "bridge OR boat")))
def test_a_sample_is_reproducible_by_its_seed(db, number, seed, text):
    whole = set(iter_ids(db, SearchQuery(text)))
    query = SearchQuery(text, sample=number, seed=seed, limit=None)
    drawn = list(iter_ids(db, query))
    assert drawn == list(iter_ids(db, query)) and set(drawn) <= whole
    assert len(drawn) == min(number, len(whole)) == count(db, query) == len(search(db, query))
    assert set(iter_ids(db, replace(query, sample=number + 1))) >= set(drawn)
    assert query_from(query_json(query)) == replace(query, limit=20)


def test_different_seeds_draw_different_samples(db):
    drawn = {tuple(iter_ids(db, SearchQuery(sample=6, seed=seed))) for seed in range(8)}
    assert len(drawn) > 4


def test_a_query_with_all_its_options_is_saved_whole():
    query = SearchQuery("a OR b", word_list=("ferry", "toll*"), regex="x+", exact=True, sample=5, seed=3)
    assert query_from(query_json(query)) == query
    assert json.loads(query_json(query))["word_list"] == ["ferry", "toll*"]


def test_a_word_list_takes_symbols_and_field_names_as_they_are_written(db):
    lines = ("C++", "$612", "title:ferry", "date: 2022", "boat")
    assert count(db, SearchQuery(word_list=lines)) == count(db, SearchQuery("boat"))
    assert count(db, SearchQuery("ferry", word_list=lines)) == count(db, SearchQuery("ferry boat"))
