"""What is crawled: sites by name, addresses, a file of addresses, all sites of a home."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.app import App
from archiver.cli.typed import full_url, unknown_site
from archiver.errors import ArchiverError, StorageError, UsageError
from archiver.frontier import FrontierReader
from archiver.urls import host_of

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider

BOM = "\ufeff"


def spiders_for(app: App, targets: Iterable[str]) -> list[type[ArticleSpider]]:
    """The spiders of sites named, and a generic spider for each site that the URLs are of: those of one host, or of
    its mirrors, are start pages of one site. Raises UsageError for an unknown name.

    A site that was crawled by its URL before goes by the name that `archiver sites` shows, too.
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
            seeds.setdefault(target, []).extend(old_seeds)
        elif url := full_url(target):
            seeds.setdefault(_site_of(url, mirrors), []).append(url)
        elif "://" in target:
            raise UsageError(f"{target!r} is no http or https URL", "give it as https://example.com/")
        else:
            where = f" in {app.home.path / 'spiders'}" if app.home else ", and no home was found (see --home)"
            raise unknown_site(target, known, where, "give a name, or a URL with https://")
    return named + _generic(seeds)


def chosen_spiders(app: App, targets: Sequence[str], *, every: bool) -> list[type[ArticleSpider]]:
    """What is named, or with `every` all sites of the home. Raises UsageError where that is none."""
    if every and targets:
        raise UsageError("--all and names exclude each other", "give one of them")
    if every:
        found = list(app.spiders().values())
        if not found:
            where = f"{app.home.path / 'spiders'} has no site" if app.home else "no home was found"
            raise UsageError(f"--all: {where}", "make one with `archiver sites new`, or name a home with --home")
        return found
    if not targets:
        raise UsageError("nothing to crawl was named", "name a site or a URL, or give --all or --seeds FILE")
    return spiders_for(app, targets)


def read_urls(path: str, lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """The addresses of a file, one a line, and what to say of the lines that are none. Empty lines and those that begin
    with # say nothing."""
    found: list[str] = []
    bad: list[str] = []
    for number, line in enumerate(lines, 1):
        typed = line.removeprefix(BOM).strip()
        if not typed or typed.startswith("#"):
            continue
        url = None if "\ufffd" in typed else full_url(typed)
        if url is None:
            shown = typed if len(typed) <= _SHOWN else typed[:_SHOWN] + "…"
            bad.append(f"{path}, line {number}: {shown!r} is no http or https address: left out")
        else:
            found.append(url)
    return found, bad


def lines_of(path: Path) -> list[str]:
    """The lines of a file, or of stdin for `-`; bytes that are no UTF-8 become U+FFFD. Raises UsageError,
    StorageError."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"{path} can't be read ({error.strerror})", "name a file of addresses, one a line") from error
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check its permissions") from error


_SHOWN = 80


def _generic(seeds: Mapping[str, list[str]]) -> list[type[ArticleSpider]]:
    if not seeds:
        return []
    from archiver.spider import spider_for_urls  # noqa: PLC0415 - loads Scrapy

    return [spider_for_urls(dict.fromkeys(urls), name) for name, urls in seeds.items()]


def _site_of(url: str, mirrors: Mapping[str, str]) -> str:
    """The name of the site that an address is of: its host without `www.`, or the one that the host mirrors."""
    host = host_of(url)
    return mirrors.get(host, host).removeprefix("www.")


def _mirrors(app: App) -> dict[str, str]:
    """Mirror -> canonical host, as the index knows them: none where there is no index, or it can't be read."""
    from archiver.index.database import open_reader  # noqa: PLC0415
    from archiver.index.learn.mirror_decisions import hosts  # noqa: PLC0415

    found: dict[str, str] = {}
    with suppress(ArchiverError):
        if app.archive.index.exists():
            with open_reader(app.archive.index) as db:
                found = {row.host: row.canonical_host for row in hosts(db) if row.canonical_host}
    return found


def _seeds_of(app: App, site: str) -> list[str]:
    """The start pages that a site was crawled from; none for a site that the archive doesn't know."""
    with FrontierReader(app.archive.frontier) as frontier:
        return [url for url, kind in frontier.urls(site) if kind == "seed"]
