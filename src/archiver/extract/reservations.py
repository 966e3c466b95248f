"""Restrictions on archiving in a page's head: robots directives, and a reservation of text and data mining."""

from __future__ import annotations

from archiver import keeping
from archiver.extract.page import Page


def reservations_of(page: Page) -> tuple[str, ...]:
    """Directives such as `noarchive` that its meta tags address to all robots or to archiver, and `tdm-reservation`."""
    directives = (*page.metas.get("robots", ()), *page.metas.get("archiver", ()))
    return keeping.words_of_metas(directives, page.metas.get("tdm-reservation", ()))
