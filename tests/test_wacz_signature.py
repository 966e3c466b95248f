"""Signed WACZ packages, verified against the specification with other tools: plain cryptography, and WebCrypto as in
viewers."""

import base64
import hashlib
import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from archiver.errors import UsageError
from archiver.export.wacz_package import WaczWriter
from archiver.fixity.wacz_signature import WaczSigner

# The WebCrypto calls of wabac.js, the reference implementation.
WEBCRYPTO = """
const data = JSON.parse(require("fs").readFileSync(0)), bytes = text => Buffer.from(text, "base64");
(async () => {
  const key = await crypto.subtle.importKey("spki", bytes(data.publicKey), {name: "ECDSA", namedCurve: "P-384"}, true,
    ["verify"]);
  console.log(await crypto.subtle.verify({name: "ECDSA", hash: "SHA-256"}, key, bytes(data.signature),
    new TextEncoder().encode(data.hash)));
})();
"""


def new_key(path, curve="P-384"):
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", path]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
def package(tmp_path):
    """A signed package, opened."""
    path, signer = tmp_path / "a.wacz", WaczSigner(new_key(tmp_path / "key"))
    WaczWriter(path, "A town", datetime(2026, 5, 1, tzinfo=UTC), signer).write([], tmp_path, [])
    with zipfile.ZipFile(path) as opened:
        yield opened


def signed_data(package):
    return json.loads(package.read("datapackage-digest.json"))["signedData"]


def is_valid(data):
    raw = base64.b64decode(data["signature"])
    key = load_der_public_key(base64.b64decode(data["publicKey"]))
    parts = int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")
    try:
        key.verify(encode_dss_signature(*parts), data["hash"].encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return len(raw) == 96


def test_the_signature_is_over_the_hash_of_the_description_which_has_those_of_all_files(package):
    data = signed_data(package)
    assert set(data) == {"hash", "created", "software", "version", "signature", "publicKey"}
    described = package.read("datapackage.json")
    assert data["hash"] == "sha256:" + hashlib.sha256(described).hexdigest()
    assert json.loads(package.read("datapackage-digest.json"))["hash"] == data["hash"]
    assert data["created"] == json.loads(described)["created"], "py-wacz asks for this"
    assert is_valid(data)
    assert not is_valid(data | {"hash": "sha256:" + hashlib.sha256(described + b" ").hexdigest()})


@pytest.mark.skipif(shutil.which("node") is None, reason="node, which has WebCrypto, is not installed")
def test_web_crypto_finds_the_signature_valid_and_one_of_another_hash_not(package):
    data = signed_data(package)
    for asked, verdict in ((data, "true"), (data | {"hash": data["hash"][:-1] + "x"}, "false")):
        said = subprocess.run(
            ["node", "-e", WEBCRYPTO], input=json.dumps(asked), capture_output=True, text=True, check=True
        )
        assert said.stdout.strip() == verdict


def test_without_a_key_a_package_is_not_signed(tmp_path):
    WaczWriter(tmp_path / "a.wacz", "A town", datetime(2026, 5, 1, tzinfo=UTC)).write([], tmp_path, [])
    with zipfile.ZipFile(tmp_path / "a.wacz") as opened:
        assert set(json.loads(opened.read("datapackage-digest.json"))) == {"path", "hash"}


def test_a_key_that_wacz_readers_do_not_support_is_refused_in_one_line(tmp_path):
    (tmp_path / "text").write_text("no key")
    for path in (new_key(tmp_path / "p256", "P-256"), tmp_path / "text", tmp_path / "missing"):
        with pytest.raises(UsageError, match="key") as refused:
            WaczSigner(path)
        assert "openssl" in refused.value.hint
