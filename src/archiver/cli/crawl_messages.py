"""Messages about a finished crawl: one line with the numbers, and one line for each problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archiver.cli.readable import by_number, counted
from archiver.errors import ExitCode

_FINE = ("done", "redirect", "off_site")  # outcomes of a URL that are not a problem
# Not requested, by a rule of the site, the spider or the run, or because the crawler had only guessed: no failures.
_LEFT_OUT = frozenset({
    "robots", "reserved", "withdrawn", "sitemap_off_site", "private_address", "denied", "excluded", "not_followed",
    "not_included", "before_since", "not_asked", "too_many_requisites", "mirror", "copy", "other_spelling", "too_long",
    "too_deep", "list_ended", "ignored", "not_there",
})  # fmt: skip


def summary_of(report: Mapping[str, Any]) -> str:
    """What was fetched, what was not, and why, in one line."""
    left_out, failed = _left_out(report), _failed(report)
    stories, pages = counted(report["stories"], "story page"), counted(report["pages"], "other page")
    parts = [f"{stories} and {pages} fetched"]
    if report["settings"].get("requisites"):
        parts.append(counted(report["requisites"], "requisite"))
    if report["revisits"]:
        parts.append(f"{counted(report['revisits'], 'response')} unchanged since the last capture")
    if left_out:
        parts.append(f"left out: {by_number(left_out)}")
    if failed:
        parts.append(f"failed: {by_number(failed)}")
    if report["render_failed"]:
        parts.append(f"{report['render_failed']} kept without rendering because the browser failed (render_failed)")
    if report["queued"]:
        parts.append(f"{report['queued']} left for the next run")
    return f"{report['site']}: {'; '.join(parts)} ({_ENDINGS[report['stop_reason']]})"


def problem_of(report: Mapping[str, Any]) -> str | None:
    """The problem of a crawl in one line: the site, the cause and its word, and the next step."""
    site, code = report["site"], report["exit_code"]
    if report["error"]:
        return f"{site}: {report['error']}"
    if code not in _PROBLEMS:
        return None
    cause = report["cause"]
    # Reports of older versions have no cause.
    what = ": ".join(filter(None, (cause, report["cause_detail"])))
    next_step = _NEXT_STEPS.get(cause) or _OTHERWISE.get(code, "")
    if code == ExitCode.NO_SEED and cause and cause.startswith("status_"):
        next_step = "the server fails; try again later" if cause.startswith("status_5") else "check the URL"
    statuses = by_number(report["statuses"]) or "no page answered"
    if not report["statuses"] and report.get("robots_statuses"):
        statuses += f", robots.txt {by_number(report['robots_statuses'])}"
    told = _PROBLEMS[code]
    if code == ExitCode.NO_SEED and report["settings"].get("exact"):
        told = "not all given URLs could be captured ({what})"
    problem = told.format(
        what=what,
        statuses=statuses,
        reasons=by_number(_failed(report)),
        queued=counted(report["queued"], "page"),
        walls=_walls(report),
    )
    if code == ExitCode.NO_ARTICLES and report["had_stories"]:
        problem = f"{report['cause_detail']} ({cause}), although earlier crawls found stories"
    return f"{site}: {problem}: {next_step}"


def _walls(report: Mapping[str, Any]) -> str:
    found = [counted(report[name], kind) for name, kind in _WALLS if report[name]]
    verb = "show" if sum(report[name] for name, _ in _WALLS) > 1 else "shows"
    return f"; {' and '.join(found)} {verb} a captcha or a consent wall" if found else ""


_WALLS = (("walls", "story page"), ("seed_walls", "start page"))


def rule_changes(judged_again: Mapping[str, int]) -> list[str]:
    """A line for each site whose rule for stories changed, with the number of captured pages that it decides."""
    return [
        f"{site}: its rule for stories (article_url) changed: {counted(pages, 'captured page')} judged again"
        for site, pages in judged_again.items()
    ]


def _failed(report: Mapping[str, Any]) -> dict[str, int]:
    without = (*_FINE, *_left_out(report))
    return {reason: count for reason, count in report["reasons"].items() if count and reason not in without}


def _left_out(report: Mapping[str, Any]) -> dict[str, int]:
    return {
        reason: count
        for reason, count in report["reasons"].items()
        if count and (reason in _LEFT_OUT or reason.startswith("trap_"))
    }


_PROBLEMS = {
    ExitCode.STORAGE: "stopped because the disk is nearly full ({what})",
    ExitCode.NO_SEED: "no start page could be fetched ({what})",
    ExitCode.TIME_LIMIT: "time limit reached, {queued} still queued",
    ExitCode.INTERRUPTED: "interrupted, progress is saved, {queued} still queued",
    ExitCode.BLOCKED: "the site refuses or limits the crawler ({what}; by status: {statuses}{walls})",
    ExitCode.TOO_MANY_FAILURES: "more than half of the fetches failed ({what}; {reasons})",
    ExitCode.NO_ARTICLES: "no story was found ({what})",
}
# By cause; a cause without an entry takes that of its exit code.
_NEXT_STEPS = {
    "host_not_found": "check the URL, and this machine's name server (DNS)",
    "no_route": "this machine has no route to it; check this machine's network",
    "tls_failed": "no TLS connection is possible; try the URL with http://, or tell the site",
    "http2_only": "the server speaks only HTTP/2, which archiver does not support; tell the site",
    "robots": "robots.txt disallows it; ask the site, or start from an allowed page",
    "robots_unreachable": "robots.txt can't be read, so nothing may be fetched; try again later",
    "redirects_off_site": "crawl that URL instead, or add its domain to the spider's allowed_domains",
    "private_address": "its address is in a private network; to allow that, set allow_private in the site's spider",
    "denied": "the spider's `deny` excludes its own start page; change one of them",
    "excluded": "--exclude matches the start page; change one of them",
    "wall_consent": "it asks visitors for consent first; start from a feed or a sitemap, or write to the site",
    "needs_script": "try --render",
    "no_links": "check the URL; a section, a feed or a sitemap may be a better start page",
    "only_lists": "set article_url in a spider, a pattern for story URLs; `archiver sites check` helps",
    "stories_not_fetched": "see `archiver report`",
    "no_story_text": "open one in a browser: it may be a consent or block page, or need JavaScript (--render)",
}
_OTHERWISE = {
    ExitCode.STORAGE: "free some space and run it again, or lower --min-free",
    ExitCode.NO_SEED: "check the URL and the network",
    ExitCode.TIME_LIMIT: "run it again to continue",
    ExitCode.INTERRUPTED: "run it again to continue",
    ExitCode.BLOCKED: "slow down (--delay), or write to the site",
    ExitCode.TOO_MANY_FAILURES: "see `archiver report`",
    ExitCode.NO_ARTICLES: "check the site for a redesign, a consent page or a block page",
}
_ENDINGS = {
    "finished": "finished",
    "max_pages": "stopped at its limit of pages",
    "min_free": "the disk is nearly full",
    "time_limit": "time limit; run it again to continue",
    "interrupted": "interrupted; run it again to continue",
    "storage": "stopped: the archive can't be written",
    "not_started": "not started: its spider can't be used",
}
