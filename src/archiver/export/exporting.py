"""One export: the format from the file's name, the rows from the query, and a codebook."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from archiver.cdx_key import cdx_key
from archiver.errors import UsageError
from archiver.export.cdxj import Place, is_replayed, place_of, write_cdxj
from archiver.export.codebook import Codebook, sha256_of
from archiver.export.copied_records import RecordCopy, write_warc
from archiver.export.datapackage import data_package
from archiver.export.documents import write_markdown
from archiver.export.tabular import write_csv, write_jsonl, write_parquet, write_parquet_parts
from archiver.export.target import new_file, new_folder
from archiver.export.wacz_package import WaczWriter
from archiver.fixity.wacz_signature import WaczSigner
from archiver.index.read import story_reader
from archiver.index.read.export_rows import (
    EXPORTED,
    RowColumn,
    annotation_counts,
    columns_of,
    gaps,
    iter_captures,
    iter_rows,
    iter_stories,
    losses,
    sites_of,
    sites_without_match,
    span,
    state_of_index,
)
from archiver.index.read.replay_records import captured_row
from archiver.index.schema.connection import Index
from archiver.index.search.saved_searches import query_json
from archiver.index.search.selection import SearchQuery
from archiver.transactions import snapshot
from archiver.warc import find_warc

TABULAR = ("jsonl", "csv", "parquet")
FORMATS = (*TABULAR, "cdxj", "warc.gz", "wacz", "md/", "parquet/")


@dataclass(frozen=True, slots=True)
class Wish:
    """The request for an export."""

    target: Path
    format: str  # one of FORMATS
    query: SearchQuery
    table: str = "articles"
    bom: bool = False
    force: bool = False  # replace an existing file
    made_at: datetime | None = None  # default: now
    raw_csv: bool = False  # for programs: no apostrophes
    sign: Path | None = None  # a PEM file with the private key that a WACZ is signed with


@dataclass(frozen=True, slots=True)
class Made:
    """The result of an export. `missing` names files that are missing and records that can't be read; the number of
    captures that each of them keeps out of the export is in `missing_captures`.
    """

    what: str
    count: int
    missing: tuple[str, ...] = ()
    missing_captures: dict[str, int] = field(default_factory=dict)
    records: str | None = None  # for a CDXJ: the file with records that other programs can't read in place


def format_of(name: str) -> str:
    """The format according to a file's name. Raises UsageError."""
    if name == "-":
        raise UsageError(
            "an export has a codebook next to it, so it can't go to standard output",
            "give a file, or print with `archiver search --limit 0 --json`",
        )
    lower = name.lower()
    if lower.endswith(".md"):
        lower += "/"
    for ending in FORMATS:
        if Path(lower).name in (ending.rstrip("/"), "." + ending.rstrip("/")):
            raise UsageError(f"{name!r} is an ending without a name", f"add a name: stories.{ending}")
        if lower.endswith("." + ending):
            return ending
    wanted = ", ".join(f".{ending}" for ending in FORMATS)
    raise UsageError(f"{name!r} has no known ending", f"end it with one of {wanted}")


def export(db: Index, warc_dir: Path, wish: Wish) -> Made:
    """Write an export and its codebook. With `force`, an existing file is replaced when everything is complete; a
    folder never is.

    It is a consistent snapshot, whatever is indexed meanwhile. Raises UsageError if the target exists.
    """
    if wish.target.is_file() and not wish.force:
        raise UsageError(
            f"{wish.target} exists already", "replace it with --force (in Python force=True), or choose another name"
        )
    made_at = wish.made_at or datetime.now(UTC)
    db.conn.create_function("cdx_key", 1, cdx_key, deterministic=True)
    with snapshot(db.conn):
        if wish.format == "md/":
            with new_folder(wish.target) as folder:
                made, digest = Made("stories", write_markdown(folder, iter_stories(db, wish.query))), None
        elif wish.format == "parquet/":
            with new_folder(wish.target) as folder:
                rows = iter_rows(db, "articles", wish.query)
                made, digest = Made("stories", write_parquet_parts(folder, columns_of("articles"), rows)), None
        else:
            with new_file(wish.target) as path:
                made = _write(db, warc_dir, wish, path, made_at)
                digest = sha256_of(path)
        sites = sites_of(db, wish.query)
        codebook = Codebook(
            name=wish.target.name,
            what=made.what,
            query=json.loads(query_json(wish.query)),
            count=made.count,
            made_at=made_at,
            columns=_columns(wish),
            span=[entry for entry in span(db) if entry[0] in sites],
            gaps=[gap for gap in gaps(db) if gap.site in sites],
            losses=[loss for loss in losses(db) if loss.site in sites],
            missing=made.missing,
            sha256=digest,
            roots=list(sites.items()),
            without_match=sites_without_match(db, wish.query, sites),
            index=state_of_index(db),
            annotations=annotation_counts(db, wish.query),
            numbers_as_text=wish.bom and not wish.raw_csv,
        )
    codebook.write(wish.target)
    if wish.format in TABULAR:
        package = data_package(codebook, wish.target, wish.format, EXPORTED[wish.table].key)
        path = wish.target.with_name(f"{wish.target.name}.datapackage.json")
        path.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", errors="replace")
    return made


def _write(db: Index, warc_dir: Path, wish: Wish, path: Path, made_at: datetime) -> Made:
    if wish.format in TABULAR:
        return _write_table(db, wish, path)
    captures = iter_captures(db, wish.query, "cdx_key(c.url), c.fetched_at" if wish.format == "cdxj" else _BY_FILE)
    if wish.format == "cdxj":
        return _write_cdxj(db, warc_dir, wish, path, captures)
    if wish.format == "warc.gz":
        count, missing = write_warc(path, captures, warc_dir)
    else:
        title = wish.query.text or "News archive"
        wacz = WaczWriter(path, title, made_at, WaczSigner(wish.sign) if wish.sign else None)
        count, missing = wacz.write(captures, warc_dir, _pages(db, wish.query)), wacz.missing
    return Made("captures", count, tuple(missing), missing)


_BY_FILE = "c.warc_file, c.warc_offset, c.warc_position"


def _write_cdxj(db: Index, warc_dir: Path, wish: Wish, path: Path, captures: Iterable[sqlite3.Row]) -> Made:
    """The index, and a WARC file with the records that other programs can't read in place."""

    def place(row: sqlite3.Row) -> Place | None:
        return copied.get(row["id"]) or (None if row["warc_file"] in absent else place_of(row, warc_dir))

    copied: dict[int, Place] = {}
    missing: Counter[str] = Counter()
    absent: set[str] = set()
    loose = []
    for name, rows in groupby(iter_captures(db, wish.query, _BY_FILE), key=lambda row: str(row["warc_file"])):
        if find_warc(warc_dir, name) is None:
            absent.add(name)
            missing[name] = sum(map(is_replayed, rows))
        else:
            loose += [row for row in rows if is_replayed(row) and place_of(row, warc_dir) is None]
    beside = wish.target.with_name(wish.target.name.removesuffix(".cdxj") + "-records.warc.gz")
    if loose:
        if beside.exists() and not wish.force:
            raise UsageError(f"{beside} exists already", "replace it with --force, or choose another name")
        with new_file(beside) as part, part.open("wb") as file:
            copy = RecordCopy(loose, warc_dir, file)
            for placed in copy:
                copied[placed.capture["id"]] = (str(beside.absolute()), placed.offset, placed.length)
            missing.update(copy.missing)
        if not copied:
            beside.unlink()
    count = write_cdxj(path, captures, lambda number: captured_row(db, number), place)
    missing = +missing  # without files that have nothing to replay
    return Made("captures", count, tuple(missing), dict(missing), beside.name if copied else None)


def _write_table(db: Index, wish: Wish, path: Path) -> Made:
    columns, rows = columns_of(wish.table), iter_rows(db, wish.table, wish.query)
    what = "stories" if wish.table == "articles" else f"rows of `{wish.table}`"
    if wish.format == "csv":
        return Made(what, write_csv(path, columns, rows, bom=wish.bom, raw=wish.raw_csv))
    return Made(what, (write_parquet if wish.format == "parquet" else write_jsonl)(path, columns, rows))


def _pages(db: Index, query: SearchQuery) -> Iterator[tuple[story_reader.Story, str, str]]:
    for story in iter_stories(db, query):
        capture = story_reader.capture(db, story.capture_id)
        if capture is not None:
            yield story, capture.url, capture.fetched_at


def _columns(wish: Wish) -> tuple[RowColumn, ...]:
    if wish.format in TABULAR:
        return columns_of(wish.table)
    return columns_of("articles") if wish.format in ("md/", "parquet/") else ()
