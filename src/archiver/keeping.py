"""What pages state about being archived, and the archive's policy for it: pure functions.

Sources: the robots meta tag and the X-Robots-Tag field, as search engines document them; the TDM Reservation Protocol
(W3C Community Group, 2024), sections "TDM File on the Origin Server", "TDM Header Field" and "Processing priority".
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from archiver import decisions
from archiver.decisions import Decision
from archiver.model import ROBOTS_WORDS, TdmRule

# For pages that ask not to be kept: `keep` only records the request; `hide` hides them in search, web pages, replay and
# exports; `leave` keeps existing captures and doesn't fetch the pages again.
POLICIES = ("keep", "hide", "leave")
DEFAULT = "keep"
KIND = "reserved"  # of the lines of decisions.jsonl that hold a site's policy
EVERY_SITE = "*"  # their key for all sites without a policy of their own
TDM_RESERVED, TDM_PERMITTED = "tdm-reservation", "tdm-permitted"
TDM_PATH = "/.well-known/tdmrep.json"

# `noindex` is not included: archive pages of newspapers have it for search engines.
_ASKS = frozenset({"noarchive", "nocache"})
_OURS = ("*", "archiver")
_AGENT = re.compile(r"\s*([\w*.-]+)\s*:(?!//)")
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_LONGEST_FILE = 2**20  # bytes
_MOST_RULES = 1000
_LONGEST_LOCATION = 2083  # characters
_TDM_VALUES = {"1": TDM_RESERVED, "0": TDM_PERMITTED}


def words_of_fields(fields: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(word, field name) for each directive in the response header that applies to all agents or to this one."""
    for name, value in fields:
        if name.lower() == "x-robots-tag":
            yield from ((word, "X-Robots-Tag") for word in _words(value))
        elif name.lower() == TDM_RESERVED and (directive := _TDM_VALUES.get(value.strip())):
            yield directive, TDM_RESERVED


def words_of_metas(robots: Iterable[str], tdm: Iterable[str]) -> tuple[str, ...]:
    """The directives of a page's meta tags `robots` and `tdm-reservation`."""
    found = ROBOTS_WORDS & {word.strip().lower() for content in robots for word in content.split(",")}
    stated = {content.strip() for content in tdm}
    reserved = [_TDM_VALUES[value] for value in ("1", "0") if value in stated][:1]
    return (*sorted(found), *reserved)


def _words(value: str) -> Iterator[str]:
    """The directives of one field that apply to all agents or to this one."""
    agent = _AGENT.match(value)
    if agent and agent[1].lower() not in _WITH_VALUE:
        if agent[1].lower() not in _OURS:
            return
        value = value[agent.end() :]
    yield from ROBOTS_WORDS & {word.strip().lower() for word in value.split(",")}


def is_tdm_file(url: str) -> bool:
    """Whether a URL is that of a site's tdmrep.json."""
    return url.endswith(TDM_PATH) and url.count("/") == TDM_PATH.count("/") + 2


def tdm_rules_of(payload: bytes) -> tuple[TdmRule, ...]:
    """The rules of a tdmrep.json in order; none if it can't be read. Invalid rules are skipped."""
    if len(payload) > _LONGEST_FILE:
        return ()
    try:
        data = json.loads(payload.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    entries = data if isinstance(data, list) else []
    return tuple(islice((rule for entry in entries if (rule := _rule(entry)) is not None), _MOST_RULES))


def _rule(entry: object) -> TdmRule | None:
    if not isinstance(entry, dict):
        return None
    location, value = entry.get("location"), str(entry.get(TDM_RESERVED))
    if not isinstance(location, str) or len(location) > _LONGEST_LOCATION or value not in _TDM_VALUES:
        return None
    return TdmRule("".join(char if char.isprintable() else "\ufffd" for char in location), value == "1")


def is_reserved(words: Collection[str], rules: Sequence[TdmRule], url: str) -> bool:
    """Whether a page asks not to be kept: from its own statement, otherwise from its host's first matching rule."""
    if not _ASKS.isdisjoint(words) or TDM_RESERVED in words:
        return True
    if TDM_PERMITTED in words or is_tdm_file(url):
        return False
    return tdm_directive(rules, url) == TDM_RESERVED


def tdm_directive(rules: Sequence[TdmRule], url: str) -> str | None:
    """The directive for a URL from the first matching rule of the host's tdmrep.json; None if no rule matches."""
    if not rules:
        return None
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = next((rule for rule in rules if _matches(rule.location, path)), None)
    if found is None:
        return None
    return TDM_RESERVED if found.reserved else TDM_PERMITTED


def _matches(pattern: str, path: str) -> bool:
    """Matches like robots.txt (RFC 9309, section 2.2.3): from the start, `*` for anything, `$` for the end."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for piece in rest[:-1]:
        position = path.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    last = rest[-1] if rest else ""
    if not ends:
        return not rest or path.find(last, position) >= 0
    return path.endswith(last) and len(path) - len(last) >= position if rest else position == len(path)


def policies_of(made: Sequence[Decision]) -> dict[str, str]:
    """The policy of each site that has one, and of `EVERY_SITE`; unknown policies are ignored."""
    latest = decisions.latest(made, KIND)
    return {site: line.verdict for site, line in sorted(latest.items()) if line.verdict in POLICIES}


def policy_of(policies: Mapping[str, str], site: str) -> str:
    """The policy for a site."""
    return policies.get(site, policies.get(EVERY_SITE, DEFAULT))


def record(folder: Path, default: str, by_site: Mapping[str, str | None]) -> None:
    """Record the policies of a home's scrapy.cfg (`default`) and its spiders, if they differ from those of the archive
    at `folder`. Raises StorageError, DamageError.
    """
    path = folder / decisions.FILE_NAME
    known = policies_of(decisions.read(path))
    wanted = {EVERY_SITE: default} | {site: stated or default for site, stated in sorted(by_site.items())}
    for site, policy in wanted.items():
        if policy != policy_of(known, site):
            decisions.append(path, KIND, site, policy, "scrapy.cfg" if by_site.get(site) is None else "its spider")
            known[site] = policy
