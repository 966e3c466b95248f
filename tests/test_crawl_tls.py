"""TLS data of a crawl: protocol and cipher suite in the record, in the log whether the certificate is valid."""

import json
import re
import shutil
import ssl
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from warcio.archiveiterator import ArchiveIterator

from archiver.crawl.wire.tls import iana_name
from archiver.extract.pool import ExtractionPool
from archiver.home import ArchiveDir
from archiver.index.database import open_reader, open_writer
from archiver.index.ingest.upkeep import catch_up
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from conftest import make_program
from rawserver import RawServer
from warc_samples import members, story


def page(server):
    """A different response for each server: equal ones would be revisits."""
    body = f"<p>{server}</p>".encode()
    status = b"HTTP/1.0 200 OK" if server == "plain" else b"HTTP/1.1 200 OK"
    return status + b"\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def context_of(certificate, *, old=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
    return context


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """One page of each server, captured twice: (lines of the log, records), both by the server's name."""
    folder = tmp_path_factory.mktemp("tls")
    trusted, stranger, now = trustme.CA(), trustme.CA(), datetime.now(UTC)
    past = {"not_before": now - timedelta(days=9), "not_after": now - timedelta(days=1)}
    contexts = {
        "good": context_of(trusted.issue_cert("127.0.0.1")),
        "by name": context_of(trusted.issue_cert("paper.localhost")),
        "tls 1.2": context_of(trusted.issue_cert("127.0.0.1"), old=True),
        "expired": context_of(trusted.issue_cert("127.0.0.1", **past)),
        "stranger": context_of(stranger.issue_cert("127.0.0.1")),
        "other host": context_of(trusted.issue_cert("www.paper.example")),
        "plain": None,
    }
    trusted.cert_pem.write_to_path(folder / "authorities.pem")
    program = make_program(folder / "home")
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("SSL_CERT_FILE", str(folder / "authorities.pem"))
        urls = {}
        for name, context in contexts.items():
            scripts = {"/": [page(name)], "/robots.txt": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]}
            server = stack.enter_context(RawServer(scripts, context, tls_at_once=context is not None))
            host = "paper.localhost" if name == "by name" else "127.0.0.1"
            urls[f"{'https' if context else 'http'}://{host}:{server.port}/"] = name
        for _ in range(2):
            program.run("capture", *urls, "--no-index", "--delay", "0")
    logs = "".join(path.read_text() for path in (program.archive / "logs").glob("*.jsonl"))
    lines = [json.loads(line) for line in logs.splitlines()]
    records = []
    for path in (program.archive / "warc").iterdir():
        with path.open("rb") as stream:
            records += [
                (urls[record.rec_headers["WARC-Target-URI"]], record.rec_type, record.rec_headers.headers)
                for record in ArchiveIterator(stream)
                if record.rec_headers["WARC-Target-URI"] in urls
            ]
    return {(urls[line["url"]], line["tls"]) for line in lines if line["url"] in urls}, records


@pytest.mark.parametrize(
    ("server", "says"),
    [
        ("good", "verified"),
        ("by name", "verified"),
        ("tls 1.2", "verified"),
        ("expired", "certificate has expired"),
        ("stranger", "unable to get local issuer certificate"),
        ("other host", "hostname mismatch"),
        ("plain", None),
    ],
)
def test_a_page_is_captured_with_any_certificate_and_the_log_names_the_problem(captured, server, says):
    lines, records = captured
    assert {verdict for name, verdict in lines if name == server} == {says}
    assert {kind for name, kind, _ in records if name == server} == {"response", "revisit", "request"}


def test_records_name_protocols_and_cipher_suite(captured):
    _, records = captured
    for server, kind, headers in records:
        fields = [(name, value) for name, value in headers if name in ("WARC-Protocol", "WARC-Cipher-Suite")]
        protocols = [value for name, value in fields if name == "WARC-Protocol"]
        suites = [value for name, value in fields if name == "WARC-Cipher-Suite"]
        if kind == "request":
            assert fields == []
        elif server == "plain":
            assert (protocols, suites) == (["http/1.0"], [])
        elif server == "tls 1.2":
            assert protocols == ["http/1.1", "tls/1.2"]
            assert re.fullmatch("TLS_ECDHE_(RSA|ECDSA)_WITH_AES_128_GCM_SHA256", suites[0])
        else:
            assert protocols == ["http/1.1", "tls/1.3"]
            assert len(suites) == 1 and re.fullmatch("TLS_[A-Z0-9_]+_SHA(256|384)", suites[0])


def test_records_state_whether_the_certificate_was_valid(captured):
    _, records = captured
    said = {
        (server, value) for server, kind, headers in records if kind == "response"
        for name, value in headers if name == "Archiver-Certificate"
    }  # fmt: skip
    assert ("good", "verified") in said
    assert ("expired", "certificate has expired") in said
    assert not [value for server, value in said if server == "plain"]


def test_the_index_has_the_certificate_result_of_each_capture(tmp_path):
    archive = ArchiveDir(tmp_path)
    archive.warc.mkdir()
    said = ("Archiver-Certificate: verified", "Archiver-Certificate: certificate has expired")
    (archive.warc / "a.warc.gz").write_bytes(members(story(1, said[0]), story(2, said[1]), story(3)))
    with ExtractionPool(1) as pool:
        catch_up(archive.index, archive.warc, (), pool)
    with open_reader(archive.index) as db:
        verdicts = db.execute("SELECT certificate FROM captures ORDER BY warc_offset").fetchall()
    assert verdicts == [("verified",), ("certificate has expired",), (None,)]
    with open_writer(archive.index) as db:
        db.execute("UPDATE captures SET certificate = 'verified' WHERE certificate LIKE '%expired'")
    assert any("certificate" in problem.cause for problem in verify(archive, CheckOptions(deep=True)).of("index"))


@pytest.mark.slow
def test_nothing_is_kept_with_an_invalid_certificate_if_a_valid_one_is_required(tmp_path, monkeypatch):
    trusted, stranger = trustme.CA(), trustme.CA()
    trusted.cert_pem.write_to_path(tmp_path / "authorities.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    program = make_program(tmp_path / "home")
    scripts = {"/": [page("x")], "/robots.txt": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]}
    options = ("--require-valid-tls", "--no-index", "--delay", "0", "--max-pages", "1")
    with RawServer(scripts, context_of(stranger.issue_cert("127.0.0.1")), tls_at_once=True) as server:
        program.run("crawl", f"https://127.0.0.1:{server.port}/", *options, exit_code=9)
    with RawServer(scripts, context_of(trusted.issue_cert("127.0.0.1")), tls_at_once=True) as server:
        program.run("crawl", f"https://127.0.0.1:{server.port}/", *options)
        good = f"https://127.0.0.1:{server.port}/"
    fetched = set()
    for path in (program.archive / "warc").iterdir():
        with path.open("rb") as stream:
            fetched |= {record.rec_headers["WARC-Target-URI"] for record in ArchiveIterator(stream)
                        if record.rec_type == "response"}  # fmt: skip
    assert fetched == {good, good + "robots.txt"}


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("DHE-RSA-AES256-CCM8", "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
        ("ECDHE-ECDSA-AES256-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("PSK-AES128-CBC-SHA", None),
        ("", None),
    ],
)
def test_suites_have_the_names_of_the_registry(openssl, iana):
    assert iana_name(openssl) == iana


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl's own list")
def test_no_suite_has_a_wrong_name():
    listed = subprocess.run(["openssl", "ciphers", "-stdname", "ALL"], capture_output=True, text=True, check=True)
    names = {line.split()[2]: line.split()[0] for line in listed.stdout.splitlines()}
    known = {openssl: found for openssl in names if (found := iana_name(openssl)) is not None}
    assert len(known) > 20
    assert known == {openssl: names[openssl] for openssl in known}
