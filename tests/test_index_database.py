"""The index file: who may open it, messages for users, migrations, readers next to a writer, swapping, the docs."""

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.errors import DamageError, LockedError, UsageError
from archiver.index.database import check, index_lock, open_reader, open_writer, sibling_path, swap_in
from archiver.index.ingest.batch import apply
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.index.schema.describe_schema import describe
from archiver.index.schema.fulltext_stems import WORD_FORMS
from archiver.index.schema.migrations import STEPS, Step, create_all, migrate, version_of
from archiver.index.schema.tables import TABLES
from archiver.index.schema.views import VIEWS
from archiver.model import Batch, Image
from index_samples import article, seen

DOCS = Path(__file__).parent.parent / "docs" / "schema.md"
SCHEMAS = Path(__file__).parent / "archives"


def fill(path, *numbers):
    with open_writer(path) as db:
        for number in numbers:
            apply(db, Batch("a.warc.gz", number, (seen(number, number, url=f"https://news.test/2026/{number}"),)))


def stories(path):
    with open_reader(path) as db:
        return story_reader.status(db).stories


def test_the_message_of_a_missing_index_names_the_command_to_make_one(tmp_path):
    with pytest.raises(UsageError, match="archiver index --rebuild"), open_reader(tmp_path / "index.db"):
        pass
    assert not (tmp_path / "index.db").exists()


@pytest.mark.parametrize("content", [b"", b"no database at all, just words" * 50])
def test_a_file_that_is_not_an_index_is_reported(tmp_path, content):
    path = tmp_path / "index.db"
    path.write_bytes(content)
    with pytest.raises(DamageError, match="archiver index --rebuild"), open_reader(path):
        pass


def test_an_empty_file_that_a_killed_writer_left_is_filled(tmp_path):
    path = tmp_path / "index.db"
    path.touch()
    fill(path, 1)
    assert stories(path) == 1


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "index.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    for opened in (open_reader, open_writer):
        with pytest.raises(DamageError, match="of another program"), opened(path):
            pass


def test_a_damaged_index_is_reported(tmp_path):
    path = tmp_path / "index.db"
    fill(path, *range(1, 30))
    data = bytearray(path.read_bytes())
    for offset in range(8192, len(data), 4096):
        data[offset : offset + 200] = b"\xff" * 200
    path.write_bytes(data)
    with pytest.raises(DamageError, match="archiver index --rebuild"), open_reader(path) as db:
        db.execute("SELECT sum(length(text)) FROM articles").fetchone()


def test_a_flipped_bit_in_the_full_text_table_is_found(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1, 2)
    with open_writer(path) as db:
        assert check(db) == []
        (block,) = db.execute("SELECT block FROM articles_fts_data WHERE id > 10 ORDER BY id LIMIT 1").fetchone()
        db.execute("UPDATE articles_fts_data SET block = ? WHERE block = ?", [block[:-3] + b"\x7f" + block[-2:], block])
        assert any("full-text" in finding for finding in check(db))


def test_a_newer_index_is_refused(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1)
    with open_writer(path) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(UsageError, match="newer archiver"), open_writer(path):
        pass


def test_readers_cannot_write(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1)
    with open_reader(path) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM articles")


def test_a_reader_sees_whole_batches_while_a_writer_works(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1)
    with open_writer(path) as writer, open_reader(path) as reader:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM links")
        writer.execute("UPDATE articles SET section = 'half done'")
        assert reader.execute("SELECT section FROM articles").fetchone()[0] is None
        writer.execute("ROLLBACK")
        reader.execute("BEGIN")
        assert story_reader.status(reader).stories == 1
        apply(writer, Batch("a.warc.gz", 2, (seen(2, url="https://news.test/2026/other"),)))
        assert story_reader.status(reader).stories == 1  # its snapshot
        reader.execute("COMMIT")
        assert story_reader.status(reader).stories == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_an_index_on_a_read_only_disk_can_be_read(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1)
    path.chmod(stat.S_IRUSR)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert stories(path) == 1
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_two_simultaneous_writers_are_reported(tmp_path):
    path = tmp_path / "index.db"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from archiver.index.database import index_lock\n"
            "with index_lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)",
            str(path),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=str(holder.pid)), index_lock(path):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with index_lock(path):
        pass


def test_a_swap_leaves_nothing_of_the_old_index(tmp_path):
    path, new = tmp_path / "index.db", tmp_path / "index.db.new"
    fill(path, 1)
    with open_writer(new, throwaway=True) as db:
        apply(db, Batch("b.warc.gz", 1, (seen(7), seen(8, url="https://news.test/2026/8"))))
    with open_reader(path) as old, open_writer(path) as writer:
        # The old file has a write-ahead log with a commit, and a reader.
        apply(writer, Batch("a.warc.gz", 5, (seen(5, url="https://news.test/2026/5"),)))
        swap_in(path, new)
        assert story_reader.status(old).stories == 2
    with open_writer(path) as db:
        assert check(db) == [] and story_reader.status(db).stories == 2
        assert [row[0] for row in db.execute("SELECT name FROM warcs")] == ["b.warc.gz"]


def test_a_swap_that_was_cut_short_is_finished(tmp_path):
    path = tmp_path / "index.db"
    fill(path, 1, 2, 3)
    fill(tmp_path / "other.db", 9)
    (tmp_path / "other.db").rename(sibling_path(path, ".ready"))
    sibling_path(path, "-wal").write_bytes(b"left over")
    with open_writer(path) as db:
        assert story_reader.status(db).stories == 1
    assert not sibling_path(path, ".ready").exists()


def schema_of(db):
    """Without blanks: SQLite appends a column added later to the same statement, in a line of its own."""
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").fetchall()
    return [(name, "".join(sql.split())) for name, sql in rows]


def test_migrations_run_once_and_in_order():
    db = Index(sqlite3.connect(":memory:", isolation_level=None))
    taken = []
    steps = [Step(str(number), lambda _, number=number: taken.append(number)) for number in range(3)]
    migrate(db, steps[:1], create=lambda _: taken.append("made"))
    migrate(db, steps)
    migrate(db, steps)
    assert taken == ["made", 1, 2] and version_of(db) == 3
    with pytest.raises(UsageError, match="--rebuild"):
        migrate(db, [*steps, Step("new rows")])
    assert version_of(db) == 3
    db.close()


def test_a_failing_migration_leaves_nothing_behind():
    db = Index(sqlite3.connect(":memory:", isolation_level=None))

    def fail(db):
        create_all(db)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        migrate(db, create=fail)
    assert schema_of(db) == [] and version_of(db) == 0
    migrate(db)
    assert version_of(db) == len(STEPS)
    db.close()


def test_the_migrations_lead_to_the_declared_schema():
    """From the schema of the last step that needs a rebuild: no index begins further back."""
    last = max(number for number, step in enumerate(STEPS, 1) if step.run is None)
    kept = SCHEMAS / f"schema-{last}.sql"
    assert kept.exists(), f"a new step needs a rebuild: write `statements_of` today's schema to {kept}"
    made, migrated = (Index(sqlite3.connect(":memory:", isolation_level=None)) for _ in range(2))
    migrate(made)
    if last == len(STEPS):
        assert statements_of(made) == kept.read_text(encoding="utf-8"), "the schema was changed without a step"
    for statement in kept.read_text(encoding="utf-8").split(";;\n"):
        migrated.execute(statement)
    migrated.execute(f"PRAGMA user_version = {last}")
    migrate(migrated)
    assert schema_of(made) == schema_of(migrated)
    made.close()
    migrated.close()


def statements_of(db):
    """The schema as text, as in tests/archives/, without the objects that SQLite creates by itself."""
    own = "sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'articles_fts_%' OR type = 'trigger'"
    return ";;\n".join(sql for (sql,) in db.execute(f"SELECT sql FROM sqlite_master WHERE {own} ORDER BY rowid"))


def test_each_reference_has_an_index(tmp_path):
    # Ingest became seven times slower at 11,000 stories: while a reference is unresolved, SQLite searches all tables
    # that refer to the one inserted into.
    with open_writer(tmp_path / "index.db") as db:
        for table in TABLES:
            for key in db[table.name].foreign_keys:
                plan = db.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table.name} WHERE {key.column} = 1").fetchall()
                assert all(row[3].startswith("SEARCH") for row in plan), (table.name, key.column, plan)


def test_every_table_view_and_column_is_described(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        shadows = ("articles_fts", "sqlite_")
        real = {name for name in db.table_names() if not name.startswith(shadows)}
        described = (*TABLES, WORD_FORMS)
        assert real == {table.name for table in described}
        assert set(db.view_names()) == {view.name for view in VIEWS}
        for table in described:
            assert [column.name for column in db[table.name].columns] == [column.name for column in table.columns]
            assert table.doc and all(column.doc for column in table.columns)
            assert set(table.key) <= {column.name for column in table.columns}
        for view in VIEWS:
            assert view.doc and all(meaning for _, meaning in view.columns)
            assert db.execute(f"SELECT count(*) FROM {view.name}").fetchone() == (0,)
        assert db["articles"].detect_fts() == "articles_fts"  # and so does Datasette


def test_the_docs_are_current():
    assert DOCS.read_text(encoding="utf-8") == describe(), (
        "run `python -m archiver.index.schema.describe_schema > docs/schema.md`"
    )


def test_a_full_disk_in_a_transaction_is_not_reported_as_damage(tmp_path):
    # SQLite itself has rolled back by then; a second rollback would raise an error and hide the cause.
    code = """
import resource, signal, sys
from pathlib import Path
from archiver.errors import StorageError
from archiver.index.database import open_writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    with open_writer(Path(sys.argv[1])):
        pass
except StorageError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, tmp_path / "index.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "can't be written" in done.stdout


def test_a_caption_without_an_image_has_no_empty_url_also_in_an_older_index(tmp_path):
    images = (Image("", "Work on the pier", "Nadia Brandt"),)
    with open_writer(tmp_path / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1000, (seen(1, outcome=article(images=images)),)))
        asked = "SELECT i.url, caption, a.image_url FROM images i JOIN articles a ON a.id = i.article_id"
        new = db.execute(asked).fetchall()
        db.execute("UPDATE images SET url = ''")
        db.execute("UPDATE articles SET image_url = ''")
        next(step for step in STEPS if step.what == "captions without an image").run(db)
        assert db.execute(asked).fetchall() == new == [(None, "Work on the pier", None)]
        apply(db, Batch("a.warc.gz", 2000, (seen(2, 1, outcome=article(images=images)),)))
        assert db.execute(asked).fetchall() == new
