"""Erases withdrawn stories from every file of an archive. The caller holds the archive's lock; index and frontier have
already been updated.

WARC files that contain something of a story are rewritten under a new name, without its records and with its traces in
other records blanked. The old files are deleted, and the manifest records this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver import withdrawals
from archiver.decisions import FILE_NAME as DECISIONS
from archiver.errors import DamageError, StorageError, UsageError
from archiver.extract.pool import ExtractTask
from archiver.fixity.manifest import Manifest, sha512_of
from archiver.frontier import Frontier
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.ingest.pipeline import Extractor
from archiver.index.ingest.warc_files import packages_in, warcs_in
from archiver.index.read.foreign_files import indexed_names
from archiver.index.read.withheld_records import occurs_elsewhere, withheld_foreign_files, withheld_ids
from archiver.model import Article, Skip
from archiver.warc import Damage, Record, is_there, path_of, read_records
from archiver.warc.payload import capture_of
from archiver.warc.places import stored_text
from archiver.warc.wacz import inspect
from archiver.withdraw.rewriting import (
    RawRecord,
    blanked,
    member,
    payload_digest,
    raw_records,
    renamed,
    repeating,
    write,
)
from archiver.withdraw.traces import Traces, sentences_of

# Neither searched nor changed: databases are updated separately, and the logs of decisions contain no URL.
_KEPT = (".db", ".db-wal", ".db-shm", ".sum", ".lock", "lock", DECISIONS, "manifest.jsonl", "manifest.sig", ".tsr")


@dataclass(slots=True)
class Erased:
    """The result. `files` maps each deleted WARC file to its replacement."""

    records: int = 0  # records removed
    blanked: int = 0  # with a trace of the story
    files: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)  # logs, reports and other files with traces
    left: list[str] = field(default_factory=list)  # foreign files that still contain something, or may
    unsearched: set[str] = field(default_factory=set)  # those of them that are damaged
    hidden: set[str] = field(default_factory=set)  # other records in them with traces, as `withdrawals.record_hash`


@dataclass(frozen=True, slots=True)
class _Story:
    """The records to remove, by ID, and the traces to blank."""

    dropped: frozenset[str]
    addresses: frozenset[str]
    traces: Traces

    def holds(self, record: RawRecord) -> bool:
        """Whether a record belongs to the story."""
        if not self.dropped.isdisjoint((record.record_id, record.origin_id, record.fields.get("warc-concurrent-to"))):
            return True
        return "://" in record.url and not self.addresses.isdisjoint(withdrawals.hashes_of([record.url]))


def erase(
    archive: ArchiveDir, addresses: frozenset[str], pool: Extractor, on_file: Callable[[str], None] = lambda _: None
) -> Erased:
    """Erase what is withdrawn under these URLs. Raises DamageError for a file that can't be searched, StorageError. No
    file is deleted before its replacement is complete.
    """
    story = _gather(archive, addresses, pool, on_file)
    done = Erased()
    digests = _digests(archive, story, on_file)
    manifest = Manifest(archive.path)
    needing = [path for path in _warcs(archive) if _needs_writing(path, story, digests)]
    packed = next((path for path in needing if not path.is_file()), None)
    if packed is not None:
        raise UsageError(
            f"{packed} is in a WACZ package, which can't be rewritten", "replace the package with its WARC files"
        )
    for path in needing:
        on_file(path.name)
        new = _new_name(path)
        temporary = new.with_name(new.name + ".part")
        temporary.unlink(missing_ok=True)
        write(temporary, _members(path, new.name, story, digests, done))
        manifest.add(new.name, *sha512_of(temporary), note=f"{path.name} without what was erased")
        temporary.rename(new)
        done.files[path.name] = new.name
    _erase_from_frontier(archive, story, done.files, frozenset(digests))
    for old, new_name in done.files.items():
        (archive.warc / old).unlink()
        manifest.add(old, 0, "", event="removed", note=new_name)
    done.texts = _erase_from_texts(archive, story.traces)
    if archive.index.exists():
        with open_reader(archive.index) as db:
            done.left = withheld_foreign_files(db, story.addresses)
    _search_outside(archive, story, done, on_file)
    return done


def _gather(archive: ArchiveDir, addresses: frozenset[str], pool: Extractor, on_file: Callable[[str], None]) -> _Story:
    """Collect what belongs to the story: its records, the URLs in them, and the sentences of its texts."""
    dropped: set[str] = set()
    if archive.index.exists():
        with open_reader(archive.index) as db:
            dropped = withheld_ids(db, addresses)
    story = _Story(frozenset(dropped), addresses, Traces(()))
    urls: set[str] = set()
    revisits: dict[str, tuple[str, str]] = {}
    tasks: list[ExtractTask] = []
    for path in (*_warcs(archive), *_outside(archive)):
        on_file(path.name)
        for record in read_records(path):
            if isinstance(record, Damage):
                continue  # rewritten files are searched completely: `raw_records` refuses damage
            raw = RawRecord(record.fields, b"", b"")
            if story.holds(raw):
                dropped.add(raw.record_id)
                urls.add(raw.url)
                tasks += _tasks_of(record)
            elif raw.type == "revisit":
                revisits[raw.record_id] = (raw.refers_to, raw.url)
    texts = {text for outcome in pool.map(tasks) for text in _texts_of(outcome)}
    for record_id, (refers_to, url) in revisits.items():
        if refers_to in dropped:  # the same page at another URL
            dropped.add(record_id)
            urls.add(url)
    if archive.index.exists():
        with open_reader(archive.index) as db:
            texts = {text for text in texts if not occurs_elsewhere(db, text)}
    hashes = addresses | withdrawals.hashes_of(urls)
    return _Story(frozenset(dropped), hashes, Traces(tuple(sorted(urls)), tuple(sorted(texts))))


def _tasks_of(record: Record) -> list[ExtractTask]:
    found = capture_of(record)
    if found is None or not found[1].data:
        return []
    capture, payload = found
    return [ExtractTask(payload.data, capture.url, capture.fetched_at, None, capture.mime, capture.charset)]


def _texts_of(outcome: Article | Skip) -> set[str]:
    """The distinctive sentences of a story, including its headline and captions."""
    if isinstance(outcome, Skip):
        return set(sentences_of(outcome.title or ""))
    parts = [outcome.title, outcome.description or "", *(block.text for block in outcome.blocks)]
    parts += [text for image in outcome.images for text in (image.caption, image.alt) if text]
    return {sentence for part in parts for sentence in sentences_of(part)}


def _digests(archive: ArchiveDir, story: _Story, on_file: Callable[[str], None]) -> dict[str, str]:
    """The new payload digests of blanked records, by record ID, because revisits state them, too."""
    found: dict[str, str] = {}
    for path in _warcs(archive):
        on_file(path.name)
        for record in raw_records(path):
            if not story.holds(record) and (new := blanked(record, story.traces)) is not None:
                found[record.record_id] = payload_digest(new) or ""
    return found


def _needs_writing(path: Path, story: _Story, digests: Mapping[str, str]) -> bool:
    return any(
        story.holds(record) or record.record_id in digests or record.refers_to in digests
        for record in raw_records(path)
    )


def _members(path: Path, name: str, story: _Story, digests: Mapping[str, str], done: Erased) -> Iterator[bytes]:
    for record in raw_records(path):
        if story.holds(record):
            done.records += 1
            continue
        kept = record
        if record.record_id in digests:
            kept = blanked(record, story.traces) or record
            done.blanked += 1
        elif record.type == "revisit" and digests.get(record.refers_to):
            kept = repeating(record, digests[record.refers_to])
        yield member(renamed(kept, name) if kept.type == "warcinfo" else kept)


def _erase_from_frontier(archive: ArchiveDir, story: _Story, files: Mapping[str, str], changed: frozenset[str]) -> None:
    if not archive.frontier.exists():
        return

    def has_trace(text: str) -> bool:
        if "://" in text and not story.addresses.isdisjoint(withdrawals.hashes_of([text])):
            return True
        return story.traces.blanked(text.encode("utf-8", "replace")) is not None

    with Frontier(archive.frontier) as frontier:
        frontier.erase(has_trace, story.dropped | changed, files)


def _erase_from_texts(archive: ArchiveDir, traces: Traces) -> list[str]:
    """Blank the traces in logs, reports and other files next to the WARC files. Raises StorageError."""
    changed = []
    for folder, _, names in os.walk(archive.path):
        for path in (Path(folder) / name for name in sorted(names)):
            if path.parent == archive.warc or path.name.endswith(_KEPT):
                continue
            try:
                data = traces.blanked(path.read_bytes())
                if data is not None:
                    temporary = path.with_name(path.name + ".part")
                    temporary.write_bytes(data)
                    temporary.replace(path)
                    changed.append(str(path.relative_to(archive.path)))
            except OSError as error:
                raise StorageError(f"{path} can't be changed ({error.strerror})", "check the permissions") from error
    return changed


def _outside(archive: ArchiveDir) -> list[Path]:
    """The indexed WARC files outside the archive that exist, also those in packages."""
    paths = [path_of(name) for name in indexed_names(archive.index) if name.startswith("/")]
    return [path for path in paths if is_there(path) and path.suffix.lower() != ".wacz"]


def _search_outside(archive: ArchiveDir, story: _Story, done: Erased, on_file: Callable[[str], None]) -> None:
    """Find what the files outside the archive still contain. They are not changed."""
    left = set(done.left)
    for path in _outside(archive):
        on_file(path.name)
        for record in read_records(path):
            if isinstance(record, Damage) or record.cut:
                done.unsearched.add(stored_text(path))
                continue
            raw = RawRecord(record.fields, record.header, record.block)
            if story.holds(raw):
                left.add(stored_text(path))
            elif blanked(raw, story.traces) is not None:
                left.add(stored_text(path))
                found = capture_of(record)
                if found is not None:
                    done.hidden.add(withdrawals.record_hash(raw.record_id, found[0].payload_digest))
    done.left = sorted(left | done.unsearched)


def _warcs(archive: ArchiveDir) -> list[Path]:
    """The WARC files, those inside packages last."""
    paths = [warc.path for warc in warcs_in(archive.warc)]
    for package in packages_in(archive.warc):
        try:
            paths += [Path(f"{package.path}#{name}") for name in inspect(package.path, digests=False).warcs]
        except (OSError, ValueError) as error:
            raise DamageError(f"{package.path} can't be searched ({error})", "restore it from a backup") from error
    return paths


def _new_name(path: Path) -> Path:
    """`site-20260501-00001-host.warc.gz` becomes `site-20260501-00001-host-r1.warc.gz`."""
    stem = re.sub(r"\.(warc|arc)(\.(gz|zst))?$", "", path.name)
    numbers = iter(range(1, 1000))
    return next(new for number in numbers if not (new := path.with_name(f"{stem}-r{number}.warc.gz")).exists())
