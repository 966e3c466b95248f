"""Whether a page shows a story, told from its bytes while crawling: for sites whose addresses don't say so.

What is kept as a story, the index judges by the extracted text. Here it is decided when a page is fetched again, and
that a folder of stories which lead nowhere is no dead end. All patterns are linear in their input.
"""

from __future__ import annotations

import re

from archiver.crawl.signs.markup import without

_SCANNED = 500_000
_FURNITURE = ("script", "style", "nav", "footer", "select", "a")
# What may stand inside of a sentence.
_INLINE = re.compile(rb"</?(?:abbr|b|cite|em|i|q|small|span|strong|sub|sup|u|font)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_NO_LETTERS = re.compile(rb"[^A-Za-z\x80-\xff]+")
_SENTENCE = 60  # bytes of letters: what is shorter is a label, a headline or a date
_TEXT = 400  # bytes of letters in sentences
TEXT_OF_ITS_OWN = 300  # the same, in sentences that none of the pages before has
_TEXTS_OF_A_LIST = 2
_LONGEST_TAG = 1000  # bytes
_JSON_LD = re.compile(rb"<script\b[^<>]*ld\+json[^<>]*>", re.IGNORECASE)
_STORY_TYPE = re.compile(rb'"@type"\s*:\s*\[?\s*"(?:[A-Za-z]*NewsArticle|Article|BlogPosting|Report|LiveBlogPosting)"')
_LIST_TYPE = re.compile(rb'"@type"\s*:\s*\[?\s*"(?:CollectionPage|ItemList|SearchResultsPage|ProfilePage)"')
_HEADING = re.compile(rb"<h[1-4]\b[^<>]*>", re.IGNORECASE)
_HEADING_END = re.compile(rb"</h[1-4]\b[^<>]*>", re.IGNORECASE)
_ANCHOR = re.compile(rb"<a\b", re.IGNORECASE)
_AROUND = re.compile(rb"<a\b[^<>]*>\s*$", re.IGNORECASE)
_PUBLISHED = re.compile(
    rb"""<meta\b[^<>]*\b(?:property|name)\s*=\s*["']?article:published_time["'\s][^<>]*>""", re.IGNORECASE
)


def declares_story(body: bytes) -> bool:
    """Whether a page says in its head that it is one story, and has a text: a date of publication, or JSON-LD of an
    article alone. Some templates say so of sections, too; those have teasers."""
    head = body[:_SCANNED]
    data = b" ".join(piece.partition(b"</script")[0] for piece in _JSON_LD.split(head)[1:])
    if _LIST_TYPE.search(data) or not (_PUBLISHED.search(head) or len(_STORY_TYPE.findall(data)) == 1):
        return False
    return sum(sentences_of(body).values()) >= _TEXT


def lists_stories(body: bytes) -> bool:
    """Whether texts stand below headings that lead elsewhere: a list that shows its stories whole, or nearly."""
    before, *pieces = _HEADING.split(body[:_SCANNED])
    texts = 0
    for piece in pieces:
        end = _HEADING_END.search(piece)
        heading, text = (piece[: end.start()], piece[end.end() :]) if end else (piece, b"")
        linked = _ANCHOR.search(heading) or _AROUND.search(before[-_LONGEST_TAG:])
        texts += bool(linked and sentences_of(text))
        before = piece
    return texts >= _TEXTS_OF_A_LIST


def sentences_of(body: bytes) -> dict[int, int]:
    """The longer passages of a page outside of links and furniture: a fingerprint of each, and its bytes of letters.

    Digits and punctuation don't count, so that "Events on 17 May" is the same on each day of a calendar.
    """
    text = without(body[:_SCANNED], *_FURNITURE)
    found: dict[int, int] = {}
    for passage in _TAG.split(_INLINE.sub(b"", text)):
        letters = _NO_LETTERS.sub(b"", passage)
        if len(letters) >= _SENTENCE:
            found[hash(letters)] = len(letters)
    return found


class SentencesMet:
    """The sentences of pages that have something in common, of which some `most` are remembered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._met: set[int] = set()

    def own(self, body: bytes) -> int:
        """Bytes of letters in sentences that no page before had. They are remembered."""
        found = sentences_of(body)
        fresh = found.keys() - self._met
        if len(self._met) < self._most:
            self._met |= fresh
        return sum(found[sentence] for sentence in fresh)
