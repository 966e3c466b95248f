"""The program starts quickly: a command loads only what it needs, and `--help` none of that."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from archiver.cli import cli

CONTEXT = click.Context(cli)
HEAVY = {"scrapy", "twisted", "trafilatura", "pandas", "numpy", "pyarrow", "requests", "lxml"}


@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_help_lists_the_first_sentence_of_each_command_s_own_help(name):
    command = cli.get_command(CONTEXT, name)
    assert cli.listed[name] == command.get_short_help_str(limit=1000)
    assert command.name == name


def test_every_command_file_is_listed():
    folder = Path(sys.modules["archiver.cli"].__file__).parent
    holding = {path.stem for path in folder.glob("*.py") if "\ndef command(" in path.read_text(encoding="utf-8")}
    assert holding == set(cli.listed)


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "search ferry",
        "search --count",
        "status",
        "report",
        "show --help",
        "extract --help",
        "index --help",
    ],
)
def test_a_command_loads_neither_the_crawler_nor_the_extractor_nor_tables(crawled, arguments):
    _, program, _ = crawled
    code = f"""
import sys
sys.argv = ["archiver", "-A", {str(program.archive)!r}, *{arguments.split()!r}]
from archiver.cli import main
try:
    main()
finally:
    print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout and done.stderr.splitlines()[-1] == ""


def test_the_tab_key_loads_no_command_and_shows_what_each_is_for():
    code = "import sys; from archiver.cli import cli\ntry: cli(prog_name='archiver')\nfinally: print(*sys.modules)"
    environment = {"_ARCHIVER_COMPLETE": "zsh_complete", "COMP_WORDS": "archiver s", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    offered, modules = done.stdout.rsplit("\n", 2)[0].splitlines(), done.stdout.split()
    assert offered[1::3] == ["search", "show", "serve", "status", "schedule", "sites"]
    assert offered[2::3] == [cli.listed[name] for name in offered[1::3]]
    assert not [name for name in modules if name.startswith(("archiver.cli.s", "sqlite_utils."))]


def test_pandas_can_be_imported_afterwards():
    code = """
import sys
from archiver.index.schema import sqlite_utils_alone
sqlite_utils_alone.load()
assert "sqlite_utils" in sys.modules and not {"pandas", "numpy"} & set(sys.modules)
import pandas
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_process_that_follows_a_crawl_loads_neither_the_extractor_nor_pandas():
    code = f"""
import sys
from archiver.index.schema import sqlite_utils_alone
sqlite_utils_alone.load()
import archiver.index.ingest.follow
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
