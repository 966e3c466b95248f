"""Withdraw and reinstate: the decision is recorded first, then index and frontier are updated.

The caller holds the archive's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from archiver import withdrawals
from archiver.errors import UsageError
from archiver.frontier import Frontier
from archiver.home import ArchiveDir
from archiver.index.database import index_lock, open_reader, open_writer
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.index.read.overview import Alike, alike
from archiver.index.read.story_reader import captures, find_story, latest_capture

_MOST_OF_IT = 0.8  # of the later text


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawn story: its ID (empty for a URL that was never in the archive), the hashes of its URLs, and the
    decision.
    """

    story: str
    addresses: tuple[str, ...]
    verdict: str
    reason: str
    at: str
    until: date | None = None  # of an embargo: the day from which it is shown

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"until": self.until.isoformat() if self.until is not None else None}


@dataclass(frozen=True, slots=True)
class _Target:
    """What the user named: a story's ID (empty for other URLs), the URLs that are known of it, the hashes of all its
    URLs, and whether it was erased.
    """

    story: str
    urls: frozenset[str]
    addresses: frozenset[str]
    is_erased: bool = False


def withdraw(archive: ArchiveDir, wanted: Sequence[str], reason: str, *, until: date | None = None) -> list[Withdrawn]:
    """Remove stories from the index and the queue. `wanted` are IDs or URLs; a URL that was never in the archive is
    blocked for the future. Of several decisions about a story the last one counts; what was erased stays erased.

    Raises UsageError for an unknown ID, and for a reason that contains a URL.
    """
    found = [_target_of(archive, one) for one in wanted]
    if any(url.partition("://")[2] in reason for entry in found for url in entry.urls):
        raise UsageError("the reason contains the URL", "rephrase it: the log must not reveal what was withdrawn")
    verdict = withdrawals.EMBARGO if until else "withdrawn"
    for entry in found:
        if not entry.is_erased:
            withdrawals.decide(archive.path, entry.addresses, verdict, reason, entry.story, until)
    follow(archive)
    hashes = {address for entry in found for address in entry.addresses}
    return [entry for entry in listed(archive.path) if not hashes.isdisjoint(entry.addresses)]


def never_captured(archive: ArchiveDir, wanted: Sequence[str]) -> list[str]:
    """The URLs of which the archive has neither a capture nor a decision. Call it before the withdrawal."""
    decided = listed(archive.path)
    urls = [one for one in wanted if "://" in one and not _matching(decided, one)]
    if not archive.index.exists():
        return urls
    with open_reader(archive.index) as db:
        return [url for url in urls if find_story(db, url) is None and latest_capture(db, url) is None]


def copies_of(archive: ArchiveDir, wanted: Sequence[str]) -> list[Alike]:
    """Stories of other sites that contain most of the text of the wanted ones, and are not wanted themselves.

    A withdrawal covers the URLs of a story. Its text can also be in the archive as a story of another host, such as a
    mirror, or an agency report in another newspaper. Call it before the withdrawal, while the index has the story.
    """
    if not archive.index.exists():
        return []
    with open_reader(archive.index) as db:
        stories = {story.id for one in wanted if (story := find_story(db, one)) is not None}
        found = {copy.id: copy for story in sorted(stories) for copy in alike(db, story)}
    return [copy for number, copy in found.items() if number not in stories and copy.share >= _MOST_OF_IT]


def reinstate(
    archive: ArchiveDir, wanted: Sequence[str], reason: str, catch_up: Callable[[], object]
) -> list[Withdrawn]:
    """Reinstate stories; `catch_up` makes the index read their records. Raises UsageError if one is not withdrawn."""
    chosen: list[Withdrawn] = []
    for one in wanted:
        matching = _matching(listed(archive.path), one)
        if not matching:
            raise UsageError(f"{one!r} is not withdrawn", "see `archiver withdraw --list`")
        chosen += matching
    for entry in chosen:
        withdrawals.decide(archive.path, entry.addresses, "reinstated", reason, entry.story)
    catch_up()
    follow(archive)
    return chosen


def confirm_erased(folder: Path, erased: Sequence[Withdrawn], reason: str, hidden: Collection[str] = ()) -> None:
    """Record that stories are no longer in the WARC files, and that `hidden` records of files outside the archive are
    not indexed because they show something of them. Raises StorageError.
    """
    for entry in erased:
        withdrawals.decide(folder, {*entry.addresses, *hidden}, "erased", reason, entry.story)


def follow(archive: ArchiveDir) -> None:
    """Update index and frontier according to the decisions."""
    if archive.index.exists():
        with index_lock(archive.index), open_writer(archive.index) as db:
            replay_withdrawals(db, archive.path)
    if archive.frontier.exists():
        blocked = withdrawals.blocked(archive.path)
        with Frontier(archive.frontier) as frontier:
            frontier.block(lambda url: not blocked.isdisjoint(withdrawals.hashes_of([url])))


def listed(folder: Path) -> list[Withdrawn]:
    """Withdrawn stories and embargoes, by story, the earliest decision first."""
    grouped: dict[tuple[str, str, str, str, date | None], list[str]] = {}
    for entry in withdrawals.of(folder):
        if entry.verdict != "reinstated":
            alike = (entry.story, entry.verdict, entry.reason, entry.at[:16], entry.until)
            grouped.setdefault(alike, []).append(entry.address)
    found = [
        Withdrawn(story, tuple(addresses), verdict, reason, at, until)
        for (story, verdict, reason, at, until), addresses in grouped.items()
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.story))


def _matching(entries: Sequence[Withdrawn], wanted: str) -> list[Withdrawn]:
    hashes = withdrawals.hashes_of([wanted]) if "://" in wanted else frozenset()
    return [entry for entry in entries if entry.story == wanted.strip() or hashes.intersection(entry.addresses)]


def _target_of(archive: ArchiveDir, wanted: str) -> _Target:
    """A story with all URLs at which it was captured, those of an earlier decision included."""
    decided = [entry for entry in _matching(listed(archive.path), wanted) if entry.story]
    known = _indexed(archive, wanted, is_decided=bool(decided))
    before = frozenset(address for entry in decided for address in entry.addresses)
    return replace(
        known,
        story=decided[0].story if decided else known.story,
        addresses=known.addresses | before,
        is_erased=any(entry.verdict == "erased" for entry in decided),
    )


def _indexed(archive: ArchiveDir, wanted: str, *, is_decided: bool) -> _Target:
    """What the index knows of it: nothing, if it is hidden. Raises UsageError for an ID that nothing is known of."""
    is_url = "://" in wanted
    itself = frozenset([wanted] if is_url else [])
    if not archive.index.exists():
        if not is_url and not is_decided:
            raise UsageError("there is no index to look up the ID", "run `archiver index`, or give the URL")
        return _Target("", itself, withdrawals.hashes_of(itself))
    with open_reader(archive.index) as db:
        story = find_story(db, wanted)
        if story is not None:
            urls = frozenset([story.url, *(capture.url for capture in captures(db, story.id))])
            return _Target(str(story.id), urls, withdrawals.hashes_of(urls))
        if not is_url and not is_decided:
            raise UsageError(f"no story {wanted!r} in {archive.path}", "find it with `archiver search`")
        capture = latest_capture(db, wanted) if is_url else None
        urls = itself | frozenset([capture.url] if capture is not None else [])
        return _Target("", urls, withdrawals.hashes_of(urls))
