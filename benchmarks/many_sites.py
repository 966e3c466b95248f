"""Many sites in one run on one machine: checks that pauses are kept, and that a hanging site does not delay the others.

    python benchmarks/many_sites.py [--sites 500] [--stories 3] [--delay 20]

Each site is a loopback address of its own (127.16.0.1 onwards; Linux answers on all of them), served by this process,
which records the time of each request. The first site accepts connections and never responds. `archiver crawl --seeds`
crawls all of them in one run, without the index. Prints a table: the shortest pause of any site, the wall time compared
with the minimum for this delay, the time for all sites except the hanging one, CPU and peak memory of the crawl. A
pause is given as it was on the wire (WARC-Date) and as this process read the requests: on a busy machine it may read
one seconds late.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from archiver.urls import host_of
from archiver.warc import Damage, read_records
from archiver.warc.warc_dates import parse_date

WORDS = "The council met on Tuesday to talk about the bridge and the ferry, and nobody left before the vote was taken. "


class Sites:
    """All sites in one thread. `asked` has the times of requests to each address."""

    def __init__(self, stories: int, hangs: str) -> None:
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.port = 0
        self._paths = [f"/2026/05/{number}-story-of-the-town" for number in range(stories)]
        self._hangs = hangs
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._answer, "0.0.0.0", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                host = writer.get_extra_info("sockname")[0]
                self.asked[host].append(time.time())
                if host == self._hangs:
                    await asyncio.sleep(3600)
                status, page = self._page(host, head.split(b" ", 2)[1].decode())
                body = page.encode()
                kind = "text/html; charset=utf-8"
                fields = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(fields.encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _page(self, host: str, path: str) -> tuple[str, str]:
        if path == "/":
            links = "".join(f'<li><a href="{link}">{link}</a></li>' for link in self._paths)
            return "200 OK", f"<html><head><title>News of {host}</title></head><body><ul>{links}</ul></body></html>"
        if path not in self._paths:
            return "404 Not Found", "<html><body>not here</body></html>"
        title = f"Story {self._paths.index(path)} of {host}"
        text = "".join(f"<p>{title}, part {part}. {WORDS * 3}</p>" for part in "abcdef")
        head = f"<head><title>{title}</title></head>"
        return "200 OK", f"<html>{head}<body><article><h1>{title}</h1>{text}</article></body></html>"


def sent(warcs: Path) -> dict[str, list[float]]:
    """When requests went out on the wire, by host."""
    found: dict[str, list[float]] = defaultdict(list)
    for path in warcs.iterdir():
        for record in read_records(path):
            if not isinstance(record, Damage) and record.type == "request":
                moment = parse_date(record.fields["warc-date"])
                assert moment is not None, "written by archiver"
                found[host_of(record.fields["warc-target-uri"])].append(moment.timestamp())
    return found


def pauses(times_of: Iterable[list[float]]) -> list[float]:
    """All pauses between two requests to one host."""
    return [later - earlier for times in times_of for earlier, later in itertools.pairwise(sorted(times))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--stories", type=int, default=3)
    parser.add_argument("--delay", type=float, default=20.0)
    asked_for = parser.parse_args()
    hosts = [f"127.16.{number // 250}.{number % 250 + 1}" for number in range(asked_for.sites)]
    sites = Sites(asked_for.stories, hosts[0])
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as folder:
        seeds = Path(folder) / "seeds.txt"
        seeds.write_text("".join(f"http://{host}:{sites.port}/\n" for host in hosts))
        command = [str(Path(sys.executable).with_name("archiver")), "-A", f"{folder}/archive", "crawl"]
        command += ["--seeds", str(seeds), "--delay", str(asked_for.delay), "--no-index"]
        began = time.time()
        pid = os.posix_spawn(command[0], [*command, "--max-time", "1h"], os.environ)
        _, status, used = os.wait4(pid, 0)
        wall = time.time() - began
        warcs = len(list(Path(folder, "archive", "warc").iterdir()))
        on_wire = sent(Path(folder, "archive", "warc"))
    others = {host: times for host, times in sites.asked.items() if host != hosts[0]}
    gaps, wire = pauses(others.values()), pauses(times for host, times in on_wire.items() if host in others)
    most = max(map(len, others.values()))
    least = (most - 1) * asked_for.delay
    ended = max(times[-1] for times in others.values()) - min(times[0] for times in others.values())
    rows = {
        "sites asked, of those that answer": f"{len(others)} of {asked_for.sites - 1}",
        "WARC files": str(warcs),
        "requests": f"{sum(map(len, others.values())):,}, {most} at most of one site",
        "shortest pause of any site, on the wire": f"{min(wire):.2f} s; the delay is {asked_for.delay:g} s",
        "shortest pause of any site, as the server read": f"{min(gaps):.2f} s",
        "first to last request of these": f"{ended:.0f} s; the delay allows {least:.0f} s: {ended / least:.2f}",
        "whole run, the hanging site included": f"{wall:.0f} s",
        "requests to the hanging site": str(len(sites.asked[hosts[0]])),
        "CPU of the crawl": f"{used.ru_utime + used.ru_stime:.0f} s",
        "peak memory of the crawl": f"{used.ru_maxrss / 1024:.0f} MB",
        "exit code": str(os.waitstatus_to_exitcode(status)),
    }
    print("| many_sites.py | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
