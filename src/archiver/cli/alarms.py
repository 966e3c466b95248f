"""What `--cron` prints, and so cron mails: each cause once when it appears, and once when it is over.

All messages of a run, including repeated ones, go with a timestamp to logs/cron.log, which is rotated. Alarms that were
already reported are kept in logs/alarms.json; without that file they are reported again.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, suppress
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

cron_option = click.option(  # of the commands that look after the archive
    "--cron",
    is_flag=True,
    help="For cron: print a problem once when it appears; logs/cron.log has everything.",
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A problem that needs attention. `about` is a site or empty; `cause` is one word, the same while it lasts."""

    about: str
    cause: str
    message: str


Known = Mapping[str, Mapping[str, str]]  # about -> cause -> since when (ISO, UTC)
# Words for one trouble: a host that answers 429 is given up when it goes on.
_SAME_TROUBLE = (("status_429", "rate_limited"), ("status_403", "refused"))


def news_of(known: Known, alarms: Sequence[Alarm], up: Iterable[str], now: str) -> tuple[list[str], Known]:
    """The lines to print for a run's alarms, and the alarms known from now on. `up` are the sites that work. An empty
    name in it: the problems of no site that are not in `alarms` are over.
    """
    up = list(up)
    kept: dict[str, dict[str, str]] = {about: dict(causes) for about, causes in known.items()}
    told: list[str] = []
    for site in filter(None, up):
        causes = kept.pop(site, None)
        if causes:
            ordered = sorted(causes.items(), key=lambda entry: (entry[1], entry[0]))
            was = ", then ".join(f"{cause} since {since}" for cause, since in ordered)
            told.append(f"{site}: is back ({was})")
    for about in {alarm.about for alarm in alarms} | ({""} & {*up}):
        before = known.get(about, {})
        causes = {alarm.cause: before.get(alarm.cause, now) for alarm in alarms if alarm.about == about}
        if about:  # until the site is back, the earlier causes belong to its trouble
            causes = {**before, **causes}
        else:
            told += [f"over: {cause} (since {since})" for cause, since in sorted(before.items()) if cause not in causes]
        kept[about] = causes
    told += [alarm.message for alarm in alarms if not _is_known(alarm.cause, known.get(alarm.about, {}))]
    return told, {about: causes for about, causes in kept.items() if causes}


def _is_known(cause: str, before: Mapping[str, str]) -> bool:
    """Whether a cause was told, perhaps by another word."""
    return any(cause == word or any({cause, word} <= {*same} for same in _SAME_TROUBLE) for word in before)


class _Log(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """A log that can't be written doesn't stop the crawl: `CronRun` reports it."""
        self.failed = True

    failed = False


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
        self._reports = [*self._reports, *reports]

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
        self._print_lines(news, judged=code not in _QUIET)
        return code

    def _print_lines(self, lines: list[str], *, judged: bool) -> None:
        problems = {report["site"]: problem_of(report) for report in self._reports if not _is_up(report)}
        alarms = [
            Alarm(report["site"], report["cause"] or str(report["exit_code"]), problems[report["site"]] or "")
            for report in self._reports
            if problems.get(report["site"]) and report["exit_code"] not in (*_QUIET, ExitCode.TIME_LIMIT)
        ]
        known = self._known()
        if judged:
            stated = {*problems.values(), *(report["error"] for report in self._reports)}
            others = [line for line in lines if line not in stated and not _is_fine(line, self._reports)]
            same = {} if self._exact else {_without_numbers(cause): cause for cause in known.get("", {})}
            alarms += [Alarm("", same.get(_without_numbers(line), line), line) for line in others]
        up = [report["site"] for report in self._reports if _is_up(report)] + [""] * judged
        now = _now()
        told, known = news_of(known, alarms, up, now)
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
        new = self._alarms.with_suffix(".new")  # on a full disk the old file stays
        try:
            new.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            new.replace(self._alarms)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            self._cannot_write(self._alarms, error.strerror)

    def _write(self, lines: Iterable[str]) -> None:
        path = self._logs / "cron.log"
        try:
            handler = _Log(path, maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8")
            now = _now()
            for line in lines:
                handler.emit(logging.makeLogRecord({"msg": f"{now} {line}", "args": ()}))
            handler.close()
        except OSError as error:
            self._cannot_write(path, error.strerror)
        else:
            if handler.failed:
                self._cannot_write(path, None)

    def _cannot_write(self, path: Path, why: str | None) -> None:
        reason = f" ({why})" if why else ""
        click.echo(f"{_now()} archiver: {path} can't be written{reason}: check the disk, its space and the permissions")


def _is_fine(line: str, reports: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a line only reports that the time limit was reached."""
    return any(line == problem_of(report) for report in reports if report["exit_code"] == ExitCode.TIME_LIMIT)


def _is_up(report: Mapping[str, Any]) -> bool:
    """Whether a site works: it was crawled, completely or until the time limit, and has its stories."""
    return report["exit_code"] in _UP and not report.get("lost_stories")


def _without_numbers(line: str) -> str:
    return re.sub(r"\d+", "N", line)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
