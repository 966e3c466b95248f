"""Distributes jobs to a Dask cluster, repeats those of dead workers, and yields outcomes as they arrive."""

from __future__ import annotations

import queue
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

from archiver import __version__
from archiver.cluster.jobs import Failure, Job, Outcome, to_line
from archiver.errors import ExitCode, UsageError
from archiver.extract.pool import processors
from archiver.extras import install_hint

LOCAL = "local"
_ATTEMPTS = 12  # for one job whose workers die
_LOOK_SECONDS = 0.5
_NO_WORKER_LOOKS = 20


@dataclass(slots=True)
class _Lane:
    """Jobs that send requests to the same hosts: run one after the other."""

    jobs: deque[Job] = field(default_factory=deque)


class Cluster:
    """A Dask cluster, for one run. Use as a context manager.

    `address` is the scheduler's (tcp://…:8786), or `local` for worker processes on this machine. Each has `threads`
    threads: crawls wait for sites most of the time, so one process can run several. Raises UsageError if Dask is not
    installed, the scheduler does not answer, or workers have another version of archiver.
    """

    def __init__(
        self,
        address: str,
        *,
        workers: int | None = None,
        threads: int = 4,
        on_progress: Callable[[dict[str, Any]], None] = lambda _: None,
        on_note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._address = address
        self._workers = workers or processors()
        self._threads = threads
        self._on_progress = on_progress
        self._on_note = on_note
        self._run = uuid.uuid4().hex
        self._stack = ExitStack()
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._interrupted = False

    def __enter__(self) -> Self:
        try:
            import distributed  # noqa: PLC0415 - an extra, and slow to load
        except ImportError as error:
            raise UsageError("--cluster needs Dask, which is not installed", install_hint("cluster")) from error
        from archiver.cluster.worker import lease_seconds, run_job, version  # noqa: PLC0415

        self._lease = lease_seconds()
        self._task = run_job
        with self._stack as stack:
            where = (
                stack.enter_context(_local(self._workers, self._threads, self._lease))
                if self._is_local
                else self._address
            )
            try:
                self._client = stack.enter_context(distributed.Client(where, timeout=15, set_as_default=False))
            except (OSError, ValueError, TypeError) as error:
                raise UsageError(
                    f"no Dask scheduler answers at {self._address} ({error})", "start one: dask scheduler"
                ) from error
            for worker, theirs in self._client.run(version, on_error="return").items():
                if theirs != __version__:
                    raise UsageError(
                        f"the worker {worker} has archiver {theirs}, this is {__version__}", "install the same on both"
                    )
            self._stop = distributed.Event(f"archiver-stop-{self._run}", client=self._client)
            self._client.subscribe_topic(f"archiver-progress-{self._run}", lambda event: self._on_progress(event[1]))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack, suppress(Exception):  # the scheduler may be gone
            self._stop.set()  # for tasks whose results nobody waits for any more

    @property
    def _is_local(self) -> bool:
        return self._address == LOCAL

    def interrupt(self) -> None:
        """Start no more jobs; running ones stop gracefully. May be called from a signal handler."""
        self._interrupted = True

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """The outcome of each job, in the order in which they end."""
        lanes = _lanes(jobs)
        running: dict[Any, tuple[_Lane, Job, int]] = {}
        for lane in lanes:
            self._begin(lane, lane.jobs.popleft(), 1, running)
        told_to_stop, looks = False, 0
        while running:
            if self._interrupted and not told_to_stop:
                told_to_stop = True
                self._stop.set()
            try:
                future = self._ended.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                looks += 1
                if looks % _NO_WORKER_LOOKS == 0 and not self._client.scheduler_info(n_workers=-1)["workers"]:
                    self._on_note(f"the cluster {self._address} has no workers: waiting for one")
                continue
            lane, job, attempt = running.pop(future)
            outcome = self._outcome(future, job, attempt)
            if outcome is None:
                self._begin(lane, job, attempt + 1, running)
                continue
            yield outcome
            if lane.jobs and not self._interrupted:
                self._begin(lane, lane.jobs.popleft(), 1, running)
            else:
                yield from (Outcome(left, failure=_interrupted()) for left in lane.jobs)

    def _begin(self, lane: _Lane, job: Job, attempt: int, running: dict[Any, tuple[_Lane, Job, int]]) -> None:
        future = self._client.submit(self._task, to_line(job), self._lease, self._run, pure=False)
        running[future] = (lane, job, attempt)
        future.add_done_callback(self._ended.put)

    def _outcome(self, future: Any, job: Job, attempt: int) -> Outcome | None:
        """How a job ended; None if its worker died and it has to be repeated."""
        error = future.exception() if future.status == "error" else None
        if future.status == "finished":
            told = future.result()
            if "failure" not in told:
                return Outcome(job, told["result"], attempts=attempt)
            return Outcome(job, failure=Failure(**told["failure"]), attempts=attempt)
        if self._interrupted:
            return Outcome(job, failure=_interrupted(), attempts=attempt)
        if error is not None and type(error).__name__ not in ("KilledWorker", "TaskDiedError"):
            bug = Failure(f"bug on a worker: {type(error).__name__}: {error}: report it", ExitCode.BUG)
            return Outcome(job, failure=bug, attempts=attempt)
        if attempt < _ATTEMPTS:
            self._on_note(f"{_name(job)}: its worker died ({error or future.status}); another one continues")
            return None
        message = f"given up after {attempt} attempts, each time the worker died ({error or future.status})"
        return Outcome(job, failure=Failure(message, ExitCode.INTERRUPTED), attempts=attempt)


def _name(job: Job) -> str:
    return str(getattr(job, "site", None) or getattr(job, "warc", ""))


def _interrupted() -> Failure:
    return Failure("interrupted before it began", ExitCode.INTERRUPTED)


def _lanes(jobs: Iterable[Job]) -> list[_Lane]:
    """Jobs in lanes, such that no two lanes share a host."""
    lanes: list[_Lane] = []
    by_host: dict[str, _Lane] = {}
    for job in jobs:
        found = list({id(by_host[host]): by_host[host] for host in job.hosts if host in by_host}.values())
        lane = found[0] if found else _Lane()
        if not found:
            lanes.append(lane)
        for other in found[1:]:
            lane.jobs += other.jobs
            lanes.remove(other)
            by_host = {host: lane if known is other else known for host, known in by_host.items()}
        lane.jobs.append(job)
        by_host |= dict.fromkeys(job.hosts, lane)
    return lanes


@contextmanager
def _local(workers: int, threads: int, lease: float) -> Iterator[Any]:
    """Worker processes on this machine."""
    import dask  # noqa: PLC0415 - an extra, and slow to load
    from distributed import LocalCluster  # noqa: PLC0415

    settings = {"distributed.scheduler.locks.lease-validation-interval": f"{min(10.0, lease / 5)}s"}
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
            preload="archiver.cluster.worker",
        ) as cluster,
    ):
        yield cluster
