"""Time stamps beside a manifest: `archive/*.tsr`, tokens of a time-stamping authority (RFC 3161).

Here is told which lines a token is about. Whether the authority signed it, and when, `openssl ts -verify` tells, which
has to be given the authority's certificate: docs/security.md has the commands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from archiver.errors import StorageError
from archiver.fixity.manifest import FILE_NAME

_ALGORITHMS = ("sha256", "sha384", "sha512")


def stamped_lines(folder: Path) -> dict[str, int | None]:
    """For each token the number of lines, from the first on, that the manifest had when it was stamped; None for a
    token that is not of this manifest. Raises StorageError."""
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
            # The message imprint (section 2.4.1) is in the token as it is: no other bytes are likely to be the same.
            for name, token in tokens.items():
                if digest.digest() in token:
                    found[name] = number
    return found
