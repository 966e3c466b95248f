"""Exceptions with a message for users and an exit code for programs.

Each error has a message (what failed and why) and a hint (the next step). Add a class only if a caller handles it.
docs/exit-codes.md lists the codes.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

from archiver.printable import plain


class ExitCode(IntEnum):
    """The exit codes of `archiver`. docs/exit-codes.md explains each."""

    OK = 0
    BUG = 1
    USAGE = 2
    STORAGE = 3
    NO_SEED = 9
    INTERRUPTED = 11
    TOO_MANY_FAILURES = 12
    TIME_LIMIT = 15
    BLOCKED = 18
    NO_ARTICLES = 19
    DAMAGE = 20
    LOCKED = 75


class ArchiverError(Exception):
    """An error that the user can act on. Printed as one line, `message: hint`, without a traceback."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


def nearest(typed: str, known: Iterable[str]) -> str:
    """The most similar name; empty if no name is similar."""
    return next(iter(difflib.get_close_matches(typed, list(known), n=1, cutoff=0.6)), "")


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """`did you mean 'search'?` with the most similar name; empty if no name is similar."""
    near = nearest(typed, known)
    return f"did you mean {near!r}?" if near else ""


class UsageError(ArchiverError):
    """The command, its arguments or a given file can't be used."""

    exit_code = ExitCode.USAGE


class QueryError(UsageError):
    """A query with a syntax error: the problem, and its character position in `text`."""

    def __init__(self, message: str, hint: str, text: str, position: int) -> None:
        super().__init__(message, hint)
        self.text = text
        self.position = position

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.place}"

    @property
    def place(self) -> str:
        """Two lines: the query around the place, and a caret under it."""
        begin = max(0, self.position - 50)
        shown = " ".join(self.text[begin : self.position + 30].split("\n"))
        before = shown[: self.position - begin]
        wide = sum(unicodedata.east_asian_width(char) in "WF" for char in before)
        narrow = sum(unicodedata.category(char) == "Mn" for char in before)
        dots = "…" if begin else ""
        return f"  {dots}{shown}\n  {' ' * (len(dots) + len(before) + wide - narrow)}^"


def unknown_site(name: str, known: Iterable[str], where: str = "", hint: str = "") -> UsageError:
    """The error for an unknown site, with the most similar name and all known names."""
    there = sorted(known)
    steps = (did_you_mean(name, there), f"known sites: {', '.join(there) or 'none'}", hint)
    return UsageError(plain(f"no site named {name!r}{where}"), plain("; ".join(step for step in steps if step)))


class StorageError(ArchiverError):
    """The disk is full, read-only or failing, so that nothing more can be written safely."""

    exit_code = ExitCode.STORAGE


class DamageError(ArchiverError):
    """A file of the archive is damaged."""

    exit_code = ExitCode.DAMAGE


class LockedError(ArchiverError):
    """Another run is using the same archive."""

    exit_code = ExitCode.LOCKED
