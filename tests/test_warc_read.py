"""Reading WARC files: exact places, foreign files, growing files, and files damaged in every known way."""

import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.model import Exchange
from archiver.warc import (
    Damage,
    WarcWriter,
    capture_of,
    crawl_record_of,
    read_payload,
    read_records,
    repair_open_files,
)
from rawserver import RawServer

NOW = datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
WGET = Path(__file__).parent / "warcs" / "wget-1.21.warc.gz"


def write(folder, bodies, head=b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=UTF-8\r\n"):
    warc = WarcWriter(folder, "site", {})
    references = []
    for i, body in enumerate(bodies):
        message = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        request = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i
        references.append(
            warc.write_exchange(Exchange(f"http://a/{i}", NOW, request, io.BytesIO(message), len(message)))
        )
    warc.close()
    return next(folder.iterdir()), references


def record(block, *fields, version="1.0", kind="response", length=None):
    lines = [
        f"WARC/{version}", f"WARC-Type: {kind}", "WARC-Record-ID: <urn:uuid:1>", "WARC-Date: 2020-01-02T03:04:05Z",
        "WARC-Target-URI: http://a/", "Content-Type: application/http; msgtype=response", *fields,
    ]  # fmt: skip
    if length != "missing":
        lines.append(f"Content-Length: {len(block) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file of 20 exchanges: its bytes and the places of its responses."""
    folder = tmp_path_factory.mktemp("sound")
    path, references = write(folder, [b"<p>page %d</p>" % i + os.urandom(300) for i in range(20)])
    return path.name, path.read_bytes(), references


def test_each_member_is_at_its_stated_place(sound, tmp_path):
    name, data, references = sound
    path = tmp_path / name
    path.write_bytes(data)
    stream = read_records(path)
    position = 0
    for entry in stream:
        assert entry.ref.offset == position
        gzip.decompress(data[position : position + entry.ref.length])
        position += entry.ref.length
    assert position == len(data) == stream.complete_up_to
    assert [entry.ref for entry in read_records(path) if entry.type == "response"] == references
    again = read_records(path, references[7].offset)
    assert next(iter(again)).ref == references[7]


def test_foreign_file_of_wget():
    entries = list(read_records(WGET))
    assert [entry.type for entry in entries][:3] == ["warcinfo", "request", "response"]
    capture, payload = capture_of(entries[2])
    assert capture.url.startswith("http://127.0.0.1:") and capture.url.endswith("/pagina.html")
    assert payload.data.decode().startswith("<html><head><title>Una página pequeña")
    assert (capture.mime, capture.charset, capture.http_status) == ("text/html", "utf-8", 200)
    assert capture.fetched_at.tzinfo is UTC
    assert dict(crawl_record_of(entries[0]).fields)["software"].startswith("Wget/1.21")
    assert read_payload(WGET.parent, capture.ref) == (capture, payload)


@pytest.mark.skipif(shutil.which("wget") is None, reason="needs wget")
def test_wget_of_this_machine(tmp_path):
    with RawServer({"/x": [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"]}) as server:
        command = ["wget", "-q", "--warc-file=it", "-O", os.devnull, f"http://127.0.0.1:{server.port}/x"]
        subprocess.run(command, check=True, cwd=tmp_path)
    captures = [found for entry in read_records(tmp_path / "it.warc.gz") if (found := capture_of(entry))]
    assert next(payload.data for _, payload in captures) == b"hello"


@pytest.mark.parametrize("form", ["members", "one member", "plain"])
def test_forms_of_files(tmp_path, form):
    answer = b"HTTP/1.1 200 OK\r\n\r\nhello"
    parts = [record(answer, f"X-Number: {i}") for i in range(3)]
    data = {"members": b"".join(map(gzip.compress, parts)), "one member": gzip.compress(b"".join(parts)),
            "plain": b"".join(parts)}[form]  # fmt: skip
    path = tmp_path / ("it.warc" if form == "plain" else "it.warc.gz")
    path.write_bytes(data)
    stream = read_records(path)
    entries = list(stream)
    assert [entry.fields["x-number"] for entry in entries] == ["0", "1", "2"]
    assert [entry.block for entry in entries] == [answer] * 3
    assert stream.complete_up_to == len(data)
    if form == "plain":
        assert [data[e.ref.offset :][: e.ref.length] for e in entries] == parts


def test_a_growing_file_is_read_up_to_its_last_whole_record(sound, tmp_path):
    name, data, references = sound
    path = tmp_path / (name + ".open")
    third, after = references[3], references[3].offset + references[3].length
    for cut in (third.offset + 1, third.offset + 12, after - 9, after - 1):
        path.write_bytes(data[:cut])
        stream = read_records(path)
        assert not [entry for entry in stream if isinstance(entry, Damage)]
        assert stream.complete_up_to == third.offset
    path.write_bytes(data)
    rest = list(read_records(path, third.offset))
    assert rest[0].ref == third
    assert rest[0].ref.warc_file == name


def damaged(data, references, kind):
    """The file with one kind of damage; the offset of the damage; how many responses are lost."""
    victim = references[9]
    start, end = victim.offset, victim.offset + victim.length
    if kind == "bit":
        middle = start + victim.length // 2
        return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :], start, 1
    if kind == "crc":
        return data[: end - 6] + b"\xff" + data[end - 5 :], start, 1
    if kind == "zeros":
        return data[: start + 40] + bytes(victim.length - 40) + data[end:], start, 1
    if kind == "missing bytes":
        return data[: start + 40] + data[end - 40 :], start, 1
    if kind == "garbage between":
        return data[:start] + b"garbage \x1f\x8b\x08 and more" + os.urandom(500) + data[start:], start, 0
    if kind == "no magic":
        return data[:start] + b"\x00\x00" + data[start + 2 :], start, 1
    if kind == "foreign member":
        return data[:start] + gzip.compress(b"no WARC record") + data[start:], start, 0
    raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind", ["bit", "crc", "zeros", "missing bytes", "garbage between", "no magic", "foreign member"]
)
@pytest.mark.parametrize("suffix", ["", ".open"])
def test_damage_in_the_middle_loses_only_its_own_record(sound, tmp_path, kind, suffix):
    name, data, references = sound
    spoilt, start, lost = damaged(data, references, kind)
    path = tmp_path / (name + suffix)
    path.write_bytes(spoilt)
    stream = read_records(path)
    entries = list(stream)
    [damage] = [entry for entry in entries if isinstance(entry, Damage)]
    assert damage.offset == start
    assert damage.length > 0 and damage.cause
    assert len([entry for entry in entries if not isinstance(entry, Damage) and entry.type == "response"]) == 20 - lost
    assert stream.complete_up_to == len(spoilt)


@pytest.mark.parametrize("tail", [bytes(4096), b"\x1f\x8b\x08", b"\x1f", b"junk", "torn"])
def test_a_torn_end_is_reported_in_a_closed_file_and_cut_in_an_open_one(sound, tmp_path, tail):
    name, data, _ = sound
    spoilt = data[:-1] if tail == "torn" else data + tail
    (tmp_path / name).write_bytes(spoilt)
    entries = list(read_records(tmp_path / name))
    assert isinstance(entries[-1], Damage)
    assert entries[-1].offset + entries[-1].length == len(spoilt)
    assert len([entry for entry in entries[:-1] if entry.type == "response"]) == 20
    (tmp_path / name).rename(tmp_path / (name + ".open"))
    [repaired] = repair_open_files(tmp_path)
    assert repaired.cut > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    subprocess.run(["gzip", "-t", tmp_path / name], check=True)
    assert (tmp_path / name).read_bytes() == data[: len(spoilt) - repaired.cut]
    assert repair_open_files(tmp_path) == []


def test_repair_keeps_nothing_of_a_file_without_a_record_and_overwrites_none(tmp_path):
    (tmp_path / "a.warc.gz.open").write_bytes(b"\x1f\x8b\x08half")
    (tmp_path / "b.warc.gz.open").write_bytes(b"")
    repair_open_files(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", ["99000000000000", "-5", "missing", "x", "", "3"])
def test_a_wrong_content_length_loses_only_its_own_record(tmp_path, length):
    answer = b"HTTP/1.1 200 OK\r\n\r\nhello"
    parts = [record(answer), record(answer, length=length), record(answer, "X-Last: 1")]
    for form in ("gz", "plain"):
        path = tmp_path / ("it.warc" + (".gz" if form == "gz" else ""))
        path.write_bytes(b"".join(gzip.compress(part) if form == "gz" else part for part in parts))
        entries = list(read_records(path))
        whole = [entry for entry in entries if not isinstance(entry, Damage) and entry.block == answer]
        assert len(whole) >= 2, form
        assert "x-last" in whole[-1].fields
        assert len(whole) == 3 or any(isinstance(entry, Damage) for entry in entries), "never dropped silently"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_reading_never_raises_and_always_ends(sound, tmp_path, data):
    name, good, _ = sound
    spoilt = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoilt) - 1))
        action = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if action == "flip":
            spoilt[at] ^= data.draw(st.integers(1, 255))
        elif action == "cut":
            del spoilt[at : at + data.draw(st.integers(1, 2000))]
        else:
            spoilt[at:at] = data.draw(st.binary(max_size=50))
        if not spoilt:
            return
    path = tmp_path / name
    path.write_bytes(spoilt)
    stream = read_records(path)
    position = 0
    for entry in stream:
        offset, length = (
            (entry.offset, entry.length) if isinstance(entry, Damage) else (entry.ref.offset, entry.ref.length)
        )
        assert offset == position, "nothing is passed over without a word"
        position = offset + length
        if not isinstance(entry, Damage):
            capture_of(entry)
            crawl_record_of(entry)
    assert position == stream.complete_up_to == len(spoilt)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_random_files_never_raise(tmp_path, junk):
    for start in (b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08"):
        path = tmp_path / "junk.warc.gz"
        path.write_bytes(start + junk)
        for entry in read_records(path):
            assert entry


@pytest.mark.slow
def test_decompression_bombs_use_little_memory(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    path = tmp_path / "bomb.warc.gz"
    size = 300_000_000
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(record(b"", length=size).removesuffix(b"\r\n\r\n"))
        for _ in range(300):
            stream.write(bytes(1_000_000))
        stream.write(b"\r\n\r\n")
    bomb = head + gzip.compress(bytes(200_000_000))
    with path.open("ab") as stream:
        stream.write(gzip.compress(record(bomb)))
    tracemalloc.start()
    notes = [found[1].notes for entry in read_records(path) if (found := capture_of(entry))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert notes == [("too_large",), ("too_large_decoded",)]
    assert peak < 450_000_000


PAGE = "<p>ñandú</p>".encode()


@pytest.mark.parametrize(
    ("fields", "body", "data", "notes"),
    [
        ("", PAGE, PAGE, ()),
        ("Content-Encoding: gzip", gzip.compress(PAGE, mtime=0), PAGE, ()),
        ("Content-Encoding: br", brotli.compress(PAGE), PAGE, ()),
        ("Content-Encoding: gzip", PAGE, PAGE, ("bad_coding",)),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), PAGE, ()),
        ("Transfer-Encoding: chunked", b"ff\r\n" + PAGE, PAGE, ()),
        # Some tools store the body without its chunks but keep the header.
        ("Transfer-Encoding: chunked", PAGE, PAGE, ()),
    ],
)
def test_payloads_have_no_codings(tmp_path, fields, body, data, notes):
    block = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (fields.encode() + b"\r\n") * bool(fields) + b"\r\n" + body
    )
    path = tmp_path / "it.warc"
    path.write_bytes(record(block))
    [(capture, payload)] = [capture_of(entry) for entry in read_records(path)]
    assert (payload.data, payload.notes) == (data, notes)
    assert capture.mime == "text/html"
    if "chunked" not in fields:
        assert capture.payload_digest == "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def test_revisits_resources_and_others(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    parts = [
        record(head, "WARC-Refers-To-Target-URI: http://a/old", "WARC-Refers-To-Date: 2019-01-01T00:00:00Z",
               kind="revisit", version="1.1"),
        record(b"", kind="revisit"),
        record(b"<p>x</p>", kind="resource").replace(b"application/http; msgtype=response", b"text/html; charset=x"),
        record(b"1.2.3.4", kind="response").replace(b"application/http; msgtype=response", b"text/dns"),
        record(b"x", kind="conversion"),
        record(b"a: b", kind="metadata"),
    ]  # fmt: skip
    path = tmp_path / "it.warc.gz"
    path.write_bytes(b"".join(map(gzip.compress, parts)))
    found = [capture_of(entry) for entry in read_records(path)]
    assert [entry and entry[0].record_type for entry in found] == ["revisit", "revisit", "resource", None, None, None]
    assert found[0][0].refers_to_url == "http://a/old"
    assert found[0][0].refers_to_date == datetime(2019, 1, 1, tzinfo=UTC)
    assert (found[0][1].data, found[1][1].data, found[2][1].data) == (b"", b"", b"<p>x</p>")
    assert (found[2][0].mime, found[2][0].http_status) == ("text/html", None)


@pytest.mark.parametrize(
    ("text", "microsecond"), [("2020-01-02T03:04:05.5Z", 500000), ("2020-01-02T03:04:05.123456789Z", 123456),
                              ("2020-01-02T03:04:05Z", 0), ("20200102030405", 0)]
)  # fmt: skip
def test_dates_of_any_precision(tmp_path, text, microsecond):
    path = tmp_path / "it.warc"
    path.write_bytes(record(b"HTTP/1.1 200 OK\r\n\r\n").replace(b"2020-01-02T03:04:05Z", text.encode()))
    [(capture, _)] = [capture_of(entry) for entry in read_records(path)]
    assert capture.fetched_at == datetime(2020, 1, 2, 3, 4, 5, microsecond, tzinfo=UTC)


def test_long_and_many_header_lines(tmp_path):
    answer = b"HTTP/1.1 200 OK\r\n\r\nhello"
    lines = [f"X-{i}: {i}" for i in range(50_000)]
    path = tmp_path / "it.warc.gz"
    path.write_bytes(gzip.compress(record(answer, *lines)) + gzip.compress(record(answer, "X: " + "y" * 5_000_000)))
    assert [entry.block for entry in read_records(path)] == [answer, answer]


def test_a_file_in_one_member_is_read_in_linear_time(tmp_path):
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000
    path = tmp_path / "one.warc.gz"
    path.write_bytes(gzip.compress(record(answer) * 3000, compresslevel=1))
    began = time.process_time()
    assert sum(1 for _ in read_records(path)) == 3000
    assert time.process_time() - began < 3


@pytest.mark.parametrize("size", [900, 1000, 1005, 1900, 2010, 2500])
def test_a_member_larger_than_what_is_kept_in_memory_is_read_record_by_record(tmp_path, size, monkeypatch):
    monkeypatch.setattr("archiver.warc.unpack.MAX_KEPT", size)
    part = record(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 782)
    assert len(part) == 1000
    path = tmp_path / "one.warc.gz"
    path.write_bytes(gzip.compress(part * 4))
    stream = read_records(path)
    entries = list(stream)
    assert [entry.ref.position for entry in entries] == [None, 1000, 2000, 3000]
    assert [(entry.cut, len(entry.block)) for entry in entries] == [(False, 801)] * 4
    assert stream.complete_up_to == path.stat().st_size
    path.write_bytes(gzip.compress(record(b"y" * 5000)))
    assert [(entry.cut, len(entry.block)) for entry in read_records(path)] == [(True, size)]


def test_a_user_name_and_password_in_a_foreign_url_are_not_stored(tmp_path):
    path = tmp_path / "foreign.warc"
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>quay"
    path.write_bytes(record(block).replace(b"http://a/", b"http://mara:s3cret@a/x@y"))
    [found] = [found for found in map(capture_of, read_records(path)) if found]
    assert found[0].url == "http://a/x@y"
