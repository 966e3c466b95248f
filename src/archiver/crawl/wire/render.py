"""Renders pages in a browser: Chromium runs the scripts, and the archive's own handler fetches what they request.

The browser has no network access. Its requests are intercepted here and sent through Scrapy's downloader, so that
robots.txt, pauses and the guard against private addresses apply, and the WARC has the exact bytes of each. Anything
else (sockets, requests of the browser itself) ends at a proxy that doesn't exist. The page itself is not fetched again:
the browser gets the recorded response.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections import OrderedDict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response

from archiver.crawl.wire.recorder import Recorder
from archiver.errors import UsageError
from archiver.extras import install_hint
from archiver.model import Kept
from archiver.spider import mime_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Playwright, Route

logger = logging.getLogger(__name__)

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_HTML = ("text/html", "application/xhtml+xml")
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # Requests that aren't intercepted fail: no name is resolved, and nobody listens on the discard port.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
# Images, fonts and video don't contribute to the text; beacons would track readers.
_FETCHED = frozenset({"document", "script", "stylesheet", "xhr", "fetch"})
_SHARED = frozenset({"script", "stylesheet"})  # the same on every page of a site: fetched once per crawl
_METHODS = frozenset({"GET", "HEAD", "POST"})
# The crawl sets these fields itself, without the browser's cookies and codings.
_OWN_FIELDS = frozenset({"user-agent", "cookie", "accept-encoding", "host", "content-length", "connection"})
_WIRE_FIELDS = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"})
_AT_ONCE = 2  # pages: each takes a core
_QUIET = 10.0  # seconds that a loaded page may continue to make requests; then its state is used
_CLOSING = 10.0  # seconds to close a page or the browser
_MAX_REDIRECTS = 5
_MAX_SHARED = 64 * 2**20  # bytes
_MAX_DOM = 32 * 2**20


def find_browser() -> str:
    """The browser's path. Raises UsageError if it or playwright is missing."""
    if find_spec("playwright") is None:
        raise UsageError("--render needs playwright, which is not installed", install_hint("render"))
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise UsageError("--render needs Chromium, which is not on the PATH", "apt-get install chromium")
    return found


class RenderError(Exception):
    """A page could not be rendered. The fetched response is in the archive anyway."""


class Renderer:
    """Renders the pages of one crawl. The browser starts with the first page; a crashed browser is restarted."""

    def __init__(self, crawler: Crawler, recorder: Recorder) -> None:
        self._crawler = crawler
        self._recorder = recorder
        self._seconds = crawler.settings.getfloat("ARCHIVER_RENDER_TIMEOUT", 60.0)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._shared: OrderedDict[str, Response] = OrderedDict()
        self._shared_size = 0

    async def render(self, response: Response, kept: Kept) -> HtmlResponse:
        """The page after its scripts ran; its DOM becomes a record that refers to the response. Raises RenderError."""
        async with self._places:
            try:
                async with asyncio.timeout(self._seconds):
                    dom = await self._show(response)
            except TimeoutError as error:
                raise RenderError(f"not rendered within {self._seconds:.0f} s") from error
            except Exception as error:
                # After any error of the browser, its driver or the page the crawl continues.
                raise RenderError(str(error).partition("\n")[0] or repr(error)) from error
        if len(dom) > _MAX_DOM:
            raise RenderError(f"its DOM has {len(dom):,} bytes")
        self._recorder.record_rendered(response.url, dom, kept)
        headers = response.headers.copy()
        headers["Content-Type"] = b"text/html; charset=utf-8"
        return HtmlResponse(
            response.url,
            status=response.status,
            headers=headers,
            body=dom,
            encoding="utf-8",
            request=response.request,
            flags=[*response.flags, "rendered"],
        )

    async def close(self) -> None:
        """End the browser. Never raises."""
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSING):
                if browser is not None:
                    await browser.close()
                if playwright is not None:
                    await playwright.stop()

    # ------------------------------------------------------------------ the browser

    async def _show(self, response: Response) -> bytes:
        browser = await self._running_browser()
        context = await browser.new_context(
            user_agent=self._crawler.settings["USER_AGENT"], service_workers="block", accept_downloads=False
        )
        try:
            page = await context.new_page()
            await context.route_web_socket("**", lambda socket: socket.close())
            await context.route("**", lambda route: self._answer(route, page, response))
            await page.goto(response.url, wait_until="load", timeout=self._seconds * 1000)
            with contextlib.suppress(Exception):  # a page that never stops making requests is used in its current state
                await page.wait_for_load_state("networkidle", timeout=_QUIET * 1000)
            return (await page.content()).encode("utf-8", "replace")
        finally:
            try:
                async with asyncio.timeout(_CLOSING):
                    await context.close()
            except Exception:
                # A browser that can't close a page can't be used for another one.
                if self._browser is browser:
                    await self.close()

    async def _running_browser(self) -> Browser:
        async with self._starting:
            if self._browser is not None and self._browser.is_connected():
                return self._browser
            await self.close()
            from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

            self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(
                executable_path=find_browser(),
                headless=True,
                args=list(_ARGUMENTS),
                chromium_sandbox=os.geteuid() != 0,  # Chromium refuses its sandbox for root
                # After a signal the crawl ends by itself and then closes the browser.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            return self._browser

    # ------------------------------------------------------------------ what it asks for

    async def _answer(self, route: Route, page: Page, shown: Response) -> None:
        """Answer one request of the browser with what the archive's handler fetched, or abort it."""
        try:
            answer = await self._fetch(route, page, shown)
        except Exception as error:
            level = logging.INFO if isinstance(error, IgnoreRequest) else logging.WARNING
            logger.log(level, "%s, for %s: %s", route.request.url, shown.url, str(error) or repr(error))
            answer = None
        with contextlib.suppress(Exception):  # the page may be closed by now
            if answer is None:
                await route.abort()
            else:
                await route.fulfill(status=answer.status, headers=_fields(answer), body=answer.body)

    async def _fetch(self, route: Route, page: Page, shown: Response) -> Response | None:
        asked = route.request
        if asked.is_navigation_request() and asked.frame == page.main_frame:
            # Only the page itself: navigation by its scripts leads to another page.
            return shown if _same_page(asked.url, shown.url) else None
        if asked.resource_type not in _FETCHED or asked.method not in _METHODS:
            return None
        shared = asked.resource_type in _SHARED and asked.method == "GET"
        if shared and asked.url in self._shared:
            self._shared.move_to_end(asked.url)
            return self._shared[asked.url]
        headers = {
            name: value
            for name, value in asked.headers.items()
            if name not in _OWN_FIELDS and not name.startswith(("sec-", ":", "if-"))
        }
        answer = await self._download(asked.url, asked.method, headers, asked.post_data_buffer)
        if shared and answer.status == 200:
            self._share(asked.url, answer)
        return answer

    async def _download(self, url: str, method: str, headers: dict[str, str], body: bytes | None) -> Response:
        """Fetch like any page; redirects are followed here, because the browser would follow them itself."""
        meta: dict[str, Any] = {"handle_httpstatus_all": True, "dont_redirect": True, "dont_retry": True}
        engine = self._crawler.engine
        assert engine is not None, "pages are rendered while the engine runs"
        for _ in range(_MAX_REDIRECTS):
            request = Request(url, method=method, headers=headers, body=body or b"", meta=dict(meta), dont_filter=True)
            response = await engine.download_async(request)
            location = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or location is None:
                return response
            url = response.urljoin(location.decode("utf-8", "replace"))
            if response.status in (301, 302, 303) and method == "POST":
                method, body = "GET", None
        raise IgnoreRequest("too_many_redirects")

    def _share(self, url: str, answer: Response) -> None:
        if url in self._shared or len(answer.body) > _MAX_SHARED // 4:
            return
        self._shared[url] = answer
        self._shared_size += len(answer.body)
        while self._shared_size > _MAX_SHARED:
            _, oldest = self._shared.popitem(last=False)
            self._shared_size -= len(oldest.body)


def is_page(response: Response) -> bool:
    """Whether a response can be rendered."""
    return response.status == 200 and bool(response.body) and mime_of(response) in _HTML


def _same_page(asked: str, shown: str) -> bool:
    return asked.partition("#")[0] == shown.partition("#")[0]


def _fields(answer: Response) -> dict[str, str]:
    """Header fields for the browser, which gets the decoded body."""
    return {
        name.decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in answer.headers.items()
        if name.decode("latin-1").lower() not in _WIRE_FIELDS
    }
