"""The result of a verification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archiver.fixity.manifest import unlisted_note

# The kind of a problem, which determines the next step.
Kind = Literal[
    "manifest", "signature", "head", "missing", "foreign", "checksum", "restored", "open", "torn", "record", "index",
    "frontier",
]  # fmt: skip

DIFFERS = "it differs from the manifest"
SAME_SIZE = f"{DIFFERS} (SHA-512)"  # so nothing is cut off: something in it was changed


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `offset` and `length` in bytes, for a part of a WARC file."""

    kind: Kind
    file: str
    cause: str
    offset: int | None = None
    length: int | None = None

    @property
    def is_outside(self) -> bool:
        """Whether it is about a file outside the archive, which is never changed, and has a path as its name."""
        return self.file.startswith("/")


@dataclass(slots=True)
class Report:
    """What was checked, and the problems. `notes` are not damage; `unlisted` are WARC files without a line in the
    manifest; `outdated` is what to do about an index of an older version.
    """

    head: str = ""
    warcs: int = 0
    foreign: int = 0  # files outside the archive that were read, WACZ packages as one
    bytes: int = 0
    records: int = 0
    captures: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    outdated: str | None = None

    def of(self, *kinds: Kind) -> list[Problem]:
        """The problems of some kinds."""
        return [problem for problem in self.problems if problem.kind in kinds]

    def unlisted_note(self) -> str:
        """What to do about files without a line in the manifest."""
        return unlisted_note(len(self.unlisted))

    def steps(self) -> list[str]:
        """The notes that ask for something: what can't be checked until it is done."""
        return [self.unlisted_note()] * bool(self.unlisted) + ([self.outdated] if self.outdated else [])

    def beyond_repair(self) -> list[str]:
        """The WARC files that have to be restored from a copy: missing ones, and those with damage before their end.

        The index and the frontier may be right where they differ from such a file: they were made while it was sound.
        """
        torn = {problem.file for problem in self.of("torn")}
        outside = {problem.file for problem in self.of("torn", "record") if problem.is_outside}
        inside = {problem.file for problem in self.of("record")}
        found = {problem.file for problem in self.of("missing")} | (inside & set(self.unlisted)) | outside
        for problem in self.of("checksum"):
            if problem.cause == SAME_SIZE or problem.file in inside or problem.file not in torn:
                found.add(problem.file)
        return sorted(found)
