"""The sites' rules for the URLs of stories. If one changes, the captured pages that it decides are judged again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence

from archiver.index.learn.lessons import relearn
from archiver.index.learn.mirror_hosts import load_mirrors, update_hosts
from archiver.index.learn.story_addresses import resolve_stories
from archiver.index.schema.connection import Index
from archiver.index.store.captures import BatchFacts, Touched, remove_capture
from archiver.index.store.revisits import resolve_revisits
from archiver.index.store.story_rows import recompute, update_stories
from archiver.index.store.withheld import load_withdrawn
from archiver.layout import Site, site_for
from archiver.transactions import transaction

REFUSED = "not_article_url"
# Pages that were extracted. A file outside the archive is read only when it is given, so its pages stay as they are.
_PAGES = (
    "SELECT id, url, skip_reason, warc_file FROM captures WHERE record_type != 'revisit'"
    " AND coalesce(http_status, 200) = 200 AND warc_file NOT LIKE '/%' AND coalesce(skip_reason, '') NOT IN"
    " ('not_html', 'empty', 'too_large', 'too_many_members', 'bad_status_line') AND url LIKE '%' || ? || '%'"
)


def replay_sites(db: Index, sites: Sequence[Site], readable: Collection[str]) -> dict[str, int]:
    """Apply the rules of the caller's sites. Returns for each site whose rule changed how many pages have to be judged
    again: they are taken out, and their files are read again from the beginning.

    `readable` names the files that the caller can read up to the place that the index has read. A changed rule whose
    pages are also in other files waits for them, because a page that was taken out could not be entered again.
    An index built under the rules equals one that they were applied to later.
    """
    sites = list({site.name: site for site in sites}.values())  # a crawl names its site twice: as one of the home, too
    before = _load(db)
    if before == {site.name: _rule(site) for site in sites}:
        return {}
    with transaction(db.conn):
        judged = _differently_judged(db, _sites(before), sites)
        waiting = {name for _, file, name in judged if file not in readable}
        again = [page for page in judged if page[2] not in waiting]
        _take_out(db, [(capture_id, file) for capture_id, file, _ in again])
        rules = {site.name: _rule(site) for site in sites if site.name not in waiting}
        rules |= {name: rule for name, rule in before.items() if name in waiting}
        db.execute("DELETE FROM site_rules")
        db.executemany(
            "INSERT INTO site_rules (site, domains, article_url) VALUES (?, ?, ?)",
            sorted((name, *rule) for name, rule in rules.items()),
        )
    return dict(sorted(Counter(name for _, _, name in again).items()))


def _rule(site: Site) -> tuple[str, str | None]:
    return json.dumps(site.domains), site.article_url


def _load(db: Index) -> dict[str, tuple[str, str | None]]:
    rows = db.execute("SELECT site, domains, article_url FROM site_rules")
    return {name: (domains, pattern) for name, domains, pattern in rows}


def _sites(rules: dict[str, tuple[str, str | None]]) -> tuple[Site, ...]:
    return tuple(Site(name, tuple(json.loads(domains)), pattern) for name, (domains, pattern) in sorted(rules.items()))


def _differently_judged(db: Index, before: Sequence[Site], sites: Sequence[Site]) -> list[tuple[int, str, str]]:
    """The captures that the rules of today judge in another way: ID, file, and name of the site."""
    known = {site.name: _rule(site) for site in before}
    changed = [site for site in sites if known.get(site.name) != _rule(site)]
    found: dict[int, tuple[int, str, str]] = {}
    for domain in sorted({domain for site in changed for domain in site.domains}):
        for capture_id, url, reason, file in db.execute(_PAGES, (domain,)):
            site = site_for(sites, url)
            if site in changed and _verdict(before, url, reason, site.is_article_url(url)) != site.is_article_url(url):
                found[capture_id] = (capture_id, file, site.name)
    return list(found.values())


def _verdict(before: Sequence[Site], url: str, reason: str | None, today: bool | None) -> bool | None:
    """What the rule said when the page was judged. If the rule is not known any more, its row shows whether it was
    refused."""
    judge = site_for(before, url)
    if judge is not None:
        return judge.is_article_url(url)
    if reason == REFUSED:
        return False
    return True if today is False else today


def _take_out(db: Index, captures: Sequence[tuple[int, str]]) -> None:
    if not captures:
        return
    touched = Touched(BatchFacts(load_mirrors(db), load_withdrawn(db)))
    for capture_id, _ in captures:
        remove_capture(db, capture_id, touched)
    resolve_revisits(db, touched)
    update_hosts(db, touched)
    resolve_stories(db, touched)
    update_stories(db, touched)
    recompute(db, relearn(db, touched), touched)
    for file in sorted({file for _, file in captures}):
        db.execute("UPDATE warcs SET read_up_to = 0, warcinfo_id = NULL WHERE name = ?", (file,))
