"""An archive in Python: searching, reading, tables; and the notebook in the docs, which is run."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from archiver import Archive
from archiver.errors import DamageError, UsageError
from archiver.samplesite import stories

NOTEBOOK = Path(__file__).parent.parent / "docs" / "notebook.ipynb"


@pytest.fixture
def archive(crawled):
    _, program, _ = crawled
    with Archive(program.archive) as archive:
        yield archive


def test_importing_the_package_is_fast():
    code = "import archiver, sys; print(archiver.__version__, len(sys.modules), [m for m in sys.modules if m in heavy])"
    heavy = "heavy = {'scrapy', 'trafilatura', 'sqlite3', 'warcio', 'pandas', 'lxml'}; "
    output = subprocess.run([sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True).stdout
    assert output.endswith("[]\n")
    opening = "from archiver import Archive; import sys; print([m for m in sys.modules if m in heavy - {'sqlite3'}])"
    output = subprocess.run([sys.executable, "-c", heavy + opening], capture_output=True, text=True, check=True).stdout
    assert not set(eval(output)) & {"scrapy", "trafilatura"}  # (sqlite-utils itself looks for pandas)


def test_the_library_searches_like_the_program(archive, crawled):
    _, program, _ = crawled
    found = [hit.id for hit in archive.search("ferry", lang="en", since="2022", limit=5)]
    assert found == [
        hit["id"]
        for hit in program.json("search", "ferry", "--lang", "en", "--since", "2022", "--limit", "5", "--json")
    ]
    assert archive.count("ferry", lang="en", since=date(2022, 1, 1)) >= len(found) > 0
    assert sum(archive.count_by("language").values()) == len(archive) == len(stories())


def test_stories_and_what_belongs_to_them(archive):
    assert sum(1 for _ in archive.articles()) == len(stories())
    story = next(archive.articles("ferry", lang="en"))
    assert archive.article(story.id) == archive.article(story.url) == story
    (version,) = archive.versions(story.id)
    assert version.text == story.text and archive.history(story.id)[0].what == "first"
    assert story.title.split()[0].encode() in archive.html(story.id)
    assert {piece.op for paragraph in archive.diff(story.id) for piece in paragraph} == {"same"}
    (row,) = archive.sql("SELECT count(*) AS n FROM articles WHERE site = ?", story.site)
    assert archive.sql("SELECT stems('running', 'en') AS stems") == [{"stems": '["run"]'}]
    assert row["n"] == len(archive)


def test_missing_stories_and_versions_are_reported(archive, tmp_path):
    with pytest.raises(UsageError, match="no story"):
        archive.article("https://nowhere.test/")
    with pytest.raises(UsageError, match="not a date"):
        archive.count(since="yesterday")
    with pytest.raises(TypeError):
        archive.count(colour="red")
    with pytest.raises(UsageError, match=r"by 'decade'.*month, year"):
        archive.count_by("decade")
    story = next(archive.articles())
    for ask in (archive.html, archive.diff):
        with pytest.raises(UsageError, match="no version 9"):
            ask(story.id, 9)
    with pytest.raises(UsageError, match="no archive"):
        Archive(tmp_path / "none")
    (tmp_path / "index.db").touch()
    with pytest.raises(DamageError, match="rebuild"):
        Archive(tmp_path)


def test_data_frames_have_types(archive):
    pytest.importorskip("pandas")
    frame = archive.to_pandas()
    assert len(frame) == len(stories())
    assert str(frame["first_seen"].dtype).startswith("datetime64") and frame["first_seen"].dt.tz is not None
    assert frame["date"].dt.year.min() >= 2000
    assert isinstance(frame["authors"].iloc[0], list)
    captures = archive.to_pandas("ferry", table="captures")
    assert 0 < len(captures) < len(archive.to_pandas(table="captures"))


def test_exporting_from_python(archive, tmp_path):
    made = archive.export(tmp_path / "es.jsonl", lang="es")
    assert made.count == archive.count(lang="es") == (tmp_path / "es.jsonl").read_text("utf-8").count("\n")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda archive, _: archive.to_pandas(table="hosts"), "use one of articles"),
        (lambda archive, folder: archive.export(folder / "a.csv", table="hosts"), "use one of articles"),
        (lambda archive, _: archive.count(since="2024", until="2023"), "swap them"),
        (lambda archive, _: archive.count(author=""), "author is empty"),
        (lambda archive, _: list(archive.search(sort="newest")), "relevance or date"),
    ],
)
def test_impossible_filters_are_refused_and_not_answered_with_no_results(archive, tmp_path, ask, told):
    with pytest.raises(UsageError, match=told):
        ask(archive, tmp_path)


def test_a_year_may_be_a_number(archive):
    assert archive.count(since=2022, until=2022) == archive.count(since="2022", until="2022") > 0


def test_an_earlier_export_is_not_silently_replaced(archive, tmp_path):
    target = tmp_path / "es.jsonl"
    target.write_text("mine")
    with pytest.raises(UsageError, match=r"exists already.*force=True"):
        archive.export(target, lang="es")
    assert target.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    assert archive.export(target, lang="es", force=True).count == target.read_text("utf-8").count("\n")


def test_the_notebook_runs(crawled, tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    _, program, _ = crawled
    monkeypatch.chdir(tmp_path)
    names = {}
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 6
    for source in code:
        exec(re.sub(r'Archive\("[^"]+"\)', f"Archive({str(program.archive)!r})", source), names)
    names["archive"].close()
