"""Timestamps of a manifest: `archive/*.tsr`, tokens of a timestamping authority (RFC 3161).

This module determines which lines a token covers. `openssl ts -verify` checks, with the authority's certificate,
whether and when the authority signed it: docs/security.md has the commands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from archiver.errors import StorageError
from archiver.fixity.manifest import FILE_NAME

_ALGORITHMS = ("sha256", "sha384", "sha512")


def stamped_lines(folder: Path) -> dict[str, int | None]:
    """For each token the number of lines that the manifest had when it was stamped; None for a token of another file.
    Raises StorageError.
    """
    try:
        tokens = {path.name: path.read_bytes() for path in sorted(folder.glob("*.tsr"))}
        manifest = (folder / FILE_NAME).read_bytes() if tokens else b""
    except FileNotFoundError:
        manifest = b""
    except OSError as error:
        raise StorageError(f"{folder} can't be read ({error.strerror})", "check the disk") from error
    found: dict[str, int | None] = dict.fromkeys(tokens)
    running = [hashlib.new(name) for name in _ALGORITHMS]
    for number, line in enumerate(manifest.splitlines(keepends=True), 1):
        for digest in running:
            digest.update(line)
            # The token contains the message imprint (section 2.4.1) literally; other bytes are very unlikely to match.
            for name, token in tokens.items():
                if digest.digest() in token:
                    found[name] = number
    return found
