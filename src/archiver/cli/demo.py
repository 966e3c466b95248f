"""`archiver demo`: crawl, index and search the bundled newspaper, all on this machine."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path

import click

from archiver.cli.app import App
from archiver.cli.init import make_home
from archiver.cli.search import print_hits, run_search
from archiver.errors import ExitCode, UsageError
from archiver.home import ArchiveDir, home_at
from archiver.samplesite import SampleSite

PORT = 8347  # always the same port, so that a second demo is a second crawl of the same site
# The last query finds an English story whose only URL is a number under /es/node/.
_QUERIES = ("city council", "inmigracion OR vivienda", '"what happens next"', "salvadorans permits")


@click.command("demo")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default="demo-archive")
@click.option("--port", default=PORT, show_default=True, help="The port for the sample site; 0: any free port.")
@click.pass_obj
def command(app: App, directory: Path, port: int) -> int:
    """Serve the bundled sample newspaper on this machine, crawl it and search it.

    \b
    Example:   archiver demo
    """
    # Scrapy takes a second to load, which --help should not wait for.
    from archiver.cli.crawling import run_and_index  # noqa: PLC0415
    from archiver.crawl.options import CrawlOptions  # noqa: PLC0415

    directory = directory.absolute()
    spider = directory / "spiders" / "elpuente.py"
    earlier = spider.read_text(encoding="utf-8") if spider.exists() else None
    make_home(directory)
    with _serve(port) as site:
        if earlier is not None and site.url not in earlier:
            click.echo(
                f"archiver: {directory} has the sample site at another port: its stories will be there twice; "
                "for a demo of its own name another folder, `archiver demo DIRECTORY`",
                err=True,
            )
        spider.write_text(_spider_source(site.url), encoding="utf-8")
        demo = App(
            ArchiveDir(directory / "archive"), home_at(directory), app.quiet, app.verbose or 1
        )  # the demo always prints its progress
        demo.say(f"1. A newspaper, El Puente, is served at {site.url}")
        demo.say(f"2. Crawling it into {demo.archive.path}, byte for byte, and indexing it …")
        code = run_and_index(demo, [demo.spiders()["elpuente"]], CrawlOptions(), index=True, as_json=False)
    if code != ExitCode.OK:
        return code
    for number, query in enumerate(_QUERIES, 3):
        demo.say(f"\n{number}. archiver search {query!r}")
        sys.stderr.flush()
        print_hits(*run_search(demo, query, limit=3))
    # With -A, since the demo's home is found only from inside its folder.
    program, archive = shlex.quote(_program()), shlex.quote(_short(demo.archive.path))
    demo.say(f"\nTry next:  {program} -A {archive} search 'your words' --lang es")
    demo.say(f"           {program} -A {archive} status")
    demo.say(
        f"           {program} init my-archive && cd my-archive && {program} crawl https://a-site-you-read.example/"
    )
    return int(ExitCode.OK)


def _serve(port: int) -> SampleSite:
    try:
        return SampleSite(port=port)
    except OSError as error:
        raise UsageError(
            f"port {port} of this machine is in use ({error.strerror})",
            f"choose any free port with `{shlex.quote(_program())} demo --port 0`",
        ) from error


def _spider_source(url: str) -> str:
    source = (files("archiver.samplesite") / "spider.py.txt").read_text(encoding="utf-8")
    return source.replace("{url}", url)


def _short(path: Path) -> str:
    """A path as it is typed here: relative if it is below the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _program() -> str:
    """The command that starts this program again from any folder."""
    program = Path(sys.argv[0]).absolute()
    found = shutil.which("archiver")
    return "archiver" if program.name != "archiver" or (found and Path(found).samefile(program)) else str(program)
