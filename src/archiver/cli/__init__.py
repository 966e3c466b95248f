"""The command line: one file per command, each thin - parse, call, print.

Data goes to stdout, progress and messages to stderr. An error is one line and an exit code (docs/exit-codes.md).
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
    "init": "Create a home: scrapy.cfg, spiders/ with a commented example, archive/.",
    "demo": "Serve the bundled sample newspaper on this machine, crawl it and search it.",
    "crawl": "Crawl sites by name, or any URL with the generic spider.",
    "capture": "Capture exactly these URLs; redirects are followed, links are not.",
    "index": ("Bring the index up to date with the archive's WARC files, or import files from other programs."),
    "extract": "Extract the story of a page: text and metadata.",
    "search": "Search the stories.",
    "annotate": "Add your own annotations to stories: entities, topics, ratings.",
    "trends": (
        "Compare queries over time: the number of stories each finds, and their share of all stories of the period."
    ),
    "show": "Show a story, given its ID or any of its URLs.",
    "history": ("Show a story's history: captures, edits, and when it was removed or restored."),
    "diff": "Show what changed between two versions of a story (default: the latest edit), in title and text.",
    "serve": (
        "Serve the archive to a browser on this machine: search, stories, versions, citations, and SQL with Datasette."
    ),
    "mcp": "Serve the archive to an AI assistant, over the Model Context Protocol on standard input and output.",
    "export": "Write all stories, or all that a search finds, to FILE.",
    "verify": (
        "Check every WARC record, the manifest and its signatures, the index and the frontier; exit 20 for damage."
    ),
    "manifest": "Add missing WARC files to the manifest, print it, or sign it.",
    "withdraw": "Hide stories immediately in search, web pages, replay, exports and feeds, and stop fetching them.",
    "reinstate": "Undo a withdrawal: the story is read from the WARC files again, and its URLs may be fetched.",
    "backup": "Copy new files to a folder or S3 and verify them: WARC files, manifest, decisions, databases, home.",
    "restore": "Copy an archive from a backup or a bag, verify every file, and bring the index up to date.",
    "merge": (
        "Merge other archives, or folders of WARC files, into this one: WARC files, decisions, searches, annotations."
    ),
    "status": "Show what is in the archive: stories by site and language, captures, files, the queue.",
    "report": "Show what a crawl did: the latest crawl, the latest of a site, or one by its ID.",
    "schedule": "Print a crontab line or systemd units that repeat a crawl.",
    "boilerplate": "List, accept or reject learned boilerplate: text on a site's pages that is not part of a story.",
    "hosts": "List, accept or reject mirror hosts: names that serve the same stories as another host.",
    "sites": (
        "List the sites of the home and the archive: stories, queued URLs, last crawl and its exit code, spider."
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
    help="The archive directory. Default: that of the home, otherwise ./archive.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="ARCHIVER_HOME",
    help="The folder with scrapy.cfg and spiders/. Default: the current folder or the nearest parent that has them.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only results and errors.")
@click.option("-v", "--verbose", count=True, help="Print more; on a bug, print the traceback.")
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
    """The `archiver` program: runs a command, and turns an exception into one line and an exit code."""
    # With Python's default (every 700 objects) the collector runs about a hundred times while modules load, for
    # nothing.
    gc.set_threshold(10_000, 20, 20)
    _open_streams()
    sys.exit(_run())


def _open_streams() -> None:
    """Open closed standard streams (`>&-`) on /dev/null, so that no database gets their file descriptor."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            assert descriptor == number, "open() returns the lowest free descriptor"
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", encoding="utf-8"))


def _run() -> int:
    try:
        result = _invoke()
        sys.stdout.flush()  # a failure here can still be reported
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
    # Not with click's `main`, which treats a closed pipe as a failure.
    with cli.make_context("archiver", sys.argv[1:]) as context:
        return cli.invoke(context)


def _failed(error: Exception) -> ExitCode:
    """Prints one line about an error, and returns its exit code."""
    if isinstance(error, click.ClickException):
        click.echo(_as_one_line(error), err=True)
        return ExitCode.USAGE
    if isinstance(error, ArchiverError):
        click.echo(f"archiver: {error}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and error.filename is None:
        # Standard output failed: don't flush the rest of it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if isinstance(error, BrokenPipeError):
        return ExitCode.OK  # the reader closed the pipe (`archiver search … | head`)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        # A general message, for errors that no other code has explained.
        thing = error.filename or "standard output"
        click.echo(f"archiver: {thing}: {error.strerror}: check the disk, its space and the permissions", err=True)
        return ExitCode.STORAGE
    if "-v" in sys.argv or "--verbose" in sys.argv:
        traceback.print_exception(error)
    click.echo(f"archiver: bug: {type(error).__name__}: {error}: run it with -v and report what it prints", err=True)
    return ExitCode.BUG


def _as_one_line(error: click.ClickException) -> str:
    """An error found by click as one line with the next step, like all other errors."""
    told = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return told  # the help of a command that was called without arguments
    context = error.ctx if isinstance(error, click.UsageError) else None
    step = f"see `{context.command_path if context else 'archiver'} --help`"
    if isinstance(error, click.BadParameter) and error.param and "--cite" in error.param.opts:
        step = "for APA and other styles give --cite csl to Zotero or pandoc"
    if isinstance(error, click.NoSuchOption) and context:
        told = f"no such option {error.option_name}"
        options = [name for option in context.command.get_params(context) for name in option.opts]
        step = did_you_mean(error.option_name, [name for name in options if name.startswith("--")]) or step
        if context.info_name in ("search", "trends", "export") and not error.option_name.startswith("--"):
            step = "to exclude a word write NOT before it: a NOT b; a query that begins with - goes after --"
        if any(error.option_name in option.opts for option in cli.params):
            step = f"{error.option_name} goes before the command: archiver {error.option_name} … {context.info_name} …"
    return f"archiver: {' '.join(told.split()).rstrip('.')}: {step}"
