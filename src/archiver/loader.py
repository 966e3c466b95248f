"""Loads the spiders of a home: each file by its path, so that one broken file doesn't take the others with it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from archiver.errors import UsageError
from archiver.spider import ArticleSpider


def load_spiders(files: Iterable[Path]) -> tuple[dict[str, type[ArticleSpider]], list[UsageError]]:
    """The sites by name, and what is wrong with the files that can't be used."""
    found: dict[str, type[ArticleSpider]] = {}
    broken: list[UsageError] = []
    for path in files:
        try:
            spiders = _spiders_in(_load(path))
        except UsageError as error:
            broken.append(error)
            continue
        for spider in spiders:
            if spider.name in found:
                broken.append(UsageError(f"{path}: a second spider is named {spider.name!r}", "rename one"))
            found.setdefault(spider.name, spider)
    return found, broken


def _load(path: Path) -> ModuleType:
    """Import one spider file by its path: from `/`, as cron starts us, `import spiders` finds nothing."""
    name = f"spiders.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's file raises is that file's fault
        line = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path} can't be loaded ({line})", "mend that file; the other sites still work") from error
    return module


def _spiders_in(module: ModuleType) -> list[type[ArticleSpider]]:
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
        spider.site()
    return found
