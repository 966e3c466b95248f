"""Mistakes on the command line, and omissions of a command: reported, with the next step."""

import gzip
import json
import sqlite3
import sys

import pytest
from click.testing import CliRunner

from archiver import Archive
from archiver.cli import cli, main
from archiver.cli.report import reports_of
from archiver.extract.extractor_name import EXTRACTOR, is_older
from archiver.frontier import Candidate, Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.learn import boilerplate_decisions
from archiver.index.read.foreign_files import indexed_names
from archiver.index.search.parsing import parse
from archiver.model import Batch
from index_samples import article, seen

URL = "https://harbour.test/2026/ferry"


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Runs the program in this process, on an archive of one story: (exit code, stdout, stderr)."""
    archive = tmp_path / "archive"
    (archive / "warc").mkdir(parents=True)
    with open_writer(archive / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, (seen(1, 1, url=URL, outcome=article(URL, text="The ferry sails today.")),)))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["archiver", "-A", str(archive), *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_seed_without_a_sample_is_refused_with_the_missing_option(call):
    for command in (("search", "ferry"), ("export", "out.csv", "ferry")):
        code, output, error = call(*command, "--seed", "4")
        assert (code, output) == (2, "") and "--seed is only for a random sample: add --sample N" in error
    assert call("search", "ferry", "--seed", "4", "--sample", "1", "--count")[:2] == (0, "1\n")


def test_a_command_sql_is_answered_with_the_program_that_reads_the_index(call):
    code, _, error = call("sql", "SELECT 1")
    assert code == 2 and "sqlite3 -readonly archive/index.db" in error


def test_a_citation_in_apa_is_answered_with_the_programs_that_make_it(call):
    code, _, error = call("show", URL, "--cite", "apa")
    assert code == 2 and "Zotero or pandoc" in error and error.count("\n") == 1


def test_saved_searches_are_listed_without_a_name_and_in_the_status(call):
    assert call("search", "--new")[:2] == (0, "")
    assert "saved searches" not in call("status")[1]
    assert call("search", "ferry", "--stem", "--save", "boats")[0] == 0
    code, output, _ = call("search", "--new")
    assert code == 0 and "boats" in output and '"stem": true' in output
    (saved,) = json.loads(call("search", "--new", "--json")[1])
    assert saved["name"] == "boats" and saved["query"] == {"stem": True, "text": "ferry"}
    assert "saved searches: boats" in call("status")[1]
    assert json.loads(call("status", "--json")[1])["searches"] == ["boats"]
    assert call("search", "--new", "boats") == (0, "", "")


def test_an_invalid_name_of_a_search_is_refused_before_anything_is_printed(call):
    code, output, errors = call("search", "ferry", "--save", "my ferry/1")
    assert (code, output) == (2, "") and "not a valid name" in errors


@pytest.mark.parametrize("command", [("search", "ferry"), ("trends", "ferry")])
def test_a_second_grouping_is_refused_and_not_used_alone(call, command):
    code, output, errors = call(*command, "--by", "month", "--by", "site")
    assert (code, output) == (2, "") and "--by was given 2 times" in errors
    assert call(*command, "--by", "site", "--csv")[1].startswith("site,")


def test_options_of_the_program_after_the_command_are_refused_with_a_hint(call):
    for option in ("-A", "--home", "-q"):
        code, _, errors = call("search", "ferry", option, "elsewhere")
        assert code == 2 and f"{option} goes before the command: archiver {option} … search …" in errors


def test_a_query_before_the_file_is_refused_with_a_hint(call):
    code, output, errors = call("export", "ferry OR boat", "out.csv")
    assert (code, output) == (2, "")
    assert "FILE comes first: archiver export out.csv 'ferry OR boat'" in errors
    assert "FILE comes first" not in call("export", "ferry", "boat")[2]


def test_columns_that_annotate_does_not_store_are_named(call, tmp_path):
    table, lines = tmp_path / "coded.csv", tmp_path / "coded.jsonl"
    table.write_text(f"url,name,value,Coder,note\n{URL},topic,traffic,ana,\n")
    assert "columns that are not stored: coder, note" in call("annotate", table)[2]
    lines.write_text(json.dumps({"url": URL, "name": "tone", "value": 1, "coder": "ben"}) + "\n")
    assert json.loads(call("annotate", lines, "--json")[1]) == {"rows": 1, "new": 1, "ignored_columns": ["coder"]}
    lines.write_text(json.dumps({"url": URL, "name": "tone", "value": 2}) + "\n")
    assert "not stored" not in call("annotate", lines)[2]


def test_lines_of_a_word_list_without_a_word_are_reported(call, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("ferry\n\n*\n---\nboat*\n")
    code, output, errors = call("search", "--words", words, "--count")
    assert (code, output) == (0, "1\n")
    assert "without a letter or digit, and ignored: line 3 '*', line 4 '---'\n" in errors
    words.write_text("ferry\n")
    assert call("search", "--words", words, "--count") == (0, "1\n", "")


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "is empty"), (b"caf\xe9\n", "is not UTF-8 (byte 3)"), (b"...\n", "has no word")]
)
def test_word_lists_that_can_not_be_used_are_refused(call, tmp_path, content, told):
    (tmp_path / "words.txt").write_bytes(content)
    code, output, errors = call("search", "--words", tmp_path / "words.txt")
    assert (code, output) == (2, "") and told in errors and errors.count("\n") == 1


def test_crawl_all_reports_sites_without_a_spider(call, tmp_path):
    spiders = tmp_path / "spiders"
    spiders.mkdir()
    (tmp_path / "scrapy.cfg").write_text("[settings]\n")
    (spiders / "harbour.py").write_text(
        "from archiver.spider import ArticleSpider\n\n\nclass Harbour(ArticleSpider):\n"
        '    name = "harbour"\n    start_urls = ["https://harbour.test/"]\n'
    )
    with Frontier(tmp_path / "archive" / "frontier.db") as frontier:
        frontier.begin("gazette.test", "c1", [Candidate("https://gazette.test/", "test,gazette)/", "seed")])
    code, output, errors = call("-v", "crawl", "--all", "--dry-run")
    assert code == 0 and "harbour.test" in output
    assert "not crawled, because without a spider: gazette.test" in errors
    assert "known sites: gazette.test, harbour" in call("crawl", "gazzete")[2]


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("near(mayor resign, 8)", "write NEAR in capitals"),
        ("near(mayor resign) AND toll", "write NEAR in capitals"),
        ("mayor NEAR/8 resign", "write NEAR(a b, 8)"),
        ("mayor w/5 resign AND toll", "write NEAR(a b, 5)"),
    ],
)
def test_near_in_another_spelling_is_reported(query, note):
    assert any(note in told for told in parse(query).notes)


@pytest.mark.parametrize(
    "query",
    ["near (a river)", "NEAR(mayor resign, 8)", '"near(mayor)" x', "near the river", "linear(x)", "and/or 24/7"],
)
def test_other_words_are_not_reported_as_a_misspelt_near(query):
    assert not any("NEAR" in told for told in parse(query).notes)


def test_an_unknown_filter_is_named_with_the_one_that_was_probably_meant(call, tmp_path):
    with Archive(tmp_path / "archive") as archive:
        with pytest.raises(TypeError, match=r"'languge' is not a filter: did you mean 'language'\?"):
            archive.count("ferry", languge="en")
        assert archive.count("ferry", lang="en") == len(list(archive.articles("ferry", limit=1))) == len(archive)


def test_a_saved_search_is_replaced_only_with_force(call):
    assert call("search", "ferry", "--save", "boats")[0] == 0
    assert call("search", "ferry", "--save", "boats")[0] == 0
    code, output, errors = call("search", "pilot", "--save", "boats")
    assert (code, output) == (2, "") and '{"text": "ferry"}' in errors and "--force" in errors
    assert call("search", "pilot", "--save", "boats", "--force")[0] == 0
    assert '"pilot"' in call("search", "--new")[1]


def test_explain_with_count_is_accepted(call):
    code, output, _ = call("search", "ferry", "--count", "--explain")
    assert code == 0 and "stories" in output.splitlines()[-1]


def test_a_word_list_alone_is_enough_for_trends(call, tmp_path):
    (tmp_path / "words.txt").write_text("ferry\npilot\n")
    code, output, _ = call("trends", "--words", tmp_path / "words.txt", "--by", "year", "--csv")
    assert code == 0 and output.splitlines()[1].startswith("2026,") and "words.txt,1,1," in output
    code, _, errors = call("trends", "--by", "year")
    assert code == 2 and "no query was given" in errors


def test_a_query_that_begins_with_a_dash_is_explained(call):
    code, _, errors = call("search", "-ferry", "--count")
    assert code == 2 and "write NOT" in errors and "goes after --" in errors
    assert "--count after -- is searched as a word: options go before --" in call("search", "--", "ferry", "--count")[2]


def test_a_file_and_forget_together_are_named_as_the_mistake(call, tmp_path):
    (tmp_path / "one.csv").write_text("id,name,value\n1,topic,x\n")
    code, _, errors = call("annotate", "--forget", "topic", tmp_path / "one.csv")
    assert code == 2 and "can't be combined: give one of them" in errors


def test_a_fresh_index_has_no_older_extractor():
    assert not is_older(EXTRACTOR) and not is_older(f"{EXTRACTOR} linear")
    assert is_older("archiver-1 trafilatura-1.0 htmldate-1.0")


def test_a_rejected_line_was_still_removed_by_another_entry_in_silence(call, tmp_path, monkeypatch):
    columns = "id, site, what, hash, text, status, why, stories, share"
    rows = [
        (1, "harbour", "text", 7, "Tide tables", "rejected", "wanted", 9, 0.5),
        (2, "harbour", "place", 8, "Tide  tables", "learned", "in a box", 4, 0.5),
        (3, "harbour", "shape", 9, "Tide tables", "suspected", "rare", 4, 0.1),
        (4, "other", "place", 8, "Tide tables", "learned", "in a box", 4, 0.5),
    ]
    with open_writer(tmp_path / "archive" / "index.db") as db:
        db.executemany(f"INSERT INTO boilerplate ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        entry = next(entry for entry in boilerplate_decisions.entries(db) if entry.id == 1)
    monkeypatch.setattr(boilerplate_decisions, "decide", lambda *_: entry)
    code, _, errors = call("boilerplate", "reject", "1")
    told = [line for line in errors.splitlines() if "still removed" in line]
    assert code == 0 and len(told) == 1 and "archiver boilerplate reject 2" in told[0]
    assert "still removed" not in call("boilerplate", "accept", "1")[2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"index": {"new": 1, "changed": 0, "gone": 0, "seen": 1}}, "(by URL; by their text, 1 page is a story)"),
        ({"index": {"new": 0, "changed": 0, "gone": 0, "seen": 0}}, "0 story pages, 1 other page\n"),
        ({"stop_reason": "no_report", "exit_code": None, "stories": None}, "no_report (killed, still running, or"),
    ],
)
def test_a_report_contradicted_or_did_not_explain_itself(call, tmp_path, changes, told):
    report = {"crawl_id": "1-harbour", "site": "harbour", "started": "2026-05-01T08:00:00+00:00", "finished": None}
    report |= {"stop_reason": "finished", "exit_code": 0, "fetched": 1, "stories": 0, "pages": 1, "queued": 0}
    report |= {"reasons": {}, "statuses": {}, "index": None, "error": None} | changes
    (tmp_path / "archive" / "reports").mkdir()
    (tmp_path / "archive" / "reports" / "1-harbour.json").write_text(json.dumps(report))
    code, output, _ = call("report")
    assert code == 0 and told in output


@pytest.mark.parametrize("made", [lambda path: path.touch(), lambda path: sqlite3.connect(path).execute("VACUUM")])
def test_an_index_that_was_just_being_created_was_called_damaged_by_status(tmp_path, made):
    ArchiveDir(tmp_path / "archive").create()
    made(tmp_path / "archive" / "index.db")
    told = CliRunner().invoke(cli, ["-A", str(tmp_path / "archive"), "status"], standalone_mode=False)
    assert (told.exception, told.return_value) == (None, 0)
    assert "no index yet" in told.stdout


def test_the_files_of_another_program_were_shown_as_a_crawl_without_report(tmp_path):
    archive = ArchiveDir(tmp_path / "archive")
    archive.create()
    with open_writer(archive.index) as db:
        db.execute("INSERT INTO crawls (id, site, started) VALUES ('<urn:sha1:A>', NULL, '2026-05-01T00:00:00Z')")
        db.conn.commit()
    [report] = reports_of(archive)
    assert report["stop_reason"] == "import"


def test_an_id_that_a_spreadsheet_rounded_is_explained(call):
    assert "a spreadsheet has probably rounded this ID" in call("show", "4611686018427380000")[2]
    assert "a spreadsheet has probably rounded this ID" in call("show", "4.61168601842738E+18")[2]
    assert "find it with `archiver search`" in call("show", "4611686018427387123")[2]


def test_a_column_of_an_empty_query_has_a_name(call):
    assert "no words" in call("trends", "")[1].splitlines()[0]


def test_a_search_without_a_result_suggests_all_forms_of_the_words(call):
    assert "--stem finds all forms" in call("search", "zeppelins")[2]
    assert "--stem" not in call("search", "zeppelins", "--stem")[2]


@pytest.mark.parametrize("content", [b"<html>no archive</html>", gzip.compress(b"<html>no archive</html>")])
def test_a_web_page_named_as_a_warc_was_damage_of_the_archive_for_good(tmp_path, content):
    page = tmp_path / "page.warc.gz"
    page.write_bytes(content)
    ArchiveDir(tmp_path / "archive").create()
    given = ["-A", str(tmp_path / "archive")]
    told = CliRunner().invoke(cli, [*given, "index", "--workers", "1", str(page)], standalone_mode=False)
    assert (told.exception, told.return_value) == (None, 20)
    assert "this is not a WARC, ARC or WACZ file" in told.stderr
    assert indexed_names(tmp_path / "archive" / "index.db") == []
    assert CliRunner().invoke(cli, [*given, "verify"], standalone_mode=False).return_value == 0
