# ruff: noqa: E501 - markup reads better unbroken
"""Lists that look like stories: entries with a paragraph each, told by the links, buttons, prices and names around them."""

from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.model import Article, Skip

NOW = datetime(2026, 5, 4, tzinfo=UTC)
LONG = (
    "The council wants to widen the north quay before the next winter, although nobody can say what the older of the two "
    "walls rests on, and it has asked three offices for a survey that is to be read in public in the week after Easter."
)
SHORT = "What the harbor office keeps there and when it opens its doors to those who ask."
MENU = "<nav>" + "".join(f"<a href=/s/{n}>Section {n}</a> " for n in range(9)) + "</nav>"
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
OG = "<meta property=og:type content=article>"
# As plugins write it for any page of a blog.
WEB_PAGE = '<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2020-05-05T10:00:00+00:00"}]}</script>'


def kind(body: str, title: str, path: str = "/resources/harbor-guides", head: str = "") -> str:
    page = f"<html lang=en><head><title>{title} | Quay</title>{head}</head><body>{MENU}<main><h1>{title}</h1>{body}</main></body></html>"
    found = extract(page, f"https://quay.example{path}", NOW)
    return "story" if isinstance(found, Article) else found.reason


def each(entry: str) -> str:
    return "".join(entry.format(n=n, word=word, text=f"{LONG} {word}.") for n, word in enumerate(WORDS))


LISTS = {
    "buttons below unlinked headings": ("<div class=card><h3>What {word} did</h3><p>{text}</p><a href=/c/{n}>Learn more</a></div>", "Case Studies"),
    "posts closed by a button": ("<h3>Part {word}</h3><p>{text}</p><a href=/ep/{n}>Listen now</a>", "The Quay Talks"),
    "a link and a sentence in one line": ("<p><a href=/d/{n}>Harbor {word}</a> – " + SHORT + "</p>", "Ports"),
    "terms and sentences": ("<dt><a href=/d/{n}>Port {word}</a></dt><dd>" + SHORT + "</dd>", "Ports"),
    "results of a search": ("<div><a href=/n/{n}>Where the ferry {word} lands</a><cite>quay.example/n/{n}</cite><p>" + SHORT + "</p></div>", "Ferry"),
    "a programme": ("<li><b>{n}:00</b> <a href=/tv/{n}>The harbor, part {word}</a><p>" + SHORT + "</p></li>", "Tonight on channel one"),
    "headlines and texts parted by breaks": ("<b><a href=/n/{n}>Council hears the surveyor, part {word}</a></b><br>{text}<br><br>", "Quay briefly"),
    "a team": ("<div><h3>Ana Díaz {word}</h3><p>Senior Editor</p><p>{text}</p></div>", "Our Team"),
    "events": ("<div><h3>Concert {word}</h3><p>{text}</p></div>", "Upcoming events"),
    "products": ("<div><a href=/p/{n}>Oak chair {word}</a><span>$ 4{n}.90</span></div>", "Oak chairs"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_with_a_paragraph_for_each_entry_is_no_story(name):
    entry, title = LISTS[name]
    wrap = "<div>{}</div>" if "breaks" in name else "{}"
    assert kind(wrap.format(each(entry)), title) in ("listing", "shop")


@pytest.mark.parametrize(
    "name", ["a link and a sentence in one line", "terms and sentences", "results of a search", "a team"]
)
@pytest.mark.parametrize("head", [OG, WEB_PAGE, OG + WEB_PAGE])
def test_what_templates_declare_for_any_page_makes_no_story_of_a_list(name, head):
    entry, title = LISTS[name]
    assert kind(each(entry), title, head=head) == "listing"


def test_the_text_below_a_collection_describes_it():
    products = each("<div><a href=/p/{n}>Oak chair {word}</a><span>$ 4{n}.90</span></div>")
    assert kind(f"<p>{LONG}</p>{products}" + f"<p>{LONG}</p>" * 5, "Oak chairs") == "shop"
    assert kind(f"<p>{LONG}</p>" * 5 + products, "What oak chairs do to a harbor town") == "story"


STORIES = {
    "things to buy elsewhere": "<h2>{n}. Chair {word}</h2><p>{text}</p><p><a href=https://shop.example/{n}>Check price</a></p>",
    "slides": "<div class=slide><h3>Wall {word}</h3><p>{text}</p><a href='#{n}'>Next</a></div>",
    "promoted stories between the paragraphs": "<p>{text}</p><div class=promo><a href=/n/{n}>Council hears the surveyor, part {word}</a></div>",
    "names with links": "<p>{text} <a href=/people/{n}>Ana {word}</a> agreed.</p>",
    "a story in pictures": "<figure><img src=/{n}.jpg><figcaption>{text}</figcaption></figure>",
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_a_story_in_parts_is_no_list(name):
    teasers = each("<h3><a href=/more/{n}>Another headline of the week, the {word} of them</a></h3>")
    assert kind(each(STORIES[name]) + teasers, "Council votes to widen the north quay after the storm") == "story"


def test_a_short_question_is_a_headline():
    teasers = each("<h3><a href=/more/{n}>Another headline of the week, the {word} of them</a></h3>")
    assert kind(f"<p>{LONG}</p><p>{SHORT}</p>" + teasers, "Who owns the quay?", path="/n/1") == "story"


def test_the_name_of_a_list_is_no_evidence_against_a_story_with_a_date():
    text = each("<h3>What {word} said</h3><p>{text}</p>")
    date = '<meta property="article:published_time" content="2026-05-03T10:00:00Z">'
    assert kind(text, "People", path="/n/1", head=date + OG) == "story"


def test_names_and_jobs_of_a_team_name_no_author():
    page = f"<html><title>Who we are</title><body><h1>Who we are</h1>{each('<h3>Ana Díaz</h3><p>Senior Editor</p><p>{text}</p>')}</body></html>"
    found = extract(page, "https://quay.example/who", NOW, expect_story=True)
    assert not isinstance(found, Skip)
    assert found.authors == ()
