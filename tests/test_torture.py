"""The short part of `make torture`: each trial with the same few seeds."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).with_name("torture")))

import trials
from mutation import mutated


@pytest.mark.slow
@pytest.mark.timeout(280)
@pytest.mark.parametrize("kind", [kind for kind in trials.KINDS if kind.short], ids=lambda kind: kind.name)
def test_a_few_runs_of_each_trial_pass(kind):
    row = trials.carry_out(kind, 1, kind.short)
    assert not row.failures, "\n".join(trials.table([row]))
    assert row.done >= kind.short


def test_the_same_seed_damages_bytes_in_the_same_way():
    spoilt = [mutated(random.Random(seed), b"some bytes" * 20, [b"token"]) for seed in (1, 1, 2)]
    assert spoilt[0] == spoilt[1] != spoilt[2]


def test_a_failed_trial_is_reported_with_its_seed():
    def fails(chance, folder):
        assert folder.is_dir() and chance.random() > 2, "it is lost"

    row = trials.carry_out(trials.Kind("disk", "faults", "nothing lost", fails, 2, 2), 7, 2)
    text = "\n".join(trials.table([row]))
    assert [seed for seed, _ in row.failures] == [7, 8]
    assert "--only disk --seed 8 --runs 1" in text and "it is lost" in text
