"""Counts of the import map: packages, modules, arrows between packages, and circles.

    python tests/import_map.py [SRC]

SRC is the folder of the package, src/archiver if not given, so that another version can be counted in the same way. The
first line counts the packages of the top level (a single module counts as one), the next two those inside `index` and
`crawl`, the last all modules. An arrow is a pair of which one imports the other, anywhere in its code; of modules, when
they are loaded.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "archiver"
DIVIDED = ("index", "crawl")


@dataclass(frozen=True)
class Counts:
    """`largest` is the largest number of modules in one package; `cycles` how many packages import each other."""

    packages: int
    modules: int
    largest: int
    arrows: int
    cycles: int


def imported(path: Path) -> Iterator[str]:
    """The full names that a module imports, anywhere in its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows_of(folder: Path, prefix: str) -> tuple[dict[str, set[str]], dict[str, int]]:
    """What each package of a folder imports of its neighbours, and how many modules it has."""
    known = {path.stem if path.suffix == ".py" else path.name for path in folder.iterdir()} - {
        "__init__",
        "__pycache__",
    }
    graph: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    for path in sorted(folder.rglob("*.py")):
        package = path.relative_to(folder).with_suffix("").parts[0]
        if package not in known:
            continue
        sizes[package] = sizes.get(package, 0) + (path.stem != "__init__")
        others = {name.removeprefix(prefix).partition(".")[0] for name in imported(path) if name.startswith(prefix)}
        graph.setdefault(package, set()).update(others & known - {package})
    return graph, sizes


def module_graph(source: Path) -> dict[str, set[str]]:
    """What each module imports when it is loaded: full names."""
    names = {_name_of(source, path): path for path in source.rglob("*.py")}
    found = {name: {_module(names, other) for other in _at_start(path)} for name, path in names.items()}
    return {name: {other for other in others if other and other != name} for name, others in found.items()}


def _name_of(source: Path, path: Path) -> str:
    parts = path.relative_to(source.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(names: dict[str, Path], name: str) -> str:
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name


def _at_start(path: Path) -> Iterator[str]:
    """The imports executed when a module is loaded: not those inside functions or for type checkers only."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def cycles_in(graph: dict[str, set[str]]) -> int:
    """How many nodes have to be removed until there is no cycle, one of each cycle that is found."""
    left, gone = {name: set(others) for name, others in graph.items()}, 0
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            lost = error.args[1][0]
            left = {name: others - {lost} for name, others in left.items() if name != lost}
            gone += 1
        else:
            return gone


def counts(folder: Path, prefix: str) -> Counts:
    graph, sizes = arrows_of(folder, prefix)
    return Counts(len(graph), sum(sizes.values()), max(sizes.values()), sum(map(len, graph.values())), cycles_in(graph))


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    rows: list[tuple[str, ...]] = [("", "packages", "modules", "largest", "arrows", "cycles")]
    for name in ("", *DIVIDED):
        found = counts(source / name, f"archiver.{name}." if name else "archiver.")
        rows.append(
            (name or "all", *map(str, (found.packages, found.modules, found.largest, found.arrows, found.cycles)))
        )
    graph = module_graph(source)
    rows.append(("modules", "", str(len(graph)), "", str(sum(map(len, graph.values()))), str(cycles_in(graph))))
    print("\n".join(f"{row[0]:<8}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows))  # noqa: T201 - a program


if __name__ == "__main__":
    main()
