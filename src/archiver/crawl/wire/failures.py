"""The specific cause of a failed connection, for which Scrapy only reports that the download failed."""

from __future__ import annotations

from collections.abc import Iterable

from OpenSSL.SSL import Error as OpenSSLError
from scrapy.exceptions import DownloadFailedError

_HTTP2_ALERT = "no application protocol"  # RFC 7301 section 3.2: the server supports none of the offered protocols
BEGINNING = 9  # bytes of a response that distinguish HTTP/2 from HTTP/1
_SETTINGS = b"\x04"  # the type of the first frame of an HTTP/2 server (RFC 9113 sections 3.4 and 6.5)


class TlsFailedError(DownloadFailedError):
    """Client and server could not agree on a TLS session."""


class Http2OnlyError(DownloadFailedError):
    """The server supports only HTTP/2."""


def specific_error(error: DownloadFailedError, answers: Iterable[bytes]) -> DownloadFailedError:
    """The specific error; `answers` are the first bytes that the server sent."""
    if any(is_http2(answer) for answer in answers):
        return Http2OnlyError(str(error))
    reasons = getattr(error.__cause__, "reasons", ())
    for reason in (failure.value for failure in reasons):
        if isinstance(reason, OpenSSLError):
            return (Http2OnlyError if _HTTP2_ALERT in str(reason) else TlsFailedError)(str(error))
    return error


def is_http2(answer: bytes) -> bool:
    """Whether a response starts with the header of an HTTP/2 SETTINGS frame: length, type, flags, stream 0."""
    return len(answer) >= BEGINNING and answer[3:4] == _SETTINGS and answer[5:9] == bytes(4)
