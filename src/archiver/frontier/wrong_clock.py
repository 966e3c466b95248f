"""What a run with a wrong clock stored: a fetch in the future counts as due, so that it does not end all later ones."""

from __future__ import annotations

from archiver.frontier.store import Store

_CLOCKS_DIFFER = 3600.0  # seconds, between two machines
_LONGEST_WAIT = 86400.0  # a server may ask for an hour


def forget_future(store: Store, site: str, now: float) -> int:
    """Make the URLs of a site due that were fetched in the future, and end waits until then. Returns their number."""
    limit = now + _CLOCKS_DIFFER
    number = store.count("SELECT count(*) FROM urls WHERE site = ? AND fetched_at > ?", site, limit)
    if number:
        store.write(
            "UPDATE urls SET fetched_at = ?1, next_due = 0, first_seen = min(first_seen, ?1), "
            "lastmod = min(lastmod, ?1) WHERE site = ?2 AND fetched_at > ?3",
            now, site, limit,
        )  # fmt: skip
    store.write("UPDATE sites SET began = 0 WHERE site = ? AND began > ?", site, limit)
    store.write("UPDATE urls SET not_before = 0 WHERE site = ? AND not_before > ?", site, now + _LONGEST_WAIT)
    store.write("DELETE FROM rests WHERE until > ?", now + _LONGEST_WAIT)
    return number
