"""Users' annotations of stories: entities, topics, ratings, in the table `annotations`.

They are neither in the WARC files nor derived from them, so they are kept in `annotations.jsonl` next to the index, one
line per import, and every rebuild inserts them again. A version is stored by the time of its first capture, because its
number changes when an older capture is indexed later.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from archiver.errors import DamageError, StorageError, UsageError
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.printable import from_csv_cell
from archiver.timestamps import stamp
from archiver.transactions import transaction

FILE_NAME = "annotations.jsonl"
_FIELDS = ("id", "article_id", "url", "version", "name", "value")
_SQL = "INSERT INTO annotations (article_id, version, name, value) VALUES (?, ?, ?, ?)"
_STORED = "SELECT article_id, version, name, value FROM annotations ORDER BY article_id, version, name, value"
_VERSION = "SELECT max(version) FROM versions WHERE article_id = ? AND seen_at <= ?"
_NOTHING = "correct or remove that line; nothing was imported"

Row = tuple[int, int, str, str]  # of the table


@dataclass(frozen=True, slots=True, order=True)
class Annotation:
    """A name and a value for a story, or for its version first captured at `seen_at` (UTC)."""

    article_id: int
    seen_at: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of the archive at `folder`."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file with the annotations."""
        return self.folder / FILE_NAME

    def add(self, db: Index, found: list[Annotation]) -> int:
        """Store annotations durably and insert them into the index; returns the number of new ones. Raises
        StorageError.
        """
        known = self.all()
        new = [entry for entry in dict.fromkeys(found) if entry not in known]
        if new:
            self._append({"add": [astuple(entry) for entry in new]})
        self.replay(db)
        return len(new)

    def forget(self, db: Index, name: str) -> int:
        """Remove all annotations with a name; returns their number. Raises UsageError if there are none."""
        known = self.all()
        number = sum(entry.name == name for entry in known)
        if not number:
            names = ", ".join(sorted({entry.name for entry in known}))
            raise UsageError(
                f"there is no annotation {name!r}", f"known annotations: {names}" if names else "add some first"
            )
        self._append({"forget": name})
        self.replay(db)
        return number

    def take_over(self, other: Annotations) -> tuple[int, list[str]]:
        """Merge those of another archive; returns the number of new ones, and the names left out because they were
        removed here. The index is not changed: `replay` does that.
        """
        known, forgotten = self.all(), self._forgotten()
        new = [entry for entry in other.all() if entry not in known]
        kept = [entry for entry in new if entry.name not in forgotten]
        if kept:
            self._append({"add": [astuple(entry) for entry in kept]})
        return len(kept), sorted({entry.name for entry in new} & forgotten)

    def _forgotten(self) -> set[str]:
        """Names that were removed and not used since."""
        found: set[str] = set()
        for line in self._lines():
            with suppress(ValueError):
                data = json.loads(line)
                found.update([data["forget"]] if "forget" in data else ())
        return found - {entry.name for entry in self.all()}

    def all(self) -> dict[Annotation, None]:
        """All stored annotations, in the order of import. Raises DamageError for an invalid line."""
        found: dict[Annotation, None] = {}
        for number, line in enumerate(self._lines(), 1):
            try:
                data = json.loads(line)
                if "forget" in data:
                    found = {entry: None for entry in found if entry.name != data["forget"]}
                for story, seen_at, name, value in data.get("add", ()):
                    found[Annotation(int(story), seen_at and str(seen_at), str(name), str(value))] = None
            except (ValueError, TypeError, AttributeError) as error:
                if not line.rstrip().endswith(b"}"):
                    continue  # incomplete after a crash: it was never reported as stored
                raise DamageError(
                    f"{self.path}, line {number} is not a valid annotation", "restore the file, or remove that line"
                ) from error
        return found

    def replay(self, db: Index) -> None:
        """Fill the table from the file. Annotations of stories that are not in the index remain in the file."""
        rows = _rows(db, self.all())
        if db.execute(_STORED).fetchall() == rows:
            return
        with transaction(db.conn):
            db.execute("DELETE FROM annotations")
            db.executemany(_SQL, rows)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line.strip()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"{self.path} can't be read ({error.strerror})", "check the permissions") from error

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry | {"at": stamp()}, ensure_ascii=False) + "\n"
        try:
            with self.path.open("ab") as file:
                # On a new line, also after an incomplete one.
                file.write(b"\n" * bool(file.tell()) + line.encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(f"{self.path} can't be written ({error.strerror})", "free some space") from error


def _rows(db: Index, found: dict[Annotation, None]) -> list[Row]:
    """The rows of the table in order, with the current IDs of stories and numbers of versions."""
    if not found:
        return []
    now: dict[int, int] = dict(db.execute("SELECT old_id, id FROM former_ids").fetchall())
    ids = {row[0] for row in db.execute("SELECT id FROM articles")}
    rows: set[Row] = set()
    for entry in found:
        story = entry.article_id if entry.article_id in ids else now.get(entry.article_id)
        if story is None:
            continue
        version = 0
        if entry.seen_at is not None:
            version = db.execute(_VERSION, (story, entry.seen_at)).fetchone()[0] or 1
        rows.add((story, version, entry.name, entry.value))
    return sorted(rows)


def read_annotations(db: Index, name: str, data: bytes) -> list[Annotation]:
    """The rows of a CSV file (with a header) or of JSONL: `id` or `url`, `name`, `value`, and `version` if it has one.

    Raises UsageError with the line of the first invalid row; nothing is imported then.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    rows = _csv_rows(name, text) if _is_csv(name) else _json_rows(name, text)
    stories: dict[str, story_reader.Story | None] = {}
    return [_annotation(db, f"{name}, line {line}", row, stories) for line, row in rows]


def ignored_columns(name: str, data: bytes) -> tuple[str, ...]:
    """The columns of a file (or the keys of JSONL) that `read_annotations` has read and does not store."""
    text = data.decode("utf-8-sig")
    found = (
        list(_csv_reader(text).fieldnames or ())
        if _is_csv(name)
        else [key for _, row in _json_rows(name, text) for key in row]
    )
    return tuple(dict.fromkeys(column for column in found if column and column not in _FIELDS))


def _is_csv(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv"))


def _csv_reader(text: str) -> csv.DictReader[str]:
    first = text.partition("\n")[0]
    # Spreadsheets write semicolons if the comma is the decimal separator.
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    reader.fieldnames = [column.strip().lower() for column in reader.fieldnames or []]
    return reader


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = _csv_reader(text)
    header = reader.fieldnames or []
    lacking = [column for column in ("name", "value") if column not in header]
    lacking += [] if set(_FIELDS[:3]) & set(header) else ["id or url"]
    if lacking:
        hint = "the columns are id or url, name, value, and optionally version"
        raise UsageError(f"{name} lacks the column {' and '.join(lacking)}", hint)
    try:
        for row in reader:
            yield reader.line_num, {key: from_csv_cell(row[key]) for key in _FIELDS if row.get(key) not in (None, "")}
    except csv.Error as error:
        raise UsageError(f"{name}, line {reader.line_num} is not valid CSV ({error})", _NOTHING) from error


def _json_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{name}, line {number} is not valid JSON ({error})", "write one JSON object on each line"
            ) from error
        if not isinstance(row, dict):
            raise UsageError(f"{name}, line {number} is not an object", 'write {"id": …, "name": …, "value": …}')
        yield number, row


def _annotation(
    db: Index, place: str, row: dict[str, Any], stories: dict[str, story_reader.Story | None]
) -> Annotation:
    wanted = (
        str(row.get("id") or row.get("article_id") or row.get("url") or "").strip().removeprefix("'")
    )  # of `export --bom`
    if not wanted:
        raise UsageError(f"{place} has neither id nor url", _NOTHING)
    if wanted not in stories:
        stories[wanted] = story_reader.find_story(db, wanted)
    story = stories[wanted]
    if story is None:
        rounded = "e+" in wanted.lower() or (len(wanted) == 16 and wanted.isdecimal() and wanted.endswith("0"))
        hint = "a spreadsheet rounded the ID: use url, or export with --bom" if rounded else _NOTHING
        raise UsageError(f"{place}: there is no story {wanted!r} in this archive", hint)
    name, value, version = row.get("name"), row.get("value"), row.get("version")
    if not isinstance(name, str) or not name.strip() or value is None:
        raise UsageError(f"{place} has no name or no value", _NOTHING)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return Annotation(story.id, _seen_at(db, place, story, version), name.strip(), text)


def _seen_at(db: Index, place: str, story: story_reader.Story, version: Any) -> str | None:
    """When the version was first captured; None for the whole story."""
    number = str(version or 0)
    if not number.isdecimal() or int(number) > story.versions:
        raise UsageError(f"{place} names version {version!r}", f"the story has versions 1 to {story.versions}")
    if int(number) == 0:
        return None
    sql = "SELECT seen_at FROM versions WHERE article_id = ? AND version = ?"
    return str(db.execute(sql, (story.id, int(number))).fetchone()[0])
