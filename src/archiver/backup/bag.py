"""A BagIt bag of an archive (RFC 8493), to hand it over or for repositories that accept bags."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from archiver import __version__
from archiver.backup.backup import snapshot
from archiver.backup.contents import sources
from archiver.backup.destination import BackupStore, Stored
from archiver.errors import DamageError, StorageError, UsageError
from archiver.fixity.manifest import Manifest, sha512_of
from archiver.home import ArchiveDir

MANIFEST = "manifest-sha512.txt"
_ESCAPED = {"%": "%25", "\n": "%0A", "\r": "%0D"}


def make_bag(
    archive: ArchiveDir,
    home: Path | None,
    folder: Path,
    on_file: Callable[[str], None] = lambda _: None,
    *,
    operator: str | None = None,
    contact: str | None = None,
) -> int:
    """Write a bag to a new folder; returns the number of files in it. `operator` (who runs the crawls) and `contact` (a
    name, an e-mail address or a URL) become its Source-Organization and Contact-Email or Contact-Name.

    Raises UsageError if the folder is not empty or a run is active, DamageError for a file that differs from the
    manifest or is missing, StorageError.
    """
    archive.require()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "give a new folder")
    if archive.in_use:
        raise UsageError("another run is using the archive", "make the bag when it has ended")
    store, payload = BackupStore(str(folder)), {}
    chain = Manifest(archive.path).read()
    missing = chain.missing_from(archive.warc)
    if missing:
        raise DamageError(
            f"archive/warc/{missing[0]} is in the manifest, but missing"
            + (f" (and {len(missing) - 1} more)" if missing[1:] else ""),
            "restore it from a backup",
        )
    stated = chain.files()
    with tempfile.TemporaryDirectory(prefix="archiver-bag-") as temporary:
        for source in sources(archive.path, home):
            on_file(source.name)
            path = snapshot(source.path, Path(temporary)) if source.kind == "database" else source.path
            now = Stored(*sha512_of(path))
            known = stated.get(path.name) if source.kind == "warc" else None
            if known is not None and (known.bytes, known.sha512) != (now.bytes, now.sha512):
                raise DamageError(f"{source.name} differs from the manifest", "see `archiver verify`")
            if store.put(f"data/{source.name}", path) != now:
                raise StorageError(
                    f"{folder}/data/{source.name} differs from the file that was copied", "check the disk"
                )
            payload[f"data/{source.name}"] = now
    _write_tags(folder, payload, _source_tags(operator, contact))
    return len(payload)


def bag_files(lines: str) -> dict[str, str]:
    """The payload files listed in a bag's manifest: name, SHA-512. Raises DamageError."""
    found = {}
    for line in lines.splitlines():
        sha512, _, name = line.partition("  ")
        if len(sha512) != 128 or not name.startswith("data/"):
            raise DamageError(f"{MANIFEST} has a line that can't be read", "validate the bag with bagit.py")
        for char, escape in _ESCAPED.items():
            name = name.replace(escape, char)
        found[name] = sha512.lower()
    return found


def _source_tags(operator: str | None, contact: str | None) -> str:
    """The lines of bag-info.txt with whom a bag is from (RFC 8493, section 2.2.2)."""
    given = " ".join((contact or "").split()).removeprefix("mailto:")
    is_email = "@" in given and "/" not in given and " " not in given
    tags = {
        "Source-Organization": " ".join((operator or "").split()),
        "Contact-Email" if is_email else "Contact-Name": given,
    }
    return "".join(f"{tag}: {value}\n" for tag, value in tags.items() if value)


def _write_tags(folder: Path, payload: Mapping[str, Stored], source: str) -> None:
    size = sum(entry.bytes for entry in payload.values())
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"{source}Bagging-Date: {datetime.now(UTC):%Y-%m-%d}\nBag-Software-Agent: archiver/{__version__}\n"
            f"External-Description: web archive: WARC files, manifest, decisions, index\n"
            f"Bag-Size: {size / 1e6:.1f} MB\nPayload-Oxum: {size}.{len(payload)}\n"
        ),
        MANIFEST: "".join(f"{entry.sha512}  {_escaped(name)}\n" for name, entry in sorted(payload.items())),
    }
    sums = {name: hashlib.sha512(text.encode()).hexdigest() for name, text in tags.items()}
    tags["tagmanifest-sha512.txt"] = "".join(f"{sha512}  {name}\n" for name, sha512 in sorted(sums.items()))
    try:
        for name, text in tags.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} can't be written ({error.strerror})", "free some space") from error


def _escaped(name: str) -> str:
    return "".join(_ESCAPED.get(char, char) for char in name)
