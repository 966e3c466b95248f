"""Makes docs/img/search.png and docs/img/diff.png: the bundled newspaper, crawled on two days and read in Chromium.

    python docs/make_screenshots.py

Needs the extras `web` and `render`, and Chromium. Nothing leaves the machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from archiver.crawl.wire.render import find_browser
from archiver.samplesite import SampleSite

IMAGES = Path(__file__).parent / "img"
PROGRAM = str(Path(sys.executable).with_name("archiver"))
SIZE = {"width": 1200, "height": 800}


def main() -> None:
    """Crawls both days, serves the archive, takes the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        archive = [PROGRAM, "-q", "-A", folder]
        with SampleSite() as site:
            subprocess.run([*archive, "crawl", site.url, "--delay", "0"], check=True)
            site.day = 2
            subprocess.run([*archive, "crawl", site.url, "--delay", "0", "--recheck", "all"], check=True)
        found = subprocess.run([*archive, "search", "--edited", "--json"], check=True, capture_output=True, text=True)
        edited = re.search(r'"id": (\d+)', found.stdout)
        assert edited, "the second day edits stories"
        serving = subprocess.Popen(
            [*archive, "serve", "--port", "0", "--lang", "en"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert serving.stdout is not None
            address = serving.stdout.readline().strip()
            pages = {"search": f"{address}?q=ferry", "diff": f"{address}story/{edited[1]}/diff?from=1&to=2"}
            take(pages)
        finally:
            serving.terminate()
            serving.wait()


def take(pages: dict[str, str]) -> None:
    """A picture of each page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        for name, address in pages.items():
            page.goto(address)
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
