"""One story in many markups: the text is the story's blocks and nothing else, whatever surrounds them."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import extract_samples as samples
from archiver.extract import extract
from archiver.model import Article
from extract_samples import Markup, Parts, page

NOW = datetime(2023, 1, 1, tzinfo=UTC)
SEED = Path(__file__).resolve().parents[2] / "shared" / "seed" / "aldia-occupy-ice.tsv"
CHOICES = {
    "container": samples.CONTAINERS,
    "title": tuple(samples.TITLES),
    "caption": tuple(samples.CAPTIONS),
    "list": tuple(samples.LISTS),
    "list_heading": ("", "Podcast", "Últimos episodios"),
    "date_first": (False, True),
    "furniture": tuple(samples.FURNITURE),
    "head": tuple(samples.HEADS),
    "story": tuple(samples.STORIES),
    "order": samples.ORDERS,
    "chrome": (True, False),
    "url": (Markup.url, "https://www.example.org/a/b"),
}
ONE_CHANGED = [replace(Markup(), **{name: value}) for name, values in CHOICES.items() for value in values]


def mixed(count: int) -> list[Markup]:
    chance = random.Random(11)
    return [Markup(**{name: chance.choice(values) for name, values in CHOICES.items()}) for _ in range(count)]


def seed_parts() -> Parts:
    rows = [line.split("\t", 1) for line in SEED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    (caption,) = {text for kind, text in rows if kind == "caption"}
    junk = [text for kind, text in rows if kind == "junk" and text != caption]
    player, ad = (next(text for text in junk if sign in text) for sign in ("00:00", "Ads"))
    listed = [text for text in junk if text not in (player, ad)]
    return Parts(
        title=next(text for kind, text in rows if kind == "title"),
        caption=caption,
        story=tuple(text for kind, text in rows if kind == "story"),
        episodes=tuple(zip(listed[::2], listed[1::2], strict=True)),
        player=player,
        ad=ad,
    )


def assert_clean(markup: Markup, parts: Parts) -> None:
    if markup.title == "none" and markup.head == "none":
        markup = replace(markup, head="title")  # a page without a title
    found = extract(page(markup, parts), markup.url, NOW)
    assert isinstance(found, Article), (markup, found)
    assert [block.text for block in found.blocks] == [" ".join(text.split()) for text in parts.story], markup
    assert found.text == "\n\n".join(" ".join(text.split()) for text in parts.story)
    if markup.title.startswith("h1") or markup.head != "none":
        assert found.title == parts.title, markup
    assert [image.caption for image in found.images if image.caption] == [parts.caption], markup
    assert found.images[0].caption == parts.caption
    assert found.images[0].credit and found.images[0].credit in parts.caption
    assert all(entry.reason for entry in found.removed)


@pytest.mark.parametrize("markup", ONE_CHANGED, ids=str)
def test_only_the_story_is_text_in_any_markup(markup):
    assert_clean(markup, Parts())


@pytest.mark.slow
def test_only_the_story_is_text_in_mixed_markups():
    for markup in mixed(120):
        assert_clean(markup, Parts())


@pytest.mark.slow
@pytest.mark.skipif(not SEED.exists(), reason="the seed isn't here")
def test_only_the_seeds_story_is_text_in_any_markup():
    parts = seed_parts()
    for markup in [*ONE_CHANGED, *mixed(60)]:
        assert_clean(markup, parts)


def test_removed_blocks_are_kept_with_their_reason():
    found = extract(page(Markup()), Markup.url, NOW)
    assert isinstance(found, Article)
    reasons = {entry.block.text: entry.reason for entry in found.removed}
    assert reasons[samples.PLAYER] == "player"
    assert reasons[samples.AD] == "ad_label"
    assert reasons["Un viaje por el delta Septiembre 30, 2022"] == "date_list"
    assert reasons[samples.TITLE] == "title_repeated"
    assert reasons[samples.CAPTION] == "caption"


def test_blocks_know_where_they_stood():
    found = extract(page(Markup(container="div class='field field--name-body'")), Markup.url, NOW)
    assert isinstance(found, Article)
    assert {block.path for block in found.blocks} == {"div.field.field--name-body/p"}
    assert {block.kind for block in found.blocks} == {"paragraph"}


def test_extraction_depends_on_nothing_but_its_arguments():
    pages = [(page(markup), markup.url) for markup in mixed(12)]
    first = [extract(payload, url, NOW) for payload, url in pages]
    again = [extract(payload, url, NOW) for payload, url in reversed(pages)]
    assert first == again[::-1]


def _article(*paragraphs):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    document = f"<html><body><article><h1>The ferry at night</h1>{text}</article></body></html>"
    return extract(document.encode(), "https://news.example/2022/11/the-ferry-at-night", NOW)


def test_a_sentence_about_photographs_is_not_a_caption():
    line = "On the lower deck, between bread and candles, hung the photographs of 311 neighbors who died this year."
    rest = [f"Paragraph {number} says that the ferry left on time. " * 4 for number in range(5)]
    assert _article(line, *rest).blocks[0].text == line


def test_a_sentence_repeated_without_a_picture_is_not_a_caption():
    line = "The ferry left on time, and nobody on the deck said a word until it had passed the last pier of the bridge."
    rest = [f"Paragraph {number} says that the ferry left on time. " * 4 for number in range(5)]
    assert _article(line, line, *rest).blocks[0].text == line
