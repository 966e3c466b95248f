"""What a Dask worker does with a task: it holds the leases on the task's hosts, and supervises the task's process.

A lease is one of Dask's semaphores, kept by the scheduler. It expires when its worker is silent for `lease` seconds.
The task's process ends before that, so two tasks never send requests to one host at the same time.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import dask
from dask.utils import parse_timedelta
from distributed import Event, Semaphore, get_worker

from archiver import __version__
from archiver.cluster.jobs import from_line
from archiver.cluster.task_process import STOP

_LEASE = "45s"  # and up to ten more until the scheduler checks: under a minute
_LATE = 20.0  # seconds to wait for a lease at a time
_ENDED_WITHOUT_RESULT = "the task's process ended with status {}"


class TaskDiedError(Exception):
    """A task's process ended without a result: killed, or out of memory. The next attempt may succeed."""


def lease_seconds() -> float:
    """How long a lease lasts without renewal: Dask's setting `archiver.lease`."""
    return float(parse_timedelta(dask.config.get("archiver.lease", _LEASE)))


def version() -> str:
    """The version of archiver on this worker."""
    return __version__


def dask_setup(_worker: Any) -> None:
    """For workers on the coordinator's own machine: ignore Ctrl-C, which the coordinator handles by stopping the
    tasks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_job(line: str, lease: float, run: str) -> dict[str, Any]:
    """Do a job (`jobs.to_line`) and return what its process reported: {"result": …} or {"failure": …}.

    Raises TaskDiedError. Setting the event `archiver-stop-RUN` interrupts the job.
    """
    job = from_line(line)
    stop = Event(f"archiver-stop-{run}")
    with _leases(job.hosts, lease, stop) as held:
        if not held:
            return {"failure": {"message": "interrupted before it began", "exit_code": 11}}
        return _supervised(line, lease, stop, f"archiver-progress-{run}")


@contextmanager
def _leases(hosts: Sequence[str], lease: float, stop: Event) -> Iterator[bool]:
    """Hold the lease on each host; all tasks take them in the same order. False if the run was stopped while
    waiting."""
    with ExitStack() as stack:
        for host in sorted(hosts):
            with dask.config.set({"distributed.scheduler.locks.lease-timeout": f"{lease}s"}):
                semaphore = Semaphore(max_leases=1, name=f"archiver-host-{host}")
                while not semaphore.acquire(timeout=min(_LATE, lease)):
                    if stop.is_set():
                        yield False
                        return
            stack.callback(semaphore.release)
        yield True


def _supervised(line: str, lease: float, stop: Event, topic: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "archiver.cluster.task_process", str(lease)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603
    told: dict[str, Any] = {}
    reader = threading.Thread(target=_listen, args=(process, get_worker(), topic, told), daemon=True)
    reader.start()
    try:
        _write(process, line)
        while process.poll() is None:
            # This asks the scheduler, and so proves that this worker is connected; without it no line is written.
            _write(process, STOP if stop.is_set() else "")
            time.sleep(min(2.0, lease / 20))
        reader.join()
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None, "asked for above"
            pipe.close()
    if not told:
        raise TaskDiedError(_ENDED_WITHOUT_RESULT.format(process.returncode))
    return told


def _write(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin is not None, "asked for above"
    data = memoryview(line.encode() + b"\n")
    with suppress(BrokenPipeError):  # the process has just ended
        while data:  # unbuffered: a long line may be written in pieces
            data = data[process.stdin.write(data) :]


def _listen(process: subprocess.Popen[bytes], worker: Any, topic: str, told: dict[str, Any]) -> None:
    assert process.stdout is not None, "asked for above"
    for line in process.stdout:
        data = json.loads(line)
        if "progress" in data:
            worker.log_event(topic, data["progress"])
        else:
            told.update(data)
