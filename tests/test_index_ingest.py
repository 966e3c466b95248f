"""From WARC files on disk to rows: pieces, killed processes, damage, foreign files, rebuilds, following a crawl."""

import gzip
import io
import itertools
import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import LockedError, StorageError
from archiver.extract.pool import ExtractionPool
from archiver.index.database import check, index_lock, open_reader, open_writer, sibling_path
from archiver.index.ingest import compaction
from archiver.index.ingest.follower import Follower
from archiver.index.ingest.pipeline import ingest, refusal
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import Page, warc_file, warcs_in
from archiver.index.read import story_reader
from archiver.index.read.consistency import fingerprint
from archiver.index.search.hits import SearchQuery, search
from archiver.model import Article, Block, Capture, Exchange, RecordRef, Skip
from archiver.warc import WarcWriter
from index_samples import ALDIA, URL

START = datetime(2026, 5, 1, tzinfo=UTC)


class QuickPool:
    """Replaces the extraction processes: only the page's title and its words."""

    def map(self, tasks):
        for task in list(tasks):
            text = task.payload.decode()
            title = text.partition("<title>")[2].partition("</title>")[0]
            if "listing" in text:
                yield Skip("listing")
            else:
                yield Article(task.url, title, (Block("paragraph", text.partition("<p>")[2]),), extractor="quick")


def page(number, edit=0):
    return f"<html><title>Story {number}</title><p>Words of story {number}, state {edit}.".encode()


def exchange(url, body, hours=0.0, status="200 OK", mime="text/html; charset=utf-8"):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n"
    response = head.encode() + body
    request = f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    return Exchange(url, START + timedelta(hours=hours), request, io.BytesIO(response), len(response))


def writer(folder, prefix="aldia", crawl="one", **values):
    folder.mkdir(parents=True, exist_ok=True)
    return WarcWriter(folder, prefix, {"archiver-crawl": crawl}, **values)


def write(folder, numbers, prefix="aldia", hours=0.0, edit=0):
    made = writer(folder, prefix)
    for number in numbers:
        made.write_exchange(exchange(f"{URL}-{number}", page(number, edit), hours + number / 100))
    made.close()
    (path,) = folder.glob(f"{prefix}-*.warc.gz")
    return path


@pytest.fixture
def home(tmp_path):
    (tmp_path / "warc").mkdir()
    return tmp_path


def update(home, **values):
    return catch_up(home / "index.db", home / "warc", (ALDIA,), QuickPool(), **values)


def print_of(path):
    with open_writer(path) as db:
        assert check(db) == []
        return fingerprint(db)


def rebuilt(home):
    copy = home / "rebuilt"
    copy.mkdir(exist_ok=True)
    rebuild(copy / "index.db", home / "warc", (ALDIA,), QuickPool())
    return print_of(copy / "index.db")


class PoolOfAReplacedProgram(QuickPool):
    """Extracts some pages; then its workers can no longer start."""

    def map(self, tasks):
        yield from itertools.islice(super().map(tasks), 3)
        raise StorageError("the worker processes can't extract pages", "run `archiver index` again")


def test_no_story_is_lost_if_the_program_is_replaced_during_a_run(home):
    write(home / "warc", range(20))
    with pytest.raises(StorageError, match="can't extract"):
        catch_up(home / "index.db", home / "warc", (ALDIA,), PoolOfAReplacedProgram())
    update(home)
    assert print_of(home / "index.db") == rebuilt(home)
    with open_reader(home / "index.db") as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (20,)


def test_a_file_that_grows_is_followed(home):
    made = writer(home / "warc")
    for number in range(5):
        made.write_exchange(exchange(f"{URL}-{number}", page(number)))
        made.sync()
        assert update(home).applied.stories == 1
    made.write_metadata("urn:archiver:crawl:one", b'{"crawl_id": "one", "exit_code": 0}', "application/json")
    made.close()
    assert update(home).applied.captures == 0
    assert update(home).warcs == 0  # nothing new
    with open_reader(home / "index.db") as db:
        assert db.execute("SELECT exit_code FROM crawls").fetchall() == [(0,)]
        (name, size) = db.execute("SELECT name, read_up_to FROM warcs").fetchone()
        assert (home / "warc" / name).stat().st_size == size
    assert print_of(home / "index.db") == rebuilt(home)


def test_each_story_wrote_64_pages_to_a_temporary_file(home):
    write(home / "warc", [1])
    settings = []

    class Looking(QuickPool):
        def map(self, tasks):
            yield from super().map(tasks)
            settings.append(db.execute("PRAGMA temp_store").fetchone()[0])

    with open_writer(home / "index.db") as db:
        ingest(db, warcs_in(home / "warc"), (), Looking(), reader=read_warc)
        assert settings == [2]  # in memory: SQLite opens no file to undo a statement
        assert db.execute("PRAGMA temp_store").fetchone()[0] == 0  # VACUUM needs one


def test_an_index_that_grew_by_half_is_compacted_without_disturbing_readers(home, monkeypatch):
    monkeypatch.setattr(compaction, "_LEAST", 2)
    index = home / "index.db"
    write(home / "warc", range(4), "first")
    update(home)
    with open_reader(index) as reader:
        compactions = [reader.execute("PRAGMA schema_version").fetchone()[0]]  # VACUUM adds one
        for numbers, name in (([4], "second"), (range(5, 12), "third"), ([12], "fourth")):
            write(home / "warc", numbers, name)
            update(home)
            compactions.append(reader.execute("PRAGMA schema_version").fetchone()[0] - compactions[0])
        assert compactions[1:] == [0, 1, 1]
        assert story_reader.status(reader).stories == 13
    assert print_of(index) == rebuilt(home)


def test_a_damaged_index_is_not_compacted_but_left_to_be_reported(home):
    write(home / "warc", range(3))
    update(home)
    index = home / "index.db"
    data = bytearray(index.read_bytes())
    for offset in range(8192, len(data), 4096):
        data[offset : offset + 200] = b"\xff" * 200
    index.write_bytes(data)
    assert compaction.compacted(index) == index and index.read_bytes() == data
    assert not sibling_path(index, ".compact").exists()


def test_an_incomplete_record_is_indexed_when_complete(home):
    whole = write(home / "elsewhere", range(3))
    data = whole.read_bytes()
    growing = home / "warc" / (whole.name + ".open")
    for end in range(0, len(data) + 1, 97):
        growing.write_bytes(data[:end])
        assert update(home).damage == []
    growing.write_bytes(data)
    growing.rename(home / "warc" / whole.name)
    update(home)
    assert print_of(home / "index.db") == rebuilt(home)


def test_files_in_any_order_give_the_same_index(home):
    found = [
        write(home / "elsewhere", range(0, 20), "a"),
        write(home / "elsewhere", range(10, 30), "b", 1, edit=1),
        write(home / "elsewhere", range(5, 15), "c", 2),
    ]
    for path in reversed(found):
        shutil.copy(path, home / "warc")
        update(home)
    assert print_of(home / "index.db") == rebuilt(home)
    with open_reader(home / "index.db") as db:
        assert story_reader.status(db).stories == 30
        assert len(story_reader.versions(db, story_reader.find_story(db, f"{URL}-12").id)) == 3


def test_damage_loses_only_its_record_and_is_reported(home):
    path = write(home / "warc", range(6))
    with path.open("rb") as file:
        data = bytearray(file.read())
    entries = [entry for entry in read_warc(path, 0) if isinstance(entry.item, Page)]
    ref = entries[2].item.capture.ref
    data[ref.offset + 30 : ref.offset + 60] = b"\x00" * 30
    path.write_bytes(data)
    report = update(home)
    assert report.applied.stories == 5
    ((name, stretch),) = report.damage
    assert name == path.name and stretch.offset == ref.offset
    with open_reader(home / "index.db") as db:
        assert db.execute("SELECT warc_offset FROM damage").fetchall() == [(ref.offset,)]
    assert print_of(home / "index.db") == rebuilt(home)


def test_a_torn_end_is_reported_until_it_is_repaired(home):
    path = write(home / "warc", range(3))
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    assert len(update(home).damage) == 1
    path.write_bytes(data)
    assert update(home).damage == []
    assert print_of(home / "index.db") == rebuilt(home)


def test_a_file_that_lost_its_end_is_reported(home):
    path = write(home / "warc", range(3))
    update(home)
    path.write_bytes(path.read_bytes()[:500])
    ((name, reason),) = update(home).failed
    assert name == path.name and "shorter" in reason


def test_a_file_that_cannot_be_read_does_not_stop_the_others(home):
    write(home / "warc", range(3))
    report = update(home, foreign=[home / "nowhere.warc.gz", Path("/dev/null/x.warc.gz")])
    assert report.applied.stories == 3
    assert report.not_found == [str(home / "nowhere.warc.gz"), "/dev/null/x.warc.gz"] and report.failed == []


def test_a_foreign_file_is_named_by_its_path_and_survives_a_rebuild(home):
    path = write(home / "elsewhere", range(3))
    write(home / "warc", range(3, 5), "own")
    update(home, foreign=[path])
    before = print_of(home / "index.db")
    report = rebuild(home / "index.db", home / "warc", (ALDIA,), QuickPool())
    assert report.missing == [] and print_of(home / "index.db") == before
    with open_reader(home / "index.db") as db:
        assert db.execute("SELECT count(*) FROM captures WHERE warc_file = ?", [str(path)]).fetchone() == (3,)
    path.unlink()
    assert rebuild(home / "index.db", home / "warc", (ALDIA,), QuickPool()).missing == [str(path)]


def test_a_rebuild_replaces_an_index_that_cannot_be_read(home):
    write(home / "warc", range(3))
    (home / "index.db").write_bytes(b"rubbish" * 1000)
    rebuild(home / "index.db", home / "warc", (ALDIA,), QuickPool())
    assert print_of(home / "index.db") == rebuilt(home)


def test_the_old_index_stays_until_the_new_one_is_complete(home):
    class Breaks:
        def map(self, tasks):
            yield from list(QuickPool().map(tasks))[:2]
            raise KeyboardInterrupt

    write(home / "warc", range(5))
    update(home)
    before = print_of(home / "index.db")
    with pytest.raises(KeyboardInterrupt):
        rebuild(home / "index.db", home / "warc", (ALDIA,), Breaks())
    assert print_of(home / "index.db") == before
    rebuild(home / "index.db", home / "warc", (ALDIA,), QuickPool())
    assert print_of(home / "index.db") == before


def test_a_second_writer_is_refused(home):
    with index_lock(home / "index.db"), pytest.raises(LockedError):
        update(home)


def capture(status=200, mime="text/html", kind="response"):
    return Capture(RecordRef("a", 0, 1, "x"), kind, URL, START, status, mime, None)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(capture(), b"<p>"), None),
        (Page(capture(None, kind="resource"), b"<p>"), None),
        (Page(capture(mime="text/plain"), b"<!doctype html><HTML>"), None),
        (Page(capture(mime=None), b"<html>"), None),
        (Page(capture(404), b"<p>"), "status_404"),
        (Page(capture(206), b"<p>"), "status_206"),
        (Page(capture(mime="image/png"), b"<html>"), "not_html"),
        (Page(capture(mime="application/xml"), b"<?xml version='1.0'?><rss>"), "not_html"),
        (Page(capture(mime="text/plain"), b"User-agent: *"), "not_html"),
        (Page(capture(), b""), "empty"),
        (Page(capture(), b"<p>", ("too_large_decoded",)), "too_large"),
        (Page(capture(kind="revisit"), b""), "revisit"),
    ],
)
def test_only_what_may_hold_a_story_is_extracted(page, reason):
    found = refusal(page)
    assert (found.reason if found else None) == reason


def test_names_and_listing(home):
    for name in ("b.warc.gz", "a.warc.gz.open", "c.warc", "d.txt", "e.warc.gz.tmp"):
        (home / "warc" / name).touch()
    assert [warc.name for warc in warcs_in(home / "warc")] == ["a.warc.gz", "b.warc.gz", "c.warc"]
    assert warcs_in(home / "none") == []
    assert warc_file(home / "x.warc.gz", home / "warc").name == str(home / "x.warc.gz")


def test_a_file_compressed_as_a_whole_is_read_once_and_completely(home):
    path = write(home / "elsewhere", range(100))
    with gzip.open(path) as file:
        plain = file.read()
    (home / "warc" / "whole.warc.gz").write_bytes(gzip.compress(plain))
    assert update(home).applied.stories == 100
    assert update(home).applied.captures == 0


STORY = """<!doctype html><html lang="en"><head><title>The mural on Fifth Street - AL DIA</title>
<meta property="og:title" content="The mural on Fifth Street"></head><body><article><h1>The mural on Fifth Street</h1>
{}</article></body></html>"""
PARAGRAPH = (
    "<p>The painters finished the wall on Tuesday, and the whole street came out to look at what they had done.</p>"
)


@pytest.mark.slow
def test_a_crawl_is_followed_to_its_end(home):
    with Follower(home, (ALDIA,)) as follower:
        made = writer(home / "warc")
        for number in range(3):
            body = STORY.format(PARAGRAPH * (8 + number)).encode()
            made.write_exchange(exchange(f"{URL}-{number}", body))
            made.sync()
            time.sleep(0.1)
        made.close()
    assert follower.error is None
    assert follower.stories == 3
    with open_reader(home / "index.db") as db:
        assert len(search(db, SearchQuery("painters wall"))) == 3


def test_a_follower_that_cannot_write_says_so_and_lets_the_crawl_end(home):
    with index_lock(home / "index.db"), Follower(home) as follower:
        time.sleep(0.1)
    assert isinstance(follower.error, LockedError)


@pytest.mark.slow
def test_a_follower_ends_when_the_crawl_is_killed(home):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom archiver.index.ingest.follower import Follower\n"
        "if __name__ == '__main__':\n"
        "    with Follower(Path(sys.argv[1])) as follower:\n"
        "        print(follower._process.pid, flush=True)\n        time.sleep(60)\n"
    )
    script = home / "crawl.py"
    script.write_text(code)
    crawl = subprocess.Popen([sys.executable, str(script), str(home)], stdout=subprocess.PIPE)
    try:
        pid = int(crawl.stdout.readline())
        write(home / "warc", range(2))
    finally:
        crawl.kill()
        crawl.wait()
        crawl.stdout.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "it outlives the crawl"
        time.sleep(0.05)
    with index_lock(home / "index.db"), open_reader(home / "index.db") as db:
        assert story_reader.status(db).captures == 2


INGESTING = """
import sys
from pathlib import Path
from test_index_ingest import ALDIA, QuickPool
from archiver.index.ingest import pipeline
from archiver.index.ingest.upkeep import catch_up
pipeline._BATCH = 3
home = Path(sys.argv[1])
print("started", flush=True)
catch_up(home / "index.db", home / "warc", (ALDIA,), QuickPool())
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_index_is_sound_and_catches_up(home):
    for prefix, edit in (("a", 0), ("b", 1)):
        write(home / "warc", range(120), prefix, edit, edit)
    chance = random.Random(5)
    kills = 0
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", INGESTING, str(home)], stdout=subprocess.PIPE, cwd=Path(__file__).parent
        )
        process.stdout.readline()
        time.sleep(chance.random() * 0.25)
        process.kill()
        kills += process.wait() != 0
        process.stdout.close()
        with open_writer(home / "index.db") as db:
            assert check(db) == []
    assert kills
    update(home)
    assert print_of(home / "index.db") == rebuilt(home)


def test_the_real_extraction_feeds_the_index(home):
    made = writer(home / "warc")
    made.write_exchange(exchange(URL, STORY.format(PARAGRAPH * 10).encode()))
    made.write_exchange(exchange("https://www.aldia.test/robots.txt", b"User-agent: *", mime="text/plain"))
    made.close()
    with ExtractionPool(1) as pool:
        report = catch_up(home / "index.db", home / "warc", (ALDIA,), pool)
    assert report.applied.stories == 1 and report.skips == {"not_html": 1}
    with open_reader(home / "index.db") as db:
        story = story_reader.find_story(db, URL)
        assert story.title == "The mural on Fifth Street" and story.site == "aldia"
        assert search(db, SearchQuery("painters"))[0].id == story.id
    assert multiprocessing.active_children() == []


def test_a_missing_foreign_file_was_skipped_silently(home):
    def done(*arguments):
        found = CliRunner().invoke(cli, ["-A", str(home), *arguments], standalone_mode=False)
        assert found.exception is None, found.exception
        return found

    path = write(home.parent / f"{home.name}-elsewhere", range(2))
    update(home, foreign=[path])
    backup = done("backup", str(home.parent / f"{home.name}-backup"), "--json")
    assert json.loads(backup.stdout)["foreign"] == [str(path)] and backup.return_value == 0
    assert f"not backed up, because outside the archive: {path}: copy it to archive/warc/" in backup.stderr
    assert done("verify").return_value == 0
    path.unlink()
    for options in ([], ["--deep"]):
        verified = done("verify", *options)
        assert verified.return_value == 20 and verified.stderr.count(f"{path}: the index was made from it") == 1
    rebuilt = done("index", "--rebuild")
    assert rebuilt.return_value == 20 and f"{path} no longer exists" in rebuilt.stderr
    assert done("verify").return_value == 0
