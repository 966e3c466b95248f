"""URLs of consent pages that precede the requested page, recognised by their host or a folder."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from archiver.urls import host_of

_HOST = re.compile(
    r"^(?:[\w-]+\.)*(?:consents?|guce|cmp|myprivacy|privacy-?(?:gate|wall|mgmt)|cookie-?wall)\.", re.IGNORECASE
)
_FOLDER = re.compile(
    r"/(?:(?:cookie|privacy|collect)?[-_]?consent|cookie[-_]?wall|privacy[-_]?(?:gate|wall)|zustimmung|einwilligung"
    r"|consentement|consentimiento)(?:\.\w{2,5})?(?:/|$)",
    re.IGNORECASE,
)  # fmt: skip


def asks_for_consent(url: str, asked: str) -> bool:
    """Whether a redirect from `asked` leads to a consent page.

    On another host such a name is enough; on the same host the URL must also contain the page to return to.
    """
    host, parts = host_of(url), urlsplit(url)
    if not (_HOST.match(host) or _FOLDER.search(parts.path)):
        return False
    if host != host_of(asked):
        return True
    wanted = urlsplit(asked).path or "/"
    return "=" in parts.query and wanted in unquote(parts.query)
