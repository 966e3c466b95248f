"""Marks of paragraphs by which copies on several sites are recognised, and the agencies that stories name.

A mark is the hash of a few words of a paragraph: its numbers, and the four longest words of one half of its words; a
second mark uses the other half. Two equal paragraphs share both marks. An edited one keeps a mark unless the edit
changes the numbers, or these words in both halves. The half of a word depends on the word alone, so an edit in one half
does not affect the other. In place of a half with too few words there is a mark of all words of the paragraph, and a
text with too few long paragraphs has a mark of its whole. A story's marks are a function of its text, and triggers keep
the tables up to date.

Marks are hashes, so each one entered in `block_marks` changes a page of its own, 13 per story among 50,000. New marks
are therefore entered in `new_marks`, in the order of stories, and moved when there are so many that several go to each
page. A query for marks has to look in both.
"""

from __future__ import annotations

import json
import re
import sqlite3
from functools import lru_cache
from hashlib import blake2b

from archiver.index.schema.connection import Index
from archiver.index.schema.declare import Column, Table
from archiver.tokens import folded_words

LONG = 80  # characters: shorter paragraphs may be equal by chance
SHARED = 300  # characters that two stories must share at least ...
SHARE = 0.5  # ... and their share of the shorter text; equal texts need only be LONG
WHOLE = -1  # the position of the mark of a whole text
_WORDS = 4
_CHARACTERS = 8  # used in scripts whose words are single characters
_ENDS = 300  # characters at the beginning and the end of a text, where agencies are named

# How stories name an agency: as author, or with these words at the beginning or the end of the text.
_AGENCIES = {
    "AAP": ("(AAP)",),
    "AFP": ("(AFP)", "Agence France-Presse"),
    "ANSA": ("(ANSA)",),
    "AP": ("(AP)", "Associated Press"),
    "Anadolu": ("(AA)", "Anadolu Agency"),
    "Bloomberg": ("(Bloomberg)",),
    "dpa": ("(dpa)", "dpa/", "Deutsche Presse-Agentur"),
    "EFE": ("(EFE)", "Agencia EFE"),
    "Europa Press": ("(EUROPA PRESS)", "Europa Press"),
    "Kyodo": ("(Kyodo)", "Kyodo News"),
    "PA": ("(PA)", "PA Media"),
    "PTI": ("(PTI)",),
    "Reuters": ("(Reuters)", "REUTERS", "Reuters"),
    "TASS": ("/TASS/", "(TASS)"),
    "UPI": ("(UPI)",),
    "Xinhua": ("(Xinhua)", "Xinhua"),
    "Yonhap": ("(Yonhap)",),
}
_NAME_OF = {words: name for name, marks in _AGENCIES.items() for words in marks}
_NAMED = re.compile(
    "|".join(
        rf"{re.escape(words)}(?![^\W_])" for words in sorted(_NAME_OF, key=len, reverse=True) if words[-1].isalpha()
    )
    + "|"
    + "|".join(re.escape(words) for words in _NAME_OF if not words[-1].isalpha())
)

_MARK_COLUMNS = (
    Column(
        "mark",
        "INTEGER NOT NULL",
        "Hash of the numbers and of the longest words of one half of the paragraph's words; or of all its words.",
    ),
    Column("article_id", "INTEGER NOT NULL", "The story."),
    Column("position", "INTEGER NOT NULL", f"The paragraph: 0, 1, 2 ... in the text; {WHOLE} is the whole text."),
    Column("length", "INTEGER NOT NULL", "Its length in characters."),
)

BLOCK_MARKS = Table(
    "block_marks",
    f"Fingerprints of the paragraphs with at least {LONG} characters of each story's latest text. Similar paragraphs "
    "share one. The view `copies` is computed from this table and `new_marks`.",
    _MARK_COLUMNS,
    key=("mark", "article_id", "position"),
    constraints=("PRIMARY KEY (mark, article_id, position)",),
    without_rowid=True,
    internal=True,
)

NEW_MARKS = Table(
    "new_marks",
    "Rows of `block_marks` that wait there: they are moved many at a time, because each changes a page of its own.",
    _MARK_COLUMNS,
    key=("article_id", "position", "mark"),
    constraints=("PRIMARY KEY (article_id, position, mark)",),
    without_rowid=True,
    internal=True,
)

AGENCIES = Table(
    "agencies",
    "The news agencies that stories name as their source.",
    (
        Column("article_id", "INTEGER NOT NULL", "The story."),
        Column("agency", "TEXT NOT NULL", f"Its name: {', '.join(_AGENCIES)}."),
        Column("named", "TEXT NOT NULL", f"Where: author; or text, in its first or last {_ENDS} characters."),
    ),
    key=("article_id", "agency"),
    constraints=("PRIMARY KEY (article_id, agency)",),
    indexes=("INDEX agencies_agency ON agencies(agency)",),
    without_rowid=True,
)

TABLES = (BLOCK_MARKS, NEW_MARKS, AGENCIES)

# New marks of about 2,000 stories. Queries read all of them, which takes a few milliseconds.
_WAITING = 32_768

_ADD_MARKS = (
    "INSERT INTO {table} (mark, article_id, position, length) "
    "SELECT json_extract(j.value, '$[0]'), {row}.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]') "
    "FROM {source}json_each(block_marks_of({row}.text)) j WHERE 1 ON CONFLICT DO NOTHING"
)
_ADD_AGENCIES = (
    "INSERT INTO agencies (article_id, agency, named) "
    "SELECT {row}.id, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') "
    "FROM {source}json_each(agencies_of({row}.authors, {row}.text)) j WHERE 1 ON CONFLICT DO NOTHING"
)
_REMOVE_MARKS = (
    "DELETE FROM new_marks WHERE article_id = old.id; "
    "DELETE FROM block_marks WHERE article_id = old.id AND mark IN "
    "(SELECT json_extract(j.value, '$[0]') FROM json_each(block_marks_of(old.text)) j)"
)
_REMOVE_AGENCIES = "DELETE FROM agencies WHERE article_id = old.id"
_ADD = f"{_ADD_MARKS}; {_ADD_AGENCIES};".format(row="new", source="", table="new_marks")
_REMOVE = f"{_REMOVE_MARKS}; {_REMOVE_AGENCIES};"

TRIGGERS = {
    "likeness_insert": f"CREATE TRIGGER likeness_insert AFTER INSERT ON articles BEGIN {_ADD} END",
    "likeness_delete": f"CREATE TRIGGER likeness_delete AFTER DELETE ON articles BEGIN {_REMOVE} END",
    "likeness_update": "CREATE TRIGGER likeness_update AFTER UPDATE ON articles WHEN old.text IS NOT new.text OR "
    f"old.authors IS NOT new.authors BEGIN {_REMOVE} {_ADD} END",
}


def add_marks_function(connection: sqlite3.Connection) -> None:
    """Register the function `block_marks_of` (the marks of a text, as JSON) with a connection."""
    connection.create_function("block_marks_of", 1, lambda text: json.dumps(marks_of(text)), deterministic=True)


def prepare(connection: sqlite3.Connection) -> None:
    """Register the functions that the triggers call with a writer's connection."""
    add_marks_function(connection)
    connection.create_function("agencies_of", 2, _agencies_json, deterministic=True)


def fill(db: Index) -> None:
    """Enter the marks and the agencies of all stories, inside the caller's transaction."""
    for table in TABLES:
        db.execute(f"DELETE FROM {table.name}")  # noqa: S608 - constants
    for statement in (_ADD_MARKS, _ADD_AGENCIES):
        db.execute(statement.format(row="a", source="articles a, ", table="block_marks"))


def move_marks(db: Index, *, few: bool = False) -> None:
    """Move the new marks to `block_marks`, inside the caller's transaction. `few`: also if so few are not worth it."""
    (waiting,) = db.execute("SELECT count(*) FROM new_marks").fetchone()
    if few or waiting >= _WAITING:
        rows = "SELECT mark, article_id, position, length FROM new_marks ORDER BY mark, article_id, position"
        db.execute(f"INSERT OR IGNORE INTO block_marks {rows}")
        db.execute("DELETE FROM new_marks")


def marks_of(text: str) -> list[tuple[int, int, int]]:
    """(mark, position, length) of the long paragraphs of a text, two of each, and of a text with too few of them."""
    found = []
    for position, paragraph in enumerate(text.split("\n\n")):
        if len(paragraph) >= LONG:
            found += [(mark, position, len(paragraph)) for mark in _marks(paragraph)]
    marked = sum({position: length for _, position, length in found}.values())
    if len(text) >= LONG and marked < max(SHARED, SHARE * len(text)):
        found.append((_hash(["text", text]), WHOLE, len(text)))
    return found


# When a story's text changes, the marks of its text before and after are needed, and most paragraphs are in both.
@lru_cache(maxsize=4096)
def _marks(paragraph: str) -> tuple[int, ...]:
    written = folded_words(paragraph)
    words = set(written)
    number = _WORDS if sum(map(len, words)) > 2 * len(words) else _CHARACTERS
    numbers: list[str] = []
    halves: tuple[list[str], list[str]] = ([], [])
    for word in words:
        (numbers if word[0].isdigit() else halves[(len(word) + ord(word[0])) & 1]).append(word)
    # With the numbers, because reports of results and prices differ in nothing else.
    numbers = sorted(numbers)[:number]
    marks = [_hash(numbers + _longest(half)[:number]) for half in halves if len(half) >= number]
    whole = [_hash([sign, *written]) for sign in "=#"[len(marks) :]] if written else []
    return (*marks, *whole)


def _longest(words: list[str]) -> list[str]:
    """The longest first, equally long ones alphabetically."""
    return sorted(sorted(words), key=len, reverse=True)


def _hash(words: list[str]) -> int:
    """48 bits: among a million stories of ten paragraphs one in 30 shares a mark by chance, and a copy needs
    several."""
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=6).digest(), "big")


def _agencies_json(authors: str, text: str) -> str:
    return json.dumps(sorted(agencies_of(json.loads(authors), text).items()))


def agencies_of(authors: list[str], text: str) -> dict[str, str]:
    """The agencies that a story names, and where: author or text."""
    ends = text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]}\n{text[-_ENDS:]}"
    found = {_NAME_OF[words]: "text" for words in _NAMED.findall(ends)}
    for author in authors:
        names = [_NAME_OF[words] for words in _NAMED.findall(author)]
        found |= dict.fromkeys([*names, author] if author in _AGENCIES else names, "author")
    return found
