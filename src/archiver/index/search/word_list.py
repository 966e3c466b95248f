"""A word list in a file: one word, phrase or prefix (`word*`) per line, of which any must occur."""

from __future__ import annotations

import re
from pathlib import Path

from archiver.errors import UsageError
from archiver.index.search.parsing import listed
from archiver.printable import plain

_SHOWN = 5  # lines in a message
_COMMENT = re.compile(r"(?:#|//|--|;)\s+\S")


def read_word_list(path: Path) -> tuple[tuple[str, ...], list[str]]:
    """The entries of a file in UTF-8, and notes for people on lines that may be a mistake. Raises UsageError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror})", "give a file with one word per line") from error
    return word_list(str(path), data)


def word_list(name: str, data: bytes) -> tuple[tuple[str, ...], list[str]]:
    """The same for the content of the file called `name`. Raises UsageError."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    entries = {number: entry for number, line in enumerate(lines, 1) if (entry := line.strip())}
    if not entries:
        raise UsageError(f"{name} is empty", "put one word or phrase on each line")
    wordless = {number for number, entry in entries.items() if listed((entry,)) is None}
    if len(wordless) == len(entries):
        raise UsageError(f"{name} has no word", "put one word or phrase on each line")
    comments = {number for number, entry in entries.items() if _COMMENT.match(entry)} - wordless
    commas = {number for number, entry in entries.items() if "," in entry} - wordless - comments
    found = (
        ("without a letter or digit, and ignored", wordless),
        ("a list has no comments; searched as words", comments),
        ("a comma separates nothing; searched as one phrase", commas),
    )
    notes = [f"{plain(name)}: {what}: {_shown(entries, numbers)}" for what, numbers in found if numbers]
    return tuple(entries.values()), notes


def _shown(entries: dict[int, str], numbers: set[int]) -> str:
    """The first of these lines, and how many more there are."""
    lines = [f"line {number} {entries[number]!r}" for number in sorted(numbers)]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return plain(", ".join(lines[:_SHOWN])) + more
