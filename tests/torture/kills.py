"""kill -9, and the kernel's limit on file sizes, applied to the real program at random moments."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import conftest
from archiver.samplesite import SampleSite, stories
from archiver.withdraw.traces import sentences_of
from conftest import Program, equals_one_rebuilt, make_program
from test_crawl_killed import STORIES, crawl_under_fire, town
from test_verify import run
from test_withdraw_erase import everything
from warc_samples import members, story, warcinfo

conftest.PATIENCE = 1200  # on a machine with little CPU time to spare, indexing takes minutes


def crawl(chance: random.Random, folder: Path) -> int:
    """A crawl of 500 stories is killed 25 times: all stories are there, and the index equals a rebuilt one."""
    program, kills = make_program(folder / "home"), 25
    with town() as server:
        assert crawl_under_fire(program, server, kills, chance, "auto") == "ended 0"
    program.run("index")
    assert program.rows("SELECT count(*) FROM articles") == [(STORIES,)]
    sound(program)
    assert equals_one_rebuilt(program, make_program(folder / "copy"))
    return kills


def index(chance: random.Random, folder: Path) -> int:
    """`archiver index` is killed while it reads, then completes: the index equals a rebuilt one."""
    program = with_stories(folder, 150)
    kills = sum(killed(program, chance.uniform(0.3, 2.5), "index") for _ in range(4))
    program.run("index")
    assert program.rows("SELECT count(*) FROM captures") == [(150,)]
    sound(program)
    assert equals_one_rebuilt(program, make_program(folder / "copy"))
    return kills


def erase(chance: random.Random, folder: Path) -> int:
    """`withdraw --erase` is killed, then run again: nothing of the story is left, and everything else is unchanged."""
    program = with_stories(folder, 20)
    program.run("index")
    url, text = program.rows("SELECT url, text FROM articles ORDER BY id LIMIT 1")[0]
    command = ("withdraw", url, "--reason", "ticket 1", "--erase")
    kills = sum(killed(program, chance.uniform(0.2, 1.6), *command) for _ in range(3))
    process = program.start(*command)
    _, errors = process.communicate(timeout=conftest.PATIENCE)
    assert process.returncode == 0, errors
    own = [sentence.encode() for sentence in sentences_of(text)] + [url.partition("://")[2].encode()]
    for name, data in everything(program.archive):
        assert not any(needle in data for needle in own), f"{name} still holds it"
    assert program.rows("SELECT count(*) FROM articles") == [(19,)]
    sound(program)
    return kills


def backup(chance: random.Random, folder: Path) -> int:
    """`archiver backup` is killed, then run again: restoring it yields the archive."""
    program = with_stories(folder, 60)
    program.run("index")
    goal = folder / "backup"
    kills = sum(killed(program, chance.uniform(0.15, 0.9), "backup", goal) for _ in range(4))
    program.run("backup", goal)
    elsewhere = make_program(folder / "elsewhere")
    (elsewhere.home / "scrapy.cfg").unlink()
    (elsewhere.home / "spiders").rmdir()
    run(elsewhere, "restore", str(goal))  # in this process: there is no home yet
    sound(elsewhere)
    assert elsewhere.rows("SELECT id, text FROM articles") == program.rows("SELECT id, text FROM articles")
    return kills


def full_disk(chance: random.Random, folder: Path) -> int:
    """A crawl reaches the kernel's limit on file sizes at any place: exit code 3, and the next run has all stories."""
    limit = chance.randrange(8_000, 120_000)
    with SampleSite() as site:
        program = make_program(folder / "home", site.url)
        arguments = ("crawl", "elpuente", "--delay", "0", "--no-index", "--min-free", "0")
        process = program.start(
            *arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        )
        _, errors = process.communicate(timeout=conftest.PATIENCE)
        assert process.returncode == 3, f"exit {process.returncode} at {limit} bytes: {errors.decode()}"
        assert b"Traceback" not in errors, errors.decode()
        program.run("crawl", "elpuente", "--delay", "0")
    assert program.rows("SELECT count(*) FROM articles") == [(len(stories()),)]
    sound(program)
    return 1


def with_stories(folder: Path, count: int) -> Program:
    program = make_program(folder / "home")
    (program.archive / "warc").mkdir(parents=True)
    for part in range(4):
        numbers = range(part * count // 4, (part + 1) * count // 4)
        data = members(warcinfo(), *(story(number) for number in numbers))
        (program.archive / "warc" / f"part-{part}.warc.gz").write_bytes(data)
    return program


def killed(program: Program, seconds: float, *arguments: object) -> int:
    """Whether a command was killed after this many seconds; False if it ended before."""
    process = program.start(*map(str, arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    return int(process.returncode == -signal.SIGKILL)


def sound(program: Program) -> None:
    found = program.json("verify", "--deep", "--json")
    assert found["problems"] == [], found["problems"][:3]
