"""Writing a file or folder under a temporary name, which it loses when it is complete."""

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
    """A path to write to; it takes the place of `path` when the block ends well, and is removed when it doesn't."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "give a file")
    _require_parent(path)
    part = path.with_name(path.name + _PART)
    with _on_disk(path), _alone(path, part):
        try:
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """As `new_file`, for a folder. One that is there already is left alone: who knows what else is in it."""
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
    """A folder that isn't there is more often a slip of the pen than a wish."""
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.parent} is not a folder", "create it first, or choose another")


@contextmanager
def _alone(path: Path, part: Path) -> Iterator[None]:
    """Two exports under one name, as of a cron job that takes longer than its hour, would write into one another."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"another export is writing {path}", "wait for it to end, or choose another name"
            ) from error
        except OSError:
            pass  # a share that knows no locks
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
