"""The captures of a URL, for programs: Memento (RFC 7089) and the CDX server API.

A memento has the permanent URL `/memento/TIMESTAMP/URL` here, and replay shows it at its own origin. So TimeMaps are
always available. TimeGates and mementos redirect to replay; if it is not running, they answer 503 and explain how to
start it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from datasette import Response

from archiver.cdx_key import cdx_key
from archiver.export.cdxj import cdxj_line, timestamp
from archiver.index.read.replay_records import at_address, below_address, moment_of
from archiver.index.schema.connection import Index
from archiver.serve.archive import Served
from archiver.serve.guard import OWN_POLICY
from archiver.serve.parameters import ANY, Kind, read
from archiver.serve.rendering import origin
from archiver.serve.texts import TEXTS
from archiver.timestamps import http_date

_MOST = 10_000  # lines of a response
_MOST_FILTERS = 20
_CDX: dict[str, Kind] = {
    "url": ANY,
    "matchType": ("exact", "prefix", "host"),
    "from": ANY,
    "to": ANY,
    "closest": ANY,
    "filter": ANY,
    "limit": 999_999_999,
    "offset": ANY,
    "output": ("json", "cdxj"),
}
_HINT = "Replay is not running. Start it: archiver serve --replay (set it up once: archiver serve --set-up-replay)"
_NO_URL = "Give a URL: /timegate/https://www.example.com/"


async def timemap(served: Served, request: Any) -> Response:
    """`/timemap/link/URL`: all captures of a URL, as links (RFC 7089, section 5)."""
    url = _url(request)
    if url is None:
        return _plain(_NO_URL, 400)
    times = await served.ask(lambda db: [row["fetched_at"] for row in _captures(db, url)])
    if not times:
        return _plain(f"There is no capture of {url}", 404)
    here = origin(served, request)
    self_link = f'<{here}/timemap/link/{_quoted(url)}>; rel="self"; type="application/link-format"'
    span = f'; from="{_http_date(times[0])}"; until="{_http_date(times[-1])}"'
    links = [f'<{_quoted(url)}>; rel="original"', f'<{here}/timegate/{_quoted(url)}>; rel="timegate"', self_link + span]
    last = len(times) - 1
    links += [_memento_link(here, url, at, first=place == 0, last=place == last) for place, at in enumerate(times)]
    return _answer(",\n".join(links) + "\n", "application/link-format")


async def timegate(served: Served, request: Any) -> Response:
    """`/timegate/URL`: redirects to the capture nearest to Accept-Datetime, or the latest (RFC 7089, section 4.1.1)."""
    url = _url(request)
    if url is None:
        return _plain(_NO_URL, 400)
    asked = request.headers.get("accept-datetime")
    near = http_date(asked)
    if asked and near is None:
        return _plain(f"Accept-Datetime is not a valid HTTP date: {asked}", 400)
    return await _to_replay(served, request, url, near or datetime.now(UTC), {"Vary": "accept-datetime"})


async def memento(served: Served, request: Any) -> Response:
    """`/memento/TIMESTAMP/URL`: redirects to the capture nearest to that time, at the origin of replay."""
    url = _url(request)
    if url is None:
        return _plain(_NO_URL, 400)
    try:
        near = moment_of(request.url_vars["stamp"])
    except ValueError:
        return _plain(f"{request.url_vars['stamp']} is not a timestamp of 1 to 14 digits", 400)
    return await _to_replay(served, request, url, near, {})


async def cdx(served: Served, request: Any) -> Response:
    """`/cdx?url=URL`: the index of captures as CDXJ lines; `matchType` exact, prefix or host, `from`, `to`, `closest`,
    `filter` by status or mime, `limit`, `offset`, `output=json`. More than 10,000 lines are continued by a link."""
    given = read(request.query_string, _CDX, {"filter": _MOST_FILTERS})
    query = given.values
    match = query.get("matchType", "exact")
    for problem in given.problems:
        return _plain(TEXTS["en"][problem.key].format(**problem.values), 400)
    if "url" not in query:
        return _plain("Give url=, and if you like matchType=exact, prefix or host.", 400)
    if "closest" in query and match != "exact":
        return _plain("closest= needs matchType=exact: only captures of one URL are sorted by time.", 400)
    try:
        start, end = (_bound(query.get(name)) for name in ("from", "to"))
        near = moment_of(_bound(query["closest"])) if "closest" in query else None
        texts = [text for filtered in given.lists.get("filter", ()) for text in re.split(r"(?<!\\),", filtered)]
        filters = [_filter(text) for text in texts if text]
        offset = _offset(query.get("offset", "0"))
        urlsplit(query["url"])
    except ValueError as error:
        return _plain(f"{error}", 400)
    limit = min(given.number("limit", _MOST), _MOST)

    def mementos(db: Index) -> list[str]:
        rows = _records(db, query["url"], match, near)
        kept = (
            row
            for row in rows
            if start <= timestamp(row["fetched_at"])
            and timestamp(row["fetched_at"])[: len(end)] <= end
            and all(str(row[name] or "") == value for name, value in filters)
        )
        return [_line(row) for row in islice(kept, offset, offset + limit + 1)]

    lines = await served.ask(mementos)
    headers = {}
    if len(lines) > limit:
        same = [(name, value) for name, value in query.items() if name not in ("filter", "offset")]
        more = [*same, *(("filter", text) for text in texts), ("offset", offset + limit)]
        headers["Link"] = f'<{served.url("/cdx")}?{urlencode(more)}>; rel="next"'
    lines = lines[:limit]
    if query.get("output") == "json":
        return _answer(f"[{', '.join(_as_json(line) for line in lines)}]\n", "application/json", headers=headers)
    return _answer("".join(lines), "text/x-cdxj", headers=headers)


def memento_headers(served: Served, request: Any, url: str, seen_at: str) -> dict[str, str]:
    """The headers of a page that shows a URL's content at an earlier time (RFC 7089, section 4.2)."""
    return {"Memento-Datetime": _http_date(seen_at), "Link": _links(origin(served, request), url)}


async def _to_replay(served: Served, request: Any, url: str, near: datetime, headers: dict[str, str]) -> Response:
    row = await served.ask(lambda db: next(_captures(db, url, near), None))
    if row is None:
        return _plain(f"There is no capture of {url}", 404, headers)
    headers = {**headers, "Link": _links(origin(served, request), url, row["fetched_at"])}
    if served.replay is None:
        return _plain(_HINT, 503, headers)
    from archiver.replay import Replay  # noqa: PLC0415 - only if it is running

    return _answer(
        "", "text/plain", 302, {**headers, "Location": Replay(served.replay).address(url, row["fetched_at"])}
    )


def _captures(db: Index, url: str, near: datetime | None = None) -> Iterator[sqlite3.Row]:
    """The captures of a URL that replay shows."""
    key = cdx_key(url)
    return (row for row in at_address(db, url, near) if cdx_key(row["url"]) == key)


def _records(db: Index, url: str, match: str, near: datetime | None) -> Iterator[sqlite3.Row]:
    if match == "exact":
        return _captures(db, url, near)
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return below_address(db, url if match == "prefix" else f"{parts.scheme}://{parts.netloc}/")


def _line(row: sqlite3.Row) -> str:
    return cdxj_line(row, filename=row["warc_file"], offset=row["warc_offset"], length=row["warc_length"])


def _as_json(line: str) -> str:
    """A CDXJ line as one JSON object, with its key and time."""
    key, stamp, fields = line.rstrip("\n").split(" ", 2)
    return f'{{"urlkey": "{key}", "timestamp": "{stamp}", {fields[1:]}'


def _bound(text: str | None) -> str:
    """A timestamp of 1 to 14 digits, for comparing its prefix."""
    if text and not re.fullmatch(r"[0-9]{1,14}", text):
        raise ValueError(f"{text} is not a timestamp of 1 to 14 digits")
    return text or ""


def _offset(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"offset={text} is not a number")
    return int(text)


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.removeprefix("=").partition(":")
    columns = {"status": "http_status", "statuscode": "http_status", "mime": "mime", "mimetype": "mime"}
    if not equals or name not in columns:
        raise ValueError(f"filter={text}: write status:200 or mime:text/html")
    return columns[name], value


def _url(request: Any) -> str | None:
    """The URL at the end of the path, with its query; decoded if it was encoded as a whole."""
    path = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or request.path
    url = path.partition(request.url_vars["before"])[2]
    url = url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:/", url) else unquote(url)
    url = re.sub(r"^(https?):/+", r"\1://", url)  # proxies and browsers merge slashes
    if request.query_string:
        url = f"{url}?{request.query_string}"
    url = url if "://" in url or not url else f"http://{url}"
    try:
        return url if urlsplit(url).netloc else None
    except ValueError:
        return None


def _links(here: str, url: str, seen_at: str | None = None) -> str:
    links = [
        f'<{_quoted(url)}>; rel="original"',
        f'<{here}/timegate/{_quoted(url)}>; rel="timegate"',
        f'<{here}/timemap/link/{_quoted(url)}>; rel="timemap"; type="application/link-format"',
    ]
    return ", ".join(links + ([_memento_link(here, url, seen_at)] if seen_at else []))


def _memento_link(here: str, url: str, at: str, *, first: bool = False, last: bool = False) -> str:
    rel = " ".join([*(["first"] if first else []), *(["last"] if last else []), "memento"])
    return f'<{here}/memento/{timestamp(at)}/{_quoted(url)}>; rel="{rel}"; datetime="{_http_date(at)}"'


def _quoted(url: str) -> str:
    """A URL that is safe in a header: ASCII, without delimiters."""
    return quote(url.partition("#")[0], safe="%/:?#[]@!$&'()*+,;=-._~|")


def _http_date(moment: str) -> str:
    return format_datetime(datetime.fromisoformat(moment).astimezone(UTC), usegmt=True)


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return _answer(text + "\n", "text/plain", status, headers)


def _answer(body: str, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    own = {"Content-Security-Policy": OWN_POLICY, "Cache-Control": "no-cache"}
    return Response(body, status=status, headers={**own, **(headers or {})}, content_type=f"{kind}; charset=utf-8")
