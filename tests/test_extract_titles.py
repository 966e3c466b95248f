"""Titles: without kickers, logos and the site's name; declared values without markup; broken JSON-LD that is still
usable."""

# ruff: noqa: E501 - markup reads better unbroken
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import extract
from archiver.extract.decode import plain
from archiver.extract.jsonld import article_node, page_nodes
from archiver.extract.titles import key_of, without_site
from archiver.model import Article

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.lantern.example/news/second-ferry-line-debated"
TITLE = "A second ferry line is debated"
TEXT = "".join(
    f"<p>The harbor council will decide next Tuesday on line {n} whether the city can afford a ferry after {n} years.</p>"
    for n in range(2, 7)
)


def story(h1="", head="", title=f"{TITLE} | The Lantern"):
    page = f"<html lang=en><head><title>{title}</title>{head}</head><body><main>{h1}{TEXT}</main></body></html>"
    found = extract(page.encode(), URL, NOW, expect_story=True)
    assert isinstance(found, Article)
    return found


HEADINGS = {
    "plain": f"<h1>{TITLE}</h1>",
    "a kicker": f"<h1><span class=kicker>Harbor</span> {TITLE}</h1>",
    "a kicker without a space": f"<h1><span class=article__kicker>Harbor</span>{TITLE}</h1>",
    "a kicker without a class": f"<h1><span>Harbor</span> {TITLE}</h1>",
    "a label": f"<h1><b class=label>LIVE</b> {TITLE}</h1>",
    "a section with a link": f"<h1><a class=section href=/harbor>Harbor</a> <span>{TITLE}</span></h1>",
    "a text for screen readers": f"<h1><span class=sr-only>Article: </span>{TITLE}</h1>",
    "a date behind": f"<h1>{TITLE} <small class=date>May 3, 2024</small></h1>",
    "a sub-title": f"<h1>{TITLE}<span class=subtitle>What it would cost the city</span></h1>",
    "a line break": "<h1>A second ferry line<br>is debated</h1>",
    "the logo in an h1": f"<header><h1 class=logo><a href=/>Lantern of the Northern Shore</a></h1></header><h1>{TITLE}</h1>",
    "the logo alone in an h1": "<header><h1 class=site-title><a href=/>Lantern of the Northern Shore</a></h1></header>",
    "markup as text": "<h1>A &lt;i&gt;second&lt;/i&gt; ferry line is debated</h1>",
    "no heading": "",
}


@pytest.mark.parametrize("form", HEADINGS)
def test_the_title_is_the_story_s_alone(form):
    found = story(HEADINGS[form], f'<meta property="og:title" content="{TITLE}">')
    assert found.title == TITLE
    assert TITLE not in found.text


@pytest.mark.parametrize(
    "h1",
    [f"Harbor<br>{TITLE}", f"{TITLE}<br>What it would cost the city", f"{TITLE} +", f"{TITLE} | Lantern Times"],
)
def test_what_is_above_or_below_a_line_break_or_behind_the_headline_is_no_part_of_the_title(h1):
    assert story(f"<h1>{h1}</h1>", f'<meta property="og:title" content="{TITLE}">').title == TITLE


def test_a_line_break_inside_the_headline_takes_no_part_of_it_away():
    head = '<meta property="og:title" content="Ferry line debated: a second one for the harbor?">'
    found = story(
        "<h1>A second ferry line<br>for the harbor</h1>", head, "A second ferry line for the harbor is debated"
    )
    assert found.title == "A second ferry line for the harbor"


def test_a_kicker_that_only_its_style_separates_has_the_colon_of_the_declared_title():
    head = f'<meta property="og:title" content="Harbor: {TITLE}">'
    found = story(
        f"<h1><span class=kicker>Harbor</span> <span>{TITLE}</span></h1>", head, f"Harbor: {TITLE} | The Lantern"
    )
    assert found.title == f"Harbor: {TITLE}"


def test_an_invitation_in_the_only_h1_is_no_title_where_two_sources_agree_on_another():
    head = f'<meta property="og:title" content="{TITLE}">'
    assert story("<h1>Become a member and read everything</h1>", head, f"{TITLE} | Lantern Times").title == TITLE


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (f'<meta property="og:title" content="{TITLE[:22]}...">', TITLE),
        (f'<meta property="og:title" content="{TITLE} | News by the Sea">', f"{TITLE} | News by the Sea"),
        (f'<meta property="og:title" content="{TITLE}: Lantern Times">', "Lantern Times"),
        ('<meta property="og:title" content="Ferry | Lantern Times">', "Ferry | Lantern Times"),
    ],
)
def test_a_declared_title_without_a_heading_is_whole_and_without_the_site(head, title):
    assert story("", head, title).title in (TITLE, "Ferry")


def test_the_name_of_a_japanese_paper_s_edition_is_no_part_of_the_title():
    assert without_site("港の新しい船の路線を議論：灯台新聞デジタル", ()) == "港の新しい船の路線を議論"


def test_a_blog_s_name_in_the_only_h1_is_not_a_title():
    head = f'<meta property="og:title" content="{TITLE}">'
    assert story("<h1>Harbormaster Weekly</h1>", head, f"Harbormaster Weekly: {TITLE}").title == TITLE


def test_a_kicker_does_not_hide_the_byline_and_the_date():
    page = f"<h1><span class=kicker>Harbor</span> {TITLE}</h1><p>By Ana Díaz</p><p>May 3, 2024</p>"
    found = story(page)
    assert (found.title, found.authors, found.date_published) == (TITLE, ("Ana Díaz",), "2024-05-03")


@pytest.mark.parametrize(
    ("title", "names", "plain_title"),
    [
        ("港口委员会决定拓宽北码头_国内_光明灯塔网", (), "港口委员会决定拓宽北码头"),
        ("港口委员会决定拓宽北码头-灯塔网", (), "港口委员会决定拓宽北码头"),
        ("港湾委員会、北岸壁を広げる：灯台経済新聞", (), "港湾委員会、北岸壁を広げる"),
        ("港湾委員会が決定｜灯台ニュース", (), "港湾委員会が決定"),
        ("항만 위원회 북쪽 부두 넓힌다 | 등대일보", (), "항만 위원회 북쪽 부두 넓힌다"),
        ("东方快车：消失的乘客", (), "东方快车：消失的乘客"),
        ("A second ferry line - Lantern News", ("lantern",), "A second ferry line"),
        ("Una segunda línea | EL FAROL México", ("elfarol",), "Una segunda línea"),
        ("Una segunda línea - El País", ("elpais",), "Una segunda línea"),
        ("Lantern light - a history", ("lantern",), "Lantern light - a history"),
    ],
)
def test_the_name_of_the_site_is_cut_off(title, names, plain_title):
    assert without_site(title, names, title) == plain_title


def test_markup_and_entities_are_removed_from_every_declared_value():
    node = {
        "@type": "NewsArticle",
        "headline": "A &lt;em&gt;second&lt;/em&gt; ferry line &amp;amp; its cost",
        "articleSection": "<b>Sea &amp; Shore</b>",
        "keywords": ["<i>ferry</i>", "tide &amp;amp; time"],
        "description": "What it <strong>costs</strong>.<br/>And who pays.",
    }
    found = story(head=f'<script type="application/ld+json">{json.dumps(node)}</script>', title="x")
    assert found.title == "A second ferry line & its cost"
    assert (found.section, found.tags) == ("Sea & Shore", ("ferry", "tide & time"))
    assert found.description == "What it costs. And who pays."


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("Board votes on <i>Titanic</i> wreck &amp; the quay", "Board votes on Titanic wreck & the quay"),
        ("One<br>two", "One two"),
        ("<p>One</p><p>two</p>", "One two"),
        ("a < b and c > d", "a < b and c > d"),
        ("How <dialog> works", "How <dialog> works"),
        ("AT&T and Q&A", "AT&T and Q&A"),
        ("B&notes", "B&notes"),
        ("&#8220;so&#x201D;", "“so”"),
        ("&amp;quot;so&amp;quot;", '"so"'),
        ("<a href='/x?a=1&b=2' class=\"y\">Ana</a>", "Ana"),
    ],
)
def test_a_declared_value_is_read_as_readers_see_it(value, seen):
    assert plain(value) == seen


def test_a_heading_may_mention_a_tag():
    assert (
        story("<h1>30 years of the &lt;br&gt; tag</h1>", title="30 years of the &lt;br&gt; tag").title
        == "30 years of the <br> tag"
    )


AUTHOR = '"@type": "NewsArticle", "author": {"name": "Ana Díaz"}'
TORN = {
    "a comment in a line": "// made by the newsroom\n{%s}",
    "a comment in a block": "/* cms */ {%s} /* end */",
    "comments inside": '{/* who */ %s, // that is all\n "url": "https://lantern.example/a"}',
    "a comment before all in one line": "// made by the newsroom {%s}",
    "slashes in strings stay": '{"url": "https://lantern.example/a", "headline": "a /* b */ c // d", %s}',
    "HTML comment": "<!--\n{%s}\n-->",
    "CDATA": "/* <![CDATA[ */{%s}/* ]]> */",
    "a bare CDATA": "<![CDATA[{%s}]]>",
    "a byte order mark": "\ufeff{%s}",
    "an escaped apostrophe": r'{"headline": "The port\'s day", %s}',
    "an escape that JSON lacks": r'{"headline": "a \d \x41", %s}',
    "an assignment": "window.data = {%s};",
    "trailing commas": "[{%s,},]",
    "no-break spaces": "\u00a0{\u00a0%s}",
    "cut short": '{%s, "articleBody": "The harbor',
    "a brace too few": "{%s",
    "a brace too many": "{%s}}",
    "bare quotes in a headline": '{"headline": "The "Lantern" wreck", %s}',
    "undefined": '{"image": undefined, %s}',
    "two commas": '{"image": 1,, %s}',
}


@pytest.mark.parametrize("fault", TORN)
def test_truncated_json_ld_still_names_the_author(fault):
    node = article_node(page_nodes([TORN[fault] % AUTHOR]))
    assert node["author"] == {"name": "Ana Díaz"}
    assert node.get("headline") != "The "


def test_json_ld_with_entities_for_quotes_is_read():
    script = ("{" + AUTHOR + "}").replace('"', "&quot;")
    assert article_node(page_nodes([script]))["author"] == {"name": "Ana Díaz"}


@pytest.mark.parametrize(
    "script", ["/* " * 50_000, '{"a":"' + '\\"' * 50_000, '"author":' * 5_000, "{" * 50_000, "// {" * 20_000]
)
def test_hostile_json_ld_costs_no_time(script):
    page_nodes([script])  # with quadratic time this would exceed the time limit of the test


@given(st.text(max_size=200))
def test_no_value_makes_the_reader_fail(text):
    plain(text)
    page_nodes([text, '{"@type": "NewsArticle", "author": ' + text])
    without_site(text, ["The Lantern"])


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=40))
def test_a_line_in_ascii_has_the_key_that_it_has_beside_other_letters(line):
    assert key_of(f"{line} é") == f"{key_of(line)}é"


FERRY = "The last ferry leaves at noon"
ABOUT = f"<meta property=og:title content='{FERRY}'><meta name=twitter:title content='{FERRY}'><title>{FERRY}</title>"


@pytest.mark.parametrize(
    "heading",
    [
        f"{FERRY} | Opinion", f"{FERRY} (courier.example)", f"{FERRY} / May 2024", FERRY.upper(),
        f"15 Replies to “{FERRY}”", f"One thought on “{FERRY}”", "Support the work of our eleven reporters",
    ],
)  # fmt: skip
def test_a_heading_with_more_or_of_something_else_is_not_the_title(heading):
    page = f"<html><head>{ABOUT}</head><body><h1>{heading}</h1><p>{'The mayor spoke to the crowd. ' * 20}</p></body></html>"
    found = extract(page, "https://courier.example/2024/05/last-ferry", NOW, expect_story=True)
    assert isinstance(found, Article)
    assert found.title == FERRY


@pytest.mark.parametrize(("heading", "taken"), [("Toll rises", True), ("渡輪明年加價", True), ("Opinion", False)])
def test_a_short_headline_keeps_no_name_of_the_site(heading, taken):
    found = story(f"<h1>{heading}</h1>", title=f"{heading} | Bay Courier")
    assert found.title == (heading if taken else f"{heading} | Bay Courier")


@pytest.mark.parametrize(
    "behind", ["The Lantern - News from the harbor", "The Lantern: News from the harbor", "www.lantern.example"]
)
def test_a_motto_behind_the_site_s_name_goes_with_it(behind):
    assert without_site(f"{TITLE} | {behind}", ["The Lantern", "lantern.example"]) == TITLE


def test_a_place_in_the_middle_of_a_headline_that_is_no_site_stays():
    title = "Storm over the bay - Lantern Rock - what we know"
    assert without_site(title, ["The Harbor Times"], title) == title


@pytest.mark.parametrize(
    ("kicker", "declared"), [("Interview", "Interview: „Wir bauen“"), ("Ana’s list", "Ana's list: „Wir bauen“")]
)
def test_a_kicker_before_a_quotation_is_separated_as_in_the_declared_title(kicker, declared):
    h1 = f"<h1><span>{kicker}</span>„Wir bauen“</h1>"
    assert story(h1, f'<meta property="og:title" content="{declared}">', declared).title == declared
