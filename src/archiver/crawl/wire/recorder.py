"""Writes exchanges as records, and ends the crawl if the disk fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from archiver.crawl.wire.kept import KeptAnswers
from archiver.errors import ArchiverError, StorageError
from archiver.model import Exchange, Kept, PayloadRecord
from archiver.warc import WarcWriter, read_answer
from archiver.warc.masking import Masking
from archiver.warc.payload import CRAWL_URI

logger = logging.getLogger(__name__)


class Payloads(Protocol):
    """The payloads of an archive, by digest."""

    def find(self, digest: str) -> PayloadRecord | None: ...

    def add(self, record: PayloadRecord) -> None: ...


class Recorder:
    """Writes a crawl's exchanges, called directly by the tee: a Scrapy signal would swallow the writer's errors.

    A payload that is already in `payloads` is not written again: its record is a revisit. `masking` keeps the secrets
    of a login out of the records. After the first failure nothing more is written, and `on_failure` is called once.
    """

    def __init__(
        self,
        writer: WarcWriter,
        on_failure: Callable[[ArchiverError], None],
        payloads: Payloads | None = None,
        kept: KeptAnswers | None = None,
        masking: Masking | None = None,
    ) -> None:
        self.kept = kept or KeptAnswers()
        self._writer = writer
        self._masking = masking
        self._payloads = payloads
        self._on_failure = on_failure
        self._failure: StorageError | None = None

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Scrapy deep-copies settings, but a second recorder would write files that nobody closes."""
        return self

    def record(self, exchange: Exchange, known: PayloadRecord | None = None) -> Kept | None:
        """Write one exchange; returns its record, None after a failure. Never raises.

        `known` is the payload of the request's validators, to which a 304 refers.
        """
        try:
            return None if self._failure else self._write(exchange, known)
        except StorageError as error:
            self._fail(error)
        except Exception as error:
            # After any error: an exchange that wasn't written must not count as captured.
            logger.exception("%s can't be recorded", exchange.url)
            self._fail(StorageError(f"{exchange.url} can't be recorded ({error!r})", "see the crawl's log"))
        finally:
            exchange.response.close()
        return None

    def record_rendered(self, url: str, html: bytes, kept: Kept) -> None:
        """Write the rendered page of a response. Never raises: a failure ends the crawl."""
        try:
            if self._failure is None:
                self._writer.write_rendered(url, html, kept.ref.record_id)
        except StorageError as error:
            self._fail(error)

    def _write(self, exchange: Exchange, known: PayloadRecord | None) -> Kept:
        if self._masking is not None:
            exchange = self._masking.exchange(exchange)
        answer = read_answer(exchange)
        original: PayloadRecord | None = None
        # Only complete responses, because truncated ones may differ in the missing part. Only 200, because the same
        # words mean something else on an error page.
        whole = answer.status == 200 and answer.payload_size > 0 and not exchange.truncated
        if answer.status == 304 and not exchange.truncated:
            original = known
        elif whole and self._payloads is not None:
            original = self._payloads.find(answer.payload_digest)
        reference = self._writer.write_exchange(exchange, answer, original)
        tls = exchange.tls.verdict if exchange.tls else None
        if original is not None or not whole:
            return Kept(reference, original, original is not None, tls)
        made = PayloadRecord(
            answer.payload_digest, reference.record_id, exchange.url, exchange.started, reference.warc_file
        )
        if self._payloads is not None:
            self._payloads.add(made)
        return Kept(reference, made, tls=tls)

    def sync(self) -> None:
        """Make all records durable. Raises StorageError, also if any exchange could not be written."""
        if self._failure is not None:
            raise self._failure
        self._writer.sync()

    def close(self, crawl_id: str, report: Mapping[str, Any]) -> None:
        """Write the crawl's report as its last record, make everything durable, and close. Raises StorageError."""
        payload = json.dumps(report, ensure_ascii=False, sort_keys=True).encode()
        self._writer.write_metadata(CRAWL_URI + crawl_id, payload, "application/json")
        self._writer.close()

    def _fail(self, error: StorageError) -> None:
        if self._failure is None:
            self._failure = error
            self._on_failure(error)
