"""Content after the end tags of a page's body.

Browsers show it as part of the body (HTML 13.2.6.4.19, "after body"); libxml2 drops it or puts it beside the body.
Templates that close the body twice have their whole story there.
"""

from __future__ import annotations

import re

_FIRST = (b"</body", b"</html", b"</BODY", b"</HTML")
_END_TAG = re.compile(rb"</(?:body|html)\b[^<>]*>", re.IGNORECASE)


def without_end_tags(document: bytes) -> bytes:
    """An HTML document without </body> and </html>, which are optional."""
    start = min((at for tag in _FIRST if (at := document.find(tag)) >= 0), default=-1)
    return document if start < 0 else document[:start] + _END_TAG.sub(b"", document[start:])
