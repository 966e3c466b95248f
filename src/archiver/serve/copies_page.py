"""The page of copies: stories of different sites that share text, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.serve.archive import Served
from archiver.serve.parameters import ANY, read
from archiver.serve.rendering import message, page, refused

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
    given = read(request.query_string, {"site": ANY, "agency": ANY, "page": _LAST_PAGE})
    if given.problems:
        return refused(served, request, given.problems)
    at = given.number("page", 1)
    chosen = {name: given.values[name] for name in ("site", "agency") if name in given.values}
    values = {"site": None, "agency": None} | chosen | {"limit": _PAIRS + 1, "offset": (at - 1) * _PAIRS}

    def query(db: Index) -> list[Pair] | None:
        if "site" in chosen and chosen["site"] not in story_reader.site_names(db):
            return None
        return [Pair(*row) for row in db.execute(_SQL, values)]

    found = await served.ask(query, _MS)
    if found is None:
        return message(served, request, "no_site", 404)
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
