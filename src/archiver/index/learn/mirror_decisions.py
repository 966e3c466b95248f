"""People's decisions about mirror hosts: lines of decisions.jsonl that the index applies."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from archiver import decisions
from archiver.errors import UsageError
from archiver.index.database import index_lock, open_writer
from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import HostVerdict, load_mirrors, replace_host_verdicts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched
from archiver.index.store.story_rows import recompute, update_stories
from archiver.transactions import transaction

_KIND = "host"
_ACCEPT = "accept"  # a mirror; `value` is its canonical host
_ACCEPT_0_1 = "mirror of "  # lines of version 0.1 have the canonical host in their verdict


@dataclass(frozen=True, slots=True)
class Host:
    """A row of `hosts`; docs/schema.md describes the fields."""

    host: str
    canonical_host: str
    status: str
    pages: int
    shared: int
    why: str
    decided_at: str | None


_COLUMNS = ", ".join(field.name for field in fields(Host))


def hosts(db: Index) -> list[Host]:
    """All hosts that are mirrors, and those that a person declared not to be."""
    return [Host(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM hosts ORDER BY canonical_host, host")]  # noqa: S608


def replay_hosts(db: Index, folder: Path) -> None:
    """Apply the decisions of the archive at `folder` to the index."""
    said = decisions.latest(decisions.read(folder / decisions.FILE_NAME), _KIND).values()
    verdicts = [verdict for entry in said if (verdict := _verdict_of(entry)) is not None]
    with transaction(db.conn):
        touched = Touched(BatchFacts(load_mirrors(db)))
        replace_host_verdicts(db, verdicts, touched)
        resolve_stories(db, touched)
        update_stories(db, touched)
        recompute(db, relearn(db, touched), touched)


def decide_host(index: Path, host: str, canonical_host: str | None, reason: str = "") -> None:
    """Decide that a host mirrors another (None: that it mirrors none), and merge or separate their stories.

    Raises UsageError for an invalid host, LockedError while another process writes the index.
    """
    if host == canonical_host:
        raise UsageError(f"{host} can't be a mirror of itself", "give the canonical host with --as")
    with index_lock(index), open_writer(index) as db:
        verdict = _ACCEPT if canonical_host else "reject"
        file = index.parent / decisions.FILE_NAME
        decisions.append(file, _KIND, host, verdict, reason, value=canonical_host or "")
        replay_hosts(db, index.parent)


def _verdict_of(decision: decisions.Decision) -> HostVerdict | None:
    if decision.verdict == "reject":
        return HostVerdict(decision.key, None, decision.reason, decision.at)
    canonical = decision.value if decision.verdict == _ACCEPT else ""
    if decision.verdict.startswith(_ACCEPT_0_1):
        canonical = decision.verdict.removeprefix(_ACCEPT_0_1)
    if canonical in ("", decision.key):
        return None
    return HostVerdict(decision.key, canonical, decision.reason, decision.at)
