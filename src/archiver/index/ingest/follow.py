"""Updates the index during a crawl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from archiver.extract.pool import ExtractionPool, processors
from archiver.index.database import index_lock, open_writer
from archiver.index.ingest.annotations import Annotations
from archiver.index.ingest.compaction import compact_if_grown, stories_in
from archiver.index.ingest.pipeline import ingest, readable_files
from archiver.index.ingest.upkeep import unread_files
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import warcs_in
from archiver.index.learn.boilerplate_decisions import replay
from archiver.index.learn.changed_rules import replay_sites
from archiver.index.learn.mirror_decisions import replay_hosts
from archiver.index.learn.policy_decisions import read_again, replay_policies
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.layout import Site

# One crawl fetches no faster than this many processes extract.
_MOST_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Followed:
    """What was indexed during a crawl: the number of stories, and of pages judged again because the rule of their site
    changed."""

    stories: int
    judged_again: dict[str, int]


def follow(
    index: Path,
    warc_dir: Path,
    sites: Sequence[Site],
    stop: Connection,
    *,
    interval: float = 1.0,
) -> Followed:
    """Index new records until `stop` gets a message or is closed at its other end (by the crawl, or because it died),
    then a last time.
    """
    workers = min(processors(), _MOST_WORKERS)
    with index_lock(index), open_writer(index) as db, ExtractionPool(workers) as pool:
        before = stories_in(db)
        replay(db, index.parent)
        replay_hosts(db, index.parent)
        replay_withdrawals(db, index.parent)
        replay_policies(db, index.parent)
        judged_again = replay_sites(db, sites, readable_files(db, warcs_in(warc_dir)))
        stories = 0
        ended = again = False
        while not ended or again:
            ended = ended or stop.poll(interval)
            report = ingest(db, unread_files(db, warcs_in(warc_dir)), sites, pool, reader=read_warc)
            stories += report.applied.stories
            again = read_again(db)
        Annotations(index.parent).replay(db)
        compact_if_grown(db, before, stories)
        return Followed(stories, judged_again)
