"""Fuzzers: random and damaged input for each parser, which must neither fail nor return invalid results."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mutation import mutated

from archiver.cdx_key import cdx_key
from archiver.crawl.signs.embedded import requisites_of
from archiver.crawl.signs.sketch import PageSketch
from archiver.discovery import found_in
from archiver.errors import DamageError, UsageError
from archiver.extract import extract
from archiver.http1 import ResponseFramer, decode_content, parse_head
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.hits import count, search
from archiver.index.search.selection import SearchQuery
from archiver.model import Article, Batch, Skip
from archiver.printable import plain
from archiver.urls import absolute_url, canonical_url, has_article_shape, host_of, surt
from archiver.warc import Damage, capture_of, crawl_record_of, passed_over, read_records
from extract_samples import CONTAINERS, HEADS, TITLES
from index_samples import article, seen
from warc_samples import arc, in_one, members, page, story, warcinfo, zst

_NUMBERS = (b"0", b"-1", b"9" * 400, b"99999999999", b"0x10", "٣".encode(), b"\x00", b"\xff\xfe", b"\xed\xa0\x80")

# ---------------------------------------------------------------- WARC

_WARC_TOKENS = (
    b"WARC/1.0\r\n", b"WARC/1.1\r\n", b"\r\n\r\n", b"Content-Length: ", b"WARC-Type: response\r\n", b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18", b"filedesc://", b"WARC-Target-URI: http://[\r\n", *_NUMBERS,
)  # fmt: skip


@cache
def _warcs() -> list[bytes]:
    stories = [story(number) for number in range(4)]
    return [
        members(warcinfo(), *stories), in_one(*stories), b"".join(stories), zst(stories), arc(1, 2, gz=False),
        arc(1, 2),
    ]  # fmt: skip


def warc(chance: random.Random, folder: Path) -> None:
    """Reading ends at the end of the file, and each stretch is a record or damage with a cause."""
    path = folder / "a.warc.gz"
    path.write_bytes(mutated(chance, chance.choice(_warcs()), _WARC_TOKENS, _warcs()))
    stream = read_records(path)
    for found in stream:
        if isinstance(found, Damage):
            assert found.cause and found.length >= 0
            continue
        with contextlib.suppress(DamageError):
            capture_of(found), crawl_record_of(found), passed_over(found)
    assert stream.complete_up_to == path.stat().st_size


# ---------------------------------------------------------------- HTTP

_HTTP = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.0 304 Not Modified\nEtag: x\n folded\n\n",
)
_HTTP_TOKENS = (
    b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"\r\n", b"\n", b"FFFFFFFFFFFFFFFFF\r\n", b"-5\r\n", b": ", b"\r", *_NUMBERS,
)  # fmt: skip


def http(chance: random.Random, _: Path) -> None:
    """A message ends at the same byte however it is split, and each coding yields its text or a note."""
    data = mutated(chance, chance.choice(_HTTP), _HTTP_TOKENS, _HTTP)
    whole, pieces = ResponseFramer(), ResponseFramer()
    whole.feed(data)
    position = 0
    while position < len(data):
        step = chance.randint(1, 40)
        pieces.feed(data[position : position + step])
        position += step
    assert (whole.done, whole.problem, whole.size) == (pieces.done, pieces.problem, pieces.size)
    parse_head(data)
    codings = [chance.choice(("gzip", "deflate", "br", "zstd", "identity", "x")) for _ in range(chance.randint(0, 6))]
    assert len(decode_content(data, codings, 10_000).data) <= 10_000


# ---------------------------------------------------------------- URL

_URLS = (
    b"https://user:pass@news.example:8443/2024/05/17/a-story?utm_source=x&id=5#top",
    b"http://[2001:db8::1]:80/a/../b/./c//d;jsessionid=0",
    "http://münchen.example/größe/%E4%BD%A0?q=ü".encode(),
    b"//cdn.example/a b",
)
_URL_TOKENS = (
    b"http://", b"[", b"]", b"@", b":", b"/", b"..", b"%", b"%00", b"%25", b"?", b"&", b"#", b"\\", b"\r\n", b"xn--",
    b".", "ｘ。".encode(), "\u202e".encode(), *_NUMBERS,
)  # fmt: skip


def url(chance: random.Random, _: Path) -> None:
    """No URL raises; the canonical form is stable, and has no user name, control character or blank."""
    text = mutated(chance, chance.choice(_URLS), _URL_TOKENS, _URLS).decode("utf-8", "surrogateescape")
    canonical = canonical_url(text)
    assert canonical_url(canonical) == canonical
    for function in (surt, cdx_key, host_of, has_article_shape):
        function(text)
    target = absolute_url("http://news.example/a/", text)
    if target is not None:
        assert target.startswith(("http://", "https://")) and not re.search(r"[\x00-\x20\x7f]", target)
        assert "@" not in target.split("/")[2]


# ---------------------------------------------------------------- sitemaps, feeds, pages

_DOCUMENTS = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://n.example/a</loc>'
    b"<lastmod>2024-05-17</lastmod></url></urlset>",
    b"<?xml version='1.0'?><sitemapindex><sitemap><loc>https://n.example/s.xml.gz</loc></sitemap></sitemapindex>",
    b'<rss version="2.0"><channel><item><title>A &amp; b</title><link>/a?b=1&amp;c=2</link><pubDate>Fri, 17 May 2024'
    b" 09:30:00 EDT</pubDate></item></channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/"><entry><link href="y"/><updated>2024-05-17T10:00:00Z'
    b"</updated></entry></feed>",
    b'<html><head><base href="/a/"></head><body><a href="b">c</a><img srcset="a 1x, b 2x"></body></html>',
)
_DOCUMENT_TOKENS = (
    b"<", b">", b"&", b"&#0;", b"&#xFFFE;", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;",
    b"<loc>", b"file:///etc/passwd", b"javascript:alert(1)", b"http://[", b"<a href=", b"<div>", b'"', b"\x1f\x8b\x08",
    *_NUMBERS,
)  # fmt: skip
_TYPES = (None, "text/html", "application/xml", "text/plain", "application/rss+xml", "text/css")


def sitemap(chance: random.Random, _: Path) -> None:
    """Any document yields only http and https URLs."""
    body = mutated(chance, chance.choice(_DOCUMENTS), _DOCUMENT_TOKENS, _DOCUMENTS)
    mime = chance.choice(_TYPES)
    for found in found_in(body, "https://n.example/x/", mime, chance.choice((None, "utf-8", "utf-16", "none"))):
        assert found.url.startswith(("http://", "https://"))
    for target in requisites_of(body, "https://n.example/x/", mime):
        assert target.startswith(("http://", "https://"))
    sketch = PageSketch("https://n.example/x/", body)
    _ = sketch.words, sketch.sentences, sketch.canonical, sketch.wall, sketch.declares_story, sketch.lists_stories


# ---------------------------------------------------------------- queries

_QUERIES = (
    b'"ferry toll" OR mayor NOT harbour*',
    b"title:ferry NEAR(toll fare, 5) lang:en date:2024..2025",
    b"(a AND b)",
)
_QUERY_TOKENS = (
    b'"', b"(", b")", b"*", b" AND ", b" OR ", b" NOT ", b"NEAR(", b"^", b"-", b":", b"title:", b"lang:", b"date:",
    b"..", b",",
    b"'", b";--", b"{", b"\\", b"site:", "東京".encode(), "\u202e".encode(), *_NUMBERS,
)  # fmt: skip
_INDEX: dict[Path, Path] = {}


def query(chance: random.Random, folder: Path) -> None:
    """A query returns results, or is refused in one line with the place; the count equals the number of hits."""
    index = _INDEX.setdefault(folder, folder / "index.db")
    if not index.exists():
        with open_writer(index) as db:
            texts = [f"The ferry number {number} and its toll.\n\nThe mayor said no." for number in range(1, 9)]
            urls = [f"https://www.aldia.test/2026/{number}" for number in range(1, 9)]
            entries = [
                seen(number, number, url=url, outcome=article(url, text=text), file="q.warc.gz")
                for number, (url, text) in enumerate(zip(urls, texts, strict=True), 1)
            ]
            apply(db, Batch("q.warc.gz", 10_000, tuple(entries)))
    text = mutated(chance, chance.choice(_QUERIES), _QUERY_TOKENS, _QUERIES).decode("utf-8", "replace")
    with open_writer(index) as db:
        asked = SearchQuery(text, limit=None, stem=chance.random() < 0.2)
        try:
            hits = list(search(db, asked))
            assert len(hits) == count(db, asked)
        except UsageError as error:
            assert error.message and "\n" not in error.message


# ---------------------------------------------------------------- extraction

_MOMENT = datetime(2024, 6, 1, tzinfo=UTC)


@cache
def _pages() -> list[bytes]:
    pages = [page(number).partition(b"\r\n\r\n")[2] for number in range(3)]
    parts = "".join(map(str, (*HEADS.values(), *TITLES.values(), *CONTAINERS)))
    return [*pages, parts.encode() + pages[0], *_DOCUMENTS]


def extraction(chance: random.Random, _: Path) -> None:
    """A page yields a story or a reason; displayed text has no control characters."""
    body = mutated(chance, chance.choice(_pages()), _DOCUMENT_TOKENS, _pages())
    found = extract(body, "https://n.example/2024/05/17/a-story", _MOMENT, charset=chance.choice((None, "utf-8", "x")))
    assert isinstance(found, Article | Skip)
    if isinstance(found, Article):
        shown = plain(found.title or "") + plain(found.text)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        found.text.encode("utf-8")


FUZZERS: dict[str, Callable[[random.Random, Path], None]] = {
    "warc": warc, "http": http, "url": url, "sitemap": sitemap, "query": query, "extract": extraction,
}  # fmt: skip
