"""Hosts that serve the same stories are recognised by evidence, in any order, and people's decisions have priority."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import decisions
from archiver.errors import UsageError
from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.learn.mirror_decisions import decide_host, hosts, replay_hosts
from archiver.index.read.consistency import fingerprint
from archiver.index.read.story_reader import find_story
from archiver.model import Batch
from index_samples import ALDIA, article, failed, revisit, seen, warcinfo
from test_index_pieces import build_at_once, build_in_pieces

WWW, WW3W, WWDW, SPORT = (f"{name}.paper.test" for name in ("www", "ww3w", "wwdw", "sport"))


def page(host, number, *, text=None, stated=None, path="/2026/story-{}"):
    """(URL, article) of one story on one host."""
    path = path.format(number)
    url = f"https://{host}{path}"
    return url, article(f"https://{stated or host}{path}", text or f"Story {number} has words of its own.", title=path)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path)


class Archive:
    """An index that captures are added to, with consecutive record numbers."""

    def __init__(self, folder):
        self.folder = folder
        self.index = folder / "index.db"
        self._record = 0

    def enter(self, *pages, hours=0.0):
        items = []
        for url, outcome in pages:
            self._record += 1
            items.append(seen(self._record, hours, url=url, outcome=outcome))
        with open_writer(self.index) as db:
            apply(db, Batch("a.warc.gz", self._record, tuple(items)), ())
            assert check(db) == []

    def rows(self, sql):
        with open_writer(self.index) as db:
            return db.execute(sql).fetchall()

    def story_urls(self):
        return sorted(row[0] for row in self.rows("SELECT url FROM articles"))


def test_three_equal_stories_make_a_mirror_and_two_do_not(archive):
    archive.enter(*(page(WWW, number) for number in range(6)), *(page(WW3W, number) for number in range(2)))
    assert archive.rows("SELECT * FROM hosts") == []
    assert len(archive.story_urls()) == 8
    archive.enter(page(WW3W, 2), page(WW3W, 9))
    assert archive.rows("SELECT host, canonical_host, status, pages, shared FROM hosts") == [
        (WW3W, WWW, "learned", 3, 3)
    ]
    assert archive.story_urls() == [f"https://{WWW}/2026/story-{number}" for number in (0, 1, 2, 3, 4, 5, 9)]
    urls = {row[0] for row in archive.rows("SELECT url FROM captures")}
    assert f"https://{WW3W}/2026/story-9" in urls, "a capture keeps the URL that was fetched"
    with open_writer(archive.index) as db:
        assert find_story(db, f"https://{WW3W}/2026/story-9").url == f"https://{WWW}/2026/story-9"
        assert find_story(db, f"https://{WWW}/2026/story-9") == find_story(db, f"https://{WW3W}/2026/story-9")


def test_a_mirror_that_was_captured_as_revisits_is_recognised(archive):
    originals = [seen(number, url=page(WWW, number)[0], outcome=page(WWW, number)[1]) for number in range(1, 5)]
    revisits = [
        revisit(10 + number, 1, original, url=original.capture.url.replace(WWW, WW3W))
        for number, original in enumerate(originals)
    ]
    for items in (revisits, originals):
        with open_writer(archive.index) as db:
            apply(db, Batch("a.warc.gz", 1, tuple(items)), ())
    assert archive.rows("SELECT host, pages FROM hosts") == [(WW3W, 4)]


def test_two_sections_that_share_a_few_pages_stay_separate_hosts(archive):
    shared = [page(host, number, path="/about-us-{}") for host in (WWW, SPORT) for number in range(3)]
    archive.enter(*shared)
    archive.enter(*(page(host, f"{host}-{number}") for host in (WWW, SPORT) for number in range(20)))
    assert archive.rows("SELECT * FROM hosts") == [], "merged while three pages were all there was, and parted again"
    assert len(archive.story_urls()) == 46


def test_hosts_with_other_texts_at_the_same_paths_are_not_mirrors(archive):
    for number in range(6):
        archive.enter(page(WWW, number), page(SPORT, number, text=None if number < 3 else f"A match, number {number}."))
    assert archive.rows("SELECT * FROM hosts") == []


def test_the_canonical_host_is_the_one_that_the_others_name_else_the_usual_one(archive):
    archive.enter(*(page(host, number) for host in (WWDW, WW3W, WWW) for number in range(3)))
    assert archive.rows("SELECT host, canonical_host FROM hosts ORDER BY host") == [(WW3W, WWW), (WWDW, WWW)]
    archive.enter(*(page(WWW, number, stated=WWDW) for number in range(3)), hours=1)
    assert archive.rows("SELECT host, canonical_host FROM hosts ORDER BY host") == [(WW3W, WWDW), (WWW, WWDW)]
    assert len(archive.story_urls()) == 3


def test_a_person_s_decision_has_priority_and_can_be_reversed(archive):
    archive.enter(*(page(host, number) for host in (WWW, WW3W) for number in range(4)))
    merged = archive.story_urls()
    assert len(merged) == 4
    decide_host(archive.index, WW3W, None, "another paper")
    assert len(archive.story_urls()) == 8
    with open_writer(archive.index) as db:
        assert [(host.host, host.status, host.why) for host in hosts(db)] == [
            (WW3W, "rejected", "another paper; 4 of 4 story pages are the same")
        ]
    archive.enter(page(WW3W, 7))
    assert f"https://{WW3W}/2026/story-7" in archive.story_urls()
    decide_host(archive.index, WW3W, WWW)
    assert archive.story_urls() == sorted([*merged, f"https://{WWW}/2026/story-7"])
    assert archive.rows("SELECT status FROM hosts") == [("accepted",)]
    with pytest.raises(UsageError):
        decide_host(archive.index, WWW, WWW)
    assert len(decisions.read(archive.folder / decisions.FILE_NAME)) == 2


def test_chains_of_mirrors_are_resolved_and_circles_ignored(archive):
    archive.enter(page(WW3W, 1), page(WWW, 1), page(SPORT, 1))
    decide_host(archive.index, WW3W, SPORT)
    decide_host(archive.index, SPORT, WWW)
    assert archive.rows("SELECT host, canonical_host FROM hosts ORDER BY 1") == [(SPORT, WWW), (WW3W, WWW)]
    assert archive.story_urls() == [f"https://{WWW}/2026/story-1"]
    decide_host(archive.index, WWW, WW3W)
    assert archive.rows("SELECT * FROM hosts") == []
    assert len(archive.story_urls()) == 3


def test_a_story_is_gone_if_the_latest_response_of_a_mirror_says_so(archive):
    archive.enter(*(page(host, number) for host in (WWW, WW3W) for number in range(3)))
    gone = failed(99, 5, 404, url=f"https://{WW3W}/2026/story-1")
    with open_writer(archive.index) as db:
        apply(db, Batch("b.warc.gz", 1, (gone,)), ())
    assert archive.rows("SELECT url FROM articles WHERE status = 'gone'") == [(f"https://{WWW}/2026/story-1",)]


def test_rules_of_a_site_have_priority(archive):
    info = warcinfo("info", site=ALDIA)
    items = [seen(number, url=f"https://{host}.aldia.test/2026/story-{number % 3}") for number, host in
             enumerate(["ww3w"] * 3 + ["www"] * 3 + ["old"] * 3, 1)]  # fmt: skip
    items = [
        seen(number, url=url, outcome=article(url, f"Words of {url[-1]}."))
        for number, url in ((item.capture.ref.offset // 1000, item.capture.url) for item in items)
    ]
    with open_writer(archive.index) as db:
        apply(db, Batch("a.warc.gz", 1, (info, *items)), ())
    found = archive.rows("SELECT host, canonical_host, status, why FROM hosts ORDER BY 1")
    assert found == [
        ("old.aldia.test", "www.aldia.test", "learned", "3 of 3 story pages are the same"),
        ("ww3w.aldia.test", "www.aldia.test", "rule", "site rule"),
    ]


def test_a_revisit_whose_payload_moves_to_another_file_loses_its_statement(archive):
    """A copy of the payload's record stands in a file whose site has rules, and the revisit in one that has none."""
    original = seen(1, url=f"https://{WWDW}/2026/story-0", outcome=article(f"https://{WWW}/2026/story-0"))
    plain = Batch("1.warc.gz", 1, (warcinfo("i1", "c1"), revisit(2, 0, original, file="1.warc.gz"), original))
    ruled = Batch("0.warc.gz", 1, (warcinfo("i0", "c0", ALDIA_OF_PAPER), original))
    prints = []
    for name, batches in (("a.db", (plain, ruled)), ("b.db", (ruled, plain))):
        with open_writer(archive.index.with_name(name)) as db:
            for batch in batches:
                apply(db, batch, ())
            assert check(db) == []
            prints.append(fingerprint(db))
    assert prints[0] == prints[1]


HOSTS = (WWW, WW3W, WWDW)
PATHS = (0, 1, 2, 2, 3, *range(3, 16))
TEXTS = ("One.", "One.", "One.", "Two.")


@st.composite
def archives(draw):
    """Captures of a few stories on three hosts, some of which are mirrors, in up to three files."""
    files, known, record = {}, [], 0
    for number in range(draw(st.integers(1, 3))):
        name = f"{number}.warc.gz"
        site = draw(st.sampled_from((None, None, ALDIA_OF_PAPER)))
        items = [warcinfo(f"info{number}", f"crawl{number}", site, name, float(number))]
        for _ in range(draw(st.integers(0, 20))):
            record += 1
            host, path = draw(st.sampled_from(HOSTS)), draw(st.sampled_from(PATHS))
            hours = draw(st.integers(0, 6))
            what = draw(st.sampled_from(("story", "story", "story", "story", "gone", "revisit", "copy")))
            if what == "gone":
                status = draw(st.sampled_from((404, 200)))
                item = failed(record, hours, status, f"https://{host}/2026/story-{path}", file=name)
            elif what == "revisit" and known:
                original = draw(st.sampled_from(known))
                url = original.capture.url.replace(WWW, draw(st.sampled_from(HOSTS)))
                item = revisit(record, hours, original, url=url, file=name)
            elif what == "copy" and known:
                item = draw(st.sampled_from(known))
            else:
                text = f"Story {path}. {draw(st.sampled_from(TEXTS))}"
                url, outcome = page(host, path, text=text, stated=draw(st.sampled_from((None, None, WWW, WWDW))))
                if draw(st.booleans()):
                    other = f"https://{draw(st.sampled_from(HOSTS))}/2026/story-{draw(st.sampled_from(PATHS))}"
                    outcome = article(outcome.url, text, title=outcome.title, alternates=(("es", other),))
                item = seen(record, hours, url=url, outcome=outcome, file=name)
                known.append(item)
            items.append(item)
        files[name] = items
    return files


ALDIA_OF_PAPER = type(ALDIA)("paper", ("paper.test",), canonical_host=WWW, mirror_hosts=r"wwdw\.paper\.test")


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    files=archives(),
    cuts=st.lists(st.integers(0, 14), max_size=5),
    order=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    crashes=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_pieces_in_any_order_give_the_mirrors_of_one_build(files, cuts, order, crashes):
    with tempfile.TemporaryDirectory() as folder:
        expected = build_at_once(files, Path(folder) / "whole.db")
        assert build_in_pieces(files, Path(folder) / "pieces.db", cuts, order, crashes) == expected


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    files=archives(),
    said=st.lists(st.tuples(st.sampled_from(HOSTS), st.sampled_from((*HOSTS, None))), max_size=3),
)
def test_decisions_before_and_after_the_captures_have_the_same_result(files, said):
    with tempfile.TemporaryDirectory() as name:
        folder, prints = Path(name), []
        for host, canonical in said:
            if host != canonical:
                verdict = f"mirror of {canonical}" if canonical else "reject"
                decisions.append(
                    folder / decisions.FILE_NAME, "host", host, verdict, at=datetime(2026, 5, 1, tzinfo=UTC)
                )
        for early in (True, False):
            with open_writer(folder / f"{early}.db", throwaway=True) as db:
                if early:
                    replay_hosts(db, folder)
                for file, items in files.items():
                    apply(db, Batch(file, 1, tuple(items)), ())
                replay_hosts(db, folder)
                assert check(db) == []
                prints.append(fingerprint(db))
        assert prints[0] == prints[1]
