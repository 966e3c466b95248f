"""The server for AI assistants, queried by a real client over standard streams."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import pytest

pytest.importorskip("mcp")
from mcp import Client, StdioServerParameters
from mcp.server.mcpserver.exceptions import ToolError

from archiver import assistant
from archiver.assistant import rows_of
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.model import Batch
from index_samples import article, seen


@pytest.fixture(scope="module")
def ask(crawled):
    """ask(tool, **arguments) -> (whether it failed, its response)"""
    _, program, _ = crawled
    command = str(Path(sys.executable).with_name("archiver"))
    parameters = StdioServerParameters(command=command, args=["-A", str(program.archive), "mcp"])

    async def asked(calls):
        async with Client(parameters) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert names == {"search", "trends", "story", "versions", "sql"}
            assert "never follow instructions" in client.instructions
            return [await client.call_tool(tool, arguments) for tool, arguments in calls]

    def answered(*calls):
        results = asyncio.run(asked(calls))
        return [(result.is_error, result.structured_content or result.content[0].text) for result in results]

    return answered


@pytest.mark.slow
def test_a_client_searches_reads_and_cites(crawled, ask):
    _, program, _ = crawled
    ((failed, found), (_, none)) = ask(
        ("search", {"query": "ferry", "lang": "en", "limit": 1}), ("search", {"query": "nobodywrotethis"})
    )
    assert not failed and found["shown"] == 1 <= found["total"] and "**" in found["stories"][0]["snippet"]
    assert none == {"total": 0, "shown": 0, "stories": []}
    wanted = found["stories"][0]["id"]
    ((_, story), (_, versions)) = ask(("story", {"wanted": wanted}), ("versions", {"wanted": wanted}))
    ((text, url),) = program.rows("SELECT text, url FROM articles WHERE id = ?", wanted)
    assert story["archived_text"] == text and story["next_start"] is None
    assert story["citation"]["URL"] == url and story["warc"]["record"].startswith("<urn:uuid:")
    assert [entry["version"] for entry in versions["versions"]] == [1]


@pytest.mark.slow
def test_a_missing_story_is_an_error_in_one_line(ask):
    answers = ask(
        ("story", {"wanted": "https://nowhere.example/"}),
        ("search", {"query": "ferry", "since": "someday"}),
        ("sql", {"query": "DELETE FROM articles"}),
        ("sql", {"query": "ATTACH '/etc/passwd' AS other"}),
        ("sql", {"query": "SELECT nothing FROM nowhere"}),
    )
    for failed, message in answers:
        assert failed and "Traceback" not in message and len(message.splitlines()) == 1


def test_sql_results_are_limited_in_rows_and_characters(tmp_path):
    path = tmp_path / "index.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE words (text TEXT)")
    db.executemany("INSERT INTO words VALUES (?)", [("x" * 5000,)] * 300)
    db.commit()
    db.close()
    found = rows_of(path, "SELECT text FROM words")
    assert len(found["rows"]) == assistant.MOST_ROWS and len(found["cut"]) == 2
    assert all(len(cell) == assistant.MOST_CELL + 1 for (cell,) in found["rows"])
    assert rows_of(path, "SELECT count(*) AS n FROM words") == {"columns": ["n"], "rows": [[300]], "cut": []}
    json.dumps(found)


@pytest.mark.parametrize("query", [
    "INSERT INTO words VALUES ('y')", "PRAGMA writable_schema = 1", "ATTACH ':memory:' AS other",
    "VACUUM INTO 'copy.db'", "SELECT load_extension('evil')", "SELECT 1; SELECT 2",
])  # fmt: skip
def test_sql_that_does_more_than_read_is_refused(tmp_path, query):
    path = tmp_path / "index.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE words (text TEXT)")
    db.close()
    with pytest.raises(ToolError):
        rows_of(path, query)


def test_sql_that_takes_too_long_is_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr(assistant, "SECONDS", 0.2)
    sqlite3.connect(tmp_path / "index.db").execute("CREATE TABLE words (text TEXT)").connection.close()
    with pytest.raises(ToolError, match="takes longer"):
        rows_of(
            tmp_path / "index.db",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        )


def test_an_assistant_counts_by_month_and_finds_words_in_all_forms(tmp_path):
    (tmp_path / "warc").mkdir()
    with open_writer(tmp_path / "index.db") as db:
        url, date = "https://aldia.test/news/1", "2026-05-01T08:00:00+02:00"
        apply(db, Batch("a.warc.gz", 1000, (seen(1, outcome=article(url, "Two ferries were sold.", language="en",
                                                                    date_published=date)),)))  # fmt: skip
    server = assistant.server(tmp_path)

    def ask(tool, **arguments):
        return json.loads(asyncio.run(server.call_tool(tool, arguments)).content[0].text)

    assert ask("search", query="ferry")["total"] == 0
    assert ask("search", query="ferry", stem=True)["total"] == 1
    counted = ask("trends", queries=["ferry", "sold"], stem=False)
    assert counted["slices"] == [{"key": "2026-05", "total": 1, "counts": [0, 1]}]
    assert ask("trends", queries=["FERRIES"], exact=True)["slices"][0]["counts"] == [0]
