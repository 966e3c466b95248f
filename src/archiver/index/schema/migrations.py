"""The numbered steps from one schema to the next; PRAGMA user_version says how many an index has taken.

An empty file gets today's schema at once. An older index takes the steps it lacks, each in a transaction with its
number. A step changes the declarations in `tables` and adds the statements that bring an older index there; a test
holds both ways to the same schema. Where rows would have to be computed anew, a step sets `rebuild`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from archiver.errors import UsageError
from archiver.index.schema import fulltext, fulltext_stems
from archiver.index.schema.address_tables import STORY_PAGES
from archiver.index.schema.declare import APPLICATION_ID
from archiver.index.schema.learned_tables import BLOCK_USES, SIGHTINGS
from archiver.index.schema.tables import ANNOTATIONS, ARTICLES, BLOCKS, CAPTURES, SHARED_IDS, STEMMER, TABLES, VERSIONS
from archiver.index.schema.views import VIEWS
from archiver.index.schema.warc_tables import DAMAGE, PASSED_OVER
from archiver.index.schema.withdrawal_tables import WITHDRAWN, WITHHELD


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is for and what it does. `rebuild` instead of `run`: the rows must be made again."""

    what: str
    run: Callable[[Database], None] | None
    rebuild: bool = False


def create_all(db: Database) -> None:
    """Today's schema, in an empty database."""
    for table in TABLES:
        for statement in table.sql():
            db.execute(statement)
    for statement in (*fulltext.STATEMENTS, *fulltext_stems.STATEMENTS):
        db.execute(statement)
    for view in VIEWS:
        db.execute(view.sql())
    fulltext_stems.fill(db)


def _add_stems(db: Database) -> None:
    """Stemmed search, and an index by language. Nothing to do after today's first step."""
    if "stemmer" in db.table_names():
        return
    for statement in (*STEMMER.sql(), "CREATE INDEX articles_language ON articles(language, date)"):
        db.execute(statement)


def _add_facets(db: Database) -> None:
    """The index that searches read in the place of the stories."""
    for statement in ARTICLES.sql():
        if "articles_facets" in statement:
            db.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))


def _make_views(db: Database) -> None:
    """Today's views in the place of older ones."""
    for name in db.view_names():
        db.execute(f'DROP VIEW "{name}"')
    for view in VIEWS:
        db.execute(view.sql())


def _add_shared_ids(db: Database) -> None:
    """What translations may share. Stories that are there get theirs with their next capture, or with a rebuild."""
    if "shared_ids" not in db.table_names():  # as after today's first step
        for statement in SHARED_IDS.sql():
            db.execute(statement)


def _index_references(db: Database) -> None:
    """An index for each column that refers to another table, or no reference: without, each insert reads all rows."""
    for table in (ARTICLES, CAPTURES, VERSIONS):
        for statement in table.sql():
            if statement.startswith("CREATE INDEX"):
                db.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
    for table in (STORY_PAGES, SIGHTINGS, BLOCK_USES):
        create, *indexes = table.sql()
        db.execute(create.replace(f'"{table.name}"', f'"{table.name}_new"', 1))
        names = ", ".join(column.name for column in table.columns)
        db.execute(f"INSERT INTO {table.name}_new ({names}) SELECT {names} FROM {table.name}")  # noqa: S608 - constants
        db.execute(f"DROP TABLE {table.name}")
        db.execute(f"ALTER TABLE {table.name}_new RENAME TO {table.name}")
        for statement in indexes:
            db.execute(statement)


def _add_withdrawals(db: Database) -> None:
    """Withdrawn addresses and the records that are withheld for them."""
    if "withdrawn" not in db.table_names():  # as after today's first step
        for statement in (*WITHDRAWN.sql(), *WITHHELD.sql()):
            db.execute(statement)


def _renew_fulltext(db: Database) -> None:
    """One full-text table for all scripts in the place of one of words and one of stems."""
    triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'articles'").fetchall()
    for (name,) in triggers:
        db.execute(f"DROP TRIGGER {name}")
    for table in ("articles_fts", "articles_stemmed", "word_forms"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in (*fulltext.STATEMENTS, *fulltext_stems.STATEMENTS):
        db.execute(statement)
    fulltext_stems.prepare(db.conn)
    db.execute(fulltext.FILL)
    fulltext_stems.fill(db)


def _add_places(db: Database) -> None:
    """Where a record is inside its member, revisits by record id alone, and records that are passed over.

    Rows that are there keep NULL: their records are found by their ids, as before.
    """
    if "passed_over" in db.table_names():  # as after today's first step
        return
    for column in ('"warc_position" INTEGER', '"refers_to_id" TEXT', '"cdx_key" TEXT'):
        db.execute(f"ALTER TABLE captures ADD COLUMN {column}")
    for statement in CAPTURES.sql():
        if "captures_refers_to" in statement or "captures_cdx_key" in statement:
            db.execute(statement)
    for statement in PASSED_OVER.sql():
        db.execute(statement)
    db.execute("ALTER TABLE damage RENAME TO damage_before")
    for statement in DAMAGE.sql():
        db.execute(statement)
    names = "warc_file, warc_offset, warc_length, cause"
    db.execute(f"INSERT INTO damage ({names}) SELECT {names} FROM damage_before")  # noqa: S608 - constants
    db.execute("DROP TABLE damage_before")


def _add_standfirsts(db: Database) -> None:
    """Standfirsts, and the mark of skipped pages that came near. Rows that are there keep NULL until a rebuild."""
    if "standfirst" in db["articles"].columns_dict:  # as after today's first step
        return
    for table, column in (("articles", '"standfirst" TEXT'), ("versions", '"standfirst" TEXT')):
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    db.execute('ALTER TABLE captures ADD COLUMN "suspected" INTEGER')


def _add_copies(db: Database) -> None:
    """An index of blocks by their words, and the view that it serves."""
    for statement in BLOCKS.sql():
        if statement.startswith("CREATE INDEX"):
            db.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
    _make_views(db)


def _add_annotations(db: Database) -> None:
    """What researchers coded. The next run enters what is kept beside the index."""
    if "annotations" not in db.table_names():  # as after today's first step
        for statement in ANNOTATIONS.sql():
            db.execute(statement)


STEPS: tuple[Step, ...] = (
    Step("articles, captures, versions and what stands around them", create_all),
    Step("search by stems", _add_stems),
    Step("boilerplate, learned from all states of all stories", None, rebuild=True),
    Step("gaps in the coverage", _make_views),
    Step("an index of all that searches filter by", _add_facets),
    Step("mirror hosts by evidence", None, rebuild=True),
    Step("translations by a number they share", _add_shared_ids),
    Step("ingest that doesn't slow down with the archive", _index_references),
    Step("withdrawn stories", _add_withdrawals),
    Step("full text in every script, stems by vocabulary", _renew_fulltext),
    Step("records of every kind of WARC file", _add_places),
    Step("standfirsts, and skipped pages that came near", _add_standfirsts),
    Step("copies across sites", _add_copies),
    Step("addresses with their letter case; one story, all its addresses", None, rebuild=True),
    Step("annotations", _add_annotations),
)


def version_of(db: Database) -> int:
    """How many steps a database has taken."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: Database, steps: Sequence[Step] = STEPS, create: Callable[[Database], None] = create_all) -> None:
    """Bring a database to today's schema; `create` makes that in an empty one.

    Raises UsageError where only a rebuild or a newer archiver helps.
    """
    _refuse_newer(db, steps)
    if version_of(db) == len(steps):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Again under the lock: another process may just have done it.
        _refuse_newer(db, steps)
        present = version_of(db)
        if present == 0:
            create(db)
        for step in steps[present:] if present else ():
            _take(db, step, steps)
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        db.conn.rollback()
        raise


def older(db: Database, steps: Sequence[Step] = STEPS) -> UsageError:
    """What to tell who opens an index that lacks steps: the one command that brings it over."""
    rebuild = any(step.rebuild for step in steps[version_of(db) :])
    command = "archiver index --rebuild" if rebuild else "archiver index"
    return UsageError("the index was made by an older archiver", f"run `{command}`")


def _take(db: Database, step: Step, steps: Sequence[Step]) -> None:
    if step.rebuild or step.run is None:
        raise older(db, steps)
    step.run(db)


def _refuse_newer(db: Database, steps: Sequence[Step]) -> None:
    if version_of(db) > len(steps):
        raise UsageError("the index was made by a newer archiver", "update archiver, or run `archiver index --rebuild`")
