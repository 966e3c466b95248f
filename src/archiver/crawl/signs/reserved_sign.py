"""A page's directives about archiving, from its header fields and its head, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archiver.keeping import words_of_fields, words_of_metas

_SCANNED = 100_000
_META = re.compile(rb"<meta\b[^<>]*>", re.IGNORECASE)
_NAME = re.compile(rb"""\bname\s*=\s*["']?(robots|archiver|tdm-reservation)["'\s/>]""", re.IGNORECASE)
_CONTENT = re.compile(rb"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


def directives_in(fields: Iterable[tuple[str, str]], body: bytes) -> set[str]:
    """The directives of a response, as in `keeping`, such as `noarchive`."""
    found = {word for word, _ in words_of_fields(fields)}
    stated = list(_metas(body[:_SCANNED]))
    robots = [content for name, content in stated if name != "tdm-reservation"]
    tdm = [content for name, content in stated if name == "tdm-reservation"]
    return found | set(words_of_metas(robots, tdm))


def _metas(head: bytes) -> Iterator[tuple[str, str]]:
    for tag in _META.finditer(head):
        name, content = _NAME.search(tag[0]), _CONTENT.search(tag[0])
        if name and content:
            written = next((group for group in content.groups() if group is not None), b"")
            yield name[1].decode().lower(), written.decode("latin-1")
