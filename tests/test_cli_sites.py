"""`archiver sites` and `archiver hosts`: sites and hosts, and people's decisions about them."""

import json

import pytest

from archiver.samplesite import SampleSite, stories


@pytest.mark.slow
def test_sites_are_listed_with_spider_stories_and_last_crawl(crawled):
    _, program, report = crawled
    (site,) = program.json("sites", "--json")
    assert site["site"] == "elpuente"
    assert site["spider"].endswith("spiders/elpuente.py")
    assert site["stories"] == len(stories())
    assert site["queued"] == 0
    assert site["last_crawl"]["crawl_id"] == report["crawl_id"]
    assert program.run("sites").splitlines()[1].split()[:3] == ["elpuente", str(len(stories())), "0"]


@pytest.mark.slow
def test_a_site_that_was_never_crawled_is_listed_too(new_program):
    program = new_program("http://www.elpuente.localhost/")
    (site,) = program.json("sites", "--json")
    assert (site["stories"], site["last_crawl"]) == (0, None)
    assert " never " in program.run("sites")


def test_check_shows_how_the_patterns_classify_urls(crawled):
    _, program, _ = crawled
    found = program.json("sites", "check", "elpuente", "--json")
    assert found["taken_for"]["article"] >= len(stories())
    assert found["taken_for"]["denied"] == 70
    assert found["stories_missed"] == 0
    assert len(found["samples"]["page"]) == 5
    assert "denied" in program.run("sites", "check", "elpuente")


@pytest.mark.parametrize(("pattern", "exit_code"), [(r"^/en/politics/", 0), (r"^/nothing-like-this/", 19)])
def test_check_reports_patterns_that_miss_stories(crawled, new_program, pattern, exit_code):
    site, program, _ = crawled
    other = new_program(site.url)
    other.archive.symlink_to(program.archive)
    spider = other.home / "spiders" / "elpuente.py"
    lines = [
        f"    article_url = {pattern!r}" if "article_url" in line else line for line in spider.read_text().splitlines()
    ]
    spider.write_text("\n".join(lines))
    found = other.json("sites", "check", "elpuente", "--json", exit_code=exit_code)
    assert found["stories_missed"] > 30
    assert found["judged_otherwise_before"] > 30


@pytest.mark.slow
def test_recognised_mirror_hosts_can_be_separated_and_merged_again(new_program):
    with SampleSite() as site:
        program = new_program()
        paths = [story.path for story in stories()[:4]]
        urls = [f"http://{host}.elpuente.localhost:{site.port}{path}" for path in paths for host in ("www", "ww3w")]
        program.run("capture", *urls, "--delay", "0")
        fetched = [request.path for request in site.requests if request.path != "/robots.txt"]
        assert sorted(fetched) == sorted(2 * paths), "robots.txt names a sitemap: not asked for"
    (host,) = program.json("hosts", "list", "--json")
    assert (host["host"], host["canonical_host"]) == ("ww3w.elpuente.localhost", "www.elpuente.localhost")
    assert (host["status"], host["pages"]) == ("learned", 4)
    assert program.rows("SELECT count(*), sum(versions) FROM articles") == [(4, 4)]
    program.run("hosts", "reject", "ww3w.elpuente.localhost", "--reason", "let me see")
    assert program.json("hosts", "list", "--json")[0]["status"] == "rejected"
    program.run("index", "--rebuild")
    assert program.json("hosts", "list", "--json")[0]["status"] == "rejected", "a rebuild replays what was decided"
    program.run("hosts", "accept", "ww3w.elpuente.localhost")
    assert "let me see" in (program.archive / "decisions.jsonl").read_text()
    assert len((program.archive / "decisions.jsonl").read_text().splitlines()) == 2
    assert json.loads(program.run("hosts", "list", "--json"))[0]["status"] == "accepted"
    program.run("hosts", "accept", "unknown.example", exit_code=2)
    program.run("hosts", "reject", "http://unknown.example/", exit_code=2)
