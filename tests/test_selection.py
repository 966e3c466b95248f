"""The part of a foreign WARC file (such as Common Crawl's news) that a filter chooses is copied byte for byte."""

import json

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.fixity.manifest import Manifest
from archiver.index.database import open_reader
from archiver.selection.record_filter import RecordFilter, codes_of
from archiver.selection.selecting import file_name, select
from archiver.warc import Damage, read_records
from index_samples import START
from test_index_ingest import print_of
from warc_samples import in_one, members, page, record, warcinfo

WORDS = {
    "en": "The ferry was late again on Monday because the harbour had been closed after the storm. ",
    "es": "El transbordador llegó tarde otra vez el lunes porque el puerto estaba cerrado tras la tormenta. ",
}


def answer(number, language="en", declared=None):
    """An HTTP response: a story in one language, with any declared language."""
    text = "".join(f"<p>{WORDS[language] * 4} ({number}, {part})</p>" for part in "abcdef")
    html = (
        f'<!DOCTYPE html><html lang="{declared or language}"><head><title>Ferry {number}</title></head><body>'
        f"<nav><p>Menu</p></nav><article><h1>Ferry {number}</h1>{text}</article></body></html>"
    ).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html


def capture(number, host="paper.example", day="2024-05-17", **values):
    """A capture as in Common Crawl's news: request, response, metadata, each in a separate gzip member."""
    url, date = f"http://{host}/2024/05/{number}-story", f"{day}T10:00:00Z"
    request_id, response_id = (f"<urn:uuid:00000000-0000-4000-{half}-{number:012d}>" for half in ("9000", "8000"))
    ask = f"GET /2024/05/{number}-story HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    block = values.pop("block", None) or answer(number, **values)
    return [
        record(ask, url, f"WARC-Concurrent-To: {response_id}", kind="request", date=date, record_id=request_id,
               content_type="application/http; msgtype=request"),
        record(block, url, date=date, record_id=response_id),
        record(b"fetchTimeMs: 12\r\n", url, f"WARC-Concurrent-To: {response_id}", kind="metadata", date=date,
               number=number + 500, content_type="application/warc-fields"),
    ]  # fmt: skip


def file_of(*captures):
    return members(warcinfo("isPartOf: CC-NEWS"), *(part for parts in captures for part in parts))


def chosen(tmp_path, data, wanted, name="CC-NEWS-20240517100000-00001.warc.gz"):
    """(report, records of the new file)."""
    (tmp_path / "into").mkdir(exist_ok=True)
    path = tmp_path / name
    path.write_bytes(data)
    report = select(path, str(path), wanted, tmp_path / "into", lambda _: None)
    return report, list(read_records(tmp_path / "into" / report.file)) if report.file else []


def test_a_chosen_capture_comes_with_its_request_metadata_and_warcinfo_byte_for_byte(tmp_path):
    wanted = capture(2, "news.paper.example")
    info, ours = members(warcinfo("isPartOf: CC-NEWS")), members(*wanted)
    data = info + members(*capture(1, "other.example")) + ours + members(*capture(3, "notpaper.example"))
    report, records = chosen(tmp_path, data, RecordFilter(hosts=("paper.example",)))
    assert [found.type for found in records] == ["warcinfo", "request", "response", "metadata", "metadata"]
    new = (tmp_path / "into" / report.file).read_bytes()
    assert new.startswith(info + ours)
    assert (report.captures, report.chosen, report.left_out) == (3, 1, {"host": 2})
    told = records[-1].block.decode()
    assert "archiver-selected-by: host=paper.example" in told and 'archiver-left-out: {"host": 2}' in told
    assert not any(isinstance(found, Damage) for found in records)


@pytest.mark.parametrize(
    ("wanted", "numbers", "left_out"),
    [
        (RecordFilter(), [1, 2, 3, 4], {}),
        (RecordFilter(since=START.date().replace(year=2024, month=5, day=17)), [2, 3, 4], {"date": 1}),
        (RecordFilter(until=START.date().replace(year=2024, month=5, day=17)), [1, 2, 3], {"date": 1}),
        (RecordFilter(languages=("es",)), [3, 4], {"language": 2}),
        (RecordFilter(hosts=("a.example",), languages=("es",)), [3], {"host": 2, "language": 1}),
    ],
)
def test_captures_are_chosen_by_host_day_and_language(tmp_path, wanted, numbers, left_out):
    data = file_of(
        capture(1, "a.example", "2024-05-16"),
        capture(2, "b.example"),
        capture(3, "a.example", language="es", declared="en"),  # the words count more than the declaration
        capture(4, "b.example", "2024-05-18", language="es"),
    )
    report, records = chosen(tmp_path, data, wanted)
    urls = [found.fields["warc-target-uri"] for found in records if found.type == "response"]
    assert [int(url.rpartition("/")[2].partition("-")[0]) for url in urls] == numbers
    assert report.left_out == left_out


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>123 456</p></html>",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"<p<p><!--<" * 5000,
        b"no HTTP at all",
    ],
)
def test_a_page_of_unknown_language_is_selected(tmp_path, block):
    report, _ = chosen(tmp_path, file_of(capture(1, block=block)), RecordFilter(languages=("es",)))
    assert report.chosen == 1


def test_a_record_without_a_date_is_chosen():
    found = record(answer(1), date="")
    with_filter = RecordFilter(since=START.date())
    assert with_filter.refusal(next(read_of(found))) is None


def read_of(data):
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.warc").write_bytes(data)
        yield from read_records(Path(folder) / "a.warc")


def test_a_file_compressed_as_a_whole_gives_members_of_their_own(tmp_path):
    parts = [warcinfo(), *capture(1, "a.example"), *capture(2, "b.example")]
    report, records = chosen(tmp_path, in_one(*parts), RecordFilter(hosts=("b.example",)))
    assert report.chosen == 1
    assert [found.type for found in records] == ["warcinfo", "request", "response", "metadata", "metadata"]
    assert not any(found.shared for found in records)
    assert records[2].block == answer(2)


def test_damage_in_the_source_is_reported_and_the_rest_is_read(tmp_path):
    bad = bytearray(members(capture(2)[1]))
    bad[40:60] = b"\xff" * 20
    data = members(warcinfo()) + members(*capture(1)) + bytes(bad) + members(*capture(3))
    report, _ = chosen(tmp_path, data, RecordFilter(hosts=("paper.example",)))
    assert report.chosen == 2 and len(report.damage) == 1


def test_nothing_chosen_leaves_no_file(tmp_path):
    report, _ = chosen(tmp_path, file_of(capture(1)), RecordFilter(hosts=("nowhere.example",)))
    assert report.file is None and not list((tmp_path / "into").iterdir())


def test_the_same_choice_makes_the_same_file(tmp_path):
    wanted = RecordFilter(hosts=("paper.example",))
    source = file_of(capture(1))  # its members state when they were made
    first, _ = chosen(tmp_path, source, wanted)
    before = (tmp_path / "into" / first.file).read_bytes()
    second, _ = chosen(tmp_path, source, wanted)
    assert (second.file, (tmp_path / "into" / second.file).read_bytes()) == (first.file, before)
    assert file_name("s3://a/x.warc.gz", wanted) != file_name("s3://b/x.warc.gz", wanted)
    assert file_name("x.warc.gz", wanted) != file_name("x.warc.gz", RecordFilter(languages=("en",)))


def test_language_codes_are_those_of_the_index():
    assert codes_of(("EN", "spa")) == ("en", "es")
    with pytest.raises(ValueError, match="klingonish"):
        codes_of(("klingonish",))


def index(archive, *arguments, code=0):
    result = CliRunner().invoke(cli, ["-A", str(archive), "index", "--workers", "1", *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    assert result.return_value == code, result.stderr
    return result


def stories(archive):
    with open_reader(archive / "index.db") as db:
        return db.execute("SELECT count(*) FROM articles").fetchone()[0]


@pytest.mark.slow
def test_chosen_captures_are_indexed_and_a_rebuild_is_equal_without_the_source(tmp_path):
    source = tmp_path / "CC-NEWS.warc.gz"
    source.write_bytes(file_of(*(capture(number, f"{'ab'[number % 2]}.example") for number in range(6))))
    archive = tmp_path / "archive"
    result = index(archive, str(source), "--host", "a.example", "--json")
    assert "3 of 6 captures chosen" in result.stderr and "left out: 3 host" in result.stderr
    (told,) = json.loads(result.stdout)["selected"]
    assert (told["chosen"], told["left_out"]) == (3, {"host": 3})
    assert stories(archive) == 3
    assert [path.name for path in (archive / "warc").iterdir()] == [told["file"]]
    assert told["file"] in Manifest(archive).read().files()
    before = print_of(archive / "index.db")
    source.unlink()
    index(archive, "--rebuild")
    assert print_of(archive / "index.db") == before


@pytest.mark.slow
def test_files_in_s3_are_filtered_and_indexed(tmp_path, bucket):
    import s3fs  # noqa: PLC0415

    whole, part = f"{bucket}/2024/05/CC-NEWS-1.warc.gz", f"{bucket}/2024/05/CC-NEWS-2.warc.gz"
    s3 = s3fs.S3FileSystem()
    s3.pipe_file(whole, members(warcinfo(), *(record(page(n), f"http://c.example/{n}", number=n) for n in (7, 8))))
    s3.pipe_file(part, file_of(*(capture(number, f"{'ab'[number % 2]}.example") for number in range(6))))
    archive = tmp_path / "archive"
    index(archive, part, "--host", "b.example", "--lang", "en")
    assert stories(archive) == 3
    index(archive, whole)
    assert stories(archive) == 5
    assert (archive / "warc" / "CC-NEWS-1.warc.gz").exists() and not (archive / "selecting").exists()
    result = index(archive, f"{bucket}/missing.warc.gz", "--host", "b.example", code=20)
    assert "missing.warc.gz was " in result.stderr
    assert (
        "chosen before" not in index(archive, part, "--host", "b.example", "--lang", "en").stderr
    )  # quiet, because there is no terminal
    assert stories(archive) == 5
