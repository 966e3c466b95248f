"""A long crawl of one site: whether the memory of every process stays constant, and whether the cost per page does.

    python benchmarks/long_crawl.py [--pages 100000] [--window 10000] [--index] [--keep DIR]

A server in a separate process generates the pages on request: stories of 1.5 KB with 18 links each, of which two are
new on average, so that a site of N pages is known only near the end of its crawl. `archiver crawl --delay 0` crawls it,
without the index unless `--index` is given. Each second, the CPU and the memory of its processes (the crawl, the index,
extraction) are read from /proc. Prints a row for each window of pages fetched, and at the end the CPU of all processes,
including the index's work after the crawl. Memory is the private pages of the processes at the window's end. Linux
only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

CHILDREN, NEAR, MENU = 2, 10, 6  # links of a page: to later pages, to neighbours, to the first pages
TICK = os.sysconf("SC_CLK_TCK")
WORDS = [f"{first}{second}" for first in ("ba", "ce", "di", "fo", "gu", "ha") for second in ("ran", "tel", "sim")]


def address(number: int) -> str:
    return f"/2026/{number % 12 + 1:02d}/story-of-the-town-{number}"


def page(number: int, pages: int) -> bytes:
    """One response with its head."""
    dice = random.Random(number)
    later = range(CHILDREN * number + 1, CHILDREN * number + 1 + CHILDREN)
    near = [dice.randrange(max(0, number - 200), number + 200) for _ in range(NEAR)]
    links = "".join(f'<li><a href="{address(n)}">Story {n}</a>' for n in (*range(MENU), *near, *later) if n < pages)
    text = "".join(f"<p>{' '.join(dice.choices(WORDS, k=25)).capitalize()}.</p>" for _ in range(4))
    title = f"Story {number} of the town"
    body = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}'
        f"</article><ul>{links}</ul></body></html>"
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve(pages: int, served: Synchronized[int], port: Connection) -> None:
    """Serves until it is stopped. `served` counts the pages."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                number = head.split(b" ", 2)[1].rpartition(b"-")[2]
                if number.isdigit() and int(number) < pages:
                    writer.write(page(int(number), pages))
                    served.value += 1
                else:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()

    async def run() -> None:
        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.send(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()

    asyncio.run(run())


@dataclass(frozen=True, slots=True)
class Sample:
    """The resources that the processes have used so far, by their task."""

    pages: int
    at: float  # seconds since the start
    cpu: dict[str, float]  # seconds, including processes that have ended
    memory: dict[str, float]  # MB, of running processes


class Processes:
    """All processes of one crawl. The crawl starts the index's process, which starts those that extract."""

    def __init__(self, crawl: int) -> None:
        self._crawl = crawl
        self._cpu: dict[int, tuple[str, float]] = {}

    def sample(self, pages: int, at: float) -> Sample:
        memory: defaultdict[str, float] = defaultdict(float)
        for pid, name in self._tree():
            with contextlib.suppress(OSError):  # it ended meanwhile
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self._cpu[pid] = name, (int(fields[11]) + int(fields[12])) / TICK
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                own = (line.split() for line in rollup if line.startswith("Private_"))
                memory[name] += sum(int(size) for _, size, *_ in own) / 1024
        cpu: defaultdict[str, float] = defaultdict(float)
        for name, spent in self._cpu.values():
            cpu[name] += spent
        return Sample(pages, at, dict(cpu), dict(memory))

    def _tree(self) -> Iterator[tuple[int, str]]:
        yield self._crawl, "crawl"
        for child in children(self._crawl):
            yield child, "index"
            yield from ((worker, "extraction") for worker in descendants(child))


def children(pid: int) -> list[int]:
    """The processes that a process started. Empty if it ended."""
    found: list[int] = []
    for threads in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, threads.read_text().split())
    return found


def descendants(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from descendants(child)


def crawled(pages: int, window: int, folder: Path, *, indexed: bool) -> tuple[list[Sample], int]:
    """Samples at each window's end, the last one after the index was completed; and the exit code."""
    ours, theirs = multiprocessing.Pipe()
    served = multiprocessing.Value("q", 0, lock=False)
    server = multiprocessing.Process(target=serve, args=(pages, served, theirs), daemon=True)
    server.start()
    archiver = str(Path(sys.executable).with_name("archiver"))
    url = f"http://127.0.0.1:{ours.recv()}{address(0)}"
    command = [archiver, "-q", "-A", str(folder), "crawl", url, "--delay", "0", "--concurrency", "8"]
    began = time.monotonic()
    crawl = subprocess.Popen([*command, *(() if indexed else ("--no-index",))])
    processes = Processes(crawl.pid)
    samples = [Sample(0, 0.0, {}, {})]
    last = samples[0]
    try:
        while crawl.poll() is None:
            time.sleep(1)
            last = processes.sample(served.value, time.monotonic() - began)
            if last.pages >= samples[-1].pages + window:
                samples.append(last)
                print(row(samples[-2], last), flush=True)
    finally:
        server.terminate()
    return [*samples, last], crawl.returncode


def row(before: Sample, now: Sample) -> str:
    pages = now.pages - before.pages
    cpu = (now.cpu["crawl"] - before.cpu.get("crawl", 0.0)) / pages * 1000
    memory = ", ".join(f"{name} {size:.0f}" for name, size in now.memory.items())
    return f"| {now.pages:,} | {pages / (now.at - before.at):.0f} | {cpu:.2f} | {memory} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=10_000)
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--keep", type=Path, help="an empty folder in which to keep the archive")
    options = parser.parse_args()
    print("| pages fetched | pages/s | CPU of the crawl, ms per page | memory, MB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as made:
        folder = options.keep or Path(made)
        samples, code = crawled(options.pages, options.window, folder / "archive", indexed=options.index)
        warc = sum(path.stat().st_size for path in (folder / "archive" / "warc").iterdir())
        frontier = (folder / "archive" / "frontier.db").stat().st_size
    end = samples[-1]
    cpu = ", ".join(f"{name} {spent / end.pages * 1000:.2f}" for name, spent in end.cpu.items())
    print(f"\n{end.pages:,} pages in {end.at:.0f} s, exit code {code}; ms CPU per page: {cpu}")
    print(f"WARC {warc / end.pages:,.0f} bytes per page, frontier {frontier / end.pages:,.0f}")


if __name__ == "__main__":
    main()
