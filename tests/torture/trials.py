"""The trials of `make torture`: what is done to an archive, how often, and the conditions checked afterwards."""

from __future__ import annotations

import faulthandler
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import disks
import flips
import fuzzers
import hostile_reading
import hostile_servers
import kills
import workers

Trial = Callable[[random.Random, Path], int]
_PATIENCE = 1500  # seconds for one run on a busy machine; anything longer counts as hanging


@dataclass(frozen=True)
class Kind:
    """A kind of trial. `runs` in the whole program, `short` in the part that CI runs; 0: another test covers it
    there."""

    name: str
    done: str  # what is counted
    held: str
    run: Trial
    runs: int
    short: int


@dataclass
class Row:
    """The results of a kind's runs: seeds from `first` on, and the failed ones."""

    kind: Kind
    first: int
    runs: int = 0
    done: int = 0
    seconds: float = 0.0
    failures: list[tuple[int, str]] = field(default_factory=list)


def _fuzz(name: str, chance: random.Random, folder: Path) -> int:
    for _ in range(100):
        seed = chance.getrandbits(32)
        try:
            fuzzers.FUZZERS[name](random.Random(seed), folder)
        except Exception as error:
            raise AssertionError(f"input {seed} of {name}: {error!r}") from error
    return 100


_FUZZ_RUNS = {
    "warc": (60, 2),
    "http": (150, 3),
    "url": (100, 3),
    "sitemap": (100, 3),
    "query": (20, 1),
    "extract": (12, 1),
}

KINDS = (
    Kind("disk", "faults", "no acknowledged capture lost, no damage", disks.one, 240, 12),
    Kind("index-kill", "kills", "index equals a rebuild", kills.index, 3, 0),
    Kind("erase-kill", "kills", "nothing left of the story, the rest sound", kills.erase, 3, 1),
    Kind("backup-kill", "kills", "what is restored is the archive", kills.backup, 3, 1),
    Kind("full-disk", "faults", "exit 3, then all stories", kills.full_disk, 5, 0),
    Kind("bit-flip", "flips", "each found by verify", flips.one, 12, 1),
    Kind("worker", "crashes, hangs and kills", "each bad page failed alone", workers.one, 8, 0),
    Kind("hostile-file", "files", "good records found", hostile_reading.one, 10, 0),
    Kind("hostile-server", "answers", "crawl ended, each address accounted for", hostile_servers.one, 3, 0),
    *(
        Kind(f"fuzz-{name}", "inputs", "nothing raised, nothing found that must not be", partial(_fuzz, name), *runs)
        for name, runs in _FUZZ_RUNS.items()
    ),
    # The longest trials come last, so that a time limit affects them first.
    Kind("crawl-kill", "kills", "all stories, index equals a rebuild", kills.crawl, 4, 0),
)


def carry_out(kind: Kind, first: int, runs: int, until: float = float("inf")) -> Row:
    """Run a kind with the seeds from `first` on, up to a moment of `time.monotonic`."""
    row = Row(kind, first)
    began = time.monotonic()
    for seed in range(first, first + runs):
        if time.monotonic() > until:
            break
        folder = Path(tempfile.mkdtemp(prefix="torture-"))
        faulthandler.dump_traceback_later(_PATIENCE, exit=True, file=sys.__stderr__)
        try:
            row.done += kind.run(random.Random(f"{kind.name}-{seed}"), folder)
        except Exception as error:
            lines = "".join(traceback.format_exception(error, limit=-2))
            row.failures.append((seed, f"{lines.strip()}"))
        finally:
            faulthandler.cancel_dump_traceback_later()
            shutil.rmtree(folder, ignore_errors=True)
        row.runs += 1
    row.seconds = time.monotonic() - began
    return row


def table(rows: list[Row]) -> Iterator[str]:
    """The rows as lines of text, and below them the failures, each with the command that repeats it."""
    yield f"{'trial':<16}{'seeds':<12}{'what was done':<32}{'what held':<46}{'not':>4}{'seconds':>9}"
    for row in rows:
        seeds = f"{row.first}-{row.first + row.runs - 1}" if row.runs else "none"
        done = f"{row.done:,} {row.kind.done}"
        yield f"{row.kind.name:<16}{seeds:<12}{done:<32}{row.kind.held:<46}{len(row.failures):>4}{row.seconds:>9.1f}"
    for row in rows:
        for seed, text in row.failures:
            again = f"python tests/torture --only {row.kind.name} --seed {seed} --runs 1"
            yield f"\n{again}\n{text}"
