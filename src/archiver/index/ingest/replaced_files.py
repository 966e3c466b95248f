"""Damaged WARC files that were replaced by a sound copy are read again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archiver.errors import ArchiverError
from archiver.index.ingest.batch import DamagedStretch
from archiver.index.ingest.pipeline import UNFIT
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import WarcFile
from archiver.index.schema.connection import Index
from archiver.transactions import transaction

_FIRST_DAMAGE = "SELECT warc_file, min(warc_offset) FROM damage WHERE cause NOT LIKE ? || '%' GROUP BY warc_file"


def reread_replaced(db: Index, warcs: Iterable[WarcFile]) -> None:
    """Mark files to be read from the start if their first damaged stretch can be read now. Reading a file again adds
    what is new and removes its old damage from the index. Files without damage cost nothing. A change inside a sound
    file is not noticed here: `archiver verify` reads everything.
    """
    damaged = dict(db.execute(_FIRST_DAMAGE, (UNFIT,)).fetchall())
    mended = [warc for warc in warcs if warc.name in damaged and _is_sound_at(warc.path, damaged[warc.name])]
    if mended:
        with transaction(db.conn):
            for warc in mended:
                db.execute("UPDATE warcs SET read_up_to = 0 WHERE name = ?", (warc.name,))


def _is_sound_at(path: Path, offset: int) -> bool:
    """Whether the member or record at this offset can be read."""
    something = False
    try:
        for entry in read_warc(path, offset):
            if isinstance(entry.item, DamagedStretch) and entry.item.offset == offset:
                return False
            something = True
            if entry.end > offset:
                break
    except (OSError, ValueError, ArchiverError):
        return False
    return something
