"""Captured pages saved as test cases, with the expected result of extraction.

A case is a folder `cases/SITE/NAME/` of the home with `page.html.gz` (the captured payload) and `case.json` (its URL
and the expected fields). A person corrects `case.json` where extraction was wrong. From then on the site's layout and
every later version of the program are tested against it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver.errors import StorageError, UsageError
from archiver.extract import extract
from archiver.layout import Site
from archiver.model import Article, Capture, Skip

FIELDS = ("title", "authors", "date_published", "date_modified", "section", "tags", "language", "description")


@dataclass(frozen=True, slots=True)
class Case:
    """A page and what is expected of it: the fields of `FIELDS` that `case.json` names, and `text` or `skipped`."""

    folder: Path
    url: str
    captured_at: datetime
    mime: str | None
    charset: str | None
    payload: bytes
    expected: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs from the expected value."""

    field: str
    expected: Any
    found: Any


def save(cases: Path, site: Site | None, capture: Capture, payload: bytes) -> Case:
    """Save a captured page as a case, with its current extraction result. Raises StorageError."""
    name = re.sub(r"[^a-z0-9]+", "-", capture.url.partition("://")[2].lower()).strip("-")[-80:].strip("-")
    folder = cases / (site.name if site else "other") / name
    case = Case(folder, capture.url, capture.fetched_at, capture.mime, capture.charset, payload, {})
    case = Case(folder, case.url, case.captured_at, case.mime, case.charset, payload, outcome(case, site))
    data = {
        "url": case.url,
        "captured_at": case.captured_at.isoformat(),
        "mime": case.mime,
        "charset": case.charset,
        "expected": case.expected,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "page.html.gz").write_bytes(gzip.compress(payload, mtime=0))
        (folder / "case.json").write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} can't be written ({error.strerror})", "check the folder's permissions") from error
    return case


def load(cases: Path) -> Iterator[Case]:
    """The cases in a folder, sorted by name. Raises UsageError for one that can't be read."""
    for path in sorted(cases.glob("*/*/case.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            payload = gzip.decompress((path.parent / "page.html.gz").read_bytes())
            moment = datetime.fromisoformat(data["captured_at"])
            yield Case(path.parent, data["url"], moment, data["mime"], data["charset"], payload, dict(data["expected"]))
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path.parent} is not a valid case ({error})", "correct it, or save it again") from error


def differences(case: Case, site: Site | None) -> list[Difference]:
    """The differences between the current extraction and the case, ignoring white space."""
    found = outcome(case, site)
    return [
        Difference(field, wanted, found.get(field))
        for field, wanted in case.expected.items()
        if _folded(wanted) != _folded(found.get(field))
    ]


def outcome(case: Case, site: Site | None) -> dict[str, Any]:
    """The extraction result for a case's page: its fields and text, or the reason why it is not a story."""
    made = extract(case.payload, case.url, case.captured_at, site=site, mime=case.mime, charset=case.charset)
    if isinstance(made, Skip):
        return {"skipped": made.reason}
    return _fields(made)


def _fields(article: Article) -> dict[str, Any]:
    values = {field: getattr(article, field) for field in FIELDS}
    text = [block.text for block in article.blocks]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | {"text": text}


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    return [_folded(member) for member in value] if isinstance(value, list) else value
