"""HTTP/1.x messages from raw bytes: boundaries, headers, chunks and content codings."""

import gzip
import itertools
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.http1 import ChunkedBody, ResponseFramer, body_plan, dechunked, decode_content, parse_head

LIMIT = 1 << 20
MESSAGES = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET"),
    "twice the same length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\ncontent-length: 5\r\n\r\nhello", "GET"),
    "empty": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET"),
    "lf only": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "GET"),
    "folded": (b"HTTP/1.1 200 OK\r\nX-A: one\r\n two\r\nContent-Length:\r\n 5\r\n\r\nhello", "GET"),
    "bad line": (b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 5\r\n\r\nhello", "GET"),
    "head": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "GET"),
    "999": (b"HTTP/1.1 999 \r\nContent-Length: 2\r\n\r\nno", "GET"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nno", "GET"),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0A\r\n0123456789\r\n0\r\n"
        b"X-Trailer: 1\r\n\r\n",
        "GET",
    ),
    "chunked wins over length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET",
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "GET",
    ),
}


def pieces_of(data, cuts):
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(bounds)]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_end_is_found_with_any_following_bytes(name):
    message, method = MESSAGES[name]
    framer = ResponseFramer(method)
    assert framer.feed(message + b"HTTP/1.1 200 OK\r\n\r\n") == len(message)
    assert framer.done and framer.problem is None
    assert framer.size == len(message)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.lists(st.integers(min_value=0), max_size=8), st.binary(max_size=9))
def test_any_split_gives_the_same_boundaries(name, cuts, past_the_end):
    message, method = MESSAGES[name]
    whole = ResponseFramer(method)
    whole.feed(message)
    framer = ResponseFramer(method)
    used = sum(framer.feed(piece) for piece in pieces_of(message + past_the_end, cuts))
    assert used == framer.size == len(message)
    assert (framer.done, framer.interim_size, framer.head_size) == (True, whole.interim_size, whole.head_size)
    assert framer.head == whole.head


def test_byte_by_byte():
    for message, method in MESSAGES.values():
        framer = ResponseFramer(method)
        assert sum(framer.feed(message[i : i + 1]) for i in range(len(message))) == len(message)
        assert framer.done


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]),
    st.lists(st.binary(max_size=40), max_size=6),
)
def test_random_bytes_never_raise(start, pieces):
    framer = ResponseFramer()
    framer.feed(start)
    for piece in pieces:
        assert 0 <= framer.feed(piece) <= len(piece)
    framer.close(clean=True)
    parse_head(b"".join(pieces))
    b"".join(dechunked(pieces))


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (b"\x16\x03\x01 binary", "not_http"),
        (b"<html>an HTTP/0.9 answer", "not_http"),
        (b"HTTP/1.1 abc\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "conflicting_content_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "bad_content_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5" + b"0" * 40 + b"\r\n\r\nhello", "bad_content_length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", "unknown_transfer_coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", "bad_chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello", "bad_chunk"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000, "head_too_large"),
        (b"HTTP/1.1 103 Hints\r\n\r\n" * 20_000, "head_too_large"),
    ],
)
def test_a_message_without_a_definite_end_has_a_named_problem(message, problem):
    framer = ResponseFramer()
    assert framer.feed(message) == len(message)
    framer.close(clean=True)
    assert framer.problem == problem
    assert not framer.done


def test_a_body_that_ends_with_the_connection():
    for clean in (True, False):
        framer = ResponseFramer()
        framer.feed(b"HTTP/1.0 200 OK\r\n\r\nhel")
        framer.feed(b"lo")
        assert not framer.done
        framer.close(clean=clean)
        assert framer.done is clean


def test_a_short_body_is_not_done():
    framer = ResponseFramer()
    framer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
    framer.close(clean=True)
    assert not framer.done


def test_headers_keep_order_case_and_odd_bytes():
    head = parse_head(
        b"HTTP/1.1 200 Fine\r\nx-B: \xe9\x00\r\nX-a : 1\r\nbad\r\n folded into bad\r\nX-A: 2\r\n\r\nrest: x"
    )
    assert head.headers == (("x-B", "\xe9\x00"), ("X-a", "1"), ("X-A", "2"))
    assert (head.status, head.http_1_1) == (200, True)
    assert head.values("x-a") == ["1", "2"]
    assert body_plan(head).kind == "close"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.lists(st.integers(min_value=0), max_size=6))
def test_chunks_are_parsed_however_they_arrive(chunks, cuts):
    coded = b"".join(b"%x;x=y\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nT: 1\r\n\r\n"
    assert b"".join(dechunked(pieces_of(coded + b"past", cuts))) == b"".join(chunks)
    body = ChunkedBody()
    assert body.feed(coded + b"past") == len(coded)
    assert body.done


def test_a_truncated_chunked_body_yields_its_beginning():
    assert b"".join(dechunked([b"5\r\nhello\r\n5\r\nwo"])) == b"hellowo"
    assert b"".join(dechunked([b"5\r\nhello\r\nxx\r\nwo"])) == b"hello"


PAGE = b"<html><p>Una noticia</p></html>" * 50
RAW_DEFLATE = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE[:40]) + gzip.compress(PAGE[40:]),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstandard.compress(PAGE),
}


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_decoded(coding):
    decoded = decode_content(CODED[coding], [coding], LIMIT)
    assert (decoded.data, decoded.notes) == (PAGE, ())


@pytest.mark.parametrize("coding", CODED)
def test_a_wrong_coding_leaves_the_body_as_it_is(coding):
    decoded = decode_content(PAGE, [coding], LIMIT)
    assert (decoded.data, decoded.notes) == (PAGE, ("bad_coding",))
    assert decode_content(b"", [coding], LIMIT) == decode_content(b"", [], LIMIT)


@pytest.mark.parametrize("coding", CODED)
def test_a_truncated_body_yields_its_beginning(coding):
    noise = bytes((i * i * 31 + i // 7) % 251 for i in range(200_000))
    coder = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    coded = coder.get(coding, zstandard.compress)(noise)
    decoded = decode_content(coded[:-100], [coding], LIMIT)
    assert decoded.notes == ("truncated",)
    assert noise.startswith(decoded.data)
    assert coding in ("br", "zstd") or len(decoded.data) > 1000


@pytest.mark.parametrize("coding", CODED)
def test_a_bomb_is_cut_at_the_limit(coding):
    bomb = bytes(20_000_000)
    coder = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    decoded = decode_content(coder.get(coding, zstandard.compress)(bomb), [coding], LIMIT)
    assert (decoded.data, decoded.notes) == (bytes(LIMIT), ("too_large_decoded",))


def test_layers_and_bare_deflate():
    layered = brotli.compress(gzip.compress(PAGE))
    assert decode_content(layered, ["gzip", "br"], LIMIT).data == PAGE
    bare = zlib.compressobj(wbits=-15)
    assert decode_content(bare.compress(PAGE) + bare.flush(), ["deflate"], LIMIT).data == PAGE
    assert decode_content(PAGE, ["gzip"] * 9, LIMIT).notes == ("bad_coding",)
    assert decode_content(PAGE, ["rot13"], LIMIT).notes == ("bad_coding",)
    assert decode_content(PAGE, ["identity"], LIMIT) == decode_content(PAGE, [], LIMIT)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(CODED)), st.binary(max_size=300), st.integers(0, 200))
def test_damaged_codings_never_raise(coding, junk, cut):
    decode_content(junk, [coding], 1000)
    decode_content(CODED[coding][:cut] + junk, [coding], 1000)
