"""URLs found in a fetched document."""

import gzip
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.robotstxt import ProtegoRobotParser

from archiver.discovery import MAX_LINKS, Found, found_in, links_of, w3c_date

PAGE = "https://news.example/en/"


def test_html_links_feeds_and_next_pages():
    page = b"""<html><head><base href="/en/"><link rel="stylesheet" href="/s.css">
    <link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="next" href="?page=1"></head>
    <body><a href="story-one">1</a> <a href='story-one#comments'>again</a><a href="javascript:void(0)">no</a>
    <a>no href</a><map><area href="/map"></map></body></html>"""
    assert links_of(page, PAGE, "text/html") == [
        "https://news.example/rss.xml",
        "https://news.example/en/?page=1",
        "https://news.example/en/story-one",
        "https://news.example/map",
    ]


def test_sitemap_and_sitemap_index_also_gzipped():
    sitemap = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
      xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
      <url><loc> https://news.example/a </loc><image:image><image:loc>https://news.example/i.png</image:loc></image:image></url>
      <url><loc>https://news.example/b</loc></url></urlset>"""
    assert links_of(sitemap, PAGE, "text/xml") == ["https://news.example/a", "https://news.example/b"]
    assert links_of(gzip.compress(sitemap), PAGE, "application/x-gzip") == [
        "https://news.example/a",
        "https://news.example/b",
    ]
    index = b"<sitemapindex><sitemap><loc>https://news.example/s1.xml</loc></sitemap></sitemapindex>"
    assert links_of(index, PAGE, "application/xml") == ["https://news.example/s1.xml"]


def test_rss_and_atom_with_relative_links():
    rss = b"<rss><channel><link>https://news.example/</link><item><link>/a</link></item></channel></rss>"
    assert links_of(rss, PAGE, "application/rss+xml") == ["https://news.example/", "https://news.example/a"]
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/x/">
    <entry><link href="a"/><link rel="edit" href="edit"/></entry></feed>"""
    assert links_of(atom, PAGE, "application/atom+xml") == ["https://news.example/x/a"]


def test_an_entity_bomb_yields_no_url():
    bomb = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
    <!ENTITY c SYSTEM "file:///etc/passwd">]><urlset><url><loc>https://news.example/&b;&c;</loc></url></urlset>"""
    assert all("root:" not in url and "aaaa" not in url for url in links_of(bomb, PAGE, "text/xml"))


def test_a_truncated_sitemap_yields_its_complete_entries():
    cut = b"<urlset><url><loc>https://news.example/a</loc></url><url><loc>https://news.ex"
    assert links_of(cut, PAGE, "text/xml")[:1] == ["https://news.example/a"]


def test_pictures_yield_no_url():
    assert links_of(b"\x89PNG\r\n\x1a\n<a href='/x'>", PAGE, "image/png") == []


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_without_an_exception(body):
    assert isinstance(links_of(body, PAGE, "text/html"), list)


def test_a_news_sitemap_lists_stories_and_their_dates():
    sitemap = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
      xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/a</loc>
      <news:news><news:publication_date>2024-05-17T09:30:00-04:00</news:publication_date></news:news></url>
      <url><loc>https://news.example/b</loc><lastmod>2024-05</lastmod></url>
      <url><loc>https://news.example/c</loc><lastmod>yesterday</lastmod></url></urlset>"""
    assert list(found_in(sitemap, PAGE, "text/xml")) == [
        Found("https://news.example/a", datetime(2024, 5, 17, 13, 30, tzinfo=UTC), "story"),
        Found("https://news.example/b"),  # a month is not a moment
        Found("https://news.example/c"),
    ]
    index = b"<sitemapindex><sitemap><loc>/s1.xml</loc><lastmod>2024-05-17</lastmod></sitemap></sitemapindex>"
    assert list(found_in(index, PAGE, "text/xml")) == [
        Found("https://news.example/s1.xml", datetime(2024, 5, 17, tzinfo=UTC), "sitemap")
    ]


def test_feed_entries_are_stories_with_dates():
    rss = b"""<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel>
    <title>x &nbsp; y</title><link>https://news.example/</link>
    <item><title>1</title><link>https://news.example/1</link><pubDate>Fri, 17 May 2024 09:30:00 EDT</pubDate></item>
    <item><link>https://count.example/2</link><feedburner:origLink>https://news.example/2</feedburner:origLink></item>
    <item><guid>https://news.example/3</guid></item><item><guid isPermaLink="false">https://news.example/4</guid></item>
    </channel></rss>"""
    assert list(found_in(rss, PAGE, "application/rss+xml")) == [
        Found("https://news.example/"),
        Found("https://news.example/1", datetime(2024, 5, 17, 13, 30, tzinfo=UTC), "story"),
        Found("https://news.example/2", None, "story"),
        Found("https://news.example/3", None, "story"),
    ]
    atom = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/self"/>
    <link rel="next" href="/feed?page=2"/><entry><link rel="alternate" href="/5"/>
    <link rel="replies" href="/5/replies"/>
    <updated>2024-05-17T09:30:00Z</updated></entry></feed>"""
    assert list(found_in(atom, PAGE, "application/atom+xml")) == [
        Found("https://news.example/feed?page=2"),
        Found("https://news.example/5", datetime(2024, 5, 17, 9, 30, tzinfo=UTC), "story"),
    ]


def test_a_sitemap_compressed_twice_is_read_and_a_bomb_is_limited():
    sitemap = b"<urlset><url><loc>https://news.example/a</loc></url></urlset>"
    assert links_of(gzip.compress(gzip.compress(sitemap)), PAGE, None) == ["https://news.example/a"]
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000 + b"<url><loc>https://news.example/a</loc></url></urlset>")
    assert links_of(bomb, PAGE, None) == []


def test_no_more_entries_are_read_than_a_sitemap_may_have():
    entries = b"".join(b"<url><loc>https://news.example/%d</loc></url>" % number for number in range(MAX_LINKS + 10))
    assert len(links_of(b"<urlset>" + entries + b"</urlset>", PAGE, "text/xml")) == MAX_LINKS


def test_a_print_page_links_to_its_story():
    page = b'<html><head><link rel="canonical" href="/story"><link rel="amphtml" href="/story/amp"></head></html>'
    assert links_of(page, PAGE, "text/html") == ["https://news.example/story"]


@given(st.text(max_size=40))
def test_any_text_is_a_moment_in_utc_or_none(text):
    found = w3c_date(text)
    assert found is None or (found.tzinfo is UTC and w3c_date(found.isoformat()) == found)


@given(st.binary(max_size=200))
def test_any_xml_is_parsed_without_an_exception(body):
    assert isinstance(links_of(b"<?xml version='1.0'?><urlset>" + body, PAGE, "text/xml"), list)


def test_addresses_are_read_in_the_character_set_of_their_page():
    page = '<a href="/año?q=año">1</a>'
    path = "https://news.example/a%C3%B1o?q="
    assert [found.url for found in found_in(page.encode(), PAGE, "text/html")] == [path + "a%C3%B1o"]
    latin = page.encode("latin-1")
    assert [found.url for found in found_in(latin, PAGE, "text/html", "iso-8859-1")] == [path + "a%F1o"]
    stated = b'<meta charset="windows-1252">' + latin
    assert [found.url for found in found_in(stated, PAGE, "text/html")] == [path + "a%F1o"]


def test_feeds_are_found_however_their_type_is_written():
    head = b"""<link rel="alternate" type="Application/RSS+XML; charset=utf-8" href="/a"><link rel="feed" href="/b">
    <link rel="alternate" type="text/xml" href="/c"><link rel="alternate" type="text/html" href="/print">"""
    assert [url.rpartition("/")[2] for url in links_of(head, PAGE, "text/html")] == ["a", "b", "c"]


def test_plain_text_is_a_sitemap_only_if_it_contains_nothing_but_urls():
    listed = b"\xef\xbb\xbfhttps://news.example/a\r\n\r\nhttps://news.example/b\r\n"
    assert links_of(listed, PAGE, "text/plain") == ["https://news.example/a", "https://news.example/b"]
    assert links_of(b"see https://news.example/a\nhttps://news.example/b", PAGE, "text/plain") == []


def test_documents_in_utf_16_are_read():
    sitemap = '<?xml version="1.0" encoding="UTF-16"?><urlset><url><loc>https://news.example/a</loc></url></urlset>'
    assert links_of(sitemap.encode("utf-16"), PAGE, "text/xml") == ["https://news.example/a"]
    assert links_of('<html><a href="/b">b</a></html>'.encode("utf-16"), PAGE, "text/html") == ["https://news.example/b"]


@given(st.lists(st.tuples(st.sampled_from(["a", "copy", "lt", "région"]), st.text("xyz0-9é", min_size=1)), min_size=1))
def test_unescaped_ampersands_are_part_of_the_url(pairs):
    query = "&".join(f"{name}={value}" for name, value in pairs)
    escaped = query.replace("&", "&amp;")
    for written in (query, escaped, f"<![CDATA[{query}]]>"):
        sitemap = f"<urlset><url><loc>https://news.example/q?{written}</loc></url></urlset>".encode()
        feed = f"<rss><channel><item><title>R & D</title><link>/q?{written}</link></item></channel></rss>".encode()
        expected = links_of(f'<html><a href="/q?{escaped}">x</a>'.encode(), PAGE, "text/html")
        assert links_of(sitemap, PAGE, "text/xml") == links_of(feed, PAGE, "text/xml") == expected


def test_entities_of_html_in_a_feed_are_the_characters_they_stand_for():
    feed = b"""<?xml version="1.0"?><rss><channel><item><title>Ma&ntilde;ana &hellip; &unknown;</title>
    <link>https://news.example/ma&ntilde;ana</link></item><!-- &nothing; -->
    <item><link>/b&#45;c</link></item></channel></rss>"""
    assert links_of(feed, PAGE, "text/xml") == ["https://news.example/ma%C3%B1ana", "https://news.example/b-c"]


def test_the_refresh_field_of_a_response_is_a_link():
    found = found_in(b"<html><p>Moved</p></html>", PAGE, "text/html", refresh="0; url=/en/home")
    assert [entry.url for entry in found] == ["https://news.example/en/home"]
    assert not list(found_in(b"<html><p>Live</p></html>", PAGE, "text/html", refresh="30"))


@pytest.mark.parametrize("page", [b" ", b"<!-- nothing -->", b"\x00", b"no markup at all"])
def test_a_page_without_elements_yields_no_url(page):
    assert links_of(page, "https://example.com/", "text/html") == []


def test_an_html_page_in_place_of_robots_txt_forbids_nothing_and_takes_no_time():
    wildcards = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 3000 + b"$\n"
    page = b"<html><body>Disallow: none</body></html>"
    for body in (page, "User-agent: *\nDisallow: /\n".encode("utf-16"), bytes(5000), b"\xff\xfe\x00", wildcards):
        rules = ProtegoRobotParser(body, None)
        began = time.process_time()
        assert rules.allowed("https://news.example/" + "a" * 2000 + "/b", "archiver")
        assert time.process_time() - began < 5


LOCATION = "<url><loc>http://blog.example/ferry</loc></url>"


@pytest.mark.parametrize(
    ("document", "mime"),
    [
        ('<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9">'
         "<sm:url><sm:loc>http://blog.example/ferry</sm:loc></sm:url></sm:urlset>", "text/html"),
        (f"<br />\n<b>Warning</b>: by zero<br />\n<?xml version='1.0'?><urlset>{LOCATION}</urlset>", "text/xml"),
        (f"Notice: undefined index\n<urlset>{LOCATION}</urlset>", "application/xml"),
    ],
)  # fmt: skip
def test_links_of_a_sitemap_with_a_prefix_or_after_a_warning_were_lost(document, mime):
    assert links_of(document.encode(), "http://blog.example/map.xml", mime) == ["http://blog.example/ferry"]


@pytest.mark.parametrize(
    ("feed", "links"),
    [
        ({"items": [{"url": "http://blog.example/a", "date_published": "2024-05-01"}], "next_url": "/f?p=2"},
         [("http://blog.example/a", "story"), ("http://blog.example/f?p=2", None)]),
        ({"items": [7, {"url": None}, {"url": "/b", "date_modified": 5}]}, [("http://blog.example/b", "story")]),
        ({"items": {}}, []),
        ([], []),
    ],
)  # fmt: skip
def test_a_json_feed_lists_stories(feed, links):
    found = found_in(json.dumps(feed).encode(), "http://blog.example/feed.json", "application/feed+json")
    assert [(entry.url, entry.hint) for entry in found] == links
    page = b'<link rel="alternate" type="application/feed+json" href="/feed.json">'
    assert links_of(page, "http://blog.example/", "text/html") == ["http://blog.example/feed.json"]


@pytest.mark.parametrize(("field", "target"), [("0 url=/n", "/n"), ("0 5", None), ("7", None), ("0 ; URL=/n", "/n")])
def test_a_refresh_without_a_semicolon_was_not_followed(field, target):
    found = [entry.url for entry in found_in(b"<p>x", "http://blog.example/", "text/html", refresh=field)]
    assert found == ([f"http://blog.example{target}"] if target else [])
