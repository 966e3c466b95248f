"""spiders/aldia.py on the page that the project began with, and on the sample newspaper."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from pathlib import Path

import pytest

from archiver.samplesite import SampleSite, junk_lines, stories, truth
from testsites import listing, serve

pytestmark = pytest.mark.slow  # each test crawls the sample newspaper

ROOT = Path(__file__).parent.parent
SEED = ROOT.parent / "shared" / "seed" / "aldia-occupy-ice.tsv"
SPIDER = (ROOT / "spiders" / "aldia.py").read_text(encoding="utf-8")
ADDRESS = "/es/node/94870"
AUTHOR = "Imogen Tarrant"


def write_spider(program, host, port):
    """The spider with another host."""
    source = SPIDER.replace("https://aldianews.com", f"http://{host}:{port}")
    source = source.replace(r"aldianews\.com", host.replace(".", r"\.")).replace("aldianews.com", host)
    assert "aldianews" not in source
    (program.home / "spiders" / "aldia.py").write_text(source, encoding="utf-8")


def crawl(program, *arguments):
    return program.json("crawl", "aldia", "--delay", "0", "--concurrency", "8", "--json", *arguments)[0]


# ---------------------------------------------------------------- the seed, in the three templates


def of_kind(kind):
    lines = [line.split("\t", 1) for line in SEED.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [" ".join(text.split()) for label, text in lines if label == kind]


def head(title):
    return (
        f'<!DOCTYPE html><html lang="es"><head><meta charset="utf-8"><title>{title} | AL DÍA News</title></head><body>'
    )


def paragraphs(lines):
    return "".join(f"<p>{escape(line, quote=False)}</p>\n" for line in lines)


def page_2016(title, caption, text, episodes):
    return f"""{head(title)}<div id="page"><ul class="menu"><li><a href="/node">Latest Stories</a></li></ul>
<div class="node node-article"><h1>{title}</h1><div class="date">07/19/2018 - 21:45</div>
<div class="photo"><img src="/p.jpg"><p>{caption}</p></div>
<div class="text"><p>Plain Text Author:</p><p>{AUTHOR}</p>{paragraphs(text)}</div></div></div></body></html>"""


def page_2020(title, caption, text, episodes):
    return f"""{head(title)}<div class="region"><div class="photo"><img src="/p.jpg"><p>{caption}</p></div>
<p>{caption}</p><h1>{title}</h1><p class="line">{AUTHOR} — 07/19/2018 - 21:45</p>
<div class="text">{paragraphs(episodes)}{paragraphs(text)}<p>00:00 / 00:00</p><p>Ads destiny link</p></div>
</div></body></html>"""


def page_2023(title, caption, text, episodes):
    more = "".join(f'<div><a href="/es/node/{number}">{name}</a></div>' for number, name in enumerate(episodes[::2], 7))
    return f"""{head(title)}<div><p>LIVE STREAMING</p></div><div class="region">
<figure><img src="/p.jpg"><figcaption>{caption}</figcaption></figure><div><p>{caption}</p></div>
<h1>{title}</h1><p>{escape(" ".join(text[0].split()[:20]))}…</p><p>{AUTHOR} · 07/19/2018 - 21:45</p>
<div class="text">{paragraphs(text[:4])}{paragraphs(episodes)}{paragraphs(text[4:])}
<p>MÁS EN ESTA SECCIÓN</p>{more}<p>COMPARTA ESTE CONTENIDO:</p><p>00:00 / 00:00</p><p>Ads destiny link</p></div>
</div></body></html>"""


@pytest.mark.skipif(not SEED.exists(), reason="the seed isn't here")
@pytest.mark.parametrize("template", [page_2016, page_2020, page_2023])
def test_the_first_page_of_the_project_is_extracted(new_program, template):
    story, (caption,), (title,) = of_kind("story"), of_kind("caption"), of_kind("title")
    episodes = [line for line in of_kind("junk") if line not in (caption, "00:00 / 00:00", "Ads destiny link")]
    page = template(title, escape(caption, quote=False), story, episodes)

    def answer(host, path):
        return page if path == ADDRESS else listing(ADDRESS) if path in ("/", "/node") else 404

    with serve(answer) as site:
        program = new_program()
        write_spider(program, "aldia.localhost", site.port)
        crawl(program)
    ((url, found_title, authors, date, language, text),) = program.rows(
        "SELECT url, title, authors, date, language, text FROM articles"
    )
    assert url.endswith(ADDRESS)
    assert [words(block) for block in text.split("\n\n")] == story
    assert (found_title, json.loads(authors), date, language) == (title, [AUTHOR], "2018-07-19", "en")
    assert program.rows("SELECT caption FROM images WHERE caption IS NOT NULL") == [(caption,)]


# ---------------------------------------------------------------- the sample newspaper, by both spiders


def words(text):
    return " ".join(text.split())


def path_of(url):
    return "/" + url.split("://", 1)[1].partition("/")[2]


def judge(program, day):
    """Compare the archive with the truth of the newspaper on a day."""
    rows = program.rows("SELECT url, title, authors, date, language, text FROM articles WHERE status = 'live'")
    found = {truth(path_of(url), day): rest for url, *rest in rows}
    assert Counter(truth(path_of(url), day) for url, *_ in rows) == Counter(stories(day)), "each story once"
    junk = {words(line) for line in junk_lines(day)}
    wrong = Counter()
    for story, (title, authors, date, language, text) in found.items():
        dirty = junk & {words(line) for line in text.splitlines()}
        assert not dirty, f"{story.path}: {dirty}"
        wrong["text"] += words(text) != words(story.text)
        wrong["title"] += title != story.title
        wrong["author"] += json.loads(authors) != list(story.authors)
        wrong["date"] += date != story.published.date().isoformat()
        wrong["language"] += language != story.language
    assert not +wrong, wrong


def lists_asked_for(site):
    return {request.path for request in site.requests if "page=" in request.path or "node=" in request.path}


@pytest.fixture(scope="module", params=["aldia", "generic"])
def newspaper(request, tmp_path_factory):
    """(site, function to crawl it, its program) after a crawl on the first day."""
    from conftest import make_program  # noqa: PLC0415 - a fixture of the module needs a home of its own

    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp(request.param) / "home")
        write_spider(program, "www.elpuente.localhost", site.port)

        def crawl_site(*arguments):
            if request.param == "aldia":
                return crawl(program, *arguments)
            limits = ("--delay", "0", "--exclude", "^/more", "--max-pages", "500", "--json")
            return program.json("crawl", site.url, *limits, *arguments)[0]

        crawl_site()
        yield site, crawl_site, program


def test_every_story_of_the_newspaper_is_found_once_clean_and_described(newspaper):
    _, _, program = newspaper
    judge(program, 1)


def test_its_lists_are_followed_to_their_ends(newspaper):
    site, _, _ = newspaper
    asked = lists_asked_for(site)
    assert {f"/node?page={number}" for number in range(1, 10)} <= asked
    assert {"/topics/politics/2?page=1", "/topics/politics/2?page=2", "/es/topics/politica/2?page=1"} <= asked
    assert any(path.startswith("/en/politics?node=") for path in asked)


def test_a_story_with_two_urls_lists_both(newspaper):
    _, _, program = newspaper
    for story in stories(1):
        if story.also:
            found = program.rows(
                "SELECT count(DISTINCT article_id), count(DISTINCT url) FROM captures"
                " WHERE article_id IS NOT NULL AND (url LIKE '%' || ? OR url LIKE '%' || ?)",
                *story.addresses,
            )
            assert found == [(1, 2)], story.path
    # Not equal bytes: each page contains the requested URL.
    digests = program.rows(
        "SELECT a.id, count(DISTINCT c.url), count(DISTINCT c.payload_digest) FROM captures c"
        " JOIN articles a ON a.id = c.article_id WHERE c.record_type = 'response' GROUP BY a.id"
    )
    assert all(urls == payloads for _, urls, payloads in digests)
    assert program.rows("SELECT count(*) FROM story_addresses WHERE why = 'same_text'") > [(0,)]


@pytest.mark.slow
def test_the_second_day_brings_new_stories_and_no_false_edits(newspaper):
    site, crawl_site, program = newspaper
    site.day = 2
    report = crawl_site("--recheck", "all")
    judge(program, 2)
    assert (report["index"]["new"], report["index"]["changed"], report["index"]["gone"]) == (6, 5, 2)
