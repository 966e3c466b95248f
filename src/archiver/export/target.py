"""Writes a file or folder under a temporary name and renames it when it is complete."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.errors import LockedError, StorageError, UsageError

_PART = ".part"


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary path; it replaces `path` when the block succeeds, and is removed when it fails."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "give a file")
    _require_parent(path)
    part = path.with_name(path.name + _PART)
    with _on_disk(path), _only_export(path, part):
        try:
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Like `new_file`, for a folder. An existing folder is never replaced, because it may contain other files."""
    if path.exists():
        raise UsageError(f"{path} exists already", "remove it, or choose another name")
    _require_parent(path)
    with _on_disk(path):
        part = path.with_name(path.name + _PART)
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir()
            yield part
            part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _require_parent(path: Path) -> None:
    """A missing folder is probably a typing error, so it is not created."""
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.parent} is not a folder", "create it first, or choose another")


@contextmanager
def _only_export(path: Path, part: Path) -> Iterator[None]:
    """Prevents two exports to one name at the same time, such as from a slow cron job."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"another export is writing {path}", "wait for it to end, or choose another name"
            ) from error
        except OSError:
            pass  # a network share without locks
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror or error})", "check the disk, its space and the folder"
        ) from error
