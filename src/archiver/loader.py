"""Loads the spiders of a home: each file by its path, so that one broken file doesn't affect the others."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from archiver.errors import UsageError
from archiver.spider import ArticleSpider

# Settings that people put into a spider but that belong elsewhere.
_ELSEWHERE = {
    "delay": 'write custom_settings = {"DOWNLOAD_DELAY": SECONDS}, or give --delay to `archiver crawl`',
    **{
        name: f"give --{name.replace('_', '-')} to `archiver crawl`"
        for name in ("concurrency", "max_pages", "max_time", "include", "exclude", "recheck", "since")
    },
}


def load_spiders(files: Iterable[Path]) -> tuple[dict[str, type[ArticleSpider]], list[UsageError]]:
    """The sites by name, and problems: files that can't be used, and unknown attributes in others."""
    found: dict[str, type[ArticleSpider]] = {}
    broken: list[UsageError] = []
    for path in files:
        try:
            spiders = _spiders_in(_load(path), path)
        except UsageError as error:
            broken.append(error)
            continue
        for spider in spiders:
            if spider.name in found:
                broken.append(UsageError(f"{path}: another spider has the name {spider.name!r}, too", "rename one"))
            found.setdefault(spider.name, spider)
            broken += [UsageError(f"{path}: {message}", hint) for message, hint in _slips(spider)]
    return found, broken


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
        raise UsageError(f"{path} can't be loaded ({line})", "correct that file; the other sites still work") from error
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
            raise UsageError(f"{path}: {error.message}", error.hint) from error
        except Exception as error:  # for example a list with invalid items
            raise UsageError(f"{path}: spider {spider.name} can't be used ({error})", "correct it") from error
    return found


def _slips(spider: type[ArticleSpider]) -> Iterator[tuple[str, str]]:
    """(message, hint) for each attribute whose name is similar to a spider attribute.

    Other attributes are fine: a spider may have its own.
    """
    known = {*ArticleSpider.__annotations__, "custom_settings"}
    for name, value in vars(spider).items():
        if name.startswith("_") or name in known or hasattr(ArticleSpider, name) or callable(value):
            continue
        for near in difflib.get_close_matches(name, [*known, *_ELSEWHERE], n=1, cutoff=0.8):
            message = f"spider {spider.name}: unknown attribute {name!r} (ignored)"
            yield message, _ELSEWHERE.get(near, f"did you mean {near!r}?")
