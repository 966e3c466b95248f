"""Crawls and ingests on a Dask cluster: nothing is lost when workers die, and sites are crawled politely."""

import json
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import fields, replace

import pytest
from click.testing import CliRunner

from archiver.backup.backup import back_up
from archiver.backup.destination import BackupStore
from archiver.backup.working_copy import fetch
from archiver.cli import cli, cluster_crawl
from archiver.cluster import site_crawl
from archiver.cluster.coordinator import _lanes
from archiver.cluster.jobs import CrawlJob, ExtractJob, from_line, to_line
from archiver.cluster.outcomes import Recorded, key_of, write_outcomes
from archiver.cluster.site_shards import collect, prepare, shard_name
from archiver.cluster.task_process import Watch
from archiver.crawl.options import CrawlOptions
from archiver.errors import DamageError, UsageError
from archiver.extract.pool import ExtractTask
from archiver.fixity.manifest import Manifest, sha512_of
from archiver.home import ArchiveDir
from archiver.loader import load_spiders
from archiver.model import Article, Block, Link, Skip, TdmRule
from conftest import make_program
from dask_cluster import DaskCluster
from index_samples import START, rich_article
from test_index_ingest import ALDIA, print_of, write
from testsites import listing, serve
from warc_samples import members, page, story, warcinfo

PATHS = [f"/2026/05/{number}-of-the-town" for number in range(12)]
DELAY = 1.0


def job(site, *hosts):
    return CrawlJob(site, f"/shards/{site}", None, None, (f"http://{site}/",), {"delay": 1.0}, hosts, 1.0)


def test_a_job_survives_serialisation():
    for made in (job("a", "a.test", "b.test"), ExtractJob("/a.warc.gz", "/a.outcomes", ({"name": "a"},), 2)):
        assert from_line(to_line(made)) == made


def test_sites_that_share_a_host_are_one_after_the_other():
    jobs = [
        job("a", "a.test"),
        job("b", "b.test"),
        job("c", "b.test", "a.test"),
        job("d", "d.test"),
        job("e", "b.test"),
    ]
    lanes = [[found.site for found in lane.jobs] for lane in _lanes(jobs)]
    assert sorted(map(sorted, lanes)) == [["a", "b", "c", "e"], ["d"]]


def test_a_shard_folder_belongs_to_one_site():
    assert shard_name("example.com") == "example.com"
    names = [shard_name(name) for name in ("a/b", "a_b", "../a", "a b")]
    assert len(set(names)) == 4 and not any("/" in name or name.startswith(".") for name in names)


class Refuses:
    """An extractor that must not be called."""

    def map(self, tasks):
        raise AssertionError(list(tasks))


def task(number):
    return ExtractTask(page(number).partition(b"\r\n\r\n")[2], f"http://paper.example/{number}", START, ALDIA)


FULL_SKIP = Skip(
    "listing", "it lists", "http://paper.example/", "News", (Link("http://paper.example/x", "x", True),), True,
    ("noarchive",), (TdmRule("/", True),),
)  # fmt: skip


def test_recorded_outcomes_equal_those_that_were_extracted(tmp_path):
    warc = tmp_path / "a.warc.gz"
    outcomes = [
        (task(1), rich_article()),
        (task(2), FULL_SKIP),
        (task(3), Article("http://paper.example/3", "Title", (Block("paragraph", "Text"),))),
    ]
    unset = [field.name for field in fields(Skip) if getattr(FULL_SKIP, field.name) == field.default]
    assert not unset, "what is added to Skip has to be written too"
    with (tmp_path / "outcomes").open("wb") as file:
        assert write_outcomes(file, outcomes) == 3
    recorded = Recorded({warc: tmp_path / "outcomes"}, Refuses(), lambda path, offset: iter(["entry"]))
    assert [(entry, list(recorded.map(task for task, _ in outcomes))) for entry in recorded.read(warc, 0)] == [
        ("entry", [outcome for _, outcome in outcomes])
    ]
    assert (recorded.found, recorded.extracted) == (3, 0)


def test_pages_without_a_recorded_outcome_are_extracted_in_their_place(tmp_path):
    warc = tmp_path / "a.warc.gz"
    with (tmp_path / "outcomes").open("wb") as file:
        write_outcomes(file, [(task(1), Skip("one")), (task(3), Skip("three"))])
        file.write(b"\x00" * 20)  # cut short

    class Two:
        def map(self, tasks):
            return [Skip(found.url) for found in tasks]

    recorded = Recorded({warc: tmp_path / "outcomes"}, Two(), lambda path, offset: iter(["entry"]))
    for _ in recorded.read(warc, 0):
        found = [outcome.reason for outcome in recorded.map(map(task, (1, 2, 3, 4)))]
    assert found == ["one", "http://paper.example/2", "three", "http://paper.example/4"]


def test_the_key_of_an_outcome_covers_everything_extraction_depends_on():
    made = ExtractTask(b"page", "http://a.test/", START, ALDIA, "text/html", "utf-8")
    others = [
        ExtractTask(b"pages", "http://a.test/", START, ALDIA, "text/html", "utf-8"),
        ExtractTask(b"page", "http://a.test/b", START, ALDIA, "text/html", "utf-8"),
        ExtractTask(b"page", "http://a.test/", START.replace(year=2020), ALDIA, "text/html", "utf-8"),
        ExtractTask(b"page", "http://a.test/", START, None, "text/html", "utf-8"),
        ExtractTask(b"page", "http://a.test/", START, ALDIA, None, "utf-8"),
        ExtractTask(b"page", "http://a.test/", START, ALDIA, "text/html", None),
    ]
    assert len({key_of(found) for found in (made, *others)}) == 7


def test_a_shard_gets_links_to_the_archive_and_returns_new_files(tmp_path):
    archive, shard = ArchiveDir(tmp_path / "archive"), ArchiveDir(tmp_path / "archive" / "shards" / "aldia")
    archive.create()
    old = write(archive.warc, range(3), "aldia")
    write(archive.warc, range(3), "other")
    (archive.path / "decisions.jsonl").write_text("")
    prepare(shard, archive, "aldia")
    assert [path.name for path in shard.warc.iterdir()] == [old.name]
    assert old.samefile(shard.warc / old.name)  # hard links need no space
    new = write(tmp_path / "elsewhere", range(3, 5), "aldia")
    new = new.rename(shard.warc / new.name.replace("-00001-", "-00002-"))
    with archive.locked():
        found = collect(shard, archive)
    assert found.warcs.copied == [new.name] and not list(shard.warc.iterdir())
    assert (archive.warc / new.name).exists() and (archive.warc / old.name).exists()
    assert new.name in Manifest(archive.path).read().files()


def test_a_shard_on_another_disk_keeps_its_files_except_erased_ones(tmp_path, monkeypatch):
    def refuses(*_):
        raise OSError(18, "another disk")

    monkeypatch.setattr("os.link", refuses)
    monkeypatch.setattr("archiver.cluster.site_shards._on_one_disk", lambda *_: False)
    archive, shard = ArchiveDir(tmp_path / "archive"), ArchiveDir(tmp_path / "shards" / "aldia")
    archive.create()
    old = write(archive.warc, range(3), "aldia")
    Manifest(archive.path).enlist([old])
    prepare(shard, archive, "aldia")
    new = write(tmp_path / "elsewhere", range(3, 5), "aldia")
    new = new.rename(shard.warc / new.name.replace("-00001-", "-00002-"))
    with archive.locked():
        assert collect(shard, archive).warcs.copied == [new.name]
    assert {path.name for path in shard.warc.iterdir()} == {old.name, new.name}
    (archive.warc / old.name).unlink()
    Manifest(archive.path).add(old.name, 0, "", event="removed", note="the-rest.warc.gz")
    prepare(shard, archive, "aldia")
    assert {path.name for path in shard.warc.iterdir()} == {new.name}


SPIDER = """
from archiver.spider import ArticleSpider

class Paper(ArticleSpider):
    name = "paper"
    allowed_domains = ["news.paper.example", "paper.example"]
    start_urls = ["https://www.paper.example/"]
    custom_settings = {"DOWNLOAD_DELAY": 7}
"""


def test_a_spider_of_the_home_reaches_the_worker_as_the_text_of_its_file(tmp_path):
    (tmp_path / "paper.py").write_text(SPIDER)
    spiders = load_spiders([tmp_path / "paper.py"]).spiders
    made = cluster_crawl._job(ArchiveDir(tmp_path / "archive"), spiders["paper"], CrawlOptions(max_pages=3), None)
    (tmp_path / "paper.py").unlink()
    assert (made.hosts, made.delay, made.options["max_pages"]) == (("paper.example",), 7.0, 3)
    there = site_crawl._spider(from_line(to_line(made)))
    assert there.site() == spiders["paper"].site() and there.start_urls == spiders["paper"].start_urls
    with pytest.raises(UsageError, match="can't be loaded on a worker"):
        site_crawl._spider(replace(made, spider="import no_such_package\n"))


def test_invalid_cluster_options_are_refused(tmp_path):
    for options in (["--shards", "/x"], ["--cluster", "local", "--upload", "/x"]):
        result = CliRunner().invoke(cli, ["-A", str(tmp_path / "a"), "crawl", "http://127.0.0.1:1/", *options])
        assert result.exit_code != 0 and "--cluster" in str(result.exception)
    result = CliRunner().invoke(
        cli, ["-A", str(tmp_path / "a"), "crawl", "http://127.0.0.1:1/", "--cluster", "nowhere"]
    )
    assert "no Dask scheduler answers at nowhere" in str(result.exception)


def answer(host, path):
    if path == "/":
        return listing(*PATHS)
    if path in PATHS:
        number = PATHS.index(path) + 1000 * int(host.rpartition(".")[2])
        return page(number).partition(b"\r\n\r\n")[2]
    return 404


NEVER = 1e9  # seconds: disables the thread that would end this process


def watched(silence, act):
    """Whether a watched task was told to stop, and whether it considers its worker lost."""
    ends, speaks = os.pipe()
    ended = threading.Event()
    with os.fdopen(ends) as source, os.fdopen(speaks, "w") as worker:
        watch = Watch(source, silence=silence, grace=NEVER)
        watch.listen(ended.set)
        act(worker)
        return ended.wait(60), watch.lost


def test_a_task_stops_on_request_and_when_its_worker_is_silent_or_gone():
    def stop(worker):
        worker.write("stop\n")
        worker.flush()

    assert watched(0.2, lambda worker: None) == (True, True)
    assert watched(NEVER, lambda worker: worker.close()) == (True, True)
    assert watched(NEVER, stop) == (True, False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_that_is_killed_five_times_loses_nothing_and_keeps_the_pause(tmp_path):
    hosts = [f"127.0.0.{number}" for number in range(21, 25)]
    program = make_program(tmp_path / "home")
    with ExitStack() as stack:
        sites = {host: stack.enter_context(serve(answer, host)) for host in hosts}
        cluster = stack.enter_context(DaskCluster(tmp_path, 2))
        command = ["crawl", *(site.url(host) for host, site in sites.items()), "--cluster", cluster.address]
        process = program.start(*command, "--delay", str(DELAY), "--json")
        asked = 0
        for _ in range(5):
            asked += 6
            while sum(len(site.requests) for site in sites.values()) < asked and process.poll() is None:
                time.sleep(0.1)
            assert process.poll() is None, process.communicate()[1].decode()
            cluster.kill_one()
        output, errors = process.communicate(timeout=800)
        assert process.returncode == 0, errors.decode()
        for host, site in sites.items():
            assert set(PATHS) <= set(site.paths())
            gaps = site.gaps(host)
            # A thread of the server may be some milliseconds late on a loaded machine, never early.
            assert min(gaps) > DELAY * 0.5 and sum(gaps) / len(gaps) >= DELAY * 0.98, (host, gaps)
    reports = json.loads(output)
    assert [report["site"] for report in reports] == hosts
    assert len(list((program.archive / "warc").iterdir())) > len(hosts), "each crawl that was killed left a file"
    captured = {(url, status) for url, status in program.rows("SELECT url, http_status FROM captures")}
    wanted = {(f"{site.url(host)[:-1]}{path}", 200) for host, site in sites.items() for path in PATHS}
    assert wanted <= captured
    assert program.rows("SELECT count(*) FROM articles") == [(len(hosts) * len(PATHS),)]
    program.run("verify", "--deep")
    program.run("index", "--rebuild")
    assert program.rows("SELECT count(*) FROM articles") == [(len(hosts) * len(PATHS),)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_warcs_extracted_while_a_worker_is_killed_give_the_index_of_one_machine(tmp_path):
    program, alone = make_program(tmp_path / "home"), make_program(tmp_path / "alone")
    for made in (program, alone):
        ArchiveDir(made.archive).create()
    for number in range(20):
        data = members(warcinfo(), *(story(20 * number + i) for i in range(20)))
        for made in (program, alone):
            (made.archive / "warc" / f"w-{number:02}.warc.gz").write_bytes(data)
    alone.run("index")
    with DaskCluster(tmp_path, 2) as cluster:
        process = program.start("-v", "index", "--cluster", cluster.address)
        extracted = program.archive / "extracted"
        while not extracted.exists() or len(list(extracted.glob("[0-9]*"))) < 5:
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.05)
        cluster.kill_one()
        _, errors = process.communicate(timeout=800)
    assert process.returncode == 0, errors.decode()
    assert "400 pages extracted on the cluster, 0 here" in errors.decode()
    assert print_of(program.archive / "index.db") == print_of(alone.archive / "index.db")
    assert not extracted.exists()


def slowly(program, *command):
    """The JSON output of a command that starts a cluster first, which takes a minute on a busy machine."""
    output, errors = (process := program.start(*command)).communicate(timeout=400)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_shards_in_s3_are_merged_and_continued_by_the_next_run(tmp_path, bucket):
    program = make_program(tmp_path / "home")
    with serve(answer, "127.0.0.31") as site:
        command = [
            "crawl",
            site.url("127.0.0.31"),
            "--cluster",
            "local",
            "--shards",
            bucket,
            "--delay",
            "0.05",
            "--json",
        ]
        (first,) = slowly(program, *command)
        assert set(PATHS) <= set(site.paths())
        asked = len(site.requests)
        (second,) = slowly(program, *command)
        again = [request.path for request in site.requests[asked:]]
    assert first["stories"] == len(PATHS) and program.rows("SELECT count(*) FROM articles") == [(len(PATHS),)]
    assert not set(PATHS) & set(again), "known stories are not due yet"
    assert second["revisits"] + second["pages_unchanged"] > 0
    store = BackupStore(f"{bucket}/127.0.0.31")
    here = {path.name: sha512_of(path) for path in (program.archive / "warc").iterdir()}
    there = {name: store.check(f"archive/warc/{name}") for name in here}
    assert {name: (stored.bytes, stored.sha512) for name, stored in there.items()} == here
    program.run("verify", "--deep")


def test_a_warc_uploaded_by_a_dead_worker_is_merged(tmp_path):
    shard, store = ArchiveDir(tmp_path / "shard"), BackupStore(str(tmp_path / "store"))
    shard.create()
    Manifest(shard.path).enlist([write(shard.warc, range(3), "a")])
    back_up(shard, None, store)
    late = write(tmp_path / "elsewhere", range(3, 5), "b")
    store.put(f"archive/warc/{late.name}", late)
    fetched = ArchiveDir(tmp_path / "fetched")
    for _ in range(2):
        fetch(store, fetched)
        names = {path.name for path in fetched.warc.iterdir()}
        assert late.name in names and len(names) == 2 and set(Manifest(fetched.path).read().files()) == names
    (fetched.warc / next(shard.warc.iterdir()).name).write_bytes(b"another")
    with pytest.raises(DamageError, match="move it away"):
        fetch(store, fetched)
