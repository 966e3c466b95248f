"""The purpose of a request: archiver's only value in Scrapy's `Request.meta`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapy import Request

from archiver.frontier import Task
from archiver.model import PayloadRecord

_KEY = "archiver_purpose"  # archiver's only key; all others are Scrapy's own


@dataclass(frozen=True, slots=True)
class RequestPurpose:
    """The task of a request. `known` is the payload of its validators, to which a 304 refers; None without any."""

    task: Task
    known: PayloadRecord | None = None

    def in_meta(self) -> dict[str, Any]:
        """The purpose as an entry of a request's meta."""
        return {_KEY: self}


def purpose_of(request: Request) -> RequestPurpose | None:
    """The purpose of a request; None for a request outside the frontier: robots.txt, tdmrep.json, or from the
    browser."""
    found: RequestPurpose | None = request.meta.get(_KEY)
    return found


def task_of(request: Request | None) -> Task:
    """The task of a request that the visitor made. Raises ValueError for any other."""
    purpose = purpose_of(request) if request is not None else None
    if purpose is None:
        raise ValueError(f"{request} has no task: it was not made by the visitor")
    return purpose.task
