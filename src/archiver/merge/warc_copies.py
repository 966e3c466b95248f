"""Copies WARC files of a shard to an archive: compared with the manifest, durable, never replacing another file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import StorageError
from archiver.fixity.manifest import Chain, FileState, Manifest
from archiver.merge.shards import Shard
from archiver.warc import end_of_last_record
from archiver.warc.places import OPEN, WARC_ENDINGS, stored_name

_PIECE = 1 << 20


@dataclass(slots=True)
class Copies:
    """The result for each of a shard's WARC files, by name."""

    copied: list[str] = field(default_factory=list)
    bytes: int = 0
    known: list[str] = field(default_factory=list)  # already in the archive, byte for byte
    renamed: dict[str, str] = field(default_factory=dict)  # another file has the name: the new name
    left_out: dict[str, str] = field(default_factory=dict)  # and why
    erased: list[str] = field(default_factory=list)  # records of them were erased here: not copied again


def copy_warcs(shard: Shard, warc: Path, manifest: Manifest, *, link: bool = False) -> Copies:
    """Copy what is missing into the folder `warc`, with a line in the manifest for each file. Raises StorageError.

    A file that differs from the shard's own manifest is left out, because damage must not get a valid manifest entry.
    From a file that a killed run left open, the complete records are copied. With `link`, completed files become hard
    links if both folders are on one disk. Running it twice changes nothing.
    """
    copies = Copies()
    stated = Manifest(shard.path).read()
    theirs = stated.files()
    ours = manifest.read()
    listed, removed = ours.files(), ours.removed()
    note = f"merged from {shard.path.name}" + (f", manifest head {stated.head}" if stated.entries else "")
    for path in shard.warcs():
        if (warc / path.name).exists() and path.samefile(warc / path.name):
            copies.known.append(path.name)  # a link made by an earlier merge needs no comparison
            continue
        if _is_listed_alike(path, warc / path.name, theirs, listed):
            copies.known.append(path.name)
            continue
        size = end_of_last_record(path) if path.name.endswith(OPEN) else None
        now = _state(path, size)
        expected = theirs.get(path.name)
        if expected is not None and expected != now:
            copies.left_out[stored_name(path)] = "it differs from the shard's manifest"
            continue
        if size == 0:
            copies.left_out[stored_name(path)] = "it has no record: its run was killed before the first one"
            continue
        wanted = path.name.removesuffix(OPEN)
        name = _free_name(wanted, now, warc, ours, removed)
        if name is None:
            copies.erased.append(wanted)
            continue
        if name != wanted:
            copies.renamed[wanted] = name
        is_there = (warc / name).exists()
        if not is_there:
            _copy_checked(path, warc / f"{name}.part", now, link=link and size is None)
        if listed.get(name) != now:  # listed first, as by the writer: a file with its final name is in the manifest
            manifest.add(name, now.bytes, now.sha512, note=note)
        if is_there:
            copies.known.append(name)
            continue
        _give_final_name(warc / f"{name}.part")
        copies.copied.append(name)
        copies.bytes += now.bytes
    return copies


def _is_listed_alike(path: Path, place: Path, theirs: Mapping[str, FileState], ours: Mapping[str, FileState]) -> bool:
    """Whether both manifests have the same entry for a file, and both files have that size: they were compared
    before."""
    state = theirs.get(path.name)
    if state is None or ours.get(path.name) != state or not place.exists():
        return False
    return path.stat().st_size == place.stat().st_size == state.bytes


def _free_name(name: str, now: FileState, warc: Path, ours: Chain, removed: Mapping[str, str]) -> str | None:
    """The name for a file: its own, or one with its digest if another file has that name. None for a file whose records
    were erased from the archive after an earlier merge.
    """
    for candidate in (name, _with_digest(name, now.sha512)):
        if candidate in removed:
            if any(entry.file == candidate and entry.sha512 == now.sha512 for entry in ours.entries):
                return None
        elif not (warc / candidate).exists() or _state(warc / candidate) == now:
            return candidate
    raise StorageError(f"{warc / _with_digest(name, now.sha512)} does not match the digest in its name", "move it away")


def _with_digest(name: str, sha512: str) -> str:
    ending = next((ending for ending in (*WARC_ENDINGS, ".wacz") if name.endswith(ending)), "")
    return f"{name.removesuffix(ending)}-{sha512[:12]}{ending}"


def _state(path: Path, size: int | None = None) -> FileState:
    """Size and SHA-512 of a file, or of its first `size` bytes."""
    digest, left = hashlib.sha512(), path.stat().st_size if size is None else size
    total = left
    try:
        with path.open("rb") as file:
            while left and (piece := file.read(min(_PIECE, left))):
                digest.update(piece)
                left -= len(piece)
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check the disk") from error
    return FileState(total - left, digest.hexdigest())


def _copy_checked(path: Path, part: Path, expected: FileState, *, link: bool) -> None:
    """Copy a file to `part`, durably, and check that it has not changed. Raises StorageError."""
    try:
        part.unlink(missing_ok=True)
        if link:
            try:
                os.link(path, part)
            except OSError:
                link = False  # another disk, or one without links
        if not link:
            _copy(path, part, expected.bytes)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{part} can't be written ({error.strerror})", "free some space, then merge again"
        ) from error
    if _state(part) != expected:
        part.unlink(missing_ok=True)
        raise StorageError(f"{path} changed while it was copied", "merge again when nothing writes to it")


def _copy(path: Path, part: Path, size: int) -> None:
    with path.open("rb") as source, part.open("wb") as target:
        while size and (piece := source.read(min(_PIECE, size))):
            target.write(piece)
            size -= len(piece)
        target.flush()
        os.fsync(target.fileno())


def _give_final_name(part: Path) -> None:
    """Give a complete file its final name, durably."""
    try:
        part.rename(part.with_name(part.name.removesuffix(".part")))
        folder = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StorageError(f"{part} can't be renamed ({error.strerror})", "check the folder's permissions") from error
