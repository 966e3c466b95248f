"""The numbered migrations from one schema to the next; PRAGMA user_version is the number of steps applied to an index.

An empty file gets the current schema directly. An older index gets the missing steps, each in one transaction with its
number. A step changes the declarations in `tables` and adds the migration of an older index, by SQL or sqlite-utils
(`db.table(...).transform(...)` for what SQLite can't alter); a test checks that both ways lead to the same schema. A
step that requires rows to be computed again has no code to run.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archiver.boilerplate import pack_outline, unpack_outline
from archiver.errors import UsageError
from archiver.index.schema import fulltext, fulltext_fill, fulltext_stems, likeness
from archiver.index.schema.address_tables import CAPTURE_PAGES, PAGE_TURNS, RESERVATIONS
from archiver.index.schema.connection import Index
from archiver.index.schema.declare import APPLICATION_ID, Table
from archiver.index.schema.keeping_tables import RESERVED_PAGES, SITE_POLICIES, SITE_RULES, TDM_RULES
from archiver.index.schema.learned_tables import SIGHTINGS
from archiver.index.schema.tables import ANNOTATIONS, CAPTURES, IMAGES, LINK_ORIGINS, LINKS, TABLES, VERSIONS
from archiver.index.schema.views import VIEWS
from archiver.index.schema.withdrawal_tables import WITHHELD_LINKS
from archiver.transactions import transaction


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its purpose and its migration. Without `run`, rows have to be computed again: the index must be
    rebuilt."""

    what: str
    run: Callable[[Index], None] | None = None


def create_all(db: Index) -> None:
    """Create the current schema in an empty database."""
    for table in TABLES:
        for statement in table.sql():
            db.execute(statement)
    for statement in (*fulltext.STATEMENTS, *fulltext_stems.STATEMENTS, *likeness.TRIGGERS.values()):
        db.execute(statement)
    _make_views(db)
    fulltext_stems.fill(db)


def _add_annotations(db: Index) -> None:
    """Adds users' annotations. The next run inserts those kept next to the index."""
    for statement in ANNOTATIONS.sql():
        db.execute(statement)


def _add_likeness(db: Index) -> None:
    """Adds marks of paragraphs, by which edited copies are found, and the agencies that stories name."""
    _mark_in_bulk(db)
    likeness.prepare(db.conn)
    likeness.fill(db)


def _mark_in_bulk(db: Index) -> None:
    """Adds the table in which new marks wait, the triggers that fill it, and the views that read it."""
    present = db.table_names()
    for table in likeness.TABLES:
        for statement in table.sql() if table.name not in present else ():
            db.execute(statement)
    for name, statement in likeness.TRIGGERS.items():
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
        db.execute(statement)
    _drop_views(db)
    _make_views(db)


def _index_days(db: Index) -> None:
    """Adds an index of the days on which sites were captured."""
    for statement in CAPTURES.sql():
        if "captures_days" in statement:
            db.execute(statement)


def _add_story_pages(db: Index) -> None:
    """Adds the pages that pages name as previous and next. Existing stories are joined with their next capture, or by a
    rebuild."""
    for table in (PAGE_TURNS, CAPTURE_PAGES):
        for statement in table.sql():
            db.execute(statement)


def _add_certificates(db: Index) -> None:
    """Adds the results of certificate checks. Existing captures get theirs with a rebuild."""
    db.execute('ALTER TABLE captures ADD COLUMN "certificate" TEXT')


def _add_reservations(db: Index) -> None:
    """Adds what pages state about being archived. Existing captures get theirs with a rebuild."""
    for statement in RESERVATIONS.sql():
        db.execute(statement)


def _add_policies(db: Index) -> None:
    """Adds the contents of tdmrep.json files, and policies for pages that ask not to be kept. A rebuild reads files
    captured earlier."""
    for table in (TDM_RULES, SITE_POLICIES, RESERVED_PAGES):
        for statement in table.sql():
            db.execute(statement)


def _store_texts_once(db: Index) -> None:
    """Stores the text of a story without edits only once, with the story. Existing extractions stay complete until
    their story has another capture or the index is rebuilt."""
    _drop_views(db)
    texts = "iif(a.versions = 1 AND a.text_sha256 = v.text_sha256, NULL, v.text)"
    columns = ", ".join(texts if column.name == "text" else f"v.{column.name}" for column in VERSIONS.columns)
    _make_again(db, VERSIONS, f"SELECT {columns} FROM {{old}} v LEFT JOIN articles a ON a.id = v.article_id")  # noqa: S608
    _make_again(db, SIGHTINGS, "SELECT * FROM {old}")
    db.execute('ALTER TABLE extractions ADD COLUMN "story_id" INTEGER')
    _make_views(db)


def _split_links(db: Index) -> None:
    """Stores schemes and hosts of links once per story. Drops the index of blocks, which was used only to find copies
    and took as much space as the marks."""
    _drop_views(db)
    create, *_ = LINK_ORIGINS.sql()
    db.execute(create)
    # Up to the first slash after the host; empty for a URL without one.
    slash = "instr(substr(url, instr(url, '://') + 3), '/')"
    origin = f"iif(instr(url, '://') AND {slash}, substr(url, 1, instr(url, '://') + 1 + {slash}), '')"
    numbered = "SELECT article_id, row_number() OVER (PARTITION BY article_id ORDER BY first) - 1, origin"
    origins = f"SELECT article_id, {origin} AS origin, min(position) AS first FROM links GROUP BY 1, 2"  # noqa: S608 - constants
    db.execute(f"INSERT INTO link_origins {numbered} FROM ({origins})")
    columns = "l.article_id, l.position, o.number, substr(l.url, length(o.origin) + 1), l.text, l.in_story"
    joined = f"{{old}} l JOIN link_origins o ON o.article_id = l.article_id AND o.origin = {origin}"
    _make_again(db, LINKS, f"SELECT {columns} FROM {joined}")  # noqa: S608 - constants
    db.execute("DROP INDEX IF EXISTS blocks_hash")
    _make_views(db)


def _pack_outlines(db: Index) -> None:
    """Stores outlines in fewer bytes, in which keys are found without a table of their uses."""
    db.execute("DROP TABLE IF EXISTS block_uses")
    for (key,) in db.execute("SELECT rowid FROM sightings").fetchall():
        (outline,) = db.execute("SELECT outline FROM sightings WHERE rowid = ?", (key,)).fetchone()
        packed = pack_outline(unpack_outline(outline))
        db.execute("UPDATE sightings SET outline = ? WHERE rowid = ?", (packed, key))


def _find_pages_by_host(db: Index) -> None:
    """Drops an index of pages: their hosts are known from `captures`, and the primary key begins with them."""
    db.execute("DROP INDEX IF EXISTS story_pages_page")


def _add_boxed(db: Index) -> None:
    """Adds to boilerplate whether it was learned because it is in boxes, which only its words for people stated."""
    db.execute('ALTER TABLE boilerplate ADD COLUMN "boxed" INTEGER NOT NULL DEFAULT 0')
    db.execute("UPDATE boilerplate SET boxed = 1 WHERE stories > 0 AND why LIKE 'in a box of its own%'")
    for site, start, blob in db.execute("SELECT site, start, findings FROM lessons").fetchall():
        findings = [[*found, found[3].startswith("in a box of its own")] for found in json.loads(zlib.decompress(blob))]
        packed = zlib.compress(json.dumps(findings, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), 1)
        db.execute("UPDATE lessons SET findings = ? WHERE site = ? AND start = ?", (packed, site, start))


def _hide_links(db: Index) -> None:
    """Has all decisions on withdrawals applied again, which hides the links to withdrawn stories."""
    for statement in WITHHELD_LINKS.sql():
        db.execute(statement)
    db.execute("DELETE FROM withdrawn")


def _make_again(db: Index, table: Table, select: str) -> None:
    """Create a table as declared now, with the rows that `select` makes from the `{old}` one. Views are dropped first,
    because SQLite updates the table's name in them."""
    old = f"old_{table.name}"
    db.execute(f"ALTER TABLE {table.name} RENAME TO {old}")
    create, *indexes = table.sql()
    db.execute(create)
    db.execute(f"INSERT INTO {table.name} {select.format(old=old)}")
    db.execute(f"DROP TABLE {old}")
    for index in indexes:
        db.execute(index)


def _drop_views(db: Index) -> None:
    for name in db.view_names():
        db.execute(f'DROP VIEW "{name}"')


def _make_views(db: Index) -> None:
    for view in VIEWS:
        db.execute(view.sql())


# Steps up to the last one that needs a rebuild have no code, because no index runs it any more.
def _add_site_words(db: Index) -> None:
    """Adds a word for the site of each story to the full-text table, which is filled again."""
    triggers = [statement for statement in fulltext.STATEMENTS if statement.startswith("CREATE TRIGGER")]
    for statement in triggers:
        db.execute(f"DROP TRIGGER {statement.split()[2]}")
        db.execute(statement)
    fulltext.prepare(db.conn)
    fulltext_fill.fill(db)


def _renew_views(db: Index) -> None:
    """Makes the views again: addresses that a crawl only guessed are no failures of the site."""
    _drop_views(db)
    _make_views(db)


def _add_site_rules(db: Index) -> None:
    """Adds the rules by which pages are judged. Which ones the pages so far were judged by shows in their rows."""
    for statement in SITE_RULES.sql():
        db.execute(statement)


def _name_no_image(db: Index) -> None:
    """Writes NULL instead of an empty URL for a caption whose image the page does not name."""
    _drop_views(db)
    _make_again(db, IMAGES, "SELECT article_id, position, nullif(url, ''), caption, credit, alt FROM {old}")
    _make_views(db)
    for prepared in (fulltext, fulltext_stems, likeness):
        prepared.prepare(db.conn)  # the functions that triggers call
    db.execute("UPDATE articles SET image_url = NULL WHERE image_url = ''")


STEPS: tuple[Step, ...] = (
    Step("articles, captures, versions and related tables"),
    Step("search by stems"),
    Step("boilerplate learned from all states of stories"),
    Step("gaps in the coverage"),
    Step("an index of all columns that searches filter by"),
    Step("mirror hosts by evidence"),
    Step("translations by a shared number"),
    Step("ingest that doesn't slow down with the archive"),
    Step("withdrawn stories"),
    Step("full text in every script, stems by vocabulary"),
    Step("records of every kind of WARC file"),
    Step("standfirsts, and skipped pages that may be stories"),
    Step("copies across sites"),
    Step("URLs with their letter case; all URLs of a story"),
    Step("annotations", _add_annotations),
    Step("edited copies", _add_likeness),
    Step("days of capture", _index_days),
    Step("stories in several pages", _add_story_pages),
    Step("results of certificate checks", _add_certificates),
    Step("reservations of sites", _add_reservations),
    Step("policies for pages that ask not to be kept", _add_policies),
    Step("each text stored once", _store_texts_once),
    Step("hosts of links stored once", _split_links),
    Step("uses of lines found without a table of them", _pack_outlines),
    Step("copies whose paragraphs have few words", _add_likeness),
    Step("sites in the full-text table", _add_site_words),
    Step("marks entered many at a time", _mark_in_bulk),
    Step("pages found by host", _find_pages_by_host),
    Step("boilerplate in boxes, as a column", _add_boxed),
    Step("guessed addresses that are no failures", _renew_views),
    Step("rules of sites", _add_site_rules),
    Step("captions without an image", _name_no_image),
    Step("links to withdrawn stories hidden", _hide_links),
)


def version_of(db: Index) -> int:
    """The number of migration steps applied to a database."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: Index, steps: Sequence[Step] = STEPS, create: Callable[[Index], None] = create_all) -> None:
    """Bring a database to the current schema; `create` makes it in an empty one.

    Raises UsageError if only a rebuild or a newer archiver helps.
    """
    _refuse_newer(db, steps)
    if version_of(db) == len(steps):
        return
    with transaction(db.conn):
        # Checked again under the lock: another process may have done it meanwhile.
        _refuse_newer(db, steps)
        present = version_of(db)
        if present == 0:
            create(db)
        for step in steps[present:] if present else ():
            _take(db, step, steps)
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def older(db: Index, steps: Sequence[Step] = STEPS) -> UsageError:
    """The message for a user who opens an index that lacks steps: the command that migrates it."""
    rebuild = any(step.run is None for step in steps[version_of(db) :])
    command = "archiver index --rebuild" if rebuild else "archiver index"
    return UsageError("the index was made by an older archiver", f"run `{command}`")


def _take(db: Index, step: Step, steps: Sequence[Step]) -> None:
    if step.run is None:
        raise older(db, steps)
    step.run(db)


def _refuse_newer(db: Index, steps: Sequence[Step]) -> None:
    if version_of(db) > len(steps):
        raise UsageError("the index was made by a newer archiver", "update archiver, or run `archiver index --rebuild`")
