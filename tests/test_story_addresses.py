"""One story with all its URLs: a page's statement is checked, different texts stay separate, IDs stay citable."""

from dataclasses import replace
from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.cli import cli
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read import story_reader
from archiver.index.read.story_history import What, history
from archiver.index.store.identity import number
from archiver.model import Batch, Extracted, Skip
from archiver.serve.texts import TEXTS
from archiver.urls import folded_surt
from index_orders import Index, in_every_order, whole_and_in_pieces
from index_samples import article, capture, failed, revisit, seen

SITE = "https://www.paper.test"
LONG = "\n\n".join(
    f"The {word} of the harbour came to the council on a grey morning and asked for a longer quay, a lamp and a bench."
    for word in ("pilots", "fishers", "porters", "widows", "clerks", "bakers", "masons", "sailors", "tailors", "cooks")
)
OTHER = "\n\n".join(
    f"Nobody in the {word} had seen the river so low, and the mill stood still for the whole of the dry month of May."
    for word in ("valley", "village", "parish", "county", "market", "school", "tavern", "chapel", "garden", "meadow")
)


def url(path):
    return SITE + path


def page(record, path, hours=0.0, *, text=LONG, claims=None, title="The longer quay", **values):
    """A capture of a page that names the URLs `claims` ((witness, path)); by default its own."""
    said = tuple((witness, url(target)) for witness, target in claims or (("canonical", path),))
    chosen = next((target for _, target in said if target != url(path)), url(path))
    return seen(record, hours, url=url(path), outcome=article(chosen, text=text, title=title, claims=said, **values))


def redirect(record, hours, path, target, status=301):
    moved = replace(capture(record, url(path), hours, status=status), http_headers=(("Location", target),))
    return Extracted(moved, Skip(f"status_{status}"))


def listing(record, hours, path, reason="listing", status=200):
    return Extracted(capture(record, url(path), hours, status=status), Skip(reason, canonical_url=url(path)))


class AddressIndex(Index):
    def stories(self):
        """{url: captured paths}"""
        rows = self.rows("SELECT a.url, c.url FROM articles a JOIN captures c ON c.article_id = a.id ORDER BY c.url")
        found = {}
        for name, captured in rows:
            found.setdefault(name.removeprefix(SITE), []).append(captured.removeprefix(SITE))
        return found

    def claims(self):
        return self.rows("SELECT believed, why FROM page_claims ORDER BY surt, target")


@pytest.fixture
def index(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        yield AddressIndex(db)


# ---------------------------------------------------------------- addresses that differ in case or a slash


def test_two_pages_whose_urls_differ_only_in_case_are_two_stories(index):
    # The second was taken for an edit of the first.
    index.add(page(1, "/p/kRxT7bQ2Zw"), page(2, "/p/KrxT7bQ2Zw", 1, text=OTHER, title="A dry month"))
    assert index.stories() == {"/p/kRxT7bQ2Zw": ["/p/kRxT7bQ2Zw"], "/p/KrxT7bQ2Zw": ["/p/KrxT7bQ2Zw"]}
    assert index.rows("SELECT versions FROM articles") == [(1,), (1,)]
    for path, title in (("/p/kRxT7bQ2Zw", "The longer quay"), ("/p/KrxT7bQ2Zw", "A dry month")):
        assert story_reader.find_story(index.db, url(path)).title == title


def test_the_shared_id_stays_with_the_page_captured_first(tmp_path):
    first, second = page(1, "/p/kRx", 1), page(2, "/p/KRx", 2, text=OTHER, title="A dry month")
    path = in_every_order(tmp_path, [first, second, page(3, "/p/KRx", 3, text=OTHER, title="A dry month")])
    with open_writer(path) as db:
        old = number(folded_surt(url("/p/kRx")))
        assert story_reader.find_story(db, str(old)).url == url("/p/kRx")
        assert story_reader.find_story(db, url("/p/KRx")).id != old


def test_one_page_at_two_spellings_is_one_story(index):
    index.add(page(1, "/News/Quay"), page(2, "/news/quay/", 1), page(3, "/news/quay?b=1&a=2", 2, text=OTHER))
    assert index.stories() == {
        "/News/Quay": ["/News/Quay", "/news/quay/"],
        "/news/quay?b=1&a=2": ["/news/quay?b=1&a=2"],
    }
    assert index.rows("SELECT why, other_surt FROM story_addresses") == [("variant", "test,paper,www)/News/Quay")]


def test_a_story_that_was_not_merged_keeps_its_id(index):
    index.add(
        page(1, "/2026/The-Quay/?utm_source=x"), page(2, "/es/node/7", 1, claims=[("canonical", "/Not-Captured")])
    )
    assert {row[0] for row in index.rows("SELECT id FROM articles")} | {
        row[0] for row in index.rows("SELECT old_id FROM former_ids")
    } == {number("test,paper,www)/2026/the-quay"), number("test,paper,www)/not-captured")}


def test_an_edit_at_another_spelling_is_an_edit(index):
    index.add(page(1, "/news/quay"), page(2, "/news/quay/", 1, text=LONG + "\n\nThe council will vote in June."))
    assert index.rows("SELECT versions FROM articles") == [(2,)]


# ---------------------------------------------------------------- a page's word about itself


def test_a_canonical_link_of_every_page_to_one_story_merges_nothing(tmp_path):
    # A template that names the first story on every page: all others became edits of it.
    said = [("canonical", "/2026/first-story-of-the-year")]
    items = [
        page(1, "/2026/first-story-of-the-year"),
        page(2, "/2026/another", 1, text=OTHER, title="A dry month", claims=said),
        page(3, "/2026/third", 2, text="Short.", title="Third", claims=said),
    ]
    with open_writer(in_every_order(tmp_path, items)) as db:
        assert len(AddressIndex(db).stories()) == 3
        assert AddressIndex(db).claims() == [(0, "other text"), (0, "other text")]


@pytest.mark.parametrize(
    ("target", "answer", "why"),
    [
        ("/news", listing(9, 3, "/news"), "no story: listing"),
        ("/lost", failed(9, 3, 404, url("/lost")), "no story: status_404"),
        ("/", None, "front page"),
        ("/es/", None, "front page"),
    ],
)
def test_a_canonical_link_to_a_page_without_a_story_is_not_believed(tmp_path, target, answer, why):
    items = [page(1, "/2026/quay", claims=[("canonical", target)]), *([answer] if answer else [])]
    with open_writer(in_every_order(tmp_path, items)) as db:
        assert list(AddressIndex(db).stories()) == ["/2026/quay"]
        assert AddressIndex(db).claims() == [(0, why)]


def test_different_stories_that_name_one_url_stay_separate(tmp_path):
    said = [("canonical", "/column")]
    items = [page(1, "/2026/a", claims=said), page(2, "/2026/b", 1, text=OTHER, title="A dry month", claims=said)]
    with open_writer(in_every_order(tmp_path, items)) as db:
        assert sorted(AddressIndex(db).stories()) == ["/2026/a", "/2026/b"]
        assert set(AddressIndex(db).claims()) == {(0, "named by different stories")}


def test_a_page_that_names_two_urls_is_ignored_as_evidence(index):
    index.add(page(1, "/2026/a", claims=[("canonical", "/2026/b"), ("og:url", "/2026/c")]))
    assert list(index.stories()) == ["/2026/a"] and index.claims() == [(0, "contradicted")]


def test_a_page_that_names_a_descriptive_url_is_named_by_it(tmp_path):
    # As in Drupal: /es/node/94870 and the descriptive URL are one story.
    telling = "/en/news/the-longer-quay-is-built"
    items = [page(1, "/es/node/94870", claims=[("canonical", telling), ("og:url", telling)]), page(2, telling, 2)]
    with open_writer(in_every_order(tmp_path, items)) as db:
        index = AddressIndex(db)
        assert index.stories() == {telling: [telling, "/es/node/94870"]}
        (story,) = index.rows("SELECT id FROM articles")
        assert {event.url for event in history(db, story[0])} == {url(telling), url("/es/node/94870")}
        assert index.rows("SELECT url, why FROM story_addresses") == [(url("/es/node/94870"), "canonical")]


def test_a_page_that_shows_another_story_each_day_yields_each_of_them(index):
    index.add(
        page(1, "/today", 1, claims=[("canonical", "/2026/quay")]),
        page(2, "/today", 2, text=OTHER, title="A dry month", claims=[("canonical", "/2026/dry")]),
        page(3, "/2026/quay", 3),
        page(4, "/2026/dry", 4, text=OTHER, title="A dry month"),
    )
    assert index.stories() == {"/2026/quay": ["/2026/quay", "/today"], "/2026/dry": ["/2026/dry", "/today"]}
    assert index.rows("SELECT versions FROM articles") == [(1,), (1,)]


def test_later_evidence_separates_merged_addresses(index):
    said = [("canonical", "/2026/gone")]
    index.add(page(1, "/2026/a", claims=said), page(2, "/print/a", 1, claims=said))
    (before,) = index.rows("SELECT id FROM articles")
    assert index.stories() == {"/2026/gone": ["/2026/a", "/print/a"]}
    index.add(listing(3, 2, "/2026/gone"))
    assert all(not believed for believed, _ in index.claims())
    assert story_reader.find_story(index.db, str(before[0])) is not None


# ---------------------------------------------------------------- copies and redirects


def test_a_print_copy_is_found_by_its_text(tmp_path):
    items = [page(1, "/2026/the-longer-quay-is-built"), page(2, "/imprimir/4711", 1, title="The longer quay | Print")]
    with open_writer(in_every_order(tmp_path, items)) as db:
        assert list(AddressIndex(db).stories()) == ["/2026/the-longer-quay-is-built"]
        assert AddressIndex(db).rows("SELECT url, why FROM story_addresses") == [(url("/imprimir/4711"), "same_text")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A short notice of nine words, the same twice.", "The longer quay"),
        (LONG.replace("a lamp", "12 lamps"), "The longer quay"),
        (LONG, "Another headline altogether"),
        (LONG, "The longer quay 2"),
    ],
)
def test_pages_that_share_a_template_stay_separate(index, text, title):
    first = text if text != LONG and "lamps" not in text else LONG
    index.add(page(1, "/rates/one", text=first), page(2, "/rates/two", 1, text=text, title=title))
    assert len(index.stories()) == 2


def test_a_text_at_many_urls_is_a_placeholder(index):
    index.add(*(page(record, f"/2026/{record}") for record in range(1, 12)))
    assert len(index.stories()) == 11


def test_a_renamed_story_is_one_story_with_two_urls(tmp_path):
    old, new = "/2026/the-quay-gets-longer-soon", "/2026/the-quay-is-longer-now"
    items = [page(1, old), redirect(2, 5, old, url(new)), page(3, new, 6)]
    with open_writer(in_every_order(tmp_path, items)) as db:
        index = AddressIndex(db)
        assert index.stories() == {old: [old, new]}
        (story,) = index.rows("SELECT id, status FROM articles")
        assert story[1] == "live"
        assert [event.what for event in history(db, story[0])] == ["first", "moved", "same"]
        assert story_reader.find_story(db, url(new)).id == story[0]


def test_the_history_of_a_renamed_story_could_not_be_printed(tmp_path):
    old, new = "/2026/the-quay-gets-longer-soon", "/2026/the-quay-is-longer-now"
    with open_writer(tmp_path / "index.db") as db:
        AddressIndex(db).add(page(1, old), redirect(2, 5, old, url(new)), page(3, new, 6))
    told = CliRunner().invoke(cli, ["-A", str(tmp_path), "history", url(old)], catch_exceptions=False)
    assert f"redirects to another URL of the story, {url(old)}" in told.stdout


def test_every_history_event_has_a_label_in_each_language():
    assert all(f"event_{what}" in texts for what in get_args(What) for texts in TEXTS.values())


@pytest.mark.parametrize(
    "last",
    [
        failed(2, 5, 404, url("/2026/quay")),
        listing(2, 5, "/2026/quay", "soft_404"),
        redirect(2, 5, "/2026/quay", "/"),
        redirect(2, 5, "/2026/quay", "/es", 302),
    ],
)
def test_a_story_whose_url_no_longer_shows_it_is_gone(index, last):
    index.add(page(1, "/2026/quay"), last)
    assert index.rows("SELECT status FROM articles") == [("gone",)]
    (story,) = index.rows("SELECT id FROM articles")
    assert [event.what for event in history(index.db, story[0])] == ["first", "gone"]
    index.add(page(3, "/2026/quay", 6))
    assert index.rows("SELECT status FROM articles") == [("live",)]


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_server_error_makes_no_story_gone(index, status):
    index.add(page(1, "/2026/quay"), failed(2, 5, status, url("/2026/quay")))
    assert index.rows("SELECT status FROM articles") == [("live",)]


# ---------------------------------------------------------------- any order


PATHS = ("/p/kRx", "/p/KRx", "/p/krx/", "/2026/the-story-of-the-quay", "/node/1", "/print/1", "/list", "/")
STATES = (
    (LONG, "The longer quay"),
    (LONG + "\n\nIt was built.", "The longer quay"),
    (OTHER, "A dry month"),
    ("Few words.", "The longer quay"),
)


def test_a_redirect_to_a_page_indexed_later_as_a_list_makes_the_story_gone(tmp_path):
    items = [page(1, "/a/quay", 0), redirect(2, 1, "/a/quay", url("/a/list")), listing(3, 2, "/a/list", "listing", 200)]
    for name, batches in (("whole.db", [items]), ("pieces.db", [items[:2], items[2:]])):
        with open_writer(tmp_path / name, throwaway=True) as db:
            for position, batch in enumerate(batches, 1):
                apply(db, Batch("a.warc.gz", position, tuple(batch)))
            assert db.execute("SELECT status FROM articles").fetchall() == [("gone",)], name


@st.composite
def captures(draw):
    found = []
    pages = []
    for record in range(1, draw(st.integers(2, 7)) + 1):
        path, hours = draw(st.sampled_from(PATHS)), draw(st.integers(0, 9))
        what = draw(st.sampled_from(("page", "page", "page", "page", "answer", "redirect", "revisit")))
        if what == "page" or (what == "revisit" and not pages):
            text, title = draw(st.sampled_from(STATES))
            claims = draw(
                st.lists(st.tuples(st.sampled_from(("canonical", "og:url")), st.sampled_from(PATHS)), max_size=2)
            )
            found.append(page(record, path, hours, text=text, title=title, claims=claims))
            pages.append(found[-1])
        elif what == "answer":
            found.append(listing(record, hours, path, *draw(st.sampled_from((("listing", 200), ("status_404", 404))))))
        elif what == "redirect":
            found.append(redirect(record, hours, path, url(draw(st.sampled_from(PATHS)))))
        else:
            found.append(revisit(record, hours, draw(st.sampled_from(pages)), url=url(path)))
    return found


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(items=captures(), data=st.data())
def test_captures_in_any_order_give_the_same_stories(items, data):
    def look(db):
        shown = db.execute("SELECT count(*) FROM captures WHERE skip_reason IS NULL AND article_id IS NULL")
        assert shown.fetchone() == (0,)
        # Every ID that a page's statement ever yielded leads to a story.
        for (stated,) in db.execute("SELECT canonical_url FROM captures WHERE article_id IS NOT NULL"):
            assert story_reader.find_story(db, str(number(folded_surt(stated)))) is not None

    whole, pieces = whole_and_in_pieces(data, items, look)
    assert whole == pieces
