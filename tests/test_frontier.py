"""The durable queue: nothing is lost by kill -9, and no URL is done before its capture is on disk."""

import json
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import DamageError, StorageError, UsageError
from archiver.frontier import Candidate, Frontier, FrontierReader, Plan, Visit, read_frontier
from archiver.index.database import open_writer
from archiver.model import PayloadRecord

SITE = "example"


def candidate(name, kind="page", **more):
    return Candidate(f"https://example.com/{name}", f"com,example)/{name}", kind, **more)


@pytest.fixture
def frontier(tmp_path):
    with Frontier(tmp_path / "frontier.db") as frontier:
        frontier.begin(SITE, "c1", [candidate("", "seed")])
        yield frontier


def handed_out(frontier, site=SITE):
    """All tasks that are ready, none of them finished."""
    return list(iter(lambda: frontier.next(site), None))


def drain(frontier):
    urls = []
    while task := frontier.next(SITE):
        urls.append(task.url.removeprefix("https://example.com/"))
        frontier.finish(SITE, task, "done", next_due=datetime.now(UTC) + HOUR if task.kind == "article" else None)
    return urls


def test_each_url_is_handed_out_once_stories_first(frontier):
    frontier.add(SITE, [candidate("p1"), candidate("a1", "article"), candidate("p1"), candidate("a2", "article")])
    assert drain(frontier) == ["", "a1", "a2", "p1"]
    frontier.add(SITE, [candidate("a1", "article")])
    assert drain(frontier) == []


def test_urls_in_flight_at_a_crash_are_handed_out_again(tmp_path):
    script = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from archiver.frontier import Candidate, Frontier
        frontier = Frontier(Path({str(tmp_path / "frontier.db")!r}))
        frontier.begin("example", "c1", [Candidate(f"https://example.com/{{n}}", str(n), "seed") for n in range(50)])
        for _ in range(10):
            frontier.finish("example", frontier.next("example"), "done")
        frontier.add("example", [Candidate("https://example.com/child", "child", "page")])
        frontier.commit()
        for _ in range(10):
            frontier.finish("example", frontier.next("example"), "done")
        frontier.add("example", [Candidate("https://example.com/lost", "lost", "page")])
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with Frontier(tmp_path / "frontier.db") as frontier:
        assert frontier.begin(SITE, "c2", []), "an interrupted crawl is taken up"
        urls = drain(frontier)
    assert len(urls) == 41
    assert "child" in urls and "lost" not in urls, "a child is durable with its parent or not at all"


def test_captures_are_made_durable_before_the_frontier_says_done(frontier, tmp_path):
    seen = []

    def hook():
        with sqlite3.connect(tmp_path / "frontier.db") as other:
            seen.append(other.execute("SELECT count(*) FROM urls WHERE state = 'done'").fetchone()[0])
        other.close()

    frontier.before_commit.append(hook)
    frontier.finish(SITE, frontier.next(SITE), "done")
    frontier.commit()
    assert seen == [0]


def test_a_capture_that_can_not_be_made_durable_is_not_done(frontier, tmp_path):
    def disk_full():
        raise StorageError("no space", "")

    frontier.finish(SITE, frontier.next(SITE), "done")
    frontier.before_commit.append(disk_full)
    with pytest.raises(StorageError):
        frontier.commit()
    frontier.rollback()
    assert frontier.queued(SITE) == 1


def test_a_retry_waits(frontier):
    frontier.retry(SITE, frontier.next(SITE), reason="status_503", delay=60)
    assert frontier.next(SITE) is None
    assert frontier.has_queued(SITE)
    assert frontier.queued(SITE) == 1


def test_the_next_run_respects_a_resting_host_until_its_time_is_over(tmp_path):
    with Frontier(tmp_path / "frontier.db") as frontier:
        frontier.rest("slow.example", 60)
        frontier.rest("slow.example", 5)
        frontier.rest("quick.example", -1)
    with Frontier(tmp_path / "frontier.db") as frontier:
        resting = frontier.resting()
    assert list(resting) == ["slow.example"] and 55 < resting["slow.example"] <= 60


def test_refused_urls_keep_their_reason_and_the_page_that_led_there(frontier):
    frontier.refuse(SITE, candidate("trap", found_on="https://example.com/"), "trap_repeating")
    frontier.finish(SITE, frontier.next(SITE), "failed", reason="status_404", http_status=404)
    frontier.commit()
    assert [(r.url, r.reason, r.found_on) for r in frontier.refusals(SITE, "c1")] == [
        ("https://example.com/", "status_404", None),
        ("https://example.com/trap", "trap_repeating", "https://example.com/"),
    ]


def test_the_next_crawl_fetches_lists_again_but_not_stories(frontier):
    frontier.add(SITE, [candidate("list"), candidate("story", "article")])
    drain(frontier)
    frontier.commit()
    assert not frontier.begin(SITE, "c2", [candidate("", "seed")])
    assert drain(frontier) == ["", "list"]


def test_a_file_that_is_not_a_frontier_is_reported(tmp_path):
    (tmp_path / "frontier.db").write_bytes(b"this is not a database, though it is long enough to look at" * 20)
    with pytest.raises(Exception, match=r"frontier\.db is damaged") as caught:
        Frontier(tmp_path / "frontier.db")
    assert caught.value.exit_code == 20


FIRST_VERSION = """
CREATE TABLE urls (id INTEGER PRIMARY KEY, site TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT, priority INTEGER NOT NULL, depth INTEGER NOT NULL,
  redirects INTEGER NOT NULL DEFAULT 0, found_on TEXT, attempts INTEGER NOT NULL DEFAULT 0,
  not_before REAL NOT NULL DEFAULT 0, http_status INTEGER, fetched_at REAL, crawl_id TEXT, UNIQUE (site, key));
INSERT INTO urls VALUES (1, 'example', 'a', 'https://example.com/a', 'article', 'done', NULL, 20, 1, 0, NULL, 1, 0, 200,
  1700000000.0, 'c0');
INSERT INTO urls VALUES (2, 'example', 'b', 'https://example.com/b', 'page', 'queued', NULL, 10, 1, 0, NULL, 0, 0, NULL,
  NULL, NULL);
"""


def test_an_older_file_is_brought_up_to_date_in_place(tmp_path):
    path = tmp_path / "frontier.db"
    with sqlite3.connect(path) as db:
        db.executescript(FIRST_VERSION)
    db.close()
    with Frontier(path) as frontier:
        assert frontier.begin(SITE, "c1", []), "what was queued still is"
        task = frontier.next(SITE)
        assert (task.url, task.known) == ("https://example.com/b", None)
        frontier.finish(SITE, task, "done", http_status=200, visit=Visit(None, '"tag"'))
        frontier.commit()
        frontier.begin(SITE, "c2", [], Plan("all"))
        assert {task.url: bool(task.known) for task in handed_out(frontier)} == {
            "https://example.com/a": True,
            "https://example.com/b": True,
        }
    with FrontierReader(path) as reader:
        assert reader.sites() == {SITE: {"queued": 2}}


def test_a_file_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "frontier.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UsageError, match="newer archiver"):
        Frontier(path)


HOUR = timedelta(hours=1)
LATER = datetime(2255, 1, 1, tzinfo=UTC)
RECORD = PayloadRecord("sha1:A", "<urn:uuid:1>", "https://example.com/x", datetime(2026, 1, 2, tzinfo=UTC), "x.warc.gz")


def test_the_result_of_a_visit_is_durable_with_it(frontier, tmp_path):
    frontier.payloads(SITE).add(RECORD)
    visit = Visit(
        RECORD,
        '"tag"',
        "Mon, 01 Jan 2026 00:00:00 GMT",
        b"words",
        unchanged=2,
        changed=1,
        published=datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC),
    )
    frontier.finish(SITE, frontier.next(SITE), "done", http_status=200, visit=visit)
    frontier.rollback()
    assert frontier.payloads(SITE).find("sha1:A") is None
    frontier.payloads(SITE).add(RECORD)
    frontier.finish(SITE, frontier.next(SITE), "done", http_status=200, visit=visit)
    frontier.commit()
    frontier.close()
    with Frontier(tmp_path / "frontier.db") as again:
        again.begin(SITE, "c2", [])
        known = again.next(SITE).known
        assert (known.payload, known.etag, known.content, known.unchanged, known.changed) == (
            RECORD, '"tag"', b"words", 2, 1,
        )  # fmt: skip
        assert again.forget_missing(set()) == 1
        again.commit()
    with Frontier(tmp_path / "frontier.db") as later:
        assert later.next(SITE).known.payload is None


def test_recent_stories_are_re_fetched_before_old_ones_and_new_urls_first(frontier):
    now = datetime.now(UTC)
    frontier.payloads(SITE).add(RECORD)
    drain(frontier)
    for name, published in (("old", now - 25_000 * HOUR), ("young", now - 2 * HOUR), ("recent", now - 250 * HOUR)):
        frontier.add(SITE, [candidate(name, "article")])
        frontier.finish(
            SITE,
            frontier.next(SITE),
            "done",
            http_status=200,
            next_due=now - HOUR,
            visit=Visit(RECORD, published=published),
        )
    frontier.add(SITE, [candidate("later", "article")])
    frontier.finish(SITE, frontier.next(SITE), "done", http_status=200, next_due=now + HOUR, visit=Visit(RECORD))
    drain(frontier)
    frontier.begin(SITE, "c2", [candidate("", "seed")])
    frontier.add(SITE, [candidate("new", "article"), candidate("list")])
    assert drain(frontier) == ["", "new", "list", "young", "recent", "old"]


def test_a_story_changed_by_its_sitemap_is_due_unless_the_sitemap_was_often_wrong(frontier):
    frontier.add(SITE, [candidate("a", "article"), candidate("b", "article")])
    for task in handed_out(frontier):
        unchanged = 3 if task.url.endswith("b") else 0
        frontier.finish(SITE, task, "done", http_status=200, next_due=LATER, visit=Visit(RECORD, unchanged=unchanged))
    time.sleep(0.01)
    soon = datetime(2999, 1, 1, tzinfo=UTC)  # a future date counts as now
    frontier.add(SITE, [candidate("a", "article", lastmod=soon), candidate("b", "article", lastmod=soon)])
    assert frontier.queued(SITE) == 1
    assert drain(frontier) == ["a"]
    frontier.add(SITE, [candidate("a", "article", lastmod=day) for day in (datetime(2020, 1, 1, tzinfo=UTC), None)])
    assert drain(frontier) == []


def test_refused_urls_are_judged_again_when_the_rules_change(frontier):
    def judge(found):
        return found, None if "b" in found.url else "denied"

    frontier.refuse(SITE, candidate("a"), "denied")
    frontier.refuse(SITE, candidate("b"), "denied")
    drain(frontier)
    frontier.begin(SITE, "c2", [], Plan(rules="1", judge=judge))
    assert drain(frontier) == [""]
    assert not frontier.begin(SITE, "c3", [], Plan(rules="2", judge=judge)), "that is no interrupted crawl"
    assert drain(frontier) == ["", "b"]


def test_counts_stay_right_whatever_happens(frontier, tmp_path):
    frontier.add(SITE, [candidate(str(number), "article") for number in range(9)])
    frontier.finish(SITE, frontier.next(SITE), "done")
    frontier.retry(SITE, frontier.next(SITE), reason="timeout", delay=60)
    frontier.refuse(SITE, candidate("trap"), "trap_deep")
    frontier.add(SITE, [candidate("1", "article")])
    counted = frontier.queued(SITE)
    frontier.commit()
    frontier.add(SITE, [candidate("more")])
    frontier.rollback()
    frontier.commit()
    with FrontierReader(tmp_path / "frontier.db") as reader:
        assert frontier.queued(SITE) == counted == reader.sites()[SITE]["queued"] == 9


def test_a_frontier_that_only_its_owner_may_write_can_be_read(frontier, tmp_path):
    frontier.add(SITE, [candidate("a", "article")])
    frontier.commit()
    with FrontierReader(tmp_path / "frontier.db") as reader:
        assert list(reader.urls(SITE)) == [("https://example.com/", "seed"), ("https://example.com/a", "article")]
        frontier.finish(SITE, frontier.next(SITE), "done")
        frontier.commit()
        assert reader.sites() == {SITE: {"queued": 1, "done": 1}}, "a crawl goes on meanwhile"


def test_reading_a_frontier_creates_and_changes_no_file(tmp_path):
    path = tmp_path / "other.db"
    for _ in range(2):
        before = path.exists()
        with FrontierReader(path) as reader:
            assert reader.sites() == {} and list(reader.urls(SITE)) == []
        assert path.exists() == before
        path.touch()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with pytest.raises(DamageError, match="move it away"), FrontierReader(path) as reader:
        reader.sites()


def test_a_host_that_is_given_up_counts_pages_and_requisites_separately(frontier):
    pages = [Candidate(f"https://a.example/{number}", f"page {number}", "page") for number in range(3)]
    pictures = [Candidate(f"https://a.example/{number}.png", f"requisite:{number}", "requisite") for number in range(2)]
    frontier.begin(SITE, "crawl", [], Plan(requisites=True))
    others = frontier.queued(SITE)
    frontier.add(SITE, [*pages, *pictures])
    assert frontier.give_up(SITE, "a.example", "host_down") == (3, 2)
    assert frontier.queued(SITE) == others


def test_a_frontier_on_a_full_disk_hid_the_index_in_status(tmp_path, monkeypatch):
    with Frontier(tmp_path / "frontier.db"):
        pass
    with open_writer(tmp_path / "index.db"):
        pass

    def no_room(path, *, timeout):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    def status():
        return CliRunner().invoke(cli, ["-A", str(tmp_path), "status", "--json"], standalone_mode=False)

    assert status().return_value == 0
    monkeypatch.setattr(read_frontier, "connect_to_read", no_room)
    failed = status()
    assert failed.return_value == 3 and "check the disk and the permissions" in failed.stderr
    monkeypatch.setattr("shutil.disk_usage", lambda folder: namedtuple("usage", "free")(0))
    full = status()
    assert full.return_value == 3 and "because the disk is full: free some space" in full.stderr
    assert json.loads(full.stdout)["stories"] == 0 and json.loads(full.stdout)["frontier"] == []


def test_known_links_are_unchanged_and_only_new_ones_are_counted(frontier):
    frontier.add("paper", [candidate("a"), candidate("b")])

    added = frontier.add("paper", [candidate("b"), candidate("c"), candidate("c"), candidate("a"), candidate("d")])

    assert added == 2
    assert [task.url for task in handed_out(frontier, "paper")] == [candidate(name).url for name in "abcd"]
    assert frontier.queued("paper") == 4


def test_known_links_need_no_statement_each(frontier):
    known = [candidate(f"story-{number}") for number in range(200)]
    frontier.add("paper", known)
    statements: list[str] = []
    frontier._store.db.set_trace_callback(statements.append)

    frontier.add("paper", known)

    assert len(statements) <= 3
