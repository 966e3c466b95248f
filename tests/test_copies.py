"""Stories of several sites with the same paragraphs: which was first, how much is shared, which agency is named."""

from itertools import permutations

import pytest

from archiver.errors import UsageError
from archiver.extract.authors import clean_authors
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.ingest.compaction import compact_if_grown
from archiver.index.read.consistency import fingerprint
from archiver.index.read.copy_pairs import copy_pairs
from archiver.index.read.overview import alike
from archiver.index.schema import likeness
from archiver.index.schema.likeness import agencies_of, marks_of
from archiver.index.schema.migrations import STEPS
from archiver.index.search.facet_counts import facets
from archiver.index.search.hits import count, search
from archiver.index.search.selection import SearchQuery
from archiver.index.search.trends import trends
from archiver.model import Batch
from index_samples import article, seen


def paragraph(word, number):
    return (
        f"{word.title()} number {number} was seen at the harbour on that morning, said the board in a long statement."
    )


def other(word, number):
    return (
        f"On line {number} of the {word} nobody waited for long, though drivers had announced a strike the day before."
    )


WIRE = [paragraph("ferry", number) for number in range(5)]
OWN = [other("tram", number) for number in range(5)]
NOTICE = "This text belongs to its publisher and must not be copied, sold or sent to others without permission, ever."

STORIES = {
    "one.test/wire": (["OSLO (Reuters) - Ferries.", *WIRE], {"date_published": "2024-01-02T10:00:00Z"}),
    "two.test/wire": ([*WIRE, "Our own last line."], {"date_published": "2024-01-02T12:00:00Z"}),
    "three.test/half": ([*(text.upper() for text in WIRE[:4]), *OWN[:3]], {"date_published": "2024-01-03"}),
    "three.test/again": ([*WIRE], {"date_published": "2024-01-04"}),
    "four.test/quote": ([WIRE[0], *OWN[:4], "And more of it."], {"date_published": "2024-01-05"}),
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("copies") / "index.db", throwaway=True) as db:
        items = []
        for number, (slug, (parts, values)) in enumerate(STORIES.items()):
            url = f"https://{slug}"
            items.append(seen(number, url=url, outcome=article(url, text="\n\n".join(parts), title=slug, **values)))
        for number in range(60):
            url = f"https://notice{number}.test/{number}"
            parts = [NOTICE, NOTICE + " Never.", paragraph(f"boat{number}", 1)]
            items.append(seen(100 + number, url=url, outcome=article(url, text="\n\n".join(parts), title=str(number))))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def pairs(db):
    rows = db.execute("SELECT url, copy_of_url, share, share_of_first, blocks, agency FROM copies")
    return {tuple(url.removeprefix("https://") for url in row[:2]): row[2:] for row in rows}


def test_copies_are_listed_with_the_first_story_and_the_shared_part(db):
    found = pairs(db)
    assert set(found) == {
        ("two.test/wire", "one.test/wire"),
        ("three.test/half", "one.test/wire"),
        ("three.test/half", "two.test/wire"),
        ("three.test/again", "one.test/wire"),
        ("three.test/again", "two.test/wire"),
        # three paragraphs of half a text; one of them is not a copy of a wire story
        ("four.test/quote", "three.test/half"),
    }
    share, of_first, blocks, agency = found["two.test/wire", "one.test/wire"]
    assert 0.9 < share < 1 and 0.9 < of_first < 1 and blocks == 5 and agency == "Reuters"
    assert (
        found["three.test/again", "two.test/wire"][0] > 0.97 and found["three.test/again", "two.test/wire"][3] is None
    )
    assert found["three.test/half", "one.test/wire"][2] == 4


def test_pages_of_copies_are_parts_of_one_list_however_few_stories_are_compared(db, monkeypatch):
    whole = copy_pairs(db, 1000, site=None, agency=None)
    assert len(whole) == len(pairs(db)) and [pair.date for pair in whole] == sorted(
        (pair.date for pair in whole), reverse=True
    )
    monkeypatch.setattr("archiver.index.read.copy_pairs._SHARE", 1)
    for stories in (1, 25):
        monkeypatch.setattr("archiver.index.read.copy_pairs._STORIES", stories)
        for offset in range(len(whole) + 2):
            assert copy_pairs(db, 2, offset, site=None, agency=None) == whole[offset : offset + 2]
        of_site = [pair for pair in whole if "two.test" in (pair.site, pair.first_site)]
        assert copy_pairs(db, 2, 1, site="two.test", agency=None) == of_site[1:3]
        with_agency = [pair for pair in whole if pair.agency == "Reuters"]
        assert copy_pairs(db, 2, site=None, agency="Reuters") == with_agency[:2]


def test_shares_of_collapsed_searches_are_never_above_one(db):
    found = trends(db, [SearchQuery("site:two.test", collapse=True), SearchQuery("ferry", collapse=True)], "site")
    assert all(share <= 1 for part in found for share in part.shares)
    assert {part.key: (part.total, part.counts[0]) for part in found}["two.test"] == (1, 1)
    with pytest.raises(UsageError, match="a sample"):
        trends(db, [SearchQuery("ferry", sample=1)], "site")


def test_a_notice_on_many_stories_is_no_evidence_of_copies(db):
    assert not [pair for pair in pairs(db) if "notice" in pair[0]]


def test_copies_do_not_depend_on_which_marks_were_moved(db):
    def found():
        rows = [
            db.execute(f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4").fetchall() for view in ("copies", "story_chains")
        ]
        ids = [row[0] for row in db.execute("SELECT id FROM articles WHERE site NOT LIKE 'notice%' ORDER BY url")]
        return rows, [alike(db, story_id) for story_id in ids], count(db, SearchQuery(collapse=True)), fingerprint(db)

    expected = found()
    assert expected[0][0]
    db.execute("BEGIN")
    for moved in ("article_id % 2", "mark % 3", "1"):
        db.execute(f"INSERT INTO block_marks SELECT mark, article_id, position, length FROM new_marks WHERE {moved}")
        db.execute(f"DELETE FROM new_marks WHERE {moved}")
        assert found() == expected
    db.execute("ROLLBACK")
    assert found() == expected


def test_collapsing_keeps_the_first_of_those_that_are_found(db):
    def found(**values):
        hits = search(db, SearchQuery("ferry", limit=None, **values))
        return sorted(hit.url.removeprefix("https://") for hit in hits)

    assert len(found()) == 5
    assert "one.test/wire" in found(collapse=True) and len(found(collapse=True)) < 3
    # The first is not among the selected stories: the next one takes its place.
    assert found(site="two.test", collapse=True) == ["two.test/wire"]
    assert "two.test/wire" in sorted(
        hit.url.removeprefix("https://") for hit in search(db, SearchQuery("ferry NOT site:one.test", collapse=True))
    )
    assert count(db, SearchQuery("ferry", collapse=True)) == len(found(collapse=True))
    assert facets(db, SearchQuery("ferry")).copies == len(found()) - len(found(collapse=True))
    assert facets(db, SearchQuery("ferry", collapse=True)).copies == 0
    (part,) = trends(db, [SearchQuery("ferry", collapse=True)], "year")[:1]
    assert part.counts == (len(found(collapse=True)),)


SENTENCES = [
    "The harbour authority will close the northern breakwater for repairs until the end of September, it announced.",
    "Engineers found cracks in the concrete blocks during an inspection after the storms of the previous winter.",
    "Fishermen fear for their income: the northern entrance is the only one which their trawlers can use at low tide.",
    "A compensation fund of two million crowns has been promised by the ministry, but nobody knows who will run it.",
    "The mayor called the closure unavoidable and asked the companies to share berths in the southern basin meanwhile.",
    "Ferries to the islands are not affected, according to the operator, which has used the southern basin since May.",
]


def edited(text):
    """An agency's sentence as an editor changes it: other function words, another beginning."""
    return "Meanwhile, " + text.replace(" will ", " is to ").replace(" the ", " this ").replace(" which ", " that ")


def story(number, site, parts, **values):
    url = f"https://{site}/{number}"
    return seen(number, url=url, outcome=article(url, text="\n\n".join(parts), title=site, **values))


def build(path, *stories):
    with open_writer(path, throwaway=True) as db:
        for number, item in enumerate(stories, 1):
            apply(db, Batch("a.warc.gz", number, (item,)))
        return pairs(db), fingerprint(db), [tuple(row) for row in db.execute("SELECT * FROM agencies")]


def test_a_copy_whose_every_paragraph_was_edited_is_found(tmp_path):
    first = story(1, "wire.test", ["PORT (AFP) - A port closes.", *SENTENCES], date_published="2024-01-01")
    copy = story(2, "paper.test", map(edited, SENTENCES), date_published="2024-01-02")
    found, _, _ = build(tmp_path / "index.db", first, copy)
    ((names, (share, _, blocks, agency)),) = found.items()
    assert names == ("paper.test/2", "wire.test/1") and share > 0.6 and blocks >= 4 and agency == "AFP"


def test_reports_that_differ_only_in_numbers_are_not_copies(tmp_path):
    def report(day):
        return [f"{text} The index closed {day}.{line} points higher." for line, text in enumerate(SENTENCES)]

    found, _, _ = build(tmp_path / "index.db", story(1, "a.test", report(11)), story(2, "b.test", report(57)))
    assert found == {}


def test_marks_and_agencies_are_the_same_in_any_order_and_go_with_the_text(tmp_path, monkeypatch):
    parts = ["OSLO (Reuters) - Ferries.", *SENTENCES]
    before = story(1, "a.test", parts)
    url = before.capture.url
    after = seen(3, 2, url=url, outcome=article(url, text="\n\n".join(SENTENCES[:3]), title="a.test"))
    other = story(2, "b.test", SENTENCES, authors=("Reuters",))
    builds = [
        build(tmp_path / f"{number}.db", *items) for number, items in enumerate(permutations([before, other, after]))
    ]
    assert all(entry[1] == builds[0][1] for entry in builds)
    assert [row[1:] for row in builds[0][2]] == [("Reuters", "author")]
    monkeypatch.setattr(likeness, "_WAITING", 1)  # each batch moves its marks
    assert build(tmp_path / "moved.db", before, after, other)[:2] == builds[0][:2]


def test_compacting_moves_the_marks(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, (story(1, "a.test", SENTENCES), story(2, "b.test", SENTENCES))))
        before = pairs(db), fingerprint(db)
        compact_if_grown(db, 0, 256)
        assert db.execute("SELECT count(*) FROM new_marks").fetchone() == (0,)
        assert before[0] and (pairs(db), fingerprint(db)) == before


def test_an_index_of_an_older_archiver_gets_its_marks(tmp_path):
    stories = [story(1, "a.test", SENTENCES), story(2, "b.test", SENTENCES)]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(stories)))
        expected, tables = pairs(db), fingerprint(db)
        assert expected
        for name in ("insert", "delete", "update"):
            db.execute(f"DROP TRIGGER likeness_{name}")
        for name in ("copies", "story_chains"):
            db.execute(f"DROP VIEW {name}")
        for name in ("block_marks", "new_marks", "agencies"):
            db.execute(f"DROP TABLE {name}")
        next(step for step in STEPS if step.what == "edited copies").run(db)
        assert pairs(db) == expected and fingerprint(db) == tables


def test_the_chain_of_a_story_has_its_copies_translations_and_addresses(tmp_path):
    english, spanish = "https://a.test/en/1", "https://a.test/es/1"
    names = (("en", english), ("es", spanish))
    items = [
        seen(1, url=english, outcome=article(english, "\n\n".join(SENTENCES), alternates=names)),
        seen(2, url=spanish, outcome=article(spanish, "Cierra el puerto.", language="es", alternates=names)),
        seen(3, url="https://b.test/2", outcome=article("https://b.test/2", "\n\n".join(SENTENCES), title="b")),
        seen(4, url=english + "/", outcome=article(english, "\n\n".join(SENTENCES), alternates=names)),
    ]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        rows = db.execute("SELECT kind, other_url, why FROM story_chains ORDER BY kind, other_url").fetchall()
    assert ("translation", english, "en to es") in rows
    assert any(kind == "copy" and why.endswith("same paragraphs 6 of 6") for kind, _, why in rows)
    assert [kind for kind, _, _ in rows].count("address") >= 1


def test_the_chain_of_a_story_in_several_pages_has_its_pages(tmp_path):
    first, second = "https://a.test/story", "https://a.test/story?page=2"
    items = [
        seen(
            1, url=first, outcome=article(first, "\n\n".join(SENTENCES[:3]), title="Closed", turns=(("next", second),))
        ),
        seen(
            2, url=second, outcome=article(second, "\n\n".join(SENTENCES[3:]), title="Closed", turns=(("prev", first),))
        ),
    ]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        rows = db.execute("SELECT kind, other_url FROM story_chains WHERE kind != 'number'").fetchall()
    assert rows == [("page", second)]


def test_agencies_are_named_by_authors_or_at_the_ends_of_a_text():
    assert agencies_of(["AP", "Jane Doe, Associated Press"], "x") == {"AP": "author"}
    assert agencies_of([], "PARIS (AFP) - It rains." + "x" * 700 + "/TASS/") == {"AFP": "text", "TASS": "text"}
    assert agencies_of([], "a" * 400 + " Reuters " + "b" * 400) == {}
    assert agencies_of(["Ana Reuterskjöld"], "") == {}  # a name of a person
    assert agencies_of(list(clean_authors(["Agency (Reuters)"])), "") == {"Reuters": "author"}


def test_one_mark_in_common_by_chance_makes_no_copy(tmp_path):
    shared = ["a" * 21, "c" * 23, "e" * 25, "g" * 27]  # words of one half; the following are of the other half
    one, other = (" ".join([*shared, *(letter * 22 for letter in own)] * 4) for own in ("aceg", "ikmo"))
    found, _, _ = build(tmp_path / "index.db", story(1, "a.test", [one]), story(2, "b.test", [other]))
    assert len({mark for mark, *_ in marks_of(one)} & {mark for mark, *_ in marks_of(other)}) == 1
    assert found == {}


FEW_WORDS = [
    "It is so and so it is, and it was so and so it was, on 3 and on 4 and on 5 of it, and so it is and so it was so.",
    "We do as we do and go as we go, 6 or 7 or 8 of us, and do as we do, we go as we go, and so we do and so we go.",
    "He is in, he is at it, he is on it, 9 of it, he is up to it, he is by it, he is in on it, and he is at it so.",
]


@pytest.mark.parametrize(
    "parts",
    [FEW_WORDS, [*SENTENCES[:2], FEW_WORDS[0]], [f"Short line {number} of it." for number in range(5)]],
    ids=["few words", "one of few words", "short paragraphs"],
)
def test_equal_texts_are_copies_with_a_share_of_one(tmp_path, parts):
    found, _, _ = build(tmp_path / "index.db", story(1, "a.test", parts), story(2, "b.test", parts))
    ((share, of_first, blocks, _),) = found.values()
    assert (share, of_first, blocks) == (1.0, 1.0, len(parts))


def test_short_paragraphs_that_are_equal_count_for_the_share(tmp_path):
    one, other = (["OSLO, 1 May", *SENTENCES[:4], f"By our desk in {town}."] for town in ("Oslo", "Turku"))
    first = story(1, "a.test", one, date_published="2024-01-01")
    found, _, _ = build(tmp_path / "index.db", first, story(2, "b.test", other, date_published="2024-01-02"))
    ((share, of_first, blocks, _),) = found.values()
    shared = sum(map(len, one[:-1]))
    assert share == round(shared / sum(map(len, other)), 3) and of_first == round(shared / sum(map(len, one)), 3)
    assert blocks == 5


def test_few_words_in_another_order_or_with_another_number_make_no_copy(tmp_path):
    turned = [" ".join(reversed(text.split())) for text in FEW_WORDS]
    counted = [text.replace("3", "30").replace("6", "60").replace("9", "90") for text in FEW_WORDS]
    texts = (FEW_WORDS, turned, counted)
    items = [story(number, f"{number}.test", parts) for number, parts in enumerate(texts, 1)]
    assert build(tmp_path / "index.db", *items)[0] == {}


def test_equal_texts_of_a_line_are_no_copies(tmp_path):
    line = ["Subscribe to read the story."]
    assert build(tmp_path / "index.db", story(1, "a.test", line), story(2, "b.test", line))[0] == {}
