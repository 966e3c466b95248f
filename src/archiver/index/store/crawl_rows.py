"""Inserts what WARC files state about their crawls."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from archiver import layout
from archiver.index.schema.connection import Index
from archiver.index.store.identity import moment
from archiver.index.store.packing import pack_json, unpack_json
from archiver.index.store.withheld import withdrawn_address
from archiver.layout import Site
from archiver.model import CrawlRecord

_COLUMNS = (
    "id", "site", "started", "finished", "software", "operator", "robots", "user_agent", "settings", "stop_reason",
    "exit_code", "fetched", "stories", "pages", "bytes", "retries", "queued", "reasons", "statuses", "error",
)  # fmt: skip
_COUNTS = ("fetched", "stories", "pages", "bytes", "retries", "queued")
_UPSERT = (
    f"INSERT INTO crawls ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)


def add_crawl_record(db: Index, record: CrawlRecord, warc_file: str, current_crawl: str | None) -> str:
    """Insert one record; returns the crawl it belongs to. A closing record without a name closes the current crawl."""
    fields = dict(record.fields)
    if record.kind == "warcinfo":
        crawl_id = fields.get("archiver-crawl") or record.record_id
    else:
        crawl_id = _text(_object(fields.get("json")).get("crawl_id")) or current_crawl or record.record_id
    # The same record in two files: the one in the archive counts, then the first by name, whichever was read first.
    # Their content is the same.
    db.execute(
        "INSERT INTO crawl_records (record_id, warc_file, crawl_id, kind, date, fields) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (record_id) DO UPDATE SET warc_file = excluded.warc_file"
        " WHERE (excluded.warc_file LIKE '/%', excluded.warc_file) < (warc_file LIKE '/%', warc_file)",
        (record.record_id, warc_file, crawl_id, record.kind, moment(record.date), pack_json(fields)),
    )
    stored = db.execute("SELECT crawl_id FROM crawl_records WHERE record_id = ?", (record.record_id,)).fetchone()
    return str(stored[0])


def described_crawl(db: Index, warcinfo_id: str | None) -> tuple[str | None, Site | None]:
    """The crawl and the site named by a warcinfo record."""
    if warcinfo_id is None:
        return None, None
    row = db.execute("SELECT crawl_id, fields FROM crawl_records WHERE record_id = ?", (warcinfo_id,)).fetchone()
    return (row[0], described_site(unpack_json(row[1]))) if row else (None, None)


def described_site(fields: dict[str, str]) -> Site | None:
    """The site described by a warcinfo; None if it describes none, or no valid one."""
    return _described(fields.get("archiver-site"))[0]


def site_faults(fields: dict[str, str]) -> tuple[str, ...]:
    """The invalid parts of a warcinfo's site description, as codes of `layout.described_site`."""
    return _described(fields.get("archiver-site"))[1]


@lru_cache(maxsize=16)
def _described(text: str | None) -> tuple[Site | None, tuple[str, ...]]:
    return layout.described_site(_object(text)) if text else (None, ())


def update_all_crawls(db: Index, withdrawn: Collection[str]) -> None:
    """Compute the rows of all crawls whose reports name URLs, after other URLs were withdrawn."""
    for (crawl_id,) in db.execute("SELECT DISTINCT crawl_id FROM crawl_records WHERE kind = 'crawl'").fetchall():
        update_crawl(db, crawl_id, withdrawn)


def update_crawl(db: Index, crawl_id: str, withdrawn: Collection[str]) -> None:
    """Compute a crawl's row and its skips, without `withdrawn` URLs, from all its records."""
    rows = db.execute(
        "SELECT kind, date, fields FROM crawl_records WHERE crawl_id = ? ORDER BY date, record_id", (crawl_id,)
    ).fetchall()
    opened: dict[str, Any] = next((unpack_json(fields) for kind, _, fields in rows if kind == "warcinfo"), {})
    closing = [(date, _object(unpack_json(fields).get("json"))) for kind, date, fields in rows if kind == "crawl"]
    closed_at, report = closing[-1] if closing else (None, {})
    site = _object(opened.get("archiver-site")).get("name") or report.get("site")
    values: dict[str, Any] = {
        "id": crawl_id,
        "site": _text(site),
        "started": _text(report.get("started")) or rows[0][1],
        "finished": _text(report.get("finished")) or closed_at,
        "software": _text(opened.get("software")),
        "operator": _text(opened.get("operator")),
        "robots": _text(opened.get("robots")),
        "user_agent": _text(opened.get("http-header-user-agent")),
        "settings": _json(report.get("settings") or _object(opened.get("archiver-settings")) or None),
        "stop_reason": _text(report.get("stop_reason")),
        "exit_code": _integer(report.get("exit_code")),
        "reasons": _json(report.get("reasons")),
        "statuses": _json(report.get("statuses")),
        "error": _text(report.get("error")),
    }
    values |= {name: _integer(report.get(name)) for name in _COUNTS}
    db.execute(_UPSERT, tuple(values[name] for name in _COLUMNS))
    if closing:
        _write_skipped(db, crawl_id, report.get("skipped"), withdrawn)


def _write_skipped(db: Index, crawl_id: str, skipped: object, withdrawn: Collection[str]) -> None:
    entries = [entry for entry in skipped if isinstance(entry, dict)] if isinstance(skipped, list) else []
    db.execute("DELETE FROM skipped WHERE crawl_id = ?", (crawl_id,))
    rows = []
    for position, entry in enumerate(entries):
        url, found_on = _text(entry.get("url")) or "", _text(entry.get("found_on"))
        if withdrawn_address(withdrawn, url) is not None:
            continue
        if found_on is not None and withdrawn_address(withdrawn, found_on) is not None:
            found_on = None
        rows.append((crawl_id, position, url, _text(entry.get("reason")) or "unknown", found_on))
    db.executemany("INSERT INTO skipped (crawl_id, position, url, reason, found_on) VALUES (?, ?, ?, ?, ?)", rows)


# A WARC may come from anywhere: values of the wrong type are left out.


def _object(text: object) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=lambda _: None) if isinstance(text, str) else None
        if isinstance(text, str) and "\\u" in text:
            # Escapes can produce half of a UTF-16 pair, which no database accepts.
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str | None:
    # No row contains a NUL, because programs that read the database would end the text there.
    return value.replace("\0", "\ufffd") if isinstance(value, str) and value else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and abs(value) < 1 << 63 else None


def _json(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else None
