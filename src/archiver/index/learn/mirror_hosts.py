"""Recognises mirror hosts by evidence: hosts below one registered domain that serve the same stories.

Newspapers respond at ww3w. and any other name below their domain (a wildcard in the DNS), and each story then has as
many URLs. The evidence is a story page captured on two hosts, at the same path, with the same title and text in some
capture of each. If two hosts share enough such pages, one of them becomes the canonical host of both.

Everything here is a pure function of the set of captures, the sites' own rules and people's decisions, independent of
the order of indexing: `story_pages` has the observations, `host_pairs` what hosts have in common, `hosts` the
conclusions. Captures keep their true URL and their page's statements. Which story they show depends on `hosts`, and can
be reversed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from archiver.index.schema.connection import Index
from archiver.index.store.captures import Touched
from archiver.index.store.surts import domain_of, host_of_surt, surt_on

LEAST_PAGES = 3  # story pages with the same words on both hosts
LEAST_AGREEMENT = 0.8  # of the story pages captured on both; edits in between make some differ
LEAST_SHARE = 0.3  # of the smaller host's story pages: two papers of one publisher also share a few

_COLUMNS = "host, canonical_host, status, pages, shared, why, decided_at"
_Row = tuple[str, str, str, int, int, str, str | None]


@dataclass(frozen=True, slots=True)
class _Evidence:
    canonical: str
    pages: int
    shared: int


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """A person's decision about a host. `canonical_host`: None if it is not a mirror."""

    host: str
    canonical_host: str | None
    reason: str
    at: str


def load_mirrors(db: Index) -> dict[str, str]:
    """Mirror -> canonical host, as currently in the index."""
    return dict(db.execute("SELECT host, canonical_host FROM hosts WHERE status != 'rejected'"))


def update_hosts(db: Index, touched: Touched) -> None:
    """Update the conclusions after a batch: which hosts are mirrors now, and which captures therefore show another
    story."""
    domains = {domain_of(host) for host in touched.ruled_hosts}
    for page in sorted(touched.pages):
        _compare(db, page)
    # Also for a page on one host only: what two hosts share is judged relative to their number of pages.
    for domain in {domain_of(host) for host in touched.pages.values()} - domains:
        if db.execute("SELECT 1 FROM host_pairs WHERE domain = ? LIMIT 1", (domain,)).fetchone() or _has_learned(
            db, domain
        ):
            domains.add(domain)
    if domains:
        _conclude(db, domains, touched)


def replace_host_verdicts(db: Index, verdicts: Iterable[HostVerdict], touched: Touched) -> None:
    """Replace all decisions of people about hosts."""
    wanted = {(v.host, v.canonical_host, v.reason, v.at) for v in verdicts}
    present = set(db.execute("SELECT host, canonical_host, reason, at FROM host_verdicts").fetchall())
    if wanted != present:
        db.execute("DELETE FROM host_verdicts")
        db.executemany("INSERT INTO host_verdicts VALUES (?, ?, ?, ?)", wanted)
        _conclude(db, {domain_of(row[0]) for row in wanted ^ present}, touched)


# ---------------------------------------------------------------- evidence


def _has_learned(db: Index, domain: str) -> bool:
    rows = db.execute("SELECT host FROM hosts WHERE pages > 0")
    return any(domain_of(row[0]) == domain for row in rows)


def _compare(db: Index, page: int) -> None:
    """Note which hosts show the same page at one path."""
    states: dict[str, set[int]] = {}
    hosts = {host_of_surt(row[0]) for row in db.execute("SELECT DISTINCT surt FROM captures WHERE page = ?", (page,))}
    for host, state in db.execute(
        "SELECT p.host, e.state FROM story_pages p JOIN captures c ON c.id = p.capture_id"
        " JOIN extractions e ON e.capture_id = coalesce(c.payload_id, c.id)"
        " WHERE p.page = ? AND p.host IN (SELECT value FROM json_each(?))",
        (page, json.dumps(sorted(hosts))),
    ):
        states.setdefault(host, set()).add(state)
    db.execute("DELETE FROM host_pairs WHERE page = ?", (page,))
    db.executemany(
        "INSERT INTO host_pairs (page, host, other, domain, same) VALUES (?, ?, ?, ?, ?)",
        [
            (page, one, other, domain_of(one), int(bool(states[one] & states[other])))
            for one, other in combinations(sorted(states), 2)
        ],
    )


def _learned(db: Index, domain: str) -> dict[str, _Evidence]:
    """The mirrors of a domain, based on its captures."""
    rows = db.execute(
        "SELECT host, other, sum(same), count(*) FROM host_pairs WHERE domain = ? GROUP BY host, other", (domain,)
    ).fetchall()
    sizes: dict[str, int] = {}
    neighbours: dict[str, dict[str, tuple[int, int]]] = {}
    for one, other, same, shared in rows:
        if same < LEAST_PAGES or same < LEAST_AGREEMENT * shared:
            continue
        for host in (one, other):
            if host not in sizes:
                sizes[host] = _size(db, host)
        if same >= LEAST_SHARE * min(sizes[one], sizes[other]):
            neighbours.setdefault(one, {})[other] = (same, shared)
            neighbours.setdefault(other, {})[one] = (same, shared)
    found: dict[str, _Evidence] = {}
    for group in _groups(neighbours):
        canonical = _canonical_of(db, group, domain, sizes)
        for host in group - {canonical}:
            # A host may be linked to the canonical one through a third.
            same, shared = neighbours[host].get(canonical) or max(neighbours[host].values())
            found[host] = _Evidence(canonical, same, shared)
    return found


def _size(db: Index, host: str) -> int:
    return int(db.execute("SELECT count(DISTINCT page) FROM story_pages WHERE host = ?", (host,)).fetchone()[0])


def _groups(neighbours: Mapping[str, Mapping[str, object]]) -> list[set[str]]:
    left, groups = set(neighbours), []
    while left:
        group, waiting = set(), [min(left)]
        while waiting:
            host = waiting.pop()
            if host not in group:
                group.add(host)
                waiting.extend(neighbours[host])
        groups.append(group)
        left -= group
    return groups


def _canonical_of(db: Index, group: set[str], domain: str, sizes: Mapping[str, int]) -> str:
    """The canonical one of some hosts: the one that the others' pages name, else www. or the bare domain, else the one
    with the most stories."""
    named: dict[str, int] = dict.fromkeys(group, 0)
    for host in group:
        for stated, count in db.execute(
            "SELECT stated_host, count(DISTINCT page) FROM story_pages WHERE host = ? GROUP BY stated_host", (host,)
        ):
            if stated in named and stated != host:
                named[stated] += count
    usual = (f"www.{domain}", domain)
    return min(group, key=lambda host: (-named[host], host not in usual, -sizes[host], len(host), host))


# ---------------------------------------------------------------- conclusions


def _conclude(db: Index, domains: set[str], touched: Touched) -> None:
    """Write the rows of some domains' hosts, and update the stories of captures accordingly."""
    before = load_mirrors(db)
    present: dict[str, _Row] = {row[0]: row for row in db.execute(f"SELECT {_COLUMNS} FROM hosts")}  # noqa: S608
    kept = {host: row for host, row in present.items() if domain_of(host) not in domains}
    wanted = _resolved(kept | {row[0]: row for domain in sorted(domains) for row in _rows(db, domain)})
    if wanted == present:
        return
    db.execute("DELETE FROM hosts")
    db.executemany(
        f"INSERT INTO hosts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        [wanted[host] for host in sorted(wanted)],
    )
    touched.facts = replace(touched.facts, mirrors=load_mirrors(db))
    changed = {
        host for host in {*before, *touched.facts.mirrors} if before.get(host) != touched.facts.mirrors.get(host)
    }
    if changed:
        _reassign(db, changed, before, touched)


def _rows(db: Index, domain: str) -> Iterable[_Row]:
    learned = _learned(db, domain)
    # There are few rows: the registered domain comes from the public suffix list, which SQL can't query.
    rules: dict[str, str] = {
        host: canonical
        for host, canonical in db.execute("SELECT host, canonical_host FROM host_rules")
        if domain_of(host) == domain
    }
    verdicts = {
        row[0]: HostVerdict(*row)
        for row in db.execute("SELECT host, canonical_host, reason, at FROM host_verdicts")
        if domain_of(row[0]) == domain
    }
    for host in sorted({*learned, *rules, *verdicts}):
        evidence, verdict = learned.get(host), verdicts.get(host)
        pages, shared = (evidence.pages, evidence.shared) if evidence else (0, 0)
        why = f"{pages} of {shared} story pages are the same" if evidence else ""
        status, canonical = "learned", evidence.canonical if evidence else ""
        if host in rules:
            status, canonical = "rule", rules[host]
            why = "; ".join(filter(None, ("site rule", why)))
        if verdict is not None:
            status = "accepted" if verdict.canonical_host else "rejected"
            canonical = verdict.canonical_host or canonical or host
            why = "; ".join(filter(None, (verdict.reason, why)))
        if canonical != host or status == "rejected":
            yield host, canonical, status, pages, shared, why, verdict.at if verdict else None


def _resolved(rows: Mapping[str, _Row]) -> dict[str, _Row]:
    """The same rows with mirrors of mirrors resolved; circular rows are left out."""
    step = {host: row[1] for host, row in rows.items() if row[2] != "rejected"}
    found: dict[str, _Row] = {}
    for host, row in rows.items():
        target, seen = row[1], {host}
        while target in step and target not in seen and row[2] != "rejected":
            seen.add(target)
            target = step[target]
        if target not in seen or row[2] == "rejected":
            found[host] = (host, target, *row[2:])
    return found


def _reassign(db: Index, changed: set[str], before: Mapping[str, str], touched: Touched) -> None:
    """Note what may change for hosts that became mirrors or are no longer mirrors: the stories of their captures, and
    those whose pages name them."""
    for host in sorted(changed):
        rows = db.execute(
            "SELECT surt, article_id FROM captures WHERE skip_reason IS NULL"
            " AND (canonical_url LIKE 'http%://' || ?1 || '/%' OR canonical_url LIKE 'http%://' || ?1 || ':%')",
            (host,),
        ).fetchall()
        rows += db.execute(
            "SELECT surt, article_id FROM captures WHERE surt >= ? AND surt < ?", _range_of(host)
        ).fetchall()
        for surt, story_id in rows:
            touched.addresses |= {surt, surt_on(before, surt)}
            if story_id is not None:
                touched.stories.add(story_id)
                touched.forced.add(story_id)
        rows = db.execute(
            "SELECT DISTINCT article_id FROM alternates"
            " WHERE url LIKE 'http%://' || ?1 || '/%' OR url LIKE 'http%://' || ?1 || ':%'",
            (host,),
        ).fetchall()
        naming = {row[0] for row in rows}
        touched.stories |= naming
        touched.forced |= naming
        # Any of its hosts may have provided the evidence that a story is gone.
        for (key,) in _answers_of(db, host):
            touched.gone_surts |= {surt_on(mirrors, key) for mirrors in (before, touched.facts.mirrors)}


def _answers_of(db: Index, host: str) -> list[tuple[str]]:
    rows = db.execute(
        "SELECT DISTINCT surt FROM captures WHERE surt >= ? AND surt < ? AND article_id IS NULL"
        " AND http_status IN (200, 301, 302, 303, 307, 308, 404, 410)",
        _range_of(host),
    )
    return [row for row in rows if host_of_surt(row[0]) == host]


def _range_of(host: str) -> tuple[str, str]:
    """The range of SURTs of a host."""
    prefix = ",".join(reversed(host.split(".")))
    return prefix + ")", prefix + ";"
