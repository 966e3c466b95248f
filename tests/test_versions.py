"""A story over two days: its history, an edit word by word, the page as captured, and how to cite it."""

import json
import os
import pty
import re
import select
from collections import Counter

import pytest

from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.worddiff import diff_titles, diff_words
from archiver.model import Batch
from archiver.samplesite import SampleSite, stories
from conftest import make_program
from index_samples import article, seen
from test_docs_questions import QUESTIONS

pytestmark = pytest.mark.slow  # each test crawls the sample newspaper


def story(slug, day=1):
    return next(entry for entry in stories(day) if entry.id == slug)


@pytest.fixture(scope="module")
def two_days(tmp_path_factory):
    """Three stories captured on both days of the sample site: (site's URL, program)."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("days") / "home", site.url)
        paths = [story(slug).path for slug in ("ferry-vote", "snow-plows", "library-hours")]
        urls = [site.url.rstrip("/") + path for path in paths]
        program.run("capture", "--delay", "0", *urls)
        site.day = 2
        program.run("capture", "--delay", "0", *urls)
        site.day = 1
        program.run("capture", "--delay", "0", urls[1])
        yield urls, program


def test_history_shows_edits_removals_and_restorations(two_days):
    (edited, gone, same), program = two_days
    events = program.json("history", edited, "--json")
    assert [event["what"] for event in events["history"]] == ["first", "edit"]
    assert events["versions"] == 2 and events["history"][1]["words_added"] > 0
    assert [event["what"] for event in program.json("history", gone, "--json")["history"]] == ["first", "gone", "back"]
    assert [event["what"] for event in program.json("history", same, "--json")["history"]] == ["first", "same"]
    text = program.run("history", edited)
    assert re.search(r"edited, version 2, \+\d+ −\d+ words, Free ferry to Eastbank is signed", text)


def test_every_event_leads_to_its_record(two_days):
    (edited, *_), program = two_days
    for event in program.json("history", edited, "--json")["history"]:
        rows = program.rows("SELECT warc_file, warc_offset FROM captures WHERE id = ?", event["capture_id"])
        assert rows == [(event["warc_file"], event["warc_offset"])]


def test_diff_shows_the_words_that_changed(two_days):
    (edited, gone, _), program = two_days
    shown = program.run("diff", edited)
    assert shown.startswith("[-Council backs a free ferry") and "{+Free ferry to Eastbank is signed" in shown
    assert "… 5 unchanged …" in shown
    found = program.json("diff", edited, "1", "2", "--json")
    assert (found["from"]["version"], found["to"]["version"]) == (1, 2)
    assert found["words_added"] > 0
    pieces = [piece for paragraph in found["text"] for piece in paragraph]
    later = " ".join(piece["text"] for piece in pieces if piece["op"] != "removed")
    assert later.split() == program.json("show", edited, "--json")["text"].split()
    words = Counter(" ".join(piece["text"] for piece in pieces if piece["op"] != "added").split())
    assert words == Counter(program.json("show", edited, "--version", "1", "--json")["text"].split())
    unified = program.run("diff", edited, "--unified")
    assert unified.startswith("--- version 1") and "\n+Free ferry to Eastbank is signed" in unified
    program.run("diff", gone, exit_code=2)
    program.run("diff", edited, "1", "9", exit_code=2)


def test_diff_is_coloured_on_a_terminal(two_days):
    (edited, *_), program = two_days
    master, slave = pty.openpty()
    process = program.start("diff", edited, stdout=slave)
    os.close(slave)
    output = b""
    while select.select([master], [], [], 30)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(master)
    process.communicate()
    assert b"\x1b[32;1m" in output and b"\x1b[31;9m" in output and b"[-" not in output.replace(b"\x1b[", b"")


def test_show_prints_each_version_and_its_page(two_days):
    (edited, *_), program = two_days
    first, second = story("ferry-vote"), story("ferry-vote", 2)
    assert first.title in program.run("show", edited, "--version", "1")
    assert program.run("show", edited, "--format", "text").startswith(second.title)
    markdown = program.run("show", edited, "--format", "markdown")
    assert markdown.startswith(f"# {second.title}\n") and "## What happens next" in markdown
    page = program.run("show", edited, "--version", "1", "--html")
    assert page.lstrip().startswith("<!DOCTYPE html>") and first.title in page
    assert second.title in program.run("show", edited, "--html")


def test_citations_name_the_capture(two_days):
    (edited, *_), program = two_days
    entry = program.run("show", edited, "--version", "1", "--cite", "bibtex")
    assert entry.startswith("@online{archiver-") and "author = {{Marisol Quiñones}}" in entry
    assert entry.count("{") == entry.count("}") and "sha1:" in entry
    (item,) = json.loads(program.run("show", edited, "--cite", "csl"))
    assert item["type"] == "article-newspaper" and item["issued"]["date-parts"] == [[2022, 10, 12]]
    assert item["title"] == story("ferry-vote", 2).title


def test_the_views_show_edits_and_provenance(two_days):
    (edited, gone_url, _), program = two_days
    ((before, after, not_before, seen_at),) = program.rows(
        "SELECT title_before, title, not_before, seen_at FROM edits WHERE url = ?", edited
    )
    assert not_before < seen_at
    assert (before, after) == (story("ferry-vote").title, story("ferry-vote", 2).title)
    places = program.rows("SELECT version, warc_file, warc_offset FROM provenance WHERE url = ?", edited)
    assert [version for version, file, offset in places if file and offset >= 0] == [1, 2]
    ((captures, found, gone),) = program.rows("SELECT sum(captures), max(stories), sum(gone) FROM coverage")
    assert captures >= 7 and found >= 3 and gone >= 1
    assert set(program.rows("SELECT reason FROM failures WHERE url = ?", gone_url)) == {("status_410",)}


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b c", "a x c", "a-b+x c"),
        ("a b c d", "a b c d", "a b c d"),
        ("one two three\n\nlast words here", "last words here", "-one two three|last words here"),
        ("last words here", "one two\n\nlast words here", "+one two|last words here"),
        ("", "new", "+new"),
        ("old", "", "-old"),
    ],
)
def test_words_are_aligned(before, after, shown):
    found = diff_words(before, after)
    signs = {"same": " ", "removed": "-", "added": "+"}
    text = "|".join("".join(signs[piece.op] + piece.text for piece in paragraph).strip() for paragraph in found)
    assert text == shown


def test_a_rewritten_headline_is_one_line():
    (line,) = diff_titles("Mayor denies everything", "Mayor admits something")
    assert [piece.op for piece in line] == ["removed", "added"]
    (line,) = diff_titles("Mayor denies all of it", "Mayor admits all of it")
    assert [piece.op for piece in line] == ["same", "removed", "added", "same"]


def test_diff_counts_the_words_that_the_versions_count(two_days):
    (edited, *_), program = two_days
    found = program.json("diff", edited, "--json")
    sql = "SELECT words_added, words_removed FROM versions WHERE article_id = ? AND version = ?"
    (counted,) = program.rows(sql, found["article_id"], found["to"]["version"])
    assert (found["words_added"], found["words_removed"]) == counted


def test_diff_counts_words_moved_between_paragraphs_once(new_program):
    program = new_program()
    program.archive.mkdir()
    old, new = "The town has met on Monday to talk.", "Nobody else came. The town slept."
    items = [
        seen(1, outcome=article(title="Mayor denies everything", text=old)),
        seen(2, 5, outcome=article(title="Mayor admits something", text=new)),
    ]
    with open_writer(program.archive / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1000, tuple(items)))
    ((story_id, *counted),) = program.rows(
        "SELECT article_id, words_added, words_removed FROM versions WHERE version = 2"
    )
    found = program.json("diff", story_id, "--json")
    assert [found["words_added"], found["words_removed"]] == counted


def test_a_citation_names_the_host_and_not_the_spider(two_days):
    (edited, *_), program = two_days
    assert "organization = {elpuente.localhost}" in program.run("show", edited, "--cite", "bibtex").replace("www.", "")
    (item,) = json.loads(program.run("show", edited, "--cite", "csl"))
    assert item["container-title"].endswith("elpuente.localhost")


@pytest.mark.parametrize("number", ["8", "9", "10"])
def test_questions_about_edits_and_removals_have_answers(two_days, number):
    _, program = two_days
    (sql,) = [sql for known, _, sql in QUESTIONS if known == number]
    if number == "10":  # the story returned on the third day; the question concerns the days before
        assert program.rows(sql) == []
    else:
        assert program.rows(sql)
