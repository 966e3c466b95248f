"""Parquet files by site and month: DuckDB reads them as one table and opens only those that a query needs."""

import hashlib
import os

import pytest

from archiver.errors import UsageError
from archiver.export import tabular
from archiver.export.exporting import Wish, export, format_of
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.selection import SearchQuery
from archiver.model import Batch
from index_samples import article, seen

pytest.importorskip("pyarrow")
SITES = ("a.example", "b.example")


@pytest.fixture
def index(tmp_path):
    """Two sites of two months, and a story without a date."""
    items = []
    for number in range(8):
        url = f"https://{SITES[number % 2]}/{number}-story"
        day = f"2026-0{4 + number // 4}-0{number + 1}"
        items.append(seen(number + 1, number, url=url, outcome=article(url, f"Words of {number}.", date_published=day)))
    url = "https://a.example/undated"
    items.append(seen(9, 9, url=url, outcome=article(url, "Words of no day.", date_published=None)))
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 100, tuple(items)))
    return tmp_path / "index.db"


def made(index, name):
    target = index.parent / name
    with open_reader(index) as db:
        return target, export(db, index.parent, Wish(target, format_of(f"{name}/"), SearchQuery()))


def test_parquet_by_site_and_month_is_one_table_in_duckdb(index):
    duckdb = pytest.importorskip("duckdb")
    folder, told = made(index, "stories.parquet")
    assert told.count == 9
    parts = {path.relative_to(folder).parent.as_posix() for path in folder.rglob("*.parquet")}
    assert {f"site={site}/month=2026-0{month}" for site in SITES for month in (4, 5)} <= parts
    with duckdb.connect() as db:
        sql = f"SELECT site, month, count(*) FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true) "
        rows = db.execute(sql + "WHERE month = '2026-05' GROUP BY ALL ORDER BY ALL").fetchall()
        assert [(site, str(month), count) for site, month, count in rows] == [(site, "2026-05", 2) for site in SITES]
        texts = db.execute(f"SELECT text FROM read_parquet('{folder}/site=b.example/**/*.parquet')").fetchall()
        assert sorted(texts) == [(f"Words of {number}.",) for number in (1, 3, 5, 7)]
    assert (index.parent / "stories.parquet.codebook.md").exists()


def test_more_parts_than_files_can_be_open_lose_no_story(index, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(tabular, "_WAITING_ROWS", 1)
    monkeypatch.setattr(tabular, "_OPEN_PARTS", 1)
    folder, _ = made(index, "stories.parquet")
    texts = [row["text"] for path in folder.rglob("*.parquet") for row in parquet.ParquetFile(path).read().to_pylist()]
    assert sorted(texts) == sorted([*(f"Words of {number}." for number in range(8)), "Words of no day."])


def test_the_same_stories_make_the_same_parts(index):
    def digests(folder):
        found = sorted(folder.rglob("*.parquet"))
        return {os.fspath(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}

    assert digests(made(index, "one.parquet")[0]) == digests(made(index, "other.parquet")[0])


def test_an_existing_folder_of_parts_is_not_changed(index):
    made(index, "stories.parquet")
    with pytest.raises(UsageError, match="exists already"):
        made(index, "stories.parquet")
