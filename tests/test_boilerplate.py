"""Boilerplate learned from several stories of a site, and text that must not be: two sites with known truth, and single
blocks."""

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from random import Random

import pytest

from archiver.boilerplate import (
    REASON,
    clean,
    holds_any,
    key_bytes,
    learn,
    outline_of,
    pack_outline,
    rules_of,
    unpack_outline,
)  # fmt: skip
from archiver.boilerplate.keys import place_of, shape_of
from archiver.boilerplate.windows import judged, spans_of
from archiver.extract.story import extract
from archiver.model import Article, Block
from archiver.samplesite import junk_lines, stories
from archiver.samplesite.article_page import article_page
from sites import harborwire

BODY = "article/div.body/p"
EACH_BLOCK = ("texts", "shapes", "places", "sizes", "marks")


def words(text):
    return " ".join(text.split())


def cleaned(articles, learned_from=None):
    """The articles without the boilerplate learned from `learned_from`, by default from themselves."""
    outlines = [outline_of(article) for article in learned_from or articles]
    findings = learn(list(enumerate(outlines)))
    rules = rules_of((found.what, found.key, "learned", found.boxed) for found in findings if found.learned)
    return [clean(article, outline_of(article), rules) for article in articles]


def lost(raw, clean_one, truth):
    """True blocks that were extracted and then removed as boilerplate."""
    taken = {words(entry.block.text) for entry in clean_one.removed if entry.reason == REASON}
    return [text for text in truth if words(text) in taken and text in {block.text for block in raw.blocks}]


# ---------------------------------------------------------------- the sample site, without its layout


@cache
def puente(day):
    origin = "http://www.elpuente.localhost"
    at = datetime(2022, 10, 12 + day, 12, tzinfo=UTC)
    return {
        story.id: extract(article_page(story, origin, day).encode(), origin + story.path, at) for story in stories(day)
    }


def all_junk(day):
    return {words(line) for line in junk_lines(day)}


def missing(story, article):
    """True blocks that a story's text lacks. (Tables are formatted differently in the truth.)"""
    have = {words(block.text) for block in article.blocks}
    return [block.text for block in story.blocks if block.kind != "table" and words(block.text) not in have]


@pytest.mark.parametrize(("first", "count"), [(0, 20), (15, 20), (30, 20), (0, 100)])
def test_all_junk_is_learned_from_twenty_stories_of_the_sample_site(first, count):
    chosen = stories(1)[first : first + count]
    raw = [puente(1)[story.id] for story in chosen]
    junk = all_junk(1)
    for story, after in zip(chosen, cleaned(raw), strict=True):
        assert not junk & {words(block.text) for block in after.blocks}, story.id
        assert not missing(story, after), story.id


@pytest.mark.slow
def test_next_week_s_list_of_episodes_is_recognised_by_its_place():
    chosen = stories(1)[:20]
    ids = [story.id for story in stories(2) if story.id in puente(1)]
    raw = [puente(2)[story_id] for story_id in ids]
    junk = all_junk(2)
    for story_id, after in zip(ids, cleaned(raw, [puente(1)[story.id] for story in chosen]), strict=True):
        assert not junk & {words(block.text) for block in after.blocks}, story_id


def test_clear_boilerplate_is_learned_from_five_stories():
    raw = [puente(1)[story.id] for story in stories(1)[:5]]
    after = cleaned(raw)
    assert sum(len(entry.blocks) for entry in after) < sum(len(entry.blocks) for entry in raw)


# ---------------------------------------------------------------- another template


@cache
def harbor():
    return [extract(harborwire.page(story).encode(), story.url, story.captured) for story in harborwire.stories()]


@pytest.mark.parametrize("count", [20, 24, 30, 36])
def test_an_unknown_site_is_learned_and_learned_again_after_a_redesign(count):
    raw = harbor()[:count]
    for story, before, after in zip(harborwire.stories()[:count], raw, cleaned(raw), strict=True):
        left = set(harborwire.junk(story)) & {block.text for block in after.blocks}
        assert not left, story.number
        truth = [text for _, text in story.blocks]
        assert not lost(before, after, truth), story.number
        assert [block.text for block in after.blocks if block.text in truth] == truth


@pytest.mark.parametrize("text", [harborwire.HEADING, harborwire.REFRAIN, harborwire.QUOTE, harborwire.BACKGROUND,
                                  harborwire.CORRECTION, *harborwire.LIST])  # fmt: skip
def test_recurring_true_text_stays(text):
    assert sum(text in {block.text for block in article.blocks} for article in harbor()) >= 2
    assert all(
        (text in {block.text for block in before.blocks}) == (text in {block.text for block in after.blocks})
        for before, after in zip(harbor(), cleaned(harbor()), strict=True)
    )


def test_the_order_within_the_same_time_only_decides_whose_words_are_shown():
    outlines = list(enumerate(outline_of(article) for article in harbor()))
    turned = learn(outlines[::-1])
    assert {(f.what, f.key, f.learned) for f in learn(outlines)} == {(f.what, f.key, f.learned) for f in turned}


# ---------------------------------------------------------------- single blocks


def own(number, part):
    return Block("paragraph", f"Paragraph {part} of story {chr(97 + number % 26) * (3 + number // 26)} says something "
                 "that stands in no other story of this paper, at some length.", BODY)  # fmt: skip


def sites_stories(count, extra=lambda number: ((), ()), authors=lambda number: ()):
    """Stories of three paragraphs; `extra` gives the text before and after them."""
    made = []
    for number in range(count):
        before, after = extra(number)
        blocks = (*before, own(number, "one"), own(number, "two"), own(number, "three"), *after)
        made.append(Article(f"https://a.test/{number}", f"Story {number}", blocks, authors=authors(number)))
    return made


def taken(articles):
    return [[entry.block.text for entry in article.removed if entry.reason == REASON] for article in cleaned(articles)]


LINE = Block("paragraph", "Rain or shine, we are on the corner.", BODY)


def test_a_last_line_on_most_stories_is_removed_and_one_on_few_stays():
    assert taken(sites_stories(8, lambda n: ((), (LINE,)))) == [[LINE.text]] * 8
    assert taken(sites_stories(20, lambda n: ((), (LINE,) if n % 4 == 0 else ()))) == [[]] * 20


def test_nothing_is_learned_from_two_stories():
    assert taken(sites_stories(2, lambda n: ((), (LINE,)))) == [[], []]


def test_the_same_story_at_many_urls_counts_once():
    one = sites_stories(1, lambda n: ((), (LINE,)))[0]
    copies = [Article(f"https://a.test/copy/{number}", one.title, one.blocks) for number in range(9)]
    assert taken(copies) == [[]] * 9


def test_a_separate_box_is_stronger_evidence_than_a_line_in_the_text():
    boxed = Block("paragraph", "Buy the calendar with our best pictures", "article/div.shop/p")
    assert taken(sites_stories(3, lambda n: ((), (boxed,)))) == [[boxed.text]] * 3
    assert taken(sites_stories(3, lambda n: ((), (LINE,)))) == [[]] * 3


def test_an_author_s_biography_is_removed_although_few_stories_have_it():
    life = Block("paragraph", "Ana Pérez has covered the courts since 2003.", BODY)
    articles = sites_stories(
        30, lambda n: ((), (life,) if n % 6 == 0 else ()), lambda n: ("Ana Pérez",) if n % 6 == 0 else ("Luis Gil",)
    )
    assert [bool(lines) for lines in taken(articles)] == [n % 6 == 0 for n in range(30)]


def test_a_correction_is_never_learned():
    note = Block("paragraph", "Editor's note: the time of the hearing has been corrected.", BODY)
    assert taken(sites_stories(12, lambda n: ((), (note,)))) == [[]] * 12


def test_a_line_that_varies_in_its_figures_is_one_line():
    def dated(number):
        return (Block("paragraph", f"Updated May {number + 1}, at {number}:40 p.m.", BODY),), ()

    assert [len(lines) for lines in taken(sites_stories(8, dated))] == [1] * 8


def test_links_that_begin_alike_are_removed_from_the_middle_too():
    def linked(number):
        link = Block("paragraph", f"Off the same boat: {own(number, 'x').text[:40]}", BODY, link_density=0.7)
        return (own(number, "zero"), link), ()

    assert [len(lines) for lines in taken(sites_stories(8, linked))] == [1] * 8


def test_a_heading_is_removed_only_above_boilerplate():
    over = Block("heading", "What else", "article/div.body/h2", 2)
    shop = Block("paragraph", "Buy the calendar with our best pictures", "article/div.shop/p")
    assert taken(sites_stories(8, lambda n: ((), (over, shop)))) == [[over.text, shop.text]] * 8
    assert taken(sites_stories(8, lambda n: ((), (over, own(n, "four"))))) == [[]] * 8


def test_a_page_of_boilerplate_only_keeps_its_text():
    articles = sites_stories(8, lambda n: ((), (LINE,)))
    empty = Article("https://a.test/empty", "Empty", (LINE,))
    assert cleaned([empty], articles) == [empty]


def test_text_rejected_as_boilerplate_by_a_person_stays_even_in_a_box_of_boilerplate():
    articles = sites_stories(5, lambda n: ((), (LINE,)))
    outline = outline_of(articles[0])
    rules = rules_of([("text", outline.texts[-1], status, False) for status in ("learned", "rejected")])
    assert clean(articles[0], outline, rules) == articles[0]


def test_shapes_and_places_ignore_varying_parts():
    assert shape_of("updated may 3, 9:40") == shape_of("updated june 14, 11:05") == "updated # #, #:#"
    assert shape_of("see too: the ferry", 0.6) == shape_of("see too: the bridge at night", 0.7) == "see too: …"
    assert shape_of("no figures here") == ""
    assert place_of("main/a/article.post-17.post/div.css-1x/p") == "a/article.post/div/p"


def test_an_outline_is_stored_as_it_is():
    outline = outline_of(puente(1)["ferry-vote"])
    assert unpack_outline(pack_outline(outline)) == outline
    assert len(outline.texts) == len(outline.marks) == len(puente(1)["ferry-vote"].blocks)


def test_an_empty_outline_and_one_with_the_largest_values_are_stored_as_they_are():
    outline = outline_of(puente(1)["ferry-vote"])
    empty = replace(outline, language="", **dict.fromkeys(EACH_BLOCK, ()), authors=(), gone=(), template=0, body=0)
    most = (1 << 53) - 1
    large = replace(outline, **dict.fromkeys(EACH_BLOCK[:3], (most, most, 0)), gone=(most, 1))
    large = replace(large, sizes=(0, 255, 1 << 24), marks=(0, 256, 1))
    assert [unpack_outline(pack_outline(each)) for each in (empty, large)] == [empty, large]


def test_keys_are_found_in_stored_outlines():
    outline = outline_of(puente(1)["ferry-vote"])
    stored = pack_outline(outline)
    keys = {*outline.texts, *outline.shapes, *outline.places} - {0}
    assert all(holds_any([key, 7])(stored) and key_bytes(key) in stored for key in keys)
    assert not holds_any([])(stored) and not holds_any([min(keys) ^ 1])(stored)


def test_windows_grow_by_steps_and_end_where_the_next_begins():
    year, week = spans_of("2026-01-01T00:00:00.000Z")
    assert (year.start, week.start, week.end) == ("2026", "2025-12-29", "2026-01-05")
    assert "2026-12-31T23:59:59.999Z" < year.end < "2027"
    assert [judged(count, year) for count in (0, 2, 3, 7, 20, 23, 5000)] == [0, 0, 3, 6, 20, 20, 1024]
    assert [judged(count, week) for count in (11, 12, 5000)] == [0, 12, 256]
    assert spans_of("9999-12-31T00:00:00.000Z") and spans_of("0001-01-01T00:00:00.000Z")


# ---------------------------------------------------------------- two languages, one of them small

_NOUNS = {
    "en": ["harbor", "ferry", "council", "bridge", "market", "school", "lantern", "orchard", "tunnel", "archive"],
    "es": ["puerto", "barco", "concejo", "puente", "mercado", "colegio", "farol", "huerto", "túnel", "archivo"],
}
_SENTENCES = {
    "en": "The {0} near the old {1} was opened again on a windy morning, and all of the {2} came to see it.",
    "es": "El {0} cerca del viejo {1} abrió otra vez en una mañana de viento, y la gente del {2} vino a verlo.",
}
_LABELS = {"en": "Get the evening letter in your mailbox", "es": "Recibe la carta de la tarde en tu buzón"}


def two_languages(seed, number):
    """A story of a site with one fifth of its stories in Spanish; in each language stories end with its own label."""
    language = "es" if number % 5 == 2 else "en"
    pick = Random(f"{seed} {number}")
    paragraphs = [
        " ".join(_SENTENCES[language].format(*pick.sample(_NOUNS[language], 3)) for _ in range(3))
        + f" {number}-{part}."
        for part in range(5)
    ]
    lines = [*paragraphs, _LABELS[language]]
    return Article(
        f"https://two.example/{number}", f"{pick.choice(_NOUNS[language])} {pick.choice(_NOUNS[language])} {number}x",
        tuple(Block("paragraph", line, "main.page/article.full/div.copy/p") for line in lines), language=language,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_line_of_the_smaller_language_is_learned_after_as_many_stories_as_one_of_the_larger(seed):
    articles = [two_languages(seed, number) for number in range(20)]
    for before, after in zip(articles, cleaned(articles), strict=True):
        assert after.blocks == before.blocks[:-1]


def test_a_line_of_few_stories_of_the_smaller_language_is_left():
    articles = [two_languages(1, number) for number in range(20)]
    spanish = [article for article in articles if article.language == "es"]
    odd = [replace(article, blocks=(*article.blocks[:-1],)) for article in spanish[2:]]
    kept = cleaned([article for article in articles if article.language == "en"] + spanish[:2] + odd)
    assert [article.blocks[-1].text for article in kept if article.language == "es"][:2] == [_LABELS["es"]] * 2


def test_the_parts_of_one_gallery_count_once():
    others = [two_languages(3, number) for number in range(8)]
    caption = Block("paragraph", "The keeper of the lighthouse and her two dogs", "main.page/article.full/div.copy/p")
    parts = [
        replace(two_languages(3, 100 + part), title=f"A year at the lighthouse ({part}/6)", language="en")
        for part in range(1, 7)
    ]
    parts = [replace(part, blocks=(*part.blocks[:-1], caption)) for part in parts]
    assert all(caption in part.blocks for part in cleaned([*others, *parts])[len(others) :])


def test_outlines_without_a_language_are_still_read():
    outline = outline_of(two_languages(1, 1))
    old = [outline.template, outline.body, *(getattr(outline, name) for name in outline.__slots__[4:])]
    read = unpack_outline(zlib.compress(json.dumps(old).encode()))
    assert (read.language, read.title, read.texts, read.gone) == ("", 0, outline.texts, outline.gone)
