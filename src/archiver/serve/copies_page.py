"""The page of copies: stories of different sites that share text, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from archiver.index.schema.connection import Index
from archiver.serve.archive import Served
from archiver.serve.asked import number, parsed
from archiver.serve.rendering import page

_PAIRS = 50
_LAST_PAGE = 200
_MS = 10_000  # seconds; all stories are compared


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of the view `copies`, with the headlines."""

    id: int
    site: str
    title: str
    language: str | None
    date: str | None
    first_id: int
    first_site: str
    first_title: str
    first_language: str | None
    first_date: str | None
    share: float
    blocks: int
    same_blocks: int
    agency: str | None


_SQL = """
SELECT c.article_id, c.site, a.title, a.language, a.date, c.copy_of, c.copy_of_site, f.title, f.language, f.date,
  c.share, c.blocks, c.same_blocks, c.agency
FROM copies c JOIN articles a ON a.id = c.article_id JOIN articles f ON f.id = c.copy_of
WHERE (:site IS NULL OR :site IN (c.site, c.copy_of_site)) AND (:agency IS NULL OR c.agency = :agency)
ORDER BY a.date DESC, c.article_id, c.copy_of LIMIT :limit OFFSET :offset"""


async def copies_page(served: Served, request: Any) -> Response:
    """`/copies`: pairs of copies, the newest first; `?site=NAME` for one site, `?agency=NAME` for one agency."""
    given = parsed(request.query_string)
    at = number(given.get("page"), 1, _LAST_PAGE)
    chosen = {name: given[name] for name in ("site", "agency") if given.get(name)}
    values = {"site": None, "agency": None} | chosen | {"limit": _PAIRS + 1, "offset": (at - 1) * _PAIRS}

    def asked(db: Index) -> list[Pair]:
        return [Pair(*row) for row in db.execute(_SQL, values)]

    found = await served.ask(asked, _MS)
    return page(
        served,
        request,
        "copies.html",
        pairs=found[:_PAIRS],
        more=len(found) > _PAIRS and at < _LAST_PAGE,
        chosen=chosen,
        at=at,
        sql=served.sql_url("SELECT * FROM copies", {}),
    )
