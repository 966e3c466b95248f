"""A checksum file next to a SQLite file while nobody writes to it: `index.db.sum`.

SQLite has no checksums, so its own checks don't detect a flipped bit in a text or in an unused part of a page. So the
last process to close a database writes the file's checksum, and a process that opens it for writing first removes the
checksum. After a crash there is none, and only SQLite's checks remain until the next run ends cleanly.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from zlib_ng import zlib_ng

# Reading a larger file at the end of every run would take too long: 1 GB takes at least half a second.
LIMIT = 2 * 2**30
_PIECE = 1 << 20


def unseal(path: Path) -> None:
    """Call this before opening a database for writing. Raises OSError."""
    _marker_of(path).unlink(missing_ok=True)


def seal(path: Path) -> None:
    """Call this after closing a database. Does nothing if another process still has it open, it is too large, or the
    disk is full.
    """
    with contextlib.suppress(OSError):
        wal = path.with_name(path.name + "-wal")
        if (wal.exists() and wal.stat().st_size) or path.stat().st_size > LIMIT:
            return
        size, checksum = _sum(path)
        _marker_of(path).write_text(json.dumps({"bytes": size, "crc32": checksum}) + "\n", encoding="ascii")


def is_broken(path: Path) -> bool | None:
    """Whether the file differs from the one that was closed; None if there is no checksum. Raises OSError."""
    try:
        known = json.loads(_marker_of(path).read_text(encoding="ascii"))
        sealed = (known["bytes"], known["crc32"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return True
    return sealed != _sum(path)


def _sum(path: Path) -> tuple[int, int]:
    size = checksum = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            checksum = zlib_ng.crc32(piece, checksum)
            size += len(piece)
    return size, checksum


def _marker_of(path: Path) -> Path:
    return path.with_name(path.name + ".sum")
