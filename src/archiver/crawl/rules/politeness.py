"""How often a crawl asks each host, and when it leaves one alone. No network here: the rules and their state.

- The pause between two requests is what was asked for or what the host's robots.txt asks for (`Crawl-delay`), whichever
  is longer. A host that labours or complains gets a longer one, never a shorter.
- A host that says "too many requests" (429, 503) is not asked again before the time it names (RFC 9110 section
  10.2.3), or, where it names none, before a time that doubles with each such answer.
- A host that does not answer several times in a row rests; one that still does not, and one that keeps refusing, is
  given up for this run. Its URLs end with a reason and are taken up by the next crawl.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

MAX_CRAWL_DELAY = 60.0  # a robots.txt that asks for more would stretch a crawl over weeks
MAX_REST = 3600.0  # however long a host asks to be left alone ("in the year 9999" has been seen)
SLOW_ANSWER = 1.0  # seconds to the first byte: a host that takes longer is labouring
FAILURES_TO_REST = 5  # time-outs and refused connections in a row
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
    slowed: float = 0.0  # extra pause after a complaint; fades with good answers
    rest_until: float = -inf
    limits: int = 0
    failures: int = 0
    refusals: int = 0
    rests: int = 0
    given_up: str | None = None


class Politeness:
    """What is known of the hosts of one crawl.

    `delay`: seconds between two requests to a host, as was asked for; `concurrency`: requests at once to one;
    `first_rest`: seconds for which a host rests that does not answer; `clock` counts seconds.
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
        """Seconds for which a host is to be left alone; 0 when it may be asked."""
        known = self._hosts.get(host)
        return max(0.0, known.rest_until - self._clock()) if known else 0.0

    def given_up(self, host: str) -> str | None:
        """Why a host is not asked any more in this run (`host_down`, `rate_limited`, `refused`), or None."""
        known = self._hosts.get(host)
        return known.given_up if known else None

    # ------------------------------------------------------------------ what happened

    def rest(self, host: str, seconds: float) -> None:
        """An earlier run was asked to leave a host alone for so much longer."""
        known = self._of(host)
        known.rest_until = max(known.rest_until, self._clock() + min(seconds, MAX_REST))

    def crawl_delay(self, host: str, seconds: float) -> None:
        """A host's robots.txt asks for a pause."""
        known = self._of(host)
        known.crawl_delay = max(known.crawl_delay, min(seconds, MAX_CRAWL_DELAY))

    def answered(self, host: str, status: int, latency: float = 0.0, retry_after: float | None = None) -> None:
        """A host answered; `retry_after` is what it asked for, in seconds."""
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
        """A host did not answer: a time-out, a refused or broken connection, a name that is not found."""
        known = self._of(host)
        if known.rest_until > self._clock():
            return  # one of several that were under way
        known.failures += 1
        if known.failures < FAILURES_TO_REST:
            return
        known.rests += 1
        known.failures = FAILURES_TO_REST - 1  # after the rest one more is enough
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
        if status == 429 or known.limits > 1 or retry_after:  # one bare 503 is a page's trouble, not its host's
            back_off = min(_FIRST_BACK_OFF * 2 ** (known.limits - 1), MAX_REST)
            known.rest_until = max(known.rest_until, now + (retry_after or back_off))
            known.rest_until = min(known.rest_until, now + MAX_REST)
            known.slowed = min(max(2 * self.delay_of(host), 0.5), MAX_CRAWL_DELAY)
        if known.limits >= LIMITS_TO_GIVE_UP:
            known.given_up = "rate_limited"

    def _of(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())
