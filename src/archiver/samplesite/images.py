"""Generated pictures: small valid PNG, JPEG, SVG and ICO files, with the same bytes for the same name."""

from __future__ import annotations

import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 96, 64

LOGO_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" role="img" aria-label="El Puente">'
    b'<path d="M4 30 Q60 -14 116 30" fill="none" stroke="#0b5d5b" stroke-width="5"/>'
    b'<path d="M4 34 H116" stroke="#c8102e" stroke-width="4"/></svg>\n'
)


@cache
def image_bytes(name: str) -> bytes:
    """The picture with that file name: a gradient whose colour is derived from the name."""
    tone = zlib.crc32(name.encode()) % 160
    if name.endswith(".png"):
        return _png(WIDTH, HEIGHT, tone)
    return _jpeg(WIDTH, HEIGHT, tone)


@cache
def favicon() -> bytes:
    """An ICO file that contains one PNG."""
    png = _png(16, 16, 40)
    return struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 24, len(png), 22) + png


def _png(width: int, height: int, tone: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + bytes(value for x in range(width) for value in (tone, (tone + x) % 256, (tone + 2 * y) % 256))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


# The standard luminance table for DC differences (ITU T.81, K.3): code and length by size of the difference.
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_DC_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110", "11111110", "111111110")


def _jpeg(width: int, height: int, tone: int) -> bytes:
    """A baseline grey JPEG whose 8x8 blocks are each of one tone: only DC values, so no transform is needed."""

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    bits, previous = [], 0
    for row in range(height // 8):
        for column in range(width // 8):
            value = (tone + 6 * column + 4 * row) % 256 - 128  # the quantizer 8 cancels the transform's scale
            bits.append(_dc_bits(value - previous) + "0")  # and "0": no AC values in this block
            previous = value
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"".join([
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xDB, b"\0" + b"\x08" * 64),
        segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
        segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12))),
        segment(0xC4, b"\x10" + b"\x01" + b"\0" * 15 + b"\0"),
        segment(0xDA, b"\x01\x01\0\0\x3f\0"),
        data,
        b"\xff\xd9",
    ])  # fmt: skip


def _dc_bits(difference: int) -> str:
    size = abs(difference).bit_length()
    if size == 0:
        return _DC_CODES[0]
    value = difference if difference > 0 else difference + (1 << size) - 1
    return _DC_CODES[size] + format(value, f"0{size}b")
