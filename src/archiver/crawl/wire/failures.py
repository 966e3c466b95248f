"""Why a server could not be talked to, where Scrapy says no more than that the download failed."""

from __future__ import annotations

from collections.abc import Iterable

from OpenSSL.SSL import Error as OpenSSLError
from scrapy.exceptions import DownloadFailedError

_HTTP2_ALERT = "no application protocol"  # RFC 7301 section 3.2: the server speaks none of the protocols offered
BEGINNING = 9  # bytes of an answer that tell HTTP/2 from HTTP/1
_SETTINGS = b"\x04"  # the type of the frame with which an HTTP/2 server begins (RFC 9113 sections 3.4 and 6.5)


class TlsFailedError(DownloadFailedError):
    """Client and server could not agree on a TLS session."""


class Http2OnlyError(DownloadFailedError):
    """The server speaks HTTP/2 alone."""


def named(error: DownloadFailedError, answers: Iterable[bytes]) -> DownloadFailedError:
    """The error by its true name; `answers` are the first bytes of what the server sent meanwhile."""
    if any(is_http2(answer) for answer in answers):
        return Http2OnlyError(str(error))
    reasons = getattr(error.__cause__, "reasons", ())
    for reason in (failure.value for failure in reasons):
        if isinstance(reason, OpenSSLError):
            return (Http2OnlyError if _HTTP2_ALERT in str(reason) else TlsFailedError)(str(error))
    return error


def is_http2(answer: bytes) -> bool:
    """Whether an answer begins with the frame header of HTTP/2's SETTINGS: length, type, flags, stream 0."""
    return len(answer) >= BEGINNING and answer[3:4] == _SETTINGS and answer[5:9] == bytes(4)
