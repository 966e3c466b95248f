"""Learned boilerplate in the index: removed in the transaction that learns it, the same in any order of captures, and
restored by a person's decision."""

import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import decisions
from archiver.boilerplate import REASON
from archiver.errors import LockedError, UsageError
from archiver.extract.story import extract
from archiver.index.database import check, index_lock, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.learn.boilerplate_decisions import decide, entries, replay
from archiver.index.read import story_reader
from archiver.index.read.consistency import fingerprint
from archiver.index.schema.migrations import STEPS, migrate
from archiver.index.store.packing import pack_json, unpack_json
from archiver.model import Batch, Block, Capture, Extracted, RecordRef
from archiver.samplesite import DELETED_ON_DAY_2, stories
from archiver.samplesite.article_page import article_page
from index_samples import article, seen
from sites import harborwire


def items_of(articles):
    """Captures of [(article, time)]."""
    found = []
    for number, (outcome, at) in enumerate(articles):
        ref = RecordRef("a.warc.gz", number * 100, 90, f"<urn:uuid:{number}>")
        found.append(
            Extracted(
                Capture(ref, "response", outcome.url, at, 200, "text/html", "utf-8", payload_digest=f"sha1:{number}"),
                outcome,
            )
        )
    return found


@cache
def harbor():
    return tuple(
        items_of(
            (extract(harborwire.page(story).encode(), story.url, story.captured), story.captured)
            for story in harborwire.stories()
        )
    )


@cache
def puente():
    """Some stories of the sample site on both days, without its layout."""
    origin = "http://www.elpuente.localhost"
    ids = {story.id for story in stories(1)[:24]} | {"bus-lanes", "ferry-vote"} - set(DELETED_ON_DAY_2)
    found = []
    for day in (1, 2):
        for number, story in enumerate(story for story in stories(day) if story.id in ids):
            at = datetime(2022, 10, 12 + day, 8, tzinfo=UTC) + timedelta(seconds=number)
            page = article_page(story, origin, day).encode()
            found.append((extract(page, origin + story.path, at), at))
    return tuple(items_of(found))


def enter(db, items, size=16):
    for start in range(0, len(items), size):
        apply(db, Batch("a.warc.gz", 100_000, tuple(items[start : start + size])))


def texts(db):
    return {story.url: story for story in story_reader.iter_stories(db)}


@pytest.fixture
def index(tmp_path):
    return tmp_path / "index.db"


# ---------------------------------------------------------------- what is taken out


def test_a_new_site_is_learned_while_it_is_indexed(index):
    with open_writer(index) as db:
        enter(db, harbor())
        found = texts(db)
        for story in harborwire.stories():
            entry = found[story.url]
            truth = [text for _, text in story.blocks]
            assert entry.text.split("\n\n") == truth, story.number
            assert entry.word_count == len(entry.text.split())
            assert entry.versions == 1
            (version,) = story_reader.versions(db, entry.id)
            assert (version.text, version.text_sha256) == (entry.text, entry.text_sha256)
            removed = {r.block.text for r in story_reader.removed_blocks(db, entry.id, 1) if r.reason == REASON}
            assert removed == set(harborwire.junk(story))
        hits = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH '\"newsroom that belongs\"'"
        assert db.execute(hits).fetchone() == (0,)
        assert check(db) == []


def test_blocks_are_those_of_the_cleaned_text(index):
    with open_writer(index) as db:
        enter(db, harbor())
        rows = db.execute(
            "SELECT v.text, substr(v.text, b.start, b.length) FROM blocks b"
            " JOIN version_texts v USING (article_id, version) ORDER BY b.article_id, b.version, b.position"
        ).fetchall()
    assert all(part in text.split("\n\n") for text, part in rows)
    assert sum(len(text.split("\n\n")) for text in {text for text, _ in rows}) == len(rows)


def test_a_new_list_of_episodes_is_no_edit(index):
    with open_writer(index) as db:
        enter(db, puente())
        edited = {url for url, entry in texts(db).items() if entry.versions > 1}
    changed = {
        story.path
        for story in stories(2)
        if (before := next((old for old in stories(1) if old.id == story.id), None))
        and (before.text, before.title) != (story.text, story.title)
    }
    assert {url.removeprefix("http://www.elpuente.localhost") for url in edited} <= changed
    assert edited


def test_learning_makes_no_version_and_removes_false_ones(index):
    def told(number, line, hours):
        blocks = (
            Block(
                "paragraph", f"What happened to {chr(97 + number) * 9} that day, told at some length here.", "main/p"
            ),
            Block("paragraph", line, "main/div.more/p"),
        )
        return seen(f"{number}{hours}", hours, url=f"https://a.test/{number}", outcome=article(
            f"https://a.test/{number}", blocks=blocks, title=f"Story {number}", date_published=None))  # fmt: skip

    with open_writer(index) as db:
        enter(db, [told(0, "This week in the paper: the swans", 1), told(0, "This week in the paper: the tram", 2)])
        assert [entry.versions for entry in story_reader.iter_stories(db)] == [2]
        enter(db, [told(number, "This week in the paper: the swans", 1) for number in range(1, 6)])
        enter(db, [told(number, "This week in the paper: the tram", 2) for number in range(1, 6)])
        assert {entry.versions for entry in story_reader.iter_stories(db)} == {1}
        assert {len(entry.text.split("\n\n")) for entry in story_reader.iter_stories(db)} == {1}


def test_learning_rewrites_the_texts_of_stories_but_not_what_is_learned_from(index):
    """Each lesson changes many stories: their outlines, which stay the same, were written again each time."""
    rows = "SELECT article_id, position, rowid FROM sightings ORDER BY 1, 2"
    with open_writer(index) as db:
        enter(db, harbor()[:2], size=2)
        before, words = db.execute(rows).fetchall(), {url: story.text for url, story in texts(db).items()}
        enter(db, harbor()[2:], size=len(harbor()))
        assert all(texts(db)[url].text != text for url, text in words.items())
        assert set(before) <= set(db.execute(rows).fetchall())
        assert check(db) == []


# ---------------------------------------------------------------- the same, whatever the order


@pytest.mark.parametrize("make", [harbor, puente])
def test_any_order_and_any_pieces_give_the_same(make, tmp_path):
    items = make()
    orders = (items, items[::-1], items[1::2] + items[::2])
    prints = []
    for number, (order, size) in enumerate(zip(orders, (len(items), 5, 1), strict=True)):
        with open_writer(tmp_path / f"{number}.db", throwaway=True) as db:
            enter(db, order, size)
            prints.append(fingerprint(db))
    assert prints[0] == prints[1] == prints[2]


@st.composite
def small_sites(draw):
    """Captures of a few stories surrounded by text that may or may not be boilerplate."""
    lines = ("Buy our calendar of the year", "Ana Paz covers the courts.", "Updated May 3, 9:40", "See you on Friday.")
    boxes = ("main/p", "main/div.box/p", "main/div.list/p.item", "")
    found = []
    for number in range(draw(st.integers(3, 9))):
        url = f"https://a.test/{number}"
        for edit in range(draw(st.integers(1, 2))):
            extra = draw(st.lists(st.tuples(st.sampled_from(lines), st.sampled_from(boxes)), max_size=3))
            own = f"Story {chr(97 + number) * 9} is {'long' * (edit + 1)} enough to be nobody else's, told in one line."
            blocks = (Block("paragraph", own, "main/p"), *(Block("paragraph", *entry) for entry in extra))
            if draw(st.booleans()):
                blocks = blocks[::-1]
            outcome = article(url, blocks=blocks, title="A story", authors=draw(st.sampled_from((("Ana Paz",), ()))))
            hours = draw(st.integers(0, 400)) + edit
            file = draw(st.sampled_from(("a.warc.gz", "b.warc.gz")))
            found.append(seen(f"{number}{edit}", hours, url=url, outcome=outcome, file=file))
    return found


def build(items, path, sizes, said=None, crashes=(False,)):
    items = list(items)
    step = 0
    while items:
        size = sizes[step % len(sizes)]
        piece, items = items[:size], items[size:]
        with open_writer(path, throwaway=True) as db:
            if said is not None:
                replay(db, said)
            for file in ("a.warc.gz", "b.warc.gz"):
                part = tuple(item for item in piece if item.capture.ref.warc_file == file)
                if crashes[step % len(crashes)]:
                    with pytest.raises(AttributeError):
                        apply(db, Batch(file, 10_000, part), (), [None])
                apply(db, Batch(file, 10_000, part))
        step += 1
    with open_writer(path, throwaway=True) as db:
        assert check(db) == []
        return fingerprint(db), entries(db)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), items=small_sites(), sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_learning_in_pieces_in_any_order_with_crashes_equals_a_rebuild(data, items, sizes):
    crashes = data.draw(st.lists(st.booleans(), min_size=1, max_size=3))
    shuffled = data.draw(st.permutations(items))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, found = build(items, folder / "whole.db", [len(items)])
        assert build(shuffled, folder / "pieces.db", sizes, crashes=crashes)[0] == whole
        if not found:
            return
        # People's decisions are one more input: made at the end, or known from the start.
        for entry in data.draw(st.lists(st.sampled_from(found), max_size=2)):
            decide(folder / "pieces.db", entry.id, data.draw(st.sampled_from(("accept", "reject"))))
        with open_writer(folder / "pieces.db") as db:
            decided = fingerprint(db)
        assert build(items, folder / "again.db", [len(items)], said=folder)[0] == decided


# ---------------------------------------------------------------- what people say


def entry_of(db, text, what="text"):
    return next(entry for entry in entries(db) if entry.text == text and entry.what == what)


def test_reject_restores_the_text_and_accept_removes_it_again(index):
    line = harborwire.junk(harborwire.stories()[0])[-1]
    with open_writer(index) as db:
        enter(db, harbor())
        before = fingerprint(db)
        entry = entry_of(db, line)
    assert entry.status == "learned" and entry.stories == 24
    assert decide(index, entry.id, "reject", "they like it").status == "rejected"
    with open_writer(index) as db:
        back = [story for story in story_reader.iter_stories(db) if line in story.text.split("\n\n")]
        assert len(back) == 24 and {story.versions for story in back} == {1}
        assert "they like it" in entry_of(db, line).why
        hits = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH '\"newsroom that belongs\"'"
        assert db.execute(hits).fetchone() == (24,)
        assert check(db) == []
    decide(index, entry.id, "accept")
    with open_writer(index) as db:
        after = fingerprint(db)
    same = ("articles", "versions", "blocks", "removed_blocks", "lessons", "sightings")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_accept_turns_a_suspect_into_boilerplate(index):
    with open_writer(index) as db:
        enter(db, harbor())
        entry = entry_of(db, harborwire.CORRECTION)
        assert entry.status == "suspected"
    assert decide(index, entry.id, "accept").status == "accepted"
    with open_writer(index) as db:
        assert not [story for story in story_reader.iter_stories(db) if harborwire.CORRECTION in story.text]


def test_decisions_apply_to_a_rebuilt_index_and_to_later_captures(index, tmp_path):
    with open_writer(index) as db:
        enter(db, harbor()[:30])
        entry = entry_of(db, harborwire.CORRECTION)
    decide(index, entry.id, "accept", "as an exercise")
    (said,) = decisions.read(tmp_path / decisions.FILE_NAME)
    assert (said.kind, said.key, said.verdict) == ("boilerplate", f"harborwire.test:text:{entry.hash}", "accept")
    with open_writer(index) as db:
        enter(db, harbor()[30:])
        followed = fingerprint(db)
        assert not [story for story in story_reader.iter_stories(db) if harborwire.CORRECTION in story.text]
    with open_writer(tmp_path / "anew.db") as db:
        replay(db, tmp_path)
        enter(db, harbor())
        assert fingerprint(db) == followed


def test_an_unknown_id_and_a_locked_index_are_reported(index):
    with open_writer(index) as db:
        enter(db, harbor()[:4])
    with pytest.raises(UsageError, match="boilerplate list"):
        decide(index, 17, "accept")
    with index_lock(index), pytest.raises(LockedError):
        decide(index, 17, "accept")
    assert not (index.parent / decisions.FILE_NAME).exists()


def test_an_older_index_told_boxes_only_by_the_words_of_the_reason_and_is_the_same_once_migrated(index):
    def as_before(findings):
        return pack_json([found[:-1] for found in unpack_json(findings)])

    with open_writer(index) as db:
        enter(db, harbor()[:12])
        expected = fingerprint(db)
        assert db.execute("SELECT count(DISTINCT boxed) FROM boilerplate WHERE status = 'learned'").fetchone() == (2,)
        for site, start, findings in db.execute("SELECT site, start, findings FROM lessons").fetchall():
            db.execute(
                "UPDATE lessons SET findings = ? WHERE site = ? AND start = ?", (as_before(findings), site, start)
            )
        db.execute("ALTER TABLE boilerplate DROP COLUMN boxed")
        number = next(number for number, step in enumerate(STEPS) if "boxes" in step.what)
        db.execute(f"PRAGMA user_version = {number}")
        migrate(db, STEPS[: number + 1])
        assert fingerprint(db) == expected
