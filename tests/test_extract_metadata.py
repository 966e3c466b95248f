"""Metadata: each field from the most trusted source, cleaned, without texts of other pages."""

import json
from datetime import UTC, date, datetime

import pytest

from archiver.extract import extract
from archiver.extract.authors import clean_authors, is_byline, names_in_byline
from archiver.extract.captions import credit_of
from archiver.extract.jsonl import extract_line
from archiver.extract.links import Resolver
from archiver.extract.titles import TitleSources, headline
from archiver.layout import Layout, Site
from archiver.model import Article, Skip
from archiver.urls import absolute_url

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.lantern.example/news/ferry"
LINE = "The harbor council will decide next Tuesday whether the city can afford a second ferry line after three years. "
TEXT = f"<p>{LINE * 2}</p><p>{LINE * 2} <a href='/deep/a?b=1#c'>the letter</a> was made public.</p>"


def page(head: str = "", body: str = "", ld: object = None, title: str = "A second ferry line") -> str:
    if ld is not None:
        head += f'<script type="application/ld+json">{ld if isinstance(ld, str) else json.dumps(ld)}</script>'
    return f"<html lang=en><head>{head}</head><body><article><h1>{title}</h1>{body}{TEXT}</article></body></html>"


def story(*args: object, url: str = URL, site: Site | None = None, **kwargs: object) -> Article:
    found = extract(page(*args, **kwargs).encode(), url, NOW, site=site)
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("By Ana Díaz and J. P. Ruiz", ("Ana Díaz", "J. P. Ruiz")),
        ("Por Ana Díaz y Luis Peña", ("Ana Díaz", "Luis Peña")),
        ("Ana Díaz, Luis Peña & Kim Lee", ("Ana Díaz", "Luis Peña", "Kim Lee")),
        ("Ana Díaz, staff writer", ("Ana Díaz",)),
        ("Ana Díaz, MD, Ph.D.", ("Ana Díaz",)),
        ("Ana Díaz (@anad)", ("Ana Díaz",)),
        ("ana.diaz@lantern.example", ()),
        ("https://lantern.example/authors/ana", ()),
        ("@anad", ()),
        ("Staff", ()),
        ("Staff Writer", ()),
        ("admin", ()),
        ("Redacción", ()),
        ("  ", ()),
        ("Written by: Ana Díaz | The Lantern", ("Ana Díaz",)),
        ("María José de la Cruz", ("María José de la Cruz",)),
        ("Conan O'Brien", ("Conan O'Brien",)),
        ("Andy Lee", ("Andy Lee",)),
        ("Eve Young", ("Eve Young",)),
        ("Ana Díaz The Lantern", ("Ana Díaz",)),
        ("By Ana Díaz By Ana Díaz", ("Ana Díaz",)),
    ],
)
def test_names_are_cleaned(raw, names):
    assert clean_authors([raw], ["The Lantern"]) == names


def test_a_byline_needs_a_name():
    assert is_byline("By Ana Díaz") and names_in_byline("By Ana Díaz | July 3") == ["Ana Díaz"]
    assert names_in_byline("By the river in spring") == []
    assert not is_byline("Bystanders said so")


AUTHOR_PAGES = {
    "json-ld": page(ld={"@type": "NewsArticle", "author": [{"name": "Ana Díaz"}, {"name": "Luis Peña"}]}),
    "json-ld by reference": page(
        ld={"@graph": [
            {"@type": "NewsArticle", "headline": "x", "author": {"@id": "#1"}},
            {"@id": "#1", "@type": "Person", "name": "Ana Díaz and Luis Peña"},
        ]}
    ),
    "meta": page('<meta name=author content="Ana Díaz, Luis Peña">'),
    "rel": page(body="<a rel=author href=/1>Ana Díaz</a> <a rel=author href=/2>Luis Peña</a>"),
    "itemprop": page(body="<span itemprop=author><span itemprop=name>Ana Díaz y Luis Peña</span></span>"),
    "byline": page(body="<p>By Ana Díaz and Luis Peña</p>"),
    "marked": page(body="<div class=byline><span>Ana Díaz</span> &amp; <span>Luis Peña</span></div>"),
}  # fmt: skip


@pytest.mark.parametrize("source", AUTHOR_PAGES)
def test_authors_are_found(source):
    found = extract(AUTHOR_PAGES[source], URL, NOW)
    assert isinstance(found, Article)
    assert found.authors == ("Ana Díaz", "Luis Peña")
    assert "Ana Díaz" not in found.text


def test_the_publisher_is_the_author_only_if_nobody_else_is():
    site = '<meta property="og:site_name" content="The Lantern">'
    assert story(site, ld={"@type": "NewsArticle", "author": "The Lantern"}).authors == ("The Lantern",)
    assert story(site + '<meta name=author content="The Lantern">', "<p>By Ana Díaz</p>").authors == ("Ana Díaz",)


@pytest.mark.parametrize(
    ("sources", "title"),
    [
        (TitleSources(("A long story title",), (), "A long story title | The Lantern"), "A long story title"),
        (TitleSources(("The Lantern", "A long story"), ("A long story",), None, ("The Lantern",)), "A long story"),
        (TitleSources((), ("A long story - The Lantern",), None, ("The Lantern",)), "A long story"),
        (TitleSources((), (), "The Lantern » A long story", ("The Lantern",)), "A long story"),
        (TitleSources((), (), "A long story about the ferry | Lantern Daily"), "A long story about the ferry"),
        (TitleSources((), (), "Ferry - or no ferry"), "Ferry - or no ferry"),
        (TitleSources(("Most read",), ("What the ferry costs",), "What the ferry costs"), "What the ferry costs"),
        (
            TitleSources(("What it costs to run a ferry",), ("Ferry costs: what it takes",)),
            "What it costs to run a ferry",
        ),
        (TitleSources(), ""),
    ],
)
def test_the_title_is_the_one_that_other_sources_confirm(sources, title):
    assert headline(sources) == title


def test_section_tags_description_language_and_access():
    found = story(
        '<meta property="article:section" content="Transport"><meta name=keywords content="ferry, harbor,ferry">'
        '<meta name=description content="What it costs.">',
        ld={"@type": "NewsArticle", "headline": "A second ferry line", "isAccessibleForFree": "False"},
    )
    assert found.section == "Transport"
    assert found.tags == ("ferry", "harbor")
    assert found.description == "What it costs."
    assert found.language == "en"
    assert found.is_accessible_for_free is False
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"name": "Home"}, {"name": "Sea"}, {"name": "This"}]}
    assert story(ld=[crumbs]).section == "Sea"


BROKEN_JSON_LD = {
    "a line break in a string": '{"@type": "NewsArticle", "author": {"name": "Ana\nDíaz"}}',
    "a control character": '{"@type": "NewsArticle", "author": {"name": "Ana D\u0001íaz"}}',
    "a trailing comma": '{"@type": "NewsArticle", "author": {"name": "Ana Díaz",},}',
    "a comment around": '<!-- {"@type": "NewsArticle", "author": {"name": "Ana Díaz"}} -->',
    "CDATA": '//<![CDATA[\n{"@type": "NewsArticle", "author": {"name": "Ana Díaz"}}\n//]]>',
    "a semicolon": '{"@type": "NewsArticle", "author": {"name": "Ana Díaz"}};',
    "two objects": '{"@type": "Thing"}{"@type": "NewsArticle", "author": {"name": "Ana Díaz"}}',
    "entities": '{"@type": "NewsArticle", "author": {"name": "Ana D&amp;iacute;az"}}',
    "types in a list": '{"@type": ["NewsArticle", "Thing"], "author": ["Ana Díaz"]}',
    "a full type address": '{"@type": "https://schema.org/NewsArticle", "author": "Ana Díaz"}',
    "a list in a list": '[[{"@type": "NewsArticle", "author": "Ana Díaz"}]]',
    "inside a page": '{"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "author": "Ana Díaz"}}',
}


@pytest.mark.parametrize("defect", BROKEN_JSON_LD)
def test_json_ld_with_common_errors_is_read(defect):
    assert story(ld=BROKEN_JSON_LD[defect]).authors == ("Ana Díaz",)


@pytest.mark.parametrize(
    "value", [None, 1, True, "x", [], {}, [None], {"@type": None}, {"@type": {"a": 1}}, {"author": {"name": {"x": []}}}]
)
def test_json_ld_of_any_shape_is_harmless(value):
    keys = ("headline", "author", "datePublished", "keywords", "image", "publisher", "articleSection", "articleBody")
    node = {"@type": "NewsArticle"} | dict.fromkeys(keys, value)
    assert story(ld=[value, node]).title == "A second ferry line"


def test_json_ld_provides_the_text_of_a_page_that_shows_none():
    body = "\n\n".join([LINE * 2, "Second paragraph. " * 9])
    markup = page(ld={"@type": "NewsArticle", "headline": "A second ferry line", "articleBody": body}).replace(TEXT, "")
    found = extract(markup.encode(), URL, NOW)
    assert isinstance(found, Article)
    assert [block.text for block in found.blocks] == [(LINE * 2).strip(), ("Second paragraph. " * 9).strip()]


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        ("<link rel=canonical href='/news/ferry?utm_source=x'>", "https://www.lantern.example/news/ferry"),
        (
            "<link rel=canonical href='https://lantern.example/news/the-ferry'>",
            "https://lantern.example/news/the-ferry",
        ),
        ("<meta property=og:url content='https://lantern.example/news/og'>", "https://lantern.example/news/og"),
        ("<link rel=canonical href='https://other.example/news/ferry'>", URL),
        ("<link rel=canonical href='https://www.lantern.example/'>", URL),
        ("<link rel=canonical href='javascript:alert(1)'>", URL),
        ("<link rel=canonical href='http://[bad'>", URL),
        ("", URL),
    ],
)
def test_the_page_s_canonical_url_counts_on_its_own_site(markup, url):
    assert story(markup, url=f"{URL}?utm_source=feed").url == url


def test_links_are_absolute_and_know_whether_they_stand_in_the_story():
    found = story(body="<nav><a href='//cdn.example/x'><img alt='A picture'></a><a href='javascript:x()'>no</a></nav>")
    assert [(link.url, link.text, link.in_story) for link in found.links] == [
        ("https://cdn.example/x", "A picture", False),
        ("https://www.lantern.example/deep/a?b=1", "the letter", True),
    ]
    head = "<link rel=alternate hreflang=es href='/es/ferry'><link rel=alternate type=application/rss+xml href=/rss>"
    assert story(head).alternates == (("es", "https://www.lantern.example/es/ferry"),)


@pytest.mark.parametrize("base", ["https://www.lantern.example/news/ferry?a=b", "http://lantern.example:8080/"])
@pytest.mark.parametrize(
    "href",
    [
        "/a", "/a/b-c_d.html?x=1&y=2", "/a/../b", "/a//b", "//other.example/x", "https://Other.example/A", "http://a.example",
        "https://a.example/x#y", "https://a.example:443/", "/a b", "/ñ", "?x", "#y", "a/b", "https://user:pw@a.example/",
        "/.", "mailto:x@y.example", "https://a..example/", "/a/.", "https://a.example/a/./b", "https://-/x", "/a?b=c#d",
        "/%7Ea", "",
    ],
)  # fmt: skip
def test_the_short_way_to_an_absolute_address_gives_the_same(base, href):
    assert Resolver(base)(href) == absolute_url(base, href)


def test_images_have_captions_and_credits():
    found = story(
        "<meta property=og:image content=/img/lead-1200.jpg>",
        "<figure><img src=/img/lead-1200.jpg alt='A boat'><figcaption>The boat at dawn. <span class=credit>Photo: Ana "
        "Díaz / AP</span></figcaption></figure>",
    )
    (image,) = found.images
    assert (image.url, image.alt) == ("https://www.lantern.example/img/lead-1200.jpg", "A boat")
    assert image.caption == "The boat at dawn. Photo: Ana Díaz / AP"
    assert image.credit == "Photo: Ana Díaz / AP"
    assert "dawn" not in found.text


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("The boat at dawn. Tomás Rivas / The Lantern", "Tomás Rivas / The Lantern"),
        ("The boat at dawn (Ana Díaz/AP)", "Ana Díaz/AP"),
        ("The boat at dawn. Getty Images", "Getty Images"),
        ("The boat at dawn. Photo by Ana Díaz", "Photo by Ana Díaz"),
        ("El barco al alba. Foto: EFE", "Foto: EFE"),
        ("The boat and/or the ferry at dawn", None),
        ("The boat at dawn.", None),
    ],
)
def test_a_credit_is_separated_from_its_caption(caption, credit):
    assert credit_of(caption) == credit


LAYOUT = Layout(
    body=".story", title=".kicker", author=".who", date=".when", date_formats=("%m/%d/%Y - %H:%M",), section=".where",
    tags=".tag", caption=".cap", drop=(".noise",),
)  # fmt: skip
SITE = Site(
    "lantern", ("lantern.example",), article_url=r"/news/", timezone="America/New_York", layouts=(LAYOUT,)
)  # fmt: skip
LAID_OUT = (
    "<div class=kicker>The layout's title</div><div class=who>Ana Díaz y Luis Peña</div>"
    "<i class=when>09/27/2017 - 14:50</i>"
    "<b class=where>Sea</b><i class=tag>ferry</i><i class=tag>boats</i><div class=cap>Seen from afar</div>"
    "<div class=story><p>One short line.</p><p class=noise>Never this.</p><h2>Between</h2><ul><li>First</li></ul>"
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><p>Seen from afar</p></div>"
)


def test_a_layout_overrides_its_fields():
    found = story(
        ld={"@type": "NewsArticle", "author": "Other", "datePublished": "2001-01-01"}, body=LAID_OUT, site=SITE
    )
    assert found.title == "The layout's title"
    assert found.authors == ("Ana Díaz", "Luis Peña")
    assert (found.date_published, found.date_published_source) == ("2017-09-27T14:50:00-04:00", "layout")
    assert (found.section, found.tags) == ("Sea", ("ferry", "boats"))
    assert [(block.kind, block.text) for block in found.blocks] == [
        ("paragraph", "One short line."), ("heading", "Between"), ("list_item", "First"), ("table", "a | b\nc"),
    ]  # fmt: skip
    assert found.images[0].caption == "Seen from afar"
    assert {"layout", "caption"} <= {entry.reason for entry in found.removed}


def test_an_outdated_layout_falls_back_to_the_general_extractor():
    found = story(site=SITE)
    assert found.title == "A second ferry line"
    assert LINE.strip() in found.text
    old = Site("lantern", ("lantern.example",), layouts=(Layout(until=date(2020, 1, 1), title=".kicker"),))
    assert story(body=LAID_OUT, site=old).title == "A second ferry line"


def test_a_bad_selector_is_named_and_selects_nothing():
    bad = Layout(body="div[", drop=("::",), title="h1")
    assert len(list(bad.faults())) == 2 and not list(LAYOUT.faults())
    assert story(site=Site("lantern", ("lantern.example",), layouts=(bad,))).title == "A second ferry line"


def test_the_sites_rule_decides_what_is_a_story():
    found = extract(page().encode(), "https://lantern.example/about", NOW, site=SITE)
    assert isinstance(found, Skip)
    assert (found.reason, found.title) == ("not_article_url", "A second ferry line")
    short = page().replace(TEXT, "<p>A line of news that is short, but known to be a story.</p>")
    assert isinstance(extract(short.encode(), "https://lantern.example/news/1", NOW, site=SITE), Article)
    assert isinstance(extract(short.encode(), "https://other.example/x", NOW), Skip)


def test_a_line_of_json_has_text_even_without_a_story():
    found = extract_line({"id": 7, "url": URL, "html": "<p>Too short.</p>"}, NOW)
    assert (found["id"], found["text"]) == (7, "Too short.")
    assert extract_line({"id": 8, "url": URL}, NOW)["text"] == ""
    assert extract_line({"id": 9, "html": page()}, NOW)["title"] == "A second ferry line"
    json.dumps(found)
