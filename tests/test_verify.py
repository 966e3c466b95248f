"""`archiver verify`: every flipped bit is found, sound archives are not reported, and torn ones are repaired."""

import json
import os
import random
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import DamageError
from archiver.fixity.manifest import Manifest
from archiver.frontier import Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_writer
from archiver.verify import repair, verify
from archiver.verify.verify import CheckOptions
from conftest import equals_one_rebuilt, make_program
from warc_samples import members, story

DEEP = CheckOptions(deep=True)


@pytest.fixture
def copy(crawled, tmp_path):
    """A copy of a crawled archive, to be damaged."""
    program = make_program(tmp_path / "copy")
    shutil.copytree(crawled[1].archive, program.archive)
    return program


def run(program, *arguments):
    """A command in this process: its exit code and standard output."""
    result = CliRunner().invoke(cli, ["-A", str(program.archive), *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


def flip(path, bit):
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def test_a_crawled_archive_is_sound_and_each_of_its_warcs_is_in_the_manifest(crawled):
    _, program, _ = crawled
    code, output = run(program, "verify", "--deep", "--json")
    found = json.loads(output)
    assert (code, found["ok"], found["problems"], found["notes"]) == (0, True, [], [])
    assert found["warcs"] == len(list((program.archive / "warc").iterdir())) > 0
    assert found["captures"] == program.rows("SELECT count(*) FROM captures")[0][0]
    assert found["records"] > found["captures"]
    assert run(program, "manifest", "--head")[1].strip() == found["head"]


def test_a_flipped_bit_anywhere_is_found(copy):
    archive = ArchiveDir(copy.archive)
    paths = [*archive.warc.iterdir(), archive.path / "manifest.jsonl", archive.index, archive.frontier]
    chance = random.Random(3)
    for path in paths:
        for bit in chance.sample(range(path.stat().st_size * 8), 2):
            flip(path, bit)
            assert verify(archive, CheckOptions()).problems, f"{path.name}, bit {bit}"
            flip(path, bit)
    assert not verify(archive, DEEP).problems


def test_a_flipped_bit_is_found_in_databases_that_a_killed_run_left_without_checksum(copy):
    archive = ArchiveDir(copy.archive)
    for name in ("index.db.sum", "frontier.db.sum"):
        (archive.path / name).unlink()
    text = sqlite3.connect(archive.index)
    [(word,)] = text.execute("SELECT substr(text, 1, 30) FROM articles ORDER BY id LIMIT 1")
    text.close()
    data = archive.index.read_bytes()
    place = data.find(word.encode())
    flip(archive.index, place * 8)
    assert [problem.kind for problem in verify(archive, DEEP).problems]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE captures SET http_status = 404 WHERE id = (SELECT min(id) FROM captures WHERE http_status = 200)",
         "http_status"),
        ("UPDATE captures SET url = url || 'x' WHERE id = (SELECT min(id) FROM captures)", "url"),
        ("DELETE FROM captures WHERE id = (SELECT min(id) FROM captures WHERE http_status > 399)",
         "is not in the index"),
        ("UPDATE captures SET warc_offset = warc_offset + 1 WHERE id = (SELECT min(id) FROM captures)",
         "that is not in the file"),
        ("UPDATE versions SET text = coalesce(text, '') || '.' WHERE rowid = (SELECT min(rowid) FROM versions)",
         "was changed"),
    ],
)  # fmt: skip
def test_a_row_that_differs_from_its_record_is_found(copy, harm, said):
    db = sqlite3.connect(copy.archive / "index.db")
    assert db.execute(harm).rowcount == 1
    db.commit()
    db.close()
    (copy.archive / "index.db.sum").unlink()
    assert any(said in problem.cause for problem in verify(ArchiveDir(copy.archive), DEEP).of("index"))


def test_urls_fetched_by_the_frontier_must_be_in_a_record(copy):
    db = sqlite3.connect(copy.archive / "frontier.db")
    db.execute("UPDATE payloads SET record_id = '<urn:uuid:none>' WHERE id = 1")
    db.execute("UPDATE urls SET state = 'done', url = 'http://elsewhere.example/' WHERE id = 1")
    db.commit()
    db.close()
    (copy.archive / "frontier.db.sum").unlink()
    causes = [problem.cause for problem in verify(ArchiveDir(copy.archive), DEEP).of("frontier")]
    assert any("<urn:uuid:none>" in cause for cause in causes)
    assert any("elsewhere.example" in cause for cause in causes)


def test_the_newest_warc_and_its_line_removed_is_found_by_an_old_head(copy):
    head = run(copy, "manifest", "--head")[1].strip()
    assert run(copy, "verify", "--head", head)[0] == 0
    manifest = copy.archive / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    (copy.archive / "warc" / json.loads(lines[-1])["file"]).unlink()
    manifest.write_bytes(b"".join(lines[:-1]))
    assert run(copy, "verify", "--head", head)[0] == 20


def test_a_file_of_the_manifest_that_is_missing_is_found(copy):
    next((copy.archive / "warc").iterdir()).unlink()
    assert verify(ArchiveDir(copy.archive), CheckOptions()).of("missing")


@pytest.mark.slow
def test_a_torn_archive_is_repaired_and_equals_a_rebuild(copy, tmp_path):
    [warc] = (copy.archive / "warc").iterdir()
    os.truncate(warc, warc.stat().st_size * 2 // 3)
    code, output = run(copy, "verify", "--json")
    assert code == 20
    assert {"torn", "checksum"} <= {problem["kind"] for problem in json.loads(output)["problems"]}
    code, output = run(copy, "verify", "--repair", "--json")
    assert (code, json.loads(output)["problems"]) == (0, [])
    assert run(copy, "verify", "--deep")[0] == 0
    assert equals_one_rebuilt(copy, make_program(tmp_path / "rebuilt"))


def test_a_file_that_a_killed_run_left_open_is_closed(copy):
    [warc] = (copy.archive / "warc").iterdir()
    with warc.open("ab") as file:
        file.write(warc.read_bytes()[:200])
    warc.rename(warc.with_name(warc.name + ".open"))
    assert {problem.kind for problem in verify(ArchiveDir(copy.archive), CheckOptions()).problems} == {"open"}
    assert run(copy, "verify", "--repair")[0] == 0
    assert warc.exists()


@pytest.mark.slow
def test_damage_in_the_middle_of_a_file_is_reported_and_not_changed(copy):
    [warc] = (copy.archive / "warc").iterdir()
    size = warc.stat().st_size
    for bit in range(0, 64, 3):
        flip(warc, size * 4 + bit)
    damaged = warc.read_bytes()
    code, output = run(copy, "verify", "--repair", "--json")
    problems = json.loads(output)["problems"]
    assert code == 20
    assert any(problem["kind"] == "record" and problem["offset"] < size // 2 < problem["offset"] + problem["length"]
               for problem in problems)  # fmt: skip
    assert warc.read_bytes() == damaged


@pytest.mark.parametrize("name", ["index", "frontier"])
def test_a_schema_with_damaged_bytes_is_reported_as_damage(tmp_path, name):
    archive = ArchiveDir(tmp_path)
    archive.warc.mkdir()
    path = archive.index if name == "index" else archive.frontier
    with open_writer(path) if name == "index" else Frontier(path):
        pass
    spoil_schema(path, "captures" if name == "index" else "urls")
    assert any("malformed" in problem.cause for problem in verify(archive, CheckOptions()).of(name))


@pytest.mark.parametrize(("opened", "table"), [(open_writer, "captures"), (Frontier, "urls")])
def test_a_schema_with_damaged_bytes_is_reported_to_a_writer_too(tmp_path, opened, table):
    path = tmp_path / "some.db"
    with opened(path):
        pass
    spoil_schema(path, table)
    with pytest.raises(DamageError, match="malformed"), opened(path):
        pass


def spoil_schema(path, table):
    db = sqlite3.connect(path)
    db.execute("PRAGMA writable_schema = ON")
    spoilt = (b"CREATE \xa8ABLE a (b)").hex()
    db.execute(f"UPDATE sqlite_master SET sql = CAST(X'{spoilt}' AS TEXT) WHERE name = ?", (table,))
    db.commit()
    db.close()


@pytest.mark.parametrize("kind", ["Block", "Payload"])
def test_a_wrong_digest_is_found(tmp_path, kind):
    archive = ArchiveDir(tmp_path)
    archive.warc.mkdir()
    (archive.warc / "a.warc.gz").write_bytes(
        members(story(1), story(2, f"WARC-{kind}-Digest: sha1:{'A' * 32}"), story(3))
    )
    [problem] = verify(archive, CheckOptions()).problems
    assert problem.kind == "record" and f"the {kind.lower()} is not what its digest says" in problem.cause


def test_an_archive_without_a_manifest_is_not_called_damaged_and_gets_one(copy):
    (copy.archive / "manifest.jsonl").unlink()
    report = verify(ArchiveDir(copy.archive), CheckOptions())
    assert (report.problems, len(report.notes)) == ([], 1)
    run(copy, "manifest")
    assert verify(ArchiveDir(copy.archive), CheckOptions()).notes == []


def test_a_package_beside_the_warc_files_is_checked_and_its_records_are_read(copy):
    package = copy.archive / "warc" / "some.wacz"
    run(copy, "export", str(copy.home / "some.wacz"), "bridge")
    shutil.copy(copy.home / "some.wacz", package)
    run(copy, "index")
    run(copy, "manifest")
    before = verify(ArchiveDir(copy.archive), DEEP)
    assert (before.problems, before.notes) == ([], [])
    assert before.warcs > 1
    flip(package, package.stat().st_size * 4)
    assert "checksum" in {problem.kind for problem in verify(ArchiveDir(copy.archive), CheckOptions()).problems}


@pytest.fixture
def torn(tmp_path):
    """An archive with a listed WARC file that lost its end, and its whole content."""
    archive = ArchiveDir(tmp_path / "archive")
    archive.create()
    whole = members(story(1), story(2), story(3))
    (archive.warc / "a.warc.gz").write_bytes(whole)
    Manifest(archive.path).enlist([archive.warc / "a.warc.gz"])
    (archive.warc / "a.warc.gz").write_bytes(whole[:-100])
    return archive, whole


def told(archive, *arguments):
    """A command in this process: its exit code and what it printed on stderr."""
    result = CliRunner().invoke(cli, ["-A", str(archive.path), *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stderr


@pytest.mark.parametrize("noting", [("verify", "--repair"), ("manifest",)])
def test_a_file_restored_after_a_repair_stayed_damaged_for_good(torn, noting):
    archive, whole = torn
    made = []
    repair(archive, verify(archive, CheckOptions()), lambda: None)
    assert verify(archive, CheckOptions()).problems == []
    (archive.warc / "a.warc.gz").write_bytes(whole)
    [problem] = verify(archive, CheckOptions()).problems
    assert (problem.kind, problem.file) == ("restored", "a.warc.gz")
    if noting == ("manifest",):
        told(archive, *noting)
    else:
        repair(archive, verify(archive, CheckOptions()), lambda: made.append("index"))
        assert made == ["index"], "the index follows"
    assert verify(archive, CheckOptions()).problems == []
    assert [entry.event for entry in Manifest(archive.path).read().entries] == ["added", "changed", "restored"]


def test_other_bytes_of_the_same_length_were_not_taken_for_a_restored_file(torn):
    archive, whole = torn
    repair(archive, verify(archive, CheckOptions()), lambda: None)
    (archive.warc / "a.warc.gz").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    lines = len(Manifest(archive.path).read().entries)
    assert "checksum" in {problem.kind for problem in verify(archive, CheckOptions()).problems}
    told(archive, "manifest")
    assert len(Manifest(archive.path).read().entries) == lines


def test_the_advice_for_a_torn_file_was_its_lossy_repair(torn):
    archive, _ = torn
    code, text = told(archive, "verify")
    assert code == 20
    assert text.count("restore it from a backup; without one, run `archiver verify --repair`") == 2


def test_files_without_a_line_in_the_manifest_were_named_on_a_terminal_only(torn):
    archive, whole = torn
    (archive.warc / "a.warc.gz").write_bytes(whole)
    for name in ("b.warc.gz", "c.warc.gz"):
        (archive.warc / name).write_bytes(members(story(4)))
    code, text = told(archive, "verify")
    assert (code, text.splitlines()[-1]) == (
        0, "2 WARC files are not in the manifest yet: `archiver manifest` adds them"
    )  # fmt: skip
