"""The docs describe the program as it is."""

import ast
import re
from pathlib import Path

import click
import pytest

from archiver.cli import cli
from archiver.cli.describe import markdown
from archiver.crawl.rules.verdict import IGNORED, UNREACHABLE
from archiver.describe_library import markdown as library_reference
from archiver.describe_library import public_members
from archiver.errors import ExitCode
from archiver.model import SKIP_REASONS

DOCS = Path(__file__).parent.parent / "docs"
SOURCE = DOCS.parent / "src" / "archiver"
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


def reasons_in(path):
    """The reasons in `Skip("reason")` and `Refused("reason")`, and in tuples of extract/kind.py: `"reason", "why"`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_refusal = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Skip", "Refused")
        if is_refusal and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value
        elif isinstance(node, ast.Tuple) and path.stem == "kind" and len(node.elts) == 2:
            first, second = (getattr(part, "value", None) for part in node.elts)
            if isinstance(first, str) and (not isinstance(second, str) or " " in second):
                yield first


def test_every_skip_reason_has_a_meaning_in_the_schema():
    found = {reason for path in SOURCE.rglob("*.py") for reason in reasons_in(path)}
    assert {"listing", "too_deep", "login_wall", "crashed"} <= found
    assert not found - {"revisit"} - SKIP_REASONS.keys(), "add it to SKIP_REASONS in model.py, then `make docs`"


def test_every_package_and_every_named_module_of_the_architecture_exists():
    """And the other way round: no package is left out of its tables."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    modules = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py")}
    ends = {path.rpartition("/")[2] for path in modules}
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    gone = {
        name
        for name in named
        if not (name in modules or (DOCS.parent / name).exists() or ("/" not in name and name in ends))
    }
    assert len(named) > 80 and not gone
    first_cells = " ".join(re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE))
    described = {name.rstrip("/") for name in re.findall(r"`([\w/]+)`", first_cells)}
    tops = {path.partition("/")[0].removesuffix(".py") for path in modules} - {"__init__"}
    inside = {path.split("/")[1].removesuffix(".py") for path in modules if path.startswith(("crawl/", "index/"))}
    assert not (tops | inside) - {"__init__"} - described


_NO_REASONS = {
    "failed",
    "article",
    "page",
    "requisite",
    "seed",
    "leave",
    "skipped",
    "done",
    "sitemap",
    "exact",
    "storage",
    "max_pages",
}


def reasons_of_urls():
    """The words that the crawler gives as the reason of a URL: arguments of verdicts, and what functions return."""
    found = set(IGNORED | UNREACHABLE)
    for path in sorted((SOURCE / "crawl").rglob("*.py")) + sorted((SOURCE / "frontier").rglob("*.py")):
        decides = path.parent.name == "loop" or path.stem in ("scope", "politeness", "traps", "spellings")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            given = []
            if getattr(called, "id", getattr(called, "attr", "")) in ("End", "_end", "RedirectOutcome"):
                given = node.args[1:]
            elif decides and isinstance(node, ast.Return | ast.Assign):
                given = [node.value] if isinstance(node.value, ast.Constant | ast.IfExp | ast.BoolOp) else []
            elif path.stem == "scope" and isinstance(node, ast.Tuple) and len(node.elts) == 2:
                given = node.elts[:1]
            words = (part.value for word in given for part in ast.walk(word) if isinstance(part, ast.Constant))
            found |= {word for word in words if isinstance(word, str) and re.fullmatch("[a-z]+(_[a-z0-9]+)*", word)}
    return found - _NO_REASONS


def test_every_reason_of_a_url_is_explained_once():
    """Those of captures in the schema, the crawler's in reasons.md, and traps with their budgets in add-a-site.md."""
    text = (DOCS / "reasons.md").read_text(encoding="utf-8")
    rows = "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    explained = re.findall("`([a-z_0-9]+)`", rows)
    words = reasons_of_urls()
    assert {"not_there", "denied", "host_down", "before_since", "trap_barren"} <= words
    traps = {word for word in words if word.startswith("trap_")}
    assert not words - traps - {"list_ended"} - set(explained)
    assert len(explained) == len(set(explained))
    told = text + (DOCS / "add-a-site.md").read_text(encoding="utf-8")
    assert not {word for word in traps if f"`{word}`" not in told}
