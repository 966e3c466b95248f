"""What travels between the coordinator, a worker and the process that does a task: plain data, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One site's crawl. The spider is the text of its file, so that a worker needs no copy of the home; a site without
    a file has start pages alone."""

    site: str
    shard: str  # the folder of the shard, where the worker's machine has it too
    store: str | None  # where the shard is kept instead, by its URL: it is copied to the worker and back
    spider: str | None
    seeds: tuple[str, ...]
    options: dict[str, Any]  # of CrawlOptions
    hosts: tuple[str, ...]  # what no other task may ask meanwhile: registered domains, or addresses
    delay: float  # seconds between two requests, as far as it is known before robots.txt is read

    kind = "crawl"


@dataclass(frozen=True, slots=True)
class ExtractJob:
    """The extraction of one WARC file. Nobody is asked anything: no hosts."""

    warc: str  # the file, where the worker's machine has it too
    into: str  # the file of outcomes that is made
    sites: tuple[dict[str, Any], ...]  # of Site.to_json
    workers: int = 1

    kind = "extract"
    hosts: tuple[str, ...] = ()


Job = CrawlJob | ExtractJob


def to_line(job: Job) -> str:
    """A job as one line of JSON."""
    return json.dumps({"kind": job.kind, **asdict(job)})


def from_line(line: str) -> Job:
    """The job that `to_line` wrote."""
    data: dict[str, Any] = json.loads(line)
    kind = data.pop("kind")
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return CrawlJob(**made) if kind == "crawl" else ExtractJob(**made)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task came to nothing: what the user is told, and the exit code."""

    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: its result, or why there is none. `attempts` is more than one where workers died."""

    job: Job
    result: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    attempts: int = 1
