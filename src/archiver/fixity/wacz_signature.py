"""Signatures of WACZ packages: the anonymous form of "WACZ Signing and Verification" 0.1.0.

specs.webrecorder.net/wacz-auth/0.1.0.

The specification does not define what is signed and how it is encoded. This follows its reference implementation
(wabac.js, with WebCrypto): ECDSA on P-384 with SHA-256 of the text of the hash, r and s concatenated, the key as
SubjectPublicKeyInfo, both in base64.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

VERSION = "0.1.0"
_MAKE_ONE = "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out wacz.key`"
_BYTES = 48  # of each of r and s


class WaczSigner:
    """Signs with the private key in a PEM file. Raises UsageError if it is not a P-384 key."""

    def __init__(self, key: Path) -> None:
        self._key = _private_key(key)

    def signed(self, package_hash: str, created: str, software: str) -> dict[str, str]:
        """The value of `signedData` in datapackage-digest.json, for the hash (`sha256:HEX`) of datapackage.json.

        `created` must be equal to the time stated in the package.
        """
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - slow to load, seldom needed
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        r, s = decode_dss_signature(self._key.sign(package_hash.encode("ascii"), ECDSA(hashes.SHA256())))
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {
            "hash": package_hash,
            "created": created,
            "software": software,
            "version": VERSION,
            "signature": _text(r.to_bytes(_BYTES, "big") + s.to_bytes(_BYTES, "big")),
            "publicKey": _text(public),
        }


def _private_key(path: Path) -> EllipticCurvePrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to load, seldom needed
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:80]
        raise UsageError(f"{path} can't be used as a key ({reason})", _MAKE_ONE) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP384R1):
        raise UsageError(f"{path} is not an ECDSA key on the curve P-384, which WACZ readers require", _MAKE_ONE)
    return key


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
