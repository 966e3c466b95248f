"""Hides pages that ask not to be kept, for sites with the policy `hide`: they are out of the index while they ask.

All records of such a URL are withheld like those of a withdrawn one, so that search, SQL, web pages, replay and exports
need no filter. Its latest capture that is a page and its host's latest tdmrep.json decide whether it asks: a pure
function of all captures, indexed and withheld. So the order in which they are indexed doesn't matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Touched, remove_capture
from archiver.index.store.withheld import reinstate, withhold
from archiver.keeping import TDM_PATH, TDM_PERMITTED, is_reserved, policy_of
from archiver.model import TdmRule
from archiver.withdrawals import address_hash

_IN_INDEX = (
    "SELECT c.id, c.site, c.url, c.fetched_at, c.warc_record_id, c.warc_file, c.warc_offset, c.http_status,"
    " c.record_type, (SELECT group_concat(word, ' ') FROM reservations r WHERE r.capture_id = c.id),"
    " EXISTS (SELECT 1 FROM tdm_rules t WHERE t.capture_id = c.id AND t.location = '') FROM captures c WHERE c.surt = ?"
)
_FILE = (
    "SELECT coalesce(payload_id, id), fetched_at FROM captures WHERE surt = ? AND http_status IN (200, 304, 404, 410)"
    " ORDER BY fetched_at DESC, warc_record_id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of one URL. `words` is None if it states nothing about archiving the page."""

    site: str
    url: str
    fetched_at: str
    record_id: str
    words: str | None


def load_policies(db: Index) -> dict[str, str]:
    """The policies of sites, as in `keeping.policies_of`."""
    return {str(site): str(policy) for site, policy in db.execute("SELECT site, policy FROM site_policies")}


def hide_reserved(db: Index, touched: Touched) -> bool:
    """Withhold the captures of touched URLs that ask not to be kept, and mark URLs that no longer ask. Returns
    whether captures were removed."""
    policies = load_policies(db)
    any_away = db.execute("SELECT 1 FROM reserved_pages LIMIT 1").fetchone() is not None
    if not any_away and not _hides(policies):
        return False
    surts = set(touched.addresses)
    for host in sorted({surt.partition(")")[0] for surt in surts if surt.endswith(f"){TDM_PATH}")}):
        surts |= addresses_of(db, host)
    return settle(db, surts, policies, touched)


def settle(db: Index, surts: Iterable[str], policies: dict[str, str], touched: Touched) -> bool:
    """Decide for some URLs. Returns whether captures were removed."""
    rules: dict[str, tuple[TdmRule, ...]] = {}
    taken_out = False
    for surt in sorted(surts):
        host = surt.partition(")")[0]
        if host not in rules:
            rules[host] = rules_of(db, host)[0]
        taken_out |= _decide_address(db, surt, rules[host], policies, touched)
    return taken_out


def addresses_of(db: Index, host: str) -> set[str]:
    """The SURTs of a host (in the form at the start of a SURT) that have captures, in the index or withheld."""
    found: set[str] = set()
    for table in ("captures", "reserved_pages"):
        sql = f"SELECT DISTINCT surt FROM {table} WHERE surt >= ? AND surt < ?"  # noqa: S608 - constants
        found |= {row[0] for row in db.execute(sql, (f"{host})", f"{host}*"))}
    return found


def bring_back(db: Index) -> bool:
    """Have the files read again that contain records of pages that no longer ask. Returns whether there are any."""
    surts = [row[0] for row in db.execute("SELECT DISTINCT surt FROM reserved_pages WHERE lifted")]
    reinstate(db, {address_hash(surt) for surt in surts})
    db.execute("DELETE FROM reserved_pages WHERE lifted")
    return bool(surts)


def _decide_address(
    db: Index, surt: str, rules: tuple[TdmRule, ...], policies: dict[str, str], touched: Touched
) -> bool:
    rows = db.execute(_IN_INDEX, (surt,)).fetchall()
    away = [
        _Record(*row)
        for row in db.execute("SELECT site, url, fetched_at, warc_record_id, words FROM reserved_pages WHERE surt = ?",
                              (surt,))
    ]  # fmt: skip
    here = [_record(row) for row in rows]
    if not _is_hidden([*here, *away], rules, policies):
        if away:
            db.execute("UPDATE reserved_pages SET lifted = 1 WHERE surt = ?", (surt,))
        return False
    db.execute("UPDATE reserved_pages SET lifted = 0 WHERE surt = ?", (surt,))
    for row, record in zip(rows, here, strict=True):
        db.execute(
            "INSERT INTO reserved_pages (surt, fetched_at, warc_record_id, site, url, words) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (surt, record.fetched_at, record.record_id, record.site, record.url, record.words),
        )
        withhold(db, record.record_id, record.fetched_at, (row[5], row[6]), address_hash(surt))
        remove_capture(db, row[0], touched)
    return bool(rows)


def _record(row: tuple[object, ...]) -> _Record:
    _, site, url, fetched_at, record_id, _, _, status, record_type, words, permitted = row
    said = " ".join(filter(None, [str(words or ""), TDM_PERMITTED if permitted else ""]))
    is_page = record_type != "revisit" and status in (200, None)
    # For a revisit the statements of the page are those of its payload; a header field of its own counts.
    return _Record(str(site), str(url), str(fetched_at), str(record_id), said if is_page or said else None)


def _is_hidden(records: list[_Record], rules: tuple[TdmRule, ...], policies: dict[str, str]) -> bool:
    pages = [record for record in records if record.words is not None]
    latest = max(pages, key=lambda record: (record.fetched_at, record.record_id), default=None)
    if latest is None or latest.words is None or policy_of(policies, latest.site) != "hide":
        return False
    return is_reserved(latest.words.split(), rules, latest.url)


def _hides(policies: dict[str, str]) -> bool:
    return "hide" in policies.values()


def rules_of(db: Index, host: str) -> tuple[tuple[TdmRule, ...], str]:
    """The rules of a host's latest tdmrep.json (host in the form at the start of a SURT) and the time of its capture;
    no rules if the host no longer has the file."""
    row = db.execute(_FILE, (f"{host}){TDM_PATH}",)).fetchone()
    if row is None:
        return (), ""
    sql = "SELECT location, reserved FROM tdm_rules WHERE capture_id = ? ORDER BY position"
    return tuple(TdmRule(location, bool(reserved)) for location, reserved in db.execute(sql, (row[0],))), row[1]
