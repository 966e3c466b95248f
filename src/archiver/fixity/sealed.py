"""A checksum beside a SQLite file for as long as nobody writes it: `index.db.sum`.

SQLite keeps no checksums: a flipped bit in a text, or in a part of a page that is unused now, goes unseen by all of its
own checks. So whoever closes a database last writes the file's checksum, and whoever opens it for writing removes that
first. After a crash there is none, and only SQLite's checks remain until the next run ends in good order.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from zlib_ng import zlib_ng

# To read a bigger file at the end of every run would cost more than it is worth: 1 GB takes half a second at best.
LIMIT = 2 * 2**30
_PIECE = 1 << 20


def unseal(path: Path) -> None:
    """Before a database is opened for writing. Raises OSError."""
    _beside(path).unlink(missing_ok=True)


def seal(path: Path) -> None:
    """After a database was closed. Does nothing where that can't be done: another process has it open still, it is too
    big, or the disk is full."""
    with contextlib.suppress(OSError):
        wal = path.with_name(path.name + "-wal")
        if (wal.exists() and wal.stat().st_size) or path.stat().st_size > LIMIT:
            return
        size, checksum = _sum(path)
        _beside(path).write_text(json.dumps({"bytes": size, "crc32": checksum}) + "\n", encoding="ascii")


def is_broken(path: Path) -> bool | None:
    """Whether the file is another than the one that was closed; None where that can't be told. Raises OSError."""
    try:
        known = json.loads(_beside(path).read_text(encoding="ascii"))
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


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".sum")
