"""Tables of the archive in other programs: pandas, spreadsheets, DuckDB, plain SQLite."""

import asyncio
import csv
import json
import sqlite3

import pytest

from archiver.errors import UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.library import Archive
from archiver.model import Batch
from index_samples import URL, article, failed, rich_article, seen

OTHER = "https://www.aldia.test/2026/other"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    later = article(URL, "One. Two.\n\nAnd three.", title="The mural is done")
    plain = article(OTHER, "No date is known of this.", date_published=None, title="=1+1")
    items = (
        seen(1, 1, outcome=rich_article()), seen(2, 2, outcome=later), seen(3, url=OTHER, outcome=plain),
    )  # fmt: skip
    (folder / "warc").mkdir()
    with open_writer(folder / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, items))
    with Archive(folder) as opened:
        yield opened


def test_columns_of_data_frames_support_missing_values(archive):
    pandas = pytest.importorskip("pandas")
    stories = archive.to_pandas().set_index("url")
    types = {name: str(kind) for name, kind in stories.dtypes.items()}
    assert types["year"] == types["word_count"] == types["id"] == "Int64"
    assert types["is_accessible_for_free"] == "boolean" and types["title"].startswith("str")
    assert stories.loc[OTHER, "year"] is pandas.NA and pandas.isna(stories.loc[OTHER, "date"])
    edits = archive.to_pandas(table="edits")
    assert len(edits) == 1 and str(edits["words_added"].dtype) == "Int64"
    assert str(edits["not_before"].dtype) == str(edits["seen_at"].dtype) and edits["seen_at"].dt.tz is not None
    assert str(archive.to_pandas(table="blocks")["link_density"].dtype) == "Float64"
    assert list(archive.to_pandas("finished OR three", table="block_texts")["text"])[-1] == "And three."
    assert (
        archive.to_pandas("nothing at all").empty and str(archive.to_pandas("nothing at all")["year"].dtype) == "Int64"
    )


def test_data_frames_come_in_pieces(archive):
    pandas = pytest.importorskip("pandas")
    whole = archive.to_pandas(table="block_texts")
    pieces = list(archive.pandas_pieces(table="block_texts", rows=2))
    assert [len(piece) for piece in pieces] == [2] * (len(whole) // 2) + [1] * (len(whole) % 2)
    pandas.testing.assert_frame_equal(pandas.concat(pieces, ignore_index=True), whole)
    assert list(archive.pandas_pieces("nothing at all")) == []
    with pytest.raises(UsageError, match="chunks of 0 rows"):
        archive.pandas_pieces(rows=0)


def test_the_sources_of_a_package_are_where_the_site_was_crawled(tmp_path):
    (tmp_path / "warc").mkdir()
    url = "http://daily.localhost:8394/2026/a-story"
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, (seen(1, url=url), failed(2, 1, 500, "http://shut.test/"))))
    with Archive(tmp_path) as opened:
        opened.export(tmp_path / "all.csv")
    package = json.loads((tmp_path / "all.csv.datapackage.json").read_text("utf-8"))
    assert package["sources"] == [
        {"title": "daily.localhost", "path": "http://daily.localhost:8394/"}, {"title": "shut.test"},
    ]  # fmt: skip


def test_story_ids_stay_exact_in_a_spreadsheet_and_the_package_declares_them(archive, tmp_path):
    frictionless = pytest.importorskip("frictionless")
    wanted = sorted(row["id"] for row in archive.sql("SELECT id FROM articles"))
    archive.export(tmp_path / "plain.csv")
    archive.export(tmp_path / "sheet.csv", bom=True)
    for name, mark in (("plain.csv", ""), ("sheet.csv", "'")):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert sorted(row["id"] for row in rows) == sorted(f"{mark}{number}" for number in wanted)
        assert {row["title"] for row in rows} == {"The mural is done", "'=1+1"}
        package = tmp_path / f"{name}.datapackage.json"
        fields = json.loads(package.read_text("utf-8"))["resources"][0]["schema"]["fields"]
        kinds = {field["name"]: field["type"] for field in fields}
        assert kinds["id"] == ("string" if mark else "integer") and kinds["word_count"] == "integer"
        with frictionless.system.use_context(trusted=True):
            report = frictionless.validate(str(package))
        assert report.valid, report.flatten(["type", "note"])
    assert "apostrophe in front, because a spreadsheet would round" in (tmp_path / "sheet.csv.codebook.md").read_text(
        "utf-8"
    )


def test_duckdb_reads_the_exports(archive, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    archive.export(tmp_path / "edits.csv", table="edits")
    archive.export(tmp_path / "blocks.jsonl", table="block_texts")
    with duckdb.connect() as db:
        edits = db.execute(
            "SELECT title_before, words_added FROM read_csv(?)", [str(tmp_path / "edits.csv")]
        ).fetchall()
        blocks = db.execute("SELECT count(*) FROM read_json(?)", [str(tmp_path / "blocks.jsonl")]).fetchone()
    assert edits[0][0] == "The mural" and edits[0][1] > 0
    assert blocks[0] == archive.sql("SELECT count(*) AS n FROM block_texts")[0]["n"]


@pytest.fixture
def plain(archive):
    """The index as any program opens it: without our functions."""
    connection = sqlite3.connect(f"file:{archive.directory.index}?mode=ro", uri=True)
    yield connection
    connection.close()


def names(connection, kinds="'table', 'view'"):
    rows = connection.execute(f"SELECT name FROM sqlite_master WHERE type IN ({kinds}) ORDER BY name")
    return [name for (name,) in rows if not name.startswith(("sqlite_", "articles_fts_"))]


def test_plain_sqlite_reads_every_table_and_view(plain):
    for name in names(plain):
        plain.execute(f'SELECT * FROM "{name}"').fetchall()
    assert {"articles", "captures", "versions", "links"} <= set(names(plain, "'table'"))
    texts = plain.execute("SELECT text FROM version_texts").fetchall()
    assert len(texts) == 3 and all(text for (text,) in texts)
    assert all(url.startswith("https://") for (url,) in plain.execute("SELECT url FROM link_urls"))


def test_duckdb_reads_every_table_and_view_with_the_declared_types(plain):
    # DuckDB's own reader of SQLite files is an extension that has to be downloaded; it also requires the declared
    # types.
    duckdb = pytest.importorskip("duckdb")
    kinds = {"INTEGER": "BIGINT", "TEXT": "VARCHAR", "REAL": "DOUBLE", "BLOB": "BLOB"}
    with duckdb.connect() as db:
        for name in names(plain):
            columns = plain.execute(f"PRAGMA table_info({name})").fetchall()
            typed = ", ".join(f'"{column[1]}" {kinds.get(column[2], "VARCHAR")}' for column in columns)
            db.execute(f'CREATE TABLE "{name}" ({typed})')
            rows = plain.execute(f'SELECT * FROM "{name}"').fetchall()
            assert all(
                value is None or not isinstance(value, str) or kinds.get(column[2], "VARCHAR") == "VARCHAR"
                for row in rows
                for column, value in zip(columns, row, strict=True)
            ), name
            if rows:
                db.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', rows)
        edits = "SELECT v.text, w.text FROM versions v JOIN versions w ON w.article_id = v.article_id"
        ((before, after),) = db.execute(f"{edits} AND w.version = v.version + 1").fetchall()
        assert before != after and None not in (before, after)


@pytest.mark.slow  # Datasette starts
def test_datasette_reads_every_table_and_view(archive, plain):
    app = pytest.importorskip("datasette.app")

    async def statuses():
        served = app.Datasette([str(archive.directory.index)], config_dir=None)
        try:
            return {
                name: (await served.client.get(f"/index/{name}.json?_size=1&_nocount=1&_nofacet=1")).status_code
                for name in names(plain)
            }
        finally:
            for database in served.databases.values():
                database.close()

    found = asyncio.run(statuses())
    assert len(found) > 40 and set(found.values()) == {200}, found
