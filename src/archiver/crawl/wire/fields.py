"""Header fields of an answer, as text."""

from __future__ import annotations

from scrapy.http import Response


def header(response: Response, name: str) -> str | None:
    """One field of an answer's header, as text."""
    value = response.headers.get(name)
    return value.decode("utf-8", "replace") if value is not None else None


def fields(response: Response, name: str) -> list[str]:
    """All fields of one name, such as Set-Cookie."""
    return [value.decode("latin-1") for value in response.headers.getlist(name)]


def all_fields(response: Response) -> list[tuple[str, str]]:
    """Each field of an answer's header, by name and value."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]


def location(response: Response) -> str | None:
    """Where a redirect leads. Bytes that no address may have are escaped as they are, whatever they mean."""
    value = response.headers.get("Location")
    return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in value) if value is not None else None
