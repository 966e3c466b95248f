"""Inserts captures into the index as they were recorded, before any conclusion is drawn from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from archiver.boilerplate import Outline
from archiver.index.schema.connection import Index
from archiver.index.store.identity import identity, key_of, moment, number, site_name
from archiver.index.store.packing import StoredParts, state_of, surroundings_of, text_hash
from archiver.index.store.page_word import PageWord, turn_sign, word_of
from archiver.index.store.reserved import note_reservations
from archiver.index.store.surts import host_of_surt, odd_key, page_of, surt_on
from archiver.index.store.withheld import covering, withhold
from archiver.layout import Site
from archiver.model import Article, Capture, Extracted
from archiver.urls import absolute_url, host_of
from archiver.withdrawals import record_hash

# Removed from texts, because snippets use them as marks around a search's matches (model.Hit).
_MARKS = str.maketrans("", "", "\ue000\ue001")

_REDIRECTS = (301, 302, 303, 307, 308)
_INSERT = """
INSERT INTO captures (id, crawl_id, site, url, canonical_url, surt, page, fetched_at, http_status, mime,
  payload_digest, record_type, redirect_url, refers_to_url, refers_to_date, warc_file, warc_offset, warc_length,
  warc_record_id, ip, truncated, skip_reason, skip_detail, payload_surt,
  warc_position, refers_to_id, cdx_key, suspected, certificate)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An article of the current batch, kept so that it needn't be unpacked again."""

    article: Article
    text: str
    text_sha256: str
    outline: Outline | None = None  # computed on first use


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Facts that apply to a whole batch: known at its start, or updated when its hosts were judged."""

    mirrors: Mapping[str, str]  # mirror -> canonical host
    withdrawn: frozenset[str] = frozenset()  # URLs whose captures are withheld: see `withheld`


@dataclass(frozen=True, slots=True)
class Cached:
    """Results of lookups and computations during a batch, kept to avoid repeating them. They never affect an
    outcome."""

    fresh: dict[int, Fresh] = field(default_factory=dict)  # by capture ID
    ids: dict[int, str] = field(default_factory=dict)  # IDs of stories that have no row yet
    names: dict[int, tuple[str, str]] = field(default_factory=dict)  # by story ID: `articles.surt` and `url`
    # Captures whose extraction has to be packed, and the part of it that their story's rows contain: see `extractions`.
    unpacked: dict[int, StoredParts | None] = field(default_factory=dict)


@dataclass(slots=True)
class Touched:
    """What a batch affects, and so has to be recomputed. Each step adds to it; later steps read it."""

    facts: BatchFacts
    cached: Cached = field(default_factory=Cached)
    stories: set[int] = field(default_factory=set)
    earliest: dict[int, str] = field(default_factory=dict)  # time of a story's first new capture
    forced: set[int] = field(default_factory=set)  # stories with captures that changed in place
    links_changed: set[int] = field(default_factory=set)  # stories with links to what was withdrawn or reinstated
    relearned: set[int] = field(default_factory=set)  # stories whose boilerplate changed, but not their states
    revisits: set[int] = field(default_factory=set)
    payload_surts: set[str] = field(default_factory=set)  # revisits that refer to these may resolve to another payload
    addresses: set[str] = field(default_factory=set)  # SURTs whose captures may now show another story
    relinked: set[int] = field(default_factory=set)  # stories for whose translations another ID is now valid
    gone_surts: set[str] = field(default_factory=set)  # with responses that determine a story's status
    crawls: set[str] = field(default_factory=set)
    pages: dict[int, str] = field(default_factory=dict)  # paths on which stories were seen, and a host: see `mirrors`
    ruled_hosts: set[str] = field(default_factory=set)  # mirrors by a site's own rule
    # by site: states that were added or removed
    sighted: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    captures: int = 0

    def add_to_story(self, story_id: int, fetched_at: str) -> None:
        """Note that a story has a new capture."""
        self.stories.add(story_id)
        self.earliest[story_id] = min(fetched_at, self.earliest.get(story_id, fetched_at))


@dataclass(frozen=True, slots=True)
class Where:
    """What the WARC file states about its captures."""

    warc_file: str
    crawl_id: str | None
    sites: tuple[Site, ...]


def add_capture(db: Index, item: Extracted, where: Where, touched: Touched) -> None:
    """Insert one capture, unless it is known from an earlier place."""
    capture = item.capture
    # Also for known records: the file with the second copy may be the only one that states that a host is a mirror.
    urls = (capture.url, item.outcome.url if isinstance(item.outcome, Article) else None)
    _note_mirrors(db, where.sites, urls, touched)
    fetched_at = moment(capture.fetched_at)
    record_id = capture.ref.record_id or f"{where.warc_file}@{capture.ref.offset}"
    if touched.facts.withdrawn and (address := _withdrawn_address(item, where, touched)) is not None:
        withhold(db, record_id, fetched_at, (where.warc_file, capture.ref.offset), address)
        return
    capture_id = _free_id(db, capture, record_id, fetched_at, where, touched)
    if capture_id is None:
        return
    url_canonical, url_surt = identity(where.sites, capture.url)
    page = page_of(url_canonical)
    is_revisit = capture.record_type == "revisit"
    outcome = item.outcome
    skip = None
    payload_surt = url_surt
    if is_revisit:  # resolved after the whole batch is inserted
        payload_surt = identity(where.sites, capture.refers_to_url)[1] if capture.refers_to_url else url_surt
        touched.revisits.add(capture_id)
    else:
        touched.payload_surts.add(url_surt)
        _touch_referring(db, record_id, touched)
        if isinstance(outcome, Article):
            word = _add_article(db, capture_id, outcome, url_surt, where, touched)
            url_canonical = word.url
            _note_page(db, capture_id, url_surt, page, fetched_at, word, touched)
            _note_neighbours(db, capture_id, url_surt, outcome, where)
        else:
            skip = outcome
            if skip.canonical_url:
                url_canonical = identity(where.sites, skip.canonical_url)[0]
    touched.addresses.add(url_surt)
    redirect = _redirect_of(capture)
    if redirect:
        target = identity(where.sites, redirect)[1]
        db.execute("INSERT INTO redirects (capture_id, surt, target) VALUES (?, ?, ?)", (capture_id, url_surt, target))
    if redirect or capture.http_status in (200, 404, 410):
        touched.gone_surts.add(url_surt)
    db.execute(
        _INSERT,
        (
            capture_id, where.crawl_id, site_name(where.sites, url_canonical), capture.url, url_canonical, url_surt,
            page, fetched_at, capture.http_status, capture.mime, capture.payload_digest, capture.record_type, redirect,
            capture.refers_to_url, moment(capture.refers_to_date) if capture.refers_to_date else None,
            where.warc_file, capture.ref.offset, capture.ref.length, record_id, capture.ip, capture.truncated,
            skip.reason if skip else None, skip.detail or None if skip else None, payload_surt,
            capture.ref.position, capture.refers_to_id if is_revisit and not capture.refers_to_url else None,
            odd_key(capture.url), 1 if skip and skip.suspected else None, capture.certificate,
        ),
    )  # fmt: skip
    note_reservations(db, capture_id, capture, outcome)
    touched.captures += 1


def _redirect_of(capture: Capture) -> str | None:
    if capture.http_status not in _REDIRECTS:
        return None
    return absolute_url(capture.url, capture.header("Location") or "")


def is_entered(db: Index, capture: Capture, warc_file: str) -> bool:
    """Whether a record has its row, from this place: reading it again would change nothing."""
    record_id = capture.ref.record_id or f"{warc_file}@{capture.ref.offset}"
    parts = (record_id, capture.url, moment(capture.fetched_at))
    place = (warc_file, capture.ref.offset, capture.ref.position or 0)
    row = db.execute(
        "SELECT warc_record_id, url, fetched_at, warc_file, warc_offset, coalesce(warc_position, 0) FROM captures"
        " WHERE id = ?",
        (number(*parts, capture.payload_digest or "", salt=0),),
    ).fetchone()
    return row is not None and tuple(row) == (*parts, *place)


def _free_id(
    db: Index, capture: Capture, record_id: str, fetched_at: str, where: Where, touched: Touched
) -> int | None:
    """The ID for a capture; None if the same record is known from an earlier place.

    Of one record in two files, a place in the archive counts before one outside, then the first by name and offset,
    whichever was read first.
    """
    for salt in range(1000):
        parts = (record_id, capture.url, fetched_at, capture.payload_digest or "")
        capture_id = number(*parts, salt=salt)
        known = db.execute(
            "SELECT warc_record_id, url, fetched_at, warc_file, warc_offset, coalesce(warc_position, 0)"
            " FROM captures WHERE id = ?",
            (capture_id,),
        ).fetchone()
        if known is None:
            return capture_id
        if known[:3] != parts[:3]:
            continue  # another record with the same hash
        place = (where.warc_file, capture.ref.offset, capture.ref.position or 0)
        if (_is_outside(known[3]), *known[3:]) <= (_is_outside(where.warc_file), *place):
            return None
        remove_capture(db, capture_id, touched)
        return capture_id
    raise AssertionError("a thousand hashes in a row were taken")


def _is_outside(warc_file: str) -> bool:
    return warc_file.startswith("/")


def remove_capture(db: Index, capture_id: int, touched: Touched) -> None:
    """Delete a capture, and note what has to be recomputed without it."""
    story_id, payload_surt, surt, page, status, record_id = db.execute(
        "SELECT article_id, payload_surt, surt, page, http_status, warc_record_id FROM captures WHERE id = ?",
        (capture_id,),
    ).fetchone()
    _touch_referring(db, record_id, touched)
    touched.revisits.discard(capture_id)
    if story_id is not None:
        touched.stories.add(story_id)
        touched.forced.add(story_id)
    if status in (200, 404, 410, *_REDIRECTS):
        touched.gone_surts.add(surt)
    touched.payload_surts.add(payload_surt)
    touched.addresses |= {surt, surt_on(touched.facts.mirrors, surt)}  # its rows may use either
    forget_page(db, capture_id, surt, page, touched)
    turns = db.execute("SELECT target FROM page_turns WHERE capture_id = ?", (capture_id,))
    touched.addresses.update(row[0] for row in turns)  # the named pages may have been pages of its story
    db.execute("DELETE FROM page_turns WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM capture_pages WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM reservations WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM tdm_rules WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM redirects WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM extractions WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM captures WHERE id = ?", (capture_id,))
    touched.captures -= 1


def _touch_referring(db: Index, record_id: str, touched: Touched) -> None:
    """Note the revisits that refer to a record by its ID only, because the record was added or removed."""
    touched.revisits.update(
        row[0] for row in db.execute("SELECT id FROM captures WHERE refers_to_id = ?", (record_id,))
    )


_COVERED = (
    "SELECT id, surt, url, iif(record_type = 'revisit', NULL, canonical_url), warc_record_id, fetched_at, warc_file,"
    " warc_offset, payload_digest FROM captures"
)


def withhold_withdrawn(db: Index, touched: Touched, story_id: int | None = None) -> bool:
    """Withhold the captures of a story, or all captures, that withdrawn URLs cover. Returns whether there were any."""
    if story_id is None:
        rows = db.execute(_COVERED).fetchall()
    else:
        rows = db.execute(f"{_COVERED} WHERE article_id = ?", (story_id,)).fetchall()
    before = touched.captures
    for capture_id, surt, url, canonical, record_id, fetched_at, *place in rows:
        address = covering(touched.facts.withdrawn, touched.facts.mirrors, _withdrawn_by(surt, url, canonical))
        if address is None and (own := record_hash(record_id, place[2])) in touched.facts.withdrawn:
            address = own
        if address is not None:
            withhold(db, record_id, fetched_at, (place[0], place[1]), address)
            remove_capture(db, capture_id, touched)
    return touched.captures != before


def withhold_stories(db: Index, touched: Touched, mirrors_before: Mapping[str, str]) -> bool:
    """Withhold captures that this batch showed to be withdrawn. Returns whether there were any.

    If a host is recognised as a mirror, its earlier captures may belong to a withdrawn URL, also those without a story.
    """
    if not touched.facts.withdrawn:
        return False
    if touched.facts.mirrors != mirrors_before:
        return withhold_withdrawn(db, touched)
    # a list, because all have to be taken out
    found = [withhold_withdrawn(db, touched, story_id) for story_id in sorted(touched.stories)]
    return any(found)


def _withdrawn_by(surt: str, url: str, canonical_url: str | None) -> list[str]:
    """The SURTs by which a capture may be withdrawn: its own with mirrors resolved, its own as requested, and that of
    the page it names as its own."""
    return [surt, identity((), url)[1], *([key_of(canonical_url)] if canonical_url else [])]


def _withdrawn_address(item: Extracted, where: Where, touched: Touched) -> str | None:
    outcome, url = item.outcome, item.capture.url
    own = record_hash(item.capture.ref.record_id, item.capture.payload_digest)
    if own in touched.facts.withdrawn:
        return own
    stated = outcome.url if isinstance(outcome, Article) else outcome.canonical_url
    canonical = identity(where.sites, stated or url)[0] if item.capture.record_type != "revisit" else None
    return covering(
        touched.facts.withdrawn, touched.facts.mirrors, _withdrawn_by(identity(where.sites, url)[1], url, canonical)
    )


def _add_article(db: Index, capture_id: int, article: Article, own: str, where: Where, touched: Touched) -> PageWord:
    text = article.text
    if "\ue000" in text or "\ue001" in text or "\ue000" in article.title or "\ue001" in article.title:
        article = _without_marks(article)
        text = article.text
    if article.alternates:
        # In canonical form from here on: this WARC and the caller's sites determine which hosts are mirrors.
        pairs = ((language, identity(where.sites, other)[0]) for language, other in article.alternates)
        article = replace(article, alternates=tuple(dict.fromkeys(pairs)))
    fresh = Fresh(article, text, text_hash(text))
    db.execute(
        "INSERT INTO extractions (capture_id, state, surroundings, extractor, article) VALUES (?, ?, ?, ?, x'')",
        (
            capture_id,
            state_of(article.title, fresh.text_sha256, article.standfirst),
            surroundings_of(article),
            article.extractor,
        ),
    )
    touched.cached.fresh[capture_id] = fresh
    touched.cached.unpacked[capture_id] = None
    return word_of(where.sites, own, article)


def story_number(db: Index, key: str, given: dict[int, str]) -> int:
    """The ID of the story with this SURT, whether it has a row yet or not."""
    for salt in range(1000):
        story_id = number(key, salt=salt)
        owner = given.get(story_id)
        if owner is None:
            row = db.execute("SELECT surt FROM articles WHERE id = ?", (story_id,)).fetchone()
            owner = given[story_id] = row[0] if row else key
        if owner == key:
            return story_id
    raise AssertionError("a thousand hashes in a row were taken")


def _without_marks(article: Article) -> Article:
    blocks = tuple(replace(block, text=block.text.translate(_MARKS)) for block in article.blocks)
    standfirst = article.standfirst.translate(_MARKS) if article.standfirst else None
    return replace(article, title=article.title.translate(_MARKS), standfirst=standfirst, blocks=blocks)


def _note_page(
    db: Index, capture_id: int, surt: str, page: int, fetched_at: str, word: PageWord, touched: Touched
) -> None:
    """Note where a story was seen and which URL its page names: evidence for mirror hosts and the story's URLs."""
    host = host_of_surt(surt)
    db.execute(
        "INSERT INTO story_pages (host, page, capture_id, fetched_at, stated_host, stated_page, target, witness, sign)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (host, page, capture_id, fetched_at, word.host, page_of(word.url), word.target, word.witness, word.sign),
    )
    touched.pages[page] = host


def _note_neighbours(db: Index, capture_id: int, surt: str, article: Article, where: Where) -> None:
    """Note which pages a page names as previous and next: evidence for stories in several pages."""
    turns = {(identity(where.sites, url)[1], witness) for witness, url in article.turns}
    sign = turn_sign(article) if turns else None
    db.executemany(
        "INSERT INTO page_turns (capture_id, surt, target, witness, sign) VALUES (?, ?, ?, ?, ?)",
        [(capture_id, surt, target, witness, sign) for target, witness in sorted(turns) if target != surt],
    )


def forget_page(db: Index, capture_id: int, surt: str, page: int, touched: Touched) -> None:
    """Delete what a capture's page states about itself, and note the addresses whose story may change without it."""
    host = host_of_surt(surt)
    rows = db.execute(
        "SELECT DISTINCT c.surt FROM story_pages mine"
        " JOIN story_pages other ON other.stated_page = mine.stated_page AND other.capture_id != mine.capture_id"
        " JOIN captures c ON c.id = other.capture_id"
        " WHERE mine.host = ? AND mine.page = ? AND mine.capture_id = ?",
        (host, page, capture_id),
    )
    touched.addresses.update(row[0] for row in rows)
    db.execute("DELETE FROM story_pages WHERE host = ? AND page = ? AND capture_id = ?", (host, page, capture_id))
    touched.pages[page] = host


def _note_mirrors(db: Index, sites: Iterable[Site], urls: Iterable[str | None], touched: Touched) -> None:
    for url in urls:
        for site in sites:
            if url and site.mirror_hosts and site.canonical_host and site.unmirrored(url) != url:
                # If two sites claim one mirror, the smaller name wins, independent of the order.
                db.execute(
                    "INSERT INTO host_rules (host, canonical_host) VALUES (?, ?) ON CONFLICT (host)"
                    " DO UPDATE SET canonical_host = min(canonical_host, excluded.canonical_host)",
                    (host_of(url), site.canonical_host),
                )
                touched.ruled_hosts.add(host_of(url))
                break
