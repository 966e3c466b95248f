"""What was kept of each answer, from the handler that recorded it to those who judge the answer."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from scrapy import Request

from archiver.model import Kept


class KeptAnswers:
    """Those of one site's crawl, by the request that was sent; forgotten with the request."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Request, Kept] = WeakKeyDictionary()

    def put(self, request: Request, kept: Kept) -> None:
        """A request was answered, and this was kept of it."""
        self._kept[request] = kept

    def of(self, request: Request | None) -> Kept | None:
        """What was kept of the answer to a request; None where nothing was."""
        return self._kept.get(request) if request is not None else None
