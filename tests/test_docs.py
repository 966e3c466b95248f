"""The documents say what the program does."""

import re
from pathlib import Path

import click
import pytest

from archiver.cli import cli
from archiver.cli.describe import markdown
from archiver.errors import ExitCode

DOCS = Path(__file__).parent.parent / "docs"
CONTEXT = click.Context(cli)


def test_the_command_reference_is_current():
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == markdown(), "run `make docs`"


@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_every_command_has_help_and_an_example(name):
    command = cli.get_command(CONTEXT, name)
    assert command.help and re.search(r"Examples?:", command.help)
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_every_exit_code_is_documented():
    listed = re.findall(r"^\| (\d+) \|", (DOCS / "exit-codes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in listed] == [int(code) for code in ExitCode]


def test_every_command_of_the_readme_exists():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"archiver (?:-\S+ \S+ )*([a-z]+)\b", readme)) <= {*cli.list_commands(CONTEXT), "into"}
