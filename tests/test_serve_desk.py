"""Further pages of the web interface: overview, sites, changes, copies, comparison of queries; Memento and CDX."""

import json
import re
from html import unescape
from urllib.parse import quote

import pytest
from lxml import etree

from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.annotations import Annotation, Annotations
from archiver.index.ingest.batch import apply
from archiver.index.read import overview
from archiver.layout import Site
from archiver.model import Batch
from archiver.serve import plot as plots
from index_samples import article, closing, failed, seen, warcinfo
from test_copies import SENTENCES, edited
from test_serve import HOSTILE, links, serving, shown

ALPHA = "https://alpha.test/harbour"
REPLAY = "http://127.0.0.1:9002"


def fill(path):
    """Three sites: an edited story, its copy on another site, a removed one, a failed crawl."""
    first = article(ALPHA, "\n\n".join(["OSLO (AFP) - A port.", *SENTENCES]), title="Port", date_published="2026-04-30")
    later = article(
        ALPHA,
        "\n\n".join(["OSLO (AFP) - A port.", *SENTENCES, "New."]),
        title=f"Port {HOSTILE}",
        date_published="2026-04-30",
    )
    copy = article("https://beta.test/port", "\n\n".join(map(edited, SENTENCES)), title="ميناء", language="ar")
    gone = article("https://gamma.test/ferry", "The ferry is no more.", title="渡船", date_published="2026-02-01")
    items = [
        warcinfo("i1", "crawl-alpha", Site("alpha", ("alpha.test",))),
        seen(1, 0, url=ALPHA, outcome=first),
        seen(2, 24 * 4, url=ALPHA, outcome=later),
        seen(3, 5, url=copy.url, outcome=copy),
        seen(4, 0, url=gone.url, outcome=gone),
        failed(5, 24 * 2, url=gone.url),
        *(failed(10 + n, 24 * 3, 503, url=f"https://gamma.test/{n}") for n in range(3)),
        closing("c1", "crawl-alpha", site="alpha", exit_code=18, stop_reason="blocked"),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(path) as db:
        apply(db, Batch("a.warc.gz", 1_000_000, tuple(items)))
        ids = {url: number for number, url in db.execute("SELECT id, url FROM articles")}
        Annotations(path.parent).add(db, [Annotation(ids[ALPHA], None, "topic", HOSTILE)])
    return ids


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """The archive without and with replay."""
    path = tmp_path_factory.mktemp("desk") / "index.db"
    ids = fill(path)
    with serving() as serve:
        yield [serve(path, ids, replay=origin) for origin in (None, REPLAY)]


@pytest.fixture(scope="module")
def reader(readers):
    return readers[0]


# Overview of the archive


def test_the_home_shows_sites_crawls_gaps_and_changes_and_a_search_does_not(reader):
    page = reader.page("/")
    text = shown(page)
    assert "Overview of the archive" in text and "Sites: 3" in text and "2026-05-01 to 2026-05-05" in text
    assert "Last crawl needs attention: alpha" in text and "needs attention (exit 18, blocked)" in text
    assert "Captures in 2026" in text and 'class="failed"' in page and "/sites?site=alpha" in links(page)
    assert page.count('<svg class="calendar"') == 1 and "Recent changes" in text
    assert "Overview of the archive" not in reader.page("/?q=port") and "Resumen del archivo" not in shown(
        reader.page("/?q=port&lang=es")
    )
    assert "Resumen del archivo" in reader.page("/?lang=es")


def test_a_slow_overview_still_shows_the_newest_stories(reader, monkeypatch):
    def endless(db):
        return db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        ).fetchall()

    monkeypatch.setattr("archiver.serve.start_page._MS", 20)
    monkeypatch.setattr("archiver.index.read.overview.sites", endless)
    page = reader.page("/")
    assert "Overview of the archive" not in page and "3 stories" in shown(page)


def test_sites_are_a_table_and_each_has_its_calendar(reader):
    page = reader.page("/sites")
    rows = [shown(row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)][1:]
    assert rows[0] == "alpha 1 0 2026-05-01 2026-05-05 3 needs attention (exit 18, blocked)"
    assert rows[2] == "gamma.test 1 1 2026-05-01 2026-05-04 1 never crawled"
    one = reader.page("/sites?site=gamma.test")
    assert "captures on 3 of 4 days" in shown(one) and "2026-05-02" in one and one.count('class="failed"') == 1
    assert "There is no such site" in reader.page("/sites?site=nothing", status=404)


def test_a_calendar_distinguishes_days_before_between_and_after(reader):
    with open_reader(reader.index) as db:
        days = {entry.day.isoformat(): entry.what for entry in overview.calendar(db, 2026, "gamma.test")}
        assert overview.calendar(db, 99999) == [] and len(overview.calendar(db, 2024)) == 366
    assert [days[f"2026-{day}"] for day in ("04-30", "05-01", "05-02", "05-03", "05-04", "05-05")] == [
        "outside", "captured", "gap", "captured", "failed", "outside",
    ]  # fmt: skip


def test_dozens_of_sites_take_a_line_each(tmp_path, readers):
    items = [
        seen(number, url=f"https://s{number}.test/", outcome=article(f"https://s{number}.test/", f"Text {number}."))
        for number in range(50)
    ]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        assert len(overview.sites(db)) == 50


# What changed


def test_changes_are_listed_the_latest_first_and_lead_to_what_changed(reader):
    page = reader.page("/changes")
    assert f"/story/{reader.ids[ALPHA]}/diff?from=1&to=2" in links(page)
    assert "removed; last seen on this date" in page and page.index("alpha") < page.index("gamma.test")
    assert "<script>document" not in page and 'lang="ar"' not in page
    assert "No change was observed yet." in reader.page("/changes?site=beta.test")
    assert "removed; last seen" not in reader.page("/changes?site=alpha")


def test_the_feed_of_changes_is_valid_atom_whatever_a_headline_holds(reader):
    answer = reader.ask("/changes.atom?site=alpha", headers={"Host": "archive.localhost:8001"})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    (entry,) = feed.findall("a:entry", names)
    for part in ("id", "title", "updated"):
        assert entry.findtext(f"a:{part}", namespaces=names) and feed.findtext(f"a:{part}", namespaces=names)
    assert "<script>" in entry.findtext("a:title", namespaces=names)
    link = entry.find("a:link", names).get("href")
    assert link == f"http://archive.localhost:8001/story/{reader.ids[ALPHA]}/diff?from=1&to=2"
    assert entry.findtext("a:updated", namespaces=names) == "2026-05-05T08:00:00.000Z"
    ids = [
        node.text for node in etree.fromstring(reader.ask("/changes.atom").content).findall(".//a:entry/a:id", names)
    ]
    assert len(ids) == len(set(ids)) == 2


# Copies


def test_copies_are_shown_with_their_evidence_and_can_be_left_out(reader):
    page = reader.page("/copies")
    text = shown(page)
    assert "of the later text" in text and "AFP" in text and text.index("alpha") < text.index("beta.test")
    assert 'lang="ar"' in page and f"/story/{reader.ids[ALPHA]}" in links(page)
    assert "No copies were found." in reader.page("/copies?site=gamma.test")
    assert "No copies" not in reader.page("/copies?agency=AFP") and "No copies" in reader.page("/copies?agency=EFE")
    both, first = reader.page("/?q=harbour+OR+port"), reader.page("/?q=harbour+OR+port&collapse=1")
    assert (
        "2 stories" in shown(both) and "1 story" in shown(first) and "Only the first of several copies" in shown(first)
    )
    assert "--collapse" in first
    assert "Only the first of several copies 1" in shown(both) and "collapse=1" in " ".join(links(both))


def test_a_story_names_its_copies_addresses_and_annotations(reader):
    page = reader.page(f"/story/{reader.ids['https://beta.test/port']}")
    assert "On other sites" in page and f"/story/{reader.ids[ALPHA]}" in links(page)
    own = shown(reader.page(f"/story/{reader.ids[ALPHA]}"))
    assert "Annotations topic" in own and "<script>document" in own


# Comparison and the plot


def test_queries_are_compared_as_shares_or_numbers_and_on_the_command_line(reader):
    page = reader.page("/trends?q=port+OR+harbour&q=ferry&q=&by=year")
    assert page.count("<polyline") == 2 and "archiver" in shown(page) and "--by=year --csv -- " in unescape(page)
    row = next(shown(row) for row in re.findall(r"<tr>.*?</tr>", page, re.S) if ">2026<" in row)
    assert row == "2026 3 2 67% 1 33%"
    assert "&count=1" in next(link for link in links(page) if "count=1" in link)
    assert "Number of stories" in reader.page("/trends?q=ferry&count=1")
    assert "Enter up to four queries" in reader.page("/trends")
    assert 'role="alert"' in reader.page("/trends?q=ferry+AND+(", status=400)
    assert "?q=port+OR+harbour&q=ferry&q=&by=year&lang=es" in links(page)
    assert "is not a date" in reader.page("/trends?q=ferry&since=x", status=400)


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "a+OR+" * 300 + "b", "by=nothing&q=ferry", "count=1", "q=a&site=%27"]
)
def test_any_comparison_is_a_page(reader, query):
    assert reader.ask(f"/trends?{query}").status_code in (200, 400)


def test_bars_can_be_shares_of_all_stories_of_their_time(reader):
    page = reader.page("/?q=ferry+OR+port+OR+harbour&plot=share")
    assert "Share of all stories" in page and "100%" in page and 'name="plot" value="share"' in page
    found = plots.plot((("2024-01", 1), ("2024-03", 4)), {"2024-01": 2, "2024-02": 9, "2024-03": 40})
    assert [(bar.share, bar.height) for bar in found.bars] == [(0.5, plots.HEIGHT), (0.0, 0.0), (0.1, 19.2)]
    assert found.most_share == 0.5 and found.times == "2024-01 2024-02 2024-03"
    assert 'data-times="2026-02 2026-03 2026-04' in page and "since=SINCE&until=UNTIL" in unescape(page)


@pytest.mark.parametrize(
    ("times", "places"),
    [
        (["2024", "2025", "2027"], [0, 240, 720]),
        (["2024-01-01", "2024-01-02", "2024-01-04"], [0, 240, 720]),
        (["2020-W53", "2021-W01", "2021-W03"], [0, 240, 720]),
    ],
)
def test_times_on_a_line_have_proportional_distances(times, places):
    (line,) = plots.lines(times, [[0, 1, 2]])
    assert [round(float(point.split(",")[0])) for part in line for point in part.places] == places
    assert plots.lines(times[:1], [[3]]) == [[plots.Stretch(("0.0,4.0",))]] and plots.lines([], [[]]) == [[]]


@pytest.mark.parametrize(
    ("times", "lengths"),
    [
        (["2025-11", "2025-12", "2026-01", "2026-03", "2026-05", "2026-06"], [3, 1, 2]),
        (["0999", "1000", "2025", "2026"], [2, 2]),
        (["2020-W52", "2020-W53", "2021-W01", "2021-W03"], [3, 1]),
        (["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-03"], [3, 1]),
    ],
)
def test_a_line_was_drawn_through_a_time_without_stories(times, lengths):
    (line,) = plots.lines(times, [[1] * len(times)])
    assert [len(part.places) for part in line] == lengths
    lone = next((part for part in line if part.lone), None)
    assert lone is None or lone.points.split() == [lone.places[0]] * 2


def test_a_comparison_has_zero_and_the_maximum_at_the_left(reader):
    page = reader.page("/trends?q=ferry&by=year&count=1")
    upright = re.search(r'<p class="axis upright".*?</p>', page)[0]
    assert re.findall(r"<span>(.*?)</span>", upright)[1] == "0" and "maximum" not in page


# Memento (RFC 7089) and CDX


def test_a_timemap_lists_every_capture_of_an_address(reader):
    answer = reader.ask(f"/timemap/link/{ALPHA}")
    assert answer.headers["content-type"].startswith("application/link-format")
    lines = answer.text.strip().split(",\n")
    assert lines[0] == f'<{ALPHA}>; rel="original"' and 'rel="timegate"' in lines[1] and 'rel="self"' in lines[2]
    assert [re.search(r'rel="([^"]*)"; datetime="([^"]*)"', line).groups() for line in lines[3:]] == [
        ("first memento", "Fri, 01 May 2026 08:00:00 GMT"),
        ("last memento", "Tue, 05 May 2026 08:00:00 GMT"),
    ]
    assert reader.ask("/timemap/link/https://alpha.test/never").status_code == 404
    assert reader.ask("/timemap/link/").status_code == 400


def test_a_timegate_leads_to_the_capture_nearest_to_the_time_asked_for(readers):
    without, reader = readers

    def location(moment, url=ALPHA):
        headers = {"Accept-Datetime": moment} if moment else {}
        answer = reader.ask(f"/timegate/{url}", headers=headers, follow_redirects=False)
        assert answer.status_code == 302 and "accept-datetime" in answer.headers["vary"].lower()
        assert f'<{url}>; rel="original"' in answer.headers["link"] and 'rel="timemap"' in answer.headers["link"]
        return answer.headers["location"]

    assert location("Sat, 02 May 2026 00:00:00 GMT") == f"{REPLAY}/archive/20260501080000/{ALPHA}"
    assert location("Tue, 05 May 2026 00:00:00 GMT") == location(None) == f"{REPLAY}/archive/20260505080000/{ALPHA}"
    encoded = reader.ask(f"/timegate/{quote(ALPHA, safe='')}", follow_redirects=False)
    assert encoded.headers["location"].endswith(ALPHA)
    assert reader.ask(f"/timegate/{ALPHA}", headers={"Accept-Datetime": "yesterday"}).status_code == 400
    assert reader.ask("/timegate/https://alpha.test/never").status_code == 404
    off = without.ask(f"/timegate/{ALPHA}")
    assert off.status_code == 503 and "archiver serve --replay" in off.text and 'rel="memento"' in off.headers["link"]


def test_a_memento_has_an_address_that_stays_and_leads_to_the_replay(readers):
    _, reader = readers
    here = "http://localhost"
    links_of = reader.ask(f"/timemap/link/{ALPHA}").text
    address = re.search(r'<([^>]*)>; rel="first memento"', links_of)[1].removeprefix(here)
    answer = reader.ask(address, follow_redirects=False)
    assert answer.headers["location"] == f"{REPLAY}/archive/20260501080000/{ALPHA}"
    assert reader.ask(f"/memento/x/{ALPHA}").status_code == 400


def test_an_earlier_version_is_a_memento_of_its_address(reader):
    answer = reader.ask(f"/story/{reader.ids[ALPHA]}?version=1")
    assert answer.headers["memento-datetime"] == "Fri, 01 May 2026 08:00:00 GMT"
    assert f'<{ALPHA}>; rel="original"' in answer.headers["link"]
    assert "memento-datetime" not in reader.ask(f"/story/{reader.ids[ALPHA]}").headers


def test_the_cdx_api_answers_by_address_time_and_status(reader):
    def stamps(query):
        answer = reader.ask(f"/cdx?{query}")
        assert answer.status_code == 200, answer.text
        return [line.split(" ")[1] for line in answer.text.splitlines()]

    both = ["20260501080000", "20260505080000"]
    assert stamps(f"url={ALPHA}") == both and stamps(f"url={ALPHA}&closest=20260504") == both[::-1]
    assert stamps(f"url={ALPHA}&from=20260502") == both[1:] and stamps(f"url={ALPHA}&to=20260501") == both[:1]
    assert len(stamps("url=https://gamma.test/&matchType=prefix")) == 5
    assert len(stamps("url=gamma.test&matchType=host&filter=status:503")) == 3
    page = reader.ask("/cdx?url=gamma.test&matchType=host&limit=2&output=json")
    assert [entry["urlkey"].partition(")")[0] for entry in json.loads(page.text)] == ["test,gamma"] * 2
    rest = reader.ask(re.search(r"<([^>]*)>; rel=\"next\"", page.headers["link"])[1])
    assert len(json.loads(rest.text)) == 2 and "offset=4" in rest.headers["link"]
    for bad in ("", "url=x&matchType=domain", f"url={ALPHA}&from=x", f"url={ALPHA}&filter=a:b", "url=//[&closest=1"):
        assert reader.ask(f"/cdx?{bad}").status_code == 400


@pytest.mark.parametrize(
    "path", ["/timegate/javascript:alert(1)", "/timemap/link/%0d%0aX:y", "/timegate/http://[", "/cdx?url=%00"]
)
def test_an_invalid_url_is_refused_without_injected_headers(reader, path):
    answer = reader.ask(path)
    assert answer.status_code in (400, 404) or answer.text == ""
    assert "x" not in answer.headers
