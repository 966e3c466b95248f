"""docs/library.md, made from docstrings and signatures: `python -m archiver.describe_library > docs/library.md`."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator

from archiver import library
from archiver.errors import DamageError, QueryError, UsageError
from archiver.export.exporting import Made
from archiver.index.read.worddiff import Piece
from archiver.index.search.concordance import Line
from archiver.index.search.trends import Slice

VALUES = (
    library.Hit, library.Story, library.Version, library.Event, library.StoredCapture, Piece, Line, Slice, Made,
)  # fmt: skip
ERRORS = (UsageError, QueryError, DamageError)


def markdown() -> str:
    """The reference of `archiver.Archive` and its return values. A test checks that docs/library.md is equal to it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The library"
    yield ""
    yield "Generated from the docstrings with `make docs`. [What is stable](stability.md)."
    yield ""
    yield _doc(library)
    yield ""
    yield "## Archive"
    yield ""
    yield "```python"
    yield f"Archive{_signature(library.Archive)}"
    yield "```"
    yield ""
    yield _doc(library.Archive)
    for name, member in public_members():
        yield ""
        yield f"### {name}"
        yield ""
        if callable(member):
            yield "```python"
            yield f"archive.{name}{_signature(member)}"
            yield "```"
            yield ""
        yield _doc(member)
    for value in VALUES:
        yield ""
        yield f"## {value.__name__}"
        yield ""
        yield _doc(value)
        yield ""
        yield "| field | type |"
        yield "|---|---|"
        yield from (
            f"| `{field.name}` | `{str(field.type).replace('|', chr(92) + '|')}` |"
            for field in dataclasses.fields(value)
        )
    yield ""
    yield "## Errors"
    for error in ERRORS:
        yield ""
        yield f"`archiver.errors.{error.__name__}`: {_doc(error)}"


def public_members() -> list[tuple[str, object]]:
    """The methods and properties that users call, in the order of the source."""
    return [
        (name, member)
        for name, member in vars(library.Archive).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    ]


def _doc(value: object) -> str:
    return inspect.getdoc(value) or ""


class _Bare(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _signature(value: Callable[..., object]) -> str:
    signature = inspect.signature(value)
    kept = [p.replace(annotation=_Bare(p.annotation)) for p in signature.parameters.values() if p.name != "self"]
    return str(signature.replace(parameters=kept, return_annotation=_Bare(signature.return_annotation)))


if __name__ == "__main__":
    sys.stdout.write(markdown())
