"""Header fields of a response, as text."""

from __future__ import annotations

from scrapy.http import Response


def header(response: Response, name: str) -> str | None:
    """One header field of a response, as text."""
    value = response.headers.get(name)
    return value.decode("utf-8", "replace") if value is not None else None


def fields(response: Response, name: str) -> list[str]:
    """All fields with one name, such as Set-Cookie."""
    return [value.decode("latin-1") for value in response.headers.getlist(name)]


def all_fields(response: Response) -> list[tuple[str, str]]:
    """The name and value of each header field of a response."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]


def location(response: Response) -> str | None:
    """The target of a redirect. Bytes that are invalid in a URL are percent-encoded."""
    value = response.headers.get("Location")
    return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in value) if value is not None else None
