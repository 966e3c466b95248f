"""The same site crawled again: unchanged pages are requested conditionally and stored once; edits are versions."""

import json
import shutil
import sqlite3
import time
from collections import Counter

import pytest

from archiver.samplesite import SampleSite, stories
from archiver.warc import read_records
from conftest import equals_one_rebuilt, make_program
from testsites import listing, serve
from testsites import story as story_page

pytestmark = pytest.mark.slow  # each test crawls the sample newspaper

DAY_1 = {story.path: story for story in stories(1)}
DAY_2 = {story.path: story for story in stories(2)}
NEW = set(DAY_2) - set(DAY_1)
GONE = set(DAY_1) - set(DAY_2)
EDITED = {path for path in set(DAY_1) & set(DAY_2) if DAY_1[path].text != DAY_2[path].text}
PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


def path_of(url):
    return "/" + url.split("://", 1)[1].partition("/")[2]


def records(program):
    """All records of the archive, in the order in which they were written."""
    for path in sorted((program.archive / "warc").glob("*.warc.gz")):
        yield from read_records(path, 0)


def frontier_of(program, sql, *parameters):
    db = sqlite3.connect(program.archive / "frontier.db")
    try:
        with db:
            return db.execute(sql, parameters).fetchall()
    finally:
        db.close()


@pytest.fixture(scope="module")
def two_days(tmp_path_factory):
    """The sample site crawled on two days, with every story re-fetched: (program, report, requests of day 2)."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("two-days") / "home", site.url)
        program.run("crawl", "elpuente")
        site.requests.clear()
        site.day = 2
        report = program.json("crawl", "elpuente", "--recheck", "all", "--json")[0]
        yield program, report, list(site.requests)


def test_known_pages_are_requested_with_their_validators(two_days):
    _, report, requests = two_days
    known = [request for request in requests if request.path in DAY_1]
    assert len(known) == len(DAY_1)
    assert all("if-none-match" in request.headers for request in known)
    answers = Counter(request.status for request in requests if request.path in DAY_1)
    assert answers[304] > 0 and answers[200] > 0 and answers[404] + answers[410] == len(GONE)
    assert report["not_modified"] >= answers[304]
    assert not [r for r in requests if r.path in NEW and "if-none-match" in r.headers]


def test_only_edits_are_versions(two_days):
    program, report, _ = two_days
    edited = {path_of(url) for (url,) in program.rows("SELECT url FROM articles WHERE versions > 1")}
    assert edited == EDITED and len(EDITED) == 5
    assert program.rows("SELECT max(versions) FROM articles") == [(2,)]
    assert report["index"] == {"new": len(NEW), "changed": len(EDITED), "gone": len(GONE), "seen": len(DAY_2)}


def test_deleted_stories_are_gone_and_kept_and_new_ones_found(two_days):
    program, report, _ = two_days
    found = {path_of(url): status for url, status in program.rows("SELECT url, status FROM articles")}
    assert set(found) == set(DAY_1) | set(DAY_2) and len(NEW) == 6
    assert {path for path, status in found.items() if status == "gone"} == GONE
    states = {
        path_of(url): due
        for url, due in frontier_of(program, "SELECT url, next_due FROM urls WHERE state = 'gone' AND kind = 'article'")
    }
    assert set(states) == GONE and all(due > time.time() + 20 * 86400 for due in states.values())
    assert report["pages_gone"] == len(GONE) and report["pages_new"] == len(NEW)


def test_unchanged_pages_are_revisits_that_refer_to_responses(two_days):
    program, report, _ = two_days
    responses, revisits = {}, []
    for record in records(program):
        if record.type == "response":
            responses[record.ref.record_id] = record
        elif record.type == "revisit":
            revisits.append(record)
    profiles = Counter(record.fields["warc-profile"].removeprefix(PROFILE) for record in revisits)
    assert set(profiles) == {"server-not-modified", "identical-payload-digest"}
    assert len(revisits) >= report["revisits"] > 30
    for record in revisits:
        original = responses[record.fields["warc-refers-to"]]
        assert record.fields["warc-refers-to-target-uri"] == original.fields["warc-target-uri"]
        assert record.fields["warc-refers-to-date"] == original.fields["warc-date"]
        assert record.fields["warc-payload-digest"] == original.fields["warc-payload-digest"]
        head, _, payload = record.block.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 ") and payload == b""


def test_the_index_follows_revisits_to_their_payload(two_days):
    program, _, _ = two_days
    rows = program.rows(
        "SELECT c.url, c.payload_id, p.record_type, p.article_id, c.article_id, p.warc_file < c.warc_file,"
        " c.http_status "
        "FROM captures c LEFT JOIN captures p ON p.id = c.payload_id WHERE c.record_type = 'revisit'"
    )
    stories_of_day_1 = [row for row in rows if path_of(row[0]) in DAY_1 and row[6] == 304]
    assert len(stories_of_day_1) > 10
    for url, payload_id, record_type, payload_story, story, earlier_file, _ in stories_of_day_1:
        assert (payload_id, record_type, earlier_file) == (payload_id, "response", 1), url
        assert story is not None and story == payload_story
    moved = program.rows(
        "SELECT c.url, c.http_status, c.article_id, p.article_id "
        "FROM captures c JOIN articles a ON a.id = c.article_id JOIN captures p ON p.id = c.payload_id "
        "WHERE c.record_type = 'revisit' AND a.last_seen = c.fetched_at AND a.first_seen < c.fetched_at"
    )
    # A story with two URLs counts by the one requested last; each page names its own, so no bytes are equal.
    assert {status for _, status, _, _ in moved} == {304}
    assert {story for _, _, story, _ in moved} == {row[4] for row in stories_of_day_1}
    assert all(story == payload_story for _, _, story, payload_story in moved)


def test_the_index_of_a_recrawl_equals_one_rebuilt(two_days, new_program):
    program, _, _ = two_days
    assert equals_one_rebuilt(program, new_program())


def test_each_fetch_has_a_line_in_the_crawls_log(two_days):
    program, report, requests = two_days
    lines = [
        json.loads(line)
        for line in (program.archive / "logs" / f"{report['crawl_id']}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    lines = [line for line in lines if line["status"]]  # robots.txt forbids some, which are not fetches
    assert len(lines) == len(requests), "each request of the server's own log"
    lines = [line for line in lines if line["kind"] != "robots"]
    assert len(lines) == len([request for request in requests if request.path != "/robots.txt"]) == report["fetched"]
    line = next(line for line in lines if path_of(line["url"]) in NEW)
    assert line["status"] == 200 and line["outcome"] == "done" and line["bytes"] > 1000 and line["attempt"] == 1
    assert (program.archive / "warc" / line["warc_file"]).is_file() and line["warc_offset"] > 0 and line["found_on"]
    assert {line["outcome"] for line in lines if path_of(line["url"]) in GONE} == {"status_404", "status_410"}


def test_only_what_is_due_is_fetched_and_with_none_only_what_is_new(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente", "--no-index")
        due = [
            row[0]
            for row in frontier_of(program, "SELECT next_due FROM urls WHERE kind = 'article' AND state = 'done'")
        ]
        assert due and all(moment > time.time() + 3000 for moment in due)
        site.requests.clear()
        site.day = 2
        chosen = sorted(set(DAY_1) & set(DAY_2) - EDITED)[:3]
        for path in chosen:
            frontier_of(program, "UPDATE urls SET next_due = 1 WHERE url LIKE '%' || ?", path)
        report = program.json("crawl", "elpuente", "--json", "--no-index")[0]
        fetched = {request.path for request in site.requests} & set(DAY_2)
        assert set(chosen) <= fetched
        assert fetched >= NEW, "new stories are found though nothing else is due"
        assert report["pages_new"] == len(NEW)
        assert len(fetched - NEW - set(chosen)) <= len(EDITED), "beyond that only what the sitemap calls changed"
        frontier_of(program, "UPDATE urls SET next_due = 0")
        frontier_of(program, "UPDATE urls SET state = 'failed', payload_id = NULL WHERE url LIKE '%' || ?", min(NEW))
        site.requests.clear()
        program.run("crawl", "elpuente", "--recheck", "none", "--no-index")
        assert {request.path for request in site.requests} & (set(DAY_1) | set(DAY_2)) == {min(NEW)}


@pytest.mark.slow
def test_a_killed_recrawl_continues_with_its_validators(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente", "--no-index")
        site.requests.clear()
        site.day, site.delay = 2, 0.02
        for _ in range(2):
            process = program.start("crawl", "elpuente", "--recheck", "all", "--no-index")
            seen, deadline = len(site.requests), time.monotonic() + 30
            while len(site.requests) < seen + 40 and time.monotonic() < deadline:
                time.sleep(0.01)
            process.kill()
            process.communicate(timeout=30)
        site.delay = 0
        program.run("crawl", "elpuente")
        known = [request for request in site.requests if request.path in DAY_1]
        assert {request.path for request in known} == set(DAY_1)
        assert all("if-none-match" in request.headers for request in known)
        assert len(known) - len(DAY_1) <= 2 * (8 + 40)
    edited = {path_of(url) for (url,) in program.rows("SELECT url FROM articles WHERE versions > 1")}
    assert edited == EDITED
    assert program.rows("SELECT count(*) FROM captures WHERE skip_reason = 'revisit_unresolved'") == [(0,)]


@pytest.mark.slow
def test_no_revisit_refers_to_a_file_that_is_no_longer_there(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente", "--no-index")
        for path in (program.archive / "warc").iterdir():
            path.unlink()
        site.requests.clear()
        program.run("crawl", "elpuente")
        assert not [request for request in site.requests if "if-none-match" in request.headers]
    assert program.rows("SELECT count(*) FROM articles") == [(len(DAY_1),)]
    assert program.rows("SELECT count(*) FROM captures WHERE skip_reason = 'revisit_unresolved'") == [(0,)]


KNOWN = """SELECT u.url, u.kind, u.state, u.reason, u.etag, u.last_modified, u.content, u.depth, u.found_on, p.digest,
    p.record_id FROM urls u LEFT JOIN payloads p ON p.id = u.payload_id
    WHERE u.state = 'done' OR u.state = 'skipped' AND u.reason NOT IN ('robots', 'not_there') ORDER BY u.url"""


@pytest.mark.slow
def test_a_lost_frontier_is_rebuilt_from_the_warcs(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente", "--no-index", "--max-pages", "60")
        lost = frontier_of(program, KNOWN)
        for path in program.archive.glob("frontier.db*"):
            path.unlink()
        first = {request.path for request in site.requests} & set(DAY_1)
        site.requests.clear()
        report = program.json("crawl", "elpuente", "--no-index", "--json")[0]
        second = Counter(request.path for request in site.requests if request.path in DAY_1)
        assert len(first) > 20 and not first & set(second), "what the archive has is not fetched again"
        assert first | set(second) == set(DAY_1) and set(second.values()) == {1}, "what was queued is"
        assert report["had_stories"]
        found = {row[0]: row for row in frontier_of(program, KNOWN)}
        stories_lost = [row for row in lost if row[1] == "article"]
        assert stories_lost and [found[row[0]] for row in stories_lost] == stories_lost

        for path in program.archive.glob("frontier.db*"):
            path.unlink()
        site.requests.clear()
        site.day = 2
        report = program.json("crawl", "elpuente", "--recheck", "all", "--json")[0]
        known = [request for request in site.requests if request.path in DAY_1]
        assert {request.path for request in known} == set(DAY_1) and len(known) == len(DAY_1)
        assert all("if-none-match" in request.headers for request in known)
        assert report["pages_new"] == len(NEW) and report["pages_gone"] == len(GONE) and report["not_modified"] > 10
    edited = {path_of(url) for (url,) in program.rows("SELECT url FROM articles WHERE versions > 1")}
    assert edited == EDITED
    digests = [
        (record.fields["warc-payload-digest"], record.fields["warc-target-uri"])
        for record in records(program)
        if record.type == "response" and record.block.startswith(b"HTTP/1.1 200")
    ]
    assert len({digest for digest, _ in digests}) == len(digests), "no payload is kept twice"


def test_stories_before_a_date_are_skipped_until_the_date_is_removed(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        dated = "class Dated(ArticleSpider):\n    name = 'dated'\n    allowed_domains = ['elpuente.localhost']\n"
        (program.home / "spiders" / "dated.py").write_text(
            f"from archiver.spider import ArticleSpider\n{dated}    start_urls = [{site.url!r} + 'sitemap.xml']\n"
            "    article_url = r'^(/es)?/articles/|/node/[0-9]+$|^/e[ns]/(?!topics|tags|aut)[^/]+/[^/]+/[^/?]+$'\n"
            "    follow = 'sitemap'\n"
            "    custom_settings = {'DOWNLOAD_DELAY': 0, 'CONCURRENT_REQUESTS_PER_DOMAIN': 8}\n"
        )
        day = sorted((story.modified or story.published).date() for story in stories() if story.channel == "all")[-10]
        program.run("crawl", "dated", "--since", day.isoformat(), "--no-index")
        fetched = {request.path for request in site.requests} & set(DAY_1)
        left = frontier_of(program, "SELECT count(*) FROM urls WHERE reason = 'before_since' AND state = 'skipped'")
        assert 0 < len(fetched) < len(DAY_1) / 2 and left[0][0] > len(DAY_1) / 3
        program.run("crawl", "dated", "--no-index")
        assert len({request.path for request in site.requests} & set(DAY_1)) >= len(fetched) + left[0][0]


def test_a_site_that_loses_its_stories_is_reported(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        spider = program.home / "spiders" / "elpuente.py"
        program.run("crawl", "elpuente", "--no-index", "--max-pages", "60")
        frontier_of(program, "UPDATE urls SET state = 'done', next_due = 9e9 WHERE state = 'queued'")
        frontier_of(program, "UPDATE urls SET etag = NULL, last_modified = NULL, next_due = 9e9")
        spider.write_text(spider.read_text().replace("deny = r", "def links(self, response): return []\n    deny = r"))
        process = program.start("crawl", "elpuente", "--no-index")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 19, errors.decode()
    told = "leads to a story (lists_without_stories), although earlier crawls found stories"
    assert told in errors.decode()


def test_story_urls_without_stories_are_reported(new_program):
    """The links are there, the answers are fine and differ: only the index can tell."""
    paths = [f"/news/the-story-with-number-{number}" for number in range(12)]
    day = {"shown": paths[:6]}

    def answer(_host, path):
        if path == "/":
            return listing(*day["shown"])
        if path not in day["shown"]:
            return 404
        shell = f"<html><head><title>News</title></head><body><div id=app data-page={path}></div></body></html>"
        return shell if day["shown"] == paths else story_page(path)

    with serve(answer) as site:
        program = new_program()
        program.run("crawl", site.url(), "--delay", "0")
        assert program.rows("SELECT count(*) FROM articles") == [(6,)]
        day["shown"] = paths
        process = program.start("crawl", site.url(), "--delay", "0", "--recheck", "none", "--json")
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 19, errors.decode()
    told = (
        "none of 6 new or changed story pages contains a story (no_story_text), although earlier crawls found stories"
    )
    assert told in errors.decode()
    (report,) = json.loads(output)
    assert report["exit_code"] == 19 and report["index"]["new"] == 0
    assert program.rows("SELECT count(*) FROM articles WHERE status = 'live'") == [(6,)]


def test_consent_pages_in_place_of_stories_are_reported(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente", "--no-index")
        consent = DAY_1.keys()
        for path in consent:
            site.fail_next(path, 200)
        process = program.start("crawl", "elpuente", "--recheck", "all", "--no-index")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 19, errors.decode()
    assert "story pages have the same words" in errors.decode()


def test_too_little_disk_space_stops_a_crawl_before_anything_is_fetched(new_program):
    free = shutil.disk_usage("/").free
    with SampleSite() as site:
        program = new_program(site.url)
        process = program.start("crawl", "elpuente", "--min-free", f"{free * 4 // 10**9 + 1}G")
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 3 and b"--min-free" in errors
        assert site.requests == []
