"""WARC files that somebody made to hurt: each has two good stories around something hostile.

`hostile_files()` yields them by name; both stories must be in the index afterwards, within seconds, with exit 0 or 20
and without a traceback. Everything is made from the code here, so a name is enough to make a file again.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from warc_samples import in_one, members, page, record, story, warcinfo, zst

GOOD = ("http://paper.example/2024/05/1-story", "http://paper.example/2024/05/2-story")
BEFORE, AFTER = story(1), story(2)

_URLS = {
    "open_bracket": "http://[",
    "bad_ip6": "http://[::1",
    "bad_ip6_zone": "http://[fe80::1%eth0]/",
    "huge_port": "http://x.example:99999999999/a",
    "negative_port": "http://x.example:-1/a",
    "word_port": "http://x.example:http/a",
    "no_host": "http:///a",
    "blank_host": "http:// /a",
    "no_scheme": "//x.example/a",
    "one_letter": "x",
    "nul": "http://x.example/a\x00b",
    "escape_codes": "http://x.example/\x1b[31mred\x07",
    "bidi": "http://x.example/\u202etxt.exe",
    "not_utf8": b"http://x.example/\xff\xfe\xed\xa0\x80",
    "surrogate_escape": "http://x.example/%ED%A0%80",
    "long": "http://x.example/" + "a" * 60_000,
    "too_long": "http://x.example/" + "a" * 5_000_000,
    "many_dots": "http://x.example/" + "../" * 20_000,
    "many_amp": "http://x.example/2024/05/a-b-c-d" + "/amp" * 10_000,
    "many_parameters": "http://x.example/?" + "&".join(f"{i}=1" for i in range(10_000)),
    "many_escapes": "http://x.example/" + "%25" * 15_000,
    "many_labels": "http://" + "a." * 5_000 + "example/",
    "long_label": "http://" + "a" * 10_000 + ".example/",
    "idn": "http://" + "ü" * 5_000 + ".example/",
    "punycode": "http://xn--" + "9" * 3_000 + ".example/",
    "userinfo": "http://user:secret@x.example/",
    "only_at": "http://@:@/",
    "file": "file:///etc/passwd",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html," + "a" * 10_000,
    "blanks": "http://x.example/ a  b ",
    "brackets_in_path": "http://x.example/[a](b)",
    "backslashes": "http:\\\\x.example\\a",
    "fullwidth": "http://ｘ.example/",
    "dotless": "http://../../a",
}
_LENGTHS = ("9" * 5000, "-1", "+5", "1e9", "0x10", "٣", " ", "99000000000000", "18446744073709551616", "NaN")
_DATES = (
    "9" * 5000,
    "0000-00-00T00:00:00Z",
    "9999-99-99T99:99:99Z",
    "2024-05-17T10:00:00" + "0" * 5000,
    "٢٠٢٤",
    "\x00",
)
_PATTERNS = (
    "(a+)+$", "(a|a)*$", "(.*)*x", "([a-z]+)*!", "(a|aa)+$", "(?=a)+", r"(a)\1", "(?<=a)b", "[", "(" * 2000,
    "a{1,100000}",
    "(" * 50 + "a" + "{1,9}" * 1 + ")" * 50, "((a{1,30}){1,30}){1,30}", "\\", "\ud800", "\x00", "a" * 100_000,
)  # fmt: skip
_SELECTORS = ("*" + " *" * 200, ":not(" * 100 + "a" + ")" * 100, "[", "a" * 5000, ":has(*)", "\ud800", "\x00", "//x")
_FORMATS = ("%d%d%d%d", "%", "%Q", "%Y" * 500, "(" * 100, "\\", "\x00", "%Y-%m-%d" + " *" * 3000)


def _raw_record(url: str | bytes, block: bytes | None = None) -> bytes:
    """A record whose URL is written as it is."""
    raw = url if isinstance(url, bytes) else url.encode("utf-8", "surrogatepass")
    return record(block or page(9), "URL-HERE", number=9).replace(b"URL-HERE", raw)


def _site(**values: object) -> bytes:
    site = {"name": "evil", "domains": ["x.example"]} | values
    return warcinfo(f"archiver-site: {json.dumps(site)}", number=950_000) + _raw_record(
        "http://x.example/" + "a" * 60 + "!"
    )


def _closing(text: str | bytes) -> bytes:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return record(data, "urn:archiver:crawl:c1", kind="metadata", number=9, content_type="application/json")


def _answer(head: bytes, body: bytes) -> bytes:
    return _raw_record(
        "http://x.example/2024/05/a-b-c-d", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n" + body
    )


def _gzip_layers(count: int) -> bytes:
    data = b"<html>x</html>"
    for _ in range(count):
        data = gzip.compress(data)
    return data


def _parts() -> Iterator[tuple[str, bytes]]:
    """Hostile records, by name."""
    yield from ((f"url_{name}", _raw_record(url)) for name, url in _URLS.items())
    for number, length in enumerate(_LENGTHS):
        yield f"length_{number}", story(9, length=length)
    for number, date in enumerate(_DATES):
        yield f"date_{number}", story(9, date=date)
    for number, pattern in enumerate(_PATTERNS):
        yield f"article_url_{number}", _site(article_url=pattern)
        yield f"mirror_hosts_{number}", _site(mirror_hosts=pattern, canonical_host="x.example")
    for number, selector in enumerate(_SELECTORS):
        yield f"selector_{number}", _site(layouts=[{"body": selector, "date": selector, "drop": [selector]}])
    for number, form in enumerate(_FORMATS):
        yield f"date_format_{number}", _site(layouts=[{"date": "h1", "date_formats": [form]}])
    for number, value in enumerate((None, 5, [], {}, "", True, [None], [[]], {"a": 1}, "\ud800", "x" * 10**6)):
        for name in (
            "name",
            "domains",
            "article_url",
            "canonical_host",
            "mirror_hosts",
            "timezone",
            "layouts",
            "untrusted",
        ):
            yield f"site_{name}_{number}", _site(**{name: value})
    yield "site_zone", _site(timezone="../../../etc/passwd")
    yield "site_json_deep", warcinfo("archiver-site: " + "[" * 100_000, number=950_000)
    yield "site_json_number", warcinfo('archiver-site: {"name": ' + "9" * 5000 + "}", number=950_000)
    yield "site_many_layouts", _site(layouts=[{"body": "a"}] * 100_000)
    yield "warcinfo_many_lines", warcinfo(*["a: b"] * 200_000, number=950_000)
    yield "warcinfo_nul", warcinfo("software: \x00\x1b", "archiver-crawl: \x00", number=950_000)
    for number, text in enumerate(
        (
            '{"crawl_id": "a\\u0000b"}', '{"crawl_id": "\\ud800"}', '{"crawl_id": ' + "9" * 5000 + "}", "[" * 100_000,
            '{"a": ' * 50_000, '{"crawl_id": "c", "exit_code": 1e999, "fetched": NaN, "bytes": -Infinity}',
            '{"crawl_id": "c", "fetched": ' + "9" * 4000 + ', "reasons": {"a": ' + "[" * 900 + "]" * 900 + "}}",
            '{"crawl_id": "c", "skipped": [{"url": "\\ud800", "reason": 5}, {"url": {}}, null]}',
            '{"crawl_id": "c", "skipped": ' + json.dumps([{"url": "http://["}] * 20_000) + "}",
            '{"crawl_id": {}, "settings": {"\\ud800": "\\u0000"}, "started": [], "statuses": []}', "\ud800", "",
        )
    ):  # fmt: skip
        yield f"closing_{number}", _closing(text)
    yield "body_many_members", _answer(b"Content-Encoding: gzip\r\n", gzip.compress(b"") * 200_000)
    yield "body_layers", _answer(b"Content-Encoding: " + b", ".join([b"gzip"] * 40) + b"\r\n", _gzip_layers(40))
    yield "body_bomb", _answer(b"Content-Encoding: gzip\r\n", gzip.compress(bytes(300_000_000), 1))
    yield "body_zlib_bomb", _answer(b"Content-Encoding: deflate\r\n", zlib.compress(bytes(300_000_000), 1))
    yield "body_zst_bomb", _answer(b"Content-Encoding: zstd\r\n", zst([bytes(300_000_000)]))
    yield "body_zst_many", _answer(b"Content-Encoding: zstd\r\n", zst([b""]) * 200_000)
    yield "body_small_chunks", _answer(b"Transfer-Encoding: chunked\r\n", b"1\r\na\r\n" * 500_000 + b"0\r\n\r\n")
    yield "body_huge_chunk", _answer(b"Transfer-Encoding: chunked\r\n", b"F" * 5000 + b"\r\nabc")
    yield "head_many_lines", _answer(b"a: b\r\n" * 500_000, b"x")
    yield "head_folded", _answer(b"a: b\r\n" + b" c\r\n" * 500_000, b"x")
    yield "head_blanks_in_type", _answer(b"Content-Type: text/html; charset=" + b" " * 500_000 + b"\r\n", b"x")
    yield "head_only", _raw_record("http://x.example/", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 5_000_000)
    yield "head_digits", _raw_record("http://x.example/", b"HTTP/" + b"9" * 5000 + b".1 200 OK\r\n\r\nx")
    yield "header_many_fields", story(9, *[f"X-{i}: {i}" for i in range(100_000)])
    yield "header_long_field", story(9, "X: " + "y" * 8_000_000)
    yield "header_folded", story(9, "X: y", *[" z"] * 300_000)
    yield "header_without_end", b"WARC/1.0\r\n" + b"a: b\r\n" * 100_000
    yield "many_false_starts", b"WARC/1.0\r\n" * 300_000
    yield "many_bad_lengths", story(9, length="100000000")[:300] * 20_000
    yield "type_nul", story(9).replace(b"WARC-Type: response", b"WARC-Type: \x00\xff" + b"t" * 100_000)
    yield "id_nul", story(9, record_id="\x00\x1b<>")
    yield "id_long", story(9, record_id="<" + "u" * 1_000_000 + ">")
    yield "digest_long", story(9, "WARC-Payload-Digest: " + "s" * 1_000_000)
    yield "digest_nul", story(9, "WARC-Payload-Digest: sha1:\x00")
    yield "ip_long", story(9, "WARC-IP-Address: " + "1" * 1_000_000)
    yield "segments_many", b"".join(story(1000 + i, "WARC-Segment-Number: 1", block=b"x") for i in range(5_000))
    yield "segment_number", story(9, "WARC-Segment-Number: " + "9" * 5000)
    yield "mime_odd", _answer(b"Content-Type: " + b"\x00" * 100 + b"\r\n", b"<html>")
    yield "blank_lines", b"\r\n" * 5_000_000
    yield "only_nul", bytes(5_000_000)


def light_parts() -> Iterator[tuple[str, bytes]]:
    """Those of the records that take little: bad names, numbers and descriptions."""
    light = (
        "url_",
        "length_",
        "date_",
        "article_",
        "mirror_",
        "selector_",
        "site_",
        "closing_",
        "id_",
        "digest_",
        "type_",
    )
    return ((name, part) for name, part in _parts() if name.startswith(light) and len(part) < 100_000)


def hostile_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names, and what makes the file of that name."""
    for name, part in _parts():
        yield f"{name}.warc.gz", lambda part=part: members(BEFORE, part, AFTER)  # type: ignore[misc]  # bound now
    inside = ("url_open_bracket", "length_0", "date_0", "many_false_starts", "many_bad_lengths", "header_without_end")
    for name, part in _parts():
        if name in inside:
            yield f"{name}-in_one.warc.gz", lambda part=part: in_one(BEFORE, part, AFTER)  # type: ignore[misc]
            yield f"{name}-plain.warc", lambda part=part: BEFORE + part + AFTER  # type: ignore[misc]
            yield f"{name}-frames.warc.zst", lambda part=part: zst([BEFORE, part, AFTER])  # type: ignore[misc]
    yield "member_bomb.warc.gz", lambda: members(BEFORE) + gzip.compress(bytes(2_000_000_000), 1) + members(AFTER)
    yield "frame_bomb.warc.zst", lambda: zst([BEFORE, bytes(2_000_000_000), AFTER])
    yield "empty_members.warc.gz", lambda: members(BEFORE) + gzip.compress(b"") * 20_000 + members(AFTER)
    yield "false_magic.warc.gz", lambda: members(BEFORE) + b"\x1f\x8b\x08\x00" * 200_000 + members(AFTER)
    yield "nested_members.warc.gz", lambda: members(BEFORE) + _nested() + members(AFTER)
    yield (
        "skippable_frames.warc.zst",
        lambda: zst([BEFORE]) + b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 50_000 + zst([AFTER]),
    )
    yield (
        "bad_dictionary.warc.zst",
        lambda: b"\x5d\x2a\x4d\x18\x08\x00\x00\x00\x28\xb5\x2f\xfdxxxx" + zst([BEFORE, AFTER]),
    )


def _nested() -> bytes:
    """Members that begin inside one another: stored blocks that hold the beginnings of others."""
    data = b""
    for _ in range(300):
        head = b"WARC/1.0\r\n" + data
        block = b"\x00" + len(head[:60000]).to_bytes(2, "little") + (len(head[:60000]) ^ 0xFFFF).to_bytes(2, "little")
        data = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block + head[:60000]
    return data
