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
_OF_MACOS = "__MACOSX/"  # attributes of the other entries, with the same names
_PAGES = ("pages/pages.jsonl", "pages/extraPages.jsonl")
_PIECE = 1 << 20
_MAX_PAGES = 200_000
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
        root = _root(package)
        stated = _digests(package, root, found) if digests else {}
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
            if name.lower().endswith(_WARCS) and not name.startswith(_OF_MACOS):
                found.warcs.append(name)
            elif name.lower().endswith(".wacz"):
                found.faults.append(
                    (name, "a package in a package is not read: unpack the outer one, and index this one")
                )
            if name in stated and (reason := _mismatch(package, entry, stated[name])) is not None:
                found.faults.append((name, reason))
        found.faults += [(name, "the package names it and doesn't hold it") for name in sorted(stated.keys() - seen)]
    found.warcs.sort()
    return found


def pages_of(path: Path) -> list[str]:
    """The URLs in a package's lists of pages (WACZ 1.1.1, "pages"), in their order, each once; the first 200,000.

    Lines that can't be read are left out. Raises OSError or ValueError.
    """
    found: dict[str, None] = {}
    with _opened(path) as package:
        for name in _PAGES:
            for line in _small(package, _root(package) + name).splitlines():
                try:
                    url = json.loads(line).get("url")
                except (ValueError, AttributeError, RecursionError):
                    continue
                if isinstance(url, str) and url and len(found) < _MAX_PAGES:
                    found[url] = None
    return list(found)


def seal_of(path: Path) -> tuple[bytes, bytes]:
    """A package's datapackage-digest.json, which may be signed, and its datapackage.json; empty if it has none.

    Raises OSError or ValueError.
    """
    with _opened(path) as package:
        root = _root(package)
        return _small(package, f"{root}datapackage-digest.json"), _small(package, f"{root}datapackage.json")


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


def _root(package: zipfile.ZipFile) -> str:
    """The folder that everything is in: none, or that of the topmost datapackage.json, if somebody packed a folder."""
    names = (name for name in package.namelist() if name.rpartition("/")[2] == "datapackage.json")
    name = min((name for name in names if not name.startswith(_OF_MACOS)), key=lambda name: name.count("/"), default="")
    return name.removesuffix("datapackage.json")


def _small(package: zipfile.ZipFile, name: str) -> bytes:
    """The content of an entry; empty if there is none or it is refused or too large."""
    try:
        entry = package.getinfo(name)
    except KeyError:
        return b""
    return b"" if entry.file_size > _MAX_DESCRIPTION or _refusal(entry) else b"".join(_pieces(package, entry))


def _digests(package: zipfile.ZipFile, root: str, found: Package) -> dict[str, str]:
    """The digests of entries: of each resource in datapackage.json (WACZ 1.1.1, "Frictionless Data Package"), and of
    that file itself in datapackage-digest.json.
    """
    stated: dict[str, str] = {}
    own = f"{root}datapackage-digest.json"
    for name in (f"{root}datapackage.json", own):
        try:
            entry = package.getinfo(name)
        except KeyError:
            if name != own:  # the other one is optional
                found.faults.append((name, "the package doesn't describe itself"))
            continue
        try:
            if entry.file_size > _MAX_DESCRIPTION or _refusal(entry):
                found.faults.append((name, "it is too large"))
                continue
            description = json.loads(b"".join(_pieces(package, entry)))
            for resource in [description] if name == own else description.get("resources", []):
                if isinstance(resource, dict) and (digest := _digest_in(resource)) is not None:
                    stated[root + str(resource["path"])] = digest
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            found.faults.append((name, f"it can't be read ({str(error)[:200]})"))
    return stated


def _digest_in(resource: dict[str, object]) -> str | None:
    """`KIND:HEX` of a resource; WACZ 1.0.0 has it in another place, without the kind."""
    stats = resource.get("stats")
    digest = resource.get("hash") or (stats.get("hash") if isinstance(stats, dict) else None)
    if "path" not in resource or not isinstance(digest, str):
        return None
    return digest if ":" in digest else f"{resource.get('hashing', 'sha256')}:{digest}"


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
    return None if digest.hexdigest() == value.lower() else f"its {kind} is not the one that the package states"
