"""Pages of one template: those that differ only in figures are stories; lists that differ in a name are limited."""

import random
from collections import Counter

import pytest

from archiver.crawl.signs.figures import figures_of
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.traps import BARREN_FAMILY, BARREN_NUMBERED, SAME_WORDS, Traps, family_of
from archiver.crawl.signs.url_copies import CopyWatch
from archiver.frontier import Task
from offline_crawl import crawled
from testsites import listing, story

RATES = (
    "The central bank gives the rates of the day: dollar {}, pound {}, franc {}, yen {}. They hold until tomorrow noon."
)


def rates(day):
    chance = random.Random(day)
    text = RATES.format(*(f"{chance.uniform(1, 900):.4f}" for _ in range(4)))
    return f"<html><head><title>Rates</title></head><body><h1>Rates</h1><p>{text}</p></body></html>"


def task(url, number=1, kind="page"):
    return Task(number, url, url, kind, 1, 0, 0, None)


def visit(traps, url, page):
    """Whether the page is classified as a story; None if its URL is refused."""
    if traps.refusal(task(url)):
        return None
    return traps.visited(task(url), False, PageSketch(url, page.encode()))


def test_pages_that_differ_only_in_figures_are_stories_and_use_no_budget():
    traps = Traps()
    found = [visit(traps, f"https://paper.example/rates?id={day}", rates(day)) for day in range(5 * SAME_WORDS)]
    assert found[1:] == [True] * (len(found) - 1), "the first of a kind has no neighbour yet"


@pytest.mark.parametrize(
    "page",
    [
        "<p>Nothing to see. Made at 2026-11-27 14:{0:02}:11, on 27.11.2026.</p>",
        "<p>You are reader number {0}7.</p>",
        "<p>Events of day {0}</p><table>" + "".join(f"<td>{day}</td>" for day in range(1, 31)) + "</table>",
        "<p>Nothing on this page.</p><a href='/x'>{0}1 and {0}2 and {0}3</a>",
    ],
)
def test_clocks_counters_and_calendars_are_not_figures_of_a_story(page):
    traps = Traps()
    found = [visit(traps, f"https://paper.example/day?id={day}", page.format(day)) for day in range(3 * SAME_WORDS)]
    assert True not in found and found[-1] is None


def test_a_parameter_that_selects_the_day_of_the_rates_is_never_irrelevant():
    watch = CopyWatch()
    for day in range(20260501, 20260520):
        url = f"https://paper.example/rates?date={day}"
        watch.visited(PageSketch(url, rates(day).encode()), is_story=True)
    assert watch.canonical("https://paper.example/rates?date=20260601") == "https://paper.example/rates?date=20260601"


@pytest.mark.parametrize(
    ("text", "has_figures"),
    [
        (b"<p>3, 17, 21, 33, 40 and 48</p>", True),
        (b"<p>21.5 to 30.1 degrees, wind 14 km/h</p>", True),
        (b"<p>1 2 3 4 5 6 7 8 9</p>", False),
        (b"<p>in 2024, 2025, 1999</p>", False),
        (b"<p>page 7 of 9</p>", False),
        (b"", False),
    ],
)
def test_figures_of_a_page_are_found(text, has_figures):
    assert (figures_of(text, "https://paper.example/7") is not None) is has_figures


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("https://a.example/tag/ferry/", "tag/*"),
        ("https://a.example/tag/the-ferry-to-the-town/", "tag/*"),
        ("https://a.example/tag/ferry/feed/", "tag/*"),
        ("https://a.example/es/tag/ferry", "es/tag/*"),
        ("https://a.example/es/ferry", None),
        ("https://a.example/about", None),
        ("https://a.example/tag/ferry/page/2/", None),
        ("https://a.example/2024/05/", None),
    ],
)
def test_lists_that_differ_in_a_name_are_one_family(url, family):
    found = family_of(url)
    assert (found and found.path) == family


TAGS, STORIES = 1500, 100


def name_of(number):
    """A name of a tag or a story, without figures."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


def number_of(name):
    return int("".join(str("abcdefghij".index(letter)) for letter in name))


def story_path(number):
    return f"/2024/05/the-story-of-{name_of(number)}/"


def tagged(number):
    """The stories of a tag."""
    return [(number + step) % STORIES for step in (0, 7, 31)]


def blog(host, path):
    """A site like WordPress's: each story has tags, each tag has a list and a feed, and its tag cloud links to many."""
    parts = path.strip("/").split("/")
    if path == "/":
        return listing(
            *(f"/tag/{name_of(number)}/" for number in range(0, TAGS, 30)), "/page/2/", *map(story_path, range(5))
        )
    if parts[0] == "page":
        page = int(parts[1])
        shown = [story_path(number) for number in range((page - 1) * 5, page * 5) if number < STORIES]
        return listing(*shown, f"/page/{page + 1}/") if shown else 404
    if parts[0] == "tag" and len(parts) == 2:
        number = number_of(parts[1])
        others = [f"/tag/{name_of((number * 7 + other) % TAGS)}/" for other in range(1, 30)]
        head = f'<link rel="alternate" type="application/rss+xml" href="/tag/{parts[1]}/feed/">'
        return listing(*map(story_path, tagged(number)), *others).replace("</head>", f"{head}</head>")
    if parts[0] == "tag" and parts[-1] == "feed":
        entries = "".join(f"<item><link>{story_path(found)}</link></item>" for found in tagged(number_of(parts[1])))
        return 200, f"<rss><channel>{entries}</channel></rss>", {"Content-Type": "application/rss+xml"}
    if parts[0].isdigit():
        number = number_of(parts[2].rpartition("-")[2])
        tags = (f"/tag/{name_of((number + STORIES * other) % TAGS)}/" for other in range(15))
        return story(path, links="".join(f'<a href="{tag}">tag</a>' for tag in tags))
    return 404


@pytest.mark.slow
def test_a_site_with_1500_tags_needs_at_most_ten_fetches_per_story(tmp_path):
    done = crawled(tmp_path, blog)
    asked, visitor = done.asked, done.visitor
    kinds = Counter(path.strip("/").split("/")[0] for path in asked)
    assert {path for path in asked if path.startswith("/2024")} == {story_path(number) for number in range(STORIES)}
    assert len(asked) <= 10 * STORIES, kinds
    assert kinds["tag"] >= BARREN_FAMILY and visitor.tally.reasons["trap_barren"] > 0


def test_rates_of_every_day_are_fetched_and_known_as_stories(tmp_path):
    days = [f"/rates/day/{day}" for day in range(3 * SAME_WORDS)]

    def answer(host, path):
        return listing(*days) if path == "/" else rates(path)

    done = crawled(tmp_path, answer)
    assert set(days) <= set(done.asked) and done.visitor.tally.stories == len(days) - 1


def test_a_story_that_a_feed_names_late_was_not_counted(tmp_path):
    # Nor was a page that a story's URL redirects to: a first crawl ended as if the site had no story.
    entry = f"<rss><channel>{'<item><link>http://blog.example/ferry</link></item>' * 2}</channel></rss>"

    def answer(host, path):
        if path == "/feed.xml":
            return 200, entry, {"Content-Type": "application/rss+xml"}
        if path == "/old-address-of-a-story":
            return 301, "", {"Location": "/bridge"}
        pages = {"/": listing("/ferry", "/feed.xml", "/old-address-of-a-story"), "/bridge": story("The bridge")}
        return pages.get(path) or (story("The ferry") if path == "/ferry" else 404)

    done = crawled(tmp_path, answer)
    assert done.asked.index("/ferry") < done.asked.index("/feed.xml")
    assert (done.visitor.tally.stories, done.visitor.tally.pages) == (2, 2)


def test_a_list_that_stories_redirect_to_is_not_a_story(tmp_path):
    def answer(host, path):
        if path == "/":
            return listing("/old-address-of-a-story", "/other-address-of-a-story")
        if path.startswith("/o"):
            return 301, "", {"Location": "/news" if "old" in path else "/sorry"}
        return story(path) if path.startswith("/20") else listing("/2024/05/01/bridge", "/2024/05/02/ferry")

    assert crawled(tmp_path, answer).visitor.tally.stories == 2


def test_a_part_of_a_sitemap_on_another_host_was_off_site_after_an_interruption(tmp_path):
    def answer(host, path):
        if host == "maps.example":
            parts = "<sitemap><loc>http://maps.example/part.xml</loc></sitemap>"
            loc = "<url><loc>http://blog.example/2024/05/01/the-bridge</loc></url>"
            body = f"<sitemapindex>{parts}</sitemapindex>" if path == "/index.xml" else f"<urlset>{loc}</urlset>"
            return 200, body, {"Content-Type": "text/xml"}
        return listing("/about") if path == "/" else story(path)

    first = crawled(tmp_path, answer, most=2, sitemap="http://maps.example/index.xml")
    assert "/part.xml" not in first.asked and "/index.xml" in first.asked
    assert {"/part.xml", "/2024/05/01/the-bridge"} <= set(crawled(tmp_path, answer).asked)


@pytest.mark.parametrize(
    "share",
    [
        "https://social.example/sharer?u=http%3A%2F%2Fblog.example{path}",
        "https://chat.example/send?text=Look:+http://blog.example{path}",
    ],
)
def test_links_for_sharing_kept_an_endless_calendar_open(tmp_path, share):
    def answer(host, path):
        number = int(path.rpartition("/")[2] or 0)
        link = share.format(path=path)
        return listing(f"/calendar/{number + 1}").replace("</ul>", f'</ul><a href="{link}">Share</a>')

    assert len(crawled(tmp_path, answer, most=200).asked) < 2 * BARREN_NUMBERED


def test_picture_pages_below_stories_do_not_count_as_stories(tmp_path):
    pages = {"/2024/05/01/ferry/": ("/2024/05/01/ferry/picture/",), "/2024/05/02/mill/": ("/2024/05/02/mill/photo-1/",)}

    def answer(host, path):
        if path == "/":
            return listing(*pages)
        links = "".join(f'<a href="{target}">picture</a>' for target in pages.get(path, ()))
        return story(path, links=links) if path in pages else "<html><body><img src='/p.jpg'></body></html>"

    done = crawled(tmp_path, answer)
    assert (done.visitor.tally.stories, len(done.asked)) == (2, 5)
