"""The archive's SQL functions in other programs: sqlite-utils by its own command, Datasette in test_serve.py."""

import json
import sqlite3

import pytest
from click.testing import CliRunner
from sqlite_utils.cli import cli as sqlite_utils

from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.model import Batch
from index_samples import article, seen


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    path = tmp_path_factory.mktemp("functions") / "index.db"
    texts = {"runner": "She ran and runs every morning.", "tokyo": "東京は雨です。", "other": "The council met."}
    with open_writer(path) as db:
        items = [
            seen(number, url=f"https://news.test/2026/{slug}", outcome=article(f"https://news.test/2026/{slug}", text))
            for number, (slug, text) in enumerate(texts.items())
        ]
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
    return path


def asked(path, sql):
    """The output of `sqlite-utils query` as installed: it finds the plugin by itself."""
    ended = CliRunner().invoke(sqlite_utils, ["query", str(path), sql, "--arrays"], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.output)


FORMS = """
    SELECT a.url FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid WHERE articles_fts MATCH (
      SELECT group_concat('"' || word || '"', ' OR ') FROM word_forms
      WHERE language = 'en' AND stem IN (SELECT value FROM json_each(stems('running', 'en'))))"""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT stems('running', 'en'), stems('elecciones', 'es')", [['["run"]', '["eleccion"]']]),
        ("SELECT 'run' IN (SELECT value FROM json_each(stems('running')))", [[1]]),
        ("SELECT stems('running', 'xx'), stems(NULL, 'en'), stems('', 'en')", [["[]", "[]", "[]"]]),
        ("SELECT searchable('東京'), folded('Łódź')", [["東 京", "lodz"]]),
        ("SELECT matches_regex('^The .*met', text) FROM articles WHERE url LIKE '%other'", [[1]]),
        ("SELECT cdx_key('https://www.news.test/A?b=1')", [["test,news)/a?b=1"]]),
        (FORMS, [["https://news.test/2026/runner"]]),
    ],
)
def test_sqlite_utils_has_the_functions_of_an_index(index, sql, expected):
    assert asked(index, sql) == expected


def test_sqlite_utils_changes_a_story_with_its_full_text(index):
    """The triggers call functions of the program."""
    asked(index, "UPDATE articles SET title = 'Zeppelins' WHERE url LIKE '%other' RETURNING 1")
    found = asked(index, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'zeppelins'")
    assert found == [[1]]


def test_the_plugin_does_not_affect_other_databases(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE things (name)")
    db.close()
    ended = CliRunner().invoke(sqlite_utils, ["query", str(tmp_path / "other.db"), "SELECT stems('running')"])
    assert ended.exit_code == 1 and "no such function: stems" in ended.output
