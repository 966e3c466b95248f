"""Captures of withdrawn URLs: they get no row, but the places of their records are kept, so that they can be read
again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from archiver.index.schema.connection import Index
from archiver.index.store.surts import surt_on
from archiver.model import Link
from archiver.withdrawals import address_hash, hashes_of


def load_withdrawn(db: Index) -> frozenset[str]:
    """The URLs that are withdrawn from the index."""
    return frozenset(row[0] for row in db.execute("SELECT address FROM withdrawn"))


def covering(withdrawn: Collection[str], mirrors: Mapping[str, str], surts: Iterable[str]) -> str | None:
    """The withdrawn URL that matches one of some SURTs, on its own host or the one it mirrors; None if there is
    none."""
    found = {address_hash(key) for surt in surts for key in (surt, surt_on(mirrors, surt))}
    return min(found.intersection(withdrawn), default=None)


def withdrawn_address(withdrawn: Collection[str], url: str) -> str | None:
    """The withdrawn URL that a URL in a page or in a report is; None if it is none. It depends on the URL alone, not on
    the mirrors known at the time: the decision names all URLs of a story, those on its mirrors included.
    """
    return min(_hashes(url).intersection(withdrawn), default=None) if withdrawn else None


@lru_cache(maxsize=1 << 14)
def _hashes(url: str) -> frozenset[str]:
    """The hashes of a URL. The pages of a site share most of their links."""
    return hashes_of([url])


def withhold_links(db: Index, story_id: int, links: Sequence[Link], withdrawn: Collection[str]) -> tuple[Link, ...]:
    """Note the withdrawn URLs among a story's links; returns the links to others."""
    shown = shown_links(links, withdrawn)
    if len(shown) < len(links):
        hidden = {withdrawn_address(withdrawn, link.url) for link in links} - {None}
        rows = [(story_id, address) for address in sorted(filter(None, hidden))]
        db.executemany("INSERT INTO withheld_links (article_id, address) VALUES (?, ?)", rows)
    return shown


def shown_links(links: Sequence[Link], withdrawn: Collection[str]) -> tuple[Link, ...]:
    """The links that don't lead to a withdrawn URL."""
    return tuple(link for link in links if withdrawn_address(withdrawn, link.url) is None)


def stories_linking(db: Index, withdrawn: Collection[str], reinstated: Collection[str]) -> set[int]:
    """The stories with links that are to be hidden, or that are hidden and to be shown again."""
    found: set[int] = set()
    for address in sorted(reinstated):
        found |= {row[0] for row in db.execute("SELECT article_id FROM withheld_links WHERE address = ?", (address,))}
    if withdrawn:
        urls = (row[0] for row in db.execute("SELECT DISTINCT url FROM link_urls"))
        hidden = [url for url in urls if withdrawn_address(withdrawn, url) is not None]
        rows = db.execute(
            "SELECT DISTINCT article_id FROM link_urls WHERE url IN (SELECT value FROM json_each(?))",
            (json.dumps(hidden),),
        )
        found |= {row[0] for row in rows} if hidden else set()
    return found


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
