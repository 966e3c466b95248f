"""People's decisions about boilerplate: lines of decisions.jsonl that the index applies."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from archiver import decisions
from archiver.errors import UsageError
from archiver.index.database import index_lock, open_writer
from archiver.index.learn.lessons import Verdict, replace_verdicts, verdict_of
from archiver.index.learn.mirror_hosts import load_mirrors
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched
from archiver.index.store.story_rows import recompute
from archiver.transactions import transaction

_KIND = "boilerplate"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of `boilerplate`; docs/schema.md describes the fields."""

    id: int
    site: str
    what: str
    hash: int
    text: str
    status: str
    why: str
    stories: int
    share: float
    first_seen: str | None
    last_seen: str | None
    decided_at: str | None


_COLUMNS = ", ".join(field.name for field in fields(Entry))


def entries(db: Index, site: str | None = None) -> list[Entry]:
    """Everything learned, suspected or decided, the most frequent first within a site."""
    sql = (
        f"SELECT {_COLUMNS} FROM boilerplate WHERE site = coalesce(?, site)"  # noqa: S608 - constants
        " ORDER BY site, stories DESC, what, id"
    )
    return [Entry(*row) for row in db.execute(sql, [site])]


def replay(db: Index, folder: Path) -> None:
    """Apply the decisions of the archive at `folder` to the index."""
    said = decisions.latest(decisions.read(folder / decisions.FILE_NAME), _KIND).values()
    found = (verdict_of(entry.key, entry.verdict, entry.reason, entry.at) for entry in said)
    _follow(db, [verdict for verdict in found if verdict is not None])


def decide(index: Path, entry_id: int, verdict: str, reason: str = "") -> Entry:
    """Accept or reject an entry, and update the texts of the stories that contain it.

    Raises UsageError for an unknown ID, LockedError while another process writes the index.
    """
    with index_lock(index), open_writer(index) as db:
        entry = _entry(db, entry_id)
        if entry is None:
            raise UsageError(f"there is no boilerplate with the ID {entry_id}", "see `archiver boilerplate list`")
        key = f"{entry.site}:{entry.what}:{entry.hash}"
        decisions.append(index.parent / decisions.FILE_NAME, _KIND, key, verdict, reason)
        replay(db, index.parent)
        decided = _entry(db, entry_id)
        assert decided is not None, "what was decided about stays listed"
        return decided


def still_removing(db: Index, entry: Entry) -> list[Entry]:
    """The other entries of the site with the same text that are learned or accepted, and so remove it elsewhere: a line
    can be learned once for each kind (`what`).
    """
    text = _folded(entry.text)
    return [
        other
        for other in entries(db, entry.site)
        if other.id != entry.id and other.status in ("learned", "accepted") and _folded(other.text) == text
    ]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _entry(db: Index, entry_id: int) -> Entry | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM boilerplate WHERE id = ?", [entry_id]).fetchone()  # noqa: S608 - constants
    return Entry(*row) if row else None


def _follow(db: Index, said: list[Verdict]) -> None:
    with transaction(db.conn):
        touched = Touched(BatchFacts(load_mirrors(db)))
        recompute(db, replace_verdicts(db, said), touched)
