"""The meaning of a response for the requested URL."""

from datetime import UTC, datetime

import pytest
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from twisted.python.failure import Failure

from archiver.crawl.rules.verdict import Again, End, Redirected, of_failure, of_response, retry_after_seconds


def test_each_status_has_its_outcome():
    assert of_response(200, None, None, 0) == End("done")
    assert of_response(404, None, None, 0) == End("failed", "status_404")
    assert of_response(301, "/x", None, 0) == Redirected("/x")
    assert of_response(302, None, None, 0) == End("failed", "redirect_without_location")
    assert of_response(999, None, None, 0) == End("failed", "status_999")


def test_temporary_failures_are_retried_three_times_with_growing_delays():
    first, second, third = (of_response(503, None, None, attempts) for attempts in range(3))
    assert isinstance(first, Again) and isinstance(second, Again) and second.delay > first.delay
    assert third == End("failed", "status_503")
    assert of_failure(Failure(DownloadTimeoutError()), 2) == End("failed", "timeout")


def test_permanent_failures_are_not_retried():
    assert of_failure(Failure(DownloadCancelledError()), 0) == End("failed", "too_large")
    assert of_failure(Failure(IgnoreRequest("robots")), 0) == End("skipped", "robots")


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("120", 120.0),
        ("999999999999", 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Tue, 24 Nov 2020 12:00:30 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_honoured_and_clamped(value, wait):
    assert retry_after_seconds(value, datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)) == wait


def test_the_server_asks_for_the_wait():
    assert of_response(429, None, "7", 0) == Again("status_429", 7.0)
