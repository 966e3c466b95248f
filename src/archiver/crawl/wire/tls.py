"""Describes a TLS connection: its version and cipher suite, and whether the certificate is trusted.

A site with an invalid certificate is captured anyway, and the problem is recorded. OpenSSL checks it with the
authorities that this machine trusts (or those of SSL_CERT_FILE and SSL_CERT_DIR).
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
    """The TLS session of a transport that received bytes; None without TLS. Never raises."""
    try:
        connection = transport.getHandle()
        return _session(connection, host) if isinstance(connection, Connection) else None
    except Exception:
        # This is only additional information: the capture is more important.
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
    """VERIFIED, or the problem in OpenSSL's words."""
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
    # pyOpenSSL includes its own OpenSSL build; Python's knows where this machine keeps its certificates.
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        return None
    store = X509Store()
    store.load_locations(paths.cafile, paths.capath)
    return store


def iana_name(openssl: str) -> str | None:
    """The registered (IANA) name of an OpenSSL cipher suite, for WARC-Cipher-Suite; None for suites that no web server
    uses. Since TLS 1.3 both names are the same.
    """
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
