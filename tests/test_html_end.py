# ruff: noqa: E501 - markup reads better unbroken
"""What follows </body> and </html> belongs to the page, as in browsers: templates close the body twice."""

from datetime import UTC, datetime

import pytest

from archiver.discovery import links_of
from archiver.extract import extract
from archiver.html_end import without_end_tags
from archiver.model import Article

NOW = datetime(2026, 5, 4, tzinfo=UTC)
URL = "https://gazette.example/news/the-bridge-that-nobody-opened"
TEXT = [
    f"Paragraph {n} of the report on the bridge says, at the length of a usual paragraph, what the council did not want to say about the money for its railings and its lamps."
    for n in range(5)
]


@pytest.mark.parametrize("end", ["</body></html>", "</BODY>\n</HTML>", "</body >", "</html>"])
def test_a_story_below_the_end_of_the_body_is_read(end):
    menu = "<nav><a href=/news>News</a></nav>"
    story = (
        "<div class=story><h1>The bridge that nobody opened</h1>"
        + "".join(f"<p>{text}</p>" for text in TEXT)
        + "</div>"
    )
    found = extract(
        f"<html lang=en><head><title>The bridge</title></head><body>{menu}{end}\n{story}</body></html>", URL, NOW
    )
    assert isinstance(found, Article)
    assert [block.text for block in found.blocks] == TEXT


def test_a_document_keeps_everything_but_the_end_tags():
    assert (
        without_end_tags(b"<body>a</body> <bodyguard>b</bodyguard></html>\nc") == b"<body>a <bodyguard>b</bodyguard>\nc"
    )
    assert without_end_tags(b"<p>no end") == b"<p>no end"


def test_links_below_the_end_of_the_body_are_found():
    page = b"<html><body><a href=/one>One</a></body></html><div><a href=/two>Two</a></div></body></html>"
    assert links_of(page, URL, "text/html") == ["https://gazette.example/one", "https://gazette.example/two"]


@pytest.mark.parametrize("box", ["nav", "header", "form", "aside"])
def test_a_story_in_a_menu_or_form_that_was_never_closed_is_read(box):
    story = "<h1>The bridge that nobody opened</h1><div>" + "".join(f"<p>{text}</p>" for text in TEXT) + "</div>"
    body = f"<{box} class=nav><ul><li><a href=/a>Business</a></li><li><a href=/b>Sport</a></li></ul>{story}</{box}>"
    found = extract(
        f"<html lang=en><head><title>The bridge that nobody opened</title></head><body>{body}</body></html>", URL, NOW
    )
    assert isinstance(found, Article)
    assert [block.text for block in found.blocks if block.kind == "paragraph"] == TEXT
