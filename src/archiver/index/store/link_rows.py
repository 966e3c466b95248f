"""The links of a story's page as rows. Schemes and hosts, which repeat, are stored once per story.

They are numbered per story, not per index, so that they depend on the story alone and are deleted with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archiver.index.schema.connection import Index
from archiver.model import Link

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def write_links(db: Index, story_id: int, links: Sequence[Link]) -> None:
    """Insert the links of a story that has none."""
    origins: dict[str, int] = {}
    rows = []
    for position, link in enumerate(links):
        found = _ORIGIN.match(link.url)
        origin = found[0] if found else ""
        number = origins.setdefault(origin, len(origins))
        rows.append((story_id, position, number, link.url[len(origin) :], link.text, int(link.in_story)))
    db.executemany(
        "INSERT INTO links (article_id, position, origin, path, text, in_story) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    db.executemany(
        "INSERT INTO link_origins (article_id, number, origin) VALUES (?, ?, ?)",
        [(story_id, number, origin) for origin, number in origins.items()],
    )
