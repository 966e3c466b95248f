"""Writing WARC files: whole records or none, durable when reported so, safe against bad input and a failing disk."""

import errno
import gzip
import io
import os
import re
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.crawl.wire.recorder import Recorder
from archiver.errors import StorageError
from archiver.model import Exchange
from archiver.warc import WarcWriter, capture_of, crawl_record_of, read_payload, read_records, repair_open_files

NOW = datetime(2025, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
REQUEST = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"


def exchange(url="http://example.com/", body=b"hello", **more):
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/html\r\n\r\n" % len(body) + body
    return Exchange(url, NOW, REQUEST, io.BytesIO(response), len(response), **more)


def writer(folder, **options):
    return WarcWriter(folder, "site", {"robots": "classic", "archiver-site": '{"name": "x"}'}, **options)


def records(path):
    with path.open("rb") as stream:
        return [
            (dict(record.rec_headers.headers), record.raw_stream.read())
            for record in ArchiveIterator(stream, no_record_parse=True)
        ]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_open_until_it_is_closed(tmp_path):
    warc = writer(tmp_path)
    assert files(tmp_path) == []
    warc.write_exchange(exchange())
    [opened] = files(tmp_path)
    assert opened.endswith(".warc.gz.open")
    warc.close()
    [closed] = files(tmp_path)
    assert closed == opened.removesuffix(".open")
    assert re.fullmatch(r"site-\d{14}-00001-[\w.-]+\.warc\.gz", closed)


def test_warcinfo_comes_first_and_each_record_names_it(tmp_path):
    warc = writer(tmp_path)
    warc.write_exchange(exchange())
    warc.close()
    [path] = tmp_path.iterdir()
    found = records(path)
    assert [header["WARC-Type"] for header, _ in found] == ["warcinfo", "response", "request"]
    info, block = found[0]
    assert info["WARC-Filename"] == path.name
    assert block.startswith(b"software: archiver/")
    for line in (b"format: WARC File Format 1.1", b"conformsTo: http", b"robots: classic", b"hostname: "):
        assert line in block
    assert {header["WARC-Warcinfo-ID"] for header, _ in found[1:]} == {info["WARC-Record-ID"]}
    crawl = crawl_record_of(next(iter(read_records(path))))
    assert dict(crawl.fields)["archiver-site"] == '{"name": "x"}'
    assert gzip.decompress(path.read_bytes()).startswith(b"WARC/1.1\r\n")


def test_a_reference_leads_to_its_record(tmp_path):
    warc = writer(tmp_path)
    references = [warc.write_exchange(exchange(f"http://example.com/{i}", b"page %d" % i)) for i in range(5)]
    for state in ("open", "closed"):
        for i, reference in enumerate(references):
            capture, payload = read_payload(tmp_path, reference)
            assert (capture.url, payload.data, capture.ref) == (f"http://example.com/{i}", b"page %d" % i, reference)
            assert capture.fetched_at == NOW
            path = next(tmp_path.iterdir())
            member = path.read_bytes()[reference.offset : reference.offset + reference.length]
            assert gzip.decompress(member).startswith(b"WARC/1.1\r\n"), state
        warc.close()


@pytest.mark.parametrize("name", ["../secret.warc.gz", "a/b.warc.gz", "..", ""])
def test_a_file_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    warc = writer(tmp_path / "in" if (tmp_path / "in").mkdir() is None else tmp_path)
    reference = warc.write_exchange(exchange())
    warc.close()
    (tmp_path / "secret.warc.gz").write_bytes(next((tmp_path / "in").iterdir()).read_bytes())
    bad = type(reference)(name, reference.offset, reference.length, reference.record_id)
    with pytest.raises(Exception, match=r"file name|can't be read"):
        read_payload(tmp_path / "in", bad)


EVIL = "http://example.com/\r\nWARC-Type: warcinfo\r\n\r\nx\x00\x1b[31m\x85\u2028é"


def test_no_url_or_field_can_write_header_lines(tmp_path):
    warc = WarcWriter(tmp_path, "../../e\nvil", {"operator": "me\r\nrobots: ignore", "x": "a\u2028b"})
    reference = warc.write_exchange(exchange(EVIL))
    warc.write_metadata(EVIL, b"{}", "application/json")
    warc.close()
    [path] = tmp_path.iterdir()
    assert re.fullmatch(r"[\w.-]+", path.name)
    found = records(path)
    assert [header["WARC-Type"] for header, _ in found] == ["warcinfo", "response", "request", "metadata"]
    for header, _ in found[1:]:
        assert not re.search(r"[\x00-\x20\x7f]", header["WARC-Target-URI"])
    assert b"\r\nrobots: ignore" not in found[0][1]
    assert read_payload(tmp_path, reference)[1].data == b"hello"


def test_rollover_begins_a_new_file_with_its_own_warcinfo(tmp_path):
    warc = writer(tmp_path, rollover=2000)
    for i in range(6):
        warc.write_exchange(exchange(body=os.urandom(1500)))
        assert len([name for name in files(tmp_path) if name.endswith(".open")]) == 1, i
    warc.close()
    assert len(files(tmp_path)) > 2
    for path in sorted(tmp_path.iterdir()):
        assert records(path)[0][0]["WARC-Type"] == "warcinfo"
        subprocess.run(["gzip", "-t", path], check=True)


def test_nothing_is_overwritten(tmp_path):
    for _ in range(3):
        warc = writer(tmp_path, now=lambda: NOW)
        warc.write_exchange(exchange())
        warc.close()
    first, second = writer(tmp_path, now=lambda: NOW), writer(tmp_path, now=lambda: NOW)
    for warc in (first, second):
        warc.write_exchange(exchange())
    first.close()
    second.close()
    assert len(files(tmp_path)) == 5


def test_interim_responses_are_stored_next_to_the_response(tmp_path):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    warc = writer(tmp_path)
    warc.write_exchange(exchange(interim=interim))
    warc.close()
    found = records(next(tmp_path.iterdir()))
    response = next(header for header, _ in found if header["WARC-Type"] == "response")
    [(header, block)] = [entry for entry in found if entry[0]["WARC-Type"] == "metadata"]
    assert block == interim
    assert header["WARC-Concurrent-To"] == response["WARC-Record-ID"]


class Failing(io.FileIO):
    """A disk that fails."""

    room = 0

    def write(self, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data = memoryview(data)[: max(1, self.room)]
        self.room -= len(data)
        return super().write(data)


@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_a_full_disk_leaves_whole_records_and_is_reported(tmp_path, room, monkeypatch):
    monkeypatch.setattr("archiver.warc.writer.io.FileIO", Failing)
    monkeypatch.setattr(Failing, "room", 10**6)
    warc = writer(tmp_path)
    kept = warc.write_exchange(exchange())
    monkeypatch.setattr(Failing, "room", room)
    warc._file.room = room
    with pytest.raises(StorageError):
        warc.write_exchange(exchange(body=os.urandom(3000)))
    with pytest.raises(StorageError):
        warc.write_exchange(exchange())
    with pytest.raises(StorageError):
        warc.sync()
    monkeypatch.undo()
    [path] = tmp_path.iterdir()
    with path.open("rb") as stream:
        subprocess.run(["gzip", "-t"], check=True, stdin=stream)
    assert read_payload(tmp_path, kept)[1].data == b"hello"
    repair_open_files(tmp_path)
    assert not [name for name in files(tmp_path) if name.endswith(".open")]


def test_a_file_size_limit_is_a_full_disk(tmp_path):
    """The kernel's own short write, in a process of its own."""
    code = (
        "import resource, signal, sys; sys.path.insert(0, sys.argv[2]); from test_warc_write import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "warc = writer(Path(sys.argv[1]))\n"
        "try:\n    for i in range(99): warc.write_exchange(exchange(body=os.urandom(1500)))\n"
        "except StorageError as error: print(i, error.exit_code.value)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, Path(__file__).parent], capture_output=True, text=True, check=True
    )
    count, exit_code = map(int, done.stdout.split())
    assert count > 3
    assert exit_code == 3
    [path] = tmp_path.iterdir()
    stream = read_records(path)
    found = [record.type for record in stream]
    assert found.count("response") in (count, count + 1)
    assert stream.complete_up_to == path.stat().st_size


def test_a_failed_fsync_means_not_kept(tmp_path, monkeypatch):
    warc = writer(tmp_path)
    warc.write_exchange(exchange())

    def fail(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError):
        warc.sync()
    monkeypatch.undo()
    assert [name for name in files(tmp_path) if name.endswith(".open")], "kept for repair"


def test_a_file_that_can_not_be_renamed_is_a_storage_error(tmp_path, monkeypatch):
    warc = writer(tmp_path)
    warc.write_exchange(exchange())

    def fail(_path, _target):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError):
        warc.close()
    monkeypatch.undo()
    with pytest.raises(StorageError):
        warc.write_exchange(exchange())
    [repaired] = repair_open_files(tmp_path)
    assert len(records(repaired.path)) == 3


def test_a_recorder_reports_once_and_then_writes_nothing(tmp_path, monkeypatch):
    told = []
    recorder = Recorder(writer(tmp_path), told.append)
    assert recorder.record(exchange()) is not None

    def fail(self, data):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("archiver.warc.writer._Member._write_out", lambda self: fail(self, b""))
    assert recorder.record(exchange()) is None
    monkeypatch.undo()
    size = next(tmp_path.iterdir()).stat().st_size
    assert recorder.record(exchange()) is None
    assert [type(error) for error in told] == [StorageError]
    with pytest.raises(StorageError):
        recorder.sync()
    assert next(tmp_path.iterdir()).stat().st_size == size


def test_an_exchange_that_cannot_be_read_stops_the_commit_too(tmp_path):
    told = []
    recorder = Recorder(writer(tmp_path), told.append)
    broken = exchange()
    broken.response.close()
    assert recorder.record(broken) is None
    assert len(told) == 1
    with pytest.raises(StorageError):
        recorder.sync()


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(StorageError):
        writer(tmp_path / "missing").write_exchange(exchange())


def test_the_report_of_a_crawl_closes_its_warc(tmp_path):
    recorder = Recorder(writer(tmp_path), lambda _: None)
    recorder.close("20250506-x", {"fetched": 0, "site": "ñ"})
    [path] = tmp_path.iterdir()
    *_, last = read_records(path)
    found = crawl_record_of(last)
    assert (found.kind, found.fields) == ("crawl", (("json", '{"fetched": 0, "site": "ñ"}'),))
    assert capture_of(last) is None


def test_memory_stays_small_for_a_large_body(tmp_path):
    with (tmp_path / "body").open("w+b") as body:
        body.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n")
        for _ in range(60):
            body.write(os.urandom(1000) * 1000)
        size = body.tell()
        body.seek(0)
        (tmp_path / "warc").mkdir()
        warc = writer(tmp_path / "warc")
        tracemalloc.start()
        warc.write_exchange(Exchange("http://example.com/", NOW, REQUEST, body, size))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        warc.close()
    assert peak < 12_000_000
