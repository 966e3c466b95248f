"""Decides which addresses belong to one story: from all captures together, independent of the order of indexing.

The captures of one address are separated by the address that their pages name as their own (`Unit`). A unit belongs to
the address it names if that is believed, else to the address at which it was captured. Addresses then belong to one
story if their spelling, a redirect or the words alone suggest it and the words agree. In doubt two pages are two
stories.

A batch judges the addresses it touched together with all that depend on them (`_neighbourhood`), so the result equals
that of a rebuild. Later evidence can separate merged addresses: nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.index.learn.address_facts import MANY, AddressFacts, Group, Sight, Unit
from archiver.index.learn.same_story import COPY, Sketch, akin, all_akin, copies, share, sketch_of
from archiver.index.learn.story_names import give_numbers
from archiver.index.learn.story_pages import PAGE, in_one_document, page_edges, pages_of
from archiver.index.schema.connection import Index
from archiver.index.store.captures import Touched
from archiver.index.store.page_word import CONTRADICTED
from archiver.index.store.states import Texts
from archiver.index.store.surts import domain_of, host_of_surt, surt_on
from archiver.urls import variation

_BY_MANY = "named by many"
# Evidence that two addresses are one story's, the strongest first.
_WEIGHT = ("canonical", "og:url", "@id", "revisit", "case", "slash", "order", "variant", "redirect", "same_text", PAGE)


@dataclass(frozen=True, slots=True)
class Claim:
    """An address's claim to be another one, and whether it is believed."""

    surt: str
    target: str
    witness: str
    believed: bool
    why: str


def resolve_stories(db: Index, touched: Touched) -> None:
    """Assign stories to the captures of a batch, and to those whose evidence it changed."""
    facts = AddressFacts(db, touched.facts.mirrors)
    judge = _Judge(facts, Texts(db, touched))
    done: set[str] = set()
    for address in sorted(map(facts.address, touched.addresses)):
        if address not in done:
            component = _neighbourhood(facts, address, touched)
            done |= component
            claims, groups = judge.groups(sorted(component))
            _write_claims(db, facts.rows_of(component), claims)
            _write_copies(db, facts, component, groups)
            give_numbers(db, facts, component, groups, touched)


def _neighbourhood(facts: AddressFacts, address: str, touched: Touched) -> set[str]:
    """The addresses that have to be judged together with this one."""
    found, waiting = {address}, [address]
    while waiting:
        new = _neighbours(facts, waiting.pop(), touched) - found
        found |= new
        waiting += new
    return found


def _neighbours(facts: AddressFacts, address: str, touched: Touched) -> set[str]:
    found: set[str] = set()
    keys: dict[str, int] = {}
    for unit in facts.units(address):
        if unit.target and unit.witness != CONTRADICTED:
            found.add(unit.target)
        keys |= {surt_on(touched.facts.mirrors, sight.folded): sight.stated_page for sight in unit.sights}
    claimants = facts.claimants(address)
    # If many name an address: those judged before there were many.
    found |= claimants if len(claimants) <= MANY else facts.judged_otherwise(address, _BY_MANY)
    found |= facts.variants(address) | facts.copies(address) | facts.once_copies(address) | facts.other_pages(address)
    sources = facts.redirected_from(address)
    found |= sources if len(sources) <= MANY else frozenset()
    target = facts.redirects_to(address)
    found |= {target} if target else set()
    stories = facts.stories_at(address)
    for key, page in keys.items():  # stories that may also claim an ID
        first = facts.first_stating(key, page)
        found |= {facts.at_capture(first)} if first is not None else set()
        stories |= facts.holders(key)
    for story in stories:
        found |= facts.addresses_of(story)
    return found


def _write_claims(db: Index, outdated: Iterable[tuple[str]], claims: Iterable[Claim]) -> None:
    db.executemany("DELETE FROM page_claims WHERE surt = ?", outdated)
    db.executemany(
        "INSERT INTO page_claims (surt, target, witness, believed, why) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET witness = min(witness, excluded.witness),"
        " believed = max(believed, excluded.believed), why = min(why, excluded.why)",
        [(claim.surt, claim.target, claim.witness, int(claim.believed), claim.why) for claim in claims],
    )


def _write_copies(db: Index, facts: AddressFacts, component: Iterable[str], groups: list[Group]) -> None:
    db.executemany("DELETE FROM text_copies WHERE surt = ?", facts.rows_of(component))
    db.executemany(
        "INSERT INTO text_copies (sign, surt) VALUES (?, ?)",
        [(sign, address) for group in groups for address in sorted(group.copies) for sign in facts.signs(address)],
    )


class _Judge:
    """Weighs the evidence for some addresses."""

    def __init__(self, facts: AddressFacts, texts: Texts) -> None:
        self._facts = facts
        self._texts = texts
        self._sketches: dict[int, Sketch] = {}

    def groups(self, component: list[str]) -> tuple[list[Claim], list[Group]]:
        """The claims of the pages of some addresses, and the stories that follow from all facts about them."""
        claims: list[Claim] = []
        home: dict[str, list[tuple[Sight, str]]] = {}
        edges: list[tuple[str, str, str]] = []
        named: set[str] = set()
        for address in component:
            units = self._facts.units(address)
            kept: list[Unit] = []
            gone: dict[str, list[Unit]] = {}
            for unit in units:
                claim = self._claim(unit)
                claims += [claim] if claim else []
                if claim and claim.believed:
                    gone.setdefault(claim.target, []).append(unit)
                    named.add(claim.target)
                else:
                    kept.append(unit)
                place = claim.target if claim and claim.believed else address
                home.setdefault(place, []).extend((sight, place) for sight in unit.sights)
            if len(gone) == 1:
                (target, moved), *_ = gone.items()
                if all(self._akin(one, other) for one in kept for other in moved):
                    edges.append((address, target, moved[0].witness or ""))
        edges += self._variants(component, home)
        edges += self._copies(component, home)
        edges += self._redirects(component, home)
        edges += self._pages(component, home)
        return claims, _joined(home, edges, named)

    # ---------------------------------------------------------------- a page's word

    def _claim(self, unit: Unit) -> Claim | None:
        if unit.target is None or unit.witness is None:
            return None
        believed, why = self._belief(unit, unit.target)
        return Claim(unit.address, unit.target, unit.witness, believed, why)

    def _belief(self, unit: Unit, target: str) -> tuple[bool, str]:
        """Whether a unit's target is its story's address, and why."""
        against = self._against(unit, target)
        if against is not None:
            return False, against
        shown = self._facts.units(target)
        if shown:
            same = any(self._akin(unit, other) for other in shown)
            if in_one_document(unit.address, target) and not any(self._is_copy(unit, other) for other in shown):
                return False, "another page"
            return same, "same text" if same else "other text"
        reason = self._facts.no_story(target)
        if reason is not None:
            return False, f"no story: {reason}"
        rivals = [
            rival for claimant in self._facts.claimants(target) for rival in self._facts.units(claimant)
            if rival.target == target and rival.witness != CONTRADICTED
        ]  # fmt: skip
        first = min(rivals, key=lambda rival: (rival.first, rival.address))
        alike = all(self._akin(first, rival) for rival in rivals)
        return alike, "never captured" if alike else "named by different stories"

    def _against(self, unit: Unit, target: str) -> str | None:
        """Why a claim is not believed, whatever its target shows."""
        if unit.witness == CONTRADICTED:
            return CONTRADICTED
        host, own = host_of_surt(target), host_of_surt(unit.address)
        if host != own and domain_of(host) != domain_of(own):
            return "other site"
        path = target.partition(")")[2]
        if "?" not in path and len(path.strip("/")) <= 2:
            return "front page"
        return _BY_MANY if len(self._facts.claimants(target)) > MANY else None

    # ---------------------------------------------------------------- addresses that may be one

    def _variants(self, component: list[str], home: dict[str, list[tuple[Sight, str]]]) -> list[tuple[str, str, str]]:
        return [
            (address, other, variation(address, other) or "variant")
            for address in component
            for other in sorted(self._facts.variants(address))
            if address < other and other in home and address in home and self._all_akin(home[address], home[other])
        ]

    def _copies(self, component: list[str], home: dict[str, list[tuple[Sight, str]]]) -> list[tuple[str, str, str]]:
        found = []
        for address in component:
            for other in sorted(self._facts.copies(address)):
                if not (address < other and address in home and other in home):
                    continue
                if domain_of(host_of_surt(address)) != domain_of(host_of_surt(other)):
                    continue
                left, right = self._states(home[address]), self._states(home[other])
                if any(copies(a, b) for a in left for b in right) and all_akin(left, right):
                    found.append((address, other, "same_text"))
        return found

    def _redirects(self, component: list[str], home: dict[str, list[tuple[Sight, str]]]) -> list[tuple[str, str, str]]:
        found = []
        for address in component:
            target = self._facts.redirects_to(address)
            if target is None or target not in home or len(self._facts.redirected_from(target)) > MANY:
                continue
            # An address without a story of its own belongs to its target; otherwise both must show one story.
            if not self._facts.units(address) or (
                address in home
                and any(akin(a, b) for a in self._states(home[address]) for b in self._states(home[target]))
            ):
                found.append((address, target, "redirect"))
        return found

    def _pages(self, component: list[str], home: dict[str, list[tuple[Sight, str]]]) -> list[tuple[str, str, str]]:
        pairs: set[tuple[str, str]] = set()
        for address in component:
            named = {unit.target for unit in self._facts.units(address) if unit.target is not None}
            others = self._facts.other_pages(address)
            others |= {target for target in named if in_one_document(address, target)}
            pairs |= {(min(address, other), max(address, other)) for other in others}
        shown = {address for pair in pairs for address in pair if address in home}
        states = {address: self._states(home[address]) for address in sorted(shown)}
        return page_edges(sorted(pairs), self._facts.turns, states) if states else []

    # ---------------------------------------------------------------- words

    def _is_copy(self, one: Unit, other: Unit) -> bool:
        """Whether some states of both have nearly the same text."""
        return any(share(self._sketch(a), self._sketch(b)) >= COPY for a in one.payloads for b in other.payloads)

    def _akin(self, one: Unit, other: Unit) -> bool:
        """Whether some state of both may be one story's."""
        if {sight.state for sight in one.sights} & {sight.state for sight in other.sights}:
            return True
        return any(akin(self._sketch(a), self._sketch(b)) for a in one.payloads for b in other.payloads)

    def _all_akin(self, one: list[tuple[Sight, str]], other: list[tuple[Sight, str]]) -> bool:
        return all_akin(self._states(one), self._states(other))

    def _states(self, sights: Iterable[tuple[Sight, str]]) -> list[Sketch]:
        return [self._sketch(payload) for payload in {sight.state: sight.payload_id for sight, _ in sights}.values()]

    def _sketch(self, payload_id: int) -> Sketch:
        if payload_id not in self._sketches:
            self._sketches[payload_id] = sketch_of(self._texts.raw(payload_id).article)
        return self._sketches[payload_id]


def _joined(
    home: dict[str, list[tuple[Sight, str]]], edges: list[tuple[str, str, str]], named: set[str]
) -> list[Group]:
    """Groups of addresses that are connected by edges and show a story."""
    leader: dict[str, str] = {}

    def lead(address: str) -> str:
        while leader.setdefault(address, address) != address:
            address = leader[address]
        return address

    for one, other, _ in edges:
        first, second = sorted((lead(one), lead(other)))
        leader[second] = first
    groups: dict[str, Group] = {}
    for address in sorted({*home, *leader}):
        group = groups.setdefault(lead(address), Group({}))
        group.addresses[address] = ("", "")
        group.sights += home.get(address, [])
        group.named |= {address} & named
    # The strongest evidence for each address is written last, and so remains.
    for one, other, why in sorted(edges, key=lambda edge: (_WEIGHT.index(edge[2]), edge), reverse=True):
        group = groups[lead(one)]
        addresses = group.addresses
        group.copies |= {one, other} if why == "same_text" else set()
        addresses[one], addresses[other] = (why, other), (why, one)
    for group in groups.values():
        group.pages = pages_of(group.addresses, [edge for edge in edges if edge[0] in group.addresses])
        group.sights.sort(key=lambda found: (found[0].fetched_at, found[0].capture_id))
    return [group for group in groups.values() if group.sights]
