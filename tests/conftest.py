"""Fixtures: the real program, run as users do, against a real site on loopback."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from archiver.crawl.wire.render import find_browser
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.read.consistency import fingerprint
from archiver.samplesite import SampleSite

SPIDER = (Path(__file__).parent.parent / "src/archiver/samplesite/spider.py.txt").read_text(encoding="utf-8")
SHARED = Path(__file__).parent.parent.parent / "shared"
PATIENCE = 110  # seconds for a command: fewer than a test has. The torture trials have more.

_STARTING = {"new_program", "crawled", "browser"}  # fixtures of tests that start programs


def pytest_collection_modifyitems(items):
    """Mark the tests that start programs: `make test-quick` runs the others, in under a minute."""
    for item in items:
        if not _STARTING.isdisjoint(item.fixturenames):
            item.add_marker("program")


@dataclass(frozen=True)
class Program:
    """`archiver` with its own archive and home."""

    home: Path

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVER_")}
        # From `/`, as cron starts it: nothing may depend on the working directory.
        command = [str(Path(sys.executable).with_name("archiver")), "-A", str(self.archive), "--home", str(self.home)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": "/", "env": environment} | options
        return subprocess.Popen([*command, *map(str, arguments)], **options)

    def run(self, *arguments: str, exit_code: int = 0, stdin: bytes | None = None) -> str:
        """The standard output of a command that must end with `exit_code`."""
        process = self.start(*arguments, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
        output, errors = process.communicate(stdin, timeout=PATIENCE)
        assert process.returncode == exit_code, f"{arguments}: exit {process.returncode}\n{errors.decode()}"
        assert b"Traceback" not in errors, errors.decode()
        return output.decode("utf-8")

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """The rows of a user's query on the index."""
        db = sqlite3.connect(f"file:{self.archive / 'index.db'}?mode=ro", uri=True)
        try:
            return db.execute(sql, parameters).fetchall()
        finally:
            db.close()

    def json(self, *arguments: str, **options):
        return json.loads(self.run(*arguments, **options))


def make_program(folder: Path, site_url: str | None = None) -> Program:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiders").mkdir(exist_ok=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = archiver.crawl.settings\n", encoding="utf-8")
    if site_url:
        (folder / "spiders" / "elpuente.py").write_text(SPIDER.replace("{url}", site_url), encoding="utf-8")
    return Program(folder)


def equals_one_rebuilt(program: Program, copy: Program) -> bool:
    """Whether an index updated during crawls equals the one that `copy`, an empty home, makes from the same WARC
    files."""
    copy.archive.mkdir()
    (copy.archive / "warc").symlink_to(program.archive / "warc")
    copy.run("index", "--rebuild")
    with open_reader(copy.archive / "index.db") as rebuilt, open_reader(program.archive / "index.db") as followed:
        return fingerprint(rebuilt) == fingerprint(followed)


@pytest.fixture
def new_program(tmp_path):
    """Makes homes: `new_program()` has no site, `new_program(site.url)` has the sample site's spider."""
    count = itertools.count()
    return lambda site_url=None: make_program(tmp_path / f"home{next(count)}", site_url)


@pytest.fixture(scope="session")
def crawled(tmp_path_factory):
    """The sample site, crawled once: (site, program, report). For reading only."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("crawled") / "home", site.url)
        report = program.json("crawl", "elpuente", "--json")[0]
        yield site, program, report


@pytest.fixture(scope="module")
def browser():
    """A real Chromium. It contacts its vendor by itself, so only names of this machine resolve."""
    try:
        path = find_browser()
    except UsageError as missing:
        pytest.skip(str(missing))
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2"]
    with pytest.importorskip("playwright.sync_api").sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments)
        yield running
        running.close()


@pytest.fixture
def bucket(monkeypatch):
    """An S3 bucket of moto's, on loopback, without what an earlier test of this process left: moto keeps it."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "FSSPEC_S3_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    import s3fs  # noqa: PLC0415 - reads the environment

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem(endpoint_url=f"http://{host}:{port}").mkdir("archive-bucket")
    yield "s3://archive-bucket/news"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()
