"""Finds an erased story's URLs and sentences in bytes, in all notations of pages, feeds and JSON, and blanks them.

Lengths do not change, so that documents stay well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote, urlsplit

_LEAST_PATH = 8  # characters: a shorter path is only searched together with its host
_LEAST_SENTENCE = 25  # characters, and
_LEAST_WORDS = 4
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+|\n+")
_SPACE = rb"(?:[ \t\r\n\f]|\xc2\xa0|&nbsp;|&#160;|\\[nrt]|\xa0)+"
# Followed by one of these it is another URL. With a slash, a question mark or a fragment it is still this page.
_ADDRESS_ENDS = rb"(?![A-Za-z0-9_%-]|\.[A-Za-z0-9])"
_ESCAPED = {
    "'": rb"'|&#0*39;|&#x0*27;|&apos;|\\u0027|\xe2\x80\x99",
    '"': rb'"|&quot;|&#0*34;|\\"|\\u0022',
    "&": rb"&(?:amp;|#0*38;|#x26;)?|\\u0026",
    "<": rb"<|&lt;|\\u003[cC]",
    ">": rb">|&gt;|\\u003[eE]",
    "/": rb"\\?/|\\u002[fF]|%2[fF]",
}  # fmt: skip
_ADDRESS_ESCAPED = {
    "&": rb"&(?:amp;|#0*38;|#x26;)?|\\u0026|%26",
    "/": rb"\\?/|\\u002[fF]|%(?:25)?2[fF]",
    "?": rb"\?|%(?:25)?3[fF]",
    "=": rb"=|%(?:25)?3[dD]|\\u003[dD]",
    ":": rb":|%(?:25)?3[aA]",
}


@dataclass(frozen=True)
class _Trace:
    """One thing to search for. `anchors` occur in any match of `pattern` and are faster to find."""

    pattern: re.Pattern[bytes]
    anchors: tuple[bytes, ...]
    is_address: bool


@dataclass(frozen=True)
class Traces:
    """URLs and sentences to search for."""

    urls: tuple[str, ...]
    sentences: tuple[str, ...] = ()

    @cached_property
    def _all(self) -> list[_Trace]:
        found = [_address(target) for target in sorted({form for url in self.urls for form in _forms(url)}, key=len)]
        return found[::-1] + [_sentence(text) for text in sorted(self.sentences, key=len, reverse=True)]

    def blanked(self, data: bytes) -> bytes | None:
        """The same bytes with every trace blanked; None if there is none."""
        before = data
        for trace in self._all:
            if all(anchor in data for anchor in trace.anchors):
                data = trace.pattern.sub(_link if trace.is_address else _blank, data)
        return None if data is before or data == before else data


def sentences_of(text: str) -> list[str]:
    """The sentences of a text that are long enough to be distinctive."""
    parts = (" ".join(part.split()) for part in _ENDS.split(text))
    return [part for part in parts if len(part) >= _LEAST_SENTENCE and part.count(" ") + 1 >= _LEAST_WORDS]


def _forms(url: str) -> Iterable[str]:
    """The parts of a URL to search for: path and query, or the whole URL if these are too short."""
    parts = urlsplit(url)
    path = (parts.path.rstrip("/") or "/") + (f"?{parts.query}" if parts.query else "")
    if len(path) >= _LEAST_PATH:
        yield path
    elif parts.netloc:
        yield f"{parts.netloc}{path if path != '/' else ''}"


def _address(target: str) -> _Trace:
    pattern = b"".join(_address_char(char) for char in unquote(target))
    return _Trace(re.compile(pattern + _ADDRESS_ENDS), _anchors(unquote(target)), is_address=True)


def _address_char(char: str) -> bytes:
    if char in _ADDRESS_ESCAPED:
        return b"(?:" + _ADDRESS_ESCAPED[char] + b")"
    if char.isascii() and (char.isalnum() or char in "-._~"):
        return re.escape(char.encode())
    percent = re.escape(quote(char, safe="").encode())
    raw = re.escape(char.encode())
    return b"(?i:" + percent + b"|" + raw + b"|" + percent.replace(b"%", b"%25") + _other_spellings(char) + b")"


def _sentence(text: str) -> _Trace:
    words = (b"".join(_text_char(char) for char in word) for word in text.split())
    return _Trace(re.compile(_SPACE.join(words)), _anchors(text), is_address=False)


def _text_char(char: str) -> bytes:
    if char in _ESCAPED:
        return b"(?:" + _ESCAPED[char] + b")"
    if char.isascii():
        return re.escape(char.encode())
    if char in "’‘":
        return b"(?:" + _ESCAPED["'"] + b"|" + re.escape(char.encode()) + _other_spellings(char) + b")"
    return b"(?:" + re.escape(char.encode()) + _other_spellings(char) + b")"


def _other_spellings(char: str) -> bytes:
    """A non-ASCII character as JSON escape, as character reference, and in the usual single-byte character set."""
    code = ord(char)
    pairs = char.encode("utf-16-be")
    json = b"".join(b"\\\\u(?i:%04x)" % int.from_bytes(pairs[at : at + 2], "big") for at in range(0, len(pairs), 2))
    ways = b"|" + json + b"|&#0*%d;|&#[xX]0*(?i:%x);" % (code, code)
    single = char.encode("cp1252", "ignore")
    return ways + (b"|" + re.escape(single) if single else b"")


def _anchors(text: str) -> tuple[bytes, ...]:
    """The two longest runs of letters and digits, which are the same in every notation."""
    runs = sorted(re.findall(r"[A-Za-z0-9]{4,}", text), key=len, reverse=True)[:2]
    return tuple(run.encode() for run in runs)


def _link(match: re.Match[bytes]) -> bytes:
    """A dead link of the same length to replace a URL: a fragment."""
    found = match[0]
    if found.startswith((b"/", b"?")):
        return b"/#"[: len(found)] + b"x" * (len(found) - 2)
    return b"x" * len(found)


def _blank(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\s]", b"x", match[0])
