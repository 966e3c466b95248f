"""Bytes to text: which character set a page is in, and what no XML tree may hold.

The order of belief: a byte order mark, valid UTF-8 that isn't plain ASCII, the Content-Type header, the page's own
<meta>, and last what the bytes look like. Declarations are often wrong, so each must survive decoding.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What browsers read for these labels (WHATWG encoding standard): the wider set of the same family.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "windows-31j": "cp932",
    "unicode": "utf-8",
    "utf-16": "utf-8",  # a page whose <meta> could be read as ASCII isn't in UTF-16
}
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_ESCAPED_SETS = {"iso-2022-jp", "iso-2022-kr", "hz", "hz-gb-2312"}
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13)) + b"\x7f"
_TELLING = bytes(code for code in range(1, 32) if code not in (9, 10, 11, 12, 13, 27)) + b"\x7f"
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]){1,3}")
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
# References to what XML can't hold, and to C1 controls, which browsers read as Windows-1252.
_BAD_REFERENCE = re.compile(
    rb"&#(?:[xX]0*(?:([0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[efEF])|([89][0-9a-fA-F]))(?![0-9a-fA-F])"
    rb"|0*(?:([0-8]|1[124-9]|2\d|3[01]|127|6553[45])|(12[89]|1[345]\d))(?!\d));?"
)
# Longer names only: `<a ` and `<p>` turn up in any few kilobytes of random bytes.
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|title|meta|link|script|div|span|table|article|main)\b", re.I)
_BINARY_STARTS = (
    b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF",
    b"OggS", b"ID3", b"\x7fELF", b"wOFF", b"wOF2", b"BZh", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0", b"Rar!", b"MZ",
)  # fmt: skip


def looks_binary(payload: bytes) -> bool:
    """Whether the bytes are no text in any character set: a known file signature, or mostly control bytes."""
    start = payload[:16384].lstrip(b"\x00 \t\r\n")[:2048]
    if start.startswith(_BINARY_STARTS) and not _MARKUP.search(start):
        return True
    if _wide_charset(payload):
        return False
    head = payload[:65536]
    # NULs are padding in some pages: they are cut out, so they don't count against a text.
    control = len(head) - len(head.translate(None, _TELLING))
    return control > len(head) * 0.05 and not (_MARKUP.search(head) and control < len(head) * 0.2)


# Invisible: soft hyphens and zero-width marks split words, direction overrides make a text read as another one.
_INVISIBLE = dict.fromkeys(
    [*range(0x80, 0xA0), *map(ord, "\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")]
)


def fold(text: str) -> str:
    """White space folded to single spaces, invisible characters taken out."""
    text = " ".join(text.split())
    return text if text.isascii() else text.translate(_INVISIBLE)


def to_utf8(payload: bytes | str, charset: str | None = None) -> bytes:
    """The page in UTF-8, without a byte order mark and without what an XML tree can't hold: one would empty it."""
    data = payload.encode("utf-8", "ignore") if isinstance(payload, str) else _recode(payload, charset)
    data = data.translate(None, _CONTROLS)
    if b"\xc2" in data and _C1.search(data):
        data = _TWICE.sub(_encoded_once, data)
    if b"\xef\xbf" in data or b"\xed" in data:
        data = _NONCHARACTER.sub(b"", data)
    return _BAD_REFERENCE.sub(_mended_reference, data) if b"&#" in data else data


def _recode(payload: bytes, charset: str | None) -> bytes:
    """Bytes in any character set to UTF-8; what is valid UTF-8 stays as it is."""
    for mark, name in _BOMS:
        if payload.startswith(mark):
            rest = payload[len(mark) :]
            return rest if name == "utf-8" else rest.decode(name, "replace").encode("utf-8", "ignore")
    wide = _wide_charset(payload)
    if wide:
        return payload.decode(wide, "replace").encode("utf-8", "ignore")
    declared = [name for name in (charset, *_declared(payload)) if name]
    if any(name.lower() in _ESCAPED_SETS for name in declared):
        found = _try(payload, declared)
        if found is not None:
            return found.encode("utf-8", "ignore")
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        return _from_other(payload, declared, error).encode("utf-8", "ignore")
    return payload


def _from_other(payload: bytes, declared: list[str], broken: UnicodeDecodeError) -> str:
    lenient = payload.decode("utf-8", "replace")
    if _nearly_utf8(payload, lenient, broken):
        return lenient
    found = _try(payload, [name for name in declared if _python_name(name) != "utf-8"])
    return found if found is not None else _guess(payload)


def _declared(payload: bytes) -> list[str]:
    head = payload[:8192]
    found = [pattern.search(head) for pattern in (_META_CHARSET, _XML_ENCODING)]
    return [match[1].decode("ascii", "replace") for match in found if match]


def _python_name(label: str) -> str | None:
    label = label.strip().strip("\"'").lower()
    label = _ALIASES.get(label, label)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return _ALIASES.get(name, name)


def _try(payload: bytes, labels: list[str]) -> str | None:
    for label in labels:
        name = _python_name(label)
        if name is None or name in {"utf-7", "idna", "punycode", "raw_unicode_escape", "unicode_escape"}:
            continue
        try:
            text = payload.decode(name)
        except UnicodeDecodeError as error:
            if name != "cp1252" and error.start < len(payload) - 4:
                continue
            text = payload.decode(name, "replace")  # cp1252 has five holes; others were cut inside a character
        except LookupError:  # a codec that isn't one of text (rot13, zip)
            continue
        if not (name.startswith(("cp125", "iso8859")) and _is_mojibake(payload, name)):
            return text
    return None


def _is_mojibake(payload: bytes, name: str) -> bool:
    """A single-byte Western set "decodes" anything: most letters being accented means it was another script."""
    if name not in {"cp1252", "cp1254", "cp1257", "iso8859-15"}:
        return False
    letters = re.sub(rb"<[^>]{0,500}>|[^A-Za-z\x80-\xff]", b"", payload[:200_000])
    high = sum(len(run) for run in re.findall(rb"[\xc0-\xff]+", letters))
    return len(letters) > 100 and high > len(letters) * 0.4


def _nearly_utf8(payload: bytes, lenient: str, error: UnicodeDecodeError) -> bool:
    """UTF-8 with a few torn characters (a cut page, a pasted quote), told from a single-byte set by its good ones."""
    bad = lenient.count("\ufffd")
    good = sum(len(run) for run in re.findall(rb"(?:[\xc3-\xf4][\x80-\xbf]{1,3})+", payload)) // 2
    return bad * 4 < good or (bad <= 2 and error.start > len(payload) - 4)


def _wide_charset(payload: bytes) -> str | None:
    """UTF-16 without a byte order mark: every second byte of the markup is NUL."""
    head = payload[:2000]
    pairs = len(head) // 2
    if pairs < 20 or b"\x00" not in head:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > pairs * 0.7 and even < pairs * 0.1:
        return "utf-16-le"
    if even > pairs * 0.7 and odd < pairs * 0.1:
        return "utf-16-be"
    return None


def _guess(payload: bytes) -> str:
    # Tags are ASCII and tell nothing; a sample keeps the cost of a large page bounded.
    sample = re.sub(
        rb"<(?:script|style)\b.*?</(?:script|style)>|<[^>]{0,2000}>", b" ", payload[:400_000], flags=re.S | re.I
    )
    high = [match.start() for match in re.finditer(rb"[\x80-\xff]", sample)]
    start = max(0, high[0] - 200) if high else 0
    best = from_bytes(sample[start : start + 12_000]).best()
    name = _python_name(best.encoding) if best is not None else None
    if name and not name.startswith("utf"):
        return payload.decode(name, "replace")
    return payload.decode("cp1252", "replace")


def _encoded_once(match: re.Match[bytes]) -> bytes:
    """UTF-8 that was read as Latin-1 and written as UTF-8 again: seen by its control characters, which no text has."""
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
