"""Exports: complete, typed, safe to open, byte for byte where it matters, each with its codebook."""

import csv
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from archiver.errors import ExitCode, UsageError
from archiver.export.cdxj import cdx_key
from archiver.export.exporting import Wish, export, format_of
from archiver.export.target import new_file
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.export_rows import gaps, losses
from archiver.index.search.selection import SearchQuery
from archiver.layout import Site
from archiver.model import Batch
from archiver.printable import csv_cell
from archiver.samplesite import SampleSite, stories
from archiver.warc import Record, read_records
from index_samples import closing, failed, seen, warcinfo


@pytest.fixture(scope="module")
def exported(crawled, tmp_path_factory):
    """Makes exports of the sample site's archive: `exported("a.csv", "--lang", "es")` -> path."""
    _, program, _ = crawled
    folder = tmp_path_factory.mktemp("exports")

    def make(name, *arguments, exit_code=0):
        program.run("export", folder / name, *arguments, exit_code=exit_code)
        return folder / name

    return make


def test_jsonl_has_every_story_with_the_index_s_values(crawled, exported):
    _, program, _ = crawled
    rows = [json.loads(line) for line in exported("all.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == len(stories()) and [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["text"] for row in rows} == {text for (text,) in program.rows("SELECT text FROM articles")}
    assert all(isinstance(row["authors"], list) and isinstance(row["tags"], list) for row in rows)


def test_the_search_options_select_stories(crawled, exported):
    _, program, _ = crawled
    path = exported("some.jsonl", "vote", "--stem", "--lang", "en", "--since", "2022")
    hits = program.json("search", "vote", "--stem", "--lang", "en", "--since", "2022", "--json", "--limit", "0")
    assert {json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()} == {hit["id"] for hit in hits}
    assert len(hits) > 1
    assert exported("none.csv", "🙂").read_text().count("\n") == 1


def test_csv_is_read_back_and_safe(exported):
    path = exported("all.csv", "--bom")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    csv.field_size_limit(1 << 24)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert len(rows) == len(stories())
    assert {row["title"].lstrip("'") for row in rows} == {story.title.lstrip("'") for story in stories()}


@pytest.mark.slow
def test_csv_goes_through_a_spreadsheet_unchanged(exported, tmp_path):
    """LibreOffice opens the file and saves its cells as CSV again, IDs of 16 digits and long texts included."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    path = exported("sheet.csv", "--bom")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for form, reading in (("ods", ["--infilter=CSV:44,34,76,1"]), (_CSV_AGAIN, [])):
        source = path if form == "ods" else tmp_path / "sheet.ods"
        command = [program, profile, "--headless", *reading, "--convert-to", form, "--outdir", tmp_path, source]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    csv.field_size_limit(1 << 24)
    before, after = (
        list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
        for file in (path, tmp_path / "sheet.csv")
    )
    assert len(before) == len(stories()) + 1 and after == before


# https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html
_CSV_AGAIN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil","x")', "+1", "-1+2", "@SUM(A1)", "\tx", "\r=1", "＝1+1"])
def test_a_formula_is_text(text):
    assert csv_cell(text).startswith("'")


def test_raw_csv_reads_back_exactly(exported):
    rows = list(csv.DictReader(io.StringIO(exported("raw.csv", "--raw-csv").read_text("utf-8"), newline="")))
    expected = [json.loads(line) for line in exported("raw.jsonl").read_text("utf-8").splitlines()]
    read = {row["id"]: (row["title"], row["text"], json.loads(row["authors"])) for row in rows}
    assert read == {str(row["id"]): (row["title"], row["text"], row["authors"]) for row in expected}


def test_a_cell_holds_no_escape_sequence():
    assert "\x1b" not in csv_cell("\x1b]0;x\x07")
    assert [csv_cell(value) for value in (["a", "b"], True, None)] == ["a; b", 1, None]


def test_parquet_has_types_and_meanings(exported):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(exported("all.parquet"))
    assert table.num_rows == len(stories())
    types = {field.name: str(field.type) for field in table.schema}
    assert types["authors"].startswith("list<") and types["date"] == "date32[day]"
    assert types["first_seen"] == "timestamp[ms, tz=UTC]" and types["id"] == "int64"
    assert b"Headline" in table.schema.field("title").metadata[b"description"]
    days = {story.published.date() for story in stories()}
    assert set(table["date"].to_pylist()) == days and isinstance(next(iter(days)), date)


def test_parquet_opens_in_duckdb_with_its_types(exported):
    duckdb = pytest.importorskip("duckdb")
    path = str(exported("duck.parquet"))
    with duckdb.connect() as db:
        described = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
        kinds = {name: kind for name, kind, *_ in described}
        assert kinds["date"] == "DATE" and kinds["authors"] == kinds["tags"] == "VARCHAR[]"
        assert kinds["first_seen"] == "TIMESTAMP WITH TIME ZONE" and kinds["id"] == "BIGINT"
        assert kinds["is_accessible_for_free"] == "BOOLEAN"
        by_year = db.execute("SELECT year(date), count(*) FROM read_parquet(?) GROUP BY 1", [path]).fetchall()
        assert dict(by_year) == Counter(story.published.year for story in stories())
        sql = "SELECT count(DISTINCT author) FROM (SELECT unnest(authors) AS author FROM read_parquet(?))"
        assert db.execute(sql, [path]).fetchone()[0] > 3


@pytest.mark.slow
def test_parquet_opens_in_pandas_with_its_types(exported):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(exported("panda.parquet"))
    assert len(frame) == len(stories()) and str(frame["id"].dtype) == "int64"
    assert str(frame["first_seen"].dtype) == "datetime64[ms, UTC]"
    assert {type(day) for day in frame["date"]} == {date}
    assert frame.explode("authors")["authors"].nunique() > 3
    assert set(frame["is_accessible_for_free"]) <= {True, False, None}


def test_without_pyarrow_one_line_says_what_to_install(crawled, tmp_path):
    _, program, _ = crawled
    code = "import sys; sys.modules['pyarrow'] = None; from archiver.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code, "-A", program.archive, "export", tmp_path / "a.parquet"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2 and run.stderr.count("\n") == 1
    assert "pip install 'pyarrow>=" in run.stderr and "archiver[" not in run.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("table", ["versions", "captures", "links", "images", "removed_blocks"])
def test_other_tables(crawled, exported, table):
    _, program, _ = crawled
    rows = exported(f"{table}.jsonl", "--table", table).read_text("utf-8").splitlines()
    assert len(rows) == program.rows(f"SELECT count(*) FROM {table}")[0][0] > 0
    chosen = exported(f"{table}-es.jsonl", "--table", table, "--lang", "es").read_text("utf-8").splitlines()
    assert 0 < len(chosen) < len(rows)


def test_markdown_is_one_file_a_story(exported):
    folder = exported("texts.md", "--lang", "es")
    found = list(folder.rglob("*.md"))
    spanish = [story for story in stories() if story.language == "es"]
    assert len(found) == len(spanish)
    text = next(path for path in found if "transbordador" in path.name).read_text("utf-8")
    front = dict(line.split(": ", 1) for line in text.split("---\n")[1].splitlines())
    assert json.loads(front["language"]) == "es" and json.loads(front["authors"]) == ["Marisol Quiñones"]
    exported("texts.md", exit_code=2)  # an existing folder is not changed


def test_the_warc_is_copied_byte_for_byte(crawled, exported):
    _, program, _ = crawled
    path = exported("ferry.warc.gz", "ferry")
    originals = b"".join(file.read_bytes() for file in (program.archive / "warc").iterdir())
    kinds = []
    for record in read_records(path):
        assert isinstance(record, Record)
        kinds.append(record.type)
        member = path.read_bytes()[record.ref.offset : record.ref.offset + record.ref.length]
        assert member in originals
    assert kinds[0] == "warcinfo" and kinds.count("request") >= 2
    # A page found unchanged is stored as a revisit; the response with its payload is exported with it.
    assert kinds.count("response") >= 2 and kinds.count("response") + kinds.count("revisit") == kinds.count("request")
    everything = exported("all.warc.gz")
    captures = sum(record.type in ("response", "revisit") for record in read_records(everything))
    assert captures == program.rows("SELECT count(*) FROM captures")[0][0]


@pytest.mark.slow
def test_a_copied_warc_makes_the_same_stories(crawled, exported, new_program):
    _, program, _ = crawled
    copy = new_program()
    copy.run("index", exported("again.warc.gz", "ferry"))
    sql = "SELECT id, url, title, text FROM articles ORDER BY id"
    rows = copy.rows(sql)
    assert len(rows) >= 2 and set(rows) <= set(program.rows(sql))


def test_cdxj_is_sorted_and_leads_to_the_records(crawled, exported):
    _, program, _ = crawled
    lines = exported("index.cdxj").read_text("ascii").splitlines()
    assert len(lines) == program.rows("SELECT count(*) FROM captures")[0][0]
    assert lines == sorted(lines)
    for line in lines[::20]:
        key, moment, fields = line.split(" ", 2)
        data = json.loads(fields)
        assert key == cdx_key(data["url"]) and len(moment) == 14 and moment.isdigit()
        with (program.archive / "warc" / data["filename"]).open("rb") as file:
            file.seek(int(data["offset"]))
            record = gzip.decompress(file.read(int(data["length"])))
        assert record.startswith(b"WARC/1.1") and data["url"].encode() in record


@pytest.mark.parametrize(
    ("url", "key"),  # as canonicalised by pywb
    [
        ("http://www.Example.com/", "com,example)/"),
        ("https://example.com/A/b/?b=2&a=1", "com,example)/a/b?a=1&b=2"),
        ("http://example.com:8080/x", "com,example:8080)/x"),
        ("https://example.com:443/x?", "com,example)/x"),
        ("http://www2.news.example.com/a;jsessionid=1", "com,example,news)/a;jsessionid=1"),
        ("http://127.0.0.1:80/x#top", "1,0,0,127)/x"),
        ("http://example.com/caf%C3%A9//b/?q=%20A&PHPSESSID=1", "com,example)/caf%c3%a9/b?phpsessid=1&q=%20a"),
    ],
)
def test_keys_of_the_index(url, key):
    assert cdx_key(url) == key


def test_a_wacz_holds_what_it_says(crawled, exported, tmp_path):
    _, program, _ = crawled
    with zipfile.ZipFile(exported("all.wacz")) as package:
        assert package.testzip() is None
        description = json.loads(package.read("datapackage.json"))
        assert description["profile"] == "data-package" and description["wacz_version"] == "1.1.1"
        for resource in description["resources"]:
            data = package.read(resource["path"])
            assert resource["bytes"] == len(data)
            assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        digest = json.loads(package.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest()
        assert package.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
        assert pages[0]["format"] == "json-pages-1.0" and len(pages) == len(stories()) + 1
        warc = package.read("archive/data.warc.gz")
        lines = package.read("indexes/index.cdxj").decode().splitlines()
    assert lines == sorted(lines) and len(lines) == program.rows("SELECT count(*) FROM captures")[0][0]
    keys = {(json.loads(line.split(" ", 2)[2])["url"]) for line in lines}
    assert all(page["url"] in keys for page in pages[1:])
    fields = json.loads(lines[-1].split(" ", 2)[2])
    begin = int(fields["offset"])
    assert fields["url"].encode() in gzip.decompress(warc[begin : begin + int(fields["length"])])


@pytest.mark.slow
def test_a_304_is_exported_with_the_response_that_it_confirms(new_program, tmp_path):
    """pywb answers the record of a 304 with nothing."""
    program = new_program()
    with SampleSite() as site:
        url = site.url + "en/politics/city-hall/council-backs-free-ferry-eastbank"
        for _ in range(2):
            program.run("capture", "--delay", "0", url)
    assert program.rows("SELECT http_status FROM captures WHERE url = ? ORDER BY fetched_at", url) == [(200,), (304,)]
    program.run("export", tmp_path / "a.cdxj")
    program.run("export", tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        indexes = {
            "a.cdxj": (tmp_path / "a.cdxj").read_text("ascii"),
            "a.wacz": package.read("indexes/index.cdxj").decode(),
        }
        packed = package.read("archive/data.warc.gz")
    for name, lines in indexes.items():
        found = [line.split(" ", 2) for line in lines.splitlines() if url in line]
        (_, first, shown), (_, second, confirmed) = ((key, stamp, json.loads(fields)) for key, stamp, fields in found)
        assert first < second and confirmed == shown and shown["status"] == "200", name
        file = packed if name == "a.wacz" else (program.archive / "warc" / shown["filename"]).read_bytes()
        begin = int(shown["offset"])
        assert b"WARC-Type: response" in gzip.decompress(file[begin : begin + int(shown["length"])])


def test_a_codebook_describes_every_column(exported):
    path = exported("coded.csv", "ferry", "--lang", "en")
    data = json.loads(path.with_name("coded.csv.codebook.json").read_text("utf-8"))
    assert data["query"] == {"language": "en", "text": "ferry"}
    assert data["count"] == len(list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))) - 1
    assert data["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    header = path.read_text("utf-8").splitlines()[0].split(",")
    assert [column["name"] for column in data["columns"]] == header
    assert all(column["meaning"] for column in data["columns"])
    assert data["program"].startswith("archiver/") and "elpuente" in data["citation"]
    assert data["coverage"][0]["captures"] > 0
    text = path.with_name("coded.csv.codebook.md").read_text("utf-8")
    assert "| title | text | Headline. |" in text and "## Gaps" in text


@pytest.mark.slow
def test_a_failed_export_leaves_no_file(crawled, tmp_path):
    _, program, _ = crawled
    program.run("export", tmp_path / "a.xlsx", exit_code=2)
    program.run("export", tmp_path / "a.wacz", "--table", "links", exit_code=2)
    program.run("export", tmp_path / "a.csv", "--since", "yesterday", exit_code=2)
    program.run("export", "/proc/a.csv", exit_code=3)
    program.run("export", "/no/such/folder/a.csv", exit_code=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (".csv", "stories.csv"),
        ("csv", "stories.csv"),
        ("md/", "stories.md/"),
        (".md", "stories.md/"),
        ("sub/.wacz", "stories.wacz"),
        ("-", "archiver search --limit 0 --json"),
    ],
)
def test_a_file_name_of_only_an_ending_is_refused(name, told):
    with pytest.raises(UsageError, match=re.escape(told)):
        format_of(name)


@pytest.mark.parametrize(("name", "kind"), [("a.CSV", "csv"), ("a.md", "md/"), ("x/a.md/", "md/")])
def test_the_ending_selects_the_format(name, kind):
    assert format_of(name) == kind


def test_a_removed_page_is_not_a_gap(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1000, (seen(1), failed(2, 1, 404), failed(3, 30, 410), failed(4, 60, 503))))
        assert [(gap.first_day, gap.why) for gap in gaps(db)] == [("2026-05-03", "1 of 1 captures failed")]


def test_a_codebook_says_that_none_failed_only_where_none_failed(tmp_path):
    (tmp_path / "warc").mkdir()
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 100, (seen(1),)))
        export(db, tmp_path / "warc", Wish(tmp_path / "whole.csv", "csv", SearchQuery()))
        unfetched = [{"url": f"https://aldia.test/{number}", "reason": "connection_refused"} for number in range(3)]
        items = (failed(2, 1, 404, url="https://aldia.test/none"), closing(3, hours=2, skipped=unfetched))
        apply(
            db, Batch("a.warc.gz", 1000, (warcinfo(0, site=Site("aldia", ("aldia.test",)), file="a.warc.gz"), *items))
        )
        export(db, tmp_path / "warc", Wish(tmp_path / "parts.csv", "csv", SearchQuery()))
    whole = (tmp_path / "whole.csv.codebook.md").read_text("utf-8")
    assert "and none failed." in whole and "None known.\n" in whole
    parts = (tmp_path / "parts.csv.codebook.md").read_text("utf-8")
    assert "none failed" not in parts and "failures are counted below" in parts
    assert "| failed responses | status_404 | 1 |" in parts
    assert "| URLs without a response | connection_refused | 3 |" in parts
    coded = json.loads((tmp_path / "parts.csv.codebook.json").read_text("utf-8"))
    assert {loss["reason"]: loss["number"] for loss in coded["losses"]} == {"status_404": 1, "connection_refused": 3}


def test_addresses_that_the_crawler_only_guessed_are_no_failures_of_the_site(tmp_path):
    feed, page = "https://aldia.test/rss.xml", "https://aldia.test/news/2"
    skipped = [{"url": feed, "reason": "not_there"}, {"url": page, "reason": "status_404"}]
    items = [
        warcinfo(0, site=Site("aldia", ("aldia.test",))), seen(1), failed(2, 0, url=feed), failed(3, 0, url=page),
        failed(4, 0, url="https://aldia.test/robots.txt"), closing(5, skipped=skipped),
    ]  # fmt: skip
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 9000, tuple(items)))
        reasons = dict(db.execute("SELECT url, reason FROM failures ORDER BY url"))
        coverage = db.execute("SELECT captures, failures, gone FROM coverage").fetchall()
        assert [(loss.reason, loss.number) for loss in losses(db)] == [("status_404", 1)]
    assert reasons == {feed: "not_there", page: "status_404", "https://aldia.test/robots.txt": "not_there"}
    assert coverage == [(4, 1, 1)]


def test_two_exports_under_one_name_do_not_write_into_one_another(crawled, tmp_path):
    _, program, _ = crawled
    target = tmp_path / "a.jsonl"
    with new_file(target) as part:
        part.write_text("the first of two")
        program.run("export", target, exit_code=int(ExitCode.LOCKED))
    assert target.read_text() == "the first of two"
    program.run("export", target, "--force")
    assert target.read_text("utf-8").startswith("{")


def test_a_killed_export_is_started_again(crawled, tmp_path):
    _, program, _ = crawled
    (tmp_path / "a.jsonl.part").write_text('{"id": 1, "ti')
    program.run("export", tmp_path / "a.jsonl")
    assert (
        len((tmp_path / "a.jsonl").read_text("utf-8").splitlines())
        == program.rows("SELECT count(*) FROM articles")[0][0]
    )
    assert not (tmp_path / "a.jsonl.part").exists()


def test_an_earlier_export_stays_until_the_new_one_is_whole(crawled, tmp_path):
    _, program, _ = crawled
    target = tmp_path / "a.warc.gz"
    target.write_bytes(b"the earlier one")
    (tmp_path / "a.warc.gz.part").mkdir()  # a folder with this name makes writing fail
    program.run("export", target, "--force", exit_code=3)
    assert target.read_bytes() == b"the earlier one"


def test_the_archive_stays_as_it_was(crawled, exported):
    _, program, _ = crawled
    before = {path: path.stat().st_mtime_ns for path in (program.archive / "warc").iterdir()}
    exported("untouched.wacz")
    assert {path: path.stat().st_mtime_ns for path in Path(program.archive / "warc").iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments"), [
    ("stories.csv", ()), ("stories.jsonl", ("ferry",)), ("edits.csv", ("--table", "versions")),
    ("links.jsonl", ("--table", "links", "--lang", "es")),
])  # fmt: skip
def test_a_table_has_a_data_package_that_frictionless_finds_valid(exported, name, arguments):
    path = exported(name.replace(".", "-package."), *arguments)
    package = path.with_name(f"{path.name}.datapackage.json")
    command = [str(Path(sys.executable).with_name("frictionless")), "validate", package.name, "--json"]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, timeout=100, check=False)
    report = json.loads(done.stdout)
    assert report["valid"], report
    (resource,) = json.loads(package.read_text("utf-8"))["resources"]
    assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert all(field["description"] for field in resource["schema"]["fields"])


@pytest.mark.slow
def test_a_codebook_covers_only_the_exported_sites(exported):
    codebook = json.loads(exported("one.csv", "ferry").with_name("one.csv.codebook.json").read_text("utf-8"))
    assert [entry["site"] for entry in codebook["coverage"]] == ["elpuente"]
    assert "captures, the last of 20" in codebook["index"]
    assert '"text": "ferry"' in codebook["citation"] and codebook["index"] in codebook["citation"]
    nothing = json.loads(exported("zero.csv", "🙂").with_name("zero.csv.codebook.json").read_text("utf-8"))
    assert nothing["coverage"] == nothing["gaps"] == []
