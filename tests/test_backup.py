"""`archiver backup` and `restore`: everything is restored, damage doesn't spread, nothing is overwritten."""

import hashlib
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from click.testing import CliRunner

from archiver.backup.backup import back_up
from archiver.backup.bag import make_bag
from archiver.backup.contents import kind_of, sources
from archiver.backup.destination import BackupStore, Stored
from archiver.backup.restore import check_backup, restore
from archiver.backup.upload import Uploads
from archiver.cli import cli
from archiver.errors import ArchiverError, DamageError, StorageError, UsageError
from archiver.fixity.manifest import Manifest
from archiver.frontier import Candidate, Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_writer
from archiver.model import Exchange
from archiver.samplesite import SampleSite
from archiver.verify import repair, verify
from archiver.verify.verify import CheckOptions
from archiver.warc import WarcWriter
from conftest import make_program
from test_verify import flip, run

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def an_exchange(number):
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nquay"
    url = f"https://harbor.example/{number}"
    return Exchange(url, NOW, b"GET / HTTP/1.1\r\n\r\n", io.BytesIO(response), len(response))


def add_warc(archive, number):
    """Another WARC file with a capture, closed as by a crawl."""
    archive.create()
    warc = WarcWriter(archive.warc, "harbor", {}, on_close=Manifest(archive.path).add)
    warc.write_exchange(an_exchange(number))
    warc.close()


def run_cli(program, *arguments):
    """The exit code, and what was printed or is the error."""
    given = ["-A", str(program.archive), "--home", str(program.home), *map(str, arguments)]
    done = CliRunner().invoke(cli, given, standalone_mode=False)
    if isinstance(done.exception, ArchiverError):
        return int(done.exception.exit_code), str(done.exception)
    assert done.exception is None, done.exception
    return done.return_value, done.output


@pytest.fixture
def archive(tmp_path):
    """A small archive with all kinds of files that can be backed up, in a home."""
    home = make_program(tmp_path / "home").home
    (home / "spiders" / "harbor.py").write_text("# a site\n")
    (home / "cases" / "harbor" / "one").mkdir(parents=True)
    (home / "cases" / "harbor" / "one" / "case.json").write_text("{}")
    made = ArchiveDir(home / "archive")
    add_warc(made, 1)
    (made.path / "decisions.jsonl").write_text('{"at": "", "key": "a", "kind": "k", "reason": "", "verdict": "v"}\n')
    (made.path / "searches").mkdir()
    (made.path / "searches" / "quay.seen").write_text("1 a\n")
    with open_writer(made.index):
        pass
    with Frontier(made.frontier) as frontier:
        frontier.add("harbor", [Candidate("https://harbor.example/1", "example,harbor)/1", "page")])
        frontier.commit()
    return made


def names_in(archive):
    return {source.name for source in sources(archive.path, archive.path.parent)}


def test_every_file_of_a_crawled_archive_is_in_a_list(crawled, tmp_path):
    program = make_program(tmp_path / "home", crawled[0].url)
    shutil.copytree(crawled[1].archive, program.archive)
    run(program, "search", "bridge", "--save", "bridges")
    run(program, "search", "--new", "bridges")
    run(program, "manifest")
    for path in program.archive.rglob("*"):
        if path.is_file():
            name = f"archive/{path.relative_to(program.archive)}"
            assert kind_of(name) != "unknown", name
    assert kind_of("home/spiders/elpuente.py") == "file"
    assert kind_of("archive/something-new") == "unknown"


@pytest.mark.slow
def test_a_backup_restored_elsewhere_is_the_same_archive(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    report = back_up(archive, archive.path.parent, store)
    assert not report.problems
    assert set(report.copied) == names_in(archive)
    other = make_program(tmp_path / "elsewhere")
    (other.home / "scrapy.cfg").unlink()
    (other.home / "spiders").rmdir()
    run(other, "restore", str(tmp_path / "backup"))
    restored = ArchiveDir(other.archive)
    assert names_in(restored) == names_in(archive)
    for source in sources(archive.path, archive.path.parent):
        if source.kind != "database":
            base = restored.path if source.name.startswith("archive/") else other.home
            assert (base / source.name.partition("/")[2]).read_bytes() == source.path.read_bytes()
    assert not verify(restored, CheckOptions(deep=True)).problems
    with Frontier(restored.frontier) as frontier:
        assert frontier.queued("harbor") == 1
    with pytest.raises(AssertionError, match="not empty"):
        run(other, "restore", str(tmp_path / "backup"))


@pytest.mark.slow
def test_a_restored_backup_can_be_searched_and_crawled_and_keeps_withdrawals(tmp_path):
    with SampleSite() as site:
        program = make_program(tmp_path / "home", site.url)
        program.run("crawl", "elpuente", "--delay", "0")
        url, title = program.rows("SELECT url, title FROM articles ORDER BY id LIMIT 1")[0]
        program.run("withdraw", url, "--reason", "ticket 22")
        program.run("backup", tmp_path / "backup")
        asked = len(site.requests)
        other = make_program(tmp_path / "elsewhere")
        (other.home / "scrapy.cfg").unlink()
        (other.home / "spiders").rmdir()
        run(other, "restore", str(tmp_path / "backup"))
        others = program.rows("SELECT title FROM articles ORDER BY id DESC LIMIT 1")[0][0]
        assert json.loads(run(other, "search", others, "--json")[1])[0]["title"] == others
        (report,) = other.json("crawl", "elpuente", "--delay", "0", "--recheck", "all", "--json")
        again = {request.path for request in site.requests[asked:]}
    path = url.partition("://")[2].partition("/")[2]
    known = {row[0].partition("://")[2].partition("/")[2] for row in program.rows("SELECT url FROM articles")}
    assert report["not_modified"] > 0 and report["queued"] == 0
    assert "/" + path not in again
    assert {"/" + name for name in known} <= again, "the crawl goes on: it asks for all others again"
    assert not other.rows("SELECT 1 FROM articles WHERE title = ?", title)
    assert not verify(ArchiveDir(other.archive), CheckOptions(deep=True)).problems


def test_the_next_backup_copies_only_what_is_new(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    back_up(archive, None, store)
    assert back_up(archive, None, store).copied == []
    add_warc(archive, 2)
    copied = back_up(archive, None, store).copied
    assert [name for name in copied if "warc/" in name] == copied[:1]
    assert copied[1:] == ["archive/manifest.jsonl"], "the manifest never names a file that is not there yet"


def test_a_damaged_file_is_not_copied_and_does_not_replace_a_sound_one(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    back_up(archive, None, store)
    add_warc(archive, 2)
    old, new = sorted(archive.warc.iterdir())
    flip(new, 4000)
    assert any(new.name in problem for problem in back_up(archive, None, store).problems)
    assert not (tmp_path / "backup" / "archive" / "warc" / new.name).exists()
    sound = (tmp_path / "backup" / "archive" / "warc" / old.name).read_bytes()
    flip(old, 4000)
    back_up(archive, None, store)
    assert (tmp_path / "backup" / "archive" / "warc" / old.name).read_bytes() == sound


def test_a_log_that_lost_lines_does_not_replace_the_one_in_the_backup(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    back_up(archive, None, store)
    before = (tmp_path / "backup" / "archive" / "decisions.jsonl").read_bytes()
    (archive.path / "decisions.jsonl").write_text("")
    assert any("decisions.jsonl" in problem for problem in back_up(archive, None, store).problems)
    assert (tmp_path / "backup" / "archive" / "decisions.jsonl").read_bytes() == before


def test_nothing_else_is_overwritten(archive, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear all")
    with pytest.raises(UsageError, match="not a backup"):
        back_up(archive, None, BackupStore(str(other)))
    store = BackupStore(str(tmp_path / "backup"))
    place = tmp_path / "backup" / "archive" / "warc" / next(archive.warc.iterdir()).name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"another file of that name")
    assert any("differ" in problem for problem in back_up(archive, None, store).problems)
    assert place.read_bytes() == b"another file of that name"


def test_a_file_damaged_in_the_backup_is_found_when_it_is_restored(archive, tmp_path):
    back_up(archive, None, BackupStore(str(tmp_path / "backup")))
    flip(next((tmp_path / "backup" / "archive" / "warc").iterdir()), 4000)
    with pytest.raises(AssertionError, match="differ from what was backed up"):
        run(make_program(tmp_path / "elsewhere"), "restore", str(tmp_path / "backup"))


def test_the_backup_lists_copies_of_erased_stories_and_removes_them_on_request(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    back_up(archive, None, store)
    [old] = archive.warc.iterdir()
    new = old.with_name(old.name.replace(".warc.gz", "-r1.warc.gz"))
    old.rename(new)
    manifest = Manifest(archive.path)
    manifest.enlist([new])
    manifest.add(old.name, 0, "", event="removed", note=new.name)
    name = f"archive/warc/{old.name}"
    assert back_up(archive, None, store).erased == [name]
    report = back_up(archive, None, store, purge_erased=True)
    assert (report.purged, report.erased) == ([name], [])
    assert [path.name for path in (tmp_path / "backup" / "archive" / "warc").iterdir()] == [new.name]


def test_a_bag_is_valid_for_bagit_and_can_be_restored(archive, tmp_path):
    program = make_program(archive.path.parent)
    run(program, "--home", str(program.home), "backup", "--bag", str(tmp_path / "bag"))
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.validate()
    assert {name.removeprefix("data/") for name in bag.payload_files()} == names_in(archive)
    other = make_program(tmp_path / "elsewhere")
    run(other, "restore", str(tmp_path / "bag"))
    assert not verify(ArchiveDir(other.archive), CheckOptions(deep=True)).problems
    with pytest.raises(AssertionError, match="not empty"):
        run(program, "backup", "--bag", str(tmp_path / "bag"))


def test_warc_files_are_uploaded_when_closed_and_not_again_by_the_next_backup(archive, tmp_path):
    store = BackupStore(str(tmp_path / "backup"))
    with Uploads(store, archive.warc) as uploads:
        manifest = Manifest(archive.path)
        warc = WarcWriter(archive.warc, "quay", {}, on_close=manifest.add, on_named=uploads.send)
        warc.write_metadata("urn:x", b"{}", "application/json")
        warc.close()
    assert (len(uploads.sent), uploads.failed) == (1, [])
    sent = tmp_path / "backup" / "archive" / "warc" / uploads.sent[0]
    assert sent.read_bytes() == (archive.warc / uploads.sent[0]).read_bytes()
    report = back_up(archive, None, store)
    assert not report.problems
    assert f"archive/warc/{uploads.sent[0]}" not in report.copied
    assert f"archive/warc/{uploads.sent[0]}" in json.loads((tmp_path / "backup" / "backup.json").read_text())["files"]


def test_a_failed_upload_is_reported_and_the_file_is_kept(archive, tmp_path):
    (tmp_path / "backup").write_text("a file, and no folder")
    with Uploads(BackupStore(str(tmp_path / "backup")), archive.warc) as uploads:
        name = next(archive.warc.iterdir()).name
        uploads.send(name, 1, "0" * 128)
    assert uploads.sent == []
    assert name in uploads.failed[0]
    assert (archive.warc / name).exists()


def test_a_backup_to_a_disk_that_was_not_mounted_made_its_folder(archive, tmp_path):
    program = make_program(archive.path.parent)
    there = tmp_path / "mnt" / "disk" / "backup"
    code, told = run_cli(program, "backup", there)
    assert code == 2 and f"{there.parent} does not exist" in told and not there.parent.exists()
    name = next(iter(Manifest(archive.path).read().files()))
    with Uploads(BackupStore(str(there)), archive.warc) as uploads:
        uploads.send(name, 1, "0" * 128)
    assert "does not exist" in uploads.failed[0] and not there.parent.exists()


@pytest.mark.filterwarnings("default")  # of boto and its server
def test_a_backup_to_a_missing_bucket_made_the_bucket(archive, bucket):
    missing = bucket.replace("archive-bucket", "archive-bukket")
    with pytest.raises(StorageError, match="does not exist"):
        back_up(archive, None, BackupStore(missing))


def test_a_backup_by_cron_mailed_the_same_problem_each_day(archive, tmp_path):
    program, place = make_program(archive.path.parent), tmp_path / "backup"
    assert run_cli(program, "backup", place, "--cron") == (0, "")
    next(archive.warc.glob("*.warc.gz")).unlink()
    code, told = run_cli(program, "backup", place, "--cron")
    assert code == 20 and told.count("is in the manifest, but missing") == 1
    assert run_cli(program, "backup", place, "--cron") == (20, "")
    assert "backup-alarms.json" in {path.name for path in archive.logs.iterdir()}


@pytest.mark.filterwarnings("default")  # of boto and its server
def test_a_backup_in_s3_is_restored(archive, tmp_path, bucket):
    report = back_up(archive, archive.path.parent, BackupStore(bucket))
    assert (set(report.copied), report.problems) == (names_in(archive), [])
    assert back_up(archive, archive.path.parent, BackupStore(bucket)).copied == []
    other = make_program(tmp_path / "elsewhere")
    shutil.rmtree(other.home / "spiders")
    (other.home / "scrapy.cfg").unlink()
    run(other, "restore", bucket)
    assert not verify(ArchiveDir(other.archive), CheckOptions(deep=True)).problems
    assert Path(other.home / "cases/harbor/one/case.json").is_file()


def test_a_file_that_gets_its_final_name_while_it_is_sent_is_not_missed(tmp_path):
    class Recorder:
        def require_parent(self):
            pass

        sent = None

        def has(self, place):
            return False

        def put(self, place, path):
            self.sent = path.name
            return Stored(path.stat().st_size, hashlib.sha512(path.read_bytes()).hexdigest())

    store = Recorder()
    with Uploads(store, tmp_path) as uploads:
        warc = WarcWriter(tmp_path, "harbor", {}, on_named=uploads.send)
        warc.write_exchange(an_exchange(1))
        warc.close()
    assert store.sent == next(tmp_path.glob("*.warc.gz")).name and not uploads.failed


@pytest.mark.slow
def test_a_crawl_uploads_its_warc_files_and_reports_a_failing_destination(crawled, tmp_path):
    program = make_program(tmp_path / "home", crawled[0].url)
    there = tmp_path / "backup"
    program.run("crawl", "elpuente", "--max-pages", "2", "--delay", "0", "--no-index", "--upload", str(there))
    [warc] = (program.archive / "warc").iterdir()
    assert (there / "archive" / "warc" / warc.name).read_bytes() == warc.read_bytes()
    (tmp_path / "file").write_text("")
    arguments = ("crawl", "elpuente", "--max-pages", "2", "--delay", "0", "--no-index")
    program.run(*arguments, "--upload", str(tmp_path / "file"), exit_code=3)
    assert len(list((program.archive / "warc").iterdir())) == 2


def test_a_restore_below_another_home_went_into_that_home(archive, tmp_path, monkeypatch):
    back_up(archive, archive.path.parent, BackupStore(str(tmp_path / "backup")))
    other = make_program(tmp_path / "other")
    empty = other.home / "restored"
    empty.mkdir()
    monkeypatch.chdir(empty)
    told = CliRunner().invoke(cli, ["restore", str(tmp_path / "backup")], standalone_mode=False)
    assert told.exception is None and not other.archive.exists()
    assert (empty / "archive" / "warc").is_dir() and (empty / "scrapy.cfg").is_file()


def test_a_restore_names_files_written_beside_the_archive(archive, tmp_path):
    back_up(archive, archive.path.parent, BackupStore(str(tmp_path / "backup")))
    where = tmp_path / "new" / "archive"
    told = CliRunner().invoke(cli, ["-A", str(where), "restore", str(tmp_path / "backup")], standalone_mode=False)
    assert told.exception is None
    assert f"3 files of the home restored to {where.parent}: cases, scrapy.cfg, spiders" in told.stderr


def backed_up(archive, *more):
    """`archiver backup` in this process: exit code, what it printed on stderr, and the JSON."""
    arguments = ["-A", str(archive.path), "backup", str(archive.path.parent.parent / "backup"), "--json", *more]
    told = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert told.exception is None, told.exception
    return told.return_value, told.stderr, json.loads(told.stdout)


def test_a_file_deleted_from_the_backup_is_copied_again_and_named(archive, tmp_path):
    backed_up(archive)
    [warc] = archive.warc.iterdir()
    for lost in (tmp_path / "backup" / "archive" / "warc" / warc.name, tmp_path / "backup/archive/decisions.jsonl"):
        lost.unlink()
        code, told, report = backed_up(archive)
        assert (code, report["replaced"]) == (0, [f"archive/{lost.relative_to(tmp_path / 'backup/archive')}"])
        assert f"{lost.name} was missing or damaged in the backup: it was copied again" in told
        assert lost.is_file()


def test_a_warc_of_another_size_in_the_backup_is_found_and_not_overwritten(archive, tmp_path):
    backed_up(archive)
    place = tmp_path / "backup" / "archive" / "warc" / next(archive.warc.iterdir()).name
    place.write_bytes(place.read_bytes()[:-7])
    short = place.read_bytes()
    code, told, _ = backed_up(archive)
    assert code == 20 and f"{place.name} is damaged" in told and "delete it there" in told
    assert place.read_bytes() == short
    place.unlink()
    assert backed_up(archive)[0] == 0


def test_a_file_lost_in_the_backup_and_gone_from_the_archive_is_named(archive, tmp_path):
    backed_up(archive)
    (archive.path / "searches" / "quay.seen").unlink()
    assert backed_up(archive)[0] == 0, "the backup has it"
    (tmp_path / "backup" / "archive" / "searches" / "quay.seen").unlink()
    code, told, _ = backed_up(archive)
    assert code == 20 and "archive/searches/quay.seen is missing from" in told


def test_a_backup_is_read_back_and_compared_on_request(archive, tmp_path):
    backed_up(archive)
    before = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*"))
    assert backed_up(archive, "--verify")[::2] == (0, {"ok": True, "files": len(names_in(archive)) - 3, "problems": []})
    assert before == sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*")), "nothing was written"
    flip(next((tmp_path / "backup" / "archive" / "warc").iterdir()), 4000)
    (tmp_path / "backup" / "archive" / "manifest.jsonl").unlink()
    code, told, found = backed_up(archive, "--verify")
    assert (code, found["ok"], len(found["problems"])) == (20, False, 2)
    assert "manifest.jsonl is missing" in told and "differs from what was backed up" in told


def test_restore_names_a_file_that_the_backup_lost(archive, tmp_path):
    backed_up(archive)
    (tmp_path / "backup" / "archive" / "decisions.jsonl").unlink()
    with pytest.raises(AssertionError, match=r"1 of \d+ files are missing in the backup: archive/decisions.jsonl"):
        run(make_program(tmp_path / "elsewhere"), "restore", str(tmp_path / "backup"))
    assert (tmp_path / "elsewhere" / "archive" / "manifest.jsonl").is_file(), "the others were restored"


def test_a_warc_damaged_since_its_backup_is_told_and_the_databases_there_are_kept(archive, tmp_path):
    backed_up(archive)
    [warc] = archive.warc.iterdir()
    kept = (tmp_path / "backup" / "archive" / "index.db").read_bytes()
    flip(warc, 4000)
    with open_writer(archive.index) as db:
        db.execute("INSERT INTO damage VALUES ('a', 1, 1, 'made without it', 0)")
        db.conn.commit()
    code, told, report = backed_up(archive)
    assert code == 20 and f"{warc.name} differs from the manifest and was not copied" in told
    assert (
        report["held_back"] == ["archive/manifest.jsonl", "archive/frontier.db", "archive/index.db"]
        and "keeps what it has" in told
    )
    assert (tmp_path / "backup" / "archive" / "index.db").read_bytes() == kept
    flip(warc, 4000)
    assert backed_up(archive)[0] == 0
    assert (tmp_path / "backup" / "archive" / "index.db").read_bytes() != kept


def test_a_warc_of_the_manifest_that_is_missing_is_named_by_backup_and_bag(archive, tmp_path):
    add_warc(archive, 2)
    [lost, _] = sorted(archive.warc.iterdir())
    lost.unlink()
    code, told, _ = backed_up(archive)
    assert code == 20 and f"archive/warc/{lost.name} is in the manifest, but missing" in told
    with pytest.raises(DamageError, match=lost.name):
        make_bag(archive, None, tmp_path / "bag")


@pytest.mark.parametrize(
    ("contact", "tag"),
    [("mailto:desk@harbor.example", "Contact-Email: desk@harbor.example"),
     ("https://harbor.example/about", "Contact-Name: https://harbor.example/about")],
)  # fmt: skip
def test_a_bag_says_whose_it_is_when_it_was_made_and_its_size(archive, tmp_path, contact, tag):
    make_bag(archive, None, tmp_path / "bag", operator="Harbor\n Library", contact=contact)
    lines = (tmp_path / "bag" / "bag-info.txt").read_text().splitlines()
    assert {"Source-Organization: Harbor Library", tag} <= set(lines)
    assert {"Bagging-Date", "Bag-Size", "Payload-Oxum"} <= {line.partition(":")[0] for line in lines}


def test_a_bag_without_operator_and_contact_has_no_empty_tags(archive, tmp_path):
    make_bag(archive, None, tmp_path / "bag")
    lines = (tmp_path / "bag" / "bag-info.txt").read_text().splitlines()
    assert all(line.partition(": ")[2] for line in lines) and not any(line.startswith("Contact") for line in lines)


def test_restore_names_a_warc_that_was_missing_when_the_backup_was_made(archive, tmp_path):
    [lost] = archive.warc.iterdir()
    lost.unlink()
    backed_up(archive)
    told = CliRunner().invoke(
        cli, ["-A", str(tmp_path / "new" / "archive"), "restore", str(tmp_path / "backup")], standalone_mode=False
    )
    assert (told.exception, told.return_value) == (None, 20)
    assert f"archive/warc/{lost.name} is in the manifest, but missing" in told.stderr
    assert "identical to the backup" in told.stderr


def cut_by_a_repair(archive):
    """The whole content of a WARC file of two captures, after a repair cut off its last record."""
    warc = WarcWriter(archive.warc, "pier", {}, on_close=Manifest(archive.path).add)
    for number in (2, 3):
        warc.write_exchange(an_exchange(number))
    warc.close()
    [path] = archive.warc.glob("pier-*")
    backed_up(archive)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    found = verify(archive, CheckOptions())
    repair(archive, found, lambda: None)
    return path, whole


def test_a_backup_of_a_repaired_file_replaced_the_whole_one(archive, tmp_path):
    path, whole = cut_by_a_repair(archive)
    kept = tmp_path / "backup" / "archive" / "warc" / path.name
    code, told, report = backed_up(archive)
    assert (code, kept.read_bytes()) == (20, whole)
    assert f"copy it from {kept}" in told
    assert "archive/manifest.jsonl" in report["held_back"]
    shutil.copy(kept, path)
    repair(archive, verify(archive, CheckOptions()), lambda: None)
    assert (backed_up(archive)[0], Manifest(archive.path).read().entries[-1].event) == (0, "restored")
    check_backup(BackupStore(str(tmp_path / "backup")))


def test_a_backup_with_damage_copied_a_manifest_that_did_not_fit_its_files(archive, tmp_path):
    backed_up(archive)
    before = (tmp_path / "backup" / "archive" / "manifest.jsonl").read_bytes()
    [warc] = archive.warc.iterdir()
    add_warc(archive, 2)
    flip(warc, 4000)
    assert backed_up(archive)[0] == 20
    assert (tmp_path / "backup" / "archive" / "manifest.jsonl").read_bytes() == before
    flip(warc, 4000)
    assert backed_up(archive)[0] == 0
    assert (tmp_path / "backup" / "archive" / "manifest.jsonl").read_bytes() != before


def test_a_backup_whose_manifest_says_something_else_was_restored_as_identical(archive, tmp_path):
    [warc] = archive.warc.iterdir()
    backed_up(archive)
    store = BackupStore(str(tmp_path / "backup"))
    Manifest(archive.path).add(warc.name, 10, "0" * 128, event="changed")
    now = store.put("archive/manifest.jsonl", archive.path / "manifest.jsonl")
    store.write_index(store.index() | {"archive/manifest.jsonl": now})
    [problem] = check_backup(store)[1]
    assert problem.endswith(f"{warc.name} differs from the manifest in the backup")
    with pytest.raises(DamageError, match=f"differ from the manifest in the backup: archive/warc/{warc.name}"):
        restore(store, ArchiveDir(tmp_path / "new" / "archive"), tmp_path / "new")
    assert (tmp_path / "new" / "archive" / "warc" / warc.name).is_file()
