"""The effects of a batch on the index: stories, versions, status, translations, mirrors, crawls."""

import json
import sqlite3

import pytest

from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import Applied, DamagedStretch, apply
from archiver.index.read import story_reader
from archiver.index.read.consistency import fingerprint
from archiver.index.store.packing import pack, unpack
from archiver.index.store.wordcounts import words_changed
from archiver.layout import Site
from archiver.model import Batch, Extracted, Skip
from archiver.transactions import transaction
from index_samples import ALDIA, URL, article, at, capture, closing, failed, revisit, rich_article, seen, warcinfo


@pytest.fixture
def db(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        yield db
        assert check(db) == []


def enter(db, *items, file="a.warc.gz", upto=None, sites=(ALDIA,), damage=()):
    number = upto or (db.execute("SELECT max(read_up_to) FROM warcs").fetchone()[0] or 0) + 1000
    return apply(db, Batch(file, number, items), sites, damage)


def rows(db, sql, *values):
    return list(db.query(sql, list(values)))


def only(db, sql, *values):
    (row,) = rows(db, sql, *values)
    return row


def test_every_field_of_an_article_has_its_column(db):
    applied = enter(db, seen(1, outcome=rich_article()))
    assert applied == Applied(captures=1, stories=1)
    story = only(db, "SELECT * FROM articles")
    assert story["title"] == "The mural" and story["url"] == URL and story["site"] == "aldia"
    assert story["surt"] == "test,aldia,www)/2026/the-mural"
    assert story["text"] == "Sub\n\nOne  Two\n\nThree «four» 🙂" and story["word_count"] == 6
    assert json.loads(story["authors"]) == ["Ana Pérez", "Luis Gil"]
    assert (story["date"], story["month"], story["year"]) == ("2026-05-01", "2026-05", 2026)
    assert story["is_accessible_for_free"] == 1 and story["versions"] == 1 and story["status"] == "live"
    assert story["first_seen"] == story["last_seen"] == story["last_changed"] == "2026-05-01T08:00:00.000Z"
    assert story["id"] < 2**53
    assert rows(db, "SELECT author FROM article_authors ORDER BY position") == [
        {"author": "Ana Pérez"},
        {"author": "Luis Gil"},
    ]
    assert [row["text"] for row in rows(db, "SELECT text FROM block_texts ORDER BY position")] == [
        "Sub",
        "One  Two",
        "Three «four» 🙂",
    ]
    assert only(db, "SELECT text, reason FROM removed_blocks") == {"text": "Read more", "reason": "link_only"}
    assert only(db, "SELECT caption, credit FROM images") == {"caption": "A wall", "credit": "Photo: Gil"}
    assert [row["in_story"] for row in rows(db, "SELECT in_story FROM links ORDER BY position")] == [1, 0]
    provenance = only(db, "SELECT * FROM provenance")
    assert (provenance["warc_file"], provenance["warc_offset"]) == ("a.warc.gz", 1000)


def test_articles_survive_being_stored():
    assert unpack(pack(rich_article())) == rich_article()


def test_spellings_of_a_url_are_one_story(db):
    for number, url in enumerate((URL, URL + "/?utm_source=x", "http://WWW.aldia.test/2026/the-mural#top"), 1):
        enter(db, seen(number, number, url=url))
    assert only(db, "SELECT count(*) AS n FROM articles")["n"] == 1
    assert only(db, "SELECT versions, last_seen FROM articles") == {
        "versions": 1,
        "last_seen": "2026-05-01T11:00:00.000Z",
    }


def test_a_mirror_is_its_site_and_is_listed(db):
    enter(db, seen(1, url="https://ww3w.aldia.test/2026/the-mural"), seen(2, 1))
    assert only(db, "SELECT url, versions FROM articles") == {"url": URL, "versions": 1}
    assert only(db, "SELECT * FROM hosts") == {
        "host": "ww3w.aldia.test",
        "canonical_host": "www.aldia.test",
        "status": "rule",
        "pages": 0,
        "shared": 0,
        "why": "site rule",
        "decided_at": None,
    }


def test_the_site_described_by_a_warc_applies_to_it(db):
    enter(db, warcinfo(9, site=ALDIA), seen(1, url="https://ww3w.aldia.test/2026/the-mural"), sites=())
    enter(db, seen(2, url="https://ww3w.aldia.test/2026/another"), sites=())  # read in a later run
    assert [row["site"] for row in rows(db, "SELECT site FROM articles")] == ["aldia", "aldia"]
    assert len(rows(db, "SELECT * FROM articles WHERE url LIKE 'https://www.%'")) == 2


def test_a_site_of_the_caller_wins_over_the_warcs(db):
    better = Site("aldia", ("aldia.test",))
    enter(db, warcinfo(9, site=ALDIA), seen(1, url="https://ww3w.aldia.test/2026/the-mural"), sites=(better,))
    assert rows(db, "SELECT * FROM hosts") == []


def test_an_unknown_site_is_named_by_its_host(db):
    enter(db, seen(1, url="https://www.example.org/a-story"), sites=())
    assert only(db, "SELECT site FROM articles")["site"] == "example.org"


def test_an_edit_is_a_version_with_its_words_counted(db):
    enter(db, seen(1))
    applied = enter(db, seen(2, 1, outcome=article(text="The mural was finally finished.\n\nThe street saw it.")))
    assert applied == Applied(captures=1, edits=1)
    first, second = rows(db, "SELECT * FROM versions ORDER BY version")
    assert (first["words_added"], first["words_removed"]) == (0, 0)
    assert (second["words_added"], second["words_removed"]) == (2, 3)
    assert second["seen_at"] == "2026-05-01T09:00:00.000Z"
    story = only(db, "SELECT * FROM articles")
    assert story["text"] == second["text"] and story["versions"] == 2 and story["last_changed"] == second["seen_at"]
    assert only(db, "SELECT version, not_before FROM edits") == {
        "version": 2,
        "not_before": "2026-05-01T08:00:00.000Z",
    }


def test_new_metadata_is_stored_without_a_new_version(db):
    enter(db, seen(1))
    enter(db, seen(2, 1, outcome=article(section="Arts", tags=("new",))))
    assert only(db, "SELECT section, versions FROM articles") == {"section": "Arts", "versions": 1}


def test_a_better_extractor_makes_no_version(db):
    enter(db, seen(1))
    enter(db, seen(2, 1, outcome=article(text="Better.", extractor="test-2")))
    assert only(db, "SELECT versions, text FROM articles") == {"versions": 1, "text": "Better."}


def test_a_capture_indexed_late_takes_its_place_in_time(db):
    enter(db, seen(3, 3, outcome=article(text="Third state of it.")))
    enter(db, seen(1, 1), file="b.warc.gz")
    enter(db, seen(2, 2, outcome=article(text="Second state of it.")), file="c.warc.gz")
    assert [row["text"][:6] for row in rows(db, "SELECT text FROM versions ORDER BY version")] == [
        "The mu",
        "Second",
        "Third ",
    ]
    assert only(db, "SELECT text FROM articles")["text"] == "Third state of it."


def test_a_text_that_returns_is_a_new_version(db):
    enter(db, seen(1), seen(2, 1, outcome=article(text="Other.")), seen(3, 2))
    assert [row["capture_id"] for row in rows(db, "SELECT capture_id FROM versions ORDER BY version")] == [
        row["id"] for row in rows(db, "SELECT id FROM captures ORDER BY fetched_at")
    ]


def test_a_revisit_counts_as_seen_and_makes_no_version(db):
    first = seen(1)
    enter(db, first, revisit(2, 5, first), revisit(3, 6, first, status=304, payload_digest=None))
    assert only(db, "SELECT versions, last_seen FROM articles") == {
        "versions": 1,
        "last_seen": "2026-05-01T14:00:00.000Z",
    }
    assert only(db, "SELECT count(DISTINCT article_id) AS n FROM captures WHERE skip_reason IS NULL")["n"] == 1


def test_a_revisit_of_the_old_text_after_an_edit_is_a_version(db):
    first = seen(1)
    enter(db, first, seen(2, 1, outcome=article(text="Other.")), revisit(3, 2, first))
    assert only(db, "SELECT versions, word_count FROM articles") == {"versions": 3, "word_count": 10}


def test_a_revisit_waits_for_what_it_refers_to(db):
    first = seen(1)
    enter(db, revisit(2, 5, first))
    assert only(db, "SELECT article_id, skip_reason FROM captures") == {
        "article_id": None,
        "skip_reason": "revisit_unresolved",
    }
    enter(db, first, file="b.warc.gz")
    assert only(db, "SELECT count(*) AS n FROM captures WHERE article_id IS NULL")["n"] == 0
    assert only(db, "SELECT last_seen FROM articles")["last_seen"] == "2026-05-01T13:00:00.000Z"


def test_a_revisit_of_a_listing_has_its_reason(db):
    listing = Extracted(capture(1), Skip("listing"))
    enter(db, listing, revisit(2, 1, listing))
    assert [row["skip_reason"] for row in rows(db, "SELECT skip_reason FROM captures")] == ["listing", "listing"]


def test_a_story_is_gone_and_restored(db):
    enter(db, seen(1))
    assert enter(db, failed(2, 1, 404)).gone == 1
    assert only(db, "SELECT status, last_seen FROM articles") == {
        "status": "gone",
        "last_seen": "2026-05-01T08:00:00.000Z",
    }
    enter(db, failed(3, 2, 500))
    assert only(db, "SELECT status FROM articles")["status"] == "gone"
    enter(db, seen(4, 3))
    assert only(db, "SELECT status FROM articles")["status"] == "live"
    enter(db, failed(5, 2.5, 410))  # older than the last good capture
    assert only(db, "SELECT status FROM articles")["status"] == "live"


def test_captures_without_an_article_are_not_stories_and_have_a_reason(db):
    enter(db, failed(1, 0, 503), Extracted(capture(2), Skip("too_short", "12 words")))
    assert rows(db, "SELECT * FROM articles") == []
    assert rows(db, "SELECT reason, detail FROM failures ORDER BY reason") == [
        {"reason": "status_503", "detail": None},
        {"reason": "too_short", "detail": "12 words"},
    ]


def twins():
    spanish = "https://www.aldia.test/2026/el-mural"
    english = article(alternates=(("en", URL), ("es", spanish + "?utm_medium=a")))
    other = article(spanish, title="El mural", language="es", text="El mural.", alternates=(("en", URL),))
    return seen(1, outcome=english), seen(2, url=spanish, outcome=other)


@pytest.mark.parametrize("turned", [False, True])
def test_twins_that_name_each_other_are_linked_in_any_order(db, turned):
    for item in reversed(twins()) if turned else twins():
        enter(db, item)
    english = only(db, "SELECT id, translation_of FROM articles WHERE language = 'en'")
    spanish = only(db, "SELECT id, translation_of FROM articles WHERE language = 'es'")
    assert english["translation_of"] == spanish["id"] and spanish["translation_of"] is None  # el-mural < the-mural


def test_the_earlier_twin_is_the_original(db):
    english, spanish = twins()
    later = article(
        spanish.capture.url, language="es", date_published="2026-05-03", alternates=spanish.outcome.alternates
    )
    enter(db, english, seen(2, url=spanish.capture.url, outcome=later))
    assert only(db, "SELECT language FROM articles WHERE translation_of IS NOT NULL")["language"] == "es"


def test_one_sided_claims_link_nothing(db):
    english, spanish = twins()
    enter(db, english, seen(2, url=spanish.capture.url, outcome=article(spanish.capture.url, language="es")))
    assert rows(db, "SELECT * FROM articles WHERE translation_of IS NOT NULL") == []


def test_a_twin_that_stops_naming_the_other_is_unlinked(db):
    english, spanish = twins()
    enter(db, english, spanish)
    enter(db, seen(3, 1, url=spanish.capture.url, outcome=article(spanish.capture.url, language="es")))
    assert rows(db, "SELECT * FROM articles WHERE translation_of IS NOT NULL") == []


def test_one_record_in_two_files_is_one_capture(db):
    enter(db, seen(1), file="b.warc.gz")
    assert enter(db, seen(1), file="c.warc.gz") == Applied()
    assert enter(db, seen(1), file="a.warc.gz").stories == 0
    assert only(db, "SELECT warc_file FROM captures")["warc_file"] == "a.warc.gz"
    assert only(db, "SELECT versions FROM articles")["versions"] == 1


def test_two_records_that_share_an_id_by_mistake_are_both_kept(db):
    enter(db, seen("same"), seen("same", 1, url="https://www.aldia.test/2026/another"))
    assert only(db, "SELECT count(*) AS n FROM articles")["n"] == 2


def test_applying_a_batch_twice_changes_nothing(db):
    batch = Batch("a.warc.gz", 5000, (warcinfo(9), seen(1), failed(2, 1), closing(8)))
    apply(db, batch, (ALDIA,))
    before = fingerprint(db)
    assert apply(db, batch, (ALDIA,)) == Applied()
    assert fingerprint(db) == before


def test_a_failing_batch_leaves_nothing(db):
    before = fingerprint(db)
    with pytest.raises(AttributeError):
        enter(db, seen(1), None)
    assert fingerprint(db) == before


def test_a_crawl_has_its_report_and_what_it_skipped(db):
    skipped = [{"url": "https://www.aldia.test/private", "reason": "robots", "found_on": URL}]
    enter(db, warcinfo(9, site=ALDIA, operator="An archive"), seen(1))
    assert only(db, "SELECT finished FROM crawls")["finished"] is None
    enter(db, closing(8, exit_code=15, stop_reason="time_limit", skipped=skipped, reasons={"robots": 1}))
    crawl = only(db, "SELECT * FROM crawls")
    assert (crawl["site"], crawl["operator"], crawl["exit_code"], crawl["fetched"]) == ("aldia", "An archive", 15, 3)
    assert json.loads(crawl["reasons"]) == {"robots": 1}
    assert only(db, "SELECT crawl_id FROM captures")["crawl_id"] == crawl["id"]
    failure = only(db, "SELECT * FROM failures")
    assert (failure["url"], failure["reason"], failure["found_on"]) == (skipped[0]["url"], "robots", URL)


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"skipped": 5, "exit_code": "x"}', '{"skipped": [1, {}]}'])
def test_an_invalid_report_is_ignored(db, text):
    record = closing(8)
    enter(db, warcinfo(9), type(record)(record.record_id, "a.warc.gz", at(1), "crawl", (("json", text),)))
    assert only(db, "SELECT exit_code FROM crawls")["exit_code"] is None


def test_damage_is_a_row_until_it_is_repaired(db):
    enter(db, seen(1), upto=2000, damage=[DamagedStretch(1500, 500, "bad gzip"), DamagedStretch(2000, 10, "torn")])
    assert [row["warc_offset"] for row in rows(db, "SELECT * FROM damage")] == [1500, 2000]
    enter(db, seen(3), upto=3000)
    assert [row["warc_offset"] for row in rows(db, "SELECT * FROM damage")] == [1500]


def test_text_that_no_database_accepts_is_stored_as_far_as_possible(db):
    enter(db, seen(1, outcome=article(title="half \ud83d pair", text="A \ud800 B")))
    assert only(db, "SELECT title, text FROM articles") == {"title": "half ? pair", "text": "A ? B"}


def test_no_text_contains_the_marks_of_snippets(db):
    enter(db, seen(1, outcome=article(title="a\ue000b", text="c\ue001d")))
    assert only(db, "SELECT title, text FROM articles") == {"title": "ab", "text": "cd"}


def test_links_change_with_the_latest_capture(db):
    enter(db, seen(1, outcome=rich_article()))
    enter(db, seen(2, 1, outcome=article(text="New.")))
    assert rows(db, "SELECT * FROM links") == rows(db, "SELECT * FROM images") == []
    enter(db, seen(3, 0.5, outcome=rich_article()))  # older than the latest
    assert rows(db, "SELECT * FROM links") == []


def test_old_words_leave_the_full_text_table(db):
    enter(db, seen(1, outcome=article(text="unmistakable")))
    enter(db, seen(2, 1, outcome=article(text="replaced")))
    found = "SELECT count(*) AS n FROM articles_fts WHERE articles_fts MATCH ?"
    assert only(db, found, "unmistakable")["n"] == 0 and only(db, found, "replaced")["n"] == 1


def test_references_are_checked(db):
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO links VALUES (12345, 0, 0, 'u', 't', 0)")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", (0, 0)),
        ("a b c", "a b c", (0, 0)),
        ("a b c", "a x c", (1, 1)),
        ("a b c", "a b c d e", (2, 0)),
        ("b a b", "b", (0, 2)),
        ("a a a a", "a a", (0, 2)),
        ("one two", "three", (1, 2)),
    ],
)
def test_words_changed(before, after, expected):
    assert words_changed(before, after) == expected


def test_words_changed_stays_quick_on_huge_texts():
    before = " ".join(str(number) for number in range(60_000))
    after = " ".join(str(number) for number in range(59_999, -1, -1))
    assert words_changed(before, after) == (0, 0)  # too long to align: only counted


@pytest.mark.parametrize("files", ["ab", "ba"])
def test_a_mirror_named_only_beside_the_second_copy_is_listed_in_any_order(db, files):
    for letter in files:
        site = ALDIA if letter == "b" else None
        item = seen(1, url="https://ww3w.aldia.test/2026/the-mural")
        enter(db, warcinfo(f"info-{letter}", site=site), item, file=f"{letter}.warc.gz", sites=())
    assert [row["host"] for row in rows(db, "SELECT host FROM hosts")] == ["ww3w.aldia.test"]
    assert only(db, "SELECT url FROM articles")["url"] == "https://www.aldia.test/2026/the-mural"


def test_an_edit_of_the_standfirst_is_a_version(db):
    texts = ("The street has a wall again.", "The street has a wall again.", "The street has its wall back.", None)
    for hour, standfirst in enumerate(texts):
        enter(db, seen(hour + 1, hour, outcome=article(standfirst=standfirst)))
    found = rows(db, "SELECT standfirst, words_added, words_removed FROM versions ORDER BY version")
    assert [tuple(row.values()) for row in found] == [
        ("The street has a wall again.", 0, 0),
        ("The street has its wall back.", 2, 2),
        (None, 0, 6),
    ]
    assert only(db, "SELECT standfirst FROM articles") == {"standfirst": None}


def test_a_better_reading_of_the_standfirst_is_no_edit(db):
    enter(db, seen(1, 0))
    enter(db, seen(2, 1, outcome=article(standfirst="The street has a wall again.", extractor="test-2")))
    assert only(db, "SELECT count(*) AS n FROM versions") == {"n": 1}


def test_a_suspected_page_is_marked_and_its_revisits_too(db):
    near = seen(1, 0, outcome=Skip("listing", suspected=True))
    enter(db, near, seen(2, 1, url="https://www.aldia.test/far", outcome=Skip("listing")), revisit(3, 2, near))
    found = rows(db, "SELECT skip_reason, suspected FROM captures ORDER BY fetched_at")
    assert [tuple(row.values()) for row in found] == [("listing", 1), ("listing", None), ("listing", 1)]
    assert story_reader.status(db).suspected == 2


def test_words_of_a_rolled_back_transaction_are_stored_by_the_next(db):
    def stems():
        return [row["stem"] for row in rows(db, "SELECT stem FROM word_forms WHERE word = 'ferries'")]

    enter(db, seen(1, outcome=rich_article()))
    change = "UPDATE articles SET text = 'The ferries were crossing again', language = 'en'"
    with pytest.raises(ZeroDivisionError), transaction(db.conn):
        db.execute(change)
        assert stems() == ["ferri"]
        raise ZeroDivisionError
    assert stems() == []
    with transaction(db.conn):
        db.execute(change)
    assert stems() == ["ferri"]
