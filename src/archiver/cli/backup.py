"""`archiver backup`: a copy of the archive in another place, compared byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.alarms import CronRun, cron_option
from archiver.cli.app import App, print_json
from archiver.cli.readable import counted
from archiver.errors import ExitCode, UsageError
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.backup.backup import BackupReport

_SHOWN = 3  # names in one line; --json has all


@click.command("backup")
@click.argument("dest", metavar="[DEST]", required=False)
@click.option("--bag", type=click.Path(path_type=Path, file_okay=False), help="Write a BagIt bag to a new folder.")
@click.option("--purge-erased", is_flag=True, help="Delete files in the backup that contain records erased here.")
@click.option(
    "--verify",
    "only_check",
    is_flag=True,
    help="Read all of DEST back and compare it with what was backed up; copy nothing.",
)
@cron_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(app: App, /, cron: bool, **asked: Any) -> int:
    """Copy new files to a folder or S3 and verify them: WARC files, manifest, decisions, databases, home.

    Files in the backup are never replaced by different ones, and a damaged file is not copied (exit 20). While the
    archive or the backup is damaged, the backup keeps its older databases. Files that are missing in DEST are copied
    again. A crawl may run at the same time. Indexed files outside the archive are named, but not copied. The folder
    that holds DEST, or the bucket, must exist: a disk that is not mounted is an error. s3:// needs s3fs (the extra
    `s3`) and the usual AWS_… environment variables.

    \b
    Examples:  archiver backup /mnt/backup/archive
               archiver backup s3://bucket/archive --json
               archiver backup /mnt/backup/archive --verify
               archiver backup --bag ~/archive-2026-05
               archiver schedule backup /mnt/backup/archive --every 1d
    """
    if not cron:
        return _back_up(app, **asked)
    app.archive.require()
    return CronRun(app.archive.logs, "backup-alarms.json", exact=True).run(lambda: _back_up(app, **asked))


def _back_up(app: App, dest: str | None, bag: Path | None, purge_erased: bool, only_check: bool, as_json: bool) -> int:
    if (dest is None) == (bag is None):
        raise UsageError("no destination was given", "give a folder, an s3:// address, or --bag DIR")
    from archiver.backup.backup import back_up  # noqa: PLC0415 - loads fsspec, which --help doesn't need
    from archiver.backup.bag import make_bag  # noqa: PLC0415
    from archiver.backup.destination import BackupStore  # noqa: PLC0415
    from archiver.index.read.foreign_files import foreign_names  # noqa: PLC0415

    progress = _progress if app.on_terminal else lambda _: None
    if only_check:
        return _check(app, dest, as_json)
    home = app.own_home.path if app.own_home else None
    foreign = foreign_names(app.archive.index)
    if bag is not None:
        operator, contact = app.option("operator"), app.option("contact")
        number = make_bag(app.archive, home, bag, progress, operator=operator, contact=contact)
        _clear(app)
        app.confirm(f"a bag of {counted(number, 'file')} in {bag}")
        if as_json:
            print_json({"bag": str(bag), "files": number, "foreign": foreign})
        _print_foreign(foreign)
        return int(ExitCode.OK)
    store = BackupStore(str(dest))
    store.require_parent()
    report = back_up(app.archive, home, store, purge_erased=purge_erased, on_file=progress)
    _clear(app)
    if as_json:
        print_json({"ok": not report.problems, **asdict(report), "foreign": foreign})
    _print_report(app, report, foreign)
    return int(ExitCode.DAMAGE if report.problems else ExitCode.OK)


def _check(app: App, dest: str | None, as_json: bool) -> int:
    """Reads a backup back."""
    from archiver.backup.destination import BackupStore  # noqa: PLC0415 - loads fsspec
    from archiver.backup.restore import check_backup  # noqa: PLC0415

    if dest is None:
        raise UsageError("--verify reads a backup, and --bag writes one", "give the folder of the bag as DEST")
    number, problems = check_backup(BackupStore(dest), _progress if app.on_terminal else lambda _: None)
    _clear(app)
    if as_json:
        print_json({"ok": not problems, "files": number, "problems": problems})
    for problem in problems:
        click.echo(f"archiver: {plain(problem)}: take it from another copy", err=True)
    app.confirm(f"{counted(number, 'file')} read back: {counted(len(problems), 'problem')}")
    return int(ExitCode.DAMAGE if problems else ExitCode.OK)


def _print_report(app: App, report: BackupReport, foreign: Sequence[str]) -> None:
    """What was done, and every problem."""
    for problem in report.problems:
        click.echo(f"archiver: {plain(problem)}", err=True)
    for name in report.replaced:
        click.echo(f"archiver: {plain(name)} was missing or damaged in the backup: it was copied again", err=True)
    if report.held_back:
        names = plain(", ".join(report.held_back))
        click.echo(f"archiver: not copied while something is damaged, the backup keeps what it has: {names}", err=True)
    for name in report.erased:
        click.echo(f"archiver: {plain(name)} in the backup contains erased records: use --purge-erased", err=True)
    _print_foreign(foreign)
    for note in report.notes:
        app.say(plain(note))
    size = f"{report.bytes / 1e6:,.1f} MB"
    app.say(f"{counted(len(report.copied), 'file')} copied ({size}), {report.unchanged} unchanged")


def _print_foreign(names: Sequence[str]) -> None:
    """Indexed files outside the archive stay where they are, so the copy lacks them."""
    if names:
        more = f" and {len(names) - _SHOWN} more (--json lists all)" if len(names) > _SHOWN else ""
        click.echo(
            f"archiver: not backed up, because outside the archive: {plain(', '.join(names[:_SHOWN]))}{more}: copy "
            f"{'it' if len(names) == 1 else 'them'} to archive/warc/ and run `archiver index`",
            err=True,
        )


def _clear(app: App) -> None:
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)


def _progress(name: str) -> None:
    click.echo(f"\r\x1b[K{plain(name)}"[:100], err=True, nl=False)
