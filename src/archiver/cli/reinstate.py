"""`archiver reinstate`: undo a withdrawal."""

from __future__ import annotations

import click

from archiver.cli.app import App, print_json
from archiver.cli.readable import counted
from archiver.cli.typed import full_url


@click.command("reinstate")
@click.argument("wanted", metavar="ID|URL…", nargs=-1, required=True)
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print what was reinstated as JSON.")
@click.pass_obj
def command(app: App, wanted: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Undo a withdrawal: the story is read from the WARC files again, and its URLs may be fetched.

    Erased records can't be restored: the text is gone. This only lifts the ban, so that a crawl fetches the URLs
    again.

    \b
    Examples:  archiver reinstate https://www.example.com/a-story --reason "request withdrawn"
               archiver reinstate 1234567890
    """
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415 - loads trafilatura
    from archiver.index.ingest.upkeep import catch_up  # noqa: PLC0415
    from archiver.withdraw import reinstate  # noqa: PLC0415

    app.archive.require()

    def replay_decision() -> None:
        with ExtractionPool() as pool:
            catch_up(app.archive.index, app.archive.warc, app.sites(), pool)

    with app.archive.locked():
        found = reinstate(app.archive, [full_url(one) or one for one in wanted], reason, replay_decision)
    urls = sum(1 for entry in found if not entry.story)
    others = f"; {counted(urls, 'URL')} may be fetched again" if urls else ""
    app.confirm(f"reinstated: {counted(len(found) - urls, 'story', 'stories')}{others}")
    erased = [entry for entry in found if entry.verdict == "erased"]
    if erased:
        click.echo(
            f"archiver: {counted(len(erased), 'erased story', 'erased stories')} can't be restored, the text is gone: "
            "this only lifts the ban, and the next crawl may fetch the URLs again",
            err=True,
        )
    if as_json:
        print_json([entry.to_json() for entry in found])
