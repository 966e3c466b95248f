"""Targets of a crawl: several URLs, a file of them, all sites of a home."""

import json

import pytest

from archiver.cli.app import app_of
from archiver.cli.targets import read_urls, spiders_for
from archiver.errors import UsageError
from testsites import listing, serve, story

SPIDER = """
from archiver.spider import ArticleSpider

class Paper(ArticleSpider):
    name = "{name}"
    start_urls = ["{url}"]
    custom_settings = {{"DOWNLOAD_DELAY": 0}}
"""


def paper(host, path):
    """Every host has its own story, except the dead one."""
    if host == "dead.localhost":
        return 403
    if path == "/robots.txt":
        return 404
    return listing(f"/news/a-story-of-{host}-today") if path in ("/", "/sports") else story(f"{host} {path}")


def test_each_host_of_a_command_is_a_site_of_its_own_and_the_most_serious_code_counts(new_program):
    with serve(paper) as site:
        program = new_program()
        hosts = ("www.good.localhost", "good.localhost", "other.localhost", "dead.localhost")
        urls = [site.url(host) for host in hosts]
        reports = program.json("crawl", *urls, "--no-index", "--json", "--delay", "0", exit_code=18)
    found = {report["site"]: (report["exit_code"], report["stories"], len(report["seeds"])) for report in reports}
    assert found == {"good.localhost": (0, 2, 2), "other.localhost": (0, 1, 1), "dead.localhost": (18, 0, 1)}


def test_addresses_of_one_host_are_start_pages_of_one_site(tmp_path):
    app = app_of(tmp_path / "archive", None)
    spiders = spiders_for(app, ("https://a.example/", "https://www.a.example/news", "https://b.example/x"))
    assert [(spider.name, list(spider.start_urls)) for spider in spiders] == [
        ("a.example", ["https://a.example/", "https://www.a.example/news"]),
        ("b.example", ["https://b.example/x"]),
    ]


@pytest.mark.slow
def test_a_file_of_seeds_is_crawled_and_its_bad_lines_are_told_of(new_program, tmp_path):
    with serve(paper) as site:
        listed = tmp_path / "papers.txt"
        listed.write_text(f"# papers\n{site.url('good.localhost')}\n\nnot an address\n{site.url('other.localhost')}\n")
        process = new_program().start(
            "crawl", "--seeds", str(listed), "--no-index", "--json", "--delay", "0", "--concurrency", "8"
        )
        output, errors = process.communicate(timeout=110)
    assert process.returncode == 2, errors.decode()
    assert {report["site"] for report in json.loads(output)} == {"good.localhost", "other.localhost"}
    assert "papers.txt, line 4" in errors.decode()


def test_all_sites_of_a_home_are_crawled_side_by_side(new_program):
    with serve(paper) as site:
        program = new_program()
        for name in ("one", "two"):
            spider = SPIDER.format(name=name, url=site.url(f"{name}.localhost"))
            (program.home / "spiders" / f"{name}.py").write_text(spider)
        reports = program.json("crawl", "--all", "--no-index", "--json")
    assert {report["site"]: report["stories"] for report in reports} == {"one": 1, "two": 1}


@pytest.mark.parametrize("arguments", [[], ["--all", "some"], ["--all"], ["--seeds", "/nowhere/at/all"]])
def test_a_command_without_a_target_is_refused(new_program, arguments):
    new_program().run("crawl", *arguments, exit_code=2)


@pytest.mark.slow
def test_a_bad_line_does_not_stop_the_capture_of_the_rest_of_a_file(new_program, tmp_path):
    with serve(paper) as site:
        program = new_program()
        listed = tmp_path / "urls.txt"
        good = site.url("good.localhost", "/news/a-story-of-old-times")
        listed.write_bytes(b"\xef\xbb\xbf" + f"{good}\n".encode() + b"http://exa mple/\n\xff\xfe\nmailto:me\n")
        process = program.start("capture", "-i", str(listed), "--no-index", "--json")
        output, errors = process.communicate(timeout=110)
        assert site.paths().count("/news/a-story-of-old-times") == 1
    assert process.returncode == 2 and json.loads(output)[0]["stories"] == 1
    assert [f"line {number}" in errors.decode() for number in (1, 2, 3, 4)] == [False, True, True, True]


def test_lines_of_any_content_are_read():
    found, bad = read_urls("-", ["\ufeffhttps://a.example/ ", "", "  # no", "b.example/x", "?", "x" * 500])
    assert found == ["https://a.example/", "https://b.example/x"]
    assert [line.partition(":")[0] for line in bad] == ["-, line 5", "-, line 6"] and len(bad[1]) < 200


def test_an_unknown_name_is_distinguished_from_a_url(tmp_path):
    with pytest.raises(UsageError, match="no site named"):
        spiders_for(app_of(tmp_path / "archive", None), ("nobody",))


def test_a_password_in_a_url_was_dropped_silently(tmp_path, capsys):
    urls = ("https://ann:hidden@paper.example/", "bob:hidden@other.example/a", "https://third.example/@ann")
    found = spiders_for(app_of(tmp_path / "archive", None), urls)
    assert [spider.start_urls for spider in found] == [
        ["https://paper.example/"], ["https://other.example/a"], ["https://third.example/@ann"]
    ]  # fmt: skip
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told] == ["paper.example", "other.example"]
    assert not any("hidden" in line for line in told)


@pytest.mark.slow
def test_each_url_that_a_capture_did_not_get_is_named_with_its_reason(new_program):
    def pages(host, path):
        if path == "/robots.txt":
            return 200, "User-agent: *\nDisallow: /private\n", {"Content-Type": "text/plain"}
        return paper(host, path) if not path.startswith("/lost") else 404

    with serve(pages) as site:
        paths = ("/news/a-story-of-old-times", "/private/one", "/private/two", "/lost")
        urls = [site.url("good.localhost", path) for path in paths]
        process = new_program().start("capture", *urls, "--no-index", "--json", "--delay", "0")
        output, errors = process.communicate(timeout=110)
    named = {urls[1]: "robots", urls[2]: "robots", urls[3]: "status_404"}
    assert {entry["url"]: entry["reason"] for entry in json.loads(output)[0]["missing"]} == named
    for url, reason in named.items():
        assert f"not captured: {url} ({reason})" in errors.decode()
    assert urls[0] not in errors.decode()
