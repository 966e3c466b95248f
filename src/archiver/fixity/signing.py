"""Signatures of the head of a manifest: Ed25519 (RFC 8032), one line of JSON each in `archive/manifest.sig`.

{"at": "2026-05-01T08:00:00Z", "head": "…", "public_key": "BASE64", "signature": "BASE64"}
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.errors import StorageError, UsageError
from archiver.fixity.manifest import Chain
from archiver.timestamps import stamp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE_NAME = "manifest.sig"
_MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519 -out archive.key`"


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a head, with the public key and the time on the signer's clock."""

    at: str
    head: str
    public_key: str
    signature: str

    def signed(self) -> bytes:
        """The bytes that are signed."""
        return f"archiver manifest {self.head} {self.at}".encode()


def sign(folder: Path, chain: Chain, key: Path) -> Signature:
    """Sign the head of a manifest with the private key in the PEM file `key`. Raises UsageError, StorageError."""
    private = _private_key(key)
    at = stamp()
    unsigned = Signature(at, chain.head, _text(private.public_key().public_bytes_raw()), "")
    made = Signature(at, chain.head, unsigned.public_key, _text(private.sign(unsigned.signed())))
    path = folder / FILE_NAME
    try:
        with path.open("ab") as file:
            file.write(json.dumps(asdict(made), sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error
    return made


def problems(folder: Path, chain: Chain, key: Path | None = None) -> list[str]:
    """The problems of a manifest's signatures. With `key`, a PEM file with a public key, the latest signature must be
    by that key. Raises UsageError for an invalid key, StorageError.
    """
    path = folder / FILE_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ["there is no signature"] if key else []
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check the disk") from error
    *lines, rest = data.split(b"\n")
    found: list[str] = []
    if rest:
        lines.append(rest)
        found.append("the last signature is cut short")
    for number, line in enumerate(lines, 1):
        signature = _signature(line)
        if signature is None or not _is_valid(signature):
            found.append(f"signature {number} is not valid")
        elif not chain.has(signature.head):
            found.append(f"signature {number} is for a head that the manifest doesn't contain: lines are missing")
    if key is not None:
        latest = _signature(lines[-1]) if lines else None
        if latest is None or latest.public_key != _text(_public_key(key).public_bytes_raw()):
            found.append(f"the latest signature is not by the key in {key}")
    return found


def _is_valid(signature: Signature) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow to load, seldom needed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(signature.public_key))
        key.verify(_bytes(signature.signature), signature.signed())
    except (ValueError, InvalidSignature):
        return False
    return True


def _signature(line: bytes) -> Signature | None:
    try:
        found = Signature(**json.loads(line))
    except (ValueError, TypeError):
        return None
    # The line must be byte-identical: otherwise a change outside the signed data, such as a space, would go unnoticed.
    return found if json.dumps(asdict(found), sort_keys=True).encode() == line else None


def _private_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to load, seldom needed
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} can't be used as a key ({_reason(error, 'private')})", _MAKE_ONE) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(f"{path} is not an Ed25519 key", _MAKE_ONE)
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to load, seldom needed
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    hint = "export it with `openssl pkey -in archive.key -pubout -out archive.pub`"
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} can't be used as a public key ({_reason(error, 'public')})", hint) from error
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise UsageError(f"{path} is not an Ed25519 public key", hint)
    return key


def _reason(error: Exception, kind: str) -> str:
    """Not OpenSSL's own text, which differs between versions and ends with advice for programmers."""
    return getattr(error, "strerror", None) or f"it is not a PEM file of a {kind} key without a password"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    """Decodes what `_text` wrote. Raises ValueError for other encodings of the bytes (base64 has unused bits)."""
    data = base64.b64decode(text, validate=True)
    if _text(data) != text:
        raise ValueError("not as it was written")
    return data
