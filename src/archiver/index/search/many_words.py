"""The best matches of many words joined by OR, without the score of every match.

A score (bm25) is a sum over the words that a story has, and each word adds less than (k1 + 1) times its IDF. So stories
with one word seldom come near those with several. First the stories with several words are scored, then those with one
word that could still be among the best: the result is the same as if all were scored, which takes twice as long.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import chain

from archiver.index.schema.connection import Index
from archiver.index.search.plan import UNLESS, any_of
from archiver.index.search.selection import Chosen

FEWEST = 10  # minimum number of words for which this is faster
_K1 = 1.2  # of FTS5's bm25 (https://www.sqlite.org/fts5.html#the_bm25_function)
_PLAIN = re.compile(r'"[^" ]+"(?: OR "[^" ]+")+')
_MARGIN = 1e-6  # for rounding


def plain_words(chosen: Chosen) -> list[str]:
    """The words of an expression that consists only of words joined by OR, at least FEWEST; otherwise none."""
    listed = chosen.expression.replace(f" {UNLESS}", "").replace("(", "").replace(")", "")
    if not chosen.only_words or not _PLAIN.fullmatch(listed):
        return []
    words = listed.split(" OR ")
    # A repeated word counts twice.
    return words if len(words) == len(set(words)) >= FEWEST else []


def best_of(db: Index, chosen: Chosen, words: list[str], wanted: int) -> list[tuple[int, float]]:
    """The best `wanted` stories with their scores."""
    stories = {word: _stories(db, chosen, word) for word in words}
    found = Counter(chain.from_iterable(stories.values()))
    several = [story for story, number in found.items() if number > 1]
    best = _scored(db, chosen, chosen.values[0], several, wanted)
    lowest = best[-1][1] if best and len(best) == wanted else 0.0
    (number,) = db.execute("SELECT count(*) FROM articles").fetchone()
    near = [word for word, those in stories.items() if _most_of(len(those), number) >= lowest - _MARGIN]
    alone = [story for word in near for story in stories[word] if found[story] == 1]
    # Words that a story doesn't have add nothing to its score.
    both = best + _scored(db, chosen, any_of(near), alone, wanted)
    both.sort(key=lambda row: (-row[1], row[0]))
    return both[:wanted]


def _stories(db: Index, chosen: Chosen, word: str) -> list[str]:
    """The IDs as text, which saves a third of the time."""
    sql = f"SELECT group_concat(rowid) FROM {chosen.table} WHERE {chosen.table} MATCH ?"  # noqa: S608 - constants
    (together,) = db.execute(sql, (word,)).fetchone()
    return together.split(",") if together else []


def _scored(db: Index, chosen: Chosen, expression: str, stories: list[str], wanted: int) -> list[tuple[int, float]]:
    if not stories:
        return []
    sql = (
        f"SELECT rowid, {chosen.score} AS score FROM {chosen.table} WHERE {chosen.table} MATCH ?"  # noqa: S608 - constants
        " AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY score DESC, rowid LIMIT ?"
    )
    return db.execute(sql, (expression, f"[{','.join(stories)}]", wanted)).fetchall()


def _most_of(stories: int, of: int) -> float:
    """More than any story can score for a word that this many stories have."""
    return max((_K1 + 1) * math.log((of - stories + 0.5) / (stories + 0.5)), 1e-5)
