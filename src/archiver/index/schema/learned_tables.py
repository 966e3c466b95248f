"""The tables of learned boilerplate: the findings, their evidence, and people's decisions."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

_STORY = "INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

BOILERPLATE = Table(
    "boilerplate",
    "Boilerplate, which is on many stories of a site but not part of them: texts, shapes of texts that "
    "vary, and places on the page. Learned and accepted boilerplate is removed from every version's "
    "text and listed in `removed_blocks`.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Permanent ID: a hash of site, what and hash."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("what", "TEXT NOT NULL CHECK (what IN ('text', 'shape', 'place'))",
          "text: these words. shape: these words with any numbers, or with any link after the colon. place: "
          "everything in this place."),
        Col("hash", "INTEGER NOT NULL", "Of a text as in `blocks`."),
        Col("text", "TEXT NOT NULL", "Its words; for a shape or a place those of its first occurrence."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('learned', 'suspected', 'accepted', 'rejected'))",
          "learned: removed. suspected: kept, for people to decide. accepted (removed) or rejected (kept) by "
          "a person."),
        Col("why", "TEXT NOT NULL", "The evidence, or the person's reason."),
        Col("stories", "INTEGER NOT NULL", "Number of distinct stories with it, of those it was learned from."),
        Col("share", "REAL NOT NULL", "Share of the stories of the same time and template that have it."),
        Col("first_seen", "TEXT", "First capture with it among them (UTC)."),
        Col("last_seen", "TEXT", "Last capture with it among them (UTC)."),
        Col("decided_at", "TEXT", "When a person accepted or rejected it (UTC)."),
        Col("boxed", "INTEGER NOT NULL DEFAULT 0",
          "1 if it was learned because it is in separate boxes: where it is a line of a story's own text, it is kept."),
    ),
    key=("id",),
    indexes=("INDEX boilerplate_site ON boilerplate(site)",),
)  # fmt: skip

SIGHTINGS = Table(
    "sightings",
    "The states of a story before boilerplate is removed, from which boilerplate is learned.",
    (
        Col("article_id", _STORY, "The story."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... in order of capture."),
        Col("capture_id", "INTEGER NOT NULL", "The first capture that shows this state."),
        Col("seen_at", "TEXT NOT NULL", "When that capture was made (UTC)."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("state", "INTEGER NOT NULL", "As in `extractions`."),
        Col("version", "INTEGER NOT NULL",
          "The version with this state; states that differ only in boilerplate share one."),
        Col("outline", "BLOB NOT NULL", "Hashes and positions of its blocks: `boilerplate.outline_bytes`."),
    ),
    key=("article_id", "position"),
    constraints=("PRIMARY KEY (article_id, position)",),
    indexes=("INDEX sightings_site ON sightings(site, seen_at)",),
    # With a rowid: in a table keyed by such long rows, SQLite would use a page of its own for most of them.
    internal=True,
)  # fmt: skip

LESSONS = Table(
    "lessons",
    "What was learned from the stories of one site in one year or week.",
    (
        Col("site", "TEXT NOT NULL", "The site."),
        Col("start", "TEXT NOT NULL", "The year, or the Monday of the week."),
        Col("size", "INTEGER NOT NULL", "Number of its states that were examined, in chronological order."),
        Col("last_seen_at", "TEXT NOT NULL", "The last of them: `seen_at`, ..."),
        Col("last_article_id", "INTEGER NOT NULL", "... its story ..."),
        Col("last_position", "INTEGER NOT NULL", "... and position."),
        Col("findings", "BLOB NOT NULL", "JSON, compressed with zlib."),
    ),
    key=("site", "start"),
    constraints=("PRIMARY KEY (site, start)",),
    without_rowid=True,
    internal=True,
)

VERDICTS = Table(
    "verdicts",
    "People's decisions about boilerplate, from decisions.jsonl.",
    (
        Col("boilerplate_id", "INTEGER PRIMARY KEY", "As in `boilerplate`."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("what", "TEXT NOT NULL", "As in `boilerplate`."),
        Col("hash", "INTEGER NOT NULL", "As in `boilerplate`."),
        Col("verdict", "TEXT NOT NULL", "accept or reject."),
        Col("reason", "TEXT NOT NULL", "The person's reason."),
        Col("at", "TEXT NOT NULL", "When (UTC)."),
    ),
    key=("boilerplate_id",),
    internal=True,
)
