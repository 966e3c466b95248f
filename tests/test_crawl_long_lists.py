"""Lists of many pages: followed to their ends, and not far beyond."""

import re
from collections import Counter

import pytest

from test_crawl_traps import crawl, urls
from testsites import listing, serve, story

LENGTHS = {"/topics/politics/2": 130, "/tags/chile/2520": 3, "/node": 110}
PER_PAGE = 6


def shown_on(path, number):
    """Six story numbers per page: each list has its own, except /node, which shows the others' stories first."""
    if number >= LENGTHS[path]:
        return []
    first = {"/topics/politics/2": 10_000, "/tags/chile/2520": 20_000, "/node": 10_300}[path]
    return [f"/node/{first + number * PER_PAGE + row}" for row in range(PER_PAGE)]


def site_of_lists(host, target, *, last_page_again=False):
    """Each list has a pager without an end: past its last page it shows nothing, or the last page again."""
    path, _, query = target.partition("?")
    if path == "/":
        return listing(*LENGTHS)
    if re.fullmatch(r"/node/\d+", path):
        return story(f"The story of {path.rpartition('/')[2]}")
    if path in LENGTHS:
        number = int(query.removeprefix("page=") or 0)
        row = min(number, LENGTHS[path] - 1) if last_page_again else number
        return listing(
            *shown_on(path, row), f"{path}?page={number + 1}", *([f"{path}?page={number - 1}"] * bool(number))
        )
    return 404


def pages_of(site, path):
    return {int(asked.partition("page=")[2] or 0) for asked in site.paths() if asked.partition("?")[0] == path}


SPIDER = """
from archiver.spider import ArticleSpider
class Lists(ArticleSpider):
    name = "lists"
    allowed_domains = ["127.0.0.1"]
    start_urls = ["{url}"]
    article_url = r"^/node/\\d+$"
"""


@pytest.mark.slow
def test_a_list_of_a_hundred_pages_is_followed_to_its_end_and_not_far_beyond(new_program):
    with serve(site_of_lists) as site:
        program = new_program()
        (program.home / "spiders" / "lists.py").write_text(SPIDER.format(url=site.url()))
        report = crawl(program, "lists")
        asked = Counter(site.paths())
        for path, length in LENGTHS.items():
            pages = pages_of(site, path)
            assert set(range(length)) <= pages, f"{path} ended at {max(pages)}"
            assert len(pages) <= length + 12, f"{path} went on to {max(pages)}"
            assert all(asked[shown] == 1 for number in range(length) for shown in shown_on(path, number))
    assert report["exit_code"] == 0
    refused = {reason for _, _, reason in urls(program, "state = 'skipped'")}
    assert refused == {"list_ended"}, "the pages past the ends, and nothing else"
