"""Archives crawled separately are merged into one: equal to one made from all WARC files, nothing overwritten or
lost."""

import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import decisions, withdrawals
from archiver.cli import cli
from archiver.cli.merge import _erased_there
from archiver.errors import LockedError, UsageError
from archiver.fixity.manifest import Manifest, sha512_of
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.ingest.annotations import Annotation, Annotations
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.search.saved_searches import SavedSearches
from archiver.index.search.selection import SearchQuery
from archiver.locks import locked
from archiver.merge.files_beside_warcs import MergedFiles
from archiver.merge.merging import Merged, merge
from archiver.merge.warc_copies import Copies
from test_index_ingest import ALDIA, QuickPool, print_of, write

DECIDED = [datetime(2026, 5, day, tzinfo=UTC) for day in range(1, 8)]


def archive(folder, *files):
    """An archive; each of `files` are the arguments of `write`."""
    made = ArchiveDir(folder)
    made.create()
    Manifest(folder).enlist([write(folder / "warc", *arguments) for arguments in files])
    return made


def merged(into, *shards, **values):
    """Merge, and update the index as the command does."""
    with into.locked():
        found = merge(into, [shard.path for shard in shards], **values)
        foreign = [path for shard in found for path in shard.foreign]
        catch_up(into.index, into.warc, (ALDIA,), QuickPool(), foreign=foreign)
    return found


def made_at_once(into, folder):
    """The fingerprint of a new index made from all WARC files of an archive."""
    made = ArchiveDir(folder)
    made.create()
    (made.path / decisions.FILE_NAME).write_bytes(
        (into.path / decisions.FILE_NAME).read_bytes() if (into.path / decisions.FILE_NAME).exists() else b""
    )
    rebuild(made.index, into.warc, (ALDIA,), QuickPool())
    return print_of(made.index)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_merged_shards_equal_an_index_of_all_their_warcs(tmp_path):
    into = archive(tmp_path / "whole", (range(0, 6), "a"))
    catch_up(into.index, into.warc, (ALDIA,), QuickPool())
    shards = [
        archive(tmp_path / "one", (range(3, 9), "b", 1.0, 1)),
        archive(tmp_path / "two", (range(8, 12), "c"), (range(0, 2), "d", 2.0, 2)),
    ]
    before = [content(shard.warc) for shard in shards]
    found = merged(into, *shards)
    assert [len(shard.warcs.copied) for shard in found] == [1, 2]
    assert print_of(into.index) == made_at_once(into, tmp_path / "rebuilt")
    assert [content(shard.warc) for shard in shards] == before
    files = Manifest(into.path).read().files()
    assert {path.name: sha512_of(path)[1] for path in into.warc.iterdir()} == {
        name: state.sha512 for name, state in files.items()
    }
    assert not Manifest(into.path).read().problems
    again = merged(into, *shards)
    assert [(shard.warcs.copied, len(shard.warcs.known)) for shard in again] == [([], 1), ([], 2)]
    assert Manifest(into.path).read().files() == files


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 2)), min_size=2, max_size=4), st.data())
def test_shards_merged_in_any_order_give_the_same_index(parts, data):
    order = data.draw(st.permutations(range(len(parts))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shards = [
            archive(folder / f"shard{i}", (range(first, first + length), f"p{i}", float(i), edit))
            for i, (first, length, edit) in enumerate(parts)
        ]
        one, other = ArchiveDir(folder / "one"), ArchiveDir(folder / "other")
        merged(one, *shards)
        for turn in order:
            merged(other, shards[turn])
        assert print_of(one.index) == print_of(other.index)


def test_two_different_warcs_with_one_name_are_both_kept(tmp_path):
    into, shard = archive(tmp_path / "whole", (range(3), "a")), archive(tmp_path / "shard", (range(5, 9), "b"))
    (ours,) = into.warc.iterdir()
    (theirs,) = shard.warc.iterdir()
    theirs = theirs.rename(shard.warc / ours.name)
    (shard.path / "manifest.jsonl").unlink()
    for _ in range(2):  # the second time it is known by its new name
        (found,) = merged(into, shard)
        new = found.warcs.renamed[ours.name]
        assert new.startswith(ours.name.removesuffix(".warc.gz")) and new.endswith(".warc.gz")
        assert len(list(into.warc.iterdir())) == 2
    assert (into.warc / new).read_bytes() == theirs.read_bytes() != ours.read_bytes()
    with open_reader(into.index) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (7,)


def test_complete_records_of_an_open_file_are_merged(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"))
    (path,) = shard.warc.iterdir()
    (shard.path / "manifest.jsonl").unlink()
    torn = path.with_name(path.name + ".open")
    torn.write_bytes(path.read_bytes() + path.read_bytes()[:50])
    whole = path.read_bytes()
    path.unlink()
    (shard.warc / "b.warc.gz.open").write_bytes(whole[:20])
    (found,) = merged(into, shard, link=True)
    assert found.warcs.copied == [path.name] and list(found.warcs.left_out) == ["b.warc.gz.open"]
    assert (into.warc / path.name).read_bytes() == whole
    assert torn.exists()
    torn.rename(path)
    path.write_bytes(whole)  # repaired as by the shard's next run
    assert merged(into, shard)[0].warcs.known == [path.name]


def test_a_file_that_differs_from_its_manifest_is_left_out_and_reported(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"), (range(4, 6), "b"))
    path = next(shard.warc.glob("a-*"))
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    result = CliRunner().invoke(
        cli, ["-A", str(into.path), "merge", str(shard.path), "--no-index", "--json"], standalone_mode=False
    )
    assert result.return_value == 20
    assert f"{path.name} was left out: it differs from the shard's manifest" in result.stderr
    assert json.loads(result.stdout)["shards"][0]["warcs"]["left_out"].keys() == {path.name}
    assert [found.name[0] for found in into.warc.iterdir()] == ["b"]


def test_erased_records_are_not_merged_again(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"))
    merged(into, shard)
    (path,) = into.warc.iterdir()
    path.unlink()
    Manifest(into.path).add(path.name, 0, "", event="removed", note="the-rest.warc.gz")
    (found,) = merged(into, shard)
    assert found.warcs.erased == [path.name] and not list(into.warc.iterdir())
    # A file that only has the same name is a different one, and gets another name.
    other = archive(tmp_path / "other", (range(7, 9), "b"))
    (theirs,) = other.warc.iterdir()
    theirs.rename(other.warc / path.name)
    (other.path / "manifest.jsonl").unlink()
    (found,) = merged(into, other)
    assert len(found.warcs.copied) == 1 and not found.warcs.erased


def test_an_erasure_in_a_shard_only_is_reported(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"))
    merged(into, shard)
    (path,) = shard.warc.iterdir()
    path.unlink()
    Manifest(shard.path).add(path.name, 0, "", event="removed", note="the-rest.warc.gz")
    assert merged(into, shard)[0].erased == [path.name]


def test_a_killed_merge_is_continued(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"))
    (path,) = shard.warc.iterdir()
    into.create()
    (into.warc / f"{path.name}.part").write_bytes(b"half")
    Manifest(into.path).add(path.name, *sha512_of(path))  # listed, but without its final name yet
    (found,) = merged(into, shard)
    assert found.warcs.copied == [path.name]
    assert [found.name for found in into.warc.iterdir()] == [path.name]
    assert len(Manifest(into.path).read().entries) == 1


def test_links_need_no_space(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(4), "a"))
    merged(into, shard, link=True)
    assert next(into.warc.iterdir()).samefile(next(shard.warc.iterdir()))


def decide(made, day, key, verdict, kind="host"):
    decisions.append(made.path / decisions.FILE_NAME, kind, key, verdict, at=DECIDED[day])


def held_decisions(made):
    return {
        key: entry.verdict
        for key, entry in decisions.latest(decisions.read(made.path / decisions.FILE_NAME), "host").items()
    }


def test_the_later_decision_is_valid_in_any_order_of_shards(tmp_path):
    one, other = archive(tmp_path / "one"), archive(tmp_path / "other")
    decide(one, 1, "a.test", "accept")
    decide(other, 2, "a.test", "reject")
    decide(one, 5, "b.test", "accept")
    decide(other, 3, "b.test", "reject")
    decide(other, 4, "c.test", "reject")
    for order in ((one, other), (other, one)):
        into = ArchiveDir(tmp_path / f"into-{order[0].path.name}")
        found = [shard.beside for shard in merged(into, *order)]
        assert held_decisions(into) == {"a.test": "reject", "b.test": "accept", "c.test": "reject"}
        assert [len(beside.conflicts) for beside in found] == [0, 2]
        before = (into.path / decisions.FILE_NAME).read_bytes()
        assert merged(into, *order)[1].beside.decisions == 0
        assert (into.path / decisions.FILE_NAME).read_bytes() == before
    assert held_decisions(one) == {"a.test": "accept", "b.test": "accept"}


def test_saved_searches_are_merged_with_their_shown_stories(tmp_path):
    into, shard = archive(tmp_path / "whole"), archive(tmp_path / "shard", (range(3), "a"))
    ours, theirs = SavedSearches(into.path), SavedSearches(shard.path)
    theirs.save("tram", SearchQuery("tram"))
    theirs.mark("tram", ["11", "12"])
    merged(into, shard)
    assert ours.all()["tram"].query == SearchQuery("tram") and ours.shown("tram") == {"11", "12"}
    ours.mark("tram", ["13"])
    theirs.mark("tram", ["14"])
    merged(into, shard)
    assert ours.shown("tram") == {"11", "12", "13", "14"}


def test_annotations_are_merged_except_those_removed_here(tmp_path):
    into, shard = archive(tmp_path / "whole"), archive(tmp_path / "shard", (range(3), "a"))
    catch_up(shard.index, shard.warc, (ALDIA,), QuickPool())
    with open_reader(shard.index) as db:
        story = db.execute("SELECT min(id) FROM articles").fetchone()[0]
    (shard.path / "annotations.jsonl").write_text(
        json.dumps({"add": [[story, None, "topic", "trams"], [story, None, "tone", "calm"]]}) + "\n"
    )
    (into.path / "annotations.jsonl").write_text(json.dumps({"forget": "tone"}) + "\n")
    (found,) = merged(into, shard)
    assert (found.beside.annotations, found.beside.forgotten) == (1, ["tone"])
    assert list(Annotations(into.path).all()) == [Annotation(story, None, "topic", "trams")]
    with open_reader(into.index) as db:
        assert db.execute("SELECT article_id, name, value FROM annotations").fetchall() == [(story, "topic", "trams")]


def test_reports_and_logs_are_merged_and_other_files_are_listed(tmp_path):
    into, shard = archive(tmp_path / "whole"), archive(tmp_path / "shard", (range(3), "a"))
    (shard.reports / "20260501-a.json").write_text("{}\n")
    (shard.logs / "20260501-a.jsonl").write_text("{}\n")
    (shard.warc / "notes.txt").write_text("who crawled this")
    (found,) = merged(into, shard)
    assert (found.beside.reports, found.beside.logs, found.unknown) == (1, 1, ["notes.txt"])
    assert (into.reports / "20260501-a.json").exists() and (into.logs / "20260501-a.jsonl").exists()


def test_foreign_files_of_a_shard_are_read_in_place(tmp_path):
    into, shard = ArchiveDir(tmp_path / "whole"), archive(tmp_path / "shard", (range(3), "a"))
    elsewhere = write(tmp_path / "elsewhere", range(5, 8), "f")
    catch_up(shard.index, shard.warc, (ALDIA,), QuickPool(), foreign=[elsewhere])
    (found,) = merged(into, shard)
    assert found.foreign == [elsewhere]
    with open_reader(into.index) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (6,)


def test_a_folder_of_warc_files_is_a_shard(tmp_path):
    into = ArchiveDir(tmp_path / "whole")
    path = write(tmp_path / "loose", range(3), "a")
    (found,) = merged(into, ArchiveDir(path.parent))
    assert found.warcs.copied == [path.name] and list(path.parent.iterdir()) == [path]


def test_an_active_shard_and_an_invalid_one_are_refused_before_anything_is_copied(tmp_path):
    into, shard = archive(tmp_path / "whole"), archive(tmp_path / "shard", (range(3), "a"))
    with locked(shard.path / "lock", "another run works on it"), pytest.raises(LockedError):
        merge(into, [shard.path])
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.warc.gz").write_bytes(b"")
    for name in ("empty", "file.warc.gz", "missing", "whole"):
        with pytest.raises(UsageError):
            merge(into, [shard.path, tmp_path / name])
    assert not list(into.warc.iterdir())


def test_an_embargo_is_merged_with_its_day_and_another_day_is_a_conflict(tmp_path):
    days = date(2027, 1, 1), date(2027, 2, 1)
    shards = [archive(tmp_path / f"shard-{day}") for day in days]
    for number, (shard, day) in enumerate(zip(shards, days, strict=True)):
        path = shard.path / decisions.FILE_NAME
        decisions.append(path, "withdrawal", "f" * 64, "embargo", at=DECIDED[number + 1], until=day)
    into = ArchiveDir(tmp_path / "whole")
    assert [len(shard.beside.conflicts) for shard in merged(into, *shards)] == [0, 1]
    assert [line.until for line in decisions.read(into.path / decisions.FILE_NAME)] == list(days)


def test_records_erased_in_a_shard_are_told_with_the_stories_to_erase(tmp_path):
    told = Merged(tmp_path, Copies(), MergedFiles(), erased=["quay-1.warc.gz"])
    assert "withdraw --list" in _erased_there(told)[0]
    withdrawals.decide(tmp_path, ["a" * 64], "erased", "ticket 9", "4711")
    withdrawals.decide(tmp_path, ["b" * 64], "withdrawn", "ticket 10", "4712")
    [line] = _erased_there(told)
    assert "quay-1.warc.gz were erased there" in line
    assert "`archiver withdraw 4711 --erase --reason TEXT`" in line
    assert _erased_there(Merged(tmp_path, Copies(), MergedFiles())) == []


def test_a_home_given_in_place_of_its_archive_is_named_with_the_archive(tmp_path):
    archive(tmp_path / "home" / "archive")
    with pytest.raises(UsageError) as refused:
        merge(ArchiveDir(tmp_path / "whole"), [tmp_path / "home"])
    assert refused.value.hint == f"give {tmp_path / 'home' / 'archive'}"
