"""`archiver status`: what is in the archive, what is queued, and why pages are missing."""

from __future__ import annotations

from typing import Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.readable import counted, when
from archiver.errors import ArchiverError, ExitCode
from archiver.frontier import FrontierReader
from archiver.home import ArchiveDir
from archiver.index.database import is_unmade, open_reader
from archiver.index.ingest.warc_files import packages_in, warcs_in
from archiver.index.read import story_reader
from archiver.index.read.foreign_files import foreign_names
from archiver.printable import plain

_SHOWN_REASONS = 8


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(app: App, as_json: bool) -> int:
    """Show what is in the archive: stories by site and language, captures, files, the queue.

    \b
    Example:   archiver status --json
    """
    app.archive.require()
    data = status_of(app.archive)
    code = int(ExitCode.OK)
    try:
        data["frontier"] = _frontier(app.archive)
    except ArchiverError as error:  # the index can be read all the same
        data["frontier"] = []
        code = int(error.exit_code)
        click.echo(f"archiver: {error}", err=True)
    if as_json:
        print_json(data)
    else:
        _print(data)
    return code


def status_of(archive: ArchiveDir) -> dict[str, Any]:
    """The numbers of an archive's files and index, as stable JSON."""
    files = [file.path for file in (*warcs_in(archive.warc), *packages_in(archive.warc))]
    is_indexed = archive.index.exists() and not is_unmade(archive.index)
    data: dict[str, Any] = {"archive": str(archive.path), "indexed": is_indexed}
    data["warc_files"] = len(files)
    data["warc_bytes"] = sum(path.stat().st_size for path in files)
    data["outside"] = foreign_names(archive.index)
    if is_indexed:
        with open_reader(archive.index) as db:
            status = story_reader.status(db)
            searches = [name for (name,) in db.execute("SELECT name FROM searches ORDER BY name")]
        data |= {
            "stories": status.stories,
            "gone": status.gone,
            "versions": status.versions,
            "captures": status.captures,
            "crawls": status.crawls,
            "imported": status.imported,
            "damage": status.damage,
            "first_capture": status.first_capture,
            "last_capture": status.last_capture,
            "first_date": status.first_date,
            "last_date": status.last_date,
            "sites": [{"site": site, "stories": number} for site, number in status.sites],
            "languages": [{"language": language, "stories": number} for language, number in status.languages],
            "skips": [{"reason": reason, "captures": number} for reason, number in status.skips],
            "suspected": status.suspected,
            "hidden": [{"site": site, "pages": number} for site, number in status.hidden],
            "searches": searches,
        }
    return data


def _frontier(archive: ArchiveDir) -> list[dict[str, Any]]:
    with FrontierReader(archive.frontier) as frontier:
        return [{"site": site, **states} for site, states in sorted(frontier.sites().items())]


def _print(data: dict[str, Any]) -> None:
    click.echo(
        f"{data['archive']}: {counted(data['warc_files'], 'archive file')} (WARC, ARC, WACZ), "
        f"{_size(data['warc_bytes'])}"
    )
    if data["outside"]:
        number = counted(len(data["outside"]), "indexed file")
        click.echo(f"{number} outside the archive, not in its backups, such as {plain(data['outside'][0])}")
    if not data["indexed"]:
        click.echo("no index yet: `archiver crawl URL` creates one, or `archiver index` if there are WARC files")
    else:
        edited = data["versions"] - data["stories"]
        crawls = counted(data["crawls"] - data["imported"], "crawl")
        imported = f" and {counted(data['imported'], 'import')} from other programs" if data["imported"] else ""
        click.echo(
            f"{counted(data['stories'], 'story', 'stories')} ({data['gone']} gone from their site, "
            f"{counted(edited, 'edit')} seen), "
            f"{counted(data['captures'], 'capture')} from {crawls}{imported}"
        )
        if data["first_date"]:
            click.echo(
                f"published {data['first_date']} to {data['last_date']}, last captured {when(data['last_capture'])}"
            )
        for name, key in (("sites", "site"), ("languages", "language")):
            click.echo(f"{name}: " + ", ".join(f"{plain(entry[key])} {entry['stories']}" for entry in data[name]))
        reasons = [f"{entry['captures']} {entry['reason']}" for entry in data["skips"]]
        more = f", {len(reasons) - _SHOWN_REASONS} more reasons" if len(reasons) > _SHOWN_REASONS else ""
        click.echo("captures without a story: " + ", ".join(reasons[:_SHOWN_REASONS]) + more)
        if data["suspected"]:
            click.echo(f"suspected stories among them: {data['suspected']} (captures.suspected)")
        if data["hidden"]:
            hidden = ", ".join(f"{plain(entry['site'])} {entry['pages']}" for entry in data["hidden"])
            click.echo(f"pages hidden because they ask not to be kept: {hidden} (docs/reserved.md)")
        if data["searches"]:
            click.echo(
                f"saved searches: {', '.join(map(plain, data['searches']))} (`archiver search --new` lists them)"
            )
        if data["damage"]:
            click.echo(
                f"damaged places in WARC files: {data['damage']} (table `damage`): index repaired files again, or run "
                "`archiver index --rebuild` if they are gone"
            )
    for entry in data["frontier"]:
        states = ", ".join(f"{number} {state}" for state, number in entry.items() if state != "site")
        click.echo(f"frontier of {entry['site']}: {states}")


def _size(number: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
