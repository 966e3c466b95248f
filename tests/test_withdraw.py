"""`archiver withdraw` and `reinstate` on a crawled archive: all commands and pages, the queue, the log, the bytes."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pytest
from click.testing import CliRunner

from archiver import decisions, withdrawals
from archiver.cli import cli
from archiver.errors import DamageError, LockedError
from archiver.frontier import Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.consistency import fingerprint
from archiver.model import Batch
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from conftest import make_program
from index_samples import article, seen
from test_verify import run


@pytest.fixture
def copy(crawled, tmp_path):
    """A copy of a crawled archive."""
    program = make_program(tmp_path / "copy", crawled[0].url)
    shutil.copytree(crawled[1].archive, program.archive)
    return program


def story_of(program):
    """A story with a long sentence of its own, and with links from other pages."""
    [row] = program.rows(
        "SELECT a.id, a.url, a.text FROM articles a WHERE length(a.text) > 400"
        " ORDER BY (SELECT count(*) FROM link_urls l WHERE l.url = a.url) DESC, a.id LIMIT 1"
    )
    return row


@pytest.mark.slow
def test_a_withdrawn_story_is_removed_from_every_command_and_restored_completely(copy):
    story, url, _ = story_of(copy)
    title = copy.rows("SELECT title FROM articles WHERE id = ?", story)[0][0]
    with open_reader(copy.archive / "index.db") as db:
        before = fingerprint(db)
    code, output = run(copy, "withdraw", str(story), "--reason", "ticket 17", "--json")
    assert code is None
    assert json.loads(output)[0]["verdict"] == "withdrawn"
    assert copy.rows("SELECT count(*) FROM captures WHERE url = ?", url) == [(0,)]
    assert copy.rows("SELECT count(*) FROM versions WHERE article_id = ?", story) == [(0,)]
    assert str(story) not in run(copy, "search", title, "--json")[1]
    for name in ("all.jsonl", "all.cdxj"):
        run(copy, "export", str(copy.home / name))
        assert str(story) not in (copy.home / name).read_text()
    assert f'"{url}"' not in (copy.home / "all.cdxj").read_text()
    assert not verify(ArchiveDir(copy.archive), CheckOptions(deep=True)).problems
    log = (copy.archive / "decisions.jsonl").read_text()
    assert "ticket 17" in log
    assert url.partition("://")[2] not in log
    run(copy, "reinstate", url, "--reason", "settled")
    with open_reader(copy.archive / "index.db") as db:
        assert fingerprint(db) == before


@pytest.mark.slow
def test_a_withdrawn_address_is_not_queued_again_until_it_is_reinstated(copy):
    story, url, _ = story_of(copy)
    run(copy, "withdraw", url, "--reason", "ticket 18")
    frontier = copy.archive / "frontier.db"

    def state():
        with closing(sqlite3.connect(frontier)) as db:
            return db.execute("SELECT state, reason FROM urls WHERE url = ?", (url,)).fetchone()

    assert state() == ("skipped", "withdrawn")
    with Frontier(frontier) as opened:
        opened.begin("elpuente", "another", [])
        opened.commit()
    assert state() == ("skipped", "withdrawn")
    run(copy, "reinstate", str(story))
    assert state() == ("queued", None)


def test_an_invalid_withdrawal_is_refused_in_one_line(copy):
    _, url, _ = story_of(copy)
    for arguments in (
        ("withdraw",),
        ("withdraw", url),
        ("withdraw", "123", "--reason", "x"),
        ("withdraw", url, "--reason", f"see {url}"),
        ("withdraw", url, "--reason", "x", "--until", "soon"),
        ("reinstate", url),
    ):
        with pytest.raises(AssertionError, match="UsageError"):
            run(copy, *arguments)
    assert not (copy.archive / "decisions.jsonl").exists()


def test_a_url_that_the_archive_never_had_is_blocked_for_the_future(copy):
    run(copy, "withdraw", "https://never.example/story", "--reason", "ticket 19")
    [entry] = json.loads(run(copy, "withdraw", "--list", "--json")[1])
    assert (entry["story"], entry["reason"]) == ("", "ticket 19")


def invoked(folder, *arguments):
    """A command in this process, with its output on stderr."""
    return CliRunner().invoke(cli, ["-A", str(folder), *arguments], standalone_mode=False)


def test_a_withdrawal_during_another_run_does_not_claim_that_the_other_run_withdraws(tmp_path):
    archive = ArchiveDir(tmp_path / "archive")
    with archive.locked():
        found = invoked(archive.path, "withdraw", "https://never.example/story", "--reason", "ticket 20")
    assert isinstance(found.exception, LockedError)
    assert found.exception.message == f"another run works on {archive.path} (pid {os.getpid()})"
    assert found.exception.hint == "wait for it to end, then run this again"
    assert withdrawals.of(archive.path) == []


def test_reinstating_an_erased_story_says_that_its_text_is_gone(tmp_path):
    (tmp_path / "archive").mkdir()
    urls = ("https://never.example/story", "https://never.example/other")
    for url, verdict in zip(urls, ("erased", "withdrawn"), strict=True):
        withdrawals.decide(tmp_path / "archive", withdrawals.hashes_of([url]), verdict, "ticket 21", "")
    erased, withdrawn = (invoked(tmp_path / "archive", "reinstate", url) for url in urls)
    assert (erased.exception, withdrawn.exception) == (None, None)
    assert "1 erased story can't be restored, the text is gone" in erased.stderr
    assert withdrawn.stderr == "reinstated: 0 stories; 1 URL may be fetched again\n"


def test_the_same_text_at_another_host_stayed_in_the_archive_unmentioned(tmp_path):
    text = "\n\n".join(
        f"Boat number {n} left the pier at noon, and its captain waved to the school children who had waited."
        for n in range(9)
    )
    wanted, copied, other = (f"https://{name}.example/2026/the-pier" for name in ("one", "two", "three"))
    texts = {wanted: text, copied: text, other: text.replace("Boat", "Tram").replace("captain waved", "driver sang")}
    items = [seen(number, number, url=url, outcome=article(url, of)) for number, (url, of) in enumerate(texts.items())]
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
    told = invoked(tmp_path, "withdraw", wanted, "--reason", "ticket 23")
    assert told.exception is None
    assert [copied in line for line in told.stderr.splitlines() if "not withdrawn" in line] == [True]
    assert "not withdrawn" not in invoked(tmp_path, "withdraw", copied, "--reason", "ticket 23").stderr


BEFORE, DAY = date(2196, 12, 31), date(2197, 1, 1)
PLACE = "https://never.example/story"


def test_the_day_of_an_embargo_is_a_separate_field(tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    found = invoked(archive, "withdraw", PLACE, "--reason", "ticket 22", "--until", "2197-01-01", "--json")
    assert found.exception is None
    [entry] = json.loads(found.stdout)
    assert (entry["verdict"], entry["until"]) == ("embargo", "2197-01-01")
    lines = [json.loads(line) for line in (archive / "decisions.jsonl").read_text().splitlines()]
    assert {(line["verdict"], line["until"]) for line in lines} == {("embargo", "2197-01-01")}
    assert withdrawals.hidden(archive, BEFORE) and not withdrawals.hidden(archive, DAY)
    assert "until 2197-01-01" in invoked(archive, "withdraw", "--list").stdout


def test_an_embargo_with_its_day_in_the_verdict_is_still_kept(tmp_path):
    decisions.append(tmp_path / "decisions.jsonl", withdrawals.KIND, "f" * 64, "until 2197-01-01", "ticket 23")
    [entry] = withdrawals.of(tmp_path)
    assert (entry.verdict, entry.until) == (withdrawals.EMBARGO, DAY)
    assert withdrawals.hidden(tmp_path, BEFORE) and not withdrawals.hidden(tmp_path, DAY)


@pytest.mark.parametrize(
    "line", [{"verdict": "until soon"}, {"verdict": "embargo"}, {"verdict": "embargo", "until": "soon"}]
)
def test_an_embargo_whose_day_cannot_be_read_showed_its_story(tmp_path, line):
    said = {"kind": withdrawals.KIND, "key": "f" * 64, "reason": "ticket 24", "at": "2026-05-01T08:00:00Z", **line}
    (tmp_path / "decisions.jsonl").write_text(json.dumps(said) + "\n")
    with pytest.raises(DamageError, match="valid d") as refused:
        withdrawals.hidden(tmp_path)
    assert refused.value.hint == "correct or remove that line"


@pytest.fixture
def one_story(tmp_path):
    """An archive with one story: its folder, its URL and a word of it that searches find."""
    url = "https://one.example/2026/the-pier"
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, (seen(1, 1, url=url, outcome=article(url, "The pier was sold.")),)))
    return tmp_path, url


def last_day(folder):
    [entry] = json.loads(invoked(folder, "withdraw", "--list", "--json").stdout)
    return entry["verdict"], entry["until"]


def test_a_second_withdrawal_of_a_story_was_reported_and_not_made(one_story):
    folder, url = one_story
    with open_reader(folder / "index.db") as db:
        [(story,)] = db.execute("SELECT id FROM articles").fetchall()
    for named, day in ((url, "2196-01-01"), (str(story), "2197-01-01"), (url, "2195-05-05"), (url, None)):
        until = ("--until", day) if day else ()
        assert invoked(folder, "withdraw", named, "--reason", "ticket 25", *until).exception is None
        assert last_day(folder) == ("embargo" if day else "withdrawn", day)
    assert {entry.story for entry in withdrawals.of(folder)} == {str(story)}
    assert withdrawals.hidden(folder, date(2400, 1, 1))


def test_what_was_erased_stays_erased_whatever_is_ordered_later(one_story):
    folder, url = one_story
    withdrawals.decide(folder, withdrawals.hashes_of([url]), "erased", "ticket 26", "17")
    told = invoked(folder, "withdraw", url, "--reason", "ticket 27", "--until", "2197-01-01")
    assert "the story 17 was erased before and stays erased" in told.stderr
    assert last_day(folder) == ("erased", None)


def test_an_embargo_that_is_over_is_refused(one_story):
    folder, url = one_story
    refused = invoked(folder, "withdraw", url, "--reason", "ticket 28", "--until", "2020-01-01").exception
    assert str(refused).startswith("an embargo until 2020-01-01 would be over: give a day in the future")
    assert withdrawals.of(folder) == []


def test_a_withdrawal_of_a_url_with_a_slip_says_that_the_archive_does_not_have_it(one_story):
    folder, url = one_story
    slip = url.replace("pier", "peir")
    told = invoked(folder, "withdraw", slip, url, "--reason", "ticket 29").stderr
    assert [line.split(" is not in the archive")[0] for line in told.splitlines() if "not in the archive" in line] == [
        f"archiver: {slip}"
    ]
    listed = invoked(folder, "withdraw", "--list").stdout
    assert any(f"URL {address[:12]}…" in listed for address in withdrawals.hashes_of([slip]))


def test_a_reinstated_url_without_a_story_counted_as_a_story(one_story):
    folder, _ = one_story
    unknown = "https://harbor.example/never-there"
    invoked(folder, "withdraw", unknown, "--reason", "asked to")
    listing = invoked(folder, "withdraw", "--list")
    assert "to reinstate it, give the URL" in listing.stderr
    told = invoked(folder, "reinstate", unknown, "--reason", "settled")
    assert told.stderr == "reinstated: 0 stories; 1 URL may be fetched again\n"
