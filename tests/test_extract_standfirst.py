"""The standfirst is a separate field and not part of the text; a first paragraph stays text."""

# ruff: noqa: E501 - markup reads better unbroken
from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.model import Article

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TITLE = "Lighthouse keeper retires after forty winters"
DECK = "Nobody has applied for the post, and the lamp has been turned by a motor for six years already."
TEXT = (
    "When the last supply boat left the island on Thursday, the keeper stood at the rail with two suitcases and a cage, "
    "in which there was a jackdaw that he had found with a broken wing eleven winters ago.",
    "He had come for one season, as a student of geology, and stayed because the rock was more interesting than the "
    "lecture hall, he says, and because there was nobody who wanted to have the lamp after him.",
    "The waterways office will lock the tower and read the barometer by radio. What becomes of the garden behind the "
    "wall, in which he grew kale and a fig tree, is a question that its letter of thanks does not touch.",
)


def found(head: str, body: str) -> Article:
    page = f"<html lang=en><head><title>{TITLE}</title><meta property=og:type content=article>{head}</head><body>{body}</body></html>"
    story = extract(page, "https://courier.example/2026/05/04/lighthouse-keeper-retires-after-forty-winters", NOW)
    assert isinstance(story, Article)
    return story


PARAGRAPHS = "".join(f"<p>{text}</p>" for text in TEXT)
META = f'<meta name="description" content="{DECK}">'
OWN = {
    "class": ("", f"<article><header><h1>{TITLE}</h1><p class='article__standfirst'>{DECK}</p></header><div>{PARAGRAPHS}</div></article>"),
    "subtitle": ("", f"<article><h1>{TITLE}</h1><h2 class=subtitle>{DECK}</h2><div class=body>{PARAGRAPHS}</div></article>"),
    "spanish": ("", f"<article><h1>{TITLE}</h1><div class=entradilla><p>{DECK}</p></div><div class=body>{PARAGRAPHS}</div></article>"),
    "french": ("", f"<article><h1>{TITLE}</h1><p class='article-chapo'>{DECK}</p><div class=body>{PARAGRAPHS}</div></article>"),
    "drupal": ("", f"<article><h1>{TITLE}</h1><div class='field field--name-field-summary'><div class=field__item>{DECK}</div></div><div class='field field--name-body'>{PARAGRAPHS}</div></article>"),
    "wordpress": ("", f"<article class=post><h1 class=entry-title>{TITLE}</h1><div class=entry-excerpt><p>{DECK}</p></div><div class=entry-content>{PARAGRAPHS}</div></article>"),
    "in the body": ("", f"<article><h1>{TITLE}</h1><div class=entry-content><p class=standfirst>{DECK}</p>{PARAGRAPHS}</div></article>"),
    "heading": ("", f"<article><header><h1>{TITLE}</h1><h2>{DECK}</h2></header><div class=body>{PARAGRAPHS}</div></article>"),
    "description": (META, f"<article><div><h1>{TITLE}</h1><p>{DECK}</p><p class=byline>By Mara Lind</p></div><div class=body>{PARAGRAPHS}</div></article>"),
    "itemprop": ("", f"<article><h1>{TITLE}</h1><p itemprop=alternativeHeadline>{DECK}</p><div class=body>{PARAGRAPHS}</div></article>"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_a_separate_standfirst_is_a_field_and_not_text(name):
    story = found(*OWN[name])
    assert story.standfirst == DECK
    assert DECK not in story.text
    assert all(paragraph in story.text for paragraph in TEXT)


FIRST = {
    "none": ("", f"<article><h1>{TITLE}</h1><div class=body>{PARAGRAPHS}</div></article>"),
    "description of the first paragraph": (
        f'<meta name="description" content="{TEXT[0]}">', f"<article><h1>{TITLE}</h1><div class=body>{PARAGRAPHS}</div></article>",
    ),
    "cut description of the first paragraph": (
        f'<meta name="description" content="{TEXT[0][:120]}">', f"<article><h1>{TITLE}</h1><p class=byline>By Mara Lind</p><div class=body>{PARAGRAPHS}</div></article>",
    ),
    "lead among paragraphs": (
        "", f"<article><h1>{TITLE}</h1><div class=body><p class=lead>{TEXT[0]}</p><p>{TEXT[1]}</p><p>{TEXT[2]}</p></div></article>",
    ),
    "drupal's field of all text": (
        "", f"<article><h1>{TITLE}</h1><div class='field field--name-body field--type-text-with-summary'><p>{TEXT[0]}</p></div><div>{PARAGRAPHS}</div></article>",
    ),
    "intro among paragraphs": (
        "", f"<article><h1>{TITLE}</h1><div class=body><p class=article__intro>{TEXT[0]}</p><p>{TEXT[1]}</p><p>{TEXT[2]}</p></div></article>",
    ),
    "caption of the lead picture": (
        "", f"<article><h1>{TITLE}</h1><figure class=article-lead><img src=/a.jpg><figcaption>The lighthouse in its last winter (Mara Lind)</figcaption></figure>{PARAGRAPHS}</article>",
    ),
    "heading whose id repeats its words": (
        "", f"<article><h1>{TITLE}</h1><p class=byline>By Mara Lind</p><div class=body><h3 id=introduction-to-the-light>Introduction to the light and its keepers</h3>{PARAGRAPHS}</div></article>",
    ),
    "form": (
        "", f"<article><h1>{TITLE}</h1><form><div class=field_description>This field is for validation and should be left unchanged.</div></form>{PARAGRAPHS}</article>",
    ),
    "teaser of another story": (
        "", f"<article><h1>{TITLE}</h1><div class=related-card><p class=excerpt>{DECK}</p></div><div class=body>{PARAGRAPHS}</div></article>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
def test_a_first_paragraph_stays_text(name):
    story = found(*FIRST[name])
    assert story.standfirst is None
    assert TEXT[0] in story.text
