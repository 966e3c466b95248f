"""Metadata records in which archiver describes a file that it made from other files."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from archiver.model import RecordRef
from archiver.warc.reader import Record


def description(stated: Iterable[tuple[str, str]], *, date: str, refers_to: str | None = None) -> Record:
    """A `metadata` record (WARC 1.1 section 6.6) with a field for each name and value. Its ID is derived from them, so
    that the same files make the same bytes."""
    block = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in stated).encode("utf-8", "replace")
    record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, block.decode())}>"
    fields = {"WARC-Record-ID": record_id, "WARC-Date": date}
    fields |= {"WARC-Refers-To": refers_to} if refers_to is not None else {}
    fields["Content-Type"] = "application/warc-fields"
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return Record(
        RecordRef("", 0, 0, record_id),
        "metadata",
        {name.lower(): value for name, value in fields.items()},
        block,
        header=f"WARC/1.1\r\n{header}\r\n".encode(),
    )
