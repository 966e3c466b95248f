"""Hosts that asked for a pause (429, 503): stored, so that the next run respects it too."""

from __future__ import annotations

from archiver.frontier.store import Store


def put(store: Store, host: str, until: float) -> None:
    """Store until when a host gets no requests, in seconds since 1970."""
    store.write(
        "INSERT INTO rests (host, until) VALUES (?, ?) "
        "ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)",
        host, until,
    )  # fmt: skip


def remaining(store: Store, now: float) -> dict[str, float]:
    """The remaining seconds for each resting host. Expired entries are deleted."""
    if store.count("SELECT EXISTS (SELECT 1 FROM rests WHERE until <= ?)", now):
        store.write("DELETE FROM rests WHERE until <= ?", now)
    return {host: until - now for host, until in store.execute("SELECT host, until FROM rests")}
