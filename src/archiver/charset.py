"""Detects the character set of a document and decodes it: one detector for links and for text.

Order of precedence: a byte order mark, valid UTF-8 that isn't plain ASCII, the Content-Type header, the document's
<meta> or XML declaration, and finally a guess from the bytes. Declarations are often wrong, so each is checked by
decoding. Labels are those of the WHATWG Encoding Standard (webencodings). Undeclared documents are read as in Firefox,
with its detector (chardetng), which uses the bytes and the top-level domain; if that is not a country's, the document's
`lang` is used instead.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import webencodings
from chardetng_py import EncodingDetector

from archiver.urls import host_of

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python's codec for an encoding whose own codec of that name lacks characters of the standard, or does not exist.
_CODECS = {"gbk": "gb18030", "euc-kr": "cp949", "shift_jis": "cp932", "x-user-defined": "cp1252"}
# The standard excludes these because scripts can hide in them. No scripts run here, and archives have such pages.
_GIVEN_UP = {"hz": "hz", "hz-gb-2312": "hz", "iso-2022-kr": "iso2022_kr", "csiso2022kr": "iso2022_kr"}
_NO_CHARSETS = frozenset({"utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs"})
_ESCAPED = frozenset({"iso2022_jp", "iso2022_kr", "hz"})  # sets in which other letters are written in plain ASCII
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_LANG = re.compile(rb"<html\b[^<>]{0,500}?\b(?:xml:)?lang\s*=\s*[\"']?\s*([a-z]{2,3})(?:[-_](\w{2,8}))?", re.IGNORECASE)
_SCRIPTS = re.compile(rb"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^<>]{0,2000}>")
_HIGH = re.compile(rb"[\x80-\xff]")
_NOT_A_LETTER = re.compile(rb"<[^>]{0,500}>|[^A-Za-z\x80-\xff]")
_HUNGARIAN = re.compile(
    rb"(?<![\w\x80-\xff])(?:hogy|\xe9s|az|egy|nem|volt|sz\xe1m\xe1ra|ut\xe1n)(?![\w\x80-\xff])", re.IGNORECASE
)
_C1 = re.compile(rb"[\x80-\x9f]")
_WINDOWS = {"iso8859-2": "cp1250", "iso8859-7": "cp1253", "iso8859-8": "cp1255", "iso8859-6": "cp1256"}
_SHIFTED = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))
# Languages whose letters Windows-1252 lacks: the label that servers send by default is wrong for them.
_NOT_WESTERN = frozenset(
    "ar be bg bs cs el et fa he hr hu iw ja ko lt lv mk pl ro ru sk sl sr th tr uk zh".split()  # noqa: SIM905
)
_UTF8_CHARACTER = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})")
_SAMPLE = 64 * 1024  # bytes of text that the detector looks at
# The country domain of a language, where the two codes differ.
_COUNTRIES = {
    "ar": "eg", "be": "by", "bs": "ba", "ca": "es", "cs": "cz", "da": "dk", "el": "gr", "et": "ee", "eu": "es",
    "fa": "ir", "ga": "ie", "gl": "es", "he": "il", "hy": "am", "iw": "il", "ja": "jp", "ka": "ge", "kk": "kz",
    "ko": "kr", "ky": "kg", "nb": "no", "nn": "no", "sl": "si", "sq": "al", "sr": "rs", "sv": "se", "tg": "tj",
    "uk": "ua", "ur": "pk", "vi": "vn", "zh": "cn", "en": "uk",
}  # fmt: skip
_TRADITIONAL = {"tw": "tw", "hk": "hk", "mo": "mo", "hant": "tw"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as UTF-8 without a byte order mark, and the Python codec used to decode it."""

    utf8: bytes
    codec: str


def decoded(payload: bytes, declared: str | None = None, url: str = "") -> Decoded:
    """Decode a document. `declared` is the label in the Content-Type header, `url` is where it came from.

    Invalid bytes become U+FFFD, or the C1 control that the standard assigns to an unused byte of a single-byte set.
    Valid UTF-8 is returned unchanged.
    """
    for mark, name in _BOMS:
        if payload.startswith(mark):
            rest = payload[len(mark) :]
            return Decoded(rest if name == "utf-8" else _utf8(rest, name), name)
    wide = wide_codec(payload)
    if wide:
        return Decoded(_utf8(payload, wide), wide)
    codecs_named = tuple(dict.fromkeys(_declared(payload, declared)))
    shifted = (name for sign, name in _SHIFTED if sign in payload)
    escaped = next((name for name in (*codecs_named, *shifted) if name in _ESCAPED), None)
    if escaped and _survives(payload, escaped):
        return Decoded(_utf8(payload, escaped), escaped)
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        codec = _other_codec(payload, codecs_named, error, url)
        return Decoded(_utf8(payload, codec), codec)
    return Decoded(payload, "utf-8")


def codec_of(label: str) -> str | None:
    """The Python codec for a label as browsers interpret it; None for an unknown label.

    `iso-8859-1` is Windows-1252, `gb2312` is GB 18030. Labels that only Python knows (`cp437`) are accepted, too.
    """
    label = label.strip(" \t\r\n\f\"'").lower()
    if label in _GIVEN_UP:
        return _GIVEN_UP[label]
    found = webencodings.lookup(label)
    if found is not None and found.name != "replacement":
        # A document whose declaration could be read as ASCII isn't in UTF-16 (HTML, "prescan a byte stream").
        return "utf-8" if found.name.startswith("utf-16") else _CODECS.get(found.name) or found.codec_info.name
    try:
        known = codecs.lookup(label)
        "a".encode(known.name)
    except (LookupError, ValueError, TypeError):  # unknown, or a codec that isn't one of text (rot13, zip)
        return None
    return None if known.name.replace("_", "-") in _NO_CHARSETS or label.startswith("utf") else known.name


def wide_codec(payload: bytes) -> str | None:
    """UTF-16 without a byte order mark: every second byte of the markup is NUL."""
    if b"\x00" not in payload[:2000]:
        return None
    return _wide(payload[:2000]) or _wide(payload[:80])  # the text may be in another script than the markup


def _wide(head: bytes) -> str | None:
    pairs = len(head) // 2
    if pairs < 20:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > pairs * 0.7 and even < pairs * 0.1:
        return "utf-16-le"
    if even > pairs * 0.7 and odd < pairs * 0.1:
        return "utf-16-be"
    return None


def _declared(payload: bytes, header: str | None) -> Iterator[str]:
    head = payload[:8192]
    found = (pattern.search(head) for pattern in (_META_CHARSET, _XML_ENCODING))
    for label in (header, *(match[1].decode("ascii", "replace") for match in found if match)):
        codec = codec_of(label) if label else None
        if codec:
            yield codec


def _other_codec(payload: bytes, declared: tuple[str, ...], broken: UnicodeDecodeError, url: str) -> str:
    """The codec of bytes that are not valid UTF-8."""
    if _nearly_utf8(payload, "utf-8" in declared, broken):
        return "utf-8"
    for codec in declared:
        if codec != "utf-8" and _survives(payload, codec) and not (codec == "cp1252" and _is_not_western(payload)):
            return codec
    return _guessed(payload, url)


def _is_not_western(payload: bytes) -> bool:
    declared = _LANG.search(payload[:8192])
    return declared is not None and declared[1].decode("ascii").lower() in _NOT_WESTERN


def _survives(payload: bytes, codec: str) -> bool:
    """Whether a document can be in a declared set: it decodes, except for unused bytes and an incomplete last
    character.
    """
    single = _is_single_byte(codec)
    try:
        payload.decode(codec)
    except UnicodeDecodeError as error:
        # A few invalid bytes (stray controls, a pasted character) don't refute a multi-byte declaration.
        if not single and error.start < len(payload) - 4:
            lost = payload.decode(codec, "replace").count("\ufffd")
            if lost * 50 > len(_HIGH.findall(payload)):
                return False
    return not (single and _is_mojibake(payload, codec))


def _is_single_byte(codec: str) -> bool:
    return codec.startswith(("cp125", "iso8859", "koi8", "mac", "cp87", "cp866", "cp4", "latin"))


def _is_mojibake(payload: bytes, codec: str) -> bool:
    """Single-byte Western sets decode any bytes: if most letters are accented, the text is in another script."""
    if codec not in {"cp1252", "cp1254", "cp1257", "iso8859-15"}:
        return False
    letters = _NOT_A_LETTER.sub(b"", payload[:200_000])
    high = len(_HIGH.findall(letters))
    return len(letters) > 100 and high > len(letters) * 0.4


def _nearly_utf8(payload: bytes, declared: bool, error: UnicodeDecodeError) -> bool:
    """UTF-8 with a few broken characters (a truncated page, a pasted quote), recognised by its valid ones."""
    bad = payload.decode("utf-8", "replace").count("\ufffd")
    good = len(_UTF8_CHARACTER.findall(payload))
    if declared and good >= bad:
        return True
    return bad * 4 < good or (good > 0 and bad <= 2 and error.start > len(payload) - 4)


def _guessed(payload: bytes, url: str) -> str:
    # Tags are ASCII and carry no information; a sample limits the cost of a large page.
    text = _TAG.sub(b" ", _SCRIPTS.sub(b" ", payload[:400_000]))
    first = _HIGH.search(text)
    if first is None:  # only attributes and scripts have other letters
        text, first = payload, _HIGH.search(payload)
    start = max(0, first.start() - 200) if first else 0
    detector = EncodingDetector()
    detector.feed(text[start : start + _SAMPLE], last=True)
    codec = codec_of(detector.guess(tld=_country(payload, url), allow_utf8=False)) or "cp1252"
    if codec in ("cp1252", "iso8859-15") and _is_hungarian(text):
        return "cp1250"
    # ISO 8859 has only controls where its Windows sibling has letters and quotation marks.
    return _WINDOWS[codec] if codec in _WINDOWS and (_C1.search(text) or _is_polish_windows(text)) else codec


def _is_polish_windows(text: bytes) -> bool:
    """Whether a text has ł, and š of ISO 8859-2, which is ą of Windows-1250, but no ą of ISO 8859-2."""
    return b"\xb3" in text and b"\xb9" in text and b"\xb1" not in text


def _is_hungarian(text: bytes) -> bool:
    """Whether a text has ő or ű of Windows-1250, which are õ and û of Windows-1252, among Hungarian words."""
    return (b"\xf5" in text or b"\xfb" in text) and len({found.lower() for found in _HUNGARIAN.findall(text)}) >= 2


def _country(payload: bytes, url: str) -> bytes | None:
    """The country whose usual set an undeclared page may be in: that of its domain, otherwise of its language."""
    domain = host_of(url).rpartition(".")[2]
    if len(domain) == 2 and domain.isascii() and domain.isalpha():
        return domain.encode()
    if domain.startswith("xn--") and re.fullmatch(r"[a-z0-9-]+", domain):
        return domain.encode()
    match = _LANG.search(payload[:4096])
    if match is None:
        return None
    language, region = match[1].decode().lower(), (match[2] or b"").decode("ascii", "replace").lower()
    if language == "zh" and region in _TRADITIONAL:
        return _TRADITIONAL[region].encode()
    if language == "zh" and not region:  # of the mainland or of Taiwan: the bytes decide
        return None
    country = _COUNTRIES.get(language, language)
    return country.encode() if len(country) == 2 else None


def _holes(error: UnicodeError) -> tuple[str, int]:
    """Error handler: unused bytes 0x80 to 0x9F of a single-byte set become C1 controls, all others U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start]
    # "charmap" is what Python's single-byte codecs call themselves here.
    return (chr(byte) if error.encoding == "charmap" and 0x80 <= byte <= 0x9F else "\ufffd"), error.end


codecs.register_error("archiver-holes", _holes)


def _utf8(payload: bytes, codec: str) -> bytes:
    return payload.decode(codec, "archiver-holes").encode("utf-8", "ignore")
