"""Captures into rows: what was seen, before anything is concluded from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from archiver.boilerplate import Outline
from archiver.index.store.identity import identity, key_of, moment, number, site_name
from archiver.index.store.packing import pack, state_of, surroundings_of, text_hash
from archiver.index.store.surts import host_of_surt, odd_key, page_of, surt_on
from archiver.index.store.withheld import covering, withhold
from archiver.layout import Site
from archiver.model import Article, Capture, Extracted
from archiver.urls import host_of

# Stand for what couldn't be read back from a snippet: the marks around a search's matches (model.Hit).
_MARKS = str.maketrans("", "", "\ue000\ue001")

_INSERT = """
INSERT INTO captures (id, article_id, crawl_id, site, url, canonical_url, surt, fetched_at, http_status, mime,
  payload_digest, record_type, refers_to_url, refers_to_date, warc_file, warc_offset, warc_length, warc_record_id, ip,
  truncated, skip_reason, skip_detail, payload_surt, warc_position, refers_to_id, cdx_key,
  suspected)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An article of the batch at hand, so that it needn't be unpacked again."""

    article: Article
    text: str
    text_sha256: str
    outline: Outline | None = None  # computed when it is needed


@dataclass(slots=True)
class Touched:
    """What a batch changed, and so what has to be computed anew."""

    stories: set[int] = field(default_factory=set)
    earliest: dict[int, str] = field(default_factory=dict)  # of a story's new captures, when the first was made
    forced: set[int] = field(default_factory=set)  # stories some of whose captures changed in place
    revisits: set[int] = field(default_factory=set)
    payload_surts: set[str] = field(default_factory=set)  # revisits that refer there may find another payload
    gone_surts: set[str] = field(default_factory=set)  # answers that tell a story's status
    crawls: set[str] = field(default_factory=set)
    fresh: dict[int, Fresh] = field(default_factory=dict)  # by capture
    pages: dict[int, str] = field(default_factory=dict)  # paths that stories were seen at, and a host: see `mirrors`
    ruled_hosts: set[str] = field(default_factory=set)  # mirrors by a site's own rule
    withdrawn: frozenset[str] = frozenset()  # addresses whose captures are withheld: see `withheld`
    mirrors: dict[str, str] = field(default_factory=dict)  # mirror -> canonical host, as the index knows them
    ids: dict[int, str] = field(default_factory=dict)  # numbers given to stories that have no row yet
    sighted: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)  # by site: states that came or went
    texts_only: bool = False  # nothing but what is boilerplate changed: states and surroundings are as they were
    captures: int = 0

    def add_to_story(self, story_id: int, fetched_at: str) -> None:
        """Note that a story has one more capture."""
        self.stories.add(story_id)
        self.earliest[story_id] = min(fetched_at, self.earliest.get(story_id, fetched_at))


@dataclass(frozen=True, slots=True)
class Where:
    """What the file says of the captures in it."""

    warc_file: str
    crawl_id: str | None
    sites: tuple[Site, ...]


def add_capture(db: sqlite3.Connection, item: Extracted, where: Where, touched: Touched) -> None:
    """Enter one capture, unless it is known from an earlier place."""
    capture = item.capture
    # Of known records too: whether a host is a mirror may be said only by the file that holds the second copy.
    urls = (capture.url, item.outcome.url if isinstance(item.outcome, Article) else None)
    _note_mirrors(db, where.sites, urls, touched)
    fetched_at = moment(capture.fetched_at)
    record_id = capture.ref.record_id or f"{where.warc_file}@{capture.ref.offset}"
    if touched.withdrawn and (address := _withdrawn_address(item, where, touched)) is not None:
        withhold(db, record_id, fetched_at, (where.warc_file, capture.ref.offset), address)
        return
    capture_id = _free_id(db, capture, record_id, fetched_at, where, touched)
    if capture_id is None:
        return
    url_canonical, url_surt = identity(where.sites, capture.url)
    is_revisit = capture.record_type == "revisit"
    outcome = item.outcome
    story_id = skip = None
    if is_revisit:  # resolved when the whole batch is in
        payload_surt = identity(where.sites, capture.refers_to_url)[1] if capture.refers_to_url else url_surt
        touched.revisits.add(capture_id)
    else:
        payload_surt = url_surt
        touched.payload_surts.add(url_surt)
        _touch_referring(db, record_id, touched)
        if isinstance(outcome, Article):
            story_id, url_canonical = _add_article(db, capture_id, outcome, where, touched)
            touched.add_to_story(story_id, fetched_at)
            _note_page(db, capture_id, url_surt, url_canonical, touched)
        else:
            skip = outcome
            if skip.canonical_url:
                url_canonical = identity(where.sites, skip.canonical_url)[0]
    if capture.http_status in (200, 404, 410):
        touched.gone_surts.add(url_surt)
    db.execute(
        _INSERT,
        (
            capture_id, story_id, where.crawl_id, site_name(where.sites, url_canonical), capture.url, url_canonical,
            url_surt, fetched_at, capture.http_status, capture.mime, capture.payload_digest, capture.record_type,
            capture.refers_to_url, moment(capture.refers_to_date) if capture.refers_to_date else None,
            where.warc_file, capture.ref.offset, capture.ref.length, record_id, capture.ip, capture.truncated,
            skip.reason if skip else None, skip.detail or None if skip else None, payload_surt,
            capture.ref.position, capture.refers_to_id if is_revisit and not capture.refers_to_url else None,
            odd_key(capture.url), 1 if skip and skip.suspected else None,
        ),
    )  # fmt: skip
    touched.captures += 1


def _free_id(
    db: sqlite3.Connection, capture: Capture, record_id: str, fetched_at: str, where: Where, touched: Touched
) -> int | None:
    """The number for a capture; None when the same record is known from a place that comes first.

    Of one record in two files, the place that comes first by name and offset counts, whichever was read first.
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
        if known[3:] <= (where.warc_file, capture.ref.offset, capture.ref.position or 0):
            return None
        remove_capture(db, capture_id, touched)
        return capture_id
    raise AssertionError("a thousand hashes in a row were taken")


def remove_capture(db: sqlite3.Connection, capture_id: int, touched: Touched) -> None:
    """Delete a capture, and note what has to be computed again without it."""
    story_id, payload_surt, surt, status, record_id = db.execute(
        "SELECT article_id, payload_surt, surt, http_status, warc_record_id FROM captures WHERE id = ?", (capture_id,)
    ).fetchone()
    _touch_referring(db, record_id, touched)
    touched.revisits.discard(capture_id)
    if story_id is not None:
        touched.stories.add(story_id)
        touched.forced.add(story_id)
    if status in (200, 404, 410):
        touched.gone_surts.add(surt)
    touched.payload_surts.add(payload_surt)
    _forget_page(db, capture_id, surt, touched)
    db.execute("DELETE FROM extractions WHERE capture_id = ?", (capture_id,))
    db.execute("DELETE FROM captures WHERE id = ?", (capture_id,))
    touched.captures -= 1


def _touch_referring(db: sqlite3.Connection, record_id: str, touched: Touched) -> None:
    """Note the revisits that refer to a record by its id alone: it came or went."""
    touched.revisits.update(
        row[0] for row in db.execute("SELECT id FROM captures WHERE refers_to_id = ?", (record_id,))
    )


_COVERED = (
    "SELECT id, surt, url, iif(record_type = 'revisit', NULL, canonical_url), warc_record_id, fetched_at, warc_file,"
    " warc_offset FROM captures"
)


def take_out(db: sqlite3.Connection, touched: Touched, story_id: int | None = None) -> bool:
    """Withhold the captures of a story, or all, that withdrawn addresses cover. Returns whether there were any."""
    if story_id is None:
        rows = db.execute(_COVERED).fetchall()
    else:
        rows = db.execute(f"{_COVERED} WHERE article_id = ?", (story_id,)).fetchall()
    before = touched.captures
    for capture_id, surt, url, canonical, record_id, fetched_at, *place in rows:
        address = covering(touched.withdrawn, touched.mirrors, _withdrawn_by(surt, url, canonical))
        if address is not None:
            withhold(db, record_id, fetched_at, (place[0], place[1]), address)
            remove_capture(db, capture_id, touched)
    return touched.captures != before


def withhold_stories(db: sqlite3.Connection, touched: Touched) -> bool:
    """Take out the stories that turned out to be withdrawn ones, since their host was recognised as a mirror. Returns
    whether there were any."""
    if not touched.withdrawn:
        return False
    found = [take_out(db, touched, story_id) for story_id in sorted(touched.stories)]  # all of them
    return any(found)


def _withdrawn_by(surt: str, url: str, canonical_url: str | None) -> list[str]:
    """The SURTs that a capture is withdrawn by: its own with mirrors resolved and as it was requested, and that of the
    page it says it is."""
    return [surt, identity((), url)[1], *([key_of(canonical_url)] if canonical_url else [])]


def _withdrawn_address(item: Extracted, where: Where, touched: Touched) -> str | None:
    outcome, url = item.outcome, item.capture.url
    stated = outcome.url if isinstance(outcome, Article) else outcome.canonical_url
    canonical = identity(where.sites, stated or url)[0] if item.capture.record_type != "revisit" else None
    return covering(touched.withdrawn, touched.mirrors, _withdrawn_by(identity(where.sites, url)[1], url, canonical))


def _add_article(
    db: sqlite3.Connection, capture_id: int, article: Article, where: Where, touched: Touched
) -> tuple[int, str]:
    url, key = identity(where.sites, article.url)
    text = article.text
    if "\ue000" in text or "\ue001" in text or "\ue000" in article.title or "\ue001" in article.title:
        article = _without_marks(article)
        text = article.text
    if article.alternates:
        # In their canonical form from here on: which hosts are mirrors is known from this WARC and the caller's sites.
        pairs = ((language, identity(where.sites, other)[0]) for language, other in article.alternates)
        article = replace(article, alternates=tuple(dict.fromkeys(pairs)))
    fresh = Fresh(article, text, text_hash(text))
    db.execute(
        "INSERT INTO extractions (capture_id, state, surroundings, extractor, article) VALUES (?, ?, ?, ?, ?)",
        (
            capture_id,
            state_of(article.title, fresh.text_sha256, article.standfirst),
            surroundings_of(article),
            article.extractor,
            pack(article),
        ),
    )
    touched.fresh[capture_id] = fresh
    return story_number(db, surt_on(touched.mirrors, key), touched.ids), url


def story_number(db: sqlite3.Connection, key: str, given: dict[int, str]) -> int:
    """The number of the story with this SURT, whether it has a row yet or not."""
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


def _note_page(db: sqlite3.Connection, capture_id: int, surt: str, stated_url: str, touched: Touched) -> None:
    """Note where a story was seen: evidence for mirror hosts."""
    page = page_of(surt)
    if page is not None:
        db.execute(
            "INSERT INTO story_pages (host, page, capture_id, stated_host) VALUES (?, ?, ?, ?)",
            (host_of_surt(surt), page, capture_id, host_of(stated_url)),
        )
        touched.pages[page] = host_of_surt(surt)


def _forget_page(db: sqlite3.Connection, capture_id: int, surt: str, touched: Touched) -> None:
    page = page_of(surt)
    if page is not None:
        db.execute(
            "DELETE FROM story_pages WHERE host = ? AND page = ? AND capture_id = ?",
            (host_of_surt(surt), page, capture_id),
        )
        touched.pages[page] = host_of_surt(surt)


def _note_mirrors(db: sqlite3.Connection, sites: Iterable[Site], urls: Iterable[str | None], touched: Touched) -> None:
    for url in urls:
        for site in sites:
            if url and site.mirror_hosts and site.canonical_host and site.unmirrored(url) != url:
                # Should two sites claim one mirror, the smaller name wins, whichever came first.
                db.execute(
                    "INSERT INTO host_rules (host, canonical_host) VALUES (?, ?) ON CONFLICT (host)"
                    " DO UPDATE SET canonical_host = min(canonical_host, excluded.canonical_host)",
                    (host_of(url), site.canonical_host),
                )
                touched.ruled_hosts.add(host_of(url))
                break


_REVISIT = (
    "SELECT id, payload_surt, payload_digest, refers_to_date, fetched_at, http_status, payload_id, article_id,"
    " canonical_url, skip_reason, skip_detail, suspected, surt, url, refers_to_id FROM captures"
)
_PAYLOAD = (
    "SELECT id, fetched_at, http_status, payload_digest, article_id, canonical_url, skip_reason, skip_detail,"
    " suspected, warc_record_id FROM captures"
)


@dataclass(frozen=True, slots=True)
class _Payload:
    id: int
    fetched_at: str
    http_status: int | None
    payload_digest: str | None
    article_id: int | None
    canonical_url: str
    skip_reason: str | None
    skip_detail: str | None
    suspected: int | None
    record_id: str


def resolve_revisits(db: sqlite3.Connection, touched: Touched) -> None:
    """Give each revisit, new or touched by a new payload, the story or the reason of the capture it refers to."""
    pending: dict[str, list[tuple[Any, ...]]] = {}
    for key in sorted(touched.payload_surts):
        pending[key] = db.execute(f"{_REVISIT} WHERE payload_surt = ? AND record_type = 'revisit'", (key,)).fetchall()
    for revisit_id in sorted(touched.revisits):
        row = db.execute(f"{_REVISIT} WHERE id = ?", (revisit_id,)).fetchone()
        if row is not None and row[1] not in touched.payload_surts:  # None: it was taken out again
            pending.setdefault(row[1], []).append(row)
    named = _named(db, {row[14] for revisits in pending.values() for row in revisits if row[14] is not None})
    for key, revisits in pending.items():
        if revisits:
            candidates = _payloads(db, key)
            for row in revisits:
                _resolve(db, row, candidates, touched, named.get(row[14]))


def _named(db: sqlite3.Connection, record_ids: set[str]) -> dict[str, _Payload]:
    """The payload records of some ids. Reads all captures: only revisits that name no URL need it, and an index of
    ids would cost every archive more than these cost the few that have them."""
    found: dict[str, _Payload] = {}
    ordered = sorted(record_ids)
    for batch in (ordered[start : start + 500] for start in range(0, len(ordered), 500)):
        rows = db.execute(
            f"{_PAYLOAD} WHERE warc_record_id IN ({', '.join('?' * len(batch))}) AND record_type != 'revisit'"
            " ORDER BY fetched_at, id",
            batch,
        )
        for row in rows:
            found.setdefault(row[9], _Payload(*row))
    return found


def _payloads(db: sqlite3.Connection, key: str) -> list[_Payload]:
    """All that a URL answered in full, in order of time."""
    rows = db.execute(
        f"{_PAYLOAD} INDEXED BY captures_payloads WHERE surt = ? AND record_type != 'revisit'"
        " ORDER BY fetched_at, warc_record_id, id",
        (key,),
    )
    return [_Payload(*row) for row in rows]


def _resolve(
    db: sqlite3.Connection,
    revisit: tuple[Any, ...],
    candidates: list[_Payload],
    touched: Touched,
    named: _Payload | None,
) -> None:
    revisit_id, _, digest, refers_to_date, fetched_at, status = revisit[:6]
    before, surt, url = revisit[6:12], revisit[12], revisit[13]
    after: tuple[Any, ...]
    payload = named or _choose(candidates, digest, refers_to_date, fetched_at, status)
    if payload:
        skipped = (payload.skip_reason, payload.skip_detail, payload.suspected)
        after = (payload.id, payload.article_id, payload.canonical_url, *skipped)
    else:
        # Not what stood there: that may be of a payload that it had until another copy of that record was read.
        own = identity((), url)[0]
        after = (None, None, own, "revisit_unresolved", "the capture it refers to is not in the archive", None)
    if before[1] is not None and surt != revisit[1] and (page := page_of(surt)) is not None:
        touched.pages[page] = host_of_surt(surt)  # the payload may be read otherwise now
    if before != after:
        _forget_page(db, revisit_id, surt, touched)
        if after[1] is not None:
            _note_page(db, revisit_id, surt, after[2], touched)
        concerned = {story_id for story_id in (before[1], after[1]) if story_id is not None}
        if before[0] is not None:  # it showed another payload until now
            touched.forced |= concerned
        for story_id in concerned:
            touched.add_to_story(story_id, fetched_at)
        db.execute(
            "UPDATE captures SET payload_id = ?, article_id = ?, canonical_url = ?, skip_reason = ?, skip_detail = ?,"
            " suspected = ? WHERE id = ?",
            (*after, revisit_id),
        )


def _choose(
    candidates: list[_Payload], digest: str | None, refers_to_date: str | None, fetched_at: str, status: int | None
) -> _Payload | None:
    """The capture that a revisit means, out of those of the URL it refers to, in order of time."""
    dated = [found for found in candidates if found.fetched_at == refers_to_date]
    pool = [found for found in candidates if digest and found.payload_digest == digest]
    if not pool and dated:
        return dated[0]
    if not pool and status == 304:
        # "Not modified" without a digest: since the last full answer, which is no redirect or error.
        pool = [found for found in candidates if found.http_status == 200]
    exact = [found for found in pool if found.fetched_at == refers_to_date]
    earlier = [found for found in pool if found.fetched_at <= fetched_at]
    return next(iter(exact or earlier[-1:] or pool), None)
