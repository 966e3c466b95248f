"""Cost of the frontier: a million URLs in and out, and the bookkeeping per page with few and with many known URLs.

    python benchmarks/frontier.py [--urls 1000000] [--known 1000,100000,1000000]

Prints pushes and pops per second, the memory of the process before, at the end and at its peak, and the cost of a page
(take a task, add 100 links of which 95 are known, store the payload, finish; a commit every 8 pages, without the fsync
of a WARC) for each number of known URLs, as CPU time and as wall time, after a warm-up of 300 pages. Goal: at most 1.10
times the cost with the fewest. `--urls 0` leaves out the first part.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from archiver.frontier import Candidate, Frontier, Visit
from archiver.model import PayloadRecord

SITE = "example"
LINKS, NEW_LINKS = 100, 5
PAGES_A_COMMIT = 8
PUBLISHED, LATER = datetime(2023, 11, 14, tzinfo=UTC), datetime(2033, 5, 18, tzinfo=UTC)
WARMING = 300


def candidate(number: int) -> Candidate:
    path = f"2024/{number % 12 + 1:02d}/a-story-of-some-length-{number}"
    url = f"https://www.example.com/{path}"
    return Candidate(url, f"com,example,www)/{path}", "article", 3, 0, "https://www.example.com/news")


def batches(urls: int, size: int = 1000) -> Iterator[list[Candidate]]:
    for start in range(0, urls, size):
        yield [candidate(number) for number in range(start, min(start + size, urls))]


def rss() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def payload(number: int) -> PayloadRecord:
    return PayloadRecord(
        f"sha1:{number:032d}", f"<urn:uuid:{number:036d}>", "https://www.example.com/", NOW, "a.warc.gz"
    )


NOW = datetime.now(UTC)


def fill_and_drain(urls: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Frontier(Path(folder) / "frontier.db") as frontier:
        frontier.begin(SITE, "c1", [])
        before, started = rss(), time.perf_counter()
        for batch in batches(urls):
            frontier.add(SITE, batch)
            frontier.commit()
        pushed, full = time.perf_counter() - started, rss()
        started, popped = time.perf_counter(), 0
        while popped < urls and (task := frontier.next(SITE)):
            frontier.finish(SITE, task, "done", http_status=200, next_due=LATER)
            popped += 1
            frontier.queued(SITE), frontier.has_queued(SITE)  # called for each page, for progress and for the engine
            if popped % 100 == 0:
                frontier.commit()
        frontier.commit()
        emptied = time.perf_counter() - started
        size = (Path(folder) / "frontier.db").stat().st_size
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"{urls:,} URLs: {urls / pushed:,.0f} pushes/s, {popped / emptied:,.0f} pops/s, file {size / 1e6:,.0f} MB"
        )
        print(f"memory, MB: {before:.0f} empty, {full:.0f} with all URLs, {rss():.0f} at the end, peak {peak:.0f}")


class Cost(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float


class Pages:
    """Pages of a site with a number of known URLs, a third of them queued."""

    def __init__(self, folder: Path, known: int) -> None:
        self.frontier = Frontier(folder / f"{known}.db")
        self.frontier.begin(SITE, "c1", [])
        self._next = known
        self._random = random.Random(known)
        for batch in batches(known):
            self.frontier.add(SITE, batch)
        for _ in range(known * 2 // 3):
            task = self.frontier.next(SITE)
            assert task is not None
            self.frontier.finish(SITE, task, "done", http_status=200, next_due=LATER)
        self.frontier.commit()

    def cost(self, pages: int) -> Cost:
        """Seconds per page."""
        started, busy = time.perf_counter(), time.process_time()
        for page in range(pages):
            task = self.frontier.next(SITE)
            assert task is not None
            # A page links to recent pages and to the pages of the menu.
            near = self._random.randrange(max(1, self._next - 200))
            links = [candidate(near + step) for step in range(LINKS - NEW_LINKS)]
            links += [candidate(self._next + step) for step in range(NEW_LINKS)]
            self._next += NEW_LINKS
            record = payload(self._next)
            self.frontier.payloads(SITE).find(record.digest)
            self.frontier.payloads(SITE).add(record)
            self.frontier.add(SITE, links)
            visit = Visit(record, '"tag"', None, b"12345678", published=PUBLISHED)
            self.frontier.finish(SITE, task, "done", http_status=200, next_due=LATER, visit=visit)
            self.frontier.queued(SITE), self.frontier.has_queued(SITE)
            if page % PAGES_A_COMMIT == 0:
                self.frontier.commit()
        self.frontier.commit()
        return Cost((time.process_time() - busy) / pages, (time.perf_counter() - started) / pages)


def compare(sizes: list[int], rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sites = {known: Pages(Path(folder), known) for known in sizes}
        costs: dict[int, list[Cost]] = {known: [] for known in sites}
        for pages in sites.values():
            # work left over from filling the table, and reading the touched database pages into memory
            pages.cost(WARMING)
        for _ in range(rounds):
            for known, pages in sites.items():
                costs[known].append(pages.cost(80))
    least = costs[sizes[0]]
    print(f"{'known':>9}{'CPU, ms/page':>16}{'ratio':>7}{'wall':>8}{'ratio':>7}   (medians; goal: at most 1.10)")
    for known, found in costs.items():
        print(f"{known:>9,}", end="")
        for which, width in ((0, 16), (1, 8)):
            middle = statistics.median(cost[which] for cost in found) * 1000
            ratio = statistics.median(cost[which] / first[which] for first, cost in zip(least, found, strict=True))
            print(f"{middle:>{width}.2f}{ratio:>7.2f}", end="")
        print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--known", default="1000,100000,1000000")
    options = parser.parse_args()
    compare(sorted(map(int, options.known.split(","))), options.rounds)
    if options.urls:
        fill_and_drain(options.urls)


if __name__ == "__main__":
    main()
