"""The outcome of a request for its URL: pure functions of the response, or of its absence.

Every fetch ends in one of three verdicts, so that no URL is left without a reason.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import NoRouteError
from twisted.python.failure import Failure

from archiver.crawl.wire.failures import Http2OnlyError, TlsFailedError
from archiver.frontier import State
from archiver.timestamps import http_date

MAX_ATTEMPTS = 3
MAX_REDIRECTS = 10
MAX_RETRY_AFTER = 3600.0  # a server that asks for more (year 9999 has been seen) is asked again in an hour
# What our middlewares give as their reason.
IGNORED = frozenset({"robots", "robots_unreachable", "private_address", "bad_certificate"})
# Why no connection to a host is possible.
UNREACHABLE = frozenset(
    {"host_not_found", "no_route", "connection_refused", "connection_failed", "timeout", "tls_failed", "http2_only"}
)
_FIRST_BACK_OFF = 2.0
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_GONE = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class End:
    """The URL is settled."""

    state: State
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Redirected:
    """The URL is settled and replaced by another one."""

    location: str


@dataclass(frozen=True, slots=True)
class Again:
    """To be retried in `delay` seconds."""

    reason: str
    delay: float


Verdict = End | Redirected | Again


def name_of(decided: Verdict) -> str:
    """One word for the log."""
    if isinstance(decided, End):
        return decided.reason or decided.state
    return "redirect" if isinstance(decided, Redirected) else f"again_{decided.reason}"


def of_response(
    status: int, location: str | None, retry_after: str | None, attempts: int, *, known: bool = False
) -> Verdict:
    """The outcome of a status. `attempts` counts earlier attempts; `known`: an earlier crawl got the page."""
    if status in _REDIRECTS:
        return Redirected(location) if location else End("failed", "redirect_without_location")
    if status in _TRANSIENT:
        return _again(f"status_{status}", attempts, retry_after_seconds(retry_after))
    if 200 <= status < 300 or (status == 304 and known):
        return End("done")
    if status in _GONE and known:
        return End("gone", f"status_{status}")
    return End("failed", f"status_{status}")


def of_failure(failure: Failure, attempts: int) -> Verdict:
    """The outcome of an exception of the downloader."""
    error = failure.value
    if isinstance(error, (gzip.BadGzipFile, zlib.error, EOFError)):
        # The response is in the archive; only its links can't be read.
        return End("done", "bad_coding")
    for types, reason in _FINAL:
        if isinstance(error, types):
            return End("failed", reason)
    for types, reason in _PASSING:
        if isinstance(error, types):
            return _again(reason, attempts, None)
    if isinstance(error, IgnoreRequest):
        return _not_requested(error)
    return End("failed", f"error_{type(error).__name__}")


def _not_requested(error: IgnoreRequest) -> End:
    if (
        "MaxSize" in type(error.__cause__).__name__
    ):  # small when compressed: Scrapy stops decompressing at the same limit
        return End("failed", "too_large")
    if str(error) in UNREACHABLE:  # robots.txt could not be fetched, so nothing was requested
        return End("failed", str(error))
    return End("skipped", str(error) if str(error) in IGNORED else "ignored")


# First match wins; Scrapy's download errors are siblings, so the order is only for reading.
_FINAL: tuple[tuple[type[Exception], str], ...] = (
    (DownloadCancelledError, "too_large"),
    (Http2OnlyError, "http2_only"),
    (TlsFailedError, "tls_failed"),
    (UnsupportedURLSchemeError, "unsupported_url"),
    (UnicodeError, "bad_url"),
    (ValueError, "bad_url"),
)
_PASSING: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "host_not_found"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (ResponseDataLossError, "truncated"),
    (NoRouteError, "no_route"),
    (DownloadFailedError, "connection_failed"),
)


def retry_after_seconds(value: str | None, now: datetime | None = None) -> float | None:
    """The seconds of a Retry-After header (RFC 9110 section 10.2.3), at most `MAX_RETRY_AFTER`."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER)
    moment = http_date(value)
    if moment is None:
        return None
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _again(reason: str, attempts: int, asked: float | None) -> Verdict:
    if attempts + 1 >= MAX_ATTEMPTS:
        return End("failed", reason)
    return Again(reason, asked if asked is not None else _FIRST_BACK_OFF * 2**attempts)
