"""Cost of capturing: `archiver crawl` compared with plain Scrapy spiders that only fetch and extract links.

There are two of them: with Scrapy's LinkExtractor, and with the cheapest CSS query.

    python benchmarks/crawl.py [--pages 800] [--rounds 3]

All fetch the same pages from the same local server, in turn, each in a separate process. CPU is the user + system time
of that process as counted by the kernel, including start-up; neither side makes an index. Prints a table and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

LINKS_A_PAGE = 120
PARAGRAPHS = 60

STOCK_SPIDER = """
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

class Stock(scrapy.Spider):
    name = "stock"
    start_urls = ["{url}"]
    extractor = LinkExtractor()
    def parse(self, response):
        for url in self.{links}(response):
            yield scrapy.Request(url)
    def extractor_links(self, response):
        return [link.url for link in self.extractor.extract_links(response)]
    def css_links(self, response):
        return [response.urljoin(href) for href in response.css("a::attr(href)").getall()]

process = CrawlerProcess({{
    "LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": True, "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
}})
process.crawl(Stock)
process.start()
"""


def page(number: int, pages: int) -> bytes:
    """A news page of about 60 KB with menus, links to other pages, and text."""
    rng = random.Random(number)
    words = [f"word{rng.randrange(4000)}" for _ in range(70)]
    menu = "".join(
        f'<li class="menu__item"><a href="/story-number-{n}-of-many">Section {n}</a></li>' for n in range(40)
    )
    links = "".join(
        f'<div class="teaser"><h3><a href="/story-number-{rng.randrange(pages)}-of-many">Story</a></h3></div>'
        for _ in range(LINKS_A_PAGE - 40)
    )
    text = "".join(f"<p>{' '.join(rng.sample(words, 60))}.</p>\n" for _ in range(PARAGRAPHS))
    script = "<script>" + "var a=1;" * 1500 + "</script>"
    head = f"<head><title>Story {number}</title>{script}</head>"
    body = gzip.compress(f"<!doctype html><html>{head}<body><ul>{menu}</ul>{text}{links}</body></html>".encode(), 6)
    fields = (
        "HTTP/1.1 200 OK",
        "Content-Type: text/html; charset=utf-8",
        "Content-Encoding: gzip",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def server(pages: int) -> Iterator[str]:
    """Prepared responses from a separate event loop, fast enough not to affect the measurement."""
    answers = {b"/story-number-%d-of-many" % number: page(number, pages) for number in range(pages)}
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(answers.get(request.split(b" ", 2)[1], missing))
                await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/story-number-0-of-many"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def run(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one process."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} exited with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    archiver = str(Path(sys.executable).with_name("archiver"))
    stock = {"Scrapy, LinkExtractor": "extractor_links", "Scrapy, CSS": "css_links"}
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in (*stock, "archiver")}
    with server(options.pages) as url, tempfile.TemporaryDirectory() as folder:
        for round_number in range(options.rounds):
            for name, links in stock.items():
                rows[name].append(run([sys.executable, "-c", STOCK_SPIDER.format(url=url, links=links)]))
            archive = f"{folder}/{round_number}"
            flags = ["--delay", "0", "--concurrency", "8", "--no-index"]
            rows["archiver"].append(run([archiver, "-q", "-A", archive, "crawl", url, *flags]))
    print(f"{options.pages} pages, {options.rounds} rounds, medians\n")
    print(f"{'crawler':<24}{'CPU ms/page':>13}{'pages/s':>10}{'archiver / this':>15}")
    for name, runs in rows.items():
        cpu = statistics.median(cpu for cpu, _ in runs)
        wall = statistics.median(wall for _, wall in runs)
        ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in zip(rows["archiver"], runs, strict=True))
        print(f"{name:<24}{cpu / options.pages * 1000:>13.2f}{options.pages / wall:>10.1f}{ratio:>15.2f}")
    print("\nCPU of the crawl process; goal: archiver at most 1.50 times a plain spider")


if __name__ == "__main__":
    main()
