"""From nothing to a searchable database: archiver and its alternatives, on the same pages in the same run.

    python benchmarks/peers/run.py [--pages 400] [--rounds 3] [--corpus DIR] [--only NAME …]

README.md in this folder describes each row. CPU is that of the tool's whole process tree: this process adopts orphaned
processes, so none is missed.
"""

from __future__ import annotations

import argparse
import compileall
import ctypes
import json
import os
import platform
import resource
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from site_of_pages import lay_out

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENVIRONMENTS = ROOT / "build" / "peers"
HOST = "127.0.0.1"
PR_SET_CHILD_SUBREAPER = 36
BASE = "by hand"
NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 256; }}
http {{
  types {{ text/html html; }} default_type text/plain; access_log off; keepalive_requests 100000;
  gzip on; gzip_comp_level 1;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/site; charset off; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """A row: its command, and the packages that its environment needs (none: this project's own environment)."""

    name: str
    command: str  # {url}, {list} (a file of URLs), {out}, {here}, {python}, {archiver}
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """The cost of one run of a tool."""

    cpu: float  # seconds
    wall: float  # seconds
    stories: int | None  # None: the run failed


TOOLS = (
    Tool("archiver", "{archiver} -A {out}/archive crawl {url} --delay 0 --concurrency 8"),
    Tool(
        "archiver, one processor",
        "taskset -c 0 {archiver} -A {out}/archive crawl {url} --delay 0 --concurrency 8",
    ),
    Tool(BASE, "{python} {here}/by_hand.py {url} {out}"),
    Tool(
        "wget",
        "wget -q -i {list} --warc-file {out}/pages -O /dev/null ; "
        "{python} {here}/warc_to_sqlite.py {out}/stories.db {out}/pages.warc.gz",
    ),
    Tool(
        "scrapy-webarchive",
        "cd {out} && {python} {here}/with_scrapy_webarchive.py {url} {out}/wacz && "
        "{python} {here}/warc_to_sqlite.py {out}/stories.db {out}/wacz/*.wacz",
        # It requires a Scrapy that imports names which newer w3lib and Twisted lack.
        ("scrapy-webarchive", "w3lib<2.3", "twisted<24.11", "lxml_html_clean", "trafilatura", "sqlite-utils", "warcio"),
    ),
    Tool("news-please", "{python} {here}/with_news_please.py {list} {out}/stories.db", ("news-please", "sqlite-utils")),
    Tool(
        "newspaper4k",
        "{python} {here}/with_newspaper4k.py {list} {out}/stories.db",
        ("lxml_html_clean", "newspaper4k", "sqlite-utils"),
    ),
)


def main() -> None:
    """Parses the arguments, measures, prints and saves the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--only", nargs="+", choices=[tool.name for tool in TOOLS], help="these rows, and 'by hand'")
    parser.add_argument("--keep", action="store_true", help="write results.json and the picture")
    args = parser.parse_args()
    for program in ("nginx", "wget", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install it (Debian: apt-get install nginx-light wget util-linux)")
    tools = [tool for tool in TOOLS if not args.only or tool.name in (*args.only, BASE)]
    compileall.compile_dir(ROOT / "src", quiet=1)  # as pip does when it installs a package, like the peers'
    pythons = {tool.name: environment(tool) for tool in tools}
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name, served(Path(name), args.corpus, args.pages) as (url, pages, size):
        runs: dict[str, list[Run]] = {tool.name: [] for tool in tools}
        for _ in range(args.rounds):
            for tool in tools:
                run = measured(tool, pythons[tool.name], url, Path(name))
                runs[tool.name].append(run)
                print(f"  {tool.name}: {run.cpu:.1f} s CPU, {run.wall:.1f} s, {run.stories} stories", file=sys.stderr)
    rows = table(runs, pages)
    machine = f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    print(f"{pages} pages of {size / pages / 1000:.0f} kB, {args.rounds} rounds, medians; {machine}")
    for row in rows:
        print(f"{row['name']:26} {row['cpu_ms']:7.1f} ms CPU per page  {row['ratio']:5.2f} of {BASE}  ", end="")
        print(f"{row['pages_per_second']:6.1f} pages/s  {row['stories']} stories")
    if args.keep:
        from picture import draw  # noqa: PLC0415

        kept = {"pages": pages, "bytes_a_page": size // pages, "rounds": args.rounds, "machine": machine, "rows": rows}
        (HERE / "results.json").write_text(json.dumps(kept, indent=1) + "\n")
        (ROOT / "docs" / "img" / "peers.svg").write_text(
            draw([(str(r["name"]), float(r["ratio"])) for r in rows], BASE)
        )


def environment(tool: Tool) -> Path:
    """The Python with a tool's packages; created on first use."""
    if not tool.packages:
        return Path(sys.executable)
    folder = ENVIRONMENTS / tool.name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"  installing {tool.name}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *tool.packages], check=True)
        (folder / "complete").touch()
    return python


@contextmanager
def served(folder: Path, corpus: Path, wanted: int) -> Iterator[tuple[str, int, int]]:
    """A site of the pages: its URL, the number of pages and their bytes."""
    (folder / "site").mkdir()
    paths, size = lay_out(folder / "site", corpus, wanted)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://{HOST}:{port}"
    (folder / "urls.txt").write_text("".join(f"{url}{path}\n" for path in paths))
    user = f"user {os.environ.get('USER') or 'root'};" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    nginx = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield url + "/", len(paths), size
    finally:
        nginx.terminate()
        nginx.wait()


def measured(tool: Tool, python: Path, url: str, folder: Path) -> Run:
    """One run in a separate folder, and its cost."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    places = {"url": url, "list": folder / "urls.txt", "out": out, "here": HERE, "python": python}
    places["archiver"] = Path(sys.executable).parent / "archiver"
    command = tool.command.format(**{name: shlex.quote(str(place)) for name, place in places.items()})
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True, cwd=out)
    wall = time.monotonic() - began
    reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode:
        print(f"  {tool.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return Run(cpu, wall, None)
    return Run(cpu, wall, stories_in(out))


def reap() -> None:
    """Waits for the processes that a tool left running, so that their time counts. Does not wait for the server."""
    while True:
        try:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            left = [int(child) for child in children if "nginx" not in Path(f"/proc/{child}/comm").read_text()]
        except FileNotFoundError:
            continue
        if not left:
            return
        os.waitpid(left[0], 0)


def stories_in(out: Path) -> int:
    """The number of rows that a run made."""
    import sqlite3  # noqa: PLC0415

    index, table = out / "archive" / "index.db", "articles"
    if not index.exists():
        index, table = out / "stories.db", "stories"
    with sqlite3.connect(index) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def table(runs: dict[str, list[Run]], pages: int) -> list[dict[str, object]]:
    """The rows to print: medians, and the CPU relative to the pipeline made by hand."""
    base = statistics.median(run.cpu for run in runs[BASE])
    rows: list[dict[str, object]] = []
    for name, done in runs.items():
        if any(run.stories is None for run in done):
            continue  # it failed and printed an error
        cpu = statistics.median(run.cpu for run in done)
        wall = statistics.median(run.wall for run in done)
        rows.append(
            {
                "name": name,
                "cpu_ms": round(1000 * cpu / pages, 1),
                "ratio": round(cpu / base, 3),
                "pages_per_second": round(pages / wall, 1),
                "stories": done[-1].stories,
                "runs": [asdict(run) for run in done],
            }
        )
    return rows


if __name__ == "__main__":
    main()
