"""Whether ingest slows down as an archive grows: stories per second through the real path, WARC on disk to rows.

    python benchmarks/growth.py [--sizes 1000,10000,50000] [--sites 1,50] [--without-extraction]

The pages are small and generated: eight paragraphs, a repeated block, links, images, tags. One in twenty stories is
fetched again and edited, one in twenty returns as a revisit, so that every table gets rows. A rate is that of the
thousand stories after each size, because an empty index would be faster. `index` counts the CPU of this process only
(reading WARC files and writing rows); `whole` is wall time with extraction in one other process. `--without-extraction`
generates the stories directly: extraction takes most of the time, and does not depend on the size. Compare the ratios:
other load on the machine slows all rates alike.

With `--into` the same 4,000 stories are added to each of some finished indexes in turn, a thousand at a time, without
extraction. The indexes are changed. So two sizes are compared without growing from one to the other:

    python benchmarks/search.py --stories 10000 --queries 1 --keep small.db      (2 minutes)
    python benchmarks/search.py --stories 300000 --queries 1 --keep large.db     (10 minutes; 1000000: 25)
    python benchmarks/growth.py --into small.db large.db                         (2 minutes)

These indexes have stories, their words and their marks, but no captures, links or blocks.
"""

from __future__ import annotations

import argparse
import io
import platform
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
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
ROUNDS = 4  # thousands added by `--into`
WORDS = [f"{first}{middle}{last}" for first in "bdfglmnprst" for middle in ("a", "ei", "o", "ur") for last in "klmnrst"]


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate at which a thousand stories were indexed."""

    stories: int  # stories in the index before
    index: float  # stories per second of this process's CPU
    whole: float  # stories per second of wall time


@dataclass(frozen=True, slots=True)
class Spent:
    """What a thousand stories cost."""

    cpu: float  # seconds of this process
    wall: float


def main() -> None:
    """Parses the arguments, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,50000")
    parser.add_argument("--sites", default="1,50")
    parser.add_argument("--without-extraction", action="store_true")
    parser.add_argument("--into", type=Path, nargs="+", metavar="INDEX")
    args = parser.parse_args()
    if args.into:
        compare(args.into)
        return
    sizes = sorted(map(int, args.sizes.split(",")))
    print(f"{platform.machine()}, Python {platform.python_version()}; stories per second")
    print(f"{'sites':>6}{'stories':>10}{'index':>10}{'ratio':>8}{'whole':>10}{'ratio':>8}")
    for sites in map(int, args.sites.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            first: Rate | None = None
            for rate in rates(Path(folder), sites, sizes, extracted=not args.without_extraction):
                first = first or rate
                ratios = (rate.index / first.index, rate.whole / first.whole)
                print(f"{sites:>6}{rate.stories:>10,}{rate.index:>10.0f}{ratios[0]:>8.2f}", end="")
                print(f"{rate.whole:>10.0f}{ratios[1]:>8.2f}", flush=True)


def compare(indexes: list[Path]) -> None:
    """Add the same stories to finished indexes, and print what the last thousands cost."""
    spent: dict[Path, list[Spent]] = {path: [] for path in indexes}
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, ROUNDS * STEP, STEP):
            warc = write_warc(Path(folder), start, 1)
            for path in indexes:
                with open_writer(path) as db:
                    cpu, wall = time.process_time(), time.perf_counter()
                    take_in(db, warc, MadeHere())
                    spent[path].append(Spent(time.process_time() - cpu, time.perf_counter() - wall))
            warc.unlink()
    print(f"{'stories':>10}{'CPU, s':>10}{'ratio':>8}{'wall, s':>10}{'ratio':>8}   (1,000 stories added; medians)")
    first = spent[indexes[0]][1:]  # the first thousand after a rebuild merges words
    for path in indexes:
        with open_reader(path) as db:
            (stories,) = db.execute("SELECT count(*) FROM articles").fetchone()
        print(f"{stories:>10,}", end="")
        for name in ("cpu", "wall"):
            costs = [getattr(one, name) for one in spent[path][1:]]
            ratio = median(cost / getattr(other, name) for cost, other in zip(costs, first, strict=True))
            print(f"{median(costs):>10.2f}{ratio:>8.2f}", end="")
        print()


class MadeHere:
    """Returns approximately what extraction would make of each page."""

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
                images=tuple(Image(urljoin(task.url, found.get("src"))) for found in tree.iterfind(".//img")),
                links=tuple(Link(urljoin(task.url, found.get("href")), "More") for found in tree.iterfind(".//a")),
                extractor="none",
            )


def rates(folder: Path, sites: int, sizes: list[int], *, extracted: bool) -> Iterator[Rate]:
    """One index that grows to the last size, with a rate at each."""
    with (
        ExtractionPool(1) if extracted else nullcontext(MadeHere()) as pool,
        open_writer(folder / "index.db") as db,
    ):
        for start in range(0, sizes[-1] + STEP, STEP):
            warc = write_warc(folder, start, sites)
            cpu, wall = time.process_time(), time.perf_counter()
            take_in(db, warc, pool)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            warc.unlink()
            if start in sizes:
                yield Rate(start, STEP / cpu, STEP / wall)


def take_in(db: Index, warc: Path, pool: Extractor) -> None:
    report = ingest(db, [warc_file(warc, warc.parent)], (), pool, reader=read_warc)
    if report.failed or report.damage:
        raise SystemExit(f"not measured: {report.failed or report.damage}")


def write_warc(folder: Path, start: int, sites: int) -> Path:
    """A thousand stories as a crawl would record them."""
    writer = WarcWriter(folder, f"growth{start}", {})
    for number in range(start, start + STEP):
        when = START + timedelta(minutes=20 * number)
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
        f'<meta name="keywords" content="{paragraphs[0][:9]}, {title[:8]}"></head><body><nav><ul>{links}</ul></nav>'
        f'<article><h1>{title}</h1><div class="body"><img src="/images/{number}.jpg" alt="A picture">{body}'
        "<p>Sign up for our letter and never miss a story of this newspaper again.</p></div></article></body></html>"
    ).encode()


if __name__ == "__main__":
    main()
