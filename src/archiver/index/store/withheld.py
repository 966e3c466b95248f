"""Captures of withdrawn URLs: they get no row, but the places of their records are kept, so that they can be read
again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from archiver.index.schema.connection import Index
from archiver.index.store.surts import surt_on
from archiver.withdrawals import address_hash


def load_withdrawn(db: Index) -> frozenset[str]:
    """The URLs that are withdrawn from the index."""
    return frozenset(row[0] for row in db.execute("SELECT address FROM withdrawn"))


def covering(withdrawn: Collection[str], mirrors: Mapping[str, str], surts: Iterable[str]) -> str | None:
    """The withdrawn URL that matches one of some SURTs, on its own host or the one it mirrors; None if there is
    none."""
    found = {address_hash(key) for surt in surts for key in (surt, surt_on(mirrors, surt))}
    return min(found.intersection(withdrawn), default=None)


def withhold(db: Index, record_id: str, fetched_at: str, place: tuple[str, int], address: str) -> None:
    """Note a record that gets no row. Of one record in two places the first counts, as in `captures`."""
    db.execute(
        "INSERT INTO withheld (warc_record_id, fetched_at, address, warc_file, warc_offset) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET warc_file = excluded.warc_file, warc_offset = excluded.warc_offset"
        " WHERE (excluded.warc_file LIKE '/%', excluded.warc_file, excluded.warc_offset)"
        " < (warc_file LIKE '/%', warc_file, warc_offset)",
        (record_id, fetched_at, address, *place),
    )


def reinstate(db: Index, addresses: Collection[str]) -> None:
    """Have the files that contain the records of some URLs read again from their beginning: applying a batch twice
    changes nothing."""
    for address in sorted(addresses):
        db.execute(
            "UPDATE warcs SET read_up_to = 0, warcinfo_id = NULL"
            " WHERE name IN (SELECT warc_file FROM withheld WHERE address = ?)",
            (address,),
        )
        db.execute("DELETE FROM withheld WHERE address = ?", (address,))
