"""Annotations: users' codings stay with their stories, also after rebuilds, and are exported with them."""

import csv
import json

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import DamageError, UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.annotations import Annotation, Annotations, read_annotations
from archiver.index.ingest.batch import apply
from archiver.library import Archive
from archiver.model import Batch
from archiver.printable import csv_cell
from index_samples import article, seen

URL = "https://news.test/ferry"


@pytest.fixture
def db(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        fill(db)
        yield db


def fill(db):
    apply(db, Batch("a.warc.gz", 1, (seen(1, 1, url=URL, outcome=article(URL, text="The ferry sails.")),)))
    apply(db, Batch("a.warc.gz", 2, (seen(2, 2, url=URL, outcome=article(URL, text="The ferry sails no more.")),)))


def rows(db):
    return db.execute("SELECT version, name, value FROM annotations ORDER BY name, value").fetchall()


def test_annotations_are_read_from_csv_and_jsonl_and_survive_a_rebuild(db, tmp_path):
    (number,) = db.execute("SELECT id FROM articles").fetchone()
    kept = Annotations(tmp_path)
    table = f'\ufeffurl,version,name,value\n{URL},,topic,"boats, harbour"\n{URL}?utm_source=x,1,stance,-1\n'
    assert kept.add(db, read_annotations(db, "a.CSV", table.encode())) == 2
    objects = [
        {"id": number, "name": "entity", "value": {"who": "Zoë"}},
        {"id": str(number), "name": "topic", "value": "boats, harbour"},
    ]
    lines = "\n\n".join(json.dumps(entry, ensure_ascii=False) for entry in objects)
    assert kept.add(db, read_annotations(db, "b.jsonl", lines.encode())) == 1
    expected = [(0, "entity", '{"who": "Zoë"}'), (1, "stance", "-1"), (0, "topic", "boats, harbour")]
    assert rows(db) == expected
    with open_writer(tmp_path / "new.db") as rebuilt:
        fill(rebuilt)
        kept.replay(rebuilt)
        assert rows(rebuilt) == expected
    assert kept.forget(db, "topic") == 1 and len(rows(db)) == 2
    with pytest.raises(UsageError, match="there is no annotation 'topic'") as raised:
        kept.forget(db, "topic")
    assert raised.value.hint == "known annotations: entity, stance"


def test_semicolons_and_apostrophes_of_a_spreadsheet_are_read(db):
    (number,) = db.execute("SELECT id FROM articles").fetchone()
    (found,) = read_annotations(db, "a.csv", f"id;name;value\r\n'{number};topic;a, b\r\n".encode())
    assert found == Annotation(number, None, "topic", "a, b")
    with pytest.raises(UsageError) as raised:
        read_annotations(db, "a.csv", b"id,name,value\n4.31353E+15,topic,a\n")
    assert "rounded the ID" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "url,name\nx,y\n", "lacks the column"),
        ("a.csv", "", "lacks the column"),
        ("a.csv", f'url,name,value\n{URL},a,"b', "is not valid CSV"),
        ("a.csv", f"url,name,value\n{URL},a,b\nhttps://other.test/,a,b\n", "line 3: there is no story"),
        ("a.csv", "url,name,value\n,a,b\n", "line 2 has neither id nor url"),
        ("a.jsonl", "{", "line 1 is not valid JSON"),
        ("a.jsonl", "[1]", "line 1 is not an object"),
        ("a.jsonl", json.dumps({"url": URL, "value": 1}), "line 1 has no name"),
        ("a.jsonl", json.dumps({"url": URL, "name": "a", "value": 1, "version": 3}), "names version 3"),
        ("a.jsonl", b"\xff", "is not UTF-8"),
    ],
)
def test_an_invalid_row_is_named_and_nothing_is_stored(db, name, data, said):
    with pytest.raises(UsageError, match=said) as raised:
        read_annotations(db, name, data if isinstance(data, bytes) else data.encode())
    assert raised.value.hint and rows(db) == []


def test_a_line_cut_short_by_a_crash_is_ignored_and_damage_is_reported(db, tmp_path):
    (number,) = db.execute("SELECT id FROM articles").fetchone()
    kept = Annotations(tmp_path)
    kept.add(db, [Annotation(number, None, "a", "1")])
    with kept.path.open("ab") as file:
        file.write(b'{"add": [[1, null, "b"')
    kept.add(db, [Annotation(number, None, "c", "2"), Annotation(5, None, "of no story", "3")])
    assert [entry.name for entry in kept.all()] == ["a", "c", "of no story"] and len(rows(db)) == 2
    kept.path.write_bytes(b'{"add": [[1]]}\n')
    with pytest.raises(DamageError, match="line 1"):
        kept.all()


def test_an_annotation_stays_with_its_version_when_an_older_capture_is_indexed(db, tmp_path):
    kept = Annotations(tmp_path)
    coded = json.dumps({"url": URL, "version": 2, "name": "tone", "value": "sad"})
    kept.add(db, read_annotations(db, "a.jsonl", coded.encode()))
    apply(db, Batch("b.warc.gz", 1, (seen(3, 0, url=URL, outcome=article(URL, text="A ferry is planned.")),)))
    kept.replay(db)
    ((version, _, _),) = rows(db)
    sql = "SELECT text FROM versions WHERE version = ?"
    assert version == 3 and db.execute(sql, [version]).fetchone() == ("The ferry sails no more.",)


def test_annotations_follow_a_story_to_its_new_id(db, tmp_path):
    (number,) = db.execute("SELECT id FROM articles").fetchone()
    kept = Annotations(tmp_path)
    kept.add(db, [Annotation(77, None, "topic", "boats")])
    assert rows(db) == []
    db.execute("INSERT INTO former_ids (old_id, id) VALUES (77, ?)", [number])
    kept.replay(db)
    assert rows(db) == [(0, "topic", "boats")]


def test_annotations_are_in_exports_codebook_and_library(tmp_path):
    (tmp_path / "archive" / "warc").mkdir(parents=True)
    with open_writer(tmp_path / "archive" / "index.db") as db:
        fill(db)
        (number,) = db.execute("SELECT id FROM articles").fetchone()

    def run(*arguments):
        result = CliRunner().invoke(cli, ["-A", str(tmp_path / "archive"), *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.stdout

    coded = tmp_path / "topics.csv"
    coded.write_text(f"url,name,value\n{URL},topic,boats\n", "utf-8")
    assert json.loads(run("annotate", coded, "--json")) == {"rows": 1, "new": 1}
    with Archive(tmp_path / "archive") as archive:
        assert archive.annotations(URL) == [{"version": 0, "name": "topic", "value": "boats"}]
    run("export", tmp_path / "coded.csv", "--table", "annotations", "--bom")
    with (tmp_path / "coded.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {"article_id": f"'{number}", "version": "0", "name": "topic", "value": "boats"}
    assert "| topic | 1 | 1 | 1 |" in (tmp_path / "coded.csv.codebook.md").read_text("utf-8")
    # The output of `export`, also for a spreadsheet, can be read back.
    assert json.loads(run("annotate", tmp_path / "coded.csv", "--json")) == {"rows": 1, "new": 0}
    assert json.loads(run("annotate", "--forget", "topic", "--json")) == {"forgotten": 1}


def test_an_export_for_spreadsheets_is_read_back_unchanged(db):
    values = ["-1", "-0.5", "=1+1", "+49", "@home", "'quoted'", "plain"]
    entries = [{"url": URL, "name": "stance", "value": value} for value in values]
    found = read_annotations(db, "a.jsonl", "\n".join(map(json.dumps, entries)).encode())
    assert csv_cell("-1") == "-1" and csv_cell("=1+1") == "'=1+1"  # a number executes nothing
    lines = ["URL\tName\tValue", *(f"{URL}\tstance\t{csv_cell(value)}" for value in values)]
    assert read_annotations(db, "a.tsv", "\n".join(lines).encode()) == found


def test_a_missing_column_is_named(db):
    with pytest.raises(UsageError, match="lacks the column value and id or url"):
        read_annotations(db, "a.csv", b"name,note\nx,y\n")
