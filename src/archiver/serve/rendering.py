"""Pages from templates. Everything from the archive is escaped, so it can't act as markup or script."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from datasette import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from archiver import __version__
from archiver.printable import plain
from archiver.serve.archive import Served
from archiver.serve.guard import OWN_POLICY
from archiver.serve.parameters import Problem
from archiver.serve.texts import LANGUAGES, TEXTS

_START, _END = "\ue000", "\ue001"  # mark matches in snippets
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_COOKIE = "archiver_lang"
_CHOSEN_BEFORE = re.compile(rf"(?:^|;)\s*{_COOKIE}=([a-z]{{2}})\s*(?:;|$)")
ASSETS = {
    "style.css": "text/css; charset=utf-8",
    "keys.js": "text/javascript; charset=utf-8",
    "range.js": "text/javascript; charset=utf-8",
    "datasette.css": "text/css; charset=utf-8",
    "datasette.js": "text/javascript; charset=utf-8",
}


def page(
    served: Served,
    request: Any,
    template: str,
    status: int = 200,
    *,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """An HTML response in the reader's language; `headers` are additional ones."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="replace")
    language, chosen = _language(served, request, dict(pairs))
    other = next(other for other in LANGUAGES if other != language)
    others = [*(pair for pair in pairs if pair[0] != "lang"), ("lang", other)]
    body = (
        _environment()
        .get_template(template)
        .render(
            served=served,
            language=language,
            other_language=other,
            other_language_link="?" + urlencode(others),
            here=request.path,
            text=partial(_text, language),
            number=partial(_number, language),
            percent=partial(_percent, language),
            asset=partial(_asset_url, served),
            program_version=__version__,
            **values,
        )
    )
    sent = {
        "Content-Security-Policy": OWN_POLICY,
        "Cache-Control": "no-cache",
        "Vary": "Cookie, Accept-Language",
        "Content-Language": language,
        **(headers or {}),
    }
    answer = Response(body, status=status, headers=sent, content_type="text/html; charset=utf-8")
    if chosen:
        answer.set_cookie(_COOKIE, language, max_age=365 * 86400, path=served.url("/"), httponly=True, samesite="lax")
    return answer


def message(
    served: Served, request: Any, key: str, status: int, detail: str = "", problems: Sequence[Problem] = ()
) -> Response:
    """A page with an error message, and what is wrong with the parameters of its URL."""
    return page(served, request, "message.html", status, key=key, detail=detail, problems=problems)


def refused(served: Served, request: Any, problems: Sequence[Problem]) -> Response:
    """The page for a URL with parameters that can't be used."""
    return message(served, request, "bad_parameters", 400, problems=problems)


def feed(served: Served, request: Any, template: str, **values: Any) -> Response:
    """An Atom feed, in the reader's language."""
    language, _ = _language(served, request, dict(parse_qsl(request.query_string)))
    text = partial(_text, language)
    body = (
        _environment()
        .get_template(template)
        .render(served=served, origin=origin(served, request), language=language, text=text, **values)
    )
    headers = {"Content-Security-Policy": OWN_POLICY, "Cache-Control": "no-cache"}
    return Response(_NOT_XML.sub("\ufffd", body), headers=headers, content_type="application/atom+xml; charset=utf-8")


def origin(served: Served, request: Any) -> str:
    """This server's URL as in the reader's request, with Datasette's base_url, without a trailing slash."""
    host = request.headers.get("host") or "127.0.0.1"
    return f"{request.scheme}://{host}{served.url('/')}".rstrip("/")


def asset(name: str) -> Response:
    """The stylesheet or the script. Their URLs change with their contents."""
    headers = {"Cache-Control": "max-age=31536000, immutable", "Content-Security-Policy": OWN_POLICY}
    return Response(_asset(name), headers=headers, content_type=ASSETS[name])


def _language(served: Served, request: Any, parameters: dict[str, str]) -> tuple[str, bool]:
    """The language of the interface, and whether this request chose it."""
    if parameters.get("lang") in LANGUAGES:
        return parameters["lang"], True
    before = _CHOSEN_BEFORE.search(request.headers.get("cookie", ""))
    if before and before[1] in LANGUAGES:
        return before[1], False
    if served.language:
        return served.language, False
    for wish in request.headers.get("accept-language", "").split(",")[:10]:
        code = wish.partition(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code, False
    return LANGUAGES[0], False


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("archiver.serve", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters |= {"marked": _marked, "web": _web_address, "moment": _moment}
    return environment


def _finalized(value: Any) -> Any:
    """The output of a template expression: nothing for None, and no bidirectional or invisible control characters."""
    if value is None:
        return ""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _marked(snippet: str) -> Markup:
    """A snippet with its matches in `<mark>` elements."""
    pieces: list[Markup] = []
    for number, piece in enumerate(re.split(f"[{_START}{_END}]", plain(" ".join(snippet.split())))):
        pieces.append(Markup("<mark>{}</mark>").format(piece) if number % 2 and piece else Markup("{}").format(piece))
    return Markup("").join(pieces)


def _web_address(url: str | None) -> str | None:
    """A URL that may become a link: http or https only. None for `javascript:` and others."""
    try:
        scheme = urlsplit(url or "").scheme.lower()
    except ValueError:
        return None
    return url if scheme in ("http", "https") and not re.search(r"[\x00-\x20]", url or "") else None


def _moment(stamp: str | None) -> str:
    """A time for people: `2026-05-01 10:00:00 UTC`."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z", stamp or "")
    return f"{match[1]} {match[2]} UTC" if match else stamp or ""


def _text(language: str, key: str, **values: Any) -> str:
    return TEXTS[language][key].format(**values) if values else TEXTS[language][key]


def _number(language: str, value: int) -> str:
    return f"{value:,}".replace(",", "." if language == "es" else ",")


def _percent(language: str, value: float) -> str:
    text = f"{value * 100:.1f}" if 0 < value < 0.1 else f"{value * 100:.0f}"
    return (text.replace(".", ",") + "\u202f%") if language == "es" else text + "%"


@cache
def _asset(name: str) -> bytes:
    return (files("archiver.serve") / "assets" / name).read_bytes()


def _asset_url(served: Served, name: str) -> str:
    return served.url(f"/-/archiver/{name}", {"v": hashlib.sha256(_asset(name)).hexdigest()[:12]})
