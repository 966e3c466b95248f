"""Loads the spiders of a home: each file by its path, so that one broken file doesn't affect the others."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from archiver.errors import UsageError
from archiver.spider import ArticleSpider
from archiver.spider_source import domains_in, names_in, text_of

# Settings that people put into a spider but that belong elsewhere.
_ELSEWHERE = {
    "delay": 'write custom_settings = {"DOWNLOAD_DELAY": SECONDS}, or give --delay to `archiver crawl`',
    **{
        name: f"give --{name.replace('_', '-')} to `archiver crawl`"
        for name in ("concurrency", "max_time", "include", "exclude", "recheck", "since")
    },
}

_HINT = "correct that file; until then its sites are not crawled, the others are"


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A spider file that can't be used. `names` and `domains` are those of its sites, as far as its text states them;
    without a name in the text, the file's own name.
    """

    path: Path
    error: UsageError
    names: frozenset[str]
    domains: frozenset[str]

    def covers(self, host: str) -> bool:
        """Whether a host is one of its sites' domains or below one."""
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)


@dataclass(frozen=True, slots=True)
class LoadedSpiders:
    """The sites of a home by name, the files that can't be used, and warnings about the others."""

    spiders: dict[str, type[ArticleSpider]]
    broken: tuple[BrokenFile, ...]
    warnings: tuple[UsageError, ...]


def load_spiders(files: Iterable[Path]) -> LoadedSpiders:
    """Load spider files. Warnings are about names that two files use and about unknown attributes."""
    found: dict[str, type[ArticleSpider]] = {}
    broken: list[BrokenFile] = []
    warnings: list[UsageError] = []
    for path in files:
        try:
            spiders = _spiders_in(_load(path), path)
        except UsageError as error:
            text = text_of(path)
            broken.append(BrokenFile(path, error, names_in(text) or frozenset((path.stem,)), domains_in(text)))
            continue
        for spider in spiders:
            if spider.name in found:
                warnings.append(UsageError(f"{path}: another spider has the name {spider.name!r}, too", "rename one"))
            found.setdefault(spider.name, spider)
            warnings += [UsageError(f"{path}: {message}", hint) for message, hint in _slips(spider)]
    return LoadedSpiders(found, tuple(broken), tuple(warnings))


def _load(path: Path) -> ModuleType:
    """Import one spider file by its path, because `import spiders` fails from `/`, where cron starts the program."""
    name = f"spiders.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # any exception is an error in the user's file
        line = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path} can't be loaded ({line})", _HINT) from error
    return module


def _spiders_in(module: ModuleType, path: Path) -> list[type[ArticleSpider]]:
    """The sites that a file defines. Raises UsageError for one with a bad attribute."""
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, ArticleSpider)
        and value.__module__ == module.__name__
        and getattr(value, "name", None)
    ]
    for spider in found:
        try:
            spider.site()
        except UsageError as error:
            raise UsageError(f"{path}: {error.message}", _HINT) from error
        except Exception as error:  # for example a list with invalid items
            raise UsageError(f"{path}: spider {spider.name} can't be used ({error})", _HINT) from error
    return found


def _slips(spider: type[ArticleSpider]) -> Iterator[tuple[str, str]]:
    """(message, hint) for each attribute whose name is similar to a spider attribute, and for Scrapy's own limits.

    Other attributes are fine: a spider may have its own.
    """
    known = {*ArticleSpider.__annotations__, "custom_settings"}
    for name, value in vars(spider).items():
        if name.startswith("_") or name in known or hasattr(ArticleSpider, name) or callable(value):
            continue
        similar = difflib.get_close_matches(name, [*known, *_ELSEWHERE], n=1, cutoff=0.8)
        for near in similar or [form for form in _forms(name) if form in known][:1]:
            message = f"spider {spider.name}: unknown attribute {name!r} (ignored)"
            yield message, _ELSEWHERE.get(near, f"did you mean {near!r}?")
    for name in spider.custom_settings or ():
        if name.startswith("CLOSESPIDER_"):
            message = f"spider {spider.name}: {name} in custom_settings (ignored)"
            yield message, "write max_pages = NUMBER in the spider, or give --max-time to `archiver crawl`"


def _forms(name: str) -> list[str]:
    """A name in lower case, and what it is the plural of: `deny` for `denies`."""
    name = name.lower()
    return [name, name.removesuffix("s"), name.removesuffix("ies") + "y"]
