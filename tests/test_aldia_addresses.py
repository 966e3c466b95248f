"""spiders/aldia.py: which URLs of AL DÍA are stories, which are lists, and which are neither."""

from pathlib import Path

import pytest

from archiver.crawl.rules.scope import Scope
from archiver.loader import load_spiders
from archiver.urls import host_of, surt

FILE = Path(__file__).parent.parent / "spiders" / "aldia.py"
STORIES = (
    # 2014-2020: a section or two, a slug, and often a number
    "/articles/opinion/why-the-corner-store-still-opens-at-five/33871",
    "/articles/leaders/pa-forum-2018-speaking-up-for-the-block/56120",
    "/articles/opinion/why-the-corner-store-still-opens-at-five",
    "/articles/opinion/fiesta-2019/",
    "/articles/local/philadelphia/vendors/40012",
    "/articles/local/philadelphia/vendors-of-ninth-street",
    "/articles/politics/demographics/who-counts/51000/",
    "/articles/culture/%22el-barrio%22-opens-tonight/40500",
    '/articles/culture/"el-barrio"-opens-tonight/40500',
    "/articles/culture/%E2%80%9Cel-barrio%E2%80%9D",
    "/articles/culture/it's-carnival-again-on-fifth/40777",
    "/articles/opinion/op-ed-the-bridge-we-need/30001?utm_source=mail&utm_medium=x",
    "/es/articles/local/philadelphia/la-alcald%C3%ADa-pregunta-%C2%BFqui%C3%A9n-paga-la-luz",
    "/es/articles/local/philadelphia/la-alcaldía-pregunta-¿quién-paga-la-luz/44120",
    "/es/articles/local/philadelphia/la-feria-%E2%80%A6",
    "/es/articles/opinion/%C2%ABma%C3%B1ana%C2%BB",
    "/en/articles/politics/a-council-of-one/29000",
    "/es/es/articles/opinion/carta-a-mi-hija-mayor/31000",
    "/es/art%C3%ADculos/cultura/una-noche-de-boleros/31000",
    "/Articles/Opinion/Why-the-Corner-Store/33871",
    # since 2021: language, section, topic, slug
    "/en/leadership/advocacy/eleven-young-leaders",
    "/en/politics/policy/what-the-budget-buys-2024",
    "/es/politics/mujeres-en-la-politica/vota",
    "/en/culture/heritage-and-history/lantern-makers/",
    "/es/cultura/m%C3%BAsica/bomba-y-plena",
    "/en/sports/soccer/union?utm_campaign=today",
    "/en/sports/soccer/union?destination=node/4&fbclid=abc",
    "/es/en/politics/policy/what-the-budget-buys-2024",
    "/en/es/politica/elecciones/una-boleta-larga",
    "/en/politics/policy/what-the-budget-buys/94871",
    "/en/culture/books-and-authors/a-page-a-day",
    "/en/culture/search-and-rescue/dogs",
    "/en/comment-and-analysis/letters/a-bench-for-my-aunt",
    # any year: its number
    "/node/94871",
    "/node/7/",
    "/en/node/94871",
    "/es/node/94871",
    "/es/node/94871/",
    "/es/node/94871?utm_source=feed#comments",
    "/es/node/94871?language=en",
    "/es/es/node/94871",
    "/es/en/node/94871",
    "/ES/node/94871",
    "/es/node/94871/amp",
)
LISTS = (
    "/",
    "/en",
    "/es/",
    "/es/en",
    "/?page=2",
    "/es?page=4",
    "/node",
    "/node?page=7",
    "/node?page=0%2C7",
    "/es/node?page=103",
    "/en/node/?page=1",
    "/topics/politics/2?page=41",
    "/topics/politics/2",
    "/topics/local/philadelphia/15?page=8",
    "/es/topics/local/philadelphia/15?page=11",
    "/es/en/topics/local/philadelphia/15?page=11",
    "/en/topics/politics/demographics/1424?page=4",
    "/topics/editors-picks/10308?page=6",
    "/topics/dnc-2016/10039",
    "/topics/m%C3%BAsica/311?page=0",
    "/topics/politics/demographics/1424/?page=4&utm_source=x",
    "/tags/chile/2520",
    "/tags/wall/10715?page=1",
    "/tags/occupy-the-block/16456",
    "/es/tags/a%C3%B1o-nuevo/880?page=2",
    "/en/latino-music?node=95087",
    "/es/latino-music?node=95087&page=1",
    "/en/culture",
    "/es/cultura/",
    "/en/culture/heritage-and-history",
    "/en/search-and-rescue",
    "/es/comment-and-analysis?page=2",
    "/es/politics/mujeres-en-la-politica?page=3",
    "/en/culture?page=12",
    "/articles/opinion",
    "/articles/local/philadelphia?page=9",
    "/articles/politics/state-and-local",
    "/taxonomy/term/15?page=2",
    "/en/authors/somebody-who-writes",
    "/rss.xml",
    "/es/rss.xml",
    "/sitemap.xml?page=3",
    "/taxonomy/term/15/feed",
)
NEITHER = (
    "/search?keys=alcalde",
    "/en/search/node/alcalde",
    "/es/search/content/bridge",
    "/user/login",
    "/en/user/register",
    "/es/users/some-reader/contact",
    "/node/add/article",
    "/es/node/add",
    "/node/94871/edit",
    "/es/node/94871/revisions",
    "/es/node/94871/track?page=2",
    "/node/94871?page=2",
    "/en/politics/policy/what-the-budget-buys-2024?page=1",
    "/articles/opinion/why-the-corner-store/33871?page=2",
    "/node/latest",
    "/en/quicktabs/ajax/latest",
    "/es/views/ajax?page=2",
    "/en/eform/submit/letters",
    "/en/cdn-cgi/l/email-protection",
    "/node/94871/webform-results",
    "/nodes/94871",
    "/xx/node/94871",
    "/comment/reply/94871",
    "/es/comment/reply/94871/12",
    "/admin/content/node",
    "/print/94871",
    "/printpdf/94871",
    "/sites/default/files/2016/09/mural.jpg",
    "/en/sites/default/files/mural.jpg",
    "/es/sites/default/files/styles/large/mural.jpg",
    "/en/politics/policy/budget.pdf",
    "/core/misc/drupal.js",
    "/topics",
    "/topics/politics/2?sort=title",
    "/somewhere",
    "/one/two/three/four",
    "/en/one/two/three/four/five",
    "/about-us",
)
MIRRORS = ("www", "m", "mobile", "ww3w", "wwdw", "ww", "www2", "w3", "w37w", "wabw", "wwww", "WWW")
OTHER_HOSTS = ("shop", "podcast", "web", "media", "www.shop", "admin", "mm", "mw", "wwwaldia")


@pytest.fixture(scope="module")
def aldia():
    loaded = load_spiders([FILE])
    assert not loaded.broken and not loaded.warnings
    return loaded.spiders["aldia"]


@pytest.fixture(scope="module")
def scope(aldia):
    return Scope(aldia.site(), aldia.follow, aldia.deny)


def taken_for(scope, url):
    candidate = scope.candidate(url, depth=1, found_on=None)
    return scope.refusal(candidate) or candidate.kind


@pytest.mark.parametrize("path", STORIES)
def test_a_story_at_any_of_its_addresses_is_one(scope, path):
    assert taken_for(scope, f"https://aldianews.com{path}") == "article"


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_followed_and_is_not_a_story(scope, path):
    assert taken_for(scope, f"https://aldianews.com{path}") == "page"


@pytest.mark.parametrize("path", NEITHER)
def test_nothing_else_is_fetched(scope, path):
    assert taken_for(scope, f"https://aldianews.com{path}") in ("denied", "not_followed")


@pytest.mark.parametrize("mirror", MIRRORS)
@pytest.mark.parametrize("path", ["/es/node/94871", "/topics/politics/2?page=41"])
def test_a_mirror_is_fetched_from_the_bare_domain(scope, mirror, path):
    plain = scope.candidate(f"https://aldianews.com{path}", depth=1, found_on=None)
    for scheme in ("http", "https"):
        found = scope.candidate(f"{scheme}://{mirror}.aldianews.com{path}", depth=1, found_on=None)
        assert (host_of(found.url), found.key, found.kind) == ("aldianews.com", plain.key, plain.kind)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_of_the_domain_is_not_a_mirror(scope, host):
    url = f"https://{host}.aldianews.com/es/node/94871"
    assert scope.candidate(url, depth=1, found_on=None).url == url


def test_spellings_of_one_url_are_one_page(scope):
    spellings = (
        "https://aldianews.com/es/node/94871",
        "http://www.aldianews.com/es/node/94871",
        "https://m.aldianews.com/es/node/94871?utm_source=feed",
        "https://ww3w.aldianews.com/es/node/94871?fbclid=x#top",
    )
    assert {scope.candidate(url, depth=1, found_on=None).key for url in spellings} == {surt(spellings[0])}
    # A slash at the end may be another page on the server: it stays.
    assert scope.candidate(spellings[0] + "/", depth=1, found_on=None).key == surt(spellings[0] + "/")


def test_the_seeds_are_on_the_bare_host_and_none_is_refused(aldia, scope):
    assert {host_of(url) for url in aldia.start_urls} == {"aldianews.com"}
    assert {taken_for(scope, url) for url in aldia.start_urls} == {"page"}
