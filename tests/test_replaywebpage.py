"""A WACZ opened in ReplayWeb.page (its npm package, served on loopback) in a real browser."""

import functools
import http.server
import shutil
import subprocess
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from archiver.samplesite import SampleSite
from conftest import make_program
from test_wacz_signature import new_key

VERSION = "2.4.6"
STORY = "en/politics/city-hall/council-backs-free-ferry-eastbank"
PAGE = """<!doctype html><script src="ui.js"></script>
<replay-web-page replayBase="/replay/" source="site.wacz" url="{url}" style="height: 900px"></replay-web-page>"""
# The viewer's verification of a package: null for claims that it has not verified.
VERDICTS = """async () => {
  const found = {};
  for (const {name} of await indexedDB.databases()) {
    const asked = indexedDB.open(name);
    const db = await new Promise(done => { asked.onsuccess = () => done(asked.result); });
    if (!db.objectStoreNames.contains("verification")) continue;
    const all = db.transaction("verification").objectStore("verification").getAll();
    for (const entry of await new Promise(done => { all.onsuccess = () => done(all.result); }))
      found[entry.id] = entry.matched;
  }
  return found;
}"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    """A folder with ReplayWeb.page."""
    if shutil.which("npm") is None:
        pytest.skip("npm, which brings ReplayWeb.page, is not installed")
    folder = tmp_path_factory.mktemp("viewer")
    packed = subprocess.run(["npm", "pack", f"replaywebpage@{VERSION}"], cwd=folder, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"npm can't get ReplayWeb.page: {packed.stderr.decode()[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        package.extractall(folder, filter="data")
    (folder / "replay").mkdir()
    for name, places in {"ui.js": ("ui.js",), "sw.js": ("sw.js", "replay/sw.js")}.items():
        for place in places:
            shutil.copy(folder / "package" / name, folder / place)
    return folder


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Serves files, including byte ranges, which the viewer uses to read packages."""

    def do_GET(self):
        path, wanted = Path(self.translate_path(self.path)), self.headers.get("Range")
        if wanted is None or not path.is_file():
            return super().do_GET()
        data = path.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin = int(first) if first else len(data) - int(last)
        end = min(int(last), len(data) - 1) if first and last else len(data) - 1
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end - begin + 1))
        self.end_headers()
        self.wfile.write(data[begin : end + 1])
        return None

    def log_message(self, *arguments):
        pass


@pytest.fixture
def served(viewer):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Ranges, directory=viewer))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def package(viewer, tmp_path_factory):
    """(package with requisites, URL of a story in it); its site is offline."""
    with SampleSite() as site:
        program = make_program(tmp_path_factory.mktemp("packed") / "home", site.url)
        program.run("crawl", "elpuente", "--requisites")
        program.run("export", viewer / "site.wacz", "--sign", new_key(viewer / "wacz.key"))
        return viewer / "site.wacz", site.url + STORY


def test_streamed_entries_are_found_at_the_directory_s_offsets(package):
    """ReplayWeb.page 2.4 took the longer headers of streamed entries for the beginning of their data."""
    with zipfile.ZipFile(package[0]) as archive:
        assert all(info.extra for info in archive.infolist() if info.filename.endswith((".gz", ".cdxj", ".jsonl")))


def test_a_page_is_shown_with_its_picture(package, served, viewer, browser):
    (viewer / "index.html").write_text(PAGE.replace("{url}", package[1]), encoding="utf-8")
    page = browser.new_page()
    asked = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(served)
    shown = wait_for_replay(page)
    assert shown.inner_text("h1").startswith("Council backs a free ferry")
    shown.wait_for_function("[...document.images].some(image => image.naturalWidth > 100)", timeout=20_000)
    assert [url for url in asked if not url.startswith((served, "data:"))] == []


def test_it_finds_the_signature_valid(package, served, viewer, browser):
    (viewer / "index.html").write_text(PAGE.replace("{url}", package[1]), encoding="utf-8")
    page = browser.new_page()
    page.goto(served)
    wait_for_replay(page)
    viewer_itself = next(frame for frame in page.frames if "/replay/" in frame.url and "mp_/" not in frame.url)
    assert viewer_itself.evaluate(VERDICTS)["signature"] is True


def wait_for_replay(page):
    """The frame with the page. The viewer's service worker answers for /replay/. A frame opened before it is active
    stays empty, and readers then reload the viewer."""
    for _ in range(5):
        for _ in range(40):
            for frame in page.frames:
                if "mp_/" in frame.url:
                    frame.wait_for_selector("h1", timeout=20_000)
                    return frame
            page.wait_for_timeout(200)
        page.reload()
    raise AssertionError([frame.url for frame in page.frames])
