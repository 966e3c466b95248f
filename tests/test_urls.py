"""Canonical URLs and keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.urls import (
    absolute_url,
    canonical_url,
    folded_surt,
    has_article_shape,
    is_part_of_story,
    registered_domain,
    story_form,
    surt,
    trap_sign,
    variation,
)


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("HTTP://WWW.Example.com:80/a%7eb//c/?utm_source=x&b=2&a=1#top", "http://www.example.com/a~b//c/?b=2&a=1"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/Story/?fbclid=abc", "https://example.com/Story/"),
        ("https://example.com/s;jsessionid=12AB?PHPSESSID=9", "https://example.com/s"),
        ("https://example.com:8443/x/", "https://example.com:8443/x/"),
        ("https://ñandú.example/á b?q=ñ", "https://xn--and-6ma2c.example/%C3%A1%20b?q=%C3%B1"),
        ("https://example.com./x", "https://example.com/x"),
        ("https://example.com/x?b=&a&", "https://example.com/x?b=&a"),
        ("mailto:someone@example.com", "mailto:someone@example.com"),
        ("https://example.com/a/the-story/amp/", "https://example.com/a/the-story/"),
        ("https://example.com/a/the-story.amp.html?amp=1&outputType=amp", "https://example.com/a/the-story.html"),
        ("https://example.com/a/the-story/amp.amp/print", "https://example.com/a/the-story"),
        ("https://example.com/print/2024/05/17/the-story", "https://example.com/2024/05/17/the-story"),
        ("https://example.com/a/the-story?print=1&page=2", "https://example.com/a/the-story?page=2"),
        # Sections with such names.
        ("https://example.com/amp", "https://example.com/amp"),
        ("https://example.com/print/edition", "https://example.com/print/edition"),
        ("https://example.com/shop?print=landscape", "https://example.com/shop?print=landscape"),
    ],
)
def test_spellings_of_one_address_have_one_canonical_form(spelling, canonical):
    assert canonical_url(spelling) == canonical


@given(st.text(max_size=80))
def test_canonical_form_is_stable_for_any_text(text):
    once = canonical_url("https://example.com/" + text)
    assert canonical_url(once) == once
    canonical_url(text)  # no exception for any text


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "mailto:a@b.example",
        "tel:123",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://host with space/",
        "http://example.com:99999/",
        "http://[::1",
        "http://" + "a" * 300 + ".example/",
        "   ",
    ],
)
def test_links_that_cannot_be_fetched_are_refused(href):
    assert absolute_url("https://example.com/a/", href) is None


def test_links_resolve_as_browsers_do():
    assert absolute_url("https://example.com/a/b", " ../c\n?q=1#frag ") == "https://example.com/c?q=1"
    assert absolute_url("https://example.com/a", "//other.example/x") == "https://other.example/x"
    assert absolute_url("https://example.com/a", "http://user:secret@example.com/x") == "http://example.com/x"
    assert absolute_url("https://example.com/a", "/x?a=1&a=2") == "https://example.com/x?a=1&a=2"


def test_surt_is_one_for_schemes_and_hosts_in_any_case():
    assert surt("http://www.Example.co.uk/A/B/?x=1") == surt("https://www.example.co.uk:443/A/B/?x=1#top")
    assert surt("https://www.example.co.uk/a?x=1") == "uk,co,example,www)/a?x=1"
    assert surt("http://127.0.0.1:8080/a") == "127.0.0.1:8080)/a"


def test_urls_that_a_server_may_distinguish_are_not_merged():
    # Videos and short links have case-sensitive IDs: the second page was never fetched.
    addresses = ("/p/kRxT7bQ2Zw", "/p/KrxT7bQ2Zw", "/p/kRxT7bQ2Zw/", "//p/kRxT7bQ2Zw", "/p/kRxT7bQ2Zw?b=1&a=2",
                 "/p/kRxT7bQ2Zw?a=2&b=1")  # fmt: skip
    keys = [surt(f"https://e.example{address}") for address in addresses]
    assert len(set(keys)) == len(keys)
    assert len({folded_surt(f"https://e.example{address}") for address in addresses}) == 2
    assert variation(keys[0], keys[1]) == "case"
    assert variation(keys[0], keys[2]) == "slash" == variation(keys[0], keys[3])
    assert variation(keys[4], keys[5]) == "order"
    assert variation(keys[1], keys[2]) is None


def test_story_ids_are_hashes_of_the_folded_form():
    # Values of archiver 0.1.0, which must never change.
    for url, key in {
        "https://www.Example.com/A//Story-One/?b=2&a=1&utm_source=x": "com,example,www)/a/story-one?a=1&b=2",
        "http://example.com:8080/n%C3%BA|x;": "com,example:8080)/n%c3%ba%7cx",
        "https://example.com/?q=a+b&q=%41|": "com,example)/?q=a%7c&q=a+b",
        "https://127.0.0.1/Story/amp/": "127.0.0.1)/story",
    }.items():
        assert folded_surt(url) == key


@pytest.mark.parametrize(
    ("spelling", "parsed"),
    [
        ("https://e.example/a/./b/%2e%2E/c/..", "https://e.example/a/"),
        ("https://e.example/../../up", "https://e.example/up"),
        (r"https:\\e.example\a", "https://e.example/a"),
        ("http:e.example", "http://e.example/"),
        ("ht\ttps://e.exa\nmple/a\tb", "https://e.example/ab"),
        ("https://e.example:0443/", "https://e.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[0:0:0:0:0:0:0:1]:80/", "http://[::1]/"),
        ("https://fa\u00df.example/", "https://xn--fa-hia.example/"),
        ("https://\uff45.example/\uff41", "https://e.example/%EF%BD%81"),
        ("https://e%78.example/", "https://ex.example/"),
        ('https://e.example/a b"<>`{}?c d"<>\'', "https://e.example/a%20b%22%3C%3E%60%7B%7D?c%20d%22%3C%3E%27"),
        ("https://e.example/half\ud800", "https://e.example/half%EF%BF%BD"),
        ("http://1.2.3./", "http://1.2.0.3/"),
        ("https://e.example:65536/", None),
        ("https://e.exa mple/", None),
        ("https://e.example:80x/", None),
        ("https://[::1", None),
        ("https://1.2.3.256/", None),
        ("https://", None),
        ("blob:https://e.example/1", None),
    ],
)
def test_urls_are_parsed_as_in_browsers(spelling, parsed):
    assert absolute_url("https://base.example/", spelling) == parsed


@given(st.text(max_size=60))
def test_any_text_has_a_key_and_no_form_changes_twice(text):
    for url in (text, "http://" + text, "https://e.example/" + text):
        assert canonical_url(canonical_url(url)) == canonical_url(url)
        assert surt(canonical_url(url)) == surt(url)
        assert folded_surt(canonical_url(url)) == folded_surt(url)
        found = absolute_url(url, url)
        assert found is None or absolute_url(found, found) == found


def test_registered_domain():
    assert registered_domain("news.bbc.co.uk") == "bbc.co.uk"
    assert registered_domain("ww3w.elpuente.localhost") == "elpuente.localhost"
    assert registered_domain("127.0.0.1") == "127.0.0.1"


def test_signs_of_traps_in_urls():
    assert trap_sign("https://example.com/a/b/a/b/a/b") == "trap_repeating"
    assert trap_sign("https://example.com/" + "/".join(map(str, range(20)))) == "trap_deep"
    assert trap_sign("https://example.com/?" + "&".join(f"p{n}=1" for n in range(9))) == "trap_parameters"
    assert trap_sign("https://example.com/?a=1&a=2&a=3") == "trap_parameters"
    assert trap_sign("https://example.com/en/politics/city-hall/mayor-signs-budget?page=2") is None


def test_urls_in_the_form_of_stories():
    assert has_article_shape("https://example.com/politics/mayor-signs-new-budget")
    assert has_article_shape("https://example.com/2024/05/17/budget")
    assert has_article_shape("https://example.com/news/article12345678.html")
    assert not has_article_shape("https://example.com/politics?page=2")
    assert not has_article_shape("https://example.com/img/a-photo-of-the-mayor.jpg")


def test_the_fetched_url_keeps_the_site_s_spelling_without_irrelevant_parts():
    assert story_form("https://e.example/A//b/?z=1&utm_source=x&a=%20&y") == "https://e.example/A//b/?z=1&a=%20&y"
    assert story_form("https://e.example/s;jsessionid=12?sid=4f35d2c9") == "https://e.example/s"
    assert story_form("https://e.example/story-of-the-day/amp/?x=1") == "https://e.example/story-of-the-day/?x=1"
    assert story_form("https://e.example/") == "https://e.example/"


@given(st.text(alphabet="/amprint.-_0129hl?&=", max_size=40))
def test_the_address_that_is_fetched_has_the_identity_of_the_link(text):
    url = absolute_url("https://example.com/", "https://example.com/" + text)
    assert url is not None
    assert surt(story_form(url)) == surt(url)
    assert canonical_url(canonical_url(url)) == canonical_url(url)


def test_the_number_of_a_story_is_not_a_session():
    for url in ("https://e.example/modules.php?name=News&sid=123", "https://e.example/article.pl?sid=05/01/02/123"):
        assert story_form(url) == url
    assert story_form("https://e.example/a?sid=4f35d2c9") == "https://e.example/a"


def test_a_day_and_its_next_page_are_not_stories():
    for path in ("/2024/05/01", "/2024/05/01/", "/2024/05/page/2/", "/2024/05/01/page/2", "/2024/05/feed/"):
        assert not has_article_shape(f"https://e.example{path}"), path
    for path in ("/2024/05/bridge", "/2024/05/01/bridge/", "/2024/5/1/12345", "/2024/05/123"):
        assert has_article_shape(f"https://e.example{path}"), path


def test_session_folders_and_reply_forms_made_additional_stories():
    assert surt("https://e.example/(S(lit3py55t21z5v55vlm25s55))/a.aspx") == surt("https://e.example/a.aspx")
    assert surt("https://e.example/a/?replytocom=12#respond") == surt("https://e.example/a/")
    assert surt("https://e.example/a.php?id=1&imprimir=1") == surt("https://e.example/a.php?id=1")


def test_a_dot_segment_after_a_session_id_is_removed():
    for spelling in ("http://x.example/a/.;jsessionid=1/b", "http://x.example/a/c/..;jsessionid=1/b"):
        assert canonical_url(spelling) == "http://x.example/a/b"


def test_a_backslash_in_a_path_is_a_slash():
    assert absolute_url("https://e.example/", "news\\one.asp?a=\\b") == "https://e.example/news/one.asp?a=\\b"


@given(
    st.from_regex(r"/[a-z0-9/._~,=+@!$&'*-]{0,24}", fullmatch=True), st.sampled_from(["www.example.com", "a-b.example"])
)
def test_the_fast_path_for_plain_urls_equals_the_general_rules(path, host):
    plain, spelt_out = f"https://{host}{path}", f"https://{host}:443{path}"  # a port takes the long way
    assert surt(plain) == surt(spelt_out)
    assert canonical_url(plain) == canonical_url(spelt_out)
    assert absolute_url("https://other.example/", plain) == absolute_url("https://other.example/", spelt_out)
    assert story_form(plain).removeprefix(f"https://{host}") == story_form(spelt_out).removeprefix(
        f"https://{host}:443"
    )


@pytest.mark.parametrize("host", ["1.2.3", "0x7f.1", "xn--a.example", "a..example", "a" * 64 + ".example", "[::1]"])
def test_hosts_that_need_a_parser_take_the_general_path(host):
    assert absolute_url("", f"https://{host}/x") == absolute_url("", f"https://{host}:443/x")


@pytest.mark.parametrize(
    ("path", "is_part"),
    [
        ("/2024/03/01/the-ferry/picture/", True),
        ("/2024/03/01/the-ferry/img_0042", True),
        ("/2024/03/01/the-ferry/2/", False),
        ("/2024/03/01/the-ferry/how-it-came-back-again", False),
        ("/2024/03/01/the-ferry/1234567", False),
        ("/2024/03/01/the-ferry", False),
        ("/2024/03/01/the-ferry-returns", False),
    ],
)
def test_pages_of_pictures_below_a_dated_story_were_stories(path, is_part):
    host = "https://www.example.com"
    assert is_part_of_story(host + path, f"{host}/2024/03/01/the-ferry/") == is_part
    assert not is_part_of_story(host + path, "https://other.example/2024/03/01/the-ferry/")
    assert not is_part_of_story(host + path, host + "/2024/03/")
