"""Where a fetched document leads."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from archiver.discovery import links_of

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


def test_an_entity_bomb_leads_nowhere():
    bomb = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
    <!ENTITY c SYSTEM "file:///etc/passwd">]><urlset><url><loc>https://news.example/&b;&c;</loc></url></urlset>"""
    assert all("root:" not in url and "aaaa" not in url for url in links_of(bomb, PAGE, "text/xml"))


def test_a_truncated_sitemap_gives_what_is_there():
    cut = b"<urlset><url><loc>https://news.example/a</loc></url><url><loc>https://news.ex"
    assert links_of(cut, PAGE, "text/xml")[:1] == ["https://news.example/a"]


def test_pictures_lead_nowhere():
    assert links_of(b"\x89PNG\r\n\x1a\n<a href='/x'>", PAGE, "image/png") == []


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(body):
    assert isinstance(links_of(body, PAGE, "text/html"), list)
