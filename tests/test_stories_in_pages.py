"""A story in several pages is one story: its text joins the latest text of each page, in the order of the pages."""

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.cli import cli
from archiver.extract import extract
from archiver.index.database import open_writer
from archiver.index.read.story_history import history
from archiver.model import Article
from archiver.urls import page_of_document
from index_orders import Index, in_every_order, whole_and_in_pieces
from index_samples import article, at, revisit, seen
from offline_crawl import crawled, indexed
from testsites import listing, story

SITE = "https://www.paper.test"
STORY = "/2026/05/01/a-walk-along-the-whole-canal"
FORMS = (STORY + "/{}", STORY + "/page/{}", STORY + "?page={}", STORY + "/?p={}")


def text(page, edit=0):
    sentences = [
        f"On the {word} of the {place} we met nobody but a heron, and {edit} boats lay there with their sails down."
        for place in (f"lock number {page}", f"bridge number {page}")
        for word in ("bank", "towpath")
    ]
    return "\n\n".join(sentences)


def page(
    record, number, hours=0.0, *, form=FORMS[0], edit=0, turns=None, title="A walk along the whole canal", **values
):
    """A capture of one page of the story, which names its neighbours by rel."""

    def address(wanted):
        return SITE + (form.format(wanted) if wanted > 1 else STORY)

    named = ((("prev", number - 1),) if number > 1 else ()) + (("next", number + 1),)
    found = tuple((witness, address(wanted)) for witness, wanted in named) if turns is None else turns
    told = {"turns": found, "title": title, "text": text(number, edit)} | values
    return seen(record, hours, url=address(number), outcome=article(address(number), **told))


class PagedIndex(Index):
    def stories(self):
        return self.rows("SELECT url, text, versions FROM articles ORDER BY url")


@pytest.fixture
def index(tmp_path):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        yield PagedIndex(db)


def whole(*pages):
    return "\n\n".join(pages)


@pytest.mark.parametrize("form", FORMS)
def test_the_pages_of_a_story_were_separate_stories(index, form):
    index.add(*(page(number, number, number / 60, form=form) for number in (1, 2, 3)))
    assert index.stories() == [(SITE + STORY, whole(text(1), text(2), text(3)), 1)]
    assert index.rows(
        "SELECT g.page FROM captures c JOIN capture_pages g ON g.capture_id = c.id ORDER BY c.fetched_at"
    ) == [(1,), (2,), (3,)]
    assert {why for (why,) in index.rows("SELECT why FROM story_addresses")} == {"page"}
    (number,) = index.rows("SELECT id FROM articles")
    assert [event.what for event in history(index.db, number[0])] == ["first", "same", "same"]


def test_page_ten_comes_after_page_nine(index):
    index.add(*(page(number, number, number / 60) for number in range(12, 0, -1)))
    assert index.stories() == [(SITE + STORY, whole(*map(text, range(1, 13))), 1)]


def test_a_changed_page_is_an_edit_and_a_page_first_seen_is_not(index):
    index.add(page(1, 1), page(2, 2), page(3, 1, 24), page(4, 2, 25, edit=7), page(5, 3, 26), page(6, 1, 48, edit=9))
    assert index.stories() == [(SITE + STORY, whole(text(1, 9), text(2, 7), text(3)), 3)]
    versions = index.rows(
        "SELECT v.version, g.page, c.fetched_at = v.seen_at, v.text, v.words_added, v.words_removed"
        " FROM versions v JOIN captures c ON c.id = v.capture_id JOIN capture_pages g ON g.capture_id = c.id"
        " ORDER BY v.version"
    )
    assert versions == [
        (1, 1, 1, whole(text(1), text(2), text(3)), 0, 0),
        (2, 2, 1, whole(text(1), text(2, 7), text(3)), 4, 4),
        (3, 1, 1, whole(text(1, 9), text(2, 7), text(3)), 4, 4),
    ]


def test_a_page_seen_again_unchanged_is_not_an_edit(index):
    first = page(1, 1)
    index.add(first, page(2, 2))
    index.add(revisit(3, 24, first, url=SITE + STORY), page(4, 2, 24))
    assert index.stories() == [(SITE + STORY, whole(text(1), text(2)), 1)]


def test_a_page_that_names_the_first_page_as_canonical_is_not_an_edit_of_it(index):
    claims = (("canonical", SITE + STORY),)
    index.add(page(1, 1), page(2, 2, turns=(), claims=claims), page(3, 3, turns=(), claims=claims))
    assert index.stories() == [(SITE + STORY, whole(text(1), text(2), text(3)), 1)]
    assert set(index.rows("SELECT believed, why FROM page_claims")) == {(0, "another page")}


def test_titles_with_the_number_of_the_page_are_one_title(index):
    index.add(page(1, 1), *(page(n, n, title=f"A walk along the whole canal (page {n} of 3)") for n in (2, 3)))
    assert index.rows("SELECT title FROM articles") == [("A walk along the whole canal",)]


def test_pages_at_different_urls_are_one_story_if_they_name_each_other(index):
    first, second = SITE + "/walk/the-canal", SITE + "/walk/on-and-on"
    index.add(
        seen(1, url=first, outcome=article(first, text=text(1), title="A walk along", turns=(("next", second),))),
        seen(2, url=second, outcome=article(second, text=text(2), title="A walk along", turns=(("prev", first),))),
    )
    assert index.stories() == [(first, whole(text(1), text(2)), 1)]


@pytest.mark.parametrize(
    "second",
    [
        {"title": "Another story of the canal"},
        {"date_published": "2026-05-02"},
        {"turns": (("next", SITE + "/elsewhere"),)},
    ],
)
def test_pages_that_may_be_two_stories_stay_separate(index, second):
    index.add(page(1, 1, turns=()), page(2, 2, **second))
    assert len(index.stories()) == 2


def test_neighbouring_posts_of_a_blog_are_not_pages_of_a_story(index):
    def post(record, slug, before=None, after=None, **values):
        named = (("prev", before), ("next", after))
        turns = tuple((witness, SITE + path) for witness, path in named if path)
        told = {"text": text(record), "turns": turns, "title": "Photo of the day"} | values
        return seen(record, record, url=SITE + slug, outcome=article(SITE + slug, **told))

    index.add(
        post(1, "/photo-of-the-day", None, "/photo-of-the-day-2", date_published="2026-05-01"),
        post(2, "/photo-of-the-day-2", "/photo-of-the-day", "/news/7", date_published="2026-05-02"),
        post(3, "/news/7", "/photo-of-the-day-2", "/news/8", title="The news in brief", date_published=None),
        post(4, "/news/8", "/news/7", None, title="The news in brief", date_published=None),
    )
    assert len(index.stories()) == 4


def test_the_second_page_alone_is_a_story_until_the_first_is_seen(index):
    index.add(page(2, 2, 2))
    ((number, url),) = index.rows("SELECT id, url FROM articles")
    assert url == SITE + STORY + "/2"
    index.add(page(1, 1, 1))
    assert index.stories() == [(SITE + STORY, whole(text(1), text(2)), 1)]
    assert index.rows("SELECT 1 FROM articles WHERE id = ?1 UNION SELECT 1 FROM former_ids WHERE old_id = ?1", number)


def test_pages_in_any_order_give_one_index(tmp_path):
    items = [page(1, 1), page(2, 2, 1), page(3, 3, 2), page(4, 2, 3, edit=5)]
    in_every_order(tmp_path, items)


@st.composite
def captures(draw):
    """Captures of the pages of two stories; one page may lack links, be edited, or belong to the other story."""
    found = []
    for record in range(1, draw(st.integers(2, 7)) + 1):
        number = draw(st.integers(1, 3))
        values = draw(
            st.sampled_from(
                (
                    {},
                    {},
                    {"turns": ()},
                    {"title": "Another story of the canal"},
                    {"claims": (("canonical", SITE + STORY),)},
                    {"date_published": "2026-05-09"},
                )
            )
        )
        found.append(page(record, number, draw(st.integers(0, 5)), edit=draw(st.integers(0, 2)), **values))
    return found


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(items=captures(), data=st.data())
def test_pages_in_pieces_equal_a_rebuild(items, data):
    whole, pieces = whole_and_in_pieces(data, items)
    assert whole == pieces


# ---------------------------------------------------------------- what a page tells


def read(url, head="", foot=""):
    paragraphs = "".join(f"<p>{part}</p>" for part in (text(1) + "\n\n" + text(2)).split("\n\n"))
    html = (
        f"<html><head><title>A walk along the whole canal</title>{head}</head><body><article>"
        f"<h1>A walk along the whole canal</h1>{paragraphs}</article>{foot}</body></html>"
    )
    found = extract(html, url, at(0))
    assert isinstance(found, Article), found
    return set(found.turns)


def test_a_page_names_its_neighbours_by_rel_or_by_links_with_numbers():
    assert read(SITE + STORY, head=f'<link rel="next" href="{STORY}/2">') == {("next", f"{SITE}{STORY}/2")}
    foot = f'<p>Pages: <b>1</b> <a href="{STORY}?page=2">2</a> <a href="{STORY}?page=2">Next page »</a></p>'
    assert read(SITE + STORY, foot=foot) == {("page", f"{SITE}{STORY}?page=2")}
    others = f'<a href="/2026/05/02/other">2</a> <a href="{STORY}/3">comments</a> <a href="#2">2</a>'
    assert read(SITE + STORY, foot=others) == set()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/a/story", ("/a/story", 0)),
        ("/a/story/", ("/a/story", 0)),
        ("/a/story/2", ("/a/story", 2)),
        ("/a/story/page/12/", ("/a/story", 12)),
        ("/a/story?page=2&x=1", ("/a/story?x=1", 2)),
        ("/a/story/?x=1", ("/a/story?x=1", 0)),
        ("/a/story/2024", ("/a/story/2024", 0)),
        ("/2", ("/2", 0)),
        ("/a?page=2&p=3", ("/a?page=2&p=3", 0)),
    ],
)
def test_the_number_of_a_page_in_a_url(address, found):
    assert page_of_document(address) == found


@pytest.mark.parametrize("form", FORMS)
def test_a_crawl_finds_all_pages_of_a_story(tmp_path, form):
    def address(number):
        return form.format(number) if number > 1 else STORY

    def answer(host, path):
        if path == "/":
            return listing(STORY, "/2026/05/02/another-story-of-the-town")
        number = next((number for number in (1, 2, 3) if path == address(number)), None)
        if number is None:
            return story("The ferry") if "another" in path else 404
        body = "".join(f"<p>{part}</p>" for part in (text(number) + "\n\n" + text(number + 10)).split("\n\n"))
        links = " ".join(f'<a href="{address(other)}">{other}</a>' for other in (1, 2, 3) if other != number)
        return (
            f"<html><head><title>A walk along the whole canal</title></head><body><article>"
            f"<h1>A walk along the whole canal</h1>{body}</article><nav>{links}</nav></body></html>"
        )

    done = crawled(tmp_path, answer)
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        indexed(db, [done])
        found = Index(db).rows("SELECT versions, text FROM articles WHERE title LIKE '%canal'")
    assert found == [(1, whole(*(text(number) for page in (1, 2, 3) for number in (page, page + 10))))]


def test_a_further_page_first_captured_was_called_unchanged_in_the_history(index, tmp_path):
    index.add(page(1, 1), page(2, 2, 1), page(3, 1, 2), page(4, 2, 3), page(5, 3, 4))
    ((number,),) = index.rows("SELECT id FROM articles")
    assert [event.new_page for event in history(index.db, number)] == [None, 2, None, None, 3]
    printed = CliRunner().invoke(cli, ["-A", str(tmp_path), "history", SITE + STORY], catch_exceptions=False).stdout
    assert "page 2 of the story first captured" in printed and "page 3 of the story first captured" in printed
