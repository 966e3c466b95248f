"""Withdrawn stories: which URLs, since when and why. Lines of decisions.jsonl, which contain no URL.

A URL is recorded as SHA-256 of its SURT, so that it stays blocked without being readable in the log. `verdict` is
`withdrawn`, `erased`, `until 2027-01-01` (an embargo: captured, shown from that day) or `reinstated`; `value` is the
story's ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from archiver import decisions
from archiver.urls import canonical_url, surt

KIND = "withdrawal"
_UNTIL = "until "


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The current decision about one URL."""

    address: str  # SHA-256 of its SURT, hexadecimal
    verdict: str
    reason: str
    at: str
    story: str

    def hides(self, today: date) -> bool:
        """Whether it is hidden from the index today."""
        if self.verdict.startswith(_UNTIL):
            return today < date.fromisoformat(self.verdict.removeprefix(_UNTIL))
        return self.verdict in ("withdrawn", "erased")

    @property
    def blocks(self) -> bool:
        """Whether crawls must not fetch it."""
        return self.verdict in ("withdrawn", "erased")


def of(folder: Path) -> list[Withdrawal]:
    """The decision about each URL of the archive at `folder`. Raises DamageError for an invalid line."""
    latest = decisions.latest(decisions.read(folder / decisions.FILE_NAME), KIND).values()
    return [Withdrawal(line.key, line.verdict, line.reason, line.at, line.value) for line in latest if _is_sound(line)]


def hidden(folder: Path, today: date | None = None) -> frozenset[str]:
    """The URLs that are hidden from the index."""
    day = today or datetime.now(UTC).date()
    return frozenset(entry.address for entry in of(folder) if entry.hides(day))


def blocked(folder: Path) -> frozenset[str]:
    """The URLs that are not fetched."""
    return frozenset(entry.address for entry in of(folder) if entry.blocks)


def decide(folder: Path, addresses: Iterable[str], verdict: str, reason: str, story: int | str) -> None:
    """Write a line for each URL. Raises StorageError."""
    for address in sorted(addresses):
        decisions.append(folder / decisions.FILE_NAME, KIND, address, verdict, reason, value=str(story))


def until(day: date) -> str:
    """The `verdict` of an embargo."""
    return f"{_UNTIL}{day.isoformat()}"


def address_hash(key: str) -> str:
    """The hash of a SURT that identifies a URL here."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def hashes_of(urls: Iterable[str]) -> frozenset[str]:
    """The hashes of URLs, each as it is and in its canonical form."""
    return frozenset(
        address_hash(key) for url in urls for key in (surt(url), surt(canonical_url(url)))
    )  # fmt: skip


def _is_sound(line: decisions.Decision) -> bool:
    if not line.verdict.startswith(_UNTIL):
        return True
    try:
        date.fromisoformat(line.verdict.removeprefix(_UNTIL))
    except ValueError:
        return False
    return True
