"""The purpose of a request is passed with it as one value."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from scrapy import Request

from archiver.crawl.loop.visits import conditional
from archiver.crawl.wire.request_purpose import purpose_of, task_of
from archiver.frontier import Known, Task
from archiver.model import PayloadRecord

DAY = datetime(2026, 3, 4, tzinfo=UTC)
PAYLOAD = PayloadRecord("sha1:A", "<urn:uuid:1>", "https://x.example/a", DAY, "x.warc.gz")
KNOWN = Known(DAY, DAY, '"tag"', None, PAYLOAD, None, 0, 0, None)
TASK = Task(1, "https://x.example/a", "a", "article", 1, 0, 0, None, known=KNOWN)


def request_for(task, *, ask=True):
    return Request(task.url, **conditional(task, ask=ask))


@pytest.mark.parametrize(
    ("task", "ask", "known", "headers"),
    [
        (TASK, True, PAYLOAD, {b"If-None-Match": [b'"tag"']}),
        (TASK, False, None, {}),
        (replace(TASK, known=replace(KNOWN, payload=None)), True, None, {}),
        (replace(TASK, known=replace(KNOWN, etag=None)), True, None, {}),
        (replace(TASK, known=None), True, None, {}),
    ],
)
def test_a_request_carries_the_payload_of_its_validators_and_only_of_those_it_sends(task, ask, known, headers):
    request = request_for(task, ask=ask)
    assert (purpose_of(request).known, dict(request.headers)) == (known, headers)


def test_our_one_key_in_a_request_s_meta_survives_copies():
    request = request_for(TASK)
    scrapys = {"handle_httpstatus_all", "dont_redirect", "dont_retry"}
    assert len(request.meta.keys() - scrapys) == 1
    assert task_of(request.replace(url="https://x.example/b")) == TASK


def test_a_request_without_a_task_has_no_purpose():
    robots = Request("https://x.example/robots.txt")
    assert purpose_of(robots) is None
    with pytest.raises(ValueError, match=r"robots\.txt"):
        task_of(robots)
