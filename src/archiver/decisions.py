"""People's decisions about an archive: one line of JSON each in the append-only file `archive/decisions.jsonl`.

Decisions are neither in the WARC files nor derived from them, so they are kept in a file of their own, and a rebuild of
the index applies them again. The last line about a key is valid; earlier lines are its history.

    {"at": "2026-05-01T08:00:00Z", "key": "ww3w.example.com", "kind": "host", "reason": "", "verdict": "reject"}
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from archiver.errors import DamageError, StorageError
from archiver.timestamps import stamp

FILE_NAME = "decisions.jsonl"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line: kind, key, verdict, reason and time (UTC)."""

    kind: str  # host, boilerplate, ...
    key: str
    verdict: str  # accept, reject, ...
    reason: str
    at: str
    value: str = ""  # additional value; omitted from the line if empty
    until: date | None = None  # the day on which it ends (an embargo); omitted from the line if None

    def to_json(self) -> dict[str, str]:
        """The fields of its line."""
        fields = {"kind": self.kind, "key": self.key, "verdict": self.verdict, "reason": self.reason, "at": self.at}
        more = {"value": self.value, "until": self.until.isoformat() if self.until is not None else ""}
        return fields | {name: text for name, text in more.items() if text}


def append(
    path: Path,
    kind: str,
    key: str,
    verdict: str,
    reason: str = "",
    *,
    at: datetime | None = None,
    value: str = "",
    until: date | None = None,
) -> Decision:
    """Make a decision, now if not `at` another time, and add it to the file at `path`. See `write`."""
    made = Decision(kind, key, verdict, reason, stamp(at), value, until)
    write(path, made)
    return made


def write(path: Path, made: Decision) -> None:
    """Add a decision to the file at `path`, durably. Raises StorageError.

    Callers hold the archive's lock, or accept that the lines of two writers may come in either order. A line is written
    atomically.
    """
    line = json.dumps(made.to_json(), ensure_ascii=False, sort_keys=True) + "\n"
    try:
        with path.open("ab") as file:
            # Start a new line if a crash cut the last one short.
            start = b"\n" if file.tell() and not _ends_with_newline(path) else b""
            file.write(start + line.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror})", "free some space, then decide again"
        ) from error


def read(path: Path) -> list[Decision]:
    """All decisions in the order in which they were made; empty if there is no file.

    An incomplete last line is ignored. Raises DamageError for any other invalid line, because guessing a decision would
    be worse than stopping.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check the disk and the permissions") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            found.append(_decision(data))
        except (ValueError, KeyError, TypeError) as error:
            if not line.rstrip().endswith(b"}"):
                continue  # cut short by a crash: it was never reported as decided
            raise DamageError(
                f"{path}, line {number} is not a valid decision", "correct or remove that line"
            ) from error
    return found


def latest(decisions: Sequence[Decision], kind: str) -> dict[str, Decision]:
    """The valid decision for each key of a kind."""
    return {decision.key: decision for decision in decisions if decision.kind == kind}


def _decision(data: dict[str, Any]) -> Decision:
    """The decision of a line. Raises KeyError, TypeError, ValueError."""
    kind, key, verdict, reason, at = (str(data[name]) for name in ("kind", "key", "verdict", "reason", "at"))
    until = date.fromisoformat(data["until"]) if data.get("until") else None
    return Decision(kind, key, verdict, reason, at, str(data.get("value", "")), until)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
