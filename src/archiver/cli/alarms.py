"""What `--cron` prints, and so cron mails: each cause once when it appears, and once when its site is back.

All messages of a run, including repeated ones, go with a timestamp to logs/cron.log, which is rotated. Alarms that were
already reported are kept in logs/alarms.json; without that file they are reported again.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import click

from archiver.cli.crawl_messages import problem_of, summary_of
from archiver.errors import ArchiverError, ExitCode

_LOG_BYTES = 1_000_000
_LOGS_KEPT = 3
_UP = (ExitCode.OK, ExitCode.TIME_LIMIT)  # the site was crawled until the time limit
_QUIET = (ExitCode.LOCKED, ExitCode.INTERRUPTED)  # the next run continues; they say nothing about a site


@dataclass(frozen=True, slots=True)
class Alarm:
    """A problem that needs attention. `about` is a site or empty; `cause` is one word, the same while it lasts."""

    about: str
    cause: str
    message: str


Known = Mapping[str, Mapping[str, str]]  # about -> cause -> since when (ISO, UTC)


def news_of(known: Known, alarms: Sequence[Alarm], up: Iterable[str], now: str) -> tuple[list[str], Known]:
    """The lines to print for a run's alarms, and the alarms known from now on. `up` are the sites that work."""
    kept: dict[str, dict[str, str]] = {about: dict(causes) for about, causes in known.items() if about}
    told: list[str] = []
    for site in up:
        causes = kept.pop(site, None)
        if causes:
            was = ", ".join(f"{cause} since {since}" for cause, since in sorted(causes.items()))
            told.append(f"{site}: is back ({was})")
    for about in {alarm.about for alarm in alarms}:
        before = known.get(about, {})
        kept[about] = {alarm.cause: before.get(alarm.cause, now) for alarm in alarms if alarm.about == about}
    told += [alarm.message for alarm in alarms if alarm.cause not in known.get(alarm.about, {})]
    return told, kept


class _Log(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """A log that can't be written doesn't stop the crawl, which reports a full disk itself."""


class CronRun:
    """One run of a command under cron. `logs` is the archive's folder of logs, `alarms` the file there with what was
    reported. Lines of a crawl that differ only in numbers are one cause; with `exact` each line is one, because in the
    name of a damaged file the numbers matter.
    """

    def __init__(self, logs: Path, alarms: str = "alarms.json", *, exact: bool = False) -> None:
        self._logs = logs
        self._alarms = logs / alarms
        self._exact = exact
        self._reports: list[dict[str, Any]] = []

    def receive(self, reports: Sequence[dict[str, Any]]) -> None:
        """Receive the reports of the crawled sites."""
        self._reports = list(reports)

    def run(self, crawl: Callable[[], int]) -> int:
        """Run a crawl; returns its exit code. Its stderr goes to the log; only new messages are printed."""
        said = io.StringIO()
        with redirect_stderr(said):
            try:
                code = crawl()
            except ArchiverError as error:
                click.echo(f"archiver: {error}", err=True)
                code = int(error.exit_code)
        written = [line for line in said.getvalue().splitlines() if line.strip()]
        lines = [line.removeprefix("archiver: ") for line in written]
        self._write([*lines, *(summary_of(report) for report in self._reports)])
        # The summary of a check has no prefix: it is not a problem, and its numbers change.
        news = [line for line, whole in zip(lines, written, strict=True) if not self._exact or line != whole]
        self._print_lines(news if code not in _QUIET else [])
        return code

    def _print_lines(self, lines: list[str]) -> None:
        problems = {report["site"]: problem_of(report) for report in self._reports if report["exit_code"] not in _UP}
        alarms = [
            Alarm(report["site"], report["cause"] or str(report["exit_code"]), problems[report["site"]] or "")
            for report in self._reports
            if problems.get(report["site"]) and report["exit_code"] not in _QUIET
        ]
        others = [line for line in lines if line not in problems.values() and not _is_fine(line, self._reports)]
        alarms += [Alarm("", line if self._exact else re.sub(r"\d+", "N", line), line) for line in others]
        up = [report["site"] for report in self._reports if report["exit_code"] in _UP]
        now = _now()
        told, known = news_of(self._known(), alarms, up, now)
        self._keep(known)
        for line in told:
            click.echo(f"{now} archiver: {line}")

    def _known(self) -> Known:
        try:
            found = json.loads(self._alarms.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        whole = isinstance(found, dict) and all(isinstance(causes, dict) for causes in found.values())
        return found if whole else {}

    def _keep(self, known: Known) -> None:
        try:
            self._alarms.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            click.echo(f"{_now()} archiver: {self._logs} can't be written ({error.strerror})")

    def _write(self, lines: Iterable[str]) -> None:
        try:
            handler = _Log(self._logs / "cron.log", maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8")
        except OSError:
            return  # `_keep` reports it
        now = _now()
        for line in lines:
            handler.emit(logging.makeLogRecord({"msg": f"{now} {line}", "args": ()}))
        handler.close()


def _is_fine(line: str, reports: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a line only reports that the time limit was reached."""
    return any(line == problem_of(report) for report in reports if report["exit_code"] == ExitCode.TIME_LIMIT)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
