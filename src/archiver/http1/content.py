"""Decodes content codings (RFC 9110 section 8.4.1), with a hard limit on the output.

A body that does not have the declared coding is returned unchanged; a truncated one yields its beginning. Each case
adds a note.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import brotli
import zstandard
from zlib_ng import zlib_ng

_MAX_LAYERS = 5
_MAX_MEMBERS = 20_000  # gzip members or zstd frames in one body: servers send one
_FIRST_PIECE = 512
_ZlibError = cast("type[Exception]", zlib_ng.error)  # the stub declares it as an instance
_IDENTITY = ("", "identity", "none", "utf-8", "binary")  # the last three are not codings, but servers send them


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded body, and the problems met.

    `bad_coding`, `truncated`, `too_large_decoded`, or `too_many_members`: gzip members beyond the limit are left out.
    """

    data: bytes
    notes: tuple[str, ...] = ()


def decode_content(body: bytes, codings: Iterable[str], limit: int) -> Decoded:
    """Undo `codings` (lower case, in the order of the Content-Encoding header: the last was applied last)."""
    notes: list[str] = []
    layers = [coding for coding in codings if coding not in _IDENTITY]
    if len(layers) > _MAX_LAYERS:
        notes.append("bad_coding")
        layers = []
    for coding in reversed(layers):
        decoder = _DECODERS.get(coding)
        outcome = decoder(body, limit) if decoder is not None and body else None
        if outcome is None:
            if body:
                notes.append("bad_coding")
            break
        body, note = outcome
        if note is not None:
            notes.append(note)
    if len(body) > limit:
        body = body[:limit]
        notes.append("too_large_decoded")
    return Decoded(body, tuple(dict.fromkeys(notes)))


# A decoder returns the data, at most one byte more than the limit, and a note; None if the body does not have the
# coding.
_Outcome = tuple[bytes, str | None] | None


def _gunzip(body: bytes, limit: int) -> _Outcome:
    if not body.startswith(b"\x1f\x8b"):
        return None
    output: list[bytes] = []
    size = position = 0
    view = memoryview(body)
    for number in range(_MAX_MEMBERS):
        if size > limit or not body.startswith(b"\x1f\x8b", position):
            return b"".join(output), None
        begin, before = position, len(output)
        member = zlib_ng.decompressobj(wbits=31)
        # The whole body in one call is fastest for the first member. After it pieces start small, because each call
        # copies the data behind the member's end.
        step = _FIRST_PIECE if number else len(body)
        try:
            while not member.eof and size <= limit and position < len(body):
                piece = view[position : position + step]
                output.append(member.decompress(piece, limit + 1 - size))
                size += len(output[-1])
                position += len(piece) - len(member.unused_data)
                step = min(step * 8, 1 << 20)
        except _ZlibError:
            # The call that met the damage returns none of the data before it: decode again in small steps from the
            # start.
            del output[before:]
            output.append(_inflate_to_damage(body[begin:], 31, limit + 1 - sum(map(len, output))))
            return b"".join(output), "truncated"
        if not member.eof:
            return b"".join(output), None if size > limit else "truncated"
    return b"".join(output), "too_many_members"


def _inflate(body: bytes, limit: int) -> _Outcome:
    """`deflate` means a zlib stream (RFC 9110 section 8.4.1.2); some servers send the bare deflate stream."""
    for wbits in (15, -15):
        stream = zlib_ng.decompressobj(wbits=wbits)
        try:
            output = stream.decompress(body, limit + 1)
        except _ZlibError:
            continue
        return output, None if stream.eof or len(output) > limit else "truncated"
    output = _inflate_to_damage(body, 15, limit + 1)
    return (output, "truncated") if output else None


def _inflate_to_damage(body: bytes, wbits: int, limit: int) -> bytes:
    stream = zlib.decompressobj(wbits)
    output = bytearray()
    try:
        for start in range(0, len(body), 256):
            output += stream.decompress(body[start : start + 256], max(1, limit - len(output)))
            if len(output) >= limit:
                break
    except zlib.error:
        pass
    return bytes(output)


def _unbrotli(body: bytes, limit: int) -> _Outcome:
    decoder = brotli.Decompressor()
    output = bytearray()
    try:
        output += decoder.process(body, output_buffer_limit=limit + 1)
        while not decoder.is_finished() and len(output) <= limit:
            more = decoder.process(b"", output_buffer_limit=limit + 1 - len(output))
            if not more:
                break
            output += more
    except brotli.error:
        return (bytes(output), "truncated") if output else None
    if not output and not decoder.is_finished():
        return None
    finished = decoder.is_finished() or len(output) > limit
    return bytes(output), None if finished else "truncated"


def _unzstd(body: bytes, limit: int) -> _Outcome:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return None
    reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(io.BytesIO(body), read_across_frames=True)
    output = bytearray()
    try:
        while len(output) <= limit:
            piece = reader.read(min(1 << 20, limit + 1 - len(output)))
            if not piece:
                break
            output += piece
    except zstandard.ZstdError:
        return (bytes(output), "truncated") if output else None
    if len(output) > limit:
        return bytes(output), None
    return bytes(output), None if _zstd_is_whole(body) else "truncated"


def _zstd_is_whole(body: bytes) -> bool:
    """Whether the last frame is complete; called only if the output is known to be small."""
    view = memoryview(body)
    position = 0
    for _ in range(_MAX_MEMBERS):
        if not body.startswith(b"\x28\xb5\x2f\xfd", position):
            return True
        frame = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        step = _FIRST_PIECE
        while not frame.eof:
            piece = view[position : position + step]
            if not piece:
                return False
            frame.decompress(piece)
            position += len(piece) - len(frame.unused_data)
            step = min(step * 8, 1 << 20)
    return False


_DECODERS: dict[str, Callable[[bytes, int], _Outcome]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
