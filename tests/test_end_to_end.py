"""From a news site to a searchable archive: the sample site, crawled by the real program."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from archiver.model import RecordRef
from archiver.samplesite import SampleSite, junk_lines, stories, truth
from archiver.samplesite.listings import PER_PAGE
from archiver.samplesite.pages import answer
from archiver.warc import read_payload
from conftest import equals_one_rebuilt


def words(text):
    return " ".join(text.split())


def path_of(url):
    return "/" + url.split("://", 1)[1].partition("/")[2]


def own_path(url):
    """The path of the story at a URL, which may be any of its URLs."""
    story = truth(path_of(url))
    return story.path if story else path_of(url)


def listings_has(address):
    """Whether a list page shows a story."""
    path, _, query = address.partition("?")
    return b'class="views-row"' in answer(path, query, "www.elpuente.localhost", 1).body


def test_every_story_is_found_once(crawled):
    _, program, _ = crawled
    found = Counter(own_path(url) for (url,) in program.rows("SELECT url FROM articles"))
    assert found == Counter({story.path: 1 for story in stories()})


def test_lists_are_followed_to_their_ends(crawled):
    site, _, _ = crawled
    asked = {request.path for request in site.requests}
    for path, _, number in (address.partition("?page=") for address in asked if "?page=" in address):
        following = f"{path}?page={int(number) + 1}"
        assert following in asked or not listings_has(following), following
    listed = sum(story.channel in ("all", "pagination") for story in stories())
    assert {f"/node?page={number}" for number in range(1, -(-listed // PER_PAGE))} <= asked
    assert any(path.startswith("/en/politics?node=") for path in asked)


def test_each_page_is_fetched_once_and_nothing_forbidden(crawled):
    site, _, _ = crawled
    asked = Counter((request.host, request.path) for request in site.requests)
    twice = {page: count for page, count in asked.items() if count > 1 and page[1] != "/robots.txt"}
    assert not twice
    assert not [page for page in asked if page[1].startswith(("/search", "/user"))], "robots.txt disallows these"
    assert not [page for page in asked if page[0].startswith(("ww3w", "wwdw")) and page[1] != "/robots.txt"]


def test_text_equals_the_truth_except_for_white_space(crawled):
    _, program, _ = crawled
    texts = {own_path(url): text for url, text in program.rows("SELECT url, text FROM articles")}
    wrong = [story.path for story in stories() if words(texts.get(story.path, "")) != words(story.text)]
    assert len(wrong) <= 0.02 * len(stories()), wrong


def test_no_junk_line_is_in_any_story(crawled):
    _, program, _ = crawled
    junk = {words(line) for line in junk_lines()}
    for url, text in program.rows("SELECT url, text FROM articles"):
        found = junk & {words(line) for line in text.splitlines()}
        assert not found, f"{url}: {found}"


def test_metadata_is_the_truth(crawled):
    _, program, _ = crawled
    found = {
        own_path(url): (title, json.loads(authors), date, language)
        for url, title, authors, date, language in program.rows(
            "SELECT url, title, authors, date, language FROM articles"
        )
    }
    for story in stories():
        title, authors, date, language = found[story.path]
        assert title == story.title
        assert date == story.published.date().isoformat(), story.path
        assert language == story.language, story.path
        assert authors == list(story.authors), story.path


def test_a_caption_is_metadata_once(crawled):
    _, program, _ = crawled
    for story in stories():
        if story.image is None or not story.image.caption:
            continue
        found = program.rows(
            "SELECT caption FROM images JOIN articles a ON a.id = article_id "
            "WHERE a.url LIKE '%' || ? AND caption LIKE ? || '%'",
            story.path,
            story.image.caption,
        )
        assert len(found) == 1, story.path


def test_the_index_equals_one_rebuilt_from_the_warcs(crawled, new_program):
    _, program, _ = crawled
    assert equals_one_rebuilt(program, new_program())


def test_the_warcs_are_whole(crawled):
    _, program, _ = crawled
    files = sorted((program.archive / "warc").iterdir())
    assert files and all(path.name.endswith(".warc.gz") for path in files)
    for path in files:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
        check = subprocess.run(
            [Path(sys.executable).with_name("warcio"), "check", path], capture_output=True, text=True, check=False
        )
        complaints = [line for line in check.stdout.splitlines() if "digest failed" in line and "payload" not in line]
        assert not complaints


def test_every_capture_leads_back_to_its_bytes(crawled):
    _, program, _ = crawled
    for file, offset, length, record_id, url, digest in program.rows(
        "SELECT warc_file, warc_offset, warc_length, warc_record_id, url, payload_digest FROM captures LIMIT 20",
    ):
        capture, _ = read_payload(program.archive / "warc", RecordRef(file, offset, length, record_id))
        assert (capture.url, capture.payload_digest) == (url, digest)


def test_search_finds_words_with_and_without_accents(crawled):
    _, program, _ = crawled
    spanish = next(story for story in stories() if story.language == "es" and "ó" in story.title)
    word = next(word for word in spanish.title.split() if "ó" in word).strip("¿?¡!.,:;«»“”\"'")
    with_accent = program.json("search", word, "--json")
    without = program.json("search", word.replace("ó", "o"), "--json")
    assert with_accent == without
    assert spanish.path in {own_path(hit["url"]) for hit in with_accent}


@pytest.mark.parametrize("query", ['"unb', "*", "-", "😀", "'; DROP TABLE articles --", "a:b", '""', '"a AND"'])
def test_any_text_is_a_valid_query(crawled, query):
    _, program, _ = crawled
    assert isinstance(program.json("search", "--json", "--", query), list)


@pytest.mark.parametrize(("query", "caret"), [("NEAR(", 4), ("AND", 0), ("a AND", 2)])
def test_an_operator_without_operands_is_refused_with_its_place(crawled, query, caret):
    _, program, _ = crawled
    process = program.start("search", "--json", "--", query)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, b"")
    told, shown, pointer = errors.decode().splitlines()
    assert told.startswith("archiver: ") and "to search for the word, write" in told
    assert shown.strip() == query and pointer == " " * (shown.index(query) + caret) + "^"


@pytest.mark.slow
def test_show_by_id_and_by_any_spelling_of_the_url(crawled):
    site, program, _ = crawled
    story = stories()[0]
    url = site.url.rstrip("/") + story.path
    by_url = program.json("show", url, "--json")
    assert by_url["title"] == story.title
    assert program.json("show", str(by_url["id"]), "--json") == by_url
    assert program.json("show", url + "?utm_source=feed#top", "--json") == by_url
    assert words(story.text) in words(program.run("show", url))


def test_status_counts_what_is_there(crawled):
    _, program, report = crawled
    status = program.json("status", "--json")
    assert status["stories"] == len(stories())
    assert status["sites"][0]["site"] == "elpuente"
    assert report["exit_code"] == 0


@pytest.mark.slow
def test_a_second_crawl_finds_nothing_new_and_fetches_no_story_again(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        program.run("crawl", "elpuente")
        before = program.rows("SELECT count(*), sum(versions) FROM articles")
        site.requests.clear()
        program.run("crawl", "elpuente")
        assert program.rows("SELECT count(*), sum(versions) FROM articles") == before
        paths = {story.path for story in stories()}
        assert not [request.path for request in site.requests if request.path in paths]


@pytest.mark.slow
def test_a_warc_of_wget_is_indexed_in_place(new_program):
    foreign = Path(__file__).parent / "warcs" / "wget-1.21.warc.gz"
    program = new_program()
    program.run("index", foreign)
    ((name, read_up_to),) = program.rows("SELECT name, read_up_to FROM warcs")
    assert (name, read_up_to) == (str(foreign), foreign.stat().st_size)
    assert program.rows("SELECT count(*) FROM captures WHERE http_status = 200")[0][0] >= 1
    before = program.rows("SELECT * FROM captures")
    program.run("index", foreign)
    program.run("index", "--rebuild")
    assert program.rows("SELECT * FROM captures") == before


@pytest.mark.slow
def test_a_site_crawled_by_its_url_is_known_by_its_name_afterwards(new_program):
    with SampleSite() as site:
        program = new_program()
        program.run("crawl", site.loopback_url, "--delay", "0", "--max-pages", "3")
        (plan,) = program.json("crawl", "127.0.0.1", "--dry-run", "--json")
    assert plan["seeds"] == [site.loopback_url]


def test_a_page_that_is_missing_is_one_failure(crawled):
    _, program, _ = crawled
    ((rows, pages),) = program.rows("SELECT count(*), count(DISTINCT url) FROM failures WHERE reason = 'status_404'")
    assert rows == pages > 0
