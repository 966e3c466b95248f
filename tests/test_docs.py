"""The docs describe the program as it is."""

import re
from pathlib import Path

import click
import pytest

from archiver.cli import cli
from archiver.cli.describe import markdown
from archiver.describe_library import markdown as library_reference
from archiver.describe_library import public_members
from archiver.errors import ExitCode

DOCS = Path(__file__).parent.parent / "docs"
CONTEXT = click.Context(cli)


def test_the_command_reference_is_current():
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == markdown(), "run `make docs`"


def test_the_library_reference_is_current():
    assert (DOCS / "library.md").read_text(encoding="utf-8") == library_reference(), "run `make docs`"


def test_every_method_of_the_library_is_explained():
    members = dict(public_members())
    assert {"search", "article", "sql", "export"} <= set(members)
    assert not [name for name, member in members.items() if not member.__doc__]


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
    named = set(re.findall(r"(?:^|`)archiver (?:-[^\s`]+ [^\s`]+ )*([a-z]+)\b", readme, re.MULTILINE))
    assert {"crawl", "search"} <= named <= set(cli.list_commands(CONTEXT))


def test_the_walkthrough_has_figures_that_follow_from_its_formula():
    text = (DOCS / "walkthrough-aldia.md").read_text(encoding="utf-8")
    rows = {
        cells[0].strip(): [float(cell.replace(",", "")) for cell in cells[1:3]]
        for cells in re.findall(
            r"^\| (stories|addresses|lists|rows|requests) \| ([\d.,]+) \| ([\d.,]+) \|", text, re.MULTILINE
        )
    }
    hours = [int(hour) for hour in re.findall(r"(\d+) hours", text)]
    for column in (0, 1):
        stories, addresses, lists, rows_shown, requests = (rows[name][column] for name in rows)
        assert round(stories * addresses + stories * lists / rows_shown) == requests
        assert round(requests / 3600) == hours[column]


def test_every_command_of_the_walkthrough_exists():
    text = (DOCS / "walkthrough-aldia.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)archiver (?:-\S+ )*([a-z]+)\b", text, re.MULTILINE))
    assert named and named <= set(cli.list_commands(CONTEXT))


@pytest.mark.parametrize("page", [*DOCS.glob("*.md"), *DOCS.parent.glob("*.md")], ids=lambda page: page.name)
def test_links_between_documents_have_targets(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target
