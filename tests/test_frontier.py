"""The durable queue: nothing lost by kill -9, nothing done before its capture is on disk."""

import sqlite3
import subprocess
import sys
import textwrap
import time

import pytest

from archiver.errors import StorageError
from archiver.frontier import Candidate, Frontier

SITE = "example"


def candidate(name, kind="page", **more):
    return Candidate(f"https://example.com/{name}", f"com,example)/{name}", kind, **more)


@pytest.fixture
def frontier(tmp_path):
    with Frontier(tmp_path / "frontier.db") as frontier:
        frontier.begin(SITE, "c1", [candidate("", "seed")])
        yield frontier


def drain(frontier):
    urls = []
    while task := frontier.next(SITE):
        urls.append(task.url.removeprefix("https://example.com/"))
        frontier.finish(SITE, task, "done", next_due=time.time() + 3600 if task.kind == "article" else None)
    return urls


def test_each_url_is_handed_out_once_stories_first(frontier):
    frontier.add(SITE, [candidate("p1"), candidate("a1", "article"), candidate("p1"), candidate("a2", "article")])
    assert drain(frontier) == ["", "a1", "a2", "p1"]
    frontier.add(SITE, [candidate("a1", "article")])
    assert drain(frontier) == []


def test_what_was_in_flight_when_the_process_died_is_handed_out_again(tmp_path):
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


def test_refused_urls_keep_their_reason_and_the_page_that_led_there(frontier):
    frontier.refuse(SITE, candidate("trap", found_on="https://example.com/"), "trap_repeating")
    frontier.finish(SITE, frontier.next(SITE), "failed", reason="status_404", http_status=404)
    frontier.commit()
    assert [(r.url, r.reason, r.found_on) for r in frontier.refusals(SITE, "c1")] == [
        ("https://example.com/", "status_404", None),
        ("https://example.com/trap", "trap_repeating", "https://example.com/"),
    ]


def test_the_next_crawl_fetches_lists_again_and_stories_not(frontier):
    frontier.add(SITE, [candidate("list"), candidate("story", "article")])
    drain(frontier)
    frontier.commit()
    assert not frontier.begin(SITE, "c2", [candidate("", "seed")])
    assert drain(frontier) == ["", "list"]


def test_a_file_that_is_no_frontier_is_named(tmp_path):
    (tmp_path / "frontier.db").write_bytes(b"this is not a database, though it is long enough to look at" * 20)
    with pytest.raises(Exception, match=r"frontier\.db is damaged") as caught:
        Frontier(tmp_path / "frontier.db")
    assert caught.value.exit_code == 20
