"""The questions of docs/questions.md: the first twenty are answered from the sample site's archive, the others from a
generated archive with three sites, copies, edits and annotations."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.annotations import Annotation, Annotations
from archiver.index.ingest.batch import apply
from archiver.layout import Site
from archiver.model import Batch, Block, Image, Link
from index_samples import article, failed, seen

QUESTIONS = re.findall(
    r"^## (\d+)\. ([^\n]+)\n\n(?:[^#]+?\n\n)?```sql\n(.+?)```",
    (Path(__file__).parent.parent / "docs" / "questions.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
# One day of a site has no edits and no removals; test_versions has a second day.
MAY_BE_EMPTY = {8, 9, 10}
OF_THE_SAMPLE = QUESTIONS[:20]
OF_THREE_SITES = QUESTIONS[20:]
TEXT = [
    "The city council votes on the new harbour budget next week, after three years of debate about its size and cost.",
    "Members of both parties expect a narrow majority, though nobody would say so in public before the meeting ends.",
    "Dockers have announced a march through the centre of the town on the same morning, and shops there will close.",
]


def test_there_are_forty_two_questions():
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 43))


@pytest.mark.parametrize(("number", "question", "sql"), OF_THE_SAMPLE, ids=[entry[0] for entry in OF_THE_SAMPLE])
def test_a_question_has_an_answer(crawled, number, question, sql):
    _, program, _ = crawled
    assert question.endswith("?")
    assert program.rows(sql) or int(number) in MAY_BE_EMPTY


def story(site, path, parts, **values):
    return article(f"https://{site}.test/{path}", "\n\n".join(parts), title=f"{site} {path}", **values)


@pytest.fixture(scope="module")
def three_sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    picture, topic = Image("https://pictures.test/harbour.jpg"), "https://alpha.test/budget"
    first = story("alpha", "budget", TEXT, authors=("Ana Gil",), date_published="2024-01-02", images=(picture,))
    corrected = replace(first, blocks=(*first.blocks, Block("paragraph", "Correction: it is two years.", "article/p")))
    copy = story(
        "beta", "copy", ["BERGEN (Reuters) - Budget.", *TEXT], date_published="2024-01-04", authors=("Ana Gil",),
        images=(picture,), links=(Link(topic, "the budget", True),), is_accessible_for_free=False,
    )  # fmt: skip
    own = story("gamma", "own", ["Rain."], date_published="2024-02-01", authors=("Luis Paz",))
    own = replace(own, blocks=(*own.blocks, Block("quote", "It rained all day.", "article/blockquote")))
    other = story("alpha", "other", ["The city council rests."], date_published="2024-02-03")
    items = [
        seen(1, 0, url=first.url, outcome=first),
        seen(2, 6, url=first.url, outcome=corrected),
        seen(3, 1, url=copy.url, outcome=copy),
        seen(4, 2, url=own.url, outcome=own),
        failed(5, 72, url=own.url),
        seen(6, 3, url=other.url, outcome=other),
    ]
    sites = [Site(name, (f"{name}.test",)) for name in ("alpha", "beta", "gamma")]
    with open_writer(folder / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)), sites)
        (number,) = db.execute("SELECT id FROM articles WHERE url = ?", [first.url]).fetchone()
        Annotations(folder).add(db, [Annotation(number, None, "topic", "budget")])
    with open_reader(folder / "index.db") as db:
        yield db


@pytest.mark.parametrize(("number", "question", "sql"), OF_THREE_SITES, ids=[entry[0] for entry in OF_THREE_SITES])
def test_a_question_about_several_sites_has_an_answer(three_sites, number, question, sql):
    assert question.endswith("?")
    assert list(three_sites.query(sql)), number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (21, [{"site": "alpha", "stories": 1, "least_hours": 0.0, "most_hours": 6.0}]),
        (22, [{"site": "alpha", "words_added": 5, "words_removed": 0}]),
        (23, [{"site": "alpha", "version": 2}]),
        (25, [{"from_site": "beta", "to_site": "alpha", "links": 1}]),
        (26, [{"site": "beta", "first_site": "alpha", "same_blocks": 3, "agency": "Reuters"}]),
        (27, [{"site": "alpha", "percent_copies": 0.0, "percent_copied": 50.0},
              {"site": "beta", "percent_copies": 100.0, "percent_copied": 0.0}, {"site": "gamma"}]),
        (28, [{"site": "beta", "agency": "Reuters", "percent": 100.0}]),
        (29, [{"copy_of_site": "alpha", "site": "beta", "copies": 1, "days": 2.0}]),
        (30, [{"month": "2024-01", "stories": 2, "about_it": 2, "percent": 100.0, "more_than_before": None},
              {"month": "2024-02", "about_it": 1, "percent": 50.0, "more_than_before": -1}]),
        (32, [{"author": "Ana Gil", "sites": 2, "stories": 2}]),
        (33, [{"site": "alpha", "percent": 100.0}, {"site": "beta"}, {"site": "gamma", "days": 4, "percent": 50.0}]),
        (35, [{"site": "gamma", "gone": 1, "percent_of_site": 100.0}]),
        (36, [{"stories": 2}] * 3),
        (37, [{"stories": 2, "sites": 2, "first": "2024-01-02"}]),
        (40, [{"month": "2024-01", "value": "budget", "stories": 1, "percent": 100.0}]),
        (41, [{"site": "alpha", "stories": 2, "about_it": 2, "now": 2}, {"site": "beta", "stories": 1, "about_it": 1},
              {"site": "gamma", "stories": 1, "about_it": 0, "now": 0}]),
        (42, [{"site": "alpha", "month": "2024-01", "stories": 1, "about_it": 1, "percent": 100.0},
              {"site": "alpha", "month": "2024-02", "percent": 100.0}, {"site": "beta", "percent": 100.0},
              {"site": "gamma", "month": "2024-02", "about_it": 0, "percent": 0.0}]),
    ],
)  # fmt: skip
def test_the_answer_to_a_question_is_right(three_sites, number, expected):
    found = list(three_sites.query(QUESTIONS[number - 1][2]))
    assert [{name: row[name] for name in part} for row, part in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("day", "word", "then", "now"),
    [("2026-05-01T09:00:00Z", "correction:", 0, 1), ("2026-05-01T15:00:00Z", "correction:", 1, 1)],
)
def test_a_count_as_of_a_day_reads_the_texts_of_that_day(three_sites, day, word, then, now):
    sql = QUESTIONS[40][2].replace("2026-05-02", day).replace("'council'", f"'{word}'")
    (alpha,) = (row for row in three_sites.query(sql) if row["site"] == "alpha")
    assert (alpha["about_it"], alpha["now"]) == (then, now)
