"""A Dask cluster of local processes whose workers can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

LEASE = 15.0  # seconds: long compared with the delays of a loaded machine, short for a test
_SETTINGS = {
    "DASK_ARCHIVER__LEASE": f"{LEASE}s",
    "DASK_DISTRIBUTED__SCHEDULER__LOCKS__LEASE_VALIDATION_INTERVAL": "1s",
}


class DaskCluster:
    """A scheduler and workers without nannies, so that a killed worker is not restarted. Use as a context manager."""

    def __init__(self, folder: Path, workers: int, **environment: str) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._environment = os.environ | _SETTINGS | environment
        self._scheduler = self._start("scheduler", "--port", "0", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not self._file.exists() or not self._file.read_text():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.1)
        self.address = json.loads(self._file.read_text())["address"]
        self.workers = [self._worker() for _ in range(workers)]

    def __enter__(self) -> DaskCluster:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()

    def kill_one(self) -> None:
        """Kill the oldest worker, and start another."""
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait()
        self.workers.append(self._worker())

    def _worker(self) -> subprocess.Popen:
        return self._start("worker", "--no-nanny", "--nthreads", "4", "--no-dashboard")

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", kind, "--scheduler-file", str(self._file), *arguments]
        with (self._folder / f"{kind}-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, env=self._environment
            )
