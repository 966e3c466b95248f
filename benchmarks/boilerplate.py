"""Cost of learning boilerplate: CPU per story of the same ingest with and without it, with prepared articles.

    python benchmarks/boilerplate.py [--stories 3000] [--sites 1]

The stories are generated: about twenty paragraphs of their own and six recurring lines, by forty authors. Batches are
as in an ingest. "without" skips outlines, judging and removal, and so the recomputation of stories.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from archiver.index.database import open_writer
from archiver.index.ingest import batch as applying
from archiver.index.ingest.batch import apply
from archiver.index.store import story_rows as computing
from archiver.model import Article, Batch, Block, Capture, Extracted, RecordRef

WORDS = [
    f"{first}{second}"
    for first in ("ba", "ce", "di", "fo", "gu", "ha", "je")
    for second in ("ran", "tel", "sim", "pol", "nud")
]
START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 64


def main() -> None:
    """Parses the arguments, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=3000)
    parser.add_argument("--sites", type=int, default=1)
    args = parser.parse_args()
    items = list(captures(args.stories, args.sites))
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        seconds["with"] = ingest(items, Path(folder) / "with.db")
        with (
            patch.object(applying, "relearn", lambda *_: set()),
            patch.object(computing, "add_state", lambda *_: None),
        ):
            seconds["without"] = ingest(items, Path(folder) / "without.db")
    print(f"{args.stories} stories of {args.sites} sites, {BATCH} per batch: ms CPU per story")
    for way, spent in seconds.items():
        print(f"{way:<10}{spent / args.stories * 1000:>8.2f}")
    print(f"{'learning':<10}{(seconds['with'] - seconds['without']) / args.stories * 1000:>8.2f}")


def ingest(items: list[Extracted], path: Path) -> float:
    """CPU seconds for indexing everything."""
    began = time.process_time()
    with open_writer(path) as db:
        for start in range(0, len(items), BATCH):
            apply(db, Batch("a.warc.gz", start + 1, tuple(items[start : start + BATCH])))
    return time.process_time() - began


def captures(count: int, sites: int) -> Iterator[Extracted]:
    """Captures of stories, one every twenty minutes."""
    dice = random.Random(17)
    for number in range(count):
        url = f"https://site{number % sites}.test/{number}"
        author = f"Author Number{dice.randrange(40)}"
        own = [Block("paragraph", sentence(dice, 45), "main/div.body/p") for _ in range(18)]
        own[9:9] = [Block("heading", "What happens next", "main/div.body/h2", 2)]
        around = [
            Block("paragraph", "Hear this story read aloud", "main/div.body/div.player/p"),
            Block("paragraph", f"Free to read: {number} neighbors pay.", "main/div.body/p"),
        ]
        after = [
            Block("paragraph", "Our letter comes at six.", "main/div.letter/p"),
            Block("paragraph", f"{author} writes for the paper.", "main/div.body/p"),
            Block("paragraph", "A newsroom that belongs to its readers.", "main/div.body/p"),
        ]
        article = Article(url, f"Story {number}", (*around, *own, *after), "en", authors=(author,), extractor="bench")
        ref = RecordRef("a.warc.gz", number, 1, f"<urn:uuid:{number}>")
        at = START + timedelta(minutes=20 * number)
        yield Extracted(Capture(ref, "response", url, at, 200, "text/html", "utf-8"), article)


def sentence(dice: random.Random, words: int) -> str:
    """Meaningless words, never the same twice."""
    return " ".join(dice.choices(WORDS, k=words)).capitalize() + "."


if __name__ == "__main__":
    main()
