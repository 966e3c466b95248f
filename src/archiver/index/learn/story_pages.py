"""Stories in several pages: which addresses are pages of one story, and their order. Pure functions over observations.

Two pages belong to one story if one names the other as previous or next page, or as its own address, their titles are
equal except for a page number, and their texts differ. If their addresses differ in more than that number, each must
name the other, and both must state the same day, because many blogs name their neighbouring posts in this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from archiver.index.learn.same_story import COPY, Sketch, share
from archiver.index.store.page_word import heading_of
from archiver.index.store.surts import host_of_surt
from archiver.urls import page_of_document

PAGE = "page"
PageTurn = tuple[str, str, str, int | None]  # address, witness, the address it names, sign of the page's title and day
Edge = tuple[str, str, str]  # two addresses, and why they are one story's; for `page`, the earlier first


def in_one_document(one: str, other: str) -> bool:
    """Whether two addresses differ only in a page number."""
    first, second = page_of_document(one), page_of_document(other)
    return first[0] == second[0] and first[1] != second[1]


def candidates(address: str, turns: Iterable[PageTurn]) -> frozenset[str]:
    """The addresses that may be other pages of an address's story, judged by the pages that they name."""
    turns = list(turns)
    others = {other for turn in turns for other in (turn[0], turn[2])} - {address}
    return frozenset(
        other
        for other in others
        if in_one_document(address, other) or _order_by_both(address, other, turns) is not None
    )


def _order_by_both(one: str, other: str, turns: Iterable[PageTurn]) -> tuple[str, str] | None:
    """Two addresses in order, if the earlier names the other as next, that one names it as previous, and title and day
    are equal."""
    nexts = {(surt, target, sign) for surt, witness, target, sign in turns if witness == "next" and sign is not None}
    backs = {(target, surt, sign) for surt, witness, target, sign in turns if witness == "prev" and sign is not None}
    both = {(first, second) for first, second, _ in nexts & backs}
    found = [pair for pair in ((one, other), (other, one)) if pair in both]
    return found[0] if len(found) == 1 else None


def page_edges(
    pairs: Iterable[tuple[str, str]],
    turns: Callable[[str], Iterable[PageTurn]],
    states: Mapping[str, list[Sketch]],
) -> list[Edge]:
    """The edges between pages of one story. `states`: the states of each address of a story."""
    documents = {address: page_of_document(address) for address in states}
    first_pages = {document for document, number in documents.values() if number == 0}
    found: list[Edge] = []
    for one, other in pairs:
        if one not in states or other not in states or host_of_surt(one) != host_of_surt(other):
            continue
        if in_one_document(one, other) and documents[one][0] in first_pages:
            earlier, later = sorted((one, other), key=lambda address: documents[address][1])
        else:
            order = _order_by_both(one, other, turns(one))
            if order is None:
                continue
            earlier, later = order
        if not _agree(states[earlier], states[later]):
            continue
        if any(share(a, b) >= COPY for a in states[earlier] for b in states[later]):
            found += [(earlier, later, "variant")] if in_one_document(one, other) else []
        else:
            found.append((earlier, later, PAGE))
    return found


def _agree(ones: Iterable[Sketch], others: Iterable[Sketch]) -> bool:
    """Whether some states of two pages have the same headline, and no states have different days."""
    pairs = [(one, other) for one in ones for other in others]
    return any(heading_of(one.title) == heading_of(other.title) != () for one, other in pairs) and all(
        one.day is None or other.day is None or one.day == other.day for one, other in pairs
    )


def pages_of(addresses: Iterable[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The page number of each address of one story, from 1; empty if it has one page.

    Addresses joined by other edges than `page` are one page. The numbers in addresses define the order; if they are not
    conclusive, the edges do.
    """
    sheet = {address: address for address in addresses}

    def lead(address: str) -> str:
        while sheet[address] != address:
            address = sheet[address]
        return address

    before: set[tuple[str, str]] = set()
    edges = list(edges)
    for one, other, why in edges:
        if why != PAGE:
            first, second = sorted((lead(one), lead(other)))
            sheet[second] = first
    for one, other, why in edges:
        if why == PAGE and lead(one) != lead(other):
            before.add((lead(one), lead(other)))
    sheets = sorted({lead(address) for address in sheet})
    if not before:
        return {}
    numbers: dict[str, int] = {}
    for address in sheet:
        number = page_of_document(address)[1]
        numbers[lead(address)] = min(number, numbers.get(lead(address), number))
    depths = _depths(sheets, before)
    told = len(set(numbers.values())) == len(sheets)
    ordered = sorted(sheets, key=lambda key: (0 if told else depths[key], numbers[key], key))
    return {address: ordered.index(lead(address)) + 1 for address in sheet}


def _depths(sheets: list[str], before: set[tuple[str, str]]) -> dict[str, int]:
    """The maximum number of pages before each; cycles are cut."""
    depths = dict.fromkeys(sheets, 0)
    for _ in sheets:
        changed = False
        for earlier, later in sorted(before):
            if depths[later] <= depths[earlier] < len(sheets):
                depths[later], changed = depths[earlier] + 1, True
        if not changed:
            break
    return depths
