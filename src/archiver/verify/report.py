"""The result of a verification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# The kind of a problem, which determines the next step.
Kind = Literal[
    "manifest", "signature", "head", "missing", "foreign", "checksum", "open", "torn", "record", "index", "frontier"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `offset` and `length` in bytes, for a part of a WARC file."""

    kind: Kind
    file: str
    cause: str
    offset: int | None = None
    length: int | None = None


@dataclass(slots=True)
class Report:
    """What was checked, and the problems. `notes` are not damage."""

    head: str = ""
    warcs: int = 0
    bytes: int = 0
    records: int = 0
    captures: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, *kinds: Kind) -> list[Problem]:
        """The problems of some kinds."""
        return [problem for problem in self.problems if problem.kind in kinds]
