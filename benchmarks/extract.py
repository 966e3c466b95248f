"""CPU per page: `extract()` compared with plain trafilatura with metadata, on the same pages, in the same run,
alternating.

    python benchmarks/extract.py [--pages 200] [--rounds 3] [--corpus DIR]

DIR holds html/*.html.gz and ground-truth.json ({key: {"url": ...}}); without one the pages of the bundled sample site
are used. Both run without comments. The ratio is ours divided by trafilatura's: below 1 is faster.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import trafilatura
from trafilatura.meta import reset_caches

from archiver.extract import EXTRACTOR, extract

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Parses the arguments, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    args = parser.parse_args()
    pages = corpus_pages(args.corpus, args.pages) or sample_pages()
    if not pages:
        raise SystemExit("no pages to measure: give --corpus DIR")
    for html, url in pages[:20]:  # warm up both
        ours(html, url)
        bare(html, url)
    rows = [measure(html, url, args.rounds) for html, url in pages]
    report(rows)


def corpus_pages(folder: Path, wanted: int) -> list[tuple[bytes, str]]:
    """Every nth page of a corpus, in a fixed order."""
    truth = folder / "ground-truth.json"
    if not truth.is_file():
        return []
    urls = {key: str(entry["url"]) for key, entry in json.loads(truth.read_text("utf-8")).items()}
    keys = sorted(key for key in urls if (folder / "html" / f"{key}.html.gz").is_file())
    keys = keys[:: max(1, len(keys) // wanted)][:wanted]
    return [(gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()), urls[key]) for key in keys]


def sample_pages() -> list[tuple[bytes, str]]:
    """The HTML files of the sample site, wherever they are in the project."""
    found = sorted(path for name in ("src", "tests") for path in (ROOT / name).rglob("*.html"))
    return [(path.read_bytes(), f"https://example.org/{path.stem}") for path in found]


def ours(html: bytes, url: str) -> object:
    """The archive's extraction of a page."""
    return extract(html, url, NOW, expect_story=True)


def bare(html: bytes, url: str) -> object:
    """trafilatura alone."""
    return trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True)


def measure(html: bytes, url: str, rounds: int) -> tuple[float, float]:
    """Best CPU seconds of each over some rounds, in alternating order."""
    best = {ours: float("inf"), bare: float("inf")}
    for turn in range(rounds):
        order: tuple[Callable[[bytes, str], object], ...] = (ours, bare) if turn % 2 else (bare, ours)
        for function in order:
            started = time.process_time()
            function(html, url)
            best[function] = min(best[function], time.process_time() - started)
    return best[ours], best[bare]


def report(rows: list[tuple[float, float]]) -> None:
    """Prints the table."""
    mine, theirs = [row[0] * 1e3 for row in rows], [row[1] * 1e3 for row in rows]
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    print(f"{len(rows)} pages, {platform.machine()}, Python {platform.python_version()}, {EXTRACTOR}")
    print(f"{'':<24}{'median':>9}{'mean':>9}{'p95':>9}   ms CPU per page")
    for name, values in (("archiver.extract", mine), ("trafilatura + metadata", theirs)):
        ranked = sorted(values)
        p95 = ranked[int(0.95 * (len(ranked) - 1))]
        print(f"{name:<24}{statistics.median(values):>9.1f}{statistics.mean(values):>9.1f}{p95:>9.1f}")
    print(f"median ratio {statistics.median(ratios):.3f}, ratio of the sums {sum(mine) / sum(theirs):.3f}")


if __name__ == "__main__":
    main()
    reset_caches()
