"""Records whose segments are in different files: joined in any order of the files, and reported if one is missing."""

import itertools
import json
import shutil

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.read.segment_places import SegmentPlace, segment_places
from archiver.selection.joining import file_name, join_segments
from archiver.warc import read_records
from index_orders import fingerprint
from test_index_ingest import QuickPool
from warc_samples import in_one, members, page, record, story, warcinfo

ID = "<urn:uuid:00000000-0000-4000-8000-000000000007>"
WHOLE = page(7)


def segments(cuts=(900, 1500), total=None):
    """The segments of one record: the first as a response, the others as continuations."""
    pieces = [WHOLE[begin:end] for begin, end in itertools.pairwise((0, *cuts, len(WHOLE)))]
    last = f"WARC-Segment-Total-Length: {len(WHOLE) if total is None else total}"
    made = [story(7, "WARC-Segment-Number: 1", block=pieces[0])]
    for number, piece in enumerate(pieces[1:], 2):
        fields = (f"WARC-Segment-Origin-ID: {ID}", f"WARC-Segment-Number: {number}", *[last][: number == len(pieces)])
        made.append(record(piece, "", *fields, kind="continuation", number=70 + number, content_type=""))
    return made


class Home:
    def __init__(self, folder):
        self.folder, self.warc, self.into = folder, folder / "warc", folder / "into"
        self.index = folder / "index.db"
        self.warc.mkdir(parents=True)
        self.into.mkdir()

    def take(self):
        return catch_up(self.index, self.warc, (), QuickPool())

    def join(self):
        with open_reader(self.index) as db:
            places = segment_places(db)
        done = join_segments(places, self.warc, self.into, lambda name: (self.warc / name).exists())
        for name in done.files:
            (self.into / name).rename(self.warc / name)
        return done

    def print(self, *, anew=False):
        if anew:
            rebuild(self.index, self.warc, (), QuickPool())
        with open_writer(self.index) as db:
            return fingerprint(db)


FILES = {
    "a.warc.gz": lambda parts: members(warcinfo(), story(1), parts[0], story(2)),
    "b.warc.gz": lambda parts: in_one(story(3), parts[1]),
    "c.warc": lambda parts: parts[2] + story(4),
}


@pytest.mark.parametrize("order", [("c.warc", "a.warc.gz", "b.warc.gz"), ("b.warc.gz", "c.warc", "a.warc.gz")])
def test_segments_in_three_files_are_joined_in_any_order_and_a_rebuild_is_the_same(tmp_path, order):
    home = Home(tmp_path)
    for number, name in enumerate(order):
        assert home.join().files == [] if number else True
        (home.warc / name).write_bytes(FILES[name](segments()))
        home.take()
    done = home.join()
    assert (done.files, done.incomplete) == ([file_name(ID)], [])
    assert home.take().applied.captures == 1
    records = list(read_records(home.warc / done.files[0]))
    assert [found.type for found in records] == ["warcinfo", "response", "metadata"]
    assert records[1].block == WHOLE and records[1].ref.record_id == ID
    assert b"archiver-segment: 2 b.warc.gz 0" in records[2].block
    assert home.join().files == []
    assert home.print() == home.print(anew=True)


def test_an_incomplete_record_is_reported_with_its_missing_segment(tmp_path):
    home = Home(tmp_path)
    parts = segments()
    (home.warc / "a.warc.gz").write_bytes(members(parts[0], story(1)))
    home.take()
    assert [found.reason for found in home.join().incomplete] == ["segment 2 is missing"]
    (home.warc / "c.warc.gz").write_bytes(members(parts[2]))
    home.take()
    assert [found.reason for found in home.join().incomplete] == ["segment 2 is missing"]
    other = Home(tmp_path / "other")
    for name, part in zip("abc", segments(total=len(WHOLE) + 1), strict=True):
        (other.warc / f"{name}.warc.gz").write_bytes(members(part))
    other.take()
    (told,) = other.join().incomplete
    assert (told.record_id, told.warc_file) == (ID, "a.warc.gz") and f"not {len(WHOLE) + 1:,}" in told.reason


def test_a_second_segment_in_the_first_s_file_is_not_lost_if_the_third_is_elsewhere(tmp_path):
    home = Home(tmp_path)
    parts = segments()
    (home.warc / "a.warc.gz").write_bytes(members(parts[0], parts[1], story(1)))
    (home.warc / "b.warc.gz").write_bytes(members(parts[2]))
    home.take()
    with open_reader(home.index) as db:
        assert [place.warc_file for place in segment_places(db)] == ["a.warc.gz", "a.warc.gz", "b.warc.gz"]
    assert home.join().files == [file_name(ID)]


def test_segments_in_the_wrong_order_in_one_file_are_joined(tmp_path):
    home = Home(tmp_path)
    (home.warc / "a.warc.gz").write_bytes(members(*reversed(segments()), story(1)))
    home.take()
    assert home.join().files == [file_name(ID)]


def test_a_segment_whose_file_is_missing_counts_as_missing(tmp_path):
    assert join_segments([SegmentPlace("gone.warc.gz", 0, 0)], tmp_path, tmp_path, lambda _: False).files == []


@pytest.mark.slow
def test_archiver_index_joins_segments_of_given_files_and_an_erased_story_is_not_joined_again(tmp_path):
    def archiver(*arguments):
        return CliRunner().invoke(cli, ["-A", str(tmp_path / "archive"), *arguments], standalone_mode=False)

    paths = []
    for name, data in zip("abc", segments(), strict=True):
        paths.append(tmp_path / f"{name}.warc.gz")
        paths[-1].write_bytes(members(data))
    told = archiver("index", "--workers", "1", str(paths[2]), str(paths[0]))
    assert told.return_value == 0 and "segment 2 is missing" in told.stderr
    told = json.loads(archiver("index", "--workers", "1", "--json", str(paths[1])).stdout)
    assert told["segments"] == {"files": [file_name(ID)], "incomplete": []} and told["captures"] == 1
    warc = tmp_path / "archive" / "warc"
    with open_reader(tmp_path / "archive" / "index.db") as db:
        ref = db.execute("SELECT warc_file FROM captures").fetchall()
    assert [row[0] for row in ref] == [file_name(ID)]
    for path in paths:
        shutil.copy(path, warc)
    assert archiver("index", "--workers", "1").return_value == 0
    told = archiver("withdraw", "http://paper.example/2024/05/7-story", "--reason", "asked to", "--erase")
    assert told.exit_code == 0 and "4 records left out" in told.stderr
    for path in paths:
        path.unlink()
    # The foreign files are gone, but the archive had all of their records.
    assert archiver("index", "--rebuild", "--workers", "1").return_value == 0
    for path in warc.iterdir():
        assert all(found.type in ("warcinfo", "metadata") for found in read_records(path)), path
