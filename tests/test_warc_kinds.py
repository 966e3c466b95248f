"""WARC files of all tools, indexed, exported and looked up as a user does: nothing is lost, each record has its own
place."""

import gzip
import io
import json
import shutil
import sqlite3
import zlib
from pathlib import Path

import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator

from archiver.export.exporting import Wish, export
from archiver.extract.pool import ExtractionPool
from archiver.index.database import open_reader
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.search.selection import SearchQuery
from archiver.model import RecordRef
from archiver.replay.lookup import cdxj_answer
from archiver.warc import capture_of, read_payload, read_records
from archiver.withdraw.rewriting import raw_records
from warc_samples import arc, first_record, in_one, members, page, record, story, wacz, warcinfo, zst


@pytest.fixture(scope="module")
def pool():
    with ExtractionPool(1) as pool:
        yield pool


class Home:
    """An archive in a folder, and one foreign file beside it."""

    def __init__(self, folder, pool):
        self.folder, self.pool = folder, pool
        self.index, self.warc = folder / "index.db", folder / "warc"
        self.warc.mkdir()

    def take(self, *paths):
        return catch_up(self.index, self.warc, (), self.pool, foreign=[path.resolve() for path in paths])

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def rows(self, sql):
        with open_reader(self.index) as db:
            return [tuple(row) for row in db.execute(sql).fetchall()]

    def rebuilt(self):
        """The relevant columns of the rows, now and after a rebuild."""
        tables = {"captures": "id", "articles": "id", "damage": "warc_file, warc_offset, warc_position",
                  "passed_over": "warc_file, warc_offset, warc_position", "warcs": "name"}  # fmt: skip
        before = {table: self.rows(f"SELECT * FROM {table} ORDER BY {key}") for table, key in tables.items()}
        rebuild(self.index, self.warc, (), self.pool)
        return before, {table: self.rows(f"SELECT * FROM {table} ORDER BY {key}") for table, key in tables.items()}

    def export(self, name):
        with open_reader(self.index) as db:
            return export(db, self.warc, Wish(self.folder / name, name.partition(".")[2], SearchQuery()))


@pytest.fixture
def home(tmp_path, pool):
    return Home(tmp_path, pool)


STORIES = [story(number) for number in (1, 2, 3)]
DICTIONARY = zstandard.train_dictionary(2000, [story(number) for number in range(40)])


def cut(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


SOUND = {
    "a.warc.gz": members(warcinfo(), *STORIES),
    "plain.warc": b"".join([warcinfo(), *STORIES]),
    "one-member.warc.gz": in_one(warcinfo(), *STORIES),
    "mixed-members.warc.gz": in_one(warcinfo(), STORIES[0]) + in_one(*STORIES[1:]),
    "lf.warc": b"".join([warcinfo(end="\n"), *(story(n, end="\n") for n in (1, 2, 3))]),
    "lf.warc.gz": members(*(story(n, end="\n", version="0.18") for n in (1, 2, 3))),
    "no-blank-lines.warc": b"".join(story(n, trailer=b"") for n in (1, 2, 3)),
    "one-blank-line.warc": b"".join(story(n, trailer=b"\n") for n in (1, 2, 3)),
    "many-blank-lines.warc": b"".join(story(n, trailer=b"\r\n" * 9, version="0.17") for n in (1, 2, 3)),
    "no-last-blank-lines.warc": STORIES[0] + STORIES[1] + story(3, trailer=b""),
    "no-last-blank-lines.warc.gz": in_one(STORIES[0], STORIES[1], story(3, trailer=b"")),
    "bom.warc": b"\xef\xbb\xbf" + b"".join(STORIES),
    "blank-first.warc": b"\r\n\r\n" + b"".join(STORIES),
    "blank-in-member.warc.gz": members(b"\n\n" + STORIES[0], *STORIES[1:]),
    "bom-in-member.warc.gz": members(b"\xef\xbb\xbf" + STORIES[0], *STORIES[1:]),
    "future-version.warc.gz": members(*(story(n, version="1.2") for n in (1, 2, 3))),
    "odd-case.warc.gz": members(*(part.replace(b"WARC-Type: response", b"warc-TYPE: Response") for part in STORIES)),
    "no-ids.warc.gz": members(*(story(n, record_id="") for n in (1, 2, 3))),
    "one-id-for-all.warc.gz": in_one(*(story(n, record_id="<urn:uuid:same>") for n in (1, 2, 3))),
    "records-over-members.warc.gz": members(*cut(b"".join(STORIES), 700)),
    "headers-in-members-of-their-own.warc.gz": members(
        STORIES[0], *STORIES[1].partition(b"\r\n\r\n")[:2], STORIES[1].partition(b"\r\n\r\n")[2], STORIES[2]
    ),
    "records-over-frames.warc.zst": zst(cut(b"".join(STORIES), 900)),
    "line-ends-between-members.warc.gz": b"\r\n".join([members(STORIES[0]), *map(gzip.compress, STORIES[1:]), b"\n"]),
    "plain-then-packed.warc": STORIES[0] + members(*STORIES[1:]),
    "packed-then-plain.warc.gz": members(STORIES[0]) + STORIES[1] + STORIES[2],
    "packed-plain-packed.warc.gz": members(STORIES[0]) + STORIES[1] + members(STORIES[2]),
    "gzip-then-zstd.warc.gz": members(*STORIES[:2]) + zst(STORIES[2:]),
    "lengths-with-zeros.warc.gz": members(*(story(n, length=f"{len(page(n)):040}") for n in (1, 2, 3))),
    "length-twice-in-a-field.warc": b"".join(story(n, length=f"{len(page(n))}, {len(page(n))}") for n in (1, 2, 3)),
    "frames.warc.zst": zst(STORIES),
    "one-frame.warc.zst": zst([b"".join(STORIES)]),
    "dictionary.warc.zst": zst(STORIES, DICTIONARY),
    "packed-dictionary.warc.zst": zst(STORIES, DICTIONARY, packed_dictionary=True),
    "v1.arc.gz": arc(1, 2, 3),
    "v1.arc": arc(1, 2, 3, gz=False),
    "v2.arc.gz": arc(1, 2, 3, version=2),
    "blanks-in-urls.arc": arc(1, 2, 3, gz=False, url="http://paper.example/2008/04/{} a b"),
    "segments.warc.gz": members(
        STORIES[0], STORIES[1],
        story(3, "WARC-Segment-Number: 1", block=page(3)[:900]),
        record(page(3)[900:1500], kind="continuation", number=31, content_type="").replace(
            b"Content-Length", b"WARC-Segment-Origin-ID: <urn:uuid:00000000-0000-4000-8000-000000000003>\r\n"
            b"WARC-Segment-Number: 2\r\nContent-Length"),
        record(page(3)[1500:], kind="continuation", number=32, content_type="").replace(
            b"Content-Length", b"WARC-Segment-Origin-ID: <urn:uuid:00000000-0000-4000-8000-000000000003>\r\n"
            b"WARC-Segment-Number: 3\r\nWARC-Segment-Total-Length: %d\r\nContent-Length" % len(page(3))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_read_exported_and_found(home, name):
    path = home.file(name, SOUND[name])
    report = home.take(path)
    assert (report.applied.captures, report.applied.stories, report.damage, report.failed) == (3, 3, [], [])
    again = home.take(path)
    assert (again.applied.captures, again.damage, again.failed) == (0, [], [])
    check_places(home, path)
    before, after = home.rebuilt()
    assert before == after


def check_places(home, path):
    """Each row leads to its own record: in a read-back, in the three exports, and in the responses for replay."""
    select = "SELECT url, warc_file, warc_offset, warc_length, warc_record_id, warc_position FROM captures"
    payloads = {}
    for url, *place in home.rows(select):
        capture, payload = read_payload(home.warc, RecordRef(*place))
        assert capture.url == url
        payloads[url] = payload.data
    assert len(set(payloads.values())) == len(payloads)
    home.export("all.cdxj")
    lines = (home.folder / "all.cdxj").read_text("ascii").splitlines()
    assert lines == sorted(lines) and len(lines) == len(payloads)
    loose = home.folder / "loose"
    loose.mkdir()
    for url in payloads:
        lines += list(cdxj_answer(home.index, home.warc, {"url": url}, loose))
    assert len(lines) == 2 * len(payloads)
    for line in lines:
        found = json.loads(line.split(" ", 2)[2])
        with Path(found["filename"]).open("rb") as file:
            file.seek(int(found["offset"]))
            _, url, block = first_record(file.read(int(found["length"])))
        assert url.replace(" ", "%20") == found["url"].replace(" ", "%20") and block.endswith(payloads[found["url"]])
    for name in ("all.warc.gz", "all.wacz"):
        assert home.export(name).missing == ()
    shutil.unpack_archive(home.folder / "all.wacz", home.folder / "unpacked", "zip")
    for exported in (home.folder / "all.warc.gz", home.folder / "unpacked" / "archive" / "data.warc.gz"):
        with exported.open("rb") as file:
            found = {
                entry.rec_headers.get_header("WARC-Target-URI"): entry.raw_stream.read()
                for entry in ArchiveIterator(file, no_record_parse=True)
                if entry.rec_type in ("response", "resource")
            }
        assert {url.replace(" ", "%20") for url in payloads} == {url.replace(" ", "%20") for url in found}
        assert all(block.endswith(payloads[url.replace("%20", " ")]) for url, block in found.items())


@pytest.mark.parametrize("deflated", [False, True])
def test_a_package_is_read_as_the_files_in_it(home, deflated):
    entries = {
        "archive/one.warc.gz": members(warcinfo(), *STORIES[:2]),
        "archive/two.warc": story(3),
        "indexes/index.cdx": b"whatever",
        "pages/pages.jsonl": b'{"format": "json-pages-1.0"}\n',
    }
    path = wacz(home.folder / "package.wacz", entries, deflated=deflated)
    report = home.take(path)
    assert (report.applied.captures, report.applied.stories, report.damage, report.failed) == (3, 3, [], [])
    assert home.take(path).applied.captures == 0
    check_places(home, path)
    before, after = home.rebuilt()
    assert before == after


def test_a_package_with_wrong_digests_is_reported_and_still_read(home):
    entries = {"archive/one.warc.gz": members(*STORIES)}
    path = wacz(home.folder / "p.wacz", entries, digests={"archive/one.warc.gz": "sha256:" + "0" * 64})
    for expected in (3, 0):
        report = home.take(path)
        assert report.applied.captures == expected
        assert [(name, found.cause) for name, found in report.damage] == [
            (str(path), "archive/one.warc.gz: its sha256 is not the one that the package states")
        ]


@pytest.mark.parametrize(
    "name", ["../out.warc.gz", "/etc/out.warc.gz", "archive/../../out.warc.gz", "archive\\out.warc.gz"]
)
def test_names_that_lead_out_of_a_package_are_refused(home, name):
    path = wacz(home.folder / "slip.wacz", {"archive/good.warc.gz": members(*STORIES), name: members(story(9))})
    report = home.take(path)
    assert report.applied.captures == 3
    assert [found.cause.rpartition(": ")[2] for _, found in report.damage] == ["its name leads out of the package"]
    assert not (home.folder.parent / "out.warc.gz").exists()


def test_a_bomb_in_a_package_is_refused(home):
    path = home.folder / "bomb.wacz"
    entries = {"archive/good.warc": STORIES[0], "archive/bomb.warc": bytes(30_000_000)}
    wacz(path, entries, deflated=True, description=False)
    report = home.take(path)
    assert report.applied.captures == 1
    causes = [found.cause for _, found in report.damage]
    assert "archive/bomb.warc: it unpacks to far more than a WARC file does" in causes


@pytest.mark.parametrize("data", [b"PK\x03\x04 no directory", b"<html>an error page</html>"])
def test_an_invalid_package_stops_nothing(home, data):
    good = home.file("good.warc.gz", members(*STORIES))
    report = home.take(home.file("bad.wacz", data), good)
    assert report.applied.captures == 3
    assert len(report.failed) == 1 and "ZIP" in report.failed[0][1]


def test_records_that_are_not_indexed_are_counted_by_reason(home):
    parts = [
        record(b"Plain words of a page.", kind="conversion", number=1, content_type="text/plain"),
        record(b"PDF", kind="conversion", number=2, content_type="application/pdf"),
        record(b'{"Envelope": {}}', kind="metadata", number=3, content_type="application/json"),
        record(b"20240517\nwww 300 IN A 192.0.2.1", "dns:www.paper.example", number=4, content_type="text/dns"),
        record(b"220 hello", "ftp://paper.example/x", number=5, content_type="application/octet-stream"),
        record(b"?", "gopher://paper.example/", number=6, content_type="text/plain"),
        record(b"?", kind="screenshot", number=7),
        record(b"rest", kind="continuation", number=8),
        record(b"GET / HTTP/1.1\r\n\r\n", kind="request", number=9, content_type="application/http; msgtype=request"),
        record(b"via: http://a/", kind="metadata", number=10, content_type="application/warc-fields"),
        *STORIES[1:],
    ]
    path = home.file("wet.warc.gz", members(*parts))
    report = home.take(path)
    wanted = {"wet": 1, "conversion": 1, "wat": 1, "dns": 1, "ftp": 1, "not_http": 1, "unknown_type": 1, "segment": 1}
    assert dict(report.skips) == wanted
    assert report.applied.captures == 2 and report.damage == []
    counted = "SELECT reason, count(*) FROM passed_over GROUP BY reason"
    assert dict(home.rows(counted)) == wanted
    before, after = home.rebuilt()
    assert before == after


def test_wget_s_log_in_its_warc_is_not_a_capture_of_a_site(home):
    log = record(
        b"--2026-05-01-- http://paper.example/",
        "metadata://gnu.org/software/wget/warc/wget.log",
        kind="resource",
        number=1,
        content_type="text/plain",
    )
    report = home.take(home.file("wget.warc.gz", members(log, *STORIES[1:])))
    assert (dict(report.skips), report.applied.captures) == ({"not_http": 1}, 2)
    assert home.rows("SELECT count(*) FROM captures WHERE url LIKE 'metadata:%'") == [(0,)]


@pytest.mark.parametrize("name", ["a.warc.gz", "plain.warc", "one-member.warc.gz", "lf.warc", "v1.arc.gz",
                                  "records-over-members.warc.gz", "packed-plain-packed.warc.gz"])  # fmt: skip
def test_an_erasure_reads_each_record_as_it_is_in_the_file(tmp_path, name):
    (tmp_path / name).write_bytes(SOUND[name])
    blocks = [found.block for found in raw_records(tmp_path / name)]
    assert blocks[-3:] == [page(1), page(2), page(3)]
    data = b"".join(found.header + found.block for found in raw_records(tmp_path / name) if found.type == "response")
    if "lf" not in name and "arc.gz" not in name.replace("warc", ""):
        assert data == b"".join(part.removesuffix(b"\r\n\r\n") for part in STORIES)


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip", "chunked, deflate"])
def test_transfer_codings_other_than_chunked_are_decoded(tmp_path, coding):
    html = page(1).partition(b"\r\n\r\n")[2]
    body = zlib.compress(html) if "deflate" in coding else gzip.compress(html)
    chunked = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n" if "chunked" in coding else body
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: {coding}\r\n\r\n".encode()
    (tmp_path / "a.warc").write_bytes(story(1, block=head + chunked))
    (found,) = (capture_of(record) for record in read_records(tmp_path / "a.warc"))
    assert found[1].data == html and found[1].notes == ()


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2024", "2024-01-01T00:00:00.000Z"), ("2024-05", "2024-05-01T00:00:00.000Z"),
        ("2024-05-17", "2024-05-17T00:00:00.000Z"), ("2024-05-17T10:00Z", "2024-05-17T10:00:00.000Z"),
        ("2024-05-17T10:00:07Z", "2024-05-17T10:00:07.000Z"), ("2024-05-17T10:00:07.5Z", "2024-05-17T10:00:07.500Z"),
        ("2024-05-17T10:00:07.123456789Z", "2024-05-17T10:00:07.123Z"), ("20240517100007", "2024-05-17T10:00:07.000Z"),
        ("2024-05-17T10:00:07+02:00", "2024-05-17T08:00:07.000Z"), ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
    ],
)  # fmt: skip
def test_a_date_of_any_precision_is_that_moment(home, date, moment):
    home.take(home.file("a.warc.gz", members(story(1, date=date))))
    assert home.rows("SELECT fetched_at FROM captures") == [(moment,)]


@pytest.mark.parametrize(
    "date", ["", "yesterday", "0000-00-00T00:00:00Z", "2024-02-30T00:00:00Z", "9" * 5000, "2024-13"]
)
def test_a_record_without_a_date_is_damage_and_not_of_1970(home, date):
    path = home.file("a.warc.gz", members(STORIES[0], story(2, date=date), STORIES[2]))
    report = home.take(path)
    assert report.applied.captures == 2
    assert ["WARC-Date" in found.cause for _, found in report.damage] == [True]
    assert home.rows("SELECT count(*) FROM captures WHERE fetched_at < '1990'") == [(0,)]


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("HTTP/2 404", 404, "status_404"), ("HTTP/2 200", 200, None), ("HTTP/3 200 OK", 200, None),
        ("http/1.1 200 OK", 200, None), ("HTTP/1.1 301 Moved", 301, "status_301"), ("HTTP/1.0 200", 200, None),
        ("HTTP/1.1\t404\tGone astray", 404, "status_404"), ("  HTTP/1.1 200 OK", 200, None),
        ("HTTP/1.1 abc OK", None, "bad_status_line"),
    ],
)  # fmt: skip
def test_status_lines_of_other_protocols_and_odd_case(home, line, status, reason):
    home.take(home.file("a.warc.gz", members(story(1, block=page(1, status=line)))))
    assert home.rows("SELECT http_status, skip_reason FROM captures") == [(status, reason)]


@pytest.mark.parametrize("how", ["no type of the record", "no type of the answer", "odd case", "interim answer"])
def test_a_response_without_content_type_is_classified_by_its_first_bytes(home, how):
    part = {
        "no type of the record": story(1, content_type=""),
        "no type of the answer": story(1, block=page(1, headers=())),
        "odd case": story(1, content_type="Application/HTTP;msgtype=response"),
        "interim answer": story(1, block=b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + page(1)),
    }[how]
    home.take(home.file("a.warc.gz", members(part)))
    assert home.rows("SELECT http_status, article_id IS NOT NULL FROM captures") == [(200, 1)]


@pytest.mark.parametrize("kind", ["resource", "conversion"])
def test_a_page_without_http_header_is_a_story(home, kind):
    html = page(1).partition(b"\r\n\r\n")[2]
    home.take(home.file("a.warc.gz", members(story(1, block=html, kind=kind, content_type="text/html"))))
    assert home.rows("SELECT record_type, http_status, article_id IS NOT NULL FROM captures") == [(kind, None, 1)]


def revisit(number, original, url="http://paper.example/2024/05/other", brackets=True):
    value = f"<{original}>" if brackets else original
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    return record(head, url, f"WARC-Refers-To: {value}", "WARC-Payload-Digest: sha1:XYZ", kind="revisit", number=number)


@pytest.mark.parametrize("brackets", [True, False])
@pytest.mark.parametrize("order", ["original first", "revisit first", "in two files"])
def test_a_revisit_that_names_a_record_alone_shows_that_record(home, order, brackets):
    original = "urn:uuid:00000000-0000-4000-8000-000000000001"
    parts = [STORIES[0], revisit(77, original, brackets=brackets)]
    if order == "in two files":
        home.take(home.file("b.warc.gz", members(parts[1])))
        assert home.rows("SELECT skip_reason FROM captures") == [("revisit_unresolved",)]
        home.take(home.file("a.warc.gz", members(parts[0])))
    else:
        home.take(home.file("a.warc.gz", members(*(parts if order == "original first" else parts[::-1]))))
    [(of_revisit,)] = home.rows("SELECT article_id FROM captures WHERE record_type = 'revisit'")
    assert of_revisit is not None and home.rows("SELECT id, versions FROM articles") == [(of_revisit, 1)]
    before, after = home.rebuilt()
    assert before == after


def test_angle_brackets_around_a_url_are_removed(home):
    home.take(home.file("a.warc.gz", members(story(1, url="<http://paper.example/2024/05/x>"))))
    assert home.rows("SELECT url FROM captures") == [("http://paper.example/2024/05/x",)]


@pytest.mark.parametrize("into_the_archive", [False, True])
def test_a_foreign_file_that_was_moved_is_found_again(home, into_the_archive):
    first = home.file("z.warc.gz", members(warcinfo(), *STORIES))
    home.take(first)
    ids = home.rows("SELECT id, article_id FROM captures ORDER BY id")
    second = (home.warc if into_the_archive else home.folder) / "moved-and-renamed.warc.gz"
    first.rename(second)
    report = home.take(*([] if into_the_archive else [second]))
    assert report.applied.captures == 0 and report.damage == []
    assert home.rows("SELECT id, article_id FROM captures ORDER BY id") == ids
    assert home.rows("SELECT DISTINCT warc_file FROM captures") == home.rows("SELECT name FROM warcs")
    assert home.export("all.warc.gz").missing == ()
    before, after = home.rebuilt()
    assert before == after


def test_a_rebuild_accepts_the_new_place_of_a_moved_file(home):
    first = home.file("z.warc.gz", members(*STORIES))
    home.take(first)
    second = first.rename(home.folder / "y.warc.gz")
    report = rebuild(home.index, home.warc, (), home.pool, foreign=[second.resolve()])
    assert report.missing == [] and home.rows("SELECT count(*) FROM captures") == [(3,)]
    second.unlink()
    assert rebuild(home.index, home.warc, (), home.pool).missing == [str(second)]


def test_another_file_in_place_of_a_missing_one_is_recognised(home):
    home.take(home.file("z.warc.gz", members(*STORIES)))
    (home.folder / "z.warc.gz").unlink()
    home.take(home.file("y.warc.gz", members(story(4), story(5), story(6))))
    assert home.rows("SELECT count(*) FROM captures") == [(6,)]


@pytest.mark.parametrize("share", [0.4, 0.9])
@pytest.mark.parametrize(
    "name", ["a.warc.gz", "one-member.warc.gz", "plain.warc", "frames.warc.zst", "v1.arc.gz", "v1.arc"]
)
def test_a_truncated_download_yields_its_complete_records(home, name, share):
    whole = SOUND[name]
    report = home.take(home.file(name, whole[: int(len(whole) * share)]))
    assert len(report.damage) == 1 and "ends" in report.damage[0][1].cause
    count = report.applied.captures
    assert count == len(home.rows("SELECT 1 FROM captures")) < 3
    assert count >= (share > 0.5)
    again = home.take(home.folder / name)
    assert (again.applied.captures, again.damage) == (0, report.damage)
    assert home.take(home.file(name, whole)).damage == []  # downloaded again
    assert home.rows("SELECT count(*) FROM captures") == [(3,)]


@pytest.mark.parametrize(
    "pack", [members, in_one, lambda *parts: b"".join(parts), lambda *parts: zst([b"".join(parts)])]
)
@pytest.mark.parametrize("length", ["12", "99999999", "9" * 5000, "-1", "0x10", "missing"])
def test_a_wrong_length_loses_only_its_own_record_also_inside_a_member(home, pack, length):
    name = {b"W": "a.warc", b"\x1f": "a.warc.gz", b"(": "a.warc.zst"}[pack(STORIES[0])[:1]]
    report = home.take(home.file(name, pack(STORIES[0], story(2, length=length), STORIES[2])))
    urls = {url for (url,) in home.rows("SELECT url FROM captures")}
    assert {f"http://paper.example/2024/05/{number}-story" for number in (1, 3)} <= urls
    assert report.damage or len(urls) == 3, "never lost without a word"


def test_each_damage_inside_one_member_is_reported(home):
    bad = story(9, length="x")
    report = home.take(home.file("a.warc.gz", in_one(bad, STORIES[0], bad, STORIES[1], bad)))
    assert report.applied.captures == 2 and len(report.damage) == 3
    before, after = home.rebuilt()
    assert before == after and len(before["damage"]) == 3


def test_files_in_the_archive_folder_are_read_from_any_tool(home):
    for number, name in enumerate(["a.arc.gz", "b.warc.zst"]):
        (home.warc / name).write_bytes([arc(1), zst([story(2)])][number])
    wacz(home.warc / "c.wacz", {"archive/x.warc.gz": members(story(3))})
    assert home.take().applied.captures == 3
    assert home.take().applied.captures == 0
    names = {name for (name,) in home.rows("SELECT warc_file FROM captures")}
    assert names == {"a.arc.gz", "b.warc.zst", "c.wacz#archive/x.warc.gz"}


def test_an_index_of_an_older_archiver_still_leads_to_its_records(home):
    # Rows from before positions inside members were stored have none: their records are found by ID.
    path = home.file("a.warc.gz", in_one(*STORIES))
    home.take(path)
    with sqlite3.connect(home.index) as db:
        db.execute("UPDATE captures SET warc_position = NULL")
    for url, *place in home.rows("SELECT url, warc_file, warc_offset, warc_length, warc_record_id FROM captures"):
        assert read_payload(home.warc, RecordRef(*place))[0].url == url


def test_exports_are_the_same_bytes_each_time(home):
    home.take(home.file("a.warc.gz", in_one(*STORIES)))
    home.export("one.warc.gz")
    home.export("two.warc.gz")
    one, two = ((home.folder / name).read_bytes() for name in ("one.warc.gz", "two.warc.gz"))
    assert one == two and len(gzip.decompress(one)) > 3000
    assert io.BytesIO(one).read(2) == b"\x1f\x8b"
