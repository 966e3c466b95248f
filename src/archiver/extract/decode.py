"""Prepares a page's bytes for an XML tree, detects binary data, and normalises text."""

from __future__ import annotations

import html
import re

from archiver.charset import decoded, wide_codec

_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13)) + b"\x7f"
_TELLING = bytes(code for code in range(1, 32) if code not in (9, 10, 11, 12, 13, 27)) + b"\x7f"
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]){1,3}")
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
# References to characters that XML can't hold, and to C1 controls, which browsers read as Windows-1252.
_BAD_REFERENCE = re.compile(
    rb"&#(?:[xX]0*(?:([0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[efEF])|([89][0-9a-fA-F]))(?![0-9a-fA-F])"
    rb"|0*(?:([0-8]|1[124-9]|2\d|3[01]|127|6553[45])|(12[89]|1[345]\d))(?!\d));?"
)
# Longer names only: `<a ` and `<p>` occur in any few kilobytes of random bytes.
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|title|meta|link|script|div|span|table|article|main)\b", re.I)
_BINARY_STARTS = (
    b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF",
    b"OggS", b"ID3", b"\x7fELF", b"wOFF", b"wOF2", b"BZh", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0", b"Rar!", b"MZ",
)  # fmt: skip


def looks_binary(payload: bytes) -> bool:
    """Whether the bytes are not text in any character set: a known file signature, or mostly control bytes."""
    start = payload[:16384].lstrip(b"\x00 \t\r\n")[:2048]
    if start.startswith(_BINARY_STARTS) and not _MARKUP.search(start):
        return True
    if wide_codec(payload):
        return False
    head = payload[:65536]
    # Some pages are padded with NULs: these are removed, so they don't count as control bytes.
    control = len(head) - len(head.translate(None, _TELLING))
    return control > len(head) * 0.05 and not (_MARKUP.search(head) and control < len(head) * 0.2)


# Invisible characters: soft hyphens and zero-width marks split words, direction overrides reverse text.
_INVISIBLE = re.compile("[\x80-\x9f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")


def fold(text: str) -> str:
    """Folds white space to single spaces and removes invisible characters."""
    text = " ".join(text.split())
    return text if text.isascii() else _INVISIBLE.sub("", text)


# Tags that editors' tools leave in a value. Other tags in a headline are its subject: "How <dialog> works".
_MARKUP_IN_VALUE = re.compile(
    r"<!--.*?-->|</?(?:a|abbr|b|big|br|cite|code|del|div|em|figure|font|h[1-6]|i|img|ins|li|mark|nobr|ol|p|q|s|small|span"
    r"|strike|strong|style|sub|sup|time|tt|u|ul|wbr)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE | re.DOTALL,
)
_PARTS = re.compile(r"</?(?:br|div|figure|h[1-6]|img|li|ol|p|ul)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def plain(value: str, *, shown: bool = False) -> str:
    """A declared value as readers see it: entities decoded, however often they were escaped, and markup removed.

    In a text that a page has `shown` to its readers, a tag without an end tag stays: "30 years of <br>".
    """
    for _ in range(3):
        if "&" not in value or not _ENTITY.search(value):
            break
        value = _ENTITY.sub(lambda entity: html.unescape(entity[0]), value)
    if "<" in value and not (shown and "</" not in value):
        value = _MARKUP_IN_VALUE.sub(lambda tag: " " if _PARTS.match(tag[0]) else "", value)
    return fold(value)


def to_utf8(payload: bytes | str, charset: str | None = None, url: str = "") -> bytes:
    """The page in UTF-8, without a byte order mark and without characters that XML can't hold, which would empty the
    tree.

    `charset` is the label of the Content-Type header, `url` the page's URL: see `archiver.charset`.
    """
    data = payload.encode("utf-8", "ignore") if isinstance(payload, str) else decoded(payload, charset, url).utf8
    data = data.translate(None, _CONTROLS)
    if b"\xc2" in data and _C1.search(data):
        data = _TWICE.sub(_encoded_once, data)
    if b"\xef\xbf" in data or b"\xed" in data:
        data = _NONCHARACTER.sub(b"", data)
    return _BAD_REFERENCE.sub(_mended_reference, data) if b"&#" in data else data


def _encoded_once(match: re.Match[bytes]) -> bytes:
    """Undoes UTF-8 that was read as Latin-1 and encoded as UTF-8 again. Recognised by its control characters, which
    real text does not have."""
    try:
        once = match[0].decode("utf-8").encode("latin-1")
        once.decode("utf-8")
    except UnicodeError:
        return match[0]
    return once


def _mended_reference(match: re.Match[bytes]) -> bytes:
    if match[2] or match[4]:
        code = int(match[2], 16) if match[2] else int(match[4])
        return bytes([code]).decode("cp1252", "ignore").encode("utf-8")
    return b""
