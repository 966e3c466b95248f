"""`archiver verify`: check the archive for damage and changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.alarms import CronRun, cron_option
from archiver.cli.app import App, print_json
from archiver.cli.index import print_missing
from archiver.cli.readable import counted
from archiver.errors import ExitCode, UsageError
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.verify import Problem, Report

_HASH = re.compile(r"[0-9A-Fa-f]{128}")  # SHA-512: the head of a manifest
_SHOWN = 20  # problems printed, one line each; --json has all


@click.command("verify")
@click.option("--deep", is_flag=True, help="Also compare the index and the frontier with the WARC files, row by row.")
@click.option("--repair", "mend", is_flag=True, help="Repair what needs no guessing.")
@click.option("--head", metavar="HASH|FILE", help="Check that the manifest still contains this earlier head.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check the latest signature with this Ed25519 public key (a PEM file).",
)
@cron_option
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def command(app: App, /, cron: bool, **asked: Any) -> int:
    """Check every WARC record, the manifest and its signatures, the index and the frontier; exit 20 for damage.

    --repair cuts incomplete records off the ends of files, closes files that a killed run left open, notes in the
    manifest which files were cut and are restored from a backup, and rebuilds an index that differs from the WARC
    files. Other damage is reported and left as it is: restore the file from a backup.
    Until then the index and the frontier are left, too, because they may have what the file lost.

    \b
    Examples:  archiver verify
               archiver verify --deep --json
               archiver verify --repair
               archiver verify --head head-of-last-year.txt --key archive.pub
    """
    if not cron:
        return _verify(app, **asked)
    app.archive.require()
    return CronRun(app.archive.logs, "verify-alarms.json", exact=True).run(lambda: _verify(app, **asked))


def _verify(app: App, *, deep: bool, mend: bool, head: str | None, key: Path | None, as_json: bool) -> int:
    from archiver.verify import repair, verify  # noqa: PLC0415 - loads the index, which --help doesn't need
    from archiver.verify.verify import CheckOptions  # noqa: PLC0415

    earlier_head = _head(head) if head is not None else None
    on_file = _progress if app.on_terminal else lambda _: None
    options = CheckOptions(deep or mend, earlier_head, key, on_file)
    done: list[str] = []
    if mend:
        app.archive.require()
        with app.archive.locked():
            done = repair(app.archive, verify(app.archive, options), lambda: _make_index(app))
    report = verify(app.archive, options)
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)
    if as_json:
        print_json({"ok": not report.problems, "repaired": done, **asdict(report)})
    _print_report(app, report, done)
    return int(ExitCode.DAMAGE if report.problems else ExitCode.OK)


def _head(given: str) -> str:
    """The given hash, or the one in a file written by `archiver manifest --head`. Raises UsageError.

    Anything else would be reported as a change of the archive.
    """
    hint = "give the hash, or the file, that `archiver manifest --head` printed"
    text = given.strip()
    if not _HASH.fullmatch(text):
        try:
            text = Path(given).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise UsageError(f"--head {plain(given)!r} is neither a hash nor a file", hint) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise UsageError(f"--head {plain(given)} can't be read ({reason})", hint) from error
    if not _HASH.fullmatch(text):
        raise UsageError(f"--head {plain(given)} does not hold a hash alone", hint)
    return text.lower()


def _make_index(app: App) -> None:
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415 - loads trafilatura
    from archiver.index.ingest.upkeep import rebuild  # noqa: PLC0415

    with ExtractionPool() as pool:
        report = rebuild(app.archive.index, app.archive.warc, app.sites(), pool)
    print_missing(report.missing)


def _print_report(app: App, report: Report, done: list[str]) -> None:
    for sentence in done:
        app.confirm(f"repaired: {sentence}")
    beyond = report.beyond_repair()
    for problem in report.problems[:_SHOWN]:
        click.echo(f"archiver: {_line(problem, beyond)}", err=True)
    if len(report.problems) > _SHOWN:
        click.echo(f"archiver: {len(report.problems) - _SHOWN} more problems: --json lists them all", err=True)
    for note in report.notes:
        if note not in report.steps():
            app.say(plain(note))
    size = f"{report.bytes / 1e6:,.1f} MB"
    outside = f" ({report.foreign} outside the archive)" if report.foreign else ""
    found = "no damage" if not report.problems else counted(len(report.problems), "problem")
    app.confirm(f"{counted(report.warcs, 'WARC file')}{outside}, {size}, {counted(report.records, 'record')}: {found}")
    for step in report.steps():  # without a terminal, too: what can't be checked is not known to be sound
        app.confirm(plain(step))


def _line(problem: Problem, beyond: Sequence[str]) -> str:
    place = f", {problem.length:,} bytes at {problem.offset:,}" if problem.offset is not None else ""
    return plain(f"{problem.file}{place}: {problem.cause}: {_step(problem, beyond)}")


def _step(problem: Problem, beyond: Sequence[str]) -> str:
    """The next step. While a file is damaged, --repair changes nothing that may have what the file lost."""
    if problem.is_outside and problem.kind in ("torn", "record"):
        return "put a sound copy in its place and give it to `archiver index`"
    if beyond and problem.kind in ("index", "frontier"):
        return f"restore {beyond[0]} from a {'copy' if beyond[0].startswith('/') else 'backup'} first"
    if problem.kind == "torn" and problem.file in beyond:
        return _STEPS["checksum"]
    if problem.kind == "checksum" and problem.file not in beyond:  # torn: what it lost is in a backup alone
        return _STEPS["torn"]
    return _STEPS[problem.kind]


_STEPS = {
    "manifest": "compare it with a backup",
    "signature": "compare it with a backup",
    "head": "find out who changed the archive, and restore it from a backup",
    "foreign": "put it back, or give its new path to `archiver index`; without it a rebuild leaves out its stories",
    "missing": "restore it from a backup",
    "checksum": "restore it from a backup",
    "restored": "run `archiver verify --repair`, which notes it in the manifest and brings the index up to date",
    "open": "run `archiver verify --repair`, or the next crawl closes it",
    "torn": "restore it from a backup; without one, run `archiver verify --repair`, which cuts off what is incomplete",
    "record": "restore the file from a backup; its other records can be read",
    "index": "run `archiver verify --repair`",
    "frontier": "run `archiver verify --repair`",
}


def _progress(name: str) -> None:
    click.echo(f"\r\x1b[Kverifying {plain(name)}"[:100], err=True, nl=False)
