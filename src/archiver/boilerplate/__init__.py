"""Learns from several stories of one site which blocks on its pages are boilerplate. Pure functions over outlines.

outline_of(article) -> Outline          one state of a story, without its words
learn([(story, outline)]) -> findings   what a sample of the site's stories shows
clean(article, outline, rules)          the article without boilerplate; removed blocks are kept in `removed`
pack_outline(outline) -> bytes          for storage; `unpack_outline` reads them, `holds_any` finds keys in them
"""

from archiver.boilerplate.keys import What, text_key
from archiver.boilerplate.learn import Finding, learn
from archiver.boilerplate.outline import Outline, outline_of
from archiver.boilerplate.outline_bytes import holds_any, key_bytes, pack_outline, unpack_outline
from archiver.boilerplate.rules import REASON, Rules, clean, rules_of

__all__ = [
    "REASON",
    "Finding",
    "Outline",
    "Rules",
    "What",
    "clean",
    "holds_any",
    "key_bytes",
    "learn",
    "outline_of",
    "pack_outline",
    "rules_of",
    "text_key",
    "unpack_outline",
]
