"""Reads the source text of a spider file without running it: for completion, and for broken files."""

from __future__ import annotations

import re
from pathlib import Path

# The usual form in a spider: `name = "example_news"` in a class.
_NAME = re.compile(r"""^[ \t]+name\s*(?::[^=\n]+)?=\s*["']([^"'\n]+)["']""", re.MULTILINE)
_SCOPE = re.compile(r"^[ \t]+(?:allowed_domains|start_urls)\s*(?::[^=\n]+)?=\s*[\[(]([^\])]*)", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]+)", re.IGNORECASE)


def text_of(path: Path) -> str:
    """A spider file's text; empty if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def names_in(text: str) -> frozenset[str]:
    """The names of the sites that a spider file defines."""
    return frozenset(_NAME.findall(text))


def domains_in(text: str) -> frozenset[str]:
    """The domains of these sites: those of `allowed_domains` and the hosts of `start_urls`, without `www.`."""
    stated = [value for scope in _SCOPE.findall(text) for value in _QUOTED.findall(scope)]
    hosts = [match[1] for value in stated if (match := _HOST.match(value.strip()))]
    return frozenset(host.lower().rstrip(".").removeprefix("www.") for host in hosts)
