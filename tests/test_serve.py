"""The archive's web pages, requested without a browser: what is found, what is refused, and that no text can harm a
reader.

Works with the installed version of Datasette. To try another: a venv with `pip install -e . 'datasette==1.0a41' --group
dev`, and this file.
"""

import asyncio
import csv
import io
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote_plus, urlencode

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import __version__
from archiver.cli import cli
from archiver.errors import UsageError
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search import ranking
from archiver.index.search.facet_counts import facets
from archiver.index.search.hits import count, count_by
from archiver.index.search.selection import SearchQuery
from archiver.model import Batch
from archiver.serve import plot as plots
from archiver.serve.texts import LANGUAGES, TEXTS
from archiver.serve.web_server import Wish, datasette_for
from conftest import make_program
from index_samples import ALDIA, article, failed, rich_article, seen

HOSTILE = "<script>document.title='owned'</script> \x1b]0;owned\x07\u202e& \"quoted\" 'too'"
ROOM = Path(sys.modules["archiver.serve"].__path__[0])
SERVED = "https://www.aldia.test/2026/"


def fill(path):
    """An archive: an edited story and its translation, a removed one, a hostile one, and enough others for two
    pages."""
    edited = rich_article(title="The mural")
    later = rich_article(title="The mural is done")
    later = type(later)(
        **{
            **{f: getattr(later, f) for f in later.__slots__},
            "blocks": (*later.blocks[:1], *article(text="One Two and three\n\nAll new words here").blocks),
        }
    )
    spanish = article(
        SERVED + "el-mural", "El mural está listo. La calle vino a verlo.", title="El mural", language="es",
        alternates=(("en", SERVED + "the-mural"),), date_published="2026-05-01",
    )  # fmt: skip
    hostile = article(
        SERVED + "hostile", f"{HOSTILE}\n\nferry <img src=x onerror=alert(1)>", title=HOSTILE, section=HOSTILE,
        authors=(HOSTILE,), tags=(HOSTILE,), date_published_raw=HOSTILE, date_published_source="time",
    )  # fmt: skip
    items = [
        seen(1, outcome=edited),
        seen(2, 5, outcome=later),
        seen(3, url=SERVED + "el-mural", outcome=spanish),
        seen(4, url=SERVED + "gone", outcome=article(SERVED + "gone", "The ferry left for good.", title="Ferry")),
        failed(5, 9, url=SERVED + "gone"),
        seen(6, url=SERVED + "hostile", outcome=hostile),
    ]
    for number in range(30):
        url, month = f"{SERVED}ferry-{number}", f"20{15 + number % 10}-{1 + number % 12:02}"
        page = article(url, f"The ferry of pier {number}.", title=f"Ferry {number}", date_published=month + "-07")
        items.append(seen(100 + number, url=url, outcome=page))
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(path) as db:
        apply(db, Batch("a.warc.gz", 1_000_000, tuple(items)), (ALDIA,), ())
        return {url.removeprefix(SERVED): number for number, url in db.execute("SELECT id, url FROM articles")}


@dataclass
class Reader:
    """Requests pages of a served archive in this process."""

    loop: asyncio.AbstractEventLoop
    datasette: object
    index: Path
    ids: dict

    def ask(self, path, method="GET", **options):
        return self.loop.run_until_complete(self.datasette.client.request(method, path, **options))

    def page(self, path, status=200, **options):
        answer = self.ask(path, **options)
        assert answer.status_code == status, answer.text[:2000]
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text


@contextmanager
def serving():
    """Serves archives in this process: `serve(index, ids)` is a Reader."""
    loop = asyncio.new_event_loop()
    made = []

    def serve(path, ids=None, **wish):
        made.append(Reader(loop, datasette_for(Wish(path, **wish)), path, ids or {}))
        return made[-1]

    yield serve
    for reader in made:
        reader.datasette.executor.shutdown()
        for database in reader.datasette.databases.values():
            database.close()
    loop.close()


@pytest.fixture(scope="module")
def served():
    with serving() as serve:
        yield serve


@pytest.fixture(scope="module")
def reader(tmp_path_factory, served):
    path = tmp_path_factory.mktemp("served") / "archive" / "index.db"
    return served(path, fill(path))


def test_a_former_story_id_had_no_page(reader):
    with closing(sqlite3.connect(reader.index)) as db:
        (number,) = db.execute("SELECT id FROM articles WHERE versions > 1").fetchone()
        db.execute("INSERT OR REPLACE INTO former_ids (old_id, id) VALUES (4711, ?)", (number,))
        db.commit()
    for path in ("/story/4711", "/story/4711/diff", "/story/4711?version=1", "/story/4711/cite.json"):
        old = reader.ask(path)
        assert old.status_code == 200 and "The mural" in old.text, path
    assert f"/articles/{number}" in reader.ask("/story/4711").text


def links(page):
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', page)]


def shown(page):
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


# Searching


def test_a_search_shows_hits_best_first_with_what_matched(reader):
    page = reader.page("/?q=mural+done")
    assert re.findall(r'<h2 [^>]*><a href="/story/(\d+)">', page) == [str(reader.ids["the-mural"])]
    assert "<mark>mural</mark>" in reader.page("/?q=mural").lower() and "1 story" in shown(page)


def test_without_words_the_newest_stories_are_shown(reader):
    page = reader.page("/")
    dates = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)"', page)
    assert len(dates) == 20 and dates == sorted(dates, reverse=True)
    assert f"{len(reader.ids)} stories" in shown(page)


def test_facets_keep_the_query_and_lead_to_as_many_stories_as_stated(reader):
    page = reader.page("/?q=mural&stem=1")
    link = next(link for link in links(page) if "language=es" in link)
    assert link == "?q=mural&stem=1&language=es"
    narrowed = reader.page("/" + link)
    assert "1 story" in shown(narrowed) and "El mural" in narrowed and "?q=mural&stem=1" in links(narrowed)


def test_an_author_leads_to_as_many_stories_as_the_facet_says(reader):
    """A name that is part of others led to theirs, too."""
    with open_reader(reader.index) as db:
        authors = facets(db, SearchQuery()).authors
    plain = [(name, number) for name, number in authors or () if name.isprintable()]
    assert plain
    for name, number in plain:
        link = f"?author=%22{quote_plus(name)}%22"
        assert link in links(reader.page("/")), name
        assert f"{number} stor" in shown(reader.page("/" + link)), name


def test_facets_count_what_the_command_line_counts(reader):
    with open_reader(reader.index) as db:
        for query in (
            SearchQuery(),
            SearchQuery(text="ferry"),
            SearchQuery(text="mural", stem=True),
            SearchQuery(author="ana"),
        ):
            found = facets(db, query)
            assert found.count == count(db, query)
            for grouping in ("site", "section", "language", "author", "month"):
                counts = getattr(found, grouping + "s")
                assert dict(counts) == {key: number for key, number in count_by(db, query, grouping) if key}, grouping


def test_pages_follow_each_other_without_gap_or_repeat(reader):
    first, second = reader.page("/?q=ferry"), reader.page("/?q=ferry&page=2")
    ids = re.findall(r'<h2 [^>]*><a href="/story/(\d+)">', first + second)
    assert len(ids) == len(set(ids)) == 32
    assert "?q=ferry&page=2" in links(first) and "?q=ferry" in links(second)
    assert 'start="21"' in second and 'rel="next"' not in second


@pytest.mark.parametrize("number", ["0", "-1", "9" * 40, "1e9", "x", "%00", "٣"])
def test_an_absurd_page_number_is_reported(reader, number):
    assert "is not a number from 1 to 500" in reader.page(f"/?q=ferry&page={number}", status=400)


def test_a_page_after_the_last_links_back(reader):
    page = reader.page("/?q=ferry&page=9")
    assert "There are no results on this page." in page and "?q=ferry" in links(page)


@pytest.mark.parametrize(
    "date", ["yesterday", "2024-13", "2024-02-30", "99999", "0", "-1", "1" * 5000, "٢٠٢٤", "9999-99"]
)
def test_an_invalid_date_is_reported_and_nothing_is_searched(reader, date):
    page = reader.page(f"/?q=mural&since={date}", status=400)
    assert "is not a date" in page and "Nothing was searched." in page and "The mural is done" not in page


def test_an_invalid_date_stays_in_its_field_and_is_in_no_command(reader):
    page = reader.page("/?q=mural&since=2026-13&section=Culture", status=400)
    assert 'value="2026-13" placeholder="2024 or 2024-05-17" aria-invalid="true"' in page and 'value="Culture"' in page
    assert "<code>" not in page and "Active filters" not in page


def test_omitted_author_facets_are_mentioned(reader, monkeypatch):
    assert "Authors are not shown" not in reader.page("/?q=mural")
    monkeypatch.setattr("archiver.index.search.facet_counts.AUTHORS_OF", 1)
    assert "Authors are not shown for more than 50,000 stories." in reader.page("/?q=mural")


def test_days_months_and_years_narrow(reader):
    assert "2 stories" in shown(reader.page("/?q=mural&since=2026&until=2026-05"))
    assert "No results." in reader.page("/?q=mural&until=2025")


def test_edited_and_gone_stories_can_be_chosen(reader):
    assert "The mural is done" in reader.page("/?edited=1") and "1 story" in shown(reader.page("/?edited=1"))
    assert "1 story" in shown(reader.page("/?gone=1"))


def test_the_same_search_on_the_command_line_and_in_sql(reader):
    page = reader.page("/?q=ferry&since=2016&site=aldia&sort=date")
    commands = [shlex.split(unescape(command)) for command in re.findall(r"<code>(archiver .*?)</code>", page)]
    assert commands[0][3:] == ["search", "--site=aldia", "--since=2016", "--sort=date", "--limit=0", "--json", "ferry"]
    assert commands[1][3:] == ["export", "--site=aldia", "--since=2016", "stories.csv", "ferry"]
    assert commands[0][:3] == ["archiver", "-A", str(reader.index.parent)]
    found = re.search(r"(\d+) stories", shown(page))[1]
    rows = reader.ask(next(link for link in links(page) if ".json?" in link)).json()["rows"]
    assert len(rows) == int(found) and rows[0]["title"].startswith("Ferry")
    table = reader.ask(next(link for link in links(page) if ".csv?" in link)).text
    assert len(table.splitlines()) == int(found) + 1


def test_csv_of_every_route_is_safe_for_spreadsheets_and_raw_for_programs(reader):
    sql = "select '=1+1' as a, 'two' || char(10) || '\"lines\"' as b union all select '-2+3', ''"
    link = next(link for link in links(reader.page("/?q=ferry")) if ".csv?" in link)
    address = f"{link.partition('?')[0]}?{urlencode({'sql': sql})}"
    wanted = [["'-2+3", ""], ["'=1+1", 'two\n"lines"']]
    for more in ("", "&_stream=on", "&_dl=1"):
        read = list(csv.reader(io.StringIO(reader.ask(address + more).text, newline="")))
        assert sorted(read[1:]) == wanted
    raw = list(csv.reader(io.StringIO(reader.ask(address + "&_raw_csv=1").text, newline="")))
    assert sorted(raw[1:]) == [["-2+3", ""], ["=1+1", 'two\n"lines"']]


def test_a_url_has_no_empty_fields_of_the_form(reader):
    answer = reader.ask("/?q=ferry&since=&until=&site=aldia&sort=", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/?q=ferry&site=aldia")
    assert reader.ask("/?q=&since=", follow_redirects=False).headers["location"] == "/"


def test_a_page_states_the_order_of_its_hits(reader, monkeypatch):
    assert "stories · Newest first" in shown(reader.page("/"))
    assert "stories · Best match first" in shown(reader.page("/?q=ferry"))
    assert "stories · Newest first" in shown(reader.page("/?q=ferry&sort=date"))
    monkeypatch.setattr(ranking, "RANKED_WHOLE", 5)
    many = shown(reader.page("/?q=ferry"))
    assert "stories · Headline matches first" in many and "The SQL query orders all of them by score" in many


def test_names_compare_without_accents_in_sql_too(reader):
    page = reader.page("/?author=ana+perez&section=CULTURE")
    assert "1 story" in shown(page)
    rows = reader.ask(next(link for link in links(page) if ".json?" in link)).json()["rows"]
    assert [row["title"] for row in rows] == ["The mural is done"]


def test_words_that_begin_like_an_option_are_words(reader):
    page = reader.page("/?q=--help")
    command = shlex.split(unescape(re.search(r"<code>(archiver .*? search .*?)</code>", page)[1]))
    assert command[-1] == "--help" and "--" in command


def test_bars_include_every_month_between_the_first_and_the_last():
    found = plots.plot((("2023-11", 4), ("2024-02", 1)))
    assert [(bar.when, bar.count) for bar in found.bars] == [
        ("2023-11", 4),
        ("2023-12", 0),
        ("2024-01", 0),
        ("2024-02", 1),
    ]
    assert found.bars[0].height == plots.HEIGHT and 0 < found.bars[3].height < found.bars[0].height
    assert plots.plot(()) is None and plots.plot((("2024-01", 3),)) is None


def test_a_story_from_the_year_one_does_not_make_a_plot_of_thousands_of_bars():
    found = plots.plot((("0001-01", 1), ("2024-01", 2), ("9999-12", 1)))
    assert found.yearly and [bar.when for bar in found.bars] == ["0001", "2024", "9999"]
    assert len(plots.plot((("2000-01", 1), ("2024-02", 1))).bars) == 25


# Reading


def test_a_story_is_shown_with_all_its_data(reader):
    page = reader.page(f"/story/{reader.ids['the-mural']}")
    text = shown(page)
    for part in (
        "The mural is done", "One Two and three", "Ana Pérez", "Luis Gil", "street art", "found in: json-ld",
        "May 1, 2026 9:30", "Version 2", "sha1:2", "<urn:uuid:2>", "at byte 2000, 900 bytes", "Read more", "link_only",
        "@online{archiver-", "article-newspaper",
    ):  # fmt: skip
        assert part in text, part
    assert f"archiver {__version__}. Read-only" in text and "Version(" not in text
    assert f"/story/{reader.ids['el-mural']}" in links(page)  # the translation
    assert re.search(r'<div class="reading" lang="en">', page)


def test_an_earlier_version_is_labelled(reader):
    page = reader.page(f"/story/{reader.ids['the-mural']}?version=1")
    assert "Three «four» 🙂" in page and "This is an earlier version." in page and "&lt;urn:uuid:1&gt;" in page


def test_a_diff_marks_removed_and_added_words(reader):
    page = reader.page(f"/story/{reader.ids['the-mural']}/diff?from=1&to=2")
    assert re.search(r"<ins>.*?is done</ins>", page) and re.search(r"<del>.*?Three «four» 🙂</del>", page, re.S)
    back = reader.page(f"/story/{reader.ids['the-mural']}/diff?from=2&to=1")
    assert re.search(r"<del>.*?is done</del>", back)


def test_a_diff_counts_the_words_that_the_list_of_versions_counts(reader):
    said = r"\+\d+ −\d+ words"
    story = f"/story/{reader.ids['the-mural']}"
    listed, compared = re.search(said, reader.page(story)), re.search(said, reader.page(f"{story}/diff?from=1&to=2"))
    assert listed and compared and listed[0] == compared[0]


def test_a_table_truncates_long_texts_and_a_row_shows_them(tmp_path, served):
    path = tmp_path / "index.db"
    fill(path)
    with open_writer(path) as db, db.conn:
        (story,) = db.execute("SELECT min(id) FROM articles").fetchone()
        db.execute("UPDATE articles SET description = ? WHERE id = ?", ["long " * 100 + "last", story])
    found = served(path)
    assert "long last" not in found.page("/index/articles") and "long last" in found.page(f"/index/articles/{story}")


def test_a_story_that_was_never_edited_is_compared_with_itself(reader):
    assert "These versions are identical." in reader.page(f"/story/{reader.ids['el-mural']}/diff")


@pytest.mark.parametrize(
    "path",
    ["/story", "/story/", "/story/1", "/story/x", "/story/9999999999999999", "/story/99999999999999999999",
     "/story/{id}?version=9", "/story/{id}/diff?from=7&to=1", "/story/{id}/other",
     "/story/1/diff", "/story/1/cite.bib", "/story/{id}/cite.exe"],
)  # fmt: skip
def test_a_missing_story_is_reported_on_a_page(reader, path):
    page = reader.page(path.format(id=reader.ids["the-mural"]), status=404)
    assert "There is no such story" in page


def test_versions_that_would_take_minutes_to_compare_are_left_to_the_command_line(tmp_path, served):
    path = tmp_path / "index.db"
    ids = fill(path)
    with open_writer(path) as db:
        for version in (1, 2):
            text = "\n\n".join(f"{version}{number} words" for number in range(6000))
            db.execute(
                "UPDATE versions SET text = ? WHERE article_id = ? AND version = ?", [text, ids["the-mural"], version]
            )
    page = served(path).page(f"/story/{ids['the-mural']}/diff")
    assert f"archiver diff {ids['the-mural']} 1 2" in page and "<ins>" in page  # the headlines are compared


def test_citations_are_files_for_programs(reader):
    bib = reader.ask(f"/story/{reader.ids['the-mural']}/cite.bib?version=1")
    assert bib.text.startswith("@online{archiver-") and "Version 1" in bib.text
    assert bib.headers["content-disposition"].startswith("attachment;")
    csl = reader.ask(f"/story/{reader.ids['the-mural']}/cite.json")
    assert json.loads(csl.text)[0]["title"] == "The mural is done"
    assert csl.headers["content-type"] == "application/json; charset=utf-8"


def test_every_internal_link_of_a_story_works(reader):
    for link in set(links(reader.page(f"/story/{reader.ids['the-mural']}"))):
        if link.startswith("/"):
            answer = reader.ask(link)
            assert answer.status_code == 200, (link, answer.text[:500])


def test_replay_is_linked_at_its_own_origin(tmp_path, served):
    pytest.importorskip("archiver.replay")
    ids = fill(tmp_path / "archive" / "index.db")
    replaying = served(tmp_path / "archive" / "index.db", ids, replay="http://127.0.0.1:8002")
    page = replaying.page(f"/story/{ids['the-mural']}")
    found = re.findall(r'<a class="replay" href="([^"]*)" rel="noopener noreferrer">', page)
    assert found and all(link.startswith("http://127.0.0.1:8002/") and "/20260501" in link for link in found)
    assert len(found) == 5  # two versions, two captures, and the capture with the page


# Hostile input


def test_archived_text_is_never_markup(reader):
    page = reader.page(f"/story/{reader.ids['hostile']}") + reader.page("/?q=ferry+owned") + reader.page("/?site=aldia")
    assert "<script>document" not in page and "<img" not in page and "&lt;script&gt;" in page
    assert "\x1b" not in page and "\x07" not in page and "\u202e" not in page


def test_only_web_addresses_become_links(tmp_path, served):
    path = tmp_path / "index.db"
    ids = fill(path)
    with open_writer(path) as db:
        db.execute("UPDATE articles SET url = 'javascript:alert(1)' WHERE id = ?", [ids["the-mural"]])
    page = served(path).page(f"/story/{ids['the-mural']}")
    assert "javascript:alert(1)" in page and not any(link.startswith("javascript:") for link in links(page))


@pytest.mark.parametrize(
    "path", ["/", "/?q=ferry", "/story/1", "/index", "/index/articles", "/-/archiver/style.css", "/index/articles.json"]
)
def test_every_answer_tells_the_browser_what_it_may_do(reader, path):
    headers = reader.ask(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    scripts = re.search(r"script-src ([^;]*)", policy)[1]
    assert scripts == "'self'" if path[1:7] != "index" and "index" not in path else scripts.startswith("'nonce-")
    assert "unsafe-inline" not in scripts and "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_the_nonce_is_new_each_time_and_on_every_script_of_datasette(reader):
    first, second = reader.ask("/index/articles"), reader.ask("/index/articles")
    nonces = [re.search(r"'nonce-([^']*)'", answer.headers["content-security-policy"])[1] for answer in (first, second)]
    assert nonces[0] != nonces[1]
    scripts = re.findall(r"<script[^>]*>", first.text)
    assert scripts and all(f'nonce="{nonces[0]}"' in script for script in scripts)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "[::1", "", "localhost@evil.example:1", "a b"],
)
def test_another_name_for_this_machine_is_refused(reader, host):
    answer = reader.ask("/", headers={"Host": host})
    assert answer.status_code == 421 and "stories" not in answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:9", "localhost:8001", "[::1]:8001", "192.168.1.7:8001", "archive.localhost"]
)
def test_addresses_and_localhost_are_answered(reader, host):
    reader.page("/", headers={"Host": host})


@pytest.mark.parametrize(
    ("site", "mode", "goal", "status"),
    [
        ("none", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
        ("cross-site", "navigate", "document", 200),
        ("same-site", "navigate", "document", 200),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "iframe", 403),
    ],
)
def test_pages_request_nothing_from_other_sites(reader, site, mode, goal, status):
    fields = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": goal}
    for path in ("/", "/index/articles.json"):
        assert reader.ask(path, headers=fields).status_code == status


@pytest.mark.parametrize("sql", ["SELECT length(zeroblob(100000000))", "SELECT hex(zeroblob(20000000))"])
def test_sql_makes_no_huge_values(reader, sql):
    assert "too big" in reader.ask("/index.json", params={"sql": sql}, follow_redirects=True).text


def test_no_page_shows_file_paths(reader, served, tmp_path):
    reader, folder = served(reader.index, host="192.0.2.7"), str(reader.index.parent)
    ours = {"Host": "192.0.2.7"}
    listed = ("databases", "databases.json", "metadata.json", "config.json", "plugins.json", "settings.json")
    asked = ("select * from pragma_database_list", "select file from pragma_database_list()", "select no_such_thing")
    answers = [reader.ask(path, headers=ours) for path in ("/?q=ferry", "/index", *(f"/-/{name}" for name in listed))]
    answers += [reader.ask("/index.json", params={"sql": sql}, headers=ours, follow_redirects=True) for sql in asked]
    assert [answer.url for answer in answers if folder in answer.text] == []
    fill(tmp_path / "index.db")
    lost = served(tmp_path / "index.db")
    for file in tmp_path.glob("index.db*"):
        file.unlink()
    assert str(tmp_path) not in lost.page("/", status=503)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/index", "/index/-/create", "/index/articles/-/insert", "/-/permissions"])
def test_requests_other_than_reading_are_refused(reader, method, path):
    assert reader.ask(path, method).status_code == 405


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO searches VALUES ('a', 'b', 'c')",
        "DELETE FROM searches",
        "WITH a AS (SELECT 1) DELETE FROM searches",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version = 9",
        "PRAGMA query_only = 0",
    ],
)
def test_sql_cannot_write(reader, sql):
    before = reader.index.read_bytes()
    for page in ("/index", "/index.json", "/index/-/query", "/index/-/query.json"):
        answer = reader.ask(page, params={"sql": sql})
        assert answer.status_code in (302, 400, 403, 404) or page.endswith("query")  # a page with the refusal
    assert reader.index.read_bytes() == before


def test_the_reader_cannot_write_whatever_reaches_it(reader):
    database = reader.datasette.get_database("index")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.loop.run_until_complete(database.execute_fn(lambda db: db.execute("DELETE FROM searches")))


def test_sql_in_datasette_has_the_functions_of_an_index(reader):
    answer = reader.ask("/index.json", params={"sql": "SELECT stems('running', 'en') AS s", "_shape": "arrayfirst"})
    if answer.status_code == 302:  # Datasette 1.0 moved the page
        answer = reader.ask(answer.headers["location"])
    assert answer.json() == ['["run"]']


def test_datasette_permits_no_writing_where_it_runs_without_us(reader):
    """`datasette archive/index.db`: no host was given to us, Datasette's own rules hold."""
    own = datasette_for(Wish(reader.index, host=""))
    for path in ("/index/-/create", "/index/articles/-/insert", "/index/articles/-/drop"):
        answer = reader.loop.run_until_complete(own.client.post(path, json={"row": {"id": 1}}))
        assert answer.status_code in (403, 404, 405)


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "archive.example.org"])
def test_links_behind_a_reverse_proxy_pointed_to_the_server_itself(reader, served, host):
    public = "https://archive.example.org"
    behind = served(reader.index, public=public)
    headers = {"host": host}
    assert "/story/" in behind.page("/", headers=headers)
    feed = behind.ask("/changes.atom", headers=headers).text
    assert f'href="{public}/changes' in feed and "127.0.0.1" not in feed
    timemap = behind.ask(f"/timemap/link/{SERVED}gone", headers=headers)
    assert timemap.status_code == 200 and f"<{public}/memento/" in timemap.text and "127.0.0.1" not in timemap.text
    rows = behind.ask("/index/articles.json?_size=1", headers=headers)
    assert f"{public}/index/articles" in rows.json()["next_url"]
    assert behind.ask("/", headers={"host": "other.example"}).status_code == 421
    assert str(reader.index.parent) not in behind.page("/?q=ferry", headers=headers)


@pytest.mark.parametrize("url", ["archive", "ftp://a.example/", "https://a.example/path", "https://me:pw@a.example/"])
def test_a_public_url_that_cannot_be_one_is_refused(tmp_path, url):
    result = CliRunner().invoke(cli, ["-A", str(tmp_path), "serve", "--url", url], standalone_mode=False)
    assert isinstance(result.exception, UsageError) and "--url" in str(result.exception)


@pytest.mark.parametrize("installed", [True, False], ids=["with rich", "without rich"])
def test_a_page_not_found_is_a_404_whether_rich_is_installed_or_not(reader, monkeypatch, capsys, installed):
    class Rich:
        def get_console(self):
            raise ValueError("Value for 'trace' required if not called in except: block")

    monkeypatch.setattr("datasette.handle_exception.rich", Rich() if installed else None)
    for path in ("/index/no_such_table", "/nothing/of/this/name", "/nothing.json"):
        assert reader.ask(path).status_code == 404
    assert capsys.readouterr().out == ""


def test_sql_that_never_ends_is_ended(tmp_path, served):
    path = tmp_path / "index.db"
    fill(path)
    found = served(path)
    found.datasette.sql_time_limit_ms = 50
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    answers = [found.ask(page, params={"sql": endless}).text for page in ("/index.json", "/index/-/query.json")]
    assert any("interrupted" in answer.lower() or "time limit" in answer.lower() for answer in answers)


def test_a_search_that_takes_too_long_is_reported_on_a_page(reader, monkeypatch):
    def forever(db, query):
        return db.conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        ).fetchall()

    monkeypatch.setitem(reader.datasette._settings, "sql_time_limit_ms", 50)
    with monkeypatch.context() as patched:
        patched.setattr("archiver.serve.search_page.search", forever)
        assert "This takes too long" in reader.page("/?q=ferry", status=503)
    monkeypatch.setattr("archiver.serve.search_page._FACETS_MS", 50)
    monkeypatch.setattr("archiver.serve.search_page.facets", forever)
    page = reader.page("/?q=ferry")
    assert "Too many stories to count" in page and "Ferry 1" in page


ANY = st.text(max_size=60) | st.sampled_from(["", "1", "'\"", "a OR", "*", "((", "NEAR(", "2024", "%", "\x00", "ferry"])


NAMES = [
    "q",
    "since",
    "until",
    "site",
    "section",
    "language",
    "author",
    "tag",
    "sort",
    "stem",
    "edited",
    "gone",
    "page",
    "lang",
    "nonsense",
]


@given(st.dictionaries(st.sampled_from(NAMES), ANY, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_url_yields_a_page(reader, parameters):
    assert reader.ask("/", params=parameters, follow_redirects=True).status_code in (200, 400)


@pytest.mark.parametrize(
    "query",
    ["q=%ff%fe", "q=%ED%A0%80", "q", "&&&=", "q=a&q=a", "q=" + "a+" * 3000, "q=%", "utm_source=x&q=a"],
)
def test_a_url_with_unknown_fields_yields_a_page(reader, query):
    assert "q-hint" in reader.page(f"/?{query}", follow_redirects=True)


def test_hostile_cookies_and_languages_are_ignored(reader):
    reader.page("/", headers={"Cookie": 'a=b; archiver_lang=../x; "=;', "Accept-Language": "q=;;,,\x7f" * 50})


# The interface


def test_the_language_is_the_readers(reader):
    def language(path="/", **headers):
        return re.search(r'<html lang="(\w+)">', reader.page(path, headers=headers))[1]

    assert language() == "en"
    assert language(**{"Accept-Language": "fr, es-MX;q=0.8"}) == "es"
    assert language(**{"Accept-Language": "es", "Cookie": "archiver_lang=en"}) == "en"
    answer = reader.ask("/?q=mural&lang=es", headers={"Accept-Language": "en"})
    assert "Por relevancia" in answer.text and "archiver_lang=es" in answer.headers["set-cookie"]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "?q=mural&lang=en" in links(answer.text)


def test_the_server_has_a_default_language(tmp_path, served):
    fill(tmp_path / "index.db")
    assert '<html lang="es">' in served(tmp_path / "index.db", language="es").page("/")


def test_both_languages_have_the_same_texts_and_each_is_used():
    assert list(TEXTS) == list(LANGUAGES) and list(TEXTS["en"]) == list(TEXTS["es"])
    used = "".join(
        path.read_text(encoding="utf-8")
        for path in ROOM.rglob("*")
        if path.suffix in (".py", ".html", ".atom") and path.name != "texts.py"
    )
    for key in TEXTS["en"]:
        made = key.startswith(("event_", "health_", "by_")) or (
            key.endswith("_hint") and key.removesuffix("_hint") in TEXTS["en"]
        )
        assert made or f'"{key}"' in used, f"{key} is used nowhere"
    for key, text in TEXTS["en"].items():
        fields = re.findall(r"{\w+}", text)
        assert sorted(fields) == sorted(re.findall(r"{\w+}", TEXTS["es"][key])), key


def test_an_archive_without_stories_names_the_next_step(tmp_path, served):
    with open_writer(tmp_path / "index.db"):
        pass
    page = served(tmp_path / "index.db").page("/")
    assert "There are no stories in this archive yet" in page


def test_templates_and_files_are_ours_and_inline_nothing():
    """Datasette would take folders called `templates` and `static` for its own, and our pages for its pages."""
    assert not (ROOM / "templates").exists() and not (ROOM / "static").exists()
    for path in (ROOM / "pages").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|https?://", text), path
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts in ([], *([f'<script src="{{{{ asset("{name}.js") }}}}" defer>'] for name in ("keys", "range")))


# The index as it changes


def test_additions_of_a_crawl_are_shown_on_the_next_request(tmp_path, served):
    path = tmp_path / "index.db"
    fill(path)
    found = served(path)
    assert "No results." in found.page("/?q=regatta")
    with open_writer(path) as db:
        page = article(SERVED + "new", "A regatta on the river.", title="Regatta")
        apply(
            db, Batch("b.warc.gz", 1000, (seen(900, url=SERVED + "new", outcome=page, file="b.warc.gz"),)), (ALDIA,), ()
        )
        assert "Regatta" in found.page("/?q=regatta")  # with the writer still there


def test_an_index_that_was_rebuilt_meanwhile_is_read(tmp_path, served):
    path = tmp_path / "index.db"
    fill(path)
    found = served(path)
    found.page("/?q=ferry")
    with open_writer(tmp_path / "new.db"):
        pass
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    (tmp_path / "new.db").replace(path)
    assert "There are no stories in this archive yet" in found.page("/")


def test_an_index_that_disappears_meanwhile_is_reported(tmp_path, served):
    path = tmp_path / "index.db"
    fill(path)
    found = served(path)
    found.page("/")
    for file in tmp_path.glob("index.db*"):
        file.unlink()
    page = found.page("/", status=503)
    assert "The index can’t be read" in page and "there is no index at" in page


def test_another_database_keeps_datasettes_pages(tmp_path, served):
    db = sqlite3.connect(tmp_path / "other.db")
    db.execute("CREATE TABLE things (name TEXT)")
    db.close()
    other = served(tmp_path / "other.db")
    answer = other.ask("/")
    assert "things" in answer.text and "content-security-policy" not in answer.headers


# The command


def test_an_archive_of_a_real_crawl_is_read(crawled, served):
    _, program, _ = crawled
    page = served(program.archive / "index.db").page("/?q=ferry")
    assert re.search(r'<h2 [^>]*><a href="/story/\d+">', page)


def refused(program, *options):
    """(exit code, the line on stderr) of a server that can't start."""
    process = program.start("serve", *options)
    output, errors = process.communicate(timeout=60)
    assert output == b"" and errors.count(b"\n") == 1, errors
    return process.returncode, errors.decode().strip()


def test_an_archive_that_cannot_be_served_is_reported_in_one_line(tmp_path):
    program = make_program(tmp_path / "home")
    code, line = refused(program, "--port", "0")
    assert code == 2 and "no archive at" in line
    program.archive.mkdir()
    code, line = refused(program, "--port", "0")
    assert code == 2 and "there is no index at" in line
    (program.archive / "index.db").write_bytes(b"not a database, and long enough to be none" * 30)
    code, line = refused(program, "--port", "0")
    assert code == 20 and "archiver index --rebuild" in line


@pytest.mark.slow
def test_the_first_second_of_a_first_crawl_is_waited_for(tmp_path):
    program = make_program(tmp_path / "home")
    program.archive.mkdir()
    (program.archive / "lock").write_text(f"{os.getpid()}\n")
    with program.start("serve", "--port", "0") as server:
        try:
            time.sleep(1.5)
            assert server.poll() is None
            fill(program.archive / "index.db")
            assert server.stdout.readline().startswith(b"http://127.0.0.1:")
        finally:
            server.kill()


@pytest.mark.slow
def test_a_port_in_use_is_reported_and_ctrl_c_ends_cleanly(crawled):
    _, program, _ = crawled
    with program.start("serve", "--port", "0") as first:
        try:
            address = first.stdout.readline().decode().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            port = address.rstrip("/").rpartition(":")[2]
            code, line = refused(program, "--port", port)
            assert code == 2
            assert (
                line
                == f"archiver: port {port} of 127.0.0.1 is in use: choose another with --port, or 0 for any free port"
            )
            first.send_signal(signal.SIGINT)
            assert first.wait(30) == 0
            assert first.stderr.read() == b""
        finally:
            first.kill()


def test_an_invalid_host_is_reported_in_one_line(crawled):
    _, program, _ = crawled
    code, line = refused(program, "--port", "0", "--host", "nosuch.invalid")
    assert code == 2 and "nosuch.invalid port 0 can't be used" in line


def test_without_datasette_the_next_step_is_named(crawled):
    _, program, _ = crawled
    code = (
        "import sys; sys.modules['datasette'] = None\n"
        f"sys.argv = ['archiver', '-A', {str(program.archive)!r}, 'serve']\n"
        "from archiver.cli import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and "pip install 'datasette>=" in ended.stderr and ended.stderr.count("\n") == 1
