"""`archiver extract`: extract text and metadata of one page or of a stream of pages. Needs no archive."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.typed import full_url
from archiver.errors import ExitCode, UsageError
from archiver.layout import site_for
from archiver.model import Article, Skip
from archiver.printable import plain
from archiver.words import count_words


@click.command("extract")
@click.argument("source", metavar="[FILE|-]", type=click.File("rb"), default="-")
@click.option("--url", metavar="URL", help="The page's URL: links and many dates depend on it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "text", "markdown"]),
    default="json",
    show_default=True,
    help="What to print.",
)
@click.option("--jsonl", is_flag=True, help='Read {"id","url","html"} lines, and write one line of JSON for each.')
@click.pass_obj
def command(app: App, source: BinaryIO, url: str | None, form: str, jsonl: bool) -> int:
    """Extract the story of a page: text and metadata.

    If a page is not a story, the JSON has the reason as `skip_reason`, also with --jsonl. With the formats text and
    markdown nothing is printed on stdout then, the reason is printed on stderr, and the exit code is 19.

    \b
    Examples:  archiver extract page.html --url https://www.example.com/2024/05/a-story
               curl -s URL | archiver extract --url URL --format text
               archiver extract --jsonl < pages.jsonl > stories.jsonl
    """
    only_one_of("jsonl", "url")
    only_one_of("jsonl", "form")
    if url is None and not jsonl:
        raise UsageError("the page's URL is missing", "give it with --url")
    address = full_url(url or "")
    if url is not None and address is None:
        raise UsageError(f"{url!r} is not an http or https URL", "write it like https://www.example.com/a-page")
    if source.isatty():
        app.say(f"reading {'pages, one per line,' if jsonl else 'the page'} from the terminal: end with Ctrl-D")
    now = datetime.now(UTC)
    if address is not None:
        return _one(app, source, address, now, form)
    for line in _lines(source, now):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return int(ExitCode.OK)


def _one(app: App, source: BinaryIO, url: str, now: datetime, form: str) -> int:
    from archiver.extract import extract  # noqa: PLC0415 - loads trafilatura, which --help should not wait for
    from archiver.extract.markdown import markdown_of  # noqa: PLC0415

    found = extract(source.read(), url, now, site=site_for(app.sites(), url), mime=_mime(source))
    if isinstance(found, Skip):
        if form == "json":
            print_json({"url": url, "skip_reason": found.reason, "detail": found.detail})
            return int(ExitCode.OK)
        click.echo(f"archiver: no story in {url}: {found.reason} ({found.detail})", err=True)
        return int(ExitCode.NO_ARTICLES)
    if form == "json":
        print_json(article_json(found))
    else:
        click.echo(plain(markdown_of(found) if form == "markdown" else found.text))
    return int(ExitCode.OK)


def article_json(article: Article) -> dict[str, Any]:
    """An article as stable JSON: named as the index's columns, then its blocks and the removed blocks."""
    data = asdict(article)
    blocks, removed = data.pop("blocks"), data.pop("removed")
    return {
        **data,
        "date": article.date_published,
        "text": article.text,
        "word_count": count_words(article.text),
        "blocks": blocks,
        "removed": removed,
    }


def _lines(source: Iterable[bytes], now: datetime) -> Iterator[str]:
    """One output line per input line, in order. An invalid line gives an error with its number."""
    from archiver.extract.jsonl import extract_line  # noqa: PLC0415 - loads trafilatura

    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            page = json.loads(line)
        except ValueError as error:
            page, cause = None, str(error)
        else:
            cause = 'a line must be an object {"id", "url", "html"}'
        if isinstance(page, dict) and isinstance(page.get("html"), str):
            result = extract_line(page, now)
        else:
            name = page.get("id") if isinstance(page, dict) else None
            result = {"id": name, "line": number, "error": f"no page: {cause}"}
        yield json.dumps(result, ensure_ascii=True)


def _mime(source: BinaryIO) -> str | None:
    return "application/pdf" if Path(getattr(source, "name", "") or "").suffix == ".pdf" else "text/html"
