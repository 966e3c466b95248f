"""`archiver restore`: restore an archive from its backup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from archiver.cli.app import App, print_json
from archiver.cli.index import print_missing
from archiver.cli.readable import counted
from archiver.errors import ExitCode
from archiver.fixity.manifest import Manifest
from archiver.home import ArchiveDir, home_at
from archiver.printable import plain


@click.command("restore")
@click.argument("src")
@click.option("--json", "as_json", is_flag=True, help="Print the names of the files as JSON.")
@click.pass_obj
def command(app: App, src: str, as_json: bool) -> int:
    """Copy an archive from a backup or a bag, verify every file, and bring the index up to date.

    The archive goes to the folder of -A (default ./archive), and spiders, cases and scrapy.cfg to --home or next to the
    archive. Nothing is overwritten. A WARC file of the manifest that the backup
    lacks is named (exit 20).

    \b
    Examples:  archiver restore /mnt/backup/archive
               archiver -A /srv/news/archive restore s3://bucket/archive
    """
    from archiver.backup.destination import BackupStore  # noqa: PLC0415
    from archiver.backup.restore import restore  # noqa: PLC0415 - loads fsspec, which --help doesn't need
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415
    from archiver.index.ingest.upkeep import catch_up  # noqa: PLC0415

    app = _here(app)
    home = app.own_home.path if app.own_home else app.archive.path.parent
    names = restore(BackupStore(src), app.archive, home, _progress if app.on_terminal else lambda _: None)
    if app.own_home is None and (home / "spiders").is_dir():
        app = replace(app, home=home_at(home))  # the layouts of the restored spiders apply to the index
    with app.archive.locked(), ExtractionPool() as pool:
        catch_up(app.archive.index, app.archive.warc, app.sites(), pool)
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)
    if as_json:
        print_json(names)
    beside = [name for name in names if name.removeprefix("data/").startswith("home/")]
    app.confirm(
        f"{counted(len(names) - len(beside), 'file')} restored to {app.archive.path}, all identical to the backup"
    )
    if beside:
        parts = sorted({name.removeprefix("data/").split("/")[1] for name in beside})
        app.confirm(f"{counted(len(beside), 'file')} of the home restored to {home}: {plain(', '.join(parts))}")
    lost = Manifest(app.archive.path).read().missing_from(app.archive.warc)
    print_missing(lost)
    return int(ExitCode.DAMAGE if lost else ExitCode.OK)


def _here(app: App) -> App:
    """The app with the archive in the current folder, unless -A or --home names another place or the current folder is
    a home: a restore must not go to the home of a parent folder.
    """
    given = click.get_current_context().find_root().params
    if app.home is None or given.get("archive") or given.get("home") or app.home.path == Path.cwd():
        return app
    return replace(app, archive=ArchiveDir(Path.cwd() / "archive"), home=None)


def _progress(name: str) -> None:
    click.echo(f"\r\x1b[K{plain(name)}"[:100], err=True, nl=False)
