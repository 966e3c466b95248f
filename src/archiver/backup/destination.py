"""The place of a backup: a folder, or any fsspec URL (s3://bucket/prefix). Files are replaced only atomically."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fsspec

from archiver.errors import DamageError, StorageError, UsageError
from archiver.extras import install_hint

INDEX = "backup.json"
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "az"}  # they have no folders; making one makes the bucket
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a backup. `modified` (ns since 1970): when the archive's WARC file was written that was last compared
    with it; a file of the same size and time is not read again.
    """

    bytes: int
    sha512: str
    modified: int | None = field(default=None, compare=False)


class BackupStore:
    """A folder of backups at a path or URL. Methods raise StorageError if it can't be reached."""

    def __init__(self, where: str) -> None:
        self.where = where.rstrip("/") or "/"
        try:
            self._fs, self._root = fsspec.core.url_to_fs(os.path.expanduser(where) if "://" not in where else where)  # noqa: PTH111
        except (ImportError, ValueError, OSError) as error:
            raise UsageError(
                f"{where!r} can't be used ({error})",
                f"{install_hint('s3')}; check the address and the credentials in the environment",
            ) from error
        self._root = str(self._root).rstrip("/")
        protocols = {self._fs.protocol} if isinstance(self._fs.protocol, str) else {*self._fs.protocol}
        self._is_local = "file" in protocols
        self._is_bucket = bool(protocols & _BUCKETS)

    def index(self) -> dict[str, Stored] | None:
        """The files of the backup, by name; None if there is no backup. Raises DamageError."""
        try:
            if not self._fs.exists(self._at(INDEX)):
                return None
            data = json.loads(self._fs.cat_file(self._at(INDEX)))
            return {
                name: Stored(entry["bytes"], entry["sha512"], entry.get("modified"))
                for name, entry in data["files"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamageError(f"{self.where}/{INDEX} can't be read", "use another place for backups") from error
        except Exception as error:
            raise self._unreachable(error) from error

    def write_index(self, files: Mapping[str, Stored]) -> None:
        data = {"format": 1, "files": {name: asdict(entry) for name, entry in sorted(files.items())}}
        text = json.dumps(data, indent=1, sort_keys=True).encode() + b"\n"
        self._replace(INDEX, lambda path: self._fs.pipe_file(path, text))

    def require_parent(self) -> None:
        """Raises UsageError if the folder that holds the place is missing: a disk that is not mounted must not become
        a folder of the system's disk. (A missing bucket is never made: the first file can't be written.)
        """
        if self._is_local and not Path(self._root).parent.is_dir():
            parent = Path(self._root).parent
            raise UsageError(f"{parent} does not exist", "mount the disk of the backups, or make the folder")

    def is_empty(self) -> bool:
        """Whether the place is empty."""
        try:
            return not self._fs.exists(self._root) or not self._fs.ls(self._root, detail=False)
        except FileNotFoundError:
            return True
        except Exception as error:
            raise self._unreachable(error) from error

    def has(self, name: str) -> bool:
        try:
            return bool(self._fs.exists(self._at(name)))
        except Exception as error:
            raise self._unreachable(error) from error

    def sizes(self) -> dict[str, int]:
        """The size of each file that is in the backup now, by name, whether a backup listed it or not."""
        try:
            self._fs.invalidate_cache()
            found = self._fs.find(self._root, detail=True) if self._fs.exists(self._root) else {}
        except Exception as error:
            raise self._unreachable(error) from error
        return {
            str(path).removeprefix(self._root).lstrip("/"): int(entry["size"])
            for path, entry in found.items()
            if not str(path).endswith(".part")
        }

    def names(self, folder: str) -> list[str]:
        """The sorted names of all files in a folder of the backup; none if there is no such folder."""
        try:
            self._fs.invalidate_cache()
            found = self._fs.ls(self._at(folder), detail=True)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._unreachable(error) from error
        files = [str(entry["name"]).rpartition("/")[2] for entry in found if entry["type"] == "file"]
        return sorted(f"{folder}/{name}" for name in files if name and not name.endswith(".part"))

    def read(self, name: str) -> bytes:
        try:
            return bytes(self._fs.cat_file(self._at(name)))
        except Exception as error:
            raise self._unreachable(error) from error

    def check(self, name: str) -> Stored:
        """Read a file back; returns its size and digest. Raises DamageError if it is missing."""
        digest, size = hashlib.sha512(), 0
        try:
            with self._fs.open(self._at(name), "rb") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
        except FileNotFoundError as error:
            raise self._missing(name) from error
        except Exception as error:
            raise self._unreachable(error) from error
        return Stored(size, digest.hexdigest())

    def put(self, name: str, path: Path) -> Stored:
        """Copy a file and read it back; returns its size and digest in the backup."""
        self._replace(name, lambda place: self._fs.put_file(str(path), place))
        return self.check(name)

    def get(self, name: str, path: Path) -> Stored:
        """Copy a file from the backup, durably; returns its size and digest. Never overwrites a file. Raises
        DamageError if it is missing.
        """
        digest, size = hashlib.sha512(), 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._fs.open(self._at(name), "rb") as source, path.open("xb") as target:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
        except FileExistsError as error:
            raise UsageError(f"{path} exists", "restore into an empty folder: nothing is overwritten") from error
        except FileNotFoundError as error:
            raise self._missing(name) from error
        except Exception as error:
            raise self._unreachable(error) from error
        return Stored(size, digest.hexdigest())

    def delete(self, name: str) -> None:
        try:
            self._fs.rm_file(self._at(name))
        except Exception as error:
            raise self._unreachable(error) from error

    def _replace(self, name: str, write: Any) -> None:
        """On disk a file gets its name when it is complete and durable; object stores do this themselves."""
        place = self._at(name)
        try:
            if not self._is_bucket:
                self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
            if not self._is_local:
                write(place)
                return
            write(place + ".part")
            with Path(place + ".part").open("rb") as file:
                os.fsync(file.fileno())
            Path(place + ".part").replace(place)
        except Exception as error:
            raise self._unreachable(error) from error

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _missing(self, name: str) -> DamageError:
        return DamageError(f"{self.where}/{name} is missing", "take it from another backup")

    def _unreachable(self, error: Exception) -> StorageError:
        # Every kind of store has its own exceptions.
        why = getattr(error, "strerror", None) or " ".join(str(error).split())[:200] or type(error).__name__
        return StorageError(f"{self.where} can't be used ({why})", "check the address, the space and the permissions")
