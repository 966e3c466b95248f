"""Withdrawn stories: lines of decisions.jsonl, which the index follows before it reads anything new."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from archiver import withdrawals
from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.store.captures import Touched, remove_capture, resolve_revisits
from archiver.index.store.identity import key_of
from archiver.index.store.story_rows import update_anew, update_stories
from archiver.index.store.withheld import covering, load_withdrawn, reinstate, withhold


def replay_withdrawals(db: Database, folder: Path, today: date | None = None) -> None:
    """Take out what is withdrawn in the archive at `folder`, and have read again what no longer is.

    An index that was made by the decisions and one that followed them are the same.
    """
    wanted = withdrawals.hidden(folder, today)
    connection = db.conn
    present = load_withdrawn(connection)
    if wanted == present:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("DELETE FROM withdrawn")
        connection.executemany("INSERT INTO withdrawn (address) VALUES (?)", [(address,) for address in sorted(wanted)])
        reinstate(connection, present - wanted)
        if wanted - present:
            _take_out(connection, wanted)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _take_out(db: sqlite3.Connection, withdrawn: frozenset[str]) -> None:
    touched = Touched(mirrors=load_mirrors(db), withdrawn=withdrawn)
    rows = db.execute(
        "SELECT c.id, c.surt, iif(c.record_type = 'revisit', NULL, c.canonical_url), a.surt, c.warc_record_id,"
        " c.fetched_at, c.warc_file, c.warc_offset FROM captures c"
        " LEFT JOIN articles a ON a.id = c.article_id AND c.record_type != 'revisit'"
    )
    for capture_id, surt, canonical, story, record_id, fetched_at, *place in rows.fetchall():
        keys = [surt, *([key_of(canonical)] if canonical else []), *([story] if story else [])]
        address = covering(withdrawn, touched.mirrors, keys)
        if address is not None:
            withhold(db, record_id, fetched_at, (place[0], place[1]), address)
            remove_capture(db, capture_id, touched)
    resolve_revisits(db, touched)
    update_hosts(db, touched)
    update_stories(db, touched)
    update_anew(db, relearn(db, touched), touched)
