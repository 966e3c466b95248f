"""JSON-LD as news pages write it: arrays, @graph, references by @id, broken JSON, and now and then an attack."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from archiver.extract.decode import fold

Node = dict[str, Any]

_ARTICLE_TYPES = frozenset(
    {
        "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
        "backgroundnewsarticle", "reviewnewsarticle", "askpublicnewsarticle", "liveblogposting", "blogposting",
        "socialmediaposting", "techarticle", "scholarlyarticle", "medicalscholarlyarticle", "report",
        "advertisercontentarticle", "satiricalarticle", "review", "recipe",
    }
)  # fmt: skip
_PAGE_TYPES = frozenset({"webpage", "itempage", "medicalwebpage", "aboutpage"})
_MAX_NODES = 3000
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def page_nodes(scripts: Iterable[str]) -> list[Node]:
    """The top-level nodes of a page's JSON-LD blocks (arrays and @graph flattened), broken blocks left out."""
    nodes: list[Node] = []
    for script in scripts:
        nodes.extend(_flatten(_load(script)))
        if len(nodes) > _MAX_NODES:
            break
    return nodes[:_MAX_NODES]


def article_node(nodes: list[Node]) -> Node:
    """The node that describes the page's story, or an empty one."""
    candidates = [node for node in _with_main_entities(nodes) if types_of(node) & _ARTICLE_TYPES]
    with_dates = [node for node in candidates if node.get("datePublished") or node.get("headline")]
    return next(iter(with_dates or candidates), {})


def page_node(nodes: list[Node]) -> Node:
    """The WebPage node: the dates of pages whose story has no node of its own."""
    return next((node for node in nodes if types_of(node) & _PAGE_TYPES), {})


def types_of(node: Node) -> frozenset[str]:
    """Lower-case type names without their vocabulary's address."""
    return frozenset(
        str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in as_list(node.get("@type", node.get("type")))
    )


def as_list(value: Any) -> list[Any]:
    """A value that may stand alone or in a list."""
    if value is None:
        return []
    return value[:200] if isinstance(value, list) else [value]


def resolve(value: Any, nodes: list[Node]) -> Any:
    """Follows one reference ({"@id": ...}) to its node."""
    if isinstance(value, dict) and "@id" in value and not (value.keys() - {"@id", "@type", "name"}):
        target = value["@id"]
        found = next((node for node in nodes if node.get("@id") == target and len(node) > len(value)), None)
        return found if found is not None else value
    return value


def text_of_value(value: Any) -> str | None:
    """A string value with entities resolved and white space folded."""
    if isinstance(value, dict):
        value = value.get("@value", value.get("name"))
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, str)), None)
    if not isinstance(value, str):
        return None
    for _ in range(2):  # often escaped twice
        if "&" in value:
            value = html.unescape(value)
    return fold(value) or None


def strings_of(value: Any) -> Iterator[str]:
    """Every string in a value or list of values (keywords, sections)."""
    for entry in as_list(value):
        text = text_of_value(entry)
        if text:
            yield text


def _load(script: str) -> Any:
    for text in (script, _mended(script)):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
    return _several(script)


def _mended(script: str) -> str:
    text = _COMMENT.sub("", _COMMENT.sub("", script.strip()).strip()).strip().rstrip(";")
    text = re.sub(r"[\x00-\x1f]+", " ", text)
    return _TRAILING_COMMA.sub(r"\1", text)


def _several(script: str) -> list[Any]:
    """Objects written one after the other without a list around them; what parses is kept."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    text = _mended(script)
    position = 0
    while len(found) < 50 and 0 <= position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = text.find("{", position)
    return found


def _flatten(value: Any) -> Iterator[Node]:
    waiting = [value]
    seen = 0
    while waiting and seen < _MAX_NODES:
        entry = waiting.pop(0)
        seen += 1
        if isinstance(entry, list):
            waiting[:0] = entry[:1000]
        elif isinstance(entry, dict):
            graph = entry.get("@graph")
            if graph is not None:
                waiting[:0] = as_list(graph)
            yield entry


def _with_main_entities(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for key in ("mainEntity", "mainEntityOfPage", "itemReviewed", "article"):
            for inner in as_list(node.get(key)):
                if isinstance(inner, dict) and key != "itemReviewed":
                    yield inner
