"""Simulates failures of disks, kernels and networks, and attacks on archives, and prints the results.

    python tests/torture [--seed N] [--only TRIAL ...] [--runs N] [--minutes N]

The same seed repeats the same trials, except for the moments at which processes are killed. Ends with exit code 1 if a
check failed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> int:
    """Parses the arguments, runs the trials, prints the table."""
    from trials import KINDS, carry_out, table  # noqa: PLC0415 - worker processes import this file, and need none of it

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=[kind.name for kind in KINDS])
    parser.add_argument("--runs", type=int, help="of each trial, instead of its own number")
    parser.add_argument("--minutes", type=float, default=40, help="begin no further run after so long")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    until, rows = time.monotonic() + args.minutes * 60, []
    for kind in KINDS:
        if args.only and kind.name not in args.only:
            continue
        rows.append(carry_out(kind, args.seed, args.runs or kind.runs, until))
        print(f"{kind.name}: {rows[-1].done} {kind.done}, {len(rows[-1].failures)} failed", file=sys.stderr, flush=True)
    print("\n".join(table(rows)))
    return int(any(row.failures or not row.runs for row in rows))


if __name__ == "__main__":
    sys.exit(main())
