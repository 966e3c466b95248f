"""Stores what a site states about keeping a page (`keeping`) with the page's captures."""

from __future__ import annotations

from archiver.index.schema.connection import Index
from archiver.keeping import TDM_PERMITTED, words_of_fields
from archiver.model import Article, Capture, Skip, TdmRule


def note_reservations(db: Index, capture_id: int, capture: Capture, outcome: Article | Skip) -> None:
    """Insert the reservations in a capture's header fields and page, and the rules of a tdmrep.json."""
    found = {*words_of_fields(capture.http_headers), *((word, "page") for word in outcome.reservations)}
    rules = outcome.tdm_rules if isinstance(outcome, Skip) else ()
    if any(word == TDM_PERMITTED for word, _ in found):  # overrides the file of its host
        rules = (TdmRule("", reserved=False),)
    db.executemany(
        "INSERT INTO reservations (capture_id, word, source) VALUES (?, ?, ?)",
        [(capture_id, word, source) for word, source in sorted(found) if word != TDM_PERMITTED],
    )
    db.executemany(
        "INSERT INTO tdm_rules (capture_id, position, location, reserved) VALUES (?, ?, ?, ?)",
        [(capture_id, position, rule.location, rule.reserved) for position, rule in enumerate(rules)],
    )
