"""Parses JSON-LD as found on news pages: arrays, @graph, references by @id, broken JSON, and sometimes an attack."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from archiver.declared_types import PAGE_TYPES, STORY_TYPES, are_of_story, type_name
from archiver.extract.decode import plain

Node = dict[str, Any]

_MAX_NODES = 3000
# Strings are skipped, so that URLs and sentences keep their slashes.
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]+|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--|-->|<!\[CDATA\[|\]\]>', re.DOTALL)
_BAD_ESCAPE = re.compile(r'\\(?:u(?![0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^"\\/bfnrtu]))', re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_NAMED = re.compile(
    r'"(@type|headline|datePublished|dateCreated|dateModified|author|creator|publisher|articleSection|keywords'
    r'|description|inLanguage|isAccessibleForFree)"\s*:\s*'
)


def page_nodes(scripts: Iterable[str]) -> list[Node]:
    """The top-level nodes of a page's JSON-LD blocks (arrays and @graph flattened), without broken blocks."""
    nodes: list[Node] = []
    for script in scripts:
        nodes.extend(_flatten(_load(script)))
        if len(nodes) > _MAX_NODES:
            break
    return nodes[:_MAX_NODES]


def article_node(nodes: list[Node], addresses: Iterable[str] = ()) -> Node:
    """The node that describes the page's story, or an empty one.

    If there are several, the one with one of the page's own `addresses` is used: the others describe teasers.
    """
    candidates = [node for node in _with_main_entities(nodes) if are_of_story(types_of(node))]
    told = [node for node in candidates if node.get("datePublished") or node.get("headline")] or candidates
    if len(told) > 1:
        own = {_path_of(address) for address in addresses} - {""}
        named = [node for node in told if own.intersection(map(_path_of, _addresses(node)))]
        told = named or told
    return next(iter(told), {})


def _addresses(node: Node) -> Iterator[str]:
    for key in ("mainEntityOfPage", "url", "@id"):
        for value in as_list(node.get(key)):
            address = value.get("@id", value.get("url")) if isinstance(value, dict) else value
            if isinstance(address, str):
                yield address


def _path_of(address: str) -> str:
    """The part that two spellings of a URL share; empty for a home page."""
    path = address.strip().partition("://")[2].partition("/")[2] or (address if address.startswith("/") else "")
    return path.partition("#")[0].partition("?")[0].strip("/").lower()


def page_node(nodes: list[Node]) -> Node:
    """The WebPage node: the dates of pages whose story has no node of its own."""
    return next((node for node in nodes if types_of(node) & PAGE_TYPES), {})


def types_of(node: Node) -> frozenset[str]:
    """A node's types: see `type_name`."""
    return frozenset(type_name(str(name)) for name in as_list(node.get("@type", node.get("type"))))


def as_list(value: Any) -> list[Any]:
    """A value as a list, whether it is one or a single value."""
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
    """A string value as readers see it: entities decoded, markup removed, white space folded."""
    if isinstance(value, dict):
        value = value.get("@value", value.get("name"))
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, (str, dict))), None)
        if isinstance(value, dict):
            value = value.get("@value", value.get("name"))
    return (plain(value) or None) if isinstance(value, str) else None


def strings_of(value: Any) -> Iterator[str]:
    """Every string in a value or list of values (keywords, sections)."""
    for entry in as_list(value):
        text = text_of_value(entry)
        if text:
            yield text


def _load(script: str) -> Any:
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        pass
    if "&quot;" in script and script.find('"') < 0:
        script = html.unescape(script)
    mended = _mended(script)
    try:
        return json.loads(mended, strict=False)
    except (ValueError, RecursionError):
        return _several(mended) or _salvaged(script)


def _mended(script: str) -> str:
    """Removes byte order marks, comments, CDATA marks, assignments, trailing commas, and escapes that JSON does not
    have."""
    text = _STRING_OR_COMMENT.sub(lambda match: match[0] if match[0][0] == '"' else " ", script)
    if "{" not in text:  # everything in one line after a comment
        text = script
    begin = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=0)
    text = text[begin:].rstrip(" \t\r\n;\ufeff\u00a0\u200b").replace("\u00a0", " ")
    return _TRAILING_COMMA.sub(r"\1", _BAD_ESCAPE.sub(_readable_escape, text))


def _readable_escape(match: re.Match[str]) -> str:
    if match[1]:  # \\x41, as scripts write it
        return f"\\u00{match[1]}"
    return match[2] or ""  # \\' and \\d are just the character


def _several(text: str) -> list[Any]:
    """Several objects without a list around them; those that parse are kept."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    position = 0
    while len(found) < 50 and 0 <= position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = text.find("{", position)
    return found


def _salvaged(script: str) -> list[Any]:
    """The first value of each relevant name in a block that can't be parsed: truncated, or with an unescaped quote."""
    decoder = json.JSONDecoder(strict=False)
    node: Node = {}
    types: set[str] = set()
    for match in islice(_NAMED.finditer(script), 100):
        try:
            value, _ = decoder.raw_decode(script, match.end())
        except (ValueError, RecursionError):
            continue
        if match[1] == "@type":
            types |= types_of({"@type": value}) & STORY_TYPES
        elif match[1] not in node and _ends_well(script, value, match.end()):
            node[match[1]] = value
    return [{**node, "@type": sorted(types)}] if types else []


def _ends_well(script: str, value: Any, start: int) -> bool:
    """Whether a value ends at a plausible place: in a headline with unescaped quotes `"The "` is not followed by a
    comma."""
    if not isinstance(value, str):
        return True
    end = script.find('"', start + 1)
    while end >= 0 and script[end - 1] == "\\":
        end = script.find('"', end + 1)
    return script[end + 1 : end + 40].lstrip()[:1] in ("", ",", "}", "]")


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
