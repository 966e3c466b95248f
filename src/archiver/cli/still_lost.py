"""Whether a site that had no stories in an earlier crawl still has none: lists that are unchanged show no recovery."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from archiver.errors import ExitCode
from archiver.home import ArchiveDir

_JUDGED = (ExitCode.OK, ExitCode.NO_ARTICLES)
_ID_TIME = 18  # characters of a crawl's ID before the name of its site
# Causes that are about lists: a story that is fetched again by its old URL shows nothing about them.
_ABOUT_LISTS = ("lists_without_stories", "only_lists", "no_links", "needs_script")


def still_lost(archive: ArchiveDir, report: Mapping[str, Any], *, hides: bool) -> dict[str, Any]:
    """The fields of a crawl's report that change because the site still has no stories; empty if it has some, or never
    lost them. `hides`: stories of the site are hidden from the index, so it can't show whether they were seen.
    """
    if report["exit_code"] not in (ExitCode.OK, ExitCode.TIME_LIMIT) or "exact" in report["settings"]:
        return {}
    before = _lost_before(archive, report)
    if before is None or _shows_recovery(report, before, hides=hides):
        return {}
    lost = {"lost_stories": before.get("lost_stories") or before.get("cause_detail")}
    if report["exit_code"] == ExitCode.TIME_LIMIT:
        return lost
    verdict = {name: before.get(name) for name in ("exit_code", "cause", "cause_detail", "had_stories")}
    return lost | verdict


def _lost_before(archive: ArchiveDir, report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The report of the latest earlier crawl that judged the site's stories, if it found none."""
    for earlier in _earlier(archive, report):
        if "exact" in (earlier.get("settings") or {}):
            continue
        if earlier.get("exit_code") in _JUDGED:
            return earlier if earlier["exit_code"] == ExitCode.NO_ARTICLES else None
        if (earlier.get("index") or {}).get("new"):
            return None  # it ended early or failed later, and found stories
    return None


def _earlier(archive: ArchiveDir, report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The reports of earlier crawls of the site, the latest first."""
    site, crawl_id = report["site"], report["crawl_id"]
    paths = [path for path in archive.reports.glob("*.json") if path.stem[_ID_TIME:] == site and path.stem < crawl_id]
    for path in sorted(paths, reverse=True):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # `archiver report` names it
        if isinstance(found, dict) and found.get("site") == site:
            yield found


def _shows_recovery(report: Mapping[str, Any], before: Mapping[str, Any], *, hides: bool) -> bool:
    index = report["index"]
    seen, new = (index["seen"], index["new"]) if index and not hides else (report["stories"], report["pages_new"])
    cause = before.get("cause")
    if cause in _ABOUT_LISTS and before.get("had_stories"):
        return bool(new or report["article_links"])
    if cause == "same_words":
        return bool(seen and (report["pages_new"] or report["pages_changed"]))
    return bool(seen)
