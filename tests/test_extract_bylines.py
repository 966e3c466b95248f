"""Bylines: words before and after a name, and names that only their position on the page identifies."""

# ruff: noqa: E501 - markup reads better unbroken
from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.extract.authors import clean_authors
from archiver.extract.titles import TitleSources, headline
from archiver.model import Article

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.lantern.example/news/second-ferry-line-debated"
LINE = "The harbor council will decide next Tuesday whether the city can afford a second ferry line after three years. "
TITLE = "A second ferry line is debated"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        # Verbs before the name.
        ("Analysis by Ana Díaz, QNN", ["Ana Díaz"]),
        ("Eine Analyse von Anna Müller und Karl Groß", ["Anna Müller", "Karl Groß"]),
        ("Ein Gastbeitrag von Anna Müller", ["Anna Müller"]),
        ("Propos recueillis par Jean Dupont", ["Jean Dupont"]),
        ("a cura di Anna Rossi", ["Anna Rossi"]),
        ("dal nostro inviato Marco Bianchi", ["Marco Bianchi"]),
        ("oprac. Anna Kowalska", ["Anna Kowalska"]),
        ("Aus Berlin berichtet Anna Müller", ["Anna Müller"]),
        ("Von unserem Korrespondenten Karl Groß", ["Karl Groß"]),
        ("TEXT ANNA MÜLLER", ["ANNA MÜLLER"]),
        ("de Ana Díaz", ["Ana Díaz"]),
        # Prepositions that are also names.
        ("Oleh Kovalenko", ["Oleh Kovalenko"]),
        ("Oleh Budi Santoso", ["Budi Santoso"]),
        ("Theo Smith", ["Theo Smith"]),
        ("Theo Nguyễn Văn An", ["Nguyễn Văn An"]),
        ("Di Lorenzo", ["Di Lorenzo"]),
        # Employers and agencies after a name.
        ("Ana Díaz, QNN News", ["Ana Díaz"]),
        ("Ana Díaz, The Daily Lantern", ["Ana Díaz"]),
        ("ANA DÍAZ and LUIS PEÑA Associated Press", ["ANA DÍAZ", "LUIS PEÑA"]),
        ("Ana Díaz The Canadian Press", ["Ana Díaz"]),
        ("By Ana Díaz BBC Scotland", ["Ana Díaz"]),
        ("Jean Dupont avec AFP", ["Jean Dupont"]),
        ("Le Fanal avec AFP", ["Le Fanal avec AFP"]),
        ("Ana Díaz | TNN", ["Ana Díaz"]),
        ("Por Ana Díaz | Madrid", ["Ana Díaz"]),
        ("ČTK, Petr Novák", ["Petr Novák"]),
        ("dpa/lby", ["dpa"]),
        # Jobs.
        ("Ana Díaz Local Democracy Reporter", ["Ana Díaz"]),
        ("Ana Díaz ⋅ Founder", ["Ana Díaz"]),
        ("Ana Díaz, Head of Tides and Currents", ["Ana Díaz"]),
        # Editors and photographers.
        ("Reporting by Ana Díaz; Editing by Luis Peña", ["Ana Díaz"]),
        ("Reported by: Ana Díaz, Edited by: Luis Peña", ["Ana Díaz"]),
        ("Edited by: Luis Peña", ["Luis Peña"]),
        ("Von Anna Müller (Text) und Karl Groß (Fotos)", ["Anna Müller"]),
        # Lists, and names that contain a conjunction.
        ("['Ana Díaz', 'Luis Peña']", ["Ana Díaz", "Luis Peña"]),
        ("José María Pérez i Soler", ["José María Pérez i Soler"]),
        ("By the Editorial Board", ["The Editorial Board"]),
        # Roles without a name.
        ("From our own correspondent", []),
        ("Our Staff Reporter", []),
        ("La rédaction", []),
        ("Redakcja", []),
        ("undefined undefined", []),
        ("Copy link", []),
        # Chinese, Japanese, Korean.
        ("记者 张三 李四", ["张三", "李四"]),
        ("【編集委員・山田太郎】", ["山田太郎"]),
        ("서울=홍길동 특파원", ["홍길동"]),
    ],
)
def test_a_byline_yields_the_names_of_the_authors(value, names):
    assert list(clean_authors([value], ["Daily Lantern"])) == names


def test_a_desk_with_the_paper_s_name_counts_if_nobody_else_is_named():
    assert clean_authors(["Lantern Staff"], ["The Lantern"]) == ("Lantern Staff",)
    assert clean_authors(["Staff"], ["The Lantern"]) == ()


def authors(above="", below="", before=""):
    page = f"<html lang=en><title>{TITLE}</title><body><main>{before}<h1>{TITLE}</h1>{above}{f'<p>{LINE * 2}</p>' * 3}{below}</main></body></html>"
    found = extract(page.encode(), URL, NOW, expect_story=True)
    assert isinstance(found, Article), found
    return found.authors


BELOW_TITLE = {
    "a job below": "<div>Ana Díaz</div><div>Tech Writer</div>",
    "a class, and a date below": "<div class=blog-meta><div>Ana Díaz</div></div><div><i>May 3, 2024</i></div>",
    "a class of an author's picture": "<div class=post-author-avatar><div>Ana Díaz</div></div><p>A long standfirst below it.</p>",
    "By glued to the name": "<div>By<a href=/ana>Ana Díaz</a></div>",
    "a section behind in": "<p class=byline>By Ana Díaz in Opinion</p>",
}


@pytest.mark.parametrize("form", BELOW_TITLE)
def test_a_name_below_the_headline_is_recognised_by_its_surroundings(form):
    assert authors(BELOW_TITLE[form]) == ("Ana Díaz",)


def test_a_name_below_the_headline_is_an_author_who_is_introduced_below():
    assert authors("<p>Ana Díaz</p><div>May 3, 2024</div>", "<p>Ana is a reporter at the harbor.</p>") == ("Ana Díaz",)
    assert authors("<p>Harbor United</p><div>May 3, 2024</div>") == ()


def test_an_account_name_is_found_after_by():
    assert authors("<div>by quaywriter</div>") == ("quaywriter",)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Written by Ana Díaz</p>",
        "<p>This post was written by Ana Díaz, a pilot.</p>",
        "<div>Author</div><p>Ana Díaz</p>",
    ],
)
def test_an_author_is_found_below_the_text(line):
    assert authors(below=line) == ("Ana Díaz",)


def test_several_authors_below_the_text_are_ignored():
    assert authors(below="<p>Written by Ana Díaz</p><p>Written by Luis Peña</p>") == ()


def test_a_page_about_authors_is_not_a_byline():
    assert authors(below="<a href=/writers/guidelines>Writers Guidelines</a>") == ()


@pytest.mark.parametrize("before", ["Dec 18 2023", "LIVE"])
def test_a_date_or_a_kicker_before_the_headline_is_not_part_of_it(before):
    assert headline(TitleSources(h1=(f"{before} {TITLE}",), declared=(TITLE, TITLE))) == TITLE


@pytest.mark.parametrize("before", ["2023", "The"])
def test_a_word_before_a_declared_title_stays(before):
    assert headline(TitleSources(h1=(f"{before} {TITLE}",), declared=(TITLE, TITLE))).startswith(before)
