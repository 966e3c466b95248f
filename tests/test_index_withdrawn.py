"""Withdrawn stories leave the index, whenever that is decided, and return from the WARC files when reinstated."""

import tempfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import withdrawals
from archiver.index.database import check, open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.index.read.consistency import fingerprint
from archiver.model import Batch, Link
from index_samples import ALDIA, URL, article, closing, failed, seen, warcinfo
from test_index_ingest import QuickPool, exchange, page, writer
from test_index_pieces import ADDRESSES, archives

DAY = date(2026, 6, 1)


def withdraw(folder, *urls, verdict="withdrawn", until=None):
    withdrawals.decide(folder, withdrawals.hashes_of(urls), verdict, "asked to", 1, until)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), st.sets(st.sampled_from(ADDRESSES), min_size=1), st.integers(0, 20))
def test_an_index_that_followed_a_withdrawal_equals_one_built_after_it(files, urls, when):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batches = [
            Batch(file, end * 100, tuple(items[start:end]))
            for file, items in files.items()
            for start, end in pairwise(sorted({0, len(items) // 2, len(items)}))
        ]
        with open_writer(folder / "followed.db", throwaway=True) as db:
            for number, batch in enumerate(batches):
                if number == when % (len(batches) + 1):
                    withdraw(folder, *urls)
                    replay_withdrawals(db, folder)
                apply(db, batch)
            if not (folder / "decisions.jsonl").exists():
                withdraw(folder, *urls)
                replay_withdrawals(db, folder)
            assert check(db) == []
            followed = fingerprint(db)
        with open_writer(folder / "built.db", throwaway=True) as db:
            replay_withdrawals(db, folder)
            for batch in batches:
                apply(db, batch)
            assert fingerprint(db) == followed


def test_an_error_page_of_a_host_that_turns_out_to_be_a_mirror_is_withheld_with_the_story(tmp_path):
    mirror = URL.replace("www.", "ww3w.")
    assert mirror != URL
    first = (warcinfo("i0", "one", None, "0.warc.gz", 0.0), failed(1, 1, 404, mirror, file="0.warc.gz"))
    second = (warcinfo("i1", "two", ALDIA, "1.warc.gz", 2.0), failed(2, 3, 404, mirror, file="1.warc.gz"))
    withdraw(tmp_path, URL)
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        replay_withdrawals(db, tmp_path)
        apply(db, Batch("0.warc.gz", 100, first))
        apply(db, Batch("1.warc.gz", 100, second))
        assert db.execute("SELECT count(*) FROM captures").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM withheld").fetchone() == (2,)


def test_a_story_has_its_own_id_when_the_page_that_first_named_its_url_is_withdrawn(tmp_path):
    other = f"{URL}-2"
    items = (
        warcinfo("i0", "one", None, "0.warc.gz", 0.0),
        seen(1, 1, url=URL, outcome=article(other, text="A text that wrongly calls the other its address.")),
        seen(2, 2, url=other, outcome=article(other, text="The other story, with words of its own.")),
    )
    with open_writer(tmp_path / "followed.db", throwaway=True) as db:
        apply(db, Batch("0.warc.gz", 100, items))
        before = db.execute("SELECT id FROM articles WHERE url = ?", (other,)).fetchone()
        withdraw(tmp_path, URL)
        replay_withdrawals(db, tmp_path)
        followed = fingerprint(db)
        after = db.execute("SELECT id, surt FROM articles").fetchone()
    assert before[0] != after[0] and not after[1].endswith("#")
    with open_writer(tmp_path / "built.db", throwaway=True) as db:
        replay_withdrawals(db, tmp_path)
        apply(db, Batch("0.warc.gz", 100, items))
        assert fingerprint(db) == followed


@pytest.fixture
def archive(tmp_path):
    """Three stories in two files, the second captured twice, and their index."""
    warcs = tmp_path / "warc"
    for number, stories in enumerate(((1, 2), (2, 3))):
        warc = writer(warcs, crawl=f"c{number}")
        for story in stories:
            warc.write_exchange(exchange(f"{URL}-{story}", page(story, number), hours=number + story / 10))
        warc.close()
    catch_up(tmp_path / "index.db", warcs, (), QuickPool())
    return tmp_path


def urls_in(archive):
    with open_reader(archive / "index.db") as db:
        found = {row[0] for row in db.execute("SELECT url FROM articles")}
        assert found == {row[0] for row in db.execute("SELECT DISTINCT url FROM captures")}
        return found


def stories(*numbers):
    return {f"{URL}-{number}" for number in numbers}


def test_a_withdrawn_story_is_in_no_table_at_once_and_after_a_rebuild(archive):
    withdraw(archive, f"{URL}-2")
    with open_writer(archive / "index.db") as db:
        replay_withdrawals(db, archive)
    assert urls_in(archive) == stories(1, 3)
    with open_reader(archive / "index.db") as db:
        before = fingerprint(db)
        assert db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH '\"story 2\"'").fetchone()[0] == 0
    rebuild(archive / "index.db", archive / "warc", (), QuickPool())
    with open_reader(archive / "index.db") as db:
        assert fingerprint(db) == before


def test_a_story_captured_after_its_withdrawal_is_not_indexed(archive):
    withdraw(archive, f"{URL}-9")
    warc = writer(archive / "warc", crawl="later")
    for url in (f"{URL}-9", f"{URL}-9?utm_source=feed", f"{URL}-8"):
        warc.write_exchange(exchange(url, page(9), hours=9))
    warc.close()
    catch_up(archive / "index.db", archive / "warc", (), QuickPool())
    assert urls_in(archive) == stories(1, 2, 3, 8)


def test_a_reinstated_story_is_restored_completely(archive):
    with open_reader(archive / "index.db") as db:
        before = fingerprint(db)
    withdraw(archive, f"{URL}-2")
    catch_up(archive / "index.db", archive / "warc", (), QuickPool())
    assert urls_in(archive) == stories(1, 3)
    withdraw(archive, f"{URL}-2", verdict="reinstated")
    catch_up(archive / "index.db", archive / "warc", (), QuickPool())
    with open_reader(archive / "index.db") as db:
        assert fingerprint(db) == before


def test_an_embargo_ends_by_itself_on_its_day(archive):
    withdraw(archive, f"{URL}-1", verdict=withdrawals.EMBARGO, until=DAY)
    assert withdrawals.hidden(archive, date(2026, 5, 31))
    assert not withdrawals.hidden(archive, DAY)
    assert not withdrawals.blocked(archive)
    with open_writer(archive / "index.db") as db:
        replay_withdrawals(db, archive, date(2026, 5, 31))
    assert urls_in(archive) == stories(2, 3)
    with open_writer(archive / "index.db") as db:
        replay_withdrawals(db, archive, DAY)
    catch_up(archive / "index.db", archive / "warc", (), QuickPool())
    assert urls_in(archive) == stories(1, 2, 3)


def test_the_log_contains_no_url(archive):
    withdraw(archive, f"{URL}-1")
    text = (archive / "decisions.jsonl").read_text()
    assert "aldia" not in text
    assert "the-mural" not in text


def test_a_withdrawn_story_stayed_in_links_of_others_and_in_lists_of_skipped_urls(tmp_path):
    other, page = f"{URL}-other", "https://www.aldia.test/elsewhere"
    links = (Link(page, "Elsewhere"), Link(f"{URL}?utm_source=teaser#top", "The headline", True), Link(page, "Again"))
    skipped = [
        {"url": f"{URL}#comments", "reason": "scope", "found_on": page},
        {"url": page, "reason": "robots", "found_on": URL},
        {"url": page, "reason": "timeout", "found_on": other},
    ]
    items = (
        warcinfo("i0", "one", None, "a.warc.gz", 0.0),
        seen(1, 1, url=URL),
        seen(2, 2, url=other, outcome=article(other, text="The story that links to it.", links=links)),
        closing("i1", "one", 3.0, skipped=skipped),
    )
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 100, items))
        before = fingerprint(db)
        withdraw(tmp_path, URL)
        replay_withdrawals(db, tmp_path)
        assert db.execute("SELECT url, text FROM link_urls").fetchall() == [(page, "Elsewhere"), (page, "Again")]
        assert db.execute("SELECT url, found_on FROM skipped").fetchall() == [(page, None), (page, other)]
        assert check(db) == []
        hidden = fingerprint(db)
        withdraw(tmp_path, URL, verdict="reinstated")
        replay_withdrawals(db, tmp_path)
        apply(db, Batch("a.warc.gz", 100, items))
        db.execute("UPDATE warcs SET read_up_to = 100")
        after = fingerprint(db)
        assert {
            name: after[name] for name in ("links", "link_origins", "skipped", "withheld_links", "extractions")
        } == {name: before[name] for name in ("links", "link_origins", "skipped", "withheld_links", "extractions")}
    withdraw(tmp_path, URL)
    with open_writer(tmp_path / "built.db", throwaway=True) as db:
        replay_withdrawals(db, tmp_path)
        apply(db, Batch("a.warc.gz", 100, items))
        assert fingerprint(db) == hidden
