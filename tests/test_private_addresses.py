"""A site may reach private addresses only if it was in a private network from the start, or its spider allows it."""

import sqlite3

import pytest

from archiver.crawl.wire.private_addresses import AddressGuard, PrivateAddressError, is_public
from testsites import listing, serve, story

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.7"


def guard(**options):
    hosts = ("www.paper.test", "img.paper.test")
    return AddressGuard(("www.paper.test",), hosts.__contains__, **options)


def reaches(made, host, address):
    try:
        made.check(host, address)
    except PrivateAddressError:
        assert made.refused(host)
        return False
    return not made.refused(host)


def test_an_intranet_site_reaches_all_of_its_hosts_and_no_other():
    made = guard()
    assert made.is_private is None
    assert reaches(made, "www.paper.test", PRIVATE) and reaches(made, "img.paper.test", PRIVATE)
    assert not reaches(made, "router.test", PRIVATE)
    assert made.is_private is True


def test_links_into_the_private_network_are_not_followed_whatever_the_start_page_was():
    made = guard()
    assert not reaches(made, "img.paper.test", PRIVATE), "no start page is known to be private"
    assert reaches(made, "www.paper.test", PUBLIC)
    assert made.is_private is False
    assert not reaches(made, "img.paper.test", PRIVATE) and not reaches(made, "www.paper.test", PRIVATE)


def test_a_start_page_that_was_public_when_first_crawled_and_turns_private_is_refused():
    assert not reaches(guard(is_private=False), "www.paper.test", PRIVATE)
    assert reaches(guard(is_private=False, allow_private=True), "img.paper.test", PRIVATE)
    assert not reaches(guard(allow_private=True), "router.test", PRIVATE)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("64:ff9b::7f00:1", False),  # NAT64 to 127.0.0.1
        ("64:ff9b::5db8:d822", True),
        ("2002:a00:7::1", False),  # 6to4 of 10.0.0.7
        ("2002:5db8:d822::1", True),
        ("::10.0.0.7", False),  # IPv4-compatible
        ("::ffff:10.0.0.7", False),
        ("::ffff:93.184.216.34", True),
        ("::", False),
        ("::1", False),
        ("2606:4700::1111", True),
        ("64:ff9b:1::5db8:d822", False),  # NAT64 of a local network, whatever its target
        ("::ffff:0:10.0.0.7", False),  # IPv4-translated
        ("::ffff:0:93.184.216.34", True),
        ("2606:4700::5efe:a00:7", False),  # ISATAP of 10.0.0.7
        ("2606:4700::200:5efe:5db8:d822", True),
        ("fec0::7", False),  # site-local
        ("5f00::7", False),
    ],
)
def test_ipv4_addresses_embedded_in_ipv6_are_checked(address, public):
    assert is_public(address) is public


SPIDER = """
from archiver.crawl.wire import private_addresses
from archiver.spider import ArticleSpider

private_addresses.is_public = lambda address: address == "127.0.0.1" and {public}

class Paper(ArticleSpider):
    name = "{name}"
    allowed_domains = ["{name}.localhost", "127.0.0.2"]
    start_urls = ["{url}"]
    custom_settings = {{"DOWNLOAD_DELAY": 0}}
    {more}
"""


def crawl_two_sites(program, site, *, public, more="", exit_code=0):
    """Two sites in one run: `paper`, and an intranet at 127.0.0.2, which must not affect the other."""
    urls = {"paper": site.url("www.paper.localhost"), "intranet": f"http://127.0.0.2:{site.port}/"}
    for name, url in urls.items():
        text = SPIDER.format(name=name, url=url, public=public, more=more if name == "paper" else "")
        (program.home / "spiders" / f"{name}.py").write_text(text)
    return program.json("crawl", "paper", "intranet", "--no-index", "--json", exit_code=exit_code)


@pytest.fixture
def inside():
    """A site whose front page links to a host in the private network, which would respond."""

    def answer(host, path):
        if path == "/robots.txt":
            return 404
        if path == "/":
            return listing("/news/a-story-for-all-to-read", f"http://127.0.0.2:{site.port}/news/a-secret-for-nobody")
        return story(f"{host} {path}")

    with serve(answer, host="0.0.0.0") as site:
        yield site


@pytest.mark.slow
def test_another_site_in_the_private_network_does_not_allow_others(new_program, inside):
    program = new_program()
    reports = crawl_two_sites(program, inside, public=True)
    assert [report["stories"] for report in reports] == [1, 2]
    assert reports[0]["reasons"]["private_address"] == 1
    db = sqlite3.connect(program.archive / "frontier.db")
    assert dict(db.execute("SELECT site, is_private FROM sites")) == {"paper": 0, "intranet": 1}
    db.close()


@pytest.mark.slow
def test_allow_private_and_an_intranet_reach_their_own_hosts(new_program, inside):
    program = new_program()
    reports = crawl_two_sites(program, inside, public=True, more="allow_private = True")
    assert [report["stories"] for report in reports] == [2, 2]


@pytest.mark.slow
def test_a_site_that_was_public_and_turns_private_is_refused_with_its_own_reason(new_program, inside):
    program = new_program()
    crawl_two_sites(program, inside, public=True)
    inside.requests.clear()
    paper, intranet = crawl_two_sites(program, inside, public=False, exit_code=9)
    assert (paper["cause"], intranet["exit_code"]) == ("private_address", 0)
    assert not inside.paths("www.paper.localhost")
