"""WACZ packages (1.1.1) from other tools: the WARC files they contain, and whether these match the package's own data.

A package is an untrusted ZIP file. Nothing is unpacked into a folder: a stored WARC file is read in place, a deflated
one from an unnamed temporary copy. Names outside the package and entries with an absurd compression ratio are refused,
each with its reason.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

_MARK = ".wacz#"
_WARCS = (".warc.gz", ".warc", ".warc.zst", ".arc.gz", ".arc")
_PIECE = 1 << 20
_MAX_ENTRIES = 100_000
_MAX_DESCRIPTION = 2**26
_MAX_UNPACKED = 2**36  # 64 GiB
_BOMB_RATIO = 300  # WARC files are compressed already; plain ones of text compress 10 to 1


@dataclass(slots=True)
class Package:
    """The contents of a package: names of its WARC files, in order, and its problems by entry name."""

    warcs: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)


def split(path: Path) -> tuple[Path, str] | None:
    """The package and the name inside it, from the path of a file in a package; None for other paths."""
    text = str(path)
    at = text.lower().find(_MARK)
    return (Path(text[: at + len(_MARK) - 1]), text[at + len(_MARK) :]) if at >= 0 else None


def inspect(path: Path, *, digests: bool = True) -> Package:
    """Check a package: names, sizes and, by default, the digests of its `datapackage.json`.

    Raises OSError if the file can't be read, ValueError if it is not a ZIP file.
    """
    found = Package()
    with _opened(path) as package:
        entries = package.infolist()
        if len(entries) > _MAX_ENTRIES:
            raise ValueError(f"it has {len(entries):,} entries, more than any package of WARC files")
        stated = _digests(package, found) if digests else {}
        seen: set[str] = set()
        for entry in entries:
            name = entry.filename
            if entry.is_dir():
                continue
            reason = "two entries have this name" if name in seen else _refusal(entry)
            seen.add(name)
            if reason is not None:
                found.faults.append((name, reason))
                continue
            if name.startswith("archive/") and name.lower().endswith(_WARCS):
                found.warcs.append(name)
            if name in stated and (reason := _mismatch(package, entry, stated[name])) is not None:
                found.faults.append((name, reason))
        found.faults += [(name, "the package names it and doesn't hold it") for name in sorted(stated.keys() - seen)]
    found.warcs.sort()
    return found


def size_of(package: Path, name: str) -> int:
    """Size in bytes of a file in a package. Raises OSError or ValueError."""
    with _opened(package) as opened:
        return _entry(opened, name).file_size


def place_inside(package: Path, name: str) -> int | None:
    """Offset of a stored file in its package; None for a deflated one.

    Raises OSError or ValueError.
    """
    with _opened(package) as opened:
        entry = _entry(opened, name)
        return _data_offset(opened, entry) if entry.compress_type == zipfile.ZIP_STORED else None


def open_inside(package: Path, name: str) -> BinaryIO:
    """A file in a package, opened for reading with random access. Raises OSError or ValueError."""
    with _opened(package) as opened:
        entry = _entry(opened, name)
        if (reason := _refusal(entry)) is not None:
            raise ValueError(reason)
        if entry.compress_type == zipfile.ZIP_STORED:
            return cast("BinaryIO", io.BufferedReader(_Slice(package, _data_offset(opened, entry), entry.file_size)))
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
        try:
            for piece in _pieces(opened, entry):
                copy.write(piece)
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return cast("BinaryIO", copy)


class _Slice(io.RawIOBase):
    """A range of a file as a file object."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._offset = offset
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # as RawIOBase calls it
        count = max(0, min(len(buffer), self._size - self._position))
        self._file.seek(self._offset + self._position)
        data = self._file.read(count)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An open package; any problem with it raises ValueError with one line."""
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, KeyError, RuntimeError) as error:
        raise ValueError(f"not a valid ZIP file: {str(error)[:200]}") from error


def _entry(package: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return package.getinfo(name)
    except KeyError as error:
        raise ValueError(f"the package has no {name}") from error


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is refused; None if it may be read."""
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name.split("/")[0]:
        return "its name leads out of the package"
    if entry.flag_bits & 1:
        return "it is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed in a way that WACZ doesn't allow"
    if entry.file_size > _MAX_UNPACKED or entry.file_size > max(2**20, entry.compress_size * _BOMB_RATIO):
        return "it unpacks to far more than a WARC file does"
    return None


def _pieces(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's content. zipfile stops at the size that the entry declares, and checks its CRC there."""
    import zlib  # noqa: PLC0415

    try:
        with package.open(entry) as stream:
            while piece := stream.read(_PIECE):
                yield piece
    except zlib.error as error:
        raise ValueError(f"{entry.filename} can't be unpacked ({error})") from error


def _data_offset(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Where an entry's bytes begin: after its local header, whose extra field may be longer than the directory's."""
    file = cast("BinaryIO", package.fp)
    file.seek(entry.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise ValueError(f"{entry.filename} is not at the place in the package's directory")
    return entry.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


def _digests(package: zipfile.ZipFile, found: Package) -> dict[str, str]:
    """The `hash` of each resource in datapackage.json (WACZ 1.1.1, "Frictionless Data Package")."""
    try:
        entry = package.getinfo("datapackage.json")
    except KeyError:
        found.faults.append(("datapackage.json", "the package doesn't describe itself"))
        return {}
    try:
        if entry.file_size > _MAX_DESCRIPTION or _refusal(entry):
            found.faults.append(("datapackage.json", "it is too large"))
            return {}
        resources = json.loads(b"".join(_pieces(package, entry))).get("resources", [])
        return {
            str(resource["path"]): str(resource["hash"])
            for resource in resources
            if isinstance(resource, dict) and isinstance(resource.get("hash"), str) and "path" in resource
        }
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        found.faults.append(("datapackage.json", f"it can't be read ({str(error)[:200]})"))
        return {}


def _mismatch(package: zipfile.ZipFile, entry: zipfile.ZipInfo, stated: str) -> str | None:
    """Why an entry does not match its digest in the package; None if it does, or for an unknown kind of digest."""
    kind, _, value = stated.partition(":")
    if kind.lower() not in ("sha256", "sha512", "sha1", "md5"):
        return None
    digest = hashlib.new(kind.lower(), usedforsecurity=False)
    try:
        for piece in _pieces(package, entry):
            digest.update(piece)
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        return f"it can't be unpacked ({str(error)[:200]})"
    return None if digest.hexdigest() == value.lower() else f"its {kind} is not the one that datapackage.json states"
