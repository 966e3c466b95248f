"""From a crawl to the index: why a page is not a story, and which stories are translations."""

import pytest

from archiver.samplesite import stories
from conftest import make_program
from testsites import WORDS, listing, serve, story

STORY = "/news/the-ferry-runs-again-after-a-year"
ASKS = "<p>Please log in to continue reading.</p><form action=/in><input name=u><input type=password name=p></form>"
TEASERS = "".join(
    f"<h2><a href=/local/{number}>The town votes on bridge number {number}</a></h2><p>Nobody left early.</p>"
    for number in range(12)
)
PAGES = {
    "/local": (f"<html><head><title>Local</title></head><body><main>{TEASERS}</main></body></html>", "listing"),
    "/notice": (f"<html><head><title>A notice</title></head><body><p>{WORDS}</p></body></html>", "too_short"),
    "/blank": ("<html><head><title>Blank</title></head><body></body></html>", "empty"),
    "/moved-away": ("<html><head><title>Page not found</title></head><body><p>Look around.</p></body>", "soft_404"),
    "/members": (f"<html><head><title>Log in</title></head><body>{ASKS}</body></html>", "login_wall"),
    "/cookies": ("<html><head><title>The Bridge</title></head><body><p>We use cookies and other means to show you news."
                 "</p><button>Accept all</button></body></html>", "consent_wall"),
    "/checked": ("<html><head><title>Just a moment...</title></head><body><p>One second.</p></body>", "blocked"),
    "/budget": ((200, b"%PDF-1.7\n" + bytes(range(256)) * 9, {"Content-Type": "application/pdf"}), "not_html"),
    "/missing": (404, "status_404"),
    "/private": (403, "status_403"),
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """A crawl without knowledge of the site except its URL: (requests to the server, a query by path)."""

    def answer(host, path):
        if path == "/robots.txt":
            return 200, "User-agent: *\nDisallow: /closed\n", {"Content-Type": "text/plain"}
        if path == "/":
            return listing(STORY, "/closed", *PAGES)
        return story(path) if path == STORY or path.startswith("/local/") else PAGES.get(path, (404,))[0]

    program = make_program(tmp_path_factory.mktemp("reasons") / "home")
    with serve(answer) as site:
        program.run("crawl", site.url(), "--delay", "0")
    return site.paths(), lambda sql, path: program.rows(sql, site.url(path=path))


@pytest.mark.parametrize(("path", "reason"), [(path, reason) for path, (_, reason) in PAGES.items()])
def test_the_index_states_why_a_page_is_not_a_story(index, path, reason):
    asked, rows = index
    assert path in asked
    found = rows("SELECT article_id, skip_reason, skip_detail FROM captures WHERE url = ?", path)
    assert [row[:2] for row in found] == [(None, reason)]
    assert rows("SELECT DISTINCT reason FROM failures WHERE url = ?", path) == [(reason,)]
    assert found[0][2] or reason.startswith("status_"), "and more than one word of it"


def test_a_url_that_was_not_fetched_has_its_reason_in_skipped(index):
    asked, rows = index
    assert "/closed" not in asked
    assert rows("SELECT reason FROM skipped WHERE url = ?", "/closed") == [("robots",)]
    assert rows("SELECT reason FROM skipped WHERE url = ?", "/missing") == [("status_404",)]


def test_a_story_found_by_a_link_is_indexed(index):
    _, rows = index
    assert rows("SELECT skip_reason FROM captures WHERE article_id IS NOT NULL AND url = ?", STORY) == [(None,)]


def test_twins_that_name_each_other_are_original_and_translation(crawled):
    _, program, _ = crawled
    by_id = {item.id: item for item in stories()}
    # The oldest pages name no translation, and no canonical URL.
    naming = [item for item in by_id.values() if item.twin and item.template != "plain"]
    expected = {frozenset((item.path, by_id[item.twin].path)) for item in naming}
    found = program.rows(
        "SELECT t.url, o.url, t.date, o.date, t.language, o.language FROM articles t"
        " JOIN articles o ON o.id = t.translation_of"
    )
    pairs = [frozenset("/" + url.split("://")[1].partition("/")[2] for url in row[:2]) for row in found]
    assert expected and set(pairs) == expected and len(pairs) == len(expected)
    for _, _, translated, written, language, original in found:
        assert written <= translated and language != original
