"""Why a crawl needs attention: an exit code, a word for programs and a sentence for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archiver.crawl.report.counts import Before, FailedSeed, Tally
from archiver.crawl.rules.limits import StopReason
from archiver.errors import ExitCode

# A crawl fails if more than half of its URLs failed and there were more than a few failures: URLs, or responses with an
# error of the server, which are asked for again. So a site with few URLs that all answer 500 is noticed, too.
_FAILURES_TO_JUDGE = 10
_FAILING_SHARE = 0.5
_WALLS_TO_JUDGE = 3  # story pages that show a captcha or a consent wall
_BLOCKING_STATUSES = (401, 403, 429, 451)
_REFUSALS = frozenset({*(f"status_{status}" for status in _BLOCKING_STATUSES), "refused", "rate_limited"})
_CONNECTING = frozenset({"host_not_found", "no_route", "connection_refused", "connection_failed", "timeout"})
_FAILURES = (
    "status_", "timeout", "connection_", "host_", "no_route", "tls_", "http2_", "truncated", "error_", "too_large",
    "robots_unreachable", "refused", "rate_limited",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """`reason` is a fixed word: a reason of the frontier, or one of `no_stories` (docs/exit-codes.md lists them).
    `detail` is the URL or the numbers behind it."""

    code: ExitCode
    reason: str
    detail: str = ""


def cause_of(stop_reason: StopReason, tally: Tally, before: Before) -> Cause | None:
    """The most serious problem of a crawl; None if there is none."""
    if stop_reason in ("storage", "min_free"):
        return Cause(ExitCode.STORAGE, stop_reason)
    if stop_reason == "interrupted":
        return Cause(ExitCode.INTERRUPTED, stop_reason)
    found = _blocked(tally) or _no_seed(tally) or _failing(tally)
    if found is None and before.exact:
        found = _unanswered(tally)
    if found is None and stop_reason == "finished":
        found = no_stories(tally, before)
    if found is None and stop_reason == "time_limit":
        found = Cause(ExitCode.TIME_LIMIT, stop_reason)
    return found


def through_proxy(cause: Cause | None, proxy: str | None) -> Cause | None:
    """The cause with the proxy named if the connection failed: the site itself may be up."""
    if cause is None or proxy is None or cause.reason not in _CONNECTING:
        return cause
    return replace(cause, detail=f"{cause.detail} through the proxy {proxy}")


def _blocked(tally: Tally) -> Cause | None:
    statuses = Counter({f"status_{status}": tally.statuses[status] for status in _BLOCKING_STATUSES})
    walls = Counter({reason: count for reason, count in tally.reasons.items() if reason.startswith("wall_")})
    given_up = Counter({reason: tally.reasons[reason] for reason in ("refused", "rate_limited")})
    if tally.walls >= _WALLS_TO_JUDGE and tally.walls > tally.stories:
        return Cause(ExitCode.BLOCKED, _commonest(walls), f"{tally.walls} story pages")
    if tally.seed_walls and not tally.article_links and not tally.stories:
        return Cause(ExitCode.BLOCKED, _commonest(tally.seed_wall_reasons), _seeds_that_failed(tally.failed_seeds))
    if given_up.total() >= _FAILURES_TO_JUDGE:  # a host was given up, and pages were left
        return Cause(ExitCode.BLOCKED, _commonest(given_up), f"{given_up.total()} pages were left")
    if statuses.total() and statuses.total() >= tally.fetched * _FAILING_SHARE:
        return Cause(ExitCode.BLOCKED, _commonest(statuses), f"{statuses.total()} of {tally.fetched} answers")
    return None


def _unanswered(tally: Tally) -> Cause | None:
    """The given URLs without a response. An answer such as 410 is in the archive, and part of a page's history."""
    failed = [seed for seed in tally.failed_seeds if not seed.reason.startswith("status_")]
    if not failed:
        return None
    return Cause(ExitCode.NO_SEED, _commonest(Counter(seed.reason for seed in failed)), _seeds_that_failed(failed))


def _no_seed(tally: Tally) -> Cause | None:
    if not tally.seeds or tally.seeds_fetched:
        return None
    reasons = Counter(seed.reason for seed in tally.failed_seeds)
    # A 404 for a guessed sitemap does not show that the host is reachable.
    code = ExitCode.BLOCKED if reasons and _REFUSALS.issuperset(reasons) else ExitCode.NO_SEED
    return Cause(code, _commonest(reasons) or "not_fetched", _seeds_that_failed(tally.failed_seeds))


def _seeds_that_failed(seeds: Sequence[FailedSeed]) -> str:
    """The first of them, with its redirect target, and the number of others."""
    if not seeds:
        return ""
    first, *others = seeds
    leads_to = f" redirects to {first.leads_to}" if first.leads_to else ""
    return f"{first.url}{leads_to}" + (f" and {len(others)} more" if others else "")


def _failing(tally: Tally) -> Cause | None:
    good = sum(count for status, count in tally.statuses.items() if status < 400)
    ended = Counter({reason: count for reason, count in tally.reasons.items() if reason.startswith(_FAILURES)})
    errors = sum(count for status, count in tally.statuses.items() if status >= 500)
    if max(ended.total(), errors) < _FAILURES_TO_JUDGE or ended.total() <= (ended.total() + good) * _FAILING_SHARE:
        return None
    return Cause(ExitCode.TOO_MANY_FAILURES, _commonest(ended), f"{ended.total()} of {ended.total() + good}")


def no_stories(tally: Tally, before: Before) -> Cause | None:
    """Why a completed crawl found no story, on a site that had stories or on a new one."""
    lost = tally.lost_stories(before)
    if lost is not None:
        return Cause(ExitCode.NO_ARTICLES, *lost)
    if before.had_stories or before.goes_on or before.narrowed or tally.stories or not tally.seeds_fetched:
        return None
    if tally.lists_not_modified:
        return None  # their links were counted when they were read
    if tally.leaving_seeds and tally.pages <= tally.seeds_fetched and not tally.article_links:
        return Cause(ExitCode.NO_SEED, "redirects_off_site", _seeds_that_failed(tally.leaving_seeds))
    if len(tally.failed_seeds) > tally.seeds_fetched and not tally.article_links and tally.pages <= tally.seeds_fetched:
        reasons = Counter(seed.reason for seed in tally.failed_seeds)
        return Cause(ExitCode.NO_ARTICLES, _commonest(reasons), _seeds_that_failed(tally.failed_seeds))
    reason, detail = "only_lists", f"none of {tally.pages} pages is a story"
    if tally.article_links:
        kept_from = Counter(
            {word: count for word, count in tally.reasons.items() if word not in ("done", "redirect", "off_site")}
        )
        why = f" ({_commonest(kept_from)})" if kept_from else ""
        reason, detail = (
            "stories_not_fetched",
            f"{tally.article_links} links lead to stories, but none was fetched{why}",
        )
    elif tally.scripted_seeds and not before.rendered:
        reason, detail = "needs_script", "the start page has scripts and almost no links: it may need JavaScript"
    elif tally.pages <= tally.seeds_fetched:
        reason, detail = "no_links", "the start page has no link to another page of the site"
    return Cause(ExitCode.NO_ARTICLES, reason, detail)


def _commonest(counted: Counter[str]) -> str:
    """The most common entry; of equally common ones the first by name, so that the result is always the same."""
    return min(counted, key=lambda word: (-counted[word], word), default="")
