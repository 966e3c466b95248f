"""Locates WARC files: names in an index, the files with these names, and files inside a WACZ package.

A file in a package is named `PACKAGE.wacz#archive/NAME.warc.gz`. Bytes of a file name that are not UTF-8 are written as
`\xff`, so that the name can be stored as text and still identifies its file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from archiver.errors import UsageError
from archiver.warc import wacz

OPEN = ".open"  # suffix of a file that is being written
WARC_ENDINGS = (".warc.gz", ".warc", ".warc.zst", ".arc.gz", ".arc", ".warc.gz" + OPEN, ".warc" + OPEN)
_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


def stored_text(path: Path) -> str:
    """A path as text that any database and terminal accepts."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def stored_name(path: Path) -> str:
    """The name of a file without its folder, as text; for a file in a package, with the package's name."""
    inside = wacz.split(path)
    return stored_text(Path(f"{inside[0].name}#{inside[1]}") if inside else Path(path.name))


def path_of(text: str) -> Path:
    """The path from a text of `stored_text`."""
    path = Path(text)
    if "\\x" not in text or is_there(path):
        return path
    return Path(os.fsdecode(_ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text.encode())))


def find_warc(folder: Path, name: str) -> Path | None:
    """The WARC file with a name from an index, also while it is being written; None if it does not exist.

    Raises UsageError for a name that leads out of the folder.
    """
    path = path_of(name)
    if not path.is_absolute():
        inside = wacz.split(path)
        if len((inside[0] if inside else path).parts) != 1 or path.parts[0] == "..":
            raise UsageError(f"{name!r} is not a file name", "the index does not belong to this archive: rebuild it")
        path = path_of(str(folder / name))
    return next((found for found in (path, path.with_name(path.name + OPEN)) if is_there(found)), None)


def own_place(path: Path) -> tuple[Path, int] | None:
    """For a file inside a package: the package, and the file's offset in it; None if it is deflated."""
    inside = wacz.split(path)
    try:
        begin = wacz.place_inside(*inside) if inside else None
    except (OSError, ValueError):
        return None
    return (inside[0], begin) if inside and begin is not None else None


def is_there(path: Path) -> bool:
    """Whether a file can be opened, also inside a package."""
    inside = wacz.split(path)
    try:
        return (inside[0] if inside else path).is_file()
    except (OSError, ValueError):
        return False


def size_of(path: Path) -> int:
    """Size in bytes of a file, also inside a package. Raises OSError."""
    inside = wacz.split(path)
    return wacz.size_of(*inside) if inside else path.stat().st_size


def open_warc(path: Path) -> BinaryIO:
    """Open a file for reading records, also inside a package. Raises UsageError if it can't be opened."""
    inside = wacz.split(path)
    try:
        return wacz.open_inside(*inside) if inside else path.open("rb")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise UsageError(f"{stored_text(path)} can't be read ({reason})", "check its name and permissions") from error
