"""Learned boilerplate and people's decisions about it: the table `boilerplate`.

Each window of a site (a year, a week) is examined again when its stories have grown by a step or some of the examined
ones have changed. A site's rows combine the findings of all windows with people's decisions. The caller recomputes the
stories affected by added or removed rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from archiver.boilerplate import Finding, Outline, What, key_bytes, learn, unpack_outline
from archiver.boilerplate.windows import Span, judged, spans_of
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched
from archiver.index.store.packing import pack_json, unpack_json
from archiver.index.store.states import Texts, boilerplate_id, stories_with

_MOST_SUSPECTS = 50  # per window: people review these
_EFFECTS = {"learned": 2, "accepted": 2, "rejected": -1}
_COLUMNS = "id, site, what, hash, text, status, why, stories, share, first_seen, last_seen, decided_at, boxed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision about one row, whether the row exists or not."""

    site: str
    what: What
    key: int
    verdict: str  # accept or reject
    reason: str
    at: str

    @property
    def id(self) -> int:
        return boilerplate_id(self.site, self.what, self.key)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """One finding of one window, as stored."""

    what: What
    key: int
    learned: bool
    why: str
    stories: int
    share: float
    text: str
    first_seen: str
    last_seen: str
    boxed: bool


class _Row(NamedTuple):
    """A row of `boilerplate`."""

    id: int
    site: str
    what: What
    hash: int
    text: str
    status: str
    why: str
    stories: int
    share: float
    first_seen: str | None
    last_seen: str | None
    decided_at: str | None
    boxed: int


def relearn(db: Index, touched: Touched) -> set[int]:
    """Judge what a batch changed; returns the stories with newly learned or unlearned boilerplate."""
    affected: set[int] = set()
    for site in sorted(touched.sighted):
        changed = touched.sighted[site]
        spans: dict[str, Span] = {}
        first: dict[str, tuple[str, int, int]] = {}
        for state in changed:
            for span in spans_of(state[0]):
                spans[span.start] = span
                first[span.start] = min(state, first.get(span.start, state))
        # Each is judged, whatever the results of the others.
        news = sum(_judge(db, site, spans[start], first[start], touched) for start in sorted(spans))
        if news or _has_untaught(db, site):
            affected |= settle(db, site, touched)
    return affected


def settle(db: Index, site: str, touched: Touched) -> set[int]:
    """Write the rows of a site; returns the stories affected."""
    wanted = {row.id: row for row in _rows(db, site, touched)}
    found = db.execute(f"SELECT {_COLUMNS} FROM boilerplate WHERE site = ?", (site,))  # noqa: S608 - constants
    present = {row[0]: _Row(*row) for row in found}
    db.executemany(
        "DELETE FROM boilerplate WHERE id = ?", [(key,) for key in present if wanted.get(key) != present[key]]
    )
    db.executemany(
        f"INSERT INTO boilerplate ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        [row for key, row in wanted.items() if present.get(key) != row],
    )
    rows = {**present, **wanted}
    changed = {rows[key].hash for key in rows if _effect(wanted.get(key)) != _effect(present.get(key))}
    return stories_with(db, site, changed)


def replace_verdicts(db: Index, verdicts: Iterable[Verdict]) -> set[int]:
    """Replace all decisions of people; returns the stories affected."""
    wanted = {(v.id, v.site, v.what, v.key, v.verdict, v.reason, v.at) for v in verdicts}
    present = set(db.execute("SELECT boilerplate_id, site, what, hash, verdict, reason, at FROM verdicts").fetchall())
    if wanted == present:
        return set()
    db.execute("DELETE FROM verdicts")
    db.executemany("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)", sorted(wanted))
    affected: set[int] = set()
    for site in sorted({row[1] for row in wanted ^ present}):
        affected |= settle(db, site, Touched(BatchFacts({})))
    return affected


def _has_untaught(db: Index, site: str) -> bool:
    """Whether people decided about something that no window learns: its words come from any story that contains it."""
    row = db.execute("SELECT 1 FROM boilerplate WHERE site = ? AND stories = 0 LIMIT 1", (site,)).fetchone()
    return row is not None


def _effect(row: _Row | None) -> int:
    effect = _EFFECTS.get(row.status, 0) if row else 0
    return effect - 1 if row and row.status == "learned" and row.boxed else effect


# ---------------------------------------------------------------- one window


def _judge(db: Index, site: str, span: Span, changed: tuple[str, int, int], touched: Touched) -> bool:
    """Judge a window, unless it was judged already and `changed`, the first changed state, comes after the examined
    states. Returns whether its findings changed."""
    within = (site, span.start, span.end)
    (count,) = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM sightings WHERE site = ? AND seen_at >= ? AND seen_at < ? LIMIT ?)",
        (*within, span.most),
    ).fetchone()
    size = judged(count, span)
    row = db.execute(
        "SELECT size, last_seen_at, last_article_id, last_position, findings FROM lessons WHERE site = ? AND start = ?",
        (site, span.start),
    ).fetchone()
    if (row[0] if row else 0) == size and (row is None or changed > row[1:4]):
        return False
    if size == 0:
        db.execute("DELETE FROM lessons WHERE site = ? AND start = ?", (site, span.start))
        return row is not None
    states = db.execute(
        "SELECT seen_at, article_id, position, capture_id, outline FROM sightings"
        " WHERE site = ? AND seen_at >= ? AND seen_at < ? ORDER BY seen_at, article_id, position LIMIT ?",
        (*within, size),
    ).fetchall()
    findings = learn([(state[1], _outline(state[4])) for state in states], span.least)
    blob = pack_json(_lessons(db, _chosen(findings, span), states, touched))
    db.execute(
        "INSERT INTO lessons (site, start, size, last_seen_at, last_article_id, last_position, findings)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, start) DO UPDATE SET size = excluded.size,"
        " last_seen_at = excluded.last_seen_at, last_article_id = excluded.last_article_id,"
        " last_position = excluded.last_position, findings = excluded.findings",
        (site, span.start, size, *states[-1][:3], blob),
    )
    return row is None or row[4] != blob


@lru_cache(maxsize=1024)  # about 5 MB: a year and its weeks have the same states, and each judgement those of the last
def _outline(blob: bytes) -> Outline:
    return unpack_outline(blob)


def _chosen(findings: Iterable[Finding], span: Span) -> list[Finding]:
    ordered = sorted(findings, key=lambda found: (-found.stories, found.what, found.key))
    learned = [found for found in ordered if found.learned]
    # Weeks are for new and clear cases; doubtful ones are left to the year.
    return learned if span.is_week else learned + [found for found in ordered if not found.learned][:_MOST_SUSPECTS]


def _lessons(
    db: Index,
    findings: Sequence[Finding],
    states: Sequence[tuple[str, int, int, int, bytes]],
    touched: Touched,
) -> list[tuple[object, ...]]:
    texts = Texts(db, touched)
    found: list[tuple[object, ...]] = []
    for entry in findings:
        index, position = entry.sample
        text = _text_at(db, texts, states[index][3], position)
        seen = (states[index][0], states[entry.last][0])
        evidence = entry.why, entry.stories, entry.share
        found.append((entry.what, entry.key, entry.learned, *evidence, text, *seen, entry.boxed))
    return found


def _text_at(db: Index, texts: Texts, capture_id: int, position: int) -> str:
    (payload_id,) = db.execute("SELECT coalesce(payload_id, id) FROM captures WHERE id = ?", (capture_id,)).fetchone()
    return texts.raw(payload_id).article.blocks[position].text


# ---------------------------------------------------------------- one site


def _rows(db: Index, site: str, touched: Touched) -> Iterable[_Row]:
    lessons: dict[int, list[_Lesson]] = {}
    for (blob,) in db.execute("SELECT findings FROM lessons WHERE site = ? ORDER BY start", (site,)).fetchall():
        for entry in unpack_json(blob):
            lesson = _Lesson(*entry)
            lessons.setdefault(boilerplate_id(site, lesson.what, lesson.key), []).append(lesson)
    verdicts = {verdict.id: verdict for verdict in _verdicts(db, site)}
    for key in sorted({*lessons, *verdicts}):
        yield _row(db, key, site, lessons.get(key, []), verdicts.get(key), touched)


def _row(db: Index, key: int, site: str, lessons: list[_Lesson], verdict: Verdict | None, touched: Touched) -> _Row:
    status = {"accept": "accepted", "reject": "rejected"}[verdict.verdict] if verdict else ""
    if not lessons:
        assert verdict is not None
        text = _text_of(db, verdict, touched)
        return _Row(
            key, site, verdict.what, verdict.key, text, status, verdict.reason, 0, 0.0, None, None, verdict.at, 0
        )
    # The first of equals. A text that was learned elsewhere than in boxes is removed everywhere.
    best = max(lessons, key=lambda found: (found.learned, not found.boxed, found.stories))
    return _Row(
        key,
        site,
        best.what,
        best.key,
        best.text,
        status or ("learned" if best.learned else "suspected"),
        f"{best.why}; {verdict.reason}" if verdict and verdict.reason else best.why,
        best.stories,
        best.share,
        min(lesson.first_seen for lesson in lessons),
        max(lesson.last_seen for lesson in lessons),
        verdict.at if verdict else None,
        int(best.boxed),
    )


def _verdicts(db: Index, site: str) -> list[Verdict]:
    rows = db.execute("SELECT site, what, hash, verdict, reason, at FROM verdicts WHERE site = ?", (site,))
    return [Verdict(*row) for row in rows]


def _text_of(db: Index, verdict: Verdict, touched: Touched) -> str:
    """The words of something that people decided about and no window learns; empty if no story contains it."""
    rows = db.execute(
        "SELECT capture_id, outline FROM sightings WHERE site = ? AND instr(outline, ?) ORDER BY article_id, position",
        (verdict.site, key_bytes(verdict.key)),
    )
    for capture_id, blob in rows:
        outline = _outline(blob)
        keys = {"text": outline.texts, "shape": outline.shapes, "place": outline.places}[verdict.what]
        if verdict.key in keys:
            return _text_at(db, Texts(db, touched), capture_id, keys.index(verdict.key))
    return ""


def verdict_of(key: str, verdict: str, reason: str, at: str) -> Verdict | None:
    """A verdict from a line of decisions.jsonl; None for a line that archiver did not write."""
    parts = key.rsplit(":", 2)
    known = len(parts) == 3 and parts[1] in ("text", "shape", "place") and parts[2].isdecimal()
    if not known or verdict not in ("accept", "reject"):
        return None
    return Verdict(parts[0], cast("What", parts[1]), int(parts[2]), verdict, reason, at)
