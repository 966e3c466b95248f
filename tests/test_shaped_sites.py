"""The generic spider on sites of other kinds: every story once, no list as a story, no false edit."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.index.database import open_writer
from archiver.index.schema.connection import Index
from archiver.model import Skip
from offline_crawl import crawled, indexed
from shaped_sites import EDITED, NEW, STORIES, all_told, divs, divs_path, wordpress, wordpress_path


def rows(db: Index, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.execute(sql)]


@pytest.mark.slow
@pytest.mark.parametrize(("site", "path_of"), [(wordpress, wordpress_path), (divs, divs_path)])
def test_two_days_of_a_site_yield_every_story_once_and_nothing_else(tmp_path, site, path_of):
    days = [crawled(tmp_path, site(day)) for day in (1, 2)]
    first, second = (len(day.asked) for day in days)
    assert first <= 10 * STORIES and second <= 10 * STORIES, [Counter(p.split("/")[1] for p in d.asked) for d in days]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        indexed(db, days)
        found = rows(db, "SELECT url, versions, text FROM articles ORDER BY url")
    wanted = {f"http://blog.example{path_of(story)}": story for story in all_told(2)}
    assert sorted(url for url, _, _ in found) == sorted(wanted), "each story once, no list"
    assert {wanted[url].number for url, versions, _ in found if versions > 1} <= set(EDITED)
    seen_again = {wanted[url].number for url, versions, text in found if text == wanted[url].text}
    assert len(seen_again) >= STORIES + NEW - len(EDITED), "their text and nothing else"


@pytest.mark.parametrize("path", ["/2024/03/", "/2024/03/page/3/", "/2024/03/05/"])
def test_a_month_with_excerpts_is_not_a_story_despite_its_dated_url(path):
    page = wordpress(1)("blog.example", path)
    found = extract(str(page), f"http://blog.example{path}", datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(found, Skip) and found.reason == "listing"


@pytest.mark.parametrize(
    ("site", "path"), [(divs, "/archivo.php?d=2024-03-01"), (divs, "/archivo.php?d=2024-03-20"), (wordpress, "/feed/")]
)
def test_a_day_of_an_archive_and_a_feed_served_as_html_were_stories(site, path):
    page = site(1)("blog.example", path)
    body = page[1] if isinstance(page, tuple) else str(page)
    found = extract(body.encode(), f"http://blog.example{path}", datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(found, Skip) and found.reason == "listing"
