"""The manifest of an archive: `archive/manifest.jsonl`, one line of JSON for each completed WARC file.

Each line has the file's SHA-512, the hash of the previous line, and its own hash, so that a changed, removed or
inserted line is detected. The hash of the last line is the *head* of the chain: with an old head, anyone can check that
nothing from before it is missing.

    {"at": "2026-05-01T08:00:00Z", "bytes": 1843, "event": "added", "file": "site-20260501-00001-host.warc.gz",
     "hash": "…", "note": "", "previous": "…", "sha512": "…"}

`event` is `added`, `changed` (an incomplete record at the end was cut off), `restored` (the file is again as in an
earlier line, before it was cut) or `removed` (its records, except erased ones, were copied to the file named in
`note`). docs/security.md explains what this proves.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from archiver.errors import StorageError
from archiver.timestamps import stamp

FILE_NAME = "manifest.jsonl"
NO_LINE = "0" * 128  # the previous hash of the first line
_PIECE = 1 << 20
_TAIL = 1 << 13  # bytes: ten lines and more


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `sha512` and `hash` are hexadecimal, `at` is UTC."""

    at: str
    event: str
    file: str
    bytes: int
    sha512: str
    note: str
    previous: str
    hash: str = ""

    def hashed(self) -> str:
        """What `hash` has to be: SHA-512 of the line's other fields as JSON with sorted keys."""
        fields = {name: value for name, value in asdict(self).items() if name != "hash"}
        return hashlib.sha512(json.dumps(fields, sort_keys=True).encode()).hexdigest()

    def line(self) -> builtins.bytes:
        """The line as written to the file."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class FileState:
    """The current state of a file according to the manifest. `longer`: its earlier states, from before it was cut."""

    bytes: int
    sha512: str
    longer: tuple[FileState, ...] = field(default=(), compare=False)

    def was(self, size: int, sha512: str) -> bool:
        """Whether the file was like this before it was cut: such a copy is the whole file."""
        return FileState(size, sha512) in self.longer


@dataclass(slots=True)
class Chain:
    """A manifest read from disk. `problems` lists its errors, with line numbers."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self.entries[-1].hash if self.entries else NO_LINE

    def files(self) -> dict[str, FileState]:
        """The files that should exist."""
        found: dict[str, FileState] = {}
        for entry in self.entries:
            if entry.event == "removed":
                found.pop(entry.file, None)
            else:
                before = found.get(entry.file)
                earlier = (*before.longer, before) if before else ()
                longer = tuple(state for state in earlier if state.bytes > entry.bytes)
                found[entry.file] = FileState(entry.bytes, entry.sha512, longer)
        return found

    def whole_again(self, paths: Iterable[Path]) -> list[Path]:
        """The files that were cut, and are as they were before: restored from a copy. Raises StorageError."""
        known = self.files()
        cut = [(path, known[path.name]) for path in paths if path.name in known and known[path.name].longer]
        return [path for path, state in cut if state != FileState(*sha512_of(path)) and state.was(*sha512_of(path))]

    def removed(self) -> dict[str, str]:
        """The files that were replaced by others, each with the note on its removal."""
        return {entry.file: entry.note for entry in self.entries if entry.event == "removed"}

    def missing_from(self, folder: Path) -> list[str]:
        """The files that should be in the folder of the WARC files, and are not (nor as `.open`), in order."""
        there = {path.name.removesuffix(".open") for path in folder.iterdir()} if folder.is_dir() else set()
        return sorted(name for name in self.files() if name not in there)

    def unlisted(self, paths: Iterable[Path]) -> list[Path]:
        """The complete files without a line."""
        known = self.files()
        return [path for path in paths if path.name not in known and not path.name.endswith(".open")]

    def has(self, head: str) -> bool:
        """Whether the chain contains this earlier `head`."""
        return head == NO_LINE or any(entry.hash == head for entry in self.entries)


class Manifest:
    """The manifest of the archive at `folder`. Writers hold the archive's lock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def read(self) -> Chain:
        """All lines, with their problems. Without a file: an empty chain. Raises StorageError."""
        return chain_of(self._bytes())

    def add(self, name: str, size: int, sha512: str, *, event: str = "added", note: str = "") -> Entry:
        """Append a line, durably. Raises StorageError.

        An incomplete last line (after a crash) is replaced: its file had no final name yet.
        """
        at = stamp()
        try:
            begin, data, last = self._end()
            kept, ending = _whole(data)
            whole = begin + kept
            made = Entry(at, event, name, size, sha512, note, last.hash if last else NO_LINE)
            made = Entry(**(asdict(made) | {"hash": made.hashed()}))
            with self.path.open("r+b" if self.path.exists() else "xb") as file:
                file.truncate(whole)
                file.seek(whole)
                file.write(ending + made.line())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"{self.path} can't be written ({error.strerror})", "free some space, then run it again"
            ) from error
        return made

    def enlist(self, paths: Iterable[Path]) -> list[Entry]:
        """Add a line for each file that has none, was cut since, or is whole again. Returns the lines."""
        known = self.read().files()
        made = []
        for path in paths:
            size, sha512 = sha512_of(path)
            before = known.get(path.name)
            if before != FileState(size, sha512):
                made.append(self.add(path.name, size, sha512, **_event(before, size, sha512)))
        return made

    def _end(self) -> tuple[int, bytes, Entry | None]:
        """The last lines: where they begin in the file, their bytes, and the last complete line that can be read.

        Reads the end of the file alone, whatever its length, and more of it only where lines are damaged. Raises
        OSError.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return 0, b"", None
        with file:
            size, wanted = file.seek(0, os.SEEK_END), _TAIL
            while True:
                begin = max(0, size - wanted)
                file.seek(begin)
                data = file.read(size - begin)
                if begin:  # in the middle of a line
                    cut = data.find(b"\n") + 1
                    begin, data = begin + cut, data[cut:]
                for line in reversed(data.split(b"\n")[:-1]):
                    if (entry := _entry(line)) is not None:
                        return begin, data, entry
                if wanted >= size:
                    return begin, data, None
                wanted *= 8

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StorageError(f"{self.path} can't be read ({error.strerror})", "check the disk") from error


def unlisted_note(number: int) -> str:
    """What to do about files without a line, of which only the records' own digests can be checked."""
    which = "1 WARC file is" if number == 1 else f"{number:,} WARC files are"
    return f"{which} not in the manifest yet: `archiver manifest` adds {'it' if number == 1 else 'them'}"


def _event(before: FileState | None, size: int, sha512: str) -> dict[str, str]:
    """The event and the note of a file's next line."""
    if before is None:
        return {"event": "added", "note": ""}
    if before.was(size, sha512):
        return {"event": "restored", "note": "it is again as before its end was cut off"}
    return {"event": "changed", "note": "a torn end was cut off"}


def chain_of(data: bytes) -> Chain:
    """The lines of a manifest, with their problems."""
    chain = Chain()
    lines = data.split(b"\n")
    torn = lines.pop()
    previous = NO_LINE
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is None:
            chain.problems.append(f"line {number} can't be read")
            continue
        if entry.hashed() != entry.hash or entry.line() != line + b"\n":
            chain.problems.append(f"line {number} was changed: its hash doesn't fit")
        if entry.previous != previous:
            chain.problems.append(f"line {number} doesn't follow the line before it: one is missing or was changed")
        previous = entry.hash
        chain.entries.append(entry)
    if torn:
        chain.problems.append("the last line is cut short")
    return chain


def sha512_of(path: Path) -> tuple[int, str]:
    """Size and SHA-512 of a file. Raises StorageError."""
    digest, size = hashlib.sha512(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check the disk") from error
    return size, digest.hexdigest()


def _entry(line: bytes) -> Entry | None:
    try:
        data = json.loads(line)
        found = Entry(**data)
    except (ValueError, TypeError):
        return None
    texts = (found.at, found.event, found.file, found.sha512, found.note, found.previous, found.hash)
    return found if isinstance(found.bytes, int) and all(isinstance(text, str) for text in texts) else None


def _whole(data: bytes) -> tuple[int, bytes]:
    """How much of a manifest to keep before a line is appended, and what to write before that line."""
    end = data.rfind(b"\n") + 1
    rest = data[end:]
    if not rest:
        return end, b""
    if _entry(rest) is not None or _entry(rest[:-1]) is not None:
        return len(data), b"\n"  # keep all: something else changed its end, which `read` reports
    return end, b""
