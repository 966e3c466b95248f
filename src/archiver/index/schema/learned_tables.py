"""The tables of learned boilerplate: what was learned, what it was learned from, what people said to it."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

_STORY = "INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

BOILERPLATE = Table(
    "boilerplate",
    "What stands on many stories of a site and belongs to none of them: texts, shapes of texts that vary, places on "
    "the page. What is learned or accepted is taken out of every version's text and stands in `removed_blocks`.",
    (
        Col("id", "INTEGER PRIMARY KEY", "Stable number: a hash of site, what and hash."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("what", "TEXT NOT NULL CHECK (what IN ('text', 'shape', 'place'))", "text: these words. shape: these words "
          "with any figures, or any link behind the colon. place: whatever stands there."),
        Col("hash", "INTEGER NOT NULL", "Of a text as in `blocks`."),
        Col("text", "TEXT NOT NULL", "Its words; of a shape or a place those of its first occurrence."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('learned', 'suspected', 'accepted', 'rejected'))",
          "learned: taken out. suspected: left in, for people to judge. accepted (taken out) or rejected (left in) by "
          "a person."),
        Col("why", "TEXT NOT NULL", "The evidence; what the person said."),
        Col("stories", "INTEGER NOT NULL", "On how many distinct stories it stands, of those it was learned from."),
        Col("share", "REAL NOT NULL", "Share of the stories of its time and template that have it."),
        Col("first_seen", "TEXT", "First capture with it among them (UTC)."),
        Col("last_seen", "TEXT", "Last capture with it among them (UTC)."),
        Col("decided_at", "TEXT", "When a person accepted or rejected it (UTC)."),
    ),
    key=("id",),
    indexes=("INDEX boilerplate_site ON boilerplate(site)",),
)  # fmt: skip

SIGHTINGS = Table(
    "sightings",
    "The states that a story's captures show, before boilerplate is taken out: what boilerplate is learned from.",
    (
        Col("article_id", _STORY, "The story."),
        Col("position", "INTEGER NOT NULL", "0, 1, 2 ... by time of capture."),
        Col("capture_id", "INTEGER NOT NULL", "The first capture that shows this state."),
        Col("seen_at", "TEXT NOT NULL", "When that capture was made (UTC)."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("state", "INTEGER NOT NULL", "As in `extractions`."),
        Col("version", "INTEGER NOT NULL", "The version that shows it; states that differ in boilerplate share one."),
        Col("outline", "BLOB NOT NULL", "What its blocks are known by, and how they stand."),
    ),
    key=("article_id", "position"),
    constraints=("PRIMARY KEY (article_id, position)",),
    indexes=("INDEX sightings_site ON sightings(site, seen_at)",),
    # With a rowid: of rows as long as these, SQLite puts most into a page of its own where the key holds them.
    internal=True,
)  # fmt: skip

BLOCK_USES = Table(
    "block_uses",
    "Which stories have what might be boilerplate.",
    (
        Col("boilerplate_id", "INTEGER NOT NULL", "What `boilerplate.id` of it is, if it is there."),
        Col("article_id", "INTEGER NOT NULL", "The story."),
    ),
    key=("boilerplate_id", "article_id"),
    constraints=("PRIMARY KEY (boilerplate_id, article_id)",),
    without_rowid=True,
    internal=True,
)

LESSONS = Table(
    "lessons",
    "What the stories of one site in one year or week teach.",
    (
        Col("site", "TEXT NOT NULL", "The site."),
        Col("start", "TEXT NOT NULL", "The year, or the Monday of the week."),
        Col("size", "INTEGER NOT NULL", "How many of its states were judged, in order of time."),
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
    "What people decided about boilerplate, from decisions.jsonl.",
    (
        Col("boilerplate_id", "INTEGER PRIMARY KEY", "As in `boilerplate`."),
        Col("site", "TEXT NOT NULL", "The site."),
        Col("what", "TEXT NOT NULL", "As in `boilerplate`."),
        Col("hash", "INTEGER NOT NULL", "As in `boilerplate`."),
        Col("verdict", "TEXT NOT NULL", "accept or reject."),
        Col("reason", "TEXT NOT NULL", "What the person said."),
        Col("at", "TEXT NOT NULL", "When (UTC)."),
    ),
    key=("boilerplate_id",),
    internal=True,
)
