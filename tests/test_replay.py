"""Replay: its queries to the index, its environment, its start and end. With pywb itself: test_replay_browser.py."""

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.errors import ArchiverError, StorageError, UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply as enter
from archiver.index.read.replay_records import moment_of
from archiver.model import Batch
from archiver.replay import Replay, is_set_up, running, set_up
from archiver.replay.environment import PYWB
from archiver.replay.lookup import serving
from index_samples import ALDIA, at, failed, revisit, seen


def ask(address, **query):
    """The lines of the response as (key, timestamp, fields)."""
    with urllib.request.urlopen(f"{address}?{urllib.parse.urlencode(query)}") as answer:
        lines = answer.read().decode("ascii").splitlines()
    return [(key, stamp, json.loads(fields)) for key, stamp, fields in (line.split(" ", 2) for line in lines)]


# ---------------------------------------------------------------------- what pywb asks


@pytest.fixture(scope="module")
def asked(crawled):
    """(program, URL of the CDX server on the sample site's archive)."""
    _, program, _ = crawled
    with serving(program.archive / "index.db", program.archive / "warc") as address:
        yield program, address


def test_a_response_names_the_place_of_the_record(asked):
    program, address = asked
    rows = program.rows(
        "SELECT url, fetched_at FROM captures WHERE record_type = 'response' ORDER BY random() LIMIT 20"
    )
    for url, fetched_at in rows:
        found = ask(address, url=url, closest="", sort="closest")
        assert (url, "".join(filter(str.isdigit, fetched_at))[:14]) in [(f["url"], stamp) for _, stamp, f in found]
        for _, _, fields in found:
            with Path(fields["filename"]).open("rb") as file:
                file.seek(int(fields["offset"]))
                record = gzip.decompress(file.read(int(fields["length"])))
            assert b"WARC-Type: response\r\n" in record
            assert fields["url"].encode() in record


def test_a_revisit_is_shown_with_its_response_at_its_own_time(asked):
    program, address = asked
    rows = program.rows(
        "SELECT r.url, r.fetched_at, p.warc_offset, p.warc_length, p.mime FROM captures r"
        " JOIN captures p ON p.id = r.payload_id WHERE r.record_type = 'revisit'"
    )
    assert rows
    for url, fetched_at, offset, length, mime in rows:
        stamp = "".join(filter(str.isdigit, fetched_at))[:14]
        _, found, fields = ask(address, url=url, closest=stamp)[0]
        assert (found, fields["offset"], fields["length"], fields["mime"], fields["status"]) == (
            stamp, str(offset), str(length), mime, "200"
        )  # fmt: skip


def test_a_page_is_found_by_any_spelling_of_its_url(asked):
    program, address = asked
    url = program.rows("SELECT url FROM captures WHERE url LIKE '%/council-backs-free-ferry%' ORDER BY url DESC")[0][0]
    for spelling in (
        url,
        url.replace("http:", "https:"),
        url + "/",
        url.replace("www.", ""),
        url.upper(),
        url + "#top",
    ):
        assert url in [fields["url"] for _, _, fields in ask(address, url=spelling)], spelling
    for other in (url + "-x", url + "?page=2", "http://elsewhere.example/", "no address"):
        assert ask(address, url=other) == [], other
    below = ask(address, url=url.rpartition("/")[0] + "/", matchType="prefix", limit=3)
    assert url in [fields["url"] for _, _, fields in ask(address, url=url[:-3], matchType="prefix")]
    assert 1 <= len(below) <= 3


def test_invalid_cdx_queries_are_refused(asked):
    _, address = asked
    for query in (
        {},
        {"url": "http://a.example/", "closest": "soon"},
        {"url": "http://a.example/", "matchType": "x"},
        {"url": "http://[a"},
    ):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            ask(address, **query)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(address.rpartition("/")[0] + "/cdx", url="http://a.example/")


def test_a_missing_index_is_reported(tmp_path):
    with (
        serving(tmp_path / "index.db", tmp_path) as address,
        pytest.raises(urllib.error.HTTPError, match="503"),
    ):
        ask(address, url="http://a.example/")


@pytest.fixture
def small(tmp_path):
    """(apply, URL): puts captures into an index while its CDX server runs."""
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz.open").touch()

    def apply(*items):
        with open_writer(tmp_path / "index.db") as db:
            enter(db, Batch("a.warc.gz", 1, items), [ALDIA])

    apply()
    with serving(tmp_path / "index.db", tmp_path / "warc") as address:
        yield apply, address, tmp_path


def stamps(found):
    return [stamp[8:10] for _, stamp, _ in found]


def test_the_nearest_comes_first_and_new_captures_are_found(small):
    apply, address, folder = small
    assert ask(address, url="https://www.aldia.test/2026/the-mural") == []
    first = seen("1", 0)
    apply(first, seen("2", 2), revisit("3", 4, first, status=304), failed("4", 10))
    near = {"url": "https://www.aldia.test/2026/the-mural", "closest": "20260501110100", "sort": "closest"}
    found = ask(address, **near)
    assert stamps(found) == ["12", "10", "08", "18"]
    assert [fields["offset"] for _, _, fields in found] == ["1000", "2000", "1000", "4000"]
    assert [fields["status"] for _, _, fields in found] == ["200", "200", "200", "404"]
    assert stamps(ask(address, **near, limit=2)) == ["12", "10"]
    assert stamps(ask(address, url=near["url"], closest="")) == ["08", "10", "12", "18"]
    # A file has another name while it is being written.
    assert {fields["filename"] for _, _, fields in found} == {str(folder / "warc" / "a.warc.gz.open")}
    (folder / "warc" / "a.warc.gz.open").rename(folder / "warc" / "a.warc.gz")
    assert ask(address, **near)[0][2]["filename"] == str(folder / "warc" / "a.warc.gz")
    (folder / "warc" / "a.warc.gz").unlink()
    assert ask(address, **near) == []


def test_a_mirror_url_shows_the_capture_of_the_mirror(small):
    apply, address, _ = small
    mirror = "https://ww4.aldia.test/2026/the-mural"
    apply(seen("1", 0), seen("2", 1, url=mirror))
    assert [fields["url"] for _, _, fields in ask(address, url=mirror)] == [mirror]
    assert [f["offset"] for _, _, f in ask(address, url="https://www.aldia.test/2026/the-mural")] == ["1000"]


@pytest.mark.parametrize(
    ("digits", "moment"),
    [("2026", (2026, 1, 1)), ("202605", (2026, 5, 1)), ("20260501083000", (2026, 5, 1, 8, 30))],
)
def test_time_stamps(digits, moment):
    assert moment_of(digits) == datetime(*moment, tzinfo=UTC)


def test_an_address():
    replay = Replay("http://127.0.0.1:8002")
    assert (
        replay.address("https://example.com/a?b=1&c=%20d#top", "2017-09-27T14:50:00.123Z")
        == "http://127.0.0.1:8002/archive/20170927145000/https://example.com/a?b=1&c=%20d"
    )
    assert '"' not in replay.address('https://example.com/"><script>', "2017-09-27T14:50:00Z")
    assert replay.address("https://example.com/é", at(0).isoformat()).endswith(
        "/20260501080000/https://example.com/%C3%A9"
    )


# ---------------------------------------------------------------------- where it lives


@pytest.fixture
def environment(tmp_path, monkeypatch):
    folder = tmp_path / "environment"
    monkeypatch.setenv("ARCHIVER_REPLAY_ENV", str(folder))
    return folder


@pytest.fixture
def pretend(environment):
    """Makes an environment whose interpreter is a shell script."""

    def make(script):
        (environment / "bin").mkdir(parents=True)
        (environment / "archiver-replay.txt").write_text(PYWB)
        (environment / "bin" / "python").write_text(f"#!/bin/sh\n{script}\n")
        (environment / "bin" / "python").chmod(0o755)

    return make


def test_a_missing_environment_is_reported(environment, tmp_path):
    assert not is_set_up()
    with pytest.raises(UsageError, match="archiver serve --set-up-replay"), running(tmp_path, tmp_path, port=0):
        pass


def test_a_half_made_environment_and_one_of_another_version_do_not_count(environment, pretend):
    pretend("exit 1")
    assert is_set_up()
    (environment / "archiver-replay.txt").write_text("pywb==2.6")
    assert not is_set_up()
    (environment / "archiver-replay.txt").write_text(PYWB)
    (environment / "bin" / "python").unlink()  # as after an upgrade of Python
    assert not is_set_up()


def test_a_folder_with_something_else_is_left_alone(environment):
    environment.mkdir()
    (environment / "thesis.txt").touch()
    with pytest.raises(UsageError, match="contains other files"):
        set_up(lambda _: None)
    assert (environment / "thesis.txt").exists()


def test_a_place_that_can_not_be_written_is_named(monkeypatch):
    monkeypatch.setenv("ARCHIVER_REPLAY_ENV", "/proc/replay")
    with pytest.raises(StorageError, match="/proc/replay"):
        set_up(lambda _: None)


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"ARCHIVER_REPLAY_ENV": "/a/b"}, "/a/b"),
        ({"XDG_DATA_HOME": "/data"}, "/data/archiver/replay"),
        ({"HOME": "/home/me"}, "/home/me/.local/share/archiver/replay"),
    ],
)
def test_the_environment_is_found_by_its_path(monkeypatch, variables, folder):
    code = "from archiver.replay.environment import environment_dir; print(environment_dir())"
    run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == folder


# ---------------------------------------------------------------------- how it starts and ends


def test_a_taken_port_is_named(pretend, tmp_path):
    pretend("exit 1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=rf"port {port} .*--replay-port"),
            running(tmp_path, tmp_path, port=port),
        ):
            pass


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "news.example", "::"])
def test_other_machines_are_not_served(pretend, tmp_path, host):
    pretend("exit 1")
    with pytest.raises(UsageError, match=r"127\.0\.0\.1"), running(tmp_path, tmp_path, port=0, host=host):
        pass


def test_the_last_line_of_its_log_is_reported_if_it_does_not_start(pretend, tmp_path):
    pretend("echo starting >&2; echo the cause >&2; exit 3")
    with pytest.raises(ArchiverError, match=r"the cause"), running(tmp_path, tmp_path, port=0):
        pass


def processes(marker):
    found = subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True, check=False).stdout.split()
    return [int(pid) for pid in found]


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="pgrep is not installed")
def test_it_ends_with_the_block_also_by_an_error(pretend, environment, tmp_path):
    pretend("echo ready; while :; do sleep 0.2; done")
    with pytest.raises(ZeroDivisionError), running(tmp_path, tmp_path, port=0) as replay:
        assert processes(str(environment))
        assert replay.origin.startswith("http://127.0.0.1:")
        1 / 0  # noqa: B018
    assert not processes(str(environment))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pgrep") is None, reason="pgrep is not installed")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_its_starter(pretend, environment, tmp_path, sign):
    """pywb_server.py reads its standard input to the end, as `cat` does here: that is all a SIGKILL leaves."""
    pretend(f"echo ready; exec cat - {environment}/bin/python >&2")
    code = (
        "import sys, time; from pathlib import Path; from archiver.replay import running; here = Path(sys.argv[1])\n"
        "with running(here, here, port=0): print('up', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    assert process.stdout.readline() == b"up\n"
    assert processes(str(environment))
    process.send_signal(sign)
    process.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while processes(str(environment)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
