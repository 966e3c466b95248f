"""From exchanges to records, and from a failing disk to the end of the crawl."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Self

from archiver.errors import ArchiverError, StorageError
from archiver.model import Exchange, RecordRef
from archiver.warc import WarcWriter
from archiver.warc.payload import CRAWL_URI

logger = logging.getLogger(__name__)


class Recorder:
    """Writes a crawl's exchanges, called directly by the tee: a Scrapy signal would swallow the writer's errors.

    After the first failure nothing more is written and `on_failure` has been told, once.
    """

    def __init__(self, writer: WarcWriter, on_failure: Callable[[ArchiverError], None]) -> None:
        self._writer = writer
        self._on_failure = on_failure
        self._failure: StorageError | None = None

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Scrapy copies settings with all that they hold; a second recorder would write files that nobody closes."""
        return self

    def record(self, exchange: Exchange) -> RecordRef | None:
        """Write one exchange; returns where its response stands, None after a failure. Never raises."""
        try:
            return None if self._failure else self._writer.write_exchange(exchange)
        except StorageError as error:
            self._fail(error)
        except Exception as error:
            # Whatever it is, an exchange that wasn't kept must not count as captured.
            logger.exception("%s can't be recorded", exchange.url)
            self._fail(StorageError(f"{exchange.url} can't be recorded ({error!r})", "see the crawl's log"))
        finally:
            exchange.response.close()
        return None

    def sync(self) -> None:
        """Make what was recorded durable. Raises StorageError, also for any exchange that could not be recorded."""
        if self._failure is not None:
            raise self._failure
        self._writer.sync()

    def close(self, crawl_id: str, report: Mapping[str, Any]) -> None:
        """Write the crawl's report as its last record, make all durable, and close. Raises StorageError."""
        payload = json.dumps(report, ensure_ascii=False, sort_keys=True).encode()
        self._writer.write_metadata(CRAWL_URI + crawl_id, payload, "application/json")
        self._writer.close()

    def _fail(self, error: StorageError) -> None:
        if self._failure is None:
            self._failure = error
            self._on_failure(error)
