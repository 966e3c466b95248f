"""Revisit records (WARC 1.1 section 6.7): which payloads are stored only once, and how other readers handle the
records."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from archiver.crawl.wire.recorder import Recorder
from archiver.model import Exchange
from archiver.warc import WarcWriter, capture_of, read_records

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
BODY = b"<html>" + b"The same words. " * 200 + b"</html>"


class Remembered(dict):
    """The payloads of an archive, in memory."""

    def find(self, digest):
        return self.get(digest)

    def add(self, record):
        self.setdefault(record.digest, record)


def exchange(url="http://a.example/", body=BODY, status="200 OK", minutes=0, fields=b"", truncated=None):
    head = f"HTTP/1.1 {status}\r\nX-Minutes: {minutes}\r\n".encode() + fields
    if b"Transfer-Encoding" not in fields:
        head += b"Content-Length: %d\r\n" % len(body)
    message = head + b"\r\n" + body
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    return Exchange(
        url, NOW + timedelta(minutes=minutes), request, io.BytesIO(message), len(message), truncated=truncated
    )


@pytest.fixture
def written(tmp_path):
    """Records exchanges, with the payload of their validators; returns (Kept of each, records by type)."""

    def write(*exchanges, known=lambda kept: None):
        writer = WarcWriter(tmp_path, "x", {})
        recorder = Recorder(writer, lambda error: pytest.fail(str(error)), Remembered())
        kept = []
        for entry in exchanges:
            kept.append(recorder.record(entry, known(kept)))
        recorder.sync()
        writer.close()
        (path,) = tmp_path.glob("*.warc.gz")
        records = [record for record in read_records(path, 0) if record.type in ("response", "revisit")]
        return kept, records, path

    return write


def test_the_same_bytes_on_another_host_are_stored_once(written):
    kept, (first, second), path = written(exchange(), exchange("http://mirror.example/", minutes=5))
    assert [entry.revisit for entry in kept] == [False, True]
    assert kept[1].payload == kept[0].payload and kept[0].payload.record_id == first.ref.record_id
    assert second.fields["warc-profile"].endswith("/1.1/revisit/identical-payload-digest")
    assert second.fields["warc-refers-to"] == first.ref.record_id
    assert second.fields["warc-refers-to-target-uri"] == "http://a.example/"
    assert second.fields["warc-refers-to-date"] == first.fields["warc-date"] == "2026-11-24T12:00:00.123456Z"
    assert second.fields["warc-payload-digest"] == first.fields["warc-payload-digest"]
    assert second.fields["warc-truncated"] == "length"
    assert second.block == b"HTTP/1.1 200 OK\r\nX-Minutes: 5\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    capture, payload = capture_of(second)
    assert (capture.record_type, capture.http_status, payload.data) == ("revisit", 200, b"")
    assert capture.refers_to_url == "http://a.example/"
    with path.open("rb") as file:
        assert [r.rec_type for r in WarcioIterator(file)].count("revisit") == 1
    with path.open("rb") as file:
        found = list(ArchiveIterator(file, parse_http=True, record_types=WarcRecordType.revisit))
        assert [record.headers["WARC-Profile"] for record in found] == [second.fields["warc-profile"]]


def test_a_third_time_refers_to_the_response_too(written):
    kept, (first, _, third), _ = written(exchange(), exchange(minutes=1), exchange(minutes=2))
    assert third.fields["warc-refers-to"] == first.ref.record_id == kept[2].payload.record_id


def test_a_payload_is_the_same_however_it_was_transferred(written):
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    _, (_, second), _ = written(exchange(), exchange(body=chunked, fields=b"Transfer-Encoding: chunked\r\n"))
    assert second.type == "revisit" and second.block.endswith(b"Transfer-Encoding: chunked\r\n\r\n")


def test_a_304_refers_to_the_payload_of_its_validators(written):
    answer = exchange(body=b"", status="304 Not Modified", minutes=9, fields=b'ETag: "x"\r\n')
    _, (first, second), _ = written(exchange(), answer, known=lambda kept: kept[0].payload if kept else None)
    assert second.fields["warc-profile"].endswith("/1.1/revisit/server-not-modified")
    assert second.fields["warc-refers-to"] == first.ref.record_id
    assert second.fields["warc-payload-digest"] == first.fields["warc-payload-digest"]
    assert "warc-truncated" not in second.fields
    assert second.block.startswith(b"HTTP/1.1 304 Not Modified\r\nX-Minutes: 9\r\n")


@pytest.mark.parametrize(
    "again",
    [
        {"status": "404 Not Found"},
        {"status": "206 Partial Content"},
        {"truncated": "time"},
        {"status": "304 Not Modified", "body": b""},
    ],
    ids=["an error page", "a part", "a cut answer", "a 304 that nobody asked for"],
)
def test_other_statuses_are_stored_completely(written, again):
    kept, records, _ = written(exchange(), exchange(**again))
    assert [record.type for record in records] == ["response", "response"]
    assert kept[1].payload is None, "no later answer may refer to it"


def test_empty_responses_have_no_payload(written):
    _, records, _ = written(exchange(body=b""), exchange(body=b""))
    assert [record.type for record in records] == ["response", "response"]
