"""`archiver crawl`: fetch sites into the archive, and update the index meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, moment, print_json, seconds, size
from archiver.cli.completing import complete_site
from archiver.cli.targets import chosen_spiders, lines_of, read_urls, with_secrets
from archiver.cli.typed import on_this_machine
from archiver.errors import ExitCode, UsageError
from archiver.printable import plain
from archiver.urls import host_of

if TYPE_CHECKING:
    from archiver.frontier import Recheck
    from archiver.spider import ArticleSpider


def _one_line(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Reject line breaks in a value, so that it can't start another header field."""
    if value is not None and not value.isprintable():
        raise UsageError(
            f"{option.opts[0]} {value!r} contains a line break or control character", "write it in one line"
        )
    return value


# Shared with `archiver capture`.
delay_option = click.option(
    "--delay", type=click.FloatRange(min=0, max=3600), help="Seconds between two requests to a host. Default 1."
)
min_free_option = click.option(
    "--min-free",
    metavar="SIZE",
    default="200M",
    help="Stop (exit 3) before less disk space than this is free: 500M, 2G; 0: no limit. Default 200M.",
)
contact_option = click.option(
    "--contact",
    metavar="URL",
    envvar="ARCHIVER_CONTACT",
    callback=_one_line,
    help="How sites can reach you: a URL or e-mail address, sent with each request.",
)
no_index_option = click.option(
    "--no-index", is_flag=True, help="Don't update the index; `archiver index` does so later."
)


@click.command("crawl")
@click.argument("targets", metavar="SITE…|URL…", nargs=-1, shell_complete=complete_site)
@click.option("--all", "every", is_flag=True, help="Crawl all sites of the home in parallel.")
@click.option(
    "--seeds",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file with one URL per line; each host is a separate site. - reads stdin.",
)
@click.option("--max-pages", type=click.IntRange(min=1), help="Fetch at most this many pages per site.")
@click.option(
    "--max-time",
    metavar="TIME",
    help="Stop after 90s, 20m, 6h (exit 15), when the requests in flight are done; the next run continues.",
)
@delay_option
@click.option("--concurrency", type=click.IntRange(min=1, max=64), help="Parallel requests to a host. Default 2.")
@click.option("--include", metavar="RE", help="Fetch only stories whose path matches; other pages are not affected.")
@click.option("--exclude", metavar="RE", help="Don't fetch URLs whose path matches.")
@click.option(
    "--recheck",
    type=click.Choice(["auto", "all", "none"]),
    default="auto",
    help="Which known stories to re-fetch: those due (auto), all, or none. Default auto.",
)
@click.option(
    "--since",
    metavar="DATE",
    help="Skip stories that are older, according to sitemap or URL: 2024-05-31, or 30d.",
)
@min_free_option
@click.option("--render", is_flag=True, help="Render pages in a browser, for sites that need JavaScript.")
@click.option(
    "--requisites", is_flag=True, help="Also fetch what replay of stories needs: images, stylesheets, fonts, scripts."
)
@contact_option
@click.option(
    "--user-agent",
    metavar="TEXT",
    envvar="ARCHIVER_USER_AGENT",
    callback=_one_line,
    help="User-Agent to send instead of archiver's own.",
)
@click.option(
    "--require-valid-tls", is_flag=True, help="Don't keep responses from a server with an invalid certificate."
)
@click.option("--upload", metavar="URL", help="Copy each completed WARC file to a folder or s3://, as backup does.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Crawl on a Dask cluster, each site as a task: the scheduler's tcp://…, or local for workers of this machine.",
)
@click.option(
    "--shards",
    metavar="WHERE",
    help="With --cluster: the folder that all machines share, or s3://…, where tasks write. Default: shards in the "
    "archive.",
)
@click.option(
    "--cron",
    is_flag=True,
    help="For cron: print a problem once when it appears and once when it is over; logs/cron.log has everything.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be crawled, and fetch nothing.")
@no_index_option
@click.option("--json", "as_json", is_flag=True, help="Print a report of each crawl, or the plan of each, as JSON.")
@click.pass_obj
def command(app: App, /, cron: bool, **asked: Any) -> int:
    """Crawl sites by name, or any URL with the generic spider. URLs of one host are start pages of one site; each other
    host is a separate site. With several sites, the exit code is the most serious one.

    An interrupted crawl continues where it stopped. After a finished crawl, the next one starts again from the seeds
    and fetches new stories and those that are due to be re-fetched. Unchanged pages take almost no space.

    When stderr is not a terminal (cron), only problems are printed. Use `archiver -v crawl …` for more.

    \b
    Examples:  archiver crawl aldia
               archiver crawl https://www.example.com/ --max-pages 200
               archiver crawl aldia --since 30d --max-time 2h
               archiver crawl --all --max-time 6h
               archiver crawl --seeds papers.txt
               archiver crawl --all --cluster tcp://10.0.0.5:8786 --shards /mnt/shared/shards
    """
    if not cron:
        return _crawl(app, on_reports=lambda _: None, **asked)
    from archiver.cli.alarms import CronRun  # noqa: PLC0415 - only needed with --cron

    app.archive.create()
    run = CronRun(app.archive.logs)
    return run.run(lambda: _crawl(app, on_reports=run.receive, **asked))


def _crawl(
    app: App,
    *,
    on_reports: Callable[[list[dict[str, Any]]], None],
    targets: tuple[str, ...],
    every: bool,
    seeds: Path | None,
    max_pages: int | None,
    max_time: str | None,
    delay: float | None,
    concurrency: int | None,
    include: str | None,
    exclude: str | None,
    recheck: Recheck,
    since: str | None,
    min_free: str,
    render: bool,
    requisites: bool,
    contact: str | None,
    user_agent: str | None,
    require_valid_tls: bool,
    upload: str | None,
    cluster: str | None,
    shards: str | None,
    dry_run: bool,
    no_index: bool,
    as_json: bool,
) -> int:
    # Scrapy takes a second to load, which --help, completion and `archiver schedule` should not wait for.
    from archiver.cli.crawling import run_and_index  # noqa: PLC0415
    from archiver.cli.not_crawled import record_left_out  # noqa: PLC0415
    from archiver.crawl.options import CrawlOptions  # noqa: PLC0415
    from archiver.crawl.wire.render import find_browser  # noqa: PLC0415

    check_values(include, exclude, max_time, since, min_free)
    if shards is not None and cluster is None:
        raise UsageError("--shards is of use with --cluster alone", "give --cluster ADDRESS or local")
    if upload is not None and cluster is not None:
        raise UsageError(
            "--upload and --cluster exclude each other", "give --shards s3://…, or `archiver backup` later"
        )
    bad: list[str] = []
    if seeds is not None:
        urls, bad = read_urls(str(seeds), lines_of(seeds))
        targets = (*targets, *urls)
    chosen = chosen_spiders(app, targets, every=every)
    if cluster is None and not dry_run:  # workers of a cluster have their own environment
        chosen = with_secrets(chosen)
    spiders = chosen.spiders
    for line in bad:
        click.echo(f"archiver: {line}", err=True)
    left_out = ExitCode.USAGE if bad or chosen.left_out else ExitCode.OK
    if not dry_run and chosen.left_out:
        with app.archive.locked():  # an overlapping run must do nothing
            on_reports(record_left_out(app, chosen.left_out))
    if not spiders:
        return left_out
    options = CrawlOptions(
        max_pages=max_pages,
        max_time=seconds(max_time),
        delay=delay,
        concurrency=concurrency,
        include=include,
        exclude=exclude,
        recheck=recheck,
        since=moment(since),
        min_free=size(min_free),
        render=render,
        require_valid_tls=require_valid_tls,
        requisites=requisites,
        contact=contact or app.option("contact"),
        user_agent=user_agent or app.option("user_agent"),
        operator=app.option("operator"),
        reserved=app.option("reserved"),
    )
    if dry_run:
        _print_plans([_plan(spider) for spider in spiders], as_json)
        return left_out
    if render and cluster is None:
        find_browser()
    if not (options.contact or options.user_agent) and not all(map(_is_ours, spiders)):
        app.say(
            "no contact is set, so sites can't reach you and may block you: set --contact, or contact in scrapy.cfg"
        )
    if cluster is not None:
        from archiver.cli.cluster_crawl import crawl_on_cluster  # noqa: PLC0415 - loads what few crawls need

        code = crawl_on_cluster(
            app,
            spiders,
            options,
            address=cluster,
            shards=shards,
            index=not no_index,
            as_json=as_json,
            on_reports=on_reports,
        )
        return code or left_out
    code = run_and_index(
        app, spiders, options, index=not no_index, as_json=as_json, upload=upload, on_reports=on_reports
    )
    return code or left_out


def _is_ours(spider: type[ArticleSpider]) -> bool:
    """Whether a site runs on this machine."""
    return all(on_this_machine(host_of(url)) for url in spider.start_urls)


def check_values(
    include: str | None, exclude: str | None, max_time: str | None, since: str | None, min_free: str
) -> None:
    """Raises UsageError for the first of these options with a value that can't be used."""
    for name, pattern in (("--include", include), ("--exclude", exclude)):
        _check_pattern(name, pattern)
    seconds(max_time)
    moment(since)
    size(min_free)


def _check_pattern(name: str, pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise UsageError(f"{name} {pattern!r} is not a valid regular expression ({error})", "correct it") from error


def _plan(spider: type[ArticleSpider]) -> dict[str, object]:
    site = spider.site()
    return {
        "site": site.name,
        "domains": list(site.domains),
        "seeds": list(spider.start_urls),
        "article_url": spider.article_url,
        "follow": spider.follow,
        "deny": spider.deny,
    }


def _print_plans(plans: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json(plans)
        return
    for number, plan in enumerate(plans):
        click.echo("\n" * (number > 0), nl=False)
        for name, value in plan.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            click.echo(f"{name.replace('_', ' '):<12} {plain(str(shown or _UNSET[name]))}")


# The defaults for what a spider doesn't set.
_UNSET = {
    "site": "-",
    "domains": "-",
    "seeds": "none: nothing would be fetched",
    "article_url": "not set: stories are recognised by their pages",
    "follow": "not set: all pages of the domains are followed",
    "deny": "not set: only what robots.txt disallows",
}
