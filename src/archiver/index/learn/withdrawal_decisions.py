"""Withdrawn stories: lines of decisions.jsonl, which the index follows before it reads anything new."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from archiver import withdrawals
from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.store.captures import Touched, take_out
from archiver.index.store.revisits import resolve_revisits
from archiver.index.store.story_rows import update_anew, update_stories
from archiver.index.store.withheld import load_withdrawn, reinstate


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
    take_out(db, touched)
    resolve_revisits(db, touched)
    update_hosts(db, touched)
    resolve_stories(db, touched)
    update_stories(db, touched)
    update_anew(db, relearn(db, touched), touched)
