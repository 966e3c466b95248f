"""Sites that require a cookie, a password or a proxy; and that no secret is stored."""

import gzip
import http.server
import io
import threading
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.crawl.wire.required_cookies import RequiredCookies
from archiver.crawl.wire.site_access import Access
from archiver.errors import UsageError
from archiver.layout import Site
from archiver.login import Login, checked_proxy, secrets_of
from archiver.spider import ArticleSpider
from archiver.warc.masking import Masking
from testsites import listing, story

PAGES = {
    "/": listing("/2024/05/01/one-story", "/2024/05/02/another-story"),
    "/2024/05/01/one-story": story("One story"),
    "/2024/05/02/another-story": story("Another story"),
    "/robots.txt": "",
}
STORIES = {path for path in PAGES if path.startswith("/2024")}


@contextmanager
def site_of(answer):
    """A site by a function from path and request fields to (status, body, [(name, value)]), and its log."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            log.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            status, body, fields = answer(self.path, log[-1][1])
            data = body.encode()
            self.send_response(status)
            for name, value in [("Content-Type", "text/html"), ("Content-Length", str(len(data))), *fields]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    log = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", log
    finally:
        server.shutdown()
        server.server_close()


def page(path, _=None):
    return (200, PAGES[path], []) if path in PAGES else (404, "nothing here", [])


def crawl(program, target, *arguments, **options):
    return program.json("crawl", target, "--no-index", "--json", "--delay", "0", *arguments, **options)[0]


def everything_in(archive):
    """All bytes of an archive, with WARCs decompressed."""
    for path in archive.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield gzip.decompress(data) if path.name.endswith(".gz") else data


# ---------------------------------------------------------------------- cookies that a host insists on


def test_a_site_that_redirects_to_itself_until_its_cookie_comes_back_is_crawled(new_program):
    def answer(path, fields):
        if path != "/robots.txt" and "visited=yes" not in fields.get("cookie", ""):
            return 302, "", [("Location", path), ("Set-Cookie", "visited=yes; Path=/; HttpOnly")]
        return page(path)

    with site_of(answer) as (url, log):
        report = crawl(new_program(), url)
        served = {path for path, fields in log if "visited" in fields.get("cookie", "")}
    assert served >= STORIES | {"/"}
    assert report["exit_code"] == 0


@pytest.mark.slow
def test_a_page_requested_before_its_host_required_cookies_is_not_a_loop(new_program):
    known = threading.Event()

    def answer(path, fields):
        if path == "/robots.txt":
            return page(path)
        if "visited=yes" in fields.get("cookie", ""):
            known.set()
            return page(path)
        if path == "/":
            known.wait(10)  # until another URL was requested with the cookie
        return 302, "", [("Location", path), ("Set-Cookie", "visited=yes")]

    with site_of(answer) as (url, log):
        report = crawl(new_program(), url)
    assert report["stories"] == len(STORIES)
    assert [fields.get("cookie") for path, fields in log if path == "/"] == [None, "visited=yes"]


@pytest.mark.slow
def test_a_site_with_a_cookie_check_on_another_url_is_crawled(new_program):
    def answer(path, fields):
        if path == "/robots.txt":
            return page(path)
        if path.startswith("/check"):
            return 302, "", [("Location", "/"), ("Set-Cookie", "ok=1")]
        return page(path) if "ok=1" in fields.get("cookie", "") else (302, "", [("Location", "/check?from=home")])

    with site_of(answer) as (url, log):
        assert crawl(new_program(), url)["exit_code"] == 0
    assert {path for path, fields in log if "ok=1" in fields.get("cookie", "")} >= STORIES


@pytest.mark.slow
def test_a_redirect_that_no_cookie_ends_is_a_loop_with_its_reason(new_program):
    def answer(path, _):
        return page(path) if path == "/robots.txt" else (302, "", [("Location", path), ("Set-Cookie", "a=b")])

    with site_of(answer) as (url, log):
        report = crawl(new_program(), url, exit_code=9)
    assert set(report["reasons"]) == {"redirect_loop"}
    sent = [fields.get("cookie") for path, fields in log if path == "/"]
    assert sent in ([None, "a=b"], ["a=b"]), "not again with it, and without it only where no other address set it yet"


@pytest.mark.slow
def test_a_host_that_requires_no_cookie_gets_none(new_program):
    def answer(path, _):
        status, body, _ = page(path)
        return status, body, [("Set-Cookie", "track=me")]

    with site_of(answer) as (url, log):
        crawl(new_program(), url)
    assert {path for path, _ in log} >= STORIES
    assert not [fields for _, fields in log if "cookie" in fields]


def test_no_cookies_are_sent_after_a_wall():
    cookies = RequiredCookies()
    cookies.offered("news.example", ["count=1; Path=/", "old=; Max-Age=0", "broken"])
    assert cookies.of("news.example") is None
    assert cookies.must_repeat("news.example") and cookies.of("news.example") == "count=1"
    assert not cookies.must_repeat("news.example"), "asked again once"
    cookies.drop("news.example")
    assert cookies.of("news.example") is None and not cookies.must_repeat("news.example")


# ---------------------------------------------------------------------- logins

SPIDER = """
from archiver.spider import ArticleSpider, Login


class Paper(ArticleSpider):
    name = "paper"
    allowed_domains = ["127.0.0.1"]
    start_urls = ["{url}/"]
    article_url = r"/20\\d\\d/"
    login = Login(cookies="env:PAPER_COOKIES", basic="env:PAPER_LOGIN", headers={{"X-Reader-Key": "file:{key}"}})
"""


def with_login(program, url, tmp_path, monkeypatch):
    key = tmp_path / "key"
    key.write_text("k3y-of-the-reading-room\n")
    (program.home / "spiders" / "paper.py").write_text(SPIDER.format(url=url, key=key))
    monkeypatch.setenv("PAPER_COOKIES", "session=s3cret-session-0001")
    monkeypatch.setenv("PAPER_LOGIN", "reader:open-sesame-42")


@pytest.mark.slow
def test_a_login_lets_the_crawl_in_and_none_of_it_is_kept(new_program, tmp_path, monkeypatch):
    def answer(path, fields):
        if path != "/robots.txt" and fields.get("x-reader-key") != "k3y-of-the-reading-room":
            return 403, "members only", []
        status, body, _ = page(path)
        echo = f"<p>Your session is {fields.get('cookie')}.</p></body>"
        return status, body.replace("</body>", echo), [("Set-Cookie", "session=renewed-session-77; Secure")]

    with site_of(answer) as (url, log):
        program = new_program()
        with_login(program, url, tmp_path, monkeypatch)
        assert crawl(program, "paper")["exit_code"] == 0
    assert {path for path, fields in log if fields.get("cookie") == "session=s3cret-session-0001"} >= STORIES
    assert all(fields["authorization"].startswith("Basic ") for path, fields in log if path in STORIES)
    kept = b"\n".join(everything_in(program.archive))
    for secret in (b"s3cret-session-0001", b"open-sesame-42", b"k3y-of-the-reading-room", b"renewed-session-77"):
        assert secret not in kept
    assert b"Archiver-Masked: authorization, cookie, x-reader-key" in kept
    assert b"Archiver-Masked: set-cookie, value" in kept
    assert b"One story, part a" in kept
    program.run("verify", "--deep")  # digests are those of the written blocks


def test_secrets_go_to_no_other_host():
    secrets = secrets_of(Login(cookies="env:C"), {"C": "session=0123456789"})
    access = Access(Site("paper", ("paper.example",)), secrets, tls_only=True)
    assert access.fields_for("https://www.paper.example/a") == [("Cookie", "session=0123456789")]
    assert access.fields_for("https://cdn.example/a") == []
    assert access.fields_for("http://www.paper.example/a") == [], "not in clear text"
    assert "0123456789" not in repr(access)


@pytest.mark.parametrize(
    ("login", "environment", "named"),
    [
        (Login(cookies="env:MISSING"), {}, "MISSING"),
        (Login(basic="env:PAIR"), {"PAIR": "no-colon-here"}, "env:PAIR"),
        (Login(headers={"X-Key": "file:/nowhere/at/all"}), {}, "/nowhere/at/all"),
        (Login(cookies="env:EMPTY"), {"EMPTY": " "}, "env:EMPTY"),
        (Login(cookies="env:TWO"), {"TWO": "a=b\r\nX-Evil: yes"}, "env:TWO"),
    ],
)
def test_a_missing_secret_is_named_and_never_shown(login, environment, named):
    with pytest.raises(UsageError) as raised:
        secrets_of(login, environment)
    assert named in raised.value.message
    assert not any(value.strip() and value.strip() in raised.value.message for value in environment.values())


def test_a_secret_written_into_a_spider_is_refused():
    class Paper(ArticleSpider):
        name = "paper"
        start_urls = ("https://paper.example/",)
        allowed_domains = ("paper.example",)
        login = Login(cookies="session=written-here")

    with pytest.raises(UsageError, match="env:NAME or file:/PATH"):
        Paper.site()


@given(st.binary(max_size=60), st.binary(min_size=6, max_size=12), st.binary(max_size=60))
def test_masking_keeps_every_length(before, secret, after):
    request = b"GET / HTTP/1.1\r\nCookie: a=" + secret.hex().encode() + b"\r\nHost: x\r\n\r\n" + before + secret + after
    masked, names = Masking(values=(secret,)).request(request)
    assert len(masked) == len(request) and "cookie" in names
    assert secret not in masked.partition(b"\r\n\r\n")[2] or b"*" in secret
    assert secret.hex().encode() not in masked


# ---------------------------------------------------------------------- proxies


@pytest.mark.slow
@pytest.mark.parametrize("how", ["environment", "spider"])
def test_a_crawl_uses_the_configured_proxy(new_program, monkeypatch, how):
    def answer(path, _):  # a proxy receives absolute URLs
        return page(path.removeprefix("http://paper.test"))

    with site_of(answer) as (url, log):
        program = new_program()
        if how == "environment":
            monkeypatch.setenv("http_proxy", url)
        attribute = f'    proxy = "{url}"\n' if how == "spider" else ""
        spider = SPIDER.format(url="http://paper.test", key="").replace("127.0.0.1", "paper.test")
        (program.home / "spiders" / "paper.py").write_text(spider.split("    login")[0] + attribute)
        assert crawl(program, "paper")["exit_code"] == 0
    assert {f"http://paper.test{path}" for path in STORIES} <= {path for path, _ in log}


@pytest.mark.slow
def test_no_proxy_is_respected(new_program, monkeypatch):
    with site_of(page) as (url, log):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert crawl(new_program(), url)["exit_code"] == 0
    assert {path for path, _ in log} >= STORIES


def test_a_proxy_with_a_password_in_a_spider_is_refused():
    class Paper(ArticleSpider):
        name = "paper"
        start_urls = ("https://paper.example/",)
        allowed_domains = ("paper.example",)
        proxy = "http://me:word@proxy.example:3128"

    with pytest.raises(UsageError, match="proxy contains a password"):
        Paper.site()


def test_a_secret_was_kept_where_a_site_repeats_it_in_another_spelling():
    secrets = secrets_of(Login(cookies="env:COOKIE"), {"COOKIE": "id=Mole&Vole/7"})
    page = (
        b"HTTP/1.1 200 OK\r\nLocation: /a?id=Mole%26Vole%2F7\r\n\r\n"
        b"<p>Mole&amp;Vole/7 Mole&Vole/7 Mole%26Vole%2f7 Mole&Vole\\/7 Mole%26Vole/7 Mole and Vole"
    )
    stream = io.BytesIO(page)
    Masking(values=secrets.values).response(stream)
    assert len(stream.getvalue()) == len(page)
    assert stream.getvalue().count(b"Mole") == 1 and b"Mole and Vole" in stream.getvalue()


@pytest.mark.parametrize(
    "taken_back",
    [
        "a=; Max-Age=0",
        "a=x; max-age = -1; path=/",
        "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "a=; Path=/; Max-Age=00",
    ],
)
def test_a_deleted_cookie_is_no_longer_sent(taken_back):
    cookies = RequiredCookies()
    cookies.offered("a.test", ["a=1; Max-Age=600; Expires=Fri, 01 Jan 2038 00:00:00 GMT", "b=2; max-age=01"])
    assert cookies.must_repeat("a.test") and cookies.of("a.test") == "a=1; b=2"
    cookies.offered("a.test", [taken_back])
    assert cookies.of("a.test") == "b=2"


def test_a_socks_proxy_was_called_a_robots_txt_that_cannot_be_read():
    with pytest.raises(UsageError, match="HTTPS_PROXY names a socks5h proxy") as raised:
        checked_proxy("https", "socks5h://ann:hidden@127.0.0.1:1080")
    assert "hidden" not in str(raised.value)
    assert [checked_proxy("http", address) for address in ("proxy.test:3128", "HTTP://proxy.test:3128")]
