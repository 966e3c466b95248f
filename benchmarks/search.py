"""Search in a large index: milliseconds for many kinds of query, warm and cold; size and speed of the index.

    python benchmarks/search.py [--stories 100000] [--queries 30] [--keep FILE]
    python benchmarks/search.py --stories 1000000 --keep /var/tmp/million.db     (25 minutes and 15 GB)

The stories are generated: words of a Zipf distribution (two languages, 60,000 words each, with endings that stem),
log-normal length around 400 words, twenty years, five sites; every twentieth is a copy of the previous story on another
site, with every twelfth word changed. They are inserted directly into `articles`, and the full-text table is filled at
the end, as in `archiver index --rebuild`; the last 1,000 are inserted as in a crawl (`apply`). Warm: each query a
second time, after all others of its kind. Cold: each with a new connection after the file was dropped from the page
cache. The size is that of `articles` and its indexes only.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import math
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.ingest.bulk import deferred_fulltext
from archiver.index.schema import likeness
from archiver.index.search.hits import count, count_by, search
from archiver.index.search.selection import SearchQuery
from archiver.model import Article, Batch, Block, Capture, Extracted, RecordRef
from archiver.urls import surt

SEED = 7
WORDS = 60_000
_PART = 1000
_POOL = 1 << 21  # words drawn by their weights, of which stories draw: a tenth of the time of weights for each word
_APART = 2000
_MANY = 200_000  # stories
_SAMPLE = 20_000  # stories whose text is measured
ENDINGS = {"en": ("", "s", "ed", "ing", "er", "tion"), "es": ("o", "a", "os", "as", "ción", "aron")}
_COLUMNS = (
    "id", "surt", "url", "site", "section", "title", "description", "text", "language", "authors", "tags",
    "date_published", "date", "month", "year", "page_type", "word_count", "text_sha256", "versions", "first_seen",
    "last_seen", "last_changed", "status", "extractor", "capture_id",
)  # fmt: skip


class Press:
    """Generates stories, the same for the same number."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        syllables = [c + v for c in "bcdfglmnprstv" for v in "aeiou"]
        stems = ["".join(self.random.choices(syllables, k=self.random.choice((2, 2, 3, 3, 4)))) for _ in range(WORDS)]
        self.words = {
            language: [stem + endings[i % len(endings)] for i, stem in enumerate(stems)]
            for language, endings in ENDINGS.items()
        }
        weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(WORDS)))
        self._pool = {
            language: self.random.choices(words, cum_weights=weights, k=_POOL) for language, words in self.words.items()
        }
        self.authors = [f"{a.title()} {b.title()}" for a, b in zip(stems[100:500], stems[500:900], strict=True)]

    def words_of(self, language: str, number: int) -> list[str]:
        """Words a random distance apart in the pool: as random as separate draws, in a third of the time."""
        apart = self.random.randint(1, _APART)
        start = self.random.randrange(_POOL - apart * number)
        return self._pool[language][start : start + apart * number : apart]

    def article(self, number: int) -> Article:
        blocks = self.blocks(number)
        if number % 20 == 19:
            blocks = [self.edited(block) for block in self.blocks(number - 1)]
        return self._article(number, blocks)

    def edited(self, block: Block) -> Block:
        changed = self.words_of("en", 200)
        words = [changed.pop() if at % 12 == 5 else word for at, word in enumerate(block.text.split())]
        return Block("paragraph", " ".join(words), block.path)

    def blocks(self, number: int) -> list[Block]:
        self.random = random.Random(f"{SEED} {number}")
        language = self.language(number)
        length = max(40, int(math.exp(self.random.gauss(6.0, 0.5))))
        blocks = []
        while length > 0:
            words = self.words_of(language, min(length, self.random.randint(25, 80)))
            blocks.append(Block("paragraph", " ".join(words).capitalize() + ".", "article/p"))
            length -= len(words)
        return blocks

    def language(self, number: int) -> str:
        return "es" if number % 3 == 0 else "en"

    def _article(self, number: int, blocks: list[Block]) -> Article:
        language = self.language(number)
        day = date(2006, 1, 1) + timedelta(days=self.random.randrange(20 * 365))
        return Article(
            url=f"https://site{number % 5}.test/{day:%Y/%m}/{number}",
            title=" ".join(self.words_of(language, 9)).capitalize(),
            blocks=tuple(blocks),
            language=language,
            description=" ".join(self.words_of(language, 20)),
            authors=(self.random.choice(self.authors),),
            section=f"Section {number % 12}",
            tags=tuple(self.words_of(language, 3)),
            date_published=day.isoformat(),
            extractor="benchmark",
        )


def rows(begin: int, ids: list[int]) -> list[tuple[object, ...]]:
    """Rows of `articles`: the stories from number `begin` on."""
    return [_row(press().article(n), n, story_id) for n, story_id in enumerate(ids, begin)]


@cache
def press() -> Press:
    """One per process."""
    return Press()


def _row(a: Article, number: int, story_id: int) -> tuple[object, ...]:
    text, day = a.text, a.date_published or ""
    seen = f"{day}T12:00:00.000Z"
    return (
        story_id, surt(a.url), a.url, f"site{number % 5}", a.section, a.title, a.description, text, a.language,
        json.dumps(a.authors), json.dumps(a.tags), day, day, day[:7], int(day[:4]), "story", len(text.split()),
        "0" * 64, 1, seen, seen, seen, "live", a.extractor, 1,
    )  # fmt: skip


def build(path: Path, number: int, *, with_copies: bool) -> None:
    started = time.perf_counter()
    ids = sorted(random.Random(SEED).sample(range(1, 1 << 53), number))
    parts = [ids[begin : begin + _PART] for begin in range(0, number, _PART)]
    sql = f"INSERT INTO articles ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    leave_out = nullcontext() if with_copies else patch.object(likeness, "fill")
    with leave_out, open_writer(path, throwaway=True) as db, ProcessPoolExecutor(2) as pool, deferred_fulltext(db):
        db.execute("PRAGMA foreign_keys = OFF")
        for part in pool.map(rows, range(0, number, _PART), parts):
            db.execute("BEGIN")
            db.conn.executemany(sql, part)
            db.execute("COMMIT")
        print(f"wrote {number:,} stories in {time.perf_counter() - started:.0f} s", flush=True)
    print(f"and filled the full-text tables after {time.perf_counter() - started:.0f} s", flush=True)


def sizes(path: Path, number: int) -> None:
    db = sqlite3.connect(path)
    lengths = "SELECT length(CAST(title || text || description AS BLOB)) AS bytes FROM articles LIMIT ?"
    (average,) = db.execute(f"SELECT avg(bytes) FROM ({lengths})", (_SAMPLE,)).fetchone()
    text = average * number
    whole = path.stat().st_size
    print(f"text {text / 1e6:,.0f} MB, file {whole / 1e6:,.0f} MB: {whole / text:.2f} times the text, of which")
    (words,) = db.execute("SELECT sum(length(block)) FROM articles_fts_data").fetchone()
    (marks,) = db.execute("SELECT count(*) * 24 FROM block_marks").fetchone()  # bytes per row, measured by dbstat
    for name, size in (("articles_fts_data", words), ("block_marks", marks)):
        print(f"  {name} {size / 1e6:,.0f} MB: {size / text:.2f}")
    db.close()


def add(path: Path, number: int) -> None:
    """Insert 1,000 stories as in a crawl, in batches of 64."""
    items = []
    for n in range(1000):
        article = press().article(number + n)
        ref = RecordRef("bench.warc.gz", n * 1000, 900, f"<urn:uuid:{n}>")
        when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
        capture = Capture(ref, "response", article.url, when, 200, "text/html", "utf-8", payload_digest=f"sha1:{n}")
        items.append(Extracted(capture, article))
    with open_writer(path) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        started = time.perf_counter()
        for begin in range(0, 1000, 64):
            apply(db, Batch("bench.warc.gz", (begin + 64) * 1000, tuple(items[begin : begin + 64])))
        print(f"added 1,000 stories in {time.perf_counter() - started:.1f} s")


def shapes(queries: int) -> dict[str, list[SearchQuery]]:
    """Words by rank: common ones are in many stories, rare ones in few."""
    en, pick = press().words["en"], random.Random(SEED + 1)

    def word(low: int, high: int) -> str:
        return en[pick.randrange(low, high)]

    many = range(queries)
    since = date(2020, 1, 1)
    return {
        "rare word": [SearchQuery(word(20000, 50000)) for _ in many],
        "usual word": [SearchQuery(word(1000, 5000)) for _ in many],
        "common word": [SearchQuery(word(50, 150)) for _ in many],
        "two words": [SearchQuery(f"{word(300, 2000)} {word(300, 2000)}") for _ in many],
        "phrase": [SearchQuery(f'"{word(20, 300)} {word(20, 300)}"') for _ in many],
        "beginning*": [SearchQuery(word(1000, 5000)[:5] + "*") for _ in many],
        "either or (50 words)": [SearchQuery(" OR ".join(word(1000, 40000) for _ in range(50))) for _ in many],
        "brackets, NOT, fields": [
            SearchQuery(f"({word(300, 2000)} OR {word(300, 2000)}) NOT {word(50, 150)} date:2015..2020") for _ in many
        ],
        "NEAR": [SearchQuery(f"NEAR({word(300, 2000)} {word(300, 2000)}, 10)") for _ in many],
        "title:word": [SearchQuery(f"title:{word(300, 2000)}") for _ in many],
        "exact word": [SearchQuery(word(1000, 5000), exact=True) for _ in many],
        "all forms (--stem)": [SearchQuery(word(1000, 5000), stem=True) for _ in many],
        "word, site and time": [SearchQuery(word(300, 2000), site="site1", since=since) for _ in many],
        "word by month": [SearchQuery(word(1000, 5000), limit=None) for _ in many],
        "newest of a site": [SearchQuery(site=f"site{n % 5}") for n in many],
        # Beyond the first ten: the cost of other common words.
        "common word by date": [SearchQuery(word(50, 150), sort="date") for _ in many],
        "common word, site": [SearchQuery(word(50, 150), site="site1") for _ in many],
        "common word, counted": [SearchQuery(word(50, 150)) for _ in many],
        "common word by month": [SearchQuery(word(50, 150), limit=None) for _ in many],
    }


def milliseconds(path: Path, name: str, queries: list[SearchQuery], *, cold: bool) -> tuple[list[float], list[float]]:
    """The wall time and the CPU time of the queries, each sorted."""
    taken, used = [], []
    with open_reader(path) as db:
        for query in queries if not cold else ():
            run(db, name, query)
        for query in queries if not cold else ():
            started, begun = time.perf_counter(), time.process_time()
            run(db, name, query)
            taken.append((time.perf_counter() - started) * 1000)
            used.append((time.process_time() - begun) * 1000)
    for query in queries[:10] if cold else ():
        forget(path)
        started = time.perf_counter()
        with open_reader(path) as db:
            run(db, name, query)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken), sorted(used)


def run(db: object, name: str, query: SearchQuery) -> None:
    if name.endswith("by month"):
        count_by(db, query, "month")  # type: ignore[arg-type]
    elif name.endswith("counted"):
        count(db, query)  # type: ignore[arg-type]
    else:
        search(db, query)  # type: ignore[arg-type]


def copies(path: Path) -> None:
    """All pairs of copies, as the view computes them."""
    with open_reader(path) as db:
        started = time.perf_counter()
        (number,) = db.execute("SELECT count(*) FROM copies").fetchone()
        print(f"{number:,} pairs of copies in {time.perf_counter() - started:.1f} s")


def forget(path: Path) -> None:
    """Drop the file from the kernel's cache, as far as possible."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--copies", action="store_true", help="Compare paragraphs for copies, however many stories.")
    parser.add_argument("--keep", type=Path, help="Keep the index in this file, and reuse it if it exists.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "index.db"
        fresh = not path.exists()
        if fresh:
            build(path, options.stories, with_copies=options.copies or options.stories <= _MANY)
        sizes(path, options.stories)
        if fresh:
            add(path, options.stories)
        machine = f"SQLite {sqlite3.sqlite_version}, {os.cpu_count()} x {platform.machine()}"
        print(f"\n{options.stories:,} stories, {machine}, {datetime.now(UTC):%Y-%m-%d}")
        print(f"{'milliseconds':<22}{'warm p50':>10}{'p95':>8}{'CPU p95':>10}{'cold p50':>10}{'p95':>8}")
        if options.copies or options.stories <= _MANY:
            copies(path)
        kinds = shapes(options.queries)
        gc.freeze()  # a search has no millions of generated words for the garbage collector to look at
        for name, queries in kinds.items():
            warm, used = milliseconds(path, name, queries, cold=False)
            cold, _ = milliseconds(path, name, queries, cold=True)
            print(
                f"{name:<22}{statistics.median(warm):>10.1f}{at(warm, 0.95):>8.1f}{at(used, 0.95):>10.1f}"
                f"{statistics.median(cold):>10.1f}{at(cold, 0.95):>8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
