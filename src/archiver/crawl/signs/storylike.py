"""Whether a page is a story, judged from its bytes during a crawl, for sites whose URLs don't show it.

The index decides from the extracted text what is kept as a story. This module determines when a page is re-fetched, and
that a folder of stories without links is not a dead end. All patterns take linear time.
"""

from __future__ import annotations

import re

from archiver.crawl.signs.sentences import own_text, sentences_of
from archiver.declared_types import are_of_list, is_one_story, type_name

_SCANNED = 500_000
_TEXTS_OF_A_LIST = 2
_LONGEST_TAG = 1000  # bytes
_JSON_LD = re.compile(rb"<script\b[^<>]*ld\+json[^<>]*>", re.IGNORECASE)
_TYPES = re.compile(rb'"@type"\s*:\s*(?:"([^"]{1,100})"|\[([^\[\]]{1,500})\])')
_NAME = re.compile(r'"([^"]*)"')
_HEADING = re.compile(rb"<h[1-4]\b[^<>]*>", re.IGNORECASE)
_HEADING_END = re.compile(rb"</h[1-4]\b[^<>]*>", re.IGNORECASE)
_ANCHOR = re.compile(rb"<a\b", re.IGNORECASE)
_AROUND = re.compile(rb"<a\b[^<>]*>\s*$", re.IGNORECASE)
_PUBLISHED = re.compile(
    rb"""<meta\b[^<>]*\b(?:property|name)\s*=\s*["']?article:published_time["'\s][^<>]*>""", re.IGNORECASE
)


def head_declares_story(body: bytes) -> bool:
    """Whether a page's head declares one story: a date of publication, or JSON-LD of a single article.

    Some templates declare this for sections, too, so it only counts together with a text (`PageSketch.declares_story`).
    """
    head = body[:_SCANNED]
    data = b" ".join(piece.partition(b"</script")[0] for piece in _JSON_LD.split(head)[1:])
    nodes = [_type_names(match) for match in _TYPES.finditer(data)]
    if any(map(are_of_list, nodes)):
        return False
    return _PUBLISHED.search(head) is not None or is_one_story(nodes)


def _type_names(match: re.Match[bytes]) -> frozenset[str]:
    one, several = match[1], match[2]
    names = [one.decode("latin-1")] if one else _NAME.findall(several.decode("latin-1"))
    return frozenset(map(type_name, names))


def lists_stories(unscripted: bytes) -> bool:
    """Whether there are texts below headings with links: a list that shows its stories completely, or almost. Takes the
    page without its scripts."""
    before, *pieces = _HEADING.split(unscripted)
    texts = 0
    for piece in pieces:
        end = _HEADING_END.search(piece)
        heading, text = (piece[: end.start()], piece[end.end() :]) if end else (piece, b"")
        linked = _ANCHOR.search(heading) or _AROUND.search(before[-_LONGEST_TAG:])
        texts += bool(linked and sentences_of(own_text(text)))
        if texts >= _TEXTS_OF_A_LIST:
            return True
        before = piece
    return False
