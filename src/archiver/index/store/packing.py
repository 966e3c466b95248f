"""How an article is stored with its capture, and the hashes that tell whether two captures show the same."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import fields
from typing import Any

from archiver.index.store.identity import number
from archiver.model import Article, Block, Image, Link, RemovedBlock

# Level 1 makes a third of an article in a tenth of a millisecond; level 6 saves another tenth in four times that.
_LEVEL = 1
_ARTICLE_FIELDS = tuple(field.name for field in fields(Article))
_NESTED = ("blocks", "images", "links", "alternates", "removed", "claims", "turns")
_PLAIN = tuple(name for name in _ARTICLE_FIELDS if name not in _NESTED)


def pack(article: Article) -> bytes:
    """An article as compressed JSON; `unpack` gives an equal one."""
    data: dict[str, Any] = {name: getattr(article, name) for name in _PLAIN}
    data["blocks"] = [_block(block) for block in article.blocks]
    data["removed"] = [(*_block(entry.block), entry.reason) for entry in article.removed]
    data["images"] = [(image.url, image.caption, image.credit, image.alt) for image in article.images]
    data["links"] = [(link.url, link.text, int(link.in_story)) for link in article.links]
    data["alternates"] = article.alternates
    data["claims"] = article.claims
    data["turns"] = article.turns
    return pack_json(data)


def unpack(blob: bytes) -> Article:
    """The article that `pack` stored. Fields that this program doesn't know are left out."""
    data = unpack_json(blob)
    known = {name: data[name] for name in _PLAIN if name in data}
    for name in ("authors", "tags", "reservations"):
        known[name] = tuple(known.get(name, ()))
    return Article(
        **known,
        blocks=tuple(Block(*entry) for entry in data["blocks"]),
        removed=tuple(RemovedBlock(Block(*entry[:-1]), entry[-1]) for entry in data["removed"]),
        images=tuple(Image(*entry) for entry in data["images"]),
        links=tuple(Link(url, text, bool(inside)) for url, text, inside in data["links"]),
        alternates=tuple((language, url) for language, url in data["alternates"]),
        claims=tuple((witness, url) for witness, url in data.get("claims", ())),
        turns=tuple((witness, url) for witness, url in data.get("turns", ())),
    )


def pack_json(data: Any) -> bytes:
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), _LEVEL)


def unpack_json(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))


def text_hash(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def state_of(title: str, text_sha256: str, standfirst: str | None = None) -> int:
    """What a version is told apart by."""
    return number(title, text_sha256, standfirst) if standfirst else number(title, text_sha256)


def surroundings_of(article: Article) -> int:
    """A number for all that stands around the text, so that unchanged links aren't written again."""
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


def _block(block: Block) -> tuple[str, str, str, int, float]:
    return block.kind, block.text, block.path, block.level, block.link_density
