"""What to crawl: sites by name, URLs, a file of URLs, or all sites of a home."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.app import App
from archiver.cli.typed import full_url
from archiver.errors import ArchiverError, StorageError, UsageError, unknown_site
from archiver.frontier import FrontierReader
from archiver.login import proxy_of, require_variables, secrets_of
from archiver.printable import plain
from archiver.urls import host_of

if TYPE_CHECKING:
    from archiver.loader import BrokenFile
    from archiver.spider import ArticleSpider

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A site that can't be crawled, why as a word for programs (`broken_spider`, `missing_secret`), and a sentence."""

    name: str
    cause: str
    why: str


@dataclass(frozen=True, slots=True)
class ChosenSites:
    """The sites to crawl, and those that were left out because their spider can't be used."""

    spiders: list[type[ArticleSpider]]
    left_out: list[LeftOut]


def spiders_for(app: App, targets: Iterable[str]) -> list[type[ArticleSpider]]:
    """The spiders of the named sites, and a generic spider for each site of the URLs. URLs of one host and of its
    mirrors are start pages of one site. Raises UsageError for an unknown name.

    The name that `archiver sites` shows for a site that was crawled by URL works, too.
    """
    targets = list(dict.fromkeys(targets))
    known = app.spiders() if any("://" not in target for target in targets) else {}
    named: list[type[ArticleSpider]] = []
    seeds: dict[str, list[str]] = {}  # by the name of the site
    mirrors = _mirrors(app) if len(targets) > 1 else {}
    for target in targets:
        if target in known:
            named.append(known[target])
        elif old_seeds := _seeds_of(app, target):
            _require_no_spider(app, target)
            seeds.setdefault(target, []).extend(old_seeds)
        elif url := full_url(target):
            _warn_of_login(target, url)
            seeds.setdefault(_site_of(url, mirrors), []).append(url)
        elif "://" in target:
            raise UsageError(f"{target!r} is not an http or https URL", "write it like https://example.com/")
        else:
            there = {*known, *_crawled_sites(app)}
            raise unknown_site(target, there, _where(app), "give a name, or a URL with https://")
    return named + _generic(seeds)


def chosen_spiders(app: App, targets: Sequence[str], *, every: bool) -> ChosenSites:
    """The named sites, or with `every` all sites of the home. Raises UsageError if there are none.

    Sites of a broken spider file are left out: the generic rules don't know what the file denies.
    """
    if every and targets:
        raise UsageError("--all and names can't be combined", "give one of them")
    if every:
        return _all_sites(app)
    if not targets:
        raise UsageError("no site or URL was given", "give a site or a URL, or --all or --seeds FILE")
    usable = without_broken(app, targets)
    unusable = [target for target in targets if target not in usable]
    broken = [file for file in app.loaded().broken if any(_is_in(file, target) for target in unusable)]
    return ChosenSites(spiders_for(app, usable), _sites_of(broken))


def without_broken(app: App, targets: Sequence[str]) -> list[str]:
    """The targets without those of a broken spider file: names of its sites and URLs of their hosts. Those of another
    name than the file's are named; the file itself is reported when it is loaded.
    """
    usable = []
    for target in targets:
        files = [file for file in app.loaded().broken if _is_in(file, target)]
        if not files:
            usable.append(target)
        elif target != files[0].path.stem:
            click.echo(f"archiver: left out: {plain(target)}: {files[0].path.name} can't be used", err=True)
    return usable


def _is_in(file: BrokenFile, target: str) -> bool:
    """Whether a target is a site of a broken file, or a URL of one."""
    return target in file.names or file.covers(host_of(full_url(target) or ""))


def _sites_of(broken: Iterable[BrokenFile]) -> list[LeftOut]:
    return [LeftOut(name, "broken_spider", str(file.error)) for file in broken for name in sorted(file.names)]


def with_secrets(chosen: ChosenSites) -> ChosenSites:
    """The sites whose login and proxy can be read. One that can't be is reported, and does not stop the others."""
    found, left_out = [], list(chosen.left_out)
    for spider in chosen.spiders:
        try:
            require_variables(spider.login, spider.proxy, os.environ)
            if spider.login is not None:
                secrets_of(spider.login, os.environ)
            if spider.proxy is not None:
                proxy_of(spider.proxy, os.environ)
        except UsageError as error:
            left_out.append(LeftOut(spider.name, "missing_secret", f"not crawled: {error}"))
            click.echo(f"archiver: {plain(spider.name)}: {left_out[-1].why}", err=True)
        else:
            found.append(spider)
    return ChosenSites(found, left_out)


def _all_sites(app: App) -> ChosenSites:
    loaded = app.loaded()
    broken = {name for file in loaded.broken for name in file.names}
    found = [spider for name, spider in loaded.spiders.items() if name not in broken]
    if not found:
        fault = "contains no site that can be used" if broken else "contains no site"
        where = f"{app.home.path / 'spiders'} {fault}" if app.home else "no home was found"
        raise UsageError(f"--all: {where}", "copy spiders/example.py to make one, or give another home with --home")
    if without := sorted(set(_crawled_sites(app)) - {spider.name for spider in found} - broken):
        app.say(
            f"not crawled, because without a spider: {plain(', '.join(without))}: "
            "crawl it by URL, or add a spider (docs/add-a-site.md)"
        )
    return ChosenSites(found, _sites_of(loaded.broken))


def _require_no_spider(app: App, site: str) -> None:
    """Raises UsageError for a site that was crawled with a spider. A site crawled by URL has the name of a host; for
    another one the generic rules would ignore what its spider states (`deny`, `login`, …).
    """
    if full_url(site) is None:
        raise UsageError(
            f"site {plain(site)} was crawled with a spider, and there is none of that name{_where(app)}",
            "restore or correct its file, give its home with --home, or crawl its URL without a spider",
        )


def _where(app: App) -> str:
    return f" in {app.home.path / 'spiders'}" if app.home else ", and no home was found (see --home)"


def read_urls(path: str, lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """The URLs in a file, one per line, and a message for each invalid line. Empty lines and lines starting with # are
    ignored.
    """
    found: list[str] = []
    bad: list[str] = []
    for number, line in enumerate(lines, 1):
        typed = line.removeprefix(BOM).strip()
        if not typed or typed.startswith("#"):
            continue
        url = None if "\ufffd" in typed else full_url(typed)
        if url is None:
            shown = typed if len(typed) <= _SHOWN else typed[:_SHOWN] + "…"
            bad.append(f"{path}, line {number}: {shown!r} is not an http or https URL: left out")
        else:
            found.append(url)
    return found, bad


def lines_of(path: Path) -> list[str]:
    """The lines of a file, or of stdin for `-`. Bytes that are not UTF-8 become U+FFFD. Raises UsageError,
    StorageError.
    """
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"{path} can't be read ({error.strerror})", "give a file with one URL per line") from error
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check its permissions") from error


_SHOWN = 80


def _generic(seeds: Mapping[str, list[str]]) -> list[type[ArticleSpider]]:
    if not seeds:
        return []
    from archiver.spider import spider_for_urls  # noqa: PLC0415 - loads Scrapy

    return [spider_for_urls(dict.fromkeys(urls), name) for name, urls in seeds.items()]


def _warn_of_login(typed: str, url: str) -> None:
    """Warn that a name and a password in a URL are never used."""
    if "@" in re.split(r"[/?#]", typed.rpartition("://")[2], maxsplit=1)[0]:
        click.echo(
            f"archiver: {host_of(url)}: the name and password in the URL are not sent: "
            "name where they are in `login` of the site's spider (docs/add-a-site.md)",
            err=True,
        )


def _site_of(url: str, mirrors: Mapping[str, str]) -> str:
    """The name of a URL's site: its host without `www.`, or the canonical host if it is a mirror."""
    host = host_of(url)
    return mirrors.get(host, host).removeprefix("www.")


def _mirrors(app: App) -> dict[str, str]:
    """Mirror -> canonical host, from the index. Empty if there is no index or it can't be read."""
    from archiver.index.database import open_reader  # noqa: PLC0415
    from archiver.index.learn.mirror_decisions import hosts  # noqa: PLC0415

    found: dict[str, str] = {}
    with suppress(ArchiverError):
        if app.archive.index.exists():
            with open_reader(app.archive.index) as db:
                found = {row.host: row.canonical_host for row in hosts(db) if row.canonical_host}
    return found


def _crawled_sites(app: App) -> list[str]:
    """The sites that the archive's crawls know, with or without a spider."""
    with FrontierReader(app.archive.frontier) as frontier:
        return list(frontier.sites())


def _seeds_of(app: App, site: str) -> list[str]:
    """The start pages of a site's earlier crawls; none for a site that is not in the archive."""
    with FrontierReader(app.archive.frontier) as frontier:
        return [url for url, kind in frontier.urls(site) if kind == "seed"]
