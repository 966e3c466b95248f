"""The values that travel along the arrows of the flow: plain frozen data with no behaviour beyond reading it.

    spider -> Exchange -> recorder -> WARC -> (Capture, payload) -> extract -> Article | Skip -> Batch -> Index -> Hit

Every value but `Exchange` can be pickled (it crosses process borders) and compared (tests hold whole flows to
equality).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal

BlockKind = Literal["paragraph", "heading", "quote", "list_item", "table", "caption", "code"]
Truncation = Literal["time", "length", "disconnect", "unspecified"]
PageType = Literal["story", "listing", "video", "live", "other"]


@dataclass(frozen=True, slots=True)
class TlsSession:
    """The TLS session that an exchange went through."""

    version: str  # tls/1.3
    cipher: str | None  # as the IANA names it; None for one without a name
    verdict: str  # `verified`, or why the certificate is not to be trusted


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the response it got, as the bytes that went over the wire.

    `response` is open for reading at position 0 and holds `response_size` bytes: one final response from its status
    line to the last byte that belongs to it, transfer and content codings kept. Interim (1xx) responses stand in
    `interim`, since readers would take their status for the record's.
    """

    url: str
    started: datetime  # UTC: when the first byte of the request was written
    request: bytes
    response: BinaryIO
    response_size: int
    interim: bytes = b""
    ip: str | None = None  # the peer's address; None behind a proxy
    truncated: Truncation | None = None
    tls: TlsSession | None = None
    masked_request: tuple[str, ...] = ()  # names of the fields whose values were replaced by `*`: secrets of a login
    masked_response: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where one WARC record stands: enough to read it back with any tool."""

    warc_file: str  # file name without folder and without `.open`
    offset: int  # of the gzip member, in the file
    length: int  # of the gzip member
    record_id: str  # <urn:uuid:...>; of a record without one <urn:sha1:...> of its bytes
    # Where the record begins in the member's content. None: at its beginning, where any tool finds it.
    position: int | None = None


@dataclass(frozen=True, slots=True)
class PayloadRecord:
    """The response record that holds a payload: what a revisit refers to, and never a revisit itself."""

    digest: str  # sha1:BASE32, as in WARC-Payload-Digest
    record_id: str
    url: str  # WARC-Target-URI
    date: datetime  # UTC, WARC-Date
    warc_file: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the recorder made of an exchange: the record, and the one that holds its payload (itself, or an earlier)."""

    ref: RecordRef
    payload: PayloadRecord | None  # None for answers that no later one can refer to: errors, empty or cut ones
    revisit: bool = False
    tls: str | None = None  # the verdict on the certificate


@dataclass(frozen=True, slots=True)
class Capture:
    """One WARC record that says what a URL answered at a moment; its payload travels beside it."""

    ref: RecordRef
    record_type: Literal["response", "revisit", "resource", "conversion"]
    url: str
    fetched_at: datetime  # UTC, WARC-Date
    http_status: int | None
    mime: str | None  # lower case, without parameters
    charset: str | None  # as the Content-Type header declares it
    http_headers: tuple[tuple[str, str], ...] = ()
    payload_digest: str | None = None  # sha1:BASE32 over the entity body without transfer coding
    ip: str | None = None
    truncated: str | None = None
    warcinfo_id: str | None = None
    refers_to_url: str | None = None  # of a revisit: the capture that has the payload
    refers_to_date: datetime | None = None
    refers_to_id: str | None = None  # its record's id
    certificate: str | None = None  # Archiver-Certificate: `verified`, or why the server's is not to be trusted

    def header(self, name: str) -> str | None:
        """First value of an HTTP header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.http_headers if key.lower() == wanted), None)


# What a page's meta tags, or the field X-Robots-Tag, may say of its keeping.
ROBOTS_WORDS = frozenset({"noarchive", "nocache", "noindex", "none", "noai", "noimageai"})


@dataclass(frozen=True, slots=True)
class TdmRule:
    """One rule of a site's tdmrep.json: whether text and data mining is reserved at the paths that match."""

    location: str  # as robots.txt writes paths
    reserved: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page's text in reading order, with what is known of where it stood."""

    kind: BlockKind
    text: str
    path: str = ""  # tag path with classes, outermost first: "article.node/div.body/p"
    level: int = 0  # of a heading: 1-6
    link_density: float = 0.0  # characters inside <a> over all characters

    def __reduce__(self) -> tuple[Any, ...]:  # pickled a quarter as long as by dataclass: a page has hundreds
        return Block, (self.kind, self.text, self.path, self.level, self.link_density)


@dataclass(frozen=True, slots=True)
class RemovedBlock:
    """A block that was taken out of a story's text, and the rule that did it. Kept, so that it can be undone."""

    block: Block
    # title_repeated, cut_lead, caption, player, ad_label, date_list, other_stories, prompt, link_only, standfirst,
    # hidden, struck_out, layout, or boilerplate
    reason: str


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    url: str  # absolute
    text: str  # anchor text, white space folded
    in_story: bool = False  # inside the story's own text

    def __reduce__(self) -> tuple[Any, ...]:  # as Block's
        return Link, (self.url, self.text, self.in_story)


@dataclass(frozen=True, slots=True)
class Article:
    """A story as one captured page tells it: clean text in blocks, and metadata with its provenance."""

    url: str  # canonical
    title: str
    blocks: tuple[Block, ...]
    standfirst: str | None = None  # what stands between headline and text and sums it up; no part of the text
    language: str | None = None  # ISO 639-1, by content
    description: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    date_published: str | None = None  # ISO 8601: a day, or a moment with offset where the page gives one
    date_published_source: str | None = None  # layout, json-ld, meta, time, url, text
    date_published_raw: str | None = None
    date_modified: str | None = None
    images: tuple[Image, ...] = ()  # the lead image first
    links: tuple[Link, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()  # hreflang: (language, absolute URL)
    shared_id: str | None = None  # what may name the story in all its languages: "link 7697", "url 123456"
    claims: tuple[tuple[str, str], ...] = ()  # what the page says its address is: (witness, absolute URL)
    turns: tuple[tuple[str, str], ...] = ()  # pages before and after it: (prev, next or page; absolute URL)
    reservations: tuple[str, ...] = ()  # what its head says of its keeping: noarchive, tdm-reservation, ...
    is_accessible_for_free: bool | None = None
    page_type: PageType = "story"
    removed: tuple[RemovedBlock, ...] = ()
    extractor: str = ""

    @property
    def text(self) -> str:
        return text_of(self.blocks)


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a capture yields no article. `reason` is a short code that can be counted; `detail` is for people."""

    reason: str  # listing, too_short, not_html, not_text, empty, soft_404, too_deep, too_large, too_slow, ...
    detail: str = ""
    canonical_url: str | None = None
    title: str | None = None
    links: tuple[Link, ...] = ()
    suspected: bool = False  # it came near being a story: somebody should look at it
    reservations: tuple[str, ...] = ()  # as an article's
    tdm_rules: tuple[TdmRule, ...] = ()  # of a tdmrep.json


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """What a WARC says of the crawl that made it: its warcinfo, or the metadata record that closes the crawl."""

    record_id: str
    warc_file: str
    date: datetime
    kind: Literal["warcinfo", "crawl"]
    fields: tuple[tuple[str, str], ...]  # warcinfo's fields, or the closing report's JSON under "json"
    offset: int = 0  # where the record is: in the file, and in what its member unpacks to
    position: int = 0


@dataclass(frozen=True, slots=True)
class Extracted:
    """A capture with what became of it."""

    capture: Capture
    outcome: Article | Skip


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read from one stretch of one WARC file. Rows and offset enter the index in one transaction."""

    warc_file: str
    read_up_to: int  # offset behind the last record that this batch covers
    items: tuple[Extracted | CrawlRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One story that a search found."""

    id: int
    url: str
    title: str
    site: str
    section: str | None
    language: str | None
    authors: tuple[str, ...]
    date: str | None
    snippet: str  # matches stand between \ue000 and \ue001, which no text holds: renderers make them safe marks
    score: float


def text_of(blocks: Iterable[Block]) -> str:
    """The plain text of blocks: one block a paragraph, an empty line between two."""
    return "\n\n".join(block.text for block in blocks if block.text)
