"""Checks the signature of a WACZ package from elsewhere: both forms of "WACZ Signing and Verification" 0.1.0.

specs.webrecorder.net/wacz-auth/0.1.0. The anonymous form has a public key. The other form has the certificate of a
domain with its chain, and a timestamp (RFC 3161) of the signature. As its reference implementations (wabac.js,
authsign) have it, the signature is ECDSA with SHA-256 over the text of the hash: r and s concatenated in the anonymous
form, DER in the other.

What needs trust in others is not checked, and the note says so: whether the issuer of the certificate is trusted or has
revoked it, and the signature of the timestamp itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MOMENT = re.compile(rb"\x18[\x0f-\x17](\d{14})(?:\.\d{1,9})?Z")  # ASN.1 GeneralizedTime
_IMPRINTS = ("sha256", "sha384", "sha512", "sha1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problems` state why a signature is invalid; `note` states who signed and when, and what was not checked."""

    problems: tuple[str, ...]
    note: str = ""


def verdict_on(digest_file: bytes, description: bytes) -> Verdict | None:
    """The verdict on a package's datapackage-digest.json, with the bytes of its datapackage.json; None if it is not
    signed.
    """
    try:
        data = json.loads(digest_file)
        signed = data.get("signedData")
    except (ValueError, AttributeError, RecursionError):
        return None  # the reader of the package reports it
    if signed is None:
        return None
    if not isinstance(signed, dict) or not all(isinstance(signed.get(name), str) for name in ("hash", "signature")):
        return Verdict(("the signature has no hash or no signature",))
    if signed["hash"] != f"sha256:{hashlib.sha256(description).hexdigest()}":
        return Verdict(("the signature is of another datapackage.json",))
    form = "certificate" if signed.get("domainCert") else "key"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of certificates that no authority should have issued
            return _by_domain(signed) if signed.get("domainCert") else _by_key(signed)
    except Exception as error:  # a package is from anybody, and cryptography raises errors without a common base
        return Verdict((f"the signature or its {form} can't be read ({type(error).__name__})",))


def _by_key(signed: dict[str, Any]) -> Verdict:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - slow to load, seldom needed
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    public = base64.b64decode(signed["publicKey"])
    raw = base64.b64decode(signed["signature"])
    half = len(raw) // 2
    key = load_der_public_key(public)
    der = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    if not isinstance(key, ec.EllipticCurvePublicKey) or not _matches(key, der, signed["hash"]):
        return Verdict(("the signature doesn't fit its key",))
    name = hashlib.sha256(public).hexdigest()
    return Verdict(
        (), f"signed at {_created(signed)} with the key sha256:{name}; whose key it is can't be told from it"
    )


def _by_domain(signed: dict[str, Any]) -> Verdict:
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415

    chain = load_pem_x509_certificates(signed["domainCert"].encode())
    domain, leaf = str(signed.get("domain", "")), chain[0]
    problems = []
    if not _matches(leaf.public_key(), base64.b64decode(signed["signature"]), signed["hash"]):
        problems.append("the signature doesn't fit its certificate")
    if not _is_for(leaf, domain):
        problems.append(f"its certificate is not for {domain or 'a domain'}")
    if not all(_is_issued_by(lower, upper) for lower, upper in pairwise(chain)):
        problems.append("its certificates were not issued by one another")
    created = _moment(signed)
    if created is None or not leaf.not_valid_before_utc <= created <= leaf.not_valid_after_utc:
        problems.append(f"its certificate was not valid at {_created(signed)}")
    stamp = str(signed.get("timeSignature") or "")
    stamped = _stamped(stamp, signed["signature"]) if stamp else None
    if stamp and stamped is None:
        problems.append("its timestamp is of another signature")
    when = f", with a timestamp of {stamped}" if stamped else ", without a timestamp"
    unchecked = "whether its issuer is trusted or revoked it" + (", and who signed the timestamp" if stamped else "")
    issuer = leaf.issuer.rfc4514_string()
    note = (
        f"signed for {domain} at {_created(signed)}{when}; the certificate is by {issuer}, serial number "
        f"{leaf.serial_number:x}; not checked: {unchecked}"
    )
    return Verdict(tuple(problems), "" if problems else note)


def _matches(key: object, signature: bytes, text: str) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text.encode(), ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text.encode(), padding.PKCS1v15(), SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _is_for(leaf: Certificate, domain: str) -> bool:
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName  # noqa: PLC0415

    try:
        names = leaf.extensions.get_extension_for_class(SubjectAlternativeName).value.get_values_for_type(DNSName)
    except ExtensionNotFound:
        return False
    wanted = {domain.lower(), f"*.{domain.lower().partition('.')[2]}"}
    return bool(domain) and any(name.lower() in wanted for name in names)


def _is_issued_by(lower: Certificate, upper: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _stamped(token: str, signature: str) -> str | None:
    """The time of a token, if it contains the hash of the signature; None if it doesn't."""
    data = base64.b64decode(token)
    texts = (signature.encode(), base64.b64decode(signature))
    # The token contains the message imprint (RFC 3161 section 2.4.1) literally.
    if not any(hashlib.new(name, text).digest() in data for name in _IMPRINTS for text in texts):
        return None
    found = _MOMENT.search(data)
    if found is None:
        return "an unknown time"
    return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _created(signed: dict[str, Any]) -> str:
    return str(signed.get("created", "an unknown time"))[:40]


def _moment(signed: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(signed["created"]))
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
