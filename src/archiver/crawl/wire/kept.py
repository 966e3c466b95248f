"""The record written for each response, passed from the handler to the visitor."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from scrapy import Request

from archiver.model import Kept


class KeptAnswers:
    """The records of one site's crawl, by request; dropped with the request."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Request, Kept] = WeakKeyDictionary()

    def put(self, request: Request, kept: Kept) -> None:
        """Store the record written for the response to a request."""
        self._kept[request] = kept

    def of(self, request: Request | None) -> Kept | None:
        """The record of the response to a request; None if nothing was written."""
        return self._kept.get(request) if request is not None else None
