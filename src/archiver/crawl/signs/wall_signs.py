"""Recognises walls with status 200 (bot checks, captchas, consent walls) by few words and known phrases."""

from __future__ import annotations

import re
from typing import Literal

from archiver.crawl.signs.page_markup import without
from archiver.wall_words import ASKS_CONSENT_BYTES, BLOCKED_BYTES

WallSign = Literal["block", "consent"]

_SCANNED = 60_000  # bytes: walls are short
_MAX_WORDS = 250  # a story about captchas has more
_TAG = re.compile(rb"<[^<>]*>")
_TITLE = re.compile(rb"<title[^<>]*>([^<]*)", re.IGNORECASE)
_BLOCK_MARKS = re.compile(
    rb"cf-chl-|/cdn-cgi/challenge-platform|px-captcha|captcha-delivery\.com|_Incapsula_Resource|g-recaptcha|h-captcha"
    rb"|awswaf|distil_r_captcha",
)


def wall_sign(body: bytes) -> WallSign | None:
    """`block` or `consent` if a page looks like a wall in place of the requested page, otherwise None."""
    if len(body) > 4 * _SCANNED:
        return None
    head = body[:_SCANNED]
    words = _TAG.sub(b" ", without(head, "script", "style", "noscript", "template")).split()
    if len(words) > _MAX_WORDS:
        return None
    title = _TITLE.search(head)
    text = (title[1] if title else b"") + b" " + b" ".join(words)
    if _BLOCK_MARKS.search(head) or BLOCKED_BYTES.search(text):
        return "block"
    return "consent" if ASKS_CONSENT_BYTES.search(text) else None
