"""Cookies for hosts that require one.

Some sites redirect every request to the same URL, directly or through another one, until the request has a cookie set
by the redirect. Only such hosts get cookies, only those set by their redirects, and only within the run. If a wall
follows, no more cookies are sent: metered paywalls count readers by cookies, and the archive needs the anonymous
response.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST = 50  # cookies of a host; RFC 6265 section 6.1 has browsers keep at least as many
# How sites delete a cookie: a maximum age of zero, or an expiry date in the past.
_ENDED = re.compile(r"(?:^|;)\s*(?:max-age\s*=\s*(?:-\d+|0+)\s*(?:;|$)|expires\s*=[^;]*\b19\d\d\b)", re.IGNORECASE)
_LONGEST = 4096  # bytes of one cookie, from the same section


class RequiredCookies:
    """The cookies of one run, by host and port."""

    def __init__(self) -> None:
        self._offered: dict[str, dict[str, str]] = {}  # set by redirects of a host
        self._sent_to: set[str] = set()
        self._dropped: set[str] = set()

    def offered(self, netloc: str, set_cookies: Iterable[str]) -> None:
        """Store the Set-Cookie fields of a redirect."""
        for text in set_cookies:
            pair, _, attributes = text.partition(";")
            name, equals, value = (part.strip() for part in pair.partition("="))
            if not equals or not name or len(pair) > _LONGEST or not pair.isprintable():
                continue
            known = self._offered.setdefault(netloc, {})
            if _ENDED.search(attributes):
                known.pop(name, None)
            elif name in known or len(known) < _MOST:
                known[name] = value

    def must_repeat(self, netloc: str) -> bool:
        """Whether to repeat the request of a redirect loop with the cookies that the redirects set. True once for each
        host.
        """
        if not self._offered.get(netloc) or netloc in self._sent_to or netloc in self._dropped:
            return False
        self._sent_to.add(netloc)
        return True

    def of(self, netloc: str) -> str | None:
        """The Cookie field for a host that requires cookies."""
        if netloc not in self._sent_to:
            return None
        return "; ".join(f"{name}={value}" for name, value in self._offered[netloc].items()) or None

    def are_in(self, netloc: str, field: str) -> bool:
        """Whether a Cookie field has any of the required cookies, with any value."""
        names = {pair.partition("=")[0].strip() for pair in field.split(";")}
        return not names.isdisjoint(self._offered.get(netloc, ()))

    def drop(self, netloc: str) -> None:
        """Send no more cookies to a host, because it showed a wall."""
        if netloc in self._sent_to:
            self._sent_to.discard(netloc)
            self._dropped.add(netloc)
