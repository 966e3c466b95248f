"""Damages bytes as disks, networks and attackers do. The same generator yields the same bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence


def mutated(chance: random.Random, data: bytes, tokens: Sequence[bytes], others: Sequence[bytes] = ()) -> bytes:
    """`data` with one to six changes: flipped bits, stretches removed, repeated or inserted, tokens of its grammar,
    parts of others."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(spoilt))
        length = min(int(chance.expovariate(1 / 40)), 5000)
        match chance.randrange(7):
            case 0 if spoilt:
                spoilt[at - 1] ^= 1 << chance.randrange(8)
            case 1:
                del spoilt[at : at + length]
            case 2:
                spoilt[at:at] = spoilt[at : at + length] * chance.randint(1, 50)
            case 3:
                spoilt[at:at] = chance.randbytes(length)
            case 4:
                spoilt[at:at] = chance.choice(tokens) * chance.choice((1, 1, 1, 2, 300))
            case 5 if others:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                spoilt[at : at + length] = other[start : start + length * 10]
            case _:
                del spoilt[at + chance.randint(0, len(spoilt)) :]
    return bytes(spoilt)
