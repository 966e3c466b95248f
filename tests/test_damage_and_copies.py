"""A damaged or missing WARC file and what was made from it: nothing is given up before the file is restored."""

import json

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import ExitCode
from archiver.fixity.manifest import Manifest
from archiver.frontier import Candidate, Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.ingest import upkeep
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import Page
from archiver.verify import repair, verify
from archiver.verify.verify import CheckOptions
from test_index_ingest import print_of, rebuilt, update, write

DEEP = CheckOptions(deep=True)


@pytest.fixture
def home(tmp_path):
    """An archive of two files with three stories each, indexed."""
    for number, prefix in enumerate(("aldia", "later")):
        write(tmp_path / "warc", range(number * 3, number * 3 + 3), prefix)
    Manifest(tmp_path).enlist(sorted((tmp_path / "warc").iterdir()))
    update(tmp_path)
    return tmp_path


def spoil(path):
    """Zeroes in the middle record; returns the file as it was."""
    sound = path.read_bytes()
    offset = [entry.item.capture.ref.offset for entry in read_warc(path, 0) if isinstance(entry.item, Page)][1]
    path.write_bytes(sound[: offset + 30] + bytes(30) + sound[offset + 60 :])
    return sound


def archiver(home, *arguments):
    """A command in this process: exit code and what it printed on stderr."""
    told = CliRunner().invoke(cli, ["-A", str(home), *arguments], standalone_mode=False)
    assert told.exception is None, told.exception
    return told.return_value, told.stderr


def stories(home):
    with open_reader(home / "index.db") as db:
        return db.execute("SELECT count(*) FROM articles").fetchone()[0]


def test_a_damaged_file_that_was_replaced_by_a_sound_copy_is_read_again(home):
    path = write(home / "warc", range(6, 9), "third")
    sound = spoil(path)
    assert len(update(home).damage) == 1 and len(update(home).damage) == 1
    assert stories(home) == 8
    path.write_bytes(sound)
    report = update(home)
    assert (report.damage, report.applied.stories, stories(home)) == ([], 1, 9)
    assert update(home).warcs == 0, "it is read again once"
    assert print_of(home / "index.db") == rebuilt(home)


def test_damage_that_stays_is_told_by_each_run_and_nothing_is_read_again(home):
    spoil(write(home / "warc", range(6, 9), "third"))
    update(home)
    report = update(home)
    assert (report.warcs, len(report.damage)) == (0, 1)


@pytest.mark.parametrize("more", [(), pytest.param(("--rebuild",), marks=pytest.mark.slow)])  # it starts a worker
def test_a_file_of_the_manifest_that_is_missing_is_named_by_index_and_rebuild(home, more):
    lost, _ = sorted((home / "warc").iterdir())
    lost.unlink()
    code, told = archiver(home, "index", "--workers", "1", *more)
    assert code == ExitCode.DAMAGE and f"archive/warc/{lost.name} is in the manifest, but missing" in told


def test_the_newest_file_and_its_line_in_the_manifest_removed_is_found_by_the_index(home):
    manifest = home / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    name = json.loads(lines[-1])["file"]
    (home / "warc" / name).unlink()
    manifest.write_bytes(b"".join(lines[:-1]))
    [problem] = verify(ArchiveDir(home), CheckOptions()).problems
    assert (problem.kind, problem.file) == ("missing", name)


def test_repair_leaves_index_and_frontier_while_a_file_is_damaged_and_the_restored_file_fits_them(home):
    path, _ = sorted((home / "warc").iterdir())
    with Frontier(home / "frontier.db") as frontier:
        frontier.add("aldia", [Candidate("https://harbor.example/1", "example,harbor)/1", "page")])
        frontier.commit()
    before = (home / "frontier.db").read_bytes()
    sound = spoil(path)
    found = verify(ArchiveDir(home), DEEP)
    assert {"checksum", "record", "index"} <= {problem.kind for problem in found.problems}
    assert found.beyond_repair() == [path.name]
    assert repair(ArchiveDir(home), found, lambda: pytest.fail("the index was made again")) == []
    assert stories(home) == 6 and (home / "frontier.db").read_bytes() == before
    code, told = archiver(home, "verify", "--deep")
    assert code == ExitCode.DAMAGE and "verify --repair" not in told
    assert f"restore {path.name} from a backup first" in told
    path.write_bytes(sound)
    assert verify(ArchiveDir(home), DEEP).problems == []


def test_what_a_killed_rebuild_left_is_named_by_verify_and_removed_by_index(home):
    (home / "index.db.new").write_bytes(b"half an index")
    assert any("index.db.new" in note for note in verify(ArchiveDir(home), CheckOptions()).notes)
    update(home)
    assert not (home / "index.db.new").exists() and upkeep.leftovers(home / "index.db") == []
