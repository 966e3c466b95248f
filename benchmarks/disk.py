"""The size of an index, by table and index, compared with its text and the WARC file that it was made from.

    python benchmarks/disk.py [--pages 800] [--corpus DIR] [--warc FILE] [--index FILE]

DIR holds html/*.html.gz and ground-truth.json, as for `ingest.py`; without one the bundled sample site's stories are
used. With `--warc` the index is made from that file, so that two versions of the program can be compared on one. With
`--index` an existing index is measured. Sizes are whole pages (SQLite's `dbstat`), and CPU is that of this process
only: reading WARC records and writing rows.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ingest import ROOT, corpus_pages, sample_pages, write_warc

from archiver.extract.pool import ExtractionPool
from archiver.index.ingest.upkeep import catch_up


def main() -> None:
    """Parses the arguments, makes the index, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--warc", type=Path)
    parser.add_argument("--index", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warc = args.warc
        if warc is None and args.index is None:
            warc = write_warc(folder, 0, corpus_pages(args.corpus, args.pages) or sample_pages())
        report(args.index or made_from(warc, folder / "index.db"), warc)


def made_from(warc: Path, index: Path) -> Path:
    """An index made as by `archiver index FILE`, batch by batch."""
    with ExtractionPool(1) as pool:
        cpu = time.process_time()
        done = catch_up(index, index.parent / "warc", (), pool, foreign=[warc])
        print(f"CPU of this process: {time.process_time() - cpu:.1f} s")
    if done.failed or done.damage:
        raise SystemExit(f"not measured: {done.failed or done.damage}")
    return index


def report(index: Path, warc: Path | None) -> None:
    connection = sqlite3.connect(index)
    try:
        sizes = sizes_of(connection)
        one = "SELECT count(*), sum(length(CAST(text AS BLOB))) FROM articles"
        stories, text = connection.execute(one).fetchone()
    finally:
        connection.close()
    total = sum(size for _, size in sizes)
    print(f"{stories} stories, {text / 1e6:.2f} MB of text; bytes\n{'':<24}{'MB':>8}{'per story':>10}{'of text':>9}")
    for name, size in [*sizes, ("index", total)]:
        print(f"{name:<24}{size / 1e6:>8.2f}{size / stories:>10,.0f}{size / text:>9.2f}")
    if warc:
        size = warc.stat().st_size
        print(f"{'WARC':<24}{size / 1e6:>8.2f}{size / stories:>10,.0f}{size / text:>9.2f}")
        print(f"index over text {total / text:.2f}, index over WARC {total / size:.2f}")


def sizes_of(connection: sqlite3.Connection) -> Sequence[tuple[str, int]]:
    """Bytes of each table and index, the largest first; the parts of the full-text table are combined."""
    named = "iif(name LIKE 'articles_fts_%', 'articles_fts', name)"
    return connection.execute(f"SELECT {named}, sum(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC").fetchall()


if __name__ == "__main__":
    main()
