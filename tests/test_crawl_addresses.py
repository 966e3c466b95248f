"""Which IP addresses a crawl may connect to."""

import http.server
import socket
import threading

import pytest
from twisted.internet.error import DNSLookupError

from archiver.crawl.wire import private_addresses
from archiver.crawl.wire.resolver import GuardedResolver
from archiver.warc import read_records

STRICT = private_addresses.AddressGuard((), lambda _host: False)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_addresses_of_this_machine_are_refused_in_every_notation(host):
    with pytest.raises(private_addresses.PrivateAddressError):
        STRICT.check(host, private_addresses.literal_address(host))


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "172.16.0.1", "fe80::1%eth0", "224.0.0.1"]
)
def test_addresses_of_a_network_are_not_public(address):
    assert not private_addresses.is_public(address)


def test_public_addresses_are_allowed_and_names_are_not_literals():
    STRICT.check("example.com", "93.184.216.34")
    assert private_addresses.literal_address("example.com") is None
    assert private_addresses.literal_address("123news.example") is None


def test_a_seed_may_be_private_but_not_become_so():
    guard = private_addresses.AddressGuard(("intranet.example", "rebinding.example"), lambda _host: False)
    resolver = GuardedResolver.__new__(GuardedResolver)
    assert resolver._checked("10.0.0.7", "intranet.example", guard) == "10.0.0.7"
    assert resolver._checked("93.184.216.34", "rebinding.example", guard) == "93.184.216.34"
    with pytest.raises(DNSLookupError):
        resolver._checked("10.0.0.7", "rebinding.example", guard)
    assert guard.refused("rebinding.example")


@pytest.mark.slow
def test_a_host_that_has_only_an_ipv6_address_is_crawled(new_program):
    class OverIPv6(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.end_headers()
            self.wfile.write(b"<html><body>six</body></html>")

        def log_message(self, *arguments):
            pass

    try:
        server = OverIPv6(("::1", 0), Handler)
    except OSError:
        pytest.skip("no IPv6 here")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = new_program()
    (program.home / "spiders" / "six.py").write_text(
        "import socket\n"
        "from archiver.spider import ArticleSpider\n"
        "_ask = socket.getaddrinfo\n"
        "def only_ipv6(host, *rest, **more):\n"
        "    return _ask('::1' if host == 'six.example' else host, *rest, **more)\n"
        "socket.getaddrinfo = only_ipv6\n"
        "class Six(ArticleSpider):\n"
        "    name = 'six'\n    allowed_domains = ['six.example']\n"
        f"    start_urls = ['http://six.example:{server.server_port}/']\n"
    )
    (report,) = program.json("crawl", "six", "--delay", "0", "--no-index", "--json", exit_code=19)
    server.shutdown()
    server.server_close()
    assert report["pages"] == 1
    (path,) = (program.archive / "warc").iterdir()
    asked = [record.fields.get("warc-ip-address") for record in read_records(path) if record.type == "response"]
    assert asked == ["::1", "::1"]
