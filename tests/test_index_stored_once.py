"""Each text is stored once: the content of a story's rows is not stored again, and every reader still gets it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.boilerplate import Outline, unpack_outline
from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.consistency import fingerprint
from archiver.index.read.soundness import changed_texts
from archiver.index.store.extractions import read_extraction
from archiver.index.store.packing import StoredParts, pack, pack_json, unpack
from archiver.model import Article, Batch, Block, Image, Link, RemovedBlock
from index_samples import URL, article, rich_article, seen

LONG = "The ferry was painted blue.\n\n" + " ".join(f"Plank {number} is new." for number in range(300))


@pytest.fixture
def db(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        yield db
        assert check(db) == [] and not list(changed_texts(db))


def enter(db, *items, file="a.warc.gz"):
    for number, item in enumerate(items):
        apply(db, Batch(file, number, (item,)))


def told(text, **values):
    return {"outcome": article(URL, text=text, **values)}


def stored(db):
    return [row[0] for row in db.execute("SELECT text FROM versions ORDER BY version")]


def read(db):
    return [row[0] for row in db.execute("SELECT text FROM version_texts ORDER BY version")]


def test_the_text_of_a_story_without_edits_is_stored_once(db):
    enter(db, seen(1, **told(LONG)), seen(2, 5, **told(LONG)))
    assert stored(db) == [None] and read(db) == [LONG]


def test_versions_that_can_be_compared_all_have_their_text(db):
    enter(db, seen(1, **told("It sails.")), seen(2, 1, **told("It sails no more.")))
    assert stored(db) == read(db) == ["It sails.", "It sails no more."]


def test_a_story_reduced_to_one_version_has_its_text_stored_once(db):
    # A truncated response counts until there is a complete one.
    cut = [seen(number, number, truncated="length", **told(f"It sails {number}")) for number in (1, 2)]
    enter(db, *cut)
    assert len(stored(db)) == 2
    enter(db, seen(3, 3, **told("It sails on.")), file="b.warc.gz")
    assert stored(db) == [None] and read(db) == ["It sails on."]


def test_the_first_text_of_an_only_version_is_kept_when_a_newer_extractor_differs(db):
    enter(db, seen(1, **told("It sails. Share this.")), seen(2, 1, **told("It sails.", extractor="test-2")))
    assert stored(db) == read(db) == ["It sails. Share this."]
    assert db.execute("SELECT text FROM articles").fetchone() == ("It sails.",)
    enter(db, seen(3, 2, **told("It sails. Share this.", extractor="test-3")), file="b.warc.gz")
    assert stored(db) == [None] and read(db) == ["It sails. Share this."]


def test_an_extraction_repeats_no_text_link_or_image_of_its_story(db):
    links = tuple(Link(f"https://news.test/{number}", f"Link {number}", number < 3) for number in range(50))
    whole = article(URL, text=LONG, links=links, images=(Image("https://news.test/a.jpg", "A wall"),))
    enter(db, seen(1, outcome=whole))
    capture_id, blob = db.execute("SELECT capture_id, article FROM extractions").fetchone()
    assert read_extraction(db, capture_id) == whole
    assert len(blob) < 900 < len(pack(whole))


def test_extractions_of_older_captures_stay_complete(db):
    outcomes = [rich_article(URL, title=f"Title {number}") for number in range(3)]
    for number, outcome in enumerate(outcomes):
        enter(db, seen(number, number, outcome=outcome), file=f"{number}.warc.gz")
    captures = db.execute("SELECT id, story_id FROM captures JOIN extractions ON capture_id = id ORDER BY fetched_at")
    found = captures.fetchall()
    assert [read_extraction(db, capture) for capture, _ in found] == outcomes
    assert [story is None for _, story in found] == [True, True, False]


def test_a_capture_assigned_to_another_story_keeps_its_extraction(tmp_path):
    other = "https://www.aldia.test/2026/other-mural"
    first = seen(1, url=other, outcome=article(other, text=LONG))
    # The page later names the other as its own URL: the captures of both become one story.
    second = seen(2, 1, url=other, outcome=article(URL, text=LONG, claims=(("canonical", URL),)))
    third = seen(3, 2, url=URL, outcome=article(URL, text=LONG, claims=(("canonical", URL),)))
    found = []
    for name, order in (("a", (first, second, third)), ("b", (third, first, second)), ("c", (second, third, first))):
        with open_writer(tmp_path / f"{name}.db", throwaway=True) as db:
            for number, item in enumerate(order):
                apply(db, Batch("a.warc.gz", number, (item,)))
            assert not list(changed_texts(db))
            found.append(fingerprint(db) | {"warcs": ""})
    assert found[0] == found[1] == found[2]


def test_an_index_of_schema_21_is_migrated_with_every_text(tmp_path):
    path = tmp_path / "index.db"
    with open_writer(path) as db:
        links = (Link("https://a.test/1?x", "1"), Link("mailto:a@b.test", "", True), Link("https://a.test/", "2"))
        enter(db, seen(1, **told(LONG)), seen(2, url=URL + "-2", outcome=article(URL + "-2", links=links)))
        enter(db, seen(3, 1, **told("It sails.", links=links)))
        today = fingerprint(db)
        texts = read(db)
        columns = "article_id, version, capture_id, seen_at, title, text, text_sha256, words_added, words_removed"
        db.execute(f"CREATE TABLE old_versions AS SELECT {columns}, standfirst FROM version_texts")
        db.execute("CREATE TABLE old_links AS SELECT * FROM link_urls")
        for (capture_id,) in db.execute("SELECT capture_id FROM extractions").fetchall():
            blob = pack(read_extraction(db, capture_id))
            db.execute("UPDATE extractions SET article = ?, story_id = NULL WHERE capture_id = ?", (blob, capture_id))
        for name in db.view_names():
            db.execute(f"DROP VIEW {name}")
        for name in ("versions", "links"):
            db.execute(f"DROP TABLE {name}")
            db.execute(f"ALTER TABLE old_{name} RENAME TO {name}")
        db.execute("DROP TABLE link_origins")
        db.execute("ALTER TABLE boilerplate DROP COLUMN boxed")  # added by later steps, as are these tables
        db.execute("DROP TABLE site_rules")
        db.execute("DROP TABLE withheld_links")
        db.execute("PRAGMA user_version = 21")
        db.execute("ALTER TABLE extractions DROP COLUMN story_id")
    with open_writer(path) as db:
        assert {name for name, rows in fingerprint(db).items() if rows != today[name]} == {"extractions"}
        assert read(db) == texts and stored(db).count(None) == 1 and check(db) == [] and not list(changed_texts(db))


def test_outlines_of_an_index_of_schema_23_are_packed_again(tmp_path):
    path = tmp_path / "index.db"
    with open_writer(path) as db:
        enter(db, seen(1, **told(LONG)), seen(2, url=URL + "-2", outcome=article(URL + "-2")))
        today = fingerprint(db)
        for key, outline in db.execute("SELECT rowid, outline FROM sightings").fetchall():
            values = [getattr(unpack_outline(outline), name) for name in Outline.__slots__]
            db.execute("UPDATE sightings SET outline = ? WHERE rowid = ?", (pack_json(values), key))
        db.execute("CREATE TABLE block_uses (boilerplate_id INTEGER, article_id INTEGER)")
        db.execute("ALTER TABLE boilerplate DROP COLUMN boxed")  # added by later steps, as are these tables
        db.execute("DROP TABLE site_rules")
        db.execute("DROP TABLE withheld_links")
        db.execute("PRAGMA user_version = 23")
    with open_writer(path) as db:
        assert fingerprint(db) == today and "block_uses" not in db.table_names() and check(db) == []


@pytest.mark.parametrize("url", [
    "https://news.test/a?b=/c#d", "https://news.test", "https://news.test?a=/b", "http://[::1]:8080/x",
    "mailto:a@b.test", "tel:+34 1", "", "/a", "android-app://com.test/http/x", "https://user@news.test/ä ö",
])  # fmt: skip
def test_links_of_any_url_are_stored_exactly(db, url):
    around = (Link("https://news.test/first", "first"), Link(url, "it", True), Link("https://b.test/", "last"))
    enter(db, seen(1, **told("It sails.", links=around)))
    found = db.execute("SELECT url, text, in_story FROM link_urls ORDER BY position").fetchall()
    assert found == [(link.url, link.text, link.in_story) for link in around]


def test_hosts_of_links_are_deleted_with_the_links(db):
    enter(db, seen(1, **told("It sails.", links=(Link("https://a.test/1", "1"), Link("https://a.test/2", "2")))))
    assert db.execute("SELECT origin FROM link_origins").fetchall() == [("https://a.test",)]
    enter(db, seen(2, 1, **told("It sails.", links=(Link("https://b.test/", ""),))), file="b.warc.gz")
    assert db.execute("SELECT origin FROM link_origins").fetchall() == [("https://b.test",)]


BLOCKS = st.builds(Block, st.sampled_from(("paragraph", "quote")), st.sampled_from(("", "a", "a\n\nb", "bé", "1")),
                   st.sampled_from(("p", "div/p")), st.integers(0, 2), st.sampled_from((0.0, 0.5)))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    blocks=st.lists(BLOCKS, max_size=5),
    gone=st.lists(BLOCKS, max_size=2),
    text=st.sampled_from(("", "a", "a\n\nbé", "a\n\nb\n\nbé\n\n1")),
    links=st.lists(st.builds(Link, st.just("u"), st.sampled_from("ab")), max_size=2),
    same=st.booleans(),
)
def test_an_article_is_the_same_whatever_rows_it_was_packed_with(blocks, gone, text, links, same):
    removed = tuple(RemovedBlock(block, "hidden") for block in gone)
    packed = Article("u", "t", tuple(blocks), links=tuple(links), images=(Image("i"),), removed=removed)
    shown = StoredParts(1, packed.text if same else text, tuple(links) if same else (), packed.images if same else ())
    assert unpack(pack(packed, shown), shown) == packed == unpack(pack(packed))
