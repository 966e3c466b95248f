"""Assigns an ID and a name to each story: which of its addresses names it, and which other IDs lead to it.

An ID is a hash of the folded key of the URL that a story's pages state as their own, so that it is the same after a
rebuild. If several stories may claim one key, the one first captured with it gets the ID, and the others get a
different one. All IDs that a story may claim lead to it (`former_ids`), so that citations remain valid.
"""

from __future__ import annotations

from collections.abc import Iterable

from archiver.index.learn.address_facts import AddressFacts, Group
from archiver.index.schema.connection import Index
from archiver.index.store.captures import Touched, story_number
from archiver.index.store.identity import key_of, number
from archiver.index.store.surts import surt_on, url_on
from archiver.urls import canonical_url, has_article_shape


def give_numbers(
    db: Index, facts: AddressFacts, component: Iterable[str], groups: Iterable[Group], touched: Touched
) -> None:
    """Write the IDs and names of the groups of some addresses."""
    before: set[int] = set()
    former: dict[int, int] = {}
    rows: list[tuple[str, int, str, str, str]] = []
    for group in groups:
        key, others = _numbers(facts, group, touched)
        story = story_number(db, key, touched.cached.ids)
        urls = _urls(facts, group, touched)
        name = _name(group, urls)
        former |= dict.fromkeys(others, story)
        rows += [
            (address, story, urls[address], *evidence)
            for address, evidence in group.addresses.items()
            if address != name
        ]
        before |= _assign(db, group, story, touched)
        _rename(db, story, key, urls[name], touched)
    before |= {story for address in component for story in facts.stories_at(address)}
    db.executemany("DELETE FROM story_addresses WHERE surt = ?", facts.rows_of(component))
    db.executemany(
        "INSERT INTO story_addresses (surt, article_id, url, why, other_surt) VALUES (?, ?, ?, ?, ?)", sorted(rows)
    )
    _write_former(db, before | set(former.values()), former, touched)


def _numbers(facts: AddressFacts, group: Group, touched: Touched) -> tuple[str, set[int]]:
    """The key whose hash is a story's ID, and the other IDs that lead to it."""
    mine = {sight.capture_id for sight, _ in group.sights}
    keys: dict[str, bool] = {}  # whether the story may use it, in order of time
    numbers: set[int] = set()
    for sight, _ in group.sights:
        raw = sight.folded
        key = surt_on(touched.facts.mirrors, raw)
        if key not in keys:
            keys[key] = facts.first_stating(key, sight.stated_page) in mine
        if raw != key and number(raw) not in numbers:  # from before its host was recognised as a mirror
            first = facts.first_stating(raw, sight.stated_page, on_mirrors=False)
            numbers |= {number(raw)} if first in mine else set()
    own = [key for key, is_first in keys.items() if is_first]
    numbers |= {number(key) for key in own}
    places = {place for _, place in group.sights}
    if len(own) < len(keys) or len(places) > 1:  # it may have been separate from others for a time
        numbers |= {number(_exact(place)) for place in places}
    chosen = own[0] if own else _exact(group.sights[0][1])
    return chosen, numbers - {number(chosen)}


def _exact(address: str) -> str:
    """The key of a story that may not use its folded one. No address contains a `#`."""
    return f"{address}#"


def _urls(facts: AddressFacts, group: Group, touched: Touched) -> dict[str, str]:
    """Each address as a URL: as its pages stated it last, else as requested."""
    found: dict[str, str] = {}
    for sight, _ in group.sights:
        for url in (canonical_url(sight.requested), sight.url):
            url = url_on(touched.facts.mirrors, url)  # noqa: PLW2901
            found[key_of(url)] = url
    return {address: found.get(address) or facts.url_at(address) for address in group.addresses}


def _name(group: Group, urls: dict[str, str]) -> str:
    """The address that names a story: that of its first page, preferring one that pages name, then a descriptive one,
    then the oldest."""
    oldest: dict[str, tuple[str, int]] = {}
    for sight, place in group.sights:
        if group.pages.get(place, 1) == 1:
            oldest.setdefault(place, (sight.fetched_at, sight.capture_id))
    return min(
        oldest,
        key=lambda place: (place not in group.named, not has_article_shape(urls[place]), oldest[place], place),
    )


def _assign(db: Index, group: Group, story: int, touched: Touched) -> set[int]:
    """Assign captures to a story; returns the stories that had any of them."""
    before: set[int] = set()
    for sight, place in group.sights:
        page = group.pages.get(place)
        if page != sight.story_page:
            db.execute("DELETE FROM capture_pages WHERE capture_id = ?", (sight.capture_id,))
            if page is not None:
                db.execute("INSERT INTO capture_pages (capture_id, page) VALUES (?, ?)", (sight.capture_id, page))
            touched.stories.add(story)
            touched.forced.add(story)
        if sight.story_id == story:
            continue
        db.execute("UPDATE captures SET article_id = ? WHERE id = ?", (story, sight.capture_id))
        touched.add_to_story(story, sight.fetched_at)
        if sight.story_id is not None:
            before.add(sight.story_id)
            touched.stories.add(sight.story_id)
            touched.forced |= {story, sight.story_id}
    return before


def _rename(db: Index, story: int, key: str, url: str, touched: Touched) -> None:
    touched.cached.names[story] = (key, url)
    row = db.execute("SELECT surt, url FROM articles WHERE id = ?", (story,)).fetchone()
    if row is not None and tuple(row) != (key, url):
        touched.stories.add(story)


def _write_former(db: Index, stories: set[int], former: dict[int, int], touched: Touched) -> None:
    """Write which IDs lead to some stories. Translations use IDs, so stories that name a changed one are marked as
    touched."""
    present: dict[int, int] = {}
    for story in stories:
        present |= dict(db.execute("SELECT old_id, id FROM former_ids WHERE id = ?", (story,)))
    for old in sorted({old for old in {*present, *former} if present.get(old) != former.get(old)}):
        db.execute("DELETE FROM former_ids WHERE old_id = ?", (old,))
        if old in former:
            db.execute("INSERT INTO former_ids (old_id, id) VALUES (?, ?)", (old, former[old]))
        rows = db.execute("SELECT article_id FROM alternates WHERE other_id = ?", (old,)).fetchall()
        touched.relinked.update(row[0] for row in rows)
        touched.relinked |= {story for story in (present.get(old), former.get(old)) if story is not None}
