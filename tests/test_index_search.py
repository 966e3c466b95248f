"""Search: which stories a query finds, that accents don't matter, and that the order is stable."""

import contextlib
import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archiver.errors import QueryError
from archiver.index.database import check, open_reader, open_writer
from archiver.index.ingest import bulk
from archiver.index.ingest.batch import apply
from archiver.index.read.consistency import fingerprint
from archiver.index.schema import fulltext, fulltext_stems
from archiver.index.search import ranking
from archiver.index.search.hits import SearchQuery, count, count_by, iter_ids, iter_search, search
from archiver.model import Batch
from index_samples import article, seen

STORIES = {
    "cancion": {
        "title": "La canción del año", "text": "Una canción de Bogotá.", "language": "es", "section": "Música",
        "authors": ("Ana Pérez",), "tags": ("música", "arte"), "date_published": "2026-03-05",
    },
    "covid": {
        "title": "Covid-19 in the city", "text": "The covid-19 ward is full. Not now.", "section": "Health",
        "authors": ("Luis Gil", "Ana Pérez"), "tags": ("health",), "date_published": "2026-04-01T10:00:00-04:00",
    },
    "mural": {
        "title": "A mural",
        "text": "Covid stopped the mural. " + "The wall was bare. " * 30 + "The sanctuary city paid.",
        "authors": ("María Muñoz",), "tags": ("street art",), "date_published": "2026-04-20",
    },
    "undated": {"title": "Undated", "text": "City without a day.", "date_published": None},
}  # fmt: skip


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("search") / "index.db", throwaway=True) as db:
        items = []
        for number, (slug, values) in enumerate(STORIES.items()):
            url = f"https://news.test/2026/{slug}"
            items.append(seen(number, url=url, outcome=article(url, **values)))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def found(db, text="", **values):
    return [hit.url.rsplit("/", 1)[1] for hit in search(db, SearchQuery(text, **values))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("canción", ["cancion"]),
        ("cancion", ["cancion"]),
        ("CANCIO\u0301N", ["cancion"]),  # decomposed
        ("ano", ["cancion"]),
        ("munoz", ["mural"]),
        ("Muñoz", ["mural"]),
        ("bogot*", ["cancion"]),
        ("covid-19", ["covid"]),  # no NOT, no column filter
        ("covid", ["covid", "mural"]),  # in the title first
        ('"sanctuary city"', ["mural"]),
        ("“sanctuary city”", ["mural"]),
        ('"city sanctuary"', []),
        ("sanctuary OR canción", ["cancion", "mural"]),
        ("covid NOT mural", ["covid"]),
        ("covid AND NOT mural", ["covid"]),
        ("covid AND sanctuary", ["mural"]),
        ("not now", ["covid"]),  # lower case: words
        ('"AND"', []),
        ("NOT now", ["cancion", "mural", "undated"]),
        ("title:covid", ["covid"]),
        ("titles:covid", []),  # not a field: words, which are adjacent in no story
        ('covid "', ["covid", "mural"]),
        ('"covid', ["covid", "mural"]),
        ("^covid", ["covid", "mural"]),
        ("covid 🙂", ["covid", "mural"]),
        ("🙂", []),
        ('"', []),
        ("*", []),
        ('""', []),
        ("NEAR(covid ward)", ["covid"]),
        ("NEAR(covid ward, 0)", []),
        ("(covid", ["covid", "mural"]),
    ],
)
def test_queries_find_the_expected_stories(db, text, expected):
    assert sorted(found(db, text)) == sorted(expected)
    assert count(db, SearchQuery(text)) == len(expected)


def test_a_match_in_the_title_comes_first(db):
    assert found(db, "covid") == ["covid", "mural"]


def test_an_empty_query_lists_the_newest_first_and_the_undated_last(db):
    assert found(db) == found(db, "  ") == ["mural", "covid", "cancion", "undated"]
    assert found(db, limit=2, offset=1) == ["covid", "cancion"]
    assert found(db, limit=0) == []
    assert len(found(db, limit=None)) == 4


def test_sorting_by_date(db):
    assert found(db, "covid", sort="date") == ["mural", "covid"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": date(2026, 4, 1)}, ["mural", "covid"]),
        ({"until": date(2026, 4, 1)}, ["covid", "cancion"]),
        ({"site": "news.test"}, ["mural", "covid", "cancion", "undated"]),
        ({"site": "other.test"}, []),
        ({"language": "ES"}, ["cancion"]),
        ({"section": "musica"}, ["cancion"]),
        ({"author": "perez"}, ["covid", "cancion"]),
        ({"author": "Ana Pérez", "text": "covid"}, ["covid"]),
        ({"author": '"ana perez"'}, ["covid", "cancion"]),
        ({"author": '"perez"'}, []),
        ({"author": '""'}, []),
        ({"author": 'x" OR "'}, []),
        ({"author": "🙂"}, []),
        ({"tag": "ARTE"}, ["cancion"]),
        ({"tag": "art"}, []),
        ({"tag": "street art", "text": "wall"}, ["mural"]),
    ],
)
def test_filters(db, filters, expected):
    assert found(db, **filters) == expected
    assert count(db, SearchQuery(**filters)) == len(expected)


def test_counts(db):
    assert count_by(db, SearchQuery(), "month") == [(None, 1), ("2026-03", 1), ("2026-04", 2)]
    assert count_by(db, SearchQuery(), "author") == [("Ana Pérez", 2), (None, 1), ("Luis Gil", 1), ("María Muñoz", 1)]
    assert count_by(db, SearchQuery("covid"), "section") == [(None, 1), ("Health", 1)]
    assert count_by(db, SearchQuery("covid", author="perez"), "language") == [("en", 1)]
    assert count_by(db, SearchQuery("🙂"), "site") == []


def test_snippets_show_the_match(db):
    (hit,) = search(db, SearchQuery("sanctuary"))
    assert "\ue000sanctuary\ue001 city paid" in hit.snippet and hit.snippet.startswith("…")
    assert hit.score > 0
    (hit,) = search(db, SearchQuery(author="muñoz"))
    assert hit.snippet.startswith("Covid stopped") and "\ue000" not in hit.snippet


def test_hits_are_read_lazily(db):
    assert next(iter_search(db, SearchQuery("covid"))).title == "Covid-19 in the city"


words = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(["AND", "OR", "NOT", '"', "covid", "city*", "*", "(", ")", "NEAR(", "-", "title:", "^", "\x00"])
    ).map(" ".join),
    st.text(alphabet='"*()-:^+{}AND ORcovid\ud800', max_size=30),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(text=words, author=st.one_of(st.none(), words), tag=st.one_of(st.none(), words))
@example(text="a " * 5000, author=None, tag=None)
@example(text="a NOT " * 300 + "b", author=None, tag=None)
@example(text="a OR " * 300 + "b", author=None, tag=None)
@example(text="\ud800", author="\ud800", tag="\ud800")
def test_any_text_yields_results_or_is_refused_with_the_place(db, text, author, tag):
    query = SearchQuery(text, author=author, tag=tag)
    try:
        hits = search(db, query)
    except QueryError as error:
        assert error.hint and 0 <= error.position <= len(error.text)
        assert re.search("AND|OR|NOT|NEAR|title:", text)
        return
    assert count(db, query) == len(hits)
    assert sum(number for _, number in count_by(db, query, "site")) == len(hits)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["canción", "covid", "mural", "sanctuary"]), st.text(alphabet="-:*^().,!?'", max_size=4))
def test_punctuation_around_a_word_changes_nothing(db, word, marks):
    assert set(found(db, word)) <= set(found(db, f"{marks}{word}{marks}"))


STEMMED = {
    "elecciones": {
        "title": "Las elecciones", "text": "Los años pasan. La inmigración y los niños. Ellos están aquí.",
        "language": "es",
    },
    "ano": {"title": "El ano", "text": "Una palabra médica, sin eñe.", "language": "es"},
    "runners": {"title": "Runners", "text": "They were running for elections. " + "Nothing. " * 50 + "Cities voted.",
                "language": "en", "authors": ("Ana Pérez",)},
}  # fmt: skip


@pytest.fixture(scope="module")
def stemmed_db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("stems") / "index.db", throwaway=True) as db:
        items = [
            seen(
                number,
                url=f"https://news.test/2026/{slug}",
                outcome=article(f"https://news.test/2026/{slug}", **values),
            )
            for number, (slug, values) in enumerate(STEMMED.items())
        ]
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("elección", ["elecciones"]),
        ("eleccion", ["elecciones"]),
        ("ELECCIONES", ["elecciones"]),
        ("año", ["ano", "elecciones"]),  # as without --stem, which finds `ano` too: never fewer
        ("ano", ["ano", "elecciones"]),
        ("inmigrantes", ["elecciones"]),
        ("niña", ["elecciones"]),
        ("estan", ["elecciones"]),
        ("runs", ["runners"]),
        ("city vote", ["runners"]),
        ('"running for election"', ["runners"]),
        ('"election for running"', []),
        ("niño OR cities", ["elecciones", "runners"]),
        ("niño NOT año", []),
        ("elecc*", ["elecciones"]),
        ("perez run", ["runners"]),
        ("🙂", []),
    ],
)
def test_stems_find_all_forms_of_a_word(stemmed_db, text, expected):
    assert sorted(found(stemmed_db, text, stem=True)) == sorted(expected)
    assert count(stemmed_db, SearchQuery(text, stem=True)) == len(expected)
    assert len(list(iter_ids(stemmed_db, SearchQuery(text, stem=True)))) == len(expected)


def test_stems_with_filters(stemmed_db):
    assert found(stemmed_db, "run", stem=True, author="perez") == ["runners"]
    assert found(stemmed_db, "run", stem=True, author="gil") == []
    assert found(stemmed_db, "elections", stem=True, language="es") == []


def test_a_stemmed_snippet_shows_what_matched(stemmed_db):
    (hit,) = search(stemmed_db, SearchQuery("city vote", stem=True))
    assert "\ue000Cities\ue001 \ue000voted\ue001." in hit.snippet and hit.snippet.startswith("…")


@settings(max_examples=200, deadline=None)
@given(text=words)
def test_a_stemmed_query_is_counted_as_it_is_found(stemmed_db, text):
    query = SearchQuery(text, stem=True)
    with contextlib.suppress(QueryError):
        assert count(stemmed_db, query) == len(search(stemmed_db, query))


def test_the_stems_are_updated_by_every_change(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        url = "https://news.test/2026/story"
        apply(db, Batch("a.warc.gz", 1, (seen(1, 1, url=url, outcome=article(url, text="The wolves howled.")),)))
        apply(db, Batch("a.warc.gz", 2, (seen(2, 2, url=url, outcome=article(url, text="The foxes howled.")),)))
        assert found(db, "wolf", stem=True) == found(db, "wolves", stem=True) == []
        assert found(db, "fox", stem=True) == ["story"]
        assert found(db, edited=True) == ["story"] and found(db, gone=True) == []
        db.execute("UPDATE stemmer SET version = 'older rules'")
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('delete-all')")
        db.execute("DELETE FROM word_forms")
        assert found(db, "howling", stem=True) == []
    with open_writer(tmp_path / "index.db") as db:
        assert found(db, "howling", stem=True) == ["story"]


def test_words_generated_for_new_rules_are_filled_in_bulk_and_settings_are_restored(tmp_path):
    settings = "SELECT k, v FROM articles_fts_config ORDER BY k"
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        for number in range(1, 6):
            apply(db, Batch("a.warc.gz", number, (seen(number, number, url=f"https://news.test/2026/{number}"),)))
        db.execute("UPDATE stemmer SET version = 'older rules'")
        said = []
        db.conn.set_trace_callback(said.append)
        fulltext_stems.refresh(db)
        db.conn.set_trace_callback(None)
        filled = next(at for at, sql in enumerate(said) if sql.startswith("INSERT INTO articles_fts(rowid"))
        assert "VALUES ('automerge', 0)" in " ".join(said[:filled])
        usual = dict(db.execute(settings))
        assert (usual["automerge"], usual["crisismerge"]) == (fulltext.AUTOMERGE, 16)
        assert len(search(db, SearchQuery("mural", limit=100))) == 5 and check(db) == []


def test_a_full_text_filled_at_the_end_equals_that_of_the_triggers(tmp_path):
    items = [
        seen(n, n, url=f"https://news.test/2026/{slug}", outcome=article(f"https://news.test/2026/{slug}", **values))
        for n, (slug, values) in enumerate((STORIES | STEMMED).items())
    ]
    later = seen(99, 99, url="https://news.test/2026/ano", outcome=article("https://news.test/2026/ano", text="New."))
    paths = tmp_path / "triggers.db", tmp_path / "bulk.db"
    found = []
    for path, way in zip(paths, (nullcontext, bulk.deferred_fulltext), strict=True):
        with open_writer(path, throwaway=True) as db:
            with way(db):
                apply(db, Batch("a.warc.gz", 1, tuple(items)))
            apply(db, Batch("a.warc.gz", 2, (later,)))  # the triggers are back
            assert check(db) == []
            schema = set(db.execute("SELECT type, name, sql FROM sqlite_master"))
            texts = ("covid", "new", "año", "una")
            queries = [SearchQuery(text, stem=stem) for text in texts for stem in (False, True)]
            found.append((schema, fingerprint(db), [search(db, query) for query in queries]))
    assert found[0] == found[1] and any(found[0][2])


@pytest.fixture(scope="module")
def many_path(tmp_path_factory):
    """Stories with headlines, texts, dates and languages in many combinations; some are equal except for their ID."""
    path = tmp_path_factory.mktemp("many") / "index.db"
    with open_writer(path, throwaway=True) as db:
        items = []
        for n in range(90):
            values = {
                "title": ("Ferry news", "Harbour", "The ferry and the harbour", "Año de elecciones")[n % 4],
                "text": ("The ferry sails.", "No boat.", "Harbours. The ferry. " * (n % 7), "Elección")[n // 2 % 4],
                "date_published": None if n % 11 == 0 else f"2026-0{1 + n % 3}-{1 + n % 5:02}",
                "language": ("en", "es")[n % 4 == 3],
                "authors": (("Ana Pérez",), ())[n % 3 == 0],
            }  # fmt: skip
            items.append(seen(n, url=(url := f"https://news.test/2026/{n}"), outcome=article(url, **values)))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
    return path


QUERIES = st.builds(
    SearchQuery,
    st.sampled_from(
        ("", "ferry", "harbour", "ferry harbour", "ferry NOT boat", "elecc*", '"ferry sails"', "nothing", "no OR sails")
    ),
    author=st.sampled_from((None, None, "pérez")),
    language=st.sampled_from((None, None, "en")),
    since=st.sampled_from((None, date(2026, 2, 2))),
    stem=st.booleans(),
    sort=st.sampled_from(("relevance", "relevance", "date")),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUERIES, st.integers(1, 30), st.sampled_from((0, 3, 20, 1000)), st.sampled_from((0, 9, 1000)))
def test_the_pages_of_a_search_are_consistent(many_path, monkeypatch, query, page, ranked, walked):
    monkeypatch.setattr(ranking, "RANKED_WHOLE", ranked)
    monkeypatch.setattr(ranking, "_WALKED", walked)
    with open_reader(many_path) as db:
        whole = [(hit.id, hit.score) for hit in search(db, replace(query, limit=None))]
        pages = []
        for begin in range(0, len(whole) + page, page):
            pages += [(hit.id, hit.score) for hit in search(db, replace(query, limit=page, offset=begin))]
        assert pages == whole
        assert sorted(story_id for story_id, _ in whole) == list(iter_ids(db, query))
        assert count(db, query) == len(whole) == sum(number for _, number in count_by(db, query, "month"))


def test_with_too_many_matches_headline_matches_come_first_then_the_newest(many_path, monkeypatch):
    with open_reader(many_path) as db:
        query = SearchQuery("ferry", limit=None)
        best = search(db, query)
        assert [hit.score for hit in best] == sorted((hit.score for hit in best), reverse=True) and best[-1].score > 0
        monkeypatch.setattr(ranking, "RANKED_WHOLE", len(best))
        assert search(db, query) == best
        monkeypatch.setattr(ranking, "RANKED_WHOLE", len(best) - 1)
        hits = search(db, query)
        scores = [hit.score for hit in hits]
        assert ranking.headlines_first(query, scores) and not ranking.headlines_first(
            query, [hit.score for hit in best]
        )
        assert not ranking.headlines_first(replace(query, sort="date"), scores)
        assert not ranking.headlines_first(replace(query, text=""), scores)
    days = [date.fromisoformat(hit.date).toordinal() if hit.date else 0 for hit in hits]
    keys = [("ferry" not in hit.title.lower(), -day, hit.id) for hit, day in zip(hits, days, strict=True)]
    assert keys == sorted(keys) and len({key[0] for key in keys}) == 2
    assert {hit.score for hit in hits} == {0.0} and {hit.id for hit in hits} == {hit.id for hit in best}
    assert "\ue000ferry\ue001" in hits[-1].snippet


def test_a_search_sees_one_state_of_the_index_while_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(ranking, "RANKED_WHOLE", 0)
    path, urls = tmp_path / "index.db", [f"https://news.test/2026/{n}" for n in range(3)]

    def enter(number, *titles):
        with open_writer(path) as db:
            outcomes = [article(url, title=title, text="By ferry.") for url, title in zip(urls, titles, strict=True)]
            items = [seen(10 * number + n, number, url=told.url, outcome=told) for n, told in enumerate(outcomes)]
            apply(db, Batch("a.warc.gz", number, tuple(items)))

    enter(1, "Ferry", "News", "News")
    with open_reader(path) as db:
        hits = iter_search(db, SearchQuery("ferry"))
        assert next(hits).title == "Ferry"
        enter(2, "News", "Ferry", "Ferry")
        assert [hit.title for hit in hits] == ["News", "News"]
        assert len(search(db, SearchQuery("ferry"))) == 3


def test_a_prefix_is_marked_in_every_snippet(many_path):
    with open_reader(many_path) as db:
        hits = search(db, SearchQuery("fer* sail*", limit=None))
        assert len(hits) > 20
        assert {hit.id for hit in hits} == set(iter_ids(db, SearchQuery("ferry sails")))
        for hit in hits:
            assert "\ue000ferry\ue001" in hit.snippet and "\ue000sails\ue001" in hit.snippet


@pytest.mark.slow
def test_additions_after_a_rebuild_do_not_rewrite_its_full_text(tmp_path):
    def enter(db, numbers, length):
        texts = (f"Ferry. {' '.join(f'w{n}x{k}' for k in range(length))}" for n in numbers)
        outcomes = [
            (n, article(f"https://news.test/2026/{n}", text=text)) for n, text in zip(numbers, texts, strict=True)
        ]
        items = tuple(seen(n, n, url=told.url, outcome=told) for n, told in outcomes)
        apply(db, Batch("a.warc.gz", numbers[-1], items))

    def blocks(db):
        return set(db.execute("SELECT id, block FROM articles_fts_data WHERE id > 10"))

    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        with bulk.deferred_fulltext(db):
            enter(db, range(40), 1000)
        before = blocks(db)
        enter(db, range(40, 200), 10)
        assert before and before <= blocks(db)
        assert count(db, SearchQuery("ferry")) == count(db, SearchQuery("ferries", stem=True)) == 200
