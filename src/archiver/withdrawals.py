"""Withdrawn stories: which URLs, since when and why. Lines of decisions.jsonl, which contain no URL.

A URL is recorded as SHA-256 of its SURT, so that it stays blocked without being readable in the log. `verdict` is
`withdrawn`, `erased`, `embargo` (captured, and shown from the day `until`) or `reinstated`; `value` is the story's ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from archiver import decisions
from archiver.errors import DamageError
from archiver.urls import canonical_url, surt

KIND = "withdrawal"
EMBARGO = "embargo"
_UNTIL = "until "  # an embargo as it was written first, with its day in the verdict


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The current decision about one URL."""

    address: str  # SHA-256 of its SURT, hexadecimal
    verdict: str
    reason: str
    at: str
    story: str
    until: date | None = None  # of an embargo: the day from which it is shown

    def hides(self, today: date) -> bool:
        """Whether it is hidden from the index today."""
        if self.verdict == EMBARGO:
            return self.until is None or today < self.until
        return self.verdict in ("withdrawn", "erased")

    @property
    def blocks(self) -> bool:
        """Whether crawls must not fetch it."""
        return self.verdict in ("withdrawn", "erased")


def of(folder: Path) -> list[Withdrawal]:
    """The decision about each URL of the archive at `folder`.

    Raises DamageError for an invalid line, and for an embargo without a day, because ignoring it would show the story.
    """
    path = folder / decisions.FILE_NAME
    return [_withdrawal(path, line) for line in decisions.latest(decisions.read(path), KIND).values()]


def hidden(folder: Path, today: date | None = None) -> frozenset[str]:
    """The URLs that are hidden from the index."""
    day = today or datetime.now(UTC).date()
    return frozenset(entry.address for entry in of(folder) if entry.hides(day))


def blocked(folder: Path) -> frozenset[str]:
    """The URLs that are not fetched."""
    return frozenset(entry.address for entry in of(folder) if entry.blocks)


def decide(
    folder: Path, addresses: Iterable[str], verdict: str, reason: str, story: int | str, until: date | None = None
) -> None:
    """Write a line for each URL; `until` is the day on which an embargo ends. Raises StorageError."""
    for address in sorted(addresses):
        decisions.append(folder / decisions.FILE_NAME, KIND, address, verdict, reason, value=str(story), until=until)


def address_hash(key: str) -> str:
    """The hash of a SURT that identifies a URL here."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def record_hash(record_id: str, payload_digest: str | None) -> str:
    """The hash that identifies one record in the place of a URL: a page that shows something of an erased story, in a
    file that can't be changed. A version of the record without it has another digest.
    """
    return address_hash(f"{record_id} {payload_digest or ''}")


def hashes_of(urls: Iterable[str]) -> frozenset[str]:
    """The hashes of URLs, each as it is and in its canonical form."""
    return frozenset(
        address_hash(key) for url in urls for key in (surt(url), surt(canonical_url(url)))
    )  # fmt: skip


def _withdrawal(path: Path, line: decisions.Decision) -> Withdrawal:
    found = Withdrawal(line.key, line.verdict, line.reason, line.at, line.value, line.until)
    if line.verdict.startswith(_UNTIL):
        try:
            day = date.fromisoformat(line.verdict.removeprefix(_UNTIL))
        except ValueError:
            day = None
        found = replace(found, verdict=EMBARGO, until=day)
    if found.verdict == EMBARGO and found.until is None:
        raise DamageError(
            f"{path}: the decision {line.verdict!r} of {line.at} has no valid day", "correct or remove that line"
        )
    return found
