"""What people decided about an archive: one line of JSON each in `archive/decisions.jsonl`, never changed, only added.

A decision is neither in the WARCs nor derived from them, so it stands beside them, and a rebuild of the index replays
it. The last line about a key holds; the ones before say how it came to that.

    {"at": "2026-05-01T08:00:00Z", "key": "ww3w.example.com", "kind": "host", "reason": "", "verdict": "reject"}
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from archiver.errors import DamageError, StorageError

FILE_NAME = "decisions.jsonl"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line: what sort of thing, which one, what was decided, why and when (UTC)."""

    kind: str  # host, boilerplate, ...
    key: str
    verdict: str  # accept, reject, ...
    reason: str
    at: str
    value: str = ""  # what a verdict is about beside its key; left out of the line where there is none


def append(
    path: Path, kind: str, key: str, verdict: str, reason: str = "", *, at: datetime | None = None, value: str = ""
) -> Decision:
    """Add a decision to the file at `path`, durably. Raises StorageError.

    Callers hold the archive's lock or accept that lines of two people may come in either order: a line is written in
    one piece.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    made = Decision(kind, key, verdict, reason, moment.strftime("%Y-%m-%dT%H:%M:%SZ"), value)
    fields = {name: text for name, text in asdict(made).items() if name != "value" or text}
    line = json.dumps(fields, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        with path.open("ab") as file:
            # A line that a crash cut short must not swallow this one.
            start = b"\n" if file.tell() and not _ends_with_newline(path) else b""
            file.write(start + line.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror})", "free some space, then decide again"
        ) from error
    return made


def read(path: Path) -> list[Decision]:
    """All decisions in the order in which they were made; none where there is no file.

    A cut-off last line is left out. Raises DamageError for any other line that is no decision: guessing at what
    somebody decided would be worse than stopping.
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
            kind, key, verdict, reason, at = (str(data[name]) for name in ("kind", "key", "verdict", "reason", "at"))
            found.append(Decision(kind, key, verdict, reason, at, str(data.get("value", ""))))
        except (ValueError, KeyError, TypeError) as error:
            if not line.rstrip().endswith(b"}"):
                continue  # cut short by a crash: it was never reported as decided
            raise DamageError(
                f"{path}, line {number} is not a valid decision", "correct or remove that line"
            ) from error
    return found


def latest(decisions: Sequence[Decision], kind: str) -> dict[str, Decision]:
    """The decision that holds for each key of a kind."""
    return {decision.key: decision for decision in decisions if decision.kind == kind}


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
