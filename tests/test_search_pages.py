"""Pages of hits and counts, which take few statements, equal the result of reading all matches."""

from collections import Counter

import pytest

from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search import ranking
from archiver.index.search.facet_counts import facets
from archiver.index.search.hits import count_by, search
from archiver.index.search.selection import SearchQuery
from archiver.model import Batch
from index_samples import article, seen

SECTIONS = ("Port", "port", None, "A\x1fB", "", "Sea")
QUERIES = [
    SearchQuery("ferry"),
    SearchQuery('"ferry sails"'),
    SearchQuery("ferry", site="b.test"),
    SearchQuery("ferry OR quay", language="es"),
    SearchQuery('"ferry sails" NOT quay', site="a.test"),
    SearchQuery("ferry date:2024-02.."),
    SearchQuery(" OR ".join(["ferry", "quay", "sails", *(f"word{number}" for number in range(40))])),
    SearchQuery("ferry OR Ferry OR FERRY OR quay OR sails OR news OR 1 OR 2 OR 3 OR 4 OR 5 OR 6"),
    SearchQuery(word_list=("ferry", *map(str, range(0, 40, 3)), "news", "a", "the")),
    SearchQuery(" OR ".join(["ferry", *(f"word{number}" for number in range(40)), "qu*", '"sails to"'])),
]


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("pages") / "index.db", throwaway=True) as db:
        items = []
        for n in range(48):
            url = f"https://{'ab'[n % 2]}.test/2026/{n}"
            text = f"The ferry sails{' ferry' * (n % 5)} to the quay {n}." if n % 3 else f"A quay, ferry {n} word{n}."
            items.append(
                seen(
                    n,
                    url=url,
                    outcome=article(
                        url,
                        text,
                        title="Ferry" if n % 7 == 0 else "News",
                        language=("en", "es")[n % 4 == 0],
                        section=SECTIONS[n % len(SECTIONS)],
                        date_published=f"2024-{1 + n % 5:02}-10" if n % 6 else None,
                    ),
                )
            )
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("most", [20_000, 47, 10, 3])
def test_pages_follow_the_total_order_for_any_number_of_matches(db, monkeypatch, query, most):
    monkeypatch.setattr(ranking, "RANKED_WHOLE", most)
    whole = search(db, SearchQuery(**{**_values(query), "limit": None}))
    paged = []
    for offset in range(0, len(whole) + 10, 7):
        paged += search(db, SearchQuery(**{**_values(query), "limit": 7, "offset": offset}))
    assert paged == whole and len({hit.id for hit in whole}) == len(whole)
    if len(whole) <= most:
        assert [hit.id for hit in whole] == [h.id for h in sorted(whole, key=lambda hit: (-hit.score, hit.id))]
        assert all(hit.score for hit in whole)
    else:
        assert not any(hit.score for hit in whole)


@pytest.mark.parametrize(
    "query", [SearchQuery(), SearchQuery("ferry"), SearchQuery(site="a.test"), SearchQuery("zebra")]
)
def test_counts_equal_those_of_the_hits_for_any_section_name(db, query):
    """A section with the character that joins the values would have been counted as two."""
    whole = search(db, SearchQuery(**{**_values(query), "limit": None}))
    for grouping, values in {
        "month": [hit.date and hit.date[:7] for hit in whole],
        "year": [hit.date and hit.date[:4] for hit in whole],
        "site": [hit.site for hit in whole],
        "language": [hit.language for hit in whole],
    }.items():
        assert dict(count_by(db, query, grouping)) == dict(Counter(values)), grouping
    found = facets(db, query)
    assert found.count == len(whole)
    assert found.months == tuple(sorted(Counter(hit.date[:7] for hit in whole if hit.date).items()))
    sections = Counter((hit.section or "").lower() for hit in whole)
    assert {name.lower(): number for name, number in found.sections} == {k: n for k, n in sections.items() if k}


def test_groups_are_ordered_by_time_or_count_with_unknown_ones_first(db):
    months = [key for key, _ in count_by(db, SearchQuery("ferry"), "month")]
    assert months == [None, *sorted(months[1:])]
    counts = count_by(db, SearchQuery("ferry"), "site")
    assert counts == sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def test_a_page_without_hits_of_many_words_is_empty(db):
    assert search(db, SearchQuery(" OR ".join(["ferry", *(f"word{n}" for n in range(20))]), limit=0)) == []


def _values(query):
    return {name: getattr(query, name) for name in query.__slots__}
