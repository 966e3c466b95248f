"""Parses user input: URLs, with or without their scheme, and names of sites."""

from __future__ import annotations

import re

from archiver.crawl.wire.private_addresses import is_localhost, literal_address
from archiver.urls import absolute_url, host_of


def full_url(typed: str) -> str | None:
    """The http(s) URL that was meant, or None if it can't be one.

    Without a scheme a host name needs a dot: `nonsense` is not a URL. Hosts on this machine get http, others https.
    """
    text = typed.strip()
    if "://" in text:
        return absolute_url(text, text)
    url = absolute_url(f"https://{text}", f"https://{text}")
    host = host_of(url or "")
    name = re.split(r"[/?#]", text, maxsplit=1)[0]  # check the typed host: browsers read 123 as the address 0.0.0.123
    if url is None or not (is_localhost(host) or ":" in host or "." in name.rpartition("@")[2].strip(".")):
        return None
    return url.replace("https://", "http://", 1) if on_this_machine(host) else url


def on_this_machine(host: str) -> bool:
    """Whether the name alone shows that a host is this machine."""
    return is_localhost(host) or (literal_address(host) or "").startswith("127.")
