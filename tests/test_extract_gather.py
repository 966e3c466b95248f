# ruff: noqa: E501 - markup reads better unbroken
"""Stories interrupted by other content, or with lists that the general extractor skips, are extracted completely and in
order."""

from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.extract.gather import blocks_instead, gather
from archiver.extract.lines import lines_of
from archiver.extract.page import open_page
from archiver.extract.prose import prose_of
from archiver.model import Article, Block

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TITLE = "How the clock of the town hall was stopped"
PARTS = (
    "For a hundred and nine years the clock of the town hall was wound by hand, on Mondays and on Thursdays, by a "
    "member of one family, who lived in the two rooms below the works and paid no rent for them.",
    "In March the council sold the rooms, and with them the stairs that lead to the works, without anybody having "
    "noticed that there is no other way to the crank with which the clock is wound.",
    "The buyer, a dentist from the next town, says that he has nothing against clocks. He would let the family through "
    "his surgery twice a week, if somebody would tell him who pays should anything go missing.",
    "Since the second of May it has been twenty to four in the market place, and the mayor, who was elected with the "
    "promise of a town that moves, has asked the newspapers for patience.",
)
PROMOTION = "<aside class=promo><p>More of our magazine: the twelve finest clocks of the region and who winds them, in pictures.</p></aside>"
URL = "https://gazette.example/news/how-the-clock-of-the-town-hall-was-stopped"


def texts_of(body: str) -> list[str]:
    page = f"<html lang=en><head><title>{TITLE}</title></head><body>{body}</body></html>"
    found = extract(page, URL, NOW, expect_story=True)
    assert isinstance(found, Article)
    return [block.text for block in found.blocks if block.text != TITLE]


BOXES = [
    "<article><h1>{t}</h1><div class='body grid-item'><p>{0}</p><p>{1}</p></div>{x}<div class='body grid-item'><p>{2}</p><p>{3}</p></div></article>",
    "<article><h1>{t}</h1><div class=chunk><p>{0}</p></div>{x}<div class=chunk><p>{1}</p></div>{x}<div class=chunk><p>{2}</p></div><div class=chunk><p>{3}</p></div></article>",
    "<main><h1>{t}</h1><div class=row><section class=article-body><p>{0}</p><p>{1}</p></section></div>{x}"
    "<div class=row><section class=article-body><p>{2}</p><p>{3}</p></section></div></main>",
    "<h1>{t}</h1><div class=article-content><p>{0}</p></div>{x}<div class=article-content><p>{1}</p><p>{2}</p><p>{3}</p></div>",
]


@pytest.mark.parametrize("box", BOXES)
def test_a_story_in_several_containers_is_gathered_in_order(box):
    assert texts_of(box.format(*PARTS, t=TITLE, x=PROMOTION)) == list(PARTS)


def test_another_story_below_is_not_gathered():
    other = "".join(
        f"<p>Another matter altogether, told at some length in its paragraph number {n}, of which nobody asked here.</p>"
        for n in range(4)
    )
    body = "<article><h1>{t}</h1><div class=text-box>{own}</div></article><article><h2><a href=/n/2>The next story of the day</a></h2><div class=text-box>{other}</div></article>"
    assert texts_of(body.format(t=TITLE, own="".join(f"<p>{part}</p>" for part in PARTS), other=other)) == list(PARTS)


@pytest.mark.parametrize("name", ["related-stories", "newsletter-box", "author-bio"])
def test_elements_with_a_class_of_other_content_are_not_gathered(name):
    beside = f"<div class='body {name}'><p>Somebody else has written this sentence, and it is long enough to be taken for a paragraph of the story.</p></div>"
    body = (
        f"<article><h1>{TITLE}</h1><div class=body>"
        + "".join(f"<p>{part}</p>" for part in PARTS)
        + f"</div>{beside}</article>"
    )
    assert texts_of(body) == list(PARTS)


def gathered(body: str, kept: tuple[str, ...]) -> list[str]:
    page = open_page(f"<html><body>{body}</body></html>", URL)
    assert page is not None
    lines = lines_of(page.body)
    places = [next(index for index, line in enumerate(lines) if line.text == text) for text in kept]
    return [block.text for block, _ in gather([Block("paragraph", text) for text in kept], places, lines)]


def test_lists_between_paragraphs_are_gathered_and_links_are_not():
    body = (
        f"<div class=text><p>{PARTS[0]}</p><ul><li>the crank</li><li>the weights</li></ul><h2>What now</h2>"
        f"<ul class=related><li>Another story</li></ul><p><a href=/x>Read how it was built</a></p><p>{PARTS[1]}</p>"
        "<p>By our reporter, who is behind the last paragraph</p></div>"
    )
    assert gathered(body, PARTS[:2]) == [PARTS[0], "the crank", "the weights", "What now", PARTS[1]]


def test_nothing_is_gathered_twice():
    body = f"<div class=text><p>{PARTS[0]}</p><p>the  crank</p><p>{PARTS[1]}</p></div>"
    page = open_page(f"<html><body>{body}</body></html>", URL)
    assert page is not None
    blocks = [Block("paragraph", f"{PARTS[0]}\nthe crank"), Block("paragraph", PARTS[1])]
    assert [block for block, _ in gather(blocks, [0, 2], lines_of(page.body))] == blocks


def test_a_section_that_unfolds_inside_the_story_is_part_of_it():
    hidden = f"<div class='accordion-panel hidden'><div class=accordion-inner><p>{PARTS[1]}</p><ul><li>{PARTS[2]}</li></ul></div></div>"
    body = f"<article><h1>{TITLE}</h1><div class=entry-content><p>{PARTS[0]}</p><p>{PARTS[0][:150]}.</p>{hidden}<p>{PARTS[3]}</p></div></article>"
    assert texts_of(body) == [PARTS[0], f"{PARTS[0][:150]}.", PARTS[1], PARTS[2], PARTS[3]]


def test_a_promotion_in_a_box_of_links_inside_the_story_is_not_part_of_it():
    box = "<div class=picks><div class=inner><p><a href=/n/1>The twelve finest clocks of the region and who winds them</a></p><p><a href=/n/2>Why the tower of the old mill has no clock at all, and never had</a></p></div></div>"
    body = f"<article><h1>{TITLE}</h1><div class=entry-content><p>{PARTS[0]}</p>{box}<p>{PARTS[1]}</p><p>{PARTS[3]}</p></div></article>"
    assert texts_of(body) == [PARTS[0], PARTS[1], PARTS[3]]


def test_a_list_in_a_container_of_the_storys_kind_is_gathered():
    items = "".join(f"<li>{part}</li>" for part in PARTS[1:])
    body = f"<article><h1>{TITLE}</h1><div><div class=rich-text><p>{PARTS[0]}</p><p>{PARTS[0][:180]}.</p></div></div><div><div class=rich-text><ul>{items}</ul></div></div></article>"
    assert set(PARTS) <= set(texts_of(body))


LONG = [f"{text} {other}" for text, other in zip(PARTS, reversed(PARTS), strict=True)]


def test_slides_with_a_text_each_are_read_completely():
    slides = "".join(
        f"<div class=slide><div class=head><h2>Clock number {n}</h2></div><div class=slide-text><p>{text}</p></div></div>"
        for n, text in enumerate(LONG * 2)
    )
    lines = lines_of(open_page(f"<html><body><main><h1>{TITLE}</h1>{slides}</main></body></html>", URL, None).body)
    found = blocks_instead((Block("paragraph", PARTS[0]),), lines, prose_of(lines), frozenset())
    assert [block.text for block in found if block.kind == "paragraph"] == LONG * 2
    assert [block.text for block in found if block.kind == "heading"][-1] == "Clock number 7"


def test_teasers_of_other_stories_do_not_replace_a_short_one():
    cards = "".join(
        f"<div class=card><a href=/n/{n}>The finest clocks of the region, part {n}</a><div class=card-text><p>{text}</p></div></div>"
        for n, text in enumerate(LONG)
    )
    lines = lines_of(open_page(f"<html><body><h1>{TITLE}</h1><p>{PARTS[0]}</p>{cards}</body></html>", URL, None).body)
    assert blocks_instead((Block("paragraph", PARTS[0]),), lines, prose_of(lines), frozenset()) is None


NEAR = "".join(
    f"<div class=item><h3><a href=/r/{n}>Another headline of this week, number {n}</a></h3><p>A longer line below headline {n} that tells what its story is about and who wrote it.</p></div>"
    for n in range(16)
)
BRIEFLY = (
    "The tide gauge on the north mole stopped on Sunday at ten past four, and the keeper who has read it each day for "
    "thirty years went on to write the numbers down from memory until a boy told him that the dial had not moved since "
    "the storm; he thanked the boy, bought him an ice cream and rang the office."
)


def test_a_short_story_is_read_and_not_the_many_teasers_below_it():
    page = f"<html lang=en><title>The gauge stopped at ten past four</title><body><main><h1>The gauge stopped at ten past four</h1><p>{BRIEFLY}</p></main><div class=more>{NEAR}</div></body></html>"
    found = extract(page, "https://quay.example/news/the-gauge-stopped-at-ten-past-four", NOW)
    assert isinstance(found, Article)
    assert found.text == BRIEFLY


def test_the_menu_is_no_text_of_a_page_with_little_text():
    menu = "".join(f"<li><a href=/s/{n}>Section {n}</a></li>" for n in range(9))
    captions = "".join(
        f"<figure><img src=/{n}.jpg><figcaption>{BRIEFLY[: 150 + n]}.</figcaption></figure>" for n in range(6)
    )
    for body in (
        captions,
        "<ul><li>300 g flour<li>2 eggs</ul><ol><li>Mix the flour with the eggs and some salt.<li>Bake it until the crust is brown and sounds hollow.<li>Leave it under a cloth.</ol>",
    ):
        page = f"<html lang=en><title>Bread of the mole</title><body><nav><ul>{menu}</ul></nav><main><h1>Bread of the mole</h1>{body}</main></body></html>"
        found = extract(page, "https://quay.example/n/bread", NOW, expect_story=True)
        assert isinstance(found, Article)
        assert "Section" not in found.text
        assert found.text


NOTE = "The dentist has since had the lock of the stairs changed, and he keeps the only key in his surgery, next to the teeth."


def test_items_in_a_wrapper_that_its_builder_calls_a_widget_are_gathered_with_its_paragraphs():
    body = f"<div><span class=cms_widget_rich_text><p>{PARTS[0]}</p><p>{PARTS[1]}</p><ul><li>Wound on Mondays.</li></ul><p>{PARTS[2]}</p></span></div>"
    assert "Wound on Mondays." in gathered(body, PARTS[:3])


def test_a_headline_between_a_line_and_the_text_does_not_end_the_story():
    kicker = "From our own winder of clocks, who asked not to be named in print"
    body = f"<div><p>{kicker}</p></div><h1>{TITLE}</h1><div><p>{PARTS[0]}</p><h2>The stairs</h2><p>{PARTS[1]}</p></div>"
    assert gathered(body, (kicker, *PARTS[:2])) == [kicker, PARTS[0], "The stairs", PARTS[1]]


@pytest.mark.parametrize("box", ["<div class=note><div>{}</div></div>", "<div class=tip>{}</div>"])
def test_a_note_in_a_box_without_paragraphs_is_part_of_the_text(box):
    body = f"<div><p>{PARTS[0]}</p>{box.format(NOTE)}<p>{PARTS[1]}</p></div>"
    assert gathered(body, PARTS[:2]) == [PARTS[0], NOTE, PARTS[1]]


@pytest.mark.parametrize(
    "box",
    ["<div class=newsletter>{}</div>", "<div class=note>{} <a href=/shop>Keys and locks of all kinds</a></div>"],
)
def test_a_box_of_another_name_or_with_a_link_is_no_note_of_the_text(box):
    body = f"<div><p>{PARTS[0]}</p>{box.format(NOTE)}<p>{PARTS[1]}</p></div>"
    assert gathered(body, PARTS[:2]) == list(PARTS[:2])


def test_a_quotation_with_a_portrait_is_gathered():
    quote = f"<figure><img src=/dentist.jpg><blockquote><p>“{NOTE}”</p></blockquote></figure>"
    body = f"<div><p>{PARTS[0]}</p>{quote}<p>{PARTS[1]}</p></div>"
    assert gathered(body, PARTS[:2]) == [PARTS[0], f"“{NOTE}”", PARTS[1]]


def test_a_section_of_short_lines_between_those_of_the_story_is_gathered():
    sections = [
        f"<p>{PARTS[0]}</p><p>{PARTS[1]}</p>",
        "<ul><li>Eight turns</li><li>Two hands</li></ul>",
        f"<p>{PARTS[2]}</p><p>{PARTS[3]}</p>",
    ]
    body = "".join(f"<div class=story-part>{section}</div>" for section in sections)
    assert gathered(body, PARTS) == [*PARTS[:2], "Eight turns", "Two hands", *PARTS[2:]]


def test_a_link_at_the_end_of_a_section_announces_no_other_story_in_the_next_one():
    link = "<p><a href=/tour>Book a tour of the tower and its stairs</a></p>"
    sections = [f"<p>{PARTS[0]}</p><p>{PARTS[1]}</p>{link}", f"<p>{PARTS[2]}</p>", f"<p>{PARTS[3]}</p><p>{NOTE}</p>"]
    body = "".join(f"<div class=story-part>{section}</div>" for section in sections)
    assert PARTS[2] in gathered(body, (*PARTS[:2], PARTS[3], NOTE))


def test_the_heading_of_a_container_s_first_paragraph_is_gathered():
    body = f"<div><p>{PARTS[0]}</p></div><div><h3>The buyer</h3><p>{PARTS[2]}</p></div>"
    assert gathered(body, (PARTS[0], PARTS[2])) == [PARTS[0], "The buyer", PARTS[2]]


@pytest.mark.parametrize(
    "section",
    [
        "<section id=menu-of-the-winders-in-may><h2>Menu of the winders in May</h2><p>{}</p></section>",
        "<h2 id=social-life>Menu of the winders in May</h2><p>{}</p>",
    ],
)
def test_an_id_made_of_a_headings_words_says_nothing_about_its_section(section):
    body = f"<div class=text><p>{PARTS[0]}</p>{section.format(PARTS[2])}<p>{PARTS[1]}</p></div>"
    assert "Menu of the winders in May" in gathered(body, PARTS[:2])


def test_a_box_whose_id_names_it_is_not_gathered():
    body = f"<div class=text><p>{PARTS[0]}</p><section id=newsletter><h2>Newsletter</h2><p>{PARTS[2]}</p></section><p>{PARTS[1]}</p></div>"
    assert gathered(body, PARTS[:2]) == list(PARTS[:2])


@pytest.mark.parametrize("tag", ["button", "div", "summary"])
def test_a_question_directly_above_its_answer_is_its_heading(tag):
    body = f"<div><p>{PARTS[0]}</p><p>{PARTS[1]}</p></div><div class=fold><{tag}>Who winds the clock of the town hall?</{tag}><div><p>{PARTS[2]}</p></div></div>"
    assert gathered(body, PARTS[:3]) == [*PARTS[:2], "Who winds the clock of the town hall?", PARTS[2]]


@pytest.mark.parametrize("spacer", ["", "<p>\u200d</p>"])
def test_a_list_directly_below_the_last_paragraph_is_gathered(spacer):
    items = ["Wind the clock on Mondays and on Thursdays.", "Ask the dentist for the key of the stairs."]
    rows = "".join(f"<li>{item}</li>" for item in items)
    body = f"<div><p>{PARTS[0]}</p><p>{PARTS[1]}</p>{spacer}<h3>What is left to do</h3>{spacer}<ul>{rows}</ul><p>All rights reserved.</p></div>"
    assert gathered(body, PARTS[:2]) == [*PARTS[:2], "What is left to do", *items]


def test_a_list_of_links_or_short_labels_below_the_last_paragraph_is_not_gathered():
    rows = "<li><a href=/n/1>The twelve finest clocks of the region</a></li><li>Share</li><li>Towers, clocks</li>"
    body = f"<div><p>{PARTS[0]}</p><p>{PARTS[1]}</p><h3>More</h3><ul>{rows}</ul></div>"
    assert gathered(body, PARTS[:2]) == list(PARTS[:2])


def test_the_heading_of_a_table_of_contents_is_not_gathered():
    body = f"<div><p>{PARTS[0]}</p><h4 id=toc>Table of Contents</h4><ul><li><a href=#a>The stairs and who owns them now</a></li></ul><p>{PARTS[1]}</p></div>"
    assert gathered(body, PARTS[:2]) == list(PARTS[:2])
