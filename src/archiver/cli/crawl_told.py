"""What a finished crawl tells people: a line of numbers, and a line for what somebody should look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archiver.cli.shown import by_number
from archiver.errors import ExitCode

_FINE = ("done", "redirect", "off_site")  # how a URL ends that nobody need look at


def summary_of(report: Mapping[str, Any]) -> str:
    """What was fetched, what was not and why, in one line."""
    failed = _failed(report)
    parts = [f"{report['stories']} story pages and {report['pages']} other pages fetched"]
    if report["settings"].get("requisites"):
        parts.append(f"{report['requisites']} requisites")
    if report["revisits"]:
        parts.append(f"{report['revisits']} answers as the archive has them")
    if failed:
        parts.append(f"not fetched: {by_number(failed)}")
    if report["render_failed"]:
        parts.append(f"{report['render_failed']} kept as fetched, since the browser failed (render_failed)")
    if report["queued"]:
        parts.append(f"{report['queued']} left for the next run")
    return f"{report['site']}: {'; '.join(parts)} ({_ENDINGS[report['stop_reason']]})"


def problem_of(report: Mapping[str, Any]) -> str | None:
    """Why somebody should look at a crawl: the thing, the cause by its word, and the next step."""
    site, code = report["site"], report["exit_code"]
    if report["error"]:
        return f"{site}: {report['error']}"
    if code not in _PROBLEMS:
        return None
    cause = report["cause"]
    # A crawl of an older archiver has no word for it.
    what = ": ".join(filter(None, (cause, report["cause_detail"])))
    next_step = _NEXT_STEPS.get(cause) or _OTHERWISE.get(code, "")
    statuses = by_number(report["statuses"]) or "none answered"
    problem = _PROBLEMS[code].format(
        what=what,
        statuses=statuses,
        reasons=by_number(_failed(report)),
        **{name: report[name] for name in ("queued", "walls", "seed_walls")},
    )
    if code == ExitCode.NO_ARTICLES and report["had_stories"]:
        problem = f"{report['cause_detail']} ({cause}), though earlier crawls got stories"
    return f"{site}: {problem}: {next_step}"


def _failed(report: Mapping[str, Any]) -> dict[str, int]:
    return {reason: count for reason, count in report["reasons"].items() if count and reason not in _FINE}


_PROBLEMS = {
    ExitCode.STORAGE: "stopped, the disk is nearly full ({what})",
    ExitCode.NO_SEED: "no start page could be fetched ({what})",
    ExitCode.TIME_LIMIT: "the time is over, {queued} pages are left",
    ExitCode.INTERRUPTED: "interrupted and saved, {queued} pages are left",
    ExitCode.BLOCKED: "the site refuses or limits us ({what}; by status: {statuses}; {walls} story pages and "
    "{seed_walls} start pages show a captcha or a consent wall)",
    ExitCode.TOO_MANY_FAILURES: "more than half of the fetches failed ({what}; {reasons})",
    ExitCode.NO_ARTICLES: "no story was found ({what})",
}
# By the word of the cause; where it has none of its own, by the exit code.
_NEXT_STEPS = {
    "host_not_found": "check the address, and this machine's name server",
    "tls_failed": "its TLS can't be used; try the address with http://, or tell the site",
    "http2_only": "the server speaks HTTP/2 alone, which archiver does not; tell the site",
    "robots": "its robots.txt forbids it; ask the site, or start from a page that it allows",
    "robots_unreachable": "its robots.txt answers with an error, which forbids all; try again later",
    "redirects_off_site": "crawl that address instead, or add its domain to the spider's allowed_domains",
    "private_address": "its address is inside this network; if that is wanted, set allow_private in the site's spider",
    "denied": "the spider's `deny` turns its own start page away; change one of them",
    "excluded": "--exclude turns the start page away; change one of them",
    "wall_consent": "it asks readers for consent first; start from a feed or a sitemap, or get in touch with it",
    "needs_script": "try --render",
    "no_links": "check the address; a section, a feed or a sitemap may be a better start",
    "only_lists": "say in a spider what a story's address looks like (article_url); `archiver sites check` helps",
    "stories_not_fetched": "see `archiver report`",
    "no_story_text": "look at one in a browser: a consent or block page, or JavaScript (--render)",
}
_OTHERWISE = {
    ExitCode.STORAGE: "free some space and run it again, or lower --min-free",
    ExitCode.NO_SEED: "check the address and the network",
    ExitCode.TIME_LIMIT: "run it again to go on",
    ExitCode.INTERRUPTED: "run it again to go on",
    ExitCode.BLOCKED: "slow down, or get in touch with it",
    ExitCode.TOO_MANY_FAILURES: "see `archiver report`",
    ExitCode.NO_ARTICLES: "look at the site for a redesign, a consent or a block page",
}
_ENDINGS = {
    "finished": "finished",
    "max_pages": "stopped at --max-pages",
    "min_free": "the disk is nearly full",
    "time_limit": "time limit; run it again to go on",
    "interrupted": "interrupted; run it again to go on",
    "storage": "stopped: nothing can be written",
}
