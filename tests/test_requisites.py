"""`archiver crawl --requisites`: page requisites of stories are captured once, and never count as stories."""

import re
import sqlite3
import urllib.request
from collections import Counter

import pytest

from archiver.crawl.loop.page_requisites import Requisites
from archiver.crawl.rules.scope import Scope
from archiver.crawl.signs.embedded import requisites_of, srcset_urls
from archiver.frontier import Frontier, Plan, Task
from archiver.layout import Site
from archiver.samplesite import SampleSite, stories
from archiver.warc import read_records
from conftest import make_program
from testsites import WORDS, serve

BASE = "https://news.example/2024/story"


def test_requisites_of_a_page():
    page = b"""<head><base href="/base/"><link rel="shortcut icon" href="/i.ico"><link rel=stylesheet href=s.css>
    <link rel=canonical href=/other><link rel=preload as=font href=f.woff2><link rel=preload as=video href=no.mp4>
    <style>@import "in.css"; p { background: url( 'bg.png' ) }</style><script src=//cdn.example/a.js?v=2></script>
    </head><a href=away><img src="one.jpg#top" srcset="two.jpg 1x, three,3.jpg 2x" data-src=lazy.jpg></a>
    <picture><source srcset="p.webp 640w,q.webp 1280w"></picture><video src=film.mp4 poster=poster.jpg></video>
    <video><source src=film.webm></video><iframe src=frame></iframe><img src="data:image/png;base64,AAAA">
    <div style="background-image:url(&quot;d.png&quot;)"></div><noscript><img src=n.jpg></noscript><img src="#x">"""
    assert requisites_of(page, BASE, "text/html") == [
        "https://news.example/i.ico",
        *(
            f"https://news.example/base/{name}"
            for name in ("s.css", "f.woff2", "in.css", "bg.png")
        ),
        "https://cdn.example/a.js?v=2",
        *(
            f"https://news.example/base/{name}"
            for name in (
                "one.jpg", "lazy.jpg", "two.jpg", "three,3.jpg", "p.webp", "q.webp", "poster.jpg", "d.png", "n.jpg",
            )
        ),
    ]  # fmt: skip


def test_requisites_of_a_stylesheet():
    css = b"""@charset "utf-8"; @namespace svg url(http://www.w3.org/2000/svg); @import url("a.css") screen;
    @IMPORT 'b.css'; /* url(comment.png) @import "comment.css"; */
    @font-face { src: url(f.eot?#iefix) format("x"), url( "f.woff2" ) } p { mask: url(#id); cursor: url(data:x,y) }
    q { background: URL(sp\\ ace.png) } r { background: url(unended.png"""
    found = [
        url.removeprefix("https://cdn.example/css/")
        for url in requisites_of(css, "https://cdn.example/css/s.css", "text/css")
    ]
    assert found == ["a.css", "b.css", "f.eot", "f.woff2", "sp%20ace.png", "unended.png"]


@pytest.mark.slow
@pytest.mark.parametrize("piece", [b"/*", b"url(", b'url("', b"@namespace ", b"@import ", b"url(\\ ", b"url(  "])
def test_any_stylesheet_is_parsed_in_linear_time(piece):
    requisites_of(piece * 400_000, "https://cdn.example/s.css", "text/css")


@pytest.mark.parametrize(
    ("srcset", "urls"),
    [
        ("a.jpg", ["a.jpg"]),
        (" a.jpg 1x ,b.jpg 2x", ["a.jpg", "b.jpg"]),
        ("a.jpg, b.jpg 2x,", ["a.jpg", "b.jpg"]),
        ("w_10,h_5/a.jpg 10w, w_20,h_9/a.jpg 20w", ["w_10,h_5/a.jpg", "w_20,h_9/a.jpg"]),
        (" , ,", []),
    ],
)
def test_urls_in_srcset(srcset, urls):
    assert list(srcset_urls(srcset)) == urls


# ---------------------------------------------------------------------- the sample site


def needed_by_stories(site):
    """Determined from the pages independently of the crawl's code."""
    paths = set()
    for story in stories(1):
        page = urllib.request.urlopen(f"{site.loopback_url}{story.path[1:]}").read().decode()
        paths |= set(re.findall(r'<(?:img|script|source)\b[^>]*\ssrc="(/[^"]+)"', page))
        paths |= set(re.findall(r'<link rel="(?:stylesheet|shortcut icon)" href="(/[^"]+)"', page))
    return paths


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """The sample site crawled twice with --requisites: (program, requisites of the stories, reports, requests of
    each)."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("requisites") / "home", site.url)
        needed = needed_by_stories(site)
        reports, requests = [], []
        for _ in range(2):
            site.requests.clear()
            reports += program.json("crawl", "elpuente", "--requisites", "--json")
            requests.append(list(site.requests))
        yield program, needed, reports, requests


@pytest.mark.slow
def test_all_that_stories_need_is_fetched_once(twice):
    program, needed, reports, requests = twice
    asked = Counter(request.path for request in requests[0] if request.path in needed)
    assert len(needed) > 10 and asked == dict.fromkeys(needed, 1)
    captured = Counter(
        "/" + record.fields["warc-target-uri"].split("://", 1)[1].partition("/")[2]
        for path in sorted((program.archive / "warc").glob("*.warc.gz"))
        for record in read_records(path, 0)
        if record.type in ("response", "revisit")
    )
    assert {path: captured[path] for path in needed} == dict.fromkeys(needed, 1)
    assert reports[0]["requisites"] == len(needed) == reports[0]["requisite_reasons"]["done"]


@pytest.mark.slow
def test_requisites_are_fetched_after_all_pages_and_once(twice):
    _, needed, reports, requests = twice
    order = [request.path in needed for request in requests[0] if request.path != "/robots.txt"]
    assert order.index(True) > len(order) / 2  # URLs read ahead may come a little early
    assert sum(order[-len(needed) :]) > len(needed) / 2
    assert not [request for request in requests[1] if request.path in needed]
    assert reports[1]["requisites"] == 0


@pytest.mark.slow
def test_requisites_do_not_count_as_pages(twice, crawled):
    program, needed, reports, _ = twice
    _, plain, without = crawled
    for name in ("stories", "pages", "pages_new", "reasons", "index"):
        assert reports[0][name] == without[name], name
    assert reports[0]["fetched"] == without["fetched"] + len(needed)
    assert program.rows("SELECT count(*) FROM articles") == plain.rows("SELECT count(*) FROM articles")
    skipped = dict(program.rows("SELECT url, skip_reason FROM captures WHERE mime LIKE 'image/%'"))
    assert skipped and set(skipped.values()) == {"not_html"}


def test_without_the_option_no_requisites_are_fetched(crawled):
    site, _, report = crawled
    needed = needed_by_stories(site)
    before = [request for request in site.requests if not request.headers.get("user-agent", "").startswith("Python")]
    assert not {request.path for request in before} & needed
    assert report["requisites"] == 0 and not report["requisite_reasons"]


# ---------------------------------------------------------------------- other hosts


SPIDER = """
from archiver.spider import ArticleSpider

class Paper(ArticleSpider):
    name = "paper"
    allowed_domains = ["www.paper.localhost"]
    start_urls = [{url!r}]
    article_url = "^/story"
    deny = "^/private"
    custom_settings = {{"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}}
"""


def path_of(url):
    """A proxy receives absolute URLs."""
    return "/" + url.split("/", 3)[3]


class Paper:
    """A site whose pictures and stylesheets are on another host, outside its scope. The server acts as a proxy for all
    hosts, because hosts of this machine are private, and private hosts outside a site's scope are refused."""

    def __init__(self, new_program, needs="", refuse=None):
        self.needs, self.refuse, self._new_program = needs, refuse, new_program

    def __enter__(self):
        self._serving = serve(self.answer)
        self.site = self._serving.__enter__()
        self._environment = pytest.MonkeyPatch()
        self._environment.setenv("http_proxy", self.site.url())
        self._environment.setenv("no_proxy", "other.localhost")
        self.program = self._new_program()
        url = self.site.url("www.paper.localhost")
        (self.program.home / "spiders" / "paper.py").write_text(SPIDER.format(url=url))
        return self

    def __exit__(self, *problem):
        self._environment.undo()
        self._serving.__exit__(*problem)

    def paths(self, host=None):
        return [path_of(url) for url in self.site.paths(host)]

    def answer(self, host, path):
        path = path_of(path)
        cdn = f"http://cdn.paper.localhost:{self.site.port}"
        if path == "/robots.txt":
            if host.startswith("cdn"):
                return (
                    200,
                    f"User-agent: *\nDisallow: /secret\nSitemap: {self.site.url('www.paper.localhost')}x.xml",
                    {},
                )
            return 404
        if host == "www.paper.localhost":
            if path == "/":
                return "<a href=/story-1>1</a><a href=/story-2>2</a><img src=/front.png>"
            if path.startswith("/story"):
                return f"<html><body><h1>{path}</h1>" + self.needs.replace("CDN", cdn) + f"<p>{WORDS * 9}</p>"
        if self.refuse:
            return self.refuse
        if path.endswith(".css"):
            level = int(path[-5])
            css = f'@import "s{level + 1}.css"; @font-face {{ src: url(/f{level}.woff2) }}'
            return 200, css, {"Content-Type": "text/css; charset=utf-8"}
        return 200, "x" + path, {"Content-Type": "image/png", "ETag": '"1"'}

    def crawl(self, *options, **how):
        return self.program.json("crawl", "paper", "--requisites", "--json", *options, **how)[0]

    def ends(self):
        db = sqlite3.connect(self.program.archive / "frontier.db")
        try:
            rows = db.execute("SELECT url, coalesce(reason, state) FROM urls WHERE kind = 'requisite'").fetchall()
        finally:
            db.close()
        return {"/" + url.split("://")[1].partition("/")[2]: end for url, end in rows}


@pytest.mark.slow
def test_stylesheets_of_another_host_lead_to_what_they_need(new_program):
    needs = "<link rel=stylesheet href=CDN/s1.css><img src=CDN/secret.png><img src=/private/a.png>"
    needs += "<img src=http://other.localhost:1/a.png><img src=http://10.0.0.1/b.png>"
    with Paper(new_program, needs) as paper:
        report = paper.crawl()
        asked = Counter(paper.paths("cdn.paper.localhost"))
        assert asked == dict.fromkeys(
            ["/robots.txt", "/s1.css", "/s2.css", "/s3.css", "/s4.css", "/f1.woff2", "/f2.woff2", "/f3.woff2"], 1
        )
        ends = paper.ends()
        assert ends["/secret.png"] == "robots" and ends["/private/a.png"] == "denied"
        assert ends["/a.png"] == ends["/b.png"] == "private_address"
        assert not {"/x.xml", "/front.png"} & set(paper.paths())  # lists need no pictures either
        assert report["stories"] == 2 and report["exit_code"] == 0 and report["requisites"] == 7
        paper.site.requests.clear()
        assert paper.crawl()["requisites"] == 0
        assert not [path for path in paper.paths("cdn.paper.localhost") if path != "/robots.txt"]


@pytest.mark.slow
def test_refused_pictures_have_no_effect_on_the_site(new_program):
    needs = "".join(f"<img src=/i{n}.png><img src=CDN/i{n}.png>" for n in range(40))
    with Paper(new_program, needs, refuse=403) as paper:
        report = paper.crawl()
        assert report["exit_code"] == 0 and report["stories"] == 2 and report["requisites"] == 0
        assert report["requisite_reasons"]["status_403"] >= 20 and report["requisite_reasons"]["refused"] > 0
        assert len(paper.paths("cdn.paper.localhost")) < 40


@pytest.mark.slow
def test_requisites_per_page_are_limited(new_program):
    with Paper(new_program, "".join(f"<img src=/i{n}.png>" for n in range(230))) as paper:
        report = paper.crawl()
        assert report["requisites"] == 200 and report["requisite_reasons"]["too_many_requisites"] == 30
        assert Counter(paper.ends().values()) == {"done": 200, "too_many_requisites": 30}


def test_requisites_per_crawl_are_limited_and_the_rest_has_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr("archiver.crawl.loop.page_requisites.PER_CRAWL", 5)
    story = Task(1, BASE, "key", "article", 1, 0, 0, None)
    for expected in ({"queued": 5, "requisites_budget": 3}, {"queued": 8}):
        with Frontier(tmp_path / "frontier.db") as frontier:
            frontier.begin("news", "crawl", [], Plan(requisites=True))
            requisites = Requisites(frontier, Scope(Site("news", ("news.example",))), "news")
            for start in (0, 4):
                requisites.take(story, [f"https://news.example/{number}.png" for number in range(start, start + 4)])
            frontier.commit()
            rows = sqlite3.connect(tmp_path / "frontier.db").execute("SELECT reason, state FROM urls").fetchall()
        assert Counter(reason or state for reason, state in rows) == expected, "the next crawl has room for more"


@pytest.mark.slow
def test_a_limit_of_pages_does_not_limit_requisites(new_program):
    with Paper(new_program, "<img src=/i1.png><img src=/i2.png>") as paper:
        report = paper.crawl("--max-pages", "2")
        assert (report["stories"], report["pages"], report["requisites"]) == (1, 1, 2)
        assert report["stop_reason"] == "max_pages" and report["queued"] == 1


@pytest.mark.slow
def test_requisites_of_an_interrupted_crawl_wait_for_the_option(new_program):
    with Paper(new_program, "<img src=/i1.png>") as paper:
        paper.crawl()
        db = sqlite3.connect(paper.program.archive / "frontier.db")
        with db:
            db.execute("UPDATE urls SET state = 'queued', fetched_at = NULL WHERE kind = 'requisite'")
        db.close()
        paper.site.requests.clear()
        paper.program.run("crawl", "paper")
        assert "/i1.png" not in paper.paths() and paper.ends()["/i1.png"] == "not_asked"
        assert paper.crawl()["requisites"] == 1


@pytest.mark.slow
def test_re_fetched_stories_yield_their_requisites(new_program):
    with Paper(new_program, "<img src=/i1.png>") as paper:
        paper.program.run("crawl", "paper")
        assert paper.crawl("--recheck", "all")["requisites"] == 1
