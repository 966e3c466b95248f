"""Facts about addresses from the captures: the evidence with which `story_addresses` decides which are one story's.

An address is a SURT with a mirror's host replaced by the canonical host. Each fact is read from the tables and cached
while one batch is judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archiver.index.learn.story_pages import PageTurn, candidates
from archiver.index.schema.connection import Index
from archiver.index.store.identity import folded_key_of, number
from archiver.index.store.page_word import CONTRADICTED
from archiver.index.store.surts import host_of_surt, spellings, surt_on, url_on
from archiver.urls import canonical_url

MANY = 20  # addresses of one story: more that are named, or shown, are no evidence
MANY_PAGES = 60  # of one story
MANY_COPIES = 8  # addresses with one text: more of them share a placeholder


@dataclass(frozen=True, slots=True)
class Sight:
    """One capture that shows a story."""

    fetched_at: str
    capture_id: int
    payload_id: int
    state: int
    story_id: int | None  # the story assigned last
    requested: str
    url: str  # canonical, as stated by the page
    stated_page: int
    sign: int | None
    surt: str
    target: str | None
    witness: str | None
    page: int
    story_page: int | None = None  # page number as last judged, in a story of several pages

    @property
    def folded(self) -> str:
        """The key that the stated URL shares with all its spellings. A story's ID is a hash of such a key."""
        return folded_key_of(self.url)


@dataclass(frozen=True, slots=True)
class Unit:
    """The captures of one address that name the same other address (or none) as their own: they always stay together.

    A page that shows another story each day names another address each day.
    """

    address: str
    target: str | None
    witness: str | None
    sights: tuple[Sight, ...]  # in order of time

    @property
    def first(self) -> tuple[str, int]:
        return self.sights[0].fetched_at, self.sights[0].capture_id

    @property
    def payloads(self) -> tuple[int, ...]:
        """One capture per state, in order of time."""
        return tuple({sight.state: sight.payload_id for sight in self.sights}.values())


@dataclass(slots=True)
class Group:
    """The addresses of one story, and its captures in order of time, each with its address."""

    addresses: dict[str, tuple[str, str]]  # the evidence for each address, and the other address it links to
    sights: list[tuple[Sight, str]] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # addresses that pages name, if believed
    copies: set[str] = field(default_factory=set)  # addresses included because of their text
    pages: dict[str, int] = field(default_factory=dict)  # of a story in several pages: the page number of each address


_SIGHTS = """
SELECT c.fetched_at, c.id, coalesce(c.payload_id, c.id), e.state, c.article_id, c.url, c.canonical_url,
  p.stated_page, p.sign, c.surt, p.target, p.witness, c.page, g.page
FROM captures c JOIN story_pages p ON p.host = ? AND p.page = c.page AND p.capture_id = c.id
JOIN extractions e ON e.capture_id = coalesce(c.payload_id, c.id)
LEFT JOIN capture_pages g ON g.capture_id = c.id
WHERE c.surt = ? ORDER BY c.fetched_at, c.id
"""


class AddressFacts:
    """Facts about addresses, each looked up once."""

    def __init__(self, db: Index, mirrors: Mapping[str, str]) -> None:
        self._db = db
        self._mirrors = mirrors
        self._units: dict[str, list[Unit]] = {}
        self._claimants: dict[str, frozenset[str]] = {}
        self._shared: dict[int, frozenset[str]] = {}
        self._turns: dict[str, frozenset[PageTurn]] = {}
        self._variants: dict[str, frozenset[str]] = {}
        self._redirects: dict[str, str | None] = {}
        self._first: dict[tuple[str, int, bool], int | None] = {}

    def address(self, surt: str) -> str:
        """The SURT with a mirror's host replaced by the canonical host."""
        return surt_on(self._mirrors, surt)

    def spellings(self, address: str) -> list[str]:
        """The SURTs that an address may have been captured by."""
        return spellings(self._mirrors, address)

    def rows_of(self, addresses: Iterable[str]) -> list[tuple[str]]:
        """The keys that rows about some addresses may have, including those from before their host was recognised as a
        mirror."""
        return [(key,) for address in addresses for key in self.spellings(address)]

    def units(self, address: str) -> list[Unit]:
        """The captures of an address, grouped by what their pages name, in order of time."""
        if address not in self._units:
            sights: list[Sight] = []
            for key in self.spellings(address):
                sights += [Sight(*row) for row in self._db.execute(_SIGHTS, (host_of_surt(key), key))]
            found: dict[tuple[str | None, str | None], list[Sight]] = {}
            for sight in sorted(sights, key=lambda sight: (sight.fetched_at, sight.capture_id)):
                target = self.address(sight.target) if sight.target else None
                named = (None, None) if target == address else (target, sight.witness)
                found.setdefault(named, []).append(sight)
            self._units[address] = [Unit(address, *named, tuple(group)) for named, group in found.items()]
        return self._units[address]

    def no_story(self, address: str) -> str | None:
        """The skip reason of an address's last response without a story; None if no response decides that."""
        row = self._db.execute(
            "SELECT skip_reason FROM captures WHERE surt IN (SELECT value FROM json_each(?))"
            " AND skip_reason IS NOT NULL AND (http_status IS NULL OR http_status < 429)"
            " AND skip_reason != 'revisit_unresolved' ORDER BY fetched_at DESC, id DESC LIMIT 1",
            (json.dumps(self.spellings(address)),),
        ).fetchone()
        return row[0] if row else None

    def claimants(self, address: str) -> frozenset[str]:
        """The other addresses whose pages name this one; if there are more than MANY, not all are listed."""
        if address not in self._claimants:
            rows = self._db.execute(
                "SELECT DISTINCT c.surt FROM story_pages p JOIN captures c ON c.id = p.capture_id"
                " WHERE p.target IN (SELECT value FROM json_each(?)) AND p.witness != ? LIMIT ?",
                (json.dumps(self.spellings(address)), CONTRADICTED, self._limit(MANY)),
            )
            self._claimants[address] = self._addresses(row[0] for row in rows) - {address}
        return self._claimants[address]

    def variants(self, address: str) -> frozenset[str]:
        """The captured addresses of stories on the same host that may be spellings of this one."""
        if address not in self._variants:
            self._variants[address] = self._otherwise_spelt(address)
        return self._variants[address]

    def _otherwise_spelt(self, address: str) -> frozenset[str]:
        found: set[str] = set()
        host = host_of_surt(address)
        hosts = json.dumps([host_of_surt(spelling) for spelling in self.spellings(address)])
        for page in {sight.page for unit in self.units(address) for sight in unit.sights}:
            rows = self._db.execute(
                "SELECT DISTINCT c.surt FROM story_pages p JOIN captures c ON c.id = p.capture_id"
                " WHERE p.page = ? AND p.host IN (SELECT value FROM json_each(?))",
                (page, hosts),
            )
            found |= {other for other in self._addresses(row[0] for row in rows) if host_of_surt(other) == host}
        return frozenset(found - {address})

    def signs(self, address: str) -> set[int]:
        """The signs of an address's texts that only few addresses share."""
        found = {sight.sign for unit in self.units(address) for sight in unit.sights if sight.sign is not None}
        return {sign for sign in found if len(self._sharing(sign)) <= MANY_COPIES}

    def copies(self, address: str) -> frozenset[str]:
        """The addresses that may have the same text."""
        return frozenset().union(*map(self._sharing, self.signs(address))) - {address}

    def once_copies(self, address: str) -> set[str]:
        """The addresses recorded earlier as copies of a text of this one, which too many may share now."""
        found: set[str] = set()
        for sign in {sight.sign for unit in self.units(address) for sight in unit.sights} - {None}:
            rows = self._db.execute("SELECT surt FROM text_copies WHERE sign = ?", (sign,))
            found |= self._addresses(row[0] for row in rows)
        return found

    def _sharing(self, sign: int) -> frozenset[str]:
        if sign not in self._shared:
            rows = self._db.execute(
                "SELECT DISTINCT c.surt FROM story_pages p JOIN captures c ON c.id = p.capture_id WHERE p.sign = ?"
                " LIMIT ?",
                (sign, self._limit(MANY_COPIES)),
            )
            self._shared[sign] = self._addresses(row[0] for row in rows)
        return self._shared[sign]

    def redirects_to(self, address: str) -> str | None:
        """The latest redirect target of an address."""
        if address not in self._redirects:
            self._redirects[address] = self._last_redirect(address)
        return self._redirects[address]

    def _last_redirect(self, address: str) -> str | None:
        row = self._db.execute(
            "SELECT r.target FROM redirects r JOIN captures c ON c.id = r.capture_id"
            " WHERE r.surt IN (SELECT value FROM json_each(?)) ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1",
            (json.dumps(self.spellings(address)),),
        ).fetchone()
        target = self.address(row[0]) if row else None
        return target if target != address else None

    def redirected_from(self, address: str) -> frozenset[str]:
        """The addresses that redirect to this one; if there are more than MANY, not all are listed."""
        rows = self._db.execute(
            "SELECT DISTINCT surt FROM redirects WHERE target IN (SELECT value FROM json_each(?)) LIMIT ?",
            (json.dumps(self.spellings(address)), self._limit(MANY)),
        )
        return self._addresses(row[0] for row in rows) - {address}

    def turns(self, address: str) -> frozenset[PageTurn]:
        """The pages that this address names as previous and next, and the pages that name it so. Empty if they are too
        many to be one story's pages."""
        if address not in self._turns:
            keys = (json.dumps(self.spellings(address)), 3 * self._limit(MANY_PAGES))
            found: set[PageTurn] = set()
            for column in ("surt", "target"):
                rows = self._db.execute(
                    f"SELECT DISTINCT surt, witness, target, sign FROM page_turns WHERE {column}"  # noqa: S608 - constants
                    " IN (SELECT value FROM json_each(?)) LIMIT ?",
                    keys,
                )
                found |= {
                    (self.address(surt), witness, self.address(named), sign) for surt, witness, named, sign in rows
                }
            others = {other for turn in found for other in (turn[0], turn[2])} - {address}
            self._turns[address] = frozenset(found) if len(others) <= MANY_PAGES else frozenset()
        return self._turns[address]

    def other_pages(self, address: str) -> frozenset[str]:
        """The addresses that may be other pages of the same story, judged by the pages that they name."""
        found = candidates(address, self.turns(address))
        return frozenset(other for other in found if self.turns(other))

    def addresses_of(self, story_id: int) -> frozenset[str]:
        """The current addresses of a story in the tables."""
        rows = self._db.execute(
            "SELECT DISTINCT surt FROM captures WHERE article_id = ?1 UNION"
            " SELECT surt FROM story_addresses WHERE article_id = ?1",
            (story_id,),
        )
        return self._addresses(row[0] for row in rows)

    def stories_at(self, address: str) -> set[int]:
        """The current stories of an address in the tables."""
        rows = self._db.execute(
            "SELECT DISTINCT article_id FROM captures WHERE surt IN (SELECT value FROM json_each(?1))"
            " AND article_id IS NOT NULL UNION SELECT article_id FROM story_addresses WHERE surt = ?2",
            (json.dumps(self.spellings(address)), address),
        )
        return {row[0] for row in rows}

    def first_stating(self, key: str, page: int, *, on_mirrors: bool = True) -> int | None:
        """The first capture whose page states a URL with this folded key (and page number) as its own, also on mirrors
        of its host."""
        asked = (key, page, on_mirrors)
        if asked not in self._first:
            self._first[asked] = self._earliest_stating(page, self.spellings(key) if on_mirrors else [key])
        return self._first[asked]

    def _earliest_stating(self, page: int, keys: list[str]) -> int | None:
        row = self._db.execute(
            "SELECT capture_id FROM story_pages WHERE stated_page = ? AND stated_host IN"
            " (SELECT value FROM json_each(?)) ORDER BY fetched_at, capture_id LIMIT 1",
            (page, json.dumps([host_of_surt(spelling) for spelling in keys])),
        ).fetchone()
        return row[0] if row else None

    def holders(self, key: str) -> set[int]:
        """The stories whose ID currently is, or formerly was, the hash of a folded key."""
        rows = self._db.execute(
            "SELECT id FROM articles WHERE surt = ? UNION SELECT id FROM former_ids WHERE old_id = ?",
            (key, number(key)),
        )
        return {row[0] for row in rows}

    def at_capture(self, capture_id: int) -> str:
        """The address of a capture."""
        row = self._db.execute("SELECT surt FROM captures WHERE id = ?", (capture_id,)).fetchone()
        return self.address(row[0])

    def judged_otherwise(self, address: str, why: str) -> frozenset[str]:
        """The addresses whose claim on this one was last judged for another reason."""
        rows = self._db.execute("SELECT surt FROM page_claims WHERE target = ? AND why != ?", (address, why))
        return self._addresses(row[0] for row in rows)

    def url_at(self, address: str) -> str:
        """An address as a URL: as last requested."""
        row = self._db.execute(
            "SELECT url FROM captures WHERE surt IN (SELECT value FROM json_each(?)) ORDER BY fetched_at DESC, id DESC"
            " LIMIT 1",
            (json.dumps(self.spellings(address)),),
        ).fetchone()
        return url_on(self._mirrors, canonical_url(row[0])) if row else ""

    def _limit(self, most: int) -> int:
        """How many SURTs to read to notice more than `most` addresses."""
        return (most + 2) * (len(self._mirrors) + 1)

    def _addresses(self, surts: Iterable[str]) -> frozenset[str]:
        return frozenset(map(self.address, surts))
