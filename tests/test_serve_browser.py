"""The archive in a real browser: search, open, compare, by keyboard and on a phone; nothing leaves the machine."""

import os
import re
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archiver.replay import is_set_up
from conftest import make_program
from test_serve import fill

pytestmark = pytest.mark.slow
PHONE = {"width": 375, "height": 720}
PAGES = [
    "/", "/?q=ferry&site=aldia&plot=share", "/story/{mural}", "/story/{hostile}", "/story/{mural}/diff", "/sites",
    "/sites?site=aldia", "/changes", "/copies", "/trends?q=ferry&q=mural&by=year",
    "/trends?q=(ferry&by=site&edited=1",
]  # fmt: skip

# Datasette's own pages.
TABLES = [
    "/index", "/index/articles", "/index/articles/{mural}", "/index/article_authors", "/-/metadata",
    "/index?sql=select+title+from+articles",
]  # fmt: skip


@dataclass
class Server:
    address: str
    ids: dict

    def url(self, path):
        return self.address.rstrip("/") + path


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`archiver serve`, started as a user does."""
    program = make_program(tmp_path_factory.mktemp("browser") / "home")
    ids = fill(program.archive / "index.db")
    with program.start("serve", "--port", "0") as process:
        try:
            yield Server(process.stdout.readline().decode().strip(), ids)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert process.stderr.read() == b""
        finally:
            process.kill()


@dataclass
class Watched:
    """The console messages and requests of a browser."""

    complaints: list = field(default_factory=list)
    requests: list = field(default_factory=list)


@pytest.fixture
def open_page(browser, server):
    """Opens pages that must neither log errors nor send requests to other servers."""

    @contextmanager
    def opened(**options):
        seen = Watched()
        context = browser.new_context(**options)
        page = context.new_page()
        page.on(
            "console", lambda line: seen.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        context.on("request", lambda request: seen.requests.append(request.url))
        yield page
        context.close()
        assert seen.complaints == []
        assert seen.requests and {url for url in seen.requests if not url.startswith(server.address)} == set()

    return opened


def test_search_open_and_compare_with_the_keyboard_alone(server, open_page):
    with open_page() as page:
        page.goto(server.address)
        page.keyboard.press("/")
        page.keyboard.type("mural")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=mural*")
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.textContent")
        assert "mural" in first.lower()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.textContent") != first
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url("**/story/*")
        assert "mural" in page.inner_text("h1").lower()
        page.goto(server.url(f"/story/{server.ids['the-mural']}"))
        page.click("main >> text=what changed")
        page.wait_for_url("**/diff?*")
        assert "is done" in page.inner_text("ins >> nth=0")
        assert page.evaluate("getComputedStyle(document.querySelector('del')).textDecorationLine") == "line-through"


def test_the_first_key_leads_to_the_content(server, open_page):
    with open_page() as page:
        page.goto(server.address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_facet_and_a_bar_narrow_a_search(server, open_page):
    with open_page() as page:
        page.goto(server.url("/?q=mural"))
        page.click("aside a[href*='language=es']")
        page.wait_for_url("**language=es*")
        assert page.locator(".hits li").count() == 1
        page.goto(server.url("/?q=ferry"))
        page.locator("svg.plot a rect:not(.back)").first.click(force=True)
        page.wait_for_url("**since=*until=*")
        assert page.locator(".hits li").count() >= 1


@pytest.mark.parametrize(("scheme", "size"), [("light", {"width": 1200, "height": 800}), ("dark", PHONE)])
def test_no_page_violates_an_accessibility_rule(server, open_page, scheme, size):
    """Checked with axe-core: WCAG 2 A and AA, and its best practices."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with open_page(viewport=size, color_scheme=scheme) as page:
        for path in PAGES + TABLES:
            page.goto(server.url(path.format(mural=server.ids["the-mural"], hostile=server.ids["hostile"])))
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
            assert axe.run(page).response["violations"] == [], path


def test_a_range_dragged_over_the_bars_narrows_the_time(server, open_page):
    with open_page() as page:
        page.goto(server.url("/?q=ferry"))
        plot = page.locator("svg.plot")
        plot.scroll_into_view_if_needed()
        box, times = plot.bounding_box(), plot.get_attribute("data-times").split()
        step = box["width"] / len(times)
        page.mouse.move(box["x"] + step * 1.5, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + step * 3.5, box["y"] + 30, steps=4)
        assert plot.locator(".range").count() == 1
        page.mouse.up()
        page.wait_for_url(f"**since={times[1]}&until={times[3]}*")
        assert "Active filters" in page.inner_text("main")


def test_a_hostile_story_executes_nothing(server, open_page):
    with open_page() as page:
        for path in ("/?q=owned", f"/story/{server.ids['hostile']}", f"/story/{server.ids['hostile']}/diff"):
            page.goto(server.url(path))
            assert page.title() != "owned" and "<script>" in page.inner_text("main")
            assert page.locator("main script, main img").count() == 0
        assert re.search("<script>", page.title())


@pytest.mark.parametrize(
    "path",
    ["/index", "/index/articles", "/index/articles/{hostile}", "/index/articles.json?title__contains=owned", "/{sql}"],
)
def test_datasettes_own_pages_run_their_scripts_and_no_other(server, open_page, path):
    with open_page() as page:
        page.goto(server.url("/?q=owned"))
        sql = page.get_attribute("aside a:text-is('SQL')", "href")
        page.goto(server.url(path.format(hostile=server.ids["hostile"], sql=sql[1:])))
        page.wait_for_timeout(300)
        assert page.title() != "owned"
        if path == "/{sql}":
            assert page.locator(".CodeMirror, .cm-editor").count() == 1  # the editor made by Datasette's scripts


@pytest.mark.parametrize(
    "path",
    PAGES,
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_are_legible(server, open_page, path, scheme):
    path = path.format(mural=server.ids["the-mural"], hostile=server.ids["hostile"])
    with open_page(viewport=PHONE, color_scheme=scheme, is_mobile=True, has_touch=True) as page:
        page.goto(server.url(path))
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        small = """[...document.querySelectorAll('main p, main li, main input, main select, main dd')].filter(
            e => e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.outerHTML.slice(0, 100))"""
        assert page.evaluate(small) == []
        assert page.evaluate(CONTRAST) >= 4.5


# Of text on paper: relative luminance as WCAG 2 defines it, of the faintest colour that text has.
CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = light(getComputedStyle(document.documentElement).backgroundColor);
  const inks = [...document.querySelectorAll('main p, main a, main dt, footer p')].filter(e => e.offsetParent)
    .map(e => light(getComputedStyle(e).color));
  return Math.min(...inks.map(ink => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)));
}"""


def test_the_language_stays_as_chosen(server, open_page):
    with open_page(locale="en-US") as page:
        page.goto(server.address)
        page.click("text=Español")
        page.fill("#q", "mural")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=mural*")
        assert page.get_attribute("html", "lang") == "es" and "noticias" in page.inner_text("main")


def test_it_works_without_scripts(server, open_page):
    with open_page(java_script_enabled=False) as page:
        page.goto(server.address)
        page.fill("#q", "mural")
        page.click("form.search button")
        assert page.locator(".hits li").count() == 2


def test_a_version_leads_to_its_replay_at_another_origin(crawled, browser, monkeypatch):
    _, program, _ = crawled
    environment = str(Path(sys.prefix) / "replay")  # created by the tests of replay
    monkeypatch.setenv("ARCHIVER_REPLAY_ENV", environment)
    if not is_set_up():
        pytest.skip("replay is not set up here: tests/test_replay_browser.py does it")
    options = {"env": {**os.environ, "ARCHIVER_REPLAY_ENV": environment}}
    with program.start("serve", "--port", "0", "--replay", "--replay-port", "0", **options) as process:
        try:
            address = process.stdout.readline().decode().strip()
            page = browser.new_page()
            page.goto(address + "?q=ferry")
            page.click(".hits h2 a >> nth=0")
            title = page.inner_text("h1")
            page.click("a.replay >> nth=0")
            page.frame_locator("iframe").locator("h1").first.wait_for()
            assert title in page.frame_locator("iframe").locator("body").inner_text()
            assert page.evaluate("origin") != address.rstrip("/") and page.evaluate("document.referrer") == ""
            page.close()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
