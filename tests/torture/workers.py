"""Pages that crash, hang, fill memory or kill their worker, among others, while workers are also killed from
outside."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from unittest.mock import patch

from archiver.extract import pool as pool_module
from archiver.extract.pool import ExtractionPool
from test_extract_pool import misbehave, task, titles, worker_ids

REASONS = {
    "HANG": "too_slow", "SEGFAULT": "crashed", "EXIT": "crashed", "KILL": "crashed", "MEMORY": "too_big",
    "BUG": "failed",
}  # fmt: skip
PAGES = 60


def one(chance: random.Random, _: Path) -> int:
    """Each bad page affects only itself, with its reason; the order is kept."""
    marks = {chance.randrange(PAGES): mark for mark in chance.choices(sorted(REASONS), k=4)}
    killed_at = {chance.randrange(PAGES) for _ in range(2)}
    found: list[str] = []
    with patch.object(pool_module, "_extract_all", misbehave), ExtractionPool(2, timeout=3) as pool:
        for number, outcome in enumerate(pool.map(task(number, marks.get(number, "")) for number in range(PAGES))):
            found += titles([outcome])
            if number in killed_at:
                for worker in worker_ids():
                    os.kill(worker, signal.SIGKILL)
    wanted = [REASONS[marks[number]] if number in marks else f"Story {number}" for number in range(PAGES)]
    assert found == wanted, [pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]]
    return len(marks) + len(killed_at)
