"""The sample site matches its description: its truth is consistent, and it is hard enough to be useful for tests."""

from __future__ import annotations

import gzip
import json
import re
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from itertools import product
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import pytest
import trafilatura
from lxml import html

from archiver.samplesite import DELETED_ON_DAY_2, Request, SampleSite, Story, junk_lines, stories, truth
from archiver.samplesite.article_page import WRONG_JSON_LD_AUTHOR
from archiver.samplesite.images import image_bytes
from archiver.samplesite.pages import Page, answer

HOST = "www.elpuente.localhost:8900"


def page_of(url: str, day: int = 1, host: str = HOST) -> Page:
    path, _, query = url.partition("?")
    return answer(path, query, host, day)


@pytest.fixture(scope="module")
def site() -> Iterator[SampleSite]:
    with SampleSite() as served:
        yield served


def fetch(
    site: SampleSite, path: str, host: str | None = None, method: str = "GET", **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Host": host or f"www.elpuente.localhost:{site.port}", **named})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


# --- the truth


def test_there_are_enough_stories_of_every_kind() -> None:
    known = stories()
    assert len(known) >= 64
    assert sum(story.language == "en" for story in known) >= 34
    assert sum(story.language == "es" for story in known) >= 26
    assert len({name for story in known for name in story.authors}) >= 8
    assert any(not story.authors for story in known)
    assert any(len(story.authors) > 1 for story in known)
    templates = Counter(story.template for story in known)
    assert min(templates.values()) >= 12 and len(templates) == 3
    assert sum(story.also is not None for story in known) >= 16, "stories with two addresses"
    by_number = [story for story in known if "/node/" in story.path]
    assert len(by_number) >= 9, "stories that only a number leads to"
    assert {(story.menu, story.language) for story in by_number} == set(product(("en", "es"), repeat=2))
    assert sum(story.title.startswith("[OP-ED]:") for story in known) == 2
    assert sum(story.blocks[0].text.startswith(("Editor's note:", "Nota de la editora:")) for story in known) == 3
    assert {block.kind for story in known for block in story.blocks} == {
        "paragraph", "heading", "quote", "list_item", "table",
    }  # fmt: skip
    lengths = sorted(len(story.text.split()) for story in known)
    assert lengths[0] < 70
    assert lengths[-1] >= 1200
    # True text in several stories, which must not be taken for boilerplate.
    assert sum("## What happens next" in story.body for story in known) >= 5
    assert sum("The bridge doesn't ask who you are." in story.text for story in known) == 2


@pytest.mark.parametrize("day", [1, 2])
def test_paths_texts_and_ids_are_unique(day: int) -> None:
    known = stories(day)
    for values in (
        [path for s in known for path in s.addresses], [s.text for s in known], [s.node for s in known],
        [s.id for s in known], [s.title for s in known],
    ):  # fmt: skip
        assert len(set(values)) == len(values)
    assert all(truth(path, day) is story for story in known for path in story.addresses)
    assert truth("/no/such/path", day) is None


@pytest.mark.parametrize("day", [1, 2])
def test_translations_link_to_each_other(day: int) -> None:
    known = {story.id: story for story in stories(day)}
    twins = [story for story in known.values() if story.twin]
    assert len(twins) >= 14
    for story in twins:
        other = known[story.twin or ""]
        assert other.twin == story.id
        assert {story.language, other.language} == {"en", "es"}
        assert story.path.rpartition("/")[2] != other.path.rpartition("/")[2]
        named = (
            f'hreflang="{other.language}" href="http://{HOST}{other.path}"' in page_of(story.path, day).body.decode()
        )
        assert named == (story.template != "plain"), "the oldest pages do not know their translations"


def test_dates_have_the_offset_of_the_papers_city() -> None:
    for story in (*stories(1), *stories(2)):
        for moment in filter(None, (story.published, story.modified)):
            assert moment.utcoffset() == moment.astimezone(ZoneInfo("America/New_York")).utcoffset(), story.id
        assert story.modified is None or story.modified > story.published


@pytest.mark.parametrize("day", [1, 2])
def test_pages_hold_the_whole_true_text_in_order(day: int) -> None:
    for story in stories(day):
        body = html.fromstring(page_of(story.path, day).body).cssselect(".field--name-body, .field-name-body")[0]
        shown = " ".join(body.text_content().split())
        position = 0
        for block in story.blocks:
            for piece in re.split(r" \| |\n", block.text) if block.kind == "table" else [block.text]:
                position = shown.find(piece, position)
                assert position >= 0, (story.id, piece)


@pytest.mark.parametrize("day", [1, 2])
def test_no_junk_line_is_in_a_true_text(day: int) -> None:
    junk = junk_lines(day)
    for story in stories(day):
        assert junk.isdisjoint(line for block in story.blocks for line in block.text.splitlines()), story.id
        assert story.title in junk
    assert {"Ads destiny link", "00:00 / 00:00", "Octubre 12, 2022", "09/27/2017 - 14:50"} <= junk
    assert {"Septiembre 30, 2022", "September 30th, 2022", "Plain Text Author:", "LIVE STREAMING"} <= junk
    assert {"MORE IN THIS SECTION", "MÁS EN ESTA SECCIÓN", "SHARE THIS CONTENT:", "COMPARTA ESTE CONTENIDO:"} <= junk


@pytest.mark.parametrize("day", [1, 2])
def test_plain_trafilatura_lets_junk_through(day: int) -> None:
    junk, known = junk_lines(day), stories(day)
    furniture = {
        "plain": {"Plain Text Author:"},
        "dated_list": {"Ads destiny link", "00:00 / 00:00"},
        "redesigned": {"Ads destiny link", "00:00 / 00:00", "Octubre 12, 2022", "Vuelta al barrio en quince minutos"},
    }
    dirty: Counter[str] = Counter()
    repeated = dates = 0
    for story in known:
        text = trafilatura.extract(page_of(story.path, day).body.decode(), include_comments=False) or ""
        lines = set(text.splitlines())
        dirty[story.template] += furniture[story.template] <= (junk & lines)
        dates += bool(lines & {"Septiembre 30, 2022", "September 30th, 2022"})
        repeated += story.image is not None and f"{story.image.caption} {story.image.credit}" in lines
    templates = Counter(story.template for story in known)
    assert all(dirty[name] >= 0.5 * count for name, count in templates.items()), dirty
    assert dates >= 0.8 * templates["dated_list"]
    assert repeated >= 0.8 * sum(story.image is not None for story in known)


def test_a_name_and_a_date_are_written_in_every_way() -> None:
    lines = {
        " ".join(html.fromstring(page_of(story.path).body).cssselect(".submitted")[0].itertext())
        for story in stories()
        if story.template == "dated_list"
    }
    for sign in "—|·/":
        assert any(f" {sign} " in line for line in lines), sign
    assert any(re.match(r"\d\d/\d\d/\d{4} - \d\d:\d\d ", line) for line in lines), "the date first"
    assert any(re.search(r"\w \d\d/\d\d/\d{4} - \d\d:\d\d$", line) for line in lines), "in two lines"


def test_a_standfirst_is_cut_and_repeated() -> None:
    for story in stories():
        found = html.fromstring(page_of(story.path).body).cssselect(".entradilla")
        assert bool(found) == (story.template == "redesigned")
        if found:
            cut = found[0].text_content()
            assert cut.endswith("…") and f"\n\n{cut.removesuffix('…')}" in f"\n\n{story.text}"


def test_a_date_may_lack_its_title() -> None:
    titles = Counter(
        len(re.findall(r"<p>[^<]{3,40}</p><p>Septiembre \d+, 2022</p>", page_of(story.path).body.decode()))
        for story in stories()
        if story.template == "dated_list"
    )
    assert titles[6] > 0 and titles[5] > 0


def test_both_urls_show_the_same_page_except_for_share_links() -> None:
    for story in stories():
        pages = {path: page_of(path).body.decode() for path in story.addresses}
        assert len(set(pages.values())) == len(pages), "a crawler finds no equal bytes"
        without = {re.sub(rf"u={re.escape(quote(path, safe=''))}\b", "u=", body) for path, body in pages.items()}
        assert len(without) == 1
        says = f'<link rel="canonical" href="http://{HOST}{story.path}">' in without.pop()
        assert says == (story.template != "plain"), "the oldest pages do not name an address"


def test_json_ld_is_true_except_for_one_author() -> None:
    without = 0
    for story in stories():
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page_of(story.path).body.decode())
        if found is None:
            without += 1
            continue
        data = json.loads(found.group(1))
        authors = tuple(person["name"] for person in data.get("author", []))
        assert data["datePublished"] == story.published.isoformat()
        assert authors == ((WRONG_JSON_LD_AUTHOR[story.id],) if story.id in WRONG_JSON_LD_AUTHOR else story.authors)
    assert without == sum(story.classic for story in stories())


# --- the ways to a story


def _kind_of(url: str) -> str:
    path, _, query = url.partition("?")
    if path.endswith((".xml", ".xml.gz")):
        return "rss" if "rss" in path else "sitemap"
    if truth(path) is not None:
        return "link"
    if "/tags/" in path:
        return "tag"
    return "deep list" if re.search(r"(?:page|node)=[1-9]", query) else "list"


def _sources(day: int) -> dict[str, set[str]]:
    """The kinds of pages that link to each story, by path, found by crawling everything except the traps."""
    found: dict[str, set[str]] = defaultdict(set)
    sitemap = re.search(r"Sitemap: (\S+)", page_of("/robots.txt", day).body.decode())
    assert sitemap is not None
    waiting, seen = ["/", urlsplit(sitemap.group(1)).path], set[str]()
    while waiting:
        url = waiting.pop()
        if url in seen or url.startswith("/more"):
            continue
        seen.add(url)
        page = page_of(url, day)
        text = (gzip.decompress(page.body) if url.endswith(".gz") else page.body).decode(errors="replace")
        for link in re.findall(r'href="([^"]+)"|<loc>([^<]+)</loc>|<link>([^<]+)</link>', text):
            target = urlsplit(unescape("".join(link)))
            if target.netloc not in ("", HOST):
                continue
            story = truth(target.path, day)
            if story is not None and story is not truth(url, day):
                found[target.path].add(_kind_of(url))
            waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    assert len(seen) < 320
    return found


@pytest.mark.parametrize("day", [1, 2])
def test_every_story_is_linked_only_by_its_channel(day: int) -> None:
    found = _sources(day)
    only = {"pagination": "deep list", "tag": "tag", "sitemap": "sitemap", "rss": "rss", "link": "link"}
    for story in stories(day):
        if story.channel == "all":
            assert "sitemap" in found[story.path] and found[story.path] & {"list", "deep list"}, story.id
            assert story.also is None or found[story.also] <= {"list", "deep list"} != set(), story.id
        else:
            assert found[story.path] == {only[story.channel]}, story.id
    assert {story.channel for story in stories(day)} == {"all", *only}


def test_pages_past_the_last_one_are_empty() -> None:
    for path in ("/topics/politics/2", "/node", "/es/topics/politica/2"):
        page = page_of(f"{path}?page=99")
        assert page.status == 200
        assert re.search(rb"There are no stories on this page|No hay notas en esta", page.body)
    for path in ("/en/no-such-section", "/topics/politics/3", "/topics/politics", "/tags/ferry/1"):
        assert page_of(path).status == 404
    last = stories()[-1]
    assert truth(last.path) and b"views-row" not in page_of(f"/en/politics?node={last.node}").body


def test_lists_are_numbered_or_continue_after_a_story() -> None:
    assert 'href="/topics/politics/2?page=1"' in page_of("/topics/politics/2").body.decode()
    first = page_of("/en/politics").body.decode()
    after = re.findall(r'href="(/en/politics\?node=\d+)"', first)
    assert len(after) == 1
    shown = re.compile(r'class="node__title"><a href="([^"]+)"')
    assert not set(shown.findall(first)) & set(shown.findall(page_of(after[0]).body.decode()))
    assert re.search(r"Tuesday, October 9, 2018 - \d\d?:\d\d[ap]m", page_of("/topics/sports/5").body.decode())
    by_number = "".join(page_of(f"/node?page={number}").body.decode() for number in range(12))
    assert all(f'href="{story.also}"' in by_number for story in stories() if story.also)


def test_traps_are_linked_from_one_page_only() -> None:
    assert b'href="/more/calendar/2022/10"' in page_of("/more").body
    assert b'href="/more/calendar/2031/01"' in page_of("/more/calendar/2030/12").body
    first = page_of("/topics/politics/2?sid=abc").body.decode()
    session = re.search(r"sid=([0-9a-f]{8})", first)
    assert session is not None
    assert session.group(1) not in page_of(f"/topics/politics/2?sid={session.group(1)}&page=1").body.decode()


# --- the second day


def test_the_second_day_brings_new_edited_and_deleted_stories() -> None:
    first, second = ({story.id: story for story in stories(day)} for day in (1, 2))
    assert len(second.keys() - first.keys()) == 6
    assert first.keys() - second.keys() == DELETED_ON_DAY_2.keys()
    edited = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    assert edited == {"bus-lanes", "ferry-vote", "market-stalls", "citizenship-clinic", "presupuesto-escolar"}
    for key in edited:
        assert second[key].modified != first[key].modified
        assert second[key].path == first[key].path
        assert second[key].text != first[key].text
    assert second["ferry-vote"].title != first["ferry-vote"].title
    assert len(second["ferry-vote"].blocks) > len(first["ferry-vote"].blocks)
    assert second["market-stalls"].text.startswith(first["market-stalls"].text)
    assert second["bus-lanes"].text == first["bus-lanes"].text.replace("enginer", "engineer")
    for key, status in DELETED_ON_DAY_2.items():
        assert page_of(first[key].path, 1).status == 200
        assert page_of(first[key].path, 2).status == status


def test_half_of_the_unedited_pages_change_their_bytes_overnight() -> None:
    first = {story.id: story for story in stories(1)}
    unedited = [story for story in stories(2) if first.get(story.id) == story]
    same = [story for story in unedited if page_of(story.path, 1).body == page_of(story.path, 2).body]
    assert {story.id for story in same} == {story.id for story in unedited if story.classic}
    assert 0.3 < len(same) / len(unedited) < 0.7
    assert junk_lines(1) != junk_lines(2)


# --- the server


def test_the_four_hosts_serve_or_redirect_to_the_same_pages(site: SampleSite) -> None:
    story = stories()[0]
    www, body = fetch(site, story.path)
    assert www.status == 200
    assert f'<link rel="canonical" href="{site.url.rstrip("/")}{story.path}">'.encode() in body
    for mirror in ("ww3w", "wwdw"):
        assert fetch(site, story.path, host=f"{mirror}.elpuente.localhost:{site.port}")[1] == body
    bare, _ = fetch(site, story.path, host=f"elpuente.localhost:{site.port}")
    assert (bare.status, bare.headers["Location"]) == (301, site.url.rstrip("/") + story.path)
    _, local = fetch(site, story.path, host=f"127.0.0.1:{site.port}")
    assert f'<link rel="canonical" href="{site.loopback_url.rstrip("/")}{story.path}">'.encode() in local


@pytest.mark.parametrize("path", ["/", "/en/culture", "/robots.txt", "/logo.svg", "/sitemap-es.xml.gz"])
def test_validators_are_answered_with_304(site: SampleSite, path: str) -> None:
    response, body = fetch(site, path)
    assert (response.status, len(body) > 0) == (200, True)
    for validator in (
        {"If_None_Match": response.headers["ETag"]},
        {"If_Modified_Since": response.headers["Last-Modified"]},
    ):
        again, nothing = fetch(site, path, **validator)
        assert (again.status, nothing) == (304, b"")
        assert again.headers["ETag"] == response.headers["ETag"]
    assert (
        fetch(site, path, If_None_Match='"other"', If_Modified_Since=response.headers["Last-Modified"])[0].status == 200
    )
    assert fetch(site, path, If_Modified_Since="the day before")[0].status == 200


def test_only_unchanged_pages_answer_304_on_the_second_day() -> None:
    with SampleSite() as site:
        classic, modern = (
            next(s for s in stories(2) if s.classic is kind and s in stories(1)) for kind in (True, False)
        )
        tags = {story.id: fetch(site, story.path)[0].headers["ETag"] for story in (classic, modern)}
        site.day = 2
        assert fetch(site, classic.path, If_None_Match=tags[classic.id])[0].status == 304
        assert fetch(site, modern.path, If_None_Match=tags[modern.id])[0].status == 200


def test_codings(site: SampleSite) -> None:
    plain, body = fetch(site, "/en")
    packed, data = fetch(site, "/en", Accept_Encoding="gzip, br")
    assert plain.headers["Transfer-Encoding"] == packed.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == body
    story, text = fetch(site, stories()[0].path)
    assert int(story.headers["Content-Length"]) == len(text)
    head, nothing = fetch(site, stories()[0].path, method="HEAD")
    assert (int(head.headers["Content-Length"]), nothing) == (len(text), b"")


def test_a_connection_is_kept_alive(site: SampleSite) -> None:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    for path in ("/en", stories()[0].path, "/nowhere", "/en?page=1"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is not None  # http.client drops it if the server announces the close
    connection.close()


def test_robots_and_sitemaps_name_the_canonical_host(site: SampleSite) -> None:
    _, robots = fetch(site, "/robots.txt", host=f"ww3w.elpuente.localhost:{site.port}")
    assert robots.decode() == f"User-agent: *\nDisallow: /search\nDisallow: /user\n\nSitemap: {site.url}sitemap.xml\n"
    _, packed = fetch(site, "/sitemap-es.xml.gz")
    assert f"<loc>{site.url}es/".encode() in gzip.decompress(packed)


def test_it_can_be_its_own_proxy(site: SampleSite) -> None:
    # *.localhost does not resolve everywhere; a client with http_proxy=loopback_url still reaches all hosts.
    story = stories()[0]
    _, through = fetch(site, site.url.rstrip("/") + story.path)
    assert through == fetch(site, story.path)[1]
    assert site.requests[-1].path == site.requests[-2].path == story.path
    assert site.requests[-2].host == f"www.elpuente.localhost:{site.port}"


def test_percent_encoding_of_a_path_does_not_matter(site: SampleSite) -> None:
    story = next(story for story in stories() if "%" in story.path)
    assert truth(story.path) is truth(story.path.lower()) is story
    assert fetch(site, story.path.replace("%C3%B1", "%c3%b1"))[0].status == 200


def test_requests_are_logged_and_failures_can_be_ordered() -> None:
    with SampleSite(day=2) as site:
        site.fail_next("/en", 503, retry_after=7)
        response, _ = fetch(site, "/en")
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
        assert fetch(site, "/en?page=0", User_Agent="tester")[0].status == 200
        assert fetch(site, "/nowhere")[0].status == 404
        assert [(entry.path, entry.status) for entry in site.requests] == [
            ("/en", 503), ("/en?page=0", 200), ("/nowhere", 404),
        ]  # fmt: skip
        assert site.requests[1].headers["user-agent"] == "tester"
        assert site.requests[1].host == f"www.elpuente.localhost:{site.port}"


def test_a_long_answer_was_logged_after_its_reader_had_it() -> None:
    """The write buffer lets a body that is longer than itself through at once."""
    story = max(stories(), key=lambda story: len(story.text))
    with SampleSite() as site:
        log = site.log

        def slow_log(request: Request) -> None:
            time.sleep(0.3)
            log(request)

        site.log = slow_log  # type: ignore[method-assign]
        assert len(fetch(site, story.path)[1]) > 8192
        assert [entry.path for entry in site.requests] == [story.path]


def _pixels(png: bytes) -> bytes:
    length = struct.unpack(">I", png[33:37])[0]
    return zlib.decompress(png[41 : 41 + length])


def test_pictures_are_valid(site: SampleSite) -> None:
    images = {story.image.path for story in stories() if story.image}
    assert {path.rpartition(".")[2] for path in images} == {"png", "jpg"}
    for path in images:
        response, data = fetch(site, path)
        assert response.headers["Content-Type"] in ("image/png", "image/jpeg")
        assert data[:2] + data[-2:] == b"\xff\xd8\xff\xd9" or len(_pixels(data)) == 64 * (1 + 96 * 3)
    assert image_bytes("a.png") == image_bytes("a.png") != image_bytes("b.png")


def test_it_can_be_served_by_hand() -> None:
    command = [sys.executable, "-m", "archiver.samplesite", "--day", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline()
        process.terminate()
    assert re.fullmatch(r"http://www\.elpuente\.localhost:\d+/\n", url)


def test_a_story_is_plain_data() -> None:
    story = truth("/articles/politics/stormwater-fee-parking-lots/57317")
    assert isinstance(story, Story)
    assert story.authors == ("Dario Feldman",)
    assert story.published.isoformat() == "2017-09-27T14:50:00-04:00"
    assert story.blocks[0].text.startswith("Every acre of asphalt")
    assert story.section == "Politics"
