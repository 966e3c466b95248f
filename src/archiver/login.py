"""Logins of sites: cookies, passwords and header fields for subscribers.

A spider only names the source of each secret: `env:NAME`, an environment variable, or `file:PATH`, the first line of a
file with an absolute path. So there is no secret in a spider, on a command line or in the site description of a WARC.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit
from urllib.request import getproxies, proxy_bypass

from archiver.errors import UsageError

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_PLACES = ("env:", "file:/", "file:~")
_SHORTEST = 6  # characters: a shorter secret would mask unrelated text of a page


@dataclass(frozen=True, slots=True)
class Login:
    """The sources of the secrets of one site. Each value is `env:NAME` or `file:PATH`.

    `cookies` is a Cookie header as a browser sends it (`session=…; id=…`), `basic` a name and a password with a colon
    between them (RFC 7617), `headers` other request fields by name.
    """

    cookies: str | None = None
    basic: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def places(self) -> list[str]:
        """The sources of its secrets."""
        return [place for place in (self.cookies, self.basic, *self.headers.values()) if place]

    def faults(self) -> list[str]:
        """Problems, without reading the secrets."""
        places = {"cookies": self.cookies, "basic": self.basic, **self.headers}
        wrong = [
            f"login: {name} has to be env:NAME or file:/PATH, never the secret itself"
            for name, place in places.items()
            if place is not None and not str(place).startswith(_PLACES)
        ]
        return wrong + [
            f"login: {name!r} is not a valid header field name"
            for name in self.headers
            if not _FIELD_NAME.fullmatch(name)
        ]


@dataclass(frozen=True, slots=True)
class Secrets:
    """The header fields to send, and the secrets that `masking` has to mask."""

    fields: tuple[tuple[str, str], ...] = field(repr=False)
    values: tuple[bytes, ...] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Names of the fields, in lower case."""
        return frozenset(name.lower() for name, _ in self.fields)


def secrets_of(login: Login, environment: Mapping[str, str]) -> Secrets:
    """Read the secrets that a login names.

    Raises UsageError that names the variable or file, never its content.
    """
    fields: list[tuple[str, str]] = []
    values: list[str] = []
    if login.cookies:
        cookies = secret(login.cookies, environment)
        fields.append(("Cookie", cookies))
        values += [cookies, *(pair.partition("=")[2].strip() for pair in cookies.split(";"))]
    if login.basic:
        pair = secret(login.basic, environment)
        name, colon, password = pair.partition(":")
        if not colon or not name:
            raise UsageError(f"{login.basic} contains no NAME:PASSWORD", "write both, with a colon between them")
        token = base64.b64encode(pair.encode()).decode("ascii")
        fields.append(("Authorization", f"Basic {token}"))
        values += [token, password]
    for name, place in login.headers.items():
        value = secret(place, environment)
        fields.append((name, value))
        values.append(value)
    written = {form.encode("utf-8") for value in values if len(value) >= _SHORTEST for form in _forms(value)}
    kept = sorted(written, key=lambda form: (-len(form), form))
    return Secrets(tuple(fields), tuple(kept))


def _forms(value: str) -> set[str]:
    """How pages and addresses may write a secret: as it is, percent-encoded, as HTML or JSON."""
    encoded = [quote(value, safe=""), quote(value), quote_plus(value)]
    lower = [re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in encoded]
    return {value, *encoded, *lower, escape(value), json.dumps(value)[1:-1], value.replace("/", "\\/")}


def variables_of(login: Login | None, proxy: str | None) -> list[str]:
    """The names of the environment variables that a site's secrets are read from."""
    places = [*(login.places() if login is not None else ()), proxy or ""]
    return list(dict.fromkeys(place.removeprefix("env:") for place in places if place.startswith("env:")))


def require_variables(login: Login | None, proxy: str | None, environment: Mapping[str, str]) -> None:
    """Raises UsageError that names all environment variables that a site needs and that are not set."""
    missing = [name for name in variables_of(login, proxy) if name not in environment]
    if len(missing) > 1:
        raise UsageError(
            f"the environment variables {', '.join(missing)} are not set", "set them: the spider uses them"
        )


def proxy_of(place: str, environment: Mapping[str, str]) -> str:
    """The URL of a site's proxy. It may contain a name and a password if it comes from the source of a secret."""
    return secret(place, environment, "proxy") if place.startswith(_PLACES) else place


def proxy_used_for(url: str, own: str | None) -> str | None:
    """HOST:PORT of the proxy for a URL, without its password: the site's own, or one of the environment.

    None if there is no proxy, or NO_PROXY excludes the host.
    """
    parts = urlsplit(url)
    address = own or (None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme))
    if not address:
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    return proxy.netloc.rpartition("@")[2]


def checked_proxy(scheme: str, address: str) -> str:
    """The address of a proxy from the environment. Raises UsageError for one that speaks another protocol than HTTP,
    and doesn't show the address, which may have a password in it."""
    protocol = address.partition("://")[0].lower() if "://" in address else "http"
    if protocol not in ("http", "https"):
        raise UsageError(
            f"{scheme.upper()}_PROXY names a {protocol} proxy, which archiver doesn't speak to",
            "name an HTTP proxy, or unset the variable; NO_PROXY lists hosts that need none",
        )
    return address


def proxy_faults(place: str) -> list[str]:
    """Problems of a spider's `proxy`."""
    if place.startswith(_PLACES):
        return []
    parts = urlsplit(place)
    if parts.username or parts.password:
        return ["proxy contains a password: write env:NAME or file:PATH, and put the URL there"]
    return [] if parts.scheme in ("http", "https") and parts.hostname else [f"proxy = {place!r} is not an http URL"]


def secret(place: str, environment: Mapping[str, str], use: str = "login") -> str:
    """The value of `env:NAME` or `file:PATH`. Raises UsageError that names the source, never its content."""
    kind, _, name = place.partition(":")
    if kind == "env":
        if name not in environment:
            raise UsageError(f"the environment variable {name} is not set", f"set it: the {use} of a spider uses it")
        found = environment[name]
    else:
        path = Path(name).expanduser()
        try:
            with path.open(encoding="utf-8") as file:
                found = file.readline()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{path} can't be read ({type(error).__name__})", f"the {use} of a spider uses it"
            ) from None
    found = found.strip()
    if not found or _CONTROLS.search(found):
        raise UsageError(f"{place} is empty or has control characters", "write the value in one line")
    return found
