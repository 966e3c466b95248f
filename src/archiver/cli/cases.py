"""`archiver sites save-case` and `archiver sites test-cases`: test pages for a site's layout."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.app import App
from archiver.cli.completing import complete_site
from archiver.cli.stories import requested_story
from archiver.errors import ExitCode, UsageError
from archiver.index.database import open_reader
from archiver.index.read import story_reader
from archiver.layout import site_for
from archiver.printable import plain
from archiver.warc import read_payload

_SHOWN = 160


@click.command("save-case")
@click.argument("wanted", metavar="URL|ID")
@click.pass_obj
def save_case(app: App, wanted: str) -> None:
    """Save a captured page and its current extraction result as a test case.

    It is saved in cases/ of the home. Correct its case.json where the extraction is wrong, then fix the site's layout
    until `archiver sites test-cases` passes.

    \b
    Example:   archiver sites save-case https://www.example.com/2024/05/a-story
    """
    from archiver import cases  # noqa: PLC0415 - loads trafilatura

    folder = _folder(app)
    with open_reader(app.archive.index) as db:
        story = requested_story(app, db, wanted)
        capture, payload = read_payload(
            app.archive.warc, story_reader.page_capture(db, story_reader.version(db, story, None)).ref
        )
    saved = cases.save(folder, site_for(app.sites(), capture.url), capture, payload.data)
    app.say(f"saved {saved.folder}: correct its case.json where it is wrong")


@click.command("test-cases")
@click.argument("site", required=False, shell_complete=complete_site)
@click.pass_obj
def test_cases(app: App, site: str | None) -> int:
    """Extract the saved pages again and compare. The exit code is 19 if any result differs.

    \b
    Examples:  archiver sites test-cases
               archiver sites test-cases aldia
    """
    from archiver import cases  # noqa: PLC0415 - loads trafilatura

    sites = app.sites()
    failed = count = 0
    known: set[str] = set()
    for case in cases.load(_folder(app)):
        known.add(case.folder.parent.name)
        if site is not None and case.folder.parent.name != site:
            continue
        found = cases.differences(case, site_for(sites, case.url))
        count += 1
        failed += bool(found)
        click.echo(f"{'differs' if found else 'as expected':<12}{case.folder.parent.name}/{case.folder.name}")
        for difference in found:
            click.echo(f"  {difference.field}: expected {_short(difference.expected)}")
            click.echo(f"  {' ' * len(difference.field)}  found    {_short(difference.found)}")
    if not count:
        if known:
            raise UsageError(f"there are no cases for {site!r}", f"there are cases for: {', '.join(sorted(known))}")
        raise UsageError("there are no cases", "make one with `archiver sites save-case URL`")
    app.say(f"{count - failed} of {count} as expected")
    return int(ExitCode.NO_ARTICLES if failed else ExitCode.OK)


def _folder(app: App) -> Path:
    if app.home is None:
        raise UsageError("no home was found to save cases in", "give --home, or create one with `archiver init`")
    return app.home.path / "cases"


def _short(value: object) -> str:
    text = plain(" ".join(str(value).split()))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
