"""What a crawl finds on sites with slightly broken documents."""

import sqlite3

import pytest

from testsites import listing, serve, story


def crawled(program, site, *arguments, exit_code=0):
    options = ("--no-index", "--json", "--delay", "0", *arguments)
    return program.json("crawl", site.url(), *options, exit_code=exit_code)[0]


def reasons(program):
    db = sqlite3.connect(program.archive / "frontier.db")
    try:
        return dict(db.execute("SELECT url, reason FROM urls"))
    finally:
        db.close()


def test_a_malformed_sitemap_line_and_unescaped_ampersands_lose_no_other_links(new_program):
    def answer(_, path):
        match path:
            case "/robots.txt":
                lines = ["Sitemap: http://[oops/", "Sitemap:", f"Sitemap: {site.url(path='/map.xml')} # the real one"]
                return 200, "\n".join(lines), {"Content-Type": "text/plain"}
            case "/map.xml":
                loc = site.url(path="/read?story=7&part=all")
                return 200, f"<urlset><url><loc>{loc}</loc></url></urlset>", {"Content-Type": "text/xml"}
            case "/":
                return listing()
            case "/read?story=7&part=all":
                return story("Seven")
        return 404

    with serve(answer) as site:
        # Exit code 19: no URL here looks like a story's, and one page without a date does not count as one.
        crawled(new_program(), site, exit_code=19)
        assert "/read?story=7&part=all" in site.paths()


@pytest.mark.slow
def test_a_page_behind_a_refresh_field_is_found(new_program):
    def answer(_, path):
        if path == "/":
            return 200, "<html><body>Welcome</body></html>", {"Refresh": "0;url=/home"}
        return {"/home": listing("/2024/05/01/a-story"), "/2024/05/01/a-story": story("A story")}.get(path, 404)

    with serve(answer) as site:
        crawled(new_program(), site)
        assert "/2024/05/01/a-story" in site.paths()


@pytest.mark.slow
def test_a_url_of_two_megabytes_is_reported_and_later_links_are_followed(new_program):
    long_path = "/find?" + "&".join(f"q{number}=1" for number in range(250_000))

    def answer(_, path):
        return {"/": listing(long_path, "/2024/05/01/a-story"), "/2024/05/01/a-story": story("A story")}.get(path, 404)

    with serve(answer) as site:
        program = new_program()
        report = crawled(program, site)
        assert "/2024/05/01/a-story" in site.paths()
        assert report["reasons"]["too_long"] == 1
        (kept,) = [url for url, reason in reasons(program).items() if reason == "too_long"]
        assert kept.startswith(site.url(path="/find?q0=1")) and len(kept) < 2100


@pytest.mark.slow
def test_a_redirect_without_a_valid_target_affects_only_itself(new_program):
    def answer(_, path):
        if path == "/2024/05/02/broken":
            return 302, "", {"Location": "http://[oops/"}
        pages = {"/": listing("/2024/05/02/broken", "/2024/05/01/a-story"), "/2024/05/01/a-story": story("A story")}
        return pages.get(path, 404)

    with serve(answer) as site:
        program = new_program()
        report = crawled(program, site)
        assert "/2024/05/01/a-story" in site.paths()
        assert report["reasons"]["bad_redirect"] == 1


@pytest.mark.slow
def test_a_sitemap_on_another_host_is_read_if_robots_txt_names_it(new_program, monkeypatch):
    def answer(_, path):  # requested through a proxy, with absolute URLs
        locs = ["http://paper.test/2024/05/01/a-story", "http://maps.test/not-of-this-site"]
        match path:
            case "http://paper.test/robots.txt":
                return 200, "Sitemap: http://maps.test/index.xml", {"Content-Type": "text/plain"}
            case "http://maps.test/index.xml":
                body = "<sitemapindex><sitemap><loc>http://maps.test/part.xml</loc></sitemap></sitemapindex>"
                return 200, body, {"Content-Type": "text/xml"}
            case "http://maps.test/part.xml":
                body = "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)
                return 200, f"<urlset>{body}</urlset>", {"Content-Type": "text/xml"}
            case "http://paper.test/":
                return listing()
            case "http://paper.test/2024/05/01/a-story":
                return story("A story")
        return 404

    with serve(answer) as site:
        monkeypatch.setenv("http_proxy", site.url(path=""))
        report = new_program().json("crawl", "http://paper.test/", "--no-index", "--json", "--delay", "0")[0]
        assert "http://paper.test/2024/05/01/a-story" in site.paths()
        assert "http://maps.test/not-of-this-site" not in site.paths()
        assert report["exit_code"] == 0
