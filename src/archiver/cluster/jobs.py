"""The messages between the coordinator, a worker and the process of a task: plain data, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One site's crawl. The spider is the text of its file, so that a worker needs no copy of the home; a
    site without a file has start pages only."""

    site: str
    shard: str  # the folder of the shard, as the worker's machine sees it
    store: str | None  # or the URL of the store that keeps the shard: it is copied to the worker and back
    spider: str | None
    seeds: tuple[str, ...]
    options: dict[str, Any]  # of CrawlOptions.to_json
    hosts: tuple[str, ...]  # no other task may send requests to these meanwhile: registered domains, or addresses
    delay: float  # seconds between two requests, as far as known before robots.txt is read

    kind = "crawl"


@dataclass(frozen=True, slots=True)
class ExtractJob:
    """The extraction of one WARC file. It sends no requests: no hosts."""

    warc: str  # the file, as the worker's machine sees it
    into: str  # the file of outcomes to write
    sites: tuple[dict[str, Any], ...]  # from Site.to_json
    workers: int = 1

    kind = "extract"
    hosts: tuple[str, ...] = ()


Job = CrawlJob | ExtractJob


def to_line(job: Job) -> str:
    """A job as one line of JSON."""
    return json.dumps({"kind": job.kind, **asdict(job)})


def from_line(line: str) -> Job:
    """The job from a line of `to_line`."""
    data: dict[str, Any] = json.loads(line)
    kind = data.pop("kind")
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return CrawlJob(**made) if kind == "crawl" else ExtractJob(**made)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: the message for the user, and the exit code."""

    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: its result, or its failure. `attempts` is more than one if workers died."""

    job: Job
    result: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    attempts: int = 1
