"""Packs an article for storage with its capture, and computes the hashes that show whether two captures are the same.

A story's rows contain the text, links and images of its latest capture. So an article is packed relative to them
(`StoredParts`): a block that occurs in the text is stored as its length, and equal links and images are left out.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from archiver.index.store.identity import number
from archiver.model import Article, Block, Image, Link, RemovedBlock

# Level 1 compresses an article to a third in a tenth of a millisecond; level 6 saves another tenth in four times that.
_LEVEL = 1
_ARTICLE_FIELDS = tuple(field.name for field in fields(Article))
_NESTED = ("blocks", "images", "links", "alternates", "removed", "claims", "turns")
_PLAIN = tuple(name for name in _ARTICLE_FIELDS if name not in _NESTED)
_Packed = tuple[str, str | int, int, int, float]  # kind, words or their length, number of the path, level, density


@dataclass(frozen=True, slots=True)
class StoredParts:
    """The values of an article in the rows of a story: `articles.text`, `links` and `images`."""

    story_id: int
    text: str
    links: tuple[Link, ...]
    images: tuple[Image, ...]


def pack(article: Article, shown: StoredParts | None = None) -> bytes:
    """The article as compressed JSON; with the same rows `unpack` returns an equal one."""
    data: dict[str, Any] = {name: getattr(article, name) for name in _PLAIN}
    paths: dict[str, int] = {}
    data["blocks"] = _packed_blocks(article.blocks, shown.text if shown else "", paths)
    data["removed"] = [(*_block(entry.block, entry.block.text, paths), entry.reason) for entry in article.removed]
    data["paths"] = list(paths)
    if shown is None or shown.images != article.images:
        data["images"] = [(image.url, image.caption, image.credit, image.alt) for image in article.images]
    if shown is None or shown.links != article.links:
        data["links"] = [(link.url, link.text, int(link.in_story)) for link in article.links]
    data["alternates"] = article.alternates
    data["claims"] = article.claims
    data["turns"] = article.turns
    return pack_json(data)


def unpack(blob: bytes, shown: StoredParts | None = None) -> Article:
    """The article that `pack` stored. Unknown fields are ignored.

    Raises ValueError, KeyError, TypeError, IndexError or zlib.error for invalid data, or with other rows.
    """
    data = unpack_json(blob)
    known = {name: data[name] for name in _PLAIN if name in data}
    for name in ("authors", "tags", "reservations"):
        known[name] = tuple(known.get(name, ()))
    paths = data.get("paths")  # absent if packed by an index of schema 20 or older: each block has its own
    removed = zip(_blocks([entry[:-1] for entry in data["removed"]], "", paths), data["removed"], strict=True)
    return Article(
        **known,
        blocks=tuple(_blocks(data["blocks"], shown.text if shown else "", paths)),
        removed=tuple(RemovedBlock(block, entry[-1]) for block, entry in removed),
        images=tuple(Image(*entry) for entry in data["images"]) if "images" in data else _of(shown).images,
        links=(
            tuple(Link(url, text, bool(inside)) for url, text, inside in data["links"])
            if "links" in data
            else _of(shown).links
        ),
        alternates=tuple((language, url) for language, url in data["alternates"]),
        claims=tuple((witness, url) for witness, url in data.get("claims", ())),
        turns=tuple((witness, url) for witness, url in data.get("turns", ())),
    )


def _packed_blocks(blocks: Iterable[Block], text: str, paths: dict[str, int]) -> list[_Packed]:
    """Blocks that are consecutive in the text as their lengths, others (mostly boilerplate) with their words."""
    packed, start = [], 0
    for block in blocks:
        size = len(block.text)
        if size and text.startswith(block.text, start):
            packed.append(_block(block, size, paths))
            start += size + 2  # the empty line between two blocks
        else:
            packed.append(_block(block, block.text, paths))
    return packed


def _block(block: Block, text: str | int, paths: dict[str, int]) -> _Packed:
    return block.kind, text, paths.setdefault(block.path, len(paths)), block.level, block.link_density


def _blocks(entries: Iterable[Any], text: str, paths: list[str] | None) -> Iterator[Block]:
    start = 0
    for kind, stored, path, level, link_density in entries:
        words = stored
        if isinstance(stored, int):
            words = text[start : start + stored]
            start += stored + 2
        yield Block(kind, words, path if paths is None else paths[path], level, link_density)


def _of(shown: StoredParts | None) -> StoredParts:
    if shown is None:
        raise ValueError("it was packed beside rows that are missing")
    return shown


def pack_json(data: Any) -> bytes:
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), _LEVEL)


def unpack_json(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))


def text_hash(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def state_of(title: str, text_sha256: str, standfirst: str | None = None) -> int:
    """The key that distinguishes versions."""
    return number(title, text_sha256, standfirst) if standfirst else number(title, text_sha256)


def surroundings_of(article: Article) -> int:
    """A hash of everything around the text, so that unchanged links aren't written again."""
    parts: list[str] = []
    for link in article.links:
        parts += (link.url, link.text, "1" if link.in_story else "0")
    for image in article.images:
        parts += (image.url, image.caption or "", image.credit or "", image.alt or "")
    for alternate in article.alternates:
        parts += alternate
    if article.shared_id is not None:
        parts += ("shared", article.shared_id)
    return number("\x00".join(parts), str(len(article.links)), str(len(article.images)))
