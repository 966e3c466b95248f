"""A site in two languages, four stories to one, with a template for each: no junk line is left in either language after
twenty stories, and no true block is lost."""

from functools import cache
from random import Random

import pytest

from archiver.boilerplate import REASON
from archiver.extract.story import extract
from archiver.index.database import check, open_writer
from archiver.index.read import story_reader
from archiver.index.read.consistency import fingerprint
from archiver.model import Block
from sites import twobanks
from test_boilerplate import cleaned, sites_stories, taken
from test_index_learning import enter, items_of

ORDERS = {
    "interleaved": "en en en en es " * 4,
    "small language first": "es " * 4 + "en " * 16,
    "small language last": "en " * 16 + "es " * 4,
    "small language in between": "en " * 8 + "es " * 4 + "en " * 8,
}


@cache
def extracted(story):
    return extract(twobanks.page(story).encode(), story.url, story.captured)


def left_and_lost(stories):
    """Junk lines that are left, and true blocks that are missing."""
    left, lost = [], []
    for story, after in zip(stories, cleaned([extracted(story) for story in stories]), strict=True):
        have = [block.text for block in after.blocks]
        left += [(story.language, line) for line in twobanks.junk(story) if line in have]
        lost += [(story.language, text) for text in story.truth if text not in have]
        assert len(have) == len(story.truth) or left or lost, story.number
    return left, lost


@pytest.mark.parametrize("order", ORDERS)
def test_no_junk_is_left_and_no_text_lost_in_either_language_after_twenty_stories(order):
    assert left_and_lost(twobanks.stories(ORDERS[order])) == ([], [])


def test_a_template_that_changes_halfway_does_not_disturb_the_other_language():
    assert left_and_lost(twobanks.stories("en en en en es " * 5, 3, redesign=15)) == ([], [])


@pytest.mark.slow
def test_three_stories_in_a_third_language_do_not_disturb_the_others():
    left, lost = left_and_lost(twobanks.stories(ORDERS["interleaved"] + "de de de"))
    assert ({language for language, _ in left}, lost) == ({"de"}, [])  # three stories are too few to judge


def indexed(path, items, size):
    """The fingerprint of an index made in pieces of `size`; checked to have all true text and no junk."""
    with open_writer(path, throwaway=True) as db:
        enter(db, items, size)
        assert check(db) == []
        found = {entry.url: entry.text.split("\n\n") for entry in story_reader.iter_stories(db)}
        assert found == {story.url: list(story.truth) for story in twobanks.stories(ORDERS["interleaved"])}
        return fingerprint(db)


def captures():
    return items_of((extracted(story), story.captured) for story in twobanks.stories(ORDERS["interleaved"]))


def small_first(item):
    return item.outcome.language == "en"


def test_an_index_of_two_languages_is_the_same_if_the_small_one_is_read_first(tmp_path):
    whole = indexed(tmp_path / "whole.db", captures(), 20)
    assert indexed(tmp_path / "pieces.db", sorted(captures(), key=small_first), 9) == whole


@pytest.mark.slow
def test_an_index_of_two_languages_is_the_same_in_any_order_of_captures(tmp_path):
    whole = indexed(tmp_path / "whole.db", captures(), 20)
    for size in (1, 3, 7):
        shuffled = Random(size).sample(captures(), 20)
        assert indexed(tmp_path / f"{size}.db", shuffled, size) == whole
    assert indexed(tmp_path / "last.db", sorted(captures(), key=small_first, reverse=True), 4) == whole


# ---------------------------------------------------------------- single lines

BODY = "article/div.body/p"
WORDS = "The tide waits for no one at all."


def test_a_sentence_between_paragraphs_stays_although_other_pages_have_it_in_a_box():
    boxed = Block("paragraph", WORDS, "article/div.motto/p")
    articles = sites_stories(12, lambda n: ((), (boxed,) if n else ()))
    own = [*articles[0].blocks[:2], Block("paragraph", WORDS, BODY), articles[0].blocks[2]]
    articles[0] = type(articles[0])(articles[0].url, articles[0].title, tuple(own))
    assert taken(articles) == [[], *[[WORDS]] * 11]


def test_a_heading_over_text_stays_although_other_pages_have_it_over_boilerplate():
    over = Block("heading", "What else", "article/div.shop/h2", 2)
    shop = Block("paragraph", "Buy the calendar with our best pictures", "article/div.shop/p")
    articles = sites_stories(12, lambda n: ((), (over, shop) if n else ()))
    own = [*articles[0].blocks[:2], Block("heading", "What else", "article/div.body/h2", 2), articles[0].blocks[2]]
    articles[0] = type(articles[0])(articles[0].url, articles[0].title, tuple(own))
    assert taken(articles) == [[], *[[over.text, shop.text]] * 11]


def test_a_line_inside_all_four_stories_of_several_authors_is_removed_and_a_columnist_s_refrain_is_not():
    line = Block("paragraph", WORDS, BODY)

    def told(authors):
        articles = sites_stories(4, authors=authors)
        return [type(a)(a.url, a.title, (*a.blocks[:2], line, a.blocks[2]), authors=a.authors) for a in articles]

    assert taken(told(lambda n: (("Ana Pérez", "Luis Gil")[n % 2],))) == [[WORDS]] * 4
    assert taken(told(lambda n: ("Ana Pérez",))) == [[]] * 4


def test_a_biography_on_both_stories_of_an_author_is_removed_and_one_of_an_author_with_one_story_too():
    lives = {"Ana Pérez": "Ana Pérez cooks for the dockers.", "Luis Gil": "Luis Gil plays the tuba at noon."}

    def byline(number):
        return ("Ana Pérez" if number % 3 == 1 else f"Luis Gil{'' if number else 'bert'}",)

    def bio(number):
        (name,) = byline(number)
        return (), (Block("paragraph", lives.get(name, f"{name} is new here."), BODY),)

    assert [len(lines) for lines in taken(sites_stories(6, bio, byline))] == [1] * 6
    assert [len(lines) for lines in taken(sites_stories(3, bio, byline))] == [0] * 3


def test_a_list_of_episodes_that_grows_by_one_is_removed_although_few_stories_have_the_same():
    def heard(number):
        names = ["anchor", "bell", "cable", "dory", "eddy", "float", "gale"]
        return (), tuple(Block("paragraph", f"Of the {name}", "article/div.heard/p") for name in names[number:][:3])

    assert [len(lines) for lines in taken(sites_stories(4, heard))] == [3] * 4


def test_corrections_at_the_end_are_never_taken_for_a_biography():
    note = "Ana Pérez: an earlier version of this story misspelled the name of the mill."
    articles = sites_stories(6, lambda n: ((), (Block("paragraph", note, BODY),)), lambda n: ("Ana Pérez",))
    assert taken(articles) == [[]] * 6
    assert all(entry.reason != REASON for article in cleaned(articles) for entry in article.removed)
