"""No word of a story is lost in its markup: inline elements, boxes, hidden or struck out text, tables."""

from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.model import Article

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TITLE = "Lock keepers vote on the night shift"
FIRST = (
    "The lock keepers of the eastern canal voted on Thursday to keep the night shift until the end of the season, a "
    "decision that the barge owners had asked for since the spring floods."
)
LAST = (
    "Whether the canal office will pay the keepers for the hours after midnight is still open, since its budget was "
    "closed in January and can be reopened by the regional council alone."
)
BEFORE, INSIDE, AFTER = (
    "The keepers met at",
    "half past nine",
    "in the old toll house and were done before the last barge.",
)
SENTENCE = f"{BEFORE} {INSIDE} {AFTER}"
LONG = (
    "Nobody in the toll house could remember a vote as close as this one, which was decided by two of ninety ballots."
)


def blocks_between(markup: str) -> list[tuple[str, str]]:
    """The blocks of a page with this markup between two paragraphs, without those two."""
    page = (
        f'<html lang="en"><head><title>{TITLE}</title><meta property="og:type" content="article"></head><body>'
        f"<article><h1>{TITLE}</h1><p>{FIRST}</p>{markup}<p>{LAST}</p></article></body></html>"
    )
    found = extract(page, "https://canal.example/news/lock-keepers-vote-on-night-shift", NOW)
    assert isinstance(found, Article)
    texts = [block.text for block in found.blocks]
    assert FIRST in texts
    assert LAST in texts
    return [(block.kind, block.text) for block in found.blocks if block.text not in (FIRST, LAST)]


INLINE = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "button", "cite", "code", "data", "dfn", "em", "font",
    "i", "ins", "kbd", "label", "mark", "marquee", "math", "nobr", "output", "ruby", "samp", "small", "span", "strong",
    "sub", "sup", "time", "tt", "u", "var", "x-term", "canal-time",
]  # fmt: skip


@pytest.mark.parametrize("tag", INLINE)
def test_an_inline_element_stays_in_its_sentence(tag):
    assert blocks_between(f"<p>{BEFORE} <{tag}>{INSIDE}</{tag}> {AFTER}</p>") == [("paragraph", SENTENCE)]


@pytest.mark.parametrize("tag", ["time", "q", "code", "x-term"])
def test_an_inline_element_stays_in_its_list_item(tag):
    found = blocks_between(f"<ul><li>{BEFORE} <{tag}>{INSIDE}</{tag}> {AFTER}</li><li>{LONG}</li></ul>")
    assert [text.replace("“", "").replace("”", "") for _, text in found] == [SENTENCE, LONG]


def test_a_quotation_keeps_its_marks_and_its_sentence():
    found = blocks_between(
        "<p>The oldest keeper called it <q>a vote for <q>sleep</q> in the end</q> and went home.</p>"
    )
    assert found == [("paragraph", "The oldest keeper called it “a vote for ‘sleep’ in the end” and went home.")]


def test_a_quotation_with_its_own_marks_gets_no_others():
    found = blocks_between("<p>The oldest keeper called it <q>«a vote for sleep»</q> and then went home to bed.</p>")
    assert found == [("paragraph", "The oldest keeper called it «a vote for sleep» and then went home to bed.")]


def test_a_formula_is_written_out():
    formula = "<math><mi>x</mi><mo>=</mo><mn>92</mn><annotation encoding='application/x-tex'>x=92</annotation></math>"
    found = blocks_between(
        f"<p>With the postal votes the result was {formula} against the ninety of the other side.</p>"
    )
    assert found == [("paragraph", "With the postal votes the result was x=92 against the ninety of the other side.")]


BOXES = [
    "article", "center", "dialog", "div", "fieldset", "main", "marquee", "section", "summary", "output", "label",
    "canal-box", "span",
]  # fmt: skip


@pytest.mark.parametrize("tag", BOXES)
def test_a_paragraph_in_an_element_of_another_name_is_kept(tag):
    assert blocks_between(f"<{tag}>{LONG}</{tag}>") == [("paragraph", LONG)]


@pytest.mark.parametrize("tag", ["article", "center", "dialog", "fieldset", "section", "canal-box"])
def test_paragraphs_in_a_box_of_another_name_are_kept(tag):
    found = blocks_between(f"<{tag}><p>{LONG}</p><p>{SENTENCE}</p></{tag}>")
    assert found == [("paragraph", LONG), ("paragraph", SENTENCE)]


def test_a_fieldset_with_inputs_is_not_text():
    assert blocks_between(f"<fieldset><p>{LONG}</p><input name=mail></fieldset>") == []


def test_spans_shown_as_blocks_are_paragraphs():
    found = blocks_between(
        f'<div><span style="display: block">{LONG}</span><span style="display:block">{SENTENCE}</span></div>'
    )
    assert found == [("paragraph", LONG), ("paragraph", SENTENCE)]


@pytest.mark.parametrize("tag", ["section", "div", "center"])
def test_text_before_the_first_block_of_a_box_is_kept(tag):
    found = blocks_between(f"<{tag}>{LONG}<p>{SENTENCE}</p></{tag}>")
    assert [text for _, text in found] == [LONG, SENTENCE]


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_struck_out_text_is_left_out_and_kept_separately(tag):
    edited = f"They need <{tag}>three</{tag}><ins>four</ins> boats."
    page = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{edited}</p><p>{LAST}</p></article>"
    found = extract(page, "https://canal.example/news/lock-keepers-vote-on-night-shift", NOW)
    assert isinstance(found, Article)
    assert "They need four boats." in found.text
    assert ("struck_out", "three") in {(entry.reason, entry.block.text) for entry in found.removed}


def test_a_tag_that_strikes_out_the_whole_page_is_ignored():
    page = f"<article><h1>{TITLE}</h1><s><p>{FIRST}</p><p>{LONG}</p><p>{LAST}</p></s></article>"
    found = extract(page, "https://canal.example/news/lock-keepers-vote-on-night-shift", NOW, expect_story=True)
    assert isinstance(found, Article)
    assert LONG in found.text


@pytest.mark.parametrize("attribute", ["hidden", 'hidden=""', 'hidden="hidden"'])
def test_hidden_text_is_left_out(attribute):
    assert blocks_between(f"<p {attribute}>{LONG}</p>") == []
    assert blocks_between(f"<div {attribute}><p>{LONG}</p></div>") == []
    assert blocks_between(f"<p>{BEFORE} {INSIDE}<span {attribute}> (see page 4)</span> {AFTER}</p>") == [
        ("paragraph", SENTENCE)
    ]


def test_text_hidden_until_found_is_kept():
    assert blocks_between(f'<div hidden="until-found"><p>{LONG}</p></div>') == [("paragraph", LONG)]


def test_hidden_links_are_kept():
    page = f'<nav hidden><a href="/sport/">Sport</a></nav><h1>{TITLE}</h1><p>{FIRST}</p><p>{LONG}</p><p>{LAST}</p>'
    found = extract(page, "https://canal.example/news/lock-keepers-vote-on-night-shift", NOW)
    assert isinstance(found, Article)
    assert ("https://canal.example/sport/", "Sport") in {(link.url, link.text) for link in found.links}


@pytest.mark.parametrize(
    "box", ['<div hidden id="S:1">{}</div>', "<div hidden>{}<p>{long}</p><p>{long}</p><p>{long}</p></div>"]
)
def test_a_story_that_a_script_reveals_is_read(box):
    paragraphs = f"<p>{FIRST}</p><p>{LONG}</p><p>{LAST}</p>"
    page = f"<main><h1>{TITLE}</h1></main>" + box.format(paragraphs, long=LONG) + f"<p>{LONG} {LONG} {LONG}</p>" * 3
    found = extract(page, "https://canal.example/news/lock-keepers-vote-on-night-shift", NOW, expect_story=True)
    assert isinstance(found, Article)
    assert FIRST in found.text


def test_a_declarative_shadow_tree_is_shown():
    found = blocks_between(f'<canal-box><template shadowrootmode="open"><p>{LONG}</p></template></canal-box>')
    assert found == [("paragraph", LONG)]


def test_slotted_content_is_shown_in_its_slot():
    found = blocks_between(
        '<canal-box><template shadowrootmode="open"><div><slot name="lead"></slot></div>'
        f'<div><slot></slot></div></template><p>{LONG}</p><p slot="lead">{SENTENCE}</p></canal-box>'
    )
    assert found == [("paragraph", SENTENCE), ("paragraph", LONG)]


HEAD = "<tr><th>Lock</th><th>Open</th><th>Keeper</th></tr>"
TABLES = {
    "lists": (
        f"{HEAD}<tr><td>North</td><td><ul><li>six to ten</li><li>noon to four</li></ul></td><td>Abel</td></tr>",
        "Lock | Open | Keeper\nNorth | six to ten; noon to four | Abel",
    ),
    "paragraphs": (
        f"{HEAD}<tr><td>North</td><td><p>six to ten</p><p>noon to four</p></td><td>Abel</td></tr>",
        "Lock | Open | Keeper\nNorth | six to ten; noon to four | Abel",
    ),
    "breaks": (
        f"{HEAD}<tr><td>North</td><td>six to ten<br>noon to four</td><td>Abel</td></tr>",
        "Lock | Open | Keeper\nNorth | six to ten noon to four | Abel",
    ),
    "divs": (
        f"{HEAD}<tr><td>North</td><td><div>six to ten</div><div>noon to four</div></td><td>Abel</td></tr>",
        "Lock | Open | Keeper\nNorth | six to ten noon to four | Abel",
    ),
    "inline": (
        f"{HEAD}<tr><td>North</td><td><time>six</time> to <b>ten</b></td><td><q>Abel</q></td></tr>",
        "Lock | Open | Keeper\nNorth | six to ten | “Abel”",
    ),
    "empty cells": (
        f"{HEAD}<tr><td>North</td><td></td><td>Abel</td></tr><tr><td></td><td>noon</td><td></td></tr>",
        "Lock | Open | Keeper\nNorth |  | Abel\n| noon |",
    ),
    "spans": (
        f"{HEAD}<tr><td rowspan=2>North</td><td>six</td><td>Abel</td></tr><tr><td colspan=2>closed</td></tr>",
        "Lock | Open | Keeper\nNorth | six | Abel\n| closed |",
    ),
    "caption": (
        f"<caption>Summer hours</caption>{HEAD}<tr><td>North</td><td>six</td><td>Abel</td></tr>",
        "Summer hours\nLock | Open | Keeper\nNorth | six | Abel",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_keeps_its_cells_and_columns(name):
    rows, text = TABLES[name]
    assert blocks_between(f"<table>{rows}</table>") == [("table", text)]


LAYOUTS = {
    "role": '<table role="presentation"><tr><td>{0}</td><td>{1}</td></tr><tr><td></td><td></td></tr></table>',
    "one cell": "<table><tr><td><p>{0}</p><p>{1}</p></td></tr></table>",
    "one column": "<table><tr><td>{0}</td></tr><tr><td>{1}</td></tr></table>",
    "one row": "<table><tr><td>{0}</td><td>{1}</td></tr></table>",
    "breaks": "<table><tr><td>{0}<br><br>{1}</td><td></td></tr></table>",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_table_is_not_a_table(name):
    assert blocks_between(LAYOUTS[name].format(LONG, SENTENCE)) == [("paragraph", LONG), ("paragraph", SENTENCE)]


def test_a_data_table_inside_a_layout_table_is_a_table():
    inner = "<table><tr><td>North</td><td>six</td></tr><tr><td>South</td><td>ten</td></tr></table>"
    found = blocks_between(f"<table><tr><td>{LONG}{inner}<p>{SENTENCE}</p></td></tr></table>")
    assert found == [("paragraph", LONG), ("table", "North | six\nSouth | ten"), ("paragraph", SENTENCE)]


ENTRIES = (
    "The river has passed the mark of the great flood, and the first cellars of the lower town are under water.",
    "The mayor has asked the people of the lower town to leave their houses before it gets dark this evening.",
    "The dam holds, says the fire brigade, which has all of its pumps and four hundred people in the valley now.",
)
LIVE = [
    "<article class=entry><time datetime=x>{}</time><p>{}</p></article>",
    "<div class=entry><div class=meta><time>{}</time></div><p>{}</p></div>",
    "<section><header><time>{}</time></header><div><p>{}</p></div></section>",
]


@pytest.mark.parametrize("entry", LIVE)
def test_the_entries_of_a_live_blog_keep_their_times_in_order(entry):
    times = ("10.40am", "11:41", "13:02 CET")
    body = "".join(entry.format(*pair) for pair in zip(times, ENTRIES, strict=True))
    page = f"<main><h1>{TITLE}</h1><p>{FIRST}</p>{body}</main>"
    found = extract(page, "https://canal.example/live/flood", NOW, expect_story=True)
    assert isinstance(found, Article)
    expected = [FIRST, *(text for pair in zip(times, ENTRIES, strict=True) for text in pair)]
    assert [block.text for block in found.blocks] == expected


def test_a_chinese_story_of_three_short_paragraphs_keeps_its_paragraphs():
    paragraphs = (
        "渡輪公司星期一宣布，由明年一月起調整票價，成人單程票將增加百分之五，長者票價維持不變。",
        "島上居民協會主席表示失望，認為公司應先改善班次，再考慮加價，並計劃收集居民簽名。",
        "運輸署回覆說，署方會審視公司的財務狀況，諮詢期為期兩個月，市民可以提出意見。",
    )
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = (
        "<html lang=zh><title>渡輪公司宣布明年加價</title><nav><a href=/a>要聞</a> <a href=/b>財經</a></nav>"
        f"<article><h1>渡輪公司宣布明年加價</h1><p class=byline>By Noor Haddad</p>{body}</article>"
        "<footer><a href=/about>關於我們</a></footer></html>"
    )
    found = extract(page.encode(), "https://courier.example/zh/ferry-fares-rise", NOW)
    assert isinstance(found, Article)
    assert tuple(block.text for block in found.blocks) == paragraphs


SHORT = "The night shift stays."


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (f"<menu><li>{LONG}</li><li>{SHORT}</li></menu>", [("list_item", LONG), ("list_item", SHORT)]),
        (f"<dir><li>{LONG}</li><li>{SHORT}</li></dir>", [("list_item", LONG), ("list_item", SHORT)]),
        (f"<xmp>{SHORT}</xmp>", [("quote", SHORT)]),
        (f"<listing>{SHORT}</listing>", [("quote", SHORT)]),
        (f"<figure><blockquote><p>{SHORT}</p></blockquote></figure>", [("quote", SHORT)]),
        (f"<figure><pre>{SHORT}</pre></figure>", [("quote", SHORT)]),
        (f"<fieldset><legend>{SHORT}</legend><p>{LONG}</p></fieldset>", [("heading", SHORT), ("paragraph", LONG)]),
        ("<ul><li>Type <code>open</code> now.</li></ul>", [("list_item", "Type open now.")]),
    ],
)
def test_a_block_of_another_name_or_in_a_frame_is_kept(markup, expected):
    assert blocks_between(markup) == expected


def test_lines_of_code_in_an_old_element_stay_lines():
    found = blocks_between("<pre><code><xmp>first: 1\nsecond: 2</xmp></code></pre>")
    assert [(kind, text.split("\n")) for kind, text in found] == [("code", ["first: 1", "second: 2"])]


def test_a_pulled_quote_is_not_there_twice():
    pulled = f'<figure class="wp-block-pullquote"><blockquote>{SHORT}</blockquote></figure>'
    assert blocks_between(f"<p>{LONG} {SHORT}</p>{pulled}") == [("paragraph", f"{LONG} {SHORT}")]


def test_a_slot_without_content_shows_its_fallback():
    found = blocks_between(
        f'<canal-box><template shadowrootmode="open"><p>{LONG}</p><slot>{SHORT}</slot></template></canal-box>'
    )
    assert found == [("paragraph", LONG), ("paragraph", SHORT)]
