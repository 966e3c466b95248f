"""Withdrawn stories: lines of decisions.jsonl that the index applies before it reads new records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from archiver import withdrawals
from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched, withhold_withdrawn
from archiver.index.store.crawl_rows import update_all_crawls
from archiver.index.store.revisits import resolve_revisits
from archiver.index.store.story_rows import recompute, update_stories
from archiver.index.store.withheld import load_withdrawn, reinstate, stories_linking
from archiver.transactions import transaction


def replay_withdrawals(db: Index, folder: Path, today: date | None = None) -> None:
    """Remove what is withdrawn in the archive at `folder`, and have files read again whose stories are no longer
    withdrawn.

    An index built under the decisions equals one that they were applied to later.
    """
    wanted = withdrawals.hidden(folder, today)
    present = load_withdrawn(db)
    if wanted == present:
        return
    with transaction(db.conn):
        db.execute("DELETE FROM withdrawn")
        db.executemany("INSERT INTO withdrawn (address) VALUES (?)", [(address,) for address in sorted(wanted)])
        reinstate(db, present - wanted)
        _follow(db, wanted, wanted - present, present - wanted)


def _follow(db: Index, withdrawn: frozenset[str], added: frozenset[str], reinstated: frozenset[str]) -> None:
    """Hide the captures of URLs, and what other pages and reports say of them, or show the latter again."""
    touched = Touched(BatchFacts(load_mirrors(db), withdrawn))
    touched.links_changed = stories_linking(db, added, reinstated)
    touched.stories |= touched.links_changed
    update_all_crawls(db, withdrawn)
    if added:
        withhold_withdrawn(db, touched)
    resolve_revisits(db, touched)
    update_hosts(db, touched)
    resolve_stories(db, touched)
    update_stories(db, touched)
    recompute(db, relearn(db, touched), touched)
