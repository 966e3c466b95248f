"""Searching on the command line and from cron: filters, saved searches, and output of hostile pages."""

import csv
import io
import json
import re

import pytest

from archiver import Archive
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.facet_counts import facets, statement
from archiver.index.search.hits import count
from archiver.index.search.saved_searches import SavedSearches
from archiver.index.search.selection import SearchQuery
from archiver.model import Batch
from index_samples import article, failed, seen

HOSTILE = {
    "formula": '=HYPERLINK("http://evil.test","ferry")',
    "escape": "\x1b]0;owned\x07\x1b[31mferry\x9b1m \u202eyrref",
    "markup": "<script>alert('ferry')</script> [link=http://evil.test]ferry[/link]",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0 ferry",
}


@pytest.fixture
def archive(new_program):
    """A home with an index filled directly: (program, a function that adds a story)."""
    program = new_program()
    (program.archive / "warc").mkdir(parents=True)
    numbers = iter(range(1, 1000))

    def add(slug, **values):
        number = next(numbers)
        url = f"https://news.test/2026/{slug}"
        item = values.pop("item", None) or seen(number, number, url=url, outcome=article(url, **values))
        with open_writer(program.archive / "index.db") as db:
            apply(db, Batch("a.warc.gz", number, (item,)))

    return program, add


@pytest.fixture
def hostile(archive):
    program, add = archive
    for slug, title in HOSTILE.items():
        add(slug, title=title, text=f"{title}\n\nThe ferry sails, {slug}.", authors=("=1+1", "\x1b[2J"), section="-2+3")
    return program


@pytest.mark.slow
def test_hostile_titles_are_harmless_on_a_terminal(hostile):
    (escape,) = [hit["id"] for hit in hostile.json("search", "owned", "--json")]
    for command in (["search", "ferry"], ["show", escape], ["search", "ferry", "--by", "author"], ["status"]):
        output = hostile.run(*command)
        assert not set(output) & set("\x1b\x07\x9b\u202e"), command
    assert "<script>alert('ferry')</script> [link=http://evil.test]" in hostile.run("search", "ferry")


def test_hostile_titles_are_harmless_in_a_spreadsheet(hostile):
    rows = list(csv.DictReader(io.StringIO(hostile.run("search", "ferry", "--csv"))))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert "\x1b" not in "".join(row.values())


@pytest.mark.slow
def test_hostile_titles_are_harmless_in_exports(hostile, tmp_path):
    hostile.run("export", tmp_path / "a.csv", "--bom")
    text = (tmp_path / "a.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(HOSTILE) and not set(text) & set("\x1b\x07\x9b\u202e")
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    hostile.run("export", tmp_path / "texts.md")
    names = [path.name for path in (tmp_path / "texts.md").rglob("*.md")]
    assert len(names) == len(HOSTILE) and all(re.fullmatch(r"[a-z0-9-]+\.md", name) for name in names)
    (escape,) = [hit["id"] for hit in hostile.json("search", "owned", "--json")]
    for arguments in (["history"], ["show", "--cite", "bibtex"], ["show", "--format", "markdown"]):
        command, *flags = arguments
        assert not set(hostile.run(command, escape, *flags)) & set("\x1b\x07\x9b\u202e")


def test_json_has_the_text_of_the_page_unchanged(hostile):
    titles = {hit["title"] for hit in hostile.json("search", "ferry", "--json")}
    assert titles == set(HOSTILE.values())


def test_a_very_long_title_does_not_fill_the_screen(archive):
    program, add = archive
    add("long", title="very long " * 400, text="The ferry sails.", authors=("Y" * 900,))
    assert max(map(len, program.run("search", "ferry").splitlines())) < 300
    assert len(program.json("search", "ferry", "--json")[0]["title"]) > 3000


def test_a_section_spelled_in_two_ways_is_counted_as_it_is_found(archive):
    program, add = archive
    for number, section in enumerate(("City", "City", "city", "Sport", None)):
        add(f"story{number}", text=f"The ferry sails, {number}.", section=section)
    counted = [("City", 3), (None, 1), ("Sport", 1)]
    told = [(row["section"], row["count"]) for row in program.json("search", "ferry", "--by", "section", "--json")]
    assert sorted(told, key=str) == sorted(counted, key=str)
    assert program.run("search", "ferry", "--section", "City", "--count") == "3\n"
    with open_reader(program.archive / "index.db") as db:
        assert facets(db, SearchQuery("ferry")).sections == (("City", 3), ("Sport", 1))


def test_right_to_left_text_keeps_its_marks(archive):
    program, add = archive
    add("rtl", title="שלום (C++\u200f) \u202eevil", text="The ferry sails.")
    shown = program.run("search", "ferry")
    assert "C++\u200f" in shown and "\u202e" not in shown


def test_a_truncated_beginning_is_marked(archive):
    program, add = archive
    add("long", text="word " * 100)
    add("short", text="The ferry sails.")
    snippets = {hit["url"].rpartition("/")[2]: hit["snippet"] for hit in program.json("search", "--json")}
    assert snippets["short"] == "The ferry sails." and snippets["long"].endswith("…")


def test_markup_in_a_story_is_text_in_a_folder_of_markdown(archive, tmp_path):
    program, add = archive
    add("tags", title="<script>alert(1)</script>", text=r"Write <b> as &lt;b&gt; at Brown & Co, in C:\new.")
    program.run("export", tmp_path / "texts.md")
    (path,) = (tmp_path / "texts.md").rglob("*.md")
    text = path.read_text("utf-8").split("---\n")[-1]
    assert "# \\<script>alert(1)\\</script>" in text
    assert r"Write \<b> as \&lt;b\&gt; at Brown & Co, in C:\\new." in text


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--lang", "english"), "known languages: en"),
        (("--lang", ""), "--lang is empty"),
        (("--author", ""), "--author is empty"),
        (("--site", " "), "--site is empty"),
    ],
)
def test_an_impossible_filter_is_refused(archive, flags, told):
    program, add = archive
    add("one", text="The ferry sails.")
    process = program.start("search", "ferry", *flags)
    output, errors = process.communicate()
    assert process.returncode == 2 and output == b"" and told in errors.decode()
    program.run("search", "ferry", "--author", "nobody")  # not an error: a story may be added later


@pytest.mark.slow
def test_a_saved_search_shows_each_story_once(archive):
    program, add = archive
    add("first", text="The ferry sails.")
    program.run("search", "ferries", "--stem", "--save", "boats")
    assert program.run("search", "--new", "boats") == ""
    add("second", text="More ferries.")
    add("other", text="Nothing of the kind.")
    assert [hit["url"] for hit in program.json("search", "--new", "boats", "--json")] == [
        "https://news.test/2026/second"
    ]
    assert program.run("search", "--new", "boats", "--json") == ""
    assert program.rows("SELECT name, query FROM searches") == [("boats", '{"stem": true, "text": "ferries"}')]


@pytest.mark.slow
def test_a_saved_search_for_edits_shows_each_edit(archive):
    program, add = archive
    add("story", text="The ferry sails.")
    program.run("search", "ferry", "--edited", "--save", "edits")
    add("story", text="The ferry does not sail.")
    assert "1 story" in program.start("search", "--new", "edits").communicate()[1].decode()
    assert program.run("search", "--new", "edits") == ""
    add("story", text="The ferry sails again.")
    assert len(program.json("search", "--new", "edits", "--json")) == 1


@pytest.mark.slow
def test_saved_searches_survive_a_rebuild(archive):
    program, add = archive
    add("first", text="The ferry sails.")
    program.run("search", "ferry", "--since", "2026-05", "--save", "boats")
    program.run("search", "x", "--save", "gone")
    program.run("search", "--forget", "gone")
    (line, *_) = (program.archive / "decisions.jsonl").read_text().splitlines()
    assert json.loads(line)["kind"] == "search"
    program.run("index", "--rebuild")
    assert program.rows("SELECT name, query FROM searches") == [("boats", '{"since": "2026-05-01", "text": "ferry"}')]
    add("first", text="The ferry sails.")
    assert program.run("search", "--new", "boats") == ""


@pytest.mark.slow
def test_an_unknown_saved_search_is_reported(archive):
    program, add = archive
    add("first")
    program.run("search", "--new", "nothing", exit_code=2)
    program.run("search", "x", "--save", "../up", exit_code=2)
    program.run("search", "x", "--new", "y", exit_code=2)


@pytest.mark.slow
def test_gone_and_edited_stories(archive):
    program, add = archive
    add("kept", text="The ferry sails.")
    add("kept", text="The ferry sails late.")
    add("lost", text="The ferry sank.")
    url = "https://news.test/2026/lost"
    add("lost", item=failed(99, 99, 410, url))
    assert [hit["url"] for hit in program.json("search", "ferry", "--gone", "--json")] == [url]
    assert program.run("search", "ferry", "--edited", "--count").strip() == "1"
    assert program.run("search", "--edited", "--gone", "--count").strip() == "0"


@pytest.mark.slow
def test_stems_on_the_sample_site(crawled):
    _, program, _ = crawled
    plain = {hit["id"] for hit in program.json("search", "votes", "--json", "--limit", "0")}
    stemmed = {hit["id"] for hit in program.json("search", "votes", "--stem", "--json", "--limit", "0")}
    assert plain < stemmed
    assert program.json("search", "inmigracion", "--stem", "--json") == program.json(
        "search", "inmigración", "--stem", "--json"
    )


@pytest.mark.slow
def test_a_query_has_the_same_count_everywhere(archive, tmp_path):
    program, add = archive
    add("one", title="Ferry toll", text="The ferry sails. El año nuevo.", date_published="2024-01-05", language="es")
    add("two", title="Bridge", text="No ferry. The ano.", date_published="2024-02-05", language="es")
    add("three", title="東京都知事", text="計画を発表した。", date_published=None)
    (tmp_path / "words.txt").write_text("\ufeffferry\n\n東京\nnone of these*\n", "utf-8")
    lists = ("--words", str(tmp_path / "words.txt"))
    cases = [
        (("ferry AND (toll OR bridge) NOT title:bridge",), {"words": "ferry AND (toll OR bridge) NOT title:bridge"}, 1),
        (("date:2024-01..2024-02 lang:es",), {"words": "date:2024-01..2024-02 lang:es"}, 2),
        (("año", "--exact"), {"words": "año", "exact": True}, 1),
        (("都知事",), {"words": "都知事"}, 1),
        (("ferry", "--regex", "No f.rry"), {"words": "ferry", "regex": "No f.rry"}, 1),
        (lists, {"word_list": ["ferry", "東京"]}, 3),
        (("--sample", "2", "--seed", "7"), {"sample": 2, "seed": 7}, 2),
    ]
    with Archive(program.archive) as library:
        for number, (arguments, filters, expected) in enumerate(cases):
            assert program.run("search", *arguments, "--count") == f"{expected}\n"
            assert library.count(**filters) == expected
            program.run("search", *arguments, "--save", f"case{number}")
            with open_reader(program.archive / "index.db") as db:
                query = SavedSearches(program.archive).get(f"case{number}").query
                assert count(db, query) == expected
                sql, values = statement(db, query)
                assert len(db.execute(sql, values).fetchall()) == expected
            target = tmp_path / f"case{number}.jsonl"
            program.run("export", target, *arguments)
            assert len(target.read_text("utf-8").splitlines()) == expected


@pytest.mark.slow
def test_a_query_that_can_not_be_read_ends_with_2_and_a_caret(archive):
    program, add = archive
    add("one", text="The ferry sails.")
    for command in (["search"], ["export", "x.csv"], ["trends"]):
        process = program.start(*command, "ferry AND (toll")
        output, errors = process.communicate(timeout=100)
        assert process.returncode == 2 and not output
        assert errors.decode().splitlines() == [
            "archiver: this bracket is not closed: add a )",
            "  ferry AND (toll",
            "            ^",
        ]


def test_ignored_syntax_is_reported_on_stderr_and_by_explain(archive):
    program, add = archive
    add("one", text="The ferry sails.")
    process = program.start("search", "(ferry -sails", "--count")
    output, errors = process.communicate(timeout=100)
    assert (process.returncode, output) == (0, b"1\n")
    assert b"brackets are ignored" in errors and b"to exclude a word write NOT" in errors
    told = program.json("search", "(ferry -sails", "--explain", "--json")
    assert told["read_as"] == "plain words" and len(told["left_out"]) == 2 and told["count"] == 1


def test_trends_and_concordances_for_people_and_programs(archive):
    program, add = archive
    add("one", text="The ferry sails.", date_published="2024-01-05")
    add("two", text="The bridge opens.", date_published="2024-01-15")
    told = program.json("trends", "ferry", "bridge OR ferry", "--json")
    assert told["slices"] == [{"month": "2024-01", "total": 2, "counts": [1, 2], "shares": [0.5, 1.0]}]
    rows = list(csv.DictReader(io.StringIO(program.run("trends", "ferry", "=cmd", "--by", "week", "--csv"))))
    assert [(row["week"], row["query"], row["count"], row["total"], row["share"]) for row in rows] == [
        ("2024-W01", "ferry", "1", "1", "1.0"),
        ("2024-W01", "'=cmd", "0", "1", "0.0"),
        ("2024-W03", "ferry", "0", "1", "0.0"),
        ("2024-W03", "'=cmd", "0", "1", "0.0"),
    ]
    assert "50.0%" in program.run("trends", "ferry")
    (line,) = program.json("search", "ferry", "--kwic", "--json")
    assert (line["left"], line["match"], line["right"], line["column"]) == ("The ", "ferry", " sails.", "text")
    assert " The  ferry  sails." in program.run("search", "ferry", "--kwic")
