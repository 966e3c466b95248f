"""The page of copies: stories of different sites that share text, with the evidence."""

from __future__ import annotations

from typing import Any

from datasette import Response

from archiver.index.read import story_reader
from archiver.index.read.copy_pairs import Pair, copy_pairs
from archiver.index.schema.connection import Index
from archiver.serve.archive import Served
from archiver.serve.parameters import ANY, read
from archiver.serve.rendering import message, page, refused

_PAIRS = 50
_LAST_PAGE = 200
_MS = 10_000  # seconds; all stories are compared


async def copies_page(served: Served, request: Any) -> Response:
    """`/copies`: pairs of copies, the newest first; `?site=NAME` for one site, `?agency=NAME` for one agency."""
    given = read(request.query_string, {"site": ANY, "agency": ANY, "page": _LAST_PAGE})
    if given.problems:
        return refused(served, request, given.problems)
    at = given.number("page", 1)
    chosen = {name: given.values[name] for name in ("site", "agency") if name in given.values}

    def query(db: Index) -> list[Pair] | None:
        if "site" in chosen and chosen["site"] not in story_reader.site_names(db):
            return None
        return copy_pairs(db, _PAIRS + 1, (at - 1) * _PAIRS, site=chosen.get("site"), agency=chosen.get("agency"))

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
