"""Endless sites: the crawl ends, and no story is missed."""

import itertools
import random
import sqlite3
from collections import Counter

import pytest

from archiver.crawl.signs.traps import BARREN_FACETS, BARREN_NUMBERED, HOSTS, SAME_WORDS
from archiver.samplesite import SampleSite, stories
from testsites import listing, serve, story


def crawl(program, url, *arguments, exit_code=0):
    options = ("--no-index", "--json", "--delay", "0", "--concurrency", "8", *arguments)
    return program.json("crawl", url, *options, exit_code=exit_code)[0]


def urls(program, where="1"):
    db = sqlite3.connect(program.archive / "frontier.db")
    try:
        return db.execute(f"SELECT url, state, reason FROM urls WHERE {where}").fetchall()
    finally:
        db.close()


@pytest.mark.slow
def test_the_sample_site_with_its_traps_open_ends_with_every_story(new_program):
    with SampleSite() as site:
        program = new_program()
        report = crawl(program, site.url)
        asked = Counter((request.host, request.path) for request in site.requests)
        fetched = {path for _, path in asked}
        missing = [story.path for story in stories() if story.path not in fetched]
        assert not missing
        calendar = [path for _, path in asked if path.startswith("/more/calendar/")]
        assert len(calendar) <= BARREN_NUMBERED + 8, "those under way when the pattern was closed"
        assert not [path for _, path in asked if "sort=" in path or "sid=" in path]
        assert report["fetched"] <= 420
        assert report["reasons"]["trap_sorted"] > 0
        assert report["reasons"].get("trap_barren", 0) + report["reasons"].get("trap_same_words", 0) > 0
        assert report["exit_code"] == 0


def endless(host, path):
    """Real stories, and all kinds of endless URLs."""
    path, _, query = path.partition("?")
    if path == "/":
        traps = ["/deep", "/list?page=1", "/shop?color=1", "/days/2024/01/01", "/search?q=a", "/hosts", "/soft/1"]
        return listing("/news/a-story-that-is-real", "/list", *traps)
    if path.startswith("/news/"):
        return story(path)
    if path.startswith("/deep"):
        return "<html><body><a href='deep/er'>down</a> <a href='deep'>again</a></body></html>".replace(
            "href='", f"href='{path}/"
        )
    if path == "/list":
        page = int(query.partition("=")[2] or 0)
        shown = [f"/news/story-of-the-list-{page}-{number}" for number in range(3)] if page < 6 else []
        return listing(*shown, f"/list?page={page + 1}")
    if path == "/shop":
        names = [pair.partition("=")[0] for pair in query.split("&")]
        more = [f"/shop?{query}&{facet}=1" for facet in ("size", "cut", "fit", "brand", "cloth") if facet not in names]
        return listing(*more, f"/shop?color={len(query)}")
    if path.startswith("/days/"):
        year, month, day = map(int, path.split("/")[2:5])
        return listing(f"/days/{year}/{month:02}/{day % 28 + 1:02}", f"/days/{year + 1}/{month:02}/{day:02}")
    if path.startswith("/search"):
        return listing(*(f"/search?q={word}" for word in "abcdefgh"))
    if path.startswith("/soft/"):
        number = int(path.rpartition("/")[2])
        return story("Nothing to see", links=f'<a href="/soft/{number + 1}">next</a>')
    return 404


@pytest.mark.slow
def test_every_kind_of_endless_urls_has_a_budget_and_a_reason(new_program):
    with serve(endless) as site:
        program = new_program()
        report = crawl(program, site.url())
        asked = Counter(path.partition("?")[0].split("/")[1] for path in site.paths())
    assert asked["deep"] <= 20
    assert asked["list"] <= 6 + BARREN_NUMBERED + 9
    assert asked["shop"] <= BARREN_FACETS + 16
    assert asked["days"] <= BARREN_NUMBERED + 9
    assert asked["soft"] <= SAME_WORDS + 9
    assert asked["search"] == 0
    assert asked["news"] == 1 + 6 * 3, "all that is real is found"
    for reason in ("trap_repeating", "trap_barren", "trap_search"):
        assert report["reasons"][reason] > 0, report["reasons"]
    assert report["reasons"] == dict(sorted(Counter(reason or state for _, state, reason in urls(program)).items())), (
        "what the report counts is what the frontier holds"
    )


@pytest.mark.slow
def test_a_long_section_is_followed_to_its_end_although_a_sitemap_lists_its_beginning(new_program):
    def answer(host, path):
        path, _, query = path.partition("?")
        if path == "/robots.txt":
            return 200, "Sitemap: /map.xml\n", {}
        if path == "/map.xml":
            urls = "".join(
                f"<url><loc>{site.url(path=f'/news/story-of-page-{page}')}</loc></url>" for page in range(40)
            )
            return 200, f"<urlset>{urls}</urlset>", {"Content-Type": "text/xml"}
        if path == "/" or path == "/list":
            page = int(query.partition("=")[2] or 0)
            return listing(f"/news/story-of-page-{page}", *([f"/list?page={page + 1}"] if page < 44 else []))
        return story(path)

    with serve(answer) as site:
        report = crawl(new_program(), site.url())
        assert "/news/story-of-page-44" in site.paths()
        assert report["stories"] == 45
        assert "trap_barren" not in report["reasons"]


@pytest.mark.slow
def test_generated_host_names_are_limited(new_program):
    def answer(host, path):
        if path == "/robots.txt":
            return 404
        rng = random.Random(host)
        other = f"http://h{rng.randrange(10**9)}.endless.localhost:{site.port}/"
        return listing(other, f"/news/the-story-of-{host.replace('.', '-')}") if path == "/" else story(host + path)

    with serve(answer) as site:
        program = new_program()
        (program.home / "spiders" / "endless.py").write_text(
            "from archiver.spider import ArticleSpider\n"
            "class Endless(ArticleSpider):\n"
            "    name = 'endless'\n    allowed_domains = ['endless.localhost']\n"
            f"    start_urls = [{site.url('www.endless.localhost')!r}]\n"
        )
        report = crawl(program, "endless")
        assert len({asked.host for asked in site.requests}) <= HOSTS
        assert report["reasons"]["trap_hosts"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("says_so", [True, False], ids=["by rel=canonical", "by its words alone"])
def test_a_mirror_is_recognised_and_not_fetched_twice(new_program, says_so):
    paths = [f"/news/the-story-with-number-{number}" for number in range(30)]

    def answer(host, path):
        if path == "/robots.txt":
            return 404
        if path == "/":
            return listing(*paths, *(f"http://ww3w.paper.localhost:{site.port}{path}" for path in paths))
        own = f'<link rel="canonical" href="http://www.paper.localhost:{site.port}{path}">' if says_so else ""
        return story(path.replace("-", " "), head=own)

    with serve(answer) as site:
        program = new_program()
        (program.home / "spiders" / "paper.py").write_text(
            "from archiver.spider import ArticleSpider\n"
            "class Paper(ArticleSpider):\n"
            "    name = 'paper'\n    allowed_domains = ['paper.localhost']\n"
            f"    start_urls = [{site.url('www.paper.localhost')!r}]\n"
        )
        report = crawl(program, "paper")
        assert set(paths) <= set(site.paths("www.paper.localhost"))
        assert len(site.paths("ww3w.paper.localhost")) <= 3 + 1 + 16, "three to tell, robots.txt, and those under way"
        assert report["reasons"]["mirror"] >= 10


@pytest.mark.slow
def test_sitemaps_elsewhere_and_sitemaps_in_sitemaps_are_refused_with_a_reason(new_program):
    def answer(host, path):
        if path == "/robots.txt":
            return 200, "Sitemap: /map1.xml\n", {}
        if path.startswith("/map"):
            level = int(path[4:-4])
            index = f"<sitemap><loc>{site.url(path=f'/map{level + 1}.xml')}</loc></sitemap>"
            index += f"<sitemap><loc>{site.url(path='/map1.xml')}</loc></sitemap>"
            index += "<sitemap><loc>https://elsewhere.invalid/map.xml</loc></sitemap>"  # robots.txt does not name it
            return 200, f"<sitemapindex>{index}</sitemapindex>", {"Content-Type": "text/xml"}
        return listing()

    with serve(answer) as site:
        program = new_program()
        crawl(program, site.url(), exit_code=19)  # it has no story
        maps = [path for path in site.paths() if path.startswith("/map")]
        assert maps == ["/map1.xml", "/map2.xml", "/map3.xml"]
        assert [row[2] for row in urls(program, "url LIKE '%map4.xml'")] == ["trap_sitemaps"]
        assert [row[2] for row in urls(program, "url LIKE '%elsewhere%'")] == ["sitemap_off_site"]


@pytest.mark.slow
def test_a_long_sitemap_does_not_delay_other_responses(new_program):
    """While 50,000 entries are taken in, other answers of the same site are still dealt with."""
    entries = "".join(f"<url><loc>URL/news/story-of-the-archive-{number}</loc></url>" for number in range(50_000))

    def answer(host, path):
        if path == "/robots.txt":
            return 200, "Sitemap: /map.xml\n", {}
        if path == "/map.xml":
            return (
                200,
                "<urlset>" + entries.replace("URL", site.url().rstrip("/")) + "</urlset>",
                {"Content-Type": "text/xml"},
            )
        return listing("/a", "/b", "/c", "/d") if path == "/" else story(path)

    with serve(answer) as site:
        program = new_program()
        report = crawl(program, site.url(), "--max-pages", "60")
        assert report["queued"] >= 49_900
        asked = next(asked.time for asked in site.requests if asked.path == "/map.xml")
        after = [request.time for request in site.requests if request.time >= asked]
        longest = max(later - earlier for earlier, later in itertools.pairwise(after))
        assert longest < 2.5, "taken in at once it is more than that on an idle machine"
