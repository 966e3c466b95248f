"""A lock file for one process at a time, which the kernel releases however that process ends."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.errors import LockedError, StorageError


@contextmanager
def locked(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock file at `path`, which is created if missing and contains the holder's pid.

    Raises LockedError with the message `busy` ("another run works on …") and the pid if another process holds it,
    StorageError if the file can't be created or locked.
    """
    try:
        # Not inherited by children: a worker that outlives its parent must not keep the lock.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror})", "check the disk and the permissions"
        ) from error
    try:
        _acquire(descriptor, path, busy)
        yield
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> int | None:
    """The running process named in a lock file. For readers, because taking the lock would block a writer."""
    try:
        pid = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass  # another user's process, and running
    except OSError:
        return None
    return pid


def _acquire(descriptor: int, path: Path, busy: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise StorageError(f"{path} can't be locked ({error.strerror})", "use a local disk") from error
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        raise LockedError(f"{busy} (pid {holder})", "wait for it to end, then run this again") from error
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error
