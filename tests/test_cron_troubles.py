"""Troubles of archives that cron runs: wrong clocks, read-only disks, robots.txt that hangs, full disks."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from scrapy import Request
from twisted.internet.error import NoRouteError
from twisted.python.failure import Failure

from archiver.cli.crawl_messages import problem_of
from archiver.cli.crawling import save_reports
from archiver.cli.report import in_order, running_crawls
from archiver.crawl.rules import verdict
from archiver.crawl.wire import handler
from archiver.errors import ExitCode, StorageError
from archiver.frontier import Candidate, Frontier, Plan, Visit
from archiver.home import ArchiveDir
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read import overview, soundness
from archiver.model import Batch
from archiver.warc.places import OPEN
from index_samples import closing, seen, warcinfo

NOW = datetime.now(UTC)
URL = "https://town.example/2026/quarry"


def test_a_run_with_a_clock_in_the_future_ended_all_later_fetches_of_its_stories(tmp_path):
    moment = NOW + timedelta(days=1700)
    with Frontier(tmp_path / "frontier.db") as frontier:
        frontier.clock = lambda: moment
        frontier.begin("town", "c1", [Candidate(URL, "key", "article")])
        task = frontier.next("town")
        visit = Visit(None, content=b"words")
        frontier.finish("town", task, "done", http_status=200, next_due=moment + timedelta(days=9), visit=visit)
        frontier.rest("town.example", 60)
        frontier.clock = lambda: NOW
        assert frontier.forget_future("town") == 1 and frontier.forget_future("town") == 0
        frontier.begin("town", "c2", [], Plan())
        again = frontier.next("town")
        assert again is not None and again.known.fetched_at == NOW and again.known.content == b"words"
        assert frontier.resting() == {}


def test_a_crawl_in_the_future_hid_the_crawls_since_then(capsys):
    def report(name, days):
        return {"crawl_id": name, "started": (NOW + timedelta(days=days)).isoformat(timespec="seconds")}

    ordered = in_order([report("future", 1700), report("today", 0), report("yesterday", -1)], NOW)
    assert [entry["crawl_id"] for entry in ordered] == ["future", "yesterday", "today"]
    assert capsys.readouterr().err.count("\n") == 1
    in_order([report("today", 0)], NOW)
    assert capsys.readouterr().err == ""


def test_a_running_crawl_was_shown_as_one_without_a_report(tmp_path, monkeypatch):
    archive = ArchiveDir(tmp_path)
    archive.create()
    (archive.warc / f"town-20260501.warc.gz{OPEN}").touch()
    ended = {"site": "town", "crawl_id": "c1", "stop_reason": "finished"}
    reports = [ended, ended | {"crawl_id": "c2", "stop_reason": "no_report"}]
    assert running_crawls(archive, reports) == ()
    monkeypatch.setattr(ArchiveDir, "in_use", True)
    assert running_crawls(archive, reports) == {"c2"} and running_crawls(archive, [*reports, ended]) == set()
    assert running_crawls(archive, [reports[1] | {"site": "port"}]) == set()


def test_the_latest_crawl_of_the_start_page_is_none_of_the_future(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        for number, day in ((1, "2026-05-01"), (2, "2931-05-01")):
            started = f"{day}T08:00:00+00:00"
            items = (
                warcinfo(f"i{number}", f"c{number}"),
                seen(number, number),
                closing(f"e{number}", f"c{number}", site="aldia.test", started=started),
            )
            apply(db, Batch(f"{number}.warc.gz", 100, items))
        assert [crawl.id for crawl in overview.crawls(db)] == ["c1", "c2"]


def test_a_read_only_disk_was_reported_as_damage_of_the_full_text_table(tmp_path, monkeypatch):
    path = tmp_path / "index.db"
    with open_writer(path) as db:
        apply(db, Batch("a.warc.gz", 100, (warcinfo("i"), seen(1))))
    monkeypatch.setattr(soundness, "is_writable", lambda _: False)
    before = path.read_bytes()
    assert soundness.file_problems(path) == []
    assert path.read_bytes() == before


def test_a_robots_txt_that_hangs_ends_with_the_run():
    class Handler(handler.RecordingDownloadHandler):
        def __init__(self):
            self._rules_in_flight = set()
            self._is_over = False

    async def run():
        async def hangs():
            await asyncio.sleep(60)

        made = Handler()
        rules = Request("https://town.example/robots.txt", meta={"dont_obey_robotstxt": True})
        waiting = asyncio.ensure_future(made._answer(hangs(), rules))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        made._drop_rules()
        for answer in (waiting, made._answer(hangs(), rules)):
            with pytest.raises(handler.RunIsOver):
                await answer

    asyncio.run(run())


def test_a_machine_without_a_route_was_a_robots_txt_that_cannot_be_read():
    decided = verdict.of_failure(Failure(NoRouteError()), verdict.MAX_ATTEMPTS)
    assert decided == verdict.End("failed", "no_route") and "no_route" in verdict.UNREACHABLE


def report_of(**values):
    empty = {"site": "town", "error": None, "cause_detail": None, "settings": {}, "reasons": {}, "had_stories": False}
    numbers = dict.fromkeys(("queued", "walls", "seed_walls"), 0)
    return {**empty, **numbers, "statuses": {}, "robots_statuses": {}, **values}


def test_messages_name_the_statuses_of_robots_txt_and_no_counts_of_zero():
    blocked = {"exit_code": int(ExitCode.BLOCKED), "cause": "rate_limited"}
    told = problem_of(report_of(**blocked, robots_statuses={"429": 6}))
    assert "robots.txt 6 429" in told or "robots.txt 429 (6)" in told or "robots.txt 429: 6" in told, told
    assert "captcha" not in told
    told = problem_of(report_of(**blocked, statuses={"200": 9}, walls=1, seed_walls=2))
    assert "; 1 story page and 2 start pages show a captcha or a consent wall)" in told
    assert "1 page still queued" in problem_of(report_of(exit_code=15, cause="time_limit", queued=1))


def test_a_report_of_a_full_disk_was_left_empty(tmp_path, monkeypatch):
    archive = ArchiveDir(tmp_path)
    archive.create()
    monkeypatch.setattr(json, "dumps", lambda *_, **__: "{}")
    save_reports(archive, [{"crawl_id": "c1-127.0.0.1"}])
    assert [path.name for path in archive.reports.iterdir()] == ["c1-127.0.0.1.json"]

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(StorageError, match="No space left"):
        save_reports(archive, [{"crawl_id": "c2"}])
    assert [path.name for path in archive.reports.iterdir()] == ["c1-127.0.0.1.json"]
