"""What each extraction rule removes, and how much of it is true text, on annotated pages.

    python benchmarks/removed_blocks.py [--every 4] [--corpus DIR] [--show RULE]

DIR holds html/*.html.gz and ground-truth.json ({key: {"url": ..., "text": ...}}). For each rule: the blocks and words
that it removed, those of the blocks that are in the annotated text but not in the kept text (lost true text), and the
number of pages with such blocks. --show prints the lost blocks of one rule, or of `all`. Captions and standfirsts are
kept in separate fields, and annotators disagree whether they are text: the total is given with and without them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archiver.extract import extract
from archiver.extract.titles import key_of
from archiver.model import Article

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN_FIELDS = frozenset({"caption", "standfirst", "title_repeated"})  # kept in other fields: not lost
CHANCE = 25  # letters: a shorter text must be a whole line of the true text, because it may be part of any sentence


@dataclass
class Rule:
    """What one rule removed."""

    blocks: int = 0
    words: int = 0
    lost: int = 0
    pages: set[str] = field(default_factory=set)


def main() -> None:
    """Parses the arguments, extracts, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=4, help="take every nth page")
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--show", metavar="RULE")
    args = parser.parse_args()
    truth = args.corpus / "ground-truth.json"
    if not truth.is_file():
        raise SystemExit(f"no annotated pages in {args.corpus}: give --corpus DIR")
    entries = json.loads(truth.read_text("utf-8"))
    keys = sorted(entries)[:: args.every]
    rules: dict[str, Rule] = {}
    words = 0
    for key in keys:
        page = gzip.decompress((args.corpus / "html" / f"{key}.html.gz").read_bytes())
        found = extract(page, str(entries[key]["url"]), NOW, expect_story=True)
        if not isinstance(found, Article):
            continue
        words += len(found.text.split())
        for reason, text, is_lost in judged(found, str(entries[key]["text"] or "")):
            rule = rules.setdefault(reason, Rule())
            rule.blocks += 1
            rule.words += len(text.split())
            if is_lost:
                rule.lost += 1
                rule.pages.add(key)
                if args.show in (reason, "all"):
                    print(f"{key} {reason}: {text[:200]!r}")
    report(rules, len(keys), words)


def judged(article: Article, truth: str) -> Iterator[tuple[str, str, bool]]:
    """(rule, text, whether it is lost) for each removed block."""
    whole = key_of(truth)
    lines = Counter(map(key_of, truth.splitlines()))
    kept_lines = Counter(key_of(line) for line in article.text.splitlines())
    kept = key_of(article.text)
    for removed in article.removed:
        key = key_of(removed.block.text)
        is_lost = lines[key] > kept_lines[key] if len(key) < CHANCE else whole.count(key) > kept.count(key)
        yield removed.reason, removed.block.text, bool(key) and is_lost


def report(rules: dict[str, Rule], pages: int, words: int) -> None:
    """Prints the table: the rule with the largest loss first."""
    print(f"{pages} pages, {words:,} words kept")
    print(f"{'rule':<22}{'blocks':>8}{'words':>9}{'of the text':>13}{'lost':>7}{'pages':>7}")
    for name, rule in sorted(rules.items(), key=lambda item: (-item[1].lost, item[0])):
        share = rule.words / max(1, words)
        print(f"{name:<22}{rule.blocks:>8}{rule.words:>9}{share:>13.2%}{rule.lost:>7}{len(rule.pages):>7}")
    lost = sum(rule.lost for rule in rules.values())
    beside = sum(rule.lost for name, rule in rules.items() if name in OWN_FIELDS)
    print(f"lost: {lost} blocks, {lost - beside} of them in no separate field")


if __name__ == "__main__":
    main()
