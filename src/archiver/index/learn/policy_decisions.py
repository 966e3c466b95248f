"""Policies for pages that ask not to be kept: lines of decisions.jsonl that the index applies."""

from __future__ import annotations

from pathlib import Path

from archiver import decisions, keeping
from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched
from archiver.index.store.reserved_pages import addresses_of, bring_back, load_policies, settle
from archiver.index.store.revisits import resolve_revisits
from archiver.index.store.story_rows import recompute, update_stories
from archiver.index.store.withheld import load_withdrawn
from archiver.transactions import transaction

_ASKING = (
    "SELECT DISTINCT c.surt FROM reservations r JOIN captures c ON c.id = r.capture_id"
    " UNION SELECT surt FROM reserved_pages"
)
_HOSTS = "SELECT DISTINCT c.surt FROM tdm_rules t JOIN captures c ON c.id = t.capture_id WHERE t.location != ''"


def replay_policies(db: Index, folder: Path) -> None:
    """Apply the policies of the archive at `folder`: hide pages, and have pages read again that are no longer hidden.

    An index built under the policies equals one that they were applied to later.
    """
    wanted = keeping.policies_of(decisions.read(folder / decisions.FILE_NAME))
    with transaction(db.conn):
        if wanted != load_policies(db):
            db.execute("DELETE FROM site_policies")
            db.executemany("INSERT INTO site_policies (site, policy) VALUES (?, ?)", sorted(wanted.items()))
            _judge_again(db, wanted)
        bring_back(db)


def read_again(db: Index) -> bool:
    """After files were read: have files read again whose pages no longer ask to be hidden. Returns whether there are
    any."""
    with transaction(db.conn):
        return bring_back(db)


def _judge_again(db: Index, policies: dict[str, str]) -> None:
    touched = Touched(BatchFacts(load_mirrors(db), load_withdrawn(db)))
    surts = {row[0] for row in db.execute(_ASKING)}
    for host in sorted({row[0].partition(")")[0] for row in db.execute(_HOSTS)}):
        surts |= addresses_of(db, host)
    if settle(db, surts, policies, touched):
        resolve_revisits(db, touched)
        update_hosts(db, touched)
        resolve_stories(db, touched)
        update_stories(db, touched)
        recompute(db, relearn(db, touched), touched)
