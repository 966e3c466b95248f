"""`archiver capture`: exactly these URLs, without the pages that they link to."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.app import App, size
from archiver.cli.crawl import contact_option, delay_option, min_free_option, no_index_option
from archiver.cli.targets import lines_of, read_urls, without_broken
from archiver.cli.typed import full_url
from archiver.errors import ExitCode, UsageError


@click.command("capture")
@click.argument("urls", metavar="URL…", nargs=-1)
@click.option(
    "-i",
    "--input",
    "source",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file with one URL per line; - reads stdin. Invalid lines are reported (exit 2), the others are captured.",
)
@delay_option
@min_free_option
@contact_option
@no_index_option
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON.")
@click.pass_obj
def command(
    app: App,
    urls: tuple[str, ...],
    source: Path | None,
    delay: float | None,
    min_free: str,
    contact: str | None,
    no_index: bool,
    as_json: bool,
) -> int:
    """Capture exactly these URLs; redirects are followed, links are not.

    \b
    Examples:  archiver capture https://www.example.com/2024/05/a-story
               archiver capture -i urls.txt
    """
    # Scrapy takes a second to load, which --help should not wait for.
    from archiver.cli.crawling import run_and_index  # noqa: PLC0415
    from archiver.crawl.options import CrawlOptions  # noqa: PLC0415
    from archiver.spider import spider_for_urls  # noqa: PLC0415

    listed, bad = read_urls(str(source), lines_of(source)) if source is not None else ([], [])
    wanted = [*map(_url, urls), *listed]
    for line in bad:
        click.echo(f"archiver: {line}", err=True)
    if not wanted:
        raise UsageError("no URL was given", "give URLs, or a file of URLs with -i")
    usable = without_broken(app, wanted)
    left_out = ExitCode.USAGE if bad or len(usable) < len(wanted) else ExitCode.OK
    if not usable:
        return left_out
    spider = spider_for_urls(usable, "capture")
    options = CrawlOptions(
        delay=delay,
        contact=contact or app.option("contact"),
        user_agent=app.option("user_agent"),
        operator=app.option("operator"),
        exact=True,
        min_free=size(min_free),
    )
    code = run_and_index(app, [spider], options, index=not no_index, as_json=as_json)
    return code or left_out


def _url(typed: str) -> str:
    """Raises UsageError if this is not a URL. Nothing has been written to disk at that point."""
    if "://" not in typed and Path(typed).is_file():
        raise UsageError(f"{typed} is a file", f"read URLs from it with -i {typed}")
    url = full_url(typed)
    if url is None:
        raise UsageError(f"{typed!r} is not an http or https URL", "write it like https://www.example.com/a-page")
    return url
