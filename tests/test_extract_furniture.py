"""Page elements around a story that are not part of it: each test is named after the defect that it prevents."""

import json
from datetime import UTC, datetime

import pytest

import extract_samples as samples
from archiver.extract import extract

NOW = datetime(2024, 3, 1, tzinfo=UTC)
BODY = [f"<p>{text}</p>" for text in samples.STORY]


def read(*inside, before="", url="https://lantern.example/es/node/4711", lang="es"):
    page = (
        f"<html lang='{lang}'><head><title>{samples.TITLE}</title></head><body><div><h1>{samples.TITLE}</h1>{before}"
        f"<div class='text'>{''.join(inside)}</div></div></body></html>"
    )
    return extract(page.encode(), url, NOW, expect_story=True)


def texts(article):
    return tuple(block.text for block in article.blocks)


def reasons(article):
    return {removed.block.text: removed.reason for removed in article.removed}


@pytest.mark.parametrize("sign", ["…", "...", " …"])
@pytest.mark.parametrize("length", [9, 18, 27])
def test_a_truncated_standfirst_is_not_a_second_beginning(sign, length):
    cut = " ".join(samples.STORY[0].split()[:length]) + sign
    found = read(*BODY, before=f"<p>{cut}</p>")
    assert texts(found) == samples.STORY
    assert reasons(found).get(cut, "cut_lead") == "cut_lead"


def test_a_standfirst_truncated_within_a_word_is_not_a_second_beginning():
    cut = samples.STORY[0][:101] + "…"
    assert texts(read(*BODY, before=f"<p>{cut}</p>")) == samples.STORY


def test_an_editors_note_between_standfirst_and_text_stays():
    note = "Editor's note: The names of two passengers have been changed."
    cut = " ".join(samples.STORY[0].split()[:12]) + "…"
    assert texts(read(f"<p>{note}</p>", *BODY, before=f"<p>{cut}</p>")) == (note, *samples.STORY)


def test_a_first_sentence_with_an_ellipsis_stays_in_the_story():
    first = "They had waited for the boat since a quarter past four in the morning, and then it…"
    assert texts(read(f"<p>{first}</p>", *BODY)) == (first, *samples.STORY)


EPISODES = [("Faros en la niebla", "3"), ("La grúa azul", "2"), ("Un muelle menos", "1"), ("Mareas vivas", "28")]


@pytest.mark.parametrize("month", ["Octubre {}, 2022", "October {}th, 2022"])
@pytest.mark.parametrize("missing", [None, 0, 2, 5])
@pytest.mark.parametrize("at", [0, 2])
def test_a_date_that_lost_its_title_does_not_keep_a_list_of_episodes(month, missing, at):
    episodes = [*EPISODES, ("El último remolcador", "27"), ("Sal en los ojos", "26")]
    lines = [
        (f"<p>{title}</p>" if number != missing else "") + f"<p>{month.format(day)}</p>"
        for number, (title, day) in enumerate(episodes)
    ]
    signed = "<p>Ana Díaz — 10/04/2022 - 09:30</p>"
    assert texts(read(*BODY[:at], *lines, *BODY[at:], before=signed)) == samples.STORY


@pytest.mark.parametrize("label", ["MORE IN THIS SECTION", "MÁS EN ESTA SECCIÓN", "Más en esta sección"])
@pytest.mark.parametrize("markup", ["<div><a href='/{n}'>{t}</a></div>", "<p>{t}</p>", "<p><a href='/{n}'>{t}</a></p>"])
@pytest.mark.parametrize("at", [2, 5])
def test_titles_below_more_in_this_section_are_not_part_of_the_story(label, markup, at):
    titles = ["Nobody counts the gulls", "¿Quién apaga el faro?", "A pilot, a storm", "Sal y arena", "The last net"]
    listed = [f"<p>{label}</p>", *(markup.format(n=n, t=title) for n, title in enumerate(titles))]
    assert texts(read(*BODY[:at], *listed, *BODY[at:])) == samples.STORY


def test_a_sub_heading_with_other_stories_in_it_stays():
    heading = (
        "<h2>Other stories</h2><p>Fishermen tell other stories. They speak of nets that came up full of bells.</p>"
    )
    assert texts(read(*BODY, heading))[-2] == "Other stories"


@pytest.mark.parametrize("sign", [" — ", " – ", " | ", " · ", " / ", "<br>"])
@pytest.mark.parametrize("names", ["Ana Díaz", "Ana Díaz and Luis Peña", "Ana Díaz & Luis Peña"])
@pytest.mark.parametrize("date_first", [False, True])
def test_a_line_of_names_and_date_is_not_text_and_yields_the_date(sign, names, date_first):
    parts = ("11/02/2016 - 09:30", names) if date_first else (names, "11/02/2016 - 09:30")
    found = read(*BODY, before=f"<p>{sign.join(parts).replace('&', '&amp;')}</p>")
    assert found.date_published[:10] == "2016-11-02"
    assert [text for text in texts(found) if text not in (*samples.STORY, names)] == []


@pytest.mark.parametrize(
    ("url", "lang", "day"),
    [
        ("https://lantern.example/es/node/1", "es", "2019-02-12"),
        ("https://lantern.com/node/1", "es-US", "2019-02-12"),
        ("https://linterna.es/node/1", "es", "2019-12-02"),
        ("https://lantern.com/node/1", "es-MX", "2019-12-02"),
        ("https://lantern.com/node/1", "en", "2019-02-12"),
    ],
)
def test_drupals_own_date_has_the_month_first_in_spanish_too(url, lang, day):
    assert read(*BODY, before="<p>02/12/2019 - 07:30</p>", url=url, lang=lang).date_published[:10] == day


def test_a_label_for_the_author_is_not_text():
    found = read("<p>Plain Text Author:</p>", *BODY)
    assert texts(found) == samples.STORY


@pytest.mark.parametrize(
    "label", ["SHARE THIS CONTENT:", "COMPARTA ESTE CONTENIDO:", "Share this content", "Comparta:"]
)
def test_a_label_that_asks_to_share_the_content_is_not_text(label):
    assert texts(read(*BODY[:3], f"<p>{label}</p>", *BODY[3:])) == samples.STORY


@pytest.mark.parametrize(("byline", "authors"), [("<p>By Ana Díaz</p>", ("Ana Díaz",)), ("", ("webdesk2",))])
def test_the_account_that_entered_a_story_is_its_author_only_if_nobody_is_named(byline, authors):
    data = json.dumps({"@type": "NewsArticle", "headline": samples.TITLE, "author": {"name": "webdesk2"}})
    found = read(*BODY, before=f'<script type="application/ld+json">{data}</script>{byline}')
    assert found.authors == authors
