"""The import rules: which package may import which, and the only owner of each heavy library."""

import ast
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from import_map import SOURCE, Counts, counts, cycles_in, module_graph

ROOT = Path(__file__).parent.parent

# Package -> packages it may import. Data flows one way: the crawl does not import the index, nor the index the crawl.
MAY_IMPORT = {
    "__main__": {"cli"},
    "": {"library"},  # one name, imported on first use
    "model": set(),
    "errors": {"printable"},
    "extras": set(),
    "printable": set(),
    "urls": set(),
    "cdx_key": set(),
    "layout": {"urls"},
    "wall_words": set(),
    "declared_types": set(),
    "charset": {"urls"},
    "media_type": set(),
    "html_end": set(),
    "timestamps": set(),
    "http1": set(),
    "discovery": {"timestamps", "urls", "charset", "html_end", "media_type"},
    "warc": {"model", "errors", "http1", "media_type", ""},
    "extract": {
        "declared_types", "wall_words", "keeping", "model", "errors", "urls", "layout", "charset", "media_type",
        "html_end", "tokens", "",
    },
    "tokens": set(),
    "words": set(),
    "boilerplate": {"model"},
    "decisions": {"timestamps", "errors"},
    "keeping": {"decisions", "model", ""},
    "fixity": {"timestamps", "errors"},
    "withdrawals": {"decisions", "errors", "urls"},
    "index": {
        "timestamps",
        "keeping",
        "cdx_key",
        "model", "errors", "urls", "layout", "warc", "extract", "boilerplate", "decisions", "locks", "readonly", "",
        "printable",
        "fixity", "withdrawals", "tokens", "transactions", "words",
    },
    "frontier": {"errors", "model", "readonly", "transactions", "urls", "fixity"},
    "login": {"errors"},
    "spider": {"keeping", "errors", "layout", "login", "urls", "discovery", "media_type"},
    "spider_source": set(),
    "loader": {"errors", "spider", "spider_source"},
    "locks": {"errors"},
    "readonly": set(),
    "transactions": set(),
    "home": {"keeping", "errors", "locks"},
    "crawl": {
        "timestamps", "html_end",
        "declared_types", "wall_words", "keeping",
        "extras", "model", "errors", "urls", "layout", "warc", "http1", "frontier", "spider", "discovery", "fixity",
        "withdrawals", "login", "",
    },
    "verify": {"errors", "fixity", "frontier", "home", "index", "model", "warc"},
    "withdraw": {
        "timestamps",
        "decisions", "errors", "extract", "fixity", "frontier", "home", "http1", "index", "model", "urls", "warc",
        "withdrawals", "",
    },
    "backup": {"extras", "errors", "fixity", "home", "readonly", ""},
    "cluster": {
        "backup", "crawl", "decisions", "errors", "extract", "extras", "fixity", "home", "index", "layout", "loader",
        "merge", "model", "spider", "warc", "",
    },
    "selection": {"charset", "errors", "export", "extract", "index", "model", "urls", "warc"},
    "merge": {"decisions", "errors", "fixity", "home", "index", "warc", ""},
    "samplesite": set(),
    "cases": {"errors", "extract", "layout", "model"},
    "export": {"timestamps", "extras", "cdx_key", "errors", "fixity", "index", "printable", "transactions", "warc", ""},
    "replay": {"errors", "export", "index", "model", "warc", "cdx_key"},
    "citing": {"index", "urls"},
    "serve": {
        "timestamps",
        "cdx_key", "export", "errors", "model", "printable", "home", "index", "citing", "replay", "transactions", "",
    },
    "library": {"extras", "errors", "home", "index", "model", "warc", "export"},
    "describe_library": {"errors", "export", "index", "library"},
    "assistant": {"citing", "errors", "library", "readonly", ""},
    "cli": {
        "keeping",
        "assistant", "model", "errors", "extras", "urls", "layout", "home", "loader", "spider", "crawl", "index",
        "extract", "warc", "frontier", "samplesite", "decisions", "export", "cases", "charset", "printable", "citing",
        "serve", "replay", "fixity", "verify", "withdraw", "backup", "merge", "cluster", "selection", "", "words",
        "spider_source", "login",
    },
}  # fmt: skip
OWNERS = {
    "trafilatura": {"extract"},
    "htmldate": {"extract"},
    "babel": {"extract"},
    "dateparser": {"extract"},
    "chardetng_py": {"charset"},
    "webencodings": {"charset"},
    "regex": {"layout"},
    "pycld2": {"extract"},
    "warcio": {"warc"},
    "sqlite_utils": {"index"},
    "scrapy": {"crawl", "spider"},
    "twisted": {"crawl"},
    "OpenSSL": {"crawl"},
    "service_identity": {"crawl"},
    "playwright": {"crawl"},
    "fsspec": {"backup"},
    "dask": {"cluster"},
    "distributed": {"cluster"},
    "cryptography": {"fixity"},
    "pebble": {"extract"},
    "click": {"cli"},
    "Stemmer": {"index"},
    "re2": {"index", "layout"},
    "pyarrow": {"export"},
    "pandas": {"library"},
    "pywb": {"replay"},
    "gevent": {"replay"},
    "datasette": {"serve"},
    "mcp": {"assistant"},
    "pydantic": {"assistant"},
    "jinja2": {"serve"},
    "uvicorn": {"serve"},
}
# Allowed everywhere: the standard library, and lxml, which parses documents in three packages.


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield path, "" if parts == ("__init__",) else parts[0]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            if node.module == "archiver":
                yield from (f"archiver.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


@pytest.mark.parametrize(("path", "room"), list(modules()), ids=lambda value: str(value).removeprefix(str(SOURCE)))
def test_packages_import_only_what_the_rules_allow(path, room):
    assert room in MAY_IMPORT, f"{room} is not on the map"
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "archiver":
            other = rest.partition(".")[0]
            other = "" if other == "__version__" else other
            assert other == room or other in MAY_IMPORT[room], f"{room} may not import {other}"
        elif top in OWNERS:
            assert room in OWNERS[top], f"{top} belongs to {OWNERS[top]}, not to {room}"


# Inside a package: subpackage -> subpackages it may import. "" are the modules next to them.
PACKAGES = {
    "crawl": {
        "wire": set(),
        "signs": set(),
        "rules": {"signs", "wire"},
        "report": {"rules", "signs", "wire"},
        "loop": {"wire", "signs", "rules", "report"},
        "": {"wire", "signs", "rules", "report", "loop"},
    },
    "index": {
        "schema": set(),
        "": {"schema"},  # database.py
        "store": {"", "schema"},
        "learn": {"", "schema", "store"},
        "search": {"", "schema", "store"},
        "read": {"", "schema", "store", "learn", "search"},
        "ingest": {"", "schema", "store", "learn", "search", "read"},
    },
}


@pytest.mark.parametrize("room", PACKAGES)
def test_subpackages_import_in_one_direction(room):
    folder = SOURCE / room
    for path in folder.rglob("*.py"):
        inside = path.relative_to(folder).parts
        package = inside[0] if len(inside) > 1 else ""
        for name in imports(path):
            if not name.startswith(f"archiver.{room}."):
                continue
            other = name.split(".")[2]
            other = other if (folder / other).is_dir() else ""
            assert other == package or other in PACKAGES[room][package], f"{path} may not import {name}"


def test_modules_have_no_import_cycles():
    # Raises CycleError, which names the cycle.
    list(TopologicalSorter(module_graph(SOURCE)).static_order())


def test_the_import_map_counts_a_cycle_and_an_arrow_once(tmp_path):
    package = tmp_path / "archiver"
    for name in ("", "one", "two"):
        (package / name).mkdir()
        (package / name / "__init__.py").touch()
    (package / "one" / "a.py").write_text("from archiver.two import b\nimport archiver.two.b\n")
    (package / "two" / "b.py").write_text("def late():\n    from archiver.one import a\n")
    assert counts(package, "archiver.") == Counts(packages=2, modules=2, largest=1, arrows=2, cycles=1)
    assert cycles_in(module_graph(package)) == 0, "an import inside a function is none at the start"


def test_there_is_one_type_of_connection_to_the_index():
    importing = {path.stem for path, _ in modules() if any(name.startswith("sqlite_utils") for name in imports(path))}
    assert importing == {"connection", "sqlite_utils_plugin"}


def test_spiders_import_only_the_spider_module():
    for path in (ROOT / "spiders").glob("*.py"):
        assert {name for name in imports(path) if name.startswith("archiver")} <= {"archiver.spider"}


def test_no_module_is_longer_than_450_lines():
    for path, _ in modules():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 450, f"{path} has {lines} lines"


def test_no_module_is_named_utils_or_helpers():
    assert not [path for path, _ in modules() if path.stem in ("utils", "helpers", "constants", "misc", "common")]


def test_no_two_modules_have_one_name():
    """Commands apart: a file in cli/ is named for its command, as users type it."""
    places = {}
    for path, room in modules():
        if room != "cli" and not path.stem.startswith("__"):
            places.setdefault(path.stem, []).append(str(path.relative_to(SOURCE)))
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = [
        *project["dependencies"],
        *(entry for extra in project["optional-dependencies"].values() for entry in extra),
    ]
    declared = {canonical(re.split(r"[\[<>=~! ;]", entry)[0]) for entry in stated}
    providers = packages_distributions()
    for path, _ in modules():
        for name in imports(path):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top == "archiver" or OWNERS.get(top) == {"replay"}:
                continue  # pywb runs in a separate environment, with its own dependencies
            providing = {canonical(package) for package in providers.get(top, [top])}
            assert providing & declared, f"{path} imports {top}, which pyproject.toml doesn't declare"


def canonical(package):
    return re.sub(r"[-_.]+", "-", package).lower()
