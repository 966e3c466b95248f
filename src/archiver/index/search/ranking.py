"""The order of search results.

By score (bm25), which must be computed for every match (about 1 µs each). If more than `RANKED_WHOLE` stories match,
such a score says little and takes long. Then headline matches come first, newest first within each group. Both orders
are total, and the same after a rebuild. Where each story has to be read (`--exact`, `C++`), the number of stories that
have the words in any spelling decides: to count those with the exact spelling would mean to read them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from archiver.index.schema.connection import Index
from archiver.index.search.many_words import best_of, plain_words
from archiver.index.search.plan import Condition
from archiver.index.search.selection import Chosen, SearchQuery, is_ranked

RANKED_WHOLE = 20_000
_WALKED = 1500  # stories; looking each of them up in the full-text table takes 15 ms


def headlines_first(query: SearchQuery, scores: Iterable[float]) -> bool:
    """Whether stories that were found with these scores are ordered by headline and date instead of relevance."""
    return query.sort == "relevance" and is_ranked(query) and not any(scores)


def in_order(db: Index, chosen: Chosen, query: SearchQuery) -> Iterator[tuple[int, float]]:
    """The stories of a page with their scores; 0 if they are not ordered by score.

    This takes several statements; the caller keeps a cursor open, so that they see one snapshot of the index.
    """
    limit, offset = -1 if query.limit is None else max(0, query.limit), max(0, query.offset)
    if not chosen.searches_text or query.sort == "date":
        yield from ((story, 0.0) for story in _newest_first(db, chosen, chosen.expression, limit, offset))
    elif (scored := _by_score(db, chosen, limit, offset)) is not None:
        yield from scored
    else:
        yield from ((story, 0.0) for story in _headlines_first(db, chosen, limit, offset))


def _by_score(db: Index, chosen: Chosen, limit: int, offset: int) -> Iterable[tuple[int, float]] | None:
    """None if there are too many matches to score."""
    if chosen.only_words and not _has_phrase(chosen.expression) and not _are_few(db, chosen):
        return None
    chosen = _to_score(db, chosen)
    number, source = ("rowid", chosen.table) if chosen.only_words else ("a.id", chosen.source)
    scored = f"SELECT {number} AS id, {chosen.score} AS score FROM {source} WHERE {chosen.where}"  # noqa: S608 - constants
    if chosen.only_words and not _has_phrase(chosen.expression):
        if limit >= 0 and (words := plain_words(chosen)):
            return best_of(db, chosen, words, limit + offset)[offset:]
        return db.execute(f"{scored} ORDER BY score DESC, {number} LIMIT ? OFFSET ?", (*chosen.values, limit, offset))
    if chosen.read is not None:
        return _read_in_order(db, chosen, chosen.read, limit, offset)
    # Counting takes as long as finding, and so does each row passed to Python: do everything in one statement.
    page = (
        f"SELECT id, score, count(*) OVER () FROM ({scored} LIMIT ?)"  # noqa: S608 - constants
        " ORDER BY score DESC, id LIMIT ? OFFSET ?"
    )
    rows = db.execute(page, (*chosen.values, RANKED_WHOLE + 1, limit, offset)).fetchall()
    if not rows and offset:  # a page after the last, or too many matches
        return [] if _is_at_most(db, chosen, RANKED_WHOLE) else None
    return None if rows and rows[0][2] > RANKED_WHOLE else [(story_id, score) for story_id, score, _ in rows]


def _to_score(db: Index, chosen: Chosen) -> Chosen:
    """How to find the stories to score: bm25 counts the stories of each word of the expression, also those of a site,
    which is worth it only if the other words are in many stories."""
    by_rows = chosen.by_rows()
    if by_rows is chosen or _has_phrase(by_rows.expression) or _are_few(db, by_rows):
        return by_rows
    return chosen


def _is_at_most(db: Index, chosen: Chosen, most: int) -> bool:
    beyond = f"SELECT 1 FROM {chosen.source} WHERE {chosen.where} LIMIT 1 OFFSET ?"  # noqa: S608 - constants
    return db.execute(beyond, (*chosen.values, most)).fetchone() is None


def _read_in_order(
    db: Index, chosen: Chosen, read: Condition, limit: int, offset: int
) -> list[tuple[int, float]] | None:
    """If each story has to be read: the candidates in the order of their score, as far as they are shown. None if there
    are too many to score.
    """
    sql = f"SELECT a.id, {chosen.score} FROM {chosen.source} WHERE {chosen.unread} LIMIT ?"  # noqa: S608 - constants
    rows: list[tuple[int, float]] = db.execute(sql, (*chosen.unread_values, RANKED_WHOLE + 1)).fetchall()
    if len(rows) > RANKED_WHOLE:
        return None
    rows.sort(key=lambda row: (-row[1], row[0]))
    matching = (row for row in rows if _holds(db, read, row[0]))
    return list(islice(matching, offset, offset + limit if limit >= 0 else None))


def _holds(db: Index, read: Condition, story_id: int) -> bool:
    sql = f"SELECT {read.sql} FROM articles a WHERE a.id = ?"  # noqa: S608 - constants
    return bool(db.execute(sql, (*read.values, story_id)).fetchone()[0])


def _has_phrase(expression: str) -> bool:
    return any(" " in quoted for quoted in expression.split('"')[1::2])


def _are_few(db: Index, chosen: Chosen) -> bool:
    """Whether few enough stories have the words to be scored. (Skipping them with OFFSET takes a third of the time of
    counting them.)
    """
    beyond = f"SELECT 1 FROM {chosen.table} WHERE {chosen.table} MATCH ? LIMIT 1 OFFSET ?"  # noqa: S608 - constants
    return db.execute(beyond, (chosen.values[0], RANKED_WHOLE)).fetchone() is None


def _headlines_first(db: Index, chosen: Chosen, limit: int, offset: int) -> Iterator[int]:
    """Two lists, one after the other."""
    taken = 0
    for story_id in _sorted_by_date(db, chosen, chosen.in_headline, limit, offset):
        yield story_id
        taken += 1
    if taken == limit:
        return
    others = f"({chosen.expression}) NOT ({chosen.in_headline})"
    skip = 0 if taken else offset - min(offset, _number(db, chosen, chosen.in_headline))
    yield from _newest_first(db, chosen, others, limit - taken if limit >= 0 else -1, skip)


def _newest_first(db: Index, chosen: Chosen, expression: str, limit: int, offset: int) -> Iterator[int]:
    """The stories without a date last."""
    if chosen.only_words_decide and limit >= 0 and not _are_few(db, chosen):
        found = _among_the_newest(db, chosen, expression, limit + offset)
        if found is not None:
            yield from found[offset:]
            return
    yield from _sorted_by_date(db, chosen, expression, limit, offset)


def _sorted_by_date(db: Index, chosen: Chosen, expression: str, limit: int, offset: int) -> Iterator[int]:
    where, values = (chosen.where, chosen.values) if chosen.read is None else (chosen.unread, chosen.unread_values)
    if chosen.expression:
        values = chosen.values_for(expression, values)
    sql = f"SELECT a.id FROM {chosen.source} WHERE {where} ORDER BY a.date DESC, a.id"  # noqa: S608 - constants
    read = chosen.read
    if read is None:
        yield from (row[0] for row in db.execute(f"{sql} LIMIT ? OFFSET ?", (*values, limit, offset)))
        return
    matching = (row[0] for row in db.execute(sql, values) if _holds(db, read, row[0]))
    yield from islice(matching, offset, offset + limit if limit >= 0 else None)


def _among_the_newest(db: Index, chosen: Chosen, expression: str, wanted: int) -> list[int] | None:
    """The first matches by date, found without examining all matches; None if the newest stories have too few."""
    has_words = f"SELECT 1 FROM {chosen.table} WHERE {chosen.table} MATCH ? AND rowid = ?"  # noqa: S608 - constants
    found: list[int] = []
    for (story_id,) in db.execute("SELECT id FROM articles ORDER BY date DESC, id LIMIT ?", (_WALKED,)):
        if len(found) == wanted:
            return found
        if db.execute(has_words, (expression, story_id)).fetchone() and (
            chosen.read is None or _holds(db, chosen.read, story_id)
        ):
            found.append(story_id)
    return None


def _number(db: Index, chosen: Chosen, expression: str) -> int:
    sql = f"SELECT count(*) FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
    return int(db.execute(sql, chosen.values_for(expression)).fetchone()[0])
