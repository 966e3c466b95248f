"""The command line: one file per command, each thin - parse, call, print.

Data goes to stdout, progress and messages to stderr. What goes wrong is one line and an exit code (docs/exit-codes.md).
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any, ClassVar

import click
from click.shell_completion import CompletionItem

from archiver import __version__
from archiver.cli.app import app_of
from archiver.errors import ArchiverError, ExitCode


class LazyGroup(click.Group):
    """Imports a command's module when it is run: `archiver search` must not wait for Scrapy to load."""

    modules: ClassVar[dict[str, str]] = {
        "init": "init",
        "demo": "demo",
        "crawl": "crawl",
        "capture": "capture",
        "index": "index",
        "extract": "extract",
        "search": "search",
        "show": "show",
        "history": "history",
        "diff": "diff",
        "serve": "serve",
        "export": "export",
        "status": "status",
        "report": "report",
        "schedule": "schedule",
        "boilerplate": "boilerplate",
        "hosts": "hosts",
        "sites": "sites",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names alone: to show their help too would import every command at each press of the key."""
        names = [CompletionItem(name) for name in self.modules if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        command = importlib.import_module(f"archiver.cli.{self.modules[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
    ctx.obj = app_of(archive, home, quiet, verbose)


def main() -> None:
    """The `archiver` program: runs a command, and turns what it raises into a line and an exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        result: Any = cli.main(prog_name="archiver", standalone_mode=False)
    except click.exceptions.Abort:
        return int(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except ArchiverError as error:
        click.echo(f"archiver: {error}", err=True)
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has seen enough (`archiver search … | head`). Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as error:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            traceback.print_exc()
        click.echo(f"archiver: bug: {type(error).__name__}: {error}: run it with -v and report what it shows", err=True)
        return int(ExitCode.BUG)
    return result if isinstance(result, int) else int(ExitCode.OK)
