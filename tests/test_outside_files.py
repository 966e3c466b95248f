"""Indexed WARC files outside the archive: damaged, missing, and with a copy in the archive."""

import gzip
import json

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.cli.app import App
from archiver.cli.index import _with_folders
from archiver.errors import ExitCode, UsageError
from archiver.home import ArchiveDir
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.upkeep import rebuild
from archiver.merge.merging import merge
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from archiver.warc import read_records
from archiver.withdraw import confirm_erased, withdraw
from archiver.withdraw.erase import erase
from test_index_ingest import QuickPool, print_of, rebuilt, update
from warc_samples import arc, members, story, wacz, warcinfo


@pytest.fixture
def home(tmp_path):
    """An archive without WARC files, and a file outside with three stories that it has indexed."""
    home = tmp_path / "archive"
    (home / "warc").mkdir(parents=True)
    outside = tmp_path / "old" / "out.warc.gz"
    outside.parent.mkdir()
    outside.write_bytes(members(warcinfo(), *map(story, range(1, 4))))
    update(home, foreign=[outside])
    return home


@pytest.fixture
def outside(home):
    return home.parent / "old" / "out.warc.gz"


def archiver(home, *arguments):
    """A command in this process: exit code, stdout, stderr."""
    told = CliRunner().invoke(cli, ["-A", str(home), *arguments], standalone_mode=False)
    assert told.exception is None, told.exception
    return told.return_value, told.stdout, told.stderr


def flip(path, number=2):
    """Changes a byte in the middle of a member."""
    ref = [record.ref for record in read_records(path)][number]
    data = bytearray(path.read_bytes())
    data[ref.offset + ref.length // 2] ^= 1
    path.write_bytes(data)


def rows(home, sql):
    with open_reader(home / "index.db") as db:
        return db.execute(sql).fetchall()


def test_a_flipped_byte_in_an_indexed_file_outside_is_found_by_verify(home, outside):
    code, out, told = archiver(home, "verify", "--deep", "--json")
    assert code == ExitCode.OK and "1 WARC file (1 outside the archive)" in told
    assert (json.loads(out)["warcs"], json.loads(out)["foreign"], json.loads(out)["captures"]) == (1, 1, 3)
    before = outside.read_bytes()
    flip(outside)
    code, out, told = archiver(home, "verify", "--json")
    assert code == ExitCode.DAMAGE
    assert {problem["file"] for problem in json.loads(out)["problems"]} == {str(outside)}
    assert "put a sound copy in its place" in told
    damaged = outside.read_bytes()
    code, _, _ = archiver(home, "verify", "--repair")
    assert code == ExitCode.DAMAGE and outside.read_bytes() == damaged, "a file outside is never changed"
    outside.write_bytes(before)
    assert not verify(ArchiveDir(home), CheckOptions(deep=True)).problems


def test_the_rows_of_a_file_outside_are_compared_with_its_records(home, outside):
    outside.write_bytes(members(warcinfo(), *map(story, (1, 2, 4))))
    problems = verify(ArchiveDir(home), CheckOptions(deep=True)).of("index")
    assert problems and {problem.file for problem in problems} == {str(outside)}
    assert not verify(ArchiveDir(home), CheckOptions()).problems, "the records themselves are sound"


def test_a_package_outside_is_compared_with_its_own_digests(home):
    package = home.parent / "old" / "pages.wacz"
    entries = {"archive/data.warc.gz": members(story(8))}
    wacz(package, entries)
    update(home, foreign=[package])
    assert not verify(ArchiveDir(home), CheckOptions(deep=True)).problems
    wacz(package, entries, digests={"archive/data.warc.gz": "sha256:" + "0" * 64})
    assert [problem.file for problem in verify(ArchiveDir(home), CheckOptions()).problems] == [str(package)]


@pytest.mark.parametrize("name", ["x.warc.gz", "x.wacz"])
def test_a_record_that_an_export_can_not_copy_is_named(home, outside, tmp_path, name):
    flip(outside)
    code, out, told = archiver(home, "export", str(tmp_path / name), "--json")
    record = "<urn:uuid:00000000-0000-4000-8000-000000000002> of http://paper.example/2024/05/2-story"
    assert code == ExitCode.DAMAGE and f"{outside}: the record {record} can't be copied" in told
    made = json.loads(out)
    assert made["count"] == 2 and made["missing_captures"] == {f"{outside}: the record {record}": 1}
    assert record in (tmp_path / f"{name}.codebook.md").read_text()


def test_all_files_that_a_cdxj_misses_are_named_and_no_empty_file_of_records_is_left(home, outside, tmp_path):
    packed = outside.with_name("packed.warc.gz")
    packed.write_bytes(gzip.compress(b"".join(map(story, (6, 7)))))  # records that no other program reads in place
    update(home, foreign=[packed])
    for path in (outside, packed):
        path.rename(path.with_name(f"{path.name}.away"))
    code, out, told = archiver(home, "export", str(tmp_path / "all.cdxj"), "--json")
    assert code == ExitCode.DAMAGE
    assert json.loads(out)["missing_captures"] == {str(outside): 3, str(packed): 2}
    assert f"{outside} is missing: 3 records" in told and f"{packed} is missing: 2 records" in told
    assert (json.loads(out)["count"], (tmp_path / "all-records.warc.gz").exists()) == (0, False)


def test_a_copy_in_the_archive_is_used_whichever_was_read_first(home, outside):
    own = home / "warc" / "zz-own.warc.gz"  # another name, after any path
    own.write_bytes(outside.read_bytes())
    assert update(home).missing == []
    assert rows(home, "SELECT DISTINCT warc_file FROM captures") == [(own.name,)]
    assert rows(home, "SELECT DISTINCT warc_file FROM crawl_records") == [(own.name,)]
    update(home, foreign=[outside])
    assert rows(home, "SELECT DISTINCT warc_file FROM captures") == [(own.name,)]
    outside.unlink()
    assert not verify(ArchiveDir(home), CheckOptions(deep=True)).problems, "nothing is missing without it"
    assert update(home).missing == [] and print_of(home / "index.db") == rebuilt(home)


def test_an_index_that_has_the_places_outside_takes_those_of_the_copy(home, outside):
    own = home / "warc" / "own.warc.gz"
    own.write_bytes(outside.read_bytes())
    update(home)
    with open_writer(home / "index.db") as db:  # as an older archiver made it
        db.execute("UPDATE captures SET warc_file = ?", (str(outside),))
    outside.unlink()
    assert update(home).missing == []
    assert rows(home, "SELECT DISTINCT warc_file FROM captures") == [(own.name,)]
    assert update(home).warcs == 0, "it is read again once"


def test_index_names_a_file_outside_that_is_gone_only_while_records_are_in_no_other_file(home, outside):
    empty = outside.with_name("empty.warc.gz")
    empty.write_bytes(b"")
    update(home, foreign=[empty])
    empty.unlink()
    assert archiver(home, "index", "--workers", "1")[0] == ExitCode.OK
    away = outside.rename(outside.with_name("away"))
    code, out, told = archiver(home, "index", "--workers", "1", "--json")
    assert code == ExitCode.DAMAGE and json.loads(out)["missing"] == [str(outside)]
    assert f"{outside} no longer exists: its records can't be shown or exported" in told
    (home / "warc" / "copy.warc.gz").write_bytes(away.read_bytes())
    assert update(home).missing == []


def test_a_rebuild_does_not_say_that_stories_are_lost_which_it_has_from_a_copy(home, outside):
    more = outside.with_name("more.warc.gz")
    more.write_bytes(members(story(5)))
    update(home, foreign=[more])
    (home / "warc" / "copy.warc.gz").write_bytes(members(*map(story, range(1, 4))))  # not the same bytes
    for path in (outside, more):
        path.unlink()
    report = rebuild(home / "index.db", home / "warc", (), QuickPool())
    assert report.missing == [str(more)]
    assert rows(home, "SELECT count(*) FROM captures") == [(3,)]


def test_index_reads_the_archive_files_below_a_folder(home):
    folder = home.parent / "handover"
    (folder / "boxA").mkdir(parents=True)
    (folder / "boxA" / "a.warc.gz").write_bytes(members(story(11)))
    (folder / "b.arc.gz").write_bytes(members(b""))
    (folder / "notes.txt").write_text("two boxes")
    app = App(ArchiveDir(home), None, quiet=True, verbose=0)
    assert [path.name for path in _with_folders(app, [folder])] == ["b.arc.gz", "a.warc.gz"]
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match="has no WARC, ARC or WACZ files"):
        _with_folders(app, [folder / "empty"])


def test_merge_names_the_folders_with_archive_files_that_it_leaves(home):
    folder = home.parent / "handover"
    (folder / "boxA").mkdir(parents=True)
    (folder / "boxA" / "a.warc.gz").write_bytes(members(story(11)))
    (folder / "b.warc.gz").write_bytes(members(story(12)))
    (folder / "notes.txt").write_text("two boxes")
    [merged] = merge(ArchiveDir(home), [folder])
    assert (merged.folders, merged.unknown) == ({"boxA": 1}, ["notes.txt"])


def test_a_withdrawn_url_that_is_not_in_the_archive_is_no_story(home):
    _, _, told = archiver(home, "withdraw", "http://paper.example/no-such-story", "--reason", "a typing error")
    assert "withdrawn: 0 stories; 1 URL is not fetched in future" in told.replace("in the future", "in future")


def test_an_erasure_names_the_copy_outside_and_no_export_has_anything_of_it(home, outside, tmp_path):
    headline = "The old quarry bridge was closed for the whole summer"
    url = "http://paper.example/2024/05/quarry-bridge"
    front = f'<html><title>Front</title><ul><li><a href="{url}">{headline}</a></ul>'
    text = f"<html><title>{headline}</title><h1>{headline}</h1><p>{'Nobody may cross it until autumn. ' * 20}"
    parts = [
        story(number, url=address, block=f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}".encode())
        for number, address, body in ((20, "http://paper.example/", front), (21, url, text))
    ]
    outside.write_bytes(members(warcinfo(), *parts))
    (home / "warc" / "own.warc.gz").write_bytes(outside.read_bytes())
    update(home, foreign=[outside])
    [found] = withdraw(ArchiveDir(home), [url], "a request")
    done = erase(ArchiveDir(home), frozenset(found.addresses), QuickPool())
    assert done.left == [str(outside)] and len(done.hidden) == 1
    confirm_erased(ArchiveDir(home).path, [found], "a request", done.hidden)
    rebuild(home / "index.db", home / "warc", (), QuickPool())
    assert rows(home, "SELECT url, warc_file FROM captures") == [("http://paper.example/", "own-r1.warc.gz")]
    assert archiver(home, "export", str(tmp_path / "all.warc.gz"))[0] == ExitCode.OK
    exported = gzip.decompress((tmp_path / "all.warc.gz").read_bytes())
    assert b"quarry" not in exported and b"<title>Front" in exported


def test_status_counts_all_archive_files_and_names_those_outside(home, outside):
    (home / "warc" / "old.arc.gz").write_bytes(arc(31))
    wacz(home / "warc" / "pages.wacz", {"archive/data.warc.gz": members(story(32))})
    update(home)
    code, out, _ = archiver(home, "status", "--json")
    found = json.loads(out)
    assert (code, found["warc_files"], found["outside"]) == (ExitCode.OK, 2, [str(outside)])
    assert found["crawls"] == found["imported"] > 0
    assert "0 crawls and" in archiver(home, "status")[1]


def test_index_names_an_empty_file(home):
    empty = home.parent / "empty.warc.gz"
    empty.write_bytes(b"")
    code, _, told = archiver(home, "index", "--workers", "1", str(empty))
    assert code == ExitCode.OK and f"{empty} is empty" in told
