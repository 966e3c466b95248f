"""HTTP/1.x messages as bytes: where they begin and end, their header fields, their content codings.

Nothing here raises on hostile bytes, and nothing rewrites or normalises them.
"""

from archiver.http1.chunked import ChunkedBody, dechunked
from archiver.http1.content import Decoded, decode_content
from archiver.http1.framing import ResponseFramer
from archiver.http1.head import MAX_HEAD, Head, body_plan, find_head_end, parse_head

__all__ = [
    "MAX_HEAD",
    "ChunkedBody",
    "Decoded",
    "Head",
    "ResponseFramer",
    "body_plan",
    "dechunked",
    "decode_content",
    "find_head_end",
    "parse_head",
]
