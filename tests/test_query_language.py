"""The query language: each form finds the same stories as a simple evaluation of the texts, or is refused with the
place."""

import contextlib
import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.errors import QueryError, UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.schema import fulltext
from archiver.index.schema.migrations import STEPS
from archiver.index.search import plan as plans
from archiver.index.search import ranking
from archiver.index.search.explain import explain
from archiver.index.search.facet_counts import facets
from archiver.index.search.hits import count, count_by, iter_ids, search
from archiver.index.search.lexing import FIELDS
from archiver.index.search.parsing import listed, parse
from archiver.index.search.selection import Chosen, SearchQuery
from archiver.index.search.syntax import All, DateSpan, Either, Field, Near, Not, Term, written
from archiver.model import Batch
from index_samples import article, seen

# ---------------------------------------------------------------- a reading of the texts, of its own making

SITES = ("news", "Ñoticias.test", "news 2")
VOCABULARY = ("ferry", "toll", "Toll", "año", "ano", "fares", "fare", "harbour", "c++", "#toll", "東京", "都")
WORDS = re.compile(r"[a-zñ]+|[\u4e00-\u9fff]", re.IGNORECASE)


def plain(word):
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def brute_force(node, story, exact=False):
    """Whether a story, a dict of its columns and properties, matches a tree."""
    match node:
        case All(parts):
            return all(brute_force(part, story, exact) for part in parts)
        case Either(parts):
            return any(brute_force(part, story, exact) for part in parts)
        case Not(part):
            return not brute_force(part, story, exact)
        case DateSpan(first, last):
            day = story["date"]
            return day is not None and (first is None or first <= day) and (last is None or day <= last)
        case Field("lang", value):
            return story["language"] == value.lower()
        case Field("site", value):
            return story.get("site", SITES[0]) == value
        case Field("section", value):
            return story["section"] is not None and plain(story["section"]) == plain(value)
        case Term() | Near():
            columns = [node.column] if node.column else ["title", "text"]
            return any(in_text(node, story[column], exact) for column in columns)
    raise AssertionError(node)


def in_text(node, text, exact):
    if isinstance(node, Term):
        return bool(places(node, text, exact))
    found = [places(term, text, exact) for term in node.terms]
    lasts = [start for spans in found for start, _ in spans]
    return any(
        all(any(start <= last <= end + node.distance for start, end in spans) for spans in found) for last in lasts
    )


def places(term, text, exact):
    """(first word, word after the last) of each place of the term."""
    have, want = list(WORDS.finditer(text)), list(WORDS.finditer(term.text))
    found = []
    for start in range(len(have) - len(want) + 1):
        here = have[start : start + len(want)]
        if all(
            same(text, one, term.text, other, exact, term.star and number == len(want) - 1)
            for number, (one, other) in enumerate(zip(here, want, strict=True))
        ):
            found.append((start, start + len(want)))
    return found


def same(text, found, query, wanted, exact, open_end):
    signs = [(query[wanted.start() - 1 : wanted.start()], "#", text[found.start() - 1 : found.start()])]
    signs.append((query[wanted.end() : wanted.end() + 2], "++", text[found.end() : found.end() + 2]))
    if any(sign == special and sign != there for sign, special, there in signs):
        return False
    have, want = (found[0], wanted[0]) if exact else (plain(found[0]), plain(wanted[0]))
    return have.startswith(want) if open_end else have == want


words_in_texts = st.lists(st.sampled_from(VOCABULARY), max_size=7).map(" ".join)
stories = st.fixed_dictionaries(
    {
        "title": words_in_texts,
        "text": words_in_texts,
        "language": st.sampled_from(("en", "es")),
        "section": st.sampled_from((None, "Harbour", "Año")),
        "site": st.sampled_from(SITES),
        "date": st.one_of(st.none(), st.integers(0, 60).map(lambda days: date(2024, 1, 15) + timedelta(days))),
    }
)
columns = st.sampled_from((None, None, None, "title", "text"))
texts = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join)
terms = st.builds(Term, texts, st.booleans(), columns)
bare = st.builds(Term, texts, st.booleans())
days = st.dates(date(2024, 1, 1), date(2024, 4, 1))
leaves = st.one_of(
    terms,
    terms,
    st.builds(Near, st.lists(bare, min_size=2, max_size=3).map(tuple), st.integers(0, 4), columns),
    st.builds(Field, st.just("lang"), st.sampled_from(("en", "ES"))),
    st.builds(Field, st.just("site"), st.sampled_from((*SITES, "other"))),
    st.builds(Field, st.just("section"), st.sampled_from(("harbour", "ano"))),
    st.tuples(days, days).map(lambda pair: DateSpan(min(pair), max(pair))),
    st.builds(DateSpan, days, st.none()),
)


def grown(kind):
    return lambda parts: kind(tuple(parts))


trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(grown(All)),
        st.lists(inner, min_size=2, max_size=4).map(grown(Either)),
        inner.map(Not),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("language") / "index.db", throwaway=True) as db:
        yield db


def fill(db, given_stories):
    """Replace the index's stories with these; by ID."""
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("DELETE FROM articles")
    held = {}
    for number, story in enumerate(given_stories, 1):
        day = story["date"].isoformat() if story["date"] else None
        values = {
            "id": number, "surt": str(number), "url": f"https://news.test/{number}", "title": story["title"],
            "site": story.get("site", SITES[0]), "text": story["text"], "language": story["language"],
            "section": story["section"], "authors": "[]", "tags": "[]", "date": day, "month": day and day[:7],
            "page_type": "story", "word_count": 0,
            "text_sha256": "", "versions": 1, "first_seen": "", "last_seen": "", "last_changed": "", "status": "live",
            "extractor": "", "capture_id": 1,
        }  # fmt: skip
        names = ", ".join(values)
        db.conn.execute(f"INSERT INTO articles ({names}) VALUES ({', '.join('?' * len(values))})", [*values.values()])
        held[number] = story
    return held


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(st.lists(stories, min_size=1, max_size=6), trees, st.booleans())
@example([{"title": "", "text": "año ano", "language": "es", "section": None, "date": None}], Term("AÑO"), True)
def test_random_queries_find_the_same_as_reading_every_story(db, given_stories, tree, exact):
    held = fill(db, given_stories)
    query = SearchQuery(written(tree), exact=exact, limit=None)
    expected = sorted(number for number, story in held.items() if brute_force(tree, story, exact))
    assert list(iter_ids(db, query)) == expected, written(tree)
    assert sorted(hit.id for hit in search(db, query)) == expected
    assert count(db, query) == len(expected) == sum(number for _, number in count_by(db, query, "site"))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(stories, min_size=2, max_size=6),
    st.one_of(terms, trees),
    st.sampled_from((*SITES, None)),
    st.sampled_from(("en", "ES", None)),
    st.sampled_from((1, 20_000)),
)
def test_site_and_language_choose_the_same_stories_by_words_and_by_rows(db, given_stories, tree, site, language, most):
    held = fill(db, given_stories)
    filters = [Field(name, value) for name, value in (("site", site), ("lang", language)) if value]
    both = All((tree, *filters)) if filters else tree
    expected = sorted(number for number, story in held.items() if brute_force(both, story))
    with patch.object(ranking, "RANKED_WHOLE", most):
        for query in (SearchQuery(written(tree), site=site, language=language), SearchQuery(written(both))):
            assert sorted(hit.id for hit in search(db, query)) == list(iter_ids(db, query)) == expected
            assert count(db, query) == facets(db, query).count == len(expected)
            chosen = Chosen(db, query).by_rows()
            ids = f"SELECT a.id FROM {chosen.source} WHERE {chosen.where} ORDER BY a.id"
            assert [row[0] for row in db.execute(ids, chosen.values)] == expected
            assert [hit.id for hit in search(db, replace(query, sort="date"))] == sorted(
                expected, key=lambda number: (date.max - (held[number]["date"] or date.min), number)
            )


def test_the_words_of_a_story_follow_its_site_and_language(db):
    fill(db, [{"title": "ferry", "text": "toll", "language": None, "section": None, "date": None}])
    for site, language in ((SITES[1], "en"), (SITES[1], None), (SITES[2], "es")):
        db.execute("UPDATE articles SET site = ?, language = ?", (site, language))
        assert [name for name in SITES if count(db, SearchQuery("ferry", site=name))] == [site]
        assert [code for code in ("en", "es") if count(db, SearchQuery(f"ferry lang:{code}"))] == [language] * bool(
            language
        )
        assert list(fulltext.differing(db)) == []
    db.execute("DELETE FROM articles")
    assert db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'ferry'").fetchone() == (0,)


def test_an_index_of_schema_25_gets_words_for_sites(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        enter_old = "INSERT INTO articles_fts(rowid, title, text, language) VALUES (?, ?, ?, ?)"
        fill(db, [{"title": "ferry", "text": "toll", "language": "en", "section": None, "date": None}])
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('delete-all')")
        db.execute(enter_old, (1, "ferry", "toll", "xlangen"))
        assert count(db, SearchQuery("ferry", site=SITES[0])) == 0
        db.execute("DROP TRIGGER articles_fts_update")
        db.execute("CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles BEGIN SELECT 1; END")
        (step,) = (step for step in STEPS if step.what == "sites in the full-text table")
        step.run(db)
        assert count(db, SearchQuery("ferry", site=SITES[0])) == 1
        db.execute("UPDATE articles SET site = ?", (SITES[1],))
        assert count(db, SearchQuery("ferry", site=SITES[1])) == 1 and list(fulltext.differing(db)) == []


@settings(max_examples=12, deadline=None)
@given(st.lists(stories, min_size=1, max_size=3), texts, columns)
@example([{"title": "ferry", "text": "toll fares", "language": "en", "section": None, "date": None}], "toll fare", None)
@example([{"title": "", "text": "toll", "language": "en", "section": None, "date": None}], "#toll", None)
def test_a_star_inside_a_phrase_makes_its_last_word_a_prefix(db, given_stories, words, column):
    held = fill(db, given_stories)
    before, after = (f"{column}:(", ")") if column else ("", "")
    expected = sorted(number for number, story in held.items() if brute_force(Term(words, True, column), story))
    for text in (f'{before}"{words}*"{after}', f'{before}"{words}* "{after}', f'{before}"{words}"*{after}'):
        assert parse(text).notes == () and list(iter_ids(db, SearchQuery(text, limit=None))) == expected, text
    if column is None:
        for entry in (f'"{words}*"', f'"{words}"*', f"{words}*"):
            assert list(iter_ids(db, SearchQuery("", word_list=(entry,), limit=None))) == expected, entry


@settings(max_examples=300, deadline=None)
@given(trees)
def test_a_written_tree_parses_to_the_same_tree(tree):
    again = written(parse(written(tree)).node)
    assert again == written(parse(again).node)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["AND", "OR", "NOT", "NEAR(", "NEAR", "(", ")", '"', "a", "b*", ",", "5", "title:",
                                 "date:", "date:2024", "site:x", "~2", "-", "é", "x:y", " "]), max_size=12),
       st.sampled_from(("", " ")))  # fmt: skip
def test_any_text_is_parsed_or_refused_with_its_place(pieces, glue):
    text = glue.join(pieces)
    try:
        parsed = parse(text)
    except QueryError as error:
        assert error.message and error.hint and 0 <= error.position <= len(text)
        assert str(error).splitlines()[-1].strip() == "^"
    else:
        assert parsed is not None or not text.strip()


# ---------------------------------------------------------------- form by form

STORIES = {
    "toll": {"title": "Ferry toll doubles", "text": "The harbour board will double the toll. Riders object.",
             "section": "Harbour", "authors": ("Ana Ruiz", "Bo Lind"), "date_published": "2024-01-10"},
    "fares": {"title": "Fares", "text": "The ferry costs $100 a month, says @harbourboard. Written in C++ #fares",
              "authors": ("Ana Ruiz Gil",), "tags": ("travel",), "date_published": "2024-03-31"},
    "bridge": {"title": "Bridge opens", "text": "No ferry any more. C and 100 others, fares gone.",
               "date_published": "2024-04-01"},
    "puente": {"title": "El año del puente", "text": "Un puente y un ANO.", "language": "es", "date_published": None},
}  # fmt: skip


@pytest.fixture(scope="module")
def harbour(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("harbour") / "index.db", throwaway=True) as db:
        items = [
            seen(
                number,
                url=f"https://news.test/2026/{slug}",
                outcome=article(f"https://news.test/2026/{slug}", **values),
            )
            for number, (slug, values) in enumerate(STORIES.items())
        ]
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def found(db, text, **values):
    return sorted(hit.url.rsplit("/", 1)[1] for hit in search(db, SearchQuery(text, limit=None, **values)))


FORMS = [
    ("ferry", ["bridge", "fares", "toll"]),
    ("ferry AND toll", ["toll"]),
    ("toll OR bridge", ["bridge", "toll"]),
    ("ferry NOT bridge", ["fares", "toll"]),
    ("ferry AND NOT (bridge OR toll)", ["fares"]),
    ("NOT ferry", ["puente"]),
    ("NOT NOT ferry", ["bridge", "fares", "toll"]),
    ("toll OR NOT ferry", ["puente", "toll"]),
    ("bridge OR ferry toll", ["bridge", "toll"]),  # AND binds closer than OR
    ("(bridge OR ferry) toll", ["toll"]),
    ("ferry NOT bridge OR puente", ["fares", "puente", "toll"]),  # NOT binds closest
    ('"harbour board"', ["toll"]),
    ('"board harbour"', []),
    ("far*", ["bridge", "fares"]),
    ('"harbour bo"*', ["toll"]),
    ("NEAR(harbour toll, 4)", ["toll"]),
    ("NEAR(toll harbour, 3)", []),
    ("NEAR(harbour toll)", ["toll"]),
    ('"harbour toll"~4', ["toll"]),
    ('"harbour toll"~3', []),
    ('NEAR("harbour board" do*, 1)', ["toll"]),
    ("title:ferry", ["toll"]),
    ("text:ferry", ["bridge", "fares"]),
    ("title:(ferry OR bridge) NOT text:gone", ["toll"]),
    ('title:"ferry toll"', ["toll"]),
    ("text:NEAR(ferry month, 3)", ["fares"]),
    ("author:ruiz", ["fares", "toll"]),
    ('author:"ruiz gil"', ["fares"]),
    ("author:li*", ["toll"]),
    ("section:harbour", ["toll"]),
    ("NOT section:harbour", ["bridge", "fares", "puente"]),
    ("tag:travel", ["fares"]),
    ("site:news.test lang:ES", ["puente"]),
    ("lang:(es OR fr) OR toll", ["puente", "toll"]),
    ("date:2024-01", ["toll"]),
    ("date:2024-01..2024-03", ["fares", "toll"]),
    ("date:2024-04-01..", ["bridge"]),
    ("date:..2024-01", ["toll"]),
    ("NOT date:2024", ["puente"]),
    ("date:2024 ferry NOT toll", ["bridge", "fares"]),
    ("C++", ["fares"]),
    ("#fares", ["fares"]),
    ("@harbourboard", ["fares"]),
    ("$100", ["fares"]),
    ("100 NOT $100", ["bridge"]),
    ("ferry (toll", ["toll"]),
    ("board: toll", ["toll"]),
    ("x:toll", []),
    ("and or not", []),
    ("(((((toll)))))", ["toll"]),
    ("año", ["puente"]),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_each_form_finds_its_stories(harbour, text, expected):
    assert found(harbour, text) == sorted(expected)
    assert count(harbour, SearchQuery(text)) == len(expected)
    assert len(list(iter_ids(harbour, SearchQuery(text)))) == len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("año", ["puente"]),
        ("Año", []),
        ("ano", []),
        ("ANO", ["puente"]),
        ("NOT año", ["bridge", "fares", "toll"]),
        ('"Ferry toll"', ["toll"]),
        ('"ferry toll"', []),
        ("Ferr*", ["toll"]),
        ("NEAR(Ferry doubles, 1)", ["toll"]),
        ("NEAR(ferry doubles, 1)", []),
        ("Ferry OR Bridge", ["bridge", "toll"]),
    ],
)
def test_exact_respects_accents_and_case(harbour, text, expected):
    assert found(harbour, text, exact=True) == expected
    assert count(harbour, SearchQuery(text, exact=True)) == len(expected)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("ferry AND", 6, "AND has nothing after it"),
        ("OR ferry", 0, "OR has nothing before it"),
        ("ferry AND OR toll", 6, "AND has nothing after it"),
        ("NOT", 0, "NOT has nothing after it"),
        ("ferry AND (toll OR fare", 10, "this bracket is not closed"),
        ("ferry AND toll)", 14, "this bracket was never opened"),
        ("ferry AND ()", 11, "these brackets are empty"),
        ('ferry AND "toll', 10, 'this " is not closed'),
        ("title:", 0, "title: has no value"),
        ("title: ferry", 0, "title: has no value"),
        ("date:2024-13", 5, "date: '2024-13' is not a date"),
        ("date:99999999999999999999", 5, "date: '99999999999999999999' is not a date"),
        ("date:2024..2023", 5, "date: 2024 is after 2023"),
        ("date:..", 5, "date: has no day"),
        ("site:new*", 5, "site: needs a complete value"),
        ("NEAR ferry", 0, "NEAR must be followed by a bracket"),
        ("NEAR(ferry, 5)", 0, "NEAR needs at least two words"),
        ("NEAR(ferry toll, near)", 15, "near is not a distance"),
        ("NEAR(ferry toll", 4, "the bracket of NEAR is not closed"),
        ("NEAR(ferry OR toll)", 11, "NEAR takes only words"),
        ("ferry AND titel:toll", 10, "titel: is not a field"),
        ("title:(site:x)", 0, "title: can't be used within another field"),
        ("ferry AND 🙂", 10, "'🙂' has no letter or digit"),
        ("a AND (b OR (" * 150 + "c" + "))" * 150, None, "brackets are nested more than 200 deep"),
    ],
)
def test_a_query_that_can_not_be_read_is_refused_with_the_place_and_the_fix(harbour, text, position, message):
    with pytest.raises(QueryError, match=re.escape(message)) as raised:
        count(harbour, SearchQuery(text))
    assert raised.value.hint
    assert position is None or raised.value.position == position


def test_the_caret_is_under_the_place_even_after_wide_characters():
    with pytest.raises(QueryError) as raised:
        parse("東京 AND")
    assert str(raised.value).splitlines()[1:] == ["  東京 AND", "       ^"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("(ferry", "brackets are ignored"),
        ('ferry "', 'an unpaired " is ignored'),
        ("-toll", "to exclude a word write NOT"),
        ("fer*y", "the * of 'fer*y' is ignored: it is only allowed at the end of a word"),
        ('"fer* boat"', "the * of 'fer* boat' is ignored: it is only allowed at the end of the last word of a phrase"),
        ('"ferry *"', "the * of 'ferry *' is ignored: it is only allowed at the end of the last word of a phrase"),
        ("mayor:smith", "mayor: is not a field"),
        ("titel:ferry", "did you mean 'title'?"),
        ("ferry 🙂", "'🙂' has no letter or digit"),
    ],
)
def test_ignored_syntax_in_plain_words_is_reported(text, note):
    parsed = parse(text)
    assert parsed.plain and note in " ".join(parsed.notes)


def test_words_without_syntax_have_no_notes():
    for text in (
        "city council",
        '"city council"',
        "fer*",
        "covid-19",
        "C++",
        "at 10:30",
        "https://news.test/x",
        "it's",
    ):
        assert parse(text).plain and not parse(text).notes, text


def test_redundant_brackets_of_any_depth_are_parsed(harbour):
    assert found(harbour, "(" * 5000 + "toll OR bridge" + ")" * 5000) == ["bridge", "toll"]
    deep = "toll AND (ferry OR (" * 60 + "bridge" + "))" * 60
    assert found(harbour, deep) == ["toll"]
    assert found(harbour, "NOT (ferry AND NOT (" * 50 + "toll" + "))" * 50) is not None


def test_word_lists_of_thousands(harbour):
    entries = (*(f"word{n}" for n in range(3000)), "toll", "bridge opens", "pue*", "", "...")
    assert found(harbour, "", word_list=entries) == ["bridge", "puente", "toll"]
    assert found(harbour, "ferry", word_list=entries) == ["bridge", "toll"]
    assert count(harbour, SearchQuery(" OR ".join(f"word{n}" for n in range(3000)) + " OR toll")) == 1
    with pytest.raises(UsageError, match="the word list is empty"):
        count(harbour, SearchQuery(word_list=("...",)))
    assert listed(("one", "one")) == Term("one")


def test_two_hundred_words_or_phrases_are_all_searched(harbour):
    text = " OR ".join([*(f'"phrase number {n}"' for n in range(200)), '"harbour board"'])
    assert found(harbour, text) == ["toll"]


def test_regular_expressions_narrow_the_results(harbour):
    assert found(harbour, "ferry", regex=r"\$[0-9]+ a") == ["fares"]
    assert found(harbour, "", regex=r"(?i)^el a.o") == ["puente"]
    assert found(harbour, "ferry", regex="(a+)+$x") == []
    (hit,) = search(harbour, SearchQuery(regex=r"\$\d+"))
    assert "\ue000100\ue001" in hit.snippet
    with pytest.raises(UsageError, match="regular expression"):
        count(harbour, SearchQuery(regex="(?=x)"))


def test_exact_and_stem_exclude_each_other(harbour):
    with pytest.raises(UsageError, match="can't be combined"):
        count(harbour, SearchQuery("toll", exact=True, stem=True))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(stories, min_size=1, max_size=5), trees.filter(lambda tree: "NOT" not in written(tree)))
def test_stems_never_find_less(db, given_stories, tree):
    fill(db, given_stories)
    text = written(tree)
    assert set(iter_ids(db, SearchQuery(text))) <= set(iter_ids(db, SearchQuery(text, stem=True)))


def test_stems_of_long_phrases_are_read_in_the_text(tmp_path):
    forms = ["vote", "votes", "voted", "voting"]
    fill_words = " ".join(f"{a} {b} {c} {d}" for a in forms for b in forms for c in forms for d in forms)
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        base = {"title": "", "language": "en", "section": None, "date": None}
        fill(db, [base | {"text": fill_words}, base | {"text": "Voted, votes. A break. Vote voting."}])
        assert list(iter_ids(db, SearchQuery('"vote vote vote vote"', stem=True))) == [1]
        assert list(iter_ids(db, SearchQuery('"voting vote"', stem=True))) == [1, 2]
        assert list(iter_ids(db, SearchQuery('NEAR("vote vote" "votes vote vote vote", 9)', stem=True))) == [1]


def test_the_meaning_of_a_query_can_be_explained(harbour):
    told = explain(harbour, SearchQuery("(ferry toll", stem=True))
    assert told.read_as == "plain words" and told.asked == '("ferry" AND "toll")' and told.left_out
    told = explain(harbour, SearchQuery("ferry OR site:news.test"))
    assert told.read_as == "a query" and told.asked == '("ferry" OR site:"news.test")'


def test_every_field_is_known_to_the_parser():
    for name in FIELDS:
        value = "2024" if name == "date" else "x"
        with contextlib.suppress(UsageError):
            assert parse(f"{name}:{value}").node is not None


def test_only_the_stories_of_a_page_are_read(tmp_path, monkeypatch):
    """`--exact` read every story with the word, accents aside: a second for 100,000 stories."""
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        items = [
            seen(number, url=f"https://a.test/{number}", outcome=article(f"https://a.test/{number}", text))
            for number, text in enumerate(["The Ferry sails."] * 30 + ["The ferry sails."] * 30)
        ]
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        whole = [hit.id for hit in search(db, SearchQuery("Ferry", exact=True, limit=None))]
        assert len(whole) == count(db, SearchQuery("Ferry", exact=True)) == 30
        read = []
        decide = plans._decide
        monkeypatch.setattr(plans, "_decide", lambda *values: read.append(1) or decide(*values))
        page = [hit.id for hit in search(db, SearchQuery("Ferry", exact=True, limit=5, offset=3))]
        assert page == whole[3:8] and len(read) < 60
        read.clear()
        monkeypatch.setattr("archiver.index.search.ranking.RANKED_WHOLE", 59)  # of 60 with `ferry` in any spelling
        newest = [hit.id for hit in search(db, SearchQuery("Ferry", exact=True, limit=5))]
        assert len(read) < 60
        assert newest == [hit.id for hit in search(db, SearchQuery("Ferry", exact=True, limit=None))][:5]
        assert len(search(db, SearchQuery("Ferry", exact=True, limit=50))) == 30
        for sort in ("relevance", "date"):
            by_page = [
                hit.id
                for offset in range(0, 35, 7)
                for hit in search(db, SearchQuery("Ferry", exact=True, limit=7, offset=offset, sort=sort))
            ]
            whole = [hit.id for hit in search(db, SearchQuery("Ferry", exact=True, limit=None, sort=sort))]
            assert by_page == whole and len(whole) == 30


@pytest.mark.parametrize("phrase", ["title:ferry", "text:hello", "date: 2022", "titel:ferry", "x:y"])
def test_a_quoted_phrase_is_words_even_if_it_begins_like_a_field(phrase):
    parsed = parse(f'"{phrase}" OR boat')
    assert parsed.node == Either((Term(phrase), Term("boat"))) and not parsed.notes
    assert parse(f'"{phrase}"').notes == ()
