"""Whether ingest slows down as an archive grows: stories per second through the real path, WARC on disk to rows.

    python benchmarks/growth.py [--sizes 1000,10000,50000] [--sites 1,50] [--without-extraction]

The pages are small and generated: eight paragraphs, a repeated block, links, images, tags, a date. One in twenty
stories is fetched again and edited, one in twenty returns as a revisit, so that every table gets rows. One index grows
to the last size and is copied at each. Then the same 7,000 stories are added to each copy in turn, a thousand at a
time, so that other load on the machine slows all of them alike; the first thousand is not counted. `index` counts the
CPU of this process only (reading WARC files and writing rows); `whole` is wall time with extraction in one other
process. Opening and closing an index is not counted: its checksum depends on the size of the file, once per run.
`--without-extraction` generates the stories directly: extraction takes most of the time, and does not depend on the
size. A ratio is that of the rates, the median of six; 1 means that the index did not slow down. Of two thousands, one
includes the move of new marks.

With `--into` the stories are added to finished indexes, which are changed. So large sizes need not grow first:

    python benchmarks/search.py --stories 10000 --queries 1 --keep small.db      (2 minutes)
    python benchmarks/search.py --stories 300000 --queries 1 --keep large.db     (10 minutes; 1000000: 25)
    python benchmarks/growth.py --into small.db large.db --without-extraction    (2 minutes)

These indexes have stories, their words and their marks, but no captures, links or blocks.
"""

from __future__ import annotations

import argparse
import io
import platform
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Self
from urllib.parse import urljoin

from lxml.html import fromstring

from archiver.extract.pool import ExtractionPool, ExtractTask
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.pipeline import Extractor, ingest
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import warc_file
from archiver.index.schema.connection import Index
from archiver.model import Article, Block, Exchange, Image, Link, PayloadRecord, Skip
from archiver.warc import WarcWriter, read_answer

START = datetime(2020, 1, 1, tzinfo=UTC)
STEP = 1000  # stories per WARC file
ROUNDS = 7  # thousands added to each index
WORDS = [f"{first}{middle}{last}" for first in "bdfglmnprst" for middle in ("a", "ei", "o", "ur") for last in "klmnrst"]


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate at which a thousand stories were indexed."""

    index: float  # stories per second of this process's CPU
    whole: float  # stories per second of wall time


def main() -> None:
    """Parses the arguments, measures, prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,50000")
    parser.add_argument("--sites", default="1,50")
    parser.add_argument("--without-extraction", action="store_true")
    parser.add_argument("--into", type=Path, nargs="+", metavar="INDEX")
    args = parser.parse_args()
    sizes = sorted(map(int, args.sizes.split(",")))
    print(f"{platform.machine()}, Python {platform.python_version()}; stories per second, medians")
    with MadeHere() if args.without_extraction else ExtractionPool(1) as pool:
        if args.into:
            show(rates(args.into, 0, 1, pool))
            return
        for sites in map(int, args.sites.split(",")):
            print(f"sites: {sites}")
            with tempfile.TemporaryDirectory() as folder:
                show(rates(grown(Path(folder), sites, sizes, pool), sizes[-1], sites, pool))


def grown(folder: Path, sites: int, sizes: list[int], pool: Extractor) -> list[Path]:
    """One index that grows to the last size: a copy at each size."""
    copies: list[Path] = []
    growing = folder / "index.db"
    for start in range(0, sizes[-1], STEP):
        warc = write_warc(folder, start, sites)
        with open_writer(growing) as db:
            add(db, warc, pool)
        warc.unlink()
        if start + STEP in sizes:
            copies.append(Path(shutil.copy(growing, folder / f"{start + STEP}.db")))
    return copies


def rates(indexes: list[Path], start: int, sites: int, pool: Extractor) -> dict[Path, list[Rate]]:
    """Add the same stories to each index in turn. The first thousand after a copy or a rebuild merges words."""
    found: dict[Path, list[Rate]] = {path: [] for path in indexes}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        open_indexes = {path: opened.enter_context(open_writer(path)) for path in indexes}
        for number in range(start, start + ROUNDS * STEP, STEP):
            warc = write_warc(Path(folder), number, sites)
            for path, db in open_indexes.items():
                found[path].append(add(db, warc, pool))
            warc.unlink()
    return {path: each[1:] for path, each in found.items()}


def add(db: Index, warc: Path, pool: Extractor) -> Rate:
    cpu, wall = time.process_time(), time.perf_counter()
    report = ingest(db, [warc_file(warc, warc.parent)], (), pool, reader=read_warc)
    rate = Rate(STEP / (time.process_time() - cpu), STEP / (time.perf_counter() - wall))
    if report.failed or report.damage:
        raise SystemExit(f"not measured: {report.failed or report.damage}")
    return rate


def show(found: dict[Path, list[Rate]]) -> None:
    print(f"{'stories':>10}{'index':>10}{'ratio':>8}{'whole':>10}{'ratio':>8}")
    first = next(iter(found.values()))
    for path, each in found.items():
        with open_reader(path) as db:
            (stories,) = db.execute("SELECT count(*) FROM articles").fetchone()
        print(f"{stories - ROUNDS * STEP:>10,}", end="")
        for name in ("index", "whole"):
            values = [getattr(one, name) for one in each]
            ratio = median(value / getattr(other, name) for value, other in zip(values, first, strict=True))
            print(f"{median(values):>10.0f}{ratio:>8.2f}", end="")
        print(flush=True)


class MadeHere(nullcontext[Extractor]):
    """Returns approximately what extraction would make of each page."""

    def __enter__(self) -> Self:
        return self

    def map(self, tasks: Iterable[ExtractTask]) -> Iterator[Article | Skip]:
        for task in tasks:
            tree = fromstring(task.payload)
            texts = [str(block.text_content()) for block in tree.iterfind(".//article//p")]
            yield Article(
                url=task.url,
                title=str(tree.findtext(".//h1")),
                blocks=tuple(Block("paragraph", text, "article/div.body/p") for text in texts),
                language="en",
                tags=tuple(tree.find(".//meta[@name]").get("content").split(", ")),
                date_published=tree.find(".//meta[@property='article:published_time']").get("content"),
                images=tuple(Image(urljoin(task.url, found.get("src"))) for found in tree.iterfind(".//img")),
                links=tuple(Link(urljoin(task.url, found.get("href")), "More") for found in tree.iterfind(".//a")),
                extractor="none",
            )


def write_warc(folder: Path, start: int, sites: int) -> Path:
    """A thousand stories as a crawl would record them."""
    writer = WarcWriter(folder, f"growth{start}", {})
    for number in range(start, start + STEP):
        when = published(number)
        url = f"https://www.paper{number % sites}.example/{when:%Y/%m}/story-of-the-day-{number}"
        first = page(number, edited=False)
        fetched = exchange(url, first, when)
        answer = read_answer(fetched)
        kept = writer.write_exchange(fetched, answer)
        if number % 20 == 0:
            writer.write_exchange(exchange(url, page(number, edited=True), when + timedelta(days=1)))
        elif number % 20 == 1:
            original = PayloadRecord(answer.payload_digest, kept.record_id, url, when, kept.warc_file)
            writer.write_exchange(exchange(url, first, when + timedelta(days=1)), original=original)
    writer.close()
    (path,) = folder.glob(f"growth{start}-*.warc.gz")
    return path


def published(number: int) -> datetime:
    return START + timedelta(minutes=20 * number)


def exchange(url: str, html: bytes, when: datetime) -> Exchange:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(html)}\r\n\r\n"
    response = head.encode() + html
    return Exchange(url, when, b"GET / HTTP/1.1\r\n\r\n", io.BytesIO(response), len(response))


def page(number: int, *, edited: bool) -> bytes:
    """A story of about 300 words."""
    chance = random.Random(number)
    title = " ".join(chance.choices(WORDS, k=7)).capitalize()
    paragraphs = [" ".join(chance.choices(WORDS, k=40)).capitalize() + "." for _ in range(8)]
    if edited:
        paragraphs[3] += " And this was added later."
    links = "".join(
        f'<li><a href="/2020/01/other-story-here-{chance.randrange(10**6)}">More</a></li>' for _ in range(10)
    )
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{published(number).isoformat()}">'
        f'<meta name="keywords" content="{paragraphs[0][:9]}, {title[:8]}"></head><body><nav><ul>{links}</ul></nav>'
        f'<article><h1>{title}</h1><div class="body"><img src="/images/{number}.jpg" alt="A picture">{body}'
        "<p>Sign up for our letter and never miss a story of this newspaper again.</p></div></article></body></html>"
    ).encode()


if __name__ == "__main__":
    main()
