"""Translations that do not name each other, recognised by a number that the site uses for both."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from archiver.extract import extract
from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.consistency import fingerprint
from archiver.model import Batch
from conftest import make_program
from index_samples import article, seen
from testsites import serve

TWINS = ("/en/news/45871/ferry-runs-again", "/es/noticias/45871/vuelve-el-barco")
SITE = "https://www.paper.test"
ENGLISH = "The ferry runs again after a year, and the town council paid for the new boat with parking money. " * 4
SPANISH = (
    "El transbordador vuelve a navegar después de un año, y el concejo pagó el barco nuevo con los parquímetros. " * 4
)


def page(language, text, head=""):
    return (
        f"<!DOCTYPE html><html lang={language}><head><title>{text[:30]}</title>{head}</head><body><article>"
        f"<h1>{text[:30]}</h1>" + "".join(f"<p>{text} {part}.</p>" for part in "abcd") + "</article></body></html>"
    )


@pytest.mark.parametrize(
    ("path", "head", "shared"),
    [
        ("/es/a", '<link rel="shortlink" href="/es/node/7697">', "link 7697"),
        ("/es/a", f'<link rel="canonical shortlink" href="{SITE}/?p=7697">', "link 7697"),
        ("/es/a-b-45871", '<link rel="shortlink" href="/short">', "url 45871"),
        ("/es/45871/a-b.html", "", "url 45871"),
        ("/es/2018/07/12/a-b", "", None),
        ("/es/20180712/a-b", "", None),
        ("/es/201807/a-b", "", None),
        ("/es/budget-2018", "", None),
        ("/es/a?id=45871", "", None),
    ],
)
def test_the_number_that_a_page_may_share(path, head, shared):
    found = extract(page("es", SPANISH, head), SITE + path, datetime(2026, 5, 1, tzinfo=UTC))
    assert found.shared_id == shared


def story(number, path, language, shared):
    url = SITE + path
    return seen(number, url=url, outcome=article(url, f"Words of {path}.", language=language, shared_id=shared))


def linked(tmp_path, items):
    """(path, path of its original) for each translated story; the same for any order of captures."""
    found = set()
    for turn, order in enumerate(list(permutations(items))[:24]):
        with open_writer(tmp_path / f"{turn}.db", throwaway=True) as db:
            for number, item in enumerate(order, 1):
                apply(db, Batch("a.warc.gz", number, (item,)), ())
            assert check(db) == []
            pairs = db.execute(
                "SELECT t.url, o.url FROM articles t JOIN articles o ON o.id = t.translation_of ORDER BY 1"
            ).fetchall()
            found.add(
                (tuple((one[len(SITE) :], other[len(SITE) :]) for one, other in pairs), *fingerprint(db).values())
            )
    assert len(found) == 1
    return list(found.pop()[0])


@pytest.mark.parametrize(
    ("stories", "pairs"),
    [
        ([("/bridge", "en", "link 7"), ("/puente", "es", "link 7")], [("/puente", "/bridge")]),
        ([("/en/b-45871", "en", "url 45871"), ("/es/p-45871", "es", "url 45871")], [("/es/p-45871", "/en/b-45871")]),
        ([("/b-45871", "en", "url 45871"), ("/es/p-45871", "es", "url 45871")], [("/es/p-45871", "/b-45871")]),
        ([("/b-45871", "en", "url 45871"), ("/p-45871", "es", "url 45871")], []),  # a number without further evidence
        ([("/a", "en", "link 7"), ("/b", "en", "link 7"), ("/c", "es", "link 7")], []),  # ambiguous
        ([("/a", "en", "link 7"), ("/b", None, "link 7")], []),
        ([("/a", "en", "link 7"), ("/b", "es", "link 8")], []),
        ([(f"/{code}", code, "link 7") for code in ("en", "es", "fr", "pt")],
         [(f"/{code}", "/en") for code in ("es", "fr", "pt")]),
        # the number of a section
        ([(f"/{code}", code, "link 7") for code in ("en", "es", "fr", "pt", "de", "it", "nl")], []),
    ],
)  # fmt: skip
def test_stories_that_share_a_number_are_translations(tmp_path, stories, pairs):
    assert linked(tmp_path, [story(number, *given) for number, given in enumerate(stories, 1)]) == pairs


def test_other_sites_may_use_the_same_number(tmp_path):
    other = "https://www.other.test/es/p-45871"
    items = [
        story(1, "/en/b-45871", "en", "url 45871"),
        seen(2, url=other, outcome=article(other, "Otra cosa.", language="es", shared_id="url 45871")),
    ]
    assert linked(tmp_path, items) == []


@pytest.mark.slow
def test_twins_of_a_crawled_site_are_found_without_hreflang(tmp_path):
    pages = {
        "/": "".join(f'<a href="{path}">{path}</a>' for path in TWINS),
        TWINS[0]: page("en", ENGLISH),
        TWINS[1]: page("es", SPANISH),
    }
    with serve(lambda host, path: pages.get(path, 404)) as site:
        program = make_program(tmp_path / "home")
        program.run("crawl", site.url(), "--delay", "0")
        rows = program.rows("SELECT o.language, t.language FROM articles t JOIN articles o ON o.id = t.translation_of")
    assert rows == [("en", "es")]
