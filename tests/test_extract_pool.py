"""Worker processes: a page that hangs, exhausts memory or kills its worker affects only itself, and the order is
kept."""

import copy
import ctypes
import os
import pickle
import signal
import threading
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

import archiver.extract.pool as pool_module
from archiver.errors import StorageError
from archiver.extract import extract
from archiver.extract.pool import ExtractionPool, ExtractTask
from archiver.model import Article, Block, Link, Skip

NOW = datetime(2024, 6, 1, tzinfo=UTC)
LINE = "The council voted on the plan after a long debate about the river and its banks in the old town. "


def task(number: int, mark: str = "") -> ExtractTask:
    body = f"<html><title>Story {number}</title><body><article>{mark}<h1>Story {number}</h1><p>{LINE * 4}{number}</p>"
    return ExtractTask(body.encode(), f"https://news.example/story-{number}", NOW)


def titles(outcomes):
    return [found.title if isinstance(found, Article) else found.reason for found in outcomes]


def misbehave(chunk):
    """Replaces the extraction: does what a page tells it to do."""
    return [_misbehave_on(entry) for entry in chunk]


def _misbehave_on(entry):
    if b"HANG" in entry.payload:
        time.sleep(60)
    if b"SEGFAULT" in entry.payload:
        ctypes.string_at(0)
    if b"EXIT" in entry.payload:
        os._exit(3)
    if b"KILL" in entry.payload:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"MEMORY" in entry.payload:
        return pool_module.guarded(lambda: Skip("x", str(len(bytearray(8 << 30)))))
    if b"BUG" in entry.payload:
        return pool_module.guarded(lambda: Skip("x", str(1 // 0)))
    return extract(entry.payload, entry.url, entry.captured_at)


@pytest.fixture
def unruly(monkeypatch):
    monkeypatch.setattr(pool_module, "_extract_all", misbehave)


def test_outcomes_come_in_the_order_of_their_tasks():
    tasks = [task(number) for number in range(40)]
    with ExtractionPool(2) as pool:
        outcomes = list(pool.map(tasks))
    assert titles(outcomes) == [f"Story {number}" for number in range(40)]
    assert outcomes[7] == extract(tasks[7].payload, tasks[7].url, NOW)


@pytest.mark.parametrize(
    ("mark", "reason"),
    [("SEGFAULT", "crashed"), ("EXIT", "crashed"), ("KILL", "crashed"), ("MEMORY", "too_big"), ("BUG", "failed")],
)
@pytest.mark.usefixtures("unruly")
def test_a_page_that_breaks_its_worker_fails_alone(mark, reason):
    tasks = [task(number, mark if number == 5 else "") for number in range(12)]
    with ExtractionPool(1) as pool:
        outcomes = list(pool.map(tasks))
    assert titles(outcomes) == [reason if number == 5 else f"Story {number}" for number in range(12)]


@pytest.mark.slow
@pytest.mark.usefixtures("unruly")
def test_a_page_that_hangs_fails_alone():
    tasks = [task(number, "HANG" if number == 2 else "") for number in range(5)]
    with ExtractionPool(1, timeout=3) as pool:
        outcomes = list(pool.map(tasks))
    assert titles(outcomes) == ["Story 0", "Story 1", "too_slow", "Story 3", "Story 4"]


def replaced(chunk):
    """Simulates a program whose files were replaced: no page can be extracted any more."""
    return [pool_module.guarded(lambda: import_module("archiver.extract.of_the_old_version")) for _ in chunk]


def gone(chunk):
    os._exit(1)


@pytest.mark.parametrize("program", [replaced, gone])
def test_if_no_page_can_be_extracted_the_run_ends_before_a_page_is_marked_unreadable(monkeypatch, program):
    outcomes = []
    with ExtractionPool(1) as pool, pytest.raises(StorageError, match="run `archiver index` again"):
        for number, found in enumerate(pool.map(task(number) for number in range(160))):
            outcomes.append(found)
            if number == 0:
                monkeypatch.setattr(pool_module, "_extract_all", program)
    assert outcomes
    assert all(isinstance(found, Article) for found in outcomes)


def test_a_worker_killed_from_outside_costs_no_page():
    with ExtractionPool(1) as pool:
        outcomes = pool.map(task(number) for number in range(120))
        first = next(outcomes)
        for child in worker_ids():
            os.kill(child, signal.SIGKILL)
        rest = list(outcomes)
    assert titles([first, *rest]) == [f"Story {number}" for number in range(120)]


@pytest.mark.slow
def test_workers_killed_again_and_again_cost_no_page():
    with ExtractionPool(2) as pool:
        titles_found = []
        for number, found in enumerate(pool.map(task(number) for number in range(160))):
            titles_found += titles([found])
            if number % 30 == 10:
                for child in worker_ids():
                    os.kill(child, signal.SIGKILL)
    assert titles_found == [f"Story {number}" for number in range(160)]


@pytest.mark.slow
def test_a_silent_pool_is_replaced(monkeypatch):
    monkeypatch.setattr(pool_module, "_GRACE", 0.1)
    with ExtractionPool(1, timeout=1) as pool:
        outcomes = pool.map(task(number) for number in range(60))
        first = next(outcomes)
        pool.close()  # its futures are never completed
        rest = list(outcomes)
    assert titles([first, *rest]) == [f"Story {number}" for number in range(60)]


def test_the_terminals_interrupt_does_not_reach_workers():
    with ExtractionPool(1) as pool:
        outcomes = pool.map(task(number) for number in range(30))
        first = next(outcomes)
        for child in worker_ids():
            os.kill(child, signal.SIGINT)
        rest = list(outcomes)
    assert titles([first, *rest]) == [f"Story {number}" for number in range(30)]


def test_it_reads_ahead_no_further_than_it_works():
    taken = []

    def tasks():
        for number in range(500):
            taken.append(number)
            yield task(number)

    with ExtractionPool(1) as pool:
        next(pool.map(tasks()))
        assert len(taken) < 60


def test_leaving_early_ends_the_workers():
    before = threading.active_count()
    with ExtractionPool(1) as pool:
        next(pool.map(task(number) for number in range(100)))
        workers = worker_ids()
        assert workers
    deadline = time.monotonic() + 10
    while any(is_alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_alive(worker) for worker in workers)
    assert threading.active_count() <= before + 1


def worker_ids() -> list[int]:
    """Worker processes of this test: grandchildren through the fork server, recognised by their memory limit."""
    found = []
    for name in (path.name for path in Path("/proc").iterdir()):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with Path(f"/proc/{name}/limits").open(encoding="ascii") as limits:
                limited = any(line.startswith("Max address space") and str(2 << 30) in line for line in limits)
            with Path(f"/proc/{name}/stat").open(encoding="ascii") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            with Path(f"/proc/{parent}/stat").open(encoding="ascii") as stat:
                grandparent = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if limited and grandparent == os.getpid():
            found.append(int(name))
    return found


def is_alive(process: int) -> bool:
    try:
        with Path(f"/proc/{process}/stat").open(encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_results_of_workers_are_unchanged():
    block = Block("heading", "A line", "div.a/p", 2, 0.5)
    link = Link("https://example.com/", "words", True)
    assert pickle.loads(pickle.dumps((block, link))) == (block, link)
    assert copy.copy(link) == link
