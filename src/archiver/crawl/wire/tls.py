"""What a TLS connection was: its version and cipher suite, and whether the certificate is one to trust.

A site whose certificate is bad is captured all the same, as an archive must; that it was bad is told. OpenSSL judges,
by the authorities that this machine trusts (SSL_CERT_FILE and SSL_CERT_DIR name others).
"""

from __future__ import annotations

import logging
import re
import ssl
from functools import lru_cache
from typing import Any

from OpenSSL.crypto import X509Store, X509StoreContext, X509StoreContextError
from OpenSSL.SSL import Connection
from service_identity import CertificateError, VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address

from archiver.crawl.wire.private_addresses import literal_address
from archiver.model import TlsSession

logger = logging.getLogger(__name__)

VERIFIED = "verified"
_VERSION = re.compile(r"(TLS|SSL)v(\d)(?:\.(\d))?")
_SUITE = re.compile(
    r"(?:((?:ECDHE|DHE)-(?:ECDSA|RSA|DSS))-)?"
    r"(?:(?P<cipher>AES|CAMELLIA)(?P<bits>128|256)(?:-(?P<mode>GCM|CCM8?))?(?:-(?P<hash>SHA\d*))?|CHACHA20-POLY1305)"
)


def session_of(transport: Any, host: str) -> TlsSession | None:
    """The session below a transport on which bytes came; None without TLS. Never raises."""
    try:
        connection = transport.getHandle()
        return _session(connection, host) if isinstance(connection, Connection) else None
    except Exception:
        # It says something of the capture: the capture is worth more.
        logger.exception("the TLS session with %s can't be described", host)
        return None


def _session(connection: Connection, host: str) -> TlsSession:
    name = connection.get_protocol_version_name()
    version = _VERSION.fullmatch(name)
    return TlsSession(
        f"{version[1].lower()}/{version[2]}.{version[3] or 0}" if version else name.lower(),
        iana_name(connection.get_cipher_name() or ""),
        _judge(connection, host),
    )


def _judge(connection: Connection, host: str) -> str:
    """VERIFIED, or the reason why not, in OpenSSL's words."""
    leaf = connection.get_peer_certificate()
    chain = connection.get_peer_cert_chain()
    store = _authorities()
    if leaf is None:
        return "no certificate"
    if store is None:
        return "unchecked: this machine names no authorities"
    try:
        X509StoreContext(store, leaf, chain).verify_certificate()
        verify = verify_ip_address if literal_address(host) is not None else verify_hostname
        verify(connection, host.strip("[]"))
    except X509StoreContextError as error:
        return str(error)
    except (VerificationError, CertificateError):
        return "hostname mismatch"
    return VERIFIED


@lru_cache(maxsize=1)
def _authorities() -> X509Store | None:
    # OpenSSL comes with pyOpenSSL, built elsewhere: where this machine keeps its certificates Python's own knows.
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        return None
    store = X509Store()
    store.load_locations(paths.cafile, paths.capath)
    return store


def iana_name(openssl: str) -> str | None:
    """The registered name of a cipher suite, which WARC-Cipher-Suite wants, for the one that OpenSSL has; None for
    suites that no web server has a use for. From TLS 1.3 on they are the same."""
    if openssl.startswith("TLS_"):
        return openssl
    found = _SUITE.fullmatch(openssl)
    if found is None:
        return None
    keys = (found[1] or "RSA").replace("-", "_")
    if found["cipher"] is None:
        return f"TLS_{keys}_WITH_CHACHA20_POLY1305_SHA256"
    mode = {None: "CBC", "CCM8": "CCM_8"}.get(found["mode"], found["mode"])
    ending = f"_{found['hash']}" if found["hash"] else ""
    return f"TLS_{keys}_WITH_{found['cipher']}_{found['bits']}_{mode}{ending}"
