"""Hosts that asked to be left alone (429, 503): kept, so that the next run does not ask them too early either."""

from __future__ import annotations

from archiver.frontier.store import Store


def put(store: Store, host: str, until: float) -> None:
    """Remember until when a host is to be left alone, in seconds since 1970."""
    store.write(
        "INSERT INTO rests (host, until) VALUES (?, ?) "
        "ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)",
        host, until,
    )  # fmt: skip


def remaining(store: Store, now: float) -> dict[str, float]:
    """Seconds that each host at rest is to be left alone. What is over is forgotten."""
    if store.count("SELECT EXISTS (SELECT 1 FROM rests WHERE until <= ?)", now):
        store.write("DELETE FROM rests WHERE until <= ?", now)
    return {host: until - now for host, until in store.execute("SELECT host, until FROM rests")}
