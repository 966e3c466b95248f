"""Sites whose URLs don't show which pages are stories, or contain irrelevant parts: no story is lost, none is fetched
twice."""

import itertools
import re
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest

from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import Traps
from archiver.crawl.signs.url_copies import CopyWatch
from archiver.crawl.signs.walls import WallWatch
from archiver.extract import extract
from archiver.frontier import Candidate, Task
from archiver.model import Article, Skip
from conftest import equals_one_rebuilt
from testsites import WORDS, listing, serve, story


def sketch(page):
    return PageSketch("http://example.com/page", page)


def text_of(number):
    """Sentences that differ for each number."""
    names = ["".join(chr(97 + int(digit)) for digit in f"{number * 8 + part}") for part in range(8)]
    return "".join(f"<p>On {name} street the people of {name} said that {name}. {WORDS}</p>" for name in names)


def numbered_story(number, head="", links=""):
    menu = '<a href="/">home</a> <a href="/section.php?sec=1">news</a>'
    return (
        f"<html><head><title>Story {number}</title>{head}</head>"
        f"<body><h1>Story</h1>{text_of(number)}{links}{menu}</body></html>"
    )


def crawl(program, url, *arguments, index=False, **options):
    """If only a page's content shows that it is a story, the crawl needs its index for exit code 0."""
    arguments = (*([] if index else ["--no-index"]), "--json", "--delay", "0", "--concurrency", "8", *arguments)
    return program.json("crawl", url, *arguments, **options)[0]


def kinds(program):
    db = sqlite3.connect(program.archive / "frontier.db")
    try:
        return dict(db.execute("SELECT url, kind FROM urls WHERE state = 'done'").fetchall())
    finally:
        db.close()


STORIES = 60


def php_site(host, path):
    """Stories by number only, a long section, an endless calendar."""
    path, _, query = path.partition("?")
    given = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
    number = int(given.get("id", 0))
    if path == "/story.php" and 1 <= number <= STORIES:
        return numbered_story(number)
    if path in ("/", "/section.php"):
        page = int(given.get("page", 1))
        shown = range(1, STORIES + 1)[(page - 1) * 10 : page * 10]
        onward = [f"/section.php?sec=1&page={page + 1}"] if shown else []
        return listing(*(f"/story.php?id={number}" for number in shown), *onward, "/days.php?day=1")
    if path == "/days.php":
        day = int(given["day"])
        return f"<p>On day {day} nothing happens. {WORDS * 3}</p><a href='?day={day + 1}'>next</a>"
    return 404


@pytest.mark.slow
def test_stories_with_only_a_number_in_their_url_are_found_and_rechecked_as_stories(new_program):
    with serve(php_site) as site:
        program = new_program()
        report = crawl(program, site.url())
        asked = [path for path in site.paths() if path.startswith("/story.php")]
        assert sorted(set(asked)) == sorted(f"/story.php?id={number}" for number in range(1, STORIES + 1))
        assert len(asked) == STORIES, "each once"
        assert len([path for path in site.paths() if path.startswith("/days.php")]) <= 30
        assert report["reasons"]["trap_barren"] >= 1, "the calendar still comes to an end"
        assert report["stories"] >= STORIES - 2, "the first of a pattern can't be told from a list"
        site.requests.clear()
        again = crawl(program, site.url())
        assert len([path for path in site.paths() if path.startswith("/story.php")]) <= 2
        assert again["exit_code"] == 0, "stories are where they were"


@pytest.mark.slow
def test_a_page_that_declares_a_story_is_one(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/bridge", "/ferry", "/people", "/news", "/es")
        dated = '<meta property="article:published_time" content="2024-05-01T10:00:00Z">'
        typed = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x"}</script>'
        heads = {"/bridge": dated, "/ferry": typed, "/people": "", "/es": dated}
        if path == "/news":
            return listing("/bridge", "/ferry").replace("<title>", dated + "<title>")
        return numbered_story(len(path), heads[path]) if path in heads else 404

    with serve(answer) as site:
        program = new_program()
        crawl(program, site.url())
        found = {url.rpartition("/")[2]: kind for url, kind in kinds(program).items()}
    assert (found["bridge"], found["ferry"], found["people"]) == ("article", "article", "page")
    assert found["news"] == found["es"] == "page", "a section and a front page, whatever their template says"


def test_a_list_with_many_articles_in_json_ld_is_not_a_story():
    entry = '{"@type": "NewsArticle", "headline": "x"}'
    page = f'<script type="application/ld+json">[{entry}, {entry}]</script>'
    listed = '<script type="application/ld+json">{"@type": "CollectionPage", "mainEntity": %s}</script>' % entry  # noqa: UP031
    text = text_of(1)
    assert not sketch((page + text).encode()).declares_story
    assert not sketch((listed + text).encode()).declares_story
    assert sketch((page.replace(f"{entry}, ", "") + text).encode()).declares_story


@pytest.mark.slow
@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_page_found_as_a_link_becomes_a_story_if_a_feed_lists_it(new_program, meanwhile):
    """Also of a page that is on its way when the feed is read."""
    feed_was_read = threading.Event()

    def answer(host, path):
        if path == "/bridge" and meanwhile:
            assert feed_was_read.wait(10)
            time.sleep(0.3)
        if path == "/":
            return listing("/bridge", "/feed.xml")
        if path == "/feed.xml":
            feed_was_read.set()
            return 200, f"<rss><channel><item><link>{site.url(path='/bridge')}</link></item></channel></rss>", {}
        return numbered_story(1) if path == "/bridge" else 404

    with serve(answer) as site:
        program = new_program()
        assert crawl(program, site.url())["stories"] == 1
        assert kinds(program)[site.url(path="/bridge")] == "article"
        site.requests.clear()
        crawl(program, site.url())
        assert "/bridge" not in site.paths(), "a story is looked at again when it is due"


@pytest.mark.slow
@pytest.mark.parametrize("part", ["parameter", "folder"])
def test_stories_whose_addresses_carry_a_new_token_each_time_are_fetched_once(new_program, part):
    count = itertools.count(10**15)

    def addressed(path):
        token = f"{next(count):x}{next(count):x}"[:20]
        return f"{path}?from={token}" if part == "parameter" else f"/s/{token}{path}"

    def answer(host, path):
        path = re.sub(r"^/s/\w+|\?.*", "", path)
        paths = [f"/2024/05/{number:02}/story-{'abcdefghijklmnop'[number]}" for number in range(1, 13)]
        if path == "/":
            return listing(*(addressed(path) for path in paths))
        if path not in paths:
            return 404
        onward = "".join(f"<a href='{addressed(path)}'>more</a>" for path in paths)
        return numbered_story(paths.index(path), links=onward)

    with serve(answer) as site:
        report = crawl(new_program(), site.url(), "--max-pages", "300")
        asked = [path for path in site.paths() if "story-" in path]
    assert report["stop_reason"] == "finished"
    assert len({re.search(r"story-\w", path)[0] for path in asked}) == 12
    assert len(asked) <= 12 * 5, "as many as are under way before it is told"
    assert report["reasons"]["copy"] > 0


def test_a_parameter_that_selects_the_page_is_never_irrelevant():
    watch = CopyWatch()
    for number in range(50):
        # Each declares the URL without the number as canonical, as careless templates do.
        head = '<link rel="canonical" href="https://e.example/story.php">'
        url = f"https://e.example/story.php?id={number}&ref=home"
        body = numbered_story(number, head).encode()
        for address in (url, url.replace("home", "feed")):
            watch.visited(PageSketch(address, body), is_story=True)
    assert watch.canonical("https://e.example/story.php?id=77&ref=x") == "https://e.example/story.php?id=77"


@pytest.mark.slow
def test_a_page_by_the_parameter_of_searches_is_fetched_where_it_names_a_path(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/?q=node/1", "/?q=bridge", "/?q=search/node/bridge")
        return numbered_story(1) if "node/1" in path else 404

    with serve(answer) as site:
        crawl(new_program(), site.url(), index=True)
        assert [path for path in site.paths() if "q=" in path] == ["/?q=node/1"]


@pytest.mark.slow
def test_calendar_urls_are_not_stories(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/agenda/2024/01/01")
        if not path.startswith("/agenda/"):
            return 404
        year, month, day = map(int, path.split("/")[2:5])
        return listing(f"/agenda/{year + day // 28}/{month:02}/{day % 28 + 1:02}")

    with serve(answer) as site:
        report = crawl(new_program(), site.url(), "--max-pages", "200", exit_code=19)
    assert report["reasons"]["trap_barren"] >= 1
    assert (report["stories"], report["cause"]) == (0, "only_lists")


@pytest.mark.slow
def test_a_site_behind_a_refresh_a_frameset_and_a_plain_text_sitemap_is_crawled(new_program):
    def answer(host, path):
        pages = {
            "/robots.txt": (200, "Sitemap: /list.txt\n", {"Content-Type": "text/plain"}),
            "/list.txt": (200, f"{site.url(path='/listed')}\n", {"Content-Type": "text/plain"}),
            "/": '<html><head><meta http-equiv="Refresh" content="0; URL=home.html"></head></html>',
            "/home.html": '<html><frameset><frame src="main.html"></frameset></html>',
            "/main.html": listing("/framed"),
        }
        return pages.get(path) or (story(path) if path in ("/listed", "/framed") else 404)

    with serve(answer) as site:
        crawl(new_program(), site.url(), index=True)
        assert {"/listed", "/framed"} <= set(site.paths())


@pytest.mark.slow
def test_a_redirect_to_a_url_with_raw_bytes_is_followed(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/old-address-of-a-story")
        if path.startswith("/old"):
            return 302, "", {"Location": "/a\u00f1o"}  # one byte on the wire: no UTF-8
        return story("Year") if path == "/a%F1o" else 404

    with serve(answer) as site:
        report = crawl(new_program(), site.url())
        assert "/a%F1o" in site.paths()
    assert "status_404" not in report["reasons"] and report["stories"] == 1


@pytest.mark.slow
def test_a_redirect_loop_over_several_urls_has_its_reason(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/a-story-behind-a-cookie", "/fine-story-of-the-town")
        if path == "/a-story-behind-a-cookie":
            return 302, "", {"Location": "/consent"}
        if path == "/consent":
            return 302, "", {"Location": "/check"}
        if path == "/check":
            return 302, "", {"Location": "/a-story-behind-a-cookie"}
        return story(path) if path.startswith("/fine") else 404

    with serve(answer) as site:
        report = crawl(new_program(), site.url())
        assert site.paths().count("/a-story-behind-a-cookie") == 1
    assert report["reasons"]["redirect_loop"] == 1


@pytest.mark.slow
def test_a_start_page_in_a_redirect_loop_is_a_failure(new_program):
    with serve(lambda host, path: (302, "", {"Location": "/b" if path == "/" else "/"})) as site:
        program = new_program()
        program.run("crawl", site.url(), "--no-index", "--delay", "0", exit_code=9)


@pytest.mark.parametrize("piece", [b"<script ", b"<style>", b"<a href=x>", b"<title>", b"<!--", b"<nav>"])
def test_no_page_blocks_the_crawl(piece):
    page = piece * (500_000 // len(piece))
    began = time.perf_counter()
    assert sketch(page).words
    assert not sketch(page).sentences
    assert not sketch(page).declares_story
    assert not sketch(page[:200_000]).wall
    assert time.perf_counter() - began < 3


@pytest.mark.slow
def test_since_applies_to_stories_linked_before_a_sitemap_states_their_age(new_program):
    paths = {f"/the-story-with-number-{number}": 2019 + number % 6 for number in range(60)}

    def answer(host, path):
        if path == "/robots.txt":
            return 200, "Sitemap: /index.xml\n", {"Content-Type": "text/plain"}
        if path == "/index.xml":
            return 200, f"<sitemapindex><sitemap><loc>{site.url(path='/map.xml')}</loc></sitemap></sitemapindex>", {}
        if path == "/map.xml":
            entries = "".join(
                f"<url><loc>{site.url(path=path)}</loc><lastmod>{year}-03-01</lastmod></url>"
                for path, year in paths.items()
            )
            return 200, f"<urlset>{entries}</urlset>", {}
        return listing(*paths) if path == "/" else story(path)

    with serve(answer) as site:
        program = new_program()
        report = crawl(program, site.url(), "--since", "2022-06-01", "--concurrency", "1")
        asked = [paths[path] for path in site.paths() if path in paths]
        assert asked.count(2023) == asked.count(2024) == 10
        assert len(asked) <= 20 + 16, "those under way when the sitemap came"
        assert report["reasons"]["before_since"] == 60 - len(asked) and report["queued"] == 0
        crawl(program, site.url())
        assert set(paths) <= set(site.paths()), "a crawl without it has them all"


@pytest.mark.slow
def test_a_truncated_response_followed_by_a_complete_one_is_not_an_edit(new_program):
    page, cuts = story("The bridge"), {1}

    def answer(host, path):
        if path == "/":
            return listing("/2024/05/01/the-bridge-opens")
        if not path.startswith("/2024"):
            return 404
        if cuts:
            fields = {"Content-Length": str(len(page)), "Connection": "close", "Day": str(cuts.pop())}
            return 200, page[: len(page) // 2], fields
        return page

    with serve(answer) as site:
        program = new_program()
        for day in (1, 2):
            report = program.json("crawl", site.url(), "--json", "--delay", "0", "--recheck", "all")[0]
            assert report["retries"] == 1 and report["index"]["changed"] == 0
            assert program.rows("SELECT versions FROM articles") == [(1,)]
            cuts.add(day + 1)
        assert program.rows("SELECT count(*) FROM captures WHERE truncated = 'disconnect'") == [(2,)]
        assert equals_one_rebuilt(program, new_program())


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_lists_that_declare_themselves_articles_are_not_stories():
    teasers = "".join(f'<h2><a href="/story-{number}">Head {number}</a></h2>{text_of(number)}' for number in range(3))
    page = f'<head><meta property="og:type" content="article"><title>News</title></head><body>{teasers}</body>'
    for path in ("/", "/category/news/", "/tag/bridge/page/2/", "/bridge"):
        assert extract(page, f"https://e.example{path}", NOW).reason == "listing", path
    story = page.replace("<title>News</title>", "<title>What became of the bridge</title>")
    assert isinstance(extract(story, "https://e.example/bridge", NOW), Article)


def test_a_story_at_the_front_page_s_url_with_a_number_is_a_story():
    for path in ("/?p=12", "/index.php?q=node/12"):
        assert isinstance(extract(numbered_story(1), f"https://e.example{path}", NOW), Article), path


def test_headlines_in_plain_divs_are_a_list():
    streets = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper"]
    lines = "".join(
        f'<div><a href="/node/{tree}">{tree} street floods again {len(tree)}1</a> </div>' for tree in streets
    )
    menu = "<nav><a href='/'>home</a> <a href='/es'>es</a> <a href='/news'>news</a> </nav>"
    onward = '<a href="?page=5">next</a> <a href="?page=99">last</a>'
    page = (
        f'<!DOCTYPE html><html lang="en"><head><title>News</title></head><body>{menu}<main>{lines}{onward}</main>'
        "<footer>Ad 17</footer></body></html>"
    )
    found = extract(page, "https://e.example/news?page=4", NOW)
    assert isinstance(found, Skip) and found.reason == "listing", found


LONG_STORIES = [f"/the-long-story-of-{letter}" for letter in "abcdefghijkl"]


def paged_story(path, page, canonical):
    if path not in LONG_STORIES or page > 2:
        return 404
    pages = "".join(f"<a href='{path}?page={number}'>{number}</a>" for number in (1, 2))
    head = canonical and f"<link rel=canonical href={path}>"
    return numbered_story(LONG_STORIES.index(path) * 10 + page, head, pages)


@pytest.mark.slow
@pytest.mark.parametrize("canonical", ["", "canonical"])
def test_later_pages_of_a_story_are_fetched_although_they_share_a_canonical_url(new_program, canonical):
    """Nor where `?page=1` shows the same as no page."""

    def answer(host, path):
        path, _, query = path.partition("?page=")
        return listing(*LONG_STORIES) if path == "/" else paged_story(path, int(query or 1), canonical)

    with serve(answer) as site:
        crawl(new_program(), site.url(), "--concurrency", "1")
        assert {f"{path}?page=2" for path in LONG_STORIES} <= set(site.paths())


@pytest.mark.slow
def test_translations_are_fetched_although_the_first_stories_have_none(new_program):
    def answer(host, path):
        path, _, query = path.partition("?")
        if path == "/":
            return listing(*LONG_STORIES)
        if path not in LONG_STORIES:
            return 404
        number = LONG_STORIES.index(path)
        return numbered_story(number + (100 if query and number >= 6 else 0), links=f"<a href='{path}?lang=es'>es</a>")

    with serve(answer) as site:
        crawl(new_program(), site.url(), "--concurrency", "1")
        assert {f"{path}?lang=es" for path in LONG_STORIES} <= set(site.paths())


FOOTER = "<footer>This site is protected by reCAPTCHA. We use cookies.</footer>"


def test_short_stories_above_a_notice_on_captchas_and_cookies_are_not_walls(new_program):
    brief = "<p>On {0} street a {0} opened on Monday, with music, cake and a crowd that sang until the evening.</p>"

    def answer(host, path):
        if path == "/":
            return listing(*(f"/2024/05/01/brief-{letter}" for letter in "abcdefgh"))
        if not path.startswith("/2024"):
            return 404
        return f"<h1>{path}</h1>" + "".join(brief.format(path[-1] * (3 + part)) for part in range(5)) + FOOTER

    with serve(answer) as site:
        report = crawl(new_program(), site.url())
    assert report["stories"] == 7 and report["walls"] == 1, "the first can't be told from a wall"


def test_a_wall_that_names_the_requested_page_is_a_wall():
    watch, says = WallWatch(), "Before you continue to the news of our town we ask you to choose. " * 8
    for number in range(5):
        page = f"<p>{says}</p><p>You wanted /the-story-with-the-number-{number}</p>"
        assert watch.sign(sketch(page.encode())) == "consent"


@pytest.mark.slow
def test_sections_with_complete_stories_are_fetched_by_each_crawl(new_program):
    """As stories they would be asked the less the older they are, and what is new in them be missed."""
    sections = [f"/list.php?cat={number}" for number in range(1, 6)]

    def answer(host, path):
        path, _, number = path.partition("=")
        if path == "/list.php?cat":
            numbers = range(int(number) * 10, int(number) * 10 + 10)
            return "".join(f"<h2><a href='/story.php?id={n}'>Story</a></h2>{text_of(n)}" for n in numbers)
        if path == "/story.php?id":
            return numbered_story(int(number), links="<h3><a href='/story.php?id=10'>More</a></h3>")
        return listing(*sections) if path == "/" else 404

    with serve(answer) as site:
        program = new_program()
        crawl(program, site.url())
        assert list(kinds(program).values()).count("article") >= 48, "stories are stories"
        site.requests.clear()
        crawl(program, site.url())
        assert set(sections) <= set(site.paths())


@pytest.mark.slow
def test_a_url_refused_as_a_search_is_fetched_if_a_feed_lists_it(new_program):
    def answer(host, path):
        if path == "/":
            return listing("/search/party-finds-climbers", "/feed.xml")
        if path == "/feed.xml":
            where = site.url(path="/search/party-finds-climbers")
            return 200, f"<rss><channel><item><link>{where}</link></item></channel></rss>", {}
        return numbered_story(1) if path.startswith("/search/") else 404

    with serve(answer) as site:
        report = crawl(new_program(), site.url())
        assert site.paths().count("/search/party-finds-climbers") == 1
    assert report["stories"] == 1 and report["queued"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("other_host", [False, True])
def test_a_redirect_target_of_its_canonical_url_is_neither_copy_nor_mirror(new_program, other_host):
    """Sites that hand out a session so: to go back to the canonical address would lose all but the first stories."""

    def answer(host, path):
        path, _, query = path.partition("?")
        if path == "/":
            return listing(*LONG_STORIES)
        if path not in LONG_STORIES:
            return 404
        there = site.url("b.a.localhost", path) if other_host else site.url("a.localhost", path) + "?visit=x1f5e9c"
        if site.url(host, path) + ("?" + query if query else "") != there:
            return 302, "", {"Location": there}
        canonical = site.url("a.localhost", path)
        return numbered_story(LONG_STORIES.index(path), f"<link rel=canonical href={canonical}>")

    with serve(answer) as site:
        report = crawl(new_program(), site.url("a.localhost"), "--concurrency", "1")
    assert report["stories"] == len(LONG_STORIES)


def test_a_list_read_in_pieces_was_judged_by_its_last_piece():
    traps = Traps(has_rule=False)

    def visit(number, pieces):
        task = Task(number, f"https://x.test/list/{number}", f"{number}", "page", 1, 0, 0, None)
        for piece in range(pieces):
            links = [f"https://x.test/{number}/{piece}/a-story-of-four-{part}" for part in range(30)]
            traps.shows(task, [Candidate(link, link, "article") for link in links])
        body = "".join(text_of(number * 30 + part) for part in range(20)).encode()
        return traps.visited(task, True, PageSketch(task.url, body))

    assert not visit(1, 1), "the first of a pattern tells nothing"
    assert visit(2, 0)
    assert not visit(3, 5)
    assert visit(4, 1)
