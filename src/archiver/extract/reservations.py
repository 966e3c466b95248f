"""What a page's head says of its keeping: robots directives, and a reservation of text and data mining."""

from __future__ import annotations

from archiver.extract.page import Page
from archiver.model import ROBOTS_WORDS


def reservations_of(page: Page) -> tuple[str, ...]:
    """Words such as `noarchive` that its meta tags address to all robots or to archiver, and `tdm-reservation`."""
    said = [*page.metas.get("robots", ()), *page.metas.get("archiver", ())]
    found = ROBOTS_WORDS & {word.strip().lower() for content in said for word in content.split(",")}
    reserved = "1" in page.metas.get("tdm-reservation", ())
    return (*sorted(found), *(("tdm-reservation",) if reserved else ()))
