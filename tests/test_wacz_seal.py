"""Claims of WACZ packages: signatures in both forms, digests of every kind, lists of pages."""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from archiver.cli import cli
from archiver.export.wacz_package import WaczWriter
from archiver.fixity.wacz_seal import verdict_on
from archiver.fixity.wacz_signature import WaczSigner
from archiver.index.ingest.upkeep import catch_up
from archiver.warc.wacz import inspect, pages_of, seal_of
from test_index_ingest import QuickPool
from test_wacz_signature import new_key
from warc_samples import members, story, wacz

CREATED = datetime(2026, 5, 1, 8, tzinfo=UTC)
DESCRIPTION = b'{"profile": "data-package"}'
HASH = f"sha256:{hashlib.sha256(DESCRIPTION).hexdigest()}"


def certificate(name, key, issuer=None, issuer_key=None, days=90):
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issuer.subject if issuer else named)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(CREATED - timedelta(days=days))
        .not_valid_after(CREATED + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return made.sign(issuer_key or key, SHA256())


KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
ROOT = certificate("Paper Authority", KEYS[0])
LEAF = certificate("archive.example", KEYS[1], ROOT, KEYS[0])
STRANGER = certificate("archive.example", KEYS[1], certificate("Another", KEYS[2]), KEYS[2])


def pem(*chain):
    return "\n".join(each.public_bytes(Encoding.PEM).decode() for each in chain)


def stamp(signature):
    """The bytes of a timestamp that matter here."""
    return b"\x30\x20" + hashlib.sha256(signature).digest() + b"\x18\x0f20260501080003Z\x01"


def sealed(**changes):
    signature = base64.b64encode(KEYS[1].sign(HASH.encode(), ec.ECDSA(SHA256()))).decode()
    signed = {
        "hash": HASH,
        "signature": signature,
        "domain": "archive.example",
        "domainCert": pem(LEAF, ROOT),
        "timeSignature": base64.b64encode(stamp(signature.encode())).decode(),
        "created": "2026-05-01T08:00:00Z",
    }
    return json.dumps({"path": "datapackage.json", "hash": HASH, "signedData": signed | changes}).encode()


def test_a_signature_by_a_domain_is_checked_and_unchecked_parts_are_reported():
    verdict = verdict_on(sealed(), DESCRIPTION)
    assert verdict.problems == ()
    for part in ("archive.example", "2026-05-01T08:00:03Z", "CN=Paper Authority", "serial number 4d", "not checked:"):
        assert part in verdict.note
    assert "without a timestamp" in verdict_on(sealed(timeSignature=None), DESCRIPTION).note


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"signature": base64.b64encode(KEYS[2].sign(HASH.encode(), ec.ECDSA(SHA256()))).decode()},
         "doesn't fit its certificate"),
        ({"domain": "other.example"}, "not for other.example"),
        ({"created": "2027-05-01T08:00:00Z"}, "not valid at 2027"),
        ({"created": "long ago"}, "not valid at long ago"),
        ({"domainCert": pem(STRANGER, ROOT)}, "not issued by one another"),
        ({"domainCert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "can't be read"),
        ({"timeSignature": base64.b64encode(stamp(b"another")).decode()}, "timestamp is of another"),
        ({"hash": "sha256:" + "0" * 64}, "of another datapackage.json"),
        ({"signature": 7}, "no signature"), ({"signature": "=="}, ""),
        ({"domainCert": None, "publicKey": "AAAA"}, "can't be read"), ({"domainCert": ["x"]}, "can't be read"),
    ],
)  # fmt: skip
def test_an_invalid_signature_is_a_problem_with_its_cause(changes, problem):
    verdict = verdict_on(sealed(**changes), DESCRIPTION)
    assert verdict.note == "" and any(problem in each for each in verdict.problems)


@pytest.mark.parametrize(
    ("part", "odd"),
    [(b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x2a\x86\x48\xce\x3d\x02\x09"),  # id-ecPublicKey: an unknown kind of key
     (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x62"),  # the version
     (b"\x02\x01\x4d", b"\x02\x01\xff")],  # the serial number: negative
)  # fmt: skip
def test_a_certificate_that_no_authority_issues_doesn_t_end_the_run(part, odd):
    data = LEAF.public_bytes(Encoding.DER)
    assert data.count(part) == 1
    text = base64.b64encode(data.replace(part, odd)).decode()
    changed = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n{pem(ROOT)}"
    assert verdict_on(sealed(domainCert=changed), DESCRIPTION).problems


def test_without_a_signature_there_is_no_verdict():
    assert verdict_on(b"", b"") is None
    assert verdict_on(b"[1]", b"") is None
    assert verdict_on(json.dumps({"path": "datapackage.json", "hash": HASH}).encode(), DESCRIPTION) is None


def test_our_own_signature_is_valid_but_not_for_a_changed_description(tmp_path):
    path = tmp_path / "a.wacz"
    WaczWriter(path, "A town", CREATED, WaczSigner(new_key(tmp_path / "key"))).write([], tmp_path, [])
    digest_file, description = seal_of(path)
    assert verdict_on(digest_file, description).note.startswith("signed at 2026-05-01T08:00:00Z with the key sha256:")
    assert "another" in verdict_on(digest_file, description + b" ").problems[0]
    other = json.loads(digest_file)
    other["signedData"]["signature"] = base64.b64encode(b"\1" * 96).decode()
    assert "doesn't fit" in verdict_on(json.dumps(other).encode(), description).problems[0]


def test_a_changed_description_is_found_by_the_digest_beside_it(tmp_path):
    entries = {"archive/a.warc.gz": members(story(1))}
    path = wacz(tmp_path / "a.wacz", entries)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("datapackage-digest.json", sealed())
    assert inspect(path).faults == [("datapackage.json", "its sha256 is not the one that the package states")]


def test_a_package_of_a_folder_and_digests_of_an_older_version_are_read(tmp_path):
    path = tmp_path / "a.wacz"
    data = members(story(1))
    resources = [{"path": "archive/deep/a.warc.gz", "stats": {"hash": hashlib.sha256(data + b"x").hexdigest()}}]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("crawl/archive/deep/a.warc.gz", data)
        package.writestr("__MACOSX/crawl/archive/deep/._a.warc.gz", b"attributes")
        package.writestr("crawl/datapackage.json", json.dumps({"resources": resources}))
        package.writestr("crawl/pages/pages.jsonl", b'{"format": "json-pages-1.0"}\n{"url": "http://paper.example/1"}')
        package.writestr("crawl/inner.wacz", b"PK")
    found = inspect(path)
    assert found.warcs == ["crawl/archive/deep/a.warc.gz"]
    assert [name for name, _ in found.faults] == ["crawl/archive/deep/a.warc.gz", "crawl/inner.wacz"]
    assert pages_of(path) == ["http://paper.example/1"]


def test_listed_pages_without_a_record_are_reported(tmp_path):
    pages = [{"format": "json-pages-1.0", "id": "pages"}, {"url": "http://paper.example/2024/05/1-story"},
             {"url": "http://paper.example/missing", "seed": True}, ["no page"], {"url": 7}]  # fmt: skip
    extra = [{"url": "http://paper.example/missing"}, {"url": "https://[bad"}]
    lines = {"pages/pages.jsonl": pages, "pages/extraPages.jsonl": extra}
    texts = {name: "\n".join(map(json.dumps, each)).encode() + b"\n{torn" for name, each in lines.items()}
    path = wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": members(story(1)), **texts})
    (tmp_path / "warc").mkdir()
    report = catch_up(tmp_path / "index.db", tmp_path / "warc", (), QuickPool(), foreign=[path])
    (told,) = report.missing_pages
    assert (told.package, told.count) == (str(path), 2)
    assert told.urls == ("http://paper.example/missing", "https://[bad")
    assert report.damage == [] and report.failed == []


def test_verify_names_who_signed_a_package(tmp_path):
    archive = tmp_path / "archive"
    (archive / "warc").mkdir(parents=True)
    WaczWriter(archive / "warc" / "a.wacz", "A town", CREATED, WaczSigner(new_key(tmp_path / "key"))).write(
        [], tmp_path, []
    )
    found = json.loads(CliRunner().invoke(cli, ["-A", str(archive), "verify", "--json"]).stdout)
    assert any("a.wacz is signed at 2026-05-01T08:00:00Z with the key" in note for note in found["notes"])
