# ruff: noqa: E501 - sentences and markup read better unbroken
"""True sentences are not removed because of their first words: prompts and credits need an end or a position as
evidence."""

from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.extract.linked import mark_linked
from archiver.extract.phrases import is_ad_label, is_credit_line, is_prompt
from archiver.model import Article, Block

NOW = datetime(2026, 5, 4, tzinfo=UTC)

TRUE = [
    "“Thank you to all who carried sandbags with us,” the innkeeper told the firemen.",
    "“Thank you for reading to my son,” she wrote in the letter that she left on the table.",
    "Thank you for reading to my son every night, said the letter that lay on the table.",
    "By providing soup for the helpers, the bakery kept the dam alive through two nights of rain.",
    "By clicking his tongue the shepherd brought forty sheep across the bridge without a dog.",
    "“Do you have a question?” the magistrate asked the boys, and closed the file before they could answer.",
    "Have questions about the sluice been answered? Nobody at the water board wanted to say so on Monday.",
    "Copyright law was the last thing on the mind of the man who filmed the wave from his roof.",
    "Heavy lorries may have contributed to the cracks in the wall, the engineer wrote.",
    "The dry summer contributed to the fire, according to the forester.",
    "Signing up for the alerts took her an hour, and the first newsletter came a week too late.",
    "Join the fishermen at the pier before sunrise and you will hear three stories before breakfast.",
    "Join the community of bell ringers, her aunt had advised, and you will never be lonely.",
    "Like many of her neighbours she posts on Facebook what the council does not want to print.",
    "Find a house on Facebook, they told him, and he found one with a river in its cellar.",
    "Lee más libros que nadie en el pueblo, cuenta su hermana, y nunca los devuelve a tiempo.",
    "Le puede interesar a cualquiera que viva cerca del puerto, pero nadie preguntó por el plan.",
    "Students had to continue reading by candlelight until the power came back at nine.",
    "Reporting by the county auditor showed that half of the money was never spent on dams.",
    "Editing by committee ruined the report, he says in the preface that nobody else has signed.",
    "Contact with the boat was lost at noon, and at one the lifeboat left the harbour.",
    "Reach the summit at dawn and you will meet nobody but the goats of the monastery.",
    "“Tell us the truth,” the crowd shouted at the gate of the ministry.",
    "Tell us the truth, the crowd shouted at the gate of the ministry until it was dark.",
    "What do you think happened to the money, the judge wanted to know of the treasurer.",
    "There was an error in the count, the election office admitted on Friday evening.",
    "An error occurred in the signal box at the junction, the inquiry found.",
    "More in sorrow than in anger, the coach left.",
    "Latest in a line of mayors, she wants to stay.",
    "Don’t miss the point, the judge told the lawyers, before she adjourned the hearing until the following week, had the "
    "room cleared by the two bailiffs, and went down to the river to see for herself how high it stood.",
    "Click here and there of the old projector filled the room.",
    "Already a member of the council, she stood for mayor.",
    "Popular with tourists, the ferry is late more often than not.",
    "Sponsored by the brewery, the club rose two leagues in three years.",
    "Advertising revenue fell by a third.",
    "Topics ranged from fishing rights to the paint on the ferries.",
    "Related to the king by marriage, she kept her own counsel.",
    "Share prices fell.",
    "Comments made by the minister angered the teachers.",
]


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_is_neither_prompt_nor_credit_nor_label(sentence):
    assert not is_prompt(sentence)
    assert not is_credit_line(sentence)
    assert not is_ad_label(sentence)


PROMPTS = [
    "Sign up for our newsletter", "Sign up here to get the evening briefing in your inbox", "Subscribe to our newsletter",
    "Read more: Dam holds for a second night", "Thank you for reading!", "Copyright 2026 The Ford Courier",
    "By signing up you agree to our terms of use and to our privacy policy.", "© 2026 The Ford Courier. All rights reserved.",
    "Follow us on Facebook and Instagram", "Follow Mara Lind on Twitter @maralind", "Like us on Facebook",
    "Lea también: La presa resiste", "Te puede interesar: La presa resiste", "Lee también", "Leer más",
    "Click here to subscribe", "Have a news tip? Email us at tips@courier.example", "Got a story? Contact us",
    "Already a subscriber? Log in", "Don't miss: the best of the week", "Join our WhatsApp channel", "Download our app",
    "This post may contain affiliate links.", "Subscribe to continue reading", "To continue reading, subscribe now.",
    "Log in or create an account to continue reading this article.", "Related: Dam holds", "More on this story",
    "Let us know in the comments below", "What do you think?", "Thank you", "This slideshow requires JavaScript.",
    "There was an error submitting your form. Please try again.", "Trending now",
]  # fmt: skip


@pytest.mark.parametrize("line", PROMPTS)
def test_a_prompt_is_one(line):
    assert is_prompt(line)


CREDITS = [
    "Reporting by Mara Lind; Editing by Ove Strand", "(Reporting by Mara Lind in Oslo; Editing by Ove Strand)",
    "Mara Lind contributed to this report.", "Mara Lind and Ove Strand contributed reporting from Bergen.",
    "The Associated Press contributed to this report.", "Additional reporting by Mara Lind in Oslo",
    "Contact Mara Lind at mara@courier.example", "Fuente: EFE", "Edited by Mara Lind", "Mara Lind contributed.",
]  # fmt: skip


@pytest.mark.parametrize("line", CREDITS)
def test_a_credit_is_one(line):
    assert is_credit_line(line)


BODY = (
    "The dam above the village held for a second night, although the river rose to a mark that nobody alive has seen "
    "it reach, and the four families below it came home from the gymnasium before noon.",
    "How long it will hold is a question for the engineers, who want to look at the wall as soon as the water allows a "
    "boat to come near it without being drawn under the gates.",
)


def blocks_of(inner: str) -> list[str]:
    page = (
        "<html lang=en><head><title>Dam holds for a second night</title></head><body><article>"
        f"<h1>Dam holds for a second night</h1><p>{BODY[0]}</p>{inner}<p>{BODY[1]}</p></article></body></html>"
    )
    found = extract(page, "https://courier.example/2026/05/04/dam-holds-for-a-second-night", NOW)
    assert isinstance(found, Article)
    return [block.text for block in found.blocks]


def test_a_page_of_sentences_that_begin_like_prompts_keeps_them_all():
    page = "".join(f"<p>{sentence}</p>" for sentence in TRUE)
    assert set(TRUE) <= set(blocks_of(page))


@pytest.mark.parametrize(
    "link",
    [
        '<p>The sources are these:</p><p><a href="/doc/1">The letter of the water board</a></p>',
        '<p><a href="https://waterboard.example/report">The report of the water board in full length</a></p>',
        '<p>What is to be seen:</p><ul><li><a href="/a">The letter</a></li><li><a href="/b">The wall</a></li></ul>',
        '<p><a href="#map">What the map of the dam shows to those who ask</a></p>',
        '<h2><a href="/maps/dam">What the map of the dam shows</a></h2><p>It shows a wall of ninety metres, four gates, and '
        "below them the road by which the families left their houses on the first evening of the flood.</p>",
    ],
)
def test_a_link_that_belongs_to_the_text_stays(link):
    kept = blocks_of(link)
    assert any(words in text for text in kept for words in ("letter", "report of the water board", "map of the dam"))


@pytest.mark.parametrize(
    "link",
    [
        '<p><a href="/n/2">Ferry runs again after eleven days in the mud</a></p>',
        '<p>Read also:</p><p><a href="/n/2">Ferry runs again after eleven days in the mud</a></p>',
        '<h3>Related</h3><ul><li><a href="/n/2">Ferry runs again after eleven days</a></li><li><a href="/n/3">More rain</a></li></ul>',
    ],
)
def test_a_link_that_announces_another_story_is_removed(link):
    assert blocks_of(link) == list(BODY)


@pytest.mark.parametrize("label", ["More information", "Keywords", "Related", "More from the valley and its dams:"])
def test_a_label_directly_above_text_is_a_heading_of_the_story(label):
    text = (
        "The water board publishes its letters on the first day of each month, and keeps them for two years and a half."
    )
    assert label in blocks_of(f"<h2>{label}</h2><p>{text}</p>")


def test_a_linked_heading_above_the_text_stays_with_its_text():
    text = (
        "It shows a wall of ninety metres, four gates, and below them the road by which the families left their houses."
    )
    page = f'<h2><a href="#map">The map</a></h2><p>{text}</p>'
    kept = blocks_of(page)
    assert kept[kept.index(text) - 1] == "The map"


@pytest.mark.parametrize(
    "line",
    [
        "Click here to see the full list of plants, with their spacing.",
        "Join us in May for the channel event of the year",
    ],
)
def test_a_line_that_refers_to_the_page_s_own_content_is_not_a_prompt(line):
    assert not is_prompt(line)


def page_of(*inner: str, news: bool) -> list[str]:
    kind = "NewsArticle" if news else "BlogPosting"
    paragraphs = "".join(f"<p>{text}</p>" for text in (*BODY, *BODY[:1]))
    page = (
        f'<html lang=en><head><script type="application/ld+json">{{"@type":"{kind}","headline":"Dam holds"}}</script>'
        f"<title>Dam holds</title></head><body><article><h1>Dam holds</h1>{paragraphs}{''.join(inner)}</article></body></html>"
    )
    found = extract(page.encode(), "https://courier.example/dam", NOW, expect_story=True)
    assert isinstance(found, Article)
    return [block.text for block in found.blocks]


ANNOUNCED = "<p><b>Also read:</b> <a href=/sluice>What the sluice keeper saw that night</a></p>"


def test_an_announcement_typed_into_the_text_stays_on_pages_other_than_news():
    last = f"<p>{BODY[1]}</p>"
    line = "Also read: What the sluice keeper saw that night"
    assert line in page_of(ANNOUNCED, last, news=False)
    assert line not in page_of(ANNOUNCED, last, news=True)
    assert line not in page_of(ANNOUNCED, news=False)  # below the text
    assert line not in page_of(f"<div class=promo>{ANNOUNCED}</div>", last, news=False)  # in a box of its own


def test_a_linked_heading_below_a_request_heads_its_own_text():
    found = page_of(
        "<p>Follow us on Facebook and Instagram</p>",
        "<h4><a href=https://inn.example>The Miller Inn</a></h4>",
        f"<p>{BODY[1]}</p>",
        news=False,
    )
    assert "The Miller Inn" in found


def test_a_linked_heading_above_another_heads_its_text():
    found = page_of(
        "<h2><a href=/floods>What floods do</a></h2><h3><a href=/walls>To walls</a></h3>",
        f"<p>{BODY[1]}</p>",
        news=False,
    )
    assert {"What floods do", "To walls"} <= set(found)


def test_a_heading_is_distinguished_from_its_entry_in_the_table_of_contents():
    contents = "<ul><li><a href='#walls'>What floods do to walls</a></li><li><a href='#more'>More</a></li></ul>"
    found = page_of(contents, f"<h2 id=walls>What floods do to walls</h2><p>{BODY[1]}</p>", news=False)
    assert "What floods do to walls" in found


def test_dated_sentences_about_changes_of_the_text_stay():
    changes = [
        "2021-08-09 Clarified what the gauge at the lower sluice measures in spring.",
        "2022-04-12 Corrected the height of the wall above the mill after a survey.",
        "2023-06-12 Added what the engineers found when the river had fallen again.",
    ]
    found = page_of("<h2>Changes</h2>", *(f"<p>{line}</p>" for line in changes), f"<p>{BODY[1]}</p>", news=False)
    assert set(changes) <= set(found)


def test_a_read_more_line_below_an_entry_announces_nothing():
    entry = "<h3><a href=/d/{0}>Report number {0} of the board</a></h3><p>The water board of the upper valley, {0}</p><p>Read more</p>"
    found = page_of(*(entry.format(number) for number in (11, 12, 13, 14)), f"<p>{BODY[1]}</p>", news=False)
    assert {f"Report number {number} of the board" for number in (11, 12, 13, 14)} <= set(found)


def test_labels_and_links_between_paragraphs_stay_where_the_author_typed_them():
    last = f"<p>{BODY[1]}</p>"
    link = "<p><a href=/sluice>What the sluice keeper saw that night</a></p>"
    for markup, line in (
        ("<p>See also:</p>" + link, "See also:"),
        (link, "What the sluice keeper saw that night"),
        (f"<blockquote>{ANNOUNCED}</blockquote>", "Also read: What the sluice keeper saw that night"),
        (f"<h3 class=wp-block-heading>{ANNOUNCED[3:-4]}</h3>", "Also read: What the sluice keeper saw that night"),
    ):
        assert line in page_of(markup, last, news=False)
        assert line not in page_of(markup, last, news=True)


def test_a_box_of_links_between_paragraphs_is_not_typed_text():
    link = Block("paragraph", "What the sluice keeper saw that night", "main/p", link_density=1.0)
    blocks = [Block("paragraph", BODY[0], "main/p"), *[link] * 5, Block("paragraph", BODY[1], "main/p")]
    reasons: dict[int, str] = {}
    mark_linked(blocks, dict.fromkeys(range(1, 6), "own"), 0, reasons, frozenset(range(1, 6)))
    assert sorted(reasons) == [1, 2, 3, 4, 5]


PAGE_OF_A_BLOG = "<html lang=en><head><title>Jam from the hedge</title></head><body><article><h1>Jam from the hedge</h1><div class=text>{}</div></article></body></html>"
OWN = [
    f"The hedge behind the {place} gives enough berries for eleven jars, if the blackbirds are asked to leave some, and the jam keeps until the following summer."
    for place in ("school", "chapel", "station", "mill")
]


def blog_texts(*lines: str) -> list[str]:
    page = PAGE_OF_A_BLOG.format("".join(f"<p>{line}</p>" for line in lines))
    found = extract(page, "https://hedge.example/jam", NOW, expect_story=True)
    assert isinstance(found, Article)
    return [block.text for block in found.blocks]


def test_a_disclosure_typed_between_the_paragraphs_of_a_blog_stays():
    note = "This post contains affiliate links: a jar bought through them pays for the sugar."
    assert note in blog_texts(OWN[0], note, *OWN[1:])


def test_who_contributed_stays_where_a_magazine_typed_it():
    note = "Ada Brook and Tom Hale contributed to this article."
    assert note in blog_texts(*OWN, note)


def test_who_contributed_to_a_report_is_removed_from_news():
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Jam from the hedge"}</script>'
    note = "Ada Brook and Tom Hale contributed to this report."
    page = PAGE_OF_A_BLOG.replace("</head>", data.replace("{", "{{").replace("}", "}}") + "</head>").format(
        "".join(f"<p>{line}</p>" for line in (*OWN, note))
    )
    found = extract(page, "https://hedge.example/jam", NOW, expect_story=True)
    assert isinstance(found, Article)
    assert note not in [block.text for block in found.blocks]
