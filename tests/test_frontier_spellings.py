"""URLs that differ in letter case or a slash: both are fetched, until their host has shown that they are one page."""

import sqlite3
from contextlib import closing

import pytest

from archiver.frontier import Candidate, Frontier, Visit, schema, spellings, table
from archiver.urls import folded_key, surt

SITE = "paper"


def candidate(path, kind="article"):
    url = f"https://paper.test{path}"
    return Candidate(url, surt(url), kind)


@pytest.fixture
def frontier(tmp_path):
    with Frontier(tmp_path / "frontier.db") as frontier:
        frontier.begin(SITE, "c1", [])
        yield frontier


def crawl(frontier, words):
    """Fetch all queued URLs; `words` gives the content of a path. Returns the paths in order."""
    paths = []
    while task := frontier.next(SITE):
        path = task.url.removeprefix("https://paper.test")
        paths.append(path)
        frontier.finish(SITE, task, "done", visit=Visit(None, content=words(path).encode()))
    return paths


def test_two_pages_whose_urls_differ_in_case_are_both_fetched(frontier):
    frontier.add(SITE, [candidate("/p/kRxT7bQ2Zw"), candidate("/p/KrxT7bQ2Zw")])
    assert crawl(frontier, str) == ["/p/kRxT7bQ2Zw", "/p/KrxT7bQ2Zw"]


@pytest.mark.parametrize("other", [str.upper, lambda path: path + "/"])
def test_after_five_equal_pairs_the_sixth_is_not_fetched_twice(frontier, other):
    for number in range(5):
        frontier.add(SITE, [candidate(f"/story-{number}"), candidate(other(f"/story-{number}"))])
    assert len(crawl(frontier, lambda path: path.lower().strip("/"))) == 10
    assert frontier.add(SITE, [candidate("/story-6")]) == 1
    assert frontier.add(SITE, [candidate(other("/story-6"))]) == 0
    assert crawl(frontier, str) == ["/story-6"]


def test_a_spelling_queued_earlier_is_not_fetched_either(frontier, tmp_path):
    names = [f"/story-{number}" for number in range(9)]
    frontier.add(SITE, [candidate(path) for name in names for path in (name, name.upper())])
    assert len(crawl(frontier, str.lower)) == 10 + 4
    frontier.commit()
    with closing(sqlite3.connect(tmp_path / "frontier.db")) as db:
        assert db.execute("SELECT count(*) FROM urls WHERE reason = 'other_spelling'").fetchone() == (4,)


def test_one_pair_of_different_pages_keeps_all_spellings_separate(frontier):
    names = [f"/story-{number}" for number in range(9)]
    frontier.add(SITE, [candidate(path) for name in names for path in (name, name.upper())])
    assert len(crawl(frontier, lambda path: path if path in ("/STORY-2", "/story-2") else path.lower())) == 18


def test_an_older_frontier_gets_exact_keys(tmp_path, monkeypatch):
    path = tmp_path / "frontier.db"
    older = schema.STEPS[: schema.STEPS.index(schema._SPELLINGS)]
    with monkeypatch.context() as patched, closing(sqlite3.connect(path, isolation_level=None)) as db:
        patched.setattr(schema, "STEPS", older)
        schema.migrate(db, path)
        for address in ("/p/kRx", "/b/"):  # as stored by archiver 0.1.0
            key = surt(f"https://paper.test{address}").lower().rstrip("/")
            db.execute(
                "INSERT INTO urls (site, key, url, kind, state, priority, depth)"
                " VALUES (?, ?, ?, 'article', 'done', 1, 1)",
                (SITE, key, f"https://paper.test{address}"),
            )
    with Frontier(path) as frontier:
        assert frontier.task(SITE, candidate("/p/kRx").key).url == candidate("/p/kRx").url
        assert frontier.add(SITE, [candidate("/p/kRx"), candidate("/b/")]) == 0
        assert frontier.add(SITE, [candidate("/p/KRX")]) == 1


def test_an_older_frontier_keeps_what_it_learned_of_spellings(tmp_path, monkeypatch):
    path = tmp_path / "frontier.db"
    names = [f"/story-{number}" for number in range(5)]
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", schema.STEPS[: schema.STEPS.index(schema._NEAR)])
        patched.setattr(spellings, "folded_number", lambda key: hash(folded_key(key)))
        patched.setattr(table, "folded_number", lambda key: hash(folded_key(key)))
        with Frontier(path) as frontier:
            frontier.begin(SITE, "c1", [])
            frontier.add(SITE, [candidate(spelt) for name in names for spelt in (name, name.upper())])
            assert len(crawl(frontier, str.lower)) == 10
            frontier.add(SITE, [candidate("/story-6")])
            frontier.commit()
    with Frontier(path) as frontier:
        frontier.begin(SITE, "c2", [])
        assert frontier.add(SITE, [candidate("/STORY-6")]) == 0
    with closing(sqlite3.connect(path)) as db:
        pairs = {number for (number,) in db.execute("SELECT folded FROM spellings")}
        assert pairs == {spellings.folded_number(candidate(name).key) for name in names}


def test_urls_that_one_page_links_to_are_near_each_other_in_the_index(frontier, tmp_path):
    """Where each new URL is at a random place of a large index, a page costs more, the more URLs are known."""
    paths = [f"/2024/{month:02d}/a-story-{number}" for number in range(40) for month in (5, 6)]
    frontier.add(SITE, [candidate(path) for path in sorted(paths, key=hash)])
    frontier.commit()
    with closing(sqlite3.connect(tmp_path / "frontier.db")) as db:
        found = [url for (url,) in db.execute("SELECT url FROM urls WHERE folded IS NOT NULL ORDER BY folded")]
    in_order = [f"https://paper.test/2024/{month:02d}/a-story-{number}" for month in (5, 6) for number in range(40)]
    assert found in (in_order, in_order[40:] + in_order[:40])


@pytest.mark.parametrize("other", [str.upper, lambda path: path + "/"])
def test_a_site_with_two_spellings_of_each_url_needs_at_most_a_twentieth_more_fetches(frontier, other):
    names, fetched = [f"/story-{number}" for number in range(120)], []
    for start in range(0, len(names), 10):  # like ten pages of a list
        shown = names[start : start + 10]
        frontier.add(SITE, [candidate(path) for name in shown for path in (name, other(name))])
        fetched += crawl(frontier, lambda path: path.lower().strip("/"))
    assert {path.lower().strip("/") for path in fetched} == {name.strip("/") for name in names}
    assert len(fetched) <= len(names) * 1.05
