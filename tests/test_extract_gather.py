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
