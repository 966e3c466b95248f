"""How often a crawl sends requests to a host, and when it stops: the rules and their state, without network access.

- The pause between two requests is the configured one or the `Crawl-delay` of the host's robots.txt, whichever is
  longer. A slow or overloaded host gets a longer pause, never a shorter one.
- A host that responds "too many requests" (429, 503) gets no request before its Retry-After (RFC 9110 section 10.2.3),
  or, without one, for a time that doubles with each such response.
- A host that does not respond several times in a row rests. One that still does not respond, and one that keeps
  refusing, is given up for this run. Its URLs get a reason and are fetched by the next crawl.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

MAX_CRAWL_DELAY = 60.0  # a longer Crawl-delay would make a crawl take weeks
MAX_REST = 3600.0  # the maximum for Retry-After ("in the year 9999" has been seen)
SLOW_ANSWER = 1.0  # seconds to the first byte: a host that takes longer is overloaded
FAILURES_TO_REST = 5  # consecutive timeouts and refused connections
FIRST_REST = 30.0  # doubles from rest to rest
RESTS_TO_GIVE_UP = 3
LIMITS_TO_GIVE_UP = 6  # "too many requests" in a row, each after having waited
REFUSALS_TO_GIVE_UP = 20  # 401, 403 and 451 in a row
_FIRST_BACK_OFF = 2.0
LIMITING = (429, 503)
REFUSING = (401, 403, 451)


@dataclass(slots=True)
class _Host:
    crawl_delay: float = 0.0
    latency: float = 0.0  # smoothed
    slowed: float = 0.0  # extra pause after 429 or 503; decreases with good responses
    rest_until: float = -inf
    limits: int = 0
    failures: int = 0
    refusals: int = 0
    rests: int = 0
    given_up: str | None = None


class Politeness:
    """The state of the hosts of one crawl.

    `delay`: configured seconds between two requests to a host; `concurrency`: parallel requests to a host;
    `first_rest`: seconds for which a host that does not respond rests; `clock` counts seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        delay: float = 0.0,
        concurrency: int = 1,
        first_rest: float = FIRST_REST,
    ) -> None:
        self._delay = delay
        self._concurrency = concurrency
        self._first_rest = first_rest
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    # ------------------------------------------------------------------ what to do

    def delay_of(self, host: str) -> float:
        """Seconds between two requests to a host."""
        known = self._hosts.get(host)
        if known is None:
            return self._delay
        labouring = known.latency / self._concurrency if known.latency > SLOW_ANSWER else 0.0
        return max(self._delay, min(max(known.crawl_delay, known.slowed, labouring), MAX_CRAWL_DELAY))

    def rest_of(self, host: str) -> float:
        """Seconds until a host may get a request; 0 for now."""
        known = self._hosts.get(host)
        return max(0.0, known.rest_until - self._clock()) if known else 0.0

    def given_up(self, host: str) -> str | None:
        """Why a host was given up for this run (`host_down`, `rate_limited`, `refused`), or None."""
        known = self._hosts.get(host)
        return known.given_up if known else None

    # ------------------------------------------------------------------ what happened

    def rest(self, host: str, seconds: float) -> None:
        """A host has to rest for this much longer because of an earlier run."""
        known = self._of(host)
        known.rest_until = max(known.rest_until, self._clock() + min(seconds, MAX_REST))

    def crawl_delay(self, host: str, seconds: float) -> None:
        """A host's robots.txt has a Crawl-delay."""
        known = self._of(host)
        known.crawl_delay = max(known.crawl_delay, min(seconds, MAX_CRAWL_DELAY))

    def answered(self, host: str, status: int, latency: float = 0.0, retry_after: float | None = None) -> None:
        """A host responded; `retry_after` is its Retry-After in seconds."""
        known = self._of(host)
        known.latency = latency if known.latency == 0.0 else 0.7 * known.latency + 0.3 * latency
        known.failures = known.rests = 0
        if status in LIMITING:
            self._limited(host, known, status, retry_after)
            return
        known.limits = 0
        known.slowed = known.slowed * 0.9 if known.slowed > 0.05 else 0.0
        known.refusals = known.refusals + 1 if status in REFUSING else 0
        if known.refusals >= REFUSALS_TO_GIVE_UP:
            known.given_up = "refused"

    def failed(self, host: str) -> None:
        """A host did not respond: timeout, refused or broken connection, host name not found."""
        known = self._of(host)
        if known.rest_until > self._clock():
            return  # one of several that were under way
        known.failures += 1
        if known.failures < FAILURES_TO_REST:
            return
        known.rests += 1
        known.failures = FAILURES_TO_REST - 1  # after a rest one more is enough
        if known.rests > RESTS_TO_GIVE_UP:
            known.given_up = "host_down"
        else:
            known.rest_until = self._clock() + min(self._first_rest * 2 ** (known.rests - 1), MAX_REST)

    def _limited(self, host: str, known: _Host, status: int, retry_after: float | None) -> None:
        now = self._clock()
        if retry_after:
            known.rest_until = max(known.rest_until, now + min(retry_after, MAX_REST))
        elif known.rest_until > now:
            return  # one of several that were under way
        known.limits += 1
        if (
            status == 429 or known.limits > 1 or retry_after
        ):  # a single 503 without Retry-After is a problem of the page, not of the host
            back_off = min(_FIRST_BACK_OFF * 2 ** (known.limits - 1), MAX_REST)
            known.rest_until = max(known.rest_until, now + (retry_after or back_off))
            known.rest_until = min(known.rest_until, now + MAX_REST)
            known.slowed = min(max(2 * self.delay_of(host), 0.5), MAX_CRAWL_DELAY)
        if known.limits >= LIMITS_TO_GIVE_UP:
            known.given_up = "rate_limited"

    def _of(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())
