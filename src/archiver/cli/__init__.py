"""The command line: one file per command, each thin - parse, call, print.

Data goes to stdout, progress and messages to stderr. What goes wrong is one line and an exit code (docs/exit-codes.md).
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from archiver import __version__
from archiver.cli.app import app_of
from archiver.cli.groups import LazyCommands
from archiver.errors import ArchiverError, ExitCode, did_you_mean

# The first sentence of each command's help, for `--help` to list without loading the command.
_LISTED = {
    "init": "Make a home: scrapy.cfg, spiders/ with a commented example, archive/.",
    "demo": "Serve the bundled sample newspaper on loopback, crawl it, search it.",
    "crawl": "Crawl sites by name, or any URL with the generic spider.",
    "capture": "Capture exactly these URLs; redirects are followed, links are not.",
    "index": (
        "Bring the index up to date with the archive's WARC files; with arguments, take in files from elsewhere."
    ),
    "extract": "Extract the story of a page: text and metadata.",
    "search": "Search the stories.",
    "annotate": "Join your own codings to stories: entities, topics, ratings.",
    "trends": (
        "Compare queries over time: how many stories each finds, and their share of all stories of that month, …."
    ),
    "show": "Show a story by its number or by any of its addresses.",
    "history": (
        "Say what became of a story: captures, edits with the words added and removed, when it went and came back."
    ),
    "diff": "Show what changed between two versions of a story, in title and text: by default, its latest edit.",
    "serve": (
        "Serve the archive to a browser on this machine: search, reading, versions, citations, and SQL by Datasette."
    ),
    "mcp": "Serve the archive to an assistant, by the Model Context Protocol over standard input and output.",
    "export": "Write stories to FILE, everything or what a search finds; all of it, whatever the number.",
    "verify": (
        "Check every WARC record, the manifest and its signatures, the index and the frontier; exit 20 for damage."
    ),
    "manifest": "Add what is missing to the manifest of WARC files, print it, or sign it.",
    "withdraw": "Take stories out of search, web, replay, exports and feeds at once; they are not fetched again.",
    "reinstate": (
        "Take a withdrawal back: the story is read from the WARC files again, and its address may be fetched."
    ),
    "backup": (
        "Copy what is new to a folder or to S3, and compare it: WARC files, manifest, decisions, databases, the home."
    ),
    "restore": "Copy an archive out of a backup or a bag, compare every file, and bring the index up to date.",
    "merge": (
        "Bring other archives, or folders of WARC files, into this one: WARC files, decisions, searches, annotations."
    ),
    "status": "Say what is in the archive: stories by site and language, captures, files, the queue.",
    "report": "Say what a crawl did: the latest, the latest of a site, or one by its name.",
    "schedule": "Print what makes cron or systemd crawl a site again and again.",
    "boilerplate": "List, accept or reject what was learned to be on a site's pages and no part of its stories.",
    "hosts": "List, accept or reject mirror hosts: names that serve the same stories as another host.",
    "sites": (
        "List the sites of the home and of the archive: stories, what is queued, last crawl and its exit code, spider."
    ),
}

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG}


@click.group(
    cls=LazyCommands,
    listed=_LISTED,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="archiver")
@click.option(
    "-A",
    "--archive",
    type=click.Path(path_type=Path),
    envvar="ARCHIVER_ARCHIVE",
    help="The archive directory. Default: the home's, else ./archive.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="ARCHIVER_HOME",
    help="Where scrapy.cfg and spiders/ are. Default: the nearest such folder upwards.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
@click.option("-v", "--verbose", count=True, help="Say more; with a bug, show its traceback.")
@click.pass_context
def cli(ctx: click.Context, archive: Path | None, home: Path | None, quiet: bool, verbose: int) -> None:
    """A news archive you can trust: crawl news sites into WARC, search their clean text.

    \b
    Try it:    archiver demo
    Start:     archiver init my-archive && cd my-archive
    Crawl:     archiver crawl https://www.example.com/
    Search:    archiver search 'city council'
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False  # https://no-color.org
    ctx.obj = app_of(archive, home, quiet, verbose)


def main() -> None:
    """The `archiver` program: runs a command, and turns what it raises into a line and an exit code."""
    # Every 700 objects, Python's default, is some hundred times while modules are loaded, which are no garbage.
    gc.set_threshold(10_000, 20, 20)
    _open_streams()
    sys.exit(_run())


def _open_streams() -> None:
    """Standard streams that were closed (`>&-`) swallow what they are given; else a database would get their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            assert descriptor == number, "the lowest that is free"
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", encoding="utf-8"))


def _run() -> int:
    try:
        result = _invoke()
        sys.stdout.flush()  # here it can be said what went wrong
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        return int(ExitCode.INTERRUPTED)
    except Exception as error:
        return int(_failed(error))
    return result if isinstance(result, int) else int(ExitCode.OK)


def _invoke() -> Any:
    if "_ARCHIVER_COMPLETE" in os.environ:
        cli.main(prog_name="archiver")  # ends the program
    # Not by `main`: that one takes a reader who has seen enough for a failure.
    with cli.make_context("archiver", sys.argv[1:]) as context:
        return cli.invoke(context)


def _failed(error: Exception) -> ExitCode:
    """Says in one line what went wrong, and returns the exit code for it."""
    if isinstance(error, click.ClickException):
        click.echo(_told(error), err=True)
        return ExitCode.USAGE
    if isinstance(error, ArchiverError):
        click.echo(f"archiver: {error}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and error.filename is None:
        # The output: what is left of it is not to be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if isinstance(error, BrokenPipeError):
        return ExitCode.OK  # the reader has seen enough (`archiver search … | head`)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        # In general, for the places that can't say it better.
        thing = error.filename or "standard output"
        click.echo(f"archiver: {thing}: {error.strerror}: check the disk, its space and the permissions", err=True)
        return ExitCode.STORAGE
    if "-v" in sys.argv or "--verbose" in sys.argv:
        traceback.print_exception(error)
    click.echo(f"archiver: bug: {type(error).__name__}: {error}: run it with -v and report what it shows", err=True)
    return ExitCode.BUG


def _told(error: click.ClickException) -> str:
    """What click finds wrong, in one line like all that goes wrong, with the next step."""
    told = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return told  # the help of a command that was called without the rest of it
    context = error.ctx if isinstance(error, click.UsageError) else None
    step = f"see `{context.command_path if context else 'archiver'} --help`"
    if isinstance(error, click.NoSuchOption) and context:
        told = f"no such option {error.option_name}"
        options = [name for option in context.command.get_params(context) for name in option.opts]
        step = did_you_mean(error.option_name, [name for name in options if name.startswith("--")]) or step
    return f"archiver: {' '.join(told.split()).rstrip('.')}: {step}"
