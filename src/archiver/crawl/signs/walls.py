"""Pages that answer 200 and show no page: bot checks, captchas, consent walls. Judged by few words and known marks, and
by saying the same wherever they stand: many a short story has a captcha in its form and a word on cookies at its end.
"""

from __future__ import annotations

import re

from archiver.crawl.signs.markup import without
from archiver.crawl.signs.storylike import TEXT_OF_ITS_OWN, SentencesMet, declares_story

_SCANNED = 60_000  # bytes: walls are short
_MAX_WORDS = 250  # a story that speaks of captchas has more
_MOST_SENTENCES = 10_000
_TAG = re.compile(rb"<[^<>]*>")
_TITLE = re.compile(rb"<title[^<>]*>([^<]*)", re.IGNORECASE)
_BLOCK = re.compile(
    rb"just a moment|attention required|access (?:to this page has been )?denied|checking your browser"
    rb"|are you a (?:human|robot)|verify (?:that )?you are (?:a )?human|pardon our interruption|request blocked"
    rb"|captcha|unusual traffic|you have been blocked|security check|ddos protection|acceso denegado",
    re.IGNORECASE,
)
_BLOCK_MARKS = re.compile(
    rb"cf-chl-|/cdn-cgi/challenge-platform|px-captcha|captcha-delivery\.com|_Incapsula_Resource|g-recaptcha|h-captcha"
    rb"|awswaf|distil_r_captcha",
)
_CONSENT = re.compile(
    rb"before you continue|we (?:and our partners )?(?:use|value) (?:cookies|your privacy)|your privacy choices"
    rb"|accept (?:all )?cookies|consent to|utilizamos cookies|aceptar (?:todas|cookies)|nous utilisons des cookies"
    rb"|wir verwenden cookies",
    re.IGNORECASE,
)


class WallWatch:
    """What one crawl's pages say that look like walls."""

    def __init__(self) -> None:
        self._sentences = SentencesMet(_MOST_SENTENCES)
        self._met_one = False

    def sign(self, body: bytes) -> str | None:
        """`block` or `consent` when a wall stands in the place of a story, else None. The first page that looks like
        one is one, unless its head says that it is a story."""
        sign = wall_sign(body)
        if sign is None:
            return None
        # Some words of its own a wall may have: it names the page that it stands before.
        has_text = self._sentences.own(body) >= TEXT_OF_ITS_OWN
        is_story = has_text and (self._met_one or declares_story(body))
        self._met_one = True
        return None if is_story else sign


def wall_sign(body: bytes) -> str | None:
    """`block` or `consent` when a page looks like a wall in front of the page that was asked for, else None."""
    head = body[:_SCANNED]
    words = _TAG.sub(b" ", without(head, "script", "style", "noscript", "template")).split()
    if len(words) > _MAX_WORDS or len(body) > 4 * _SCANNED:
        return None
    title = _TITLE.search(head)
    text = (title[1] if title else b"") + b" " + b" ".join(words)
    if _BLOCK_MARKS.search(head) or _BLOCK.search(text):
        return "block"
    return "consent" if _CONSENT.search(text) else None
