"""`archiver sites`: the sites of a home and their state, and a check of a spider's patterns against its site."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.cases import save_case, test_cases
from archiver.cli.completing import complete_site
from archiver.cli.groups import Commands
from archiver.cli.readable import counted, print_table, when
from archiver.cli.report import reports_of
from archiver.crawl.rules.scope import Scope
from archiver.errors import ExitCode, unknown_site
from archiver.frontier import FrontierReader
from archiver.index.database import open_reader
from archiver.index.read import story_reader
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider

_SAMPLES = 5


@click.group("sites", cls=Commands, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the sites of the home and the archive: stories, queued URLs, last crawl and its exit code, spider.

    `stories` counts the stories in the index. In the JSON, last_crawl.stories counts the story pages fetched by that
    crawl.

    \b
    Examples:  archiver sites
               archiver sites --json
               archiver sites check aldia
               archiver sites save-case URL
    """
    if context.invoked_subcommand is None:
        _list(context.obj, as_json)


def _list(app: App, as_json: bool) -> None:
    found = sites_of(app)
    if as_json:
        print_json(found)
        return
    rows = []
    for site in found:
        last = site["last_crawl"]
        crawl = (when(last["finished"] or last["started"]), last["exit_code"]) if last else ("never", None)
        rows.append((site["site"], site["stories"], site["queued"], *crawl, site["spider"]))
    print_table(("site", "stories", "queued", "last crawl", "exit", "spider"), rows)
    if not found:
        app.say("no sites yet: `archiver crawl URL`, or add a file to spiders/")


def sites_of(app: App) -> list[dict[str, Any]]:
    """The state of each site, as stable JSON."""
    spiders = app.spiders()
    stories: dict[str, int] = {}
    if app.archive.index.exists():
        with open_reader(app.archive.index) as db:
            stories = dict(story_reader.status(db).sites)
    with FrontierReader(app.archive.frontier) as frontier:
        states = frontier.sites()
    crawls = {report["site"]: report for report in reports_of(app.archive)} if app.archive.path.is_dir() else {}
    return [
        {
            "site": name,
            "spider": _file_of(spiders[name]) if name in spiders else None,
            "domains": list(spiders[name].site().domains) if name in spiders else [],
            "stories": stories.get(name, 0),
            "urls": sum(states.get(name, {}).values()),
            "queued": states.get(name, {}).get("queued", 0),
            "last_crawl": _crawl(crawls.get(name)),
        }
        for name in sorted({*spiders, *stories, *states, *(name for name in crawls if name)})
    ]


@command.command("check")
@click.argument("name", metavar="SITE", shell_complete=complete_site)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(app: App, name: str, as_json: bool) -> int:
    """Check a spider's patterns: how it classifies the URLs that its crawls found, and which it gets wrong.

    Nothing is fetched. The exit code is 19 if no URL matches the current pattern for stories.

    \b
    Example:   archiver sites check aldia
    """
    spiders = app.spiders()
    if any(name in file.names for file in app.loaded().broken):
        return int(ExitCode.USAGE)  # the broken file was reported
    if name not in spiders:
        raise unknown_site(name, spiders, f" in {app.home.path / 'spiders'}" if app.home else "")
    found = checked(app, spiders[name])
    if as_json:
        print_json(found)
    else:
        _print_check(found)
    return int(ExitCode.OK if found["taken_for"].get("article") else ExitCode.NO_ARTICLES)


def checked(app: App, spider: type[ArticleSpider]) -> dict[str, Any]:
    """The site's URLs in the frontier, classified by the current spider, with samples."""
    site = spider.site()
    scope = Scope(site, spider.follow, spider.deny)
    counts: Counter[str] = Counter()
    samples: dict[str, list[str]] = defaultdict(list)
    changed = 0
    for url, kind in _known(app, site.name):
        candidate = scope.candidate(url, depth=1, found_on=None)
        # An image or a stylesheet is fetched for replay, whatever the patterns for pages are.
        taken = kind if kind == "requisite" else scope.refusal(candidate) or candidate.kind
        changed += kind in ("article", "page") and candidate.kind != kind
        counts[taken] += 1
        if len(samples[taken]) < _SAMPLES:
            samples[taken].append(url)
    found: dict[str, Any] = {
        "site": site.name,
        "article_url": spider.article_url,
        "urls": counts.total(),
        "taken_for": dict(counts.most_common()),
        "samples": dict(samples),
        "judged_otherwise_before": changed,
    }
    return found | _against_index(app, spider)


def _against_index(app: App, spider: type[ArticleSpider]) -> dict[str, Any]:
    """Stories that the pattern misses, and pages that match it but are not stories."""
    site = spider.site()
    missed: list[str] = []
    empty: Counter[str] = Counter()
    empty_samples: list[str] = []
    if app.archive.index.exists() and site.article_url is not None:
        with open_reader(app.archive.index) as db:
            missed = [url for url in story_reader.urls_of(db, site.name) if not site.is_article_url(url)]
            for url, reason in story_reader.storyless(db, site.name):
                if site.is_article_url(url):
                    empty[reason] += 1
                    empty_samples.append(url)
    return {
        "stories_missed": len(missed),
        "stories_missed_samples": missed[:_SAMPLES],
        "matches_without_story": dict(empty.most_common()),
        "matches_without_story_samples": empty_samples[:_SAMPLES],
    }


def _print_check(found: dict[str, Any]) -> None:
    click.echo(f"{found['site']}: {counted(found['urls'], 'URL')} known, article_url = {found['article_url']!r}")
    for taken, count in found["taken_for"].items():
        click.echo(f"{count:>8} {taken}")
        for url in found["samples"][taken]:
            click.echo(f"         {plain(url)}")
    if found["judged_otherwise_before"]:
        click.echo(f"{found['judged_otherwise_before']} were classified differently when they were crawled")
    for what, count, urls in (
        ("stories whose URL does not match the pattern", found["stories_missed"], found["stories_missed_samples"]),
        (
            f"pages match but are not stories ({', '.join(found['matches_without_story']) or '-'})",
            sum(found["matches_without_story"].values()),
            found["matches_without_story_samples"],
        ),
    ):
        if count:
            click.echo(f"{count} {what}:")
            for url in urls:
                click.echo(f"         {plain(url)}")
    if not found["urls"]:
        click.echo("no URLs are known yet: run `archiver crawl` with --max-pages 50 first")


def _known(app: App, name: str) -> Iterator[tuple[str, str]]:
    with FrontierReader(app.archive.frontier) as frontier:
        yield from frontier.urls(name)


def _crawl(report: dict[str, Any] | None) -> dict[str, Any] | None:
    keys = ("crawl_id", "started", "finished", "stop_reason", "exit_code", "stories")
    return {key: report.get(key) for key in keys} if report else None


def _file_of(spider: type[ArticleSpider]) -> str | None:
    module = sys.modules.get(spider.__module__)
    return str(Path(module.__file__)) if module and module.__file__ else None


command.add_command(save_case)
command.add_command(test_cases)
