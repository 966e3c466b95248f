"""Keys of CDX indexes as in pywb and cdxj-indexer, and what live replay finds with them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.cdx_key import cdx_key
from archiver.index.store.surts import odd_key, plain_surts
from archiver.urls import surt

# Made by running pywb 2.10.0 (pywb.utils.canonicalize) and cdxj-indexer 1.5.0: both call surt 0.3.1.
KEYS = {
    "http://news.example/2024/05/educaci\u00f3n": "example,news)/2024/05/educaci%c3%b3n",
    "http://news.example/2024/05/educaci%C3%B3n": "example,news)/2024/05/educaci%c3%b3n",
    "http://news.example/a b/c": "example,news)/a%20b/c",
    "http://news.example/a%20b/c": "example,news)/a%20b/c",
    "http://WWW.News.Example/Path/File.HTML": "example,news)/path/file.html",
    "http://www2.news.example/": "example,news)/",
    "http://www.news.example:80/x": "example,news)/x",
    "https://news.example:443/x": "example,news)/x",
    "http://news.example:8080/x/": "example,news:8080)/x",
    "http://news.example": "example,news)/",
    "http://news.example/": "example,news)/",
    "http://news.example//a///b": "example,news)/a/b",
    "http://news.example/a/../b": "example,news)/b",
    "http://news.example/a/./b/": "example,news)/a/b",
    "http://news.example/../x": "example,news)/../x",
    "http://news.example/a/b/..": "example,news)/a",
    "http://news.example/?b=2&a=1": "example,news)/?a=1&b=2",
    "http://news.example/?b&a&a=": "example,news)/?a&a=&b",
    "http://news.example/x?": "example,news)/x",
    "http://news.example/x?a=1&PHPSESSID=0123456789abcdef0123456789abcdef": "example,news)/x?&a=1",
    "http://news.example/x?jsessionid=0123456789ABCDEF0123456789ABCDEF&z=1": "example,news)/x?z=1",
    "http://news.example/x?z=1&sid=0123456789abcdef0123456789abcdef&b=2": "example,news)/x?b=2&z=1",
    "http://news.example/x?CFID=1234&CFTOKEN=abcd&q=1": "example,news)/x?q=1",
    "http://news.example/x?ASPSESSIONIDABCDEFGH=ABCDEFGHIJKLMNOPQRSTUVWX&y=2": "example,news)/x?y=2",
    "http://news.example/(S(0123456789abcdefghijklmn))/page.aspx?x=1": "example,news)/page.aspx?x=1",
    "http://news.example/(0123456789abcdefghijklmn)/page.aspx": "example,news)/page.aspx",
    "http://news.example/a/(S(0123456789abcdefghijklmn)F(0123456789abcdefghijklmn))/page.aspx": (
        "example,news)/a/page.aspx"
    ),
    "http://news.example/x;jsessionid=0123456789abcdef0123456789abcdef": (
        "example,news)/x;jsessionid=0123456789abcdef0123456789abcdef"
    ),
    "http://user:secret@news.example/x": "example,news)/x",
    "http://b\u00fccher.example/\u00f1and\u00fa?q=\u00e4": "example,xn--bcher-kva)/%c3%b1and%c3%ba?q=%c3%a4",
    "http://xn--bcher-kva.example/": "example,xn--bcher-kva)/",
    "http://news.example/x#fragment": "example,news)/x",
    "http://news.example/x?y#frag": "example,news)/x?y",
    "http://127.0.0.1:8000/x": "1,0,0,127:8000)/x",
    "http://2130706433/x": "1,0,0,127)/x",
    "http://0x7f.1/x": "1,0x7f)/x",
    "http://127.1/x": "1,0,0,127)/x",
    "http://0177.0.0.1/x": "1,0,0,127)/x",
    "http://[2001:db8::1]:8080/x": "2001:db8::1:8080)/x",
    "http://[::1]/x": "::1)/x",
    "http://news.example./x": "example,news)/x",
    "http://news..example/x": "example,news)/x",
    "http://news.example/%2e%2e/x": "example,news)/../x",
    "http://news.example/%252e/x": "example,news)/x",
    "http://news.example/100%": "example,news)/100%25",
    "http://news.example/a%zz": "example,news)/a%25zz",
    "http://news.example/x?q=a+b": "example,news)/x?q=a+b",
    "http://news.example/x?q=a%20b": "example,news)/x?q=a%20b",
    "http://news.example/x?q=a%26b": "example,news)/x?b&q=a",
    "http://news.example/x?q=%C3%B1": "example,news)/x?q=%c3%b1",
    "http://news.example/x?q=\u00f1": "example,news)/x?q=%c3%b1",
    "http://news.example/x?utm_source=feed": "example,news)/x?utm_source=feed",
    "http://news.example/x/?utm_source=feed": "example,news)/x?utm_source=feed",
    "http://news.example/x?a=1&a=1": "example,news)/x?a=1&a=1",
    "http://news.example/x?&&a": "example,news)/x?&&a",
    "http://news.example/x?=1": "example,news)/x?=1",
    "http://news.example/\"quoted\"": "example,news)/\"quoted\"",
    "http://news.example/<tag>": "example,news)/<tag>",
    "http://news.example/a|b": "example,news)/a|b",
    "http://news.example/a\\b": "example,news)/a\\b",
    "http://news.example/a[1]": "example,news)/a[1]",
    "http://news.example/~home": "example,news)/~home",
    "http://news.example/%7Ehome": "example,news)/~home",
    "http://news.example/a,b;c=d": "example,news)/a,b;c=d",
    "http://news.example/a@b:c": "example,news)/a@b:c",
    "http://news.example/a'b": "example,news)/a'b",
    "http://news.example/a*b!c": "example,news)/a*b!c",
    "http://news.example/\u65e5\u672c/\u8a9e": "example,news)/%e6%97%a5%e6%9c%ac/%e8%aa%9e",
    "http://\u65e5\u672c.example/": "example,xn--wgv71a)/",
    "http://news.example/%E6%97%A5": "example,news)/%e6%97%a5",
    "http://news.example/%FF": "example,news)/%ff",
    "http://news.example/a%00b": "example,news)/a%00b",
    "http://news.example/a%0Ab": "example,news)/a%0ab",
    "http://news.example/a?b?c": "example,news)/a?b?c",
    "http://news.example/a?b/c/../d": "example,news)/a?b/c/../d",
    "http://news.example?x=1": "example,news)/?x=1",
    "http://news.example:/x": "example,news)/x",
    "http://http://news.example/x": "example,news)/x",
    "http://https://news.example/x": "example,news)/x",
    "http:////news.example/x": "example,news)/x",
    "HTTP://news.example/x": "example,news)/x",
    "Https://News.example:443/X": "example,news)/x",
    "ftp://files.example/a/b": "example,files)/a/b",
    "ftp://files.example:21/a": "example,files:21)/a",
    "dns:news.example": "dns:news.example",
    "urn:archiver:crawl:1": "urn:archiver:crawl:1",
    "news.example/x": "example,news)/x",
    " http://news.example/x ": "example,news)/x",
    "http://news.example/a\tb": "example,news)/ab",
    "http://news.example/x.html?print=1": "example,news)/x.html?print=1",
    "http://news.example/amp/story": "example,news)/amp/story",
    "http://www.www.example/": "example,www)/",
    "http://www.example/": "example)/",
    "http://wwwx.example/": "example,wwwx)/",
    "http://www1.www2.example/x": "example,www2)/x",
    "http://a.b.c.d.example.co.uk/p/q.php?z=1&y=2&x=3": "uk,co,example,d,c,b,a)/p/q.php?x=3&y=2&z=1",
    "http://news.example/index.php?id=1&Itemid=2&lang=ES": "example,news)/index.php?id=1&itemid=2&lang=es",
    "http://news.example/Story-With-CAPS?Query=CAPS": "example,news)/story-with-caps?query=caps",
    "http://news.example/a+b": "example,news)/a+b",
    "http://news.example/%2B": "example,news)/+",
    "http://news.example/x?redirect=http://other.example/y": "example,news)/x?redirect=http://other.example/y",
    "http://news.example/x?redirect=http%3A%2F%2Fother.example%2Fy": "example,news)/x?redirect=http://other.example/y",
    "http://news.example/a%2Fb": "example,news)/a/b",
    "http://news.example/&amp;": "example,news)/&amp;",
    "http://news.example/x?a=1;b=2": "example,news)/x?a=1;b=2",
    "http://news.example/x?a[]=2&a[]=1": "example,news)/x?a[]=1&a[]=2",
    "mailto:desk@news.example": "mailto:desk@news.example",
    "javascript:void(0)": "javascript:void(0)",
    "about:blank": "about:blank",
}  # fmt: skip


def test_keys_are_those_of_pywb_and_cdxj_indexer():
    assert len(KEYS) >= 100
    assert {url: cdx_key(url) for url in KEYS} == KEYS


@pytest.mark.skipif("ARCHIVER_PYWB_PYTHON" not in os.environ, reason="needs a Python with pywb and cdxj-indexer")
def test_the_table_equals_the_output_of_the_installed_programs():
    code = (
        "import json, sys\nfrom pywb.utils.canonicalize import canonicalize\n"
        "print(json.dumps({url: canonicalize(url) for url in json.load(sys.stdin)}))"
    )
    done = subprocess.run(
        [Path(os.environ["ARCHIVER_PYWB_PYTHON"]), "-c", code], input=json.dumps(list(KEYS)), capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout) == KEYS


_URLS = st.one_of(
    st.sampled_from(sorted(KEYS)),
    st.from_regex(
        r"https?://(?:www[0-9]?\.)?[a-z]{1,5}\.(?:com|example)(?::80|:8080)?/[A-Za-z0-9/._~%()?&=+-]{0,30}",
        fullmatch=True,
    ),
    st.from_regex(
        r"https?://(?:www\.)?a\.com/[a-z]{0,2}/?\?[a-zA-Z]{1,3}=[a-z0-9]{0,3}(?:&[a-z_]{1,8}=[a-z0-9]{0,3}){0,3}",
        fullmatch=True,
    ),
    st.tuples(
        st.just("http://a.com/x?"),
        st.lists(
            st.sampled_from(
                ["sid=", "cfid=1", "cftoken=2", "utm_source=a", "b=1", "a=2", "phpsessid=x", "print=1", "amp=1"]
            )
        ),
    ).map(lambda parts: parts[0] + "&".join(parts[1])),
)


@given(_URLS, _URLS)
def test_a_capture_is_found_by_each_address_that_has_its_key(one, other):
    # A row is found by its SURT if that follows from the key, and else by the key stored with it.
    for url in (one, other):
        assert odd_key(url) is not None or surt(url) in plain_surts(url)
    if cdx_key(one) == cdx_key(other):
        assert plain_surts(one) == plain_surts(other)


@given(st.text(max_size=60))
def test_no_text_raises_and_a_key_is_one_line(text):
    key = cdx_key(text)
    assert "\n" not in key and key.encode("utf-8")
    odd_key(text)
