"""When a host gets requests again: only the rules, with a manual clock."""

import pytest

from archiver.crawl.rules.politeness import (
    FAILURES_TO_REST,
    FIRST_REST,
    LIMITS_TO_GIVE_UP,
    MAX_CRAWL_DELAY,
    MAX_REST,
    REFUSALS_TO_GIVE_UP,
    RESTS_TO_GIVE_UP,
    Politeness,
)

HOST = "news.example"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def politeness(clock):
    return Politeness(clock, delay=1.0, concurrency=2)


def test_the_longer_of_the_two_delays_counts_up_to_a_maximum(politeness, clock):
    assert politeness.delay_of(HOST) == 1.0
    politeness.crawl_delay(HOST, 0.2)
    assert politeness.delay_of(HOST) == 1.0
    politeness.crawl_delay(HOST, 7)
    assert politeness.delay_of(HOST) == 7
    politeness.crawl_delay(HOST, 10**7)
    assert politeness.delay_of(HOST) == MAX_CRAWL_DELAY
    assert politeness.delay_of("other.example") == 1.0
    slow = Politeness(clock, delay=90.0)
    slow.crawl_delay(HOST, 10**7)
    assert slow.delay_of(HOST) == 90.0


def test_a_slow_host_gets_longer_pauses_and_a_fast_one_never_shorter_ones(politeness):
    for _ in range(10):
        politeness.answered(HOST, 200, latency=0.01)
    assert politeness.delay_of(HOST) == 1.0
    for _ in range(20):
        politeness.answered(HOST, 200, latency=8.0)
    assert politeness.delay_of(HOST) == pytest.approx(4.0, rel=0.01), "one request every latency / concurrency"


def test_retry_after_is_kept_to_the_second_and_clamped(politeness, clock):
    politeness.answered(HOST, 429, retry_after=20)
    assert politeness.rest_of(HOST) == 20
    clock.now += 19.5
    assert politeness.rest_of(HOST) == 0.5
    clock.now += 0.5
    assert politeness.rest_of(HOST) == 0
    politeness.answered(HOST, 503, retry_after=10**9)
    assert politeness.rest_of(HOST) == MAX_REST
    assert politeness.rest_of("other.example") == 0


def test_without_retry_after_the_rest_doubles_and_good_answers_end_it(politeness, clock):
    rests = []
    for _ in range(3):
        politeness.answered(HOST, 429)
        politeness.answered(HOST, 429)  # was in flight as well: not a second complaint
        rests.append(politeness.rest_of(HOST))
        clock.now += rests[-1]
    assert rests == [2, 4, 8]
    assert politeness.delay_of(HOST) > 1.0
    for _ in range(60):
        politeness.answered(HOST, 200)
    assert politeness.delay_of(HOST) == 1.0
    politeness.answered(HOST, 429)
    assert politeness.rest_of(HOST) == 2


def test_a_single_503_does_not_make_the_host_rest(politeness):
    politeness.answered(HOST, 503)
    assert politeness.rest_of(HOST) == 0
    politeness.answered(HOST, 503)
    assert politeness.rest_of(HOST) > 0


def test_a_host_that_is_down_rests_and_is_finally_given_up(politeness, clock):
    for _ in range(FAILURES_TO_REST - 1):
        politeness.failed(HOST)
    assert politeness.rest_of(HOST) == 0
    politeness.failed(HOST)
    assert politeness.rest_of(HOST) == FIRST_REST
    politeness.failed(HOST)  # was in flight
    for _ in range(RESTS_TO_GIVE_UP):
        assert politeness.given_up(HOST) is None
        clock.now += politeness.rest_of(HOST)
        politeness.failed(HOST)
    assert politeness.given_up(HOST) == "host_down"


def test_a_host_that_comes_back_is_as_good_as_new(politeness, clock):
    for _ in range(FAILURES_TO_REST):
        politeness.failed(HOST)
    clock.now += FIRST_REST
    politeness.answered(HOST, 200)
    politeness.failed(HOST)
    assert politeness.rest_of(HOST) == 0


def test_a_host_that_keeps_refusing_or_limiting_is_given_up(politeness, clock):
    for _ in range(REFUSALS_TO_GIVE_UP):
        assert politeness.given_up(HOST) is None
        politeness.answered(HOST, 403)
    assert politeness.given_up(HOST) == "refused"
    for _ in range(LIMITS_TO_GIVE_UP):
        assert politeness.given_up("other.example") is None
        politeness.answered("other.example", 429)
        clock.now += politeness.rest_of("other.example")
    assert politeness.given_up("other.example") == "rate_limited"
