"""Uploads completed WARC files during a crawl to where `archiver backup` expects them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from archiver.backup.destination import BackupStore, Stored
from archiver.errors import ArchiverError, StorageError


class Uploads:
    """Uploads files one after the other in a separate thread. At the end of the `with` block all are sent, except those
    in `failed`, with the reason. All files stay in the archive.
    """

    def __init__(self, store: BackupStore, folder: Path) -> None:
        self.sent: list[str] = []
        self.failed: list[str] = []
        self._store = store
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, "archiver-upload")
        self._waiting: list[tuple[str, Future[None]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        for name, outcome in self._waiting:
            try:
                outcome.result()
                self.sent.append(name)
            except ArchiverError as problem:
                self.failed.append(f"{name}: {problem}")

    def send(self, name: str, size: int, sha512: str) -> None:
        """Queue a completed WARC file for upload. Returns immediately."""
        self._waiting.append((name, self._pool.submit(self._send, name, Stored(size, sha512))))

    def _send(self, name: str, expected: Stored) -> None:
        place = f"archive/warc/{name}"
        self._store.require_parent()
        if self._store.has(place):
            if self._store.check(place) == expected:
                return
            raise StorageError(f"{self._store.where} has a different {place}", "nothing was overwritten")
        if self._store.put(place, self._folder / name) != expected:
            raise StorageError(f"{place} was damaged during the upload", "run `archiver backup`")
