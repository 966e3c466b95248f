"""CPU per page of the whole ingest (WARC on disk -> rows in SQLite) compared with plain trafilatura with metadata.

    python benchmarks/ingest.py [--pages 250] [--corpus DIR]

DIR holds html/*.html.gz and ground-truth.json ({key: {"url": ...}}); without one the stories of the bundled sample site
are used. Both process the same pages in the same run, alternating by slices, so that a busy machine slows both. CPU is
that of this process and of the extraction processes. The ratio is the ingest's pages per CPU second divided by
trafilatura's.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import trafilatura
from trafilatura.meta import reset_caches

from archiver.extract.pool import ExtractionPool, ExtractTask
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.pipeline import ingest
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import warc_file
from archiver.index.schema.connection import Index
from archiver.model import Exchange
from archiver.samplesite import SampleSite, stories
from archiver.warc import WarcWriter

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLICE = 50
TICKS = os.sysconf("SC_CLK_TCK")

Pages = list[tuple[bytes, str]]


def main() -> None:
    """Parses the arguments, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=250)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    args = parser.parse_args()
    pages = corpus_pages(args.corpus, args.pages) or sample_pages()
    with tempfile.TemporaryDirectory() as folder:
        measure(pages, Path(folder))


def corpus_pages(folder: Path, wanted: int) -> Pages:
    """Every nth page of a corpus, in a fixed order."""
    truth = folder / "ground-truth.json"
    if not truth.is_file():
        return []
    urls = {key: str(entry["url"]) for key, entry in json.loads(truth.read_text("utf-8")).items()}
    keys = sorted(key for key in urls if (folder / "html" / f"{key}.html.gz").is_file())
    keys = keys[:: max(1, len(keys) // wanted)][:wanted]
    return [(gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()), urls[key]) for key in keys]


def sample_pages() -> Pages:
    """The stories of the sample site."""
    with SampleSite() as site:
        urls = [site.loopback_url.rstrip("/") + story.path for story in stories()]
        return [(urlopen(url).read(), url) for url in urls]


def measure(pages: Pages, folder: Path) -> None:
    """Both over all slices, alternating."""
    slices = [pages[start : start + SLICE] for start in range(0, len(pages), SLICE)]
    warcs = [write_warc(folder, number, slice_) for number, slice_ in enumerate(slices)]
    cpu = {"trafilatura": 0.0, "ingest": 0.0}
    index = folder / "index.db"
    with ExtractionPool(1) as pool, open_writer(index) as db:
        for html, url in pages[:10]:  # warm up both
            bare(html, url)
        list(pool.map(ExtractTask(html, url, NOW) for html, url in pages[:10]))
        for number, (slice_, warc) in enumerate(zip(slices, warcs, strict=True)):
            for way in ("ingest", "trafilatura") if number % 2 else ("trafilatura", "ingest"):
                before = cpu_of_tree()
                if way == "ingest":
                    take_in(db, warc, pool)
                else:
                    for html, url in slice_:
                        bare(html, url)
                    reset_caches()
                cpu[way] += cpu_of_tree() - before
    report(cpu, len(pages), sum(warc.stat().st_size for warc in warcs), index)


def write_warc(folder: Path, number: int, pages: Pages) -> Path:
    """Pages as a crawl would record them."""
    writer = WarcWriter(folder, f"slice{number}", {})
    for html, url in pages:
        response = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(html)}\r\n\r\n".encode() + html
        writer.write_exchange(Exchange(url, NOW, b"GET / HTTP/1.1\r\n\r\n", io.BytesIO(response), len(response)))
    writer.close()
    (path,) = folder.glob(f"slice{number}-*.warc.gz")
    return path


def take_in(db: Index, warc: Path, pool: ExtractionPool) -> None:
    report = ingest(db, [warc_file(warc, warc.parent)], (), pool, reader=read_warc)
    if report.failed:
        raise SystemExit(f"not measured: {report.failed}")


def bare(html: bytes, url: str) -> object:
    """trafilatura alone."""
    return trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True)


def cpu_of_tree() -> float:
    """CPU seconds of this process and its living descendants."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(path.parent.name)
        parents[process] = int(fields[1])
        seconds[process] = (int(fields[11]) + int(fields[12])) / TICKS
    own = os.getpid()

    def descends(process: int) -> bool:
        while process in parents and process != own:
            process = parents[process]
        return process == own

    # The kernel's clock for this process has a finer resolution than its ticks.
    return time.process_time() + sum(
        spent for process, spent in seconds.items() if process != own and descends(process)
    )


def report(cpu: dict[str, float], pages: int, warc_bytes: int, index: Path) -> None:
    with open_reader(index) as db:
        found = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    print(f"{pages} pages, {found} stories; {platform.machine()}, Python {platform.python_version()}")
    print(f"{'':<28}{'ms/page':>10}{'pages per CPU s':>20}")
    for way, seconds in cpu.items():
        print(f"{way:<28}{seconds / pages * 1000:>10.1f}{pages / seconds:>20.1f}")
    print(f"{'ratio (ingest/trafilatura)':<28}{cpu['trafilatura'] / cpu['ingest']:>10.2f}")
    print(f"{'index bytes / WARC bytes':<28}{index.stat().st_size / warc_bytes:>10.2f}")


if __name__ == "__main__":
    main()
