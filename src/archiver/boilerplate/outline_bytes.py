"""Stores outlines as bytes, so that the stories with one of many keys are found without unpacking each outline.

Keys are hashes, which don't compress, so each is stored once, without compression; everything else refers to them.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Set
from itertools import islice

from archiver.boilerplate.outline import Outline

_FORMAT = 2  # the first byte; 0x78 (zlib) in the format of older indexes
_HEAD = struct.Struct("<BI")  # format, number of keys
_LOW = (1 << 32) - 1


def pack_outline(outline: Outline) -> bytes:
    """An outline as bytes: a head; the lower 32 bits of each key, the next 16 and the last 8; then, compressed, the
    language and the numbers of `_numbers`."""
    known: dict[int, int] = {}
    numbers = struct.pack(f"<{_length(outline)}I", *_numbers(outline, known))
    keys = list(known)
    size = len(keys)
    lower = struct.pack(f"<{size}I", *(key & _LOW for key in keys))
    upper = struct.pack(f"<{size}H{size}B", *(key >> 32 & 0xFFFF for key in keys), *(key >> 48 for key in keys))
    # All first bytes, then all second ones, ...: most numbers are small.
    rest = b"".join((outline.language.encode(), b"\0", *(numbers[byte::4] for byte in range(4))))
    return _HEAD.pack(_FORMAT, size) + lower + upper + zlib.compress(rest, 1)


def unpack_outline(data: bytes) -> Outline:
    """The outline that `pack_outline` stored, or an older index. Raises ValueError, struct.error or zlib.error for
    other data."""
    if data[0] != _FORMAT:
        return _unpack_json(data)
    _, size = _HEAD.unpack_from(data)
    lower, upper = struct.unpack_from(f"<{size}I", data, _HEAD.size), _HEAD.size + 4 * size
    middle, highest = struct.unpack_from(f"<{size}H", data, upper), data[upper + 2 * size : upper + 3 * size]
    keys = [low | mid << 32 | high << 48 for low, mid, high in zip(lower, middle, highest, strict=True)]
    language, _, rest = zlib.decompress(data[upper + 3 * size :]).partition(b"\0")
    number = len(rest) // 4
    joined = bytearray(4 * number)
    for byte in range(4):
        joined[byte::4] = rest[byte * number : (byte + 1) * number]
    numbers = iter(struct.unpack(f"<{number}I", joined))
    return _outline(language.decode(), numbers, keys)


def key_bytes(key: int) -> bytes:
    """The bytes that each stored outline with this key contains (and by chance hardly any other)."""
    return struct.pack("<I", key & _LOW)


def holds_any(keys: Iterable[int]) -> Callable[[bytes], bool]:
    """A test of stored outlines: True for each that has one of these keys, and by chance for hardly any other."""
    wanted: Set[int] = frozenset(key & _LOW for key in keys)

    def test(data: bytes) -> bool:
        _, size = _HEAD.unpack_from(data)
        return not wanted.isdisjoint(struct.unpack_from(f"<{size}I", data, _HEAD.size))

    return test


def _length(outline: Outline) -> int:
    return 6 + len(outline.authors) + 5 * len(outline.texts) + len(outline.gone)


def _numbers(outline: Outline, known: dict[int, int]) -> Iterator[int]:
    """The lengths of authors, blocks and removed places, then all values. Keys are numbered in `known`: 0 for none, 1
    for the next new key, otherwise its position plus 2."""

    def number(key: int) -> int:
        if not key:
            return 0
        if (place := known.get(key)) is not None:
            return place + 2
        known[key] = len(known)
        return 1

    yield from (len(outline.authors), len(outline.texts), len(outline.gone))
    yield from map(number, (outline.template, outline.body, outline.title, *outline.authors))
    for keys in (outline.texts, outline.shapes, outline.places, outline.gone):
        yield from map(number, keys)
    yield from outline.sizes
    yield from outline.marks


def _outline(language: str, numbers: Iterator[int], keys: list[int]) -> Outline:
    new = iter(keys)

    def take(count: int) -> tuple[int, ...]:
        taken = islice(numbers, count)
        return tuple(next(new) if value == 1 else keys[value - 2] if value else 0 for value in taken)

    authors, blocks, removed = islice(numbers, 3)
    template, body, title = take(3)
    return Outline(
        template=template,
        body=body,
        language=language,
        title=title,
        authors=take(authors),
        texts=take(blocks),
        shapes=take(blocks),
        places=take(blocks),
        gone=take(removed),
        sizes=tuple(islice(numbers, blocks)),
        marks=tuple(islice(numbers, blocks)),
    )


def _unpack_json(data: bytes) -> Outline:
    template, body, *rest = json.loads(zlib.decompress(data))
    # Outlines of archiver 0.1 have no language and no title.
    language, title, *rows = rest if isinstance(rest[0], str) else ("", 0, *rest)
    return Outline(template, body, language, title, *map(tuple, rows))
